//! What can be typed: the commands, their flags and their help. Types only; what a command does is elsewhere.
//!
//! Nothing here reads the environment: `RINGPROOF_CONFIG` and `RINGPROOF_DATA` are layers of the configuration,
//! below the flags of the same meaning.

mod account;
mod gateway;
mod guard;
mod messages;
mod migrate;
mod widget;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use super::values::{
    AccountCreateStatus, AccountLimit, AccountLimitName, Countries, HomeCountry, Networks,
    ReportUrl, Senders, Switch,
};
pub use account::{
    AccountCommand, AccountCreate, AccountCredit, AccountName, AccountNumbers, AccountSet,
};
pub use gateway::{GatewayCommand, GatewayName, GatewayTest};
pub use guard::{GuardCommand, GuardRelease};
pub use messages::{PricesCommand, PricesImport, SmsCommand, SmsShow};
pub use migrate::{EngineName, MigrateFlags};
pub use widget::{AccountWidget, BrandColour, SiteName};

/// Ringproof: a phone verification server.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "ringproof",
    version,
    about = "A phone verification server: it sends codes and checks them.",
    after_help = FIRST_STEPS,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Arguments {
    /// Flags that every command takes.
    #[command(flatten)]
    pub global: GlobalFlags,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const FIRST_STEPS: &str = "\
First steps:
  ringproof serve --dev                            try it here: account, inbox and a curl line
  ringproof account create shop --countries EE,FI  an account for a program that calls the API
  ringproof config check                           what is wrong with the configuration, if anything
  ringproof doctor                                 what is wrong with this machine, if anything

Settings come from the file, then RINGPROOF_SECTION__KEY in the environment, then flags.
Exit codes: 0 done, 1 failed (stderr says why and what to do), 2 wrong usage.";

/// Flags that every command takes.
#[derive(Debug, Clone, Default, Args)]
pub struct GlobalFlags {
    /// Configuration file.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        help = "Configuration file, TOML [env: RINGPROOF_CONFIG] [default: none is read]"
    )]
    pub config: Option<PathBuf>,
    /// Data folder.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help = "Folder of database and root key [env: RINGPROOF_DATA] [default: ./ringproof-data]"
    )]
    pub data: Option<PathBuf>,
}

