//! The full flow with its errors, and a record of every answer.

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{self, Caller};
use ringproof_blackbox::http::{Client, Request, Response};
use ringproof_blackbox::text::{Parameters, TextAnswer, TextCaller, query};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::net::SocketAddr;

use crate::needles::base64;

/// All calls of the plain-text interfaces.
const TEXT_CALLS: [&str; 8] = [
    "/verify/start",
    "/verify/pin",
    "/send_sms",
    "/get_dlr_response",
    "/cancel_sms",
    "/get_balance",
    "/prices",
    "/pricelist",
];

/// A person to whom codes are sent.
pub(crate) struct Person {
    pub(crate) id: String,
    /// As it goes to the gateway.
    pub(crate) number: String,
}

/// The integrator's program, which keeps all that the server ever answered.
pub(crate) struct Integrator {
    address: SocketAddr,
    credentials: String,
    client: RefCell<Client>,
    answers: RefCell<Vec<u8>>,
    pub(crate) service: String,
}

impl Integrator {
    /// Makes a service for the account with these credentials.
    pub(crate) fn new(address: SocketAddr, credentials: &str) -> Self {
        let client = RefCell::new(Client::new(address));
        let answers = RefCell::default();
        let credentials = credentials.to_owned();
        let mut this = Self { address, credentials, client, answers, service: String::new() };
        let body = json!({ "fqdn": "shop.example", "name": "Leaks" });
        let service = this.call("POST", caller::P, &body).service(201);
        service.text("id").clone_into(&mut this.service);
        this
    }

    /// Gives the bytes of all answers so far, heads included.
    pub(crate) fn answers(&self) -> Vec<u8> {
        self.answers.borrow().clone()
    }

    /// Adds a person whose number is written the way people write numbers.
    pub(crate) fn person(&self, index: usize) -> Person {
        let (written, number) = (format!("+372 5550-{index:04}"), format!("+3725550{index:04}"));
        let body = json!({ "id_in_service": format!("person-{index}"), "phone_number": written });
        let users = caller::users(&self.service);
        let id = self.call("POST", &users, &body).user(201).text("id").to_owned();
        Person { id, number }
    }

    pub(crate) fn start(&self, person: &Person, method: &str) -> String {
        self.call("POST", &self.auth(person), &json!({ "method": method })).started(201)
    }

    pub(crate) fn check(&self, person: &Person, token: &str) -> Answer {
        self.call("PUT", &self.auth(person), &json!({ "token": token }))
    }

    /// Sends the code everywhere it does not belong, and as it should not be sent.
    pub(crate) fn mishandle_code(&self, person: &Person, code: &str) {
        let auth = self.auth(person);
        for body in [
            format!("{{\"token\": {code}}}"),
            format!("{{\"token\": \"{code}\", \"token\": \"{code}\"}}"),
            format!("{{\"token\": \"{code}\", \"method\": \"{code}\"}}"),
            format!("{{\"token\": \"{code}"),
            format!("{{\"token\": [\"{code}\"]}}"),
            format!("{{\"token\": \"{code}{code}\"}}"),
            format!("\"{code}\""),
        ] {
            let _ = self.raw("PUT", &auth, &self.credentials, body).error(422);
        }
        let _ = self.call("POST", &auth, &json!({ "method": code })).error(422);
        let elsewhere = json!({ "token": code, "auth_id": code });
        let _ = self.call("PUT", &auth, &elsewhere).error_code(404, "verification_not_found");
        let body = json!({ "token": "abc" }).to_string();
        let _ = self
            .raw("PUT", &format!("{auth}?token={code}"), &self.credentials, body)
            .failed("INVALID");
        let _ =
            self.call("GET", &format!("/v1/nothing/{code}?token={code}"), &Value::Null).error(404);
    }

    /// Uses the number where an id belongs, and in members that must refuse it.
    pub(crate) fn mishandle_number(&self, person: &Person) {
        let number = &person.number;
        let users = caller::users(&self.service);
        for path in [format!("{users}/{number}"), format!("{users}/{}", number.replace('+', "%2B"))]
        {
            let _ = self.call("DELETE", &path, &Value::Null).error(404);
            let _ = self.call("GET", &path, &Value::Null).error(404);
        }
        let _ = self.call("GET", &format!("{users}?to={number}"), &Value::Null).expect(200);
        for refused in
            [json!(format!("{number}x")), json!([number]), json!(format!("{number}{number}"))]
        {
            let body = json!({ "id_in_service": "x", "phone_number": refused });
            let _ = self.call("POST", &users, &body).error(422);
        }
    }

