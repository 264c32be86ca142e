use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_760_400_000 + seconds).unwrap()
}

/// What the store keeps of an account.
#[derive(Default)]
struct Kept(Vec<PartSends>);

impl Kept {
    fn look<T>(&self, look: impl FnOnce(AccountParts<'_>) -> T) -> T {
        let empty = AccountSends::default();
        let first = self.0.iter().find(|(part, _)| *part == 0).map_or(&empty, |(_, sends)| sends);
        let others: Vec<_> = self.0.iter().filter(|(part, _)| *part != 0).cloned().collect();
        look(AccountParts { first, others: &others })
    }

    fn write(&mut self, parts: Vec<PartSends>) {
        for (part, sends) in parts {
            self.0.retain(|(kept, _)| *kept != part);
            self.0.push((part, sends));
        }
    }

    /// Sends a message if it may be sent; gives how many parts were written.
    fn send(&mut self, now: Timestamp, limits: &SendLimits, nearest: u16) -> Option<usize> {
        if self.look(|parts| parts.throttled(now, None, limits, nearest)).is_some() {
            return None;
        }
        let written = self.look(|parts| parts.record(now, None, limits, nearest));
        let count = written.len();
        self.write(written);
        Some(count)
    }
}

fn limits(per_second: u32, per_day: u32) -> SendLimits {
    SendLimits {
        account_sms_per_second: per_second,
        account_sms_per_day: per_day,
        is_counted_in_parts: true,
        ..SendLimits::default()
    }
}

#[test]
fn shares_are_the_limit_together_whatever_it_is() {
    for limit in [0, 1, 3, 15, 16, 17, 301, 1_000, u32::MAX] {
        let limits = limits(1_000_000, limit);
        assert_eq!(limits.parts(), ACCOUNT_PARTS_MAX);
        let share = |part| u64::from(limits.share(part, limits.parts()).account_sms_per_day);
        assert_eq!((0..limits.parts()).map(share).sum::<u64>(), u64::from(limit));
        assert_eq!(share(limits.parts()), 0, "a part of earlier limits has none");
    }
}

#[test]
fn whoever_sends_little_is_counted_in_one_part() {
    assert_eq!(limits(10, 1_000).parts(), 1);
    assert_eq!(limits(SENDS_PER_SECOND_OF_PART, 1_000).parts(), 1);
    assert_eq!(limits(SENDS_PER_SECOND_OF_PART + 1, 1_000).parts(), 2);
    let alone = SendLimits { is_counted_in_parts: false, ..limits(1_000_000, 1_000) };
    assert_eq!(alone.parts(), 1);
}

#[test]
fn nobody_is_refused_while_some_part_has_room_and_none_is_let_through_beyond_the_limit() {
    for limit in [1, 7, 40, 101] {
        let (limits, mut kept) = (limits(1_000_000, limit), Kept::default());
        // All of them begin to look at the same part.
        let sent: Vec<_> = (0..limit + 20).filter_map(|_| kept.send(at(0), &limits, 5)).collect();
        let (first, rest) = sent.split_first().unwrap();
        assert_eq!(*first, usize::from(ACCOUNT_PARTS_MAX), "it divides the account");
        assert_eq!(rest, vec![1; limit as usize - 1], "each writes one part");
        let refused = kept.look(|parts| parts.throttled(at(0), None, &limits, 5)).unwrap();
        assert_eq!(refused.throttle, Throttle::AccountDay);
        assert!(refused.until >= at(86_400));
        assert!(kept.look(|parts| parts.throttled(refused.until, None, &limits, 5)).is_none());
    }
}

#[test]
fn while_a_part_holds_more_than_its_share_the_sum_decides_and_all_are_written() {
    let (few, mut kept) = (limits(10, 1_000), Kept::default());
    for second in 0..90 {
        for _ in 0..10 {
            assert_eq!(kept.send(at(second), &few, 3), Some(1));
        }
    }
    // 900 in one part; now the account may send more a second, but no more a day.
    let many = limits(1_000_000, 1_000);
    let sent: Vec<_> = (0..200).filter_map(|_| kept.send(at(100), &many, 3)).collect();
    assert_eq!(sent, vec![usize::from(ACCOUNT_PARTS_MAX); 100], "to the limit, each alone");
    // A day later the parts count for themselves.
    assert_eq!(kept.send(at(2 * 86_400), &many, 3), Some(1));
}

#[test]
fn parts_of_a_limit_that_was_lowered_still_count() {
    let (many, mut kept) = (limits(1_000_000, 1_000), Kept::default());
    assert_eq!((0..64).filter_map(|n| kept.send(at(0), &many, n)).count(), 64);
    let few = limits(10, 70);
    let sent = (0..20).filter(|second| kept.send(at(10 + second), &few, 0).is_some());
    assert_eq!(sent.count(), 6);
}

#[test]
fn a_message_that_never_left_is_given_back_where_it_was_counted() {
    let finland = Country::parse("FI").unwrap();
    let (limits, mut kept) = (limits(1_000_000, 40), Kept::default());
    let limits = SendLimits { country_sms_per_day: 16, ..limits };
    let foreign = |kept: &Kept| kept.look(|p| p.throttled(at(0), Some(finland), &limits, 0));
    for n in 0..16 {
        assert_eq!(foreign(&kept), None);
        let written = kept.look(|parts| parts.record(at(0), Some(finland), &limits, n));
        kept.write(written);
    }
    assert_eq!(foreign(&kept).unwrap().throttle, Throttle::CountryDay);
    let written = kept.look(|parts| parts.release(at(5), Some(finland)));
    assert_eq!(written.len(), 1);
    kept.write(written);
    assert_eq!(foreign(&kept), None);
    let home = (0..100).filter(|n| kept.send(at(0), &limits, *n).is_some()).count();
    assert_eq!(home, 40 - 15);
}

/// A database that refuses to write a row which somebody has written since it was read.
#[derive(Default)]
struct Shared {
    kept: Kept,
    versions: [u32; 16],
    sent: u32,
}

/// What a server has seen and decided, and not committed yet.
struct Step {
    versions: [u32; 16],
    written: Vec<PartSends>,
}

impl Shared {
    fn begin(&self, limits: &SendLimits, nearest: u16) -> Option<Step> {
        let throttled = self.kept.look(|parts| parts.throttled(at(0), None, limits, nearest));
        let written = || self.kept.look(|parts| parts.record(at(0), None, limits, nearest));
        throttled.is_none().then(|| Step { versions: self.versions, written: written() })
    }

