//! After a full run with its errors, logged at trace level, a search of the
//! database files, the logs, `/metrics` and all answers finds no code, no
//! password and no clear phone number where security.md forbids it (S-18,
//! S-19, S-72, S-106).
//!
//! To see these tests fail: log a request's whole target or body at trace
//! level, keep the message text in clear in the outbox, or key the send limits
//! by the number itself.

mod app;
mod carrier;
mod database;
mod flow;
mod needles;
#[path = "../support/receiver.rs"]
mod receiver;
mod text;
mod widget;

use database::Stolen;
use flow::{Integrator, Person};
use needles::Needles;
use receiver::Receiver;
use ringproof_blackbox::cli;
use ringproof_blackbox::clock::Clock;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::inbox::{Inbox, Message};
use ringproof_blackbox::operator;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::text::encode;
use ringproof_blackbox::world::new_account;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::fs;
use std::time::Duration;

/// Everything is logged, codes are long enough to be unmistakable, and no limit
/// stops the many calls, right and wrong.
const CONFIG: &str = "
[limits]
account_sms_per_second = 1000000
failed_logins_per_minute = 1000000
failed_logins_per_hour_ip = 1000000
[log]
level = \"trace\"
[codes]
length = 10
";
const PEOPLE: usize = 8;
const MESSAGE_WITHIN: Duration = Duration::from_secs(20);
/// A password that an operator has chosen, so that it goes the way of Argon2id.
const CHOSEN: &str = "Canary-chosen:password-5d81c3";
/// A password that is nobody's.
const WRONG: &str = "Canary-wrong-password-77ab02";
/// A code that a person typed and that is nobody's.
const TYPED: &str = "8070605040";

/// What the searches look for, and what was learned on the way.
struct Secrets {
    passwords: Vec<String>,
    root_key: String,
    /// Codes with what they could have been salted with.
    codes: Vec<(String, Vec<String>)>,
    numbers: Vec<String>,
}

impl Secrets {
    /// What may stand nowhere at all.
    fn forbidden_everywhere(&self) -> Needles {
        let mut needles = Needles::default();
        for (index, password) in self.passwords.iter().enumerate() {
            needles.text(&format!("password {index}"), password);
        }
        needles.text("a wrong password", WRONG);
        needles.text("a chosen password as a query has it", &encode(CHOSEN));
        for secret in text::FORBIDDEN_EVERYWHERE {
            needles.text(secret, secret);
        }
        needles.text("the root key", &self.root_key);
        needles.bytes("the raw root key", &unhex(&self.root_key));
        needles.code("a typed code", TYPED, &[]);
        for (code, salts) in &self.codes {
            let salts: Vec<&str> = salts.iter().map(String::as_str).collect();
            needles.code("a code", code, &salts);
        }
        for number in &self.numbers {
            needles.unkeyed_hashes("a number", number, &[]);
            needles.unkeyed_hashes("a number", number.trim_start_matches('+'), &[]);
        }
        needles
    }

    /// Clear phone numbers, with and without plus, and as they were written.
    fn numbers(&self) -> Needles {
        let mut needles = Needles::default();
        for number in &self.numbers {
            needles.text("a number", number.trim_start_matches('+'));
            needles.text("a number as written", &format!("5550-{}", &number[8..]));
        }
        needles
    }

    fn codes(&self) -> Vec<String> {
        self.codes.iter().map(|(code, _)| code.clone()).collect()
    }
}

/// A server with two accounts: one with an issued and one with a chosen password.
struct Scene {
    server: Server,
    integrator: Integrator,
    secrets: Secrets,
    thefts: Vec<Stolen>,
}

impl Scene {
    fn new(config: &str, dev: bool) -> Self {
        let folder = Folder::with_config(&format!("{CONFIG}{config}"));
        let issued = new_account(&folder, "leaks-api", &["--countries", "all"]);
        let chosen = ["account", "create", "chosen-api", "--countries", "all", "--password-stdin"];
        let _ = cli::run_with_input(&folder, &chosen, &format!("{CHOSEN}\n")).succeeded();
        operator::import_prices(&folder, operator::PRICES);
        // Its secret comes from the environment, which the commands above do not have.
        folder.write_config(&format!("{CONFIG}{config}{}", text::INBOUND));
        let options = ServerOptions { dev, ..ServerOptions::dev(folder.clone()) };
        let server = Server::start(options.env(text::SECRET_VARIABLE, text::INBOUND_SECRET));
        let root_key = fs::read_to_string(folder.file("root.key")).expect("the key has a file");
        let password = issued.split_once(':').expect("name and password").1.to_owned();
        let secrets = Secrets {
            passwords: vec![password, CHOSEN.to_owned()],
            root_key: root_key.trim().to_owned(),
            codes: Vec::new(),
            numbers: Vec::new(),
        };
        let integrator = Integrator::new(server.address(), &issued);
        Self { server, integrator, secrets, thefts: Vec::new() }
    }

