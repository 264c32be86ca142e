//! `data.postgres` and what belongs to it.

use std::io::Write as _;

use ringproof_server::config::Config;

use super::{Given, mistakes_in};

const ADDRESS: &str = "postgres://ringproof@db.example:5432/ringproof";

#[test]
fn the_data_stand_in_a_file_unless_told_otherwise() {
    assert_eq!(Config::default().data.postgres, None);
    let config = Given::variable("RINGPROOF_DATA__POSTGRES", ADDRESS)
        .and_variable("RINGPROOF_DATA__POSTGRES_PASSWORD", "5ec2e7")
        .config();
    assert_eq!(config.data.postgres.as_deref(), Some(ADDRESS));
    let source = config.data.postgres_password_source().expect("it has a password");
    assert_eq!(source.read().expect("it can be had").expose(), "5ec2e7");
    assert!(!format!("{config:?}").contains("5ec2e7"));
    let empty = Given::file("[data]\npostgres = \"\"\n").config();
    assert_eq!(empty, Config::default());
}

#[test]
fn the_password_can_stand_in_a_file() {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    writeln!(file, "5ec2e7").expect("our own file can be written");
    let path = file.path().to_str().expect("a plain path");
    let text = format!("[data]\npostgres = \"{ADDRESS}\"\npostgres_password_file = \"{path}\"\n");
    let source = Given::file(&text).config().data.postgres_password_source();
    let secret = source.expect("it has a password").read().expect("it can be read");
    assert_eq!(secret.expose(), "5ec2e7");
}

#[test]
fn a_cluster_can_be_named_and_tls_asked_for() {
    let address = "postgres://ringproof@db1:5432,db2:5432/ringproof?sslmode=verify-full";
    let text = format!("[data]\npostgres = \"{address}\"\npostgres_ca_file = \"ca.pem\"\n");
    let data = Given::file(&text).config().data;
    assert_eq!(data.postgres.as_deref(), Some(address));
    assert_eq!(data.postgres_ca_file, Some("ca.pem".into()));
}

#[test]
fn what_is_wrong_is_said_without_the_password() {
    let with = |address: &str| mistakes_in(&format!("[data]\npostgres = \"{address}\"\n"));
    let said = with("postgres://ringproof:5ec2e7@db.example/ringproof");
    assert!(said.contains("data.postgres: holds a password"), "{said}");
    assert!(said.contains("data.postgres_password_file"), "{said}");
    assert!(!said.contains("5ec2e7"), "{said}");
    assert!(with("db.example").contains("data.postgres: does not say where"));
    let tls = with("postgres://ringproof@db.example/ringproof?sslmode=require");
    assert!(tls.contains("data.postgres: asks for TLS"), "{tls}");
    assert!(tls.contains("sslmode=verify-full"), "{tls}");
    let said = with(&format!("{ADDRESS}\"\npostgres_ca_file = \"ca.pem"));
    assert!(said.contains("data.postgres_ca_file: is of no use unless"), "{said}");
    let said = mistakes_in("[data]\npostgres_password_file = \"/run/secret\"\n");
    assert!(said.contains("is for data.postgres, which is empty"), "{said}");
}
