//! Operations, parameters, answers, examples.

use http::Method;
use serde_json::Value;

/// What belongs together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `/v1/service/…`, the calls V1–V10 and the lift of a lock.
    Verification,
    /// Below a user: authenticators, devices that wait, recovery codes.
    Authenticators,
    /// `/verify/…`
    Number,
    /// `/send_sms` and its sisters.
    Sms,
    /// `/widget…`
    Widget,
    /// `/app/api/…`
    App,
    /// What gateways call.
    Gateways,
    /// Health and metrics.
    Operations,
    /// Files for browsers, and this description.
    Pages,
    /// What `--dev` adds.
    Development,
}

impl Tag {
    /// All, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::Verification,
        Self::Authenticators,
        Self::Number,
        Self::Sms,
        Self::Widget,
        Self::App,
        Self::Gateways,
        Self::Operations,
        Self::Pages,
        Self::Development,
    ];

    /// As it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Verification => "Verification",
            Self::Authenticators => "Authenticators",
            Self::Number => "Number verification",
            Self::Sms => "SMS",
            Self::Widget => "Verification widget",
            Self::App => "Authenticator app",
            Self::Gateways => "Gateways",
            Self::Operations => "Operations",
            Self::Pages => "Pages",
            Self::Development => "Development",
        }
    }

    /// What it is for.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Verification => {
                "Services, their users, and PINs that are sent to users and checked. JSON in and out, \
                 also where a call is refused; members that a call does not know are ignored."
            }
            Self::Authenticators => {
                "Codes of authenticators instead of messages, and recovery codes. The same rules as \
                 those of the Verification API."
            }
            Self::Number => {
                "Two calls that confirm that a person holds a phone number. Answers are one line of \
                 text, with status 200 also for refusals. GET and POST take the same parameters; \
                 send credentials in the body of a POST, because queries stand in logs."
            }
            Self::Sms => {
                "Messages, what became of them, and what they cost. Answers are one line of text, \
                 with status 200 also for refusals; only prices are documents."
            }
            Self::Widget => {
                "A page that asks a person for a number and a code, and sends the browser back to the site \
                 with a signed answer. A site calls the first and the confirmation; the calls of a session \
                 are those of its page, which nobody else is to rely on. Refusals are pages too, and \
                 name the reason in a word."
            }
            Self::App => {
                "How the authenticator app speaks with its server. App and server ship together; \
                 nobody else is to rely on these calls."
            }
            Self::Gateways => {
                "Receipts and messages of persons, as gateways and providers bring them. A gateway \
                 that is not there and a wrong token are answered alike."
            }
            Self::Operations => "Whether the server runs, whether it can work, and what it counts.",
            Self::Pages => "Files for browsers, and this description.",
            Self::Development => {
                "Only with --dev, and only for callers that name the server by an address or \
                 localhost: messages instead of phones, a clock that can be moved, outages on purpose."
            }
        }
    }
}

/// How a caller shows who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// It need not.
    Nobody,
    /// `X-Service-Auth: username:password`.
    Account,
    /// The parameters `username` and `password`.
    Parameters,
    /// The signature of a device.
    Device,
    /// `Authorization: Bearer …` with the token of a gateway.
    Gateway,
    /// The signature of a site over the parameters.
    Site,
    /// The cookie of a session of the widget.
    Browser,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the path.
    Path,
    /// Behind the question mark.
    Query,
    /// Among the header fields.
    Header,
}

/// One value that a caller gives.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Where it stands.
    pub place: Place,
    /// The call needs it.
    pub is_needed: bool,
    /// What it can be.
    pub schema: Value,
    /// What it means.
    pub text: &'static str,
}

/// A body that a call takes.
#[derive(Debug, Clone)]
pub struct Taken {
    /// `Content-Type`s.
    pub kinds: &'static [&'static str],
    /// What it can be.
    pub schema: Value,
    /// The call needs it.
    pub is_needed: bool,
}

/// What an example sends.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    /// The path, with values in place of names.
    pub path: String,
    /// Behind the question mark, as it stands in a shell's double quotes; what a site signs, in
    /// the order of the names.
    pub query: Vec<(&'static str, String)>,
    /// The body.
    pub body: SentBody,
    /// How it shows who calls.
    pub login: SentLogin,
    /// Further header fields.
    pub headers: Vec<&'static str>,
}

