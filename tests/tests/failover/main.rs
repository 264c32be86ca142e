//! A PostgreSQL of three members under load, whose primary is killed, paused, cut
//! off from all and cut off from its peers: nothing that was acknowledged is lost,
//! and nothing is accepted twice.
//!
//! `tests/failover/run` runs them, in namespaces of their own. How often each
//! fault comes is said by `RINGPROOF_FAILOVER_ROUNDS`.

mod cluster;
mod load;
mod messages;
mod nodes;
mod report;
mod story;

use std::env;
use std::time::Duration;

use cluster::{Cluster, Fault};
use load::Load;
use nodes::Nodes;
use report::{Outage, Report};

/// Seconds after which a silent primary is replaced.
const TTL_SECONDS: u32 = 20;

/// Good answers before a fault, and after it, at least.
const WORK: usize = 100;

fn rounds() -> usize {
    let text = env::var("RINGPROOF_FAILOVER_ROUNDS").unwrap_or_else(|_| "1".to_owned());
    text.parse().expect("RINGPROOF_FAILOVER_ROUNDS is a number")
}

/// One fault, until all is well again.
fn suffer(cluster: &mut Cluster, load: &Load, fault: Fault) -> Outage {
    let primary = cluster.settle();
    load.wait_for_work(WORK);
    let began = load.now();
    cluster.suffer(fault, primary);
    let replaced_by = cluster.wait_for_another_primary(primary);
    let promoted = load.now();
    load.wait_for_work(WORK);
    load.wait_until_ready();
    let outage = load.outage(fault, primary, replaced_by, began, promoted);
    eprintln!("{outage}");
    cluster.mend(primary);
    outage
}

fn run(cluster: &mut Cluster, faults: &[Fault]) -> Report {
    let nodes = Nodes::start(cluster.addresses());
    let load = Load::start(&nodes);
    let outages: Vec<Outage> = faults.iter().map(|fault| suffer(cluster, &load, *fault)).collect();
    cluster.settle();
    load.wait_for_work(WORK);
    let report = load.end(outages);
    eprintln!("{report}");
    report
}

#[test]
fn nothing_acknowledged_is_lost_and_nothing_accepted_twice() {
    let mut cluster = Cluster::start(TTL_SECONDS, true);
    let faults = [Fault::Kill, Fault::Pause, Fault::Cut, Fault::Split].repeat(rounds());
    let report = run(&mut cluster, &faults);
    assert_eq!(report.violations, Vec::<String>::new());
    assert!(report.accepted > WORK && report.unknown > 0, "the faults met the load: {report}");
    for outage in &report.outages {
        assert!(outage.was_told_by_readiness, "/readyz said 503: {outage}");
        assert!(outage.lasted < Duration::from_secs(u64::from(3 * TTL_SECONDS)), "{outage}");
    }
}

/// The planted fault: commits wait for no standby, so that a primary without its
/// peers goes on acknowledging what nobody else has.
#[test]
fn what_asynchronous_replication_loses_is_found() {
    let mut cluster = Cluster::start(TTL_SECONDS, false);
    let report = run(&mut cluster, &[Fault::Split]);
    assert!(!report.violations.is_empty(), "{report}");
}
