//! A gateway without an adapter, described by its operator (`delivery.md` 7.9):
//! templates for the request, rules for answers and receipts. No code of the
//! operator runs.

mod auth;
mod callback;
pub mod options;
mod rules;
mod template;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use url::Url;
use verify::engine::outbox::Refusal;

use self::callback::Callbacks;
use self::options::{GenericBody, GenericMethod, GenericOptions};
use self::rules::{Condition, Source, Subject};
use self::template::{Place, Template, Variable};
use super::base_url::check;
use super::codes::{VERDICTS, Verdict};
use super::status::{ErrorBody, by_status, by_verdict};
use super::wire::{FORM, JSON, form, plain_text_only, provider_id};
use super::{Answer, Callback, CallbackError, Heard, Outgoing, Provider};
use crate::gateway::SendResult;

/// The description cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key} {problem}")]
pub struct GenericError {
    /// The key.
    pub key: String,
    /// What is wrong with it, and what to write instead.
    pub problem: String,
}

impl GenericError {
    fn new(key: &str, problem: impl Into<String>) -> Self {
        Self { key: key.to_owned(), problem: problem.into() }
    }
}

/// A gateway as described.
pub struct Generic {
    url: Template,
    method: Method,
    headers: Vec<(HeaderName, Template)>,
    body: Body,
    results: Vec<ResultRule>,
    callbacks: Option<Callbacks>,
}

enum Body {
    None,
    Text(Template, Place),
    Form(Vec<(String, Template)>),
    Query(Vec<(String, Template)>),
}

struct ResultRule {
    when: Condition,
    outcome: Verdict,
    id: Option<Source>,
}

/// Headers that frame a request or say who we are: ours alone.
const OURS: [HeaderName; 10] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::TE,
    header::TRAILER,
    header::UPGRADE,
    header::EXPECT,
    header::USER_AGENT,
    header::ACCEPT_ENCODING,
];

impl Generic {
    /// Checks a description. `allow_plain_http` is that of the gateway.
    ///
    /// # Errors
    /// [`GenericError`], for the first key that cannot be used.
    pub fn new(options: &GenericOptions, allow_plain_http: bool) -> Result<Self, GenericError> {
        let generic = Self {
            url: read_url(options, allow_plain_http)?,
            method: match options.method {
                GenericMethod::Post => Method::POST,
                GenericMethod::Get => Method::GET,
                GenericMethod::Put => Method::PUT,
            },
            headers: read_headers(options)?,
            body: read_body(options)?,
            results: read_results(options)?,
            callbacks: options.callback.as_ref().map(Callbacks::new).transpose()?,
        };
        generic.check_callbacks()?;
        Ok(generic)
    }

    /// Receipts must be able to tell whose they are.
    fn check_callbacks(&self) -> Result<(), GenericError> {
        let Some(callbacks) = &self.callbacks else { return Ok(()) };
        if callbacks.are_tagged() && !self.says(|v| matches!(v, Variable::CallbackUrl)) {
            let problem = "needs {{callback_url}} somewhere in the request, or callback.message";
            return Err(GenericError::new("callback", problem));
        }
        if !callbacks.are_tagged()
            && !callbacks.are_authenticated()
            && !self.says(|v| matches!(v, Variable::Tag | Variable::CallbackUrl))
        {
            let problem = "proves nothing: send {{tag}} with the request, or set callback.auth";
            return Err(GenericError::new("callback.message", problem));
        }
        Ok(())
    }

    fn says(&self, is_wanted: fn(&Variable) -> bool) -> bool {
        let fields: Vec<&Template> = match &self.body {
            Body::None => Vec::new(),
            Body::Text(template, _) => vec![template],
            Body::Form(fields) | Body::Query(fields) => fields.iter().map(|(_, t)| t).collect(),
        };
        let headers = self.headers.iter().map(|(_, template)| template);
        fields.into_iter().chain(headers).chain([&self.url]).any(|t| t.has(is_wanted))
    }

