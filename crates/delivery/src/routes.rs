//! Which gateways may carry a message: routes, as the operator wrote them.

use std::sync::Arc;

use verify::SignedDuration;
use verify::engine::outbox::Promise;
use verify::phone::PhoneNumber;
use verify::routing::Preference;

use crate::gateway::Gateway;

/// A gateway in force.
#[derive(Clone)]
pub struct Exit {
    /// The gateway.
    pub gateway: Arc<dyn Gateway>,
    /// Price of a part there, in 1/100,000 euro; unknown without.
    pub price: Option<u64>,
}

/// An ordered list of gateways for some numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its name in configuration and logs.
    pub name: String,
    /// Digits that numbers begin with, without `+`; none for all numbers.
    pub prefixes: Vec<String>,
    /// User names of the accounts that it is for; none for all accounts.
    pub accounts: Vec<String>,
    /// Names of its gateways, the first choice first.
    pub gateways: Vec<String>,
    /// How one of them is chosen.
    pub preference: Preference,
    /// Another gateway is asked when no receipt says within this time that a
    /// code was delivered (`delivery.md` 8.3); never without.
    pub receipt_within: Option<SignedDuration>,
}

/// All gateways and routes in force.
#[derive(Clone, Default)]
pub struct Routes {
    exits: Vec<Exit>,
    table: Vec<Entry>,
    /// Of a number that no route is for: all gateways in their order.
    rest: Way,
    promise: Promise,
}

/// Where a message may go.
#[derive(Debug, Clone, Default)]
pub struct Way {
    /// Places of gateways among the exits, in order.
    pub(crate) exits: Arc<[usize]>,
    pub(crate) preference: Option<Preference>,
    pub(crate) receipt_within: Option<SignedDuration>,
}

#[derive(Clone)]
struct Entry {
    prefixes: Vec<String>,
    accounts: Vec<String>,
    way: Way,
}

impl Routes {
    /// Puts exits and routes together. A gateway that a route names and that is
    /// not there is left out; a configuration is checked before.
    pub fn new(exits: Vec<Exit>, routes: &[Route]) -> Self {
        let place = |name: &String| exits.iter().position(|exit| exit.gateway.name() == name);
        let entry = |route: &Route| Entry {
            prefixes: route.prefixes.clone(),
            accounts: route.accounts.clone(),
            way: Way {
                exits: route.gateways.iter().filter_map(place).collect(),
                preference: Some(route.preference),
                receipt_within: route.receipt_within,
            },
        };
        let table = routes.iter().map(entry).collect();
        let rest = Way { exits: (0..exits.len()).collect(), ..Way::default() };
        Self { exits, table, rest, promise: Promise::default() }
    }

    /// The same with this promise of clients' messages.
    #[must_use]
    pub fn with_promise(self, promise: Promise) -> Self {
        Self { promise, ..self }
    }

    /// What is promised of clients' messages.
    pub fn promise(&self) -> Promise {
        self.promise
    }

    /// All gateways in their order, without routes.
    pub fn in_order(gateways: Vec<Arc<dyn Gateway>>) -> Self {
        let exits = gateways.into_iter().map(|gateway| Exit { gateway, price: None }).collect();
        Self::new(exits, &[])
    }

    /// The exits.
    pub fn exits(&self) -> &[Exit] {
        &self.exits
    }

    /// Whether some route is for certain accounts only.
    pub fn asks_for_account(&self) -> bool {
        self.table.iter().any(|entry| !entry.accounts.is_empty())
    }

    /// Where a message of this account to this number may go: by the route that
    /// names the account before one for all, then by the longest prefix, then by
    /// the first in the list.
    pub fn find(&self, account: Option<&str>, to: &PhoneNumber) -> &Way {
        let digits = to.as_e164().trim_start_matches('+');
        let fit = |entry: &Entry| {
            let names = |name: &String| Some(name.as_str()) == account;
            if !entry.accounts.is_empty() && !entry.accounts.iter().any(names) {
                return None;
            }
            let fitting = entry.prefixes.iter().filter(|p| digits.starts_with(p.as_str()));
            let length = match fitting.map(String::len).max() {
                Some(length) => length,
                None if entry.prefixes.is_empty() => 0,
                None => return None,
            };
            Some((!entry.accounts.is_empty(), length))
        };
        let fitting = self.table.iter().filter_map(|entry| Some((fit(entry)?, entry)));
        // The first of equals.
        let best = fitting.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map_or(&self.rest, |(_, entry)| &entry.way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::stub;

    fn route(name: &str, prefixes: &[&str], accounts: &[&str], gateways: &[&str]) -> Route {
        let owned = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect();
        Route {
            name: name.to_owned(),
            prefixes: owned(prefixes),
            accounts: owned(accounts),
            gateways: owned(gateways),
            preference: Preference::Order,
            receipt_within: None,
        }
    }

    fn routes(all: &[Route]) -> Routes {
        let exit = |name| Exit { gateway: stub::named(name), price: None };
        Routes::new(["a", "b", "c", "d"].map(exit).to_vec(), all)
    }

    /// The gateways that may have a message.
    fn found(routes: &Routes, account: Option<&str>, to: &str) -> String {
        let to = PhoneNumber::parse(to).expect("a number");
        let way = routes.find(account, &to);
        way.exits.iter().map(|place| routes.exits()[*place].gateway.name()).collect()
    }

    const TALLINN: &str = "+37255500123";

    #[test]
    fn without_a_route_all_gateways_are_there_in_their_order() {
        assert_eq!(found(&routes(&[]), None, TALLINN), "abcd");
        let finland = [route("fi", &["358"], &[], &["b"])];
        assert_eq!(found(&routes(&finland), Some("shop"), TALLINN), "abcd");
        assert_eq!(found(&Routes::default(), None, TALLINN), "");
    }

    #[test]
    fn the_longest_prefix_decides_and_then_the_first_of_equals() {
        let all = routes(&[
            route("all", &[], &[], &["d"]),
            route("ee", &["358", "372"], &[], &["a", "b"]),
            route("operator", &["37", "372555"], &[], &["c"]),
            route("again", &["372555"], &[], &["d"]),
        ]);
        assert_eq!(found(&all, None, TALLINN), "c");
        assert_eq!(found(&all, None, "+37256600123"), "ab");
        assert_eq!(found(&all, None, "+37156600123"), "c", "of its two prefixes the one that fits");
        assert_eq!(found(&all, None, "+4915112345678"), "d");
    }

    #[test]
    fn a_route_for_the_account_comes_before_one_for_all() {
        let all = routes(&[
            route("operator", &["372555"], &[], &["a"]),
            route("shop", &[], &["shop", "bank"], &["b"]),
            route("shop in ee", &["372"], &["shop"], &["c"]),
        ]);
        assert!(all.asks_for_account());
        assert_eq!(found(&all, Some("shop"), TALLINN), "c");
        assert_eq!(found(&all, Some("bank"), TALLINN), "b", "though a longer prefix is for all");
        for account in [Some("Shop"), Some(""), None] {
            assert_eq!(found(&all, account, TALLINN), "a", "{account:?}");
        }
        assert_eq!(found(&all, None, "+4915112345678"), "abcd");
        assert!(!routes(&[route("all", &[], &[], &["a"])]).asks_for_account());
    }

    #[test]
    fn gateways_come_in_the_order_of_the_route() {
        let all = routes(&[route("ee", &["372"], &[], &["c", "unknown", "a"])]);
        assert_eq!(found(&all, None, TALLINN), "ca");
    }
}
