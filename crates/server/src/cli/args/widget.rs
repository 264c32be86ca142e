//! What can be typed about the widget of an account.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use verify::Timestamp;
use verify::record::{Colour, Version1};
use verify::widget::target::{Origin, Target};

use super::{Output, Switch};

/// Longest name of a site, in characters.
const NAME_CHARS_MAX: usize = 60;

/// Flags of `account widget`.
#[derive(Debug, Clone, Args)]
#[command(after_help = WIDGET_HELP)]
pub struct AccountWidget {
    /// Name of the account
    pub name: String,
    /// Make a new secret and print it, once; the old one stops working within a second
    #[arg(long, conflicts_with_all = ["secret_file", "off"])]
    pub new_secret: bool,
    /// Take the secret from this file, `-` for stdin: the old API password, for a site that cannot change it
    #[arg(long, value_name = "FILE", conflicts_with = "off")]
    pub secret_file: Option<PathBuf>,
    /// Address that answers may go to, and all below its path; can be given several times
    #[arg(long = "target", value_name = "URL", value_parser = target)]
    pub targets: Vec<Target>,
    /// Address that answers may no longer go to
    #[arg(long = "remove-target", value_name = "URL", value_parser = target)]
    pub removed_targets: Vec<Target>,
    /// Site whose pages may show the widget in a frame or dialog; can be given several times
    #[arg(long = "frame-origin", value_name = "ORIGIN", value_parser = origin)]
    pub frame_origins: Vec<Origin>,
    /// Site whose pages may no longer do that
    #[arg(long = "remove-frame-origin", value_name = "ORIGIN", value_parser = origin)]
    pub removed_frame_origins: Vec<Origin>,
    /// Take requests of version 1 (weak signatures): `as-account` (compat accounts only), `on`, `off`, or `until=DATE`,
    /// which ends as that day begins in UTC
    #[arg(long, value_name = "SETTING", value_parser = version_1)]
    pub version1: Option<Version1>,
    /// Put a second, strong signature beside that of version 1 (not for sites that hash every field they get)
    #[arg(long, value_name = "on|off")]
    pub sig2: Option<Switch>,
    /// End messages with a line by which browsers fill the code in on the widget's page only
    #[arg(long, value_name = "on|off")]
    pub origin_bound: Option<Switch>,
    /// Name of the site on the page, or `none` for the host that the answer goes to
    #[arg(long = "name", value_name = "TEXT|none", value_parser = SiteName::from_str)]
    pub site_name: Option<SiteName>,
    /// Picture on the page, PNG of at most 64 KiB, or `none`
    #[arg(long, value_name = "FILE.png|none")]
    pub logo: Option<PathBuf>,
    /// Colour of buttons and links, or `none`; where it would be hard to read, the page takes a shade that is not
    #[arg(long, value_name = "#rrggbb|none", value_parser = BrandColour::from_str)]
    pub accent: Option<BrandColour>,
    /// Colour of the strip with name and logo, or `none`
    #[arg(long, value_name = "#rrggbb|none", value_parser = BrandColour::from_str)]
    pub strip: Option<BrandColour>,
    /// Switch the widget off: forget the secret, so that every request is refused
    #[arg(long)]
    pub off: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const WIDGET_HELP: &str = "\
Without flags the settings are shown, never the secret. An account has no widget until it has a
secret and a target. A running server takes changes within a second.

A target is https://, or http:// to 127.0.0.1, [::1] or localhost, there also with :* for any
port. https://shop.example/verify allows /verify and /verify/back, not /verify2.

Examples:
  ringproof account widget shop --new-secret --target https://shop.example/verify/
  ringproof account widget shop --name \"Example Shop\" --accent '#0a5c36' --logo logo.png
  ringproof account widget shop --frame-origin https://shop.example
  ringproof account widget old-shop --secret-file password.txt --version1 until=2027-06-30
  ringproof account widget shop --off";

/// Name of a site, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteName(pub Option<String>);

impl FromStr for SiteName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let name = text.trim();
        let is_name = !name.is_empty()
            && name.chars().count() <= NAME_CHARS_MAX
            && !name.chars().any(char::is_control);
        is_name
            .then(|| Self(Some(name.to_owned())))
            .ok_or_else(|| format!("write 1 to {NAME_CHARS_MAX} characters on one line, or none"))
    }
}

