//! Records of the verification widget.

use ringproof_store::limits::WIDGET_SESSIONS_FORGOTTEN_MAX;
use verify::engine::widget::{self, SendOutcome, Stepped};
use verify::engine::{Change, Keys};
use verify::ids::WidgetSessionId;
use verify::record::{
    Brand, Colour, Notice, NoticeKind, Version1, WidgetSession, WidgetSettings, WidgetStep,
    WidgetTraffic,
};

use crate::asking::{put, seen, wait};
use crate::engines::{Open, Opened};
use crate::sample::{self, account_id, at, widget_session_id};
use crate::widgets::is_verified;
use crate::world::{WRONG, World};

fn settings_of(kept: &Opened, username: &str) -> Option<WidgetSettings> {
    let account_name = Some(username.to_owned());
    let keys = Keys { account_name, widget_settings: true, ..Keys::default() };
    seen(&kept.store, &keys).widget_settings
}

fn put_settings(settings: WidgetSettings) -> Change {
    Change::PutWidgetSettings(Box::new(settings))
}

pub(super) fn settings_come_back_as_they_were_put(open: Open) {
    let kept = open();
    put(&kept.store, vec![Change::PutAccount(Box::new(sample::account(1)))]);
    assert_eq!(settings_of(&kept, "account-1"), None);
    let (full, bare) = (sample::widget_settings(1), sample::bare_settings(1));
    let versions = [Version1::AsAccount, Version1::Off, Version1::On, Version1::Until(at(-1))];
    let with_version = |version_1| WidgetSettings { version_1, ..full.clone() };
    let half = WidgetSettings {
        targets: vec!["http://127.0.0.1:*/".to_owned()],
        brand: Brand { strip: Some(Colour([0; 3])), logo: Some(Vec::new()), ..Brand::default() },
        is_origin_bound: true,
        ..bare.clone()
    };
    let other_half = WidgetSettings {
        frame_origins: full.frame_origins.clone(),
        brand: Brand { name: Some(String::new()), ..Brand::default() },
        signs_twice: true,
        ..bare.clone()
    };
    let all = versions.map(with_version).into_iter();
    for settings in all.chain([bare, half, other_half, full.clone()]) {
        put(&kept.store, vec![put_settings(settings.clone())]);
        assert_eq!(settings_of(&kept, "account-1").as_ref(), Some(&settings));
        assert_eq!(wait(kept.store.widget_settings()), Ok(vec![settings]));
    }
    put(&kept.store, vec![put_settings(sample::bare_settings(3))]);
    put(&kept.store, vec![put_settings(sample::widget_settings(2))]);
    let all = vec![full, sample::widget_settings(2), sample::bare_settings(3)];
    assert_eq!(wait(kept.store.widget_settings()), Ok(all), "ordered by account");
}

pub(super) fn settings_are_read_with_their_account_alone(open: Open) {
    let kept = open();
    let accounts = [1, 2].map(|n| Change::PutAccount(Box::new(sample::account(n))));
    put(&kept.store, accounts.into());
    let settings = [1, 3].map(|n| put_settings(sample::widget_settings(n)));
    put(&kept.store, settings.into());
    assert_eq!(settings_of(&kept, "account-1"), Some(sample::widget_settings(1)));
    assert_eq!(settings_of(&kept, "account-2"), None, "it has none");
    assert_eq!(settings_of(&kept, "account-3"), None, "no such account");
    let without_name = Keys { widget_settings: true, ..Keys::default() };
    assert_eq!(seen(&kept.store, &without_name).widget_settings, None);
    let account_name = Some("account-1".to_owned());
    let not_asked = seen(&kept.store, &Keys { account_name, ..Keys::default() });
    assert_eq!((not_asked.account, not_asked.widget_settings), (Some(sample::account(1)), None));
}

pub(super) fn settings_count_as_a_change_of_the_accounts(open: Open) {
    let kept = open();
    let version = || wait(kept.store.accounts_version()).expect("the read is answered");
    let begin = version();
    put(&kept.store, vec![put_settings(sample::widget_settings(1))]);
    assert_eq!(version(), begin + 1);
    put(&kept.store, vec![put_settings(sample::bare_settings(1)); 2]);
    assert_eq!(version(), begin + 3);
    let others = vec![
        Change::PutWidgetSession(Box::new(sample::widget_session(1))),
        Change::PutWidgetTraffic(account_id(1), sample::widget_traffic()),
        Change::ForgetWidgetSessions(at(1_000)),
    ];
    put(&kept.store, others);
    assert_eq!(version(), begin + 3);
}

fn session(kept: &Opened, id: WidgetSessionId) -> Option<WidgetSession> {
    seen(&kept.store, &widget::session_keys(id)).widget_session
}

fn put_session(kept: &Opened, session: &WidgetSession) {
    put(&kept.store, vec![Change::PutWidgetSession(Box::new(session.clone()))]);
}

pub(super) fn sessions_come_back_wherever_they_are(open: Open) {
    let kept = open();
    let (full, other) = (sample::widget_session(1), sample::widget_session(2));
    put_session(&kept, &other);
    assert_eq!(session(&kept, full.id), None);
    for step in sample::widget_steps(1) {
        for wire in sample::WIRES {
            let here = WidgetSession { wire, step: step.clone(), ..full.clone() };
            put_session(&kept, &here);
            assert_eq!(session(&kept, full.id), Some(here));
        }
    }
    let bare = WidgetSession {
        phone: None,
        is_phone_locked: false,
        nonce: None,
        is_framed: false,
        step: WidgetStep::Number,
        notice: None,
        typed: None,
        rounds: 0,
        starts: u32::MAX,
        ..full.clone()
    };
    for session_now in [bare, full] {
        put_session(&kept, &session_now);
        assert_eq!(session(&kept, session_now.id), Some(session_now));
    }
    assert_eq!(session(&kept, other.id), Some(other));
    assert_eq!(seen(&kept.store, &Keys::default()).widget_session, None);
}

