//! Requests to Vonage and its answers, against a stand-in that is as strict as
//! its documentation (`delivery.md` 7.3).

use md5::Digest as _;
use ringproof_delivery::provider::Provider as _;
use ringproof_delivery::provider::base_url::BaseUrl;
use ringproof_delivery::provider::vonage::{
    Vonage, VonageAlgorithm, VonageAuth, VonageError, VonageOptions,
};
use ringproof_delivery::{SendResult, Taken};
use verify::engine::outbox::Refusal;

use super::stand_in::{Asked, Reply, StandIn};
use super::{
    BASE, gateway, hostile_bodies, outcome, outgoing, own_tag, prepared, read, refusal, send,
    taken, takes_plain_text_only,
};

pub(super) fn options() -> VonageOptions {
    VonageOptions {
        api_key: "abcd1234".to_owned(),
        auth: VonageAuth::Secret("secret".into()),
        callback_signature: None,
        from: None,
        entity_id: None,
        content_id: None,
        trusted_sender: false,
        feedback: false,
        conversion_base_url: None,
        base_url: None,
        code_rows: None,
    }
}

fn vonage() -> Vonage {
    Vonage::new(options()).expect("it is set up")
}

fn at(side: &StandIn, options: VonageOptions) -> Vonage {
    let base_url = BaseUrl::parse(&side.url(), false).expect("loopback may be plain");
    Vonage::new(VonageOptions { base_url: Some(base_url), ..options }).expect("it is set up")
}

fn one(status: &str) -> String {
    let part = format!(
        r#"{{"to":"37255512345","message-id":"0C01","status":"{status}","remaining-balance":"3.14",
            "message-price":"0.03","network":"24801","error-text":"to 37255512345"}}"#
    );
    format!(r#"{{"message-count":"1","messages":[{part}]}}"#)
}

/// Vonage, as documented: it always answers 200, and the status is in the body.
fn play(asked: &Asked) -> Reply {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/sms/json"));
    let fields = asked.form();
    let field = |name| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let status = || {
        let signed = field("sig").is_some();
        match asked.header("authorization") {
            // `abcd1234:secret`.
            Some("Basic YWJjZDEyMzQ6c2VjcmV0") if !signed => {}
            None if signed && field("api_key") == Some("abcd1234") => {
                field("timestamp")?.parse::<i64>().ok()?;
            }
            _ => return Some("4"),
        }
        let (from, to, text) = (field("from")?, field("to")?, field("text")?);
        if !to.bytes().all(|byte| byte.is_ascii_digit()) || from.is_empty() || text.is_empty() {
            return Some("3");
        }
        let needs_unicode = text.chars().any(|c| u32::from(c) > 0xff);
        if (field("type")? == "unicode") != needs_unicode {
            return Some("3");
        }
        let ttl: u64 = field("ttl")?.parse().ok()?;
        let is_ttl = (20_000..=604_800_000).contains(&ttl) && ttl.is_multiple_of(1_000);
        let is_short = |name| field(name).is_none_or(|value: &str| value.len() <= 100);
        if !is_ttl || !is_short("callback") || !is_short("client-ref") {
            return Some("3");
        }
        Some("0")
    };
    Reply::json(200, &one(status().unwrap_or("2")))
}

#[tokio::test]
async fn the_request_is_this_byte_by_byte() {
    let side = StandIn::start(play).await;
    let more = VonageOptions {
        entity_id: Some("1101".to_owned()),
        content_id: Some("1107".to_owned()),
        trusted_sender: true,
        ..options()
    };
    let result = send(&gateway(at(&side, more)), prepared("Your code is 123456 & more")).await;
    assert_eq!(result, taken("0C01"));
    let callback = format!("{BASE}/{}", own_tag()).replace(':', "%3A").replace('/', "%2F");
    assert_eq!(
        side.asked_once().body,
        format!(
            "from=MyBrand&to=37255512345&text=Your+code+is+123456+%26+more&type=text&ttl=300000\
             &status-report-req=true&callback={callback}\
             &client-ref=07070707-0707-0707-0707-070707070707\
             &entity-id=1101&content-id=1107&trusted_sender=true"
        )
    );
}

