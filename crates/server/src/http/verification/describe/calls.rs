//! Services, users, V9 and V10, the lift of a lock.

use serde_json::{Value, json};

use super::super::answer::Problem;
use super::super::authentication::{LOCKED, WireStarted, WireVerified};
use super::super::services::WireService;
use super::super::users::{WireUser, WireUsers};
use super::{Told, bad_body, created, done};
use crate::openapi::model::{Answer, Example, Parameter, Sent, Tag};
use crate::openapi::sample;
use crate::openapi::schemas::{Schemas, described, object, one_of, text, text_of, uuid, whole};

fn told(id: &'static str, summary: &'static str, text: &'static str, sent: Sent) -> Told {
    Told {
        id,
        tag: Tag::Verification,
        summary,
        text,
        query: Vec::new(),
        body: None,
        sent,
        answers: Vec::new(),
        refusals: Vec::new(),
    }
}

fn service() -> Value {
    json!({ "id": sample::SERVICE, "name": "Example Shop", "ctime": sample::TIME })
}

fn user() -> Value {
    json!({ "id": sample::USER, "ctime": sample::TIME, "id_in_service": "jane" })
}

pub(super) fn create_service(sent: Sent, schemas: &mut Schemas) -> Told {
    let sent = sent.json(json!({ "fqdn": "shop.example", "name": "Example Shop" }));
    let body = object(
        &[
            ("fqdn", described(text(), "A domain name, an IP address, or a URL with one.")),
            ("name", described(text_of(1, 100), "No control characters; unique in the account.")),
        ],
        &[],
    );
    let schema = schemas.answer::<WireService<'_>>();
    let mut refusals = bad_body(&sent, "fqdn");
    refusals.push((Problem::ServiceExists, sent.clone()));
    Told {
        answers: created("The service.", &schema, &sent, "service", &service()),
        body: Some(body),
        refusals,
        ..told(
            "createService",
            "Create a service",
            "V1. A service is a site or a program of the account.",
            sent,
        )
    }
}

