//! TLS of the server's own: its files are read at the start, and again at SIGHUP (S-90, D-50).

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{Caller, service};
use ringproof_blackbox::cli;
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::{Connection, Request};
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::world::{ACCOUNT_A, NONE, fixture_folder};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

/// A day on which certificates end that are not renewed here.
const FAR: (i32, u8, u8) = (2100, 1, 1);

fn cert_file(folder: &Folder) -> PathBuf {
    folder.root().join("cert.pem")
}

fn key_file(folder: &Folder) -> PathBuf {
    folder.root().join("key.pem")
}

/// Writes a new certificate for `localhost` and its key where the server reads them.
fn issue(folder: &Folder) -> CertificateDer<'static> {
    issue_until(folder, FAR)
}

/// The same for one that ends with the beginning of this day.
fn issue_until(folder: &Folder, (year, month, day): (i32, u8, u8)) -> CertificateDer<'static> {
    let key = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::new(["localhost".to_owned()]).expect("a name");
    params.not_after = rcgen::date_time_ymd(year, month, day);
    let made = params.self_signed(&key).expect("a certificate");
    fs::write(cert_file(folder), made.pem()).expect("our own folder can be written");
    fs::write(key_file(folder), key.serialize_pem()).expect("our own folder");
    made.der().clone()
}

/// The configuration of a server with these files.
fn with_tls(folder: &Folder) -> String {
    format!(
        "[auth]\npassword_length_min = 8\n[server.tls]\ncert_file = \"{}\"\nkey_file = \"{}\"\n",
        cert_file(folder).display(),
        key_file(folder).display()
    )
}

/// A client that trusts this one certificate and nothing else.
fn trusting(certificate: &CertificateDer<'static>) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).expect("our own certificate");
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider knows them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Arc::new(config)
}

/// Asks for a service that is not there: whoever is told so was known by the password.
fn call(connection: &mut Connection, address: SocketAddr) {
    let request = Caller::new(address, ACCOUNT_A).request("GET", &service(NONE));
    connection.write(&request.to_bytes()).expect("the server reads");
    let response = connection.read_response(false).expect("the server answers");
    let _ = Answer::checked(&request, response).error_code(404, "service_not_found");
}

#[test]
fn sighup_puts_a_new_certificate_in_use_and_ends_no_connection() {
    let folder = fixture_folder("");
    let first = issue(&folder);
    folder.write_config(&with_tls(&folder));
    let mut server =
        Server::start(ServerOptions { dev: false, ..ServerOptions::dev(folder.clone()) });
    let address = server.address();
    let open = |trusted| Connection::open_tls(address, trusting(trusted));
    let mut before = open(&first).expect("the certificate of the file");
    call(&mut before, address);

    let second = issue(&folder);
    assert!(open(&second).is_err(), "nobody has asked for the new one yet");
    server.process().hang_up();
    server.has_printed("certificate reloaded");
    let mut after = open(&second).expect("the new certificate");
    call(&mut after, address);
    assert!(open(&first).is_err(), "the old one is used no more");
    call(&mut before, address);

    // Half a pair is none.
    fs::write(cert_file(&folder), "no certificate").expect("our own folder can be written");
    server.process().hang_up();
    server.has_printed("the old certificate stays in use");
    call(&mut open(&second).expect("the one that was good"), address);
    call(&mut before, address);
}

#[test]
fn the_doctor_and_the_metrics_tell_when_the_certificate_ends() {
    let folder = fixture_folder("");
    folder.write_config(&with_tls(&folder));
    let look = || {
        let report = cli::run(&folder, &["doctor"]);
        let mut lines = report.stdout.lines().filter(|line| line.contains(" tls "));
        lines.next().unwrap_or_else(|| panic!("{report:#?}")).to_owned()
    };
    let in_days = |days: i64| {
        let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let date = today.checked_add(jiff::Span::new().days(days)).expect("a date");
        let part = |value: i8| u8::try_from(value).expect("it is positive");
        (i32::from(date.year()), part(date.month()), part(date.day()))
    };
    for (until, word, told) in [
        (in_days(-1), "BAD", "the certificate has ended on"),
        (in_days(10), "warn", "days: renew it"),
        (in_days(30), "ok", "days"),
        (FAR, "ok", "it ends on 2100-01-01T00:00:00Z, in"),
        ((9999, 12, 31), "ok", "it ends on 9999-12-3"),
    ] {
        issue_until(&folder, until);
        let line = look();
        assert!(line.starts_with(word) && line.contains(told), "{until:?}: {line}");
    }

    let certificate = issue_until(&folder, FAR);
    let mut server =
        Server::start(ServerOptions { dev: false, ..ServerOptions::dev(folder.clone()) });
    let address = server.address();
    let told = |certificate: &CertificateDer<'static>| {
        let opened = Connection::open_tls(address, trusting(certificate));
        let mut connection = opened.expect("the certificate of the file");
        let request = Request::new("GET", "/metrics").to_bytes();
        connection.write(&request).expect("the server reads");
        let page = connection.read_response(false).expect("the server answers").text();
        let name = "ringproof_certificate_end_time_seconds ";
        page.lines().find_map(|line| line.strip_prefix(name)).map(str::to_owned)
    };
    assert_eq!(told(&certificate).as_deref(), Some("4102444800"));
    let certificate = issue_until(&folder, (2101, 1, 1));
    server.process().hang_up();
    server.has_printed("certificate reloaded");
    assert_eq!(told(&certificate).as_deref(), Some("4133980800"));
}
