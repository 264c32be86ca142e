//! A person asks for a message: to a number, or once more to the same.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use http::{Request, Response};
use verify::Timestamp;
use verify::engine::confirm::{self, ConfirmContext, ConfirmRequest};
use verify::engine::widget::{
    self as rules, MESSAGES_MAX, REPEAT_PAUSE, SendOutcome, SendRequest, Work,
};
use verify::engine::{Decision, Keys, Snapshot};
use verify::entropy::Entropy;
use verify::limits::{CODE_MESSAGE_PARTS_MAX, CONFIRMATION_CHARS_MAX};
use verify::message::Template;
use verify::phone::{Country, PhoneNumber};
use verify::policy::Policy;
use verify::record::{BrowserTrace, Notice, NoticeKind, TypedNumber, WidgetSession, WidgetStep};
use verify::text::segments;
use verify::widget::target::CallbackUrl;
use verify::widget::work;

use super::captcha::Captcha;
use super::show::{self, Turned};
use super::visit::{self, Posted};
use crate::app::App;
use crate::entropy::SystemEntropy;
use crate::http::auth::AccountEntry;
use crate::http::number::{browser, start};
use crate::http::sending::Sending;

/// Most of what was typed as a number that is shown again, in characters.
const TYPED_CHARS_MAX: usize = 32;

/// Messages that a page may be behind its session, which another tab has asked for;
/// its work is used up, but it was done.
const STARTS_BEHIND_MAX: u32 = 3;

/// `POST /widget/s/{id}/number`.
pub(super) async fn number(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    answer(&app, &id, request, Asked::Number).await
}

/// `POST /widget/s/{id}/resend`.
pub(super) async fn resend(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request<Body>,
) -> Response<Body> {
    answer(&app, &id, request, Asked::Resend).await
}

/// What is asked for.
#[derive(Clone, Copy)]
enum Asked {
    Number,
    Resend,
}

async fn answer(app: &Arc<App>, id: &str, request: Request<Body>, asked: Asked) -> Response<Body> {
    match visit::receive(app, id, request).await {
        Err((turned, headers)) => turned.into_response(app, &headers),
        Ok(posted) => match send(app, &posted, asked).await {
            Ok(path) => show::see(&path),
            Err(turned) => turned.into_response(app, &posted.headers),
        },
    }
}

/// Where a message is to go, with what was typed.
struct Destination {
    to: PhoneNumber,
    typed: Option<TypedNumber>,
}

/// Sends, and gives the path of the page that says what came of it.
async fn send(app: &Arc<App>, posted: &Posted, asked: Asked) -> Result<String, Turned> {
    let session = &posted.visit.session;
    let path = show::path(session);
    let destination = match (asked, &session.step) {
        (Asked::Resend, WidgetStep::Code { to, .. }) => Destination { to: *to, typed: None },
        (Asked::Number, WidgetStep::Number | WidgetStep::Code { .. }) => match typed(posted) {
            Ok(destination) => destination,
            Err((typed, country)) => {
                note(app, session, NoticeKind::NumberInvalid, Some(typed)).await?;
                let chosen = country.map(|country| format!("?country={country}"));
                return Ok(path + &chosen.unwrap_or_default());
            }
        },
        (Asked::Resend, WidgetStep::Number | WidgetStep::Done { .. })
        | (Asked::Number, WidgetStep::Done { .. }) => return Ok(path),
    };
    let (request, entry) = (request(app, posted, destination), &posted.visit.entry);
    if let Some(captcha) = captcha(app, posted).await? {
        // Its provider is not asked about what is refused without it.
        let (refused, sending) = transact(app, entry, request.clone(), rules::refuse).await?;
        if let Some(outcome) = refused {
            report(app, entry, outcome, &sending);
            return Ok(path);
        }
        // Nothing is begun before the captcha is solved, and until then takes no place.
        drop(sending);
        if let Err(kind) = captcha.check(&posted.params, posted.peer.address).await {
            app.metrics.verification(kind.as_str());
            note(app, session, kind, request.typed).await?;
            return Ok(path);
        }
    }
    let (outcome, sending) = transact(app, entry, request, rules::send).await?;
    report(app, entry, outcome, &sending);
    Ok(path)
}

/// The number: the one that cannot be changed, or what was typed with the country that
/// was chosen for it.
fn typed(posted: &Posted) -> Result<Destination, (TypedNumber, Option<Country>)> {
    let session = &posted.visit.session;
    if let Some(to) = session.phone.filter(|_| session.is_phone_locked) {
        return Ok(Destination { to, typed: None });
    }
    let field = |name| posted.params.text(name).ok().flatten().unwrap_or_default();
    let (text, country) = (field("phone"), Country::parse(field("country")));
    let to = match country {
        Some(country) => PhoneNumber::parse_national(text, country),
        None => PhoneNumber::parse(text),
    };
    let shown = text.chars().filter(|c| !c.is_control()).take(TYPED_CHARS_MAX);
    let typed = TypedNumber::new(shown.collect());
    match to {
        Some(to) => Ok(Destination { to, typed: Some(typed) }),
        None => Err((typed, country)),
    }
}

/// The captcha, where one is asked for.
async fn captcha<'a>(app: &'a App, posted: &Posted) -> Result<Option<&'a Captcha>, Turned> {
    let account = posted.visit.entry.account.id;
    let keys = Keys { widget_traffic: Some(account), ..Keys::default() };
    let traffic = app.store.read(keys).await?.widget_traffic;
    Ok(app.widget.captcha(&traffic, app.clock.now()))
}

