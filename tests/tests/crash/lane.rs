//! One caller and everything that was ever acknowledged to it.
//!
//! A lane never has two calls under way, so the order of its own calls is
//! known; that is what lets [`crate::ledger`] say what may follow.

use crate::ledger::{Outcome, Person, Started};
use crate::life::Life;
use crate::random::Random;
use crate::receiver::Receiver;
use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{self, Caller};
use ringproof_blackbox::http::{Client, Request};
use ringproof_blackbox::world::wrong_pin;
use serde_json::{Value, json};
use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::time::Duration;

/// How long an acknowledged start's message may take after a restart: what a
/// dead server had claimed must become free again within this time.
const MESSAGE_WITHIN: Duration = Duration::from_secs(30);
/// How many codes used up long ago are tried again after each restart.
const OLD_CODES_TRIED: usize = 30;

/// Counts over all lives, to show that the test did what it is for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) users: u64,
    pub(crate) starts: u64,
    pub(crate) verified: u64,
    pub(crate) invalid: u64,
    pub(crate) unanswered: u64,
}

/// A caller with its memory.
pub(crate) struct Lane {
    name: String,
    credentials: String,
    random: Random,
    /// Service objects as acknowledged.
    services: Vec<Value>,
    people: Vec<Person>,
    /// Login names that were asked for, acknowledged or not.
    asked_for: HashSet<String>,
    pub(crate) tally: Tally,
}

impl Lane {
    pub(crate) fn new(index: usize, credentials: &str, random: Random) -> Self {
        Self {
            name: format!("{index:02}"),
            credentials: credentials.to_owned(),
            random,
            services: Vec::new(),
            people: Vec::new(),
            asked_for: HashSet::new(),
            tally: Tally::default(),
        }
    }

    /// After a restart: is everything acknowledged still there, and does it
    /// behave as it must?
    pub(crate) fn recheck(&mut self, life: &Life, receiver: &Receiver) {
        let mut client = life.client();
        for service in self.services.clone() {
            let path = caller::service(text(&service, "id"));
            let _ = self.answer(life, &mut client, "GET", &path, None).service(200).body(&service);
            self.recheck_users(life, &mut client, text(&service, "id"));
        }
        for person in self.people.iter().filter(|person| person.auth_id().is_some()) {
            let code = receiver.wait_for_code(&person.number, MESSAGE_WITHIN);
            assert!(code.is_some(), "the message of an acknowledged start never came: {person:?}");
            let codes = receiver.codes(&person.number);
            assert!(
                codes.iter().all(|other| Some(other) == code.as_ref()),
                "two codes: {person:?}"
            );
        }
        let (used, unused): (Vec<_>, Vec<_>) =
            (0..self.people.len()).partition(|index| self.people[*index].is_used());
        for index in self.sample(used) {
            let _ = self.check(life, &mut client, receiver, index, true);
        }
        for index in unused {
            // A third is tried with the right code, a third with a wrong one,
            // a third is left for later lives.
            let dice = self.random.below(3);
            if dice < 2 && self.people[index].is_live() {
                let _ = self.check(life, &mut client, receiver, index, dice == 0);
            }
        }
    }

    /// Works until the kill.
    pub(crate) fn work(&mut self, life: &Life, receiver: &Receiver) {
        let mut client = life.client();
        while self.step(life, &mut client, receiver).is_continue() {}
    }

    fn recheck_users(&self, life: &Life, client: &mut Client, service: &str) {
        let list = self.answer(life, client, "GET", &caller::users(service), None).expect(200);
        let listed = list.json["users"].as_array().expect("`users` is an array");
        let listed: HashMap<&str, &Value> =
            listed.iter().map(|user| (text(user, "id"), user)).collect();
        for person in self.people.iter().filter(|person| person.service == service) {
            let kept = listed.get(person.id());
            assert_eq!(
                kept,
                Some(&&person.acknowledged),
                "an acknowledged user was lost or changed"
            );
        }
        let is_known = |user: &Value| self.asked_for.contains(text(user, "id_in_service"));
        assert!(listed.values().all(|user| is_known(user)), "users nobody asked for: {listed:?}");
    }

    /// Picks the codes used up most recently and some of the older ones.
    fn sample(&mut self, mut used: Vec<usize>) -> Vec<usize> {
        let recent = used.split_off(used.len().saturating_sub(OLD_CODES_TRIED));
        let older: Vec<usize> =
            (0..OLD_CODES_TRIED).filter_map(|_| self.random.pick(&used).copied()).collect();
        [recent, older].concat()
    }

    /// Makes one call; breaks when it stays without an answer.
    fn step(&mut self, life: &Life, client: &mut Client, receiver: &Receiver) -> ControlFlow<()> {
        let dice = self.random.below(100);
        if self.services.is_empty() || dice < 2 {
            return self.add_service(life, client);
        }
        let has_code = |person: &Person| !receiver.codes(&person.number).is_empty();
        let chosen = match dice {
            2..30 => self.pick(Person::is_startable),
            30..40 => self.pick(Person::is_resendable),
            40..80 => self.pick(|person| person.is_live() && has_code(person)),
            _ => None,
        };
        match (chosen, dice) {
            (None, _) => self.add_person(life, client),
            (Some(index), 2..40) => self.start(life, client, index),
            (Some(index), _) => self.check(life, client, receiver, index, dice >= 60),
        }
    }

