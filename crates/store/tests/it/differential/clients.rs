//! What API clients do in a story: numbers, messages, money, reports.

use proptest::prelude::*;
use verify::SignedDuration;
use verify::engine::confirm::ConfirmOutcome;
use verify::engine::repeat::RepeatOutcome;
use verify::engine::report::CallOutcome;
use verify::engine::sms::SmsOutcome;
use verify::engine::{Change, Due, Keys};
use verify::ids::{AccountId, ReportId, SmsId, VerificationId};
use verify::keys::NumberKey;
use verify::phone::PhoneNumber;
use verify::record::{BlockedNumber, OutgoingMessage, ReceiptState};

use super::teller::Teller;
use crate::asking::{wait, write};
use crate::callers::Text;
use crate::sample::{self, account_id, at};
use crate::world::{LEASE, WRONG};

/// One thing that an API client does, or that is done for one.
#[derive(Debug, Clone)]
pub(super) enum ClientAct {
    Confirm { account: u8, number: u8, trusts: bool },
    EnterRight(u8),
    EnterWrong(u8),
    Hammer(u8),
    Repeat,
    Send { account: u8, number: u8, price: Option<i64>, in_seconds: i64 },
    Cancel(u8),
    Release,
    Credit(u8, i64),
    Receive { message: u8, state: u8 },
    ClaimReports,
    Settle { report: u8, outcome: CallOutcome },
    Hold(u8),
    Block { account: u8, number: u8, is_blocked: bool },
    Prices(u8),
}

pub(super) fn client_act() -> impl Strategy<Value = ClientAct> {
    let call = prop_oneof![
        1 => Just(CallOutcome::Taken),
        2 => Just(CallOutcome::NotTaken),
        1 => Just(CallOutcome::Forbidden)
    ];
    let price = prop_oneof![6 => (0..9_i64).prop_map(Some), 1 => Just(None)];
    let in_seconds = prop_oneof![2 => Just(0), 1 => 1..900_i64];
    prop_oneof![
        6 => (1..3_u8, 0..3_u8, any::<bool>()).prop_map(|(account, number, trusts)| {
            ClientAct::Confirm { account, number, trusts }
        }),
        3 => (0..4_u8).prop_map(ClientAct::EnterRight),
        2 => (0..4_u8).prop_map(ClientAct::EnterWrong),
        1 => (0..4_u8).prop_map(ClientAct::Hammer),
        3 => Just(ClientAct::Repeat),
        6 => (1..3_u8, 0..3_u8, price, in_seconds).prop_map(
            |(account, number, price, in_seconds)| {
                ClientAct::Send { account, number, price, in_seconds }
            }
        ),
        1 => (0..4_u8).prop_map(ClientAct::Cancel),
        2 => Just(ClientAct::Release),
        1 => (1..3_u8, -5..60_i64).prop_map(|(account, amount)| ClientAct::Credit(account, amount)),
        4 => (0..4_u8, 0..8_u8).prop_map(|(message, state)| ClientAct::Receive { message, state }),
        2 => Just(ClientAct::ClaimReports),
        2 => (0..3_u8, call).prop_map(|(report, outcome)| ClientAct::Settle { report, outcome }),
        1 => (0..4_u8).prop_map(ClientAct::Hold),
        1 => (1..3_u8, 0..3_u8, prop::bool::weighted(0.3)).prop_map(
            |(account, number, is_blocked)| ClientAct::Block { account, number, is_blocked }
        ),
        1 => (0..4_u8).prop_map(ClientAct::Prices),
    ]
}

/// What the clients of a story remember.
#[derive(Default)]
pub(super) struct Clients {
    confirmations: Vec<(AccountId, VerificationId)>,
    codes: Vec<(VerificationId, String)>,
    texts: Vec<(AccountId, SmsId)>,
    reports: Vec<(ReportId, u64)>,
}

