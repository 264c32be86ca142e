//! Which server may have a bind at a gateway over SMPP. A provider allows so many
//! binds for all servers together (`delivery.md` 3.2), and refuses one more; so
//! each bind has a place, and a server has places before it binds.

use super::{Change, Decision, Keys, Snapshot};
use crate::record::BindPlace;

/// What a server wants of one gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub gateway: String,
    /// Binds that all servers together may have there.
    pub binds_max: u16,
    /// Places that this server should have ([`share`]).
    pub share: u16,
    /// Binds that it has there and that have not ended yet, whether it should have
    /// them or not: their places are not given up.
    pub in_use: u16,
}

/// What a server has after [`take`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// How many places it has at each of the gateways, in their order.
    pub counts: Vec<u16>,
    /// All places as they were before.
    pub seen: Vec<BindPlace>,
}

/// How the server that asks stands.
#[derive(Debug, Clone, Copy)]
pub struct Holder {
    /// Its run; never 0.
    pub id: u64,
    /// Whether it is time to show that it lives, by this beat; else none is shown
    /// where nothing else is written.
    pub beat: Option<u64>,
}

/// Places that each of so many servers should have at a gateway. Rounded up: of
/// five, two servers should have three, and one of them gets two.
pub fn share(binds_max: u16, servers: u16) -> u16 {
    binds_max.div_ceil(servers.max(1))
}

/// Records that [`take`] and [`give_up`] need.
pub fn keys() -> Keys {
    Keys { bind_places: true, ..Keys::default() }
}

/// Takes the places that the server should have and that are free: nobody has
/// them, or who had them has shown no sign of life for so long that the caller
/// counts it as dead (`dead`: its places as they were seen all that time). Gives up
/// those beyond its share whose binds have ended.
pub fn take(
    snapshot: &Snapshot,
    holder: Holder,
    wanted: &[Wanted],
    dead: &[BindPlace],
) -> Decision<Taken> {
    let mut changes = Vec::new();
    let counts = wanted.iter().map(|wanted| take_one(snapshot, holder, wanted, dead, &mut changes));
    let taken = Taken { counts: counts.collect(), seen: snapshot.bind_places.clone() };
    Decision::with(changes, taken)
}

fn take_one(
    snapshot: &Snapshot,
    holder: Holder,
    wanted: &Wanted,
    dead: &[BindPlace],
    changes: &mut Vec<Change>,
) -> u16 {
    let kept = |place: u16| {
        let mut all = snapshot.bind_places.iter();
        all.find(|kept| kept.gateway == wanted.gateway && kept.place == place)
    };
    let ours = snapshot.bind_places.iter();
    let ours = ours.filter(|kept| kept.gateway == wanted.gateway && kept.holder == holder.id);
    let (may_have, mut count) = (wanted.share.max(wanted.in_use), 0);
    for kept in ours {
        // A place that there is no more counts for nothing while its bind ends.
        let is_there = kept.place < wanted.binds_max;
        if count >= may_have || !is_there && wanted.in_use == 0 {
            changes.push(Change::DropBindPlace(kept.clone()));
            continue;
        }
        count += u16::from(is_there);
        if let Some(beat) = holder.beat {
            changes.push(Change::PutBindPlace(BindPlace { beat, ..kept.clone() }));
        }
    }
    for place in 0..wanted.binds_max {
        let is_free = match kept(place) {
            None => true,
            Some(kept) => kept.holder != holder.id && dead.contains(kept),
        };
        if count < wanted.share && is_free {
            count += 1;
            changes.push(Change::PutBindPlace(BindPlace {
                gateway: wanted.gateway.clone(),
                place,
                holder: holder.id,
                beat: holder.beat.unwrap_or_default(),
            }));
        }
    }
    count
}

/// Gives up all places of a server, when its binds have ended.
pub fn give_up(snapshot: &Snapshot, holder: u64) -> Decision<()> {
    let ours = snapshot.bind_places.iter().filter(|kept| kept.holder == holder);
    Decision::with(ours.cloned().map(Change::DropBindPlace).collect(), ())
}
