//! What the child does until it is killed.

use ringproof_store::Store;
use tokio::task::JoinSet;
use verify::engine::check::CheckOutcome;
use verify::entropy::SeededEntropy;

use super::ledger::{Told, day};
use crate::asking::wait;
use crate::child;
use crate::engines;
use crate::world::{WRONG, World};

/// People at work at once, so that several share a commit.
const PEOPLE: u32 = 32;

/// Wrong codes before the right one, at most: too few for a block, and over 30
/// days too few for the budget.
const WRONG_MAX: u32 = 3;

#[test]
#[ignore = "the test of crashes starts it in a process of its own, and kills it"]
fn a_life_that_is_cut_off() {
    let Some((folder, words)) = child::task() else { return };
    let (round, seed) = words.split_once(' ').expect("two words");
    let round: u32 = round.parse().expect("a number");
    let seed: u64 = seed.parse().expect("a number");
    let store = engines::reopen(&folder);
    wait(async {
        let mut people = JoinSet::new();
        for n in 0..PEOPLE {
            people.spawn(live(store.clone(), round * PEOPLE + n, seed.wrapping_add(n.into())));
        }
        people.join_all().await
    });
}

/// One person after another day: start, some wrong codes, the right one.
async fn live(store: Store, number: u32, seed: u64) {
    let world = World::without_send_limits(&store);
    let mut entropy = SeededEntropy::new(seed);
    let person = world.add_person(number, day(0)).await;
    let tell = |told: &Told| child::say(&told.line(number));
    tell(&Told::Person(person));
    for today in 0.. {
        let started = world.start(person, day(today), entropy.next_u64()).await;
        let message = started.message.expect("a new day, a new message");
        let code = world.code_in(&message);
        let wrong = u32::try_from(entropy.next_u64() % u64::from(WRONG_MAX + 1)).expect("small");
        let verification = started.verification;
        tell(&Told::Started {
            today,
            verification,
            message: message.id,
            code: code.clone(),
            wrong,
        });
        for _ in 0..wrong {
            let outcome = world.check(person, WRONG, day(today)).await;
            assert!(matches!(outcome, CheckOutcome::WrongCode { .. }), "{outcome:?}");
            tell(&Told::Wrong);
        }
        let outcome = world.check(person, &code, day(today)).await;
        assert!(matches!(outcome, CheckOutcome::Approved { .. }), "{outcome:?}");
        tell(&Told::Approved);
    }
}
