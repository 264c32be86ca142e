//! Messente's older interface (`delivery.md` 7.4): a word and a code in an answer of success.

use std::sync::Arc;

use ringproof_delivery::provider::messente::{MessenteOlder, MessenteOlderOptions};
use verify::engine::outbox::Refusal;

use super::super::stand_in::{Asked, Reply, StandIn};
use super::super::{gateway_with, options, prepared, refusal, send, taken};
use super::{Kind, Row, base, play};

/// Both hosts are this one.
const OLDER: Kind = Kind { at: |url| Arc::new(older(url, url)), check };

fn older(first: &str, backup: &str) -> MessenteOlder {
    let options = MessenteOlderOptions {
        username: "user".to_owned(),
        password: "secret".into(),
        base_url: Some(base(first)),
        backup_url: Some(base(backup)),
        code_rows: None,
    };
    MessenteOlder::new(options).expect("right options")
}

fn check(asked: &Asked) {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/send_sms"));
    let fields = asked.form();
    let field = |name| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    assert_eq!((field("username"), field("password")), (Some("user"), Some("secret")));
    assert!(field("to").is_some_and(|to| to.starts_with("+372")), "{fields:?}");
    assert!(field("text").is_some_and(|text| !text.is_empty()), "{fields:?}");
    assert!(field("validity").is_some_and(|minutes| minutes.parse::<u32>().is_ok()), "{fields:?}");
    assert!(field("dlr-url").is_some_and(|url| url.starts_with("https://")), "{fields:?}");
    assert_eq!(field("text-store"), Some("nostore"));
}

fn says(line: &str) -> Reply {
    Reply::Answer(200, "Content-Type: text/plain\r\n", line.as_bytes().to_vec())
}

#[tokio::test]
async fn each_error_has_its_class_and_its_consequence() {
    let rows: [(&str, &str); 13] = [
        ("ERROR 101", "route_down"),
        ("ERROR 102", "refused_content"),
        ("ERROR 103", "route_down"),
        ("ERROR 104", "refused_dest"),
        ("ERROR 105", "refused_dest"),
        ("ERROR 106", "refused_dest_confirm"),
        ("ERROR 107", "route_down"),
        ("ERROR 108", "refused_dest"),
        ("ERROR 111", "route_unfit"),
        ("FAILED 209", "retry"),
        ("FAILED 201", "retry"),
        ("ERROR 199", "route_down"),
        ("ERROR", "in_doubt"),
    ];
    let rows: Vec<Row> = rows.into_iter().map(|(line, class)| (says(line), class)).collect();
    play(&OLDER, rows).await;
}

#[tokio::test]
async fn the_backup_host_has_what_the_first_one_could_not_take() {
    let first = StandIn::start(|_| says("FAILED 209")).await;
    let backup = StandIn::start(|_| says("OK ba8c6f21")).await;
    let gateway = gateway_with(options(), Arc::new(older(&first.url(), &backup.url())));
    let refused = send(&gateway, prepared("hello")).await;
    assert_eq!(refusal(&refused), Some(Refusal::Temporary));
    assert!(backup.asked().is_empty());
    assert_eq!(send(&gateway, prepared("hello")).await, taken("ba8c6f21"));
    check(&first.asked_once());
    check(&backup.asked_once());
}
