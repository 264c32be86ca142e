//! The code that lets a waiting device in (S-31, S-32, D-20).

use ringproof_verify::engine::device::DeviceRefusal;
use ringproof_verify::engine::device::others::ApprovalCode;

use super::NUMBER;
use crate::phone_app::App;
use crate::world::World;

fn one_waits() -> (World, App, App) {
    let (mut world, _) = World::with_person();
    let owner = world.ready_app(NUMBER);
    let waiting = world.held_app();
    (world, owner, waiting)
}

const WRONG: Result<(), DeviceRefusal> = Err(DeviceRefusal::WrongCode);

/// A code that could be one and is not this one.
fn other_than(code: &str) -> &'static str {
    if code == "00000000" { "ZZZZZZZZ" } else { "00000000" }
}

#[test]
fn the_right_code_lets_in_at_once_and_once() {
    let (mut world, owner, mut waiting) = one_waits();
    let (code, expires_at) = world.show_code(waiting.device).unwrap();
    assert_eq!(expires_at, world.now + super::seconds(600));
    let lower = code.expose().to_lowercase();
    let spaced = format!(" {}-{} ", &lower[..4], &lower[4..]);
    assert_eq!(world.approve(owner.device, waiting.device, &spaced), Ok(()));
    let device = world.device(waiting.device).unwrap();
    assert_eq!((device.held_until, device.approval), (None, None));
    assert_eq!(world.sync(&mut waiting).unwrap().entries.len(), 1);
    let again = world.approve(owner.device, waiting.device, code.expose());
    assert_eq!(again, Err(DeviceRefusal::NotFound), "nothing waits any more");
    let shown = world.show_code(waiting.device).unwrap_err();
    assert_eq!(shown, DeviceRefusal::NotFound, "there is no code after approval");
}

#[test]
fn a_code_is_over_after_ten_minutes_and_when_there_is_another() {
    let (mut world, owner, waiting) = one_waits();
    let (code, _) = world.show_code(waiting.device).unwrap();
    for (ms, is_good) in [(599_999, true), (600_000, false)] {
        let mut world = world.clone();
        world.advance_ms(ms);
        let outcome = world.approve(owner.device, waiting.device, code.expose());
        assert_eq!(outcome, if is_good { Ok(()) } else { WRONG }, "{ms} ms");
    }
    let (newer, _) = world.show_code(waiting.device).unwrap();
    assert_ne!(newer.expose(), code.expose());
    assert_eq!(world.approve(owner.device, waiting.device, code.expose()), WRONG);
    assert_eq!(world.approve(owner.device, waiting.device, newer.expose()), Ok(()));
}

#[test]
fn five_wrong_codes_void_it() {
    for wrong in [4, 5] {
        let (mut world, owner, waiting) = one_waits();
        let (code, _) = world.show_code(waiting.device).unwrap();
        for _ in 0..wrong {
            let typed = other_than(code.expose());
            assert_eq!(world.approve(owner.device, waiting.device, typed), WRONG);
        }
        let outcome = world.approve(owner.device, waiting.device, code.expose());
        assert_eq!(outcome, if wrong == 4 { Ok(()) } else { WRONG });
        assert_eq!(world.device(waiting.device).unwrap().approval, None);
    }
}

#[test]
fn what_can_be_no_code_is_a_wrong_one_and_without_a_code_nothing_is_right() {
    let (mut world, owner, waiting) = one_waits();
    for typed in ["", "00000000", "not a code"] {
        assert_eq!(world.approve(owner.device, waiting.device, typed), WRONG);
    }
    let (code, _) = world.show_code(waiting.device).unwrap();
    assert_eq!(world.approve(owner.device, waiting.device, "?"), WRONG);
    assert_eq!(world.device(waiting.device).unwrap().approval.unwrap().attempts, 1);
    assert_eq!(world.approve(owner.device, waiting.device, code.expose()), Ok(()));
}

#[test]
fn a_code_lets_in_only_the_device_that_shows_it() {
    let (mut world, owner, waiting) = one_waits();
    let other = world.held_app();
    let (code, _) = world.show_code(waiting.device).unwrap();
    world.show_code(other.device).unwrap();
    assert_eq!(world.approve(owner.device, other.device, code.expose()), WRONG);
    // Not even if its digest is moved there.
    let approval = world.device(waiting.device).unwrap().approval;
    world.device_mut(other.device).approval = approval;
    assert_eq!(world.approve(owner.device, other.device, code.expose()), WRONG);
    assert_eq!(world.approve(owner.device, waiting.device, code.expose()), Ok(()));
}

#[test]
fn only_a_device_of_the_same_number_lets_in() {
    let (mut world, owner, waiting) = one_waits();
    let (code, _) = world.show_code(waiting.device).unwrap();
    let stranger = world.ready_app("+37255500177");
    let outcome = world.approve(stranger.device, waiting.device, code.expose());
    assert_eq!(outcome, Err(DeviceRefusal::NotFound));
    let removed = world.remove_device(stranger.device, owner.device);
    assert_eq!(removed, Err(DeviceRefusal::NotFound));
    let unknown = ringproof_verify::ids::DeviceId::from_bytes([9; 16]);
    let outcome = world.approve(owner.device, unknown, code.expose());
    assert_eq!(outcome, Err(DeviceRefusal::NotFound));
}

#[test]
fn nobody_is_let_in_beyond_five() {
    let (mut world, owner, waiting) = one_waits();
    let (code, _) = world.show_code(waiting.device).unwrap();
    // Four more active ones, as a store of before this bound could hold them.
    let sample = world.device(owner.device).unwrap().clone();
    for n in 1..=4 {
        let id = ringproof_verify::ids::DeviceId::from_bytes([n; 16]);
        let device = ringproof_verify::record::Device { id, ..sample.clone() };
        world.records.devices.push(device);
    }
    let outcome = world.approve(owner.device, waiting.device, code.expose());
    assert_eq!(outcome, Err(DeviceRefusal::Full));
    world.records.devices.pop();
    assert_eq!(world.approve(owner.device, waiting.device, code.expose()), Ok(()));
}

#[test]
fn codes_have_eight_signs_read_alike_and_are_not_repeated() {
    let (mut world, _, waiting) = one_waits();
    let mut seen = std::collections::HashSet::new();
    let mut signs = std::collections::BTreeSet::new();
    for _ in 0..2_000 {
        let (code, _) = world.show_code(waiting.device).unwrap();
        assert_eq!(code.expose().len(), 8);
        signs.extend(code.expose().chars());
        assert!(seen.insert(code.expose().to_owned()));
        assert!(!format!("{code:?}").contains(code.expose()));
    }
    assert_eq!(signs.iter().collect::<String>(), "0123456789ABCDEFGHJKMNPQRSTVWXYZ");
    let read = |typed| ApprovalCode::parse(typed).map(|code| code.expose().to_owned());
    assert_eq!(read("oOiIlL22").as_deref(), Some("00111122"));
    assert_eq!(read("ABCD EFGH").as_deref(), Some("ABCDEFGH"));
    for typed in ["ABCDEFG", "ABCDEFGHJ", "ABCDEFGU", "ABCDEFG?", "ÄBCDEFGH", ""] {
        assert_eq!(read(typed), None, "{typed}");
    }
}
