//! Every change, written and read again.

use verify::Timestamp;
use verify::code::CodeLength;
use verify::engine::{Change, Keys};
use verify::guard::{DayFailures, Guard};
use verify::message::SenderId;
use verify::phone::{Countries, Country};
use verify::record::{
    Account, CreateStatus, KeptCode, Method, NumberProfile, Secret, Service, User, Verification,
};
use verify::send_limits::{AccountSends, NumberSend, NumberSends, SendLimitOverrides};

use crate::asking::{put, seen, wait};
use crate::engines::Open;
use crate::sample::{self, account_id, at, message_id, number_key, service_id, user_id};

fn user_keys(n: u8) -> Keys {
    Keys { user: Some((service_id(1), user_id(n))), number_of_user: true, ..Keys::default() }
}

pub(super) fn accounts_come_back_as_they_were_put(open: Open) {
    let kept = open();
    let issued = sample::account(2);
    let country = |code| Country::parse(code).expect("a country");
    let sender = |text| SenderId::parse(text).expect("a sender");
    let chosen = Account {
        secret: Secret::Chosen("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA".to_owned()),
        is_enabled: false,
        is_compat: true,
        create_status: Some(CreateStatus::Created),
        countries: Countries::Listed(vec![country("FI"), country("EE")]),
        home_country: Some(country("EE")),
        allow_from: vec!["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()],
        takes_query_credentials: false,
        senders: ["Shop", "My Shop-2.0", "+37255500123"].map(sender).to_vec(),
        number_profile: NumberProfile::LegacyShort,
        trusts_cookies: true,
        enforces_address_limits: true,
        report_url: Some("https://shop.example/dlr?a=b".to_owned()),
        limits: SendLimitOverrides {
            account_sms_per_second: Some(0),
            account_sms_per_hour: Some(7),
            account_sms_per_day: Some(u32::MAX),
            country_sms_per_day: Some(1),
        },
        ..sample::account(1)
    };
    let closed = Account { countries: Countries::Listed(Vec::new()), ..sample::account(3) };
    for account in [&issued, &chosen, &closed] {
        put(&kept.store, vec![Change::PutAccount(Box::new(account.clone()))]);
        let keys = Keys { account_name: Some(account.username.clone()), ..Keys::default() };
        assert_eq!(seen(&kept.store, &keys).account.as_ref(), Some(account));
    }
    for number_profile in [NumberProfile::ShortWhenAsked, NumberProfile::Standard] {
        let changed = Account { number_profile, ..issued.clone() };
        put(&kept.store, vec![Change::PutAccount(Box::new(changed.clone()))]);
        let keys = Keys { account_name: Some(changed.username.clone()), ..Keys::default() };
        assert_eq!(seen(&kept.store, &keys).account, Some(changed));
    }
    for status in [None, Some(CreateStatus::Auto), Some(CreateStatus::Ok)] {
        let changed = Account { create_status: status, ..chosen.clone() };
        put(&kept.store, vec![Change::PutAccount(Box::new(changed.clone()))]);
        let (accounts, _) = wait(kept.store.accounts()).expect("the read is answered");
        assert_eq!(accounts, [changed, issued.clone(), closed.clone()]);
    }
    let nobody = Keys { account_name: Some("Account-1".to_owned()), ..Keys::default() };
    assert_eq!(seen(&kept.store, &nobody).account, None);
}

pub(super) fn services_belong_to_one_account(open: Open) {
    let kept = open();
    let mine = sample::service(1);
    let theirs = Service { account: account_id(2), id: service_id(2), ..mine.clone() };
    let insert = |s: &Service| Change::InsertService(Box::new(s.clone()));
    put(&kept.store, vec![insert(&mine), insert(&theirs)]);

    let by = |account, service: &Service| Keys {
        service: Some((account_id(account), service.id)),
        service_name: Some((account_id(account), service.name.clone())),
        ..Keys::default()
    };
    let own = seen(&kept.store, &by(1, &mine));
    assert_eq!((own.service.as_ref(), own.service_named.as_ref()), (Some(&mine), Some(&mine)));
    let foreign = seen(&kept.store, &by(2, &mine));
    assert_eq!((foreign.service, foreign.service_named), (None, Some(theirs)));
    assert_eq!(seen(&kept.store, &by(3, &mine)).service_named, None);

    put(&kept.store, vec![Change::DeleteService(mine.id)]);
    let gone = seen(&kept.store, &by(1, &mine));
    assert_eq!((gone.service, gone.service_named), (None, None));
    put(&kept.store, vec![insert(&mine)]);
    assert_eq!(seen(&kept.store, &by(1, &mine)).service, Some(mine));
}

pub(super) fn users_are_found_by_id_and_by_login(open: Open) {
    let kept = open();
    let one = sample::user(1);
    let namesake = User { service: service_id(2), ..one.clone() };
    let insert = |u: &User| Change::InsertUser(Box::new(u.clone()));
    put(&kept.store, vec![insert(&one), insert(&namesake)]);
    let keys = |service, login: &str| Keys {
        user: Some((service_id(service), user_id(1))),
        login: Some((service_id(service), login.to_owned())),
        has_users: Some(service_id(service)),
        ..Keys::default()
    };
    for (service, user) in [(1, &one), (2, &namesake)] {
        let found = seen(&kept.store, &keys(service, &user.login));
        assert_eq!((found.user.as_ref(), found.user_by_login.as_ref()), (Some(user), Some(user)));
        assert!(found.has_users);
    }
    let other_case = seen(&kept.store, &keys(1, &one.login.to_uppercase()));
    assert_eq!(other_case.user_by_login, None);
    let elsewhere = seen(&kept.store, &keys(3, &one.login));
    assert_eq!((elsewhere.user, elsewhere.user_by_login), (None, None));
    assert!(!elsewhere.has_users);
}

pub(super) fn a_removed_user_takes_verification_and_guard_along(open: Open) {
    let kept = open();
    put(&kept.store, sample::everything());
    put(&kept.store, vec![Change::DeleteUser(service_id(1), user_id(1))]);
    let gone = seen(&kept.store, &user_keys(1));
    assert_eq!((gone.user, gone.verification), (None, None));
    assert_eq!(gone.guard, Guard::default());
    let neighbour = seen(&kept.store, &user_keys(2));
    assert_eq!(neighbour.user, Some(sample::user(2)));
    assert_eq!(neighbour.verification, Some(sample::verification(2)));
    assert_eq!(neighbour.guard, sample::guard(2));
    // One of the same id begins with nothing but the sends to its number.
    put(&kept.store, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let again = seen(&kept.store, &user_keys(1));
    assert_eq!((again.verification, again.guard), (None, Guard::default()));
    assert_eq!(again.number_sends, sample::number_sends());
}

pub(super) fn verifications_come_back_as_they_were_put(open: Open) {
    let kept = open();
    put(&kept.store, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    assert_eq!(seen(&kept.store, &user_keys(1)).verification, None);
    let full = sample::verification(1);
    let bare = Verification {
        method: Method::Totp,
        code: None,
        is_exhausted: true,
        last_sent_at: None,
        last_message: None,
        ..sample::verification(2)
    };
    for verification in [&full, &bare, &full] {
        let change =
            Change::PutVerification(service_id(1), user_id(1), Box::new(verification.clone()));
        put(&kept.store, vec![change]);
        assert_eq!(seen(&kept.store, &user_keys(1)).verification.as_ref(), Some(verification));
    }
    put(&kept.store, vec![Change::DeleteVerification(service_id(1), user_id(1))]);
    assert_eq!(seen(&kept.store, &user_keys(1)).verification, None);
    // Nothing is there to delete; that is no failure.
    put(&kept.store, vec![Change::DeleteVerification(service_id(1), user_id(1))]);
}

pub(super) fn guards_come_back_and_a_clean_one_is_no_row(open: Open) {
    let kept = open();
    put(&kept.store, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let unblocked = Guard { blocked_until: None, days: Vec::new(), ..sample::guard(2) };
    for guard in [sample::guard(1), unblocked, Guard::default(), Guard::default()] {
        let change = Change::PutGuard(service_id(1), user_id(1), Box::new(guard.clone()));
        put(&kept.store, vec![change]);
        assert_eq!(seen(&kept.store, &user_keys(1)).guard, guard);
    }
}

pub(super) fn sends_come_back_as_they_were_put(open: Open) {
    let kept = open();
    put(&kept.store, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let keys = Keys { account_sends: Some(account_id(1)), ..user_keys(1) };
    let none = seen(&kept.store, &keys);
    assert_eq!(none.number_sends, NumberSends::default());
    assert_eq!(none.account_sends, AccountSends::default());
    let full = (sample::number_sends(), sample::account_sends());
    let empty = (NumberSends::default(), AccountSends::default());
    for (number, account) in [full.clone(), empty, full] {
        let changes = vec![
            Change::PutNumberSends(number_key(1), number.clone()),
            Change::PutAccountSends(account_id(1), account.clone()),
        ];
        put(&kept.store, changes);
        let found = seen(&kept.store, &keys);
        assert_eq!((found.number_sends, found.account_sends), (number, account));
    }
}

pub(super) fn messages_wait_until_they_are_dropped(open: Open) {
    let kept = open();
    let (one, two) = (sample::message(1), sample::message(2));
    let queue = |m: &verify::record::OutgoingMessage| Change::QueueMessage(Box::new(m.clone()));
    put(&kept.store, vec![queue(&two), queue(&one)]);
    let asked = |ids: &[u8]| {
        let messages = ids.iter().map(|n| message_id(*n)).collect();
        seen(&kept.store, &Keys { messages, ..Keys::default() }).messages
    };
    assert_eq!(asked(&[1, 9, 2]), [one.clone(), two.clone()]);
    assert_eq!(asked(&[2, 1]), [two.clone(), one.clone()]);

    let mut leased = one.clone();
    (leased.attempts, leased.in_doubt, leased.next_at, leased.lease) = (4, 2, at(60_000), 0);
    put(&kept.store, vec![Change::UpdateMessage(Box::new(leased.clone()))]);
    assert_eq!(asked(&[1, 2]), [leased.clone(), two.clone()]);

    put(&kept.store, vec![Change::DropMessage(one.id), Change::DropMessage(message_id(9))]);
    assert_eq!(asked(&[1, 2]), std::slice::from_ref(&two));
    // A message that is gone does not come back by an update.
    put(&kept.store, vec![Change::UpdateMessage(Box::new(leased))]);
    assert_eq!(asked(&[1, 2]), [two]);
}

pub(super) fn the_largest_and_smallest_values_fit(open: Open) {
    let kept = open();
    let ms = |n| Timestamp::from_millisecond(n).expect("within range");
    let (first, last) = (ms(-377_705_023_201_000), ms(253_402_207_200_000));
    put(&kept.store, vec![Change::InsertUser(Box::new(sample::user(1)))]);
    let verification = Verification {
        code: Some(KeptCode {
            length: CodeLength::new(16).expect("a length"),
            ..sample::verification(1).code.expect("it has a code")
        }),
        attempts: u32::MAX,
        sends: u32::MAX,
        last_sent_at: Some(first),
        created_at: first,
        expires_at: last,
        ..sample::verification(1)
    };
    let guard = Guard {
        consecutive_failures: u32::MAX,
        blocks: u32::MAX,
        blocked_until: Some(last),
        milliunits_since_success: u32::MAX,
        days: vec![DayFailures { day: i64::MIN, milliunits: 0 }; 31],
    };
    let sends = NumberSends(vec![NumberSend { at: first, service: 0 }; 100]);
    let changes = vec![
        Change::PutVerification(service_id(1), user_id(1), Box::new(verification.clone())),
        Change::PutGuard(service_id(1), user_id(1), Box::new(guard.clone())),
        Change::PutNumberSends(number_key(1), sends.clone()),
    ];
    put(&kept.store, changes);
    let found = seen(&kept.store, &user_keys(1));
    assert_eq!(found.verification, Some(verification));
    assert_eq!((found.guard, found.number_sends), (guard, sends));
}
