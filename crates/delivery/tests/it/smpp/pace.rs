//! Peers that ask to slow down (`delivery.md` 3.3).

use std::sync::{Arc, Mutex};
use std::time::Duration;

use ringproof_delivery::Gateway as _;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use verify::engine::outbox::Refusal;

use super::smsc::{Habit, Heard, usual};
use super::{World, becomes, ids, refusal, text};

/// What a peer that limits has seen.
#[derive(Default)]
struct Seen {
    taken: Vec<(Instant, u64)>,
    throttled: Vec<Instant>,
    tokens: f64,
    filled_at: Option<Instant>,
}

/// A peer that takes so many in a second, as many at once, and no more. Texts
/// are numbers.
fn limiting(per_second: f64, seen: Arc<Mutex<Seen>>) -> Habit {
    Arc::new(move |heard: &Heard| {
        let message = heard.submit()?;
        let number = std::str::from_utf8(&message.short_message)
            .expect("it is text")
            .parse()
            .expect("it is a number");
        let (mut seen, now) = (seen.lock().expect("nobody panics"), Instant::now());
        let passed = seen.filled_at.map_or(1.0, |at| (now - at).as_secs_f64());
        seen.tokens = (seen.tokens + passed * per_second).min(per_second);
        seen.filled_at = Some(now);
        if seen.tokens < 1.0 {
            seen.throttled.push(now);
            return Some(heard.answer(0x58, ""));
        }
        seen.tokens -= 1.0;
        seen.taken.push((now, number));
        None
    })
}

/// Offers messages for a minute; gives what the peer has seen.
async fn offered(tps: u32, window: u16, per_second: u64) -> (Seen, Instant, World) {
    let seen = Arc::new(Mutex::new(Seen::default()));
    let world = World::new(limiting(30.0, seen.clone()), |options| {
        options.tps = tps;
        options.window = window;
    })
    .await;
    let (began, mut calls, mut number) = (Instant::now(), JoinSet::new(), 0);
    let end = began + Duration::from_mins(1);
    while Instant::now() < end {
        // As a dispatcher does: no more than the gateway bears.
        while calls.len() < world.gateway.calls_max() && Instant::now() < end {
            let gateway = world.gateway.clone();
            let message = text(&number.to_string());
            number += 1;
            calls.spawn(async move { gateway.send(vec![message]).await.remove(0) });
            sleep_until(
                began
                    + Duration::from_secs(number) / u32::try_from(per_second).expect("it is small"),
            )
            .await;
        }
        if let Some(result) = calls.join_next().await {
            let refusal = refusal(&result.expect("nobody panics"));
            assert!(matches!(refusal, None | Some(Refusal::Throttled(Some(_)))), "{refusal:?}");
        }
    }
    let seen = std::mem::take(&mut *seen.lock().expect("nobody panics"));
    (seen, began, world)
}

/// DL-8.
#[tokio::test(start_paused = true)]
async fn a_gateway_keeps_to_its_pace_whatever_is_offered() {
    let (seen, began, _world) = offered(30, 10, 200).await;
    assert!(seen.taken.len() >= 28 * 60, "{}", seen.taken.len());
    let later = began + Duration::from_secs(10);
    let throttled = seen.throttled.iter().filter(|at| **at > later).count();
    let answered = throttled + seen.taken.iter().filter(|(at, _)| *at > later).count();
    assert!(throttled * 20 <= answered, "{throttled} of {answered}");
    assert!(seen.taken.windows(2).all(|pair| pair[0].1 < pair[1].1), "the order is kept");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_is_too_fast_finds_a_slower_pace() {
    let (seen, _, world) = offered(100, 1, 200).await;
    assert!(seen.taken.len() >= 600, "{}", seen.taken.len());
    assert!(seen.throttled.len() <= 40, "{}", seen.throttled.len());
    assert!(world.gateway.view().rate < 100.0);
    assert!(world.gateway.view().throttled >= 1);
    assert!(seen.taken.windows(2).all(|pair| pair[0].1 < pair[1].1), "the order is kept");
}

/// DL-6: a window is as fast as its peer allows, and nothing stalls.
#[tokio::test(start_paused = true)]
async fn a_peer_that_thinks_is_given_whole_windows() {
    for (window, least) in [(1, 19), (10, 190), (100, 1_900)] {
        let world = World::new(usual(), |options| options.window = window).await;
        world.smsc.think_for(Duration::from_millis(50));
        let (began, mut calls, mut taken) = (Instant::now(), JoinSet::new(), 0);
        while began.elapsed() < Duration::from_secs(5) {
            while calls.len() < world.gateway.calls_max() {
                let (gateway, batch) = (world.gateway.clone(), world.gateway.batch_max());
                let batch = vec![text("hello"); batch];
                calls.spawn(async move { gateway.send(batch).await });
            }
            let results = calls.join_next().await.expect("calls are made");
            taken += results.expect("nobody panics").iter().flat_map(ids).count();
        }
        assert!(taken >= 5 * least, "{taken} with a window of {window}");
        assert!(world.smsc.open_max() <= window.into());
    }
}

#[tokio::test(start_paused = true)]
async fn a_throttled_message_keeps_its_place_and_costs_no_result() {
    let world = World::new(usual(), |options| options.window = 1).await;
    let left = Arc::new(Mutex::new(1));
    let count = left.clone();
    world.smsc.set(Arc::new(move |heard: &Heard| {
        heard.submit()?;
        let mut left = count.lock().expect("nobody panics");
        if *left == 0 {
            return None;
        }
        *left -= 1;
        Some(heard.answer(0x58, ""))
    }));
    let began = Instant::now();
    let mut first = world.sending(text("first"));
    becomes(|| world.smsc.submits().len() == 1).await;
    let mut second = world.sending(text("second"));
    ids(&first.join_next().await.unwrap().unwrap());
    ids(&second.join_next().await.unwrap().unwrap());
    let sent: Vec<_> = world.smsc.submits().iter().map(|m| m.short_message.clone()).collect();
    assert_eq!(sent, [&b"first"[..], b"first", b"second"]);
    let waited = began.elapsed();
    assert!((Duration::from_secs(1)..Duration::from_secs(2)).contains(&waited), "{waited:?}");
    assert_eq!(*left.lock().expect("nobody panics"), 0);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_has_no_turn_within_three_seconds_goes_back() {
    let world = World::new(
        Arc::new(|heard: &Heard| heard.submit().map(|_| heard.answer(0x58, ""))),
        |options| options.window = 1,
    )
    .await;
    let began = Instant::now();
    let mut both = [world.sending(text("one")), world.sending(text("two"))];
    for sending in &mut both {
        let result = sending.join_next().await.unwrap().unwrap();
        assert!(matches!(refusal(&result), Some(Refusal::Throttled(Some(_)))), "{result:?}");
    }
    let waited = began.elapsed();
    assert!((Duration::from_secs(3)..Duration::from_millis(3_600)).contains(&waited), "{waited:?}");
    sleep(Duration::from_secs(1)).await;
    assert_eq!(world.gateway.view().waiting, 0);
}
