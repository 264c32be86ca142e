//! A gateway that shares its binds with other servers.

use std::time::Duration;

use ringproof_delivery::smpp::{BindKind, Binds, SmppOptions};
use ringproof_delivery::{Gateway as _, GatewayState, SendResult};
use smpp::command;
use tokio::time::{Instant, sleep};
use verify::engine::outbox::Refusal;

use super::ends::silent;
use super::smsc::usual;
use super::{World, becomes, ids, text, within};

fn shared(options: &mut SmppOptions) {
    options.shares_binds = true;
}

fn binds(world: &World) -> &Binds {
    world.gateway.binds().expect("it has binds")
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(10)
}

#[tokio::test(start_paused = true)]
async fn nothing_is_bound_before_it_may_be() {
    let world = World::begin(usual(), shared).await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(world.smsc.count(command::BIND_TRANSCEIVER), 0);
    assert_eq!(world.gateway.state(), GatewayState::Closed("other servers have its binds"));
    assert_eq!(
        world.gateway.detail()[0],
        "0 of 1 binds are this server's",
        "{:?}",
        world.gateway.detail()
    );
    binds(&world).allow(1, soon());
    world.is_open().await;
    assert_eq!(binds(&world).in_use(), 1);
    ids(&world.send(text("hello")).await);
}

#[tokio::test(start_paused = true)]
async fn a_bind_that_it_may_not_have_any_more_ends_with_what_it_has_under_way() {
    let world = World::begin(silent(), shared).await;
    binds(&world).allow(1, Instant::now() + Duration::from_hours(1));
    world.is_open().await;
    let mut sending = world.sending(text("hello"));
    world.smsc.hears(command::SUBMIT_SM, 1).await;
    binds(&world).allow(0, Instant::now() + Duration::from_hours(1));
    becomes(|| world.gateway.state() != GatewayState::Open).await;
    assert_eq!(binds(&world).in_use(), 1, "it waits for the answer");
    let heard = world.smsc.heard();
    let submit = heard.iter().find(|heard| heard.submit().is_some()).expect("it was heard");
    world.smsc.say(submit.answer(0, "late").remove(0));
    ids(&within(sending.join_next()).await.expect("it is sent").expect("it ends well"));
    world.smsc.hears(command::UNBIND, 1).await;
    becomes(|| binds(&world).in_use() == 0).await;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(world.smsc.count(command::BIND_TRANSCEIVER), 1);
    world.smsc.set(usual());
    binds(&world).allow(1, Instant::now() + Duration::from_hours(1));
    world.is_open().await;
    ids(&world.send(text("hello")).await);
}

#[tokio::test(start_paused = true)]
async fn what_waits_when_the_right_ends_counts_against_nobody() {
    let an_hour = || Instant::now() + Duration::from_hours(1);
    let world = World::begin(silent(), |options| {
        shared(options);
        options.window = 1;
    })
    .await;
    binds(&world).allow(1, an_hour());
    world.is_open().await;
    let _open = world.sending(text("open"));
    world.smsc.hears(command::SUBMIT_SM, 1).await;
    let mut waiting = world.sending(text("waiting"));
    becomes(|| world.gateway.view().waiting == 1).await;
    binds(&world).allow(0, an_hour());
    let result = within(waiting.join_next()).await.expect("it is sent").expect("it ends well");
    let SendResult::Refused(Refusal::Throttled(Some(_)), reason) = &result else {
        panic!("{result:?}")
    };
    assert_eq!(&**reason, "other servers have its binds");
}

/// A server that cannot tell the others that it lives leaves before they take its
/// place.
#[tokio::test(start_paused = true)]
async fn a_right_that_is_not_renewed_ends() {
    let world = World::begin(usual(), shared).await;
    binds(&world).allow(1, soon());
    world.is_open().await;
    for _ in 0..3 {
        sleep(Duration::from_secs(5)).await;
        binds(&world).allow(1, soon());
    }
    assert_eq!(world.smsc.count(command::UNBIND), 0);
    let renewed = Instant::now();
    world.smsc.hears(command::UNBIND, 1).await;
    let lasted = renewed.elapsed();
    assert!((Duration::from_secs(10)..Duration::from_secs(11)).contains(&lasted), "{lasted:?}");
    becomes(|| binds(&world).in_use() == 0).await;
    assert_eq!(world.smsc.count(command::BIND_TRANSCEIVER), 1);
}

#[tokio::test(start_paused = true)]
async fn binds_have_equal_shares_of_the_pace_and_of_the_window() {
    let world = World::begin(usual(), |options| {
        shared(options);
        (options.max_binds, options.tps, options.bind) = (4, 100, BindKind::Pair);
    })
    .await;
    for (count, rate, sessions) in [(1, 25.0, 2), (3, 75.0, 6), (4, 100.0, 8), (2, 50.0, 4)] {
        binds(&world).allow(count, Instant::now() + Duration::from_hours(1));
        becomes(|| world.gateway.view().bound() == sessions).await;
        becomes(|| (world.gateway.view().rate - rate).abs() < 1e-6).await;
        assert_eq!(world.gateway.calls_max(), usize::from(count) * 10);
    }
    becomes(|| binds(&world).in_use() == 2).await;
    assert_eq!(world.smsc.count(command::UNBIND), 4, "of both sessions of two binds");
}
