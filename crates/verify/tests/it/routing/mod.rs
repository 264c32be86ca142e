//! The choice of a gateway (`delivery.md` 9), and what it goes by.

mod breaker;
mod breakers;
mod conversion;
mod evidence;
mod order;
mod property;
mod receipts;
mod simulation;

use ringproof_verify::entropy::SeededEntropy;
use ringproof_verify::ids::{MessageId, VerificationId};
use ringproof_verify::phone::PhoneNumber;
use ringproof_verify::record::trail::Trail;
use ringproof_verify::routing::evidence::{Evidence, Known, MATURITY_SECONDS};
use ringproof_verify::routing::{Candidate, Chosen, Destination, Preference, choose};
use ringproof_verify::{SignedDuration, Timestamp};

/// A few gateways and what is known of them.
struct Exchange {
    evidence: Evidence,
    entropy: SeededEntropy,
    now: Timestamp,
    destination: Destination,
    maturity_seconds: i64,
}

impl Exchange {
    fn new() -> Self {
        Self::seeded(1)
    }

    fn seeded(seed: u64) -> Self {
        Self {
            evidence: Evidence::default(),
            entropy: SeededEntropy::new(seed),
            now: Timestamp::from_second(1_700_000_000).expect("in range"),
            destination: destination("+37255500123"),
            maturity_seconds: MATURITY_SECONDS,
        }
    }

    /// One where codes mature within a second, so that outcomes are known in
    /// the order of the messages, and hardly any time passes.
    fn quick() -> Self {
        let evidence = Evidence::with_maturity(SignedDuration::from_secs(1));
        Self { evidence, maturity_seconds: 1, ..Self::new() }
    }

    fn advance(&mut self, seconds: i64) {
        self.now += SignedDuration::from_secs(seconds);
        self.evidence.mature(self.now);
    }

    /// A gateway takes a message with a code.
    fn send(&mut self, gateway: &str) -> VerificationId {
        let verification = VerificationId::random(&mut self.entropy);
        self.send_for(verification, gateway);
        verification
    }

    /// It takes another one of the same verification.
    fn send_for(&mut self, verification: VerificationId, gateway: &str) -> MessageId {
        let message = MessageId::random(&mut self.entropy);
        let verification = Some(verification);
        self.evidence.sent(message, verification, gateway, self.destination, self.now);
        message
    }

    /// It takes a plain message.
    fn send_plain(&mut self, gateway: &str) -> MessageId {
        let message = MessageId::random(&mut self.entropy);
        self.evidence.sent(message, None, gateway, self.destination, self.now);
        message
    }

    /// It takes `codes` codes, of which `entered` are entered, evenly mixed.
    fn history(&mut self, gateway: &str, codes: usize, entered: usize) {
        for number in 0..codes {
            let verification = self.send(gateway);
            if (number + 1) * entered / codes > number * entered / codes {
                self.evidence.verified(verification, self.now);
            } else {
                self.advance(self.maturity_seconds);
            }
        }
    }

    fn choose(&mut self, candidates: &[Candidate<'_>]) -> Chosen {
        let trail = Trail::default();
        let (evidence, to) = (&self.evidence, &self.destination);
        let by = Preference::Conversion;
        choose(candidates, &trail, &[], by, evidence, to, &mut self.entropy).expect("one is open")
    }

    /// How often each of the candidates is chosen in so many choices, nothing
    /// becoming known meanwhile.
    fn choices<const N: usize>(&mut self, of: &[Candidate<'_>; N], times: usize) -> [usize; N] {
        let mut counts = [0; N];
        for _ in 0..times {
            counts[self.choose(of).index] += 1;
        }
        counts
    }

    fn known(&self, gateway: &str) -> Known {
        let mut lines = self.evidence.view().into_iter();
        lines.find(|line| line.gateway == gateway).expect("something is known of it")
    }

    /// A number in [0, 1).
    fn chance(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "32 bits fit a double")]
        let bits = (self.entropy.next_u64() >> 32) as f64;
        bits / 4_294_967_296.0
    }
}

fn destination(number: &str) -> Destination {
    Destination::of(&PhoneNumber::parse(number).expect("a number"))
}

/// An open gateway of unknown price.
fn open(gateway: &str) -> Candidate<'_> {
    Candidate { gateway, is_open: true, price: None }
}

fn closed(gateway: &str) -> Candidate<'_> {
    Candidate { is_open: false, ..open(gateway) }
}

fn priced(gateway: &str, price: u64) -> Candidate<'_> {
    Candidate { price: Some(price), ..open(gateway) }
}
