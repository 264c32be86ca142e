//! What is wrong with a description is found at set-up, and told with its key.

use ringproof_delivery::provider::generic::Generic;
use ringproof_delivery::provider::generic::options::GenericOptions;

use super::generic::{described, generic, options};

/// The message about a description that cannot be used.
fn problem(text: &str) -> String {
    match Generic::new(&options(text), false) {
        Ok(_) => panic!("it is taken:\n{text}"),
        Err(error) => error.to_string(),
    }
}

const CALLBACK: &str = "headers.X-Url = \"{{callback_url}}\"\n[callback]\n";
const STATES: &str = "states = [{ state = \"delivered\" }]\n";

#[test]
fn each_mistake_is_told_with_its_key_and_what_to_write() {
    let cases = [
        ("body.text = \"{{too}}\"", "body.text names {{too}}, which is nothing; write one of: to,"),
        ("body.text = \"{{mccmnc}}\"", "body.text names {{mccmnc}}, which is nothing"),
        ("body.text = \"{{var.key}}\"", "body.text names {{var.key}}, which is not in vars"),
        ("body.text = \"{{to\"", "body.text has {{ without }} behind it"),
        ("body.form = { a = \"{{x}}\" }", "body.form.a names {{x}}"),
        ("body.json = '{\"a\":{{text}}}'", "body.json has a name outside a string: put quotes"),
        ("body.json = '{\"a\":\"\\\"{{text}}'", "body.json is not JSON"),
        ("body.json = '{\"a\":\"\\{{text}}\"}'", "body.json has \\ right before {{"),
        ("body.json = '{\"a\":1,}'", "body.json is not JSON"),
        ("method = \"GET\"\nbody.text = \"x\"", "body has no place in a GET: write body.query"),
        (
            "headers.content-type = \"application/json\"\nbody.text = \"{{text}}\"",
            "body.text would not be escaped for its Content-Type",
        ),
        ("headers.Host = \"x\"", "headers.Host is written by the server itself"),
        ("headers.user-agent = \"x\"", "headers.user-agent is written by the server itself"),
        ("headers.\"a b\" = \"x\"", "headers.a b is no name of a header"),
        ("headers.A = \"é\"", "headers.A must be printable ASCII"),
        ("headers.A = \"a\\r\\nB: c\"", "headers.A must be printable ASCII"),
    ];
    for (lines, expected) in cases {
        let problem = problem(&described(lines));
        assert!(problem.starts_with(expected), "{lines}\n{problem}");
    }
}

#[test]
fn an_address_is_checked_before_anything_is_sent_to_it() {
    for (url, expected) in [
        ("sms.example.com", "url is no address"),
        ("http://sms.example.com/", "url must begin with https://"),
        ("https://{{to}}.example.com/", "url "),
        ("https://sms.example.com{{to}}", "url "),
        ("https://sms.example.com:{{validity_s}}/", "url has a name before the end of the host"),
        ("{{to}}https://sms.example.com/", "url "),
        ("https://user:secret@sms.example.com/", "url must have neither user"),
        ("https://sms.example.com/#a", "url must have neither user"),
        ("https://sms.example.com/a b", "url has a sign that an address cannot carry"),
    ] {
        let text = format!("url = '{url}'\nresults = [{{ outcome = \"accepted\" }}]");
        let problem = problem(&text);
        assert!(problem.starts_with(expected), "{url}: {problem}");
        assert!(!problem.contains("secret"), "{problem}");
    }
    let plain = "url = 'http://sms.example.com/'\nresults = [{ outcome = \"accepted\" }]";
    assert!(Generic::new(&options(plain), true).is_ok(), "where the operator allows it");
}

#[test]
fn rules_are_checked() {
    for (results, expected) in [
        ("", "results needs a rule with outcome = \"accepted\""),
        ("{ outcome = \"retry\" }", "results needs a rule with outcome = \"accepted\""),
        ("{ outcome = \"ok\" }", "results[0].outcome must be one of: accepted, throttled,"),
        ("{ outcome = \"retry\", id = { regex = \"x\" } }", "results[0].id goes with outcome"),
        (
            "{ outcome = \"accepted\", id = { json_pointer = \"id\" } }",
            "results[0].id.json_pointer must begin",
        ),
        ("{ outcome = \"accepted\", id = { regex = \"(\" } }", "results[0].id.regex is not one"),
        (
            "{ outcome = \"accepted\", when.regex = \"a{999999}\" }",
            "results[0].when.regex is not one",
        ),
        (
            "{ outcome = \"accepted\", when.http = 99 }",
            "results[0].when.http must be a status as 200",
        ),
        ("{ outcome = \"accepted\", when.http = \"299-200\" }", "results[0].when.http must be"),
        ("{ outcome = \"accepted\", when.http = [200, \"x\"] }", "results[0].when.http must be"),
        (
            "{ outcome = \"accepted\", when.equals = 1 }",
            "results[0].when compares something, but not what",
        ),
        (
            "{ outcome = \"accepted\", when = { regex = \"a\", json_pointer = \"/a\" } }",
            "results[0].when has json_pointer and regex",
        ),
        (
            "{ outcome = \"accepted\", when = { regex = \"a\", equals = 1, in = [1] } }",
            "results[0].when may have one of equals, in and range only",
        ),
        (
            "{ outcome = \"accepted\", when = { regex = \"a\", range = [2, 1] } }",
            "results[0].when.range must be two numbers",
        ),
    ] {
        let problem =
            problem(&format!("url = \"https://sms.example.com/\"\nresults = [{results}]"));
        assert!(problem.starts_with(expected), "{results}: {problem}");
    }
}

