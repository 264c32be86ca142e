//! The tables a person reads, in Markdown.

use std::fmt::Write as _;

use super::cli::Options;
use super::lane::Gateway;
use super::meter::Cpu;
use super::relay::{Relayed, Round};
use super::smsc::WINDOW;
use super::starts::Started;
use super::{Run, median};
use crate::table::{line, number, ratio};
use crate::tally::Tally;

/// What the throughput is to be, as a multiple of Kannel's.
const THROUGHPUT_TARGET: &str = "≥ 10";
/// What the p99 of a start may be, as a multiple of that with a webhook.
const START_TARGET: &str = "≤ 1.10";

/// Both tables, with the facts of the run above and the errors below them.
pub(super) fn markdown(options: &Options, run: &Run) -> String {
    let mut text = format!(
        "Version {}; {}, load average {} before; {} connections, one bind, window {WINDOW}; \
         disk: {} durable 4 KiB appends/s.\n\n",
        options.output.commit,
        run.machine.line(),
        run.machine.load_before,
        options.connections,
        number(run.durable_appends),
    );
    let _ = writeln!(
        text,
        "Text messages, {} s of posts a round until the SMSC has counted all, median of {} rounds; target: \
         Ringproof to Kannel {THROUGHPUT_TARGET}.\n",
        options.seconds, options.rounds
    );
    relays(&mut text, &run.relayed);
    let _ = writeln!(
        text,
        "\nStarts of verifications, {} a second, {} rounds of {} s for each gateway in turn; target for p99: \
         SMPP to webhook {START_TARGET}.\n",
        options.start_rate, options.start_rounds, options.start_seconds
    );
    starts(&mut text, &run.started);
    let _ = write!(text, "\nErrors: {}.", errors(run));
    text
}

fn relays(text: &mut String, all: &[Relayed]) {
    let heads = [
        "",
        "messages/s",
        "Ringproof to it",
        "slowest – fastest round",
        "answer p50 / p99, ms",
        "CPU µs a message",
        "CPU s",
        "SMSC CPU s",
        "load program CPU s",
        "all else CPU s",
        "messages",
        "when it answers, a message is",
    ];
    line(text, &heads.map(str::to_owned));
    let rules =
        heads.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" }.to_owned());
    line(text, &rules.collect::<Vec<_>>());
    let Some(own) = all.first() else { return };
    for relayed in all {
        line(text, &relay_cells(relayed, own));
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn relay_cells(relayed: &Relayed, own: &Relayed) -> Vec<String> {
    let rounds = &relayed.rounds;
    let each = |value: fn(&Round) -> f64| rounds.iter().map(value);
    let sum = |value: fn(&Cpu) -> f64| {
        number(rounds.iter().map(|round| value(&round.measured.cpu)).sum())
    };
    let answer =
        |quantile| median(rounds.iter().map(|r| r.tally.latencies[0].quantile_ms(quantile)));
    let slowest = each(Round::per_second).fold(f64::INFINITY, f64::min);
    let fastest = each(Round::per_second).fold(0.0, f64::max);
    let counted = rounds.iter().map(|round| round.measured.counted).sum::<u64>();
    let to_it = if relayed.kind == own.kind {
        String::new()
    } else {
        ratio(own.per_second(), relayed.per_second())
    };
    vec![
        relayed.kind.name().to_owned(),
        number(relayed.per_second()),
        to_it,
        format!("{} – {}", number(slowest), number(fastest)),
        format!("{} / {}", number(answer(0.50)), number(answer(0.99))),
        number(median(each(Round::cpu_us))),
        sum(|cpu| cpu.system),
        sum(|cpu| cpu.smsc),
        sum(|cpu| cpu.load),
        sum(|cpu| cpu.other),
        number(counted as f64),
        relayed.kind.durable().to_owned(),
    ]
}

#[allow(clippy::cast_precision_loss, reason = "counts far below 2^52")]
fn starts(text: &mut String, all: &[Started]) {
    let heads = [
        "",
        "p50, ms",
        "to webhook",
        "p99, ms",
        "to webhook",
        "p99 of the rounds, median, ms",
        "to webhook",
        "max, ms",
        "server CPU µs a start",
        "starts",
    ];
    line(text, &heads.map(str::to_owned));
    let rules =
        heads.iter().enumerate().map(|(at, _)| if at == 0 { "---" } else { "---:" }.to_owned());
    line(text, &rules.collect::<Vec<_>>());
    let Some(webhook) = all.first() else { return };
    let p99_of_rounds = |started: &Started| {
        median(started.rounds.iter().map(|tally| tally.latencies[0].quantile_ms(0.99)))
    };
    for started in all {
        let to_webhook = |value: &dyn Fn(&Started) -> f64| {
            let is_other = started.gateway != Gateway::Webhook;
            if is_other { ratio(value(started), value(webhook)) } else { String::new() }
        };
        let p50 = |started: &Started| started.latencies.quantile_ms(0.50);
        let p99 = |started: &Started| started.latencies.quantile_ms(0.99);
        let count = started.latencies.count();
        line(
            text,
            &[
                started.gateway.name().to_owned(),
                number(p50(started)),
                to_webhook(&p50),
                number(p99(started)),
                to_webhook(&p99),
                number(p99_of_rounds(started)),
                to_webhook(&p99_of_rounds),
                number(started.latencies.max_ms()),
                number(started.server_cpu * 1e6 / count.max(1) as f64),
                number(count as f64),
            ],
        );
    }
}

fn errors(run: &Run) -> String {
    let mut kinds = Vec::new();
    let mut note = |name: &str, tally: &Tally, messages: Option<(u64, u64)>| {
        for (kind, errors) in &tally.errors {
            kinds.push(format!("{} × {kind} ({name}; first: `{}`)", errors.count, errors.example));
        }
        if let Some((taken, counted)) = messages.filter(|(taken, counted)| taken != counted) {
            kinds.push(format!("{taken} messages taken and {counted} counted ({name})"));
        }
    };
    for relayed in &run.relayed {
        for round in &relayed.rounds {
            let messages = (round.tally.completed_ever, round.measured.counted_ever);
            note(relayed.kind.name(), &round.tally, Some(messages));
        }
    }
    for started in &run.started {
        let name = format!("starts, {}", started.gateway.name());
        for (index, tally) in started.rounds.iter().enumerate() {
            let messages = (started.started(), started.messages);
            note(&name, tally, (index == 0).then_some(messages));
        }
    }
    if kinds.is_empty() { "none".to_owned() } else { kinds.join("; ") }
}
