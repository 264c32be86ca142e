//! Where the numbers of a measurement go: to the terminal, and into the results.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::clock;
use crate::progress::say;

/// What every measurement is told about that.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Output {
    /// Print only the JSON line.
    #[arg(long)]
    pub(crate) json: bool,

    /// Write table and JSON into the results folder as `YYYY-MM-DD-LABEL`; without a label, under
    /// the name of the measurement.
    #[arg(long, value_name = "LABEL", num_args = 0..=1, default_missing_value = "")]
    pub(crate) record: Option<String>,

    /// Where `--record` writes.
    #[arg(long, value_name = "DIR", default_value = "bench/results")]
    pub(crate) results_dir: PathBuf,

    /// The version that is measured, for the record.
    #[arg(long, value_name = "TEXT", default_value = "unknown")]
    pub(crate) commit: String,
}

impl Output {
    /// Prints table and JSON line, and records them if that was asked for.
    pub(crate) fn give(&self, measurement: &str, json: &Value, table: &str) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if !self.json {
            writeln!(out, "{table}")?;
        }
        writeln!(out, "{json}")?;
        if let Some(label) = &self.record {
            let label = if label.is_empty() { measurement } else { label };
            let path = record(&self.results_dir, label, json, table)
                .context("could not write the record")?;
            say(&format!("recorded as {}", path.display()));
        }
        Ok(())
    }
}

/// Writes the record into a folder; gives the path of the table.
fn record(folder: &Path, label: &str, json: &Value, table: &str) -> Result<PathBuf> {
    ensure!(
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)),
        "a label has letters, digits, `-`, `_` and `.` only"
    );
    fs::create_dir_all(folder)?;
    let name = format!("{}-{label}", clock::today());
    let path = |ending: &str| folder.join(format!("{name}.{ending}"));
    fs::write(path("json"), format!("{json}\n"))?;
    fs::write(path("md"), format!("# {name}\n\n{table}\n"))?;
    Ok(path("md"))
}
