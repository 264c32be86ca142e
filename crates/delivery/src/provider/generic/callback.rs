//! The calls of a described gateway.

use http::Method;
use serde_json::{Map, Value};
use verify::ids::MessageId;
use verify::record::{Cause, ReceiptState};

use super::GenericError;
use super::auth::Auth;
use super::options::GenericCallback;
use super::rules::{Condition, Source, Subject};
use crate::provider::codes::{CAUSES, STATES};
use crate::provider::wire::{code, pairs, provider_id};
use crate::provider::{Callback, CallbackError, Heard, ProviderReport};

/// What is known about the calls.
pub(super) struct Callbacks {
    auth: Auth,
    message: Option<Source>,
    id: Option<Source>,
    states: Vec<(Condition, ReceiptState)>,
    causes: Vec<(Condition, Cause)>,
    code: Option<Source>,
}

impl Callbacks {
    /// Checks the options.
    pub(super) fn new(options: &GenericCallback) -> Result<Self, GenericError> {
        let GenericCallback { auth, message, id, states, causes, code } = options;
        let source = |key: &str, source: &Option<_>| {
            let key = format!("callback.{key}");
            source.as_ref().map(|source| Source::new(&key, source)).transpose()
        };
        let states = states.iter().enumerate().map(|(index, rule)| {
            let key = format!("callback.states[{index}]");
            let condition = Condition::new(&format!("{key}.when"), &rule.when, false)?;
            Ok((
                condition,
                word(&format!("{key}.state"), &rule.state, ReceiptState::parse, STATES)?,
            ))
        });
        let causes = causes.iter().enumerate().map(|(index, rule)| {
            let key = format!("callback.causes[{index}]");
            let condition = Condition::new(&format!("{key}.when"), &rule.when, false)?;
            Ok((condition, word(&format!("{key}.cause"), &rule.cause, Cause::parse, CAUSES)?))
        });
        let callbacks = Self {
            auth: Auth::new("callback.auth", auth)?,
            message: source("message", message)?,
            id: source("id", id)?,
            states: states.collect::<Result<_, _>>()?,
            causes: causes.collect::<Result<_, _>>()?,
            code: source("code", code)?,
        };
        if callbacks.states.is_empty() {
            return Err(GenericError::new(
                "callback.states",
                "is empty: no receipt could tell anything",
            ));
        }
        Ok(callbacks)
    }

    /// Whether the tag stands in the address of each call.
    pub(super) fn are_tagged(&self) -> bool {
        self.message.is_none()
    }

    /// Whether calls are proved by more than a tag.
    pub(super) fn are_authenticated(&self) -> bool {
        self.auth.is_some()
    }

    /// Proves and reads a call.
    pub(super) fn hear(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        if !self.auth.proves(call) {
            return Err(CallbackError::NotProved);
        }
        let subject = subject(call)?;
        let find = |source: &Option<Source>| {
            source
                .as_ref()
                .and_then(|source| source.find(&subject))
                .map(std::borrow::Cow::into_owned)
        };
        let message = match call.message {
            Some(message) => message,
            None => self.message_of(find(&self.message).as_deref(), call)?,
        };
        let state = self.states.iter().find(|(when, _)| when.holds(&subject));
        let state = state.map_or(ReceiptState::Unknown, |(_, state)| *state);
        // Some send a code with what was delivered (`delivery.md` 5.2).
        let has_failed = state != ReceiptState::Delivered;
        let cause = self.causes.iter().find(|(when, _)| has_failed && when.holds(&subject));
        let failure = find(&self.code).filter(|_| has_failed).map(|text| code(&text));
        let id = find(&self.id);
        Ok(Heard::Reports(vec![ProviderReport {
            message,
            provider_id: id.as_deref().and_then(provider_id).map(str::to_owned),
            state,
            cause: cause.map(|(_, cause)| *cause),
            code: failure.filter(|code| !code.is_empty()),
            is_pumped: false,
        }]))
    }

    /// The message that a call is about whose address does not tell. A bare id
    /// can be made up by anybody, so it counts only where the call is proved.
    fn message_of(
        &self,
        reference: Option<&str>,
        call: &Callback<'_>,
    ) -> Result<MessageId, CallbackError> {
        let reference = reference.ok_or(CallbackError::Unreadable("no message"))?;
        let by_id = || MessageId::parse(reference).filter(|_| self.auth.is_some());
        (call.prove)(reference).or_else(by_id).ok_or(CallbackError::NotProved)
    }
}

fn word<T>(
    key: &str,
    word: &str,
    parse: fn(&str) -> Option<T>,
    allowed: &str,
) -> Result<T, GenericError> {
    parse(word).ok_or_else(|| GenericError::new(key, format!("must be one of: {allowed}")))
}

/// What a call says: JSON as it is, the fields of a form or a query as an
/// object. A field that occurs again is a list, which equals nothing. What a
/// body is shows in its first sign: gateways name its type in many ways, and
/// the name is not signed.
fn subject<'a>(call: &'a Callback<'_>) -> Result<Subject<'a>, CallbackError> {
    let (raw, is_json) = if call.method == Method::GET {
        (call.query.as_bytes(), false)
    } else {
        (call.body, matches!(call.body.trim_ascii_start().first(), Some(b'{' | b'[')))
    };
    let json = if is_json {
        serde_json::from_slice(raw).map_err(|_| CallbackError::Unreadable("not JSON"))?
    } else {
        let mut object = Map::new();
        for (name, value) in pairs(raw).ok_or(CallbackError::Unreadable("not a form"))? {
            let value = match object.remove(&name) {
                None => Value::String(value),
                Some(earlier) => Value::Array(vec![earlier, Value::String(value)]),
            };
            object.insert(name, value);
        }
        Value::Object(object)
    };
    Ok(Subject { status: None, raw, json: Some(json) })
}
