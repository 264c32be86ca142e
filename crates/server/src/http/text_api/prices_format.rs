//! Prices as JSON, XML and CSV (`sms-api.md` 8 and 9).

use std::fmt::Write as _;

use serde::{Serialize, Serializer};

use super::amount::Amount;

/// First line of the price list.
const CSV_HEAD: &str = "Country,Code,MCCMNC,Network,Price\n";

/// The prices of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryPrices {
    /// Two capital letters (ISO 3166-1).
    pub country: String,
    /// The country's name.
    pub name: String,
    /// Its calling code, digits only.
    pub prefix: String,
    /// Its networks, in the order they are shown in.
    pub networks: Vec<NetworkPrice>,
}

/// The price of one message to a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkPrice {
    /// Country and network code, five or six digits (ITU-T E.212).
    pub mccmnc: String,
    /// The network's name.
    pub name: String,
    /// Per message.
    pub price: Amount,
}

/// How `mccmnc` stands in JSON; clients disagree (C-S2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MccmncAs {
    /// `"24803"`.
    Text,
    /// `24803`. One that a number cannot hold, such as `00101`, stays a text.
    Number,
}

impl CountryPrices {
    /// As JSON, members in the documented order. Where HTML has its signs
    /// there are escapes: some callers get this as `text/html`, and a name
    /// must not become markup in a browser (S-84).
    pub fn to_json(&self, mccmnc: MccmncAs) -> Vec<u8> {
        let networks = self.networks.iter().map(|network| WireNetwork {
            mccmnc: WireMccmnc { digits: &network.mccmnc, form: mccmnc },
            name: &network.name,
            price: network.price.with_five_decimals(),
        });
        let object = WireCountry {
            country: &self.country,
            name: &self.name,
            prefix: &self.prefix,
            networks: networks.collect(),
        };
        let json = serde_json::to_string(&object).expect("texts and numbers have a JSON form");
        // Outside of texts JSON has none of these signs.
        let json = json.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
        json.into_bytes()
    }

    /// As XML in UTF-8.
    pub fn to_xml(&self) -> Vec<u8> {
        let mut xml =
            "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<pricing>".to_owned();
        element(&mut xml, "country", &self.country);
        element(&mut xml, "name", &self.name);
        element(&mut xml, "prefix", &self.prefix);
        xml.push_str("<networks>");
        for network in &self.networks {
            xml.push_str("<network>");
            element(&mut xml, "mccmnc", &network.mccmnc);
            element(&mut xml, "name", &network.name);
            element(&mut xml, "price", &network.price.with_five_decimals());
            xml.push_str("</network>");
        }
        xml.push_str("</networks></pricing>");
        xml.into_bytes()
    }
}

/// The price list of all countries as CSV: a line per network, a line feed at
/// the end of each.
pub fn to_csv<'a>(countries: impl IntoIterator<Item = &'a CountryPrices>) -> Vec<u8> {
    let mut csv = CSV_HEAD.to_owned();
    for country in countries {
        for network in &country.networks {
            for text in [&country.name, &country.country, &network.mccmnc, &network.name] {
                cell(&mut csv, text);
                csv.push(',');
            }
            writeln!(csv, "{}", network.price).expect("a string takes everything");
        }
    }
    csv.into_bytes()
}

#[derive(Serialize)]
struct WireCountry<'a> {
    country: &'a str,
    name: &'a str,
    prefix: &'a str,
    networks: Vec<WireNetwork<'a>>,
}

#[derive(Serialize)]
struct WireNetwork<'a> {
    mccmnc: WireMccmnc<'a>,
    name: &'a str,
    price: String,
}

struct WireMccmnc<'a> {
    digits: &'a str,
    form: MccmncAs,
}

impl Serialize for WireMccmnc<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let number = match self.form {
            MccmncAs::Text => None,
            MccmncAs::Number => self.digits.parse::<u32>().ok(),
        };
        match number.filter(|number| number.to_string() == self.digits) {
            Some(number) => serializer.serialize_u32(number),
            None => serializer.serialize_str(self.digits),
        }
    }
}

fn element(xml: &mut String, name: &str, text: &str) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    for character in text.chars() {
        match character {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&#39;"),
            // A bare one would be read as a line feed.
            '\r' => xml.push_str("&#13;"),
            // XML 1.0 has no way to write these, not even an escaped one (§2.2).
            '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}' => {
                xml.push('\u{FFFD}');
            }
            _ => xml.push(character),
        }
    }
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

/// Writes a cell, in quotes where CSV needs them (RFC 4180 §2). One that a
/// spreadsheet would take for a formula gets a `'` in front (S-86).
fn cell(csv: &mut String, text: &str) {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let is_quoted = text.contains([',', '"', '\r', '\n']);
    if is_quoted {
        csv.push('"');
    }
    if is_formula {
        csv.push('\'');
    }
    csv.push_str(&text.replace('"', "\"\""));
    if is_quoted {
        csv.push('"');
    }
}

#[cfg(test)]
mod tests;