#[test]
fn callbacks_are_checked() {
    let hmac = |more: &str| {
        format!(
            "{CALLBACK}{STATES}[callback.auth.hmac]\nheader = \"X-Sig\"\nsecret = \"s\"\n\
             algorithm = \"sha256\"\nencoding = \"hex\"\n{more}"
        )
    };
    for (lines, expected) in [
        (format!("{CALLBACK}auth = \"none\"\nstates = []"), "callback.states is empty"),
        (
            format!("{CALLBACK}auth = \"none\"\nstates = [{{ state = \"x\" }}]"),
            "callback.states[0].state must be one of: accepted, unknown,",
        ),
        (
            format!(
                "{CALLBACK}auth = \"none\"\nstates = [{{ state = \"failed\", when.http = 200 }}]"
            ),
            "callback.states[0].when.http means nothing here",
        ),
        (
            format!("{CALLBACK}auth = \"none\"\n{STATES}causes = [{{ cause = \"x\" }}]"),
            "callback.causes[0].cause must be one of: dest_invalid,",
        ),
        (
            format!("[callback]\nauth = \"none\"\n{STATES}"),
            "callback needs {{callback_url}} somewhere in the request, or callback.message",
        ),
        (
            format!("[callback]\nauth = \"none\"\n{STATES}message.json_pointer = \"/id\""),
            "callback.message proves nothing: send {{tag}}",
        ),
        (
            format!("{CALLBACK}auth.bearer.token = \"\"\n{STATES}"),
            "callback.auth.bearer.token is empty",
        ),
        (
            format!("{CALLBACK}auth.basic = {{ user = \"a:b\", password = \"c\" }}\n{STATES}"),
            "callback.auth.basic has a sign that a header cannot carry",
        ),
        (
            hmac("over = \"timestamp.body\""),
            "callback.auth.hmac.timestamp_header is needed with over = \"timestamp.body\"",
        ),
        (
            hmac("over = \"body\"\ntimestamp_header = \"X-Time\""),
            "callback.auth.hmac.timestamp_header goes with over = \"timestamp.body\" only",
        ),
        (
            hmac("over = \"timestamp.body\"\ntimestamp_header = \"a b\""),
            "callback.auth.hmac.timestamp_header must be the name of a header",
        ),
    ] {
        let problem = problem(&described(&lines));
        assert!(problem.starts_with(expected), "{lines}\n{problem}");
    }
}

#[test]
fn a_key_that_there_is_not_is_refused_by_name() {
    for (lines, key) in [
        ("urll = \"x\"", "urll"),
        ("body.yaml = \"x\"", "yaml"),
        ("[callback]\nauth = \"none\"\nstates = []\nfoo = 1", "foo"),
        ("[callback]\nauth.hmac.foo = 1\nstates = []", "foo"),
        ("[callback]\nauth = \"digest\"\nstates = []", "digest"),
        ("method = \"DELETE\"", "DELETE"),
    ] {
        let error = toml::from_str::<GenericOptions>(&described(lines)).expect_err("it is refused");
        assert!(error.message().contains(key), "{lines}: {}", error.message());
    }
    let rule = "url = \"x\"\nresults = [{ outcome = \"accepted\", when.status = 200 }]";
    let error = toml::from_str::<GenericOptions>(rule).expect_err("it is refused");
    assert!(error.message().contains("status"), "{}", error.message());
}

#[test]
fn the_examples_can_be_used() {
    for text in [
        include_str!("../../../../../docs/gateways/46elks.toml"),
        include_str!("../../../../../docs/gateways/messagebird.toml"),
        include_str!("../../../../../docs/gateways/plivo.toml"),
        include_str!("../../../../../docs/gateways/sinch.toml"),
        include_str!("../../../../../docs/gateways/telnyx.toml"),
    ] {
        generic(text);
    }
}
