//! TLS to the database: with a server whose certificate is good for its name,
//! and with no other.

use std::net::TcpListener;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use ringproof_store::postgres::{OpenError, PostgresEngine, PostgresOptions};

use super::server::{Server, query};
use crate::asking::put;
use crate::engines::{node, postgres_options};
use crate::sample;

/// An authority of the tests' own.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(Vec::new()).expect("no names are good names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("there is entropy");
    CertifiedIssuer::self_signed(params, key).expect("it signs itself")
}

/// A server with a certificate for these names, and its port.
fn server(authority: &CertifiedIssuer<'static, KeyPair>, names: &[&str]) -> (Server, u16) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let params = CertificateParams::new(names).expect("the names are good");
    let key = KeyPair::generate().expect("there is entropy");
    let certificate = params.signed_by(&key, authority).expect("it is signed");
    let folder = tempfile::tempdir().expect("the folder for temporary files is writable");
    let files = [(certificate.pem(), "certificate.pem"), (key.serialize_pem(), "key.pem")];
    let [certificate, key] = files.map(|(text, name)| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("our own folder is writable");
        path.display().to_string()
    });
    let port = free_port();
    let port_setting = format!("port={port}");
    let words = ["--tls", &certificate, &key, "fsync=off", "listen_addresses=127.0.0.1"];
    let server = Server::start(&[&words[..], &[port_setting.as_str()]].concat());
    (server, port)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

/// With TLS, trusting this authority.
fn options(host: &str, port: u16, authority_pem: &str) -> PostgresOptions {
    let address = format!("postgres://postgres@{host}:{port}/postgres?sslmode=verify-full");
    let ca_pem = Some(authority_pem.as_bytes().to_vec());
    PostgresOptions { ca_pem, ..postgres_options(&address) }
}

fn refusal(options: &PostgresOptions) -> String {
    match PostgresEngine::open(options) {
        Ok(_) => panic!("it opens"),
        Err(error @ OpenError::Unreachable { .. }) => error.to_string(),
        Err(error) => panic!("{error:?}"),
    }
}

#[test]
fn a_server_is_believed_whose_certificate_is_good_for_its_name() {
    let authority = authority();
    let (_server, port) = server(&authority, &["127.0.0.1"]);
    let engine = PostgresEngine::open(&options("127.0.0.1", port, &authority.pem()));
    let store = ringproof_store::Store::new(engine.expect("it is the right server"));
    put(&store, sample::everything());
    let plain = format!("postgres://postgres@127.0.0.1:{port}/postgres");
    let sessions = "SELECT DISTINCT ssl::TEXT FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                    WHERE application_name = 'ringproof'";
    assert_eq!(query(&plain, sessions), ["true"]);

    let stranger = self::authority();
    let text = refusal(&options("127.0.0.1", port, &stranger.pem()));
    assert!(text.contains("invalid peer certificate"), "{text}");
    let text = refusal(&options("localhost", port, &authority.pem()));
    assert!(text.contains("not valid for name \"localhost\""), "{text}");
}

#[test]
fn a_server_without_tls_is_not_talked_to_in_plain_words() {
    let port = free_port();
    let port_setting = format!("port={port}");
    let words = ["fsync=off", "listen_addresses=127.0.0.1", &port_setting];
    let _server = Server::start(&words);
    drop(node(&format!("postgres://postgres@127.0.0.1:{port}/postgres")));
    let text = refusal(&options("127.0.0.1", port, &authority().pem()));
    assert!(text.contains("server does not support TLS"), "{text}");
}

#[test]
fn a_file_without_an_authority_is_said_so() {
    let options = options("127.0.0.1", 1, "nothing of the kind");
    let Err(error) = PostgresEngine::open(&options) else { panic!("it opens") };
    assert!(matches!(error, OpenError::Certificates(_)), "{error:?}");
}
