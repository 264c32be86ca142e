//! The line a program reads.

use serde_json::{Value, json};

use super::cli::Options;
use super::{Case, Run};
use crate::clock;
use crate::report::round;
use crate::work::pairs::{PAIR, START, VERIFY};

/// Version of the shape of the JSON line; raised when a name changes its meaning.
const FORMAT: u32 = 1;

/// All that was measured, as one JSON object.
pub(super) fn json(options: &Options, run: &Run) -> Value {
    let pgbench = |run: &super::Pgbench| json!({ "clients": run.clients, "per_second": round(run.per_second) });
    json!({
        "format": FORMAT,
        "measured": "postgres",
        "date": clock::today(),
        "commit": options.output.commit,
        "failed": run.has_failed(),
        "machine": run.machine.to_json(),
        "options": {
            "accounts": options.accounts,
            "users": options.users,
            "connections": options.connections,
            "node_connections": options.node_connections,
            "seconds": options.seconds,
            "pgbench_scale": options.pgbench_scale,
            "log": options.log,
            "doze_us": options.doze_us,
        },
        "durable_4k_appends_per_second": round(run.durable_appends),
        "pgbench": run.pgbench.iter().map(pgbench).collect::<Vec<_>>(),
        "cases": run.cases.iter().map(|case| case_json(case, run.pgbench_best())).collect::<Vec<_>>(),
    })
}

fn case_json(case: &Case, pgbench_best: f64) -> Value {
    let latency = |kind: usize| {
        let latencies = &case.tally.latencies[kind];
        json!({ "p50": round(latencies.quantile_ms(0.50)), "p99": round(latencies.quantile_ms(0.99)) })
    };
    let errors = case.tally.errors.iter().map(
        |(kind, errors)| json!({ "kind": kind, "count": errors.count, "first": errors.example }),
    );
    let waits =
        case.waits.iter().map(|(name, share)| json!({ "name": name, "share": round(*share) }));
    let [nodes, postgres, load, all] = case.cpu;
    json!({
        "nodes": case.nodes,
        "accounts": case.accounts,
        "pairs_per_second": round(case.per_second()),
        "to_pgbench": round(case.per_second() / pgbench_best),
        "transactions_per_second": round(case.per_second() * case.done.transactions),
        "latency_ms": { "start": latency(START), "verify": latency(VERIFY), "pair": latency(PAIR) },
        "a_pair": {
            "transactions": round(case.done.transactions),
            "rollbacks": round(case.done.rollbacks),
            "wal_bytes": round(case.done.wal_bytes),
            "wal_syncs": round(case.done.wal_syncs),
        },
        "cores": { "nodes": round(nodes), "postgres": round(postgres), "load": round(load), "all": round(all) },
        "sessions": waits.collect::<Vec<_>>(),
        "errors": errors.collect::<Vec<_>>(),
    })
}
