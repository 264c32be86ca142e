//! The accounts, in memory. Every request asks for one, so asking must cost
//! nothing; the store is asked twice a second whether they changed (S-59: a
//! revoked password is dead within a second).

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use ipnet::IpNet;
use store::{Fault, Store};
use verify::ids::AccountId;
use verify::keys::{AccountKeys, Keyring, NumberKey};
use verify::record::{Account, Secret};
use verify::send_limits::SendLimits;

/// An account with what requests need of it.
#[derive(Debug)]
pub struct AccountEntry {
    /// The record.
    pub account: Account,
    /// Its keys.
    pub keys: AccountKeys,
    /// The send limits with its overrides.
    pub sends: SendLimits,
    /// Networks that may call; empty means all.
    pub allow_from: Vec<IpNet>,
    /// Numbers that the configuration blocks for it.
    pub blocked: HashSet<NumberKey>,
}

/// All accounts by user name.
pub struct Accounts {
    store: Store,
    keyring: Keyring,
    table: RwLock<Arc<Table>>,
}

#[derive(Default)]
struct Table {
    version: Option<u64>,
    sends: SendLimits,
    by_name: HashMap<String, Arc<AccountEntry>>,
    by_id: HashMap<AccountId, Arc<AccountEntry>>,
    has_chosen_password: bool,
}

impl Accounts {
    /// An empty table; [`Accounts::refresh`] fills it.
    pub fn new(store: Store, keyring: Keyring, sends: SendLimits) -> Self {
        let table = Table { sends, ..Table::default() };
        Self { store, keyring, table: RwLock::new(Arc::new(table)) }
    }

    /// The account of a user name, enabled or not.
    pub fn find(&self, username: &str) -> Option<Arc<AccountEntry>> {
        self.table().by_name.get(username).cloned()
    }

    /// The account of an id, enabled or not.
    pub fn by_id(&self, id: AccountId) -> Option<Arc<AccountEntry>> {
        self.table().by_id.get(&id).cloned()
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
        let version = self.store.accounts_version().await?;
        if self.table().version == Some(version) {
            return Ok(());
        }
        let (accounts, version) = self.store.accounts().await?;
        self.put(accounts, version, self.table().sends);
        Ok(())
    }

    /// Puts new server-wide send limits in force.
    ///
    /// # Errors
    /// The store's; the limits stay as they were.
    pub async fn set_send_limits(&self, sends: SendLimits) -> Result<(), Fault> {
        let (accounts, version) = self.store.accounts().await?;
        self.put(accounts, version, sends);
        Ok(())
    }

    fn put(&self, accounts: Vec<Account>, version: u64, sends: SendLimits) {
        let has_chosen_password = accounts.iter().any(|a| matches!(a.secret, Secret::Chosen(_)));
        let entries = accounts.into_iter().map(|account| {
            let entry = AccountEntry {
                keys: self.keyring.account(account.id),
                sends: sends.with(&account.limits),
                allow_from: account.allow_from.iter().filter_map(|n| n.parse().ok()).collect(),
                blocked: HashSet::new(),
                account,
            };
            (entry.account.username.clone(), Arc::new(entry))
        });
        let by_name: HashMap<String, Arc<AccountEntry>> = entries.collect();
        let by_id = by_name.values().map(|entry| (entry.account.id, entry.clone())).collect();
        let table = Table { version: Some(version), sends, by_name, by_id, has_chosen_password };
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
    }

    fn table(&self) -> Arc<Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
