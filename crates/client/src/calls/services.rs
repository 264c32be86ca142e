//! Services of the account.

use super::json::{JsonAnswer, JsonCall};
use crate::encoding::segment;
use crate::error::Error;
use crate::http::transport::Transport;

/// Below it are all services of the account.
pub(super) const SERVICES: &str = "/v1/service/service";

/// A service has users; its name is what authenticators show.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Service {
    /// Names it in every call.
    pub id: String,
    /// Its name.
    pub name: String,
    /// When it was made (RFC 3339).
    pub ctime: String,
}

/// The services of the account; see [`Ringproof::services`](crate::Ringproof::services).
#[derive(Debug, Clone, Copy)]
pub struct Services<'a>(pub(crate) &'a Transport);

impl Services<'_> {
    /// Makes a service. `domain` is the domain name or address of your site, `name` is
    /// unique in the account.
    ///
    /// # Errors
    /// [`ResourceAlreadyExists`](crate::ErrorKind::ResourceAlreadyExists) if there is one
    /// of this name.
    pub async fn create(&self, domain: &str, name: &str) -> Result<Service, Error> {
        let body = [("fqdn", domain), ("name", name)];
        Service::read(&JsonCall::post(SERVICES.to_owned(), &body).perform(self.0).await?)
    }

    /// Reads a service.
    pub async fn get(&self, service_id: &str) -> Result<Service, Error> {
        Service::read(&JsonCall::get(path(service_id)?).perform(self.0).await?)
    }

    /// Deletes a service that has no users.
    ///
    /// # Errors
    /// [`ResourceAlreadyExists`](crate::ErrorKind::ResourceAlreadyExists) if it has users.
    pub async fn delete(&self, service_id: &str) -> Result<(), Error> {
        JsonCall::delete(path(service_id)?).perform(self.0).await.map(drop)
    }
}

impl Service {
    fn read(answer: &JsonAnswer) -> Result<Self, Error> {
        let text = |name| answer.text(name);
        Ok(Self { id: text("id")?, name: text("name")?, ctime: text("ctime")? })
    }
}

pub(super) fn path(service_id: &str) -> Result<String, Error> {
    Ok(format!("{SERVICES}/{}", segment(service_id)?))
}
