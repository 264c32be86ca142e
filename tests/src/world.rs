//! The fixture of the conformance cases, fresh for every test.
//!
//! Accounts, services and users are made once per test program, through the
//! command line and the API as an operator and an integrator would. Each test
//! then runs its own server on its own copy of that data folder, so no test
//! can see what another did, and no time is spent making the same things anew.

use crate::caller::Caller;
use crate::cli;
use crate::clock::Clock;
use crate::faults::Faults;
use crate::folder::Folder;
use crate::inbox::{Inbox, Message};
use crate::metrics;
use crate::operator;
use crate::server::{Server, ServerOptions};
use crate::text::TextCaller;
use serde_json::Value;
use std::cell::Cell;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

/// Credentials of account A; its password contains a colon.
pub const ACCOUNT_A: &str = "acme-api:s3cr3t:pw";
/// Credentials of account B.
pub const ACCOUNT_B: &str = "rival-api:other-pw";
/// Number of user U1 (and nobody else).
pub const U1_NUMBER: &str = "+37255500123";
/// Number of user U2.
pub const U2_NUMBER: &str = "+37255500222";
/// Number of user U3, of account B.
pub const U3_NUMBER: &str = "+37255500333";
/// A UUID that names nothing.
pub const NONE: &str = "00000000-0000-4000-8000-000000000000";
/// How long [`World::wait_until`] waits.
const COMES_TRUE_WITHIN: Duration = Duration::from_secs(20);
/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Configuration of every world: the fixture's passwords are short.
pub const CONFIG: &str = "[auth]\npassword_length_min = 8\n";

/// What one test works with: a server of its own and the fixture on it.
pub struct World {
    /// The server.
    pub server: Server,
    /// Caller with the credentials of account A.
    pub a: Caller,
    /// Caller with the credentials of account B.
    pub b: Caller,
    /// Plain-text calls with the credentials of account A.
    pub text_a: TextCaller,
    /// Plain-text calls with the credentials of account B.
    pub text_b: TextCaller,
    /// Messages as the persons receive them.
    pub inbox: Inbox,
    /// The server's clock.
    pub clock: Clock,
    /// Switches that break the server's parts.
    pub faults: Faults,
    /// Service `Example Shop` of A, with user U1.
    pub s1: &'static str,
    /// Service `Second` of A, with user U2.
    pub s2: &'static str,
    /// Service of B, with user U3.
    pub s3: &'static str,
    /// Service of A without users.
    pub s4: &'static str,
    /// User of S1, `jane@shop.example`.
    pub u1: &'static str,
    /// User of S2.
    pub u2: &'static str,
    /// User of S3.
    pub u3: &'static str,
    markers: Cell<u32>,
}

/// What is made once and copied.
struct Template {
    folder: Folder,
    marker_credentials: String,
    marker_service: String,
    s1: String,
    s2: String,
    s3: String,
    s4: String,
    u1: String,
    u2: String,
    u3: String,
}

impl World {
    /// Starts a fresh world.
    #[track_caller]
    pub fn fresh() -> Self {
        Self::configured("")
    }

    /// Starts a fresh world with more configuration (not the `[auth]` table).
    #[track_caller]
    pub fn configured(config: &str) -> Self {
        Self::prepared(config, |_| {})
    }

    /// Starts a fresh world on a data folder on which `prepare` ran first.
    #[track_caller]
    pub fn prepared(config: &str, prepare: impl FnOnce(&Folder)) -> Self {
        let folder = fixture_folder(config);
        prepare(&folder);
        Self::start(ServerOptions::dev(folder))
    }

    /// Starts a world as `options` say, on a copy made by [`fixture_folder`].
    #[track_caller]
    pub fn start(options: ServerOptions) -> Self {
        let server = Server::start(options);
        let template = template();
        let address = server.address();
        Self {
            server,
            a: Caller::new(address, ACCOUNT_A),
            b: Caller::new(address, ACCOUNT_B),
            text_a: TextCaller::new(address, ACCOUNT_A),
            text_b: TextCaller::new(address, ACCOUNT_B),
            inbox: Inbox::of(address),
            clock: Clock::of(address),
            faults: Faults::of(address),
            s1: &template.s1,
            s2: &template.s2,
            s3: &template.s3,
            s4: &template.s4,
            u1: &template.u1,
            u2: &template.u2,
            u3: &template.u3,
            markers: Cell::new(0),
        }
    }

