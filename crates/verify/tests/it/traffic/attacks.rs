//! S-47: attacks on one country, and what is lost until it is closed. Codes are never
//! entered. Whoever is refused goes on with the next number.

use ringproof_verify::SignedDuration;
use ringproof_verify::record::Area;

use super::{Site, area, is_closing};

const SEEDS: u64 = 50;
/// S-47 and `delivery.md` 10: messages lost per attack and country, at most.
const LOST_MAX: u32 = 50;

#[derive(Debug, Clone, Copy)]
enum Attack {
    /// One number after the other, block after block.
    Sequence,
    /// Numbers all over the country.
    Country,
    /// Twenty operators in turn.
    Prefixes,
    /// As fast as stays just below what may be on its way.
    Paced,
    /// One a minute, all over the country.
    Drip,
    /// One a minute, in one block.
    DripBlock,
}

impl Attack {
    fn number(self, site: &mut Site, place: u64) -> String {
        let digits = match self {
            Self::Sequence => 1_234_000 + place,
            Self::DripBlock => 1_234_000 + place % 1_000,
            Self::Prefixes => place % 20 * 10_000 * 31 + site.below(10_000),
            Self::Country | Self::Paced | Self::Drip => site.below(10_000_000),
        };
        format!("+3725{:07}", digits % 10_000_000)
    }

    fn pause(self, site: &mut Site) -> SignedDuration {
        let millis = match self {
            Self::Sequence | Self::Country | Self::Prefixes => 50 + site.below(5_000),
            Self::Paced => 2_300 + site.below(1_000),
            Self::Drip | Self::DripBlock => 60_000,
        };
        SignedDuration::from_millis(i64::try_from(millis).expect("less than a minute"))
    }
}

/// What an attack gets through in an hour or until the area is closed.
fn lost(attack: Attack, of: Option<Area>, mut site: Site) -> u32 {
    let mut lost = 0;
    for place in 0..7_200 {
        let number = attack.number(&mut site, place);
        lost += u32::from(site.start(&number).is_some());
        let pause = attack.pause(&mut site);
        site.pass(pause);
        let is_over = |news: &_| is_closing(news) && of.is_none_or(|of| of == news.area);
        if site.guard.news().iter().any(is_over) {
            return lost;
        }
    }
    panic!("{attack:?} is never closed");
}

#[expect(clippy::print_stdout, reason = "the figures are shown with --nocapture")]
fn distribution(attack: Attack, of: Option<Area>) -> Vec<u32> {
    let mut all = Vec::new();
    for (name, site) in [("new", Site::new as fn(u64) -> Site), ("known", Site::known)] {
        let mut lost: Vec<u32> = (0..SEEDS).map(|seed| lost(attack, of, site(seed))).collect();
        lost.sort_unstable();
        let at = |percent: usize| lost[(lost.len() - 1) * percent / 100];
        println!(
            "{attack:?}, {name} service: {} / {} / {} lost (least, median, most)",
            at(0),
            at(50),
            at(100)
        );
        all.extend(lost);
    }
    all
}

#[test]
fn an_attack_on_a_country_costs_at_most_fifty_messages_until_it_is_closed() {
    for attack in [Attack::Sequence, Attack::Country, Attack::Prefixes, Attack::Paced] {
        let lost = distribution(attack, Some(area("EE")));
        assert!(lost.iter().all(|lost| *lost <= LOST_MAX), "{attack:?}");
    }
}

#[test]
fn a_slow_drip_is_closed_before_fifty_messages_too() {
    let lost = distribution(Attack::Drip, Some(area("EE")));
    assert!(lost.iter().all(|lost| *lost <= LOST_MAX));
    let lost = distribution(Attack::DripBlock, Some(area("+37251234xxx")));
    assert!(lost.iter().all(|lost| *lost <= 10), "five neighbours close a block");
}

#[test]
fn a_day_of_attack_costs_little_more_than_the_times_that_it_is_closed() {
    for attack in [Attack::Country, Attack::Drip] {
        let mut site = Site::new(1);
        let end = site.now + SignedDuration::from_hours(24);
        let (mut lost, mut closed, mut place) = (0, 0, 0);
        while site.now < end {
            let number = attack.number(&mut site, place);
            lost += u32::from(site.start(&number).is_some());
            let pause = attack.pause(&mut site);
            site.pass(pause);
            place += 1;
            let news = site.guard.news();
            closed += u32::try_from(
                news.iter().filter(|n| is_closing(n) && n.area == area("EE")).count(),
            )
            .expect("a few");
        }
        println!("{attack:?} for a day: {place} tried, {lost} lost, closed {closed} times");
        assert!((4..=5).contains(&closed), "for 1, 2, 4, 8 hours and then the rest");
        assert!(lost <= LOST_MAX * (closed + 1));
    }
}
