//! `ringproof account …`

use std::io::Read as _;

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::engine::account::{self, CreateOutcome};
use verify::entropy::draw;
use verify::ids::AccountId;
use verify::phone::Countries;
use verify::record::{Account, CreateStatus, NumberProfile, Secret};
use zeroize::Zeroizing;

use super::args::{
    self, AccountCommand, AccountCreate, AccountCreateStatus, AccountLimitName, AccountSet, Switch,
};
use super::open::{self, Opened};
use super::print;
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
        | AccountCommand::RotateSecret(_) => open::open(&loaded.config)?,
    };
    let result = open::block_on(async {
        match command {
            AccountCommand::Create(args) => create(&opened, loaded, args).await,
            AccountCommand::Set(args) => set(&opened, args).await,
            AccountCommand::List(output) => list(&opened, output.json).await,
            AccountCommand::Show(args) => show(&opened, &args.name, args.output.json).await,
            AccountCommand::Disable(args) => enable(&opened, args, false).await,
            AccountCommand::Enable(args) => enable(&opened, args, true).await,
            AccountCommand::RotateSecret(args) => rotate(&opened, args).await,
        }
    });
    opened.store.close();
    result
}

async fn create(opened: &Opened, loaded: &Loaded, args: &AccountCreate) -> anyhow::Result<()> {
    if !account::is_username(&args.name) {
        bail!("{:?} is no user name: use 1 to 64 letters, digits and signs, no colon", args.name);
    }
    let entropy = &mut SystemEntropy::new();
    let id = AccountId::random(entropy);
    let (secret, password) = if args.password_stdin {
        let password = read_password(loaded.config.auth.password_length_min.into())?;
        (Secret::Chosen(password::hash(&password, entropy)), None)
    } else {
        let password = issue(entropy);
        (Secret::Issued(opened.keyring.api_secret_digest(id, &password)), Some(password))
    };
    let account = Account {
        id,
        username: args.name.clone(),
        secret,
        is_enabled: true,
        is_compat: args.compat,
        number_profile: profile(args.compat),
        trusts_cookies: args.compat,
        create_status: args.create_status.map(create_status),
        countries: countries(&args.countries)?,
        allow_from: args.allow_from.iter().map(ToString::to_string).collect(),
        home_country: None,
        takes_query_credentials: true,
        senders: Vec::new(),
        enforces_address_limits: false,
        report_url: None,
        limits: verify::send_limits::SendLimitOverrides::default(),
        created_at: Clock::system().now(),
    };
    let made = account.clone();
    let rule = move |snapshot: &_| account::create(snapshot, &made);
    match opened.store.transact(account::keys(&args.name), rule).await? {
        CreateOutcome::NameTaken => bail!(
            "there is an account {name} already: choose another name, or see `ringproof account \
             show {name}`",
            name = args.name
        ),
        CreateOutcome::Created => {
            tell(&account, password.as_ref().map(|p| p.as_str()), args.output.json)
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
    let account = Account {
        id,
        username: username.to_owned(),
        secret: Secret::Issued(keyring.api_secret_digest(id, &password)),
        is_enabled: true,
        is_compat: true,
        number_profile: profile(true),
        trusts_cookies: true,
        create_status: None,
        countries: Countries::All,
        allow_from: Vec::new(),
        home_country: None,
        takes_query_credentials: true,
        senders: Vec::new(),
        enforces_address_limits: false,
        report_url: None,
        limits: verify::send_limits::SendLimitOverrides::default(),
        created_at: Clock::system().now(),
    };
    (account, password)
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

async fn set(opened: &Opened, args: &AccountSet) -> anyhow::Result<()> {
    let new_countries = args.countries.as_ref().map(countries).transpose()?;
    let set = args.clone();
    let edit = move |account: &mut Account| {
        if let Some(countries) = &new_countries {
            account.countries = countries.clone();
        }
        if let Some(switch) = set.compat {
            account.is_compat = switch == Switch::On;
        }
        match set.create_status {
            None => {}
            Some(AccountCreateStatus::Server) => account.create_status = None,
            Some(AccountCreateStatus::Own(own)) => account.create_status = Some(create_status(own)),
        }
        if let Some(networks) = &set.allow_from {
            account.allow_from = networks.0.iter().map(ToString::to_string).collect();
        }
        for limit in &set.limits {
            match limit.name {
                AccountLimitName::SmsPerSecond => {
                    account.limits.account_sms_per_second = limit.messages;
                }
                AccountLimitName::SmsPerDay => account.limits.account_sms_per_day = limit.messages,
            }
        }
    };
    let account = update(opened, &args.name, edit).await?;
    tell(&account, None, args.output.json)
}

async fn list(opened: &Opened, json: bool) -> anyhow::Result<()> {
    let (accounts, _) = opened.store.accounts().await?;
    if json {
        let shown: Vec<_> = accounts.iter().map(|a| Shown::new(a, None)).collect();
        print::line(serde_json::to_string(&shown)?);
    } else if accounts.is_empty() {
        print::note("no account yet; make one with `ringproof account create NAME --countries EE`");
    } else {
        for account in &accounts {
            let state = if account.is_enabled { "enabled" } else { "disabled" };
            print::line(format_args!("{:24} {state:9} {}", account.username, account.countries));
        }
    }
    Ok(())
}

async fn show(opened: &Opened, name: &str, json: bool) -> anyhow::Result<()> {
    let snapshot = opened.store.read(account::keys(name)).await?;
    let account = snapshot.account.with_context(|| missing(name))?;
    tell(&account, None, json)
}

async fn enable(opened: &Opened, args: &args::AccountName, on: bool) -> anyhow::Result<()> {
    let account = update(opened, &args.name, move |account| account.is_enabled = on).await?;
    tell(&account, None, args.output.json)
}

async fn rotate(opened: &Opened, args: &args::AccountName) -> anyhow::Result<()> {
    let password = issue(&mut SystemEntropy::new());
    let (keyring, new) = (opened.keyring.clone(), password.clone());
    let edit = move |account: &mut Account| {
        account.secret = Secret::Issued(keyring.api_secret_digest(account.id, &new));
    };
    let account = update(opened, &args.name, edit).await?;
    tell(&account, Some(&password), args.output.json)
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

fn missing(name: &str) -> String {
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

/// An account as commands show it.
#[derive(Serialize)]
struct Shown<'a> {
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    enabled: bool,
    compat: bool,
    countries: WireCountries,
    create_status: &'static str,
    allow_from: &'a [String],
    sms_per_second: Option<u32>,
    sms_per_day: Option<u32>,
    password_kind: &'static str,
    created: String,
}

/// `"all"`, or a list of codes.
#[derive(Serialize)]
#[serde(untagged)]
enum WireCountries {
    All(&'static str),
    Listed(Vec<String>),
}

impl WireCountries {
    fn new(countries: &Countries) -> Self {
        match countries {
            Countries::All => Self::All("all"),
            Countries::Listed(listed) => {
                Self::Listed(listed.iter().map(ToString::to_string).collect())
            }
        }
    }
}

impl<'a> Shown<'a> {
    fn new(account: &'a Account, password: Option<&'a str>) -> Self {
        Self {
            username: &account.username,
            password,
            enabled: account.is_enabled,
            compat: account.is_compat,
            countries: WireCountries::new(&account.countries),
            create_status: match account.create_status {
                None => "server",
                Some(CreateStatus::Auto) => "auto",
                Some(CreateStatus::Ok) => "200",
                Some(CreateStatus::Created) => "201",
            },
            allow_from: &account.allow_from,
            sms_per_second: account.limits.account_sms_per_second,
            sms_per_day: account.limits.account_sms_per_day,
            password_kind: match account.secret {
                Secret::Issued(_) => "issued",
                Secret::Chosen(_) => "chosen",
            },
            created: format!("{:.3}", account.created_at),
        }
    }
}

fn tell(account: &Account, password: Option<&str>, json: bool) -> anyhow::Result<()> {
    let shown = Shown::new(account, password);
    if json {
        print::line(serde_json::to_string(&shown)?);
        return Ok(());
    }
    let limit = |limit: Option<u32>| limit.map_or("server".to_owned(), |n| n.to_string());
    let from = &account.allow_from;
    print::line(format_args!("username       {}", shown.username));
    if let Some(password) = password {
        print::line(format_args!("password       {password}"));
    }
    print::line(format_args!("enabled        {}", shown.enabled));
    print::line(format_args!("compat         {}", shown.compat));
    print::line(format_args!("countries      {}", account.countries));
    print::line(format_args!("create status  {}", shown.create_status));
    print::line(format_args!(
        "allowed from   {}",
        if from.is_empty() { "any address".to_owned() } else { from.join(", ") }
    ));
    print::line(format_args!("sms per second {}", limit(shown.sms_per_second)));
    print::line(format_args!("sms per day    {}", limit(shown.sms_per_day)));
    print::line(format_args!("password is    {}", shown.password_kind));
    print::line(format_args!("created        {}", shown.created));
    if password.is_some() {
        print::note("Keep the password now: it is not stored and cannot be shown again.");
    }
    Ok(())
}
