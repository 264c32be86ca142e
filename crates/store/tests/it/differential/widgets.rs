//! What people do on the widget's page in a story, and what the operator sets.

use proptest::prelude::*;
use verify::engine::widget::{self, SendOutcome};
use verify::engine::{Change, Keys};
use verify::record::{WidgetSession, WidgetStep};

use super::clients::number;
use super::teller::Teller;
use crate::asking::{seen, wait, write};
use crate::sample::{self, account_id, widget_session_id};
use crate::world::WRONG;

/// One thing that is done about the widget.
#[derive(Debug, Clone)]
pub(super) enum WidgetAct {
    Set { account: u8, is_full: bool },
    Open { session: u8, nonce: Option<u8> },
    Send { session: u8, number: u8, is_paid: bool },
    EnterRight(u8),
    EnterWrong(u8),
    Leave { session: u8, cancels: bool },
    Confirm { session: u8, account: u8 },
    Forget,
}

/// Sessions and accounts of a story.
const SESSIONS: u8 = 4;
const ACCOUNTS: std::ops::Range<u8> = 1..3;

pub(super) fn widget_act() -> impl Strategy<Value = WidgetAct> {
    let session = || 0..SESSIONS;
    prop_oneof![
        1 => (ACCOUNTS, any::<bool>()).prop_map(|(account, is_full)| {
            WidgetAct::Set { account, is_full }
        }),
        4 => (session(), prop::option::of(0..4_u8)).prop_map(|(session, nonce)| {
            WidgetAct::Open { session, nonce }
        }),
        8 => (session(), 0..3_u8, prop::bool::weighted(0.4)).prop_map(
            |(session, number, is_paid)| WidgetAct::Send { session, number, is_paid }
        ),
        3 => session().prop_map(WidgetAct::EnterRight),
        3 => session().prop_map(WidgetAct::EnterWrong),
        1 => (session(), any::<bool>()).prop_map(|(session, cancels)| {
            WidgetAct::Leave { session, cancels }
        }),
        2 => (session(), ACCOUNTS).prop_map(|(session, account)| {
            WidgetAct::Confirm { session, account }
        }),
        1 => Just(WidgetAct::Forget),
    ]
}

impl Teller {
    pub(super) fn widget(&mut self, act: &WidgetAct, seed: u64) -> String {
        let (world, now) = (self.world.clone(), self.now);
        match *act {
            WidgetAct::Set { account, is_full } => {
                let make = if is_full { sample::widget_settings } else { sample::bare_settings };
                let change = Change::PutWidgetSettings(Box::new(make(account)));
                format!("{:?}", wait(write(world.store, vec![change])))
            }
            WidgetAct::Open { session, nonce } => {
                let nonce = nonce.map(|n| (sample::nonce(n), now));
                let opened = world.open_widget(widget_session_id(session), nonce, now);
                format!("page {:?}", wait(opened))
            }
            WidgetAct::Send { session, number, is_paid } => {
                self.send_widget(session, number, is_paid, seed)
            }
            WidgetAct::EnterRight(n) => self.enter_widget(n, true),
            WidgetAct::EnterWrong(n) => self.enter_widget(n, false),
            WidgetAct::Leave { session, cancels } => {
                let left = wait(world.leave_widget(widget_session_id(session), cancels, now));
                format!("left {left:?}")
            }
            WidgetAct::Confirm { session, account } => {
                let id = widget_session_id(session);
                // The integrator asks twice.
                let ask = || wait(world.confirm_widget(id, account_id(account), now));
                format!("answer {:?} answer {:?}", ask(), ask())
            }
            WidgetAct::Forget => {
                let rule = move |_: &_| widget::forget(now);
                format!("{:?}", wait(world.store.transact(Keys::default(), rule)))
            }
        }
    }

    fn widget_session(&self, n: u8) -> Option<WidgetSession> {
        seen(&self.world.store, &widget::session_keys(widget_session_id(n))).widget_session
    }

    fn send_widget(&mut self, n: u8, to: u8, is_paid: bool, seed: u64) -> String {
        let starts = self.widget_session(n).map_or(0, |session| session.starts);
        let (work, number) = (is_paid.then_some(starts), number(to));
        let sent = self.world.send_widget(widget_session_id(n), &number, work, self.now, seed);
        let outcome = wait(sent);
        let told = format!("page {outcome:?}");
        if let Ok(SendOutcome::Asked { sent: Some((verification, message)), .. }) = outcome {
            self.keep_confirmation(sample::account_id(1), verification);
            self.keep_code(verification, *message);
        }
        told
    }

    fn enter_widget(&mut self, n: u8, is_right: bool) -> String {
        let step = self.widget_session(n).map(|session| session.step);
        let Some(WidgetStep::Code { verification, .. }) = step else { return String::new() };
        let code = self.code_for(verification).filter(|_| is_right);
        let code = code.unwrap_or_else(|| WRONG.to_owned());
        let id = widget_session_id(n);
        format!("page {:?}", wait(self.world.check_widget(id, verification, &code, self.now)))
    }

    /// Every session, and what every account has.
    pub(super) fn keys_of_widget() -> Vec<Keys> {
        let sessions = (0..SESSIONS).map(|n| widget::session_keys(widget_session_id(n)));
        let of_account = |n| Keys {
            account_name: Some(sample::account(n).username),
            widget_settings: true,
            widget_traffic: Some(account_id(n)),
            ..Keys::default()
        };
        sessions.chain(ACCOUNTS.map(of_account)).collect()
    }
}
