//! The sends to one number (D-26, D-27).

use super::{DAY, SendLimits, Throttle, Throttled, later};
use crate::ids::ServiceId;
use crate::limits::{NUMBER_LIMIT_MAX, NUMBER_SENDS_KEPT_MAX};
use crate::{SignedDuration, Timestamp};

/// One remembered send to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NumberSend {
    /// When.
    pub at: Timestamp,
    /// The service, shortened; two services that share it (one pair in four
    /// milliards) share their throttles, which only makes them stricter.
    pub service: u32,
}

/// The sends to one number in the last 24 hours, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NumberSends(pub Vec<NumberSend>);

impl NumberSends {
    /// Which throttle refuses a send at `now`, if any.
    pub fn throttled(
        &self,
        now: Timestamp,
        service: ServiceId,
        limits: &SendLimits,
    ) -> Option<Throttled> {
        let seconds = SignedDuration::from_secs;
        let own = Some(short(service));
        let windows = [
            (Throttle::NumberService30s, own, seconds(30), limits.number_service_per_30s),
            (Throttle::NumberService10min, own, seconds(600), limits.number_service_per_10min),
            (Throttle::NumberServiceHour, own, seconds(3_600), limits.number_service_per_hour),
            (Throttle::NumberServiceDay, own, DAY, limits.number_service_per_day),
            (Throttle::NumberDay, None, DAY, limits.number_per_day),
        ];
        windows
            .into_iter()
            .filter_map(|(throttle, of, window, limit)| {
                let until = self.full_until(now, of, window, limit)?;
                Some(Throttled { throttle, until })
            })
            .max_by_key(|t| (t.until, t.throttle))
    }

    /// When a window has room again; `None` if it has room now.
    fn full_until(
        &self,
        now: Timestamp,
        service: Option<u32>,
        window: SignedDuration,
        limit: u32,
    ) -> Option<Timestamp> {
        if limit > NUMBER_LIMIT_MAX {
            return None;
        }
        let of_service = |send: &&NumberSend| service.is_none_or(|s| s == send.service);
        if limit == 0 {
            return Some(later(now, window));
        }
        let decisive = self.0.iter().rev().filter(of_service).nth(limit as usize - 1)?;
        let until = later(decisive.at, window);
        (now < until).then_some(until)
    }

    /// Notes a send, and forgets the oldest ones that decide nothing any more:
    /// neither for all services together nor for the one that sent them.
    pub fn record(&mut self, now: Timestamp, service: ServiceId, limits: &SendLimits) {
        self.0.retain(|send| now < later(send.at, DAY));
        self.0.push(NumberSend { at: now, service: short(service) });
        let recent = self.0.len().saturating_sub(limits.kept_of_all());
        let of_service = limits.kept_of_service();
        let kept: Vec<bool> = (0..recent)
            .map(|i| {
                let later = self.0[i + 1..].iter().filter(|s| s.service == self.0[i].service);
                later.count() < of_service
            })
            .collect();
        let mut kept = kept.into_iter();
        self.0.retain(|_| kept.next().unwrap_or(true));
        let excess = self.0.len().saturating_sub(NUMBER_SENDS_KEPT_MAX);
        self.0.drain(..excess);
    }

    /// Takes one send back that never left.
    pub fn release(&mut self, at: Timestamp, service: ServiceId) {
        let send = NumberSend { at, service: short(service) };
        if let Some(index) = self.0.iter().position(|kept| *kept == send) {
            self.0.remove(index);
        }
    }

    /// Takes back the send of the service that came next after the one at
    /// `first`, and gives its time; `None` if none is kept.
    pub fn release_after(&mut self, first: Timestamp, service: ServiceId) -> Option<Timestamp> {
        let service = short(service);
        let first_index = self.0.iter().position(|s| *s == NumberSend { at: first, service });
        let is_next = |(index, send): (usize, &NumberSend)| {
            send.service == service
                && match first_index {
                    Some(first_index) => index > first_index,
                    None => send.at > first,
                }
        };
        let index = self.0.iter().enumerate().position(is_next)?;
        Some(self.0.remove(index).at)
    }
}