    /// Starts the server again, after it was stopped or killed, on the same data.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.server.start_again();
        let address = self.server.address();
        self.a = Caller::new(address, ACCOUNT_A);
        self.b = Caller::new(address, ACCOUNT_B);
        self.text_a = TextCaller::new(address, ACCOUNT_A);
        self.text_b = TextCaller::new(address, ACCOUNT_B);
        self.inbox = Inbox::of(address);
        self.clock = Clock::of(address);
        self.faults = Faults::of(address);
    }

    /// Makes a caller without credentials.
    pub fn anonymous(&self) -> Caller {
        Caller::anonymous(self.server.address())
    }

    /// Makes a caller with other credentials.
    pub fn caller(&self, credentials: &str) -> Caller {
        Caller::new(self.server.address(), credentials)
    }

    /// Starts an authentication of U1 by SMS and gives the PIN from the message.
    #[track_caller]
    pub fn start_u1(&self) -> String {
        self.a.start(self.s1, self.u1).started(201);
        self.pin_of_u1()
    }

    /// Waits for the next message to U1 and gives its PIN.
    #[track_caller]
    pub fn pin_of_u1(&self) -> String {
        self.inbox.next(U1_NUMBER).pin()
    }

    /// Checks a PIN for U1.
    #[track_caller]
    pub fn check_u1(&self, token: &str) -> crate::answer::Answer {
        self.a.check(self.s1, self.u1, token)
    }

    /// Gives all messages sent so far, oldest first.
    ///
    /// To know that nothing more is under way, a marker is sent to a person
    /// nobody else uses and waited for; everything before it has arrived then.
    #[track_caller]
    pub fn messages(&self) -> Vec<Message> {
        let template = template();
        let count = self.markers.get() + 1;
        self.markers.set(count);
        let number = marker_number(count);
        let marker = self.caller(&template.marker_credentials);
        let user = marker.new_user(&template.marker_service, &format!("marker {count}"), &number);
        marker.start(&template.marker_service, &user).started(201);
        self.inbox.next(&number);
        let mut messages = self.inbox.all();
        messages.retain(|message| !message.to.starts_with(MARKER_PREFIX));
        messages
    }

    /// Gives the PINs sent to U1 so far, oldest first.
    #[track_caller]
    pub fn pins_sent_to_u1(&self) -> Vec<String> {
        self.messages().iter().filter(|message| message.to == U1_NUMBER).map(Message::pin).collect()
    }

    /// Starts the confirmation of a number by account A and gives its id.
    #[track_caller]
    pub fn start_number(&self, to: &str) -> String {
        self.text_a.start(to, &[]).started()
    }

    /// Waits until the condition holds.
    #[track_caller]
    pub fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + COMES_TRUE_WITHIN;
        while !holds(self) {
            assert!(Instant::now() < deadline, "not in time: {what}");
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Waits until the state of a message of account A (S2) is this line.
    #[track_caller]
    pub fn wait_for_state(&self, id: &str, line: &str) {
        self.wait_until(line, |world| world.text_a.state(id).text == line);
    }

    /// Reads `/metrics`.
    #[track_caller]
    pub fn metrics(&self) -> String {
        metrics::read(self.server.address())
    }

    /// Adds up the values of one metric over all its labels; 0 if absent.
    #[track_caller]
    pub fn metric(&self, name: &str) -> f64 {
        self.labelled_metric(name, "")
    }

    /// Adds up the values of one metric over all its labels with this text,
    /// for example `outcome="retried"`; 0 if absent.
    #[track_caller]
    pub fn labelled_metric(&self, name: &str, label: &str) -> f64 {
        metrics::sum(&self.metrics(), name, label)
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if thread::panicking() {
            let printed = self.server.printed();
            let lines: Vec<_> = printed.lines().collect();
            let last = lines.len().saturating_sub(40);
            eprintln!("--- the server's last lines\n{}", lines[last..].join("\n"));
        }
    }
}

