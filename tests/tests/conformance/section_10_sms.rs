//! Section 10: the HTTP SMS interface.
//!
//! What holds for every answer (status 200, one documented line, content type)
//! is checked for each of them in `ringproof_blackbox::text`.

use ringproof_blackbox::http::Request;
use ringproof_blackbox::operator::{self, LOOPBACK_REPORTS, PRICES};
use ringproof_blackbox::reports::ReportReceiver;
use ringproof_blackbox::text::{FORM, HTML, Parameters, encode};
use ringproof_blackbox::world::{U1_NUMBER, U2_NUMBER, World};
use serde_json::{Value, json};

const TO: &str = U1_NUMBER;

/// Sends with these parameters besides `to` and `text` in a fresh world.
#[track_caller]
fn assert_taken(more: &Parameters<'_>) {
    let world = World::fresh();
    world.text_a.sms(TO, "hi", more).taken();
    assert_eq!(world.inbox.next(TO).text, "hi");
}

/// Insists that these parameters are refused with this line and nothing is sent.
#[track_caller]
fn assert_refused(parameters: &Parameters<'_>, line: &str) {
    let world = World::fresh();
    world.text_a.get("/send_sms", parameters).is(line);
    assert_eq!(world.messages(), []);
}

/// The server's time in whole seconds, and so many more.
#[track_caller]
fn seconds_ahead(world: &World, seconds: i64) -> String {
    (world.clock.now().as_second() + seconds).to_string()
}

/// Sends a message in a fresh world that has it reported on; gives its id.
#[track_caller]
fn reported(status: &str) -> (World, String) {
    let world = World::fresh();
    let id = world.text_a.sms(TO, "hi", &[]).taken();
    let message = world.inbox.next(TO);
    assert_eq!(world.inbox.report(&message.id, status, None), "taken");
    (world, id)
}

#[track_caller]
fn priced_world() -> World {
    World::prepared("", |folder| operator::import_prices(folder, PRICES))
}

#[track_caller]
fn prices_of_estonia(accept: Option<&str>, country: &str) -> (String, Value) {
    let world = priced_world();
    let mut request = world.text_a.get_request("/prices", &[("country", country)]);
    if let Some(accept) = accept {
        request = request.header("Accept", accept);
    }
    let answer = world.text_a.send(&request);
    let kind = answer.header("content-type").expect("a content type").to_owned();
    (kind, serde_json::from_str(&answer.text).expect("prices come as JSON"))
}

/// The documented object, with `mccmnc` in one of its two forms.
fn estonia(telia: &Value, tele2: &Value) -> Value {
    json!({ "country": "EE", "name": "Estonia", "prefix": "372", "networks": [
        { "mccmnc": telia, "name": "Telia", "price": "0.05000" },
        { "mccmnc": tele2, "name": "Tele2", "price": "0.06000" },
    ] })
}

#[test]
fn case_240_send() {
    let world = World::fresh();
    world.text_a.sms(TO, "hi", &[]).taken();
    let message = world.inbox.next(TO);
    assert_eq!((message.text.as_str(), message.from.as_str()), ("hi", "Verigator"));
    assert_eq!(world.messages().len(), 1);
}

#[test]
fn case_241_send_as_an_old_node_client_does() {
    let world = World::fresh();
    let parameters = [("to", TO), ("text", "hi"), ("autoconvert", "ON"), ("charset", "UTF8")];
    let answer = world.text_a.post("/send_sms/", &parameters);
    answer.taken();
    assert_eq!(answer.header("content-type"), Some(HTML));
    assert_eq!(world.inbox.next(TO).text, "hi");
}

#[test]
fn case_242_send_as_an_old_net_client_does() {
    let world = World::fresh();
    let body = format!("&{}", world.text_a.with_credentials(&[("to", TO), ("text", "hi")]));
    let request = Request::new("POST", "/send_sms")
        .header("Content-Type", FORM)
        .header("Content-Encoding", "utf-8");
    world.text_a.send(&request.body(body)).taken();
    assert_eq!(world.inbox.next(TO).text, "hi");
}

#[test]
fn case_243_nothing_to_say_is_102() {
    assert_refused(&[("to", TO)], "ERROR 102");
}

#[test]
fn case_244_no_receiver_is_102() {
    assert_refused(&[("text", "hi")], "ERROR 102");
}

#[test]
fn case_245_receiver_that_is_no_number_is_105() {
    assert_refused(&[("to", "abcde"), ("text", "hi")], "ERROR 105");
}

#[test]
fn case_246_sender_of_nobody_is_111() {
    assert_refused(&[("to", TO), ("text", "hi"), ("from", "Unknown1")], "ERROR 111");
}

#[test]
fn case_247_blocked_number_is_108() {
    let world = World::prepared("", |folder| operator::block(folder, "acme-api", TO));
    world.text_a.sms(TO, "hi", &[]).is("ERROR 108");
    assert_eq!(world.messages(), []);
}

