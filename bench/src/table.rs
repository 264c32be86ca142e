//! The table a person reads, in Markdown, so that a README can quote it.

use std::fmt::Write as _;

use crate::cli::Options;
use crate::results::{Case, PhaseResult, Run};
use crate::usage::Usage;
use crate::work::pairs::{DELIVERY, PAIR, START, VERIFY};

const MIB: f64 = 1024.0 * 1024.0;
const KIB: f64 = 1024.0;
const THREAD_SHARE_MIN: f64 = 0.01;

/// One line of the table: a number for each case, and what it is divided by.
struct Row {
    name: String,
    values: Vec<f64>,
    /// The bare server's number for each case; empty if there is none to compare with.
    bare: Vec<f64>,
}

/// The table, with the facts of the run above and the errors below it.
pub(crate) fn markdown(options: &Options, run: &Run) -> String {
    let server_threads = match options.server_threads {
        0 => "default".to_owned(),
        threads => threads.to_string(),
    };
    let mut text = format!(
        "Version {}; {}; {} connections, {} s a phase, log level {}, server threads: {server_threads}; \
         disk: {} durable 4 KiB appends/s.\n\n",
        options.output.commit,
        run.machine.line(),
        options.connections,
        options.seconds,
        options.log,
        number(run.durable_appends),
    );
    let mut heads = vec![String::new()];
    for (index, case) in run.cases.iter().enumerate() {
        let store = if index == 0 { "empty store + " } else { "" };
        heads.push(format!("{store}{} users", number(case.users.into())));
        heads.push("to bare".to_owned());
    }
    if run.cases.len() > 1 {
        heads.push("to empty store".to_owned());
    }
    line(&mut text, &heads);
    let rules = (0..heads.len()).map(|index| if index == 0 { "---" } else { "---:" }.to_owned());
    line(&mut text, &rules.collect::<Vec<_>>());
    for row in rows(&run.cases) {
        line(&mut text, &row.cells());
    }
    for case in &run.cases {
        let users = number(case.users.into());
        let _ = writeln!(
            text,
            "\nServer threads during pairs, {users} users (cores): {}.",
            threads(case)
        );
    }
    let _ = write!(text, "\nErrors: {}.", errors(run));
    text
}

impl Row {
    fn cells(&self) -> Vec<String> {
        let mut cells = vec![self.name.clone()];
        for (index, value) in self.values.iter().enumerate() {
            cells.push(number(*value));
            cells.push(self.bare.get(index).map_or_else(String::new, |bare| ratio(*value, *bare)));
        }
        if let [small, large] = self.values[..] {
            cells.push(ratio(large, small));
        }
        cells
    }
}