/// A colour, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrandColour(pub Option<Colour>);

impl FromStr for BrandColour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Self(None));
        }
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let bytes = digits.and_then(|digits| verify::hex::decode(digits.as_bytes()));
        match bytes.as_deref() {
            Some(&[red, green, blue]) => Ok(Self(Some(Colour([red, green, blue])))),
            Some(_) | None => {
                Err("write # and six hex digits, such as '#0a5c36', or none".to_owned())
            }
        }
    }
}

fn target(text: &str) -> Result<Target, String> {
    Target::parse(text)
        .map_err(|error| format!("{error}; write an address such as https://shop.example/verify/"))
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text)
        .map_err(|error| format!("{error}; write a site such as https://shop.example"))
}

fn version_1(text: &str) -> Result<Version1, String> {
    let until = |date: &str| {
        let day = format!("{date}T00:00:00Z").parse::<Timestamp>();
        day.or_else(|_| date.parse()).ok()
    };
    match text {
        "as-account" => Ok(Version1::AsAccount),
        "on" => Ok(Version1::On),
        "off" => Ok(Version1::Off),
        _ => text.strip_prefix("until=").and_then(until).map(Version1::Until).ok_or_else(|| {
            "write as-account, on, off, or until= and a date, such as until=2027-06-30".to_owned()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{AccountCommand, Arguments, Command};
    use super::*;
    use clap::Parser as _;

    fn parse(flags: &[&str]) -> Result<AccountWidget, clap::Error> {
        let words = ["ringproof", "account", "widget", "shop"].iter().chain(flags);
        match Arguments::try_parse_from(words)?.command {
            Command::Account { command: AccountCommand::Widget(widget) } => Ok(*widget),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn settings_are_read_as_they_are_kept() {
        let widget = parse(&[
            "--target=https://Shop.example/verify",
            "--target=http://localhost:*/",
            "--frame-origin=https://shop.example/",
            "--version1=until=2027-06-30",
            "--accent=#0a5c36",
            "--strip=none",
            "--name= Example Shop ",
        ])
        .unwrap();
        let targets: Vec<String> = widget.targets.iter().map(ToString::to_string).collect();
        assert_eq!(targets, ["https://shop.example/verify", "http://localhost:*/"]);
        assert_eq!(widget.frame_origins[0].to_string(), "https://shop.example");
        let Some(Version1::Until(end)) = widget.version1 else { panic!("{:?}", widget.version1) };
        assert_eq!(end.to_string(), "2027-06-30T00:00:00Z");
        assert_eq!(widget.accent, Some(BrandColour(Some(Colour([0x0a, 0x5c, 0x36])))));
        assert_eq!(widget.strip, Some(BrandColour(None)));
        assert_eq!(widget.site_name, Some(SiteName(Some("Example Shop".to_owned()))));
    }

    #[test]
    fn a_slip_is_told_with_what_to_write() {
        for (flag, remedy) in [
            ("--target=shop.example/verify", "such as https://shop.example/verify/"),
            ("--target=http://shop.example/", "http is allowed to 127.0.0.1"),
            ("--frame-origin=https://shop.example/a", "an origin has no path"),
            ("--version1=until=June", "until=2027-06-30"),
            ("--version1=yes", "as-account, on, off"),
            ("--accent=green", "six hex digits"),
            ("--strip=#12345", "six hex digits"),
            ("--name=", "1 to 60 characters"),
            ("--name=a\nb", "1 to 60 characters"),
            ("--sig2=yes", "possible values: on, off"),
        ] {
            let error = parse(&[flag]).unwrap_err().to_string();
            assert!(error.contains(remedy), "{flag}: {error}");
        }
        assert!(parse(&["--new-secret", "--secret-file=-"]).is_err());
        assert!(parse(&["--new-secret", "--off"]).is_err());
    }
}
