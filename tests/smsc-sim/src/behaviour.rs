//! How the SMSC behaves, as it was told: what each message, bind and answer
//! gets. No socket is known here, and the time is an argument.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use smpp::command::{BIND_RECEIVER, BIND_TRANSCEIVER, BIND_TRANSMITTER};

use crate::command::{Command, Dribble, Ids, Mode, Receipts, Silent};
use crate::ids::IdForm;

/// `ESME_RTHROTTLED` (SMPP 3.4 §5.1.3).
const THROTTLED: u32 = 0x58;

/// What was told, and what is left of what was told for a number of times.
#[derive(Clone, Debug)]
pub(crate) struct Behaviour {
    receipts: Receipts,
    ids: Ids,
    answer_delay: Duration,
    pub(crate) silent: Silent,
    sequence_offset: i32,
    pub(crate) dribble: Option<Dribble>,
    pub(crate) holds: bool,
    pub(crate) records: bool,
    throttle_every: u64,
    /// Since throttling was told.
    submits: u64,
    rate: Option<Rate>,
    refusal: Refusal,
    bind_refusal: Refusal,
    /// Sessions that may be bound at a time.
    pub(crate) binds_max: Option<usize>,
    statuses: VecDeque<u32>,
    disconnect_after: Option<u64>,
    receipts_planned: u64,
}

/// A status for a number of times.
#[derive(Clone, Copy, Debug, Default)]
struct Refusal {
    status: u32,
    left: u64,
}

impl Refusal {
    fn take(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        Some(self.status)
    }
}

/// A bucket of tokens, one a message; it holds those of one second.
#[derive(Clone, Copy, Debug)]
struct Rate {
    per_second: f64,
    tokens: f64,
    filled: Option<Instant>,
}

impl Rate {
    fn takes(&mut self, now: Instant) -> bool {
        let passed = self.filled.map_or(Duration::ZERO, |filled| now.duration_since(filled));
        self.filled = Some(now);
        let more = passed.as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + more).min(self.per_second);
        let takes = self.tokens >= 1.0;
        self.tokens -= if takes { 1.0 } else { 0.0 };
        takes
    }
}

/// Whether a message is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answering {
    /// It is.
    Yes,
    /// The answer and what follows it wait for `go`.
    Held,
    /// It is not.
    Never,
    /// It is not, and the connection ends.
    Disconnect,
}

/// What one message gets.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verdict {
    /// Status of its answer.
    pub(crate) status: u32,
    /// Whether it is answered.
    pub(crate) answering: Answering,
    /// Whether it is printed.
    pub(crate) is_recorded: bool,
    /// From the message to its answer.
    pub(crate) delay: Duration,
    /// Added to the sequence number of the answer.
    pub(crate) sequence_offset: i32,
    /// Form of the id in the answer.
    pub(crate) answer_id: IdForm,
    /// Form of the id in the receipt.
    pub(crate) receipt_id: IdForm,
    /// Its receipt.
    pub(crate) receipts: Receipts,
}

impl Behaviour {
    /// An SMSC that behaves well.
    pub(crate) fn new(records: bool) -> Self {
        let receipts = Receipts {
            mode: Mode::Delivered,
            delay_ms: 0,
            before_response: false,
            copies: 1,
            swap_ms: 0,
        };
        Self {
            receipts,
            ids: Ids { response: IdForm::Decimal, receipt: IdForm::Decimal },
            answer_delay: Duration::ZERO,
            silent: Silent::default(),
            sequence_offset: 0,
            dribble: None,
            holds: false,
            records,
            throttle_every: 0,
            submits: 0,
            rate: None,
            refusal: Refusal::default(),
            bind_refusal: Refusal::default(),
            binds_max: None,
            statuses: VecDeque::new(),
            disconnect_after: None,
            receipts_planned: 0,
        }
    }

    /// Decides about one message of a bound session.
    pub(crate) fn judge(&mut self, now: Instant) -> Verdict {
        let answering = match self.disconnect_after {
            Some(1) => Answering::Disconnect,
            _ if self.silent.submits => Answering::Never,
            _ if self.holds => Answering::Held,
            _ => Answering::Yes,
        };
        self.disconnect_after = match self.disconnect_after {
            None | Some(1) => None,
            Some(more) => Some(more - 1),
        };
        let is_hex = self.receipts.mode == Mode::Hex;
        Verdict {
            status: self.status(now),
            answering,
            is_recorded: self.records,
            delay: self.answer_delay,
            sequence_offset: self.sequence_offset,
            answer_id: if is_hex { IdForm::Hex } else { self.ids.response },
            receipt_id: if is_hex { IdForm::Decimal } else { self.ids.receipt },
            receipts: self.receipts,
        }
    }

    fn status(&mut self, now: Instant) -> u32 {
        if let Some(status) = self.statuses.pop_front().or_else(|| self.refusal.take()) {
            return status;
        }
        self.submits += 1;
        let is_nth = self.throttle_every > 0 && self.submits.is_multiple_of(self.throttle_every);
        let is_too_fast = self.rate.as_mut().is_some_and(|rate| !rate.takes(now));
        if is_nth || is_too_fast { THROTTLED } else { 0 }
    }

    /// A status for a bind that is to be refused whoever asks.
    pub(crate) fn refuse_bind(&mut self) -> Option<u32> {
        self.bind_refusal.take()
    }

    /// How much longer the next receipt waits than it would.
    pub(crate) fn receipt_swap(&mut self) -> Duration {
        self.receipts_planned += 1;
        let is_second = self.receipts_planned % 2 == 1;
        Duration::from_millis(if is_second { self.receipts.swap_ms } else { 0 })
    }

