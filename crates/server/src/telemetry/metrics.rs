//! Metrics in Prometheus text. [`TABLE`] has every one with its meaning; whoever counts something takes the name
//! from [`names`]; those of gateways stand beside what counts them. Labels come from closed lists and configured names:
//! never an id, an address or a phone number.

use delivery::conversion::CONVERSIONS;
use delivery::meters::names as gateways;
use delivery::smpp::meters::names as smpp;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};

use crate::clock::Clock;

/// Names of all metrics.
pub mod names {
    /// Answered requests.
    pub const REQUESTS: &str = "ringproof_requests_total";
    /// From the whole head of a request to its answer.
    pub const REQUEST_SECONDS: &str = "ringproof_request_duration_seconds";
    /// Open connections.
    pub const CONNECTIONS: &str = "ringproof_connections";
    /// Connections that were not let in.
    pub const CONNECTIONS_REFUSED: &str = "ringproof_connections_refused_total";
    /// Logins with a wrong username or secret.
    pub const LOGINS_FAILED: &str = "ringproof_logins_failed_total";
    /// Runs of the code comparator.
    pub const CODE_COMPARISONS: &str = "ringproof_code_comparisons_total";
    /// Steps in the life of verifications.
    pub const VERIFICATIONS: &str = "ringproof_verifications_total";
    /// Clients' wishes to send a message.
    pub const SMS: &str = "ringproof_sms_total";
    /// Receipts from gateways.
    pub const RECEIPTS: &str = "ringproof_receipts_total";
    /// From the wish for a code or a message to the receipt that the handset has it.
    pub const HANDSET_SECONDS: &str = "ringproof_handset_seconds";
    /// Codes that went to another gateway after one took them.
    pub const FAIL_OVERS: &str = "ringproof_fail_overs_total";
    /// Calls of the authenticator app.
    pub const APP_CALLS: &str = "ringproof_app_calls_total";
    /// Requests and sessions of the widget.
    pub const WIDGET: &str = "ringproof_widget_total";
    /// Pushes to devices.
    pub const PUSHES: &str = "ringproof_pushes_total";
    /// Calls that are owed to clients.
    pub const REPORTS: &str = "ringproof_reports_total";
    /// Messages by what became of them.
    pub const MESSAGES: &str = "ringproof_messages_total";
    /// Messages that found the dispatcher's queue full and wait in the outbox.
    pub const MESSAGES_DEFERRED: &str = "ringproof_messages_deferred_total";
    /// Log lines lost because stderr was not read.
    pub const LOG_LINES_LOST: &str = "ringproof_log_lines_lost_total";
    /// How far our clock is ahead of the database's.
    pub const CLOCK_GAP: &str = "ringproof_clock_gap_seconds";
    /// When the certificate in use ends.
    pub const CERTIFICATE_END_TIME: &str = "ringproof_certificate_end_time_seconds";
    /// Codes that the guard against pumped traffic refused, or would have refused.
    pub const GUARD_REFUSALS: &str = "ringproof_guard_refusals_total";
    /// Caps of accounts of which four fifths were used.
    pub const LIMITS_NEARLY_FULL: &str = "ringproof_limits_nearly_full_total";
    /// Areas of services that the guard holds.
    pub const GUARD_HELD: &str = "ringproof_guard_held_areas";
    /// Always 1, with the program's version as label.
    pub const BUILD_INFO: &str = "ringproof_build_info";
    /// When the process started.
    pub const START_TIME: &str = "ringproof_start_time_seconds";
}

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Durations, in buckets of seconds.
    Seconds,
    /// The same for what takes seconds to minutes.
    LongSeconds,
}

/// One metric with its meaning.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    /// Its name, ending in its unit.
    pub name: &'static str,
    /// What it counts.
    pub kind: Kind,
    /// Labels; their values come from closed lists or are configured names.
    pub labels: &'static [&'static str],
    /// Its HELP line.
    pub help: &'static str,
}

