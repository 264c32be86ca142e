//! Makes the calls that are owed to API clients: delivery reports and messages
//! from persons (`sms-api.md` 7, 10).
//!
//! Reports wait in the store; this worker leases those that are due, calls their
//! addresses through the guarded client, and notes how it went. What it had
//! leased when the program died is called again by the next run.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue};
use store::Store;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};
use verify::engine::Keys;
use verify::engine::report::{self, Busy, CallOutcome, ReportOutcome};
use verify::ids::{AccountId, SmsId};
use verify::keys::Keyring;
use verify::record::{Report, ReportKind, SmsState};
use verify::sealed::Sealed;

use crate::dispatcher::{Now, until};
use crate::limits::{CLAIM_EVERY, REPORTS_IN_FLIGHT_MAX};
use crate::outbound::{CallResult, OutboundClient, Target};

/// The header with the signature of a message from a person.
const SIGNATURE_HEADER: &str = "x-messente-signature";

/// The header with the time and the signature of an event.
const EVENT_SIGNATURE_HEADER: &str = "x-ringproof-signature";

/// Gives a number from -200 to 200, by which a pause is moved.
pub type Jitter = Arc<dyn Fn() -> i64 + Send + Sync>;

/// Tells the worker that a report was queued; cheap to clone.
#[derive(Clone, Default)]
pub struct ReportBell(Arc<Notify>);

impl ReportBell {
    /// Rings: the worker looks now and not at its next tick.
    pub fn ring(&self) {
        self.0.notify_one();
    }
}

/// What a reporter works with.
pub struct ReporterParts {
    /// Where reports are kept.
    pub store: Store,
    /// Opens what is sealed.
    pub keys: Keyring,
    /// Makes the calls.
    pub client: Arc<OutboundClient>,
    /// The time.
    pub now: Now,
    /// Moves pauses.
    pub jitter: Jitter,
    /// A random number that names this run; never 0.
    pub lease: u64,
    /// Rung when a report was queued.
    pub bell: ReportBell,
}

/// The worker; [`Reporter::run`] is its life.
pub struct Reporter {
    shared: Arc<ReporterParts>,
    /// Calls under way; at most [`REPORTS_IN_FLIGHT_MAX`].
    calls: JoinSet<AccountId>,
    /// How many of them belong to which account.
    busy: Vec<Busy>,
}

impl Reporter {
    /// Makes a worker.
    pub fn new(mut parts: ReporterParts) -> Self {
        parts.lease = parts.lease.max(1);
        Self { shared: Arc::new(parts), calls: JoinSet::new(), busy: Vec::new() }
    }

    /// Takes over what an earlier run of a program that is alone on its store
    /// left behind.
    ///
    /// # Errors
    /// The store's.
    pub async fn recover(&self) -> Result<(), store::Fault> {
        let now = (self.shared.now)();
        let rule = move |_: &_| report::release_all(now);
        self.shared.store.transact(Keys::default(), rule).await
    }

    /// Works until `stop` names a deadline; then finishes the calls under way,
    /// until that.
    pub async fn run(mut self, mut stop: watch::Receiver<Option<Instant>>) {
        let mut ticks = interval(CLAIM_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let bell = self.shared.bell.clone();
        loop {
            tokio::select! {
                biased;
                () = until(&mut stop) => break,
                Some(ended) = self.calls.join_next() => {
                    self.note_end(ended.ok());
                    self.claim().await;
                }
                () = bell.0.notified() => self.claim().await,
                _ = ticks.tick() => self.claim().await,
            }
        }
        let finish = async { while self.calls.join_next().await.is_some() {} };
        let deadline = stop.borrow().unwrap_or_else(Instant::now);
        if timeout_at(deadline, finish).await.is_err() {
            tracing::warn!("calls of clients' addresses did not end in time; they are made again");
        }
    }

    /// A call has ended. One that panicked does not say whose it was; then all
    /// counts begin anew from those that are left.
    fn note_end(&mut self, account: Option<AccountId>) {
        match account {
            None if self.calls.is_empty() => self.busy.clear(),
            None => {}
            Some(account) => {
                if let Some(busy) = self.busy.iter_mut().find(|busy| busy.account == account) {
                    busy.calls = busy.calls.saturating_sub(1);
                }
                self.busy.retain(|busy| busy.calls > 0);
            }
        }
    }

    /// Leases as many due reports as may be under way, and calls.
    async fn claim(&mut self) {
        let room = REPORTS_IN_FLIGHT_MAX.saturating_sub(self.calls.len());
        let Some(limit) = u32::try_from(room).ok().filter(|limit| *limit > 0) else { return };
        let (now, lease, busy) = ((self.shared.now)(), self.shared.lease, self.busy.clone());
        let keys = report::claim_keys(now, &busy, limit);
        let rule = move |snapshot: &_| report::claim(snapshot, &busy, lease, now);
        let claimed = match self.shared.store.transact(keys, rule).await {
            Ok(claimed) => claimed,
            Err(error) => {
                tracing::error!(%error, "the reports could not be searched");
                return;
            }
        };
        for report in claimed {
            let account = report.account;
            match self.busy.iter_mut().find(|busy| busy.account == account) {
                Some(busy) => busy.calls += 1,
                None => self.busy.push(Busy { account, calls: 1 }),
            }
            let shared = self.shared.clone();
            self.calls.spawn(async move {
                shared.deliver(&report).await;
                account
            });
        }
    }
}

impl ReporterParts {
    /// One call with its settlement.
    async fn deliver(&self, report: &Report) {
        let result = self.call(report).await;
        let outcome = match result {
            CallResult::Forbidden => CallOutcome::Forbidden,
            _ if result.is_success() => CallOutcome::Taken,
            CallResult::Answered(_) | CallResult::Failed(_) => CallOutcome::NotTaken,
        };
        let (lease, now, jitter) = (self.lease, (self.now)(), (self.jitter)());
        let rule = move |snapshot: &_| report::settle(snapshot, outcome, lease, jitter, now);
        match self.store.transact(report::settle_keys(report.id), rule).await {
            Ok(settled) => note(report, result, settled),
            // It is called again when its lease ends.
            Err(error) => {
                tracing::error!(%error, report.id = %report.id, "a call could not be noted");
            }
        }
    }