    /// Logs in with `secret` in ways that must fail.
    pub(crate) fn mishandle_secret(&self, secret: &str) {
        let path = caller::service(&self.service);
        let user = self.credentials.split(':').next().expect("a name");
        let wrong =
            [format!("{user}:{secret}"), format!("{user};{secret}"), secret.replace(':', "")];
        for credentials in wrong {
            let _ = self.raw("GET", &path, &credentials, String::new()).error(401);
        }
        let basic = format!("Basic {}", base64(format!("{user}:{secret}").as_bytes()));
        let request = Request::new("GET", &path).header("Authorization", &basic);
        let _ = self.send(&request).error(401);
        let query = format!("{path}?username={user}&password={secret}");
        let _ = self.send(&Request::new("GET", &query)).error(401);
    }

    /// Asks everything that only reads, and removes one person.
    pub(crate) fn look_around(&self, removed: &Person) {
        let users = caller::users(&self.service);
        let nothing = Value::Null;
        let _ = self.call("GET", &caller::service(&self.service), &nothing).service(200);
        let _ = self.call("GET", &users, &nothing).expect(200);
        let user = format!("{users}/{}", removed.id);
        let _ = self.call("GET", &user, &nothing).user(200);
        let _ = self.call("DELETE", &caller::service(&self.service), &nothing).error(409);
        let _ = self.call("DELETE", &user, &nothing).expect(202);
        let _ = self.call("PATCH", &user, &nothing).error(405);
    }

    /// Makes a plain-text call, by query or by form, and records its answer.
    pub(crate) fn text(&self, method: &str, path: &str, parameters: &Parameters<'_>) -> TextAnswer {
        let caller = TextCaller::new(self.address, &self.credentials);
        let request = match method {
            "GET" => caller.get_request(path, parameters),
            _ => caller.post_request(path, parameters),
        };
        self.record(caller.send(&request))
    }

    /// Logs in to every plain-text call with a wrong secret, by query or by
    /// form, and sends right credentials where no call is.
    pub(crate) fn mishandle_text_secret(&self, method: &str, secret: &str, more: &Parameters<'_>) {
        let name = self.credentials.split(':').next().expect("a name");
        let wrong = TextCaller::new(self.address, &format!("{name}:{secret}"));
        for path in TEXT_CALLS {
            let request = match method {
                "GET" => wrong.get_request(path, more),
                _ => wrong.post_request(path, more),
            };
            self.record(wrong.send(&request)).is("ERROR 101");
        }
        let (_, password) = self.credentials.split_once(':').expect("name and password");
        let own = [("username", name), ("password", password)];
        let parameters = query(&[&own, more].concat());
        for path in ["/verify/nothing", "/v1/send_sms/more", "/dlr/nothing", "/inbound/nothing"] {
            let request = Request::new("GET", &format!("{path}?{parameters}"));
            let answer = Client::new(self.address).send(&request).expect("an answer");
            assert!((404..=405).contains(&answer.status), "{path}: {}", answer.status);
            self.keep(&answer);
        }
        let put = Request::new("PUT", &format!("/verify/pin?{parameters}"));
        let answer = Client::new(self.address).send(&put).expect("an answer");
        assert_eq!(answer.status, 405);
        self.keep(&answer);
    }

    fn record(&self, answer: TextAnswer) -> TextAnswer {
        self.keep(&answer.response);
        answer
    }

    /// Reads a page of the operator.
    pub(crate) fn page(&self, target: &str) -> String {
        let response = Client::new(self.address).send(&Request::new("GET", target));
        let response = response.unwrap_or_else(|error| panic!("{target} got no answer: {error}"));
        assert_eq!(response.status, 200, "{target}: {}", response.text());
        response.text()
    }

    fn auth(&self, person: &Person) -> String {
        caller::auth(&self.service, &person.id)
    }

    fn call(&self, method: &str, target: &str, body: &Value) -> Answer {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.raw(method, target, &self.credentials, body)
    }

    fn raw(&self, method: &str, target: &str, credentials: &str, body: String) -> Answer {
        let request = Caller::new(self.address, credentials).request(method, target);
        self.send(&request.header("Content-Type", "application/json").body(body))
    }

    fn send(&self, request: &Request) -> Answer {
        let response = self.client.borrow_mut().send(request);
        let response =
            response.unwrap_or_else(|error| panic!("{} got no answer: {error}", request.target));
        self.keep(&response);
        Answer::checked(request, response)
    }

    fn keep(&self, response: &Response) {
        let mut answers = self.answers.borrow_mut();
        for (name, value) in &response.headers {
            answers.extend_from_slice(format!("{name}: {value}\n").as_bytes());
        }
        answers.extend_from_slice(&response.body);
        answers.push(b'\n');
    }
}
