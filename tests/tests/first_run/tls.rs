//! TLS of the server's own: its files are read at the start, and again at SIGHUP (S-90, D-50).

use ringproof_blackbox::answer::Answer;
use ringproof_blackbox::caller::{Caller, service};
use ringproof_blackbox::folder::Folder;
use ringproof_blackbox::http::Connection;
use ringproof_blackbox::server::{Server, ServerOptions};
use ringproof_blackbox::world::{ACCOUNT_A, NONE, fixture_folder};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

fn cert_file(folder: &Folder) -> PathBuf {
    folder.root().join("cert.pem")
}

fn key_file(folder: &Folder) -> PathBuf {
    folder.root().join("key.pem")
}

/// Writes a new certificate for `localhost` and its key where the server reads them.
fn issue(folder: &Folder) -> CertificateDer<'static> {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a name");
    fs::write(cert_file(folder), made.cert.pem()).expect("our own folder can be written");
    fs::write(key_file(folder), made.signing_key.serialize_pem()).expect("our own folder");
    made.cert.der().clone()
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
    let config = format!(
        "[auth]\npassword_length_min = 8\n[server.tls]\ncert_file = {:?}\nkey_file = {:?}\n",
        cert_file(&folder),
        key_file(&folder)
    );
    folder.write_config(&config);
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
