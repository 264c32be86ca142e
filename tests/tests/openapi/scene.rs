//! One server for all examples, and what stands on it for one of them.

use std::collections::BTreeMap;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};

use ringproof_blackbox::caller::{self, Caller};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::text::TextCaller;
use ringproof_blackbox::webhook::Webhook;
use ringproof_blackbox::world::{World, new_account, wrong_pin};
use ringproof_blackbox::{operator, tool};
use serde_json::{Value, json};

use crate::likeness::{differences, is_alike};
use crate::{Example, arrange, devices};

/// The values of which the examples speak, as the description has them.
pub(crate) mod sample {
    pub(crate) const SERVICE: &str = "0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11";
    pub(crate) const USER: &str = "7d1fa1c2-5f0e-4c0d-8a53-3f4f1c6f2d22";
    pub(crate) const VERIFICATION: &str = "cf130b16-c4e5-4a4e-b37a-bbba8c6c34ce";
    pub(crate) const AUTHENTICATOR: &str = "2aff0900-47e8-4d1d-a46b-b7e6c7db7618";
    pub(crate) const DEVICE: &str = "49f910b2-805d-459d-94a6-d970c16f7ab9";
    pub(crate) const PIN: &str = "482913";
    pub(crate) const RECOVERY_CODE: &str = "AMR7-3IGJ-Y3LP-OGM2-NTN5-MPYZ";
    pub(crate) const PHONE: &str = "12025550123";
    pub(crate) const CONFIRMATION: &str = "5f0c1d7be2a94c0f8b6a3d1e92c47f08";
    pub(crate) const SESSION: &str = "6f0f9b1c2d3e4f5061728394a5b6c7d8";
    pub(crate) const SESSION_COOKIE: &str = "Zk3v0Yq8mT1xWc7LrB5dN9hJ2pS6uQ4aEoGiKfXyVtM";
    pub(crate) const FORM_TOKEN: &str = "c81f0a7e5d2b49368f1e6a0b7c3d9254";
    pub(crate) const CHALLENGE: &str = "13.1770110127004.9b7d0e4f2a6c8135e0d4b2f6a8c91753";
    pub(crate) const SOLUTION: &str = "10442,3187,15093,7740,612,9981,4405,12876";
    pub(crate) const MESSAGE: &str = "a4d5920703fa4a439f5cbd2a4a5d0f6e7b8c9d0e";
    pub(crate) const RECEIVER: &str = "3725550123";
    pub(crate) const ENTRY: &str = "5e8c8ab8-62a2-4c3a-9f30-1c3de3f0a7b1";
    pub(crate) const DELIVERY: &str = "9e0dcb5b-6c39-4f5e-8a4e-2d6c9b1f7a33";
    pub(crate) const SHOP: &str = "Example Shop";
}

/// What the site of the account `open` signs with.
pub(crate) const SECRET: &str = "secret-of-the-site-2b7c";
const TOKEN: &str = "receipt-token-of-the-gateway-6d1f";
/// Nothing is refused because the examples are many.
const LIMITS: &str = "[limits]\naccount_sms_per_second = 1000000\naccount_sms_per_day = 1000000\n\
    country_sms_per_day = 1000000\nfailed_logins_per_minute = 5\nfailed_logins_per_hour_ip = 1000000\n\
    number_service_per_30s = 100\nnumber_service_per_10min = 100\nnumber_service_per_hour = 100\n\
    number_service_per_day = 100\nnumber_per_day = 100\naddress_starts_per_10min = 10000\n\
    address_starts_per_hour = 10000\naddress_starts_per_day = 10000\naddress_numbers_per_day = 10000\n";
/// Failed logins that a name may have in a minute: few, since each costs a slow hash.
pub(crate) const FAILED_LOGINS: u32 = 5;
/// Numbers that an account must not send to, by the digits behind `+`.
pub(crate) const BLOCKED: [&str; 2] = ["12025559999", "37255599999"];

