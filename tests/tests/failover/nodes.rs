//! Several servers on one database, with an account and a service.

use std::fs;
use std::net::SocketAddr;

use ringproof_blackbox::caller::Caller;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world;

/// Servers on the database.
const NODES: usize = 2;

/// No limit is in the way, and no code becomes too old while it waits for the end
/// of an outage.
const CONFIG: &str = "[codes]\nlifetime_seconds = 600\n\
    [server.limits]\nconnections_per_ip_max = 1_000\n\
    [limits]\n\
    number_service_per_30s = 1_000_000_000\n\
    number_service_per_10min = 1_000_000_000\n\
    number_service_per_hour = 1_000_000_000\n\
    number_service_per_day = 1_000_000_000\n\
    number_per_day = 1_000_000_000\n\
    account_sms_per_second = 1_000_000_000\n\
    account_sms_per_day = 1_000_000_000\n\
    country_sms_per_day = 1_000_000_000\n\
    guard = \"observe\"\n";

/// The servers, and how they are called.
pub(crate) struct Nodes {
    _servers: Vec<Server>,
    pub(crate) addresses: Vec<SocketAddr>,
    pub(crate) credentials: String,
    pub(crate) service: String,
    pub(crate) webhook: Webhook,
}

impl Nodes {
    /// Starts them on the database `ringproof` of a cluster.
    pub(crate) fn start(members: &str) -> Self {
        let webhook = Webhook::start(&[]);
        let config = format!(
            "{CONFIG}[data]\npostgres = \"postgres://postgres@{members}/ringproof?target_session_attrs=read-write\"\n{}",
            webhook.config()
        );
        let folders: Vec<Folder> = (0..NODES).map(|_| Folder::with_config(&config)).collect();
        let credentials = world::new_account(&folders[0], "shop", &["--countries", "all"]);
        let key = fs::read(folders[0].file("root.key")).expect("the account has made a root key");
        for folder in &folders[1..] {
            fs::create_dir(folder.data()).expect("a fresh folder can be written");
            fs::write(folder.file("root.key"), &key).expect("a fresh folder can be written");
        }
        let options =
            |folder: &Folder| ServerOptions { dev: false, ..ServerOptions::dev(folder.clone()) };
        let servers: Vec<Server> = folders.iter().map(|f| Server::start(options(f))).collect();
        let addresses: Vec<SocketAddr> = servers.iter().map(Server::address).collect();
        let service = Caller::new(addresses[0], &credentials).new_service("Shop");
        Self { _servers: servers, addresses, credentials, service, webhook }
    }
}
