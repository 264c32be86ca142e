//! The guard against pumped traffic (`delivery.md` 10; D-32, D-33, S-47), seen from
//! outside: attacks, honest days, and what each call does.

mod areas;
mod attacks;
mod cluster;
mod facts;
mod holds;
mod honest;
mod jumps;
mod signals;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use ringproof_verify::entropy::SeededEntropy;
use ringproof_verify::ids::{AccountId, ServiceId, UserId, VerificationId};
use ringproof_verify::phone::PhoneNumber;
use ringproof_verify::record::{Area, DayTraffic, Stage, TrafficArea, TrafficHold, TrafficRule};
use ringproof_verify::traffic::{
    Answer, InFlight, SendTicket, TrafficEvent, TrafficGuard, TrafficNews,
};
use ringproof_verify::{SignedDuration, Timestamp};

/// The start of a UTC day.
const BEGIN: i64 = 1_800_057_600;
const DAY_SECONDS: i64 = 86_400;
const HOUR: SignedDuration = SignedDuration::from_hours(1);
/// A time after which each outcome is known.
const MATURE: SignedDuration = SignedDuration::from_secs(121);
/// How long codes live.
const LIFETIME: SignedDuration = SignedDuration::from_secs(240);
const NODE: &str = "one";

/// A service behind a guard, and the people who will yet enter their codes.
struct Site {
    guard: TrafficGuard,
    entropy: SeededEntropy,
    now: Timestamp,
    account: AccountId,
    service: ServiceId,
    user: UserId,
    /// Whether honest people are in Germany, not in Estonia.
    is_german: bool,
    entering: BinaryHeap<Reverse<(Timestamp, VerificationId)>>,
}

impl Site {
    fn new(seed: u64) -> Self {
        let mut entropy = SeededEntropy::new(seed);
        Self {
            guard: TrafficGuard::default(),
            now: Timestamp::from_second(BEGIN).expect("in range"),
            account: AccountId::from_i64(7),
            service: ServiceId::random(&mut entropy),
            user: UserId::random(&mut entropy),
            is_german: false,
            entropy,
            entering: BinaryHeap::new(),
        }
    }

    /// One where 85 of a hundred codes were entered in Estonia yesterday.
    fn known(seed: u64) -> Self {
        let mut site = Self::new(seed);
        let day = BEGIN / DAY_SECONDS - 1;
        let days = vec![DayTraffic { day, sent: 10_000, entered: 8_500 }];
        let row = TrafficArea { days, ..site.row(area("EE"), NODE, None) };
        site.guard.restore(&[row], NODE, site.now);
        site
    }

    fn ask(&mut self, number: &str) -> Answer {
        self.guard.ask(self.account, self.service, &parsed(number), self.now)
    }

    /// A message that is begun and not taken, if the guard lets it.
    fn begin(&mut self, number: &str) -> Option<VerificationId> {
        let ticket = self.ask(number).ticket?;
        Some(self.queue(ticket))
    }

    fn queue(&mut self, ticket: SendTicket) -> VerificationId {
        let verification = VerificationId::random(&mut self.entropy);
        self.queue_for(ticket, verification);
        verification
    }

    fn queue_for(&mut self, ticket: SendTicket, verification: VerificationId) {
        let (service, user) = (self.service, self.user);
        let deadline = self.now.saturating_add(LIFETIME).expect("a time that is added");
        self.guard.queued(ticket, InFlight { service, user, verification, deadline });
    }

    /// One more message of a verification, if the guard lets it.
    fn again(&mut self, number: &str, verification: VerificationId) {
        if let Some(ticket) = self.ask(number).ticket {
            self.queue_for(ticket, verification);
            assert!(self.guard.taken(verification));
        }
    }

    /// A message that a gateway takes.
    fn start(&mut self, number: &str) -> Option<VerificationId> {
        let verification = self.begin(number)?;
        self.guard.taken(verification);
        Some(verification)
    }

    fn enter(&mut self, verification: VerificationId) {
        self.guard.entered(verification, self.now);
    }

    fn enters_after(&mut self, verification: VerificationId, time: SignedDuration) {
        self.entering.push(Reverse((self.now + time, verification)));
    }

    /// Time passes; who is to enter a code does so when it is time.
    fn pass(&mut self, time: SignedDuration) {
        self.now += time;
        while let Some(Reverse((at, verification))) = self.entering.peek().copied() {
            if at > self.now {
                break;
            }
            self.entering.pop();
            self.guard.mature(at);
            self.guard.entered(verification, at);
        }
        self.guard.mature(self.now);
    }

    fn pass_seconds(&mut self, seconds: i64) {
        self.pass(SignedDuration::from_secs(seconds));
    }

    /// A number in [0, 1).
    fn chance(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "32 bits fit a double")]
        let bits = (self.entropy.next_u64() >> 32) as f64;
        bits / 4_294_967_296.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.entropy.next_u64() % end
    }

    /// So many messages to numbers all over Estonia whose codes are not entered; how
    /// many were sent.
    fn pump(&mut self, messages: u32) -> u32 {
        let mut sent = 0;
        for _ in 0..messages {
            let number = format!("+3725{:07}", self.below(10_000_000));
            sent += u32::from(self.start(&number).is_some());
        }
        sent
    }

    /// Estonia is closed by codes that nobody enters.
    fn close(&mut self) -> TrafficHold {
        self.pump(50);
        self.pass(MATURE);
        self.held(area("EE")).expect("nobody entered a code")
    }

    /// What is told of an area being held.
    fn held(&mut self, of: Area) -> Option<TrafficHold> {
        self.guard.news().into_iter().rev().find_map(|news| match news.what {
            TrafficEvent::Held(hold) if news.area == of => Some(hold),
            TrafficEvent::Held(_)
            | TrafficEvent::Lifted
            | TrafficEvent::Released
            | TrafficEvent::Low { .. } => None,
        })
    }

    fn row(&self, area: Area, node: &str, hold: Option<TrafficHold>) -> TrafficArea {
        TrafficArea {
            account: self.account,
            service: self.service,
            area,
            node: node.to_owned(),
            days: Vec::new(),
            hours: Vec::new(),
            hold,
            refused: 0,
            updated_at: self.now,
            released_at: None,
        }
    }

    fn hold(&self, stage: Stage, time: SignedDuration) -> TrafficHold {
        TrafficHold {
            stage,
            rule: TrafficRule::Evidence,
            since: self.now,
            until: self.now + time,
            times: u32::from(stage == Stage::Closed),
            sent: 30,
            entered: 0,
            base_permille: 600,
        }
    }
}

fn parsed(number: &str) -> PhoneNumber {
    PhoneNumber::parse(number).expect("a number")
}

fn area(text: &str) -> Area {
    text.parse().expect("an area")
}

fn is_closing(news: &TrafficNews) -> bool {
    matches!(&news.what, TrafficEvent::Held(hold) if hold.stage == Stage::Closed)
}
