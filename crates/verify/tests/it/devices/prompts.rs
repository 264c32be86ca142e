//! How often a login wakes the app, and that waking approves nothing (S-41, D-23).

use ringproof_verify::engine::check::CheckOutcome;
use ringproof_verify::record::Method;

use super::{DAY, NUMBER};
use crate::phone_app::App;
use crate::world::{Person, World};

fn with_push() -> (World, Person, App) {
    let (mut world, jane) = World::with_person();
    let app = world.ready_app(NUMBER);
    world.subscribe(app.device);
    (world, jane, app)
}

impl World {
    /// Whether a start wakes the app; the prompt that is kept is then the last one.
    fn wakes(&mut self, person: Person) -> bool {
        let started = self.start_by(person, Method::Totp);
        assert_eq!(started.method, Method::Totp);
        let kept = self.records.prompts.get(&person.user).cloned();
        if let Some(wake) = started.wake {
            let kept = kept.expect("it is kept");
            let number = self.number_of(person);
            assert_eq!((wake.number, wake.prompt), (number, kept.id));
            assert_eq!((wake.until, kept.expires_at), (started.expires_at, started.expires_at));
        }
        started.wake.is_some()
    }
}

#[test]
fn the_fourth_prompt_in_ten_minutes_and_the_eleventh_of_a_day_are_not_sent() {
    let (mut world, jane, _) = with_push();
    for (second, is_sent) in
        [(0, true), (29, false), (30, true), (60, true), (90, false), (599, false), (600, true)]
    {
        world.go_to(second);
        assert_eq!(world.wakes(jane), is_sent, "at {second} s");
    }
    let more = (0..142).filter(|n| {
        world.go_to(1_200 + n * 600);
        world.wakes(jane)
    });
    assert_eq!(more.count(), 10 - 4, "ten in a day");
    world.go_to(DAY);
    assert!(world.wakes(jane), "the first is a day old");
}

#[test]
fn each_prompt_has_a_new_id_and_there_is_one_at_a_time() {
    let (mut world, jane, mut app) = with_push();
    let mut seen = std::collections::HashSet::new();
    for n in 0..3 {
        world.go_to(n * 30);
        let prompt = world.start_by(jane, Method::Totp).wake.unwrap().prompt;
        assert!(seen.insert(prompt));
        let state = world.sync(&mut app).unwrap();
        let shown: Vec<_> =
            state.entries.iter().filter_map(|(e, _)| e.prompts.as_ref()).map(|p| p.id).collect();
        assert_eq!(shown, [prompt]);
    }
}

#[test]
fn a_right_code_frees_the_day_and_a_message_does_not() {
    let (mut world, jane, app) = with_push();
    for n in 0..10 {
        world.go_to(n * 1_000);
        assert!(world.wakes(jane));
    }
    world.go_to(11_000);
    assert!(!world.wakes(jane));
    let mut by_message = world.clone();
    by_message.start(jane);
    assert!(matches!(by_message.right(jane), CheckOutcome::Approved { .. }));
    assert!(!by_message.wakes(jane));
    let token = app.token_of(&world, jane);
    assert!(world.logs_in_with(jane, &token, 0));
    world.advance(1);
    assert!(world.wakes(jane));
}

#[test]
fn only_a_device_in_use_has_prompts() {
    let (mut world, jane) = World::with_person();
    world.ready_app(NUMBER);
    assert!(world.clone().wakes(jane), "one that cannot be woken shows it when it is open");
    let held = world.held_app();
    let mut without = world.clone();
    let active = without.records.devices[0].id;
    without.remove_device(active, active).unwrap();
    without.add_device(jane);
    assert!(!without.wakes(jane), "one that waits hears nothing");
    world.add_device(jane);
    world.remove_device(held.device, held.device).unwrap();
    world.advance(90 * DAY);
    assert!(!world.wakes(jane), "it was not seen for 90 days");
}

#[test]
fn prompts_of_one_service_do_not_count_at_another() {
    let (mut world, jane, _) = with_push();
    let service = world.add_service();
    let there = world.add_person(service, NUMBER);
    assert!(world.wakes(jane) && world.wakes(there));
    assert!(!world.wakes(jane) && !world.wakes(there));
}

#[test]
fn no_call_of_a_device_completes_a_login() {
    let (mut world, jane, mut app) = with_push();
    world.start_by(jane, Method::Totp);
    let before = world.verification(jane).clone();
    world.sync(&mut app).unwrap();
    world.prove_all(&app);
    let token = app.token_of(&world, jane);
    world.user_of(app.device, token.id).unwrap();
    world.show_code(app.device).unwrap_err();
    world.subscribe(app.device);
    assert_eq!(world.verification(jane), &before, "only a typed code ends it");
    let code = token.at(world.now);
    assert!(crate::authing::is_approved(&world.check(jane, &code)));
}
