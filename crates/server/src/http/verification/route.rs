//! Paths and methods of the Verification API (`verigator-api.md` 2 and 5).

use http::Method;
use verify::ids::{AuthenticatorId, DeviceId, ServiceId, UserId};

/// An id in a path. Ids are opaque to callers: one that is no UUID names
/// nothing, like one that is unknown.
pub type PathId<T> = Option<T>;

/// What a path points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `…/service`
    Services,
    /// `…/service/{sid}`
    Service(PathId<ServiceId>),
    /// `…/service/{sid}/users`
    Users(PathId<ServiceId>),
    /// `…/service/{sid}/users/{uid}`
    User(PathId<ServiceId>, PathId<UserId>),
    /// `…/service/{sid}/users/{uid}/auth`
    Auth(PathId<ServiceId>, PathId<UserId>),
    /// `…/service/{sid}/users/{uid}/lock`
    Lock(PathId<ServiceId>, PathId<UserId>),
    /// `…/service/{sid}/users/{uid}/authenticators`
    Authenticators(PathId<ServiceId>, PathId<UserId>),
    /// `…/service/{sid}/users/{uid}/authenticators/{aid}`
    Authenticator(PathId<ServiceId>, PathId<UserId>, PathId<AuthenticatorId>),
    /// `…/service/{sid}/users/{uid}/devices/{did}`
    Device(PathId<ServiceId>, PathId<UserId>, PathId<DeviceId>),
    /// `…/service/{sid}/users/{uid}/recovery`
    Recovery(PathId<ServiceId>, PathId<UserId>),
}

/// What a request wants: a path with its method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// V1.
    CreateService,
    /// V2.
    ReadService(PathId<ServiceId>),
    /// V3.
    DeleteService(PathId<ServiceId>),
    /// V4.
    AddUser(PathId<ServiceId>),
    /// V5.
    ListUsers(PathId<ServiceId>),
    /// V6 and V7.
    ReadUser(PathId<ServiceId>, PathId<UserId>),
    /// V8.
    RemoveUser(PathId<ServiceId>, PathId<UserId>),
    /// V9.
    Start(PathId<ServiceId>, PathId<UserId>),
    /// V10.
    Check(PathId<ServiceId>, PathId<UserId>),
    /// Our own: lifts a block or lock (S-11 a).
    UnlockUser(PathId<ServiceId>, PathId<UserId>),
    /// Our own: makes an authenticator that waits for its first code.
    CreateAuthenticator(PathId<ServiceId>, PathId<UserId>),
    /// Our own: authenticators, and devices that wait.
    ListAuthenticators(PathId<ServiceId>, PathId<UserId>),
    /// Our own: the first code.
    ConfirmAuthenticator(PathId<ServiceId>, PathId<UserId>, PathId<AuthenticatorId>),
    /// Our own: removes an authenticator.
    RemoveAuthenticator(PathId<ServiceId>, PathId<UserId>, PathId<AuthenticatorId>),
    /// Our own: objects to a device that waits (S-31).
    RefuseDevice(PathId<ServiceId>, PathId<UserId>, PathId<DeviceId>),
    /// Our own: a new set of recovery codes.
    RenewRecovery(PathId<ServiceId>, PathId<UserId>),
    /// Our own: how many recovery codes are left.
    CountRecovery(PathId<ServiceId>, PathId<UserId>),
    /// Our own: checks a recovery code.
    CheckRecovery(PathId<ServiceId>, PathId<UserId>),
}

impl Target {
    /// One of each, for the description of the calls.
    pub const ALL: [Self; 10] = [
        Self::Services,
        Self::Service(None),
        Self::Users(None),
        Self::User(None, None),
        Self::Auth(None, None),
        Self::Lock(None, None),
        Self::Authenticators(None, None),
        Self::Authenticator(None, None, None),
        Self::Device(None, None, None),
        Self::Recovery(None, None),
    ];

