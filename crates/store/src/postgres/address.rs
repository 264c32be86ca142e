//! Where the database is: one host or several, with TLS or without.

use std::str::FromStr as _;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::{ANSWER, CONNECT, KEEP_ALIVE, OpenError, PostgresOptions};

/// The only way of TLS that there is: the library below knows it as "require",
/// and leaves it to us to look at the certificate.
const VERIFY_FULL: &str = "verify-full";

/// What a line to the database is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Whoever is in between can read along.
    Plain,
    /// TLS with a server whose certificate was looked at.
    Tls,
}

/// Whether this says where a PostgreSQL is, and tells no password; gives how it
/// is reached.
///
/// # Errors
/// [`OpenError::Address`], [`OpenError::Tls`] or [`OpenError::Password`].
pub fn check_address(address: &str) -> Result<Transport, OpenError> {
    let address = Address::read(address)?;
    match address.config.get_password() {
        None => Ok(address.transport),
        Some(_) => Err(OpenError::Password),
    }
}

/// An address that was read.
pub(super) struct Address {
    config: Config,
    pub(super) transport: Transport,
}

impl Address {
    fn read(text: &str) -> Result<Self, OpenError> {
        let (text, transport) = without_tls_mode(text)?;
        // It may hold a password: it is not told again.
        let config = Config::from_str(&text).map_err(|_| OpenError::Address)?;
        // Written in some other way: what asks for TLS must not become a plain line.
        if config.get_ssl_mode() == SslMode::Require {
            return Err(OpenError::Tls);
        }
        let (names, numbers) = (config.get_hosts(), config.get_hostaddrs());
        let ports = config.get_ports().len();
        let is_even = numbers.is_empty() || numbers.len() == names.len();
        let has_ports = ports <= 1 || ports == names.len();
        if names.is_empty() || !is_even || !has_ports || config.get_dbname().is_none() {
            return Err(OpenError::Address);
        }
        let by_socket = names.iter().any(|host| matches!(host, Host::Unix(_)));
        if by_socket && transport == Transport::Tls {
            return Err(OpenError::Tls);
        }
        if config.get_target_session_attrs() == TargetSessionAttrs::ReadOnly {
            return Err(OpenError::Address);
        }
        Ok(Self { config, transport })
    }

    /// Reads an address; a password beside it counts more than one in it.
    pub(super) fn of(options: &PostgresOptions) -> Result<Self, OpenError> {
        let mut address = Self::read(&options.address)?;
        if let Some(password) = &options.password {
            address.config.password(password);
        }
        Ok(address)
    }

    /// One configuration for each host. Whatever the address says, only a host
    /// that can be written to is of use.
    pub(super) fn hosts(&self) -> Vec<Config> {
        let all = &self.config;
        let ports = all.get_ports();
        let of_host = |(place, host): (usize, &Host)| {
            let mut config = Config::new();
            match host {
                Host::Tcp(name) => config.host(name),
                Host::Unix(folder) => config.host_path(folder),
            };
            if let Some(number) = all.get_hostaddrs().get(place) {
                config.hostaddr(*number);
            }
            if let Some(port) = ports.get(place).or(ports.first()) {
                config.port(*port);
            }
            self.complete(&mut config);
            config
        };
        all.get_hosts().iter().enumerate().map(of_host).collect()
    }

    fn complete(&self, config: &mut Config) {
        let all = &self.config;
        if let Some(user) = all.get_user() {
            config.user(user);
        }
        if let Some(password) = all.get_password() {
            config.password(password);
        }
        if let Some(options) = all.get_options() {
            config.options(options);
        }
        let is_tls = self.transport == Transport::Tls;
        config
            .dbname(all.get_dbname().unwrap_or_default())
            .application_name("ringproof")
            .ssl_mode(if is_tls { SslMode::Require } else { SslMode::Disable })
            .ssl_negotiation(all.get_ssl_negotiation())
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .connect_timeout(CONNECT)
            // A line that was cut does not deliver a commit that was given up.
            .tcp_user_timeout(ANSWER)
            .keepalives_idle(KEEP_ALIVE)
            .keepalives_interval(KEEP_ALIVE)
            .keepalives_retries(2);
    }

    /// Hosts and name, without user and password.
    pub(super) fn place(&self) -> String {
        let names: Vec<String> = self.config.get_hosts().iter().map(name).collect();
        format!("{}/{}", names.join(","), self.config.get_dbname().unwrap_or_default())
    }
}

/// The name of a host.
fn name(host: &Host) -> String {
    match host {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    }
}

/// The name of the host of one configuration.
pub(super) fn host_name(config: &Config) -> String {
    config.get_hosts().first().map(name).unwrap_or_default()
}

/// Takes the mode of TLS out of an address, as the library does not know ours.
fn without_tls_mode(address: &str) -> Result<(String, Transport), OpenError> {
    const KEY: &str = "sslmode=";
    let is_start = |at: &usize| {
        address[..*at].chars().next_back().is_none_or(|before| "?& \t\n".contains(before))
    };
    let Some(at) = address.match_indices(KEY).map(|(at, _)| at).find(is_start) else {
        return Ok((address.to_owned(), Transport::Plain));
    };
    let (before, rest) = address.split_at(at + KEY.len());
    let end = rest.find(['&', ' ', '\t', '\n']).unwrap_or(rest.len());
    let (mode, after) = rest.split_at(end);
    let transport = match mode.trim_matches('\'') {
        VERIFY_FULL => Transport::Tls,
        "disable" => Transport::Plain,
        "allow" | "prefer" | "require" | "verify-ca" => return Err(OpenError::Tls),
        _ => return Err(OpenError::Address),
    };
    Ok((format!("{before}disable{after}"), transport))
}