fn request(app: &App, posted: &Posted, destination: Destination) -> SendRequest {
    let (session, entry) = (&posted.visit.session, &posted.visit.entry);
    let (account, policy) = (&entry.account, app.policy());
    let work = work(app, posted);
    let length = confirm::code_length(account.number_profile, None, &policy.codes);
    let sender = account.senders.first().unwrap_or(&policy.sender);
    let confirm = ConfirmRequest {
        subject: confirm::subject(&app.keyring, account.id, destination.to),
        length,
        lifetime: confirm::code_lifetime(account.number_profile, None, &policy.codes),
        template: template(app, entry, session, &policy, length.digits()),
        sender: sender.clone(),
        messages_max: MESSAGES_MAX,
        repeat_pause: REPEAT_PAUSE,
        browser: BrowserTrace::default(),
        trusted_for: None,
        addresses: Some(visit::addresses(app, posted.peer.address)),
        enforces_address_limits: true,
    };
    let attack = app.widget.attack();
    SendRequest { session: session.id, confirm, work, attack, typed: destination.typed }
}

/// What the browser paid (S-80).
fn work(app: &App, posted: &Posted) -> Work {
    let session = &posted.visit.session;
    let field = |name| posted.params.text(name).ok().flatten().unwrap_or_default();
    let (challenge, solution) = (field("challenge"), field("solution"));
    let (key, now) = (app.keyring.work_key(), app.clock.now());
    let oldest = session.starts.saturating_sub(STARTS_BEHIND_MAX);
    for start in (oldest..=session.starts).rev() {
        if let Some(bits) = work::done_bits(&key, session.id, start, challenge, solution, now) {
            return Work::Done { start, bits };
        }
    }
    let address = posted.peer.address.to_canonical();
    let (own, _) = browser::prefixes(address);
    Work::Nothing(app.keyring.scriptless_key(address, own))
}

/// The message. Where the account wants it, its last line ties the code to our host,
/// unless that makes it too long.
fn template(
    app: &App,
    entry: &AccountEntry,
    session: &WidgetSession,
    policy: &Policy,
    digits: u8,
) -> Template {
    let wants = entry.widget.as_ref().is_some_and(|widget| widget.settings.is_origin_bound);
    let bound = || {
        let own = app.widget.page_host().filter(|_| wants)?;
        if !session.is_framed {
            return policy.template.bound_to(own, None);
        }
        let callback = CallbackUrl::parse(&session.callback_url).ok()?;
        policy.template.bound_to(callback.host(), Some(own))
    };
    let fits = |template: &Template| {
        let longest = template.with_digits(digits);
        longest.chars().count() <= CONFIRMATION_CHARS_MAX
            && segments(&longest).parts <= CODE_MESSAGE_PARTS_MAX
    };
    bound().filter(fits).unwrap_or_else(|| policy.template.clone())
}

/// [`rules::send`] or [`rules::refuse`].
type SendRule<O> =
    fn(&Snapshot, &SendRequest, &ConfirmContext<'_>, Timestamp, &mut dyn Entropy) -> Decision<O>;

async fn transact<O: Send + 'static>(
    app: &App,
    entry: &Arc<AccountEntry>,
    request: SendRequest,
    decide: SendRule<O>,
) -> Result<(O, Sending), Turned> {
    let policy = app.policy();
    let guard = confirm::guard_policy(&policy, entry.account.number_profile);
    let (now, sending) = (app.clock.now(), Sending::of(app, entry));
    let way = sending.clone();
    let mut entropy = SystemEntropy::new();
    let keys = rules::send_keys(&request);
    let rule = move |snapshot: &_| {
        let context = ConfirmContext { policy: &policy, guard: guard.clone(), send: way.context() };
        decide(snapshot, &request, &context, now, &mut entropy)
    };
    Ok((app.store.transact(keys, rule).await?, sending))
}

/// Hands the message over, and says what happened.
fn report(app: &App, entry: &AccountEntry, outcome: SendOutcome, sending: &Sending) {
    let account = &entry.account.username;
    let SendOutcome::Asked { session, sent, refusal } = outcome else { return };
    if let Some((verification, message)) = sent {
        app.metrics.verification("started");
        tracing::info!(
            verification.id = %verification, account, widget.session = %session.id,
            "a code is sent for a session of the widget"
        );
        sending.offer(app, message);
        return;
    }
    let reason = match (&refusal, session.notice) {
        (Some(refusal), _) => start::label(refusal),
        (None, Some(Notice { kind, .. })) if is_unpaid(kind) => kind.as_str(),
        (None, _) => "echoed",
    };
    app.metrics.verification(reason);
    tracing::info!(account, widget.session = %session.id, reason, "a session of the widget sends no code");
}

/// Whether the page says that its message was not paid for: no work was done, or not
/// what is due by now.
fn is_unpaid(kind: NoticeKind) -> bool {
    kind == NoticeKind::WorkMissing || kind == NoticeKind::WorkAgain
}

/// Notes what the page is to say.
pub(super) async fn note(
    app: &App,
    session: &WidgetSession,
    kind: NoticeKind,
    typed: Option<TypedNumber>,
) -> Result<(), Turned> {
    let now = app.clock.now();
    let rule = move |snapshot: &_| rules::note(snapshot, kind, typed.as_ref(), now);
    app.store.transact(rules::session_keys(session.id), rule).await?;
    Ok(())
}