    /// The path, with names in braces where ids stand.
    pub fn template(self) -> &'static str {
        match self {
            Self::Services => "/v1/service/service",
            Self::Service(_) => "/v1/service/service/{service_id}",
            Self::Users(_) => "/v1/service/service/{service_id}/users",
            Self::User(..) => "/v1/service/service/{service_id}/users/{user_id}",
            Self::Auth(..) => "/v1/service/service/{service_id}/users/{user_id}/auth",
            Self::Lock(..) => "/v1/service/service/{service_id}/users/{user_id}/lock",
            Self::Authenticators(..) => {
                "/v1/service/service/{service_id}/users/{user_id}/authenticators"
            }
            Self::Authenticator(..) => {
                "/v1/service/service/{service_id}/users/{user_id}/authenticators/{authenticator_id}"
            }
            Self::Device(..) => {
                "/v1/service/service/{service_id}/users/{user_id}/devices/{device_id}"
            }
            Self::Recovery(..) => "/v1/service/service/{service_id}/users/{user_id}/recovery",
        }
    }

    /// The other paths that are read as the same.
    pub fn aliases(self) -> Vec<String> {
        let path = self.template();
        let short = |path: &str| path.replacen("/service/service/{", "/service/{", 1);
        let singular = |path: &str| path.replacen("/users/{", "/user/{", 1);
        let mut aliases = vec![short(path), singular(path), short(&singular(path))];
        aliases.retain(|alias| alias != path);
        aliases.dedup();
        aliases
    }

    /// Reads a path. Runs of slashes count as one and a slash at the end does
    /// not matter. The prefix with one `service` is known only when a UUID
    /// follows, so that it is never mistaken for the canonical one.
    pub fn parse(path: &str) -> Option<Self> {
        let mut segments = path.split('/').filter(|s| !s.is_empty());
        if segments.next() != Some("v1") || segments.next() != Some("service") {
            return None;
        }
        let service = match segments.next()? {
            "service" => match segments.next() {
                None => return Some(Self::Services),
                Some(id) => ServiceId::parse(id),
            },
            id => Some(ServiceId::parse(id)?),
        };
        match segments.next() {
            None => return Some(Self::Service(service)),
            Some("users" | "user") => {}
            Some(_) => return None,
        }
        let Some(user) = segments.next() else {
            // Only the collection has no singular form.
            return is_plural(path).then_some(Self::Users(service));
        };
        let user = UserId::parse(user);
        let target = match segments.next() {
            None => Self::User(service, user),
            Some("auth") => Self::Auth(service, user),
            Some("lock") => Self::Lock(service, user),
            Some("recovery") => Self::Recovery(service, user),
            Some("authenticators") => match segments.next() {
                None => Self::Authenticators(service, user),
                Some(id) => Self::Authenticator(service, user, AuthenticatorId::parse(id)),
            },
            Some("devices") => Self::Device(service, user, DeviceId::parse(segments.next()?)),
            Some(_) => return None,
        };
        segments.next().is_none().then_some(target)
    }

    /// The call that a method makes of this path.
    pub fn call(self, method: &Method) -> Option<Call> {
        match (self, method) {
            (Self::Services, &Method::POST) => Some(Call::CreateService),
            (Self::Service(s), &Method::GET) => Some(Call::ReadService(s)),
            (Self::Service(s), &Method::DELETE) => Some(Call::DeleteService(s)),
            (Self::Users(s), &Method::POST) => Some(Call::AddUser(s)),
            (Self::Users(s), &Method::GET) => Some(Call::ListUsers(s)),
            (Self::User(s, u), &Method::GET) => Some(Call::ReadUser(s, u)),
            (Self::User(s, u), &Method::DELETE) => Some(Call::RemoveUser(s, u)),
            (Self::Auth(s, u), &Method::POST) => Some(Call::Start(s, u)),
            (Self::Auth(s, u), &Method::PUT) => Some(Call::Check(s, u)),
            (Self::Lock(s, u), &Method::DELETE) => Some(Call::UnlockUser(s, u)),
            (Self::Authenticators(s, u), &Method::POST) => Some(Call::CreateAuthenticator(s, u)),
            (Self::Authenticators(s, u), &Method::GET) => Some(Call::ListAuthenticators(s, u)),
            (Self::Authenticator(s, u, a), &Method::PUT) => {
                Some(Call::ConfirmAuthenticator(s, u, a))
            }
            (Self::Authenticator(s, u, a), &Method::DELETE) => {
                Some(Call::RemoveAuthenticator(s, u, a))
            }
            (Self::Device(s, u, d), &Method::DELETE) => Some(Call::RefuseDevice(s, u, d)),
            (Self::Recovery(s, u), &Method::POST) => Some(Call::RenewRecovery(s, u)),
            (Self::Recovery(s, u), &Method::GET) => Some(Call::CountRecovery(s, u)),
            (Self::Recovery(s, u), &Method::PUT) => Some(Call::CheckRecovery(s, u)),
            _ => None,
        }
    }

    /// The methods of this path, as `Allow` lists them.
    pub fn methods(self) -> &'static str {
        match self {
            Self::Services => "POST",
            Self::Service(_) | Self::User(..) => "GET, DELETE",
            Self::Users(_) | Self::Authenticators(..) => "GET, POST",
            Self::Auth(..) => "POST, PUT",
            Self::Lock(..) | Self::Device(..) => "DELETE",
            Self::Authenticator(..) => "PUT, DELETE",
            Self::Recovery(..) => "GET, POST, PUT",
        }
    }
}

