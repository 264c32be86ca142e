//! What `--dev` adds: an account, `dev.json`, and a banner for the newcomer.

use std::convert::Infallible;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use store::Store;
use verify::engine::Decision;
use verify::engine::account::{self, CreateOutcome};
use verify::engine::widget as rules;
use verify::keys::Keyring;
use verify::record::{Account, Secret, WidgetSettings};
use verify::widget::signature::WidgetSecret;
use zeroize::Zeroizing;

use crate::cli;
use crate::entropy::SystemEntropy;

/// User name of the account that `--dev` makes.
const USERNAME: &str = "dev";

/// The file that tells scripts what the banner tells people.
#[derive(Serialize, Deserialize)]
struct DevFile {
    base_url: String,
    username: String,
    password: String,
    // An older file has none of it.
    #[serde(default)]
    widget_url: String,
    #[serde(default)]
    widget_secret: String,
}

/// What the account is used with.
pub(super) struct DevAccount {
    password: Zeroizing<String>,
    widget_secret: WidgetSecret,
}

/// Sites of the developer's own machine: where answers of the widget may go, and whose
/// pages may show it in a frame.
const LOCAL_SITES: [&str; 3] = ["http://127.0.0.1:*", "http://localhost:*", "http://[::1]:*"];

/// Makes sure that the account `dev` exists, that its password is known: the one
/// in `dev.json` if that still fits, else a new one, and that it can use the widget.
///
/// # Errors
/// The store's.
pub(super) async fn ensure_account(
    store: &Store,
    keyring: &Keyring,
    folder: &Path,
) -> anyhow::Result<DevAccount> {
    let password = ensure_password(store, keyring, folder).await?;
    let widget_secret = ensure_widget(store, keyring).await?;
    Ok(DevAccount { password, widget_secret })
}

/// The widget's secret of the account: the one that it has, or a new one.
async fn ensure_widget(store: &Store, keyring: &Keyring) -> anyhow::Result<WidgetSecret> {
    let (keyring, fresh) = (keyring.clone(), WidgetSecret::issue(&mut SystemEntropy::new()));
    let rule = move |snapshot: &_| {
        let mut secret = fresh.clone();
        let edit = |settings: &mut WidgetSettings| -> Result<(), Infallible> {
            let (account, keys) = (settings.account, keyring.account(settings.account));
            let open = |sealed| WidgetSecret::open(account, &keys.seal, sealed).ok();
            if let Some(kept) = settings.secret.as_ref().and_then(open) {
                secret = kept;
                return Ok(());
            }
            let entropy = &mut SystemEntropy::new();
            settings.secret = Some(secret.seal(account, &keys.seal, entropy));
            if settings.targets.is_empty() {
                settings.targets = LOCAL_SITES.map(|site| format!("{site}/")).into();
                // No page's policy can name an address of IPv6.
                let framing = LOCAL_SITES.iter().filter(|site| !site.contains('['));
                settings.frame_origins = framing.map(|site| (*site).to_owned()).collect();
            }
            Ok(())
        };
        let changed = rules::change_settings(snapshot, edit);
        Decision { changes: changed.changes, outcome: changed.outcome.map(|_| secret) }
    };
    let secret = store.transact(rules::settings_keys(USERNAME), rule).await?;
    secret.context("the account of --dev is gone again")
}

async fn ensure_password(
    store: &Store,
    keyring: &Keyring,
    folder: &Path,
) -> anyhow::Result<Zeroizing<String>> {
    let (fresh, password) = cli::account::dev_account(keyring, USERNAME);
    let made = fresh.clone();
    let rule = move |snapshot: &_| account::create(snapshot, &made);
    if store.transact(account::keys(USERNAME), rule).await? == CreateOutcome::Created {
        return Ok(password);
    }
    let kept = store.read(account::keys(USERNAME)).await?.account;
    if let (Some(kept), Some(known)) = (&kept, read_password(folder))
        && kept.secret == Secret::Issued(keyring.api_secret_digest(kept.id, &known))
    {
        return Ok(known);
    }
    let (keyring, new) = (keyring.clone(), password.clone());
    let edit = move |account: &mut Account| {
        account.secret = Secret::Issued(keyring.api_secret_digest(account.id, &new));
        account.is_enabled = true;
    };
    let rule = move |snapshot: &_| account::update(snapshot, &edit);
    store.transact(account::keys(USERNAME), rule).await?;
    Ok(password)
}

fn read_password(folder: &Path) -> Option<Zeroizing<String>> {
    let text = Zeroizing::new(std::fs::read_to_string(folder.join("dev.json")).ok()?);
    let file: DevFile = serde_json::from_str(&text).ok()?;
    (file.username == USERNAME).then(|| Zeroizing::new(file.password))
}

/// Writes `dev.json`, readable for its owner only.
///
/// # Errors
/// It cannot be written.
pub(super) fn write_file(
    folder: &Path,
    base_url: &str,
    account: &DevAccount,
) -> anyhow::Result<()> {
    let file = DevFile {
        base_url: base_url.to_owned(),
        username: USERNAME.to_owned(),
        password: account.password.to_string(),
        widget_url: format!("{base_url}/widget"),
        widget_secret: account.widget_secret.expose().to_owned(),
    };
    let text = Zeroizing::new(serde_json::to_string(&file)?);
    let (path, new) = (folder.join("dev.json"), folder.join("dev.json.new"));
    let mut options = OpenOptions::new();
    options.create(true).truncate(true).write(true).mode(0o600);
    options
        .open(&new)
        .and_then(|mut file| writeln!(file, "{}", text.as_str()))
        .and_then(|()| std::fs::rename(&new, &path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// What a newcomer needs to know.
pub(super) fn banner(
    base_url: &str,
    account: &DevAccount,
    folder: &Path,
    is_local: bool,
) -> String {
    let (password, widget_secret) = (account.password.as_str(), account.widget_secret.expose());
    let warning = if is_local {
        ""
    } else {
        "\n  WARNING: this address is open to others, and the inbox shows every code.\n"
    };
    format!(
        "\n\
         Ringproof is ready, in development mode. Messages are shown, not sent.\n\
         {warning}\n  \
         API       {base_url}/v1/service/service\n  \
         Calls     {base_url}/docs/   {base_url}/openapi.json\n  \
         Inbox     {base_url}/dev/inbox\n  \
         App       {base_url}/app/\n  \
         Widget    {base_url}/widget   (takes signed requests of sites on this machine)\n  \
         Health    {base_url}/healthz   {base_url}/readyz   {base_url}/metrics\n\
         \n  \
         Username  {USERNAME}\n  \
         Password  {password}\n  \
         Secret    {widget_secret}   (signs requests of the widget)\n  \
         (also in {file})\n\
         \n\
         Try it: this makes a service.\n\
         \n  \
         curl -s {base_url}/v1/service/service -H 'X-Service-Auth: {USERNAME}:{password}' \\\n    \
         -d '{{\"fqdn\":\"shop.example\",\"name\":\"Example Shop\"}}'\n\
         \n\
         The README goes on from here. Stop with Ctrl-C.\n",
        file = folder.join("dev.json").display(),
    )
}
