//! Whole pages: their headers, and what of others' words is in them.

use http::HeaderMap;
use http_body_util::BodyExt as _;
use verify::SignedDuration;
use verify::entropy::SeededEntropy;
use verify::record::{Colour, NoticeKind};

use super::*;

/// What an attacker would like to see run.
const HOSTILE: &str = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>&amp;{{7*7}}";

const FORM: Form<'_> = Form {
    base: "/widget/s/0123456789abcdef0123456789abcdef",
    token: "t0ken",
    challenge: "8.1.ab",
};

fn now() -> Timestamp {
    Timestamp::from_second(1_764_000_000).unwrap()
}

fn number() -> PhoneNumber {
    PhoneNumber::parse("+37255500123").unwrap()
}

fn page<'a>(brand: &'a Brand, screen: Screen<'a>) -> Page<'a> {
    Page {
        brand,
        site: "Example Shop",
        language: Language::English,
        screen,
        notice: None,
        now: now(),
        parent_origin: None,
        captcha: None,
    }
}

fn number_screen<'a>(typed: &'a str, countries: &'a Countries) -> Screen<'a> {
    Screen::Number { form: FORM, typed, country: None, countries, locked: None }
}

fn code_screen() -> Screen<'static> {
    Screen::Code {
        form: FORM,
        to: number(),
        digits: 6,
        expires_at: now() + SignedDuration::from_secs(300),
        resend_at: Some(now() + SignedDuration::from_secs(30)),
        can_change: true,
    }
}