/// Writes one line of a table.
pub(crate) fn line(text: &mut String, cells: &[String]) {
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

type Number<'a> = &'a dyn Fn(&Case) -> f64;

fn row(cases: &[Case], name: &str, value: Number, bare: Option<Number>) -> Row {
    Row {
        name: name.to_owned(),
        values: cases.iter().map(value).collect(),
        bare: bare.map_or_else(Vec::new, |bare| cases.iter().map(bare).collect()),
    }
}

fn rows(cases: &[Case]) -> Vec<Row> {
    let mut rows = rates(cases);
    rows.extend(latencies(cases));
    rows.extend(resources(cases));
    rows
}

fn rates(cases: &[Case]) -> Vec<Row> {
    let bare: Number = &|case| case.bare.per_second();
    let requests: Number = &|case| 2.0 * case.pairs.per_second();
    vec![
        row(cases, "bare `/healthz` requests/s", bare, Some(bare)),
        row(cases, "start+verify pairs/s", &|case| case.pairs.per_second(), Some(bare)),
        row(cases, "… as requests/s (2 a pair)", requests, Some(bare)),
        row(cases, "add user requests/s", &|case| case.create.per_second(), Some(bare)),
        row(cases, "half load: bare requests/s", &|case| case.bare_half.per_second(), None),
        row(cases, "half load: pairs/s", &|case| case.pairs_half.per_second(), None),
    ]
}

fn latencies(cases: &[Case]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (label, latency) in QUANTILES {
        let bare: Number = &|case| latency(&case.bare_half, 0);
        rows.push(row(cases, &format!("half load: bare {label}"), bare, Some(bare)));
    }
    let kinds =
        [(START, "start"), (DELIVERY, "message at sink"), (VERIFY, "verify"), (PAIR, "pair")];
    for (kind, name) in kinds {
        for (label, latency) in QUANTILES {
            let value: Number = &|case| latency(&case.pairs_half, kind);
            let bare: Number = &|case| latency(&case.bare_half, 0);
            rows.push(row(cases, &format!("half load: {name} {label}"), value, Some(bare)));
        }
    }
    rows
}

#[allow(clippy::cast_precision_loss, reason = "sizes far below 2^52")]
fn resources(cases: &[Case]) -> Vec<Row> {
    // The bare server's memory and start are those of the first case: no data yet.
    let (idle, ready) = (cases[0].resident_bytes_idle as f64 / MIB, cases[0].ready_ms());
    let (idle, ready): (Number, Number) = (&|_| idle, &|_| ready);
    let highest: Number = &|case| case.resident_bytes_max as f64 / MIB;
    let started: Number = &|case| case.resident_bytes_idle as f64 / MIB;
    let written: Number =
        &|case| case.pairs.driven.usage.written_bytes as f64 / KIB / completed(&case.pairs);
    let server: fn(&Usage) -> f64 = |usage| usage.server;
    let load: fn(&Usage) -> f64 = |usage| usage.load;
    let other: fn(&Usage) -> f64 = |usage| usage.other + usage.stolen;
    vec![
        row(cases, "resident memory, highest, MiB", highest, Some(idle)),
        row(cases, "resident memory, just started, MiB", started, Some(idle)),
        row(cases, "time to ready, ms", &Case::ready_ms, Some(ready)),
        row(cases, "database, MiB", &|case| case.database_bytes as f64 / MIB, None),
        row(cases, "KiB written to disk a pair", written, None),
        row(cases, "messages a gateway batch", &|case| case.pairs.messages_per_batch, None),
        row(
            cases,
            "server CPU µs a pair",
            &|case| cpu_us(&case.pairs),
            Some(&|case| cpu_us(&case.bare)),
        ),
        row(cases, "bare: cores used by server", &|case| cores(&case.bare, server), None),
        row(cases, "bare: cores used by load program", &|case| cores(&case.bare, load), None),
        row(cases, "bare: cores used by all else", &|case| cores(&case.bare, other), None),
        row(cases, "pairs: cores used by server", &|case| cores(&case.pairs, server), None),
        row(cases, "pairs: cores used by load program", &|case| cores(&case.pairs, load), None),
        row(cases, "pairs: cores used by all else", &|case| cores(&case.pairs, other), None),
    ]
}

type Latency = fn(&PhaseResult, usize) -> f64;
const QUANTILES: [(&str, Latency); 3] = [
    ("p50, ms", |phase, kind| phase.tally.latencies[kind].quantile_ms(0.50)),
    ("p99, ms", |phase, kind| phase.tally.latencies[kind].quantile_ms(0.99)),
    ("max, ms", |phase, kind| phase.tally.latencies[kind].max_ms()),
];

fn cores(phase: &PhaseResult, seconds: fn(&Usage) -> f64) -> f64 {
    let usage = &phase.driven.usage;
    seconds(usage) / usage.seconds
}

fn cpu_us(phase: &PhaseResult) -> f64 {
    phase.driven.usage.server * 1e6 / completed(phase)
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn completed(phase: &PhaseResult) -> f64 {
    phase.tally.completed.max(1) as f64
}

/// Which threads of the server were busy, so that one sees what bounds the pairs.
fn threads(case: &Case) -> String {
    let usage = &case.pairs.driven.usage;
    let shares = usage.threads.iter().map(|thread| (&thread.name, thread.seconds / usage.seconds));
    let busy = shares.filter(|(_, share)| *share >= THREAD_SHARE_MIN);
    let busy: Vec<_> = busy.map(|(name, share)| format!("{name} {share:.2}")).collect();
    busy.join(", ")
}

fn errors(run: &Run) -> String {
    let mut kinds = Vec::new();
    for case in &run.cases {
        for (phase, result) in case.phases() {
            for (kind, errors) in &result.tally.errors {
                kinds.push(format!(
                    "{} × {kind} ({phase}, {} users; first: `{}`)",
                    errors.count,
                    number(case.users.into()),
                    errors.example
                ));
            }
        }
    }
    if kinds.is_empty() { "none".to_owned() } else { kinds.join("; ") }
}

/// Three digits that matter, thousands apart.
pub(crate) fn number(value: f64) -> String {
    if value >= 100.0 {
        let digits = format!("{value:.0}");
        let mut text = String::new();
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index) % 3 == 0 {
                text.push(',');
            }
            text.push(digit);
        }
        text
    } else if value >= 10.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.2}")
    }
}

/// How often `to` goes into a number; empty if that means nothing.
pub(crate) fn ratio(value: f64, to: f64) -> String {
    if to > 0.0 && value.is_finite() { format!("× {}", number(value / to)) } else { String::new() }
}

#[cfg(test)]
mod tests {
    use super::{number, ratio};

    #[test]
    fn numbers_show_three_digits_or_whole_thousands() {
        let shown = [0.034, 9.994, 31.26, 999.6, 113_204.4, 1_000_000.0].map(number);
        assert_eq!(shown, ["0.03", "9.99", "31.3", "1,000", "113,204", "1,000,000"]);
    }

    #[test]
    fn a_ratio_to_nothing_is_not_shown() {
        assert_eq!(ratio(3.0, 10.0), "× 0.30");
        assert_eq!(ratio(3.0, 0.0), "");
    }
}