#[tokio::test]
async fn what_is_not_in_the_gsm_alphabet_goes_as_unicode_and_a_sender_may_be_fixed() {
    let side = StandIn::start(play).await;
    let fixed = VonageOptions { from: Some("Shop".to_owned()), ..options() };
    let result = send(&gateway(at(&side, fixed)), prepared("Код 42")).await;
    assert_eq!(result, taken("0C01"));
    let body = side.asked_once().body;
    assert!(body.starts_with("from=Shop&to=37255512345&text=%D0%9A%D0%BE%D0%B4+42&type=unicode&"));
}

#[tokio::test]
async fn requests_may_be_signed_instead_of_telling_the_secret() {
    let side = StandIn::start(play).await;
    let auth = VonageAuth::Signed { secret: "secret".into(), algorithm: VonageAlgorithm::Md5Hash };
    let signed = VonageOptions { auth, ..options() };
    let result = send(&gateway(at(&side, signed)), prepared("a=1&b")).await;
    assert_eq!(result, taken("0C01"));
    let asked = side.asked_once();
    assert!(!asked.body.contains("secret"), "{asked:?}");
    let mut fields = asked.form();
    let (name, sig) = fields.pop().expect("there are some");
    assert_eq!(name, "sig");
    fields.sort();
    let text = fields.iter().fold(String::new(), |text, (name, value)| {
        format!("{text}&{name}={}", value.replace(['&', '='], "_"))
    });
    let expected = md5::Md5::digest(format!("{text}secret").as_bytes());
    assert_eq!(sig, verify::hex::encode(&expected));
    assert!(text.contains("&text=a_1_b&"), "{text}");
}

#[tokio::test]
async fn who_is_not_let_in_is_told_in_the_body() {
    let side = StandIn::start(play).await;
    let wrong = VonageOptions { auth: VonageAuth::Secret("other".into()), ..options() };
    let result = send(&gateway(at(&side, wrong)), prepared("hello")).await;
    assert_eq!(result, SendResult::Refused(Refusal::GatewayDown, "status 4".into()));
    let empty = send(&gateway(at(&side, options())), prepared("")).await;
    assert_eq!(empty, SendResult::Refused(Refusal::Content, "status 3".into()));
}

#[test]
fn the_validity_is_the_time_left_within_vonages_bounds() {
    takes_plain_text_only(&vonage());
    let message = prepared("hello");
    for (seconds, expected) in [(1, 20_000), (20, 20_000), (61, 61_000), (999_999, 604_800_000)] {
        let mut outgoing = outgoing(&message, None);
        outgoing.valid_for = std::time::Duration::from_secs(seconds);
        let request = vonage().request(&outgoing).expect("it is made");
        assert_eq!(request.uri(), "https://rest.nexmo.com/sms/json");
        let body = String::from_utf8(request.into_body()).expect("a form is ASCII");
        assert!(body.contains(&format!("&ttl={expected}&client-ref=")), "{body}");
        assert!(!body.contains("status-report-req"), "this server has no address: {body}");
    }
}

#[test]
fn each_status_means_what_the_contract_says() {
    for (statuses, word) in [
        (&["0"][..], "accepted"),
        (&["1", "10"], "throttled"),
        (&["5"], "retry"),
        (&["2", "3", "12", "22", "23"], "refused_content"),
        (&["4", "8", "9", "11", "14", "32"], "route_down"),
        (&["15", "29"], "route_unfit"),
        (&["7", "33"], "refused_dest"),
        (&["6"], "refused_dest_confirm"),
        (&["99", "", "x"], "in_doubt"),
    ] {
        for status in statuses {
            let result = read(&vonage(), 200, one(status).as_bytes());
            assert_eq!(refusal(&result), outcome(word), "{status}");
            assert!(!format!("{result:?}").contains("37255512345"), "{result:?}");
        }
    }
    let rows = Some("[codes]\n99 = \"retry\"".to_owned());
    let taught = Vonage::new(VonageOptions { code_rows: rows, ..options() }).expect("it is set up");
    assert_eq!(refusal(&read(&taught, 200, one("99").as_bytes())), Some(Refusal::Temporary));
}

