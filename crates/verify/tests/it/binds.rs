//! Servers that share the binds of gateways.

use ringproof_verify::engine::binds::{self, Holder, Taken, Wanted};
use ringproof_verify::engine::{Change, Decision, Snapshot};
use ringproof_verify::record::BindPlace;

const ONE: u64 = 11;
const TWO: u64 = 22;

fn place(gateway: &str, place: u16, holder: u64, beat: u64) -> BindPlace {
    BindPlace { gateway: gateway.to_owned(), place, holder, beat }
}

fn wanted(gateway: &str, binds_max: u16, share: u16, in_use: u16) -> Wanted {
    Wanted { gateway: gateway.to_owned(), binds_max, share, in_use }
}

/// The places of a database.
#[derive(Default)]
struct Places(Vec<BindPlace>);

impl Places {
    fn apply<T>(&mut self, rule: impl FnOnce(&Snapshot) -> Decision<T>) -> T {
        let snapshot = Snapshot { bind_places: self.0.clone(), ..Snapshot::default() };
        let decision = rule(&snapshot);
        for change in decision.changes {
            let (new, dropped) = match change {
                Change::PutBindPlace(place) => (Some(place.clone()), place),
                Change::DropBindPlace(place) => (None, place),
                other => panic!("no rule of binds does that: {other:?}"),
            };
            self.0.retain(|p| (&p.gateway, p.place) != (&dropped.gateway, dropped.place));
            self.0.extend(new);
        }
        self.0.sort_by_key(|place| (place.gateway.clone(), place.place));
        decision.outcome
    }

    fn take(&mut self, id: u64, beat: Option<u64>, wanted: &[Wanted], dead: &[BindPlace]) -> Taken {
        self.apply(|snapshot| binds::take(snapshot, Holder { id, beat }, wanted, dead))
    }
}

#[test]
fn each_server_should_have_as_many_as_the_others() {
    for ((binds_max, servers), share) in
        [((1, 1), 1), ((1, 2), 1), ((2, 2), 1), ((2, 3), 1), ((4, 2), 2), ((5, 2), 3), ((3, 0), 3)]
    {
        assert_eq!(binds::share(binds_max, servers), share, "{binds_max} binds, {servers} servers");
    }
}

#[test]
fn the_first_has_the_only_bind_until_it_gives_it_up() {
    let mut places = Places::default();
    let only = [wanted("sms", 1, 1, 0)];
    assert_eq!(places.take(ONE, Some(1), &only, &[]).counts, [1]);
    let taken = places.take(TWO, Some(1), &only, &[]);
    assert_eq!((taken.counts, taken.seen), (vec![0], vec![place("sms", 0, ONE, 1)]));
    assert_eq!(places.take(ONE, Some(2), &only, &[]).counts, [1]);
    assert_eq!(places.0, [place("sms", 0, ONE, 2)], "it lives");
    assert_eq!(places.take(ONE, None, &only, &[]).counts, [1]);
    assert_eq!(places.0, [place("sms", 0, ONE, 2)], "it was not time to show it");
    places.apply(|snapshot| binds::give_up(snapshot, TWO));
    assert_eq!(places.0.len(), 1, "only one's own");
    places.apply(|snapshot| binds::give_up(snapshot, ONE));
    assert_eq!(places.take(TWO, Some(2), &only, &[]).counts, [1]);
}

#[test]
fn who_is_dead_is_followed_and_who_showed_a_sign_of_life_meanwhile_is_not() {
    let mut places = Places(vec![place("sms", 0, ONE, 7)]);
    let only = [wanted("sms", 1, 1, 0)];
    let dead = [place("sms", 0, ONE, 7)];
    let mut alive = Places(vec![place("sms", 0, ONE, 8)]);
    assert_eq!(alive.take(TWO, Some(1), &only, &dead).counts, [0], "it has another beat by now");
    let mut followed = Places(vec![place("sms", 0, 33, 7)]);
    assert_eq!(followed.take(TWO, Some(1), &only, &dead).counts, [0], "somebody was quicker");
    assert_eq!(places.take(TWO, Some(1), &only, &dead).counts, [1]);
    assert_eq!(places.0, [place("sms", 0, TWO, 1)]);
    assert_eq!(places.take(ONE, Some(8), &only, &[]).counts, [0], "it lives again, and has none");
}

#[test]
fn places_are_given_up_when_their_binds_have_ended() {
    let mut places = Places::default();
    assert_eq!(places.take(ONE, Some(1), &[wanted("sms", 2, 2, 0)], &[]).counts, [2]);
    assert_eq!(places.take(TWO, Some(1), &[wanted("sms", 2, 1, 0)], &[]).counts, [0]);
    // It should have one by now, and both are bound.
    assert_eq!(places.take(ONE, Some(2), &[wanted("sms", 2, 1, 2)], &[]).counts, [2]);
    assert_eq!(places.take(TWO, Some(2), &[wanted("sms", 2, 1, 0)], &[]).counts, [0]);
    assert_eq!(places.take(ONE, Some(3), &[wanted("sms", 2, 1, 1)], &[]).counts, [1]);
    assert_eq!(places.take(TWO, Some(3), &[wanted("sms", 2, 1, 0)], &[]).counts, [1]);
    assert_eq!(places.0.iter().map(|p| p.holder).collect::<Vec<_>>(), [ONE, TWO]);
}

#[test]
fn gateways_do_not_get_in_each_others_way() {
    let mut places = Places::default();
    let both = [wanted("b", 1, 1, 0), wanted("a", 3, 2, 0)];
    assert_eq!(places.take(ONE, Some(1), &both, &[]).counts, [1, 2], "in their order");
    assert_eq!(places.take(TWO, Some(1), &both, &[]).counts, [0, 1]);
    // One of them has fewer binds from now on.
    let fewer = [wanted("b", 1, 1, 1), wanted("a", 1, 1, 1)];
    assert_eq!(places.take(ONE, Some(2), &fewer, &[]).counts, [1, 1]);
    assert_eq!(places.0.iter().filter(|p| p.holder == ONE).count(), 2);
    // The other one has a place that there is no more, and its bind is to end.
    assert_eq!(places.take(TWO, Some(2), &[wanted("a", 1, 1, 1)], &[]).counts, [0]);
    assert_eq!(places.take(TWO, Some(3), &[wanted("a", 1, 1, 0)], &[]).counts, [0]);
    assert_eq!(places.0, [place("a", 0, ONE, 2), place("b", 0, ONE, 2)]);
}
