//! `ringproof sms …`: what became of a message that a program sent.

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::engine::sms;
use verify::ids::SmsId;
use verify::record::{Account, KeptText, Sms, SmsStatus, TextStore};
use zeroize::Zeroizing;

use super::account::missing;
use super::args::{SmsCommand, SmsShow};
use super::open::{self, Opened};
use super::{money, print};
use crate::config::Loaded;

/// Runs one of the message commands.
pub(super) fn run(loaded: &Loaded, command: &SmsCommand) -> anyhow::Result<()> {
    let SmsCommand::Show(args) = command;
    let id = SmsId::parse(&args.id).with_context(|| {
        format!("{:?} is no id of a message: give the 40 hex digits that the API gave", args.id)
    })?;
    let opened = open::open(&loaded.config)?;
    let result = open::block_on(show(&opened, args, id));
    opened.store.close();
    result
}

async fn show(opened: &Opened, args: &SmsShow, id: SmsId) -> anyhow::Result<()> {
    let (mut accounts, _) = opened.store.accounts().await?;
    if let Some(name) = &args.account {
        accounts.retain(|account| account.username == *name);
        if accounts.is_empty() {
            bail!(missing(name));
        }
    }
    for account in &accounts {
        let snapshot = opened.store.read(sms::read_keys(account.id, id)).await?;
        if let Some(message) = snapshot.sms(id).filter(|sms| sms.account == account.id) {
            return tell(opened, args, account, message);
        }
    }
    match &args.account {
        Some(name) => bail!("account {name} has no message {id}: check the id that the API gave"),
        None => bail!("there is no message {id}: check the id that the API gave"),
    }
}

/// A message as commands show it. Never the number, nor what it could be told from.
#[derive(Serialize)]
struct Shown<'a> {
    id: String,
    account: &'a str,
    state: &'static str,
    status: Option<&'static str>,
    stat: Option<&'static str>,
    err: String,
    sender: &'a str,
    parts: u32,
    price: String,
    created: String,
    due: String,
    deadline: String,
    changed: String,
    text_store: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Option<&'a str>>,
}

fn tell(opened: &Opened, args: &SmsShow, account: &Account, sms: &Sms) -> anyhow::Result<()> {
    let text = if args.text { text(opened, sms)? } else { None };
    let time = |at| format!("{at:.3}");
    let shown = Shown {
        id: sms.id.to_string(),
        account: &account.username,
        state: sms.state.as_str(),
        status: sms.state.status().map(SmsStatus::as_str),
        stat: sms.state.stat().map(|(word, _)| word),
        err: format!("{:03}", sms.err),
        sender: &sms.sender,
        parts: sms.parts,
        price: money::show_price(sms.price),
        created: time(sms.created_at),
        due: time(sms.send_at),
        deadline: time(sms.deadline),
        changed: time(sms.changed_at),
        text_store: sms.text_store.as_str(),
        text: args.text.then(|| text.as_ref().map(|text| text.as_str())),
    };
    if args.output.json {
        let line = Zeroizing::new(serde_json::to_string(&shown)?);
        print::line(line.as_str());
        return Ok(());
    }
    let told = shown.status.unwrap_or("nothing yet");
    for (name, value) in [
        ("id", shown.id.as_str()),
        ("account", shown.account),
        ("state", shown.state),
        ("told", told),
        ("err", &shown.err),
        ("sender", &print::harmless(shown.sender)),
        ("parts", &shown.parts.to_string()),
        ("price", &shown.price),
        ("created", &shown.created),
        ("due", &shown.due),
        ("deadline", &shown.deadline),
        ("changed", &shown.changed),
        ("text store", shown.text_store),
    ] {
        print::line(format_args!("{name:14} {value}"));
    }
    match shown.text {
        None => {}
        Some(Some(text)) => print::line(format_args!("text           {}", print::harmless(text))),
        Some(None) => print::note(why_no_text(sms)),
    }
    Ok(())
}

/// The kept text; `None` if none is kept.
fn text(opened: &Opened, sms: &Sms) -> anyhow::Result<Option<Zeroizing<String>>> {
    match &sms.kept_text {
        KeptText::Nothing | KeptText::Digest(_) => Ok(None),
        KeptText::Sealed(_) => {
            let keys = opened.keyring.account(sms.account);
            let text = sms::open_kept_text(&keys, sms);
            let text = text.context(
                "the kept text does not open under this root key: run `ringproof doctor` to check \
                 the database",
            )?;
            Ok(Some(text))
        }
    }
}

fn why_no_text(sms: &Sms) -> &'static str {
    match sms.text_store {
        TextStore::Plaintext => {
            "the text is not kept: it was binary, or sms_api.text_days have gone by"
        }
        TextStore::Sha256 => "the text is not kept, only a digest of it, as the program asked",
        TextStore::Nostore => "the text is not kept, as the program asked",
    }
}
