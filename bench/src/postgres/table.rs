//! The table a person reads.

use std::fmt::Write as _;

use super::cli::Options;
use super::{Case, Run};
use crate::table::number;
use crate::work::pairs::PAIR;

/// Waits that are named, for each case.
const WAITS_NAMED: usize = 6;

/// The table, with the facts of the run above and what the sessions waited for below.
pub(super) fn markdown(options: &Options, run: &Run) -> String {
    let mut text = format!(
        "Version {}; {}; load average before: {}; {} connections of callers, {} of each node to \
         PostgreSQL, {} s a phase, {} users; disk: {} durable 4 KiB appends/s.\n\n",
        options.output.commit,
        run.machine.line(),
        run.machine.load_before,
        options.connections,
        options.node_connections,
        options.seconds,
        number(options.users.into()),
        number(run.durable_appends),
    );
    for pgbench in &run.pgbench {
        let _ = writeln!(
            text,
            "`pgbench -N -M prepared`, {} clients: {} transactions/s.  ",
            pgbench.clients,
            number(pgbench.per_second)
        );
    }
    text.push_str(
        "\n| nodes | accounts | pairs/s | to the best pgbench | transactions/s | … a pair | … \
         undone, a pair | WAL KiB a pair | WAL flushes a pair | pair p50, ms | p99, ms | cores: \
         nodes | PostgreSQL | load program | all |\n\
         | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: \
         | ---: | ---: |\n",
    );
    for case in &run.cases {
        text.push_str(&row(case, run.pgbench_best()));
    }
    for case in &run.cases {
        let named = case.waits.iter().take(WAITS_NAMED);
        let named = named.map(|(name, share)| format!("{name} {:.0} %", share * 100.0));
        let _ = writeln!(
            text,
            "\nSessions with {} nodes, {} accounts: {}.",
            case.nodes,
            case.accounts,
            named.collect::<Vec<_>>().join(", ")
        );
    }
    text
}

fn row(case: &Case, pgbench_best: f64) -> String {
    let latencies = &case.tally.latencies[PAIR];
    let [nodes, postgres, load, all] = case.cpu;
    format!(
        "| {} | {} | {} | × {:.2} | {} | {:.2} | {:.3} | {:.1} | {:.2} | {:.1} | {:.1} | {nodes:.2} | \
         {postgres:.2} | {load:.2} | {all:.2} |\n",
        case.nodes,
        case.accounts,
        number(case.per_second()),
        case.per_second() / pgbench_best,
        number(case.per_second() * case.done.transactions),
        case.done.transactions,
        case.done.rollbacks,
        case.done.wal_bytes / 1024.0,
        case.done.wal_syncs,
        latencies.quantile_ms(0.50),
        latencies.quantile_ms(0.99),
    )
}
