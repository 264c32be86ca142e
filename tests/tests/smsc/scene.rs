//! A server that is bound to an SMSC.

use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::server::ServerOptions;
use ringproof_blackbox::smsc::{Peer, Smsc, Submit};
use ringproof_blackbox::world::{CONFIG, World, fixture_folder};
use std::fs;
use std::net::SocketAddr;

/// No limit of messages is in the way.
pub(crate) const NO_LIMITS: &str = "[limits]\n\
    number_service_per_30s = 1_000_000_000\n\
    number_service_per_10min = 1_000_000_000\n\
    number_service_per_hour = 1_000_000_000\n\
    number_service_per_day = 1_000_000_000\n\
    number_per_day = 1_000_000_000\n\
    account_sms_per_second = 1_000_000_000\n\
    account_sms_per_day = 1_000_000_000\n\
    guard = \"observe\"\n";

/// A server, and the SMSC that its gateway `carrier` is bound to.
pub(crate) struct Scene {
    pub(crate) world: World,
    pub(crate) smsc: Smsc,
}

impl Scene {
    /// A gateway with defaults.
    #[track_caller]
    pub(crate) fn new(peer: &Peer) -> Self {
        Self::configured(peer, "", "")
    }

    /// A gateway with these keys beside the needed ones, and further configuration.
    #[track_caller]
    pub(crate) fn configured(peer: &Peer, keys: &str, config: &str) -> Self {
        let smsc = Smsc::start(peer);
        let world = world(&[("carrier", smsc.address(), keys)], config);
        let scene = Self { world, smsc };
        wait_for_bound(&scene.world, "carrier", 1);
        scene
    }

    /// Starts an authentication of U1; gives the code in the message that comes to the SMSC.
    #[track_caller]
    pub(crate) fn start_u1(&mut self) -> (Submit, String) {
        self.world.a.start(self.world.s1, self.world.u1).started(201);
        let submit = self.smsc.next_submit();
        let pin = pin(&submit.text);
        (submit, pin)
    }
}

/// The code in a text.
#[track_caller]
pub(crate) fn pin(text: &str) -> String {
    let pin = text.strip_prefix("Your Verification PIN code is ");
    pin.unwrap_or_else(|| panic!("no code in {text:?}")).to_owned()
}

/// A server without `--dev` whose gateways are bound to SMSCs at these addresses.
#[track_caller]
pub(crate) fn world(gateways: &[(&str, SocketAddr, &str)], config: &str) -> World {
    let folder = fixture_folder("");
    write_config(&folder, gateways, config);
    let world = World::start(ServerOptions { dev: false, ..ServerOptions::dev(folder) });
    // A password is slow to look at for the first time, and no test here measures that.
    let _ = world.text_a.balance();
    world
}

/// Writes the configuration of a server with these gateways.
pub(crate) fn write_config(folder: &Folder, gateways: &[(&str, SocketAddr, &str)], config: &str) {
    let password = folder.root().join("password");
    fs::write(&password, "secret\n").expect("our own folder can be written");
    let mut text = format!("{CONFIG}{config}");
    for (name, address, keys) in gateways {
        text += &format!(
            "[[gateway]]\nname = {name:?}\nkind = \"smpp\"\nhosts = [\"{address}\"]\ntls = false\n\
             system_id = \"acct\"\npassword_file = {password:?}\n{keys}\n"
        );
    }
    folder.write_config(&text);
}

/// Waits until a gateway has so many bound sessions.
#[track_caller]
pub(crate) fn wait_for_bound(world: &World, gateway: &str, count: u32) {
    world.wait_until(&format!("{gateway} has {count} sessions"), |world| {
        let label = format!("gateway=\"{gateway}\"");
        let bound = world.labelled_metric("ringproof_smpp_bound_sessions", &label);
        (bound - f64::from(count)).abs() < 0.5
    });
}