/// A number; the first is one that users have too.
pub(super) fn number(n: u8) -> String {
    format!("+3725550012{n}")
}

impl Teller {
    pub(super) fn number_key(&self, n: u8) -> NumberKey {
        self.world.ring.number_key(&PhoneNumber::parse(&number(n)).expect("a number"))
    }

    /// The `n`-th newest.
    fn newest<T: Copy>(list: &[T], n: u8) -> Option<T> {
        list.iter().rev().nth(usize::from(n)).copied()
    }

    pub(super) fn client(&mut self, act: &ClientAct, seed: u64) -> String {
        let (world, now) = (self.world.clone(), self.now);
        match *act {
            ClientAct::Confirm { account, number, trusts } => {
                self.confirm(account_id(account), number, trusts, seed)
            }
            ClientAct::EnterRight(n) => self.enter_number(n, true),
            ClientAct::EnterWrong(n) => self.enter_number(n, false),
            ClientAct::Hammer(n) => (0..6).map(|_| self.enter_number(n, false)).collect(),
            ClientAct::Repeat => self.repeat(seed),
            ClientAct::Send { account, number, price, in_seconds } => {
                self.send(account_id(account), number, price, in_seconds, seed)
            }
            ClientAct::Cancel(n) => {
                let Some((account, id)) = Self::newest(&self.clients.texts, n) else {
                    return String::new();
                };
                format!("{:?}", wait(world.cancel(account, id, now)))
            }
            ClientAct::Release => {
                let released = wait(world.release_due(LEASE, now)).expect("done");
                let text = format!("{released:?}");
                released.0.into_iter().for_each(|message| self.take(message, LEASE));
                text
            }
            ClientAct::Credit(n, amount) => {
                let name = sample::account(n).username;
                format!("{:?}", wait(world.credit(&name, account_id(n), amount)))
            }
            ClientAct::Receive { message, state } => {
                let Some((message, _)) = self.in_hand(message) else { return String::new() };
                let state = ReceiptState::ALL[usize::from(state)];
                format!("{:?}", wait(world.receive(message.id, state, now)))
            }
            ClientAct::ClaimReports | ClientAct::Settle { .. } => self.report(act),
            ClientAct::Hold(n) => {
                let Some((message, lease)) = self.in_hand(n) else { return String::new() };
                format!("held {:?}", wait(world.hold(vec![message], lease, now)))
            }
            ClientAct::Block { account, number, is_blocked } => {
                self.block(account_id(account), number, is_blocked)
            }
            ClientAct::Prices(n) => {
                let prices = sample::prices().into_iter().take(n.into()).collect();
                let change = Change::ReplacePrices(prices);
                format!("{:?}", wait(write(world.store.clone(), vec![change])))
            }
        }
    }

    fn confirm(&mut self, account: AccountId, n: u8, trusts: bool, seed: u64) -> String {
        let trusted_for = trusts.then_some(SignedDuration::from_hours(24 * 30));
        let outcome = wait(self.world.confirm(account, &number(n), trusted_for, self.now, seed));
        let text = format!("{outcome:?}");
        if let Ok(ConfirmOutcome::Started { verification, message, .. }) = outcome {
            self.clients.confirmations.push((account, verification));
            if let Some(message) = message {
                self.keep_code(verification, *message);
            }
        }
        text
    }

    pub(super) fn keep_confirmation(&mut self, account: AccountId, id: VerificationId) {
        self.clients.confirmations.push((account, id));
    }

    /// The code that was last sent for a confirmation.
    pub(super) fn code_for(&self, id: VerificationId) -> Option<String> {
        let sent = self.clients.codes.iter().rev().find(|(of, _)| *of == id);
        sent.map(|(_, code)| code.clone())
    }

    pub(super) fn keep_code(&mut self, verification: VerificationId, message: OutgoingMessage) {
        self.clients.codes.push((verification, self.world.code_in(&message)));
        self.take(message, LEASE);
    }

