//! The server dies by SIGKILL again and again while ten thousand messages wait
//! for a gateway that takes its time.
//!
//! Whatever the API took goes out; what goes out twice was with the gateway when
//! the server died, so a death doubles at most the window (`delivery.md` 8.5).
//!
//! To see this test fail: let a message that waited in memory count as lost
//! twice (messages never come), or claim more than the gateway bears (more than
//! the window goes out twice).

use crate::random::Random;
use crate::receiver::Receiver;
use crate::{CONFIG, assert_sound, from_environment};
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::world::new_account;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::thread;
use std::time::Duration;

const MESSAGES: usize = 10_000;
const KILLS: u64 = 20;
/// Programs that send at the same time.
const SENDERS: usize = 8;
/// Messages in one call, and calls at a time: what a death may double.
const BATCH: usize = 10;
const CALLS: usize = 2;
/// How long the gateway takes for a call.
const GATEWAY_TAKES: Duration = Duration::from_millis(25);
/// All of it, on a slow machine.
const WITHIN: Duration = Duration::from_mins(3);

#[test]
fn ten_thousand_waiting_messages_survive_twenty_deaths_and_few_go_out_twice() {
    let seed = from_environment("RINGPROOF_CRASH_SEED")
        .unwrap_or_else(|| RandomState::new().build_hasher().finish());
    eprintln!("queue: RINGPROOF_CRASH_SEED={seed}");
    let mut random = Random::new(seed);
    let receiver = Receiver::start(GATEWAY_TAKES);
    let window = format!("batch_max = {BATCH}\nconnections = {CALLS}\n");
    let folder = Folder::with_config(&format!("{CONFIG}{}{window}", receiver.config()));
    let credentials = new_account(&folder, "queue-api", &["--countries", "all"]);
    let options = ServerOptions { dev: false, ..ServerOptions::dev(folder.clone()) };
    let mut server = Server::start(options);
    send_all(&server, &credentials);

    for _ in 0..KILLS {
        let (before, _) = receiver.counts();
        let more = before + 1 + usize::try_from(random.below(400)).expect("it is small");
        receiver.wait_for_distinct(more.min(MESSAGES), WITHIN);
        server.kill();
        assert_sound(&folder);
        server.start_again();
    }
    let (waited_for, _) = receiver.counts();
    assert!(waited_for < MESSAGES, "the deaths must meet waiting messages");
    receiver.wait_for_distinct(MESSAGES, WITHIN);
    assert!(server.stop().success(), "the last life ends in peace:\n{}", server.printed());

    let (distinct, all) = receiver.counts();
    let doubled = all - distinct;
    eprintln!(
        "queue: {MESSAGES} taken, {distinct} went out, {doubled} of them twice, {KILLS} deaths, \
         window {}",
        BATCH * CALLS
    );
    assert_eq!(distinct, MESSAGES, "none is lost");
    let bound = BATCH * CALLS * usize::try_from(KILLS).expect("it is small");
    assert!(doubled <= bound, "{doubled} went out twice, and the windows held {bound}");
    let all = u32::try_from(MESSAGES).expect("it is small");
    assert_eq!(states(&folder), [("sent".to_owned(), all)]);
}

/// Ten thousand messages to as many numbers, each acknowledged.
fn send_all(server: &Server, credentials: &str) {
    let address = server.address();
    thread::scope(|scope| {
        for sender in 0..SENDERS {
            scope.spawn(move || {
                let caller = TextCaller::new(address, credentials);
                for n in (sender..MESSAGES).step_by(SENDERS) {
                    let _ = caller.sms(&format!("+37256{n:06}"), "hi", &[]).taken();
                }
            });
        }
    });
}

/// How many messages are in which state, and that none waits any more.
fn states(folder: &Folder) -> Vec<(String, u32)> {
    let database = rusqlite::Connection::open(folder.file("ringproof.db")).expect("it opens");
    let waiting: u32 = database
        .query_row("SELECT count(*) FROM outbox", [], |row| row.get(0))
        .expect("the outbox can be read");
    assert_eq!(waiting, 0, "nothing rests in the outbox");
    let mut statement = database
        .prepare("SELECT state, count(*) FROM sms GROUP BY state")
        .expect("states can be read");
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    rows.expect("it runs").collect::<Result<_, _>>().expect("rows can be read")
}
