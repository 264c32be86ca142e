//! What can be typed about gateways.

use clap::{Args, Subcommand};

use super::Output;

/// What to do with gateways.
#[derive(Debug, Clone, Subcommand)]
pub enum GatewayCommand {
    /// Show the gateways of the running server: open or not, why, and how their codes do
    List(Output),
    /// Send one real message through a gateway and wait for its receipt
    Test(GatewayTest),
    /// Let a gateway take no message until it is resumed
    Pause(GatewayName),
    /// Let a paused gateway go on
    Resume(GatewayName),
}

/// A gateway by name.
#[derive(Debug, Clone, Args)]
pub struct GatewayName {
    /// Name of the gateway in the configuration
    pub name: String,
}

/// Flags of `gateway test`.
#[derive(Debug, Clone, Args)]
#[command(after_help = TEST_HELP)]
pub struct GatewayTest {
    /// Name of the gateway in the configuration
    pub name: String,
    /// Where the message goes: a number with country code
    #[arg(long, value_name = "+E164", allow_hyphen_values = true)]
    pub to: String,
    /// Whose limits, sender and money the message counts on [default: the only account]
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// What the message says
    #[arg(long, value_name = "TEXT", default_value = "Ringproof test: this gateway works.")]
    pub text: String,
    /// Seconds to wait for the receipt
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub wait: u64,
}

const TEST_HELP: &str = "\
The running server sends the message, under the limits of the account, and through this gateway
only. The command says when the gateway has taken it and what its receipt says.
Exit codes: 0 delivered, or taken and no receipt within that time; 1 anything else.

Example:
  ringproof gateway test smsc-1 --to +37255500123";
