//! Words that only certain rooms may say.

use super::source::{Source, lines_with};
use super::tree::Tree;
use super::{Finding, nothing_found, something_found};

/// What a border looks at.
#[derive(Clone, Copy)]
enum Layer {
    Code,
    Strings,
}

/// Words that must not be said in some rooms, but for named exceptions.
struct Border {
    layer: Layer,
    words: &'static [&'static str],
    /// Beginnings of paths; `*` stands for any crate.
    within: &'static [&'static str],
    /// Beginnings of paths where the words may be said, each with its reason.
    except: &'static [(&'static str, &'static str)],
    /// A file and a line in it that must be caught.
    sample: (&'static str, &'static str),
    remedy: &'static str,
}

impl Border {
    /// Everything that crosses the border, unit tests aside.
    fn crossings(&self, tree: &Tree) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (path, text) in tree.rust().filter(|(path, _)| self.holds_in(path)) {
            if !self.except.iter().any(|(allowed, _)| path.starts_with(allowed)) {
                findings.extend(self.said_in(path, text));
            }
        }
        findings
    }

    fn said_in(&self, path: &str, text: &str) -> Vec<Finding> {
        let source = Source::of_program(text);
        let layer = match self.layer {
            Layer::Code => &source.code,
            Layer::Strings => &source.strings,
        };
        let said = |word: &&str| {
            let word = (*word).to_owned();
            let lines = lines_with(layer, &word).into_iter();
            lines.map(move |line| Finding::new(path, line, format!("says `{word}`")))
        };
        self.words.iter().flat_map(said).collect()
    }

    fn holds_in(&self, path: &str) -> bool {
        self.within.iter().any(|room| match room.split_once("/*/") {
            None => path.starts_with(room),
            Some((before, after)) => {
                let below = path.strip_prefix(before).and_then(|rest| rest.strip_prefix('/'));
                let in_crate = below.and_then(|rest| rest.split_once('/'));
                in_crate.is_some_and(|(_, rest)| rest.starts_with(after))
            }
        })
    }

    /// Exceptions that nothing needs any more.
    fn stale_exceptions(&self, tree: &Tree) -> Vec<Finding> {
        let is_stale = |allowed: &&(&str, &str)| {
            let mut files = tree.rust().filter(|(path, _)| path.starts_with(allowed.0));
            files.all(|(path, text)| self.said_in(path, text).is_empty())
        };
        let stale = self.except.iter().filter(is_stale);
        stale
            .map(|(path, reason)| Finding::new(path, 0, format!("exempt for nothing: {reason}")))
            .collect()
    }

    /// Shows the border its sample, then holds it in the tree.
    fn hold(&self) {
        let (path, line) = self.sample;
        something_found(&self.crossings(&Tree::sample(&[(path, line)])), line);
        let hidden = match self.layer {
            Layer::Code => format!("// {line}\n#[cfg(test)]\nmod tests {{ {line} }}"),
            Layer::Strings => format!("// {line}"),
        };
        nothing_found(
            &self.crossings(&Tree::sample(&[(path, &hidden)])),
            "mend the rule: comments and unit tests are free",
        );
        nothing_found(&self.crossings(Tree::of_repository()), self.remedy);
        nothing_found(
            &self.stale_exceptions(Tree::of_repository()),
            "take the exception out of borders.rs",
        );
    }
}

const PROGRAM: &[&str] = &["crates/*/src/", "bench/src/"];

/// What reads or changes the world, or waits for it.
const WORLD: &[&str] = &[
    "std::fs",
    "std::io",
    "std::env",
    "std::process",
    "std::thread",
    "std::time",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned",
    "Tcp*",
    "Udp*",
    "Unix*",
    "ToSocketAddrs",
    "tokio",
    "async",
    "await",
    "println",
    "eprintln",
    "include_str",
    "tracing",
    "http",
];

#[test]
fn the_rules_touch_no_world() {
    Border {
        layer: Layer::Code,
        words: WORLD,
        within: &["crates/verify/src/"],
        except: &[],
        sample: ("crates/verify/src/x.rs", "fn f() -> Timestamp { Timestamp::now() }"),
        remedy: "a rule is a pure function: take the time, the bytes or the text as an argument (design.md section 3)",
    }
    .hold();
}

#[test]
fn the_wire_touches_no_world() {
    Border {
        layer: Layer::Code,
        words: WORLD,
        within: &["crates/smpp/src/"],
        except: &[],
        sample: ("crates/smpp/src/x.rs", "use tokio::net::TcpStream;"),
        remedy: "bytes come in and go out as slices: read and write them in `delivery` (delivery.md section 1)",
    }
    .hold();
}

