//! The command line of `ringproof-bench postgres`.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::RangedU64ValueParser;

use crate::limits::{CONNECTIONS_MAX, USERS_MAX};
use crate::output::Output;

/// Takes a number from 1 on.
fn up_to(max: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=max)
}

/// Measures start+verify pairs of one, two and three nodes on one PostgreSQL, beside
/// `pgbench -N -M prepared` on the same server in the same run. Prints a table and one JSON line.
///
/// Usually started by `bench/postgres`, which builds everything, starts a PostgreSQL and passes the
/// first options.
#[derive(Parser, Clone, Debug)]
#[command(name = "ringproof-bench postgres", args_override_self = true)]
pub(crate) struct Options {
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    pub(crate) server_bin: PathBuf,

    /// Folder of the socket of a PostgreSQL in which user postgres can reach the databases
    /// `ringproof` and `pgbench`, both empty, without a password.
    #[arg(long, value_name = "DIR")]
    pub(crate) socket: PathBuf,

    /// Folder for configurations and logs; emptied first (only if this program made it).
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: PathBuf,

    /// Nodes of the last case; the first has one.
    #[arg(long, default_value_t = 3, value_parser = up_to(8))]
    pub(crate) nodes: usize,

    /// Accounts that the users belong to, in turn. One account sends one message after the other.
    #[arg(long, default_value_t = 32, value_parser = up_to(1_000))]
    pub(crate) accounts: usize,

    /// Users; taken in turn.
    #[arg(long, default_value_t = 20_000, value_name = "N",
        value_parser = clap::value_parser!(u32).range(1000..=i64::from(USERS_MAX)))]
    pub(crate) users: u32,

    /// Connections of each node to PostgreSQL; pgbench has as many clients as all nodes together.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(2..=200))]
    pub(crate) node_connections: u16,

    /// Keep-alive connections of callers, over all nodes.
    #[arg(long, default_value_t = 96, value_parser = clap::value_parser!(u16).range(1..=i64::from(CONNECTIONS_MAX)))]
    pub(crate) connections: u16,

    /// Seconds of each measured phase.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=600))]
    pub(crate) seconds: u32,

    /// Seconds of load before each measured phase.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=60))]
    pub(crate) warmup: u32,

    /// Scale of pgbench's tables: 100,000 rows for each.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) pgbench_scale: u32,

    /// Log level of the servers; their logs go to files in the data folder.
    #[arg(long, default_value = "info", value_parser = ["error", "warn", "info", "debug", "trace"])]
    pub(crate) log: String,

    /// Microseconds for which the load program lets answers gather when it has nothing to do; 0
    /// wakes it at every answer.
    #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub(crate) doze_us: u32,

    /// A smoke run of some seconds. Its numbers mean little.
    #[arg(long)]
    pub(crate) quick: bool,

    #[command(flatten)]
    pub(crate) output: Output,
}

impl Options {
    /// Reads what stands behind the word `postgres`.
    pub(crate) fn read(arguments: impl Iterator<Item = std::ffi::OsString>) -> Self {
        let mut options = Self::parse_from(arguments);
        if options.quick {
            options.seconds = 2;
            options.warmup = 1;
            // One account alone needs more users than there are connections.
            options.users = 8_000;
            options.pgbench_scale = 1;
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::Options;

    #[test]
    fn the_command_line_is_sound() {
        Options::command().debug_assert();
        let given = ["postgres", "--server-bin=a", "--socket=b", "--data-dir=c", "--quick"];
        let options = Options::read(given.into_iter().map(Into::into));
        assert_eq!((options.nodes, options.seconds), (3, 2));
    }
}
