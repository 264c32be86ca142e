//! What hostile answers cost in memory (security rule S-40), measured in a
//! process of its own, where no other test is.

use std::process::Command;
use std::time::Duration;

use ringproof_delivery::push::PushOutcome;

use super::World;
use super::service::Manner;

/// What the process may grow by.
const GROWTH_KIB_MAX: u64 = 1_024;

/// Pushes of each kind.
const ROUNDS: usize = 20;

/// The time for a call to the service whose head drips.
const DRIP: Duration = Duration::from_millis(100);

#[test]
fn hostile_answers_cost_less_than_a_megabyte() {
    let here = std::env::current_exe().unwrap();
    let mut child = Command::new(here);
    child.args(["--exact", "--ignored", "--nocapture", "push::memory::measured_alone"]);
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let cause = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{cause}");
    assert!(said.contains("1 passed"), "the measurement has not been made: {said}");
}

/// A line of `/proc/self/status` in KiB.
fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test]
#[ignore = "started by its neighbour, in a process of its own"]
async fn measured_alone() {
    let huge = "HTTP/1.1 201 Created\r\nContent-Length: 1099511627776\r\n\r\n".to_owned();
    let head = "HTTP/1.1 201 Created\r\nX: y".to_owned();
    let failed = |reason| PushOutcome::Failed { reason };
    let good = World::with(Manner::answers("201 Created", "")).await;
    let hostile = [
        (World::with(Manner::NeverEnds(huge.clone())).await, PushOutcome::Delivered),
        (World::with(Manner::Drips(huge)).await, PushOutcome::Delivered),
        (World::with(Manner::NeverEnds(head.clone())).await, failed("no whole answer")),
        (World::with_call_timeout(Manner::Drips(head), DRIP).await, failed("no answer in time")),
    ];
    // Everything that is made once is made by now.
    for _ in 0..ROUNDS {
        assert_eq!(good.send().await, PushOutcome::Delivered);
    }
    // The highest mark begins anew (proc(5), clear_refs).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS:");
    for _ in 0..ROUNDS {
        for (world, outcome) in &hostile {
            assert_eq!(world.send().await, *outcome);
        }
    }
    // What the services themselves hold is in it too.
    let after = status("VmHWM:");
    println!("resident {before} KiB before, {after} KiB at most");
    assert!(after >= before, "the mark is not that of this time");
    assert!(after - before < GROWTH_KIB_MAX, "grew by {} KiB", after - before);
}
