//! What a child told, line by line, and what must be there after it was killed.

use std::collections::BTreeMap;

use ringproof_store::Store;
use verify::Timestamp;
use verify::engine::Keys;
use verify::engine::check::CheckOutcome;
use verify::ids::{AccountId, MessageId, ServiceId, UserId, VerificationId};

use crate::asking::{seen, wait};
use crate::sample::at;
use crate::world::{Person, World};

/// The morning of a day.
pub(super) fn day(n: u32) -> Timestamp {
    at(i64::from(n) * 86_400_000)
}

/// One acknowledged answer.
#[derive(Debug, Clone)]
pub(super) enum Told {
    Person(Person),
    Started {
        today: u32,
        verification: VerificationId,
        message: MessageId,
        code: String,
        /// Wrong codes that will be entered before the right one.
        wrong: u32,
    },
    Wrong,
    Approved,
}

impl Told {
    /// The line that tells it; `number` says of whom.
    pub(super) fn line(&self, number: u32) -> String {
        match self {
            Self::Person(Person { account, service, user }) => {
                format!("{number} person {account} {service} {user}")
            }
            Self::Started { today, verification, message, code, wrong } => {
                format!("{number} started {today} {verification} {message} {code} {wrong}")
            }
            Self::Wrong => format!("{number} wrong"),
            Self::Approved => format!("{number} approved"),
        }
    }

    fn read(line: &str) -> Option<(u32, Self)> {
        let words: Vec<&str> = line.split(' ').collect();
        let number = words.first()?.parse().ok()?;
        let told = match words[1..] {
            ["person", account, service, user] => Self::Person(Person {
                account: AccountId::from_i64(account.parse().ok()?),
                service: ServiceId::parse(service)?,
                user: UserId::parse(user)?,
            }),
            ["started", today, verification, message, code, wrong] => Self::Started {
                today: today.parse().ok()?,
                verification: VerificationId::parse(verification)?,
                message: MessageId::parse(message)?,
                code: code.to_owned(),
                wrong: wrong.parse().ok()?,
            },
            ["wrong"] => Self::Wrong,
            ["approved"] => Self::Approved,
            _ => return None,
        };
        Some((number, told))
    }
}

/// A verification that was told of.
#[derive(Debug, Clone)]
struct Started {
    today: u32,
    verification: VerificationId,
    message: MessageId,
    code: String,
    /// Wrong codes that were planned, and those that were answered.
    wrong_planned: u32,
    wrong_told: u32,
}

/// What was told of one person.
struct Life {
    person: Person,
    approved: Vec<Started>,
    live: Option<Started>,
}

/// What was told of all.
pub(super) struct Ledger(BTreeMap<u32, Life>);

impl Ledger {
    pub(super) fn read(told: &[String]) -> Self {
        let mut lives: BTreeMap<u32, Life> = BTreeMap::new();
        for line in told {
            let (number, told) = Told::read(line).unwrap_or_else(|| panic!("it told {line:?}"));
            if let Told::Person(person) = told {
                lives.insert(number, Life { person, approved: Vec::new(), live: None });
                continue;
            }
            let life = lives.get_mut(&number).expect("a person is told of first");
            match told {
                Told::Person(_) => unreachable!("it was handled above"),
                Told::Started { today, verification, message, code, wrong } => {
                    let (wrong_planned, wrong_told) = (wrong, 0);
                    life.live = Some(Started {
                        today,
                        verification,
                        message,
                        code,
                        wrong_planned,
                        wrong_told,
                    });
                }
                Told::Wrong => life.live.as_mut().expect("started").wrong_told += 1,
                Told::Approved => life.approved.push(life.live.take().expect("started")),
            }
        }
        Self(lives)
    }

    /// Checks that all of it is kept, and that no approved code is accepted
    /// again.
    pub(super) fn assert_kept(&self, store: &Store) {
        let world = World::without_send_limits(store);
        for life in self.0.values() {
            life.assert_kept(store, &world);
        }
    }
}

impl Life {
    fn assert_kept(&self, store: &Store, world: &World) {
        let mut keys = Keys {
            service: Some((self.person.account, self.person.service)),
            user: Some((self.person.service, self.person.user)),
            ..Keys::default()
        };
        keys.messages.extend(self.live.iter().map(|live| live.message));
        let kept = seen(store, &keys);
        assert!(kept.service.is_some() && kept.user.is_some(), "a person was lost");
        for approved in &self.approved {
            let lives_again =
                kept.verification.as_ref().is_some_and(|v| v.id == approved.verification);
            assert!(!lives_again, "an approved verification is there: {approved:?}");
            let again = self.enter(world, approved);
            assert_eq!(again, CheckOutcome::VerificationNotFound, "accepted twice: {approved:?}");
        }
        let Some(live) = &self.live else { return };
        let all_wrong_told = live.wrong_told == live.wrong_planned;
        let Some(verification) = kept.verification else {
            assert!(all_wrong_told, "only the right code, on its way, may have ended {live:?}");
            return;
        };
        assert_eq!(verification.id, live.verification, "{live:?}");
        let on_its_way = u32::from(!all_wrong_told);
        let possible = live.wrong_told..=live.wrong_told + on_its_way;
        assert!(possible.contains(&verification.attempts), "{live:?}, but {verification:?}");
        assert_eq!(kept.guard.consecutive_failures, verification.attempts, "{live:?}");
        assert_eq!(kept.messages.len(), 1, "the message was lost: {live:?}");
        assert_eq!(world.code_in(&kept.messages[0]), live.code);
        let outcome = self.enter(world, live);
        assert!(matches!(outcome, CheckOutcome::Approved { .. }), "{live:?}: {outcome:?}");
        assert_eq!(self.enter(world, live), CheckOutcome::VerificationNotFound);
    }

    /// Enters the right code of a verification.
    fn enter(&self, world: &World, started: &Started) -> CheckOutcome {
        let verification = Some(started.verification);
        let outcome = world.try_check(self.person, &started.code, verification, day(started.today));
        wait(outcome).expect("the step is done")
    }
}
