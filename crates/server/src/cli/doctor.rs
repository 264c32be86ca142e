//! `ringproof doctor`: looks at everything that a server needs and says what
//! is wrong with each, and what to do.

mod accounts;
mod smsc;

use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::Arc;

use delivery::Gateway as _;
use delivery::http_gateway::HttpGateway;
use store::{postgres, sqlite};
use verify::{SignedDuration, Timestamp};

use super::args::Arguments;
use super::{load, open, print};
use crate::clock::Clock;
use crate::config::Config;
use crate::http::stack::TlsSource;
use crate::serve::data::{DataFolder, KeyPolicy};
use crate::serve::gateways::{self, Gateways};
use crate::serve::providers::Tools;

/// What one look found.
enum Finding {
    Good(String),
    Warning(String),
    Bad(String),
}

/// Looks at everything; exit code 1 if something is bad.
pub(super) fn run(arguments: &Arguments) -> ExitCode {
    let loaded = match load(arguments, None, false) {
        Ok(loaded) => loaded,
        Err(problems) => {
            tell("configuration", &Finding::Bad(problems.to_string()));
            return ExitCode::FAILURE;
        }
    };
    let config = &loaded.config;
    let mut is_bad = false;
    let mut look = |name: &str, finding: Finding| {
        is_bad |= matches!(finding, Finding::Bad(_));
        tell(name, &finding);
    };
    look("configuration", files(config));
    look("clock", clock());
    look("address", address(config));
    look("tls", tls(config));
    for (name, finding) in data(config) {
        look(name, finding);
    }
    look("gateways", gateways(config));
    for finding in providers(config) {
        look("receipts", finding);
    }
    look("push", push(config));
    for finding in smsc::look(config) {
        look("smsc", finding);
    }
    if is_bad { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn tell(name: &str, finding: &Finding) {
    let (sign, text) = match finding {
        Finding::Good(text) => ("ok  ", text),
        Finding::Warning(text) => ("warn", text),
        Finding::Bad(text) => ("BAD ", text),
    };
    print::line(format_args!("{sign} {name:14} {text}"));
}

fn files(config: &Config) -> Finding {
    match config.check_files().into_result() {
        Ok(()) => Finding::Good("every setting is good, every named file can be read".to_owned()),
        Err(problems) => Finding::Bad(problems.to_string()),
    }
}

/// 2024-01-01: no server of ours ran before.
const EARLIEST_SECONDS: i64 = 1_704_067_200;

fn clock() -> Finding {
    let now = Clock::system().now();
    if now.as_second() < EARLIEST_SECONDS {
        return Finding::Bad(format!(
            "the system says it is {now:.0}: set the clock, or let NTP do it; codes expire by it"
        ));
    }
    Finding::Good(format!("{now:.0}"))
}

fn address(config: &Config) -> Finding {
    let listen = config.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Finding::Good(format!("{listen} is free")),
        Err(error) => Finding::Warning(format!(
            "{listen} cannot be taken ({error}); that is as it should be if the server runs"
        )),
    }
}

fn tls(config: &Config) -> Finding {
    match config.server.tls.files() {
        Some((cert, key)) => match TlsSource::load(cert, key) {
            Ok(tls) => certificate(tls.ends_at(), Clock::system().now()),
            Err(error) => Finding::Bad(error.to_string()),
        },
        None if config.server.listen.ip().is_loopback() => {
            Finding::Good("not used, the address is local".to_owned())
        }
        None if !config.server.trusted_proxies.is_empty() => Finding::Good(
            "not used: the proxies in server.trusted_proxies are to have it, and to say so by \
             X-Forwarded-Proto"
                .to_owned(),
        ),
        None => Finding::Warning(
            "not used: set server.tls.cert_file and key_file, or put a proxy with TLS in front and \
             name it in server.trusted_proxies"
                .to_owned(),
        ),
    }
}

/// How long before its end a certificate should have been renewed (S-90): what renews by
/// itself does it with 30 days left. One that lives for days only warns always.
const RENEWED_BEFORE: SignedDuration = SignedDuration::from_hours(21 * 24);

fn certificate(ends_at: Option<Timestamp>, now: Timestamp) -> Finding {
    let Some(end) = ends_at else {
        return Finding::Warning(
            "certificate and key belong together; when the certificate ends cannot be read"
                .to_owned(),
        );
    };
    let left = end.duration_since(now);
    let days = left.as_hours() / 24;
    if left.is_negative() {
        return Finding::Bad(format!(
            "the certificate has ended on {end:.0}: put a new one in its place; a running server takes \
             it within a minute"
        ));
    }
    let told = format!("certificate and key belong together; it ends on {end:.0}, in {days} days");
    if left < RENEWED_BEFORE {
        Finding::Warning(format!(
            "{told}: renew it; a running server takes the new files within a minute"
        ))
    } else {
        Finding::Good(told)
    }
}

fn data(config: &Config) -> Vec<(&'static str, Finding)> {
    let folder = match DataFolder::open_existing(&config.data) {
        Ok(folder) => folder,
        Err(error) => return vec![("data folder", Finding::Bad(format!("{error:#}")))],
    };
    let mut found = vec![("data folder", Finding::Good(folder.path().display().to_string()))];
    let keyring = match folder.keyring(&config.data, KeyPolicy::MustExist) {
        Ok(keyring) => keyring,
        Err(error) => {
            found.push(("root key", Finding::Bad(format!("{error:#}"))));
            return found;
        }
    };
    let database = match folder.postgres(&keyring) {
        Some(options) => match postgres::check(&options) {
            Ok(version) => Finding::Good(format!("PostgreSQL, version {version}, key fits")),
            Err(error) => Finding::Bad(error.to_string()),
        },
        None => match sqlite::check(&folder.options(&keyring, false)) {
            Ok(version) => Finding::Good(format!("whole, version {version}, key fits")),
            Err(error) => Finding::Bad(error.to_string()),
        },
    };
    found.push(("database", database));
    if matches!(found.last(), Some((_, Finding::Good(_)))) {
        found.extend(accounts::look(config));
    }
    found
}

/// Where each provider over HTTP sends receipts.
fn providers(config: &Config) -> Vec<Finding> {
    let Ok(built) = open::block_on(async { build(config) }) else { return Vec::new() };
    let gateways = config.gateway.iter().filter_map(|gateway| built.providers.get(gateway.name()));
    let look = |gateway: &Arc<HttpGateway>| {
        let name = gateway.name();
        match &config.server.public_url {
            None => Finding::Warning(format!(
                "{name}: none, since server.public_url is empty: set it to the address of this \
                 server as the internet sees it"
            )),
            Some(_) if !gateway.gives_receipts() => {
                Finding::Warning(format!("{name}: none, as the gateway is configured"))
            }
            Some(url) => Finding::Good(format!("{name}: {}", url.callback_base(name))),
        }
    };
    gateways.map(look).collect()
}

/// Whether push services will take pushes from this server.
fn push(config: &Config) -> Finding {
    if !config.push.enabled {
        return Finding::Good(
            "off, as push.enabled says: the app finds prompts when it is opened".to_owned(),
        );
    }
    match config.push.contact_or(config.server.public_url.as_ref()) {
        Some(contact) => {
            Finding::Good(format!("push services are told the contact {}", contact.as_str()))
        }
        None => Finding::Warning(
            "push services are told no contact, and some refuse pushes then: set push.contact to \
             \"mailto:…\" or \"https://…\", or server.public_url to the https:// address of this server"
                .to_owned(),
        ),
    }
}

fn build(config: &Config) -> anyhow::Result<Gateways> {
    Ok(gateways::build(config, true, &Tools::to_look())?)
}

fn gateways(config: &Config) -> Finding {
    if config.gateway.is_empty() {
        return Finding::Bad(
            "there is none, so no message can leave: add a [[gateway]] to the configuration, see \
             docs/OPERATING.md"
                .to_owned(),
        );
    }
    let built = open::block_on(async { build(config) });
    match built {
        Ok(built) if !config.has_real_gateway() => Finding::Warning(format!(
            "{}: only an inbox, which shows messages with --dev and sends none",
            built.names()
        )),
        Ok(built) => Finding::Good(built.names()),
        Err(error) => Finding::Bad(format!("{error:#}")),
    }
}