#[test]
fn md5_is_in_the_widget_signature_and_where_a_provider_asks_for_it() {
    Border {
        layer: Layer::Code,
        words: &["md5*", "md_5*"],
        within: PROGRAM,
        except: &[
            ("crates/verify/src/widget/signature.rs", "requests and answers of version 1 (S-74)"),
            ("crates/client/src/widget/version_1.rs", "the other side of them"),
            ("crates/delivery/src/provider/vonage/signature.rs", "what that provider signs with (ADR 10)"),
        ],
        sample: ("crates/verify/src/widget/parameters.rs", "use md5::Md5;"),
        remedy: "sign with HMAC-SHA-256; MD5 is for programs that know nothing else (security rule S-74)",
    }
    .hold();
}

#[test]
fn sql_is_written_below_the_engines_only() {
    Border {
        layer: Layer::Strings,
        words: &[
            "SELECT ", "INSERT INTO", "INSERT OR", "DELETE FROM", "UPDATE ", "CREATE TABLE", "CREATE INDEX", "DROP TABLE",
            "ALTER TABLE", "PRAGMA ", "BEGIN IMMEDIATE", "VACUUM",
        ],
        within: &["crates/*/src/", "bench/", "crates/verify/", "crates/delivery/", "crates/server/"],
        except: &[
            ("crates/store/src/sqlite/", "an engine that speaks SQL"),
            ("crates/store/src/postgres/", "an engine that speaks SQL"),
            ("bench/src/postgres/database.rs", "asks PostgreSQL what its sessions wait for"),
            ("crates/server/tests/it/tidy/", "these words, to look for them"),
        ],
        sample: ("crates/server/src/jobs/x.rs", "fn f() { run(\"DELETE FROM outbox\"); }"),
        remedy: "name the records in `Keys`, or add a `Read` to the store and answer it in every engine",
    }
    .hold();
}

#[test]
fn a_database_library_is_known_to_its_engine_only() {
    Border {
        layer: Layer::Code,
        words: &["rusqlite*", "tokio_postgres*"],
        within: &["crates/", "bench/"],
        except: &[
            ("crates/store/src/sqlite/", "an engine that speaks SQL"),
            ("crates/store/src/postgres/", "an engine that speaks SQL"),
            ("crates/store/tests/it/sqlite/", "looks at the engine's file from outside"),
            ("crates/store/tests/it/postgres/", "makes databases, and looks at them from outside"),
        ],
        sample: ("crates/delivery/src/x.rs", "use rusqlite::Connection;"),
        remedy: "go through `Store`; what it cannot answer belongs into its trait",
    }
    .hold();
}

#[test]
fn http_answers_are_built_at_the_border() {
    Border {
        layer: Layer::Code,
        words: &["StatusCode", "http::Response", "Response<*"],
        within: &["crates/*/src/"],
        except: &[
            ("crates/server/src/http/", "the dialects and the edge"),
            ("crates/server/src/pages/", "the pages"),
            ("crates/server/src/app.rs", "hands each route to its dialect, and turns axum's own 405 into JSON"),
            ("crates/server/src/telemetry/requests.rs", "counts answers by status; builds none"),
            ("crates/delivery/src/webhook.rs", "a client: reads the statuses of others"),
            ("crates/delivery/src/http_client/", "a client: reads the statuses of others"),
            ("crates/delivery/src/outbound/client.rs", "a client: reads the statuses of others"),
            ("crates/delivery/src/provider/", "a client: reads the statuses of others"),
        ],
        sample: ("crates/server/src/jobs/x.rs", "fn f() -> StatusCode { StatusCode::OK }"),
        remedy: "give back an outcome or a refusal; the dialect's table turns it into a status (style.md 2.7, case 6)",
    }
    .hold();
}

#[test]
fn calls_to_the_outside_are_made_in_declared_files() {
    Border {
        layer: Layer::Code,
        words: &["TcpStream::connect", "TcpSocket", "HttpConnector*", "client::conn*", "lookup_host", "ToSocketAddrs"],
        within: &["crates/*/src/"],
        except: &[
            ("crates/delivery/src/http_client/", "gateways: the operator gives the address"),
            ("crates/delivery/src/smpp/dial.rs", "gateways: the operator gives the address"),
            ("crates/delivery/src/outbound/", "reports, hand-over, pushes: an integrator or an app gives the address"),
            ("crates/client/src/http/exchange.rs", "the library of those who call us: they give our address"),
        ],
        sample: ("crates/server/src/jobs/x.rs", "async fn f() { TcpStream::connect(\"127.0.0.1:1\").await; }"),
        remedy: "call through `delivery::outbound`, which looks where an address leads (security rules S-81, S-83)",
    }
    .hold();
}

