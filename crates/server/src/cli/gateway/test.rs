//! `ringproof gateway test`: one real message, through one gateway.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use verify::SignedDuration;
use verify::engine::Keys;
use verify::engine::admit::{Destination, SendContext, SendRefusal};
use verify::engine::sms::{self, SmsOutcome, SmsRefusal, SmsRequest};
use verify::ids::{AccountId, SmsId};
use verify::keys::NumberKey;
use verify::message::SenderId;
use verify::phone::PhoneNumber;
use verify::record::{
    Account, Delivery, DeliveryState, MessageForm, ReceiptState, SmsState, TextStore,
};
use verify::text;
use zeroize::Zeroizing;

use super::is_live;
use crate::cli::account::missing;
use crate::cli::args::GatewayTest;
use crate::cli::open::Opened;
use crate::cli::print;
use crate::clock::Clock;
use crate::config::Config;
use crate::entropy::SystemEntropy;
use crate::http::sms::prices::Prices;
use crate::serve::policy;

/// How often the command looks what became of its message.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// How long delivery of the message is tried.
const VALIDITY: SignedDuration = SignedDuration::from_mins(10);

pub(super) async fn run(
    config: &Config,
    opened: &Opened,
    flags: &GatewayTest,
) -> anyhow::Result<()> {
    let to = PhoneNumber::parse(&flags.to).with_context(|| {
        format!(
            "{:?} is no phone number: write it with country code, such as +37255500123",
            flags.to
        )
    })?;
    let views = opened.store.gateway_views().await?;
    let now = Clock::system().now();
    let live = || views.iter().filter(|v| v.gateway == flags.name && is_live(v, now));
    // Any server that can send it will.
    let Some(view) = live().find(|view| view.is_open).or_else(|| live().next()) else {
        bail!(
            "no server with the gateway {} runs on this data folder: start `ringproof serve`, or \
             let it read its configuration again with SIGHUP",
            flags.name
        );
    };
    if !view.is_open {
        print::note(format_args!("gateway {} is closed: {}", flags.name, view.reason));
    }
    let account = account(opened, flags).await?;
    let id = queue(config, opened, flags, &account, to).await?;
    print::line(format_args!("queued for {}, message {id}", to.masked()));
    follow(opened, flags, account.id, id).await
}

/// The account that was named, or the only one that may send.
async fn account(opened: &Opened, flags: &GatewayTest) -> anyhow::Result<Account> {
    let (accounts, _) = opened.store.accounts().await?;
    let mut enabled = accounts.into_iter().filter(|account| account.is_enabled);
    match &flags.account {
        Some(name) => enabled.find(|a| a.username == *name).with_context(|| missing(name)),
        None => match (enabled.next(), enabled.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => bail!("there is no account: make one with `ringproof account create`"),
            (Some(_), Some(_)) => bail!("there are several accounts: name one with --account"),
        },
    }
}

async fn queue(
    config: &Config,
    opened: &Opened,
    flags: &GatewayTest,
    account: &Account,
    to: PhoneNumber,
) -> anyhow::Result<SmsId> {
    let (policy, keys) = (policy::policy(config)?, opened.keyring.account(account.id));
    let prices = Prices::new(opened.store.clone());
    prices.refresh().await?;
    let price = prices.of(to.country());
    let sender = account.senders.first().cloned().unwrap_or_else(|| policy.sender.clone());
    let request = SmsRequest {
        destination: Destination {
            account: account.id,
            service: opened.keyring.sms_service(account.id),
            to,
            number_key: opened.keyring.number_key(&to),
        },
        sender: SenderId::parse(sender.as_str()).context("the account's sender cannot be used")?,
        form: MessageForm::default(),
        content: Zeroizing::new(flags.text.clone()),
        parts: u32::try_from(text::segments(&flags.text).parts).unwrap_or(u32::MAX),
        price,
        send_at: None,
        validity: VALIDITY,
        report_url: None,
        text_store: TextStore::Nostore,
        only_gateway: Some(flags.name.clone()),
    };
    let blocked = blocked(config, opened, account);
    let (account, now) = (account.clone(), Clock::system().now());
    let mut entropy = SystemEntropy::new();
    let names = sms::keys(&request);
    let rule = move |snapshot: &_| {
        let context = SendContext {
            sends: policy.sends.with(&account.limits),
            countries: &account.countries,
            home_country: account.home_country,
            blocked: &blocked,
            keys: &keys,
            ways: &true,
            // The server's dispatcher claims it.
            lease: 0,
        };
        sms::send(snapshot, &request, &context, now, &mut entropy)
    };
    match opened.store.transact(names, rule).await? {
        SmsOutcome::Taken { id, .. } => Ok(id),
        SmsOutcome::Refused(SmsRefusal::NoPrice) => {
            bail!("the account pays and the country has no price: `ringproof prices import` one")
        }
        SmsOutcome::Refused(SmsRefusal::NotEnoughCredit) => {
            bail!("the account has too little money: `ringproof account credit` it")
        }
        SmsOutcome::Refused(SmsRefusal::Send(SendRefusal::NumberBlocked)) => {
            bail!("the number is blocked for this account, so nothing was sent")
        }
        SmsOutcome::Refused(SmsRefusal::Send(refusal)) => {
            bail!("the limits of the account do not let this message out: {refusal:?}")
        }
    }
}

