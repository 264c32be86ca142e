//! How an account is shown.

use serde::Serialize;
use verify::engine::Keys;
use verify::phone::Countries;
use verify::record::{Account, Balance, CreateStatus, Secret};
use zeroize::Zeroizing;

use super::super::open::Opened;
use super::super::{money, print};

/// An account as commands show it.
#[derive(Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of its own, as the command has it"
)]
struct Shown<'a> {
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    password: Option<&'a str>,
    enabled: bool,
    compat: bool,
    countries: WireCountries,
    home_country: Option<&'a str>,
    create_status: &'static str,
    allow_from: &'a [String],
    query_credentials: bool,
    senders: Vec<&'a str>,
    number_profile: &'static str,
    trust_cookies: bool,
    address_limits: bool,
    report_url: Option<&'a str>,
    sms_per_second: Option<u32>,
    sms_per_hour: Option<u32>,
    sms_per_day: Option<u32>,
    country_sms_per_day: Option<u32>,
    balance: Option<ShownBalance>,
    widget: bool,
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

/// Money in euro.
#[derive(Serialize)]
pub(super) struct ShownBalance {
    pub(super) amount: String,
    pub(super) reserved: String,
}

impl ShownBalance {
    pub(super) fn new(balance: Balance) -> Self {
        Self { amount: money::show(balance.amount), reserved: money::show(balance.reserved) }
    }
}

impl<'a> Shown<'a> {
    fn new(
        account: &'a Account,
        balance: Option<Balance>,
        widget: bool,
        password: Option<&'a str>,
    ) -> Self {
        Self {
            username: &account.username,
            password,
            enabled: account.is_enabled,
            compat: account.is_compat,
            countries: WireCountries::new(&account.countries),
            home_country: account.home_country.as_ref().map(verify::phone::Country::as_str),
            create_status: match account.create_status {
                None => "server",
                Some(CreateStatus::Auto) => "auto",
                Some(CreateStatus::Ok) => "200",
                Some(CreateStatus::Created) => "201",
            },
            allow_from: &account.allow_from,
            query_credentials: account.takes_query_credentials,
            senders: account.senders.iter().map(verify::message::SenderId::as_str).collect(),
            number_profile: account.number_profile.as_str(),
            trust_cookies: account.trusts_cookies,
            address_limits: account.enforces_address_limits,
            report_url: account.report_url.as_deref(),
            sms_per_second: account.limits.account_sms_per_second,
            sms_per_hour: account.limits.account_sms_per_hour,
            sms_per_day: account.limits.account_sms_per_day,
            country_sms_per_day: account.limits.country_sms_per_day,
            balance: balance.map(ShownBalance::new),
            widget,
            password_kind: match account.secret {
                Secret::Issued(_) => "issued",
                Secret::Chosen(_) => "chosen",
            },
            created: format!("{:.3}", account.created_at),
        }
    }

    /// What people read: each line a name and a value.
    fn lines(&self, countries: &Countries) -> Vec<(&'static str, String)> {
        let on = |switch: bool| if switch { "on" } else { "off" }.to_owned();
        let limit = |limit: Option<u32>| limit.map_or("server".to_owned(), |n| n.to_string());
        let list = |list: String, none: &str| if list.is_empty() { none.to_owned() } else { list };
        let mut lines = vec![("username", self.username.to_owned())];
        lines.extend(self.password.map(|password| ("password", password.to_owned())));
        lines.extend([
            ("enabled", self.enabled.to_string()),
            ("compat", self.compat.to_string()),
            ("countries", countries.to_string()),
            ("home country", self.home_country.unwrap_or("none").to_owned()),
            ("create status", self.create_status.to_owned()),
            ("allowed from", list(self.allow_from.join(", "), "any address")),
            ("query logins", on(self.query_credentials)),
            ("senders", list(self.senders.join(", "), "server")),
            ("number profile", self.number_profile.to_owned()),
            ("trust cookies", on(self.trust_cookies)),
            ("address limits", on(self.address_limits)),
            ("report url", self.report_url.unwrap_or("none").to_owned()),
            ("sms per second", limit(self.sms_per_second)),
            ("sms per hour", limit(self.sms_per_hour)),
            ("sms per day", limit(self.sms_per_day)),
            ("  per country", limit(self.country_sms_per_day)),
        ]);
        if let Some(ShownBalance { amount, reserved }) = &self.balance {
            lines.push(("balance", format!("{amount} euro, of which {reserved} are reserved")));
        }
        lines.push(("widget", on(self.widget)));
        lines.push(("password is", self.password_kind.to_owned()));
        lines.push(("created", self.created.clone()));
        lines
    }
}

/// Shows an account, and its password if it was just made.
pub(super) async fn tell(
    opened: &Opened,
    account: &Account,
    password: Option<&Zeroizing<String>>,
    json: bool,
) -> anyhow::Result<()> {
    let balance = balance(opened, account).await?;
    let widget = super::widget::is_on(opened, &account.username).await?;
    let password_text = password.map(|password| password.as_str());
    let shown = Shown::new(account, balance, widget, password_text);
    if json {
        print::line(serde_json::to_string(&shown)?);
        return Ok(());
    }
    for (name, value) in shown.lines(&account.countries) {
        print::line(format_args!("{name:14} {value}"));
    }
    if password.is_some() {
        print::note("Keep the password now: it is not stored and cannot be shown again.");
    }
    Ok(())
}

/// What the account has, if it pays at all.
pub(super) async fn balance(opened: &Opened, account: &Account) -> anyhow::Result<Option<Balance>> {
    let keys = Keys { balance: Some(account.id), ..Keys::default() };
    Ok(opened.store.read(keys).await?.balance(account.id))
}

/// Shows the account of a name.
pub(super) async fn one(opened: &Opened, name: &str, json: bool) -> anyhow::Result<()> {
    tell(opened, &super::find(opened, name).await?, None, json).await
}

/// Shows all accounts.
pub(super) async fn list(opened: &Opened, json: bool) -> anyhow::Result<()> {
    let (accounts, _) = opened.store.accounts().await?;
    if json {
        let mut shown = Vec::with_capacity(accounts.len());
        for account in &accounts {
            let widget = super::widget::is_on(opened, &account.username).await?;
            shown.push(Shown::new(account, balance(opened, account).await?, widget, None));
        }
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
