//! `ringproof sms …`: what became of a message that a program sent.

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::engine::sms;
use verify::ids::SmsId;
use verify::keys::Keyring;
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
    #[serde(skip_serializing_if = "ShownText::is_unasked")]
    text: ShownText<'a>,
}

/// The text of a message, as far as it was asked for.
#[derive(Serialize, Clone, Copy)]
#[serde(untagged)]
enum ShownText<'a> {
    /// It was not asked for.
    Unasked,
    /// It was, and none is kept: `null`.
    NotKept,
    /// It was, and here it is.
    Kept(&'a str),
}

impl ShownText<'_> {
    fn is_unasked(&self) -> bool {
        matches!(self, Self::Unasked)
    }
}

/// A message as it is shown, with its text if that was asked for.
fn shown<'a>(account: &'a Account, sms: &'a Sms, text: ShownText<'a>) -> Shown<'a> {
    let time = |at| format!("{at:.3}");
    Shown {
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
        text,
    }
}

fn tell(opened: &Opened, args: &SmsShow, account: &Account, sms: &Sms) -> anyhow::Result<()> {
    let text = if args.text { text(&opened.keyring, sms)? } else { None };
    let shown_text = match &text {
        _ if !args.text => ShownText::Unasked,
        None => ShownText::NotKept,
        Some(text) => ShownText::Kept(text.as_str()),
    };
    let shown = shown(account, sms, shown_text);
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
        ShownText::Unasked => {}
        ShownText::Kept(text) => {
            print::line(format_args!("text           {}", print::harmless(text)));
        }
        ShownText::NotKept => print::note(why_no_text(sms)),
    }
    Ok(())
}

/// The kept text; `None` if none is kept.
fn text(keyring: &Keyring, sms: &Sms) -> anyhow::Result<Option<Zeroizing<String>>> {
    match &sms.kept_text {
        KeptText::Nothing | KeptText::Digest(_) => Ok(None),
        KeptText::Sealed(_) => {
            let keys = keyring.account(sms.account);
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use verify::engine::admit::{Destination, SendContext};
    use verify::engine::sms::SmsRequest;
    use verify::engine::{Change, Snapshot};
    use verify::entropy::SeededEntropy;
    use verify::keys::RootKey;
    use verify::message::SenderId;
    use verify::phone::{Countries, PhoneNumber};
    use verify::record::{BodyKind, MessageForm};
    use verify::send_limits::SendLimits;
    use verify::{SignedDuration, Timestamp};

    use crate::cli::account::dev_account;

    fn sent(keyring: &Keyring, account: &Account, text_store: TextStore) -> Sms {
        let entropy = &mut SeededEntropy::new(1);
        let to = PhoneNumber::parse("+37255500123").unwrap();
        let destination = Destination {
            account: account.id,
            service: keyring.sms_service(account.id),
            to,
            number_key: keyring.number_key(&to),
        };
        let request = SmsRequest {
            destination,
            sender: SenderId::default(),
            form: MessageForm { body: BodyKind::Text, ..MessageForm::default() },
            content: Zeroizing::new("Your parcel is here".to_owned()),
            parts: 1,
            price: None,
            send_at: None,
            validity: SignedDuration::from_mins(5),
            report_url: None,
            text_store,
            only_gateway: None,
        };
        let keys = keyring.account(account.id);
        let context = SendContext {
            sends: SendLimits::default(),
            countries: &Countries::All,
            home_country: None,
            blocked: &HashSet::new(),
            keys: &keys,
            ways: &true,
            lease: 1,
        };
        let now = Timestamp::from_second(1_760_400_000).unwrap();
        let decision = sms::send(&Snapshot::default(), &request, &context, now, entropy);
        let put = decision.changes.into_iter().find_map(|change| match change {
            Change::PutSms(sms) => Some(*sms),
            _ => None,
        });
        put.expect("the message was taken")
    }

    #[test]
    fn a_message_shows_its_text_when_asked_and_never_its_number() {
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let (account, _) = dev_account(&keyring, "dev");
        let sms = sent(&keyring, &account, TextStore::Plaintext);
        let plain = serde_json::to_string(&shown(&account, &sms, ShownText::Unasked)).unwrap();
        assert!(
            plain.contains("\"state\":\"queued\"") && plain.contains("\"status\":null"),
            "{plain}"
        );
        assert!(!plain.contains("\"text\"") && !plain.contains("parcel"), "{plain}");
        let kept = text(&keyring, &sms).unwrap();
        let whole = serde_json::to_string(&shown(
            &account,
            &sms,
            ShownText::Kept(kept.as_deref().unwrap()),
        ))
        .unwrap();
        assert!(whole.contains("\"text\":\"Your parcel is here\""), "{whole}");
        for told in [plain, whole] {
            assert!(!told.contains("5500123") && !told.contains("EE"), "{told}");
        }
        let other = Keyring::new(&RootKey::from_bytes([8; 32]));
        let error = text(&other, &sms).unwrap_err().to_string();
        assert!(error.contains("root key"), "{error}");
    }

    #[test]
    fn a_text_that_is_not_kept_is_told_so() {
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let (account, _) = dev_account(&keyring, "dev");
        for (store, why) in
            [(TextStore::Sha256, "digest"), (TextStore::Nostore, "as the program asked")]
        {
            let sms = sent(&keyring, &account, store);
            assert_eq!(text(&keyring, &sms).unwrap(), None);
            let told = serde_json::to_string(&shown(&account, &sms, ShownText::NotKept)).unwrap();
            assert!(told.contains("\"text\":null"), "{told}");
            assert!(why_no_text(&sms).contains(why));
        }
    }
}