/// Numbers that the configuration blocks for an account; the store knows the
/// others.
fn blocked(config: &Config, opened: &Opened, account: &Account) -> HashSet<NumberKey> {
    let of_account = config.account.iter().filter(|block| block.name == account.username);
    let numbers = of_account.flat_map(|block| &block.blocked_numbers);
    numbers.map(|number| opened.keyring.number_key(number)).collect()
}

/// Says what becomes of the message, until it is over or the time is.
async fn follow(
    opened: &Opened,
    flags: &GatewayTest,
    account: AccountId,
    id: SmsId,
) -> anyhow::Result<()> {
    let (begun, mut told) = (Instant::now(), String::new());
    loop {
        let snapshot = opened.store.read(sms::read_keys(account, id)).await?;
        let sms = snapshot.sms(id).context("the message is gone")?;
        let delivery = Keys { delivery: Some(sms.message), ..Keys::default() };
        let delivery = opened.store.read(delivery).await?.delivery;
        let seconds = begun.elapsed().as_secs_f64();
        let says = sentence(sms.state, delivery.as_ref());
        if says != told {
            print::line(format_args!("{seconds:6.1} s  {says}"));
            told = says;
        }
        match end(sms.state) {
            Some(true) => return Ok(()),
            Some(false) => bail!("the message was not delivered"),
            None if begun.elapsed().as_secs() >= flags.wait => {
                return out_of_time(flags, delivery.as_ref());
            }
            None => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

/// Whether the message is over, and well.
fn end(state: SmsState) -> Option<bool> {
    match state {
        SmsState::Reported(ReceiptState::Delivered) => Some(true),
        SmsState::Reported(ReceiptState::Accepted | ReceiptState::Unknown)
        | SmsState::Scheduled
        | SmsState::Queued
        | SmsState::Sent => None,
        SmsState::Reported(
            ReceiptState::Expired
            | ReceiptState::Deleted
            | ReceiptState::Undeliverable
            | ReceiptState::Failed
            | ReceiptState::Rejected,
        )
        | SmsState::InDoubt
        | SmsState::NotTaken
        | SmsState::Lapsed
        | SmsState::Cancelled => Some(false),
    }
}

fn sentence(state: SmsState, delivery: Option<&Delivery>) -> String {
    let Some(delivery) = delivery else { return "waits for the server".to_owned() };
    let cause = delivery.cause.map(|cause| format!(", cause {}", cause.as_str()));
    let code = delivery.code.as_ref().map(|code| format!(", code {code}"));
    let more = cause.unwrap_or_default() + &code.unwrap_or_default();
    match (delivery.receipt, delivery.state) {
        (Some((receipt, _)), _) => {
            format!("the receipt says {}{}", receipt.as_str(), print::harmless(&more))
        }
        (None, DeliveryState::Accepted) => {
            format!("{} has taken it; waiting for its receipt", delivery.gateway)
        }
        (None, ended) => {
            format!(
                "ended as {} after {} attempts ({})",
                ended.as_str(),
                delivery.attempts,
                state.as_str()
            )
        }
    }
}

fn out_of_time(flags: &GatewayTest, delivery: Option<&Delivery>) -> anyhow::Result<()> {
    match delivery {
        Some(delivery) if delivery.state == DeliveryState::Accepted => {
            print::note(format_args!(
                "no receipt within {} s; the gateway has the message",
                flags.wait
            ));
            Ok(())
        }
        Some(_) | None => bail!(
            "the gateway has not taken the message within {} s: `ringproof gateway list` says why",
            flags.wait
        ),
    }
}
