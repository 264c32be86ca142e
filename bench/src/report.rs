//! The line a program reads, and the record in the results folder.

use serde_json::{Map, Value, json};

use crate::cli::Options;
use crate::clock;
use crate::results::{Case, PhaseResult, Run};
use crate::usage::Thread;
use crate::work::pairs;

/// Version of the shape of the JSON line; raised when a name changes its meaning.
const FORMAT: u32 = 1;

/// All that was measured, as one JSON object.
pub(crate) fn json(options: &Options, run: &Run) -> Value {
    json!({
        "format": FORMAT,
        "date": clock::today(),
        "commit": options.output.commit,
        "failed": run.has_failed(),
        "machine": run.machine.to_json(),
        "options": {
            "connections": options.connections,
            "seconds": options.seconds,
            "warmup": options.warmup,
            "server_threads": options.server_threads,
            "log": options.log,
            "doze_us": options.doze_us,
            "seed": options.seed,
        },
        "durable_4k_appends_per_second": round(run.durable_appends),
        "log_bytes": run.log_bytes,
        "cases": run.cases.iter().map(|case| case_json(case, &run.cases[0])).collect::<Vec<_>>(),
    })
}

fn case_json(case: &Case, first: &Case) -> Value {
    let mut phases = Map::new();
    for (name, phase) in case.phases() {
        let kinds: &[&str] = match name {
            "create_users" => &[],
            "bare" | "bare_half_load" => &["request"],
            _ => &["start", "delivery", "verify", "pair"],
        };
        phases.insert(name.to_owned(), phase_json(phase, kinds));
    }
    let (bare, pairs) = (&case.bare, &case.pairs);
    let p99 = |phase: &PhaseResult, kind: usize| phase.tally.latencies[kind].quantile_ms(0.99);
    let bare_p99 = p99(&case.bare_half, 0);
    json!({
        "users": case.users,
        "phases": phases,
        "ready_ms": case.ready.iter().map(|time| round(time.as_secs_f64() * 1e3)).collect::<Vec<_>>(),
        "resident_bytes_idle": case.resident_bytes_idle,
        "resident_bytes_max": case.resident_bytes_max,
        "database_bytes": case.database_bytes,
        "to_bare": {
            "pairs_per_second": round(pairs.per_second() / bare.per_second()),
            "pair_requests_per_second": round(2.0 * pairs.per_second() / bare.per_second()),
            "start_p99": round(p99(&case.pairs_half, pairs::START) / bare_p99),
            "verify_p99": round(p99(&case.pairs_half, pairs::VERIFY) / bare_p99),
            "pair_p99": round(p99(&case.pairs_half, pairs::PAIR) / bare_p99),
        },
        "to_empty_store": {
            "pairs_per_second": round(pairs.per_second() / first.pairs.per_second()),
            "pair_p99": round(
                p99(&case.pairs_half, pairs::PAIR) / p99(&first.pairs_half, pairs::PAIR)
            ),
            "ready": round(case.ready_ms() / first.ready_ms()),
        },
    })
}

fn phase_json(phase: &PhaseResult, kinds: &[&str]) -> Value {
    let usage = &phase.driven.usage;
    let latencies: Map<String, Value> = kinds
        .iter()
        .zip(&phase.tally.latencies)
        .map(|(kind, latencies)| {
            let value = json!({
                "count": latencies.count(),
                "p50": round(latencies.quantile_ms(0.50)),
                "p90": round(latencies.quantile_ms(0.90)),
                "p99": round(latencies.quantile_ms(0.99)),
                "p999": round(latencies.quantile_ms(0.999)),
                "max": round(latencies.max_ms()),
            });
            ((*kind).to_owned(), value)
        })
        .collect();
    let errors: Map<String, Value> = phase
        .tally
        .errors
        .iter()
        .map(|(kind, errors)| {
            ((*kind).to_owned(), json!({ "count": errors.count, "first": errors.example }))
        })
        .collect();
    json!({
        "per_second": round(phase.per_second()),
        "offered_per_second": phase.offered.map(round),
        "completed": phase.tally.completed,
        "seconds": round(usage.seconds),
        "latency_ms": latencies,
        "backlog_max": phase.driven.backlog_max,
        "errors": errors,
        "stray_messages": phase.stray_messages,
        "messages_per_batch": round(phase.messages_per_batch),
        "resident_bytes": phase.resident_bytes,
        "written_bytes": usage.written_bytes,
        "cpu_seconds": {
            "server": round(usage.server),
            "load": round(usage.load),
            "other": round(usage.other),
            "stolen": round(usage.stolen),
            "server_threads": threads(&usage.threads),
        },
    })
}

/// The threads that did something.
pub(crate) fn threads(threads: &[Thread]) -> Value {
    let busy = threads.iter().filter(|thread| thread.seconds > 0.0);
    busy.map(|thread| json!({ "name": thread.name, "seconds": round(thread.seconds) })).collect()
}

/// Four decimals say more than the measurement does; the rest is noise in the record.
pub(crate) fn round(value: f64) -> Value {
    if value.is_finite() { json!((value * 1e4).round() / 1e4) } else { Value::Null }
}
