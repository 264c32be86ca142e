//! Gateways described by their operator: requests and answers (`delivery.md`
//! 7.9, security rule S-84).

use http::{Request, header};
use ringproof_delivery::provider::Provider as _;
use ringproof_delivery::provider::generic::Generic;
use ringproof_delivery::provider::generic::options::GenericOptions;
use ringproof_delivery::{Prepared, SendResult};
use verify::engine::outbox::Refusal;

use super::stand_in::{Reply, StandIn};
use super::{
    BASE, gateway, hostile_bodies, outgoing, own_tag, prepared, read, refusal, send, taken,
    takes_plain_text_only,
};

pub(super) fn options(text: &str) -> GenericOptions {
    toml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

pub(super) fn generic(text: &str) -> Generic {
    Generic::new(&options(text), false).unwrap_or_else(|error| panic!("{text}\n{error}"))
}

/// A description whose messages are all taken, with more lines.
pub(super) fn described(more: &str) -> String {
    format!(
        "url = \"https://sms.example.com/send\"\nresults = [{{ outcome = \"accepted\" }}]\n{more}"
    )
}

fn request(description: &str, message: &Prepared) -> Request<Vec<u8>> {
    let url = format!("{BASE}/tag");
    generic(description).request(&outgoing(message, Some(&url))).expect("it is made")
}

fn body(request: Request<Vec<u8>>) -> String {
    String::from_utf8(request.into_body()).expect("it is UTF-8")
}

/// Texts that try to be more than text.
fn payloads() -> Vec<String> {
    let mut all: Vec<String> = [
        "\"",
        "\\",
        "\\\"",
        "\",\"to\":\"+1",
        "\"}",
        "{{to}}",
        "{{var.key}}",
        "}}",
        "{{",
        "${x}",
        "%00",
        "%22",
        "&to=1",
        "&",
        "=",
        "+",
        "%",
        "?",
        "#",
        "/../",
        "..",
        ";",
        ",",
        "'",
        "`",
        "<x>",
        "</t>",
        "]]>",
        "<!--",
        "&amp;",
        "&#0;",
        "\u{0}",
        "\r\n",
        "\n",
        "\r",
        "\r\nX-Evil: 1",
        "\n\n",
        "\t",
        "\u{b}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{2029}",
        "\u{202e}",
        "\u{feff}",
        "é",
        "€",
        "😀",
        "\u{10ffff}",
        "\\u0022",
        "\\n",
        " ",
        "  ",
        "a b",
        "null",
        "1",
        "true",
        "[]",
        "-1e9",
        "@",
    ]
    .map(str::to_owned)
    .to_vec();
    all.push("x".repeat(2_000));
    all.push("\"".repeat(500));
    all.push("\\".repeat(501));
    all.push("€".repeat(500));
    assert!(all.len() >= 64, "{}", all.len());
    all
}

#[tokio::test]
async fn a_described_gateway_takes_a_message() {
    let side = StandIn::start(|asked| {
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/v1/send?k=v"));
        assert_eq!(asked.header("authorization"), Some("Bearer s3cret"));
        assert_eq!(asked.header("content-type"), Some("application/json"));
        Reply::json(202, r#"{"result":{"id":4711,"ok":true}}"#)
    })
    .await;
    let text = format!(
        r#"
        url = "{}/v1/send?k=v"
        headers = {{ Authorization = "Bearer {{{{var.key}}}}" }}
        body.json = '{{"to":"{{{{to}}}}","plus":"{{{{ to_plus }}}}","from":"{{{{from}}}}","text":"{{{{text}}}}","id":"{{{{id}}}}","url":"{{{{callback_url}}}}","tag":"{{{{tag}}}}","s":{{{{validity_s}}}},"m":{{{{validity_min}}}},"n":{{{{parts}}}},"a":"{{{{alphabet}}}}","c":"{{{{country}}}}"}}'
        vars.key = "s3cret"
        [[results]]
        when = {{ http = "200-299", json_pointer = "/result/ok", equals = true }}
        outcome = "accepted"
        id = {{ json_pointer = "/result/id" }}
        "#,
        side.url()
    );
    let result = send(&gateway(generic(&text)), prepared("Your \"code\" is\n123456")).await;
    assert_eq!(result, taken("4711"));
    let tag = own_tag();
    assert_eq!(
        side.asked_once().body,
        format!(
            r#"{{"to":"37255512345","plus":"+37255512345","from":"MyBrand","text":"Your \"code\" is\n123456","id":"07070707-0707-0707-0707-070707070707","url":"{BASE}/{tag}","tag":"{tag}","s":300,"m":5,"n":1,"a":"gsm7","c":"EE"}}"#
        )
    );
}

#[test]
fn no_text_becomes_structure_of_json() {
    let description =
        described(r#"body.json = '{"from":"{{from}}","{{from}}":[{"text":"a{{text}}b"}]}'"#);
    for payload in payloads() {
        let message = Prepared { sender: payload.clone(), ..prepared(&payload) };
        let body = body(request(&description, &message));
        let json: serde_json::Value = serde_json::from_str(&body).expect("it is JSON");
        let expected = serde_json::json!({
            "from": payload, payload.as_str(): [{ "text": format!("a{payload}b") }],
        });
        assert_eq!(json, expected, "{body}");
    }
}

#[test]
fn no_text_becomes_structure_of_a_form_or_an_address() {
    let form = described("body.form = { text = \"a{{text}}\", from = \"{{from}}\", z = \"1\" }");
    let query = described(
        "method = \"GET\"\nbody.query = { text = \"a{{text}}\", from = \"{{from}}\", z = \"1\" }",
    );
    let path = "url = \"https://sms.example.com/{{text}}/send?from={{from}}\"\nmethod = \"GET\"\n\
                results = [{ outcome = \"accepted\" }]";
    for payload in payloads() {
        let message = Prepared { sender: payload.clone(), ..prepared(&payload) };
        let a_payload = format!("a{payload}");
        let expected = [("from", &payload), ("text", &a_payload), ("z", &"1".to_owned())]
            .map(|(name, value)| (name.to_owned(), value.clone()));
        let fields =
            |text: &[u8]| url::form_urlencoded::parse(text).into_owned().collect::<Vec<_>>();
        assert_eq!(fields(&request(&form, &message).into_body()), expected);
        let asked = request(&query, &message);
        let uri = asked.uri();
        assert_eq!((uri.host(), uri.path()), (Some("sms.example.com"), "/send"));
        assert_eq!(fields(uri.query().expect("there is one").as_bytes()), expected);
        assert!(asked.body().is_empty() && !asked.headers().contains_key(header::CONTENT_TYPE));
        let uri = request(path, &message).uri().clone();
        assert_eq!(uri.host(), Some("sms.example.com"));
        let path = uri.path();
        assert!(path.ends_with("/send") && path.matches('/').count() == 2, "{path}");
        assert_eq!(
            fields(uri.query().expect("there is one").as_bytes()),
            [("from".to_owned(), payload)]
        );
    }
}

#[test]
fn no_text_becomes_structure_of_xml_or_a_header() {
    let xml = described(
        "headers.Content-Type = \"text/xml; charset=utf-8\"\n\
         body.text = '<sms from=\"{{from}}\"><t>{{text}}</t></sms>'",
    );
    let in_header = described("headers.X-From = \"a {{from}}\"\nbody.text = \"{{text}}\"");
    for payload in payloads() {
        let message = Prepared { sender: payload.clone(), ..prepared(&payload) };
        let xml = body(request(&xml, &message));
        let rest = xml.strip_prefix("<sms from=\"").and_then(|rest| rest.split_once('"'));
        let (from, rest) = rest.expect("it begins so");
        let text = rest.strip_prefix("><t>").and_then(|rest| rest.strip_suffix("</t></sms>"));
        let text = text.expect("it ends so");
        for value in [from, text] {
            let mut entities = value.split('&').skip(1);
            assert!(!value.contains(['<', '>', '"', '\'', '\0', '\u{b}']), "{xml}");
            assert!(entities.all(|rest| rest.starts_with('#')), "{xml}");
        }
        let made = generic(&in_header).request(&outgoing(&message, None));
        let is_printable = payload.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        match made {
            Ok(request) => {
                assert!(is_printable, "{payload:?}");
                assert_eq!(request.headers()["x-from"], format!("a {payload}"));
                assert_eq!(request.headers().len(), 2, "and the content type");
                assert_eq!(body(request), payload);
            }
            Err(refused) => {
                assert!(!is_printable, "{payload:?}");
                assert_eq!(refusal(&refused), Some(Refusal::Content));
            }
        }
    }
}

#[test]
fn what_is_not_plain_text_is_left_to_another_gateway_and_secrets_are_not_shown() {
    takes_plain_text_only(&generic(&described("")));
    let text = described("headers.Authorization = \"{{var.key}}\"\nvars.key = \"s3cret\"");
    let shown = format!("{:?} {:?}", options(&text), request(&text, &prepared("x")));
    assert!(!shown.contains("s3cret"), "{shown}");
}

#[test]
fn the_first_rule_that_holds_says_what_an_answer_means() {
    let gateway = generic(
        r#"
        url = "https://sms.example.com/send"
        [[results]]
        when = { http = [200, "201-202"], json_pointer = "/status", in = ["ok", 0] }
        outcome = "accepted"
        id = { json_pointer = "/ids/0" }
        [[results]]
        when = { http = 200, regex = "^OK ([0-9a-f]+)" }
        outcome = "accepted"
        id = { regex = "^OK ([0-9a-f]+)" }
        [[results]]
        when = { json_pointer = "/code", range = [100, 199] }
        outcome = "refused_dest"
        [[results]]
        when = { regex = "code=([0-9]+)", range = [200, 299] }
        outcome = "refused_dest_confirm"
        [[results]]
        when = { json_pointer = "/error" }
        outcome = "route_down"
        [[results]]
        when = { http = "500-599", regex = "(?i)try again" }
        outcome = "retry"
        [[results]]
        when = { http = 418 }
        outcome = "throttled"
        "#,
    );
    let refused = |refusal| (Some(refusal), None);
    let confirm = |confirm| refused(Refusal::Destination { confirm });
    for (status, body, (expected, id)) in [
        (200, r#"{"status":"ok","ids":["A"]}"#, (None, Some("A"))),
        (202, r#"{"status":0,"ids":[7]}"#, (None, Some("7"))),
        (201, r#"{"status":"0","ids":["a b"]}"#, (None, None)),
        (203, r#"{"status":"ok","ids":["A"]}"#, refused(Refusal::InDoubt)),
        (200, "OK 0aF", (None, Some("0a"))),
        (200, "NO OK 0a", refused(Refusal::InDoubt)),
        (400, r#"{"code":150}"#, confirm(false)),
        (400, r#"{"code":"199"}"#, confirm(false)),
        (400, r#"{"code":200}"#, refused(Refusal::Content)),
        (400, "code=250;", confirm(true)),
        (400, r#"{"error":{}}"#, refused(Refusal::GatewayDown)),
        (400, r#"{"error":null}"#, refused(Refusal::Content)),
        (500, "please TRY AGAIN", refused(Refusal::Temporary)),
        (500, "sorry", refused(Refusal::InDoubt)),
        (418, "", refused(Refusal::Throttled(None))),
        (302, "", refused(Refusal::GatewayDown)),
        (429, "", refused(Refusal::Throttled(None))),
    ] {
        let result = read(&gateway, status, body.as_bytes());
        assert_eq!(refusal(&result), expected, "{status} {body}");
        if let SendResult::Accepted(taken) = &result {
            assert_eq!(taken.ids.first().map(String::as_str), id, "{status} {body}");
        }
    }
    for body in hostile_bodies() {
        let result = read(&gateway, 200, &body);
        assert_eq!(refusal(&result), Some(Refusal::InDoubt));
    }
}
