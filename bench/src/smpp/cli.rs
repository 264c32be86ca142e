//! The command line of `ringproof-bench smpp`.

use std::path::PathBuf;

use clap::Parser;

use crate::limits::CONNECTIONS_MAX;
use crate::output::Output;

/// Measures text messages through one SMPP bind (window 100) against a fast SMSC on this machine,
/// Ringproof beside Kannel, and what SMPP adds to the start of a verification. Prints a table and
/// one JSON line. Takes about two minutes.
///
/// Usually started by `bench/smpp`, which builds everything, installs Kannel and passes the first
/// options.
#[derive(Parser, Clone, Debug)]
#[command(name = "ringproof-bench smpp", args_override_self = true)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    pub(crate) server_bin: PathBuf,

    /// The program of the SMSC.
    #[arg(long, value_name = "FILE")]
    pub(crate) smsc_bin: PathBuf,

    /// Kannel's bearerbox.
    #[arg(long, value_name = "FILE", default_value = "/usr/sbin/bearerbox")]
    pub(crate) bearerbox_bin: PathBuf,

    /// Kannel's smsbox.
    #[arg(long, value_name = "FILE", default_value = "/usr/sbin/smsbox")]
    pub(crate) smsbox_bin: PathBuf,

    /// Leaves Kannel out; then there is nothing to compare the throughput with.
    #[arg(long)]
    pub(crate) without_kannel: bool,

    /// Folder for configurations, logs and data; emptied first (only if this program made it). It
    /// should lie on the disk that is to be measured.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,

    /// Keep-alive connections over which messages are posted.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONNECTIONS_MAX)))]
    pub(crate) connections: u16,

    /// Seconds for which messages are posted, in each round of each system.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) seconds: u32,

    /// Rounds: every system has its turn in each; the median counts.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) rounds: u32,

    /// Verifications that are started in a second, evenly.
    #[arg(long, default_value_t = 500, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub(crate) start_rate: u32,

    /// Seconds of starts in each round of each gateway.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) start_seconds: u32,

    /// Rounds of starts: every gateway has its turn in each.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) start_rounds: u32,

    /// Runtime threads of the server (`server.worker_threads`); 0 is the server's default.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) server_threads: u16,

    /// Log level of the server; its log goes to a file in the data folder.
    #[arg(long, default_value = "info", value_parser = ["error", "warn", "info", "debug", "trace"])]
    pub(crate) log: String,

    /// Microseconds for which the load program lets answers gather when it has nothing to do, while
    /// it posts; 0 wakes it at every answer.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) doze_us: u32,

    /// A smoke run of some seconds, without Kannel. Its numbers mean little.
    #[arg(long)]
    pub(crate) quick: bool,

    #[command(flatten)]
    pub(crate) output: Output,
}

impl Options {
    /// Reads what stands behind the word `smpp`.
    pub(crate) fn read(arguments: impl Iterator<Item = std::ffi::OsString>) -> Self {
        let mut options = Self::parse_from(arguments);
        if options.quick {
            options.without_kannel = true;
            options.seconds = 1;
            options.rounds = 1;
            options.start_rate = 200;
            options.start_seconds = 1;
            options.start_rounds = 1;
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Options;

    #[test]
    fn the_command_line_is_sound_and_a_smoke_run_needs_no_kannel() {
        Options::command().debug_assert();
        let given = ["smpp", "--server-bin=a", "--smsc-bin=b", "--data-dir=c", "--quick"];
        let options = Options::read(given.into_iter().map(Into::into));
        assert!(options.without_kannel && options.rounds == 1);
    }
}
