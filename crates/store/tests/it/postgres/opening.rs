//! Opening a database, in every way that goes wrong, and by several at once.

use ringproof_store::Store;
use ringproof_store::postgres::{
    OpenError, PostgresEngine, PostgresOptions, Transport, VERSION, check, check_address, has_key,
};

use verify::engine::{Change, Decision, Keys};
use verify::ids::AccountId;
use verify::phone::Country;
use verify::send_limits::{AccountSends, CountrySends, HourSends};

use super::server::{execute, query, shared};
use crate::asking::{put, seen, wait};
use crate::engines::{node, postgres_options};
use crate::sample::traffic_area;

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
    let known = VERSION + 1;
    let is_newer = matches!(error, OpenError::Newer { found: 99, known: k, .. } if k == known);
    assert!(is_newer, "{error:?}");
}

/// A database as the first version left it.
const FIRST: &str = include_str!("../../../src/postgres/migrations/0001_first.sql");

/// What the second one did to it.
const SECOND: &str = include_str!("../../../src/postgres/migrations/0002_nodes.sql");

#[test]
fn a_database_of_the_first_version_is_brought_to_the_present_one() {
    let options = postgres_options(&shared().database());
    execute(&options.address, "CREATE TABLE schema_version (version BIGINT NOT NULL)");
    execute(&options.address, FIRST);
    execute(
        &options.address,
        "INSERT INTO schema_version VALUES (1); \
         INSERT INTO account_sends VALUES (7, 1760000000, 3, '489000:17', 'FI:489000:2'); \
         INSERT INTO gateway_view VALUES ('hook', TRUE, '', 0, '', 0)",
    );
    let store = node(&options.address);
    assert_eq!(check(&options), Ok(VERSION));
    let account = AccountId::from_i64(7);
    let keys = Keys { account_sends: Some(account), ..Keys::default() };
    let mut expected = AccountSends {
        second: 1_760_000_000,
        second_sends: 3,
        hours: vec![HourSends { hour: 489_000, sends: 17 }],
        countries: vec![CountrySends {
            country: Country::parse("FI").expect("it is one"),
            hour: 489_000,
            sends: 2,
        }],
        divided: 0,
    };
    assert_eq!(seen(&store, &keys).account_sends, expected);
    expected.divided = 3;
    let parts = [(0, expected.clone()), (2, AccountSends::default())];
    let put = [
        Change::PutAccountSends(account, parts[0].1.clone()),
        Change::PutAccountPart(account, 2, parts[1].1.clone()),
    ];
    wait(store.transact(keys.clone(), move |_: &_| Decision::with(put.to_vec(), ())))
        .expect("done");
    let kept = seen(&store, &keys);
    assert_eq!((kept.account_sends, &kept.account_parts[..]), (expected, &parts[1..]));
    assert_eq!(wait(store.gateway_views()), Ok(Vec::new()), "they are told anew");
}

#[test]
fn a_database_of_the_second_version_gets_the_traffic_areas_and_keeps_the_rest() {
    let options = postgres_options(&shared().database());
    execute(&options.address, "CREATE TABLE schema_version (version BIGINT NOT NULL)");
    execute(&options.address, FIRST);
    execute(&options.address, SECOND);
    execute(
        &options.address,
        "INSERT INTO schema_version VALUES (2); \
         INSERT INTO gateway_view VALUES ('hook', 'one', TRUE, '', 0, '', 0)",
    );
    assert!(matches!(check(&options), Err(OpenError::Older { found: 2, .. })));
    let store = node(&options.address);
    assert_eq!(check(&options), Ok(VERSION));
    assert_eq!(wait(store.gateway_views()).map(|views| views.len()), Ok(1));
    assert_eq!(wait(store.traffic_areas()), Ok(Vec::new()));
    let areas = vec![traffic_area(1, "EE")];
    put(&store, vec![Change::PutTrafficAreas(areas.clone())]);
    assert_eq!(wait(store.traffic_areas()), Ok(areas));
}

/// The nodes of a cluster are replaced one by one: the first new one brings the
/// database to its version, and the old ones go on, also after a crash.
#[test]
fn the_version_after_its_own_is_worked_on_and_the_one_after_that_is_not() {
    let options = postgres_options(&shared().database());
    let old = node(&options.address);
    let become_version = |version: u32| {
        let sql = format!("UPDATE schema_version SET version = {version}");
        execute(&options.address, &sql);
    };
    become_version(VERSION + 1);
    assert_eq!(wait(old.accounts_version()), Ok(0), "it goes on");
    assert_eq!(check(&options), Ok(VERSION + 1));
    assert_eq!(wait(node(&options.address).accounts_version()), Ok(0), "and starts anew");
    let versions = query(&options.address, "SELECT version::TEXT FROM schema_version");
    assert_eq!(versions, [(VERSION + 1).to_string()], "it stays what it is");
    become_version(VERSION + 2);
    assert!(matches!(fault(&options), OpenError::Newer { .. }));
}

#[test]
fn an_address_that_is_none_is_said_without_its_password() {
    for address in ["", "ringproof.db", "postgres://", "postgres://:hunter2@:x/", "host=/tmp"] {
        let error = fault(&postgres_options(address));
        assert_eq!(error, OpenError::Address, "{address:?}");
        assert_eq!(check_address(address), Err(OpenError::Address));
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }
    let plain = "postgres://ringproof@db.example:5432/ringproof";
    assert_eq!(check_address(plain), Ok(Transport::Plain));
    let with_password = "postgres://ringproof:hunter2@db.example/ringproof";
    assert_eq!(check_address(with_password), Err(OpenError::Password));
}

#[test]
fn tls_is_the_kind_that_proves_who_is_there_or_none() {
    let with = |rest: &str| check_address(&format!("postgres://ringproof@db.example/x{rest}"));
    assert_eq!(with("?sslmode=verify-full"), Ok(Transport::Tls));
    assert_eq!(with("?connect_timeout=3&sslmode=verify-full"), Ok(Transport::Tls));
    assert_eq!(check_address("host=db dbname=x sslmode=verify-full user=me"), Ok(Transport::Tls));
    assert_eq!(with("?sslmode=disable"), Ok(Transport::Plain));
    for mode in ["require", "verify-ca", "allow", "prefer"] {
        assert_eq!(with(&format!("?sslmode={mode}")), Err(OpenError::Tls), "{mode}");
    }
    assert_eq!(with("?sslmode=perhaps"), Err(OpenError::Address));
    // The library reads these too.
    assert_eq!(check_address("host=db dbname=x sslmode = require"), Err(OpenError::Tls));
    assert_eq!(with("?ssl%6dode=require"), Err(OpenError::Tls));
    let by_socket = "postgres://ringproof@/x?host=/run/postgresql&sslmode=verify-full";
    assert_eq!(check_address(by_socket), Err(OpenError::Tls));
}

#[test]
fn several_hosts_stand_in_one_address() {
    let several = "postgres://me@db1.example:5432,db2.example:5433,db3.example:5434/x";
    assert_eq!(check_address(several), Ok(Transport::Plain));
    let asks_for_writing = format!("{several}?target_session_attrs=read-write");
    assert_eq!(check_address(&asks_for_writing), Ok(Transport::Plain));
    let asks_for_reading = format!("{several}?target_session_attrs=read-only");
    assert_eq!(check_address(&asks_for_reading), Err(OpenError::Address));
    let uneven = "host=a,b,c port=1,2 dbname=x user=me";
    assert_eq!(check_address(uneven), Err(OpenError::Address));
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
