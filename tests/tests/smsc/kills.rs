//! The server dies by SIGKILL again and again beside its SMSC, while messages
//! wait, are under way, and are reported on.
//!
//! Whatever the API took ends: delivered, or failed where the SMSC refused it.
//! What comes to the SMSC twice was with it, or its answer was being noted, when
//! the server died: at most the window for each death (`delivery.md` 8.5).
//!
//! `RINGPROOF_SMSC_MESSAGES` and `RINGPROOF_SMSC_KILLS` ask for more of both,
//! `RINGPROOF_CRASH_SEED` repeats a run's choices, if not its moments.

use crate::random::Random;
use crate::scene::{NO_LIMITS, Scene, wait_for_bound};
use ringproof_blackbox::smsc::{Peer, Smsc, Submit};
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::world::{ACCOUNT_A, World};
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::env;
use std::hash::{BuildHasher, Hasher};
use std::thread;
use std::time::{Duration, Instant};

const MESSAGES: u64 = 10_000;
const KILLS: u64 = 20;
const WINDOW: u64 = 10;
/// Programs that send at the same time.
const SENDERS: u64 = 8;
/// Messages that the SMSC refuses after each death.
const REFUSED_PER_LIFE: u64 = 5;
/// The number is wrong (SMPP 3.4 §5.1.3).
const INVALID_DESTINATION: u32 = 0x0b;
/// How long the SMSC thinks about each message, while they are sent and afterwards.
const SLOW_MS: u64 = 1_000;
const QUICK_MS: u64 = 20;
/// All of it, on a slow machine.
const WITHIN: Duration = Duration::from_mins(4);

/// What came to the SMSC, message by message.
#[derive(Default)]
struct Seen {
    /// By text, what each submit was answered with.
    submits: HashMap<String, Vec<Submit>>,
    all: u64,
}

impl Seen {
    /// Waits until so many different messages have come.
    #[track_caller]
    fn until(&mut self, distinct: u64, smsc: &mut Smsc, begun: Instant) {
        while self.distinct() < distinct {
            let left = WITHIN.saturating_sub(begun.elapsed());
            let submit = smsc.next_submit_within(left);
            let Some(submit) = submit else { panic!("{} of {distinct} came", self.distinct()) };
            self.all += 1;
            self.submits.entry(submit.text.clone()).or_default().push(submit);
        }
    }

    fn distinct(&self) -> u64 {
        count(self.submits.len())
    }
}

#[test]
fn every_message_ends_though_the_server_is_killed_beside_its_smsc() {
    let messages = from_environment("RINGPROOF_SMSC_MESSAGES").unwrap_or(MESSAGES);
    let kills = from_environment("RINGPROOF_SMSC_KILLS").unwrap_or(KILLS);
    let seed = from_environment("RINGPROOF_CRASH_SEED")
        .unwrap_or_else(|| RandomState::new().build_hasher().finish());
    eprintln!("kills: RINGPROOF_CRASH_SEED={seed}");
    let mut random = Random::new(seed);
    let keys = format!("window = {WINDOW}\ntps = 1000");
    let Scene { mut world, mut smsc } = Scene::configured(&Peer::Sim, &keys, NO_LIMITS);
    smsc.command(&json!({ "cmd": "answer", "delay_ms": SLOW_MS }));
    let ids = send_all(&world, messages);
    smsc.command(&json!({ "cmd": "answer", "delay_ms": QUICK_MS }));

    let (begun, mut came) = (Instant::now(), Seen::default());
    // So that the last death still meets messages that wait.
    let per_life = messages.saturating_sub(came.distinct()) / (kills + 1);
    for _ in 0..kills {
        let more = came.distinct() + 1 + random.below(per_life.max(1));
        came.until(more, &mut smsc, begun);
        world.server.kill();
        let refusal = json!({
            "cmd": "refuse", "status": INVALID_DESTINATION, "count": REFUSED_PER_LIFE,
        });
        smsc.command(&refusal);
        world.start_again();
        wait_for_bound(&world, "carrier", 1);
    }
    assert!(came.distinct() < messages, "the deaths must meet waiting messages");
    came.until(messages, &mut smsc, begun);
    let ends = settle(&world, &mut smsc, &ids, &mut came);
    let took = begun.elapsed();
    assert!(world.server.stop().success(), "the last life ends in peace");

    let doubled = came.all - came.distinct();
    let delivered = ends.get("OK DELIVERED").copied().unwrap_or_default();
    let failed = ends.get("OK FAILED").copied().unwrap_or_default();
    eprintln!(
        "kills: {messages} taken, {delivered} delivered, {failed} refused, 0 without an end; \
         {doubled} came to the SMSC twice, {kills} deaths, window {WINDOW}, {took:.1?}"
    );
    assert_eq!(delivered + failed, messages, "{ends:?}");
    assert!(failed > 0 && failed <= kills * REFUSED_PER_LIFE, "{ends:?}");
    let bound = kills * WINDOW;
    assert!(doubled <= bound, "{doubled} came twice, and the windows held {bound}");
    assert_sound(&world);
}