#[test]
fn the_wall_clock_is_read_in_one_file() {
    Border {
        layer: Layer::Code,
        words: &[
            "SystemTime::now",
            "Timestamp::now",
            "Zoned::now",
            "UNIX_EPOCH.elapsed",
            "clock_gettime",
        ],
        within: PROGRAM,
        except: &[
            ("crates/server/src/clock.rs", "the one file"),
            ("bench/src/clock.rs", "the load program is no part of the server"),
            ("crates/client/src/clock.rs", "the client library is no part of the server"),
        ],
        sample: ("crates/delivery/src/x.rs", "fn f() -> Timestamp { Timestamp::now() }"),
        remedy: "take a time, or a `Clock` in the server: --dev and the tests move it",
    }
    .hold();
}

#[test]
fn the_systems_randomness_is_read_in_one_file() {
    Border {
        layer: Layer::Code,
        words: &["getrandom*", "rand::*", "OsRng", "thread_rng", "new_v4", "now_v7", "fastrand*"],
        within: PROGRAM,
        except: &[
            ("crates/server/src/entropy.rs", "the one file"),
            ("crates/client/src/chance.rs", "the client library is no part of the server"),
        ],
        sample: ("crates/store/src/x.rs", "fn f() -> Uuid { Uuid::new_v4() }"),
        remedy: "take `&mut dyn Entropy` as an argument (security rule S-1)",
    }
    .hold();
}

#[test]
fn the_environment_is_read_in_one_file() {
    Border {
        layer: Layer::Code,
        words: &["std::env", "env::var*", "env::args*", "env::current_dir", "env::temp_dir"],
        within: &["crates/*/src/"],
        except: &[
            ("crates/server/src/config/environment.rs", "the one file"),
            ("crates/client/src/environment.rs", "the client library is no part of the server"),
        ],
        sample: ("crates/server/src/cli/x.rs", "fn f() { std::env::var(\"HOME\"); }"),
        remedy: "make it a key of the configuration, which reads file, environment and flags once",
    }
    .hold();
}

#[test]
fn tasks_begin_in_one_file() {
    Border {
        layer: Layer::Code,
        words: &["tokio::spawn", "task::spawn", "spawn_local", "Handle::current"],
        within: PROGRAM,
        except: &[("crates/server/src/tasks.rs", "the one file")],
        sample: ("crates/server/src/jobs/x.rs", "fn f() { tokio::spawn(async {}); }"),
        remedy: "use `tasks::TaskSet` or `tasks::spawn_named`: a task has an owner who ends it (style.md 2.7, case 7)",
    }
    .hold();
}

#[test]
fn only_the_check_rule_calls_the_comparator() {
    Border {
        layer: Layer::Code,
        words: &[".matches("],
        within: &["crates/verify/src/"],
        except: &[
            ("crates/verify/src/engine/check.rs", "the rule"),
            ("crates/verify/src/message.rs", "`str::matches`: counts the places for the code in a template"),
        ],
        sample: ("crates/verify/src/engine/start.rs", "fn f() { keys.code.matches(&scope, &kept, &entered); }"),
        remedy: "call `engine::check`: a second path to \"verified\" must not exist (security rule S-10)",
    }
    .hold();
}

#[test]
fn the_comparator_is_called_once_and_hidden_from_other_crates() {
    fn findings(tree: &Tree) -> Vec<Finding> {
        let code = |path| Source::of_program(tree.text(path).unwrap_or_default()).code;
        let (keys, check) = ("crates/verify/src/keys.rs", "crates/verify/src/engine/check.rs");
        let mut findings = Vec::new();
        if !code(keys).contains("    pub(crate) fn matches(") {
            findings.push(Finding::new(keys, 0, "`CodeKey::matches` is not `pub(crate)`"));
        }
        if code(check).matches(".matches(").count() != 1 {
            findings.push(Finding::new(check, 0, "the comparator is not called exactly once"));
        }
        findings
    }
    let sample = [
        ("crates/verify/src/keys.rs", "impl CodeKey {\n    pub fn matches(&self) {}\n}"),
        ("crates/verify/src/engine/check.rs", "a.matches(b) || a.matches(c)"),
    ];
    assert_eq!(findings(&Tree::sample(&sample)).len(), 2);
    let remedy = "keep the comparator where only the check rule can reach it, in one call (security rule S-10)";
    nothing_found(&findings(Tree::of_repository()), remedy);
}