fn return_screen<'a>(fields: &'a [(&'static str, String)]) -> Screen<'a> {
    Screen::Return {
        action: "https://shop.example/back?a=1&b=2",
        callback_origin: "https://shop.example",
        fields,
        status: WidgetStatus::Verified,
        automatic: true,
    }
}

async fn shown(page: &Page<'_>) -> (StatusCode, HeaderMap, String) {
    let (head, body) = respond(page, &mut SeededEntropy::new(1)).into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (head.status, head.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

fn policy(headers: &HeaderMap) -> Vec<&str> {
    headers["content-security-policy"].to_str().unwrap().split("; ").collect()
}

#[tokio::test]
async fn every_page_is_locked_down() {
    let (brand, all) = (Brand::default(), Countries::All);
    let fields = [("status", "VERIFIED".to_owned())];
    for screen in [
        number_screen("", &all),
        code_screen(),
        return_screen(&fields),
        Screen::Gone,
        Screen::Refused(Refused::Signature),
    ] {
        let (_, headers, html) = shown(&page(&brand, screen)).await;
        for (name, value) in [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("content-type", "text/html; charset=utf-8"),
        ] {
            assert_eq!(headers[name], value);
        }
        let policy = policy(&headers);
        for directive in [
            "default-src 'none'",
            "script-src 'self'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types 'none'",
        ] {
            assert!(policy.contains(&directive), "{directive} in {policy:?}");
        }
        assert!(!policy.iter().any(|directive| directive.contains("unsafe")), "{policy:?}");
        assert!(!html.contains(" style=") && !html.contains(" onload="), "nothing inline");
    }
}

#[tokio::test]
async fn forms_go_to_ourselves_and_the_answer_to_its_callback() {
    let (brand, all) = (Brand::default(), Countries::All);
    let (_, headers, _) = shown(&page(&brand, number_screen("", &all))).await;
    assert!(policy(&headers).contains(&"form-action 'self'"));
    let fields = [("phone", "+37255500123".to_owned()), ("status", "VERIFIED".to_owned())];
    let (status, headers, html) = shown(&page(&brand, return_screen(&fields))).await;
    assert_eq!(status, StatusCode::OK);
    assert!(policy(&headers).contains(&"form-action 'self' https://shop.example"));
    assert!(html.contains(r#"method="post" action="https://shop.example/back?a=1&#38;b=2""#));
    assert!(html.contains(r#"<input type="hidden" name="phone" value="+37255500123">"#));
    assert!(html.contains("Continue to shop.example") && html.contains("data-automatic"));
    assert!(html.contains("return.js"));
}

#[tokio::test]
async fn only_the_origin_that_is_listed_has_the_page_in_a_frame() {
    let brand = Brand::default();
    let fields = [("status", "CANCELLED".to_owned())];
    let framed = Page {
        parent_origin: Some("https://shop.example"),
        ..page(&brand, return_screen(&fields))
    };
    let (_, headers, html) = shown(&framed).await;
    assert!(policy(&headers).contains(&"frame-ancestors https://shop.example"));
    assert!(policy(&headers).contains(&"form-action 'self'"));
    assert!(!headers.contains_key("cross-origin-opener-policy"));
    assert_eq!(headers["cross-origin-resource-policy"], "cross-origin");
    assert!(!html.contains("<form"), "the answer goes by a message, never by the form");
    assert!(html.contains(r#"data-parent="https://shop.example""#));
}

#[tokio::test]
async fn the_words_of_others_stay_words() {
    let brand = Brand { name: Some(HOSTILE.to_owned()), ..Brand::default() };
    let all = Countries::All;
    let fields = [("user", HOSTILE.to_owned())];
    let hostile_form = Form { base: HOSTILE, token: HOSTILE, challenge: HOSTILE };
    let captcha = Captcha {
        script_url: HOSTILE.to_owned(),
        origins: "https://captcha.example",
        site_key: HOSTILE.to_owned(),
        class: HOSTILE.to_owned(),
        field: HOSTILE.to_owned(),
    };
    let screens = [
        Screen::Number {
            form: hostile_form,
            typed: HOSTILE,
            country: None,
            countries: &all,
            locked: None,
        },
        Screen::Return {
            action: HOSTILE,
            callback_origin: HOSTILE,
            fields: &fields,
            status: WidgetStatus::Cancelled,
            automatic: false,
        },
        Screen::Gone,
    ];
    for screen in screens {
        for parent_origin in [None, Some(HOSTILE)] {
            let captcha = Some(&captcha);
            let screen = match &screen {
                Screen::Number { .. } => Screen::Number {
                    form: hostile_form,
                    typed: HOSTILE,
                    country: None,
                    countries: &all,
                    locked: None,
                },
                Screen::Return { .. } => Screen::Return {
                    action: HOSTILE,
                    callback_origin: HOSTILE,
                    fields: &fields,
                    status: WidgetStatus::Cancelled,
                    automatic: false,
                },
                Screen::Code { .. } | Screen::Gone | Screen::Refused(_) => Screen::Gone,
            };
            let page = Page { site: HOSTILE, parent_origin, captcha, ..page(&brand, screen) };
            let (_, headers, html) = shown(&page).await;
            assert!(!html.contains("<script>alert") && !html.contains("<img src=x"), "{html}");
            assert!(!html.contains("\"'>"), "{html}");
            let policy = headers["content-security-policy"].to_str().unwrap();
            assert!(!policy.contains("alert") && policy.contains("frame-ancestors 'none'"));
        }
    }
}

#[tokio::test]
async fn a_refusal_has_its_status_and_leads_nowhere() {
    let brand = Brand::default();
    let statuses = [
        (Refused::Signature, 403),
        (Refused::Version, 400),
        (Refused::Callback, 400),
        (Refused::CallbackNotRegistered, 403),
        (Refused::Parameters, 400),
        (Refused::Frame, 403),
        (Refused::Used, 409),
        (Refused::Expired, 403),
        (Refused::PlainHttp, 403),
        (Refused::TooMany, 429),
        (Refused::CrossSite, 403),
        (Refused::Unavailable, 503),
    ];
    assert_eq!(statuses.map(|(refused, _)| refused), Refused::ALL);
    for (refused, status) in statuses {
        for language in Language::ALL {
            let page = Page { language, ..page(&brand, Screen::Refused(refused)) };
            let (answered, _, html) = shown(&page).await;
            assert_eq!(answered.as_u16(), status);
            assert!(!html.contains("<form") && !html.contains("<a "), "{html}");
            let lead = text::Text(language).get(&format!("refused.{}", refused.as_str()));
            assert!(
                lead.len() > 20 && html.contains(&format!("<code>{}</code>", refused.as_str()))
            );
        }
    }
    assert_eq!(shown(&page(&brand, Screen::Gone)).await.0, StatusCode::GONE);
}

#[tokio::test]
async fn a_notice_is_read_first_and_belongs_to_the_field() {
    let brand = Brand::default();
    let wrong = Notice { kind: NoticeKind::CodeWrong, until: None };
    let (_, _, html) = shown(&Page { notice: Some(wrong), ..page(&brand, code_screen()) }).await;
    let sentence = "This code is wrong or no longer valid. Look at the newest message.";
    assert!(html.contains(&format!("<title>{sentence} – Enter the code – Example Shop</title>")));
    assert!(html.contains(r#"id="notice" role="alert""#));
    assert!(html.contains(r#"aria-describedby="notice expires" aria-invalid="true""#));
    let all = Countries::All;
    let until = Some(now() + SignedDuration::from_secs(240));
    let later = Notice { kind: NoticeKind::NumberThrottled, until };
    let screen = number_screen("555", &all);
    let (_, _, html) = shown(&Page { notice: Some(later), ..page(&brand, screen) }).await;
    assert!(html.contains("Too many messages went to this number. Try again in 4 minutes."));
    assert!(html.contains(r#"tabindex="-1" autofocus"#) && !html.contains("aria-invalid"));
}

#[tokio::test]
async fn the_country_is_that_of_the_number_else_the_likely_one_else_that_of_the_language() {
    let brand = Brand::default();
    let chosen = async |typed: &str, likely: &str, language, allowed: &str| {
        let countries = Countries::parse(allowed).unwrap();
        let country = Country::parse(likely);
        let screen =
            Screen::Number { form: FORM, typed, country, countries: &countries, locked: None };
        let (_, _, html) = shown(&Page { language, ..page(&brand, screen) }).await;
        let at = html.find(" selected").unwrap();
        let option = &html[html[..at].rfind("<option").unwrap()..at];
        option.split('"').nth(1).unwrap().to_owned()
    };
    let english = Language::English;
    assert_eq!(chosen("+37255500123", "US", english, "all").await, "EE");
    assert_eq!(chosen("5550", "LV", english, "all").await, "LV");
    assert_eq!(chosen("5550", "", Language::Estonian, "all").await, "EE");
    assert_eq!(chosen("", "", english, "all").await, "");
    assert_eq!(chosen("", "", english, "FI").await, "FI");
    assert_eq!(chosen("+37255500123", "LV", english, "FI,SE").await, "");
}

#[tokio::test]
async fn a_locked_number_is_shown_and_cannot_be_changed() {
    let (brand, countries) = (Brand::default(), Countries::All);
    let screen = Screen::Number {
        form: FORM,
        typed: "",
        country: None,
        countries: &countries,
        locked: Some(number()),
    };
    let (_, _, html) = shown(&page(&brand, screen)).await;
    assert!(html.contains("+372 5550 0123") && !html.contains("<select"));
    assert!(html.contains(r#"<input type="hidden" name="phone" value="+37255500123">"#));
}

#[tokio::test]
async fn what_was_typed_stands_in_the_field_as_it_was() {
    let (brand, countries) = (Brand::default(), Countries::All);
    let (_, _, html) = shown(&page(&brand, number_screen("+37255500123", &countries))).await;
    assert!(html.contains(r#"required value="+37255500123""#));
}

#[tokio::test]
async fn the_colours_of_an_account_are_let_through_by_a_nonce_of_the_page() {
    let accent = Some(Colour([0xff, 0xdd, 0x00]));
    let brand = Brand { accent, ..Brand::default() };
    let (_, headers, html) = shown(&page(&brand, code_screen())).await;
    let nonce = html.split("nonce=\"").nth(1).unwrap().split('"').next().unwrap();
    assert_eq!(nonce.len(), 22);
    let style = format!("style-src 'self' 'nonce-{nonce}'");
    assert!(policy(&headers).contains(&style.as_str()));
    assert!(html.contains("--accent:#ffdd00"));
    assert!(!html.contains("&#"), "colours are not escaped: {html}");
    let brand = Brand::default();
    assert!(!shown(&page(&brand, code_screen())).await.2.contains("<style"));
}

#[tokio::test]
async fn a_captcha_gets_its_origins_and_no_more() {
    let (brand, countries) = (Brand::default(), Countries::All);
    let captcha = Captcha {
        script_url: "https://captcha.example/api.js".to_owned(),
        origins: "https://captcha.example https://*.captcha.example",
        site_key: "key".to_owned(),
        class: "h-captcha".to_owned(),
        field: "h-captcha-response".to_owned(),
    };
    let asked = Page { captcha: Some(&captcha), ..page(&brand, number_screen("", &countries)) };
    let (_, headers, html) = shown(&asked).await;
    assert!(
        policy(&headers)
            .contains(&"script-src 'self' https://captcha.example https://*.captcha.example")
    );
    assert!(
        policy(&headers).contains(&"frame-src https://captcha.example https://*.captcha.example")
    );
    assert!(html.contains(r#"src="https://captcha.example/api.js""#) && html.contains("h-captcha"));
    let ended = Page { captcha: Some(&captcha), ..page(&brand, Screen::Gone) };
    let (_, headers, html) = shown(&ended).await;
    assert!(policy(&headers).contains(&"script-src 'self'") && !html.contains("captcha"));
}