    fn steal(&mut self, when: &'static str) {
        self.thefts.push(Stolen::from(self.server.folder(), when));
    }

    /// Adds the people and starts an authentication for each.
    fn start(&mut self) -> Vec<(Person, String)> {
        let people: Vec<Person> = (0..PEOPLE).map(|index| self.integrator.person(index)).collect();
        self.secrets.numbers = people.iter().map(|person| person.number.clone()).collect();
        let method = |index: usize| if index.is_multiple_of(2) { "sms" } else { "totp" };
        let start = |(index, person): (usize, Person)| {
            let auth_id = self.integrator.start(&person, method(index));
            (person, auth_id)
        };
        people.into_iter().enumerate().map(start).collect()
    }

    fn learn_code(&mut self, person: &Person, auth_id: &str, code: &str) {
        assert_eq!(code.len(), 10, "the configured length: {code}");
        let salts =
            [&person.id, auth_id, &self.integrator.service, &person.number].map(str::to_owned);
        self.secrets.codes.push((code.to_owned(), salts.to_vec()));
    }

    /// Goes through every right and wrong use of the codes.
    fn use_codes(&self, people: &[(Person, String)]) {
        for (index, (person, _)) in people.iter().enumerate() {
            let code = &self.secrets.codes[index].0;
            let _ = self.integrator.check(person, TYPED).failed("INVALID");
            self.integrator.mishandle_code(person, code);
            self.integrator.mishandle_number(person);
            // Some verifications end, some stay open, so that both are searched.
            if index < PEOPLE / 2 {
                self.integrator.check(person, code).verified();
                let _ = self.integrator.check(person, code).error(404);
            }
        }
        let chosen = Integrator::new(self.server.address(), &format!("chosen-api:{CHOSEN}"));
        assert!(!chosen.answers().is_empty(), "the chosen password was used");
        for secret in [WRONG, CHOSEN] {
            self.integrator.mishandle_secret(secret);
        }
        self.integrator.look_around(&people[PEOPLE - 1].0);
    }

    /// Ends the server and searches everything it has left behind.
    fn search(mut self) {
        let metrics = self.integrator.page("/metrics");
        let pages = ["/healthz", "/readyz"].map(|page| self.integrator.page(page)).concat();
        assert!(self.server.stop().success(), "the server should end well");
        self.steal("after the end");
        let log = self.server.printed();
        let is_trace = log.contains("TRACE") || log.contains("\"trace\"");
        assert!(is_trace, "the log should have been written at trace level");

        let everywhere = self.secrets.forbidden_everywhere();
        let numbers = self.secrets.numbers();
        let mut told = Needles::default();
        for kept in text::KEPT_AND_NEVER_TOLD {
            told.text(kept, kept);
        }
        let mut found = Vec::new();
        let answers = self.integrator.answers();
        let outputs = [
            ("log", log.as_bytes()),
            ("metrics", metrics.as_bytes()),
            ("pages", pages.as_bytes()),
            ("answers", answers.as_slice()),
        ];
        for (place, bytes) in outputs {
            assert!(!bytes.is_empty(), "nothing was collected of: {place}");
            let hits = everywhere.found_in(bytes).into_iter().chain(numbers.found_in(bytes));
            let hits = hits.chain(told.found_in(bytes));
            found.extend(hits.map(|hit| format!("{place}: {hit}")));
        }
        if metrics.contains(&self.integrator.service) {
            found.push("metrics: an id is a label".to_owned());
        }
        let mut in_database = everywhere;
        in_database.bytes("the text of a message", b"Your Verification PIN code is");
        for stolen in &self.thefts {
            found.extend(stolen.search(&in_database));
            found.extend(stolen.try_unkeyed_hashes(&self.secrets.codes()));
            found.extend(stolen.misplaced_numbers(&numbers));
        }
        // A search that read nothing would pass for the wrong reason.
        let has_people = self.thefts.iter().all(|stolen| stolen.contains(b"person-0"));
        assert!(has_people, "the stolen files should hold the login names");
        let shown: Vec<_> = found.iter().take(40).map(String::as_str).collect();
        assert!(found.is_empty(), "{} leaks, the first:\n{}", found.len(), shown.join("\n"));
    }
}

