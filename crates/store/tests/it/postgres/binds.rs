//! Servers share the binds of gateways, and leave messages to each other.

use ringproof_store::Store;
use verify::engine::binds::{self, Holder, Wanted};
use verify::engine::{Change, Due, Keys};
use verify::record::{BindPlace, OutgoingMessage};

use super::server::shared;
use crate::asking::{put, seen, wait};
use crate::engines::node;
use crate::sample::{self, at};

const SERVERS: u64 = 8;

fn place(place: u16, holder: u64, beat: u64) -> BindPlace {
    BindPlace { gateway: "sms".to_owned(), place, holder, beat }
}

fn places(store: &Store) -> Vec<BindPlace> {
    seen(store, &binds::keys()).bind_places
}

/// Takes what may be had of three binds.
fn take(store: &Store, holder: u64, dead: Vec<BindPlace>) -> u16 {
    let wanted = [Wanted { gateway: "sms".to_owned(), binds_max: 3, share: 3, in_use: 0 }];
    let holder = Holder { id: holder, beat: Some(1) };
    let rule = move |snapshot: &_| binds::take(snapshot, holder, &wanted, &dead);
    wait(store.transact(binds::keys(), rule)).expect("it is done").counts[0]
}

/// All servers ask for all places at once, when nobody has them and when whoever had
/// them is dead.
#[test]
fn no_place_is_given_twice_however_many_ask_at_once() {
    let address = shared().database();
    let all: Vec<Store> = (0..SERVERS).map(|_| node(&address)).collect();
    for round in 0..10 {
        let dead = places(&all[0]);
        assert_eq!(dead.len(), if round == 0 { 0 } else { 3 });
        let count = std::thread::scope(|scope| {
            let ask = |(store, n)| {
                let dead = dead.clone();
                scope.spawn(move || take(store, round * SERVERS + n + 1, dead))
            };
            let asking: Vec<_> = all.iter().zip(0..).map(ask).collect();
            asking.into_iter().map(|asks| asks.join().expect("it does not panic")).sum::<u16>()
        });
        assert_eq!(count, 3, "of three places, in round {round}");
        let now = places(&all[0]);
        assert_eq!(now.iter().map(|place| place.place).collect::<Vec<_>>(), [0, 1, 2]);
        assert!(now.iter().all(|place| place.holder > round * SERVERS), "{now:?}");
    }
}

#[test]
fn places_come_back_and_go() {
    let store = node(&shared().database());
    let huge = [place(0, u64::MAX, u64::MAX), place(65_535, 1 << 63, 7)];
    put(&store, huge.iter().cloned().map(Change::PutBindPlace).collect());
    assert_eq!(places(&store), huge);
    put(&store, vec![Change::PutBindPlace(place(0, 5, 6)), Change::DropBindPlace(huge[1].clone())]);
    assert_eq!(places(&store), [place(0, 5, 6)]);
    assert_eq!(seen(&store, &Keys::default()).bind_places, [], "nobody asked");
}

#[test]
fn what_is_left_for_another_server_is_not_due_here() {
    let store = node(&shared().database());
    let left = |n: u8, left_for: Option<&str>| OutgoingMessage {
        next_at: at(0),
        lease: 0,
        left_for: left_for.map(str::to_owned),
        ..sample::message(n)
    };
    let all = [left(1, None), left(2, Some("one")), left(3, Some("two"))];
    put(&store, all.iter().map(|m| Change::QueueMessage(Box::new(m.clone()))).collect());
    let due = |except: &[&str]| {
        let due_except = except.iter().map(|&name| name.to_owned()).collect();
        let due = Some(Due { now: at(1_000), limit: 10 });
        let found = seen(&store, &Keys { due, due_except, ..Keys::default() }).due;
        found.into_iter().map(|due| due.message).collect::<Vec<_>>()
    };
    assert_eq!(due(&[]), all);
    assert_eq!(due(&["one"]), [all[0].clone(), all[2].clone()]);
    assert_eq!(due(&["two", "one", "three"]), all[..1]);
    let taken = OutgoingMessage { left_for: None, ..all[1].clone() };
    put(&store, vec![Change::UpdateMessage(Box::new(taken.clone()))]);
    let again = OutgoingMessage { left_for: Some("one".to_owned()), ..all[0].clone() };
    put(&store, vec![Change::UpdateMessage(Box::new(again))]);
    assert_eq!(due(&["one"]), [taken, all[2].clone()]);
}
