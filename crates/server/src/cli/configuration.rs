//! `ringproof config …`

use std::process::ExitCode;

use super::args::{Arguments, ConfigCommand};
use super::{load, print};
use crate::config;

/// Prints, checks, or describes the configuration.
pub(super) fn run(arguments: &Arguments, command: ConfigCommand) -> anyhow::Result<ExitCode> {
    match command {
        ConfigCommand::Print => {
            print::line(load(arguments, None, false)?.print().trim_end());
        }
        ConfigCommand::Check => {
            let loaded = load(arguments, None, false)?;
            loaded.config.check_files().into_result()?;
            for warning in loaded.config.warnings() {
                print::note(format_args!("warning: {warning}"));
            }
            print::line("the configuration is good");
        }
        ConfigCommand::Schema => print::line(serde_json::to_string_pretty(&config::schema())?),
    }
    Ok(ExitCode::SUCCESS)
}
