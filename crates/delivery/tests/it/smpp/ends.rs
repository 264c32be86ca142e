//! Connections that end, and binds that are refused.

use std::sync::Arc;
use std::time::Duration;

use ringproof_delivery::smpp::{LinkState, SmppHost};
use ringproof_delivery::{Gateway as _, GatewayState};
use smpp::command;
use smpp::pdu::{BindResp, Packet, Pdu};
use tokio::time::{Instant, advance, sleep};
use verify::SignedDuration;
use verify::engine::outbox::Refusal;

use super::smsc::{Habit, Heard, Smsc, usual};
use super::{World, becomes, ids, refusal, text, within};

/// A peer that says nothing to submits.
pub(super) fn silent() -> Habit {
    Arc::new(|heard: &Heard| heard.submit().map(|_| Vec::new()))
}

fn denying(status: u32) -> Habit {
    Arc::new(move |heard: &Heard| {
        let answer = Pdu::BindTransceiverResp(BindResp::default());
        let is_bind = heard.packet.pdu.command_id() == command::BIND_TRANSCEIVER;
        let sequence = heard.packet.sequence;
        is_bind.then(|| vec![Packet::with_status(sequence, status, answer)])
    })
}

#[tokio::test]
async fn what_was_open_when_the_peer_died_is_in_doubt_and_what_was_not_is_sent() {
    let world = World::new(silent(), |options| options.window = 3).await;
    let mut sending: Vec<_> = (0..5).map(|n| world.sending(text(&format!("n{n}")))).collect();
    world.smsc.hears(command::SUBMIT_SM, 3).await;
    world.smsc.set(usual());
    world.smsc.cut();
    let (mut in_doubt, mut taken) = (0, 0);
    for sending in &mut sending {
        let result = within(sending.join_next()).await.unwrap().unwrap();
        match refusal(&result) {
            None => taken += 1,
            Some(Refusal::InDoubt) => in_doubt += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((in_doubt, taken), (3, 2));
    assert_eq!(world.smsc.submits().len(), 5, "nothing was repeated");
    assert_eq!(world.smsc.count(command::BIND_TRANSCEIVER), 2);
}

/// DL-7: killed 20 times, each time after a minute, so that waits begin anew.
#[tokio::test(start_paused = true)]
async fn a_peer_that_dies_again_and_again_costs_no_more_than_its_windows() {
    let world = World::new(silent(), |options| options.window = 10).await;
    let mut lost = 0;
    for round in 1..=20 {
        let mut sending: Vec<_> = (0..15).map(|_| world.sending(text("hello"))).collect();
        let submits = world.smsc.count(command::SUBMIT_SM);
        becomes(|| world.smsc.count(command::SUBMIT_SM) >= (round - 1) * 15 + 10).await;
        assert!(submits <= (round - 1) * 15 + 10);
        world.smsc.set(usual());
        world.smsc.cut();
        let killed_at = Instant::now();
        for sending in &mut sending {
            let result = sending.join_next().await.unwrap().unwrap();
            lost += usize::from(refusal(&result) == Some(Refusal::InDoubt));
            assert!(matches!(refusal(&result), None | Some(Refusal::InDoubt)), "{result:?}");
        }
        assert!(killed_at.elapsed() <= Duration::from_secs(1), "{:?}", killed_at.elapsed());
        world.smsc.set(silent());
        sleep(Duration::from_secs(61)).await;
    }
    assert_eq!(lost, 20 * 10);
}

#[tokio::test(start_paused = true)]
async fn no_answer_within_eight_seconds_is_a_doubt() {
    let world = World::new(silent(), |_| {}).await;
    let began = Instant::now();
    let result = world.send(text("hello")).await;
    assert_eq!(refusal(&result), Some(Refusal::InDoubt));
    let waited = began.elapsed();
    assert!((Duration::from_secs(8)..Duration::from_millis(8_100)).contains(&waited), "{waited:?}");
    for _ in 0..2 {
        assert_eq!(refusal(&world.send(text("hello")).await), Some(Refusal::InDoubt));
    }
    // The third one in a row ends the session; the next is asked for more.
    world.smsc.set(usual());
    world.smsc.hears(command::UNBIND, 1).await;
    becomes(|| world.smsc.count(command::BIND_TRANSCEIVER) == 2).await;
    becomes(|| world.gateway.view().bound() == 1).await;
    ids(&world.send(text("hello")).await);
}

/// DL-12, with several sessions that share an account, and several hosts.
#[tokio::test(start_paused = true)]
async fn an_hour_of_denied_binds_has_few_tries() {
    let world = World::begin(denying(0x0e), |options| {
        options.max_binds = 3;
        options.hosts.push(options.hosts[0].clone());
    })
    .await;
    sleep(Duration::from_hours(1)).await;
    let tries = world.smsc.count(command::BIND_TRANSCEIVER);
    assert!((5..=12).contains(&tries), "{tries}");
    let view = world.gateway.view();
    let error = view.sessions.iter().find_map(|session| session.last_error.clone());
    assert_eq!(error.as_deref(), Some("bind refused: 0x0E RINVPASWD"));
    assert_eq!(world.gateway.state(), GatewayState::Closed("not bound"));
    world.smsc.set(usual());
    sleep(Duration::from_mins(10)).await;
    becomes(|| world.gateway.view().bound() == 3).await;
}

#[tokio::test(start_paused = true)]
async fn a_bind_that_is_taken_elsewhere_is_tried_again_after_half_a_minute() {
    let world = World::begin(denying(0x05), |_| {}).await;
    world.smsc.hears(command::BIND_TRANSCEIVER, 1).await;
    sleep(Duration::from_secs(29)).await;
    assert_eq!(world.smsc.count(command::BIND_TRANSCEIVER), 1);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(world.smsc.count(command::BIND_TRANSCEIVER), 2);
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_not_bound_for_ten_seconds_is_closed() {
    let world = World::new(usual(), |_| {}).await;
    world.smsc.set(denying(0x0e));
    world.smsc.cut();
    becomes(|| world.gateway.view().bound() == 0).await;
    assert_eq!(world.gateway.state(), GatewayState::Open);
    let began = Instant::now();
    let result = world.send(text("hello")).await;
    assert_eq!(refusal(&result), Some(Refusal::GatewayDown), "{result:?}");
    assert!(began.elapsed() <= Duration::from_secs(3), "another gateway may have it soon");
    tokio::time::sleep(Duration::from_secs(9)).await;
    assert_eq!(world.gateway.state(), GatewayState::Closed("not bound"));
    let began = Instant::now();
    assert_eq!(refusal(&world.send(text("hello")).await), Some(Refusal::Unreached));
    assert_eq!(began.elapsed(), Duration::ZERO, "nothing waits for a closed gateway");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_leave_is_left_and_met_again() {
    let world = World::new(usual(), |_| {}).await;
    world.smsc.say(Packet::new(9, Pdu::Unbind));
    world.smsc.hears(command::UNBIND_RESP, 1).await;
    let left = Instant::now();
    world.smsc.hears(command::BIND_TRANSCEIVER, 2).await;
    let waited = left.elapsed();
    assert!((Duration::from_millis(990)..Duration::from_secs(2)).contains(&waited), "{waited:?}");
    becomes(|| world.gateway.view().bound() == 1).await;
    ids(&world.send(text("hello")).await);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_answers_nothing_is_given_up() {
    let world = World::new(
        Arc::new(|heard: &Heard| (heard.packet.pdu == Pdu::EnquireLink).then(Vec::new)),
        |_| {},
    )
    .await;
    advance(Duration::from_secs(29)).await;
    assert_eq!(world.smsc.count(command::ENQUIRE_LINK), 0);
    world.smsc.hears(command::ENQUIRE_LINK, 2).await;
    world.smsc.hears(command::BIND_TRANSCEIVER, 2).await;
    let view = world.gateway.view();
    assert_eq!(view.sessions[0].last_error.as_deref(), Some("no answer to enquire_link"));
}

#[tokio::test]
async fn a_gateway_that_is_stopped_waits_for_answers_and_takes_leave() {
    let mut world = World::new(silent(), |options| options.window = 1).await;
    let mut open = world.sending(text("open"));
    world.smsc.hears(command::SUBMIT_SM, 1).await;
    let mut waiting = world.sending(text("waiting"));
    becomes(|| world.gateway.view().waiting == 1).await;
    world.stop(Duration::from_secs(15));
    let result = within(waiting.join_next()).await.unwrap().unwrap();
    // It was not sent, and nothing is said against the gateway.
    assert_eq!(refusal(&result), Some(Refusal::Throttled(Some(SignedDuration::from_secs(1)))));
    becomes(|| world.gateway.view().sessions[0].state == LinkState::Draining).await;
    assert_eq!(world.smsc.count(command::UNBIND), 0);
    let submit = world.smsc.heard().into_iter().find(|heard| heard.submit().is_some()).unwrap();
    world.smsc.say(submit.answer(0, "at last").remove(0));
    assert_eq!(ids(&within(open.join_next()).await.unwrap().unwrap()), ["at last"]);
    world.ended().await;
    assert_eq!(world.smsc.count(command::UNBIND), 1);
    assert_ne!(world.gateway.state(), GatewayState::Open);
    assert_eq!(refusal(&world.send(text("late")).await), refusal(&result), "as what waited");
}

/// No host that takes connections hides those behind it, whatever it says to the
/// bind: nothing, that it is out of order, or good-bye.
#[tokio::test(start_paused = true)]
async fn a_host_that_binds_nobody_does_not_hide_the_next() {
    let takes_leave = Arc::new(|heard: &Heard| {
        let is_bind = heard.packet.pdu.command_id() == command::BIND_TRANSCEIVER;
        is_bind.then(|| vec![Packet::new(9, Pdu::Unbind)])
    });
    let deaf: Habit = Arc::new(|_: &Heard| Some(Vec::new()));
    for habit in [deaf, denying(0x08), takes_leave] {
        let first = Smsc::new(habit).await;
        let world = World::begin(usual(), |options| {
            options.hosts.insert(0, host_at(first.address));
        })
        .await;
        sleep(Duration::from_secs(35)).await;
        world.is_open().await;
        ids(&world.send(text("hello")).await);
        let tries = |smsc: &Smsc| smsc.count(command::BIND_TRANSCEIVER);
        assert_eq!((tries(&first), tries(&world.smsc)), (1, 1));
        // One that is lost early is sought again, one that was well is left for
        // the operator's first.
        world.smsc.cut();
        becomes(|| tries(&world.smsc) == 2).await;
        assert_eq!(tries(&first), 1);
        sleep(Duration::from_secs(61)).await;
        world.smsc.cut();
        becomes(|| tries(&first) == 2).await;
        assert_eq!(tries(&world.smsc), 2);
    }
}

fn host_at(address: std::net::SocketAddr) -> SmppHost {
    SmppHost { host: address.ip().to_string(), port: address.port() }
}

#[tokio::test]
async fn the_second_host_is_tried_when_the_first_is_not_there() {
    let gone = Smsc::new(usual()).await;
    let address = gone.address;
    drop(gone);
    let world = World::new(usual(), |options| {
        options.hosts.insert(0, host_at(address));
    })
    .await;
    ids(&world.send(text("hello")).await);
    assert_eq!(world.smsc.connections(), 1);
}