#[test]
fn what_a_person_entered_goes_from_the_wire_to_the_check_and_nowhere_else() {
    Border {
        layer: Layer::Code,
        words: &["EnteredCode"],
        within: PROGRAM,
        except: &[
            ("crates/verify/src/code.rs", "its home"),
            ("crates/verify/src/keys.rs", "the comparator"),
            ("crates/verify/src/engine/check.rs", "the rule"),
            ("crates/server/src/http/verification/authentication.rs", "the wire word `token`"),
            ("crates/server/src/http/number/pin.rs", "the wire word `pin`"),
            ("crates/verify/src/keys/app.rs", "the digest of a recovery code"),
            ("crates/verify/src/engine/check/", "the rule"),
            ("crates/verify/src/engine/authenticator.rs", "hands the first code on to the rule"),
            ("crates/verify/src/engine/device/entries.rs", "hands the proofs of a device on to the rule"),
            ("crates/verify/src/engine/recovery.rs", "makes the codes that are entered later"),
            ("crates/server/src/http/widget/code.rs", "the wire word `code`"),
            ("crates/server/src/http/app_api/enrol.rs", "the wire word `pin`"),
            ("crates/server/src/http/app_api/other.rs", "the wire word `code`"),
            ("crates/server/src/http/app_api/sync.rs", "the wire word `code`"),
            ("crates/server/src/http/verification/authenticators.rs", "the wire word `token`"),
            ("crates/server/src/http/verification/recovery.rs", "the wire word `code`"),
        ],
        sample: ("crates/server/src/pages/x.rs", "fn f(entered: EnteredCode) {}"),
        remedy: "hand it to `engine::check` at once; nobody else may look at it (security rule S-10)",
    }
    .hold();
}

#[test]
fn rules_and_records_know_no_wire_format() {
    Border {
        layer: Layer::Code,
        words: &["serde*", "Serialize", "Deserialize"],
        within: &["crates/verify/src/", "crates/store/src/"],
        except: &[],
        sample: ("crates/verify/src/record.rs", "#[derive(Serialize)] struct User;"),
        remedy: "define a wire type in the dialect and fill it from the record: a record's fields are not an API",
    }
    .hold();
}

#[test]
fn every_queue_has_a_bound() {
    Border {
        layer: Layer::Code,
        words: &["unbounded*", "Unbounded*", "mpsc::channel()"],
        within: &["crates/", "bench/src/", "tests/src/"],
        except: &[],
        sample: ("crates/delivery/src/x.rs", "let (tx, rx) = tokio::sync::mpsc::unbounded_channel();"),
        remedy: "take a bounded channel with a `…_MAX` from the crate's limits.rs; a full queue is an answer",
    }
    .hold();
}

#[test]
fn no_code_is_unsafe() {
    Border {
        layer: Layer::Code,
        words: &["unsafe", "unsafe_code", "static mut", "transmute"],
        within: &["crates/", "bench/", "tests/"],
        except: &[],
        sample: ("crates/store/src/x.rs", "fn f() { unsafe { g() } }"),
        remedy: "find the safe way, or a known crate that has done it (security rule S-115)",
    }
    .hold();
}

#[test]
fn the_linters_doors_are_opened_in_their_files_only() {
    Border {
        layer: Layer::Code,
        words: &[
            "clippy::disallowed_methods",
            "clippy::disallowed_types",
            "clippy::unwrap_used",
            "clippy::all",
        ],
        within: PROGRAM,
        except: &[
            ("crates/server/src/clock.rs", "reads the wall clock"),
            ("crates/server/src/entropy.rs", "reads the system's randomness"),
            ("crates/server/src/config/environment.rs", "reads the environment"),
            ("crates/server/src/tasks.rs", "starts tasks"),
            (
                "crates/server/src/http/auth/password.rs",
                "hashes beside the tasks, on as many cores as are given",
            ),
            (
                "crates/server/src/pages/widget/formats.rs",
                "computes beside the tasks what is kept then",
            ),
            ("crates/delivery/src/outbound/roots.rs", "reads files beside the tasks, once"),
            ("crates/client/src/clock.rs", "reads the wall clock for programs that call us"),
            ("crates/client/src/chance.rs", "reads the system's randomness for them"),
            ("crates/client/src/environment.rs", "reads where the server is"),
        ],
        sample: ("crates/server/src/jobs/x.rs", "#[allow(clippy::disallowed_methods)] fn f() {}"),
        remedy: "use what clippy.toml names instead; `expect` says why a failure cannot happen",
    }
    .hold();
}
