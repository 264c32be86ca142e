use super::*;

fn country(networks: &[(&str, &str, i64)]) -> CountryPrices {
    let network = |&(mccmnc, name, price): &(&str, &str, i64)| NetworkPrice {
        mccmnc: mccmnc.to_owned(),
        name: name.to_owned(),
        price: Amount::from_units(price),
    };
    CountryPrices {
        country: "EE".to_owned(),
        name: "Estonia".to_owned(),
        prefix: "372".to_owned(),
        networks: networks.iter().map(network).collect(),
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn json_is_written_as_documented() {
    let prices = country(&[("24803", "Tele2", 6_000)]);
    assert_eq!(
        text(prices.to_json(MccmncAs::Text)),
        r#"{"country":"EE","name":"Estonia","prefix":"372","networks":[{"mccmnc":"24803","name":"Tele2","price":"0.06000"}]}"#
    );
    assert_eq!(
        text(prices.to_json(MccmncAs::Number)),
        r#"{"country":"EE","name":"Estonia","prefix":"372","networks":[{"mccmnc":24803,"name":"Tele2","price":"0.06000"}]}"#
    );
    assert!(text(country(&[]).to_json(MccmncAs::Text)).ends_with(r#""networks":[]}"#));
}

#[test]
fn a_code_that_no_number_holds_stays_a_text() {
    for (mccmnc, written) in [
        ("302270", "302270"),
        ("00101", "\"00101\""),
        ("", "\"\""),
        ("+24803", "\"+24803\""),
        ("248x", "\"248x\""),
        ("99999999999", "\"99999999999\""),
    ] {
        let json = text(country(&[(mccmnc, "n", 1)]).to_json(MccmncAs::Number));
        assert!(json.contains(&format!("\"mccmnc\":{written},")), "{json}");
    }
}

#[test]
fn json_holds_no_markup_and_reads_back() {
    let name = "<script>alert('&')</script> \"\\\u{1}\u{2028}õ";
    let json = text(country(&[("24803", name, 1)]).to_json(MccmncAs::Text));
    assert!(!json.contains(['<', '>', '&']), "{json}");
    let read: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(read["networks"][0]["name"], name);
}

#[test]
fn xml_is_written_as_documented() {
    assert_eq!(
        text(country(&[("24803", "Tele2", 6_000), ("24801", "Telia", 620)]).to_xml()),
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<pricing><country>EE</country>\
         <name>Estonia</name><prefix>372</prefix><networks><network><mccmnc>24803</mccmnc>\
         <name>Tele2</name><price>0.06000</price></network><network><mccmnc>24801</mccmnc>\
         <name>Telia</name><price>0.00620</price></network></networks></pricing>"
    );
}

#[test]
fn xml_texts_are_escaped() {
    for (name, written) in [
        ("A&B <x> \"q\" 'a'", "A&amp;B &lt;x&gt; &quot;q&quot; &#39;a&#39;"),
        ("]]>", "]]&gt;"),
        ("&amp;", "&amp;amp;"),
        ("\0\u{1}\u{1f}\u{FFFE}\u{FFFF}", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
        ("a\tb\nc\rd", "a\tb\nc&#13;d"),
        ("Õ ☕ 𝄞 \u{85}\u{7f}", "Õ ☕ 𝄞 \u{85}\u{7f}"),
    ] {
        let xml = text(country(&[("24803", name, 1)]).to_xml());
        assert!(xml.contains(&format!("</mccmnc><name>{written}</name>")), "{xml}");
    }
}

#[test]
fn csv_is_written_as_documented() {
    let mut canada = country(&[("302270", "EastLink", 620), ("302220", "Telus", 100_000)]);
    canada.name = "Canada".to_owned();
    canada.country = "CA".to_owned();
    let estonia = country(&[("24803", "Tele2", 6_000)]);
    assert_eq!(
        text(to_csv([&canada, &estonia])),
        "Country,Code,MCCMNC,Network,Price\nCanada,CA,302270,EastLink,0.0062\n\
         Canada,CA,302220,Telus,1.00\nEstonia,EE,24803,Tele2,0.06\n"
    );
    assert_eq!(text(to_csv(&[])), CSV_HEAD);
}

#[test]
fn csv_cells_are_quoted_and_no_cell_is_a_formula() {
    for (name, written) in [
        ("A, B", "\"A, B\""),
        ("The \"Net\"", "\"The \"\"Net\"\"\""),
        ("a\nb", "\"a\nb\""),
        ("a\r", "\"a\r\""),
        ("=1+1", "'=1+1"),
        ("+372", "'+372"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\tx", "'\tx"),
        ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        ("a=b", "a=b"),
        ("", ""),
    ] {
        let csv = text(to_csv(&[country(&[("24803", name, 1)])]));
        assert_eq!(csv, format!("{CSV_HEAD}Estonia,EE,24803,{written},0.00001\n"));
    }
}
