//! What is known, for people.

use std::collections::BTreeMap;

use super::super::Prefix;
use super::places::{OBSERVATIONS_MIN, Places, median};
use super::receipts::ReceiptDoubt;
use crate::Timestamp;
use crate::phone::Country;

/// Receipts that are too good: this share says "delivered" (`delivery.md` 9) …
const FAKE_DELIVERED_MIN: f64 = 0.95;

/// … while less than this part of what the others reach is entered.
const FAKE_CONVERSION_PART: f64 = 0.5;

/// How one gateway does in one country.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The gateway's name.
    pub gateway: String,
    /// The country.
    pub country: Country,
    /// Messages with a code that were counted, entered in time or not.
    pub observations: u32,
    /// The share of them that was entered, older ones less.
    pub conversion: Option<f64>,
    /// Final receipts that were counted.
    pub receipts: u32,
    /// The share of them that says "delivered", older ones less.
    pub delivered: Option<f64>,
    /// Nearly all receipts say "delivered", and yet less than half as many
    /// codes as at the others are entered: they are probably made up.
    pub fake_dlr: bool,
    /// Its receipts are late or missing, so it has half its weight in the choice.
    pub receipt_doubt: Option<ReceiptDoubt>,
    /// Operator prefixes, of all countries, that get no more than a few
    /// messages through this gateway because codes sent there get lost.
    pub broken_prefixes: Vec<Prefix>,
}

pub(super) fn lines(places: &Places, now: Timestamp) -> Vec<Known> {
    let mut broken: BTreeMap<&str, Vec<Prefix>> = BTreeMap::new();
    for (gateway, prefix) in places.broken(now) {
        broken.entry(gateway).or_default().push(prefix);
    }
    let mut lines = Vec::new();
    for (country, cells) in places.countries() {
        for cell in cells {
            lines.push(Known {
                gateway: cell.gateway.to_string(),
                country,
                observations: cell.conversion.observations,
                conversion: cell.conversion.share(),
                receipts: cell.receipts.observations,
                delivered: cell.receipts.share(),
                fake_dlr: false,
                receipt_doubt: cell.receipt_doubt(now),
                broken_prefixes: broken.get(&*cell.gateway).cloned().unwrap_or_default(),
            });
        }
    }
    lines.sort_by(|a, b| (&a.gateway, a.country).cmp(&(&b.gateway, b.country)));
    let fake: Vec<bool> = lines.iter().map(|line| has_fake_receipts(line, &lines)).collect();
    for (line, fake_dlr) in lines.iter_mut().zip(fake) {
        line.fake_dlr = fake_dlr;
    }
    lines
}

fn has_fake_receipts(line: &Known, lines: &[Known]) -> bool {
    let is_known = |line: &&Known| line.observations >= OBSERVATIONS_MIN;
    let is_other = |other: &&Known| other.country == line.country && other.gateway != line.gateway;
    let others = lines.iter().filter(is_other).filter(is_known);
    let (Some(conversion), Some(delivered), Some(median)) = (
        line.conversion.filter(|_| is_known(&line)),
        line.delivered.filter(|_| line.receipts >= OBSERVATIONS_MIN),
        median(others.filter_map(|other| other.conversion).collect()),
    ) else {
        return false;
    };
    delivered >= FAKE_DELIVERED_MIN && conversion < FAKE_CONVERSION_PART * median
}
