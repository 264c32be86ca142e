//! Authenticators, devices that wait, recovery codes.

use serde_json::{Value, json};

use super::super::answer::Problem;
use super::super::authenticators::{WireAuthenticator, WireCreated, WireList};
use super::super::recovery::{WireChecked, WireCodes, WireLeft};
use super::{Told, bad_body, created, done};
use crate::openapi::model::{Answer, Example, Sent, Tag};
use crate::openapi::sample;
use crate::openapi::schemas::{Schemas, described, object, one_of, text, text_of};

/// The secret of the authenticator in the examples.
const SECRET: &str = "GNHF755C5HFEVPPXZIX3DSGSU62NZGFU";

fn told(id: &'static str, summary: &'static str, text: &'static str, sent: Sent) -> Told {
    Told {
        id,
        tag: Tag::Authenticators,
        summary,
        text,
        query: Vec::new(),
        body: None,
        sent,
        answers: Vec::new(),
        refusals: Vec::new(),
    }
}

fn authenticator(is_confirmed: bool) -> Value {
    json!({
        "id": sample::AUTHENTICATOR, "name": "Aegis", "kind": "other", "confirmed": is_confirmed,
        "algorithm": "SHA1", "digits": 6, "period": 30, "ctime": sample::TIME,
        "used": is_confirmed.then_some(sample::TIME),
    })
}

pub(super) fn create_authenticator(sent: Sent, schemas: &mut Schemas) -> Told {
    let sent = sent.json(json!({ "name": "Aegis" }));
    let brought = sent.clone().json(json!({ "name": "Aegis", "secret": SECRET }));
    let secret =
        "A seed that the program has already: 16 to 128 bytes in base 32, without padding.";
    let body = object(
        &[],
        &[
            ("name", described(text_of(1, 40), "What the person calls it.")),
            ("algorithm", one_of(&["SHA1", "SHA256", "SHA512"])),
            ("secret", described(text(), secret)),
        ],
    );
    let mut made = authenticator(false);
    made["secret"] = json!(SECRET);
    made["uri"] = json!(format!(
        "otpauth://totp/Example%20Shop:jane?secret={SECRET}&issuer=Example%20Shop&algorithm=SHA1&digits=6&period=30"
    ));
    made["qr_svg"] = json!("<svg xmlns=\"http://www.w3.org/2000/svg\"…");
    made["qr_png"] = json!("data:image/png;base64,…");
    let schema = schemas.answer::<WireCreated<'_>>();
    let mut answers = created(
        "It waits for its first code. The seed is shown once.",
        &schema,
        &sent,
        "created",
        &made,
    );
    if let Some(answer) = answers.last_mut() {
        answer.examples.push(Example::json("brought_along", &brought, made));
    }
    let nameless = sent.clone().json(json!({ "name": "" }));
    let refusals = vec![
        (Problem::InvalidBody, sent.clone().raw("no JSON")),
        (
            Problem::field("name", "must have 1 to 40 characters, none of them control or hidden"),
            nameless,
        ),
        (Problem::AuthenticatorsFull, sent.clone()),
    ];
    let text = "Do this only for a person who has just logged in. Those of the user that were never \
                confirmed are removed.";
    Told {
        answers,
        body: Some(body),
        refusals,
        ..told("createAuthenticator", "Create an authenticator", text, sent)
    }
}

pub(super) fn list_authenticators(sent: Sent, schemas: &mut Schemas) -> Told {
    let answer = Answer::json(
        200,
        "The authenticators, and devices of the number that wait.",
        schemas.answer::<WireList<'_>>(),
    );
    let list = json!({ "authenticators": [authenticator(true)], "waiting": [] });
    Told {
        answers: vec![answer.example(Example::json("list", &sent, list))],
        ..told(
            "listAuthenticators",
            "List authenticators",
            "Devices with the app, and all others.",
            sent,
        )
    }
}

