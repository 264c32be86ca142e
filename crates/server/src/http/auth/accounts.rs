//! The accounts, in memory. Every request asks for one, so asking must cost
//! nothing; the store is asked several times a second whether they changed (S-59: a
//! revoked password is dead within a second).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use ipnet::IpNet;
use store::{Fault, Store};
use tokio::sync::Mutex;
use tokio::time::Instant;
use verify::Timestamp;
use verify::ids::AccountId;
use verify::keys::{AccountKeys, Keyring, NumberKey};
use verify::message::SenderId;
use verify::phone::{Countries, PhoneNumber};
use verify::record::{Account, NumberProfile, Secret, WidgetSettings};
use verify::send_limits::{SendLimitOverrides, SendLimits};
use verify::widget::signature::WidgetSecret;
use verify::widget::target::{Origin, Target};

use super::freshness::Freshness;
use crate::pages::widget::logo;

/// An account with what requests need of it.
#[derive(Debug)]
pub struct AccountEntry {
    /// The record, with the senders of the configuration behind its own.
    pub account: Account,
    /// Its keys.
    pub keys: AccountKeys,
    /// The send limits with its overrides.
    pub sends: SendLimits,
    /// Networks that may call, those of the configuration too; empty means all.
    pub allow_from: Vec<IpNet>,
    /// Numbers that the configuration blocks for it.
    pub blocked: HashSet<NumberKey>,
    /// How it uses the widget, if it does.
    pub widget: Option<WidgetEntry>,
}

/// How an account uses the widget.
#[derive(Debug)]
pub struct WidgetEntry {
    /// The record.
    pub settings: WidgetSettings,
    /// Its secret, opened.
    pub secret: Option<WidgetSecret>,
    /// Where answers may go.
    pub targets: Vec<Target>,
    /// Whose pages may show it in a frame.
    pub frame_origins: Vec<Origin>,
    /// Name of the file that its logo is served as.
    pub logo_file: Option<String>,
}

/// What the configuration says of accounts.
#[derive(Debug, Clone, Default)]
pub struct AccountSettings {
    /// The server's send limits.
    pub sends: SendLimits,
    /// What accounts have beside what the store says, by user name.
    pub additions: HashMap<String, AccountAdditions>,
}

/// What one account has beside what the store says.
#[derive(Debug, Clone, Default)]
pub struct AccountAdditions {
    /// More senders.
    pub senders: Vec<SenderId>,
    /// More networks that may call.
    pub allow_from: Vec<IpNet>,
    /// Numbers that must not be sent to.
    pub blocked_numbers: Vec<PhoneNumber>,
}

/// All accounts by user name.
pub struct Accounts {
    store: Store,
    keyring: Keyring,
    table: Arc<RwLock<Arc<Table>>>,
    /// Held while they are read: what was read earlier is not put after what was read later.
    reading: Mutex<()>,
    /// Where others change them too; none if this server is alone.
    freshness: Option<Freshness>,
}

#[derive(Default)]
struct Table {
    version: Option<u64>,
    settings: Arc<AccountSettings>,
    by_name: HashMap<String, Arc<AccountEntry>>,
    by_id: Arc<HashMap<AccountId, Arc<AccountEntry>>>,
    has_chosen_password: bool,
    installation: Option<Arc<AccountEntry>>,
}

impl Accounts {
    /// An empty table; [`Accounts::refresh`] fills it.
    pub fn new(store: Store, keyring: Keyring, settings: AccountSettings) -> Self {
        let table = Table { settings: Arc::new(settings), ..Table::default() };
        let table = Arc::new(RwLock::new(Arc::new(table)));
        Self { store, keyring, table, reading: Mutex::new(()), freshness: None }
    }

    /// The same accounts in one of several servers: nobody is let in by what was known a
    /// second ago.
    #[must_use]
    pub fn shared(mut self) -> Self {
        self.freshness = Some(Freshness::new(Instant::now()));
        self
    }

    /// Whether what is known of them is so young that somebody can be let in by it;
    /// `None` if nobody else changes them.
    pub fn are_current(&self) -> Option<bool> {
        self.freshness.as_ref().map(|freshness| freshness.is_fresh(Instant::now()))
    }

    /// The account of a user name, enabled or not.
    pub fn find(&self, username: &str) -> Option<Arc<AccountEntry>> {
        self.table().by_name.get(username).cloned()
    }

    /// The account of an id, enabled or not.
    pub fn by_id(&self, id: AccountId) -> Option<Arc<AccountEntry>> {
        self.table().by_id.get(&id).cloned()
    }

