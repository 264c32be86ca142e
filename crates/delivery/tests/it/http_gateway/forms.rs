//! What a provider's interface has no place for, seen from the outbox.

use std::sync::Arc;

use ringproof_delivery::http_gateway::HttpGatewayOptions;
use ringproof_delivery::provider::base_url::BaseUrl;
use ringproof_delivery::provider::twilio::{Twilio, TwilioOptions};
use ringproof_delivery::{Gateway, GatewayState};

use super::stand_in::{Reply, StandIn};
use super::{gateway_with, options, twilio};
use crate::world::{Door, World};

/// One account's flash texts do not shut a gateway that takes plain text only
/// for the codes of all others.
#[tokio::test]
async fn five_flash_texts_leave_a_gateway_open_for_the_code_after_them() {
    let side = StandIn::start(|_| Reply::json(201, r#"{"sid":"SM1","status":"queued"}"#)).await;
    let base_url = BaseUrl::parse(&side.url(), false).expect("loopback may be plain");
    let provider = Twilio::new(TwilioOptions { base_url: Some(base_url), ..twilio::options() });
    let named = HttpGatewayOptions { name: "plain".to_owned(), callback_base: None, ..options() };
    let plain = gateway_with(named, Arc::new(provider.expect("it is set up")));
    let plain: Arc<dyn Gateway> = Arc::new(plain);
    let other = Door::named("other");
    let mut world = World::with(vec![plain.clone(), other.clone()]).await;
    let exits = world.outbox.exits().clone();
    for _ in 0..5 {
        let person = world.add_person().await;
        let mut flash = world.start(person).await;
        let id = flash.id;
        flash.form.class = Some(0);
        world.outbox.offer(flash);
        let delivery = world.until_delivery(id, |_| true).await;
        assert_eq!(delivery.trail.to_string(), "plain:route_unfit,other:accepted");
    }
    assert_eq!(exits.left_alone("plain", world.now()), None);
    assert_eq!(exits.state(&*plain), GatewayState::Open);
    assert!(side.asked().is_empty(), "it was not asked for what it has no place for");
    let person = world.add_person().await;
    let code = world.start(person).await;
    let id = code.id;
    world.outbox.offer(code);
    let delivery = world.until_delivery(id, |_| true).await;
    assert_eq!((&*delivery.gateway, side.asked().len()), ("plain", 1));
    assert_eq!(other.calls_now().len(), 5);
    world.stop().await;
}
