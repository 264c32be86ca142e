//! Answers that come after the wait for them.

use crate::scene::Scene;
use ringproof_blackbox::smsc::Peer;
use ringproof_blackbox::world::U1_NUMBER;
use serde_json::json;

/// The wait is 8 s, and a text in doubt is tried again 30 s later: the answer in
/// between settles it, and its receipt finds it.
#[test]
fn a_text_whose_answer_is_late_is_sent_once_and_its_receipt_finds_it() {
    let mut scene = Scene::new(&Peer::Sim);
    scene.smsc.command(&json!({ "cmd": "answer", "delay_ms": 9_000 }));
    let id = scene.world.text_a.sms(U1_NUMBER, "hi", &[]).taken();
    let _ = scene.smsc.next_submit();
    scene.world.wait_for_state(&id, "OK DELIVERED");
    assert_eq!(scene.smsc.all("submit").len(), 1, "{}", scene.smsc.told());
    let counted = |name: &str, label: &str| scene.world.labelled_metric(name, label);
    let late = "gateway=\"carrier\",outcome=\"late\"";
    assert!((counted("ringproof_smpp_parts_total", late) - 1.0).abs() < 0.5);
    let accepted = "gateway=\"carrier\",outcome=\"accepted\"";
    assert!((counted("ringproof_messages_total", accepted) - 1.0).abs() < 0.5);
}
