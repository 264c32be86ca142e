//! Every parser of foreign bytes, with what must hold of its answer.

use std::borrow::Cow;
use std::cell::RefCell;

use http::{HeaderMap, HeaderValue, Method, Uri};
use ringproof_server::config::LogFilter;
use ringproof_server::http::auth::header;
use ringproof_server::http::stack::{RequestId, normalise_path, normalise_uri};
use ringproof_server::http::verification::body::Members;
use ringproof_server::http::verification::route::Target as Route;
use verify::code::EnteredCode;
use verify::engine::account::is_username;
use verify::engine::service::{ServiceHost, ServiceName};
use verify::engine::user::Login;
use verify::ids::{UserId, VerificationId};
use verify::keys::RootKey;
use verify::message::{CODE_PLACEHOLDER, SenderId, Template};
use verify::phone::{Countries, PhoneNumber};

use super::random::{Random, Witness};
use super::{THREADS, json, mutate, second_reader};

/// A parser.
pub(super) struct Target {
    pub(super) name: &'static str,
    /// How many of [`SHARES`] cases it gets.
    pub(super) share: u64,
    /// Good inputs, to be damaged.
    samples: &'static [&'static str],
    /// Words to damage them with.
    words: &'static [&'static str],
    /// Another source of inputs.
    grammar: Option<fn(&mut Random, &mut Vec<u8>)>,
    /// Parses, checks the promise, and says whether the input was accepted.
    check: fn(&[u8], &mut Random) -> bool,
}

/// The sum of all shares.
pub(super) const SHARES: u64 = 100;

const SERVICE: &str = "0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11";

pub(super) const TARGETS: &[Target] = &[
    Target {
        name: "request body",
        share: 32,
        samples: &[
            r#"{"fqdn":"shop.example","name":"Shop"}"#,
            r#"{"id_in_service":"alice","phone_number":"+372 5550 0123"}"#,
            r#"{"method":"sms"}"#,
            r#"{"method":"sms","token":"123456","auth_id":null}"#,
            r#" {"a":[{"b":1.5e3}],"\u00e9":"\ud834\udd1e","c":{"d":{}}} "#,
        ],
        words: &[
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "\\u",
            "null",
            "1e999",
            "\"token\":",
            "{\"a\":",
        ],
        grammar: Some(json::object),
        check: body,
    },
    Target {
        name: "X-Service-Auth",
        share: 16,
        samples: &["acme-api:s3cr3t:pw", "dev:0123456789abcdef", " a:b\t", "a::"],
        words: &[":", "::", " ", "\t", "\u{7f}", "Basic "],
        grammar: None,
        check: auth,
    },
    Target {
        name: "path",
        share: 14,
        samples: &[
            "/v1/service/service",
            "/v1/service/service/0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11",
            "/v1/service/0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11/users",
            "//v1/service/service/0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11/user/7d1fa1c2-0000-4000-8000-000000000001/",
            "/v1/service/service/x/users/7d1fa1c2-0000-4000-8000-000000000001/auth",
            "/v1/service/service/x/users/y/lock",
        ],
        words: &[
            "/", "//", "/v1", "/service", "/users", "/user", "/auth", "/lock", "%2F", "?", "#",
            "*", "..",
        ],
        grammar: None,
        check: route,
    },
    Target {
        name: "phone number",
        share: 8,
        samples: &[
            "+37255500123",
            "00372 5550-0125",
            "37255500125",
            " (372) 5550.0125 ",
            "+123456789012345",
            "+1234567",
        ],
        words: &["+", "00", "0", "(", ")", "-", ".", "_", " ", "\u{200b}", ";ext=1"],
        grammar: None,
        check: phone,
    },
    Target {
        name: "entered code",
        share: 5,
        samples: &["123456", "12 34-56", "0", "1234567890123456"],
        words: &[" ", "-", "0", "\u{661}", "abcdef"],
        grammar: None,
        check: entered,
    },
    Target {
        name: "host of a service",
        share: 8,
        samples: &[
            "shop.example",
            "https://user:pw@shop.example:8443/a?b#c",
            "http://[2001:db8::1]:80/",
            "192.0.2.7",
            "KÖÖK.example.",
            "localhost:3000",
        ],
        words: &["://", "@", ":", ":80", "[", "]", ".", "..", "-", "/", "xn--", "::", "İ"],
        grammar: None,
        check: host,
    },
    Target {
        name: "name and login",
        share: 6,
        samples: &[
            "  Köök ☕ ",
            "alice@shop.example",
            "a",
            "0123456789012345678901234567890123456789",
        ],
        words: &["\n", "\u{85}", "\u{2003}", "ö", " "],
        grammar: None,
        check: names,
    },
    Target {
        name: "template and sender",
        share: 4,
        samples: &[
            "Your Verification PIN code is <PIN>",
            "<PIN>",
            "Verigator",
            "+37255500123",
            "A-B.c_d 1",
        ],
        words: &["<PIN>", "<", ">", "<PIN", "\r\n", "+", "{{", "%s"],
        grammar: None,
        check: message,
    },
    Target {
        name: "countries and log level",
        share: 2,
        samples: &[
            "EE,FI",
            "all",
            "ee, FI ,lv",
            "info",
            "debug,ringproof_server=trace",
            "warn,hyper=error",
        ],
        words: &[",", ",,", "=", "all", "EE", "off", "trace", "::"],
        grammar: None,
        check: lists,
    },
    Target {
        name: "ids and keys",
        share: 5,
        samples: &[
            SERVICE,
            "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ABCDEF\n",
            "acme-api",
            "req.1_x-2",
        ],
        words: &["-", "{", "}", "urn:uuid:", "0", "f", "g", ":"],
        grammar: None,
        check: ids,
    },
];

