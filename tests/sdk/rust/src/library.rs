//! The names of the scenario, as calls of the library.

use std::time::Duration;

use ringproof_client::{
    Authenticator, Browser, Enrolment, Error, ErrorKind, MessageState, NumberOptions, Ringproof,
    Seed, Service, SmsOptions, User, Verdict,
};
use serde_json::{Value, json};

/// Makes a call and gives its result in the form of the scenario.
pub async fn call(ringproof: &Ringproof, name: &str, args: &Value) -> Result<Value, Error> {
    let group = name.split('.').next().unwrap_or_default();
    match group {
        "services" | "users" => people(ringproof, name, &Arguments(args)).await,
        "auth" => auth(ringproof, name, &Arguments(args)).await,
        "authenticators" | "recovery" => authenticators(ringproof, name, &Arguments(args)).await,
        "number" => number(ringproof, name, &Arguments(args)).await,
        "sms" => sms(ringproof, name, &Arguments(args)).await,
        "widget" => widget(ringproof, name, &Arguments(args)).await,
        _ => panic!("there is no call {name}"),
    }
}

/// The form that the scenario gives an error.
pub fn described(error: &Error) -> Value {
    let kind = match error.kind() {
        ErrorKind::InvalidData => "invalid_data",
        ErrorKind::WrongCredentials => "wrong_credentials",
        ErrorKind::ResourceForbidden => "forbidden",
        ErrorKind::InsufficientCredit => "insufficient_credit",
        ErrorKind::NoSuchResource => "no_such_resource",
        ErrorKind::ResourceAlreadyExists => "already_exists",
        ErrorKind::Throttled => "throttled",
        ErrorKind::Unavailable => "unavailable",
        ErrorKind::ConnectionFailed => "connection",
        ErrorKind::Internal => "internal",
        ErrorKind::InvalidResponse => "invalid_response",
        ErrorKind::InvalidAnswer => "invalid_answer",
        _ => "error",
    };
    let maybe_sent = (kind == "connection").then(|| error.maybe_sent());
    json!({
        "kind": kind,
        "status": error.status(),
        "reason": error.reason(),
        "field": error.field(),
        "retry_after": error.retry_after().map(|time| time.as_secs()),
        "maybe_sent": maybe_sent,
    })
}

async fn people(ringproof: &Ringproof, name: &str, a: &Arguments<'_>) -> Result<Value, Error> {
    let (services, users) = (ringproof.services(), ringproof.users());
    let (service, person) = (a.text("service_id"), a.text("user_id"));
    Ok(match name {
        "services.create" => of_service(&services.create(a.text("domain"), a.text("name")).await?),
        "services.get" => of_service(&services.get(service).await?),
        "services.delete" => done(services.delete(service).await?),
        "users.create" => user(&users.create(service, a.text("number"), a.text("username")).await?),
        "users.get" => user(&users.get(service, person).await?),
        "users.get_all" => {
            let all = match (a.number("limit"), a.number("offset")) {
                (Some(limit), offset) => {
                    users.get_page(service, limit, offset.unwrap_or(0)).await?
                }
                (None, _) => users.get_all(service).await?,
            };
            all.iter().map(user).collect()
        }
        "users.delete" => done(users.delete(service, person).await?),
        "users.unlock" => done(users.unlock(service, person).await?),
        _ => panic!("there is no call {name}"),
    })
}

async fn auth(ringproof: &Ringproof, name: &str, a: &Arguments<'_>) -> Result<Value, Error> {
    let auth = ringproof.auth();
    let (service, person) = (a.text("service_id"), a.text("user_id"));
    Ok(match name {
        "auth.initiate" => json!(auth.initiate(service, person, a.text("method")).await?),
        "auth.start" => {
            let started = auth.start(service, person, a.text("method")).await?;
            json!({"method": started.method, "auth_id": started.auth_id})
        }
        "auth.verify" => json!(auth.verify(service, person, a.text("token")).await?),
        "auth.check" => {
            let checked = auth.check(service, person, a.text("token")).await?;
            json!({
                "verified": checked.verified,
                "method": checked.method,
                "result": checked.result.as_str(),
                "retry_after": checked.retry_after.map(|time| time.as_secs()),
            })
        }
        _ => panic!("there is no call {name}"),
    })
}

async fn authenticators(
    ringproof: &Ringproof,
    name: &str,
    a: &Arguments<'_>,
) -> Result<Value, Error> {
    let (all, recovery) = (ringproof.authenticators(), ringproof.recovery());
    let (service, person) = (a.text("service_id"), a.text("user_id"));
    let id = a.text("authenticator_id");
    Ok(match name {
        "authenticators.create" => {
            let enrolment = Enrolment {
                name: a.optional("name"),
                algorithm: a.optional("algorithm"),
                secret: a.optional("secret").map(Seed),
            };
            let made = all.create(service, person, enrolment).await?;
            let mut members = authenticator(&made.authenticator);
            members["secret"] = json!(made.secret());
            members["uri"] = json!(made.uri());
            members["qr_svg"] = json!(made.qr_svg());
            members["qr_png"] = json!(made.qr_png());
            assert!(!format!("{made:?}").contains(made.secret()), "the seed is shown");
            members
        }
        "authenticators.confirm" => {
            authenticator(&all.confirm(service, person, id, a.text("token")).await?)
        }
        "authenticators.list" => {
            let listed = all.list(service, person).await?;
            let waiting = listed.waiting.iter().map(|device| {
                json!({"id": device.id, "ctime": device.ctime, "held_until": device.held_until})
            });
            json!({
                "authenticators": listed.authenticators.iter().map(authenticator).collect::<Value>(),
                "waiting": waiting.collect::<Value>(),
            })
        }
        "authenticators.delete" => done(all.delete(service, person, id).await?),
        "recovery.create" => {
            let codes = recovery.create(service, person).await?;
            json!({"codes": codes.codes().collect::<Vec<_>>()})
        }
        "recovery.state" => {
            let state = recovery.state(service, person).await?;
            json!({"left": state.left, "ctime": state.ctime})
        }
        "recovery.use" => {
            let used = recovery.use_code(service, person, a.text("code")).await?;
            json!({"verified": used.verified, "left": used.left, "result": used.result.as_str()})
        }
        _ => panic!("there is no call {name}"),
    })
}

