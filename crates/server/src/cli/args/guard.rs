//! What can be typed about the guard against pumped traffic.

use clap::{Args, Subcommand};
use verify::ids::ServiceId;
use verify::record::Area;

use super::Output;

/// What to do with what the guard holds.
#[derive(Debug, Clone, Subcommand)]
pub enum GuardCommand {
    /// Show what is held: where, for which service, why, and how many starts it cost
    List(Output),
    /// Let messages go there again, and forget what spoke against it
    Release(GuardRelease),
}

/// Flags of `guard release`.
#[derive(Debug, Clone, Args)]
#[command(after_help = RELEASE_HELP)]
pub struct GuardRelease {
    /// Country (EE), operator's prefix (+3725123) or block of numbers (+37251234xxx), as `guard list` shows it
    #[arg(value_parser = area)]
    pub area: Area,
    /// Only for this service, by its id [default: every service]
    #[arg(long, value_name = "ID", value_parser = service)]
    pub service: Option<ServiceId>,
}

const RELEASE_HELP: &str = "\
Running servers follow within two seconds. If codes sent there are still not entered, the guard
holds the place again.

Example:
  ringproof guard release +37251234xxx";

fn area(text: &str) -> Result<Area, String> {
    text.parse().map_err(|error| format!("{text:?} {error}"))
}

fn service(text: &str) -> Result<ServiceId, String> {
    ServiceId::parse(text).ok_or_else(|| format!("{text:?} is no id of a service"))
}