pub(super) fn every_notice_comes_back(open: Open) {
    let kept = open();
    assert!(sample::NOTICES.iter().all(|kind| NoticeKind::parse(kind.as_str()) == Some(*kind)));
    for kind in sample::NOTICES {
        for until in [None, Some(at(1))] {
            let notice = Some(Notice { kind, until });
            let here = WidgetSession { notice, ..sample::widget_session(1) };
            put_session(&kept, &here);
            assert_eq!(session(&kept, here.id), Some(here));
        }
    }
}

pub(super) fn traffic_comes_back_as_it_was_put(open: Open) {
    let kept = open();
    let of = |n| {
        let keys = Keys { widget_traffic: Some(account_id(n)), ..Keys::default() };
        seen(&kept.store, &keys).widget_traffic
    };
    assert_eq!(of(1), WidgetTraffic::default());
    let full = sample::widget_traffic();
    let one_sided = WidgetTraffic { entered: vec![at(-5)], ..WidgetTraffic::default() };
    for traffic in [full.clone(), WidgetTraffic::default(), one_sided, full] {
        put(&kept.store, vec![Change::PutWidgetTraffic(account_id(1), traffic.clone())]);
        assert_eq!((of(1), of(2)), (traffic, WidgetTraffic::default()));
    }
}

pub(super) fn sessions_are_forgotten_at_their_moment(open: Open) {
    let kept = open();
    for n in [1, 2, 3] {
        put_session(&kept, &sample::widget_session(n));
    }
    let are_kept = || [1, 2, 3].map(|n| session(&kept, widget_session_id(n)).is_some());
    for (before, expected) in [
        (1, [true, true, true]),
        (2, [false, true, true]),
        (3, [false, false, true]),
        (1_000, [false; 3]),
    ] {
        put(&kept.store, vec![Change::ForgetWidgetSessions(at(before))]);
        assert_eq!(are_kept(), expected, "{before}");
    }
}

pub(super) fn only_so_many_sessions_are_forgotten_in_one_step(open: Open) {
    let kept = open();
    let id = |n: u32| {
        let mut bytes = [0; 16];
        // The ids say nothing of the age.
        bytes[..4].copy_from_slice(&(u32::MAX - n).to_be_bytes());
        WidgetSessionId::from_bytes(bytes)
    };
    let count = WIDGET_SESSIONS_FORGOTTEN_MAX + 2;
    let put_one = |n: u32| {
        let (id, created_at) = (id(n), at(i64::from(n)));
        let session = WidgetSession { id, created_at, ..sample::widget_session(1) };
        Change::PutWidgetSession(Box::new(session))
    };
    put(&kept.store, (0..count).map(put_one).collect());
    put(&kept.store, vec![Change::ForgetWidgetSessions(at(1_000_000))]);
    let last = WIDGET_SESSIONS_FORGOTTEN_MAX - 1;
    let are_kept = || [0, last, last + 1, count - 1].map(|n| session(&kept, id(n)).is_some());
    assert_eq!(are_kept(), [false, false, true, true], "the oldest first");
    put(&kept.store, vec![Change::ForgetWidgetSessions(at(1_000_000))]);
    assert_eq!(are_kept(), [false; 4]);
}

/// What the rules write for each thing that a person does is read back by the
/// next.
pub(super) fn what_a_page_does_is_kept(open: Open) {
    let kept = open();
    let world = World::over(&kept.store);
    let id = widget_session_id(9);
    let (verification, message) = wait(world.widget_at_code(id, "+37255500199", at(0)));
    let queued = seen(&kept.store, &Keys { messages: vec![message.id], ..Keys::default() });
    assert_eq!(queued.messages, std::slice::from_ref(&message));
    let traffic = || {
        let keys = Keys { widget_traffic: Some(account_id(1)), ..Keys::default() };
        seen(&kept.store, &keys).widget_traffic
    };
    assert_eq!(traffic().sends, [at(0)]);

    // Nobody pays with the same work again, and others send twice an hour.
    let scriptless = |n, number: &str| {
        let id = widget_session_id(n);
        assert!(wait(world.open_widget(id, None, at(0))).is_ok());
        let asked = wait(world.send_widget(id, number, None, at(0), u64::from(n)));
        let Ok(SendOutcome::Asked { session, sent, .. }) = asked else { panic!("{asked:?}") };
        (sent.is_some(), session.notice.map(|notice| notice.kind))
    };
    assert_eq!(scriptless(10, "+37255500110"), (true, None));
    assert_eq!(scriptless(11, "+37255500111"), (true, None));
    assert_eq!(scriptless(12, "+37255500112"), (false, Some(NoticeKind::WorkMissing)));

    let wrong = wait(world.check_widget(id, verification, WRONG, at(1_000)));
    let (Stepped { session, has_ended }, _) = wrong.expect("done").expect("it lives");
    assert!(!has_ended);
    assert_eq!(session.notice.map(|notice| notice.kind), Some(NoticeKind::CodeWrong));
    let code = world.code_in(&message);
    let right = wait(world.check_widget(id, verification, &code, at(2_000)));
    let (Stepped { session: answered, has_ended }, _) = right.expect("done").expect("it lives");
    assert!(has_ended && is_verified(&answered));
    let late = Stepped { session: answered.clone(), has_ended: false };
    assert_eq!(wait(world.leave_widget(id, true, at(2_500))), Ok(Some(late)));
    assert_eq!(self::session(&kept, id), Some(answered));
    assert_eq!(traffic().entered, [at(2_000)]);
}
