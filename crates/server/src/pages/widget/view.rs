//! From what a page is to show to its markup.

use askama::Template;
use verify::phone::{Country, PhoneNumber};
use verify::record::{NoticeKind, WidgetStatus};
use verify::{SignedDuration, Timestamp};

use super::countries::{Choice, choices};
use super::text::Text;
use super::{Captcha, Form, Page, Screen, assets, headers, logo, theme};

/// What every page has around what it is about.
struct Layout<'a> {
    text: Text,
    title: String,
    site: &'a str,
    logo: Option<String>,
    assets: String,
    style: Option<String>,
    nonce: &'a str,
    /// The origin of the page that has this one in a frame.
    parent: Option<&'a str>,
    /// The script of the page, if it has one.
    script: Option<&'static str>,
    modules: &'static [&'static str],
    captcha: Option<&'a Captcha>,
    notice: Option<Alert>,
}

impl Layout<'_> {
    /// The attribute of what gets the focus. A browser does not give it to a frame of
    /// another origin by itself; there the script does.
    fn focus(&self) -> &'static str {
        if self.parent.is_some() { "data-focus" } else { "autofocus" }
    }
}

/// What happened, in words.
struct Alert {
    sentence: String,
    /// About what was typed: the field is at fault, and the person goes there.
    is_of_field: bool,
    /// Good news.
    is_good: bool,
}

#[derive(Template)]
#[template(path = "widget/number.html")]
struct NumberPage<'a> {
    l: Layout<'a>,
    form: Form<'a>,
    typed: &'a str,
    chosen: Option<Country>,
    countries: Vec<&'static Choice>,
    locked: Option<PhoneNumber>,
}

impl NumberPage<'_> {
    fn is_chosen(&self, choice: &Choice) -> bool {
        self.chosen == Some(choice.country)
    }
}

#[derive(Template)]
#[template(path = "widget/code.html")]
struct CodePage<'a> {
    l: Layout<'a>,
    form: Form<'a>,
    sent: (String, String),
    to: String,
    digits: u8,
    expires: Countdown,
    resend: Option<Countdown>,
    can_change: bool,
}

/// A time that comes, in words, and the seconds until then for the script.
struct Countdown {
    seconds: i64,
    sentence: String,
}

#[derive(Template)]
#[template(path = "widget/return.html")]
struct ReturnPage<'a> {
    l: Layout<'a>,
    action: &'a str,
    host: &'a str,
    fields: &'a [(&'static str, String)],
    automatic: bool,
}

#[derive(Template)]
#[template(path = "widget/end.html")]
struct EndPage<'a> {
    l: Layout<'a>,
    lead: String,
    reason: Option<&'static str>,
}

/// The markup of a page.
///
/// # Errors
/// Where a template cannot be filled, which is a fault in it.
pub(super) fn render(page: &Page<'_>, nonce: &str) -> Result<String, askama::Error> {
    let l = layout(page, nonce);
    match &page.screen {
        Screen::Number { form, typed, country, countries, locked } => {
            let countries = choices(page.language, countries);
            let chosen = chosen(page, typed, *country, &countries);
            let (form, locked) = (*form, *locked);
            NumberPage { l, form, typed, chosen, countries, locked }.render()
        }
        Screen::Code { form, to, digits, expires_at, resend_at, can_change } => CodePage {
            sent: l.text.around("code.sent", "phone"),
            form: *form,
            to: to.international(),
            digits: *digits,
            expires: countdown(page, "code.expires", "code.over", *expires_at),
            resend: resend_at.map(|at| countdown(page, "code.resend_in", "code.resend_now", at)),
            can_change: *can_change,
            l,
        }
        .render(),
        Screen::Return { action, callback_origin, fields, automatic, .. } => {
            let host = callback_origin.split_once("://").map_or(*callback_origin, |(_, host)| host);
            ReturnPage { l, action, host, fields, automatic: *automatic }.render()
        }
        Screen::Gone => EndPage { lead: l.text.get("gone.lead"), l, reason: None }.render(),
        Screen::Refused(refused) => EndPage {
            lead: l.text.get(&format!("refused.{}", refused.as_str())),
            l,
            reason: Some(refused.as_str()),
        }
        .render(),
    }
}

