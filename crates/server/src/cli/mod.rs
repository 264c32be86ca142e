//! The commands. Each says what it did; a failure is one sentence with its
//! remedy on stderr and exit code 1.

pub(crate) mod account;
pub mod args;
mod backup;
mod configuration;
mod device;
mod doctor;
mod gateway;
mod guard;
mod migrate;
mod money;
mod open;
mod prices;
pub(crate) mod print;
mod sms;
mod user;
mod values;

use std::process::ExitCode;

use crate::config::{self, Flags, Loaded};
use crate::serve;
use args::{Arguments, Command};

/// Runs the command that was typed.
pub fn run(arguments: &Arguments) -> ExitCode {
    match try_run(arguments) {
        Ok(code) => code,
        Err(error) => {
            print::error(&error);
            ExitCode::FAILURE
        }
    }
}

fn try_run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let done = |()| ExitCode::SUCCESS;
    match &arguments.command {
        Command::Serve(typed) => {
            let flags = flags(arguments, typed.listen, typed.dev);
            serve::run(&flags, config::of_process()).map(done)
        }
        Command::Account { command } => {
            account::run(&load(arguments, None, false)?, command).map(done)
        }
        Command::Gateway { command } => {
            gateway::run(&load(arguments, None, false)?, command).map(done)
        }
        Command::Guard { command } => guard::run(&load(arguments, None, false)?, command).map(done),
        Command::Prices { command } => {
            prices::run(&load(arguments, None, false)?, command).map(done)
        }
        Command::Sms { command } => sms::run(&load(arguments, None, false)?, command).map(done),
        Command::Device { command } => {
            device::run(&load(arguments, None, false)?, command).map(done)
        }
        Command::User { command } => user::run(&load(arguments, None, false)?, command).map(done),
        Command::Config { command } => configuration::run(arguments, *command),
        Command::Doctor => Ok(doctor::run(arguments)),
        Command::Backup { file } => backup::backup(&load(arguments, None, false)?, file).map(done),
        Command::Restore { file } => {
            backup::restore(&load(arguments, None, false)?, file).map(done)
        }
        Command::Migrate(typed) => {
            let mut flags = flags(arguments, None, false);
            flags.postgres.clone_from(&typed.postgres);
            migrate::run(&config::load(&flags, config::of_process())?, typed).map(done)
        }
    }
}

/// Reads the configuration as this command line means it.
fn load(
    arguments: &Arguments,
    listen: Option<std::net::SocketAddr>,
    dev: bool,
) -> Result<Loaded, config::Problems> {
    config::load(&flags(arguments, listen, dev), config::of_process())
}

fn flags(arguments: &Arguments, listen: Option<std::net::SocketAddr>, dev: bool) -> Flags {
    let global = &arguments.global;
    Flags {
        config: global.config.clone(),
        data: global.data.clone(),
        listen,
        dev,
        ..Flags::default()
    }
}
