//! The load program of Ringproof: starts a server on a fresh folder, loads it over loopback, and
//! prints what it measured as absolute numbers and as ratios to the bare server of the same run.
//!
//! It shares the machine with the server, so it has to be cheap: one thread ([`drive`]), requests
//! built once ([`requests`]), answers read by walking over the bytes ([`http`], [`json`]), no
//! allocation per request. The order of a run is in [`run`], what it prints in [`report`]. The
//! word `smpp` as first argument asks for the second measurement, which is in [`smpp`], and
//! `postgres` for the third, in [`postgres`].

mod cli;
mod client;
mod clock;
mod drive;
mod http;
mod json;
mod limits;
mod machine;
mod output;
mod phase;
mod postgres;
mod progress;
mod report;
mod requests;
mod results;
mod run;
mod server;
mod sink;
mod smpp;
mod table;
mod tally;
mod usage;
mod users;
mod work;

use std::process::ExitCode;

use anyhow::Result;

use crate::cli::Options;

fn main() -> ExitCode {
    match run_command() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            progress::say(
                "the run failed: messages were lost, or more than 0.1 % of some phase's operations \
                 were errors",
            );
            ExitCode::FAILURE
        }
        Err(error) => {
            progress::say(&format!("the run was given up: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Does what the command line says; see [`measure`], [`smpp::measure`] and [`postgres::measure`].
fn run_command() -> Result<bool> {
    if std::env::args_os().nth(1).is_some_and(|word| word == "smpp") {
        // The word takes the place of the program's name.
        return smpp::measure(&smpp::Options::read(std::env::args_os().skip(1)));
    }
    if std::env::args_os().nth(1).is_some_and(|word| word == "postgres") {
        return postgres::measure(&postgres::Options::read(std::env::args_os().skip(1)));
    }
    measure(&Options::read())
}

/// Runs, prints, records. True if the numbers may be used.
fn measure(options: &Options) -> Result<bool> {
    let run = run::run(options)?;
    let json = report::json(options, &run);
    let table = table::markdown(options, &run);
    options.output.give("run", &json, &table)?;
    Ok(!run.has_failed())
}