/// The server, and accounts of each kind.
pub(crate) struct Scene {
    pub(crate) world: World,
    /// The gateway `sms`, which carries what goes to Finland.
    pub(crate) webhook: Webhook,
    /// Credentials by what the account is.
    accounts: BTreeMap<&'static str, String>,
    count: AtomicU32,
}

/// What one example runs with.
pub(crate) struct Stage {
    /// Made-up values and the real ones.
    pub(crate) values: Vec<(&'static str, String)>,
    /// `username:password`.
    pub(crate) credentials: String,
    pub(crate) service: String,
    pub(crate) user: String,
    /// With `+`.
    pub(crate) phone: String,
    pub(crate) caller: Caller,
    pub(crate) text: TextCaller,
}

impl Scene {
    pub(crate) fn start() -> Self {
        let webhook = Webhook::start(&[]);
        let mut accounts = BTreeMap::new();
        // Not the fixture: its accounts have chosen passwords, which make each wrong one slow.
        let folder = Folder::with_config("");
        fs::write(folder.root().join("token"), TOKEN).expect("our own folder can be written");
        let token = folder.root().join("token");
        let config = format!(
            "{LIMITS}[[gateway]]\nname = \"inbox\"\nkind = \"inbox\"\nallow_beside_real = true\n\
             {}receipt_token_file = \"{}\"\n\
             [[route]]\nname = \"all\"\ngateways = [\"inbox\"]\n\
             [[route]]\nname = \"finland\"\nprefixes = [\"+358\"]\ngateways = [\"sms\"]\n",
            webhook.config_as("sms"),
            token.display(),
        );
        folder.write_config(&config);
        let mut add = |name: &'static str, options: &[&str]| {
            accounts.insert(name, new_account(&folder, name, options));
        };
        add("open", &["--countries", "all", "--compat"]);
        add("finnish", &["--countries", "FI"]);
        add("distant", &["--countries", "all", "--allow-from", "192.0.2.0/24"]);
        add("forgetful", &["--countries", "all"]);
        add("payer", &["--countries", "all"]);
        add("poor", &["--countries", "all"]);
        operator::credit(&folder, "payer", "10.50");
        operator::credit(&folder, "poor", "0.01");
        operator::import_prices(&folder, operator::PRICES);
        let settings = ["--secret-file", "-", "--target", "http://127.0.0.1:3000/"];
        let args = [&["account", "widget", "open"][..], &settings].concat();
        let _ = cli::run_with_input(&folder, &args, &format!("{SECRET}\n")).succeeded();
        for number in BLOCKED {
            operator::block(&folder, "open", &format!("+{number}"));
        }
        let world = World::start(ringproof_blackbox::server::ServerOptions::dev(folder));
        Self { world, webhook, accounts, count: AtomicU32::new(0) }
    }

    pub(crate) fn account(&self, name: &str) -> String {
        self.accounts[name].clone()
    }

    /// One service with one user, of this account.
    pub(crate) fn stage(&self, account: &str, number: Option<&str>) -> Stage {
        let address = self.world.server.address();
        let credentials = self.account(account);
        let caller = Caller::new(address, &credentials);
        let text = TextCaller::new(address, &credentials);
        let nth = self.count.fetch_add(1, Ordering::Relaxed);
        let digits = number.map_or_else(|| format!("1202555{:04}", 1000 + nth), str::to_owned);
        let (phone, shop) = (format!("+{digits}"), format!("Example Shop{nth}"));
        let mut values = vec![
            (sample::SHOP, shop.clone()),
            // As it stands in an address.
            ("Example%20Shop", shop.replace(' ', "%20")),
            (sample::PHONE, digits),
            (sample::RECEIVER, format!("3725551{nth:04}")),
        ];
        let (mut service, mut user) = (String::new(), String::new());
        // An account that nobody may use from here has nothing.
        if account != "distant" {
            service = caller.new_service(&shop);
            user = caller.new_user(&service, "jane", &phone);
            values.push((sample::SERVICE, service.clone()));
            values.push((sample::USER, user.clone()));
        }
        Stage { values, credentials, service, user, phone, caller, text }
    }

