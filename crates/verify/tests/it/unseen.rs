//! Starts at a door that must not tell what others send to a number (S-33, D-27).

use ringproof_verify::engine::admit::SendRefusal;
use ringproof_verify::engine::begin::BeginRefusal;
use ringproof_verify::engine::confirm::{ConfirmOutcome, ConfirmRefusal, UnseenOutcome};
use ringproof_verify::ids::AccountId;
use ringproof_verify::send_limits::Throttle;

use crate::confirming::{MINE, NUMBER};
use crate::world::World;

const THEIRS: AccountId = AccountId::from_i64(2);

/// A world in which another account has sent to the number as often as all may in a
/// day, if `per_day` is that.
fn world(per_day: u32) -> World {
    let (mut world, _) = World::with_person();
    world.policy.sends.number_per_day = per_day;
    let asks = world.asks(THEIRS, NUMBER);
    world.confirm_as(&asks);
    world.advance(60);
    world
}

fn start(world: &mut World) -> UnseenOutcome {
    let asks = world.asks(MINE, NUMBER);
    world.start_unseen(&asks)
}

#[test]
fn one_that_others_stop_is_any_other_without_its_message() {
    let (mut free, mut full) = (world(20), world(1));
    for seconds in [0, 5, 30, 60] {
        free.advance(seconds);
        full.advance(seconds);
        let (seen, unseen) = (start(&mut free), start(&mut full));
        let ConfirmOutcome::Started { verification, message, expires_at, resend_at, .. } =
            seen.outcome
        else {
            panic!("{seen:?}")
        };
        let ConfirmOutcome::Started {
            verification: id,
            message: None,
            expires_at: end,
            resend_at: again,
            ..
        } = unseen.outcome
        else {
            panic!("{unseen:?}")
        };
        assert_eq!((id, end, again), (verification, expires_at, resend_at), "after {seconds} s");
        let (queued, unsent) = (message.map(|m| m.id), unseen.unsent.map(|m| m.id));
        assert_eq!((queued, seen.unsent.is_none()), (unsent, true), "after {seconds} s");
        // All that is kept is the same, too, but for the messages.
        let mut kept = free.records.clone();
        kept.messages.clone_from(&full.records.messages);
        assert!(kept == full.records, "after {seconds} s");
        assert_eq!(full.records.messages.len(), 1, "that of the other account");
    }
    assert_eq!(free.records.messages.len(), 4, "theirs, and three of the four starts");
}

#[test]
fn its_own_limits_are_told() {
    let mut full = world(1);
    full.policy.sends.number_service_per_10min = 1;
    assert!(start(&mut full).unsent.is_some());
    full.advance(90);
    let refused = start(&mut full);
    let ConfirmOutcome::Refused(ConfirmRefusal::Begin(BeginRefusal::Send(
        SendRefusal::Throttled { throttle, .. },
    ))) = refused.outcome
    else {
        panic!("{refused:?}")
    };
    assert_eq!(throttle, Throttle::NumberService10min);
    assert!(refused.unsent.is_none());
}
