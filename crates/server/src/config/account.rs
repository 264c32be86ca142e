//! Blocks `[[account]]`: what accounts have beside what the database says of them.
//!
//! For operators who keep such lists in files under version control. The account itself, its password above all, is
//! made by `ringproof account create`; a block that names no account does nothing, and the doctor says so.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use verify::engine::account::is_username;
use verify::message::SenderId;
use verify::phone::PhoneNumber;

use super::formats::{networks, optional_path, senders};
use super::problem::Report;
use super::secret::{self, SecretSource};
use super::{ReportsConfig, WebhookUrl};

/// Most `[[account]]` blocks in one configuration.
pub const ACCOUNTS_MAX: usize = 1_000;

/// What one account has beside what the database says.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// Name of the account; `ringproof account create` makes it.
    pub name: String,
    /// Sender names that it may use too. If it has none of its own, the first of these is its default.
    #[serde(default, deserialize_with = "senders")]
    #[schemars(with = "Vec<String>", length(max = 64))]
    pub senders: Vec<SenderId>,
    /// Names of other accounts of the same company, whose senders may look like those of this one (S-50).
    #[serde(default)]
    #[schemars(length(max = 1_000))]
    pub same_company: Vec<String>,
    /// Networks that it may call from too. If it has none of its own, it may call from these only.
    #[serde(default, deserialize_with = "networks")]
    #[schemars(with = "Vec<String>", length(max = 1000))]
    pub allow_from: Vec<IpNet>,
    /// Phone numbers that it must not send to.
    #[serde(default, deserialize_with = "numbers")]
    #[schemars(with = "Vec<String>", length(max = 10_000))]
    pub blocked_numbers: Vec<PhoneNumber>,
    /// Where it is told what happens to its users' authenticator devices: `https://…`, or `http://…` where
    /// `reports.allow_http` is true.
    #[serde(default)]
    #[schemars(with = "String")]
    pub events_url: Option<WebhookUrl>,
    /// File with the secret under which it is told.
    #[serde(default, deserialize_with = "optional_path")]
    #[schemars(with = "String")]
    pub events_secret_file: Option<PathBuf>,
}

impl AccountConfig {
    /// Where the secret of its events comes from.
    pub fn events_secret_source(&self) -> Option<SecretSource> {
        secret::source_of(None, self.events_secret_file.as_ref())
    }

    /// Whether one of the two names the other as an account of the same company.
    fn is_one_company_with(&self, other: &Self) -> bool {
        self.same_company.contains(&other.name) || other.same_company.contains(&self.name)
    }

    fn check_events(&self, reports: &ReportsConfig, report: &mut Report) {
        let key = |key: &str| format!("account.{}.{key}", self.name);
        match (&self.events_url, &self.events_secret_file) {
            (Some(url), _) if !url.is_encrypted() && !reports.allow_http => report.add(
                key("events_url"),
                "would carry what happens to devices over plain http; use https://, or set reports.allow_http = true",
            ),
            (Some(_), None) => report.add(
                key("events_secret_file"),
                "is missing; name a file with the secret under which events are signed",
            ),
            (None, Some(_)) => {
                report.add(key("events_url"), "is missing; say where events are posted");
            }
            (Some(_), Some(_)) | (None, None) => {}
        }
    }

    pub(crate) fn check_files(&self, report: &mut Report) {
        if let Some(Err(error)) = self.events_secret_source().map(|source| source.read()) {
            report.add(format!("account.{}.events_secret_file", self.name), error.to_string());
        }
    }
}

/// A number that cannot be read is told by its place: it may be nearly one, and no message shows a whole number.
fn numbers<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<PhoneNumber>, D::Error> {
    let list = Vec::<String>::deserialize(input)?;
    let parse = |(index, text): (usize, &String)| {
        PhoneNumber::parse(text).ok_or_else(|| {
            let place = index + 1;
            D::Error::custom(format!(
                "has no phone number in place {place}; write + and the country code, such as +37255500123"
            ))
        })
    };
    list.iter().enumerate().map(parse).collect()
}

/// Rules for the list as a whole, and for each block in it.
pub(super) fn check(accounts: &[AccountConfig], reports: &ReportsConfig, report: &mut Report) {
    if accounts.len() > ACCOUNTS_MAX {
        let count = accounts.len();
        report.add("account", format!("{count} blocks are too many; {ACCOUNTS_MAX} are allowed"));
    }
    for account in accounts {
        let key = |key: &str| format!("account.{}.{key}", account.name);
        if !is_username(&account.name) {
            report.add(key("name"), not_a_name(&account.name));
        }
        for name in account.same_company.iter().filter(|name| !is_username(name)) {
            report.add(key("same_company"), not_a_name(name));
        }
        account.check_events(reports, report);
        let twice = [
            ("senders", second_of(account.senders.iter().map(ToString::to_string))),
            ("allow_from", second_of(account.allow_from.iter().map(ToString::to_string))),
            (
                "blocked_numbers",
                second_of(account.blocked_numbers.iter().map(|n| n.as_e164().to_owned())),
            ),
        ];
        for (name, place) in twice {
            if let Some(place) = place {
                let message = format!("has in place {place} what stands before it; remove one");
                report.add(key(name), message);
            }
        }
    }
    check_similar(accounts, report);
}

/// Refuses senders that people cannot tell from one of another block (S-50). The same text in two blocks is refused
/// too: nothing looks more alike. What the database has is not known here; the account commands and the doctor look.
fn check_similar(accounts: &[AccountConfig], report: &mut Report) {
    let mut alike: HashMap<String, Vec<(&AccountConfig, &SenderId)>> = HashMap::new();
    for account in accounts {
        for sender in &account.senders {
            let before = alike.entry(sender.skeleton()).or_default();
            let twin = before.iter().find(|(other, _)| {
                other.name != account.name && !account.is_one_company_with(other)
            });
            if let Some((other, theirs)) = twin {
                let (twin, name) = (similar(sender, theirs), &other.name);
                let message = format!(
                    "{twin} of the account {name} (security rule S-50); write another, or same_company = [{name:?}] \
                     if both are of one company"
                );
                report.add(format!("account.{}.senders", account.name), message);
            }
            before.push((account, sender));
        }
    }
}

/// Whether the configuration says that two accounts are of the same company.
pub(crate) fn are_one_company(accounts: &[AccountConfig], one: &str, other: &str) -> bool {
    let names = |from: &str, to: &str| {
        let blocks = accounts.iter().filter(|block| block.name == from);
        blocks.flat_map(|block| &block.same_company).any(|name| name == to)
    };
    names(one, other) || names(other, one)
}

/// How two senders of one skeleton are alike; goes on with whose the second is.
pub(crate) fn similar(sender: &SenderId, theirs: &SenderId) -> String {
    let (own, theirs) = (sender.as_str(), theirs.as_str());
    if own == theirs {
        format!("{own:?} is already a sender")
    } else {
        format!("people cannot tell {own:?} from {theirs:?}, a sender")
    }
}

/// What to say about a name that no account can have.
pub(super) fn not_a_name(name: &str) -> String {
    format!(
        "{name:?} cannot be the name of an account; write 1 to 64 letters, digits and signs, no colon and no blank"
    )
}

/// The place, counted from 1, of the first text that is there for the second time.
fn second_of(texts: impl Iterator<Item = String>) -> Option<usize> {
    let mut seen = HashSet::new();
    { texts }.position(|text| !seen.insert(text)).map(|index| index + 1)
}