#[test]
fn an_operators_server_leaks_nothing_while_messages_wait_nor_after() {
    let receiver = Receiver::start(Duration::ZERO);
    receiver.hold(true);
    let mut scene = Scene::new(&receiver.config(), false);
    let people = scene.start();
    let confirmations = scene.start_text();
    assert!(receiver.wait_for_held_call(MESSAGE_WITHIN), "the gateway was never called");
    scene.steal("while messages wait");
    receiver.hold(false);
    for (person, auth_id) in &people {
        let code = receiver.wait_for_code(&person.number, MESSAGE_WITHIN);
        scene.learn_code(
            person,
            auth_id,
            &code.expect("the message comes once the gateway takes it"),
        );
    }
    let read = |number: &str| {
        receiver.wait_for_code(number, MESSAGE_WITHIN).expect("the message comes likewise")
    };
    scene.learn_text_codes(&confirmations, read);
    scene.steal("while codes live");
    scene.use_codes(&people);
    scene.use_text_codes(&confirmations);
    scene.steal("after use");
    scene.search();
}

#[test]
fn a_development_server_leaks_nothing_outside_its_inbox() {
    let mut scene = Scene::new("", true);
    let clock = Clock::of(scene.server.address());
    let people = scene.start();
    // A resend sends the same code again.
    clock.advance(31);
    for (index, (person, auth_id)) in people.iter().enumerate() {
        let method = if index.is_multiple_of(2) { "sms" } else { "totp" };
        assert_eq!(&scene.integrator.start(person, method), auth_id);
        let code = inbox_code(&scene.integrator, &person.number);
        scene.learn_code(person, auth_id, &code);
    }
    let confirmations = scene.start_text();
    let messages = confirmations.iter().map(|one| inbox_message(&scene.integrator, &one.number));
    let messages: Vec<_> = messages.collect();
    let texts: HashMap<_, _> = messages.iter().map(|m| (m.to.clone(), m.text.clone())).collect();
    scene.learn_text_codes(&confirmations, |number| texts[number].clone());
    scene.steal("while codes live");
    scene.use_codes(&people);
    scene.use_text_codes(&confirmations);
    let inbox = Inbox::of(scene.server.address());
    for message in &messages {
        assert_eq!(inbox.report(&message.id, "failed", Some("003")), "taken");
    }
    let from = &confirmations[0].number;
    let inbound = json!({ "to": "1234", "from": from, "text": text::INBOUND_TEXT });
    assert_eq!(inbox.post("/dev/inbox/inbound", &inbound).status, 200);
    let broken = json!({ "to": "1234", "from": format!("{from}x"), "text": text::INBOUND_TEXT });
    assert_eq!(inbox.post("/dev/inbox/inbound", &broken).status, 422);
    // What was left open expires.
    clock.advance(400);
    let (left_open, _) = &people[PEOPLE / 2];
    let _ = scene.integrator.check(left_open, &scene.secrets.codes[PEOPLE / 2].0).failed("EXPIRED");
    scene.steal("after expiry");
    // The password of the account `dev` belongs into the newcomer's banner and nowhere else.
    let dev = fs::read(scene.server.folder().file("dev.json")).expect("--dev writes dev.json");
    let dev: Value = serde_json::from_slice(&dev).expect("dev.json is JSON");
    let mut needles = Needles::default();
    needles.text("the password of dev", dev["password"].as_str().expect("a documented member"));
    let log = scene.server.process().output().stderr.join("\n");
    assert_eq!(needles.found_in(log.as_bytes()), Vec::<String>::new());
    scene.search();
}

/// Waits for a message to `number`.
fn inbox_message(integrator: &Integrator, number: &str) -> Message {
    let target = format!("/dev/inbox?to={}&after=0&wait_seconds=8", number.replace('+', "%2B"));
    let answer: Value = serde_json::from_str(&integrator.page(&target)).expect("the inbox is JSON");
    let message = &answer["messages"][0];
    let text = |name: &str| message[name].as_str().expect("a message comes").to_owned();
    Message { seq: 0, id: text("id"), to: text("to"), from: text("from"), text: text("text") }
}

/// Waits for a message to `number` and gives its code.
fn inbox_code(integrator: &Integrator, number: &str) -> String {
    let text = inbox_message(integrator, number).text;
    text.rsplit(' ').next().expect("the code is the last word").to_owned()
}

fn unhex(text: &str) -> Vec<u8> {
    let digit =
        |byte: u8| char::from(byte).to_digit(16).expect("root.key holds hexadecimal digits");
    let byte =
        |pair: &[u8]| u8::try_from(digit(pair[0]) * 16 + digit(pair[1])).expect("two digits");
    text.as_bytes().chunks_exact(2).map(byte).collect()
}
