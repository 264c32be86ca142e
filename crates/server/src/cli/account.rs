//! `ringproof account …`

mod credit;
mod numbers;
mod senders;
mod show;
mod widget;

use std::io::Read as _;

use anyhow::{Context as _, bail};
use verify::engine::account::{self, CreateOutcome};
use verify::entropy::draw;
use verify::ids::AccountId;
use verify::phone::Countries;
use verify::record::{Account, CreateStatus, NumberProfile, Secret};
use verify::send_limits::{SendLimitOverrides, SendLimits};
use zeroize::Zeroizing;

use super::args::{
    self, AccountCommand, AccountCreate, AccountCreateStatus, AccountLimit, AccountLimitName,
    AccountSet, ReportUrl,
};
use super::open::{self, Opened};
use super::values;
use super::values::Switch;
use crate::clock::Clock;
use crate::config::{self, Loaded};
use crate::entropy::SystemEntropy;
use crate::http::auth::password;

/// Runs one of the account commands.
pub(super) fn run(loaded: &Loaded, command: &AccountCommand) -> anyhow::Result<()> {
    let opened = match command {
        AccountCommand::Create(_) => open::open_or_make(&loaded.config)?,
        AccountCommand::Set(_)
        | AccountCommand::List(_)
        | AccountCommand::Show(_)
        | AccountCommand::Disable(_)
        | AccountCommand::Enable(_)
        | AccountCommand::RotateSecret(_)
        | AccountCommand::Credit(_)
        | AccountCommand::Widget(_)
        | AccountCommand::Block(_)
        | AccountCommand::Unblock(_)
        | AccountCommand::Unlock(_)
        | AccountCommand::Blocked(_) => open::open(&loaded.config)?,
    };
    let result = open::block_on(async {
        match command {
            AccountCommand::Create(args) => create(&opened, loaded, args).await,
            AccountCommand::Set(args) => set(&opened, loaded, args).await,
            AccountCommand::List(output) => show::list(&opened, output.json).await,
            AccountCommand::Show(args) => show::one(&opened, &args.name, args.output.json).await,
            AccountCommand::Disable(args) => enable(&opened, args, false).await,
            AccountCommand::Enable(args) => enable(&opened, args, true).await,
            AccountCommand::RotateSecret(args) => rotate(&opened, args).await,
            AccountCommand::Credit(args) => credit::run(&opened, args).await,
            AccountCommand::Widget(args) => widget::run(&opened, args).await,
            AccountCommand::Block(args) => numbers::block(&opened, args).await,
            AccountCommand::Unblock(args) => numbers::unblock(&opened, args).await,
            AccountCommand::Unlock(args) => numbers::unlock(&opened, args).await,
            AccountCommand::Blocked(args) => numbers::list(&opened, args).await,
        }
    });
    opened.store.close();
    result
}

async fn create(opened: &Opened, loaded: &Loaded, args: &AccountCreate) -> anyhow::Result<()> {
    if !account::is_username(&args.name) {
        bail!("{:?} is no user name: use 1 to 64 letters, digits and signs, no colon", args.name);
    }
    values::check_senders(&args.senders).map_err(anyhow::Error::msg)?;
    check_report_url(loaded, args.report_url.as_ref())?;
    senders::check(opened, &loaded.config, &args.name, &args.senders, &args.same_company).await?;
    let countries = countries(&args.countries)?;
    let entropy = &mut SystemEntropy::new();
    let id = AccountId::random(entropy);
    let (secret, password) = if args.password_stdin {
        let password = read_password(loaded.config.auth.password_length_min.into())?;
        (Secret::Chosen(password::hash(&password, entropy)), None)
    } else {
        let password = issue(entropy);
        (Secret::Issued(opened.keyring.api_secret_digest(id, &password)), Some(password))
    };
    let mut account = fresh(id, &args.name, secret, countries, args.compat);
    account.create_status = args.create_status.map(create_status);
    account.allow_from = args.allow_from.iter().map(ToString::to_string).collect();
    account.senders.clone_from(&args.senders);
    if let Some(home) = args.home_country {
        account.home_country = home.0;
    }
    account.number_profile = args.number_profile.unwrap_or(account.number_profile);
    account.trusts_cookies = args.trust_cookies.map_or(account.trusts_cookies, Switch::is_on);
    account.takes_query_credentials = args.query_credentials.is_none_or(Switch::is_on);
    account.enforces_address_limits = args.address_limits.is_some_and(Switch::is_on);
    account.report_url = args.report_url.clone().and_then(|url| url.0);
    set_limits(&mut account, &args.limits);
    let made = account.clone();
    let rule = move |snapshot: &_| account::create(snapshot, &made);
    match opened.store.transact(account::keys(&args.name), rule).await? {
        CreateOutcome::NameTaken => bail!(
            "there is an account {name} already: choose another name, or see `ringproof account \
             show {name}`",
            name = args.name
        ),
        CreateOutcome::Created => {
            show::tell(opened, &account, password.as_ref(), args.output.json).await
        }
    }
}

