//! The line a program reads.

use serde_json::{Map, Value, json};

use super::Run;
use super::cli::Options;
use super::relay::{Relayed, Round};
use super::smsc::WINDOW;
use super::starts::Started;
use super::system::Kind;
use crate::clock;
use crate::report::{round, threads};
use crate::tally::{Latencies, Tally};

/// Version of the shape of the JSON line; raised when a name changes its meaning.
const FORMAT: u32 = 1;

/// All that was measured, as one JSON object.
pub(super) fn json(options: &Options, run: &Run) -> Value {
    let mut relays = Map::new();
    for relayed in &run.relayed {
        relays.insert(relayed.kind.key().to_owned(), relay_json(relayed));
    }
    let mut starts = Map::new();
    for started in &run.started {
        starts.insert(started.gateway.key().to_owned(), start_json(started));
    }
    json!({
        "format": FORMAT,
        "measured": "smpp",
        "date": clock::today(),
        "commit": options.output.commit,
        "failed": run.has_failed(),
        "machine": run.machine.to_json(),
        "options": {
            "window": WINDOW,
            "connections": options.connections,
            "seconds": options.seconds,
            "rounds": options.rounds,
            "start_rate": options.start_rate,
            "start_seconds": options.start_seconds,
            "start_rounds": options.start_rounds,
            "server_threads": options.server_threads,
            "log": options.log,
            "doze_us": options.doze_us,
        },
        "durable_4k_appends_per_second": round(run.durable_appends),
        "relays": relays,
        "ringproof_to": ratios(&run.relayed),
        "starts": starts,
        "starts_to_webhook": start_ratios(&run.started),
    })
}

fn relay_json(relayed: &Relayed) -> Value {
    json!({
        "per_second": round(relayed.per_second()),
        "durable_at_answer": relayed.kind.durable(),
        "rounds": relayed.rounds.iter().map(round_json).collect::<Vec<_>>(),
    })
}

fn round_json(turn: &Round) -> Value {
    let measured = &turn.measured;
    let cpu = measured.cpu;
    json!({
        "per_second": round(turn.per_second()),
        "taken": turn.tally.completed_ever,
        "counted": measured.counted_ever,
        "measured": measured.counted,
        "posting_seconds": round(turn.posting_seconds),
        "seconds": round(measured.seconds),
        "answer_ms": latencies_json(&turn.tally.latencies[0]),
        "errors": errors_json(&turn.tally),
        "cpu_seconds": {
            "system": round(cpu.system),
            "smsc": round(cpu.smsc),
            "load": round(cpu.load),
            "other": round(cpu.other),
            "system_threads": threads(&turn.threads),
        },
    })
}

/// Ringproof's throughput, divided by that of each other system.
fn ratios(relayed: &[Relayed]) -> Value {
    let (own, others): (Vec<_>, Vec<_>) =
        relayed.iter().partition(|relayed| relayed.kind == Kind::Ringproof);
    let mut ratios = Map::new();
    for (own, other) in own.iter().flat_map(|own| others.iter().map(move |other| (own, other))) {
        let ratio = own.per_second() / other.per_second();
        ratios.insert(other.kind.key().to_owned(), round(ratio));
    }
    Value::Object(ratios)
}

fn start_json(started: &Started) -> Value {
    let per_round = |tally: &Tally| {
        let latencies = latencies_json(&tally.latencies[0]);
        json!({ "latency_ms": latencies, "errors": errors_json(tally) })
    };
    json!({
        "latency_ms": latencies_json(&started.latencies),
        "started": started.started(),
        "messages": started.messages,
        "receipts": started.receipts,
        "backlog_max": started.backlog_max,
        "server_cpu_seconds": round(started.server_cpu),
        "rounds": started.rounds.iter().map(per_round).collect::<Vec<_>>(),
    })
}

/// The latencies of each gateway, divided by those of the first one.
fn start_ratios(started: &[Started]) -> Value {
    let mut ratios = Map::new();
    if let [webhook, others @ ..] = started {
        for other in others {
            let ratio = |quantile| {
                round(
                    other.latencies.quantile_ms(quantile) / webhook.latencies.quantile_ms(quantile),
                )
            };
            ratios.insert(
                other.gateway.key().to_owned(),
                json!({ "p50": ratio(0.50), "p99": ratio(0.99) }),
            );
        }
    }
    Value::Object(ratios)
}

fn latencies_json(latencies: &Latencies) -> Value {
    json!({
        "count": latencies.count(),
        "p50": round(latencies.quantile_ms(0.50)),
        "p99": round(latencies.quantile_ms(0.99)),
        "max": round(latencies.max_ms()),
    })
}

fn errors_json(tally: &Tally) -> Value {
    let one = |(kind, errors): (&&str, &crate::tally::Errors)| {
        ((*kind).to_owned(), json!({ "count": errors.count, "first": errors.example }))
    };
    Value::Object(tally.errors.iter().map(one).collect())
}