fn is_plural(path: &str) -> bool {
    path.trim_end_matches('/').ends_with("/users")
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: &str = "0b6e6f0e-5d3a-4c0e-9a53-1f4f1c6f2d11";
    const U: &str = "7d1fa1c2-0000-4000-8000-000000000001";

    fn parse(path: &str) -> Option<Target> {
        Target::parse(&path.replace("{S}", S).replace("{U}", U))
    }

    #[test]
    fn every_path_has_its_aliases() {
        let (s, u) = (ServiceId::parse(S), UserId::parse(U));
        for (path, target) in [
            ("/v1/service/service", Target::Services),
            ("//v1//service/service/", Target::Services),
            ("/v1/service/service/{S}", Target::Service(s)),
            ("/v1/service/{S}", Target::Service(s)),
            ("/v1/service/service/wrong-service-id", Target::Service(None)),
            ("/v1/service/service/{S}/users/", Target::Users(s)),
            ("/v1/service/service/{S}/users/{U}", Target::User(s, u)),
            ("/v1/service/service/{S}/user/{U}", Target::User(s, u)),
            ("/v1/service/{S}/users/{U}/auth", Target::Auth(s, u)),
            ("/v1/service/service/{S}/user/{U}/auth/", Target::Auth(s, u)),
            ("/v1/service/service/{S}/users/%2B372/auth", Target::Auth(s, None)),
            ("/v1/service/service/{S}/users/{U}/lock", Target::Lock(s, u)),
            ("/v1/service/{S}/users/{U}/authenticators", Target::Authenticators(s, u)),
            (
                "/v1/service/{S}/users/{U}/authenticators/{U}",
                Target::Authenticator(s, u, AuthenticatorId::parse(U)),
            ),
            ("/v1/service/{S}/user/{U}/devices/x", Target::Device(s, u, None)),
            ("/v1/service/service/{S}/users/{U}/recovery", Target::Recovery(s, u)),
        ] {
            assert_eq!(parse(path), Some(target), "{path}");
        }
    }

    #[test]
    fn anything_else_is_no_route() {
        for path in [
            "",
            "/",
            "/v1",
            "/v1/service",
            "/v1/nothing",
            "/v2/service/service",
            "/v1/service/abc/users/x",
            "/v1/service/service/{S}/devices",
            "/v1/service/service/{S}/user",
            "/v1/service/service/{S}/users/{U}/pin",
            "/v1/service/service/{S}/users/{U}/devices",
            "/v1/service/service/{S}/users/{U}/authenticators/{U}/x",
            "/v1/service/service/{S}/users/{U}/auth/x",
        ] {
            assert_eq!(parse(path), None, "{path}");
        }
    }
}