#[test]
fn case_248_used_up_credit_is_107() {
    let world = World::prepared("", |folder| {
        operator::import_prices(folder, PRICES);
        // One segment to Estonia costs 0.06, and 0.05 are left over.
        operator::credit(folder, "acme-api", "0.11");
    });
    world.text_a.sms(TO, "hi", &[]).taken();
    world.text_a.sms(U2_NUMBER, "hi", &[]).is("ERROR 107");
    let messages = world.messages();
    assert_eq!(messages.len(), 1, "{messages:?}");
}

#[test]
fn case_249_scheduled_message_waits_for_its_time() {
    let world = World::fresh();
    let base = world.clock.now();
    let at = seconds_ahead(&world, 3600);
    let id = world.text_a.sms(TO, "hi", &[("time_to_send", &at)]).taken();
    // One that is due earlier shows that what is due is looked for.
    let earlier = seconds_ahead(&world, 3000);
    world.text_a.sms(U2_NUMBER, "hi", &[("time_to_send", &earlier)]).taken();
    world.clock.go_to(base, 3500);
    world.inbox.next(U2_NUMBER);
    assert_eq!(world.messages().iter().filter(|message| message.to == TO).count(), 0);
    world.text_a.state(&id).is("FAILED 102");
    world.clock.go_to(base, 3601);
    assert_eq!(world.inbox.next(TO).text, "hi");
    world.wait_for_state(&id, "OK SENT");
}

#[test]
fn case_250_time_in_the_past_means_at_once() {
    let world = World::fresh();
    let at = seconds_ahead(&world, -3600);
    world.text_a.sms(TO, "hi", &[("time_to_send", &at)]).taken();
    world.inbox.next(TO);
}

#[test]
fn case_251_time_that_is_no_number_is_102() {
    assert_refused(&[("to", TO), ("text", "hi"), ("time_to_send", "abc")], "ERROR 102");
}

#[test]
fn case_252_unknown_words_and_classes_are_102() {
    for wrong in [("mclass", "4"), ("text-store", "x"), ("autoconvert", "x")] {
        assert_refused(&[("to", TO), ("text", "hi"), wrong], "ERROR 102");
    }
}

#[test]
fn case_253_empty_report_address_is_none() {
    assert_taken(&[("dlr-url", "")]);
}

#[test]
fn case_254_text_in_another_charset() {
    let world = World::fresh();
    let parameters = world.text_a.with_credentials(&[("to", TO), ("charset", "ISO-8859-1")]);
    let target = format!("/send_sms?{parameters}&text=%F5");
    world.text_a.send(&Request::new("GET", &target)).taken();
    assert_eq!(world.inbox.next(TO).text, "õ");
}

#[test]
fn case_255_data_wins_over_text() {
    let world = World::fresh();
    let parameters = world.text_a.with_credentials(&[("to", TO), ("text", "hi")]);
    let target = format!("/send_sms?{parameters}&data=%01%FFA");
    world.text_a.send(&Request::new("GET", &target)).taken();
    // The inbox shows binary content by its hexadecimal digits.
    assert_eq!(world.inbox.next(TO).text, "01ff41");
}

#[test]
fn case_256_state_of_a_message_on_its_way() {
    let world = World::fresh();
    let id = world.text_a.sms(TO, "hi", &[]).taken();
    world.inbox.next(TO);
    world.wait_for_state(&id, "OK SENT");
}

#[test]
fn case_257_state_of_a_delivered_message() {
    let (world, id) = reported("delivered");
    world.text_a.state(&id).is("OK DELIVERED");
}

#[test]
fn case_258_state_of_a_failed_message() {
    let (world, id) = reported("failed");
    world.text_a.state(&id).is("OK FAILED");
}

#[test]
fn case_259_state_of_unknown_and_foreign_messages_is_107() {
    let world = World::fresh();
    let foreign = world.text_b.sms(TO, "hi", &[]).taken();
    for id in [&"0".repeat(40), foreign.as_str(), "x", ""] {
        world.text_a.state(id).is("ERROR 107");
    }
    world.inbox.next(TO);
    world.wait_until("its owner's answer", |w| w.text_b.state(&foreign).text == "OK SENT");
}

#[test]
fn case_260_state_by_the_misspelled_parameter() {
    let (world, id) = reported("delivered");
    world.text_a.get("/get_dlr_response", &[("sms_uniq_id", &id)]).is("OK DELIVERED");
}

#[test]
fn case_261_cancelled_message_is_reported_and_never_sent() {
    let world = World::configured(LOOPBACK_REPORTS);
    let receiver = ReportReceiver::start(&[]);
    let base = world.clock.now();
    let (url, at) = (receiver.url("/x"), seconds_ahead(&world, 3600));
    let id = world.text_a.sms(TO, "hi", &[("time_to_send", &at), ("dlr-url", &url)]).taken();
    world.text_a.cancel(&id).is("OK DELETED");
    let report = receiver.next();
    assert_eq!(report.parameter("sms_unique_id"), Some(id.as_str()));
    assert_eq!(report.parameter("stat"), Some("DELETED"));
    // A later one that comes shows that what is due was looked for.
    let later = seconds_ahead(&world, 3700);
    world.text_a.sms(U2_NUMBER, "hi", &[("time_to_send", &later)]).taken();
    world.clock.go_to(base, 3800);
    world.inbox.next(U2_NUMBER);
    assert_eq!(world.messages().iter().filter(|message| message.to == TO).count(), 0);
    world.text_a.state(&id).is("OK FAILED");
    world.text_a.cancel(&id).is("ERROR 107");
    assert_eq!(receiver.rest(), []);
}

