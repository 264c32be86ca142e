//! SMSCs that misbehave: no code is lost to them for good. That the API does not
//! wait for them is in [`crate::latency`].

use std::thread;
use std::time::{Duration, Instant};

use crate::scene::{NO_LIMITS, Scene, wait_for_bound};
use ringproof_blackbox::smsc::Peer;
use serde_json::json;

/// More than the server waits for a word of a silent peer, its question and the pause
/// before the next bind included.
const HEALS_WITHIN: Duration = Duration::from_secs(90);

fn scene() -> Scene {
    Scene::configured(&Peer::Sim, "", NO_LIMITS)
}

/// A code comes and lets its person in.
#[track_caller]
fn a_code_verifies(scene: &mut Scene) {
    let (_, pin) = scene.start_u1();
    scene.world.check_u1(&pin).verified();
}

#[test]
fn slow_answers() {
    let mut scene = scene();
    scene.smsc.command(&json!({ "cmd": "answer", "delay_ms": 3000 }));
    a_code_verifies(&mut scene);
}

#[test]
fn everything_in_single_octets() {
    let mut scene = scene();
    scene.smsc.command(&json!({ "cmd": "dribble", "octets": 1, "pause_ms": 2 }));
    a_code_verifies(&mut scene);
    scene.smsc.command(&json!({ "cmd": "drop" }));
    let _ = scene.smsc.next("close");
    let id = scene.world.text_a.sms("+37255500777", "after a bind in octets", &[]).taken();
    let _ = scene.smsc.next_submit();
    scene.world.wait_for_state(&id, "OK DELIVERED");
}

#[test]
fn bytes_that_are_no_pdu() {
    let mut scene = scene();
    // Lengths that cannot be, and noise: the link cannot be trusted any more.
    for garbage in [
        json!({ "cmd": "garbage", "hex": "ffffffff000000150000000000000001" }),
        json!({ "cmd": "garbage", "hex": "00000003000000150000000000000001" }),
        json!({ "cmd": "garbage", "octets": 4096, "seed": 11 }),
    ] {
        scene.smsc.command(&garbage);
        let _ = scene.smsc.next("close");
        let _ = scene.smsc.next("bind");
    }
    wait_for_bound(&scene.world, "carrier", 1);
    a_code_verifies(&mut scene);
}

#[test]
fn pdus_that_are_broken_inside() {
    let mut scene = scene();
    for broken in [
        // A deliver_sm without a body.
        "00000010000000050000000000000101".to_owned(),
        // One whose text is longer than what is left: 255 octets of none.
        format!("0000002600000005{:016x}000101333700010131323300000000000000000000ff", 0x102),
        // An unknown command.
        "00000010000012340000000000000103".to_owned(),
        // An answer that nobody asked for.
        "00000011800000040000000000007fff00".to_owned(),
    ] {
        scene.smsc.command(&json!({ "cmd": "garbage", "hex": broken }));
    }
    a_code_verifies(&mut scene);
    assert_eq!(scene.smsc.all("bind").len(), 1, "the session lives on");
}

#[test]
fn a_pdu_that_is_never_finished() {
    let mut scene = scene();
    // All that the SMSC says from now on is the rest of it.
    scene.smsc.command(&json!({ "cmd": "garbage", "hex": "0000fff0000000050000000000" }));
    a_code_verifies(&mut scene);
    let begun = Instant::now();
    while scene.smsc.all("bind").len() < 2 {
        assert!(begun.elapsed() < HEALS_WITHIN, "it holds on to a connection that says nothing");
        thread::park_timeout(Duration::from_millis(50));
    }
    let id = scene.world.text_a.sms("+37255500777", "afterwards", &[]).taken();
    scene.world.wait_for_state(&id, "OK DELIVERED");
}

#[test]
fn a_flood_of_receipts_for_messages_that_nobody_sent() {
    let mut scene = scene();
    let begun = Instant::now();
    scene.smsc.command(&json!({ "cmd": "flood", "count": 6000, "per_second": 2000 }));
    a_code_verifies(&mut scene);
    let over = scene.smsc.next("flood_over");
    assert_eq!(over["sent"], 6000, "{over}");
    let receipts = |state: &str| {
        let label = format!("state=\"{state}\"");
        scene.world.labelled_metric("ringproof_receipts_total", &label)
    };
    let all = "each receipt is kept or refused";
    scene.world.wait_until(all, |_| receipts("orphan") + receipts("refused") >= 6_000.0);
    // So many at once, and so many in each second that it took; the code's own may be one.
    let (kept, refused) = (receipts("orphan"), receipts("refused"));
    assert!(
        kept <= 256.0 * (2.0 + begun.elapsed().as_secs_f64()),
        "{kept} kept, {refused} refused"
    );
    let id = scene.world.text_a.sms("+37255500777", "afterwards", &[]).taken();
    scene.world.wait_for_state(&id, "OK DELIVERED");
    assert_eq!(scene.smsc.all("bind").len(), 1, "the session lives on");
    let until = Instant::now() + HEALS_WITHIN;
    loop {
        scene.smsc.command(&json!({ "cmd": "stats" }));
        let stats = scene.smsc.next("stats");
        let refused = receipts("refused");
        let are_answered = stats["taken"].as_f64() >= Some(6_000.0 - refused);
        if are_answered && stats["not_taken"].as_f64() == Some(refused) {
            break;
        }
        assert!(Instant::now() < until, "{refused} refused, and the SMSC was told {stats}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn answers_under_other_numbers_and_none_at_all() {
    for fault in
        [json!({ "cmd": "sequence", "offset": 1 }), json!({ "cmd": "silent", "submits": true })]
    {
        let mut scene = scene();
        scene.smsc.command(&fault);
        // Nobody knows whether it was taken; the person has the code all the same.
        a_code_verifies(&mut scene);
        scene.smsc.command(&json!({ "cmd": "defaults" }));
        let id = scene.world.text_a.sms("+37255500777", "afterwards", &[]).taken();
        scene.world.wait_for_state(&id, "OK DELIVERED");
    }
}

#[test]
fn connections_that_are_taken_and_left_alone() {
    let mut scene = scene();
    scene.smsc.command(&json!({ "cmd": "half_open", "on": true }));
    scene.smsc.command(&json!({ "cmd": "drop" }));
    let _ = scene.smsc.next("close");
    wait_for_bound(&scene.world, "carrier", 0);
    scene.smsc.command(&json!({ "cmd": "half_open", "on": false }));
    wait_for_bound(&scene.world, "carrier", 1);
    a_code_verifies(&mut scene);
}