#[test]
fn a_message_of_several_parts_is_taken_whole_or_in_doubt() {
    let answer = |parts: &[(&str, &str)]| {
        let part =
            |(status, id): &(&str, &str)| format!(r#"{{"status":"{status}","message-id":"{id}"}}"#);
        let all: Vec<_> = parts.iter().map(part).collect();
        format!(r#"{{"message-count":"{}","messages":[{}]}}"#, parts.len(), all.join(","))
    };
    let read = |parts: &[(&str, &str)]| read(&vonage(), 200, answer(parts).as_bytes());
    let ids = |ids: &[&str]| {
        SendResult::Accepted(Taken { ids: ids.iter().map(|id| (*id).to_owned()).collect() })
    };
    assert_eq!(read(&[("0", "A"), ("0", "B")]), ids(&["A", "B"]));
    assert_eq!(read(&[("0", "A"), ("0", "")]), ids(&["A", ""]), "one without an id");
    assert_eq!(refusal(&read(&[("0", "A"), ("9", "")])), Some(Refusal::InDoubt));
    assert_eq!(refusal(&read(&[("1", ""), ("0", "B")])), Some(Refusal::InDoubt));
    assert_eq!(refusal(&read(&[("9", ""), ("9", "")])), Some(Refusal::GatewayDown));
    assert_eq!(refusal(&read(&[("9", ""), ("77", "")])), Some(Refusal::InDoubt));
}

#[test]
fn no_answer_that_cannot_be_read_counts_as_taken_or_refused() {
    for body in hostile_bodies() {
        let result = read(&vonage(), 200, &body);
        let begin = String::from_utf8_lossy(&body[..body.len().min(60)]);
        assert_eq!(refusal(&result), Some(Refusal::InDoubt), "{begin}");
    }
    // Who answers an error says what it is by the status alone.
    assert_eq!(refusal(&read(&vonage(), 502, one("0").as_bytes())), Some(Refusal::InDoubt));
    assert_eq!(refusal(&read(&vonage(), 401, b"")), Some(Refusal::GatewayDown));
    assert_eq!(refusal(&read(&vonage(), 429, b"")), Some(Refusal::Throttled(None)));
}

#[test]
fn wrong_options_are_refused_with_what_to_write() {
    let error = |options| Vonage::new(options).err().expect("it is refused");
    for key in ["", "a b", "a\nb", "ä"] {
        let wrong = VonageOptions { api_key: key.to_owned(), ..options() };
        assert_eq!(error(wrong), VonageError::Value("api_key"), "{key}");
    }
    let wrong = VonageOptions { entity_id: Some(String::new()), ..options() };
    assert_eq!(error(wrong), VonageError::Value("entity_id"));
    for from in ["", "LongerThan11", "1234567890123456", "a\r\nb", "Ä"] {
        let wrong = VonageOptions { from: Some(from.to_owned()), ..options() };
        assert_eq!(error(wrong), VonageError::From, "{from}");
    }
    let wrong = VonageOptions { auth: VonageAuth::Secret("a\nb".into()), ..options() };
    assert_eq!(error(wrong), VonageError::Secret("api_secret"));
    let auth = VonageAuth::Signed { secret: "".into(), algorithm: VonageAlgorithm::Sha256 };
    assert_eq!(error(VonageOptions { auth, ..options() }), VonageError::Secret("signature_secret"));
}