/// Makes an account with a password of our own making; for `--dev`.
pub(crate) fn dev_account(
    keyring: &verify::keys::Keyring,
    username: &str,
) -> (Account, Zeroizing<String>) {
    let entropy = &mut SystemEntropy::new();
    let (id, password) = (AccountId::random(entropy), issue(entropy));
    let secret = Secret::Issued(keyring.api_secret_digest(id, &password));
    let mut account = fresh(id, username, secret, Countries::All, true);
    // Every country is foreign to it, and a developer sends to one only.
    account.limits.country_sms_per_day = Some(SendLimits::default().account_sms_per_day);
    (account, password)
}

/// An account with what it has unless the operator says otherwise. It is at
/// home in the first of its countries.
fn fresh(
    id: AccountId,
    username: &str,
    secret: Secret,
    countries: Countries,
    is_compat: bool,
) -> Account {
    let home_country = match &countries {
        Countries::All => None,
        Countries::Listed(listed) => listed.first().copied(),
    };
    Account {
        id,
        username: username.to_owned(),
        secret,
        is_enabled: true,
        is_compat,
        create_status: None,
        countries,
        home_country,
        allow_from: Vec::new(),
        takes_query_credentials: true,
        senders: Vec::new(),
        number_profile: profile(is_compat),
        trusts_cookies: is_compat,
        enforces_address_limits: false,
        report_url: None,
        limits: SendLimitOverrides::default(),
        created_at: Clock::system().now(),
    }
}

/// The codes that number confirmations may have, unless the operator says so.
fn profile(is_compat: bool) -> NumberProfile {
    if is_compat { NumberProfile::ShortWhenAsked } else { NumberProfile::Standard }
}

/// A password of 256 random bits as 64 hex digits (D-35): no sign in it needs
/// quoting anywhere.
pub(crate) fn issue(entropy: &mut SystemEntropy) -> Zeroizing<String> {
    verify::keys::RootKey::from_bytes(draw(entropy)).to_hex()
}

fn read_password(length_min: usize) -> anyhow::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::new());
    let mut stdin = std::io::stdin().take(1_024);
    stdin.read_to_string(&mut text).context("could not read a password from stdin")?;
    let password = text.trim_end_matches(['\r', '\n']);
    if !password.bytes().all(|b| matches!(b, b' '..=b'~')) {
        bail!("the password must be printable ASCII, as it travels in a header");
    }
    if password.chars().count() < length_min {
        bail!(
            "the password has fewer than {length_min} characters: use a longer one, leave out \
             --password-stdin to have one made, or lower auth.password_length_min if old programs \
             must keep theirs"
        );
    }
    Ok(Zeroizing::new(password.to_owned()))
}

/// What the server would never call is refused when it is typed.
fn check_report_url(loaded: &Loaded, url: Option<&ReportUrl>) -> anyhow::Result<()> {
    let is_plain = |url: &str| url.get(..7).is_some_and(|s| s.eq_ignore_ascii_case("http://"));
    let typed = url.and_then(|url| url.0.as_deref());
    if typed.is_some_and(is_plain) && !loaded.config.reports.allow_http {
        bail!(
            "reports go over https only here: give an https:// address, or set reports.allow_http = \
             true in the configuration"
        );
    }
    Ok(())
}

