//! The push service of a browser: it takes pushes over TLS and nothing but what
//! the standards say (RFC 8030, 8188, 8291, 8292), and the browser behind it,
//! which decrypts them.

mod receive;

use crate::device::{AppAnswer, Device};
use crate::server::ServerOptions;
use receive::{Strict, read};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

pub use receive::Browser;

/// How long a push may take to come.
const PUSH_WITHIN: Duration = Duration::from_secs(20);
/// Where the service is found.
const HOST: &str = "localhost";

/// A push as it came.
#[derive(Clone, Debug)]
pub struct Pushed {
    /// Path of the endpoint.
    pub path: String,
    /// Headers by name in lower case.
    pub headers: BTreeMap<String, String>,
    /// The claims of its token.
    pub claims: Value,
    /// Encrypted body.
    pub body: Vec<u8>,
}

#[derive(Default)]
struct State {
    pushes: VecDeque<Result<Pushed, String>>,
    taken: usize,
    answers: VecDeque<u16>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A running push service; it lives as long as the test program.
pub struct PushService {
    port: u16,
    certificate: tempfile::NamedTempFile,
    shared: Arc<Shared>,
}

impl PushService {
    /// Starts a service that answers the first pushes with these statuses and
    /// all later ones with 201.
    pub fn start(answers: &[u16]) -> Self {
        let made = rcgen::generate_simple_self_signed(vec![HOST.to_owned()]).expect("a name");
        let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).expect("our own key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider knows them")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .expect("our own certificate");
        let certificate = tempfile::NamedTempFile::new().expect("temporary files can be made");
        fs::write(certificate.path(), made.cert.pem()).expect("our own file can be written");
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let shared = Arc::new(Shared::default());
        shared.lock().answers.extend(answers);
        let (for_calls, config) = (Arc::clone(&shared), Arc::new(config));
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (shared, config) = (Arc::clone(&for_calls), Arc::clone(&config));
                thread::spawn(move || serve(stream, config, port, &shared));
            }
        });
        Self { port, certificate, shared }
    }

    /// The configuration of a server that knows this push service alone.
    pub fn config(&self) -> String {
        format!(
            "[push]\nhosts = [\"{HOST}:{}\"]\nallow_private = [\"127.0.0.0/8\", \"::1/128\"]\n\
             contact = \"mailto:operator@example.com\"\n",
            self.port
        )
    }

    /// The same server with the service's certificate among those it trusts.
    #[must_use]
    pub fn trusted_by(&self, options: ServerOptions) -> ServerOptions {
        let path = self.certificate.path().to_str().expect("a plain path");
        options.env("SSL_CERT_FILE", path)
    }

    /// An address at this service.
    pub fn endpoint(&self, path: &str) -> String {
        format!("https://{HOST}:{}/{path}", self.port)
    }

    /// Subscribes a device here with a browser of its own.
    #[track_caller]
    pub fn subscribe(&self, device: &Device, path: &str) -> Browser {
        let browser = Browser::new();
        let _ = self.subscribe_browser(device, path, &browser).taken();
        browser
    }

    /// The call that subscribes.
    #[track_caller]
    pub fn subscribe_browser(&self, device: &Device, path: &str, browser: &Browser) -> AppAnswer {
        device.call("push", &json!({ "subscription": browser.subscription(&self.endpoint(path)) }))
    }

    /// Waits for the next push; it must be as the standards want it.
    #[track_caller]
    pub fn next(&self) -> Pushed {
        let waited =
            self.shared.changed.wait_timeout_while(self.shared.lock(), PUSH_WITHIN, |state| {
                state.pushes.is_empty()
            });
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        let pushed = state.pushes.pop_front().expect("no push came");
        pushed.unwrap_or_else(|fault| panic!("a push is not as it should be: {fault}"))
    }

    /// How many pushes came in all.
    pub fn count(&self) -> usize {
        self.shared.lock().taken
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, port: u16, shared: &Shared) {
    let connection = ServerConnection::new(config).expect("our own configuration");
    let mut stream = StreamOwned::new(connection, stream);
    let strict = Strict { host: format!("{HOST}:{port}") };
    let Some(pushed) = read(&mut stream, &strict) else { return };
    let mut state = shared.lock();
    let status = match &pushed {
        Ok(_) => state.answers.pop_front().unwrap_or(201),
        Err(_) => 400,
    };
    state.taken += 1;
    state.pushes.push_back(pushed);
    drop(state);
    let answer = format!("HTTP/1.1 {status} Answer\r\nContent-Length: 0\r\n\r\n");
    let _ = stream.write_all(answer.as_bytes());
    stream.conn.send_close_notify();
    let _ = stream.flush();
    shared.changed.notify_all();
}