#[test]
fn case_262_sent_and_unknown_messages_cannot_be_cancelled() {
    let world = World::fresh();
    let id = world.text_a.sms(TO, "hi", &[]).taken();
    world.text_a.cancel(&id).is("ERROR 107");
    world.inbox.next(TO);
    world.text_a.cancel(&id).is("ERROR 107");
    world.text_a.cancel(&"0".repeat(40)).is("ERROR 107");
    let at = seconds_ahead(&world, 3600);
    let foreign = world.text_b.sms(U2_NUMBER, "hi", &[("time_to_send", &at)]).taken();
    world.text_a.cancel(&foreign).is("ERROR 107");
    world.text_b.cancel(&foreign).is("OK DELETED");
}

#[test]
fn case_263_balance() {
    let is_amount = |line: &str| {
        let (euro, rest) = line.strip_prefix("OK ")?.split_once('.')?;
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
        Some(
            !euro.is_empty() && is_number(euro) && is_number(rest) && (2..=5).contains(&rest.len()),
        )
    };
    let world = World::prepared("", |folder| operator::credit(folder, "acme-api", "707.54"));
    for caller in [&world.text_a, &world.text_b] {
        for answer in [caller.get("/get_balance", &[]), caller.post("/get_balance/", &[])] {
            assert_eq!(is_amount(&answer.text), Some(true), "{answer:?}");
        }
    }
    world.text_a.balance().is("OK 707.54");
}

#[test]
fn case_264_balance_with_wrong_credentials_is_101() {
    let world = World::fresh();
    let target = "/get_balance?username=acme-api&password=wrong";
    world.text_a.send(&Request::new("GET", target)).is("ERROR 101");
}

#[test]
fn case_265_prices_of_a_country() {
    let (kind, prices) = prices_of_estonia(Some("*/*"), "EE");
    assert_eq!(kind, HTML);
    assert_eq!(prices, estonia(&json!("24801"), &json!("24803")));
}

#[test]
fn case_266_prices_for_who_names_json() {
    let (kind, prices) = prices_of_estonia(Some("application/json"), "EE");
    assert_eq!(kind, "application/json; charset=UTF-8");
    assert_eq!(prices, estonia(&json!(24801), &json!(24803)));
}

#[test]
fn case_267_prices_of_a_country_in_small_letters() {
    let (_, prices) = prices_of_estonia(None, "ee");
    assert_eq!(prices, estonia(&json!("24801"), &json!("24803")));
}

#[test]
fn case_268_prices_as_xml() {
    let world = priced_world();
    let answer = world.text_a.get("/prices", &[("country", "EE"), ("format", "xml")]);
    assert_eq!(answer.header("content-type"), Some("application/xml; charset=UTF-8"));
    let bare: String = answer.text.split('\n').map(str::trim).collect();
    let (declaration, rest) = bare.split_once("?>").expect("a declaration");
    for word in ["version=\"1.0\"", "encoding=\"UTF-8\"", "standalone=\"yes\""] {
        assert!(declaration.contains(word), "{declaration}");
    }
    let network = |mccmnc: &str, name: &str, price: &str| {
        format!(
            "<network><mccmnc>{mccmnc}</mccmnc><name>{name}</name><price>{price}</price></network>"
        )
    };
    let networks = [network("24801", "Telia", "0.05000"), network("24803", "Tele2", "0.06000")];
    let head = "<country>EE</country><name>Estonia</name><prefix>372</prefix>";
    let expected = format!("<pricing>{head}<networks>{}</networks></pricing>", networks.concat());
    assert_eq!(rest, expected);
}

#[test]
fn case_269_unknown_format_is_106() {
    priced_world().text_a.get("/prices", &[("country", "EE"), ("format", "csv")]).is("ERROR 106");
}

#[test]
fn case_270_unknown_country_is_104() {
    priced_world().text_a.get("/prices", &[("country", "ZZ")]).is("ERROR 104");
}

#[test]
fn case_271_price_list_by_multipart() {
    let world = priced_world();
    let answer = world.text_a.send(&world.text_a.multipart_request("/pricelist", &[]));
    assert_eq!(answer.header("content-type"), Some("text/csv;charset=UTF-8"));
    let lines: Vec<_> = answer.text.split_terminator('\n').collect();
    assert_eq!(lines[0], "Country,Code,MCCMNC,Network,Price");
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert!(lines[1].starts_with("Estonia,EE,24801,Telia,0.05"), "{lines:?}");
    assert!(lines[3].starts_with("Finland,FI,,Finland,0.07"), "{lines:?}");
    let form = format!("username=acme-api&password={}", encode("wrong"));
    let wrong = Request::new("POST", "/pricelist").header("Content-Type", FORM).body(form);
    world.text_a.send(&wrong).is("ERROR 101");
}