pub(super) fn confirm_authenticator(sent: Sent, schemas: &mut Schemas) -> Told {
    let sent = sent.json(json!({ "token": sample::PIN }));
    let wrong = sent.clone().json(json!({ "token": sample::WRONG_PIN }));
    let body = object(&[("token", described(text(), "The code that it shows now."))], &[]);
    let answer = Answer::json(200, "It counts.", schemas.answer::<WireAuthenticator<'_>>());
    let mut refusals = bad_body(&sent, "token");
    let not_now = Problem::field("token", "is not the code that the authenticator shows now");
    refusals.push((not_now, wrong));
    Told {
        answers: vec![answer.example(Example::json("confirmed", &sent, authenticator(true)))],
        body: Some(body),
        refusals,
        ..told(
            "confirmAuthenticator",
            "Confirm an authenticator",
            "It counts once its person has typed a code of it. The fifth wrong code removes it.",
            sent,
        )
    }
}

pub(super) fn remove_authenticator(sent: Sent) -> Told {
    let text = "One of kind other ends at once. A device with the app fetches a new seed, since it \
                belongs to the number.";
    Told {
        answers: done("It is removed.", &sent),
        ..told("removeAuthenticator", "Remove an authenticator", text, sent)
    }
}

pub(super) fn refuse_device(sent: Sent) -> Told {
    let text = "For a person who says that a device, which waits to be let in, is not theirs.";
    Told {
        answers: done("The device is gone.", &sent),
        ..told("refuseDevice", "Refuse a device", text, sent)
    }
}

pub(super) fn renew_recovery(sent: Sent, schemas: &mut Schemas) -> Told {
    let codes = json!({ "codes": [
        sample::RECOVERY_CODE, "BY7R-JH3V-C7O5-3SYF-DP5C-S3I2", "TJLQ-G5UF-VTLX-PUF3-TKIS-XFAP",
        "HMWO-PGL5-YX76-WJ65-7C7G-ZY73", "ANR4-YFS6-XFKO-WJKZ-FT5A-5ELF", "IA4Z-WOCY-PI43-ABBT-XYHN-VF5J",
        "5EZS-CH4Q-SD45-A66L-7MIV-SXSF", "7FEQ-RNA4-EG2A-7BOV-UX6O-EOEW", "F2HO-CMRQ-MOE5-SLKF-ZPT3-7VDH",
        "ZVNC-QPM3-YQAE-T5XC-X3ZM-IJ4D",
    ]});
    let schema = schemas.answer::<WireCodes<'_>>();
    Told {
        answers: created("The codes, shown once.", &schema, &sent, "codes", &codes),
        ..told("renewRecoveryCodes", "Make recovery codes", "A new set; the old one is dead.", sent)
    }
}

pub(super) fn count_recovery(sent: Sent, schemas: &mut Schemas) -> Told {
    let answer = Answer::json(200, "How many are left.", schemas.answer::<WireLeft>())
        .example(Example::json("some", &sent, json!({ "left": 10, "ctime": sample::TIME })))
        .example(Example::json("none", &sent, json!({ "left": 0, "ctime": null })));
    Told {
        answers: vec![answer],
        ..told(
            "countRecoveryCodes",
            "Count recovery codes",
            "How many of the set are still good.",
            sent,
        )
    }
}

pub(super) fn check_recovery(sent: Sent, schemas: &mut Schemas) -> Told {
    let sent = sent.json(json!({ "code": sample::RECOVERY_CODE }));
    let wrong = sent.clone().json(json!({ "code": sample::WRONG_RECOVERY_CODE }));
    let body = object(&[("code", described(text(), "24 letters and digits of base 32."))], &[]);
    let no = |result: &str| json!({ "verified": false, "result": result });
    let answer = Answer::json(200, "Whether the code was right.", schemas.answer::<WireChecked>())
        .header("Retry-After", "With THROTTLED: whole seconds to wait.")
        .example(Example::json("verified", &sent, json!({ "verified": true, "left": 9 })))
        .example(Example::json("invalid", &wrong, no("INVALID")))
        .example(Example::json("throttled", &sent, no("THROTTLED")));
    let text = "A right code is used up, and ends blocks and a hard lock of the user. The status is 200 \
                whether it was right or not.";
    Told {
        answers: vec![answer],
        body: Some(body),
        refusals: bad_body(&sent, "code"),
        ..told("checkRecoveryCode", "Check a recovery code", text, sent)
    }
}
