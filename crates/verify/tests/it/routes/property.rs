//! Random stories of one code and two gateways: results, receipts and time in
//! any order.

use proptest::prelude::*;
use ringproof_verify::SignedDuration;
use ringproof_verify::engine::fail_over::FailOver;
use ringproof_verify::engine::outbox::{Acceptance, Attempt, Refusal, RefusedOutcome};
use ringproof_verify::engine::receipt::{ReceiptOutcome, ReceiptRequest};
use ringproof_verify::record::{
    Cause, DeliveryState, HandOver, OutgoingMessage, ReceiptState, Trail,
};

use super::{charged, refuse, says, says_in_hand, started};
use crate::world::{Person, World};

const GATEWAYS: [&str; 2] = ["one", "two"];

/// How a hand-over ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Refused(Refusal),
    Taken { keep_seconds: Option<i64> },
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// Whatever is due is handed to this gateway, which may report before its
    /// answer is noted.
    HandOver {
        gateway: usize,
        early: Option<ReceiptState>,
        has_other: bool,
        end: End,
    },
    Receipt {
        gateway: usize,
        state: ReceiptState,
        cause: Option<Cause>,
    },
    Time(i64),
    FailOver,
    Entered,
}

fn end() -> impl Strategy<Value = End> {
    let refusals = prop::sample::select(vec![
        Refusal::Throttled(None),
        Refusal::Temporary,
        Refusal::GatewayDown,
        Refusal::GatewayUnfit,
        Refusal::Destination { confirm: true },
        Refusal::Destination { confirm: false },
        Refusal::Content,
        Refusal::InDoubt,
        Refusal::InDoubt,
    ]);
    prop_oneof![
        refusals.prop_map(End::Refused),
        prop::option::of(1..60_i64).prop_map(|keep_seconds| End::Taken { keep_seconds }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let states = || prop::sample::select(ReceiptState::ALL.to_vec());
    let causes = prop::option::of(prop::sample::select(Cause::ALL.to_vec()));
    let early = prop::option::weighted(0.1, states());
    prop_oneof![
        6 => (0..2_usize, early, any::<bool>(), end()).prop_map(
            |(gateway, early, has_other, end)| Event::HandOver { gateway, early, has_other, end }
        ),
        4 => (0..2_usize, states(), causes)
            .prop_map(|(gateway, state, cause)| Event::Receipt { gateway, state, cause }),
        4 => (0..9_000_i64).prop_map(Event::Time),
        3 => Just(Event::FailOver),
        1 => Just(Event::Entered),
    ]
}

/// What must be true of the story so far.
struct Story {
    world: World,
    jane: Person,
    message: OutgoingMessage,
    /// Hand-overs that each gateway has or may have.
    may_have: [u32; 2],
    sends: usize,
    is_entered: bool,
    trails: (Trail, Trail),
    /// How often it was taken, and the strength of the last one's receipt.
    receipt: (usize, u8),
}

impl Story {
    fn begin() -> Self {
        let (mut world, jane, message) = started();
        world.without_send_limits();
        // It was not handed over by the run that started it.
        world.put_back(crate::world::LEASE, &[message.id]);
        let (trails, receipt) = Default::default();
        Self {
            world,
            jane,
            message,
            may_have: [0; 2],
            sends: 1,
            is_entered: false,
            trails,
            receipt,
        }
    }

    fn happens(&mut self, event: Event) {
        match event {
            Event::HandOver { gateway, early, has_other, end } => {
                self.hand_over(gateway, early, has_other, end);
            }
            Event::Receipt { gateway, state, cause } => self.receive(gateway, state, cause),
            Event::Time(milliseconds) => self.world.advance_ms(milliseconds),
            Event::FailOver => {
                let outcome = self.world.fail_over(&self.message);
                self.sends += usize::from(outcome == FailOver::Released);
            }
            Event::Entered => {
                self.world.right(self.jane);
                self.is_entered = true;
            }
        }
        self.check(event);
    }

    fn hand_over(
        &mut self,
        gateway: usize,
        early: Option<ReceiptState>,
        has_other: bool,
        end: End,
    ) {
        let name = GATEWAYS[gateway];
        for message in self.world.claim(8).messages {
            let is_over = self.is_entered || self.world.now >= message.deadline;
            assert!(!is_over, "it is sent after its end");
            assert!(self.receipt.1 < ReceiptState::Delivered.strength(), "the handset has it");
            if let Some(state) = early {
                let receipt = says_in_hand(message.id, name, state);
                let outcome = self.world.receive_as(&receipt);
                assert_ne!(outcome, ReceiptOutcome::Unknown, "it was handed to {name}");
            }
            match end {
                End::Refused(refusal) => {
                    // A failure at a gateway that left it in doubt is about that
                    // hand-over, and settles no other.
                    let is_settled = !self.world.records.messages.contains_key(&message.id);
                    let may = is_settled || refusal == Refusal::InDoubt;
                    if !is_settled {
                        let told = refuse(&mut self.world, &message, name, refusal, has_other);
                        // The second send is over and no other gateway has it.
                        let is_ended = matches!(told, RefusedOutcome::Ended(_));
                        let is_second = is_ended && message.trail.is_accepted() && !may;
                        self.sends -= usize::from(is_second);
                    }
                    self.may_have[gateway] += u32::from(may);
                }
                End::Taken { keep_seconds } => {
                    let until = |seconds| self.world.now + SignedDuration::from_secs(seconds);
                    let acceptance = Acceptance {
                        attempt: Attempt::of(&message),
                        choice: "story".to_owned(),
                        parts: Vec::new(),
                        keep_until: keep_seconds.map(until),
                    };
                    self.world.accept_so(name, 8, &[acceptance]);
                    self.may_have[gateway] += 1;
                }
            }
        }
    }

    fn receive(&mut self, gateway: usize, state: ReceiptState, cause: Option<Cause>) {
        // A code that was entered takes its waiting message along.
        let records = &self.world.records;
        let is_somewhere = records.messages.contains_key(&self.message.id)
            || records.deliveries.contains_key(&self.message.id);
        let receipt = ReceiptRequest { cause, ..says(self.message.id, GATEWAYS[gateway], state) };
        let outcome = self.world.receive_as(&receipt);
        // Between the events nothing is being handed over.
        let is_known = is_somewhere && self.may_have[gateway] > 0;
        assert_eq!(outcome != ReceiptOutcome::Unknown, is_known, "whoever may have it may report");
    }

    fn check(&mut self, event: Event) {
        let records = &self.world.records;
        let may_have: u32 = self.may_have.iter().sum();
        assert!(may_have <= 2, "{event:?}: {:?}", self.may_have);
        let (waiting, ended) =
            (records.messages.get(&self.message.id), records.deliveries.get(&self.message.id));
        let is_somewhere = waiting.is_some() || ended.is_some() || self.is_entered;
        assert!(is_somewhere, "{event:?}: nothing is lost but a code that was entered");
        assert!(waiting.is_none_or(|m| m.attempts <= 4), "{event:?}");

        let longer = |old: &Trail, new: Option<&Trail>| {
            let new = new.cloned().unwrap_or_else(|| old.clone());
            assert!(new.to_string().starts_with(&old.to_string()), "{event:?}: {new} {old}");
            new
        };
        let (of_waiting, of_ended) = (waiting.map(|m| &m.trail), ended.map(|d| &d.trail));
        self.trails = (longer(&self.trails.0, of_waiting), longer(&self.trails.1, of_ended));

        let strength = |(state, _): (ReceiptState, _)| state.strength();
        let receipt = ended
            .map(|d| (d.trail.count_all(HandOver::Accepted), d.receipt.map_or(0, strength)))
            .unwrap_or_default();
        // A message that was taken anew has no receipt yet.
        let is_next_gateway = receipt.0 != self.receipt.0;
        let is_delivered = self.receipt.1 == ReceiptState::Delivered.strength();
        let may_fall = is_next_gateway && !is_delivered;
        assert!(
            may_fall || receipt.1 >= self.receipt.1,
            "{event:?}: {:?} {receipt:?}",
            self.receipt
        );
        self.receipt = receipt;

        let is_given_back =
            may_have == 0 && ended.is_some_and(|d| d.state == DeliveryState::Failed);
        let counted = if is_given_back { 0 } else { self.sends };
        assert_eq!(charged(&self.world), counted, "{event:?}: what counts is charged");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn two_gateways_and_one_code(events in prop::collection::vec(event(), 1..24)) {
        let mut story = Story::begin();
        for event in events {
            story.happens(event);
        }
        // In the end nothing rests in the outbox.
        story.world.go_to(301);
        story.world.claim(8);
        story.world.fail_over(&story.message);
        prop_assert!(story.world.records.messages.is_empty());
    }
}
