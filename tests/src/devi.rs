//! User UD of the conformance cases: `devi` of S1, with one confirmed
//! authenticator whose secret is known.

use crate::caller::authenticators;
use crate::totp::{self, Hash};
use crate::world::World;
use jiff::Timestamp;
use serde_json::json;

/// Number of user UD.
pub const UD_NUMBER: &str = "+37255500177";
/// Secret of the authenticator.
pub const SECRET: &[u8] = b"verigator-totp-seed!";
/// When it was confirmed: some steps before the test vectors.
const CONFIRMED_AT: i64 = 1_499_346_600;

/// Adds the user and gives its id; the clock shows 2017 afterwards.
#[track_caller]
pub fn add(world: &World) -> String {
    go_to(world, CONFIRMED_AT);
    let user = world.a.new_user(world.s1, "devi", UD_NUMBER);
    let path = authenticators(world.s1, &user);
    let body = json!({ "secret": totp::base32(SECRET) });
    let made = world.a.post(&path, &body).expect(201);
    let code = totp::code(SECRET, Hash::Sha1, CONFIRMED_AT);
    let path = format!("{path}/{}", made.text("id"));
    let _ = world.a.put(&path, &json!({ "token": code })).expect(200);
    user
}

/// Sets the clock to a time in seconds.
#[track_caller]
pub fn go_to(world: &World, unix_seconds: i64) {
    world.clock.go_to(Timestamp::from_second(unix_seconds).expect("a time"), 0);
}
