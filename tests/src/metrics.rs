//! What a server counts, as `/metrics` tells it.

use crate::http::{Client, Request};
use std::net::SocketAddr;

/// Reads `/metrics`.
#[track_caller]
pub fn read(address: SocketAddr) -> String {
    let request = Request::new("GET", "/metrics");
    let response = Client::new(address).send(&request).expect("/metrics answers");
    assert_eq!(response.status, 200);
    response.text()
}

/// Adds up the values of one metric over all its labels with this text, for
/// example `outcome="retried"`; 0 if absent.
pub fn sum(metrics: &str, name: &str, label: &str) -> f64 {
    let of_name = |line: &&str| {
        let rest = line.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with([' ', '{']) && rest.contains(label))
    };
    let value = |line: &str| line.rsplit(' ').next().and_then(|value| value.parse::<f64>().ok());
    metrics.lines().filter(of_name).filter_map(value).sum()
}
