//! Requests to Twilio and its answers, against a stand-in that is as strict as
//! its documentation (`delivery.md` 7.2).

use ringproof_delivery::provider::Provider as _;
use ringproof_delivery::provider::base_url::BaseUrl;
use ringproof_delivery::provider::twilio::{
    Twilio, TwilioApiKey, TwilioError, TwilioOptions, TwilioSender,
};
use ringproof_delivery::{Prepared, SendResult};
use verify::engine::outbox::Refusal;

use super::stand_in::{Asked, Reply, StandIn};
use super::{
    BASE, gateway, hostile_bodies, outcome, outgoing, own_tag, prepared, read, refusal, send,
    taken, takes_plain_text_only,
};

pub(super) const ACCOUNT: &str = "AC00000000000000000000000000000001";
const KEY: &str = "SK00000000000000000000000000000002";
const SERVICE: &str = "MG00000000000000000000000000000003";

pub(super) fn options() -> TwilioOptions {
    TwilioOptions {
        account_sid: ACCOUNT.to_owned(),
        auth_token: "12345".into(),
        auth_token_other: None,
        api_key: None,
        sender: TwilioSender::OfMessage,
        feedback: true,
        base_url: None,
        code_rows: None,
    }
}

pub(super) fn twilio() -> Twilio {
    Twilio::new(options()).expect("it is set up")
}

fn at(side: &StandIn, options: TwilioOptions) -> Twilio {
    let base_url = BaseUrl::parse(&side.url(), false).expect("loopback may be plain");
    Twilio::new(TwilioOptions { base_url: Some(base_url), ..options }).expect("it is set up")
}

