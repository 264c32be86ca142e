//! What can be typed: the commands, their flags and their help. Types only; what a command does is elsewhere.
//!
//! Nothing here reads the environment: `RINGPROOF_CONFIG` and `RINGPROOF_DATA` are layers of the configuration,
//! below the flags of the same meaning.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use ipnet::IpNet;

use super::values::network;
use crate::config::CreateStatus;

pub use super::values::{
    AccountCreateStatus, AccountLimit, AccountLimitName, Countries, Networks, Switch,
};

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
    /// Help a person whose codes are refused
    User {
        /// What to do for a user.
        #[command(subcommand)]
        command: UserCommand,
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
    /// Bring the database to this version of the program; `serve` does so too
    Migrate,
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
SIGHUP reads codes, limits, the message and certificates again.

Never use --dev where strangers can connect: its inbox shows every code.

Examples:
  ringproof serve --dev
  ringproof --config /etc/ringproof.toml serve --listen 0.0.0.0:8443";

/// What to do with accounts.
#[derive(Debug, Clone, Subcommand)]
pub enum AccountCommand {
    /// Make an account and print its username and password; the password is not shown again
    Create(AccountCreate),
    /// Change an account; only what is named changes
    Set(AccountSet),
    /// List all accounts
    List(Output),
    /// Show one account
    Show(AccountName),
    /// Refuse an account's requests, within a second also in a running server
    Disable(AccountName),
    /// Accept a disabled account's requests again
    Enable(AccountName),
    /// Make a new password; the old one stops working within a second
    RotateSecret(AccountName),
}

/// Flags of `account create`.
#[derive(Debug, Clone, Args)]
#[command(after_help = CREATE_HELP)]
pub struct AccountCreate {
    /// Name of the account, and its username
    pub name: String,
    /// Countries it may send to, two letters each, or `all`
    #[arg(long, value_name = "EE,FI|all", required = true)]
    pub countries: Countries,
    /// Switch the old service's conveniences on, for programs written for it
    #[arg(long)]
    pub compat: bool,
    /// Status of its creating answers [default: as the server]
    #[arg(long, value_name = "STATUS")]
    pub create_status: Option<CreateStatus>,
    /// Networks it may call from, separated by commas [default: any]
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub allow_from: Vec<IpNet>,
    /// Take the password from stdin instead of making one
    #[arg(long)]
    pub password_stdin: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const CREATE_HELP: &str = "\
A password that is made here has 256 random bits. One from stdin, for a program that already has
one, must have at least 15 characters (auth.password_length_min) and costs more time per request.

Examples:
  ringproof account create shop --countries EE,FI
  ringproof account create old-shop --countries all --compat --password-stdin <password.txt
  ringproof account create shop --countries EE --allow-from 10.0.0.0/8,192.0.2.7 --json";

/// Flags of `account set`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SET_HELP)]
pub struct AccountSet {
    /// Name of the account
    pub name: String,
    /// Countries it may send to, two letters each, or `all`
    #[arg(long, value_name = "EE,FI|all")]
    pub countries: Option<Countries>,
    /// The old service's conveniences
    #[arg(long, value_name = "on|off")]
    pub compat: Option<Switch>,
    /// Status of its creating answers; `server` = as the server
    #[arg(long, value_name = "STATUS")]
    pub create_status: Option<AccountCreateStatus>,
    /// Networks it may call from, separated by commas, or `any`
    #[arg(long, value_name = "CIDR|any")]
    pub allow_from: Option<Networks>,
    /// A limit of its own, or `server` for the server's; can be given several times
    #[arg(long = "limit", value_name = "NAME=N|server")]
    pub limits: Vec<AccountLimit>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const SET_HELP: &str = "\
Limits: sms_per_second, sms_per_day; 1 to 1000000000 messages.

Examples:
  ringproof account set shop --countries EE,FI,LV
  ringproof account set shop --limit sms_per_day=50000 --limit sms_per_second=server
  ringproof account set shop --allow-from any";

/// An account by its name.
#[derive(Debug, Clone, Args)]
pub struct AccountName {
    /// Name of the account
    pub name: String,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

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
    use clap::error::ErrorKind;

    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    fn account(line: &str) -> AccountCommand {
        match parse(line).unwrap().command {
            Command::Account { command } => command,
            other => panic!("{other:?}"),
        }
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
    fn an_account_needs_countries() {
        assert_eq!(
            parse("ringproof account create shop").unwrap_err().kind(),
            ErrorKind::MissingRequiredArgument
        );
        let AccountCommand::Create(create) =
            account("ringproof account create shop --countries ee,FI,EE --json")
        else {
            panic!("not a create");
        };
        assert_eq!(create.countries, Countries::Only(vec!["EE".to_owned(), "FI".to_owned()]));
        assert!(create.output.json && !create.compat && create.create_status.is_none());
        assert_eq!("all".parse(), Ok(Countries::All));
        for bad in ["", "EST", "E", "EE,", "EE,F1", "EE;FI", "ÄÖ"] {
            assert!(bad.parse::<Countries>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_account_takes_networks_and_limits() {
        let AccountCommand::Create(create) = account(
            "ringproof account create s --countries all --allow-from 10.1.2.3/8,192.0.2.7 --create-status 200",
        ) else {
            panic!("not a create");
        };
        let networks: Vec<String> = create.allow_from.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "192.0.2.7/32"]);
        assert_eq!(create.create_status, Some(CreateStatus::Ok));

        let AccountCommand::Set(set) = account(
            "ringproof account set s --limit sms_per_day=1000000000 --limit sms_per_second=server --allow-from any --create-status server",
        ) else {
            panic!("not a set");
        };
        let limit = |name, messages| AccountLimit { name, messages };
        assert_eq!(
            set.limits,
            [
                limit(AccountLimitName::SmsPerDay, Some(1_000_000_000)),
                limit(AccountLimitName::SmsPerSecond, None)
            ]
        );
        assert_eq!(set.allow_from, Some(Networks(Vec::new())));
        assert_eq!(set.create_status, Some(AccountCreateStatus::Server));
        assert_eq!(set.countries, None);
        for bad in [
            "sms_per_day",
            "sms_per_day=0",
            "sms_per_day=1000000001",
            "sms_per_day=-1",
            "mails_per_day=5",
        ] {
            assert!(bad.parse::<AccountLimit>().is_err(), "{bad}");
        }
    }

    #[test]
    fn wrong_usage_exits_with_2() {
        for line in [
            "ringproof",
            "ringproof serv",
            "ringproof serve --listen nonsense",
            "ringproof account set s --limit x=1",
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