    fn enter_number(&mut self, n: u8, is_right: bool) -> String {
        let Some((account, id)) = Self::newest(&self.clients.confirmations, n) else {
            return String::new();
        };
        let code = self.code_for(id).filter(|_| is_right).unwrap_or_else(|| WRONG.to_owned());
        format!("number {:?}", wait(self.world.enter_number(account, id, &code, self.now)))
    }

    fn repeat(&mut self, seed: u64) -> String {
        let due = wait(self.world.store.repeats(self.now)).expect("answered");
        let mut told = vec![format!("{due:?}")];
        for (n, (account, id)) in due.into_iter().enumerate() {
            let seed = seed.wrapping_add(n as u64);
            let outcome = wait(self.world.repeat(account, id, self.now, seed)).expect("done");
            told.push(format!("{outcome:?}"));
            if let RepeatOutcome::Sent(message) = outcome {
                self.keep_code(id, *message);
            }
        }
        told.concat()
    }

    fn send(
        &mut self,
        account: AccountId,
        n: u8,
        price: Option<i64>,
        in_seconds: i64,
        seed: u64,
    ) -> String {
        let send_at = Some(self.now + SignedDuration::from_secs(in_seconds));
        let text = Text { account, number: &number(n), price, send_at };
        let outcome = wait(self.world.send(text, self.now, seed));
        let told = format!("{outcome:?}");
        if let Ok(SmsOutcome::Taken { id, message }) = outcome {
            self.clients.texts.push((account, id));
            if let Some(message) = message {
                self.take(*message, LEASE);
            }
        }
        told
    }

    fn report(&mut self, act: &ClientAct) -> String {
        if let ClientAct::Settle { report, outcome } = *act {
            let Some((id, lease)) = Self::newest(&self.clients.reports, report) else {
                return String::new();
            };
            return format!("call {:?}", wait(self.world.settle(id, outcome, lease, self.now)));
        }
        self.leases += 1;
        let claimed = wait(self.world.claim_reports(self.leases, self.now)).expect("done");
        let lease = self.leases;
        self.clients.reports.extend(claimed.iter().map(|report| (report.id, lease)));
        format!("{claimed:?}")
    }

    fn block(&self, account: AccountId, n: u8, is_blocked: bool) -> String {
        let number_key = self.number_key(n);
        let change = if is_blocked {
            let masked = format!("number {n}");
            let blocked = BlockedNumber { account, number_key, masked, created_at: self.now };
            Change::BlockNumber(Box::new(blocked))
        } else {
            Change::UnblockNumber(account, number_key)
        };
        format!("{:?}", wait(write(self.world.store.clone(), vec![change])))
    }

    /// Every record of the clients, by name and by time, and every device.
    pub(super) fn keys_of_clients(&self) -> Vec<Keys> {
        let far = Some(Due { now: at(i64::from(u32::MAX) * 1_000), limit: 1_000 });
        let mut keys = vec![
            Keys { due_sms: far, ..Keys::default() },
            Keys { due_reports: far, ..Keys::default() },
        ];
        keys.extend(self.clients.confirmations.iter().map(|&(account, id)| Keys {
            confirmation: Some((account, id)),
            number_of_confirmation: true,
            blocked_for: Some(account),
            account_sends: Some(account),
            ..Keys::default()
        }));
        keys.extend(self.clients.texts.iter().map(|&(account, id)| Keys {
            sms: Some((account, id)),
            balance: Some(account),
            ..Keys::default()
        }));
        keys.extend(
            self.clients
                .reports
                .iter()
                .map(|&(id, _)| Keys { report: Some(id), ..Keys::default() }),
        );
        keys.extend(
            self.message_ids.iter().map(|id| Keys { delivery: Some(*id), ..Keys::default() }),
        );
        keys.extend(self.keys_of_devices(&self.clients.confirmations));
        keys
    }
}
