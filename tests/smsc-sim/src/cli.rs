//! The command line.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Parser;

/// What the control port takes.
const COMMANDS: &str = include_str!("commands.txt");

/// An SMSC (the carrier's side of SMPP 3.4) that can be told to behave badly.
///
/// It takes binds and messages, sends receipts, and prints what happens as JSON, one object a
/// line. Commands are sent to its control port in the same form, and everything that is printed
/// goes to control connections too. Try it:
///
///   smsc-sim --port 2775 --control 2776
///   nc 127.0.0.1 2776                        and type commands
#[derive(Parser, Clone, Debug)]
#[command(name = "smsc-sim", verbatim_doc_comment, after_help = COMMANDS, args_override_self = true)]
pub(crate) struct Options {
    /// Address to listen on. Not one that strangers reach: the control port has no password.
    #[arg(long, default_value = "127.0.0.1")]
    pub(crate) host: IpAddr,

    /// Port for SMPP; 0 takes a free one, which is printed.
    #[arg(long, default_value_t = 2775)]
    pub(crate) port: u16,

    /// Port for commands; 0 takes a free one, which is printed.
    #[arg(long, default_value_t = 2776)]
    pub(crate) control: u16,

    /// The account that may bind.
    #[arg(long, default_value = "acct")]
    pub(crate) system_id: String,

    /// Its password. It is for tests: whoever lists the processes reads it.
    #[arg(long, default_value = "secret")]
    pub(crate) password: String,

    /// File with commands, one a line, that are obeyed before anybody can bind.
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,

    /// Counts messages instead of printing them.
    #[arg(long)]
    pub(crate) count: bool,
}
