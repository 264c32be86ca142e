//! What every peer must see and be able to do, as far as it can.

use crate::scene::{NO_LIMITS, Scene, wait_for_bound, world};
use ringproof_blackbox::operator::LOOPBACK_REPORTS;
use ringproof_blackbox::reports::ReportReceiver;
use ringproof_blackbox::smsc::{Obeyed, Peer, Smsc, Submit};
use ringproof_blackbox::world::U1_NUMBER;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Runs checks against each peer.
macro_rules! on_each_peer {
    ($($check:ident),+ $(,)?) => {
        mod node { $(#[test] fn $check() { super::$check(&super::Peer::Node); })+ }
        mod python { $(#[test] fn $check() { super::$check(&super::Peer::Python); })+ }
        mod sim { $(#[test] fn $check() { super::$check(&super::Peer::Sim); })+ }
    };
}

on_each_peer!(
    a_code_arrives_and_verifies,
    binds_of_each_kind_and_version,
    texts_arrive_in_their_alphabets,
    receipts_reach_the_state_and_the_report,
    throttled_messages_go_again,
    an_unbind_of_the_peer_is_followed_by_a_bind,
    a_message_from_a_person_reaches_the_account,
);

fn a_code_arrives_and_verifies(peer: &Peer) {
    let mut scene = Scene::new(peer);
    let bind = scene.smsc.next("bind");
    assert_eq!((&bind["system_id"], &bind["status"]), (&json!("acct"), &json!(0)), "{bind}");
    let (submit, pin) = scene.start_u1();
    assert_eq!(submit.source, ("Verigator".to_owned(), 5, 0));
    assert_eq!(submit.destination, (U1_NUMBER[1..].to_owned(), 1, 1));
    assert_eq!((submit.esm_class, submit.data_coding, submit.registered_delivery), (0, 0, 1));
    // A code lives for five minutes, and is not worth sending in the last of them.
    if let Some(validity) = &submit.validity {
        assert_eq!(validity, "000000000400000R");
    }
    scene.world.check_u1(&pin).verified();
}

fn binds_of_each_kind_and_version(peer: &Peer) {
    for (keys, modes, version) in [
        ("bind = \"tx+rx\"", &["receiver", "transmitter"][..], 0x34),
        ("interface_version = \"5.0\"", &["transceiver"], 0x50),
        ("bind = \"tx\"\nregistered_delivery = 0", &["transmitter"], 0x34),
    ] {
        let smsc = Smsc::start(peer);
        let world = world(&[("carrier", smsc.address(), keys)], NO_LIMITS);
        wait_for_bound(&world, "carrier", if modes.len() == 1 { 1 } else { 2 });
        let mut scene = Scene { world, smsc };
        // PyPI's library tells of a bind whether it can receive, and nothing of its version.
        let is_told = !matches!(peer, Peer::Python);
        let expected = |mode: &&str| {
            let mode = (is_told || *mode == "transmitter").then_some(*mode);
            json!([0, mode, is_told.then_some(version)]).to_string()
        };
        let told = |bind: Value| json!([bind["status"], bind["mode"], bind["version"]]).to_string();
        let binds: HashSet<String> = modes.iter().map(|_| told(scene.smsc.next("bind"))).collect();
        assert_eq!(binds, modes.iter().map(expected).collect(), "{keys}");
        let (submit, pin) = scene.start_u1();
        scene.world.check_u1(&pin).verified();
        let hears = *modes != ["transmitter"];
        assert_eq!(submit.registered_delivery, u8::from(hears), "{keys}");
        let id = scene.world.text_a.sms("+37255500888", "which way", &[]).taken();
        scene.world.wait_for_state(&id, if hears { "OK DELIVERED" } else { "OK SENT" });
        assert_eq!(scene.smsc.all("bind").len(), modes.len(), "{keys}");
    }
}

fn texts_arrive_in_their_alphabets(peer: &Peer) {
    let mut scene = Scene::configured(peer, "", NO_LIMITS);
    let mut send = |text: &str, more: &[(&str, &str)], parts: usize| -> Vec<Submit> {
        scene.world.text_a.sms(U1_NUMBER, text, more).taken();
        (0..parts).map(|_| scene.smsc.next_submit()).collect()
    };
    let gsm = send("Hello @£$¥èÉ [€] {~}", &[], 1).remove(0);
    assert_eq!((gsm.text.as_str(), gsm.data_coding), ("Hello @£$¥èÉ [€] {~}", 0));
    let ucs2 = send("Код 42 õ 😀", &[], 1).remove(0);
    assert_eq!((ucs2.text.as_str(), ucs2.data_coding), ("Код 42 õ 😀", 8));
    // Of class 0 (3GPP TS 23.038 §4).
    let flash = send("flash", &[("mclass", "0")], 1).remove(0);
    assert_eq!((flash.text.as_str(), flash.data_coding), ("flash", 0x10));

    let long: String = ('a'..='z').cycle().take(400).collect();
    let parts = send(&long, &[], 3);
    assert!(parts.iter().all(|part| part.esm_class == 0x40 && part.session == gsm.session));
    let headers: Vec<&str> = parts.iter().filter_map(|part| part.udh.as_deref()).collect();
    let reference = &headers[0][6..8];
    let expected: HashSet<String> =
        (1..=3).map(|number| format!("050003{reference}030{number}")).collect();
    assert_eq!(headers.iter().map(|header| (*header).to_owned()).collect::<HashSet<_>>(), expected);
    let mut in_order: Vec<&Submit> = parts.iter().collect();
    in_order.sort_by(|a, b| a.udh.cmp(&b.udh));
    assert_eq!(in_order.iter().map(|part| part.text.as_str()).collect::<String>(), long);
}

fn receipts_reach_the_state_and_the_report(peer: &Peer) {
    let config = format!("{NO_LIMITS}{LOOPBACK_REPORTS}");
    let mut scene = Scene::configured(peer, "", &config);
    let receiver = ReportReceiver::start(&[]);
    let long: String = ('a'..='z').cycle().take(400).collect();
    for (mode, text, parts, state, stat) in [
        ("delivered", "hi", 1, "OK DELIVERED", "DELIVRD"),
        ("tlv", "hi", 1, "OK DELIVERED", "DELIVRD"),
        ("hex", "hi", 1, "OK DELIVERED", "DELIVRD"),
        ("failed", "hi", 1, "OK FAILED", "UNDELIV"),
        ("delivered", long.as_str(), 3, "OK DELIVERED", "DELIVRD"),
        ("hex", long.as_str(), 3, "OK DELIVERED", "DELIVRD"),
    ] {
        scene.smsc.command(&json!({ "cmd": "receipts", "mode": mode }));
        let url = receiver.url("/dlr");
        let id = scene.world.text_a.sms(U1_NUMBER, text, &[("dlr-url", &url)]).taken();
        for _ in 0..parts {
            let _ = scene.smsc.next_submit();
        }
        scene.world.wait_for_state(&id, state);
        let report = receiver.next();
        assert_eq!(report.parameter("stat"), Some(stat), "{mode}: {}", report.target);
        assert_eq!(report.parameter("sms_unique_id"), Some(id.as_str()), "{}", report.target);
    }
    let labels = scene.world.labelled_metric("ringproof_receipts_total", "state=\"orphan\"");
    eprintln!("{peer:?}: receipts that overtook the note of their answer: {labels}");
}

fn throttled_messages_go_again(peer: &Peer) {
    const MESSAGES: usize = 5;
    let mut scene = Scene::configured(peer, "", NO_LIMITS);
    scene.smsc.command(&json!({ "cmd": "throttle", "every": 3 }));
    for number in 0..MESSAGES {
        scene.world.text_a.sms(U1_NUMBER, &format!("message {number}"), &[]).taken();
    }
    let (mut taken, mut throttled) = (HashSet::new(), 0);
    while taken.len() < MESSAGES {
        let submit = scene.smsc.next_submit();
        match submit.status {
            0 => assert!(taken.insert(submit.text.clone()), "{} was taken twice", submit.text),
            0x58 => throttled += 1,
            other => panic!("{other}"),
        }
    }
    eprintln!("{peer:?}: {MESSAGES} messages taken, {throttled} times throttled");
    assert!(throttled > 0);
}

fn an_unbind_of_the_peer_is_followed_by_a_bind(peer: &Peer) {
    let mut scene = Scene::new(peer);
    let _ = scene.smsc.next("bind");
    if scene.smsc.try_command(&json!({ "cmd": "unbind" })) == Obeyed::Unsupported {
        eprintln!("{peer:?} cannot unbind");
        return;
    }
    let _ = scene.smsc.next("close");
    wait_for_bound(&scene.world, "carrier", 1);
    let (_, pin) = scene.start_u1();
    scene.world.check_u1(&pin).verified();
    assert_eq!(scene.smsc.all("bind").len(), 2);
}

fn a_message_from_a_person_reaches_the_account(peer: &Peer) {
    let receiver = ReportReceiver::start(&[]);
    let secret = tempfile::NamedTempFile::new().expect("temporary files can be made");
    std::fs::write(secret.path(), "inbound-secret-2c9f7710\n").expect("our own file");
    let inbound = format!(
        "{LOOPBACK_REPORTS}[[inbound]]\nnumber = \"1234\"\naccount = \"acme-api\"\nurl = {:?}\nsecret_file = {:?}\n",
        receiver.url("/inbound"),
        secret.path()
    );
    let mut scene = Scene::configured(peer, "", &inbound);
    for text in ["STOP now", "СТОП"] {
        let from = &U1_NUMBER[1..];
        scene.smsc.command(&json!({ "cmd": "mo", "from": from, "to": "1234", "text": text }));
        let answer = scene.smsc.next("mo_answer");
        assert_eq!(answer["status"], 0, "{answer}");
        let call = receiver.next();
        let body: Value = serde_json::from_slice(&call.body).expect("JSON");
        let told = ["recipient", "text", "sender"].map(|name| body[name].as_str());
        assert_eq!(told, [Some("1234"), Some(text), Some(U1_NUMBER)], "{body}");
        assert!(call.header("x-messente-signature").is_some());
    }
}
