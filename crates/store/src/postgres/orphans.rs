//! For how many receipts that nobody knows there is room, so that in a flood of them not
//! each one costs a count of all.
//!
//! A node counts when it does not know of room for what a step brings, and remembers what
//! is free then. Other nodes write meanwhile: so no node believes in more room than
//! [`ORPHANS_SPARED`], and with several of them there may be as many too many for each
//! other one, until somebody counts next.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use verify::engine::Change;
use verify::limits::{ORPHANS_PER_GATEWAY_MAX, ORPHANS_SPARED};

use super::connection::Connection;
use super::lock;
use super::trouble::Result;
use super::value::params;

const KEPT: &str = "SELECT form, state FROM orphan WHERE gateway = $1 AND form = ANY($2)";

const COUNT: &str = "SELECT count(*) FROM orphan WHERE gateway = $1";

/// What a node knows of the room of each gateway, at least.
#[derive(Default)]
pub(super) struct Rooms(Mutex<HashMap<String, u32>>);

impl Rooms {
    /// Takes places for the orphans that these changes put. Gives the gateways that have
    /// too few: theirs are brought down to the bound with each one that is put.
    pub(super) async fn take<'c>(
        &self,
        connection: &Connection,
        changes: &'c [Change],
    ) -> Result<BTreeSet<&'c str>> {
        let mut put: BTreeMap<&str, BTreeSet<(&str, &str)>> = BTreeMap::new();
        for change in changes {
            if let Change::PutOrphan(orphan) = change {
                let of_gateway = put.entry(&orphan.gateway).or_default();
                of_gateway.insert((&orphan.form, orphan.state.as_str()));
            }
        }
        let mut crowded = BTreeSet::new();
        for (gateway, orphans) in put {
            let has_room = self.take_known(gateway, orphans.len())
                || self.look(connection, gateway, orphans).await?;
            if !has_room {
                crowded.insert(gateway);
            }
        }
        Ok(crowded)
    }

    /// Takes so many places, if they are known to be there.
    fn take_known(&self, gateway: &str, places: usize) -> bool {
        let mut rooms = lock(&self.0);
        let Some(room) = rooms.get_mut(gateway) else { return false };
        let left = u32::try_from(places).ok().and_then(|places| room.checked_sub(places));
        *room = left.unwrap_or(*room);
        left.is_some()
    }

    /// Looks whether there is room. Ones that are there already take none, so a flood of
    /// those is not counted either.
    async fn look(
        &self,
        connection: &Connection,
        gateway: &str,
        mut orphans: BTreeSet<(&str, &str)>,
    ) -> Result<bool> {
        let forms: Vec<&str> = orphans.iter().map(|(form, _)| *form).collect();
        let both =
            |row: &super::row::Row<'_>| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned()));
        let kept = connection.all(KEPT, params![gateway, forms], both).await?;
        let is_new = |form: &str, state: &str| !kept.iter().any(|(f, s)| f == form && s == state);
        orphans.retain(|(form, state)| is_new(form, state));
        if orphans.is_empty() {
            return Ok(true);
        }
        let count = connection.one(COUNT, params![gateway], |row| row.get::<i64>(0)).await?;
        Ok(self.counted(gateway, count.unwrap_or_default(), orphans.len()))
    }

    /// So many are there, and so many come; whether there is room for them.
    fn counted(&self, gateway: &str, there: i64, coming: usize) -> bool {
        let free = u32::try_from(i64::from(ORPHANS_PER_GATEWAY_MAX) - there).unwrap_or_default();
        let left = u32::try_from(coming).ok().and_then(|coming| free.checked_sub(coming));
        let room = left.unwrap_or_default().min(ORPHANS_SPARED);
        lock(&self.0).insert(gateway.to_owned(), room);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_to_be_free_is_taken_without_a_count() {
        let rooms = Rooms::default();
        assert!(!rooms.take_known("one", 1), "nothing is known");
        assert!(rooms.counted("one", 4_090, 4));
        assert!(rooms.take_known("one", 1));
        assert!(!rooms.take_known("one", 2), "one place is left");
        assert!(rooms.take_known("one", 1) && !rooms.take_known("one", 1));
        assert!(!rooms.take_known("two", 1));
        assert!(!rooms.counted("one", 4_096, 1) && !rooms.counted("one", 5_000, 1));
        assert!(!rooms.take_known("one", 1));
    }

    #[test]
    fn of_a_flood_one_in_so_many_is_counted() {
        let (rooms, mut there, mut counts) = (Rooms::default(), 0, 0);
        for _ in 0..ORPHANS_PER_GATEWAY_MAX {
            if !rooms.take_known("one", 1) {
                counts += 1;
                assert!(rooms.counted("one", there, 1), "{there}");
            }
            there += 1;
        }
        assert_eq!(counts, ORPHANS_PER_GATEWAY_MAX.div_ceil(ORPHANS_SPARED + 1));
    }
}