pub(super) fn read_service(sent: Sent, schemas: &mut Schemas) -> Told {
    let answer = Answer::json(200, "The service.", schemas.answer::<WireService<'_>>());
    Told {
        answers: vec![answer.example(Example::json("service", &sent, service()))],
        ..told("readService", "Read a service", "V2.", sent)
    }
}

pub(super) fn delete_service(sent: Sent) -> Told {
    Told {
        answers: done("It is deleted.", &sent),
        refusals: vec![(Problem::ServiceNotEmpty, sent.clone())],
        ..told(
            "deleteService",
            "Delete a service",
            "V3. Only a service without users can be deleted.",
            sent,
        )
    }
}

pub(super) fn add_user(sent: Sent, schemas: &mut Schemas) -> Told {
    let sent = sent.json(json!({ "id_in_service": "jane", "phone_number": sample::PHONE }));
    let login = "The login name in your system: no control characters, unique in the service.";
    let phone = "With country prefix. Blanks, hyphens and the like are removed, 00 becomes +; what \
                 remains is + and 7 to 15 digits.";
    let body = object(
        &[
            ("id_in_service", described(text_of(1, 255), login)),
            ("phone_number", described(text(), phone)),
        ],
        &[],
    );
    let schema = schemas.answer::<WireUser<'_>>();
    let mut refusals = bad_body(&sent, "id_in_service");
    refusals.push((Problem::UserExists, sent.clone()));
    Told {
        answers: created("The user; the number is in no answer.", &schema, &sent, "user", &user()),
        body: Some(body),
        refusals,
        ..told(
            "addUser",
            "Add a user",
            "V4. No message is sent. Several users may have one number.",
            sent,
        )
    }
}

pub(super) fn list_users(sent: Sent, schemas: &mut Schemas) -> Told {
    let page = sent.clone().query("limit", "1").query("offset", "0");
    let bad = sent.clone().query("limit", "all");
    let users = json!({ "users": [user()], "count": 1, "total": 1 });
    let answer = Answer::json(200, "The users, oldest first.", schemas.answer::<WireUsers<'_>>());
    Told {
        query: vec![
            Parameter::query("limit", whole(0, Some(u32::MAX.into())), "No more users than this."),
            Parameter::query("offset", whole(0, Some(u32::MAX.into())), "Without the oldest ones."),
        ],
        answers: vec![
            answer
                .example(Example::json("all", &sent, users.clone()))
                .example(Example::json("page", &page, users)),
        ],
        refusals: vec![(Problem::field("limit", "must be a whole number"), bad)],
        ..told("listUsers", "List users", "V5. Without limit all users are in one answer.", sent)
    }
}

pub(super) fn read_user(sent: Sent, schemas: &mut Schemas) -> Told {
    let answer = Answer::json(200, "The user.", schemas.answer::<WireUser<'_>>());
    Told {
        answers: vec![answer.example(Example::json("user", &sent, user()))],
        ..told("readUser", "Read a user", "V6 and V7.", sent)
    }
}

pub(super) fn remove_user(sent: Sent) -> Told {
    let text = "V8. A verification under way ends at once, a message that still waits is not sent, \
                and what wrong PINs cost is forgotten.";
    Told {
        answers: done("The user is removed.", &sent),
        ..told("removeUser", "Remove a user", text, sent)
    }
}

pub(super) fn unlock_user(sent: Sent) -> Told {
    let text = "Ends every block and lock of the user and forgets its wrong PINs. Make sure of the \
                person by other means first.";
    Told {
        answers: done("Nothing hinders the user any more.", &sent),
        ..told("unlockUser", "Lift a lock", text, sent)
    }
}

pub(super) fn start(sent: Sent, schemas: &mut Schemas) -> Told {
    let sent = sent.json(json!({ "method": "sms" }));
    let totp = sent.clone().json(json!({ "method": "totp" }));
    let method = "totp is the person's authenticator, else a message.";
    let body = object(&[("method", described(one_of(&["sms", "totp"]), method))], &[]);
    let schema = schemas.answer::<WireStarted>();
    let by_sms = json!({ "method": "sms", "auth_id": sample::VERIFICATION });
    let by_totp = json!({ "method": "totp", "auth_id": null });
    let mut answers = created("It lives; a message is on its way.", &schema, &sent, "sms", &by_sms);
    if let Some(answer) = answers.last_mut() {
        answer
            .examples
            .push(Example::json("totp", &totp, by_totp).told("The user has an authenticator."));
    }
    let mut refusals = bad_body(&sent, "method");
    refusals.extend([
        (Problem::CountryNotAllowed, sent.clone()),
        (Problem::NumberBlocked, sent.clone()),
        (Problem::RateLimited(LOCKED, 60), sent.clone()),
        (Problem::SmsUnavailable, sent.clone()),
    ]);
    let text = "V9. Makes a PIN and sends it, or waits for a code of the authenticator. While a \
                verification lives, a start is a resend of the same one; within 30 s it sends nothing.";
    Told {
        answers,
        body: Some(body),
        refusals,
        ..told("startAuthentication", "Start an authentication", text, sent)
    }
}

pub(super) fn check(sent: Sent, schemas: &mut Schemas) -> Told {
    let sent = sent.json(json!({ "token": sample::PIN }));
    let wrong = sent.clone().json(json!({ "token": sample::WRONG_PIN }));
    let exact = sent.clone().json(json!({
        "method": "sms", "token": sample::PIN, "auth_id": sample::VERIFICATION,
    }));
    let token =
        "What the person typed. Blanks and hyphens are removed; 1 to 16 characters must remain.";
    let auth_id = json!({ "anyOf": [uuid(), { "type": "null" }] });
    let body = object(
        &[("token", described(text(), token))],
        &[
            ("method", one_of(&["sms", "totp"])),
            ("auth_id", described(auth_id, "If given, it must be that of the start.")),
        ],
    );
    let not = |throttled, expired, invalid, result: &str| {
        json!({ "method": "sms", "verified": false, "status": {
            "throttled": throttled, "expired": expired, "invalid": invalid, "result": result,
        }})
    };
    let right = json!({ "method": "sms", "verified": true });
    let schema = schemas.answer::<WireVerified>();
    let answer = Answer::json(200, "Whether the PIN was right: look at verified.", schema)
        .header("Retry-After", "With THROTTLED: whole seconds to wait, if time alone ends it.")
        .example(Example::json("verified", &sent, right.clone()))
        .example(Example::json("verified_by_id", &exact, right))
        .example(Example::json("invalid", &wrong, not(false, false, true, "INVALID")))
        .example(Example::json("expired", &sent, not(false, true, false, "EXPIRED")))
        .example(Example::json("throttled", &sent, not(true, false, false, "THROTTLED")));
    let mut refusals = bad_body(&sent, "token");
    refusals.push((Problem::VerificationNotFound, sent.clone()));
    let text = "V10. The status is 200 whether the PIN was right or not. A right one is used up by \
                this. Five wrong ones end the verification and block the user for a while.";
    Told {
        answers: vec![answer],
        body: Some(body),
        refusals,
        ..told("checkPin", "Verify a PIN", text, sent)
    }
}
