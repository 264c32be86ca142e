//! The calls that are owed to API clients: delivery reports and messages from
//! persons (`sms-api.md` 7, 10).
//!
//! A report is queued in the step that changes what it tells, and lives until
//! the client's address took it or all calls failed. The reports of one message
//! go out one after the other.

use zeroize::Zeroizing;

use super::{Change, Decision, Due, Keys, Snapshot};
use crate::entropy::Entropy;
use crate::ids::{AccountId, ReportId};
use crate::keys::AccountKeys;
use crate::limits::{
    JOB_BATCH_MAX, LEASE_SECONDS, REPORT_CALLS_MAX, REPORT_CALLS_PER_ACCOUNT_MAX, REPORT_PAUSES_MS,
};
use crate::record::{Report, ReportKind, Sms};
use crate::sealed::{Place, Sealed, UnsealError};
use crate::{SignedDuration, Timestamp};

/// The report that is owed for the state a message is in now; `None` if the
/// message has no address for it, or the state is not reported.
pub(super) fn owed(sms: &Sms, now: Timestamp) -> Option<Report> {
    let url = sms.report_url.clone()?;
    sms.state.stat()?;
    Some(Report {
        id: ReportId::of_sms(now, sms.id, sms.state.report_order()),
        account: sms.account,
        kind: ReportKind::Delivery { sms: sms.id, state: sms.state, err: sms.err },
        url,
        attempts: 0,
        next_at: now,
        lease: 0,
    })
}

/// Queues a message from a person for the client whose number it came to.
pub fn inbound(
    account: AccountId,
    url: String,
    body: &str,
    signature: String,
    keys: &AccountKeys,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Decision<ReportId> {
    let id = ReportId::ordered(now, entropy);
    let kind = ReportKind::Inbound { body: seal_body(keys, id, body, entropy), signature };
    let report = Report { id, account, kind, url, attempts: 0, next_at: now, lease: 0 };
    Decision::with(vec![Change::QueueReport(Box::new(report))], id)
}

/// The report of an event, to be queued in the step that makes it true.
pub fn of_event(
    id: ReportId,
    url: String,
    body: &str,
    signature: String,
    keys: &AccountKeys,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Report {
    let kind = ReportKind::Event { body: seal_body(keys, id, body, entropy), signature };
    Report { id, account: keys.account(), kind, url, attempts: 0, next_at: now, lease: 0 }
}

fn seal_body(keys: &AccountKeys, id: ReportId, body: &str, entropy: &mut dyn Entropy) -> Sealed {
    let place = [&keys.account().as_i64().to_be_bytes()[..], id.as_bytes()];
    keys.seal.seal(&Place { column: BODY_COLUMN, record: &place }, body, entropy)
}

const BODY_COLUMN: &str = "report.body_sealed";

/// Opens the body of a message from a person, or of an event.
///
/// # Errors
/// [`UnsealError`] if the root key changed or the row was tampered with.
pub fn open_body(
    keys: &AccountKeys,
    id: ReportId,
    body: &Sealed,
) -> Result<Zeroizing<String>, UnsealError> {
    let place = [&keys.account().as_i64().to_be_bytes()[..], id.as_bytes()];
    keys.seal.open(&Place { column: BODY_COLUMN, record: &place }, body)
}

/// Records that [`claim`] needs: reports of the accounts that are not at their
/// limit of calls, at most `limit`.
pub fn claim_keys(now: Timestamp, busy: &[Busy], limit: u32) -> Keys {
    let is_full = |busy: &&Busy| busy.calls >= REPORT_CALLS_PER_ACCOUNT_MAX;
    Keys {
        due_reports: Some(Due { now, limit: limit.min(JOB_BATCH_MAX) }),
        reports_except: busy.iter().filter(is_full).map(|busy| busy.account).collect(),
        ..Keys::default()
    }
}

/// Calls of an account that are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// The account.
    pub account: AccountId,
    /// How many.
    pub calls: u32,
}

/// Leases the due reports to run `lease`, for each account as many as its limit
/// of calls allows beside those under way. A report whose lease ended is due
/// again: the run that held it is gone, and its call counts.
pub fn claim(
    snapshot: &Snapshot,
    busy: &[Busy],
    lease: u64,
    now: Timestamp,
) -> Decision<Vec<Report>> {
    let mut busy = busy.to_vec();
    let lease_end = now.saturating_add(SignedDuration::from_secs(LEASE_SECONDS)).unwrap_or(now);
    let mut claimed = Vec::new();
    let mut changes = Vec::new();
    for due in &snapshot.reports {
        // The last call was under way when its run ended.
        if due.attempts >= REPORT_CALLS_MAX {
            changes.push(Change::DropReport(due.id));
            continue;
        }
        let index = busy.iter().position(|busy| busy.account == due.account).unwrap_or_else(|| {
            busy.push(Busy { account: due.account, calls: 0 });
            busy.len() - 1
        });
        if busy[index].calls < REPORT_CALLS_PER_ACCOUNT_MAX {
            busy[index].calls += 1;
            let attempts = due.attempts + 1;
            claimed.push(Report { attempts, next_at: lease_end, lease, ..due.clone() });
        }
    }
    changes.extend(claimed.iter().map(|r| Change::UpdateReport(Box::new(r.clone()))));
    Decision::with(changes, claimed)
}

/// How a call went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallOutcome {
    /// The client has it.
    Taken,
    /// It may take it later.
    NotTaken,
    /// It must not be called: the address is forbidden (S-83).
    Forbidden,
}

