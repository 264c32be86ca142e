//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::limits::{CONNECTIONS_MAX, USERS_MAX};
use crate::output::Output;

/// Measures a Ringproof server over loopback: bare requests, durable start+verify pairs through
/// the whole path (the code is read from a gateway inside this program), latencies at half load,
/// memory and time to ready; with few users and with many. Prints a table and one JSON line.
///
/// Usually started by `bench/run`, which builds everything and passes the first options.
#[derive(Parser, Clone, Debug)]
#[command(name = "ringproof-bench", args_override_self = true)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    pub(crate) server_bin: PathBuf,

    /// Folder for configuration, log and data; emptied first (only if this program made it). It
    /// should lie on the disk that is to be measured.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,

    /// Keep-alive connections in the measured phases.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONNECTIONS_MAX)))]
    pub(crate) connections: u16,

    /// Keep-alive connections while users are created (not measured; more make larger commits).
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONNECTIONS_MAX)))]
    pub(crate) create_connections: u16,

    /// Seconds of each measured phase.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: u32,

    /// Seconds of load before each measured phase.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=60))]
    pub(crate) warmup: u32,

    /// Users of the "empty store" case; taken in turn.
    #[arg(
        long, default_value_t = 20_000, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1000..=i64::from(USERS_MAX))
    )]
    pub(crate) small_users: u32,

    /// Users of the large case, taken at random; 0 leaves the large case out.
    #[arg(
        long, default_value_t = 1_000_000, value_name = "N",
        value_parser = clap::value_parser!(u32).range(0..=i64::from(USERS_MAX))
    )]
    pub(crate) users: u32,

    /// Runtime threads of the server (`server.worker_threads`); 0 is the server's default.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) server_threads: u16,

    /// Log level of the server; its log goes to a file in the data folder.
    #[arg(long, default_value = "info", value_parser = ["error", "warn", "info", "debug", "trace"])]
    pub(crate) log: String,

    /// Microseconds for which the load program lets answers gather when it has nothing to do, in
    /// the phases that measure throughput; 0 wakes it at every answer.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) doze_us: u32,

    /// Seed of the random choice of users.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,

    /// A smoke run: 2 s phases, 1 s warm-up, 10,000 users, no large case. Its numbers mean little.
    #[arg(long)]
    pub(crate) quick: bool,

    #[command(flatten)]
    pub(crate) output: Output,
}

impl Options {
    /// Reads the command line.
    pub(crate) fn read() -> Self {
        let mut options = Self::parse();
        if options.quick {
            options.seconds = 2;
            options.warmup = 1;
            options.small_users = 10_000;
            options.users = 0;
        }
        options
    }

    /// Whether there is a large case.
    pub(crate) fn has_large_case(&self) -> bool {
        self.users > self.small_users
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::Options;

    #[test]
    fn the_command_line_is_sound_and_later_options_win() {
        Options::command().debug_assert();
        let given = ["bench", "--server-bin=a", "--data-dir=b", "--seconds=3", "--seconds=4"];
        let options = Options::parse_from(given);
        assert_eq!((options.seconds, options.output.record), (4, None));
        let options = Options::parse_from([&given[..], &["--record"]].concat());
        assert_eq!(options.output.record.as_deref(), Some(""));
    }
}