fn layout<'a>(page: &Page<'a>, nonce: &'a str) -> Layout<'a> {
    let text = Text(page.language);
    let notice = alert(page, text);
    let title = text.get(match &page.screen {
        Screen::Number { .. } => "number.title",
        Screen::Code { .. } => "code.title",
        Screen::Return { status: WidgetStatus::Verified, .. } => "return.verified",
        Screen::Return { status: WidgetStatus::Cancelled, .. } => "return.cancelled",
        Screen::Gone => "gone.title",
        Screen::Refused(_) => "refused.title",
    });
    let script = match &page.screen {
        Screen::Number { .. } | Screen::Code { .. } => Some("widget.js"),
        Screen::Return { .. } => Some("return.js"),
        Screen::Gone | Screen::Refused(_) => page.parent_origin.map(|_| "widget.js"),
    };
    Layout {
        text,
        title,
        site: page.site,
        logo: page.brand.logo.as_deref().and_then(logo::address),
        assets: assets::folder(),
        style: theme::style(page.brand),
        nonce,
        parent: page.parent_origin,
        script,
        modules: if script == Some("widget.js") { assets::modules() } else { &[] },
        captcha: page.captcha.filter(|_| headers::asks_for_a_message(&page.screen)),
        notice,
    }
}

fn alert(page: &Page<'_>, text: Text) -> Option<Alert> {
    let notice = page.notice?;
    let digits = match &page.screen {
        Screen::Code { digits, .. } => digits.to_string(),
        Screen::Number { .. } | Screen::Return { .. } | Screen::Gone | Screen::Refused(_) => {
            String::new()
        }
    };
    let sentence = text
        .with(&format!("notice.{}", notice.kind.as_str()), "digits", &digits)
        .replace("{in}", &text.until(page.now, notice.until));
    let (is_of_field, is_good) = match notice.kind {
        NoticeKind::NumberInvalid
        | NoticeKind::NumberRefused
        | NoticeKind::CountryRefused
        | NoticeKind::CodeIncomplete
        | NoticeKind::CodeWrong => (true, false),
        NoticeKind::NumberThrottled
        | NoticeKind::AddressThrottled
        | NoticeKind::Locked
        | NoticeKind::SendingFailed
        | NoticeKind::WorkMissing
        | NoticeKind::WorkAgain
        | NoticeKind::RoundOver
        | NoticeKind::ResendLater => (false, false),
        NoticeKind::Resent => (false, true),
    };
    Some(Alert { sentence, is_of_field, is_good })
}

/// The country that the list shows at first: that of the number, the likely one,
/// that of the language, or the only one.
fn chosen(
    page: &Page<'_>,
    typed: &str,
    likely: Option<Country>,
    countries: &[&'static Choice],
) -> Option<Country> {
    let whole = typed.trim_start().starts_with('+').then(|| PhoneNumber::parse(typed));
    let of_number = whole.flatten().and_then(|number| number.country());
    let candidates = [of_number, likely, page.language.country()];
    let only = (countries.len() == 1).then(|| countries.first()).flatten();
    let is_offered = |one: &Country| countries.iter().any(|choice| choice.country == *one);
    candidates.into_iter().flatten().find(is_offered).or(only.map(|choice| choice.country))
}

fn countdown(page: &Page<'_>, before: &str, after: &str, then: Timestamp) -> Countdown {
    let text = Text(page.language);
    let left = then.duration_since(page.now);
    let seconds = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    let sentence = if left > SignedDuration::ZERO {
        text.with(before, "in", &text.until(page.now, Some(then)))
    } else {
        text.get(after)
    };
    Countdown { seconds: seconds.max(0), sentence }
}