    /// What stands for the installation itself, where a person who belongs to no
    /// account enrols a device: it has the server's send limits, and sends to the
    /// countries to which some enabled account does (D-31). Nobody can log in as it.
    pub fn installation(&self) -> Option<Arc<AccountEntry>> {
        self.table().installation.clone()
    }

    /// Gives the user name of an account to whoever cannot hold the table.
    pub fn names(&self) -> impl Fn(AccountId) -> Option<String> + Send + Sync + use<> {
        let table = self.table.clone();
        move |id| {
            let table = table.read().unwrap_or_else(PoisonError::into_inner).clone();
            table.by_id.get(&id).map(|entry| entry.account.username.clone())
        }
    }

    /// All accounts by id.
    pub fn all(&self) -> Arc<HashMap<AccountId, Arc<AccountEntry>>> {
        self.table().by_id.clone()
    }

    /// Whether some account has a password that a person chose. Only then do
    /// failing logins cost a slow hash, all of them alike (S-57).
    pub fn has_chosen_password(&self) -> bool {
        self.table().has_chosen_password
    }

    /// How many accounts there are.
    pub fn count(&self) -> usize {
        self.table().by_name.len()
    }

    /// Reads the accounts again if they changed.
    ///
    /// # Errors
    /// The store's; the table stays as it was.
    pub async fn refresh(&self) -> Result<(), Fault> {
        let _reading = self.reading.lock().await;
        let (mut began, known) = (Instant::now(), self.table().version);
        if known.is_none() || known != Some(self.store.accounts_version().await?) {
            self.read(self.table().settings.clone()).await?;
            // Reading many takes a while. What was read is as young as the moment at which
            // it is still so.
            began = Instant::now();
            if self.table().version != Some(self.store.accounts_version().await?) {
                return Ok(());
            }
        }
        if let Some(freshness) = &self.freshness {
            freshness.looked(began);
        }
        Ok(())
    }

    /// Puts new settings in force.
    ///
    /// # Errors
    /// The store's; the settings stay as they were.
    pub async fn configure(&self, settings: AccountSettings) -> Result<(), Fault> {
        let _reading = self.reading.lock().await;
        self.read(Arc::new(settings)).await
    }

    /// Reads everything. The version is that of before, so that whatever changes
    /// meanwhile is read once more.
    async fn read(&self, settings: Arc<AccountSettings>) -> Result<(), Fault> {
        let (accounts, version) = self.store.accounts().await?;
        let widgets = self.store.widget_settings().await?;
        self.put(accounts, widgets, version, settings);
        Ok(())
    }

    fn put(
        &self,
        accounts: Vec<Account>,
        widgets: Vec<WidgetSettings>,
        version: u64,
        settings: Arc<AccountSettings>,
    ) {
        let mut widgets: HashMap<AccountId, WidgetSettings> =
            widgets.into_iter().map(|settings| (settings.account, settings)).collect();
        let has_chosen_password = accounts.iter().any(|a| matches!(a.secret, Secret::Chosen(_)));
        let installation = installation(&accounts);
        let installation = Some(Arc::new(self.entry(installation, None, &settings)));
        let entries = accounts.into_iter().map(|account| {
            let widget = widgets.remove(&account.id);
            let entry = self.entry(account, widget, &settings);
            (entry.account.username.clone(), Arc::new(entry))
        });
        let by_name: HashMap<String, Arc<AccountEntry>> = entries.collect();
        let by_id = by_name.values().map(|entry| (entry.account.id, entry.clone()));
        let by_id = Arc::new(by_id.collect());
        let version = Some(version);
        let table = Table { version, settings, by_name, by_id, has_chosen_password, installation };
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }

    fn entry(
        &self,
        mut account: Account,
        widget: Option<WidgetSettings>,
        settings: &AccountSettings,
    ) -> AccountEntry {
        let kept = account.allow_from.iter().filter_map(|network| network.parse().ok());
        let mut allow_from: Vec<IpNet> = kept.collect();
        let mut blocked = HashSet::new();
        if let Some(more) = settings.additions.get(&account.username) {
            allow_from.extend(&more.allow_from);
            let senders = more.senders.iter().filter(|sender| !account.senders.contains(sender));
            let senders: Vec<SenderId> = senders.cloned().collect();
            account.senders.extend(senders);
            blocked.extend(more.blocked_numbers.iter().map(|n| self.keyring.number_key(n)));
        }
        let keys = self.keyring.account(account.id);
        AccountEntry {
            widget: widget.map(|settings| widget_entry(settings, &keys)),
            keys,
            sends: settings.sends.with(&account.limits),
            allow_from,
            blocked,
            account,
        }
    }