const fn metric(
    name: &'static str,
    kind: Kind,
    labels: &'static [&'static str],
    help: &'static str,
) -> Metric {
    Metric { name, kind, labels, help }
}

/// Every metric of the server.
pub const TABLE: &[Metric] = &[
    metric(
        names::REQUESTS,
        Kind::Counter,
        &["dialect", "status"],
        "Answered requests by interface and status.",
    ),
    metric(
        names::REQUEST_SECONDS,
        Kind::Seconds,
        &["dialect"],
        "Time from the whole head of a request to its answer.",
    ),
    metric(names::CONNECTIONS, Kind::Gauge, &[], "Open connections."),
    metric(
        names::CONNECTIONS_REFUSED,
        Kind::Counter,
        &["reason"],
        "Connections that were not let in.",
    ),
    metric(names::LOGINS_FAILED, Kind::Counter, &[], "Logins with a wrong username or secret."),
    metric(
        names::CODE_COMPARISONS,
        Kind::Counter,
        &[],
        "Codes that were compared with the right one.",
    ),
    metric(names::VERIFICATIONS, Kind::Counter, &["outcome"], "Verifications started and ended."),
    metric(
        names::SMS,
        Kind::Counter,
        &["outcome"],
        "Messages that clients asked for, by what came of it.",
    ),
    metric(
        names::RECEIPTS,
        Kind::Counter,
        &["gateway", "state"],
        "Receipts from gateways by what they say, and whether they were of use.",
    ),
    metric(
        names::HANDSET_SECONDS,
        Kind::LongSeconds,
        &["gateway"],
        "Time from the wish for a message to the receipt that the handset has it.",
    ),
    metric(
        names::FAIL_OVERS,
        Kind::Counter,
        &[],
        "Codes that went to another gateway although one had taken them.",
    ),
    metric(
        names::APP_CALLS,
        Kind::Counter,
        &["outcome"],
        "Calls of the authenticator app by what came of them.",
    ),
    metric(
        names::WIDGET,
        Kind::Counter,
        &["outcome"],
        "Requests and sessions of the widget by what became of them.",
    ),
    metric(
        CONVERSIONS,
        Kind::Counter,
        &["gateway", "result"],
        "Codes that were entered, by what came of telling their gateway.",
    ),
    metric(
        names::PUSHES,
        Kind::Counter,
        &["outcome"],
        "Pushes to devices by what the push service said.",
    ),
    metric(
        names::REPORTS,
        Kind::Counter,
        &["outcome"],
        "Calls of clients' addresses by what came of them.",
    ),
    metric(
        names::MESSAGES,
        Kind::Counter,
        &["gateway", "outcome"],
        "Messages by gateway and what became of them.",
    ),
    metric(
        names::MESSAGES_DEFERRED,
        Kind::Counter,
        &[],
        "Messages that found the dispatcher's queue full and wait in the outbox.",
    ),
    metric(
        gateways::SUBMITTED,
        Kind::Counter,
        &["gateway"],
        "Messages that were handed to a gateway, each try of one.",
    ),
    metric(
        gateways::RESULTS,
        Kind::Counter,
        &["gateway", "class"],
        "What gateways said to messages that were handed to them.",
    ),
    metric(
        gateways::CALL_SECONDS,
        Kind::Seconds,
        &["gateway"],
        "Time from a call of a gateway to its answer.",
    ),
    metric(gateways::OPEN, Kind::Gauge, &["gateway"], "1 while a gateway takes messages, else 0."),
    metric(
        gateways::DOUBTED,
        Kind::Gauge,
        &["gateway"],
        "Countries in which the receipts of a gateway are late or missing.",
    ),
    metric(
        names::LIMITS_NEARLY_FULL,
        Kind::Counter,
        &["throttle"],
        "Limits of accounts of which four fifths were used.",
    ),
    metric(
        smpp::SUBMITTED,
        Kind::Counter,
        &["gateway"],
        "Parts of messages that were sent over SMPP.",
    ),
    metric(
        smpp::PARTS,
        Kind::Counter,
        &["gateway", "outcome"],
        "Parts of messages by what the SMSC said to them.",
    ),
    metric(
        smpp::ANSWER_SECONDS,
        Kind::Seconds,
        &["gateway"],
        "Time from a part of a message to the answer of the SMSC.",
    ),
    metric(
        smpp::WINDOW_USED,
        Kind::Gauge,
        &["gateway"],
        "Parts of messages that the SMSC has not answered yet.",
    ),
    metric(smpp::BOUND, Kind::Gauge, &["gateway"], "Sessions that are bound to the SMSC."),
    metric(
        smpp::RATE,
        Kind::Gauge,
        &["gateway"],
        "Parts of messages in a second that are sent at most now.",
    ),
    metric(
        smpp::WAITING,
        Kind::Gauge,
        &["gateway"],
        "Messages that wait for their turn on a session.",
    ),
    metric(
        smpp::RECEIVED,
        Kind::Counter,
        &["gateway", "state"],
        "Receipts and messages from persons that came from the SMSC.",
    ),
    metric(
        smpp::ENDED,
        Kind::Counter,
        &["gateway", "reason"],
        "Ends of sessions, and connections that could not be made.",
    ),
    metric(
        names::LOG_LINES_LOST,
        Kind::Counter,
        &[],
        "Log lines lost because stderr was not read.",
    ),
    metric(
        names::CLOCK_GAP,
        Kind::Gauge,
        &[],
        "How far this server's clock is ahead of the database's, if it has one of its own.",
    ),
    metric(
        names::CERTIFICATE_END_TIME,
        Kind::Gauge,
        &[],
        "Unix time at which the certificate of the server's own TLS ends.",
    ),
    metric(
        names::GUARD_REFUSALS,
        Kind::Counter,
        &["rule", "area", "refused"],
        "Codes that the guard against pumped traffic refused, or would have refused.",
    ),
    metric(
        names::GUARD_HELD,
        Kind::Gauge,
        &["stage"],
        "Countries, prefixes and blocks of services that the guard holds.",
    ),
    metric(
        names::BUILD_INFO,
        Kind::Gauge,
        &["version"],
        "Always 1; the label has the version of the program.",
    ),
    metric(names::START_TIME, Kind::Gauge, &[], "Unix time at which the process started."),
];

