//! Reads all layers and gives the checked configuration, or everything that is wrong with it.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Value;

use super::blocks::BlockEntry;
use super::catalogue::{CATALOGUE, FAMILIES};
use super::layers::{Entry, Layers};
use super::places::Place;
use super::problem::{Problems, Report};
use super::{Config, environment, file, gateway, print};

/// The annotated default file: defaults and manual at once.
pub const DEFAULT_FILE: &str = include_str!("../ringproof.default.toml");

/// Largest configuration file; a larger one is a mistaken path.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// What the command line says about the configuration; the strongest layer.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`: the file to read. Without it `RINGPROOF_CONFIG` names one, and without that none is read.
    pub config: Option<PathBuf>,
    /// `--data`: the data folder.
    pub data: Option<PathBuf>,
    /// `--listen`: the listener's address.
    pub listen: Option<SocketAddr>,
    /// `--postgres`: the PostgreSQL.
    pub postgres: Option<String>,
    /// `--dev`: adds an inbox when no gateway is configured.
    pub dev: bool,
}

/// A checked configuration that remembers where each value came from.
#[derive(Clone)]
pub struct Loaded {
    /// The values.
    pub config: Config,
    layers: Layers,
}

impl fmt::Debug for Loaded {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Loaded").field("config", &self.config).finish_non_exhaustive()
    }
}

/// Reads defaults, file, environment and flags, each over the one before.
///
/// `environment` is [`of_process`](super::of_process) in the program and a list in tests; variables that do not
/// begin with `RINGPROOF_` are passed over.
///
/// # Errors
/// Every mistake in every layer, with its place: unknown keys with the nearest known one, values of the wrong
/// type or outside their range, and values that do not go together.
///
/// ```
/// use ringproof_server::config::{Flags, load};
/// let variable = |name: &str, value: &str| [(name.to_owned(), value.to_owned())];
/// let loaded = load(&Flags::default(), variable("RINGPROOF_CODES__LENGTH", "8")).unwrap();
/// assert_eq!(loaded.config.codes.length, 8);
///
/// let problems = load(&Flags::default(), variable("RINGPROOF_CODES__LENGTH", "4")).unwrap_err();
/// assert!(problems.to_string().contains("4 is outside 6 to 10 digits (security rule D-1)"));
/// ```
pub fn load(
    flags: &Flags,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Loaded, Problems> {
    let variables: BTreeMap<String, String> = environment.into_iter().collect();
    let mut report = Report::default();
    let mut defaults = Layers::default();
    file::lay(DEFAULT_FILE, None, &mut defaults, &mut report);

    let mut layers = defaults.clone();
    if let Some((path, place)) = file_of(flags, &variables) {
        match read(&path) {
            Ok(text) => file::lay(&text, Some(&path), &mut layers, &mut report),
            Err(cause) => {
                let message = format!(
                    "could not read configuration file {}: {cause}; check the path",
                    path.display()
                );
                report.add_at(&place, "", message);
            }
        }
    }
    environment::lay(&variables, &mut layers, &mut report);
    lay_flags(flags, &mut layers);

    let mut config = layers.build(&defaults, &mut report);
    if let Some(data) = &flags.data {
        // Once more, as it is: in the layers it is text, and a path need not be.
        config.data.dir.clone_from(data);
    }
    gateway::feedback::fill(&mut config);
    let mut later = Report::default();
    config.check(&mut later);
    report.merge(later, |key| layers.place_of(key));
    if report.is_empty() {
        layers.mask();
        Ok(Loaded { config, layers })
    } else {
        Err(report.into_problems())
    }
}

impl Loaded {
    /// The effective configuration as TOML that can be read again, for `config print`.
    ///
    /// Values that are not defaults say where they came from; secrets are masked in comments.
    pub fn print(&self) -> String {
        print::print(&self.layers)
    }

    /// Keys whose value differs in `newer`, and `gateway`, `route`, `account` or `inbound` when those blocks differ,
    /// for the log of a reload.
    pub fn changed_keys(&self, newer: &Self) -> Vec<&'static str> {
        let value = |loaded: &Self, path: &str| {
            loaded.layers.keys.get(path).map(|entry| entry.value.clone())
        };
        let keys = CATALOGUE.keys.iter().map(|key| key.path.as_str());
        let mut changed: Vec<&str> =
            keys.filter(|path| value(self, path) != value(newer, path)).collect();
        if self.config.data.root_key != newer.config.data.root_key {
            changed.push("data.root_key");
        }
        if self.config.widget.captcha.secret != newer.config.widget.captcha.secret {
            changed.push("widget.captcha.secret");
        }
        let (old, new) = (&self.config, &newer.config);
        let blocks = [
            ("gateway", old.gateway != new.gateway),
            ("route", old.route != new.route),
            ("account", old.account != new.account),
            ("inbound", old.inbound != new.inbound),
        ];
        changed.extend(blocks.into_iter().filter(|(_, differ)| *differ).map(|(name, _)| name));
        changed
    }
}

fn file_of(flags: &Flags, variables: &BTreeMap<String, String>) -> Option<(PathBuf, Place)> {
    if let Some(path) = &flags.config {
        return Some((path.clone(), Place::Flag("--config")));
    }
    let variable = environment::CONFIG_VARIABLE;
    let path = variables.get(variable).filter(|path| !path.is_empty())?;
    Some((PathBuf::from(path), Place::Environment(variable.to_owned())))
}

fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path)?;
    let bytes = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text)?;
    if bytes as u64 > FILE_BYTES_MAX {
        return Err(std::io::Error::other(format!("it is larger than {FILE_BYTES_MAX} bytes")));
    }
    Ok(text)
}

const GUARD: &str = "limits.guard";

fn lay_flags(flags: &Flags, layers: &mut Layers) {
    let mut set = |path: &str, text: String, flag| {
        layers
            .keys
            .insert(path.to_owned(), Entry { value: Value::from(text), place: Place::Flag(flag) });
    };
    if let Some(listen) = flags.listen {
        set("server.listen", listen.to_string(), "--listen");
    }
    if let Some(data) = &flags.data {
        set("data.dir", data.to_string_lossy().into_owned(), "--data");
    }
    if let Some(postgres) = &flags.postgres {
        set("data.postgres", postgres.clone(), "--postgres");
    }
    let gateways = &FAMILIES[0];
    if flags.dev && layers.blocks_of(gateways).next().is_none() {
        let place = Place::Flag("--dev");
        let entry = || Entry { value: Value::from("inbox"), place: place.clone() };
        let keys = ["name", "kind"].map(|key| (key.to_owned(), entry())).into();
        let id = "inbox".to_owned();
        layers.blocks.push(BlockEntry { family: gateways, id, place: place.clone(), keys });
    }
    // Whoever tries things out types numbers in a row and enters no code.
    let is_given = layers.keys.get(GUARD).is_some_and(|guard| guard.place != Place::Default);
    if flags.dev && !is_given {
        let entry = Entry { value: Value::from("observe"), place: Place::Flag("--dev") };
        layers.keys.insert(GUARD.to_owned(), entry);
    }
}
