//! The documented errors of each provider, played over a socket to a server that has another
//! gateway behind this one: what class each is (`delivery.md` 7.2 to 7.9), and what becomes of
//! the code (6.3, 8.3).
//!
//! The stand-ins are strict: every request must be as the provider's documentation wants it,
//! credentials and signature included.

mod aws;
mod generic;
mod infobip;
mod messente;
mod messente_older;
mod pumped;
mod twilio;
mod vonage;

use std::sync::Arc;

use ringproof_delivery::Gateway;
use ringproof_delivery::http_gateway::HttpGateway;
use ringproof_delivery::provider::Provider;
use ringproof_delivery::provider::base_url::BaseUrl;
use verify::ids::MessageId;
use verify::record::DeliveryState::{Accepted, Failed};
use verify::record::OutgoingMessage;

use super::stand_in::{Asked, Reply, StandIn};
use super::{gateway_with, options, outcome, prepared, refusal, send};
use crate::world::{Door, World, at};

/// A provider under test.
struct Kind {
    /// Sets it up with this address in place of its own.
    at: fn(&str) -> Arc<dyn Provider>,
    /// Insists that a request is as documented.
    check: fn(&Asked),
}

/// What a provider answers, and the word of the contract for it.
type Row = (Reply, &'static str);

/// The address of a stand-in, for providers that take one.
fn base(url: &str) -> BaseUrl {
    BaseUrl::parse(url, false).expect("loopback may be plain")
}

/// An answer that asks for time.
fn slow_down(status: u16, body: &str) -> Reply {
    let head = "Content-Type: application/json\r\nRetry-After: 7\r\n";
    Reply::Answer(status, head, body.as_bytes().to_vec())
}

/// What no provider documents and every one does at times: proxies that answer for it, an answer
/// that is not whole, and one that leads elsewhere.
fn of_every_provider() -> Vec<Row> {
    let html = |status| {
        let body = b"<html><body>The service is unavailable</body></html>".to_vec();
        Reply::Answer(status, "Content-Type: text/html\r\n", body)
    };
    let elsewhere = Reply::Answer(302, "Location: http://127.0.0.1:1/\r\n", Vec::new());
    vec![
        (Reply::Bytes(Vec::new()), "in_doubt"),
        (Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{\"".to_vec()), "in_doubt"),
        (html(200), "in_doubt"),
        (html(500), "in_doubt"),
        (html(502), "in_doubt"),
        (html(503), "in_doubt"),
        (html(504), "in_doubt"),
        (html(401), "route_down"),
        (html(403), "route_down"),
        (elsewhere, "route_down"),
        (slow_down(429, ""), "throttled"),
    ]
}

/// Plays each error twice: to the gateway alone, and to a whole dispatcher.
async fn play(kind: &Kind, rows: Vec<Row>) {
    for (reply, class) in rows.into_iter().chain(of_every_provider()) {
        let (side, gateway) = playing(kind, &reply).await;
        let result = send(&gateway, prepared("Your code is 123456")).await;
        let got = refusal(&result);
        let is_throttle = got.is_some_and(|refusal| refusal.as_str() == "throttled");
        let is_right = if class == "throttled" { is_throttle } else { got == outcome(class) };
        assert!(is_right, "{reply:?} is {result:?} and not {class}");
        (kind.check)(&side.asked_once());
        follow(kind, &reply, class).await;
    }
}

async fn playing(kind: &Kind, reply: &Reply) -> (StandIn, HttpGateway) {
    let played = reply.clone();
    let side = StandIn::start(move |_| played.clone()).await;
    let gateway = gateway_with(options(), (kind.at)(&side.url()));
    (side, gateway)
}

/// Starts a verification whose code meets this error, with a gateway `next` that takes all.
async fn follow(kind: &Kind, reply: &Reply, class: &str) {
    let (side, gateway) = playing(kind, reply).await;
    let next = Door::named("next");
    let gateways: Vec<Arc<dyn Gateway>> = vec![Arc::new(gateway), next.clone()];
    let mut world = World::with(gateways).await;
    let person = world.add_person().await;
    let message = world.start(person).await;
    let id = message.id;
    world.outbox.offer(message);

    let pauses: &[i64] = match class {
        "retry" => &[1, 4],
        // It is closed for as long as it says, and the code waits for a second only.
        "throttled" => &[1],
        _ => &[],
    };
    for second in pauses {
        let is_due =
            |message: &OutgoingMessage| message.lease == 0 && message.next_at == at(*second);
        world.until(|waiting| waiting.first().is_some_and(is_due)).await;
        assert!(next.calls_now().is_empty(), "{class}: {reply:?}");
        world.go_to(*second);
    }
    let delivery = world.until_delivery(id, |_| true).await;
    let (state, trail) = match class {
        "route_down" | "route_unfit" | "in_doubt" => {
            (Accepted, format!("hook:{class},next:accepted"))
        }
        "refused_dest_confirm" => (Accepted, "hook:refused_dest,next:accepted".to_owned()),
        "retry" => (Accepted, "hook:retry,hook:retry,next:accepted".to_owned()),
        "throttled" => (Accepted, "hook:retry,next:accepted".to_owned()),
        "refused_dest" => (Failed, "hook:refused_dest".to_owned()),
        "refused_content" => (Failed, String::new()),
        other => panic!("{other} is no class of an answer"),
    };
    let became = (delivery.state, delivery.trail.to_string());
    assert_eq!(became, (state, trail), "{class}: {reply:?}");
    let with_next: &[[MessageId; 1]] = if state == Accepted { &[[id]] } else { &[] };
    assert_eq!(next.calls_now(), with_next, "{class}: {reply:?}");
    let requests = side.asked();
    assert_eq!(requests.len(), if class == "retry" { 2 } else { 1 }, "{class}: {reply:?}");
    requests.iter().for_each(kind.check);
    world.stop().await;
}