/// Twilio, as documented: whatever is wrong with a request has its code.
fn play(asked: &Asked) -> Reply {
    let no = |status: u16, code: u32| {
        Reply::json(status, &format!(r#"{{"code":{code},"message":"m","status":{status}}}"#))
    };
    if asked.method != "POST"
        || asked.target != format!("/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
    {
        return no(404, 20404);
    }
    // `AC…1:12345` and `SK…2:key`.
    let is_known = [
        "Basic QUMwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMToxMjM0NQ==",
        "Basic U0swMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMjprZXk=",
    ]
    .contains(&asked.header("authorization").unwrap_or_default());
    if !is_known {
        return no(401, 20003);
    }
    let fields = asked.form();
    let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
    let field = |name| fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
    let known = [
        "To",
        "From",
        "MessagingServiceSid",
        "Body",
        "StatusCallback",
        "ValidityPeriod",
        "SmartEncoded",
        "ProvideFeedback",
        "RiskCheck",
        "ContentRetention",
        "AddressRetention",
    ];
    assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
    match field("To") {
        Some(to) if to.starts_with('+') && to.len() > 7 => {}
        _ => return no(400, 21211),
    }
    if field("From").is_some() == field("MessagingServiceSid").is_some() {
        return no(400, 21603);
    }
    match field("Body").map(|body| body.chars().count()) {
        None | Some(0) => return no(400, 21602),
        Some(count) if count > 1_600 => return no(400, 21617),
        Some(_) => {}
    }
    let validity: u32 = field("ValidityPeriod").and_then(|v| v.parse().ok()).unwrap_or_default();
    assert!((1..=36_000).contains(&validity), "{validity}");
    Reply::json(
        201,
        r#"{"sid":"SM00000000000000000000000000000001","status":"queued","error_code":null,"num_segments":"1"}"#,
    )
}

#[tokio::test]
async fn the_request_is_this_byte_by_byte() {
    let side = StandIn::start(play).await;
    let result =
        send(&gateway(at(&side, options())), prepared("Your code is 123456 & more +é€")).await;
    assert_eq!(result, taken("SM00000000000000000000000000000001"));
    let asked = side.asked_once();
    let callback = format!("{BASE}/{}", own_tag());
    let callback = callback.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(
        asked.body,
        format!(
            "To=%2B37255512345&From=MyBrand&Body=Your+code+is+123456+%26+more+%2B%C3%A9%E2%82%AC\
             &StatusCallback={callback}&ValidityPeriod=300&SmartEncoded=false&ProvideFeedback=true\
             &RiskCheck=enable&ContentRetention=discard&AddressRetention=obfuscate"
        )
    );
}

/// What is never confirmed counts as not arrived there.
#[test]
fn twilio_waits_for_word_of_codes_only_and_only_if_it_will_be_told() {
    let body = |feedback, is_code| {
        let twilio = Twilio::new(TwilioOptions { feedback, ..options() }).expect("it is set up");
        let message = Prepared { is_code, ..prepared("hello") };
        let request = twilio.request(&outgoing(&message, None)).expect("it is made");
        String::from_utf8(request.into_body()).expect("a form is ASCII")
    };
    let expected = |feedback: &str| {
        format!(
            "To=%2B37255512345&From=MyBrand&Body=hello&ValidityPeriod=300&SmartEncoded=false{feedback}\
             &RiskCheck=enable&ContentRetention=discard&AddressRetention=obfuscate"
        )
    };
    assert_eq!(body(true, true), expected("&ProvideFeedback=true"));
    for (feedback, is_code) in [(true, false), (false, true), (false, false)] {
        assert_eq!(body(feedback, is_code), expected(""), "{feedback} {is_code}");
    }
}

#[tokio::test]
async fn each_way_to_authorise_and_to_name_a_sender_is_taken() {
    let key = || TwilioApiKey { sid: KEY.to_owned(), secret: "key".into() };
    for (sender, expected) in [
        (TwilioSender::From("+15005550006".to_owned()), "&From=%2B15005550006&"),
        (TwilioSender::From("Shop 24".to_owned()), "&From=Shop+24&"),
        (TwilioSender::MessagingService(SERVICE.to_owned()), "&MessagingServiceSid=MG00"),
    ] {
        let side = StandIn::start(play).await;
        let options = TwilioOptions { api_key: Some(key()), sender, ..options() };
        let result = send(&gateway(at(&side, options)), prepared("hello")).await;
        assert_eq!(refusal(&result), None, "{result:?}");
        assert!(side.asked_once().body.contains(expected));
    }
    let side = StandIn::start(play).await;
    let wrong = TwilioOptions { auth_token: "other".into(), ..options() };
    let result = send(&gateway(at(&side, wrong)), prepared("hello")).await;
    assert_eq!(result, SendResult::Refused(Refusal::GatewayDown, "code 20003".into()));
    let empty = send(&gateway(at(&side, options())), prepared("")).await;
    assert_eq!(empty, SendResult::Refused(Refusal::Content, "code 21602".into()));
}

#[test]
fn what_twilio_cannot_take_is_not_sent_to_it() {
    takes_plain_text_only(&twilio());
    let long = prepared(&"é".repeat(1_601));
    let refused = twilio().request(&outgoing(&long, None)).expect_err("it is too long");
    assert_eq!(refusal(&refused), Some(Refusal::Content));
    assert!(twilio().request(&outgoing(&prepared(&"é".repeat(1_600)), None)).is_ok());
}

#[test]
fn the_validity_is_the_time_left_within_twilios_bounds() {
    let message = prepared("hello");
    for (seconds, expected) in [(1, 6), (6, 6), (59, 59), (36_000, 36_000), (99_999, 36_000)] {
        let mut outgoing = outgoing(&message, None);
        outgoing.valid_for = std::time::Duration::from_secs(seconds);
        let request = twilio().request(&outgoing).expect("it is made");
        assert_eq!(
            request.uri().to_string(),
            format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT}/Messages.json")
        );
        let body = String::from_utf8(request.into_body()).expect("a form is ASCII");
        assert!(body.contains(&format!("ValidityPeriod={expected}&")), "{body}");
        assert!(!body.contains("StatusCallback"), "this server has no address: {body}");
    }
}

#[test]
fn each_code_means_what_the_contract_says() {
    for (codes, word) in [
        (&[20429, 30001][..], "throttled"),
        (&[20003, 20005, 30002], "route_down"),
        (&[21408, 21612, 21606, 21603, 21212], "route_unfit"),
        (&[21211, 21614, 21265, 21217, 21610, 30450], "refused_dest"),
        (&[21617, 21602, 21619], "refused_content"),
    ] {
        for code in codes {
            let body = format!(r#"{{"code":{code},"message":"to +37255512345","status":400}}"#);
            for status in [400, 403, 404, 429, 500, 503] {
                let result = read(&twilio(), status, body.as_bytes());
                assert_eq!(refusal(&result), outcome(word), "{code}");
                let reason = format!("code {code}");
                let SendResult::Refused(_, given) = &result else { panic!("{result:?}") };
                assert_eq!((&**given, given.is_pumped()), (&*reason, *code == 30450));
            }
            for status in [502, 504] {
                let result = read(&twilio(), status, body.as_bytes());
                assert_eq!(refusal(&result), Some(Refusal::InDoubt), "{code} by a proxy");
            }
        }
    }
}

#[test]
fn a_code_without_a_row_is_understood_by_the_status() {
    let body = br#"{"code":12345,"message":"m","status":400}"#;
    for (status, expected) in [
        (400, Refusal::Content),
        (401, Refusal::GatewayDown),
        (404, Refusal::Content),
        (429, Refusal::Throttled(None)),
        (500, Refusal::InDoubt),
        (503, Refusal::InDoubt),
        (301, Refusal::GatewayDown),
    ] {
        assert_eq!(refusal(&read(&twilio(), status, body)), Some(expected), "{status}");
        assert_eq!(refusal(&read(&twilio(), status, b"")), Some(expected), "{status}");
    }
    let rows = Some("[codes]\n12345 = \"refused_dest\"".to_owned());
    let taught = Twilio::new(TwilioOptions { code_rows: rows, ..options() }).expect("it is set up");
    let result = read(&taught, 400, body);
    assert_eq!(refusal(&result), Some(Refusal::Destination { confirm: false }));
}

#[test]
fn no_answer_that_cannot_be_read_counts_as_taken_or_refused() {
    for body in hostile_bodies() {
        for status in [200, 201, 204] {
            let result = read(&twilio(), status, &body);
            let begin = String::from_utf8_lossy(&body[..body.len().min(60)]);
            assert_eq!(refusal(&result), Some(Refusal::InDoubt), "{status} {begin}");
        }
    }
}

#[test]
fn wrong_options_are_refused_with_what_to_write() {
    let error = |options| Twilio::new(options).err().expect("it is refused");
    for (sid, form) in
        [("", "AC"), ("AC1", "AC"), (KEY, "AC"), ("AC../../../../../../../../../../..", "AC")]
    {
        let options = TwilioOptions { account_sid: sid.to_owned(), ..options() };
        assert_eq!(error(options), TwilioError::Sid { key: "account_sid", form }, "{sid}");
    }
    let key =
        |sid: &str, secret: &str| Some(TwilioApiKey { sid: sid.to_owned(), secret: secret.into() });
    let wrong = TwilioOptions { api_key: key(ACCOUNT, "key"), ..options() };
    assert_eq!(error(wrong), TwilioError::Sid { key: "api_key.sid", form: "SK" });
    let wrong = TwilioOptions { api_key: key(KEY, "a\nb"), ..options() };
    assert_eq!(error(wrong), TwilioError::Secret("api_key.secret"));
    for token in ["", "a\r\nb"] {
        let wrong = TwilioOptions { auth_token: token.into(), ..options() };
        assert_eq!(error(wrong), TwilioError::Secret("auth_token"));
    }
    for from in ["", "   ", "+123", "LongerThan11", "Ünal", "+1500555000a", "a\nb"] {
        let sender = TwilioSender::From(from.to_owned());
        assert_eq!(error(TwilioOptions { sender, ..options() }), TwilioError::From, "{from}");
    }
    let sender = TwilioSender::MessagingService("MG1".to_owned());
    let text = error(TwilioOptions { sender, ..options() }).to_string();
    assert!(text.starts_with("messaging_service_sid must be MG and 32 hex digits"), "{text}");
    let wrong = TwilioOptions { code_rows: Some("[codes]\n1 = \"no\"".to_owned()), ..options() };
    assert!(matches!(error(wrong), TwilioError::Codes(_)));
}
