//! Log lines as a reader of stderr gets them, and the list of metrics.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Write;
use std::sync::{Arc, Mutex};

use ringproof_server::config::{LogConfig, LogFormat};
use ringproof_server::telemetry::logs;
use ringproof_server::telemetry::metrics::{Kind, TABLE};
use serde_json::Value;
use tracing::{debug, error, info, info_span, trace, warn};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What is written while `act` runs.
fn written(level: &str, format: LogFormat, is_terminal: bool, act: impl FnOnce()) -> String {
    let config = LogConfig { level: level.parse().unwrap(), format };
    let kept = Kept::default();
    let (dispatch, guard) = logs::to_sink(&config, is_terminal, is_terminal, kept.clone()).unwrap();
    tracing::dispatcher::with_default(&dispatch, act);
    drop(guard);
    let bytes = kept.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn json_lines(level: &str, act: impl FnOnce()) -> Vec<Value> {
    let text = written(level, LogFormat::Json, false, act);
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

#[test]
fn a_json_line_has_the_documented_shape() {
    let lines = json_lines("info", || {
        info!(target: "ringproof_server::serve", address = %"127.0.0.1:8080", workers = 3, tls = false, load = 0.5, "listening");
    });
    let mut line = lines[0].clone();
    let timestamp = line["timestamp"].take();
    let timestamp = timestamp.as_str().unwrap();
    assert!(timestamp.parse::<jiff::Timestamp>().is_ok(), "{timestamp}");
    assert_eq!((timestamp.len(), &timestamp[19..20], &timestamp[23..]), (24, ".", "Z"));
    let expected = serde_json::json!({
        "timestamp": null, "level": "info", "message": "listening", "target": "ringproof_server::serve",
        "address": "127.0.0.1:8080", "workers": 3, "tls": false, "load": 0.5,
    });
    assert_eq!(line, expected);
}

#[test]
fn fields_of_spans_stand_beside_those_of_the_event_each_name_once() {
    let lines = json_lines("info", || {
        let outer = info_span!(target: "ringproof_x", "request", request.id = "r1", attempts = 1, late = tracing::field::Empty);
        let _outer = outer.enter();
        let inner = info_span!(target: "ringproof_x", "check", attempts = 2);
        let _inner = inner.enter();
        outer.record("late", 9);
        info!(target: "ringproof_x", { gateway.name = "hook" }, "one");
        warn!(target: "ringproof_x", attempts = 3, level = "odd", "two");
    });
    assert_eq!(lines[0]["request.id"], "r1");
    assert_eq!(lines[0]["gateway.name"], "hook");
    assert_eq!(lines[0]["attempts"], 2);
    assert_eq!(lines[0]["late"], 9);
    assert_eq!(lines[1]["attempts"], 3);
    assert_eq!(lines[1]["level"], "warn");
    assert_eq!(lines[1]["field.level"], "odd");
}

#[test]
fn numbers_and_causes_stay_readable_json() {
    let cause = std::io::Error::other("disk full");
    let error = ringproof_server::telemetry::logs::LogError::Thread(cause);
    let lines = json_lines("info", || {
        info!(target: "ringproof_x", nan = f64::NAN, huge = u64::MAX, negative = i64::MIN, "numbers");
        error!(target: "ringproof_x", error = &error as &dyn std::error::Error, "fault");
    });
    assert_eq!(lines[0]["nan"], Value::Null);
    assert_eq!(lines[0]["huge"], u64::MAX);
    assert_eq!(lines[0]["negative"], i64::MIN);
    assert_eq!(lines[1]["error"], "could not start the thread that writes the log: disk full");
}

#[test]
fn foreign_text_can_neither_forge_a_line_nor_turn_the_reading_direction() {
    let payload = "x\",\"level\":\"error\"}\n{\"message\":\"forged\u{1b}[2J\u{202e}\u{9b}\u{2028}";
    let act = || {
        info!(target: "ringproof_x", user = payload, debugged = ?payload, "{payload}");
        info!(target: "ringproof_x", "after");
    };
    let lines = json_lines("info", act);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["message"], payload);
    assert_eq!(lines[0]["user"], payload);
    assert_eq!(lines[0]["level"], "info");

    for text in
        [written("info", LogFormat::Json, false, act), written("info", LogFormat::Text, false, act)]
    {
        assert_eq!(text.lines().count(), 2, "{text}");
        for bad in ['\u{1b}', '\u{202e}', '\u{9b}', '\u{2028}'] {
            assert!(!text.contains(bad), "{bad:?} in {text}");
        }
    }
}

#[test]
fn text_is_for_terminals_and_json_for_everything_else() {
    let act = || info!(target: "ringproof_x", address = "127.0.0.1:8080", note = "two words", "listening");
    let coloured = written("info", LogFormat::Auto, true, act);
    assert!(
        coloured.contains(
            "\u{1b}[32m INFO\u{1b}[0m listening \u{1b}[2maddress=\u{1b}[0m127.0.0.1:8080"
        ),
        "{coloured:?}"
    );
    let plain = written("info", LogFormat::Text, false, act);
    assert!(
        plain.ends_with(
            "Z  INFO listening address=127.0.0.1:8080 note=\"two words\" (ringproof_x)\n"
        ),
        "{plain}"
    );
    assert!(written("info", LogFormat::Auto, false, act).starts_with("{\"timestamp\":\""));
    assert!(written("info", LogFormat::Json, true, act).starts_with("{\"timestamp\":\""));
}

#[test]
fn libraries_log_at_most_info_even_at_trace() {
    let act = || {
        trace!(target: "ringproof_server::http", "ours");
        trace!(target: "hyper::proto", body = "canary", "theirs");
        debug!(target: "h2::codec", header = "canary", "theirs");
        info!(target: "rustls", "theirs");
    };
    let messages = |level| {
        let lines = json_lines(level, act);
        lines.iter().map(|line| line["target"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(messages("trace"), ["ringproof_server::http", "rustls"]);
    assert_eq!(messages("warn,ringproof_server=trace"), ["ringproof_server::http"]);
    // Configuration refuses this; the cap holds where it did not come through there.
    assert_eq!(messages("error,h2=trace,hyper=trace"), Vec::<String>::new());
    assert_eq!(messages("trace,ringproof_server=error,rustls=off"), Vec::<String>::new());
}

#[test]
fn panics_become_one_error_line_without_raw_text() {
    // The hook belongs to the whole process: put the usual one back for the other tests.
    let usual = std::panic::take_hook();
    logs::log_panics();
    let lines = json_lines("info", || {
        let outcome = std::panic::catch_unwind(|| panic!("broken\ninvariant"));
        assert!(outcome.is_err());
    });
    std::panic::set_hook(usual);
    let line = lines
        .iter()
        .find(|line| line["panic"] == "broken\ninvariant")
        .expect("a line about the panic");
    assert_eq!(line["level"], "error");
    assert!(line["place"].as_str().unwrap().contains("telemetry.rs:"), "{line}");
}

#[test]
fn the_manual_has_a_row_for_every_metric_and_for_no_other() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/OPERATING.md");
    let manual = std::fs::read_to_string(path).unwrap();
    for metric in TABLE {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Seconds | Kind::LongSeconds => "histogram",
        };
        let labels: Vec<String> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
        let (name, labels) = (format!("`{}`", metric.name), labels.join(", "));
        let row = ["", &name, kind, &labels];
        let has_row = manual.lines().any(|line| line.split('|').map(str::trim).take(4).eq(row));
        assert!(has_row, "docs/OPERATING.md has no row that begins {}", row.join(" | "));
    }
    for line in manual.lines().filter(|line| line.starts_with("| `ringproof_")) {
        let is_known = TABLE.iter().any(|m| line.starts_with(&format!("| `{}` |", m.name)));
        assert!(is_known, "docs/OPERATING.md lists what is no metric: {line}");
    }
}