/// What happens to a report after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportOutcome {
    /// It is done with.
    Done,
    /// It is tried again at this time.
    Retry(Timestamp),
    /// It is given up.
    GivenUp,
    /// Another run holds it, or it is gone.
    NotOurs,
}

/// Ends every lease of an earlier run: what waits for it is due now. Only for a
/// program that is alone on its store, when it starts.
pub fn release_all(now: Timestamp) -> Decision<()> {
    Decision::with(vec![Change::ReleaseReports(now)], ())
}

/// Records that [`settle`] needs.
pub fn settle_keys(id: ReportId) -> Keys {
    Keys { report: Some(id), ..Keys::default() }
}

/// Notes how a call went. `jitter_permille` moves the pause before the next
/// one, from -200 to 200 (±20 %), so that callers do not come in step.
pub fn settle(
    snapshot: &Snapshot,
    outcome: CallOutcome,
    lease: u64,
    jitter_permille: i64,
    now: Timestamp,
) -> Decision<ReportOutcome> {
    let Some(report) = snapshot.reports.iter().find(|report| report.lease == lease) else {
        return Decision::unchanged(ReportOutcome::NotOurs);
    };
    let drop = |outcome| Decision::with(vec![Change::DropReport(report.id)], outcome);
    match outcome {
        CallOutcome::Taken => drop(ReportOutcome::Done),
        CallOutcome::Forbidden => drop(ReportOutcome::GivenUp),
        CallOutcome::NotTaken if report.attempts >= REPORT_CALLS_MAX => {
            drop(ReportOutcome::GivenUp)
        }
        CallOutcome::NotTaken => {
            let next_at = next_call(report.attempts, jitter_permille, now);
            let waiting = Report { next_at, lease: 0, ..report.clone() };
            let changes = vec![Change::UpdateReport(Box::new(waiting))];
            Decision::with(changes, ReportOutcome::Retry(next_at))
        }
    }
}

fn next_call(attempts: u32, jitter_permille: i64, now: Timestamp) -> Timestamp {
    let index = (attempts.max(1) as usize - 1).min(REPORT_PAUSES_MS.len() - 1);
    let pause = REPORT_PAUSES_MS[index];
    let pause = pause + pause * jitter_permille.clamp(-200, 200) / 1_000;
    now.saturating_add(SignedDuration::from_millis(pause)).unwrap_or(Timestamp::MAX)
}
