//! Twilio Messages (`delivery.md` 7.2): an error has a code of five digits.

use std::sync::Arc;

use ringproof_delivery::provider::twilio::{Twilio, TwilioOptions};

use super::super::stand_in::{Asked, Reply};
use super::super::twilio::{ACCOUNT, options};
use super::{Kind, Row, base, play, slow_down};

pub(super) const TWILIO: Kind = Kind {
    at: |url| {
        let options = TwilioOptions { base_url: Some(base(url)), ..options() };
        Arc::new(Twilio::new(options).expect("right options"))
    },
    check,
};

fn check(asked: &Asked) {
    let target = format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json");
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", &*target));
    // `AC…1:12345`.
    let login = "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMToxMjM0NQ==";
    assert_eq!(asked.header("authorization"), Some(login));
    let fields = asked.form();
    let field = |name| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert!(field("To").is_some_and(|to| to.starts_with("+372")), "{fields:?}");
    assert!(field("From").is_some() && field("Body").is_some_and(|body| !body.is_empty()));
    assert!(field("StatusCallback").is_some_and(|url| url.starts_with("https://")), "{fields:?}");
    assert_eq!(field("ContentRetention"), Some("discard"));
}

pub(super) fn error(status: u16, code: u32) -> String {
    format!(
        r#"{{"code":{code},"message":"to +37255512345","more_info":"https://x","status":{status}}}"#
    )
}

#[tokio::test]
async fn each_error_has_its_class_and_its_consequence() {
    let mut rows: Vec<Row> = vec![
        (slow_down(429, &error(429, 20_429)), "throttled"),
        (slow_down(400, &error(400, 30_001)), "throttled"),
    ];
    for (status, class, codes) in [
        (401, "route_down", &[20_003][..]),
        (403, "route_down", &[20_005]),
        (400, "route_down", &[30_002]),
        (400, "route_unfit", &[21_408, 21_612, 21_606, 21_603, 21_212]),
        (400, "refused_dest", &[21_211, 21_614, 21_265, 21_217, 21_610, 30_450]),
        (400, "refused_content", &[21_617, 21_602, 21_619]),
        // Codes of tomorrow.
        (400, "refused_content", &[29_999]),
        (403, "route_down", &[29_999]),
        (500, "in_doubt", &[29_999]),
    ] {
        rows.extend(codes.iter().map(|code| (Reply::json(status, &error(status, *code)), class)));
    }
    play(&TWILIO, rows).await;
}
