//! The older interface.

use std::time::Duration;

use http::Request;
use ringproof_delivery::provider::Provider as _;
use ringproof_delivery::provider::messente::MessenteOlder;
use ringproof_delivery::{SendResult, Taken};
use url::form_urlencoded;
use verify::SignedDuration;
use verify::engine::outbox::Refusal;

use super::super::exchange::{CALLBACK_URL, Sample, now, read, refusal, shown};
use super::super::hostile::{self, payloads};
use super::{OLDER_TABLE, older};

const FIRST: &str = "https://api2.messente.com/send_sms";
const BACKUP: &str = "https://api3.messente.com/send_sms";

/// The parameters, by the names of the reference and none twice.
fn strict(request: &Request<Vec<u8>>) -> Vec<(String, String)> {
    let headers = request.headers();
    assert_eq!(headers.len(), 1, "{headers:?}");
    assert_eq!(headers["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.uri().query(), None, "no credentials in addresses");
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(request.body()).into_owned().collect();
    for (place, (name, value)) in pairs.iter().enumerate() {
        assert!(!pairs[..place].iter().any(|(other, _)| other == name), "{name} twice");
        match name.as_str() {
            "username" => assert_eq!(value, "user"),
            "password" => assert_eq!(value, "p&ss=1"),
            "to" => assert_eq!(value, "+37255512345"),
            "validity" => assert!(value.parse::<u32>().is_ok_and(|minutes| minutes >= 1)),
            "autoconvert" => assert_eq!(value, "off"),
            "text-store" => assert_eq!(value, "nostore"),
            "dlr-url" => assert_eq!(value, CALLBACK_URL),
            "text" | "from" => {}
            _ => panic!("{name}"),
        }
    }
    pairs
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

#[test]
fn a_message_is_sent_as_in_the_golden_file() {
    let request = Sample::default().request(&older()).unwrap();
    assert_eq!(shown(&request), include_str!("golden_older.txt"));
    strict(&request);

    let sample = Sample {
        sender: String::new(),
        text: "Kood: 1 \"õ\" €".to_owned(),
        valid_for: Duration::from_secs(1),
        callback_url: None,
        ..Sample::default()
    };
    let request = sample.request(&older()).unwrap();
    assert_eq!(shown(&request), include_str!("golden_older_least.txt"));
    strict(&request);
}

#[test]
fn the_validity_is_in_whole_minutes_that_are_over_in_time() {
    for (seconds, expected) in [(1, "1"), (119, "1"), (120, "2"), (239, "3"), (86_400, "1440")] {
        let sample = Sample { valid_for: Duration::from_secs(seconds), ..Sample::default() };
        let pairs = strict(&sample.request(&older()).unwrap());
        assert_eq!(value(&pairs, "validity"), Some(expected));
    }
}

#[test]
fn no_text_and_no_sender_becomes_more_than_that() {
    for payload in payloads() {
        let sample = Sample { text: payload.clone(), sender: payload.clone(), ..Sample::default() };
        let pairs = strict(&sample.request(&older()).unwrap());
        assert_eq!(pairs.len(), 9);
        assert_eq!(value(&pairs, "text"), Some(payload.as_str()));
        assert_eq!(value(&pairs, "from"), Some(payload.as_str()));
    }
    for sample in Sample::of_other_forms() {
        let refused = sample.request(&older()).unwrap_err();
        assert!(matches!(refused, SendResult::Refused(Refusal::GatewayUnfit, _)), "{refused:?}");
    }
}

const DESTINATION: Refusal = Refusal::Destination { confirm: false };

/// Answer, class, reason.
const ROWS: &[(&str, Refusal, &str)] = &[
    ("ERROR 101", Refusal::GatewayDown, "101"),
    ("ERROR 102", Refusal::Content, "102"),
    ("ERROR 103", Refusal::GatewayDown, "103"),
    ("ERROR 104", DESTINATION, "104"),
    ("ERROR 105", DESTINATION, "105"),
    ("ERROR 106", Refusal::Destination { confirm: true }, "106"),
    ("ERROR 107", Refusal::GatewayDown, "107"),
    ("ERROR 108", DESTINATION, "108"),
    ("ERROR 111", Refusal::GatewayUnfit, "111"),
    ("FAILED 209", Refusal::Temporary, "209"),
    ("ERROR 199", Refusal::GatewayDown, "199"),
    ("FAILED 201", Refusal::Temporary, "201"),
];

#[test]
fn each_answer_is_read() {
    let taken = SendResult::Accepted(Taken { ids: vec!["ba8c6f21".to_owned()] });
    for body in ["OK ba8c6f21", "OK ba8c6f21\n"] {
        assert_eq!(read(&older(), 200, body), taken);
    }
    assert_eq!(refusal(&older(), 500, "OK ba8c6f21"), Refusal::InDoubt);
    for (body, class, reason) in ROWS {
        for status in [200, 400, 500] {
            let expected = SendResult::Refused(*class, (*reason).into());
            assert_eq!(read(&older(), status, body), expected, "{status} {body}");
        }
    }
    for body in ["ERROR 1", "ERROR 1010", "ERROR abc", "error 101", "ERROR  101", "OK a b"] {
        assert_eq!(refusal(&older(), 200, body), Refusal::InDoubt, "{body}");
    }
}

#[test]
fn the_table_has_no_row_that_is_not_tried() {
    let table: toml::Table = OLDER_TABLE.parse().unwrap();
    for row in table["codes"].as_table().unwrap().keys() {
        assert!(ROWS.iter().any(|(body, ..)| body.split(' ').any(|word| word == row)), "{row}");
    }
}

/// Where a request goes so many seconds later.
fn host(older: &MessenteOlder, seconds: i64) -> String {
    let sample = Sample { now: now() + SignedDuration::from_secs(seconds), ..Sample::default() };
    sample.request(older).expect("it is sent").uri().to_string()
}

#[test]
fn a_host_that_asks_for_the_other_is_left_until_the_other_fails() {
    let older = older();
    assert_eq!(host(&older, 0), FIRST);
    assert_eq!(refusal(&older, 200, "FAILED 209"), Refusal::Temporary);
    assert_eq!(host(&older, 0), BACKUP);
    assert_eq!(host(&older, 1_000), BACKUP);
    older.unanswered();
    assert_eq!(host(&older, 1_001), FIRST);
}

#[test]
fn late_failures_of_the_host_before_do_not_lead_back_to_it() {
    let older = older();
    // Several calls were under way when the host failed.
    for _ in 0..3 {
        older.unanswered();
    }
    assert_eq!(host(&older, 0), BACKUP);
    for second in 1..8 {
        older.unanswered();
        assert_eq!(host(&older, second), BACKUP);
    }
    older.unanswered();
    assert_eq!(host(&older, 8), FIRST);
}

#[test]
fn other_answers_do_not_change_the_host() {
    let older = older();
    for body in ["OK 1", "ERROR 101", "FAILED 201", "ERROR 209", "<html>", ""] {
        read(&older, 200, body);
        assert_eq!(host(&older, 0), FIRST, "{body}");
    }
}

#[test]
fn hostile_answers_stay_within_the_model() {
    hostile::answers(&older());
    hostile::nearly_right_answers(&older(), "OK ba8c6f21", 10);
    hostile::nearly_right_answers(&older(), "ERROR 101", 11);
}
