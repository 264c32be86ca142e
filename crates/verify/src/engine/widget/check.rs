//! A code is entered on the page.

use super::super::check::{self as numbers, NumberCheckOutcome, NumberCheckRequest};
use super::super::{Change, Decision, Keys, Snapshot};
use super::{Stepped, end_round, finish, is_at, put, session};
use crate::Timestamp;
use crate::guard::GuardPolicy;
use crate::ids::WidgetSessionId;
use crate::keys::AccountKeys;
use crate::policy::Policy;
use crate::record::{Notice, NoticeKind, WidgetStatus};

/// What was entered, where.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The session.
    pub session: WidgetSessionId,
    /// The confirmation that the session was at when it was read, the code, and
    /// the address.
    pub number: NumberCheckRequest,
}

/// What governs the check.
#[derive(Debug)]
pub struct CheckContext<'a> {
    /// The numbers in force.
    pub policy: &'a Policy,
    /// Budget and blocks of a number.
    pub guard: &'a GuardPolicy,
    /// Keys of the account.
    pub keys: &'a AccountKeys,
}

/// Records that [`check`] needs.
pub fn check_keys(request: &CheckRequest) -> Keys {
    Keys {
        widget_session: Some(request.session),
        widget_traffic: Some(request.number.account),
        ..numbers::number_keys(&request.number)
    }
}

/// Checks a code that was entered on a session's page. Gives the session as it is
/// then with what the check found, if it compared; `None` if the session is over.
/// A session that is elsewhere by now stays as it is, and nothing is compared.
pub fn check(
    snapshot: &Snapshot,
    request: &CheckRequest,
    context: &CheckContext<'_>,
    now: Timestamp,
) -> Decision<Option<(Stepped, Option<NumberCheckOutcome>)>> {
    let ours = session(snapshot, now).filter(|s| s.account == request.number.account);
    let Some(mut session) = ours else { return Decision::unchanged(None) };
    if !is_at(&session, request.number.confirmation) {
        return Decision::unchanged(Some((Stepped::not_on(session), None)));
    }
    let CheckContext { policy, guard, keys } = context;
    // Many people share an address: that the others type much ends nobody's round.
    if let Some(until) = address_refused_until(snapshot, request, policy, now) {
        session.notice = Some(Notice { kind: NoticeKind::AddressThrottled, until: Some(until) });
        let change = put(&mut session, now);
        return Decision::with(vec![change], Some((Stepped::not_on(session), None)));
    }
    let checked = numbers::check_number(snapshot, &request.number, policy, guard, keys, now);
    let mut changes = checked.changes;
    match checked.outcome {
        NumberCheckOutcome::Approved => {
            finish(&mut session, WidgetStatus::Verified, now);
            let mut traffic = snapshot.widget_traffic.clone();
            traffic.record_entered(now);
            changes.push(Change::PutWidgetTraffic(session.account, traffic));
        }
        NumberCheckOutcome::WrongCode { attempts_left: 1.. } => {
            session.notice = Some(Notice { kind: NoticeKind::CodeWrong, until: None });
        }
        NumberCheckOutcome::WrongCode { attempts_left: 0 }
        | NumberCheckOutcome::Expired
        | NumberCheckOutcome::Throttled
        | NumberCheckOutcome::NotFound => end_round(&mut session, now),
    }
    changes.push(put(&mut session, now));
    Decision::with(changes, Some((Stepped::on(session), Some(checked.outcome))))
}

/// Until when too many codes come from the person's address for another to be
/// compared (D-28).
fn address_refused_until(
    snapshot: &Snapshot,
    request: &CheckRequest,
    policy: &Policy,
    now: Timestamp,
) -> Option<Timestamp> {
    request.number.address.filter(|_| request.number.enforces_address_limits)?;
    snapshot.addresses.first()?.check_refused_until(now, &policy.addresses)
}
