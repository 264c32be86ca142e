//! A push is what the standards ask for, and answers are understood.

use std::sync::Arc;
use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use ringproof_delivery::limits::{PUSH_RETRY_AFTER, PUSH_RETRY_AFTER_DEFAULT};
use ringproof_delivery::push::{
    PushClient, PushClientParts, PushMessage, PushOutcome, PushServices, Subscription, Vapid,
};
use tokio::time::timeout;
use verify::entropy::SeededEntropy;

use super::super::outbound::canary::Canary;
use super::super::outbound::zone::{Record, Zone};
use super::receiver::App;
use super::service::Manner;
use super::{HOST, PROMPT, TIME_LEFT, World, now, vapid};

fn created() -> Manner {
    Manner::answers("201 Created", "Location: https://push.example/m/1\r\n")
}

#[tokio::test]
async fn the_service_gets_what_the_standards_say_and_the_app_a_prompt_and_nothing_else() {
    let mut world = World::with(created()).await;
    let app = App::new();
    assert_eq!(world.send_to(&app).await, PushOutcome::Delivered);
    let pushed = world.service.pushed().await;
    assert_eq!(pushed.path, "/send/a%20b?c=d");
    assert_eq!(pushed.headers["ttl"], "90");
    assert_eq!(pushed.headers["content-type"], "application/octet-stream");
    let authorization = &pushed.headers["authorization"];
    assert!(authorization.ends_with(&format!(", k={}", world.client.public_key())));
    assert_eq!(pushed.claims["sub"], "mailto:operator@example.com");
    assert_eq!(pushed.claims["exp"], now().as_second() + 12 * 3_600);
    assert_eq!(pushed.claims.as_object().unwrap().len(), 3);

    let text = String::from_utf8(app.read(&pushed.body).unwrap()).unwrap();
    let id = Base64UrlUnpadded::encode_string(&PROMPT.prompt);
    assert_eq!(id.len(), 22);
    assert_eq!(text, format!(r#"{{"v":1,"prompt":"{id}"}}"#));
    // Nothing outside the body tells the id.
    assert!(!format!("{:?}", pushed.headers).contains(&id));
}

#[tokio::test]
async fn the_time_to_live_is_the_time_left_and_two_minutes_at_most() {
    let mut world = World::with(created()).await;
    for (left, ttl) in [
        (Duration::from_millis(119_999), "119"),
        (Duration::from_mins(2), "120"),
        (Duration::from_secs(121), "120"),
        (Duration::MAX, "120"),
        (Duration::from_millis(999), "0"),
        (Duration::ZERO, "0"),
    ] {
        let subscription = world.subscribe(&App::new());
        let mut entropy = SeededEntropy::new(1);
        let sending = world.client.send(&subscription, &PROMPT, left, now(), &mut entropy);
        assert_eq!(sending.await, PushOutcome::Delivered);
        assert_eq!(world.service.pushed().await.headers["ttl"], ttl);
    }
}

#[tokio::test]
async fn a_topic_belongs_to_a_prompt() {
    let mut world = World::with(created()).await;
    let mut topics = Vec::new();
    for prompt in [[1; 16], [1; 16], [2; 16]] {
        let subscription = world.subscribe(&App::new());
        let (message, mut entropy) = (PushMessage { prompt }, SeededEntropy::new(1));
        world.client.send(&subscription, &message, TIME_LEFT, now(), &mut entropy).await;
        topics.push(world.service.pushed().await.headers["topic"].clone());
    }
    assert_eq!(topics[0], topics[1]);
    assert_ne!(topics[0], topics[2]);
}

#[tokio::test]
async fn without_a_contact_the_token_names_none() {
    let mut world = World::with(created()).await;
    let client = PushClient::new(PushClientParts {
        resolver: Arc::new(Zone::new(vec![(
            HOST,
            Record::Addresses(vec![vec!["127.0.0.1".parse().unwrap()]]),
        )])),
        roots: world.service.roots(),
        ..PushClientParts::new(world.client.services().clone(), Vapid::new(super::key(), None))
    });
    let subscription = world.subscribe(&App::new());
    let mut entropy = SeededEntropy::new(1);
    let outcome = client.send(&subscription, &PROMPT, TIME_LEFT, now(), &mut entropy).await;
    assert_eq!(outcome, PushOutcome::Delivered);
    assert_eq!(world.service.pushed().await.claims.get("sub"), None);
}

#[tokio::test]
async fn each_answer_has_its_outcome() {
    let wait = |seconds| PushOutcome::RetryAfter(Duration::from_secs(seconds));
    let refused = |status| PushOutcome::Refused { status };
    let error = PushOutcome::Failed { reason: "it answered with an error" };
    for (status, headers, outcome) in [
        ("200 OK", "", PushOutcome::Delivered),
        ("201 Created", "", PushOutcome::Delivered),
        ("202 Accepted", "", PushOutcome::Delivered),
        ("404 Not Found", "", PushOutcome::Gone),
        ("410 Gone", "Retry-After: 7\r\n", PushOutcome::Gone),
        ("429 Too Many Requests", "Retry-After: 7\r\n", wait(7)),
        ("429 Too Many Requests", "", PushOutcome::RetryAfter(PUSH_RETRY_AFTER_DEFAULT)),
        (
            "429 Too Many Requests",
            "Retry-After: 999999999\r\n",
            PushOutcome::RetryAfter(*PUSH_RETRY_AFTER.end()),
        ),
        ("503 Service Unavailable", "Retry-After: 30\r\n", wait(30)),
        // 40 seconds after `now`.
        ("503 Service Unavailable", "Retry-After: Fri, 15 Jan 2027 08:00:40 GMT\r\n", wait(40)),
        ("503 Service Unavailable", "", PushOutcome::RetryAfter(PUSH_RETRY_AFTER_DEFAULT)),
        ("400 Bad Request", "", refused(400)),
        ("401 Unauthorized", "", refused(401)),
        ("403 Forbidden", "", refused(403)),
        ("413 Content Too Large", "", refused(413)),
        ("499 Whatever", "", refused(499)),
        ("500 Internal Server Error", "Retry-After: 7\r\n", error),
        ("502 Bad Gateway", "", error),
        ("600 Odd", "", error),
        ("999 Odd", "", error),
    ] {
        let world = World::with(Manner::answers(status, headers)).await;
        assert_eq!(world.send().await, outcome, "{status}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let canary = Canary::everywhere();
    for status in [301, 302, 303, 307, 308] {
        let location = format!("Location: https://127.0.0.1:{}/\r\n", canary.port);
        let world = World::with(Manner::answers(&format!("{status} Moved"), &location)).await;
        let outcome = PushOutcome::Failed { reason: "it sends us elsewhere" };
        assert_eq!(world.send().await, outcome);
    }
    assert_eq!(canary.connections(), 0);
}

/// A client for the services of the public, whose names all lead to an address.
fn public_client(address: &str, services: &PushServices) -> PushClient {
    let leads = vec![vec![address.parse().unwrap()]];
    PushClient::new(PushClientParts {
        resolver: Arc::new(Zone::new(vec![(HOST, Record::Addresses(leads))])),
        ..PushClientParts::new(services.clone(), vapid())
    })
}

#[tokio::test]
async fn a_known_name_that_leads_to_this_machine_or_its_neighbours_is_not_called() {
    let canary = Canary::everywhere();
    let hosts = vec![format!("{HOST}:{}", canary.port).parse().unwrap()];
    let services = PushServices::new(hosts, Vec::new());
    let endpoint = format!("https://{HOST}:{}/x", canary.port);
    let (p256dh, auth) = App::new().keys();
    let subscription = Subscription::parse(&endpoint, &p256dh, &auth, &services).unwrap();
    for address in ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"] {
        let client = public_client(address, &services);
        let mut entropy = SeededEntropy::new(1);
        let outcome = client.send(&subscription, &PROMPT, TIME_LEFT, now(), &mut entropy).await;
        let forbidden =
            PushOutcome::Failed { reason: "the address of the push service is not called" };
        assert_eq!(outcome, forbidden, "{address}");
    }
    assert_eq!(canary.connections(), 0);
}

#[tokio::test]
async fn a_subscription_at_a_service_that_was_struck_off_the_list_is_not_called() {
    let world = World::with(created()).await;
    let subscription = world.subscribe(&App::new());
    let client = public_client("127.0.0.1", &PushServices::default());
    let mut entropy = SeededEntropy::new(1);
    let outcome = client.send(&subscription, &PROMPT, TIME_LEFT, now(), &mut entropy).await;
    let reason = "the push service is not on the list";
    assert_eq!(outcome, PushOutcome::Failed { reason });
}

#[tokio::test]
async fn a_source_of_randomness_that_gives_no_key_fails_the_push() {
    struct Broken;
    impl verify::Entropy for Broken {
        fn fill(&mut self, out: &mut [u8]) {
            out.fill(0);
        }
    }
    let world = World::with(created()).await;
    let subscription = world.subscribe(&App::new());
    let outcome = world.client.send(&subscription, &PROMPT, TIME_LEFT, now(), &mut Broken).await;
    assert_eq!(outcome, PushOutcome::Failed { reason: "the message could not be encrypted" });
}

#[tokio::test]
async fn pushes_are_sent_from_tasks() {
    let world = Arc::new(World::with(created()).await);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let world = world.clone();
        tasks.spawn(async move { world.send().await });
    }
    let all = timeout(Duration::from_secs(20), tasks.join_all()).await.unwrap();
    assert_eq!(all, [PushOutcome::Delivered; 10]);
}