    fn commit(&mut self, step: Step) {
        let rows: Vec<usize> = step.written.iter().map(|(part, _)| usize::from(*part)).collect();
        if rows.iter().all(|row| step.versions[*row] == self.versions[*row]) {
            for row in rows {
                self.versions[row] += 1;
            }
            self.kept.write(step.written);
            self.sent += 1;
        }
    }
}

/// Each server goes by limits of its own, as while a change of them comes through.
#[test]
fn servers_that_divide_in_different_ways_never_send_more_than_the_limit_together() {
    let one = SendLimits { is_counted_in_parts: false, ..limits(1_000_000, 90) };
    let ways = [one, limits(120, 90), limits(1_000_000, 90)];
    assert_eq!(ways.map(|limits| limits.parts()), [1, 3, 16]);
    for (slow, quick) in (0..9).map(|n| (&ways[n / 3], &ways[n % 3])) {
        for sent_before in 0..30 {
            let mut shared = Shared::default();
            let send = |shared: &mut Shared, limits: &SendLimits, times: u16| {
                for n in 0..times {
                    let step = shared.begin(limits, n * 7);
                    if let Some(step) = step {
                        shared.commit(step);
                    }
                }
            };
            send(&mut shared, slow, sent_before);
            // Steps of one stay open while another sends all that it may.
            let open: Vec<Step> = (0..40).filter_map(|n| shared.begin(slow, n)).collect();
            send(&mut shared, quick, 200);
            for step in open {
                shared.commit(step);
            }
            assert!(shared.sent <= 90, "{} after {sent_before}", shared.sent);
            send(&mut shared, slow, 200);
            send(&mut shared, quick, 200);
            assert_eq!(shared.sent, 90, "and all that it may");
        }
    }
}

/// A message needs room in every respect; no part may have all of it.
#[test]
fn where_the_account_has_room_and_no_part_has_the_sum_decides() {
    let finland = Country::parse("FI").unwrap();
    let limits = SendLimits {
        account_sms_per_hour: 32,
        country_sms_per_day: 16,
        ..limits(1_000_000, 1_000)
    };
    let mut kept = Kept::default();
    assert_eq!((0..30).filter(|_| kept.send(at(0), &limits, 0).is_some()).count(), 30);
    for left in [2, 1] {
        assert_eq!(kept.look(|p| p.throttled(at(0), Some(finland), &limits, 0)), None, "{left}");
        let written = kept.look(|parts| parts.record(at(0), Some(finland), &limits, 0));
        kept.write(written);
    }
    let refused = kept.look(|p| p.throttled(at(0), Some(finland), &limits, 0)).unwrap();
    assert_eq!(refused.throttle, Throttle::AccountHour);
}

#[test]
fn the_second_of_a_server_that_is_ahead_counts_in_the_sum() {
    let few = SendLimits { account_sms_per_second: 60, ..limits(60, 1_000) };
    let mut kept = Kept::default();
    // Two parts with 30 each: one second of a server that is 3 s ahead, one of ours.
    let sent = (0..40).filter(|_| kept.send(at(103), &few, 0).is_some()).count();
    let ours = (0..40).filter(|_| kept.send(at(100), &few, 1).is_some()).count();
    assert_eq!(sent + ours, 60);
}

#[test]
fn a_cap_is_nearly_full_from_the_message_on_that_uses_four_fifths_of_it() {
    let limits = SendLimits { account_sms_per_day: 10, ..SendLimits::default() };
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let country = Country::parse("FI");
    let counted = |messages: u32, limits: &SendLimits| {
        let mut sends = AccountSends::default();
        for _ in 0..messages {
            sends.record(now);
            sends.record_country(now, country.unwrap());
        }
        let other = [(1, AccountSends::default())];
        let parts = AccountParts { first: &sends, others: &other };
        let foreign = parts.nearly_full(now, country, limits).collect::<Vec<_>>();
        (parts.nearly_full(now, None, limits).collect::<Vec<_>>(), foreign)
    };
    assert_eq!(counted(6, &limits), (vec![], vec![]));
    assert_eq!(counted(7, &limits), (vec![Throttle::AccountDay], vec![Throttle::AccountDay]));
    let limits = SendLimits { account_sms_per_hour: 10, country_sms_per_day: 9, ..limits };
    let all = vec![Throttle::AccountHour, Throttle::AccountDay, Throttle::CountryDay];
    assert_eq!(counted(7, &limits), (all[..2].to_vec(), all.clone()));
    // The parts count together.
    let half = |messages| {
        let mut sends = AccountSends::default();
        (0..messages).for_each(|_| sends.record(now));
        sends
    };
    let (first, others) = (half(4), [(1, half(3))]);
    let parts = AccountParts { first: &first, others: &others };
    assert_eq!(parts.nearly_full(now, None, &limits).count(), 2);
}
