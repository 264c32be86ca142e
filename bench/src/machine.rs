//! Facts about the machine (never its name), and how fast its disk makes a write durable.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::clock;
use crate::progress::say;

const PROBE_TIME: Duration = Duration::from_secs(1);
const PROBE_BYTES: usize = 4096;

/// What kind of machine this is.
pub(crate) struct Machine {
    /// Cores the program may use.
    pub(crate) cores: usize,
    /// Name of the processor.
    pub(crate) cpu: String,
    /// Kernel version.
    pub(crate) kernel: String,
    /// Load average of the last minute when the run began; near 0 if the machine was idle.
    pub(crate) load_before: f64,
}

impl Machine {
    /// Reads the facts.
    pub(crate) fn read() -> Self {
        let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
        let cpu = read("/proc/cpuinfo")
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'))
            .map_or_else(|| "unknown processor".to_owned(), |(_, name)| name.trim().to_owned());
        let kernel = read("/proc/sys/kernel/osrelease");
        // Some kernels carry a build name after the version; it says nothing to others.
        let kernel = kernel.trim().split('-').next().unwrap_or_default().to_owned();
        let load = read("/proc/loadavg");
        Self {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu,
            kernel,
            load_before: load.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0),
        }
    }

    /// Says so if the machine is not idle.
    pub(crate) fn warn_if_busy(&self) {
        if self.load_before > 0.5 {
            say(&format!(
                "the machine is busy (load average {}): numbers will be low",
                self.load_before
            ));
        }
    }

    /// The facts on one line.
    pub(crate) fn line(&self) -> String {
        format!("{} cores, {}, Linux {}", self.cores, self.cpu, self.kernel)
    }

    /// The facts for the record.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "cores": self.cores,
            "cpu": self.cpu,
            "kernel": self.kernel,
            "load_before": self.load_before,
        })
    }
}

/// How often a second 4 KiB can be appended to a file and made durable (`fdatasync`).
pub(crate) fn durable_appends_per_second(folder: &Path) -> Result<f64> {
    let path = folder.join("fsync-probe");
    let mut file = File::create(&path).context("could not write into the data folder")?;
    let block = [0x5A; PROBE_BYTES];
    let began = clock::now();
    let mut count = 0_u32;
    while began.elapsed() < PROBE_TIME {
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    let seconds = began.elapsed().as_secs_f64();
    fs::remove_file(&path)?;
    Ok(f64::from(count) / seconds)
}