    /// Runs one example; what differs from what is shown.
    pub(crate) fn run(&self, example: &Example) -> Result<(), String> {
        let stage = arrange::stage(self, example);
        let result = match &example.line {
            Some(line) => self.run_line(line, &stage, example),
            None => devices::run(self, stage, example),
        };
        arrange::tidy_up(self, example);
        result
    }

    fn run_line(&self, line: &str, stage: &Stage, example: &Example) -> Result<(), String> {
        let line = stage.real(line);
        let (account, password) = stage.credentials.split_once(':').expect("a pair");
        let script = format!(
            "URL='http://{}' ACCOUNT='{account}' PASSWORD='{password}' TOKEN='{TOKEN}' \
             SECRET='{SECRET}'\n\
             {line} -w '%header{{location}}\\n%{{http_code}} %{{content_type}}'",
            self.world.server.address(),
        );
        let output = tool::run("sh", &["-c", &script], b"");
        let output = String::from_utf8(output).map_err(|_| "no text".to_owned())?;
        let (came, status) = output.rsplit_once('\n').ok_or("no status")?;
        // What is behind the last line of an answer is where the browser is sent.
        let expected = format!("{} {}", example.status, example.kind);
        if !status.starts_with(&expected) {
            return Err(format!("{status}, not {expected}: {came}\n{line}"));
        }
        stage.compare(&example.shown, came).map_err(|complaint| format!("{complaint}\n{line}"))
    }
}

impl Stage {
    /// With the real values in their places.
    pub(crate) fn real(&self, text: &str) -> String {
        self.values
            .iter()
            .fold(text.to_owned(), |text, (made_up, real)| text.replace(made_up, real))
    }

    /// Puts a real value in the place of one.
    pub(crate) fn set(&mut self, made_up: &'static str, real: impl Into<String>) {
        self.values.retain(|(known, _)| *known != made_up);
        self.values.push((made_up, real.into()));
    }

    /// Whether an answer is the one that is shown.
    pub(crate) fn compare(&self, shown: &Value, came: &str) -> Result<(), String> {
        let back =
            |text: &str, (made_up, real): &(&str, String)| text.replace(real.as_str(), made_up);
        let came = self.values.iter().fold(came.to_owned(), |text, pair| back(&text, pair));
        let found = match shown {
            Value::String(line) if is_alike(line, &came) => Vec::new(),
            Value::String(line) => vec![format!("{came:?}, not {line:?}")],
            _ => match serde_json::from_str(&came) {
                Ok(came) => differences(shown, &came),
                Err(_) => vec![format!("no JSON: {came}")],
            },
        };
        if found.is_empty() { Ok(()) } else { Err(found.join("; ")) }
    }

    /// The path of the user.
    pub(crate) fn path(&self) -> String {
        caller::user(&self.service, &self.user)
    }

    /// Begins a verification and gives its PIN.
    pub(crate) fn start(&mut self, scene: &Scene) -> String {
        let started =
            self.caller.post(&format!("{}/auth", self.path()), &json!({ "method": "sms" }));
        self.set(sample::VERIFICATION, started.expect(201).text("auth_id"));
        let pin = scene.world.inbox.next(&self.phone).pin();
        self.set(sample::PIN, pin.clone());
        pin
    }

    /// Begins a verification and uses up its guesses.
    pub(crate) fn lock(&mut self, scene: &Scene) {
        let pin = self.start(scene);
        for nth in 1..=5 {
            let token = json!({ "token": wrong_pin(&pin, nth) });
            let _ = self.caller.put(&format!("{}/auth", self.path()), &token).expect(200);
        }
    }
}