    fn table(&self) -> Arc<Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The widget of an account, ready for use. What cannot be read is left out, and
/// whatever it would have allowed is refused.
fn widget_entry(settings: WidgetSettings, keys: &AccountKeys) -> WidgetEntry {
    let open = |sealed| WidgetSecret::open(settings.account, &keys.seal, sealed);
    let secret = settings.secret.as_ref().map(open).transpose().unwrap_or_else(|error| {
        tracing::error!(account.id = %settings.account, %error, "the widget's secret does not open");
        None
    });
    let targets = settings.targets.iter().filter_map(|text| Target::parse(text).ok()).collect();
    let origins = settings.frame_origins.iter().filter_map(|text| Origin::parse(text).ok());
    let frame_origins = origins.collect();
    let logo_file = settings.brand.logo.as_deref().and_then(logo::file_name);
    WidgetEntry { settings, secret, targets, frame_origins, logo_file }
}

/// The account of the installation, beside these.
fn installation(accounts: &[Account]) -> Account {
    let mut countries = Vec::new();
    let mut is_everywhere = false;
    for account in accounts.iter().filter(|account| account.is_enabled) {
        match &account.countries {
            Countries::All => is_everywhere = true,
            Countries::Listed(listed) => countries.extend(listed.iter().copied()),
        }
    }
    let mut homes = accounts.iter().filter(|a| a.is_enabled).filter_map(|a| a.home_country);
    let home = homes.next().filter(|home| homes.all(|other| other == *home));
    Account {
        id: AccountId::INSTALLATION,
        // No account has a name with a blank.
        username: "the app".to_owned(),
        secret: Secret::Chosen(String::new()),
        is_enabled: true,
        is_compat: false,
        create_status: None,
        countries: if is_everywhere { Countries::All } else { Countries::Listed(countries) },
        home_country: home,
        allow_from: Vec::new(),
        takes_query_credentials: false,
        senders: Vec::new(),
        number_profile: NumberProfile::Standard,
        trusts_cookies: false,
        enforces_address_limits: true,
        report_url: None,
        limits: SendLimitOverrides::default(),
        created_at: Timestamp::UNIX_EPOCH,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::memory::MemoryEngine;
    use verify::engine::account;
    use verify::ids::AccountId;
    use verify::keys::RootKey;

    fn shop() -> Account {
        Account {
            id: AccountId::from_i64(7),
            username: "shop".to_owned(),
            secret: Secret::Chosen(String::new()),
            is_enabled: true,
            is_compat: false,
            create_status: None,
            countries: Countries::All,
            home_country: None,
            allow_from: vec!["192.0.2.0/24".to_owned()],
            takes_query_credentials: true,
            senders: vec![SenderId::parse("Shop").unwrap()],
            number_profile: NumberProfile::Standard,
            trusts_cookies: false,
            enforces_address_limits: false,
            report_url: None,
            limits: SendLimitOverrides { account_sms_per_day: Some(5), ..Default::default() },
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn settings(additions: AccountAdditions) -> AccountSettings {
        let additions = HashMap::from([("shop".to_owned(), additions)]);
        AccountSettings { sends: SendLimits::default(), additions }
    }

    #[tokio::test]
    async fn the_configuration_adds_to_what_the_store_says_and_takes_it_away_again() {
        let store = Store::new(MemoryEngine::default());
        let keyring = Keyring::new(&RootKey::from_bytes([7; 32]));
        let rule = |snapshot: &_| account::create(snapshot, &shop());
        store.transact(account::keys("shop"), rule).await.unwrap();
        let sender = |text| SenderId::parse(text).unwrap();
        let number = PhoneNumber::parse("+37255500123").unwrap();
        let more = AccountAdditions {
            senders: vec![sender("Shop"), sender("12345")],
            allow_from: vec!["10.0.0.0/8".parse().unwrap()],
            blocked_numbers: vec![number],
        };
        let accounts = Accounts::new(store, keyring.clone(), settings(more));
        accounts.refresh().await.unwrap();
        let entry = accounts.find("shop").unwrap();
        assert_eq!(entry.account.senders, [sender("Shop"), sender("12345")]);
        let networks: Vec<String> = entry.allow_from.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["192.0.2.0/24", "10.0.0.0/8"]);
        assert_eq!(entry.blocked, HashSet::from([keyring.number_key(&number)]));
        assert_eq!(entry.sends.account_sms_per_day, 5);

        accounts.configure(settings(AccountAdditions::default())).await.unwrap();
        let entry = accounts.find("shop").unwrap();
        assert_eq!(entry.account.senders, [sender("Shop")]);
        assert_eq!((entry.allow_from.len(), entry.blocked.len()), (1, 0));
    }
}
