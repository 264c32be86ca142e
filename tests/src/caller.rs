//! Calls of the Verification API in the name of one account.

use crate::answer::Answer;
use crate::http::{Client, Request};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::net::{IpAddr, SocketAddr};

/// The path prefix `P` of the conformance cases.
pub const P: &str = "/v1/service/service";
/// The agent of a call unless a case says otherwise.
pub const AGENT: &str = "curl/8.5";

/// The path of a service.
pub fn service(service: &str) -> String {
    format!("{P}/{service}")
}

/// The path of a service's users.
pub fn users(service: &str) -> String {
    format!("{P}/{service}/users")
}

/// The path of a user.
pub fn user(service: &str, user: &str) -> String {
    format!("{P}/{service}/users/{user}")
}

/// The path where a user's authentication is started and checked.
pub fn auth(service: &str, user: &str) -> String {
    format!("{P}/{service}/users/{user}/auth")
}

/// The path of a user's authenticators.
pub fn authenticators(service: &str, user: &str) -> String {
    format!("{P}/{service}/users/{user}/authenticators")
}

/// The path of one of a user's waiting devices.
pub fn device(service: &str, user: &str, device: &str) -> String {
    format!("{P}/{service}/users/{user}/devices/{device}")
}

/// The path of a user's recovery codes.
pub fn recovery(service: &str, user: &str) -> String {
    format!("{P}/{service}/users/{user}/recovery")
}

/// Makes calls with one set of credentials over one kept-open connection.
pub struct Caller {
    client: RefCell<Client>,
    credentials: Option<String>,
    agent: Option<String>,
    address: SocketAddr,
}

impl Caller {
    /// Makes a caller with `username:password` and the usual agent.
    pub fn new(address: SocketAddr, credentials: &str) -> Self {
        Self {
            client: RefCell::new(Client::new(address)),
            credentials: Some(credentials.to_owned()),
            agent: Some(AGENT.to_owned()),
            address,
        }
    }

    /// Makes a caller that sends no credentials.
    pub fn anonymous(address: SocketAddr) -> Self {
        Self { credentials: None, ..Self::new(address, "") }
    }

    /// Makes the same caller with another `User-Agent`, or none.
    #[must_use]
    pub fn with_agent(&self, agent: Option<&str>) -> Self {
        let client = RefCell::new(Client::new(self.address));
        let agent = agent.map(str::to_owned);
        Self { client, credentials: self.credentials.clone(), agent, address: self.address }
    }

    /// Makes the same caller connecting from another loopback address.
    #[must_use]
    pub fn from_source(&self, source: IpAddr) -> Self {
        let client = RefCell::new(Client::from_source(self.address, source));
        Self {
            client,
            credentials: self.credentials.clone(),
            agent: self.agent.clone(),
            address: self.address,
        }
    }

    /// Prepares a request with this caller's credentials and agent.
    pub fn request(&self, method: &str, target: &str) -> Request {
        let mut request = Request::new(method, target);
        if let Some(credentials) = &self.credentials {
            request = request.header("X-Service-Auth", credentials);
        }
        if let Some(agent) = &self.agent {
            request = request.header("User-Agent", agent);
        }
        request
    }

    /// Sends any request; the answer must keep the general rules.
    #[track_caller]
    pub fn send(&self, request: &Request) -> Answer {
        match self.client.borrow_mut().send(request) {
            Ok(response) => Answer::checked(request, response),
            Err(error) => panic!("{} {} got no answer: {error}", request.method, request.target),
        }
    }

    /// GET.
    #[track_caller]
    pub fn get(&self, target: &str) -> Answer {
        self.send(&self.request("GET", target))
    }

    /// DELETE.
    #[track_caller]
    pub fn delete(&self, target: &str) -> Answer {
        self.send(&self.request("DELETE", target))
    }

    /// POST of a JSON body.
    #[track_caller]
    pub fn post(&self, target: &str, body: &Value) -> Answer {
        self.send_body("POST", target, body.to_string())
    }

    /// PUT of a JSON body.
    #[track_caller]
    pub fn put(&self, target: &str, body: &Value) -> Answer {
        self.send_body("PUT", target, body.to_string())
    }

    /// Sends a body exactly as given, announced as JSON.
    #[track_caller]
    pub fn send_body(&self, method: &str, target: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send(
            &self.request(method, target).header("Content-Type", "application/json").body(body),
        )
    }

    /// Asks for a new service (V1).
    #[track_caller]
    pub fn create_service(&self, name: &str, fqdn: &str) -> Answer {
        self.post(P, &json!({ "fqdn": fqdn, "name": name }))
    }

    /// Adds a service and gives its id.
    #[track_caller]
    pub fn new_service(&self, name: &str) -> String {
        self.create_service(name, "shop.example").service(201).text("id").to_owned()
    }

    /// Asks for a new user (V4).
    #[track_caller]
    pub fn create_user(&self, service: &str, login: &str, number: &str) -> Answer {
        self.post(&users(service), &json!({ "id_in_service": login, "phone_number": number }))
    }

    /// Adds a user and gives its id.
    #[track_caller]
    pub fn new_user(&self, service: &str, login: &str, number: &str) -> String {
        self.create_user(service, login, number).user(201).text("id").to_owned()
    }

    /// Starts an authentication by SMS (V9).
    #[track_caller]
    pub fn start(&self, service: &str, user: &str) -> Answer {
        self.post(&auth(service, user), &json!({ "method": "sms" }))
    }

    /// Starts an authentication by authenticator (V9).
    #[track_caller]
    pub fn start_totp(&self, service: &str, user: &str) -> Answer {
        self.post(&auth(service, user), &json!({ "method": "totp" }))
    }

    /// Checks a PIN or a code (V10).
    #[track_caller]
    pub fn check(&self, service: &str, user: &str, token: &str) -> Answer {
        self.put(&auth(service, user), &json!({ "token": token }))
    }
}