/// Messages to as many numbers, each acknowledged; gives their ids by text.
fn send_all(world: &World, messages: u64) -> HashMap<String, String> {
    let address = world.server.address();
    let send = |sender: u64| {
        let caller = TextCaller::new(address, ACCOUNT_A);
        let numbers = (sender..messages).step_by(usize::try_from(SENDERS).expect("it is small"));
        let send = |n: u64| {
            let text = format!("message {n}");
            let id = caller.sms(&format!("+37256{n:06}"), &text, &[]).taken();
            (text, id)
        };
        numbers.map(send).collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let senders: Vec<_> =
            (0..SENDERS).map(|sender| scope.spawn(move || send(sender))).collect();
        senders.into_iter().flat_map(|sender| sender.join().expect("it sends")).collect()
    })
}

/// Waits until every message has ended; gives how many ended how. Receipts that
/// were on their way to a server that died come again, as an SMSC repeats what
/// it could not hand over.
#[track_caller]
fn settle(
    world: &World,
    smsc: &mut Smsc,
    ids: &HashMap<String, String>,
    seen: &mut Seen,
) -> HashMap<String, u64> {
    let begun = Instant::now();
    let mut ends: HashMap<String, u64> = HashMap::new();
    let mut open: Vec<&String> = ids.keys().collect();
    while !open.is_empty() {
        assert!(begun.elapsed() < WITHIN, "{} messages have no end: {:?}", open.len(), open[0]);
        // A message in doubt may still go out once more.
        while let Some(submit) = smsc.next_submit_within(Duration::from_millis(20)) {
            seen.all += 1;
            seen.submits.entry(submit.text.clone()).or_default().push(submit);
        }
        open.retain(|text| {
            let state = world.text_a.state(&ids[*text]).text;
            if state == "OK DELIVERED" || state == "OK FAILED" {
                *ends.entry(state).or_default() += 1;
                return false;
            }
            assert!(state == "OK SENT" || state == "FAILED 102", "{text} is {state}");
            for submit in seen.submits.get(*text).into_iter().flatten() {
                report_again(smsc, submit);
            }
            true
        });
    }
    ends
}

/// Reports a message as delivered, if it was taken.
fn report_again(smsc: &mut Smsc, submit: &Submit) {
    if submit.id.is_some() {
        smsc.command(&json!({
            "cmd": "receipt", "id": submit.id, "destination": submit.destination.0,
            "source": submit.source.0, "stat": "DELIVRD",
        }));
    }
}

/// The database is whole, and nothing rests in its outbox.
#[track_caller]
fn assert_sound(world: &World) {
    let path = world.server.folder().file("ringproof.db");
    let database = rusqlite::Connection::open(path).expect("it opens");
    let one = |sql: &str| -> String {
        database.query_row(sql, [], |row| row.get(0)).expect("it can be asked")
    };
    assert_eq!(one("PRAGMA integrity_check"), "ok");
    assert_eq!(one("SELECT CAST(count(*) AS TEXT) FROM outbox"), "0");
}

fn count(length: usize) -> u64 {
    u64::try_from(length).expect("it fits")
}

fn from_environment(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{name} is not a number: {value:?}")))
}