    async fn call(&self, report: &Report) -> CallResult {
        // The operator may have narrowed what is allowed since the address came.
        let Ok(target) = Target::parse(&report.url, self.client.policy()) else {
            return CallResult::Forbidden;
        };
        match &report.kind {
            ReportKind::Delivery { sms, state, err } => {
                match delivery_target(&target, *sms, *state, *err) {
                    Some(target) => self.client.get(&target).await,
                    None => CallResult::Forbidden,
                }
            }
            ReportKind::Inbound { body, signature } => {
                self.post(report, &target, body, (SIGNATURE_HEADER, signature)).await
            }
            ReportKind::Event { body, signature } => {
                self.post(report, &target, body, (EVENT_SIGNATURE_HEADER, signature)).await
            }
        }
    }

    async fn post(
        &self,
        report: &Report,
        target: &Target,
        body: &Sealed,
        (header, signature): (&'static str, &str),
    ) -> CallResult {
        let keys = self.keys.account(report.account);
        let Ok(body) = report::open_body(&keys, report.id, body) else {
            return CallResult::Failed("its body does not open");
        };
        let mut headers = HeaderMap::new();
        if let Ok(signature) = HeaderValue::try_from(signature) {
            headers.insert(header, signature);
        }
        self.client.post_json(target, Bytes::copy_from_slice(body.as_bytes()), headers).await
    }
}

/// The address with what a delivery report tells, in the documented order.
fn delivery_target(target: &Target, sms: SmsId, state: SmsState, err: u16) -> Option<Target> {
    let (stat, mask) = state.stat()?;
    let status = state.status()?.as_str();
    let parameters = [
        ("sms_unique_id", &*sms.to_string()),
        ("status", status),
        ("stat", stat),
        ("err", &*format!("{err:03}")),
        ("dlr-mask", &*mask.to_string()),
    ];
    target.with_parameters(&parameters).ok()
}

fn note(report: &Report, result: CallResult, settled: ReportOutcome) {
    let answer = match result {
        CallResult::Answered(status) => status.as_u16().to_string(),
        CallResult::Forbidden => "forbidden address".to_owned(),
        CallResult::Failed(reason) => reason.to_owned(),
    };
    let (report_id, account, attempts) = (report.id, report.account, report.attempts);
    let outcome = match settled {
        ReportOutcome::Done => {
            tracing::info!(report.id = %report_id, account.id = %account, attempts, answer, "a client has its report");
            "taken"
        }
        ReportOutcome::Retry(at) => {
            tracing::warn!(
                report.id = %report_id, account.id = %account, attempts, answer, retry_at = %at,
                "a client did not take its report and is called again"
            );
            "retried"
        }
        ReportOutcome::GivenUp => {
            tracing::warn!(report.id = %report_id, account.id = %account, attempts, answer, "a report is given up");
            if result == CallResult::Forbidden { "forbidden" } else { "given_up" }
        }
        ReportOutcome::NotOurs => return,
    };
    metrics::counter!("ringproof_reports_total", "outcome" => outcome).increment(1);
}