    fn address(&self, message: &Outgoing<'_>) -> String {
        let mut url = self.url.render(message, Place::Address).to_string();
        if let Body::Query(fields) = &self.body {
            url.push(if url.contains('?') { '&' } else { '?' });
            url.push_str(&fill(fields, message));
        }
        url
    }

    fn content(&self, message: &Outgoing<'_>) -> Vec<u8> {
        match &self.body {
            Body::None | Body::Query(_) => Vec::new(),
            Body::Text(template, place) => template.render(message, *place).as_bytes().to_vec(),
            Body::Form(fields) => fill(fields, message).into_bytes(),
        }
    }

    /// The headers; `None` if a value has no place in one.
    fn headers(&self, message: &Outgoing<'_>) -> Option<HeaderMap> {
        let mut headers = HeaderMap::new();
        for (name, template) in &self.headers {
            let value = template.render(message, Place::Plain);
            let is_printable = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
            let mut value = HeaderValue::from_str(&value).ok().filter(|_| is_printable)?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        let kind = match &self.body {
            Body::None | Body::Query(_) => return Some(headers),
            Body::Form(_) => FORM,
            Body::Text(_, Place::Json) => JSON,
            Body::Text(_, Place::Address | Place::Plain | Place::Xml) => {
                HeaderValue::from_static("text/plain; charset=utf-8")
            }
        };
        headers.entry(header::CONTENT_TYPE).or_insert(kind);
        Some(headers)
    }
}

fn fill(fields: &[(String, Template)], message: &Outgoing<'_>) -> String {
    let values: Vec<_> =
        fields.iter().map(|(name, t)| (name, t.render(message, Place::Plain))).collect();
    form(values.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

fn read_url(options: &GenericOptions, allow_plain_http: bool) -> Result<Template, GenericError> {
    let url = Template::parse("url", &options.url, &options.vars)?;
    let sample = url.sample(Place::Address);
    let parsed = Url::parse(&sample).map_err(|_| {
        GenericError::new("url", "is no address; write one as https://sms.example.com/send")
    })?;
    check(&parsed, allow_plain_http)
        .map_err(|error| GenericError::new("url", error.to_string()))?;
    if sample.parse::<Uri>().is_err() {
        let problem = "has a sign that an address cannot carry: write it as %XX";
        return Err(GenericError::new("url", problem));
    }
    let beginning = url.beginning();
    let host_ends = beginning.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?']));
    if !host_ends && beginning.len() < options.url.len() {
        let problem = "has a name before the end of the host: write the host out";
        return Err(GenericError::new("url", problem));
    }
    Ok(url)
}

fn read_headers(options: &GenericOptions) -> Result<Vec<(HeaderName, Template)>, GenericError> {
    let mut headers = Vec::new();
    for (name, value) in &options.headers {
        let key = format!("headers.{name}");
        let template = Template::parse(&key, value, &options.vars)?;
        let name = HeaderName::try_from(name.as_str())
            .map_err(|_| GenericError::new(&key, "is no name of a header"))?;
        if OURS.contains(&name) {
            return Err(GenericError::new(&key, "is written by the server itself: leave it out"));
        }
        if !template.sample(Place::Plain).bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(GenericError::new(&key, "must be printable ASCII"));
        }
        headers.push((name, template));
    }
    Ok(headers)
}

fn read_body(options: &GenericOptions) -> Result<Body, GenericError> {
    let fields = |key: &str, fields: &std::collections::BTreeMap<String, String>| {
        let read = fields.iter().map(|(name, value)| {
            let template = Template::parse(&format!("{key}.{name}"), value, &options.vars)?;
            Ok((name.clone(), template))
        });
        read.collect::<Result<Vec<_>, _>>()
    };
    let body = match &options.body {
        None => Body::None,
        Some(GenericBody::Json(text)) => {
            let template = Template::parse("body.json", text, &options.vars)?;
            template.check_json("body.json")?;
            Body::Text(template, Place::Json)
        }
        Some(GenericBody::Form(given)) => Body::Form(fields("body.form", given)?),
        Some(GenericBody::Query(given)) => Body::Query(fields("body.query", given)?),
        Some(GenericBody::Text(text)) => {
            let mut names = options.headers.iter();
            let kind = names.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
            let says =
                |word| kind.is_some_and(|(_, kind)| kind.to_ascii_lowercase().contains(word));
            if says("json") || says("form") {
                let problem =
                    "would not be escaped for its Content-Type: write body.json or body.form";
                return Err(GenericError::new("body.text", problem));
            }
            let is_xml = says("xml");
            let place = if is_xml { Place::Xml } else { Place::Plain };
            Body::Text(Template::parse("body.text", text, &options.vars)?, place)
        }
    };
    let has_content = matches!(body, Body::Text(..) | Body::Form(_));
    if options.method == GenericMethod::Get && has_content {
        let problem = "has no place in a GET: write body.query, or method = \"POST\"";
        return Err(GenericError::new("body", problem));
    }
    Ok(body)
}

fn read_results(options: &GenericOptions) -> Result<Vec<ResultRule>, GenericError> {
    let mut results = Vec::new();
    for (index, rule) in options.results.iter().enumerate() {
        let key = format!("results[{index}]");
        let outcome = Verdict::parse(&rule.outcome).ok_or_else(|| {
            GenericError::new(&format!("{key}.outcome"), format!("must be one of: {VERDICTS}"))
        })?;
        if rule.id.is_some() && outcome != Verdict::Accepted {
            let problem = "goes with outcome = \"accepted\" only: leave it out";
            return Err(GenericError::new(&format!("{key}.id"), problem));
        }
        let when = Condition::new(&format!("{key}.when"), &rule.when, true)?;
        let id = rule.id.as_ref().map(|id| Source::new(&format!("{key}.id"), id)).transpose()?;
        results.push(ResultRule { when, outcome, id });
    }
    if !results.iter().any(|rule| rule.outcome == Verdict::Accepted) {
        let problem =
            "needs a rule with outcome = \"accepted\": no message would ever count as taken";
        return Err(GenericError::new("results", problem));
    }
    Ok(results)
}

impl Provider for Generic {
    fn request(&self, message: &Outgoing<'_>) -> Result<Request<Vec<u8>>, SendResult> {
        plain_text_only(message.form)?;
        let headers = self.headers(message).ok_or_else(|| {
            SendResult::Refused(Refusal::Content, "it has a sign that a header cannot carry".into())
        })?;
        let request = Request::builder().method(&self.method).uri(self.address(message));
        let request = request.body(self.content(message));
        let mut request = request
            .map_err(|_| SendResult::Refused(Refusal::Content, "no address for it".into()))?;
        *request.headers_mut() = headers;
        Ok(request)
    }

    fn read(&self, answer: &Answer<'_>) -> SendResult {
        let subject = Subject {
            status: Some(answer.status.as_u16()),
            raw: answer.body,
            json: serde_json::from_slice(answer.body).ok(),
        };
        let rules = self.results.iter().enumerate();
        match rules.into_iter().find(|(_, rule)| rule.when.holds(&subject)) {
            None => by_status(answer, ErrorBody::Unclear),
            Some((index, ResultRule { outcome, id, .. })) => {
                let id = id.as_ref().and_then(|id| id.find(&subject));
                let id = id.as_deref().and_then(provider_id);
                by_verdict(*outcome, id, answer.headers, format!("results[{index}]").into())
            }
        }
    }

    fn callback(&self, call: &Callback<'_>) -> Result<Heard, CallbackError> {
        self.callbacks.as_ref().ok_or(CallbackError::NotProved)?.hear(call)
    }

    fn calls_back(&self) -> bool {
        self.callbacks.is_some()
    }

    fn tags_callbacks(&self) -> bool {
        self.callbacks.as_ref().is_none_or(Callbacks::are_tagged)
    }
}