/// What to do.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Run the server until SIGTERM
    Serve(ServeFlags),
    /// Make and manage the accounts of programs that call the API
    Account {
        /// What to do with accounts.
        #[command(subcommand)]
        command: AccountCommand,
    },
    /// Show, test, pause and resume the gateways of the running server
    Gateway {
        /// What to do with gateways.
        #[command(subcommand)]
        command: GatewayCommand,
    },
    /// Show and release what the guard against pumped traffic holds
    Guard {
        /// What to do with what it holds.
        #[command(subcommand)]
        command: GuardCommand,
    },
    /// Read and show what messages cost
    Prices {
        /// What to do with prices.
        #[command(subcommand)]
        command: PricesCommand,
    },
    /// Say what became of a message that a program sent
    Sms {
        /// What to do with messages.
        #[command(subcommand)]
        command: SmsCommand,
    },
    /// Help a person whose codes are refused
    User {
        /// What to do for a user.
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Help a person whose authenticator devices are lost
    Device {
        /// What to do with devices.
        #[command(subcommand)]
        command: DeviceCommand,
    },
    /// Show and check the configuration
    Config {
        /// What to do with the configuration.
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Look for what would keep the server from working, each with its remedy
    Doctor,
    /// Copy the database into one file, also while the server runs
    #[command(after_help = BACKUP_HELP)]
    Backup {
        /// File to write; it must not exist
        file: PathBuf,
    },
    /// Put a backup into an empty data folder; the server must be stopped
    #[command(after_help = RESTORE_HELP)]
    Restore {
        /// File that `ringproof backup` wrote
        file: PathBuf,
    },
    /// Bring the database to this version of the program, or move all data to another engine
    Migrate(MigrateFlags),
}

const BACKUP_HELP: &str = "\
The root key is not in the file: keep `root.key` too, apart from the backups. Without it nothing in them opens.

Example:
  ringproof backup /backup/ringproof-monday.db";

const RESTORE_HELP: &str = "\
The folder needs the root key the backup was made under, as `root.key` or RINGPROOF_ROOT_KEY.

Example:
  ringproof --data /var/lib/ringproof restore /backup/ringproof-monday.db";

/// Flags of `serve`.
#[derive(Debug, Clone, Default, Args)]
#[command(after_help = SERVE_HELP)]
pub struct ServeFlags {
    /// Address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "IP:PORT")]
    pub listen: Option<SocketAddr>,
    /// For development: makes an account, shows messages at /dev/inbox, lets tests move the clock
    #[arg(long)]
    pub dev: bool,
}

const SERVE_HELP: &str = "\
Logs go to stderr: text on a terminal, one JSON object a line elsewhere. The line with the message
`listening` has the address that was bound. SIGTERM lets requests finish, for at most 10 seconds;
SIGHUP reads codes, limits, the message, [[account]] and certificates again.

Never use --dev where strangers can connect: its inbox shows every code.

Examples:
  ringproof serve --dev
  ringproof --config /etc/ringproof.toml serve --listen 0.0.0.0:8443";

/// How to print.
#[derive(Debug, Clone, Copy, Default, Args)]
pub struct Output {
    /// Print one line of JSON instead of words
    #[arg(long)]
    pub json: bool,
}

/// What to do for a user.
#[derive(Debug, Clone, Subcommand)]
pub enum UserCommand {
    /// Lift a block or a hard lock that wrong codes brought on
    Unlock {
        /// Id of the service
        service_id: String,
        /// Id of the user
        user_id: String,
    },
}

/// What to do with authenticator devices.
#[derive(Debug, Clone, Subcommand)]
pub enum DeviceCommand {
    /// Show the devices that are enrolled with a phone number
    List {
        /// The number, with country code
        #[arg(value_name = "+E164", allow_hyphen_values = true)]
        number: String,
        /// How it is printed
        #[command(flatten)]
        output: Output,
    },
    /// Remove a device, such as one that was lost or stolen; its codes are dead at once
    Remove {
        /// The number, with country code
        #[arg(value_name = "+E164", allow_hyphen_values = true)]
        number: String,
        /// Id of the device, as `list` shows it
        id: String,
    },
    /// Lift a block or lock that wrong PINs brought on the enrolment of a number
    Unlock {
        /// The number, with country code
        #[arg(value_name = "+E164", allow_hyphen_values = true)]
        number: String,
    },
}

/// What to do with the configuration.
#[derive(Debug, Clone, Copy, Subcommand)]
pub enum ConfigCommand {
    /// Print what is in effect and where it came from, as TOML; secrets are masked
    Print,
    /// Say `ok`, or everything that is wrong, with file and line
    Check,
    /// Print the JSON Schema of a configuration file, for editors
    Schema,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_commands_are_well_formed() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in [
            "ringproof --data /d --config /c serve --dev",
            "ringproof serve --dev --config /c --data /d",
        ] {
            let arguments = parse(line).unwrap();
            assert_eq!(arguments.global.data.unwrap(), PathBuf::from("/d"));
            assert_eq!(arguments.global.config.unwrap(), PathBuf::from("/c"));
            assert!(matches!(
                arguments.command,
                Command::Serve(ServeFlags { listen: None, dev: true })
            ));
        }
    }

    #[test]
    fn wrong_usage_exits_with_2() {
        for line in [
            "ringproof",
            "ringproof serv",
            "ringproof serve --listen nonsense",
            "ringproof account set s --limit x=1",
            "ringproof migrate --from sqlite",
            "ringproof migrate --to postgres",
            "ringproof migrate --from sqlite --to mysql",
            "ringproof migrate --postgres postgres://u@h/d",
        ] {
            assert_eq!(parse(line).unwrap_err().exit_code(), 2, "{line}");
        }
    }

    #[test]
    fn help_names_the_environment_and_gives_examples() {
        let help = Arguments::command().render_long_help().to_string();
        for word in ["RINGPROOF_CONFIG", "RINGPROOF_DATA", "ringproof serve --dev", "Exit codes"] {
            assert!(help.contains(word), "{word} in\n{help}");
        }
    }
}
