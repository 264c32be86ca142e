//! Devices with the authenticator app (S-31 … S-36, S-41).

mod approval;
mod enrol;
mod entries;
mod hold;
mod keys;
mod nonce;
mod prompts;
mod revoke;

use ringproof_verify::SignedDuration;

use crate::phone_app::App;
use crate::world::World;

/// The number that most stories are about; that of the world's person.
const NUMBER: &str = "+37255500123";

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

pub(crate) fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

impl World {
    /// An hour later another device of the number asks, and waits.
    fn held_app(&mut self) -> App {
        self.advance(HOUR);
        let (app, device) = self.enrol(NUMBER);
        assert!(!device.is_active(self.now), "{device:?}");
        app
    }

    /// The same, and it is let in.
    fn second_app(&mut self, by: &App) -> App {
        let mut app = self.held_app();
        let (code, _) = self.show_code(app.device).expect("it waits");
        self.approve(by.device, app.device, code.expose()).expect("the code is right");
        self.sync(&mut app).expect("it may");
        self.prove_all(&app);
        app
    }
}
