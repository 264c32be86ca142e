//! The users of the load: their ids, who is busy, and who comes next.

use crate::limits::USERS_MAX;

/// Bytes of a user id: a hyphenated UUID.
pub(crate) const ID_BYTES: usize = 36;
/// First phone number of the plan, `+37250000000`; nothing sent to it leaves the load program.
const NUMBER_FIRST: u64 = 37_250_000_000;

const FREE: u16 = 0;
/// A user whose state at the server is unknown since an error; it is not used again, because a
/// verification that still lives would answer the next start with silence (resend cooldown).
const SET_ASIDE: u16 = u16::MAX;
const TRIES_MAX: u32 = 10_000;

/// All users created so far; user `n` has phone number `NUMBER_FIRST + n`.
pub(crate) struct Users {
    ids: Vec<[u8; ID_BYTES]>,
    owners: Vec<u16>,
}

/// How the next user is chosen.
pub(crate) enum Order {
    /// One after the other, so that each is fresh as long as possible.
    RoundRobin {
        /// The next one.
        next: u32,
    },
    /// One after the other in steps.
    Strided {
        /// The next one.
        next: u32,
        /// How wide a step is.
        by: u32,
    },
    /// At random, repeatable.
    Random {
        /// State of the generator.
        state: u64,
    },
}

impl Order {
    fn next(&mut self, count: u32) -> u32 {
        match self {
            Self::RoundRobin { next } => {
                let user = *next % count;
                *next = (user + 1) % count;
                user
            }
            Self::Strided { next, by } => {
                let user = *next % count;
                // What is beyond the last one begins again at the first, not between the steps.
                *next = if user + *by < count { user + *by } else { 0 };
                user
            }
            Self::Random { state } => {
                // SplitMix64; the high half of the product spreads it over 0..count evenly.
                *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
                let mut mixed = *state;
                mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
                mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
                mixed ^= mixed >> 31;
                let scaled = ((mixed >> 32) * u64::from(count)) >> 32;
                u32::try_from(scaled).unwrap_or_default()
            }
        }
    }
}

impl Users {
    /// No users yet.
    pub(crate) fn new() -> Self {
        Self { ids: Vec::new(), owners: Vec::new() }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.ids.len()).unwrap_or(USERS_MAX)
    }

    /// Makes room for users up to `count`; they cannot be claimed until their id is set.
    pub(crate) fn grow(&mut self, count: u32) {
        self.ids.resize(count as usize, [0; ID_BYTES]);
        self.owners.resize(count as usize, SET_ASIDE);
    }

    /// Keeps the id the server gave to a user. False if it is not as long as a UUID.
    pub(crate) fn set_id(&mut self, user: u32, id: &[u8]) -> bool {
        let Ok(id) = id.try_into() else { return false };
        self.ids[user as usize] = id;
        self.owners[user as usize] = FREE;
        true
    }

    /// The id of a user.
    pub(crate) fn id(&self, user: u32) -> &[u8; ID_BYTES] {
        &self.ids[user as usize]
    }

    /// The phone number of a user, as the digits of one number.
    pub(crate) fn number(user: u32) -> u64 {
        NUMBER_FIRST + u64::from(user)
    }

    /// The connection that is busy with the user of this phone number.
    pub(crate) fn owner_of_number(&self, number: u64) -> Option<(u32, usize)> {
        let user = u32::try_from(number.checked_sub(NUMBER_FIRST)?).ok()?;
        match *self.owners.get(user as usize)? {
            FREE | SET_ASIDE => None,
            owner => Some((user, usize::from(owner) - 1)),
        }
    }

    /// Takes the next free user for a connection. `None` if almost nobody is free.
    pub(crate) fn claim(&mut self, order: &mut Order, connection: usize) -> Option<u32> {
        let count = self.count();
        for _ in 0..TRIES_MAX.max(count) {
            let user = order.next(count);
            let owner = &mut self.owners[user as usize];
            if *owner == FREE {
                *owner = u16::try_from(connection + 1).unwrap_or(SET_ASIDE);
                return Some(user);
            }
        }
        None
    }

    /// The user may be taken again.
    pub(crate) fn release(&mut self, user: u32) {
        self.owners[user as usize] = FREE;
    }

    /// The user must not be taken again.
    pub(crate) fn set_aside(&mut self, user: u32) {
        self.owners[user as usize] = SET_ASIDE;
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Users};

    fn users(count: u32) -> Users {
        let mut users = Users::new();
        users.grow(count);
        (0..count).for_each(|user| assert!(users.set_id(user, &[b'a'; 36])));
        users
    }

    #[test]
    fn round_robin_passes_busy_users_and_comes_around() {
        let mut users = users(3);
        let mut order = Order::RoundRobin { next: 2 };
        assert_eq!(users.claim(&mut order, 0), Some(2));
        assert_eq!(users.claim(&mut order, 1), Some(0));
        assert_eq!(users.claim(&mut order, 2), Some(1));
        assert_eq!(users.claim(&mut order, 3), None);
        users.release(0);
        assert_eq!(users.claim(&mut order, 4), Some(0));
        assert_eq!(users.owner_of_number(Users::number(0)), Some((0, 4)));
    }

    #[test]
    fn a_user_set_aside_is_never_claimed_again() {
        let mut users = users(2);
        let mut order = Order::Random { state: 7 };
        users.set_aside(0);
        for _ in 0..50 {
            assert_eq!(users.claim(&mut order, 0), Some(1));
            users.release(1);
        }
        assert_eq!(users.owner_of_number(Users::number(0)), None);
        assert_eq!(users.owner_of_number(1), None);
    }

    #[test]
    fn random_order_reaches_everybody_and_repeats_with_its_seed() {
        let draw = || {
            let mut order = Order::Random { state: 1 };
            (0..1000).map(|_| order.next(10)).collect::<Vec<_>>()
        };
        assert_eq!(draw(), draw());
        assert!((0..10).all(|user| draw().contains(&user)));
    }

    #[test]
    fn a_user_without_an_id_cannot_be_claimed() {
        let mut users = users(0);
        users.grow(5);
        assert!(!users.set_id(1, b"short"));
        assert_eq!(users.claim(&mut Order::RoundRobin { next: 0 }, 0), None);
    }
}