/// The body of an example.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum SentBody {
    /// None.
    #[default]
    None,
    /// JSON.
    Json(Value),
    /// Fields of a form.
    Form(Vec<(&'static str, String)>),
    /// Text as it stands.
    Raw(&'static str),
    /// So many blanks, from a pipe.
    Blanks(usize),
}

/// How an example shows who calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SentLogin {
    /// As the call wants it.
    #[default]
    Right,
    /// With a wrong password.
    Wrong,
    /// By a signature, which the shell cannot make.
    Signed,
}

/// One answer, as it came of one call.
#[derive(Debug, Clone)]
pub struct Example {
    /// Its name among those of the operation.
    pub name: String,
    /// What the example shows, if the name does not say it.
    pub text: String,
    /// What was sent.
    pub sent: Sent,
    /// What came back: a text, or JSON.
    pub shown: Shown,
}

/// What came back.
#[derive(Debug, Clone)]
pub enum Shown {
    /// JSON.
    Json(Value),
    /// Text.
    Text(String),
    /// The path that the browser is sent to.
    Location(String),
}

/// What a call can be answered with one status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// When it comes.
    pub text: String,
    /// `Content-Type`s, each with what it can be.
    pub kinds: Vec<(&'static str, Value)>,
    /// Header fields, each with what it means.
    pub headers: Vec<(&'static str, &'static str)>,
    /// As it came.
    pub examples: Vec<Example>,
}

/// An answer that many operations have, with the call by which its examples came.
#[derive(Debug, Clone)]
pub struct SharedAnswer {
    /// Its name.
    pub name: &'static str,
    /// The answer.
    pub answer: Answer,
    /// The method of the examples.
    pub method: Method,
}

/// One method of one path.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its name in programs.
    pub id: &'static str,
    /// What it belongs to.
    pub tag: Tag,
    /// The method.
    pub method: Method,
    /// The path; what is in braces is a parameter.
    pub path: String,
    /// Other paths that are answered alike.
    pub aliases: Vec<String>,
    /// In a few words.
    pub summary: &'static str,
    /// In some sentences.
    pub text: &'static str,
    /// How callers show who they are.
    pub login: Login,
    /// What stands in path, query and header.
    pub parameters: Vec<Parameter>,
    /// The body.
    pub taken: Option<Taken>,
    /// A call of it that works.
    pub sent: Sent,
    /// What is answered.
    pub answers: Vec<Answer>,
    /// Names of shared answers, besides those with a status of `answers`.
    pub shared: &'static [&'static str],
}

impl Parameter {
    /// A part of the path.
    pub fn path(name: &'static str, schema: Value, text: &'static str) -> Self {
        Self { name, place: Place::Path, is_needed: true, schema, text }
    }

    /// One behind the question mark that can be left out.
    pub fn query(name: &'static str, schema: Value, text: &'static str) -> Self {
        Self { name, place: Place::Query, is_needed: false, schema, text }
    }

    /// A header field that is needed.
    pub fn header(name: &'static str, schema: Value, text: &'static str) -> Self {
        Self { name, place: Place::Header, is_needed: true, schema, text }
    }
}

impl Sent {
    /// To a path, with nothing else.
    pub fn to(path: impl Into<String>) -> Self {
        Self { path: path.into(), ..Self::default() }
    }

    /// With this body.
    #[must_use]
    pub fn json(self, body: Value) -> Self {
        Self { body: SentBody::Json(body), ..self }
    }

    /// With these fields of a form.
    #[must_use]
    pub fn form(self, fields: &[(&'static str, &str)]) -> Self {
        let fields = fields.iter().map(|(name, value)| (*name, (*value).to_owned()));
        Self { body: SentBody::Form(fields.collect()), ..self }
    }

    /// With this text for a body.
    #[must_use]
    pub fn raw(self, text: &'static str) -> Self {
        Self { body: SentBody::Raw(text), ..self }
    }

    /// With something else in the path.
    #[must_use]
    pub fn instead(mut self, of: &str, other: &str) -> Self {
        self.path = self.path.replace(of, other);
        self
    }

    /// With a wrong password.
    #[must_use]
    pub fn wrong_login(self) -> Self {
        Self { login: SentLogin::Wrong, ..self }
    }

    /// Signed by a device.
    #[must_use]
    pub fn signed(self) -> Self {
        Self { login: SentLogin::Signed, ..self }
    }

    /// With a further header field.
    #[must_use]
    pub fn header(mut self, field: &'static str) -> Self {
        self.headers.push(field);
        self
    }

    /// With more behind the question mark.
    #[must_use]
    pub fn query(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }
}

impl Example {
    /// JSON that came.
    pub fn json(name: impl Into<String>, sent: &Sent, body: Value) -> Self {
        let (name, text) = (name.into(), String::new());
        Self { name, text, sent: sent.clone(), shown: Shown::Json(body) }
    }

    /// Text that came.
    pub fn text(name: impl Into<String>, sent: &Sent, text: impl Into<String>) -> Self {
        let shown = Shown::Text(text.into());
        Self { name: name.into(), text: String::new(), sent: sent.clone(), shown }
    }

    /// A browser that was sent on.
    pub fn location(name: impl Into<String>, sent: &Sent, path: impl Into<String>) -> Self {
        let shown = Shown::Location(path.into());
        Self { name: name.into(), text: String::new(), sent: sent.clone(), shown }
    }

    /// With a word on what it shows.
    #[must_use]
    pub fn told(self, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..self }
    }
}

impl Answer {
    /// JSON.
    pub fn json(status: u16, text: impl Into<String>, schema: Value) -> Self {
        Self::of(status, text, vec![("application/json", schema)])
    }

    /// Of these types.
    pub fn of(status: u16, text: impl Into<String>, kinds: Vec<(&'static str, Value)>) -> Self {
        Self { status, text: text.into(), kinds, headers: Vec::new(), examples: Vec::new() }
    }

    /// With an example.
    #[must_use]
    pub fn example(mut self, example: Example) -> Self {
        self.examples.push(example);
        self
    }

    /// With a header field.
    #[must_use]
    pub fn header(mut self, name: &'static str, text: &'static str) -> Self {
        self.headers.push((name, text));
        self
    }
}