    fn pick(&mut self, is_wanted: impl Fn(&Person) -> bool) -> Option<usize> {
        // The latest people are where the interesting states are.
        let from = self.people.len().saturating_sub(40);
        let wanted: Vec<usize> =
            (from..self.people.len()).filter(|index| is_wanted(&self.people[*index])).collect();
        self.random.pick(&wanted).copied()
    }

    fn add_service(&mut self, life: &Life, client: &mut Client) -> ControlFlow<()> {
        let name = format!("Lane {} service {:016x}", self.name, self.random.below(u64::MAX));
        let body = json!({ "fqdn": "shop.example", "name": name });
        let answer = self.ask(life, client, "POST", caller::P, Some(&body))?;
        self.services.push(answer.service(201).json);
        ControlFlow::Continue(())
    }

    fn add_person(&mut self, life: &Life, client: &mut Client) -> ControlFlow<()> {
        let serial = self.asked_for.len();
        let login = format!("person-{serial}");
        let number = format!("+3725{}{serial:06}", self.name);
        let service = self.services.last().map(|service| text(service, "id").to_owned());
        let service = service.expect("a service is made first");
        self.asked_for.insert(login.clone());
        let body = json!({ "id_in_service": login, "phone_number": number });
        let answer = self.ask(life, client, "POST", &caller::users(&service), Some(&body))?;
        self.people.push(Person::new(&service, &number, answer.user(201).json));
        self.tally.users += 1;
        ControlFlow::Continue(())
    }

    fn start(&mut self, life: &Life, client: &mut Client, index: usize) -> ControlFlow<()> {
        let person = &mut self.people[index];
        person.ask_for_start();
        let path = caller::auth(&person.service, person.id());
        let known = person.auth_id().map(str::to_owned);
        let answer = self.ask(life, client, "POST", &path, Some(&json!({ "method": "sms" })));
        let person = &mut self.people[index];
        match (answer, known) {
            (ControlFlow::Continue(answer), Some(known)) => {
                assert_eq!(
                    answer.started(201),
                    known,
                    "a resend is the same verification: {person:?}"
                );
            }
            (ControlFlow::Continue(answer), None) => {
                person.started = Started::Yes(answer.started(201));
                self.tally.starts += 1;
            }
            (ControlFlow::Break(()), known) => {
                if known.is_none() {
                    person.started = Started::Perhaps;
                }
                return ControlFlow::Break(());
            }
        }
        ControlFlow::Continue(())
    }

    /// Checks the right or a wrong code and holds the answer to the yardstick.
    fn check(
        &mut self,
        life: &Life,
        client: &mut Client,
        receiver: &Receiver,
        index: usize,
        is_right: bool,
    ) -> ControlFlow<()> {
        let person = &self.people[index];
        let code = receiver.codes(&person.number).first().cloned().expect("the code has come");
        let wrong = wrong_pin(&code, 1 + u32::try_from(self.random.below(1000)).expect("small"));
        let path = caller::auth(&person.service, person.id());
        let token = if is_right { code } else { wrong };
        let answer = self.ask(life, client, "PUT", &path, Some(&json!({ "token": token })));
        let outcome = answer.continue_value().map(|answer| outcome(&answer));
        let person = &mut self.people[index];
        if let Some(outcome) = outcome {
            let allowed = person.allowed(is_right);
            assert!(allowed.contains(&outcome), "{outcome:?} is none of {allowed:?}: {person:?}");
        }
        person.note(is_right, outcome);
        match outcome {
            Some(Outcome::Verified) => self.tally.verified += 1,
            Some(Outcome::Invalid) => self.tally.invalid += 1,
            Some(Outcome::Throttled | Outcome::Gone) => {}
            None => return ControlFlow::Break(()),
        }
        ControlFlow::Continue(())
    }

    /// Makes a call that the kill may cut off.
    fn ask(
        &mut self,
        life: &Life,
        client: &mut Client,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> ControlFlow<(), Answer> {
        if let Some(answer) = life.call(client, &self.request(life, method, path, body)) {
            return ControlFlow::Continue(answer);
        }
        self.tally.unanswered += 1;
        ControlFlow::Break(())
    }

    /// Makes a call in a life that nobody is about to end.
    fn answer(
        &self,
        life: &Life,
        client: &mut Client,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let answer = life.call(client, &self.request(life, method, path, body));
        answer.expect("no kill has been announced")
    }

    fn request(&self, life: &Life, method: &str, path: &str, body: Option<&Value>) -> Request {
        let request = Caller::new(life.address(), &self.credentials).request(method, path);
        match body {
            Some(body) => request.header("Content-Type", "application/json").body(body.to_string()),
            None => request,
        }
    }
}

fn outcome(answer: &Answer) -> Outcome {
    let result = answer.json["status"]["result"].as_str();
    match (answer.status, answer.json["verified"].as_bool(), result) {
        (200, Some(true), None) => Outcome::Verified,
        (200, Some(false), Some("INVALID")) => Outcome::Invalid,
        (200, Some(false), Some("THROTTLED")) => Outcome::Throttled,
        (404, None, None) if answer.json["code"] == "verification_not_found" => Outcome::Gone,
        _ => panic!("not an answer to a check: {} {}", answer.status, answer.json),
    }
}

fn text<'object>(object: &'object Value, member: &str) -> &'object str {
    object[member].as_str().expect("checked when acknowledged")
}