thread_local! {
    /// The input under test, kept for the report of a panic.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Target {
    /// Runs this thread's part of the cases; gives how many were accepted.
    pub(super) fn run(&self, seed: u64, number: u64, cases: u64, thread: u64) -> u64 {
        let mut accepted = 0;
        for case in (thread..cases).step_by(usize::try_from(THREADS).expect("few threads")) {
            let mut random = Random::of_case(seed, number, case);
            let mut bytes = INPUT.take();
            bytes.clear();
            self.make(&mut random, &mut bytes);
            let report =
                || format!("{}, seed {seed}, case {case}: {}", self.name, bytes.escape_ascii());
            let witness = Witness(&report);
            accepted += u64::from((self.check)(&bytes, &mut random));
            drop(witness);
            INPUT.set(bytes);
        }
        accepted
    }

    /// Makes an input: by the grammar, a good one, a damaged one, or noise.
    pub(super) fn make(&self, random: &mut Random, bytes: &mut Vec<u8>) {
        let kind = random.below(16);
        match (kind, self.grammar) {
            (0, _) => mutate::noise(random, bytes),
            (1..=7, Some(grammar)) => grammar(random, bytes),
            _ => bytes.extend(random.pick(self.samples).as_bytes()),
        }
        if kind > 1 && kind != 7 {
            mutate::damage(random, bytes, self.words);
        }
    }
}

fn text(bytes: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(bytes)
}

fn body(bytes: &[u8], _: &mut Random) -> bool {
    let members = Members::parse(bytes);
    assert_eq!(members.is_some(), second_reader::accepts(bytes), "two readers disagree");
    let Some(members) = members else { return false };
    for name in ["token", "method", "fqdn", "auth_id"] {
        let (needed, optional) = (members.text(name), members.optional_text(name));
        let nullable = members.nullable_text(name);
        if let Ok(text) = needed {
            assert_eq!((optional.unwrap(), nullable.unwrap()), (Some(text), Some(text)));
        }
    }
    true
}

/// Compared with the rule as S-55 words it.
fn auth(bytes: &[u8], random: &mut Random) -> bool {
    let read = header::parse(bytes).map(|c| (c.username.as_bytes(), c.password.as_bytes()));
    let is_printable = |trimmed: &[u8]| trimmed.iter().all(|byte| (0x20..0x7f).contains(byte));
    let trimmed = bytes.trim_ascii();
    let colon = trimmed.iter().position(|byte| *byte == b':');
    let expected = match colon {
        Some(colon) if bytes.len() <= 512 && is_printable(trimmed) => {
            let (username, password) = (&trimmed[..colon], &trimmed[colon + 1..]);
            (!username.is_empty() && !password.is_empty()).then_some((username, password))
        }
        _ => None,
    };
    assert_eq!(read, expected);
    if random.one_in(16)
        && let Ok(value) = HeaderValue::from_bytes(bytes)
    {
        let mut headers = HeaderMap::new();
        headers.append(header::X_SERVICE_AUTH, value.clone());
        let one = header::credentials(&headers);
        assert_eq!(
            one.map(|c| c.username),
            read.map(|(name, _)| std::str::from_utf8(name).unwrap())
        );
        headers.append(header::X_SERVICE_AUTH, value);
        assert!(header::credentials(&headers).is_none(), "two fields are refused");
    }
    read.is_some()
}