async fn set(opened: &Opened, loaded: &Loaded, args: &AccountSet) -> anyhow::Result<()> {
    check_report_url(loaded, args.report_url.as_ref())?;
    if let Some(typed) = &args.senders {
        // A slip in the account's name would else be told as a sender that is another's.
        find(opened, &args.name).await?;
        let same = &args.same_company;
        senders::check(opened, &loaded.config, &args.name, &typed.0, same).await?;
    }
    let new_countries = args.countries.as_ref().map(countries).transpose()?;
    let set = args.clone();
    let edit = move |account: &mut Account| {
        if let Some(countries) = &new_countries {
            account.countries = countries.clone();
        }
        set_switches(account, &set);
        match set.create_status {
            None => {}
            Some(AccountCreateStatus::Server) => account.create_status = None,
            Some(AccountCreateStatus::Own(own)) => account.create_status = Some(create_status(own)),
        }
        if let Some(networks) = &set.allow_from {
            account.allow_from = networks.0.iter().map(ToString::to_string).collect();
        }
        if let Some(senders) = &set.senders {
            account.senders.clone_from(&senders.0);
        }
        if let Some(home) = set.home_country {
            account.home_country = home.0;
        }
        if let Some(url) = &set.report_url {
            account.report_url.clone_from(&url.0);
        }
        set_limits(account, &set.limits);
    };
    let account = update(opened, &args.name, edit).await?;
    show::tell(opened, &account, None, args.output.json).await
}

/// `--compat` moves what belongs to it, unless that is named in the same call.
fn set_switches(account: &mut Account, set: &AccountSet) {
    if let Some(compat) = set.compat {
        account.is_compat = compat.is_on();
        account.number_profile = profile(compat.is_on());
        account.trusts_cookies = compat.is_on();
    }
    account.number_profile = set.number_profile.unwrap_or(account.number_profile);
    let own = |switch: &mut bool, typed: Option<args::Switch>| {
        *switch = typed.map_or(*switch, args::Switch::is_on);
    };
    own(&mut account.trusts_cookies, set.trust_cookies);
    own(&mut account.takes_query_credentials, set.query_credentials);
    own(&mut account.enforces_address_limits, set.address_limits);
}

fn set_limits(account: &mut Account, typed: &[AccountLimit]) {
    for limit in typed {
        let own = match limit.name {
            AccountLimitName::SmsPerSecond => &mut account.limits.account_sms_per_second,
            AccountLimitName::SmsPerHour => &mut account.limits.account_sms_per_hour,
            AccountLimitName::SmsPerDay => &mut account.limits.account_sms_per_day,
            AccountLimitName::CountrySmsPerDay => &mut account.limits.country_sms_per_day,
        };
        *own = limit.messages;
    }
}

async fn enable(opened: &Opened, args: &args::AccountName, on: bool) -> anyhow::Result<()> {
    let account = update(opened, &args.name, move |account| account.is_enabled = on).await?;
    show::tell(opened, &account, None, args.output.json).await
}

async fn rotate(opened: &Opened, args: &args::AccountName) -> anyhow::Result<()> {
    let password = issue(&mut SystemEntropy::new());
    let (keyring, new) = (opened.keyring.clone(), password.clone());
    let edit = move |account: &mut Account| {
        account.secret = Secret::Issued(keyring.api_secret_digest(account.id, &new));
    };
    let account = update(opened, &args.name, edit).await?;
    show::tell(opened, &account, Some(&password), args.output.json).await
}

async fn update(
    opened: &Opened,
    name: &str,
    edit: impl Fn(&mut Account) + Send + 'static,
) -> anyhow::Result<Account> {
    let rule = move |snapshot: &_| account::update(snapshot, &edit);
    let account = opened.store.transact(account::keys(name), rule).await?;
    account.with_context(|| missing(name))
}

/// The account of a name.
async fn find(opened: &Opened, name: &str) -> anyhow::Result<Account> {
    let snapshot = opened.store.read(account::keys(name)).await?;
    snapshot.account.with_context(|| missing(name))
}

pub(super) fn missing(name: &str) -> String {
    format!("there is no account {name}: run `ringproof account list` to see those there are")
}

fn countries(typed: &args::Countries) -> anyhow::Result<Countries> {
    match typed {
        args::Countries::All => Ok(Countries::All),
        args::Countries::Only(codes) => Countries::parse(&codes.join(","))
            .map_err(|code| anyhow::anyhow!("{code:?} is no country; write codes such as EE,FI")),
    }
}

/// The setting as the record keeps it.
pub(crate) fn create_status(typed: config::CreateStatus) -> CreateStatus {
    match typed {
        config::CreateStatus::Auto => CreateStatus::Auto,
        config::CreateStatus::Ok => CreateStatus::Ok,
        config::CreateStatus::Created => CreateStatus::Created,
    }
}
