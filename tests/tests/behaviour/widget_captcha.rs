//! A captcha of others beside the proof of work: its provider is asked, and nothing
//! is sent where it does not say yes.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::widget::{Page, Visitor, solve};
use ringproof_blackbox::world::{CONFIG, World, fixture_folder};

use crate::widget::{NUMBER, enter, site};

const SECRET: &str = "captcha-secret-71b2";

/// The provider: gives these answers in turn, and tells what it was asked.
struct Provider {
    url: String,
    asked: Receiver<String>,
}

impl Provider {
    fn with(answers: Vec<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/siteverify", listener.local_addr().expect("an address"));
        let (tell, asked) = sync_channel(16);
        thread::spawn(move || answer(&listener, answers, &tell));
        Self { url, asked }
    }

    /// The form of the next question.
    #[track_caller]
    fn next(&self) -> String {
        self.asked.recv_timeout(Duration::from_secs(10)).expect("it is asked")
    }
}

fn answer(listener: &TcpListener, answers: Vec<&'static str>, tell: &SyncSender<String>) {
    for answer in answers {
        let Ok((mut stream, _)) = listener.accept() else { return };
        let mut reader = BufReader::new(stream.try_clone().expect("a handle"));
        let (mut line, mut length) = (String::new(), 0);
        while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
            let lower = line.to_ascii_lowercase();
            if let Some(value) = lower.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a number");
            }
            line.clear();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).expect("the form");
        let _ = tell.send(String::from_utf8_lossy(&body).into_owned());
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n";
        let _ = write!(stream, "{head}content-length: {}\r\n\r\n{answer}", answer.len());
    }
}

#[track_caller]
fn world(provider: &Provider, more: &str) -> World {
    let config = format!(
        "[widget.captcha]\nkind = \"turnstile\"\nsite_key = \"site-key-1\"\nverify_url = \"{}\"\n{more}",
        provider.url
    );
    let folder = fixture_folder("");
    let _ = site(&folder, &[]);
    // The commands above run without the secret.
    folder.write_config(&format!("{CONFIG}{config}"));
    World::start(ServerOptions::dev(folder).env("RINGPROOF_WIDGET__CAPTCHA__SECRET", SECRET))
}

/// Asks for a message with the work done and this proof of a person.
#[track_caller]
fn ask(visitor: &mut Visitor, page: &Page, proof: &str) -> Page {
    let form = page.form("number");
    let solution = solve(form.value("challenge"));
    let filled = [
        ("country", "EE"),
        ("phone", NUMBER),
        ("solution", &solution),
        ("cf-turnstile-response", proof),
    ];
    visitor.submit(&form, &filled)
}

#[test]
fn message_goes_out_when_the_provider_says_yes() {
    let provider =
        Provider::with(vec![r#"{"success":false}"#, r#"{"success":true,"hostname":"x"}"#]);
    let world = world(&provider, "");
    let mut visitor = Visitor::of(world.server.address());
    let page = enter(&mut visitor);
    assert!(page.text().contains("site-key-1"), "{}", page.text());
    // Nothing to ask about.
    assert!(ask(&mut visitor, &page, "").try_form("number").is_some());
    assert!(ask(&mut visitor, &page, "a&b=c").try_form("number").is_some());
    assert_eq!(provider.next(), format!("secret={SECRET}&response=a%26b%3Dc&remoteip=127.0.0.1"));
    assert_eq!(world.messages(), []);
    assert!(ask(&mut visitor, &page, "proof").try_form("code").is_some());
    provider.next();
    world.inbox.next(NUMBER).pin();
}

#[test]
fn captcha_stands_beside_the_work_and_does_not_replace_it() {
    let provider = Provider::with(vec![r#"{"success":true}"#; 3]);
    let world = world(&provider, "\n[widget]\nattack = \"on\"\n");
    let mut visitor = Visitor::of(world.server.address());
    let page = enter(&mut visitor);
    let filled = [("country", "EE"), ("phone", NUMBER), ("cf-turnstile-response", "proof")];
    assert!(visitor.submit(&page.form("number"), &filled).try_form("number").is_some());
    assert_eq!(world.messages(), []);
    assert!(provider.asked.try_recv().is_err(), "that it is refused anyway costs no question");
    // A number that is none.
    let typed = [("country", "EE"), ("phone", "12x"), ("cf-turnstile-response", "proof")];
    let page = visitor.submit(&page.form("number"), &typed);
    assert!(provider.asked.try_recv().is_err());
    assert!(ask(&mut visitor, &page, "proof").try_form("code").is_some());
    provider.next();
}

#[test]
fn provider_that_does_not_answer_keeps_messages_back() {
    for broken in ["", "yes", r#"{"success":"true"}"#, "[true]"] {
        let provider = Provider::with(vec![broken]);
        let world = world(&provider, "");
        let mut visitor = Visitor::of(world.server.address());
        let page = enter(&mut visitor);
        assert!(ask(&mut visitor, &page, "proof").try_form("number").is_some(), "{broken}");
        provider.next();
        world.server.has_printed("the captcha's provider could not be asked");
        assert_eq!(world.messages(), []);
    }
}

#[test]
fn captcha_for_attacks_is_asked_for_under_attack_only() {
    let provider = Provider::with(vec![r#"{"success":true}"#]);
    let world = world(&provider, "when = \"attack\"\n");
    let mut visitor = Visitor::of(world.server.address());
    let page = enter(&mut visitor);
    assert!(!page.text().contains("site-key-1"));
    assert!(visitor.ask(&page, NUMBER).try_form("code").is_some());
    let provider = Provider::with(vec![r#"{"success":true}"#]);
    let world = self::world(&provider, "when = \"attack\"\n\n[widget]\nattack = \"on\"\n");
    let mut visitor = Visitor::of(world.server.address());
    let page = enter(&mut visitor);
    assert!(page.text().contains("site-key-1"));
    assert!(ask(&mut visitor, &page, "proof").try_form("code").is_some());
    provider.next();
}