fn short(service: ServiceId) -> u32 {
    let bytes = service.as_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SeededEntropy;
    use crate::limits::NUMBER_SENDS_KEPT_MIN;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_760_400_000 + seconds).unwrap()
    }

    fn services() -> [ServiceId; 2] {
        let mut entropy = SeededEntropy::new(1);
        [ServiceId::random(&mut entropy), ServiceId::random(&mut entropy)]
    }

    /// Sends as fast as the limits allow; gives the seconds of the sends.
    fn pump(limits: &SendLimits, until: i64) -> Vec<i64> {
        let [service, _] = services();
        let (mut number, mut now, mut sent) = (NumberSends::default(), 0, Vec::new());
        while now < until {
            if let Some(t) = number.throttled(at(now), service, limits) {
                now = t.until.as_second() - 1_760_400_000;
            } else {
                number.record(at(now), service, limits);
                sent.push(now);
            }
        }
        sent
    }

    #[test]
    fn each_window_holds_exactly_its_limit() {
        let limits = SendLimits::default();
        let sent = pump(&limits, 3 * 86_400);
        for (window, limit) in [(30, 1), (600, 3), (3_600, 5), (86_400, 10)] {
            let most = sent
                .iter()
                .enumerate()
                .map(|(i, first)| sent[i..].iter().take_while(|s| **s < first + window).count())
                .max();
            assert_eq!(most, Some(limit), "window {window}");
        }
        assert_eq!(&sent[..4], [0, 30, 60, 600]);
    }

    #[test]
    fn a_number_is_protected_across_services() {
        let limits = SendLimits {
            number_service_per_30s: u32::MAX,
            number_service_per_10min: u32::MAX,
            number_service_per_hour: u32::MAX,
            number_service_per_day: 15,
            ..SendLimits::default()
        };
        let [one, two] = services();
        let mut number = NumberSends::default();
        for second in 0..15 {
            assert_eq!(number.throttled(at(second), one, &limits), None);
            number.record(at(second), one, &limits);
        }
        let refused = number.throttled(at(15), one, &limits).unwrap();
        assert_eq!((refused.throttle, refused.until), (Throttle::NumberServiceDay, at(86_400)));
        for second in 15..20 {
            assert_eq!(number.throttled(at(second), two, &limits), None);
            number.record(at(second), two, &limits);
        }
        assert_eq!(number.throttled(at(20), two, &limits).unwrap().throttle, Throttle::NumberDay);
        assert_eq!(number.throttled(at(86_400), two, &limits), None);
    }

    #[test]
    fn a_send_that_never_left_is_given_back() {
        let limits = SendLimits::default();
        let [service, _] = services();
        let mut number = NumberSends::default();
        number.record(at(0), service, &limits);
        assert!(number.throttled(at(29), service, &limits).is_some());
        number.release(at(0), service);
        assert_eq!(number.throttled(at(29), service, &limits), None);
    }

    #[test]
    fn the_sends_of_many_services_stay_bounded() {
        let limits = SendLimits { number_per_day: u32::MAX, ..SendLimits::default() };
        let mut entropy = SeededEntropy::new(2);
        let mut number = NumberSends::default();
        for _ in 0..NUMBER_SENDS_KEPT_MAX + 10 {
            number.record(at(0), ServiceId::random(&mut entropy), &limits);
        }
        assert_eq!(number.0.len(), NUMBER_SENDS_KEPT_MAX);
    }

    #[test]
    fn limits_switched_off_still_remember_a_bounded_number_of_sends() {
        let off = u32::MAX;
        let limits = SendLimits {
            number_service_per_30s: off,
            number_service_per_10min: off,
            number_service_per_hour: off,
            number_service_per_day: off,
            number_per_day: off,
            ..SendLimits::default()
        };
        let [service, _] = services();
        let mut number = NumberSends::default();
        for _ in 0..1_000 {
            assert_eq!(number.throttled(at(0), service, &limits), None);
            number.record(at(0), service, &limits);
        }
        assert_eq!(number.0.len(), NUMBER_SENDS_KEPT_MIN);
    }

    #[test]
    fn the_send_after_another_is_taken_back_and_no_other() {
        let ([one, two], limits) = (services(), SendLimits::default());
        let mut number = NumberSends::default();
        for (second, service) in [(0, one), (5, two), (5, one), (9, one)] {
            number.record(at(second), service, &limits);
        }
        let mut forgotten = NumberSends(number.0[1..].to_vec());
        assert_eq!(forgotten.release_after(at(0), one), Some(at(5)), "the first is forgotten");
        assert_eq!(number.release_after(at(0), one), Some(at(5)));
        let left: Vec<Timestamp> = number.0.iter().map(|send| send.at).collect();
        assert_eq!(left, [at(0), at(5), at(9)]);
        assert_eq!(number.0[1].service, short(two));
        assert_eq!(number.release_after(at(5), two), None, "it has no next one");
        // Two of one moment are two.
        let mut number = NumberSends::default();
        (0..2).for_each(|_| number.record(at(3), one, &limits));
        assert_eq!(number.release_after(at(3), one), Some(at(3)));
        assert_eq!(number.0.len(), 1);
    }
}
