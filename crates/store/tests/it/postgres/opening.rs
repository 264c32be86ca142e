//! Opening a database, in every way that goes wrong, and by several at once.

use ringproof_store::Store;
use ringproof_store::postgres::{
    OpenError, PostgresEngine, PostgresOptions, VERSION, check, check_address, has_key,
};

use super::server::{execute, query, shared};
use crate::asking::wait;
use crate::engines::{node, postgres_options};

fn fault(options: &PostgresOptions) -> OpenError {
    match PostgresEngine::open(options) {
        Ok(_) => panic!("it opens"),
        Err(error) => error,
    }
}

#[test]
fn nodes_that_start_at_once_make_one_database() {
    let address = shared().database();
    let stores: Vec<Store> = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..6).map(|_| scope.spawn(|| node(&address))).collect();
        starts.into_iter().map(|start| start.join().expect("it starts")).collect()
    });
    for store in &stores {
        assert_eq!(wait(store.accounts_version()), Ok(0));
    }
    let versions = query(&address, "SELECT version::TEXT FROM schema_version");
    assert_eq!(versions, [VERSION.to_string()]);
    assert_eq!(query(&address, "SELECT count(*)::TEXT FROM root_key"), ["1"]);
}

#[test]
fn a_database_belongs_to_one_root_key() {
    let options = postgres_options(&shared().database());
    assert_eq!(has_key(&options), Ok(false), "it is empty");
    assert!(matches!(check(&options), Err(OpenError::Empty(_))));
    drop(node(&options.address));
    assert_eq!(has_key(&options), Ok(true));
    assert_eq!(check(&options), Ok(VERSION));
    let stranger = PostgresOptions { key_fingerprint: [9; 16], ..options.clone() };
    assert!(matches!(check(&stranger), Err(OpenError::WrongKey(_))));
    let error = fault(&stranger);
    assert!(matches!(error, OpenError::WrongKey(_)), "{error:?}");
    assert!(error.to_string().contains("root.key"), "{error}");
    drop(node(&options.address));
}

#[test]
fn a_database_of_a_later_program_is_left_alone() {
    let options = postgres_options(&shared().database());
    drop(node(&options.address));
    execute(&options.address, "UPDATE schema_version SET version = 99");
    assert!(matches!(check(&options), Err(OpenError::Newer { .. })));
    let error = fault(&options);
    assert!(matches!(error, OpenError::Newer { found: 99, known: VERSION, .. }), "{error:?}");
}

#[test]
fn an_address_that_is_none_is_said_without_its_password() {
    for address in ["", "ringproof.db", "postgres://", "postgres://:hunter2@:x/", "host=/tmp"] {
        let error = fault(&postgres_options(address));
        assert_eq!(error, OpenError::Address, "{address:?}");
        assert_eq!(check_address(address), Err(OpenError::Address));
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let wants_tls = "postgres://ringproof@db.example/ringproof?sslmode=require";
    assert_eq!(fault(&postgres_options(wants_tls)), OpenError::Tls);
    assert_eq!(check_address("postgres://ringproof@db.example:5432/ringproof"), Ok(()));
    let with_password = "postgres://ringproof:hunter2@db.example/ringproof";
    assert_eq!(check_address(with_password), Err(OpenError::Password));
}

#[test]
fn a_server_that_is_not_there_is_named_and_no_password_is() {
    let address = "postgres://ringproof:hunter2@127.0.0.1:1/ringproof";
    let error = fault(&postgres_options(address));
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("127.0.0.1/ringproof") && !text.contains("hunter2"), "{text}");

    let missing = shared().address("nobody_made_this");
    let text = fault(&postgres_options(&missing)).to_string();
    assert!(text.contains("nobody_made_this"), "{text}");
}

#[test]
fn a_user_who_may_make_nothing_is_told_so() {
    let address = shared().database();
    execute(
        &address,
        "DO $$ BEGIN CREATE ROLE guest LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; \
         REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    );
    let as_guest = address.replace("postgres://postgres@", "postgres://guest@");
    let error = fault(&postgres_options(&as_guest));
    assert!(matches!(error, OpenError::NotAllowed(_)), "{error:?}");
}
