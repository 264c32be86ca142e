//! What was answered is there after closing and opening again.

use ringproof_store::read::Page;
use verify::engine::{AuthenticatorsOf, Due, Keys};

use crate::asking::{assert_same, put, seen, wait};
use crate::engines;
use crate::sample::{self, account_id, at, message_id, service_id, user_id};

#[test]
fn everything_is_there_after_closing_and_opening_again() {
    let folder = engines::folder();
    let user = |n| Keys {
        account_name: Some("account-1".to_owned()),
        service: Some((account_id(1), service_id(1))),
        service_name: Some((account_id(1), sample::service(1).name)),
        has_users: Some(service_id(1)),
        user: Some((service_id(1), user_id(n))),
        login: Some((service_id(1), sample::user(n).login)),
        number_of_user: true,
        authenticators: AuthenticatorsOf::All,
        devices_of_user: true,
        recovery_of_user: true,
        nonce: Some(sample::nonce(n)),
        widget_settings: true,
        widget_session: Some(sample::widget_session_id(n)),
        widget_traffic: Some(account_id(1)),
        account_sends: Some(account_id(1)),
        messages: vec![message_id(n)],
        held: vec![message_id(n)],
        due: Some(Due { now: at(60_000), limit: 10 }),
        ..Keys::default()
    };
    let store = engines::reopen(folder.path());
    put(&store, sample::everything());
    let before = [1, 2].map(|n| seen(&store, &user(n)));
    let accounts = wait(store.accounts());
    store.close();

    let store = engines::reopen(folder.path());
    for (n, before) in [1, 2].into_iter().zip(before) {
        let after = seen(&store, &user(n));
        assert_same(&before, &after);
        assert_eq!(after.verification, Some(sample::verification(n)));
        assert_eq!(after.guard, sample::guard(n));
        assert_eq!(after.number_sends, sample::number_sends());
        assert_eq!(after.account_sends, sample::account_sends());
        assert_eq!(after.messages, [sample::message(n)]);
        assert_eq!(after.authenticators, [sample::authenticator(n), sample::other_program(n)]);
        assert_eq!(after.devices, [sample::device(n)]);
        assert_eq!(after.prompts, Some(sample::prompts(n)));
        assert_eq!(after.recovery, Some(sample::recovery(n)));
        assert!(after.is_nonce_used);
        assert_eq!(after.widget_settings, Some(sample::widget_settings(1)));
        assert_eq!(after.widget_session, Some(sample::widget_session(n)));
        assert_eq!(after.widget_traffic, sample::widget_traffic());
        assert_eq!(after.due.len(), 2);
    }
    assert_eq!(wait(store.accounts()), accounts);
    assert_eq!(accounts, Ok((vec![sample::account(1)], 2)));
    let users = wait(store.users(service_id(1), Page::ALL));
    assert_eq!(users, Ok((vec![sample::user(1), sample::user(2)], 2)));
    let stale = wait(store.stale(sample::stale_before(at(60_000)))).expect("answered");
    assert_eq!(stale.deliveries, [message_id(11), message_id(12), sample::sms_message_id(2)]);
}

/// Without closing: the answer alone must be enough. The file is copied as a
/// crash would leave it, with its log beside it.
#[test]
fn an_answered_step_is_in_the_file_before_anything_is_closed() {
    let (folder, crashed) = (engines::folder(), engines::folder());
    let store = engines::reopen(folder.path());
    put(&store, sample::everything());
    for name in ["ringproof.db", "ringproof.db-wal"] {
        std::fs::copy(folder.path().join(name), crashed.path().join(name)).expect("it is there");
    }
    let after = engines::reopen(crashed.path());
    let keys = Keys { user: Some((service_id(1), user_id(2))), ..Keys::default() };
    assert_eq!(seen(&after, &keys).verification, Some(sample::verification(2)));
}