    /// Takes a command that changes behaviour; gives back any other one.
    ///
    /// **Errors**: what is wrong with its values.
    pub(crate) fn apply(&mut self, command: Command) -> Result<Option<Command>, String> {
        match command {
            Command::Receipts(receipts) => self.receipts = receipts,
            Command::Ids(ids) if ids.response == IdForm::Unknown => {
                return Err("an answer cannot give an unknown id".to_owned());
            }
            Command::Ids(ids) => self.ids = ids,
            Command::Answer { delay_ms } => self.answer_delay = Duration::from_millis(delay_ms),
            Command::Throttle { every } => (self.throttle_every, self.submits) = (every, 0),
            Command::Rate { per_second: 0 } => self.rate = None,
            Command::Rate { per_second } => {
                let per_second = f64::from(per_second);
                self.rate = Some(Rate { per_second, tokens: per_second, filled: None });
            }
            Command::Refuse { status, count } => self.refusal = Refusal { status, left: count },
            Command::RefuseBind { status, count } => {
                self.bind_refusal = Refusal { status, left: count };
            }
            Command::BindsMax { count } => self.binds_max = (count > 0).then_some(count),
            Command::Statuses { list } => self.statuses = list.into(),
            Command::Silent(silent) => self.silent = silent,
            Command::HalfOpen { on } => self.silent.binds = on,
            Command::Sequence { offset } => self.sequence_offset = offset,
            Command::Dribble(dribble) => self.dribble = (dribble.octets > 0).then_some(dribble),
            Command::Disconnect { after } => self.disconnect_after = (after > 0).then_some(after),
            Command::Record { on } => self.records = on,
            Command::Hold {} => self.holds = true,
            Command::Go {} => {
                self.holds = false;
                return Ok(Some(command));
            }
            Command::Defaults {} => {
                *self = Self::new(self.records);
                // What was held must not be held for ever.
                return Ok(Some(Command::Go {}));
            }
            Command::Garbage(_)
            | Command::Flood(_)
            | Command::Receipt(_)
            | Command::Mo { .. }
            | Command::EnquireLink {}
            | Command::Unbind {}
            | Command::Drop {}
            | Command::Die {}
            | Command::Stats {} => return Ok(Some(command)),
        }
        Ok(None)
    }
}

/// What a session may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BindMode {
    Transmitter,
    Receiver,
    Transceiver,
}

impl BindMode {
    /// The mode that a bind asks for.
    pub(crate) fn of_command(command_id: u32) -> Option<Self> {
        match command_id {
            BIND_TRANSMITTER => Some(Self::Transmitter),
            BIND_RECEIVER => Some(Self::Receiver),
            BIND_TRANSCEIVER => Some(Self::Transceiver),
            _ => None,
        }
    }

    /// Its name, as recorded.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Transmitter => "transmitter",
            Self::Receiver => "receiver",
            Self::Transceiver => "transceiver",
        }
    }

    /// Whether messages may be taken from it.
    pub(crate) fn sends(self) -> bool {
        matches!(self, Self::Transmitter | Self::Transceiver)
    }

    /// Whether receipts may be brought to it.
    pub(crate) fn receives(self) -> bool {
        matches!(self, Self::Receiver | Self::Transceiver)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(commands: &[&str]) -> Behaviour {
        let mut behaviour = Behaviour::new(true);
        for line in commands {
            let (command, _) = Command::read(line).unwrap();
            assert!(behaviour.apply(command).unwrap().is_none(), "{line}");
        }
        behaviour
    }

    fn statuses(behaviour: &mut Behaviour, count: usize) -> Vec<u32> {
        let now = Instant::now();
        (0..count).map(|_| behaviour.judge(now).status).collect()
    }

    #[test]
    fn statuses_come_from_the_list_then_the_refusal_then_the_throttle() {
        let mut behaviour = told(&[
            r#"{"cmd":"throttle","every":2}"#,
            r#"{"cmd":"refuse","status":8,"count":1}"#,
            r#"{"cmd":"statuses","list":[0,11]}"#,
        ]);
        assert_eq!(statuses(&mut behaviour, 7), [0, 11, 8, 0, 0x58, 0, 0x58]);
    }

    #[test]
    fn a_rate_takes_a_second_at_once_and_then_by_time() {
        let mut behaviour = told(&[r#"{"cmd":"rate","per_second":10}"#]);
        let start = Instant::now();
        let mut taken = |after_ms: u64, count: usize| {
            let now = start + Duration::from_millis(after_ms);
            (0..count).filter(|_| behaviour.judge(now).status == 0).count()
        };
        assert_eq!((taken(0, 20), taken(250, 20), taken(5_000, 20)), (10, 2, 10));
    }

    #[test]
    fn the_last_message_before_the_connection_ends_has_no_answer() {
        let mut behaviour = told(&[r#"{"cmd":"disconnect","after":2}"#]);
        let seen = [0; 3].map(|_| behaviour.judge(Instant::now()).answering);
        assert_eq!(seen, [Answering::Yes, Answering::Disconnect, Answering::Yes]);
    }

    #[test]
    fn binds_are_refused_as_often_as_told_and_defaults_end_all() {
        let mut behaviour = told(&[
            r#"{"cmd":"refuse_bind","status":14,"count":2}"#,
            r#"{"cmd":"half_open","on":true}"#,
        ]);
        assert_eq!([0; 3].map(|_| behaviour.refuse_bind()), [Some(14), Some(14), None]);
        assert!(behaviour.silent.binds);
        assert!(matches!(behaviour.apply(Command::Defaults {}), Ok(Some(Command::Go {}))));
        assert!(!behaviour.silent.binds);
    }
}
