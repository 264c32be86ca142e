//! Providers over HTTP: what each is asked by its own contract, and what is believed of its calls.

mod aws;
mod feedback;
mod generic;
mod infobip;
mod messente;
mod signatures;
mod twilio;
mod vonage;

use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::provider::Asked;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::world::{ACCOUNT_A, CONFIG, U1_NUMBER, fixture_folder};
use std::time::{Duration, Instant};

/// The server as the provider knows it.
const PUBLIC: &str = "https://verify.example.com";
/// Nothing that the server prints may hold it.
const SECRET: &str = "5ec2e7-0f-the-provider";
const TEXT: &str = "Tere & õ €!";

/// A server whose one gateway is `gw`.
struct Scene {
    server: Server,
    caller: TextCaller,
}

impl Scene {
    /// Starts it; the secret is the variable `secret` of the gateway.
    #[track_caller]
    fn start(kind: &str, secret: &str, keys: &str) -> Self {
        Self::with_files(kind, secret, keys, &[])
    }

    /// The same, with files that the keys name as `DIR/NAME`.
    #[track_caller]
    fn with_files(kind: &str, secret: &str, keys: &str, files: &[(&str, &str)]) -> Self {
        let folder = fixture_folder("");
        for (name, text) in files {
            std::fs::write(folder.root().join(name), text).expect("our own folder can be written");
        }
        let keys = keys.replace("DIR", &folder.root().display().to_string());
        let server = format!("[server]\npublic_url = \"{PUBLIC}\"\n");
        let gateway = format!("[[gateway]]\nname = \"gw\"\nkind = \"{kind}\"\n{keys}");
        folder.write_config(&format!("{CONFIG}{server}{gateway}"));
        // With an inbox behind it, the store can be taken away.
        let dev = keys.contains("kind = \"inbox\"");
        let options = ServerOptions { dev, ..ServerOptions::dev(folder) };
        let options = match secret {
            "" => options,
            name => options.env(&format!("RINGPROOF_GATEWAY__GW__{name}"), SECRET),
        };
        let server = Server::start(options);
        let caller = TextCaller::new(server.address(), ACCOUNT_A);
        Self { server, caller }
    }

    /// Sends the text; gives its id for `get_dlr_response`.
    #[track_caller]
    fn send(&self) -> String {
        self.caller.sms(U1_NUMBER, TEXT, &[]).taken()
    }

    #[track_caller]
    fn call(&self, request: &Request) -> Response {
        Client::new(self.server.address()).send(request).expect("an answer")
    }

    /// Insists that a call is answered as a path that is not there.
    #[track_caller]
    fn is_unknown(&self, request: &Request) {
        let unknown = Request { target: "/dlr/nobody/x".to_owned(), ..request.clone() };
        let (answer, unknown) = (self.call(request), self.call(&unknown));
        assert_eq!((answer.status, answer.text()), (404, unknown.text()), "{}", request.target);
        assert_eq!(unknown.status, 404);
    }

    #[track_caller]
    fn is_heard(&self, request: &Request) {
        let answer = self.call(request);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Insists on the state of a message. All answers come after the commit, so
    /// there is nothing to wait for but the hand-over.
    #[track_caller]
    fn has_state(&self, id: &str, line: &str) {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let state = self.caller.state(id).text;
            if state == line {
                return;
            }
            let is_early = state == "FAILED 102" || state == "OK SENT";
            assert!(is_early && Instant::now() < deadline, "it is {state} and not {line}");
        }
    }

    /// Receipts of this state so far.
    #[track_caller]
    fn receipts(&self) -> Vec<String> {
        let metrics = self.call(&Request::new("GET", "/metrics")).text();
        let lines = metrics.lines().filter(|line| line.starts_with("ringproof_receipts_total"));
        lines.map(str::to_owned).collect()
    }

    /// Insists that neither secret nor text was printed.
    #[track_caller]
    fn prints_no_secret(&self) {
        let printed = self.server.printed();
        for word in [SECRET, TEXT, U1_NUMBER, &U1_NUMBER[1..]] {
            assert!(!printed.contains(word), "{word} was printed:\n{printed}");
        }
    }
}

/// The path of an address for receipts, checked: below the public one, with a tag of 43 characters.
#[track_caller]
fn path_of(url: &str) -> String {
    let path = url.strip_prefix(PUBLIC).expect("it is below the public address");
    let tag = path.strip_prefix("/dlr/gw/").expect("it is that of the gateway");
    assert_eq!(tag.len(), 43, "{tag}");
    path.to_owned()
}

/// The same path with a tag that is wrong in its last character but one.
fn with_wrong_tag(path: &str) -> String {
    let (rest, last) = path.split_at(path.len() - 2);
    let other = if last.starts_with('A') { "B" } else { "A" };
    format!("{rest}{other}{}", &last[1..])
}

/// What every request says of us and of its content.
#[track_caller]
fn checks_head(asked: &Asked, target: &str, content: &str) {
    assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", target));
    assert_eq!(asked.header("content-type"), content);
    assert!(asked.header("user-agent").starts_with("ringproof/"));
}

/// Fields of a form by name, each once.
#[track_caller]
fn field<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    let mut found = fields.iter().filter(|(n, _)| n == name);
    let (Some((_, value)), None) = (found.next(), found.next()) else {
        panic!("there is not one field {name}: {fields:?}");
    };
    value
}

const FORM: &str = "application/x-www-form-urlencoded";
