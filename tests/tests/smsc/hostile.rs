//! SMSCs that misbehave: no code is lost to them for good, and the API does not
//! wait for them.

use crate::scene::{NO_LIMITS, Scene, wait_for_bound};
use ringproof_blackbox::smsc::Peer;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

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
    scene.smsc.command(&json!({ "cmd": "garbage", "hex": "00000064000000050000000000" }));
    scene.smsc.command(&json!({ "cmd": "drop" }));
    let _ = scene.smsc.next("close");
    wait_for_bound(&scene.world, "carrier", 1);
    a_code_verifies(&mut scene);
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

/// Rounds of the comparison: quiet and flooded ones in turn, so that what else
/// the machine does falls on both.
const ROUNDS: usize = 4;
const STARTS_PER_ROUND: usize = 50;
const FLOOD_PER_SECOND: u64 = 2_000;
const FLOOD_SECONDS: u64 = 3;
/// Far above what was ever seen: a start must never wait for receipts as such.
const RATIO_MAX: f64 = 5.0;

#[test]
fn starts_do_not_wait_for_a_flood_of_receipts() {
    let mut scene = scene();
    let users: Vec<String> = (0..2 * ROUNDS * STARTS_PER_ROUND)
        .map(|n| {
            let number = format!("+3725552{n:04}");
            scene.world.a.new_user(scene.world.s1, &format!("flooded {n}"), &number)
        })
        .collect();
    let mut users = users.iter();
    let (mut quiet, mut flooded) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        quiet.extend(starts(&scene, users.by_ref().take(STARTS_PER_ROUND)));
        let count = FLOOD_PER_SECOND * FLOOD_SECONDS;
        let flood = json!({ "cmd": "flood", "count": count, "per_second": FLOOD_PER_SECOND });
        scene.smsc.command(&flood);
        flooded.extend(starts(&scene, users.by_ref().take(STARTS_PER_ROUND)));
        let over: Value = scene.smsc.next("flood_over");
        assert_eq!(over["sent"], count, "{over}");
    }
    let (quiet, flooded) = (Quantiles::of(quiet), Quantiles::of(flooded));
    let ratio = flooded.median.as_secs_f64() / quiet.median.as_secs_f64();
    let ratio_p95 = flooded.p95.as_secs_f64() / quiet.p95.as_secs_f64();
    eprintln!(
        "starts while {FLOOD_PER_SECOND} receipts/s of nobody's messages come: median {:.2?} (quiet {:.2?}, ratio \
         {ratio:.2}), p95 {:.2?} (quiet {:.2?}, ratio {ratio_p95:.2})",
        flooded.median, quiet.median, flooded.p95, quiet.p95
    );
    assert!(ratio < RATIO_MAX, "{ratio}");
}

/// Starts an authentication for each user; gives how long each call took.
fn starts<'a>(scene: &Scene, users: impl Iterator<Item = &'a String>) -> Vec<Duration> {
    let start = |user: &String| {
        let begun = Instant::now();
        scene.world.a.start(scene.world.s1, user).started(201);
        begun.elapsed()
    };
    users.map(start).collect()
}

struct Quantiles {
    median: Duration,
    p95: Duration,
}

impl Quantiles {
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self { median: times[times.len() / 2], p95: times[times.len() * 95 / 100] }
    }
}
