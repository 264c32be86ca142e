//! `/verify/start` and `/verify/pin`.

use super::super::answer::{ErrorCode, FailedCode, Line};
use super::parameters::{Named, browser, digits, with_credentials};
use super::{Fields, Right, Told};
use crate::openapi::sample;
use crate::openapi::schemas::text;

/// An id of a number confirmation.
const OK: &str = "OK [0-9a-f]{32}";

pub(super) fn start() -> Told {
    let sent: Fields = vec![("to", sample::PHONE)];
    let with = |name, value| -> Fields { vec![("to", sample::PHONE), (name, value)] };
    let mut own = vec![
        Named::needed("to", "Number with country code."),
        Named::other("template", text(), "Text of the message; must contain <PIN>."),
        Named::other(
            "pin_length",
            digits(4, Some(16)),
            "Digits of the PIN; fewer than 6 count as 6.",
        ),
        Named::other("from", text(), "One of the account's senders."),
        Named::other("max_tries", digits(1, None), "Messages in all."),
        Named::other("retry_delay", digits(0, None), "Seconds before a repeat."),
        Named::other(
            "validity",
            digits(0, Some(1_800)),
            "Seconds in which the PIN can be entered.",
        ),
    ];
    own.extend(browser());
    let text = "Makes a PIN and sends it. While a verification of this number lives, a start is a \
                resend of the same one. VERIFIED says that the browser is trusted and nothing was sent.";
    let trusted: Fields = vec![("to", sample::PHONE), ("cookie", "b3f1c58a7d6e4f209c1d8e7a")];
    Told {
        ids: ["startNumberVerification", "startNumberVerificationByGet"],
        summary: "Send a PIN to a number",
        text,
        parameters: with_credentials(own),
        rights: vec![
            Right::line("ok", &sent, &format!("OK {}", sample::CONFIRMATION), OK),
            Right::line("trusted", &trusted, "VERIFIED", "VERIFIED"),
        ],
        refusals: vec![
            (Line::Error(ErrorCode::NumberBlocked), sent.clone()),
            (Line::Error(ErrorCode::TemplateWithoutPin), with("template", "Hello")),
            (Line::Error(ErrorCode::SenderNotActivated), with("from", "Nobody")),
            (Line::Failed(FailedCode::ServerFault), sent.clone()),
        ],
        sent,
    }
}

pub(super) fn pin() -> Told {
    let sent: Fields = vec![("verification_id", sample::CONFIRMATION), ("pin", sample::PIN)];
    let wrong: Fields = vec![("verification_id", sample::CONFIRMATION), ("pin", sample::WRONG_PIN)];
    let missing: Fields =
        vec![("verification_id", sample::MISSING_CONFIRMATION), ("pin", sample::PIN)];
    let mut own = vec![
        Named::needed("verification_id", "The word behind OK."),
        Named::needed("pin", "What the person typed."),
    ];
    own.extend(browser());
    Told {
        ids: ["checkNumberPin", "checkNumberPinByGet"],
        summary: "Check the PIN of a number",
        text: "A right PIN is used up by this: the same one again is EXPIRED.",
        parameters: with_credentials(own),
        rights: vec![
            Right::line("verified", &sent, "VERIFIED", "VERIFIED"),
            Right::line("invalid", &wrong, "INVALID", "INVALID"),
            Right::line("expired", &sent, "EXPIRED", "EXPIRED"),
            Right::line("throttled", &sent, "THROTTLED", "THROTTLED"),
        ],
        refusals: vec![(Line::Error(ErrorCode::VerificationNotFound), missing)],
        sent,
    }
}
