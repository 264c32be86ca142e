//! Authenticators of users.

use std::fmt;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::json::{JsonAnswer, JsonCall, not_ours, optional, text};
use super::users;
use crate::encoding::segment;
use crate::error::Error;
use crate::http::transport::Transport;

/// An authenticator of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Authenticator {
    /// Names it.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// `app` for a device with the app, `other` for everything else.
    pub kind: String,
    /// Whether a code of it was entered once.
    pub confirmed: bool,
    /// The hash of its codes.
    pub algorithm: String,
    /// Digits of a code.
    pub digits: u64,
    /// Seconds of a code.
    pub period: u64,
    /// When it was made (RFC 3339).
    pub ctime: String,
    /// Time of the last right code.
    pub used: Option<String>,
}

/// An authenticator just made, with what is shown once. `Debug` leaves the secret out, so
/// that no log gets it.
#[derive(Clone)]
pub struct NewAuthenticator {
    /// What can be asked for later too.
    pub authenticator: Authenticator,
    secret: Zeroizing<String>,
    uri: Zeroizing<String>,
    qr_svg: Zeroizing<String>,
    qr_png: Zeroizing<String>,
}

/// A device of the number that waits because another one is active.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitingDevice {
    /// Names it.
    pub id: String,
    /// When it came (RFC 3339).
    pub ctime: String,
    /// Until then it has no codes (RFC 3339).
    pub held_until: String,
}

/// The authenticators of a user, and the devices of its number that wait.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed {
    /// Those that count, and those that wait for their first code.
    pub authenticators: Vec<Authenticator>,
    /// Devices that have no codes yet.
    pub waiting: Vec<WaitingDevice>,
}

/// What a new authenticator shall be; what is not said, the server chooses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Enrolment<'a> {
    /// What the person calls it.
    pub name: Option<&'a str>,
    /// The hash of its codes.
    pub algorithm: Option<&'a str>,
    /// A seed in base 32 that the token has already.
    pub secret: Option<Seed<'a>>,
}

/// A seed in base 32, which `Debug` does not show.
#[derive(Clone, Copy)]
pub struct Seed<'a>(pub &'a str);

/// The authenticators of a user; see
/// [`Ringproof::authenticators`](crate::Ringproof::authenticators). Change them only for
/// a person who has just logged in.
#[derive(Debug, Clone, Copy)]
pub struct Authenticators<'a>(pub(crate) &'a Transport);

impl Authenticators<'_> {
    /// Makes an authenticator, which counts when [`Authenticators::confirm`] has had a
    /// code of it.
    pub async fn create(
        &self,
        service_id: &str,
        user_id: &str,
        enrolment: Enrolment<'_>,
    ) -> Result<NewAuthenticator, Error> {
        let secret = enrolment.secret.map(|seed| seed.0);
        let given =
            [("name", enrolment.name), ("algorithm", enrolment.algorithm), ("secret", secret)];
        let body: Vec<_> =
            given.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let hidden: Vec<&str> = secret.into_iter().collect();
        let call = JsonCall::post(path(service_id, user_id)?, &body).hiding(&hidden);
        let answer = call.perform(self.0).await?;
        let secret = |name| answer.text(name).map(Zeroizing::new);
        Ok(NewAuthenticator {
            authenticator: Authenticator::read(&answer)?,
            secret: secret("secret")?,
            uri: secret("uri")?,
            qr_svg: secret("qr_svg")?,
            qr_png: secret("qr_png")?,
        })
    }

    /// Confirms an authenticator by a code of it. The fifth wrong one removes it.
    ///
    /// # Errors
    /// [`InvalidData`](crate::ErrorKind::InvalidData) if the code is wrong; its field is
    /// `token`.
    pub async fn confirm(
        &self,
        service_id: &str,
        user_id: &str,
        authenticator_id: &str,
        token: &str,
    ) -> Result<Authenticator, Error> {
        let path = format!("{}/{}", path(service_id, user_id)?, segment(authenticator_id)?);
        let body = [("token", token)];
        let answer = JsonCall::put(path, &body).hiding(&[token]).perform(self.0).await?;
        Authenticator::read(&answer)
    }

    /// The authenticators of a user, and the devices of its number that wait.
    pub async fn list(&self, service_id: &str, user_id: &str) -> Result<Listed, Error> {
        let answer = JsonCall::get(path(service_id, user_id)?).perform(self.0).await?;
        Ok(Listed {
            authenticators: answer
                .list("authenticators", |one| Authenticator::of(one.as_object()?))?,
            waiting: answer.list("waiting", WaitingDevice::of)?,
        })
    }

    /// Removes an authenticator.
    pub async fn delete(
        &self,
        service_id: &str,
        user_id: &str,
        authenticator_id: &str,
    ) -> Result<(), Error> {
        let path = format!("{}/{}", path(service_id, user_id)?, segment(authenticator_id)?);
        JsonCall::delete(path).perform(self.0).await.map(drop)
    }

    /// Refuses a device that waits: the person says that it is not theirs.
    pub async fn refuse_device(
        &self,
        service_id: &str,
        user_id: &str,
        device_id: &str,
    ) -> Result<(), Error> {
        let user = users::path(service_id, user_id)?;
        let path = format!("{user}/devices/{}", segment(device_id)?);
        JsonCall::delete(path).perform(self.0).await.map(drop)
    }
}

impl NewAuthenticator {
    /// The seed in base 32, for programs that cannot scan.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// `otpauth://…`: a link of it opens an authenticator on the same phone.
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// The QR code as an SVG image.
    pub fn qr_svg(&self) -> &str {
        &self.qr_svg
    }

    /// The QR code as a `data:` address of a PNG.
    pub fn qr_png(&self) -> &str {
        &self.qr_png
    }
}

impl fmt::Debug for NewAuthenticator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewAuthenticator")
            .field("authenticator", &self.authenticator)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Seed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

impl Authenticator {
    fn read(answer: &JsonAnswer) -> Result<Self, Error> {
        Self::of(&answer.members)
            .ok_or_else(|| not_ours(&answer.incoming, "a member of the authenticator is wrong"))
    }

    fn of(members: &Map<String, Value>) -> Option<Self> {
        let text = |name| text(members, name);
        let whole = |name: &str| members.get(name)?.as_u64();
        Some(Self {
            id: text("id")?,
            name: text("name")?,
            kind: text("kind")?,
            confirmed: members.get("confirmed")?.as_bool()?,
            algorithm: text("algorithm")?,
            digits: whole("digits")?,
            period: whole("period")?,
            ctime: text("ctime")?,
            used: optional(members, "used")?,
        })
    }
}

impl WaitingDevice {
    fn of(value: &Value) -> Option<Self> {
        let text = |name| text(value.as_object()?, name);
        Some(Self { id: text("id")?, ctime: text("ctime")?, held_until: text("held_until")? })
    }
}

fn path(service_id: &str, user_id: &str) -> Result<String, Error> {
    Ok(format!("{}/authenticators", users::path(service_id, user_id)?))
}
