//! Every refusal becomes a notice of the page, and sends nothing.

use ringproof_verify::phone::Countries;
use ringproof_verify::record::{NoticeKind, WidgetStep};

use super::{Asked, NUMBER, OTHER, Pay, Visitor};
use crate::confirming::MINE;
use crate::world::{WRONG, World, at};

fn world() -> (World, Visitor) {
    let (mut world, _) = World::with_person();
    let visitor = world.visit();
    (world, visitor)
}

fn refused(world: &mut World, visitor: Visitor, number: &str) -> Asked {
    let (messages, traffic) = (world.records.messages.clone(), world.traffic());
    let asked = world.ask(visitor, number, Pay::Work);
    assert!(asked.sent.is_none(), "{asked:?}");
    assert!(asked.refusal.is_some(), "{asked:?}");
    assert_eq!((&world.records.messages, world.traffic()), (&messages, traffic));
    assert_eq!(asked.session.typed.as_deref(), Some(number), "it is shown again");
    asked
}

#[test]
fn a_blocked_number() {
    let (mut world, visitor) = world();
    let number_key = world.subject(MINE, NUMBER).number_key;
    world.records.blocked.push((MINE, number_key));
    let asked = refused(&mut world, visitor, NUMBER);
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::NumberRefused), None));
    assert_eq!(asked.session.step, WidgetStep::Number);
    assert!(world.ask(visitor, OTHER, Pay::Work).sent.is_some());
}

#[test]
fn a_country_that_the_account_does_not_send_to() {
    let (mut world, visitor) = world();
    world.countries = Countries::parse("FI").expect("a country");
    let asked = refused(&mut world, visitor, NUMBER);
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::CountryRefused), None));
}

#[test]
fn a_number_that_had_its_messages() {
    let (mut world, visitor) = world();
    world.policy.sends.number_per_day = 1;
    world.get_code(visitor, NUMBER);
    world.go_to(90);
    let asked = refused(&mut world, visitor, NUMBER);
    assert_eq!(asked.notice(), Some(NoticeKind::NumberThrottled));
    assert_eq!(asked.until(), Some(at(86_400)));
    assert!(matches!(asked.session.step, WidgetStep::Code { .. }), "the code still counts");
}

#[test]
fn an_account_that_sends_too_much() {
    let (mut world, visitor) = world();
    world.overrides.account_sms_per_second = Some(1);
    world.get_code(visitor, NUMBER);
    let other = world.visit();
    let asked = refused(&mut world, other, OTHER);
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::SendingFailed), None));
}

#[test]
fn no_gateway() {
    let (mut world, visitor) = world();
    world.has_open_gateway = false;
    let asked = refused(&mut world, visitor, NUMBER);
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::SendingFailed), None));
    world.has_open_gateway = true;
    assert!(world.ask(visitor, NUMBER, Pay::WorkOf(0)).sent.is_some(), "the work is still good");
}

#[test]
fn an_address_from_which_too_much_comes() {
    let (mut world, visitor) = world();
    for n in 0..10 {
        world.advance(1);
        let other = Visitor { address: visitor.address, ..world.visit() };
        world.get_code(other, &format!("+3725551000{n}"));
    }
    let asked = refused(&mut world, visitor, NUMBER);
    assert_eq!(asked.notice(), Some(NoticeKind::AddressThrottled));
    assert_eq!(asked.until(), Some(at(601)), "ten minutes after the first");
    world.go_to(599);
    assert_eq!(refused(&mut world, visitor, NUMBER).until(), Some(at(601)));
    world.go_to(601);
    assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_some());
}

#[test]
fn a_number_at_which_too_much_was_guessed() {
    let (mut world, visitor) = world();
    world.get_code(visitor, NUMBER);
    for _ in 0..5 {
        world.type_code(visitor, WRONG);
    }
    let asked = refused(&mut world, visitor, NUMBER);
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::Locked), Some(at(60))));
    let elsewhere = world.visit();
    assert_eq!(refused(&mut world, elsewhere, NUMBER).notice(), Some(NoticeKind::Locked));
    world.go_to(60);
    assert!(world.ask(visitor, NUMBER, Pay::Work).sent.is_some());
}

#[test]
fn a_number_that_is_locked_for_good_has_no_end() {
    let (mut world, visitor) = world();
    world.policy.guard.budget_milliunits = 1_000;
    let asked = refused(&mut world, visitor, NUMBER);
    assert_eq!((asked.notice(), asked.until()), (Some(NoticeKind::Locked), None));
}
