//! Infobip (`delivery.md` 7.6).

mod answers;
mod receipts;
mod requests;

use ringproof_delivery::provider::base_url::BaseUrl;
use ringproof_delivery::provider::infobip::{Infobip, InfobipError, InfobipOptions};

/// The table as shipped.
const TABLE: &str = include_str!("../../../../src/provider/tables/infobip.toml");

fn options() -> InfobipOptions {
    InfobipOptions {
        base_url: BaseUrl::parse("https://xyz123.api.infobip.com", false).expect("an address"),
        api_key: "0123456789abcdef-key".into(),
        india: None,
        code_rows: None,
    }
}

pub(crate) fn infobip() -> Infobip {
    Infobip::new(options()).expect("right options")
}

#[test]
fn wrong_options_are_named_and_no_error_shows_the_key() {
    for key in ["", "secret\nkey", "secret\0key"] {
        let error = Infobip::new(InfobipOptions { api_key: key.into(), ..options() }).err();
        let error = error.expect("a wrong key");
        assert_eq!(error, InfobipError::ApiKey);
        assert!(!format!("{error:?} {error}").contains("secret"));
    }
    let code_rows = Some("[codes]\nREJECTED = \"lost\"".to_owned());
    let error = Infobip::new(InfobipOptions { code_rows, ..options() }).err();
    assert!(matches!(error, Some(InfobipError::Codes(_))));
    let shown = format!("{:?}", options());
    assert!(!shown.contains("0123456789abcdef"), "{shown}");
}
