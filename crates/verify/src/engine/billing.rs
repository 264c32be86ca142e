//! Balances and the price table. Money is counted in whole 1/100,000 euro.
//!
//! An account that has a balance pays for its messages; one that has none does
//! not. What a message costs is *reserved* when it is asked for, *charged* when
//! a gateway has it, and *released* when none ever had it. So what is charged
//! never exceeds what there is, however many messages are asked for at once.

use super::{Change, Decision, Keys, Snapshot};
use crate::ids::AccountId;
use crate::limits::PRICE_MAX;
use crate::phone::Country;
use crate::record::{Balance, Price, Sms};

/// Why a message cannot be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unpaid {
    /// The price table has no price for the destination.
    NoPrice,
    /// The account has less than the message costs.
    NotEnough,
}

impl Balance {
    /// What may still be spent.
    pub fn available(&self) -> i64 {
        self.amount.saturating_sub(self.reserved)
    }

    /// Sets the cost of a message aside.
    fn reserve(self, cost: i64) -> Result<Self, Unpaid> {
        if cost > self.available() {
            return Err(Unpaid::NotEnough);
        }
        Ok(Self { reserved: self.reserved.saturating_add(cost), ..self })
    }

    /// Takes what was set aside: a gateway has the message.
    pub(super) fn charge(self, cost: i64) -> Self {
        Self { amount: self.amount.saturating_sub(cost), ..self.release(cost) }
    }

    /// Gives back what was charged: the message was rejected.
    pub(super) fn refund(self, cost: i64) -> Self {
        Self { amount: self.amount.saturating_add(cost), ..self }
    }

    /// Gives back what was set aside: no gateway ever had the message.
    pub(super) fn release(self, cost: i64) -> Self {
        Self { reserved: self.reserved.saturating_sub(cost).max(0), ..self }
    }
}

/// Sets the cost of a message aside, if the account pays at all. Gives the cost
/// and the balance to write.
pub(super) fn reserve(
    snapshot: &Snapshot,
    account: AccountId,
    price: Option<i64>,
    parts: u32,
) -> Result<(i64, Option<Change>), Unpaid> {
    let Some(balance) = snapshot.balance(account) else { return Ok((0, None)) };
    let cost = price.ok_or(Unpaid::NoPrice)?.saturating_mul(i64::from(parts));
    let balance = balance.reserve(cost)?;
    Ok((cost, (cost > 0).then_some(Change::PutBalance(account, balance))))
}

/// The balances of a step that settles several messages: each is written once,
/// with all that happened to it.
pub(super) struct Till {
    balances: Vec<(AccountId, Balance)>,
    is_touched: Vec<bool>,
}

impl Till {
    pub(super) fn open(snapshot: &Snapshot) -> Self {
        let balances = snapshot.balances.clone();
        let is_touched = vec![false; balances.len()];
        Self { balances, is_touched }
    }

    /// Settles what a message costs; nothing for a message that cost nothing.
    pub(super) fn settle(&mut self, sms: &Sms, settle: fn(Balance, i64) -> Balance) {
        let index = self.balances.iter().position(|(account, _)| *account == sms.account);
        if let Some(index) = index.filter(|_| sms.price > 0) {
            self.balances[index].1 = settle(self.balances[index].1, sms.price);
            self.is_touched[index] = true;
        }
    }

    pub(super) fn close(self) -> impl Iterator<Item = Change> {
        let touched =
            self.balances.into_iter().zip(self.is_touched).filter(|(_, touched)| *touched);
        touched.map(|((account, balance), _)| Change::PutBalance(account, balance))
    }
}

/// Records that [`credit`] needs.
pub fn credit_keys(username: &str, account: AccountId) -> Keys {
    Keys { account_name: Some(username.to_owned()), balance: Some(account), ..Keys::default() }
}

/// Answer of [`credit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditOutcome {
    /// The account has this now.
    Credited(Balance),
    /// It would have less than its waiting messages cost, or more than can be
    /// counted; nothing was changed.
    OutOfRange(Balance),
    /// There is no such account.
    AccountNotFound,
}

/// Adds to the balance of an account, or takes from it. The first credit, also
/// one of 0, makes the account pay from then on.
pub fn credit(snapshot: &Snapshot, account: AccountId, amount: i64) -> Decision<CreditOutcome> {
    if snapshot.account.as_ref().is_none_or(|kept| kept.id != account) {
        return Decision::unchanged(CreditOutcome::AccountNotFound);
    }
    let balance = snapshot.balance(account).unwrap_or_default();
    match balance.amount.checked_add(amount) {
        Some(sum) if sum >= balance.reserved => {
            let balance = Balance { amount: sum, ..balance };
            let changes = vec![Change::PutBalance(account, balance)];
            Decision::with(changes, CreditOutcome::Credited(balance))
        }
        _ => Decision::unchanged(CreditOutcome::OutOfRange(balance)),
    }
}

/// Puts a new price table in place of the old.
pub fn replace_prices(prices: &[Price]) -> Decision<()> {
    Decision::with(vec![Change::ReplacePrices(prices.to_vec())], ())
}

/// Whether a number can be a price: 0 to 10,000 euro a segment.
pub fn is_price(price: i64) -> bool {
    (0..=PRICE_MAX).contains(&price)
}

/// What a segment to a country costs. The network of a number is not known when
/// it is sent to, so the line of the whole country counts (an empty network
/// code), else the dearest network. `None` if the country has no line.
pub fn price_of(prices: &[Price], country: Country) -> Option<i64> {
    let of_country = || prices.iter().filter(move |line| line.country == country);
    let whole = of_country().find(|line| line.mccmnc.is_empty()).map(|line| line.price);
    whole.or_else(|| of_country().map(|line| line.price).max())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_reserved_cannot_be_spent_twice() {
        let balance = Balance { amount: 100, reserved: 0 };
        let reserved = balance.reserve(60).unwrap();
        assert_eq!(reserved, Balance { amount: 100, reserved: 60 });
        assert_eq!(reserved.reserve(41), Err(Unpaid::NotEnough));
        assert_eq!(reserved.charge(60), Balance { amount: 40, reserved: 0 });
        assert_eq!(reserved.release(60), balance);
        assert_eq!(reserved.reserve(40).unwrap().available(), 0);
    }

    #[test]
    fn a_country_costs_its_own_line_or_its_dearest_network() {
        let line = |country: &str, mccmnc: &str, price| Price {
            country: Country::parse(country).unwrap(),
            country_name: "Country".to_owned(),
            mccmnc: mccmnc.to_owned(),
            network: "Network".to_owned(),
            price,
        };
        let prices =
            [line("EE", "24801", 5), line("EE", "24802", 7), line("FI", "", 3), line("FI", "1", 9)];
        let price = |country| price_of(&prices, Country::parse(country).unwrap());
        assert_eq!((price("EE"), price("FI"), price("SE")), (Some(7), Some(3), None));
    }
}
