//! What must be there before an example of the widget runs: sessions of browsers, codes, answers.

use std::sync::atomic::{AtomicU32, Ordering};

use ringproof_blackbox::http::{Request, Response};
use ringproof_blackbox::widget::{Page, Visitor, encoded, sign_2, solve};
use serde_json::json;

use crate::scene::{SECRET, Scene, Stage, sample};

const CALLBACK: &str = "http://127.0.0.1:3000/back";
/// Signed requests of one address within ten minutes, and more.
const MORE_THAN_ENOUGH: usize = 100;

/// Makes what the example speaks of.
pub(crate) fn arrange(scene: &Scene, stage: &mut Stage, key: &str) {
    match key {
        "readWidgetSession.code" | "changeWidgetNumber.done" => {
            Visit::begin(scene).ask(stage).show(stage);
        }
        "resendWidgetCode.done" => Visit::begin(scene).ask(stage).show(stage).pay(stage),
        "sendWidgetCode.done" => Visit::begin(scene).show(stage).pay(stage),
        "checkWidgetCode.verified" | "checkWidgetCode.wrong" => {
            Visit::begin(scene).ask(stage).show(stage);
            stage.set(sample::PIN, scene.world.inbox.next(&stage.phone).pin());
        }
        "readWidgetSession.end" => {
            let mut visit = Visit::begin(scene).show(stage);
            let _ = visit.browser.submit(&visit.page.form("cancel"), &[]);
        }
        "confirmWidgetAnswer.confirmed" => answered(scene, stage),
        "confirmWidgetAnswer.already_confirmed" => {
            answered(scene, stage);
            let vid = stage.real(sample::SESSION);
            let _ = stage.caller.post("/v1/widget/confirm", &json!({ "vid": vid })).expect(200);
        }
        _ => match key.split_once('.') {
            Some(("openWidget", name)) => enter(scene, stage, name),
            Some((
                "readWidgetSession" | "sendWidgetCode" | "resendWidgetCode" | "checkWidgetCode"
                | "changeWidgetNumber" | "cancelWidget",
                _,
            )) => drop(Visit::begin(scene).show(stage)),
            _ => {}
        },
    }
}

/// The lines sign by themselves; they are told the time of the server, which other examples have moved.
fn enter(scene: &Scene, stage: &mut Stage, name: &str) {
    stage.set("$(date +%s)", scene.world.clock.now().as_second().to_string());
    let mut browser = Visitor::of(scene.world.server.address());
    match name {
        "used" => {
            let nonce = new_nonce();
            assert_eq!(request(scene, &mut browser, &nonce).status, 303);
            stage.set("$(openssl rand -hex 16)", nonce);
        }
        "too_many" => {
            let is_refused = |_| request(scene, &mut browser, &new_nonce()).status == 429;
            assert!((0..MORE_THAN_ENOUGH).any(is_refused), "signed requests have a limit");
        }
        _ => {}
    }
}

/// A session that was answered with the right code; its id is that of the answer.
fn answered(scene: &Scene, stage: &mut Stage) {
    let mut visit = Visit::begin(scene).ask(stage);
    let pin = scene.world.inbox.next(&stage.phone).pin();
    let answer = visit.browser.code(&visit.page, &pin).answer();
    stage.set(sample::SESSION, answer.value("vid"));
    // The account of the examples is that of a shop.
    stage.set("\"user\":\"shop\"", "\"user\":\"open\"");
}

/// One that was not used.
fn new_nonce() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{:032x}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// What a site sends the browser with.
fn request(scene: &Scene, browser: &mut Visitor, nonce: &str) -> Response {
    browser.send(Request::new("GET", &address(scene, nonce)))
}

fn address(scene: &Scene, nonce: &str) -> String {
    let exp = (scene.world.clock.now().as_second() + 600).to_string();
    let mut pairs = vec![
        ("callback_url", CALLBACK),
        ("exp", &exp),
        ("nonce", nonce),
        ("user", "open"),
        ("version", "2"),
    ];
    let sig = sign_2(SECRET, "request", &pairs);
    pairs.push(("sig", &sig));
    format!("/widget?{}", encoded(&pairs))
}

/// A browser at a page of its session.
struct Visit {
    browser: Visitor,
    page: Page,
    id: String,
}

impl Visit {
    fn begin(scene: &Scene) -> Self {
        let mut browser = Visitor::of(scene.world.server.address());
        let page = browser.go(Request::new("GET", &address(scene, &new_nonce())));
        let id = page.path.strip_prefix("/widget/s/").expect("the session began").to_owned();
        Self { browser, page, id }
    }

    /// Has a code sent to the number of the stage.
    fn ask(mut self, stage: &Stage) -> Self {
        self.page = self.browser.ask(&self.page, &stage.phone);
        self
    }

    /// Puts what the page has in the places of what is made up.
    fn show(self, stage: &mut Stage) -> Self {
        stage.set(sample::SESSION, self.id.clone());
        stage.set(sample::SESSION_COOKIE, self.browser.cookies[0].1.clone());
        stage.set(sample::FORM_TOKEN, self.page.form("cancel").value("token"));
        self
    }

    /// Does the work that the next message costs.
    fn pay(self, stage: &mut Stage) {
        let forms = ["number", "resend"];
        let form = forms.iter().find_map(|act| self.page.try_form(act)).expect("a message to ask");
        let challenge = form.value("challenge");
        stage.set(sample::CHALLENGE, challenge);
        stage.set(sample::SOLUTION, solve(challenge));
    }
}
