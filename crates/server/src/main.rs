//! `ringproof`: the one binary.

use std::process::ExitCode;

use clap::Parser as _;
use ringproof_server::cli;

/// A server allocates small things all day; this allocator is made for it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::run(&cli::args::Arguments::parse())
}
