//! Users of services.

use serde_json::{Map, Value};

use super::json::{JsonAnswer, JsonCall, not_ours, text};
use super::services;
use crate::encoding::segment;
use crate::error::Error;
use crate::http::transport::Transport;

/// A user of a service. Its phone number is in no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// Names it in every call.
    pub id: String,
    /// The person's name in your program.
    pub username: String,
    /// When it was added (RFC 3339).
    pub ctime: String,
}

/// The users of a service; see [`Ringproof::users`](crate::Ringproof::users).
#[derive(Debug, Clone, Copy)]
pub struct Users<'a>(pub(crate) &'a Transport);

impl Users<'_> {
    /// Adds a user. No message is sent. `number` has its country code, `username` is the
    /// person's name in your program, unique in the service.
    ///
    /// # Errors
    /// [`ResourceAlreadyExists`](crate::ErrorKind::ResourceAlreadyExists) if there is one
    /// of this name.
    pub async fn create(
        &self,
        service_id: &str,
        number: &str,
        username: &str,
    ) -> Result<User, Error> {
        let body = [("phone_number", number), ("id_in_service", username)];
        let path = format!("{}/users", services::path(service_id)?);
        User::read(&JsonCall::post(path, &body).hiding(&[number]).perform(self.0).await?)
    }

    /// Reads a user.
    pub async fn get(&self, service_id: &str, user_id: &str) -> Result<User, Error> {
        User::read(&JsonCall::get(path(service_id, user_id)?).perform(self.0).await?)
    }

    /// All users of a service, oldest first.
    pub async fn get_all(&self, service_id: &str) -> Result<Vec<User>, Error> {
        self.list(format!("{}/users", services::path(service_id)?)).await
    }

    /// A page of them: at most `limit`, without the first `offset`.
    pub async fn get_page(
        &self,
        service_id: &str,
        limit: u32,
        offset: u32,
    ) -> Result<Vec<User>, Error> {
        let path = services::path(service_id)?;
        self.list(format!("{path}/users?limit={limit}&offset={offset}")).await
    }

    /// Removes a user, with its authenticators and what wrong PINs cost it.
    pub async fn delete(&self, service_id: &str, user_id: &str) -> Result<(), Error> {
        JsonCall::delete(path(service_id, user_id)?).perform(self.0).await.map(drop)
    }

    /// Ends every block and lock of a user. Make sure of the person by other means
    /// first: each call grants 89 more guesses.
    pub async fn unlock(&self, service_id: &str, user_id: &str) -> Result<(), Error> {
        let path = format!("{}/lock", path(service_id, user_id)?);
        JsonCall::delete(path).perform(self.0).await.map(drop)
    }

    async fn list(&self, path: String) -> Result<Vec<User>, Error> {
        let answer = JsonCall::get(path).perform(self.0).await?;
        answer.list("users", |user| User::of(user.as_object()?))
    }
}

impl User {
    fn read(answer: &JsonAnswer) -> Result<Self, Error> {
        Self::of(&answer.members)
            .ok_or_else(|| not_ours(&answer.incoming, "a member of the user is no text"))
    }

    fn of(members: &Map<String, Value>) -> Option<Self> {
        let text = |name| text(members, name);
        Some(Self { id: text("id")?, username: text("id_in_service")?, ctime: text("ctime")? })
    }
}

pub(super) fn path(service_id: &str, user_id: &str) -> Result<String, Error> {
    Ok(format!("{}/users/{}", services::path(service_id)?, segment(user_id)?))
}
