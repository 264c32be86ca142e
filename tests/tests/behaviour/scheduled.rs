//! Messages for later: they outlive the server, and go out once.

use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world::{ACCOUNT_A, U1_NUMBER, U2_NUMBER, World};
use std::collections::HashMap;
use std::thread;
use std::time::Duration;

/// Limits are out of the way.
const UNLIMITED: &str = "[limits]\naccount_sms_per_second = 1000000\n\
    account_sms_per_day = 1000000\nnumber_service_per_30s = 100\n";

/// Schedules a message for `seconds` from the server's present; gives its id.
#[track_caller]
fn schedule(world: &World, to: &str, seconds: i64) -> String {
    let at = (world.clock.now().as_second() + seconds).to_string();
    world.text_a.sms(to, "hi", &[("time_to_send", &at)]).taken()
}

fn count_to(world: &World, number: &str) -> usize {
    world.messages().iter().filter(|message| message.to == number).count()
}

#[test]
fn a_scheduled_message_outlives_a_crash_and_goes_out_once() {
    let mut world = World::fresh();
    let base = world.clock.now();
    let id = schedule(&world, U1_NUMBER, 3600);
    let cancelled = schedule(&world, "+37255500555", 3600);
    world.text_a.cancel(&cancelled).is("OK DELETED");
    world.server.kill();
    world.start_again();
    world.text_a.state(&id).is("FAILED 102");
    world.clock.go_to(base, 3000);
    assert_eq!(count_to(&world, U1_NUMBER), 0);
    world.clock.go_to(base, 3601);
    assert_eq!(world.inbox.next(U1_NUMBER).text, "hi");
    world.wait_for_state(&id, "OK SENT");
    world.server.kill();
    world.start_again();
    world.clock.go_to(base, 3700);
    // A later one that comes shows that what is due was looked for.
    schedule(&world, U2_NUMBER, 10);
    world.clock.go_to(base, 3800);
    world.inbox.next(U2_NUMBER);
    assert_eq!((count_to(&world, U1_NUMBER), count_to(&world, "+37255500555")), (0, 0));
    world.text_a.state(&id).is("OK SENT");
    world.text_a.state(&cancelled).is("OK FAILED");
}

#[test]
fn a_message_whose_validity_ran_out_while_the_server_was_down_is_not_sent() {
    let mut world = World::fresh();
    let base = world.clock.now();
    let at = (base.as_second() + 600).to_string();
    let more = [("time_to_send", at.as_str()), ("validity", "5")];
    let id = world.text_a.sms(U1_NUMBER, "hi", &more).taken();
    world.server.kill();
    world.start_again();
    world.clock.go_to(base, 600 + 301);
    world.wait_for_state(&id, "OK FAILED");
    assert_eq!(count_to(&world, U1_NUMBER), 0);
}

#[test]
fn ten_thousand_messages_of_one_second_all_go_out_and_none_twice() {
    const MESSAGES: usize = 10_000;
    const LANES: usize = 8;
    let webhook = Webhook::start(&[]);
    webhook.set_pace(Duration::from_millis(20));
    // The inbox is there for the clock; the webhook is asked first.
    let inbox = "[[gateway]]\nname = \"shown\"\nkind = \"inbox\"\nallow_beside_real = true\n";
    let world = World::configured(&format!("{UNLIMITED}{}{inbox}", webhook.config()));
    let base = world.clock.now();
    let at = (base.as_second() + 3600).to_string();
    // The password is remembered once it was right.
    world.text_a.balance();
    let address = world.server.address();
    thread::scope(|scope| {
        for lane in 0..LANES {
            let at = at.as_str();
            scope.spawn(move || {
                let caller = TextCaller::new(address, ACCOUNT_A);
                for n in (lane..MESSAGES).step_by(LANES) {
                    let number = format!("+37256{n:06}");
                    caller.sms(&number, "hi", &[("time_to_send", at)]).taken();
                }
            });
        }
    });
    world.clock.go_to(base, 3600);
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut total = 0;
    while counts.len() < MESSAGES {
        for (_, message) in webhook.next().messages() {
            *counts.entry(message.to).or_default() += 1;
            total += 1;
        }
    }
    // What comes behind them would come behind a repetition too.
    world.text_a.sms(U1_NUMBER, "last", &[]).taken();
    loop {
        let messages = webhook.next().messages();
        total += messages.len();
        if messages.iter().any(|(_, message)| message.text == "last") {
            break;
        }
    }
    assert_eq!((total, counts.values().max()), (MESSAGES + 1, Some(&1)));
}