/// Upper edges for durations: 0.5 ms, which a request should need, to 10 s, when a handler is stopped (D-46).
const SECONDS_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper edges for the way to a handset: 1 s to 10 min, twice the life of a code.
const LONG_SECONDS_BUCKETS: [f64; 9] = [1.0, 2.5, 5.0, 10.0, 25.0, 60.0, 120.0, 300.0, 600.0];

/// Keeps the metrics of this process and renders them.
#[derive(Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl std::fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Metrics")
    }
}

/// Another recorder is already installed in this process.
#[derive(Debug, thiserror::Error)]
#[error("metrics were started twice")]
pub struct MetricsError;

impl Metrics {
    /// Installs the recorder for the whole process; what is counted before is lost.
    ///
    /// # Errors
    /// When there is a recorder already.
    pub fn start(clock: &Clock) -> Result<Self, MetricsError> {
        let (recorder, metrics) = Self::detached();
        metrics::set_global_recorder(recorder).map_err(|_| MetricsError)?;
        describe();
        begin(clock);
        Ok(metrics)
    }

    /// A recorder that is installed nowhere; for tests, with `metrics::with_local_recorder`.
    pub fn detached() -> (PrometheusRecorder, Self) {
        let builder = TABLE.iter().fold(PrometheusBuilder::new(), with_buckets);
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        (recorder, Self { handle })
    }