fn route(bytes: &[u8], _: &mut Random) -> bool {
    let path = text(bytes);
    let plain = normalise_path(&path);
    assert_eq!(normalise_path(&plain), plain, "plain twice is plain");
    let target = Route::parse(&path);
    assert_eq!(Route::parse(&plain), target, "slashes make no difference");
    if let Ok(mut uri) = Uri::try_from(bytes) {
        normalise_uri(&mut uri);
    }
    let Some(target) = target else { return false };
    for method in
        [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::HEAD]
    {
        let is_listed = target.methods().split(", ").any(|listed| listed == method.as_str());
        assert_eq!(target.call(&method).is_some(), is_listed, "{method}");
    }
    true
}

fn phone(bytes: &[u8], random: &mut Random) -> bool {
    let Some(number) = PhoneNumber::parse(&text(bytes)) else { return false };
    let e164 = number.as_e164();
    let digits = e164.strip_prefix('+').expect("canonical numbers begin with +");
    assert!((7..=15).contains(&digits.len()) && !digits.starts_with('0'), "{e164}");
    assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "{e164}");
    assert_eq!(PhoneNumber::parse(e164), Some(number));
    let masked = number.masked();
    assert!(masked.chars().count() == e164.len() && masked != e164, "{masked}");
    if random.one_in(64) {
        let country = number.country();
        assert!(Countries::All.allow(country));
    }
    true
}

fn entered(bytes: &[u8], _: &mut Random) -> bool {
    let typed = text(bytes);
    let kept: String = typed.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let expected = (1..=16).contains(&kept.chars().count()).then_some(kept);
    let read = EnteredCode::parse(&typed);
    assert_eq!(read.as_ref().map(EnteredCode::expose), expected.as_deref());
    assert!(read.as_ref().is_none_or(|read| format!("{read:?}") == "EnteredCode(…)"));
    read.is_some()
}

fn host(bytes: &[u8], _: &mut Random) -> bool {
    let Some(read) = ServiceHost::parse(&text(bytes)) else { return false };
    let host = read.host();
    assert!((1..=253).contains(&host.len()), "{host:?}");
    assert!(!host.contains(['/', '@', '?', '#', ' ', '"', '\\', '[', ']', '<']), "{host:?}");
    assert!(!host.chars().any(|c| c.is_control() || c.is_ascii_uppercase()), "{host:?}");
    let again = ServiceHost::parse(host);
    assert_eq!(again.as_ref().map(ServiceHost::host), Some(host), "a host is its own host");
    true
}

fn names(bytes: &[u8], _: &mut Random) -> bool {
    let typed = text(bytes);
    let trimmed = typed.trim();
    let fits = |max| {
        (1..=max).contains(&trimmed.chars().count()) && !trimmed.chars().any(char::is_control)
    };
    assert_eq!(ServiceName::parse(&typed).is_some(), fits(100));
    assert_eq!(Login::parse(&typed).is_some(), fits(255));
    assert_eq!(Login::parse(&typed), Login::parse(trimmed));
    fits(255)
}

fn message(bytes: &[u8], _: &mut Random) -> bool {
    let typed = text(bytes);
    let template = Template::new(&typed);
    if let Ok(template) = &template {
        assert_eq!(template.as_str(), typed);
        assert!(typed.split(CODE_PLACEHOLDER).count() == 2 && !typed.contains(['\r', '\n', '\0']));
    }
    let sender = SenderId::parse(&typed);
    if let Some(sender) = &sender {
        assert!(sender.as_str().is_ascii() && sender.as_str().len() <= 16, "{sender}");
        assert!(!sender.as_str().contains(|c: char| c.is_control()), "{sender}");
    }
    template.is_ok() || sender.is_some()
}

fn lists(bytes: &[u8], _: &mut Random) -> bool {
    let typed = text(bytes);
    let countries = Countries::parse(&typed);
    if let Ok(countries) = &countries {
        assert_eq!(Countries::parse(&countries.to_string()).as_ref(), Ok(countries));
    }
    countries.is_ok() || typed.parse::<LogFilter>().is_ok()
}

fn ids(bytes: &[u8], _: &mut Random) -> bool {
    let typed = text(bytes);
    let id = UserId::parse(&typed);
    if let Some(id) = id {
        assert!(id.to_string().eq_ignore_ascii_case(&typed), "{typed} is another spelling of {id}");
        assert_eq!(VerificationId::parse(&typed).map(|id| id.to_string()), Some(id.to_string()));
    }
    let key = RootKey::parse(&typed);
    if let Some(key) = &key {
        assert!(key.to_hex().eq_ignore_ascii_case(typed.trim()));
    }
    let request = RequestId::parse(bytes);
    if let Some(request) = request {
        assert_eq!(request.as_str().as_bytes(), bytes);
    }
    let is_name = is_username(&typed);
    assert!(!is_name || (1..=64).contains(&typed.len()) && !typed.contains([':', ' ', '\r', '\n']));
    id.is_some() || key.is_some() || request.is_some() || is_name
}