/// Gives the `n`th PIN that is certainly not `pin`: six digits, the first not 0.
#[track_caller]
pub fn wrong_pin(pin: &str, n: u32) -> String {
    let pin: u32 = pin.parse().expect("a PIN is a number");
    assert!((1..900_000).contains(&n), "there are 899,999 wrong PINs");
    (100_000 + (pin - 100_000 + n) % 900_000).to_string()
}

/// Makes a copy of the fixture's data folder, ready for a server.
#[track_caller]
pub fn fixture_folder(config: &str) -> Folder {
    Folder::copy_of(&template().folder, &format!("{CONFIG}{config}"))
}

const MARKER_PREFIX: &str = "+3725559";

fn marker_number(count: u32) -> String {
    format!("{MARKER_PREFIX}{count:04}")
}

fn template() -> &'static Template {
    static TEMPLATE: OnceLock<Template> = OnceLock::new();
    TEMPLATE.get_or_init(make_template)
}

fn make_template() -> Template {
    let folder = Folder::with_config(CONFIG);
    for (name, password) in [("acme-api", "s3cr3t:pw"), ("rival-api", "other-pw")] {
        let args =
            ["account", "create", name, "--compat", "--countries", "all", "--password-stdin"];
        let _ = cli::run_with_input(&folder, &args, &format!("{password}\n")).succeeded();
    }
    operator::set(&folder, "acme-api", &["--senders", "Verigator,ExampleCo"]);
    for account in ["acme-api", "rival-api"] {
        let plain = ["--number-profile", "standard", "--trust-cookies", "off"];
        operator::set(&folder, account, &[&plain[..], &["--home-country", "EE"]].concat());
    }
    let marker_credentials = new_account(&folder, "marker-api", &["--countries", "all"]);
    let mut server = Server::start(ServerOptions::dev(folder.clone()));
    let a = Caller::new(server.address(), ACCOUNT_A);
    let b = Caller::new(server.address(), ACCOUNT_B);
    let (s1, s2, s4) =
        (a.new_service("Example Shop"), a.new_service("Second"), a.new_service("Empty"));
    let s3 = b.new_service("Rival Shop");
    let u1 = a.new_user(&s1, "jane@shop.example", U1_NUMBER);
    let u2 = a.new_user(&s2, "second", U2_NUMBER);
    let u3 = b.new_user(&s3, "rival", U3_NUMBER);
    let marker_service = Caller::new(server.address(), &marker_credentials).new_service("Markers");
    assert!(server.stop().success(), "the server should end well:\n{}", server.printed());
    Template { folder, marker_credentials, marker_service, s1, s2, s3, s4, u1, u2, u3 }
}

/// Makes an account with a password issued by the server and gives its credentials.
#[track_caller]
pub fn new_account(folder: &Folder, name: &str, options: &[&str]) -> String {
    let finished =
        cli::run(folder, &[&["account", "create", name, "--json"], options].concat()).succeeded();
    let account: Value = serde_json::from_str(finished.stdout.trim()).expect("one line of JSON");
    assert_eq!(account["username"], name);
    format!("{name}:{}", account["password"].as_str().expect("the password is told once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_pins_are_well_formed_all_different_and_never_right() {
        for pin in ["100000", "999999", "123456"] {
            let wrong: std::collections::HashSet<_> = (1..=50).map(|n| wrong_pin(pin, n)).collect();
            assert_eq!(wrong.len(), 50);
            assert!(
                !wrong.contains(pin)
                    && wrong.iter().all(|pin| pin.len() == 6 && !pin.starts_with('0'))
            );
        }
        assert_eq!(wrong_pin("999999", 1), "100000");
    }
}