async fn number(ringproof: &Ringproof, name: &str, a: &Arguments<'_>) -> Result<Value, Error> {
    let number = ringproof.number();
    let browser = Browser {
        ip: a.optional("ip"),
        browser: a.optional("browser"),
        cookie: a.optional("cookie"),
    };
    Ok(match name {
        "number.start" => {
            let seconds = |name| a.number(name).map(|seconds| Duration::from_secs(seconds.into()));
            let mut options = NumberOptions::default();
            if let Some(text) = a.optional("template") {
                options = options.template(text);
            }
            if let Some(digits) = a.number("pin_length") {
                options = options.pin_length(digits);
            }
            if let Some(sender) = a.optional("from") {
                options = options.from(sender);
            }
            if let Some(messages) = a.number("max_tries") {
                options = options.max_tries(messages);
            }
            if let Some(delay) = seconds("retry_delay") {
                options = options.retry_delay(delay);
            }
            if let Some(validity) = seconds("validity") {
                options = options.validity(validity);
            }
            let started = number.start_with(a.text("to"), &options, browser).await?;
            json!({"id": started.id, "verified": started.verified})
        }
        "number.verify" => {
            let (id, pin) = (a.text("verification_id"), a.text("pin"));
            let verdict: Verdict = number.check(id, pin, browser).await?;
            json!(verdict.as_str())
        }
        _ => panic!("there is no call {name}"),
    })
}

async fn sms(ringproof: &Ringproof, name: &str, a: &Arguments<'_>) -> Result<Value, Error> {
    let sms = ringproof.sms();
    Ok(match name {
        "sms.send" => {
            let mut options = SmsOptions::default();
            if let Some(sender) = a.optional("from") {
                options = options.from(sender);
            }
            if let Some(time) = a.0["time_to_send"].as_i64() {
                options = options.time_to_send(time);
            }
            json!(sms.send_with(a.text("to"), a.text("text"), &options).await?)
        }
        "sms.state" => json!(match sms.state(a.text("message_id")).await? {
            MessageState::Waiting => "WAITING",
            MessageState::Sent => "SENT",
            MessageState::Delivered => "DELIVERED",
            MessageState::Failed => "FAILED",
        }),
        "sms.cancel" => done(sms.cancel(a.text("message_id")).await?),
        "sms.balance" => json!(sms.balance().await?),
        "sms.prices" => {
            let prices = sms.prices(a.text("country")).await?;
            let networks = prices.networks.iter().map(|network| {
                json!({"mccmnc": network.mccmnc, "name": network.name, "price": network.price})
            });
            json!({
                "country": prices.country,
                "name": prices.name,
                "prefix": prices.prefix,
                "networks": networks.collect::<Value>(),
            })
        }
        "sms.price_list" => json!(sms.price_list().await?),
        _ => panic!("there is no call {name}"),
    })
}

async fn widget(ringproof: &Ringproof, name: &str, a: &Arguments<'_>) -> Result<Value, Error> {
    let widget = ringproof.widget();
    Ok(match name {
        "widget.request" => {
            let request = widget.request(a.text("callback_url"), a.optional("phone"))?;
            json!({"nonce": request.nonce, "address": request.address()})
        }
        "widget.check" => {
            let members = a.0["fields"].as_object().expect("the fields are an object");
            let fields: Vec<(&str, &str)> = members
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()))
                .collect();
            let answer = widget.check(&fields, a.text("nonce"), a.optional("phone"))?;
            let verified = answer.verified_phone().is_some();
            json!({"verified": verified, "phone": answer.phone, "vid": answer.vid})
        }
        "widget.confirm" => {
            let confirmed = widget.confirm(a.text("vid")).await?;
            json!({
                "verified": confirmed.verified_phone().is_some(),
                "phone": confirmed.phone,
                "user": confirmed.user,
                "version": confirmed.version,
                "nonce": confirmed.nonce,
                "callback_url": confirmed.callback_url,
            })
        }
        _ => panic!("there is no call {name}"),
    })
}

fn of_service(service: &Service) -> Value {
    json!({"id": service.id, "name": service.name, "ctime": service.ctime})
}

fn user(user: &User) -> Value {
    json!({"id": user.id, "username": user.username, "ctime": user.ctime})
}

fn authenticator(one: &Authenticator) -> Value {
    json!({
        "id": one.id, "name": one.name, "kind": one.kind, "confirmed": one.confirmed,
        "algorithm": one.algorithm, "digits": one.digits, "period": one.period,
        "ctime": one.ctime, "used": one.used,
    })
}

fn done((): ()) -> Value {
    Value::Null
}

/// Arguments of one call.
struct Arguments<'a>(&'a Value);

impl<'a> Arguments<'a> {
    /// A text, which is empty where there is none.
    fn text(&self, name: &str) -> &'a str {
        self.optional(name).unwrap_or_default()
    }

    fn optional(&self, name: &str) -> Option<&'a str> {
        self.0.get(name)?.as_str()
    }

    fn number(&self, name: &str) -> Option<u32> {
        u32::try_from(self.0.get(name)?.as_u64()?).ok()
    }
}
