//! Many at once at one session of the widget.

use verify::engine::check::NumberCheckOutcome;
use verify::engine::widget::{self, ConfirmOutcome, OpenOutcome, SendOutcome, Stepped};
use verify::engine::{Due, Keys};
use verify::ids::{VerificationId, WidgetSessionId};
use verify::record::{NoticeKind, WidgetSession, WidgetStep};

use crate::asking::{at_once, seen, wait};
use crate::engines::{Open, Opened};
use crate::sample::{self, account_id, at, widget_session_id};
use crate::widgets::is_verified;
use crate::world::{WRONG, World};

const NUMBER: &str = "+37255500199";
const ID: WidgetSessionId = WidgetSessionId::from_bytes([9; 16]);

/// A store with a session that waits for a code; the confirmation and its code.
fn at_code(open: Open) -> (Opened, World, VerificationId, String) {
    let kept = open();
    let world = World::over(&kept.store);
    let (verification, message) = wait(world.widget_at_code(ID, NUMBER, at(0)));
    let code = world.code_in(&message);
    (kept, world, verification, code)
}

fn session(kept: &Opened) -> WidgetSession {
    seen(&kept.store, &widget::session_keys(ID)).widget_session.expect("it is kept")
}

pub(super) fn of_those_who_open_with_one_nonce_one_gets_a_session(open: Open) {
    let kept = open();
    let world = World::over(&kept.store);
    let opened = at_once(400, |n| {
        let n = u16::try_from(n).expect("few");
        let mut id = [0; 16];
        id[..2].copy_from_slice(&n.to_be_bytes());
        let nonce = sample::nonce(u8::try_from(n / 2).expect("below 200"));
        let (world, id) = (world.clone(), WidgetSessionId::from_bytes(id));
        async move {
            let outcome = world.open_widget(id, Some((nonce, at(60_000))), at(0)).await;
            (n / 2, id, outcome.expect("the step is done"))
        }
    });
    let is_kept = |id| seen(&kept.store, &widget::session_keys(id)).widget_session.is_some();
    let mut winners = Vec::new();
    for (pair, id, outcome) in opened {
        assert_eq!(is_kept(id), outcome == OpenOutcome::Opened, "no session without its nonce");
        winners.extend((outcome == OpenOutcome::Opened).then_some(pair));
    }
    winners.sort_unstable();
    assert!(winners.into_iter().eq(0..200), "each of 200 once, by one of two");
}

pub(super) fn one_piece_of_work_pays_for_one_message(open: Open) {
    let kept = open();
    let world = World::without_send_limits(&kept.store);
    assert_eq!(wait(world.open_widget(ID, None, at(0))), Ok(OpenOutcome::Opened));
    let outcomes = at_once(300, |n| {
        let world = world.clone();
        let number = format!("+372555{n:05}");
        async move { world.send_widget(ID, &number, Some(0), at(0), n as u64).await.expect("done") }
    });
    let mut sent = 0;
    for outcome in outcomes {
        let SendOutcome::Asked { session, sent: message, refusal } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(refusal, None);
        // The others see the page of the one number that the code went to.
        assert!(matches!(session.step, WidgetStep::Code { .. }));
        assert_eq!((session.starts, session.notice), (1, None));
        sent += usize::from(message.is_some());
    }
    let due = Some(Due { now: at(120_000), limit: 10 });
    let waiting = seen(&kept.store, &Keys { due, ..Keys::default() }).due.len();
    assert_eq!((sent, waiting, session(&kept).starts), (1, 1, 1));
}

type Checked = (Stepped, Option<NumberCheckOutcome>);

fn enter(world: &World, verification: VerificationId, code: &str) -> Vec<Checked> {
    at_once(1_000, |_| {
        let (world, code) = (world.clone(), code.to_owned());
        async move {
            let checked = world.check_widget(ID, verification, &code, at(1_000)).await;
            checked.expect("done").expect("it is not over")
        }
    })
}

pub(super) fn a_thousand_right_codes_on_a_page_make_one_answer(open: Open) {
    let (kept, world, verification, code) = at_code(open);
    let checked = enter(&world, verification, &code);
    let approved = checked.iter().filter(|(_, o)| *o == Some(NumberCheckOutcome::Approved));
    assert_eq!(approved.count(), 1);
    assert!(checked.iter().all(|(s, _)| is_verified(&s.session)), "all see the one answer");
    assert_eq!(checked.iter().filter(|(stepped, _)| stepped.has_ended).count(), 1);
    let others = checked.iter().filter(|(_, outcome)| outcome.is_none()).count();
    assert_eq!(others, 999, "nothing was compared for them");
    let keys = Keys { confirmation: Some((account_id(1), verification)), ..Keys::default() };
    assert_eq!(seen(&kept.store, &keys).verification, None, "used up in the same step");
    let keys = Keys { widget_traffic: Some(account_id(1)), ..Keys::default() };
    assert_eq!(seen(&kept.store, &keys).widget_traffic.entered.len(), 1);
}

pub(super) fn a_thousand_wrong_codes_on_a_page_make_five_comparisons(open: Open) {
    let (kept, world, verification, code) = at_code(open);
    let checked = enter(&world, verification, WRONG);
    let mut left: Vec<u32> = checked
        .iter()
        .filter_map(|(_, outcome)| match outcome {
            Some(NumberCheckOutcome::WrongCode { attempts_left }) => Some(*attempts_left),
            None => None,
            other => panic!("{other:?}"),
        })
        .collect();
    left.sort_unstable();
    assert_eq!(left, [0, 1, 2, 3, 4]);
    let now = session(&kept);
    assert_eq!((now.step, now.rounds), (WidgetStep::Number, 1), "one round is over, not more");
    assert_eq!(now.notice.map(|notice| notice.kind), Some(NoticeKind::RoundOver));
    let keys = Keys { confirmation: Some((account_id(1), verification)), ..Keys::default() };
    let found = seen(&kept.store, &keys);
    assert_eq!(found.guard.consecutive_failures, 5);
    assert!(found.verification.is_some_and(|v| v.is_exhausted && v.code.is_none()));
    let right = wait(world.check_widget(ID, verification, &code, at(2_000)));
    assert_eq!(right.expect("done").expect("it lives").1, None);
}

pub(super) fn an_answer_is_confirmed_to_one_of_many(open: Open) {
    let (_kept, world, verification, code) = at_code(open);
    wait(world.check_widget(ID, verification, &code, at(1_000))).expect("done");
    let other = wait(world.open_widget(widget_session_id(8), None, at(0)));
    assert_eq!(other, Ok(OpenOutcome::Opened));
    let foreign = wait(world.confirm_widget(ID, account_id(2), at(1_500)));
    assert_eq!(foreign, Ok(ConfirmOutcome::NotFound));
    let unfinished = wait(world.confirm_widget(widget_session_id(8), account_id(1), at(1_500)));
    assert_eq!(unfinished, Ok(ConfirmOutcome::NotFound));
    let outcomes = at_once(400, |_| {
        let world = world.clone();
        async move { world.confirm_widget(ID, account_id(1), at(2_000)).await.expect("done") }
    });
    let again = outcomes.iter().filter(|o| **o == ConfirmOutcome::Again(at(2_000))).count();
    let confirmed: Vec<_> = outcomes
        .iter()
        .filter_map(|o| match o {
            ConfirmOutcome::Confirmed(session) => Some(is_verified(session)),
            ConfirmOutcome::Again(_) | ConfirmOutcome::NotFound => None,
        })
        .collect();
    assert_eq!((again, confirmed), (399, vec![true]));
}