    /// Prometheus text, version 0.0.4.
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Moves measured durations into their buckets. Called every few seconds, so that they do not pile up in
    /// memory while nobody reads `/metrics`.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

fn with_buckets(builder: PrometheusBuilder, metric: &Metric) -> PrometheusBuilder {
    let buckets: &[f64] = match metric.kind {
        Kind::Seconds => &SECONDS_BUCKETS,
        Kind::LongSeconds => &LONG_SECONDS_BUCKETS,
        Kind::Counter | Kind::Gauge => return builder,
    };
    builder
        .set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), buckets)
        .expect("fails only without buckets, and both lists have some")
}

/// Gives the recorder the meaning of every metric.
pub fn describe() {
    for metric in TABLE {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, metric.help),
            Kind::Gauge => describe_gauge!(metric.name, metric.help),
            Kind::Seconds | Kind::LongSeconds => {
                describe_histogram!(metric.name, Unit::Seconds, metric.help);
            }
        }
    }
}

/// Sets what is known at the start, and shows counters without labels as 0, so that a rate has a beginning.
pub fn begin(clock: &Clock) {
    for metric in
        TABLE.iter().filter(|metric| metric.kind == Kind::Counter && metric.labels.is_empty())
    {
        counter!(metric.name).increment(0);
    }
    gauge!(names::BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have 34 bits")]
    gauge!(names::START_TIME).set(clock.now().as_second() as f64);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_help_type_and_value_of_what_was_counted() {
        let (recorder, metrics) = Metrics::detached();
        metrics::with_local_recorder(&recorder, || {
            describe();
            begin(&Clock::system());
            counter!(names::REQUESTS, "dialect" => "verification", "status" => "201").increment(2);
            metrics::histogram!(names::REQUEST_SECONDS, "dialect" => "verification").record(0.002);
        });
        metrics.upkeep();
        let page = metrics.render();
        for line in [
            "# HELP ringproof_requests_total Answered requests by interface and status.",
            "# TYPE ringproof_requests_total counter",
            "ringproof_requests_total{dialect=\"verification\",status=\"201\"} 2",
            "ringproof_code_comparisons_total 0",
            "# TYPE ringproof_request_duration_seconds histogram",
            "ringproof_request_duration_seconds_bucket{dialect=\"verification\",le=\"0.001\"} 0",
            "ringproof_request_duration_seconds_bucket{dialect=\"verification\",le=\"0.0025\"} 1",
            "ringproof_request_duration_seconds_bucket{dialect=\"verification\",le=\"+Inf\"} 1",
            concat!("ringproof_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1"),
        ] {
            assert!(page.lines().any(|found| found == line), "no line {line:?} in\n{page}");
        }
    }

    #[test]
    fn names_follow_the_rules_and_are_listed_once() {
        for (index, metric) in TABLE.iter().enumerate() {
            assert!(metric.name.starts_with("ringproof_"), "{}", metric.name);
            assert!(
                TABLE[..index].iter().all(|other| other.name != metric.name),
                "{} is there twice",
                metric.name
            );
            assert_eq!(
                metric.name.ends_with("_total"),
                metric.kind == Kind::Counter,
                "{}",
                metric.name
            );
            assert!(
                metric.kind != Kind::Seconds || metric.name.ends_with("_seconds"),
                "{}",
                metric.name
            );
            assert!(metric.help.ends_with('.'), "{}", metric.help);
        }
    }

    #[test]
    fn every_histogram_has_buckets() {
        let (recorder, metrics) = Metrics::detached();
        let histograms = || TABLE.iter().filter(|metric| metric.kind == Kind::Seconds);
        metrics::with_local_recorder(&recorder, || {
            histograms().for_each(|metric| metrics::histogram!(metric.name).record(3.0));
        });
        let page = metrics.render();
        for metric in histograms() {
            assert!(
                page.contains(&format!("{}_bucket{{le=", metric.name)),
                "{} in\n{page}",
                metric.name
            );
        }
    }
}
