//! How each gateway does in each country and at each operator prefix.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::{Destination, Prefix};
use super::receipts::{ReceiptDoubt, Receipts};
use super::tally::{Estimate, Measure, Tally};
use crate::limits::{ROUTING_GATEWAYS_PER_PLACE_MAX, ROUTING_PLACES_MAX};
use crate::phone::Country;
use crate::{SignedDuration, Timestamp};

/// With fewer outcomes at a prefix, those of its country count; and with fewer
/// nothing is held against a gateway (`delivery.md` 9).
pub(in super::super) const OBSERVATIONS_MIN: u32 = 20;

/// What is left of the weight of older messages when a new one is sent.
const TRAFFIC_DECAY: f64 = 0.99;

/// The conversion breaker (`delivery.md` 9): a gateway that is this surely
/// below this part of what the others do …
const BROKEN_PROBABILITY: f64 = 0.99;
const BROKEN_PART: f64 = 0.5;

/// … is left out for so long.
const BROKEN_SECONDS: i64 = 600;

/// It is trusted again at this part of what the others do. Well above
/// [`BROKEN_PART`]: with less, chance alone would hardly ever choose it, and
/// nobody would learn that it recovers.
const RECOVERED_PART: f64 = 0.9;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Country(Country),
    Prefix(Prefix),
}

impl Place {
    /// The places that a destination belongs to, the smaller one first.
    fn of(destination: Destination) -> impl Iterator<Item = Self> {
        let prefix = Self::Prefix(destination.prefix);
        std::iter::once(prefix).chain(destination.country.map(Self::Country))
    }
}

/// Whether the conversion breaker lets a gateway take messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Standing {
    /// Yes.
    Free,
    /// Not now.
    LeftOut,
    /// A few, to see whether it does better.
    Limited,
}

/// One gateway at one place.
#[derive(Debug)]
pub(super) struct Cell {
    pub(super) gateway: Arc<str>,
    pub(super) conversion: Tally,
    pub(super) receipts: Tally,
    /// Whether receipts come, and when; in countries only.
    coming: Receipts,
    /// Messages that it took, older ones less.
    traffic: f64,
    /// Until when the conversion breaker leaves it out, and since then limits
    /// it; at prefixes only.
    left_out_until: Option<Timestamp>,
    touched: u64,
}

impl Cell {
    pub(super) fn tally(&self, measure: Measure) -> &Tally {
        match measure {
            Measure::Conversion => &self.conversion,
            Measure::Receipts => &self.receipts,
        }
    }

    fn note(&mut self, measure: Measure, is_success: bool) {
        let tally = match measure {
            Measure::Conversion => &mut self.conversion,
            Measure::Receipts => &mut self.receipts,
        };
        tally.note(is_success);
    }

    pub(super) fn receipt_doubt(&self, now: Timestamp) -> Option<ReceiptDoubt> {
        self.coming.doubt(now)
    }

    fn standing(&self, now: Timestamp) -> Standing {
        match self.left_out_until {
            None => Standing::Free,
            Some(until) if now < until => Standing::LeftOut,
            Some(_) => Standing::Limited,
        }
    }
}

#[derive(Debug, Default)]
struct Room {
    cells: Vec<Cell>,
    touched: u64,
}

/// Everything that is known, by place.
#[derive(Debug, Default)]
pub(super) struct Places {
    rooms: BTreeMap<Place, Room>,
    /// Counts touches, so that the least recent one is known.
    touches: u64,
}

impl Places {
    fn cell(&self, place: Place, gateway: &str) -> Option<&Cell> {
        let cells = &self.rooms.get(&place)?.cells;
        cells.iter().find(|cell| &*cell.gateway == gateway)
    }

    fn tally(&self, place: Place, gateway: &str, measure: Measure) -> Tally {
        self.cell(place, gateway).map(|cell| *cell.tally(measure)).unwrap_or_default()
    }

    /// The cell to write to. A new one takes the place of the one that was not
    /// touched for the longest time if there are too many.
    fn touch(&mut self, place: Place, gateway: &Arc<str>) -> &mut Cell {
        self.touches += 1;
        let touched = self.touches;
        if !self.rooms.contains_key(&place) && self.rooms.len() >= ROUTING_PLACES_MAX {
            let oldest = self.rooms.iter().min_by_key(|(_, room)| room.touched);
            if let Some(oldest) = oldest.map(|(place, _)| *place) {
                self.rooms.remove(&oldest);
            }
        }
        let room = self.rooms.entry(place).or_default();
        room.touched = touched;
        let cells = &mut room.cells;
        let index = cells.iter().position(|cell| cell.gateway == *gateway).unwrap_or_else(|| {
            if cells.len() >= ROUTING_GATEWAYS_PER_PLACE_MAX {
                let oldest = cells.iter().enumerate().min_by_key(|(_, cell)| cell.touched);
                if let Some(oldest) = oldest.map(|(index, _)| index) {
                    cells.remove(oldest);
                }
            }
            cells.push(Cell {
                gateway: Arc::clone(gateway),
                conversion: Tally::default(),
                receipts: Tally::default(),
                coming: Receipts::default(),
                traffic: 0.0,
                left_out_until: None,
                touched,
            });
            cells.len() - 1
        });
        cells[index].touched = touched;
        &mut cells[index]
    }

    /// Notes that the gateway took a message.
    pub(super) fn note_traffic(&mut self, gateway: &str, destination: Destination) {
        let gateway = Arc::from(gateway);
        for place in Place::of(destination) {
            self.touch(place, &gateway);
            let cells = self.rooms.get_mut(&place).map(|room| &mut room.cells);
            for cell in cells.into_iter().flatten() {
                cell.traffic *= TRAFFIC_DECAY;
                cell.traffic += f64::from(u8::from(cell.gateway == gateway));
            }
        }
    }

    /// Notes an outcome.
    pub(super) fn settle(
        &mut self,
        gateway: &Arc<str>,
        destination: Destination,
        measure: Measure,
        is_success: bool,
        now: Timestamp,
    ) {
        for place in Place::of(destination) {
            self.touch(place, gateway).note(measure, is_success);
        }
        match measure {
            Measure::Conversion => self.watch(gateway, destination, now),
            Measure::Receipts => {}
        }
    }

    /// What is noted of the coming of a gateway's receipts in a country.
    pub(super) fn receipts(
        &mut self,
        gateway: &Arc<str>,
        destination: Destination,
    ) -> Option<&mut Receipts> {
        let country = destination.country?;
        Some(&mut self.touch(Place::Country(country), gateway).coming)
    }

    /// See [`Evidence::receipt_doubt`](super::Evidence::receipt_doubt).
    pub(super) fn receipt_doubt(
        &self,
        gateway: &str,
        destination: Destination,
        now: Timestamp,
    ) -> Option<ReceiptDoubt> {
        self.cell(Place::Country(destination.country?), gateway)?.receipt_doubt(now)
    }

    /// The conversion breaker, after an outcome of this gateway.
    fn watch(&mut self, gateway: &Arc<str>, destination: Destination, now: Timestamp) {
        let place = Place::Prefix(destination.prefix);
        if self.tally(place, gateway, Measure::Conversion).observations < OBSERVATIONS_MIN {
            return;
        }
        let estimate = self.estimate(gateway, destination, Measure::Conversion);
        let Some(median) = self.median_of_others(gateway, destination) else { return };
        let is_broken = estimate.probability_below(BROKEN_PART * median) > BROKEN_PROBABILITY;
        let is_recovered = estimate.mean() >= RECOVERED_PART * median;
        let cell = self.touch(place, gateway);
        if is_recovered {
            cell.left_out_until = None;
        } else if is_broken && cell.left_out_until.is_none() {
            cell.left_out_until = Some(now + SignedDuration::from_secs(BROKEN_SECONDS));
        }
    }

    /// The median conversion of the other gateways there of which enough is
    /// known.
    fn median_of_others(&self, gateway: &str, destination: Destination) -> Option<f64> {
        // The country has every gateway that its prefixes have, unless it is
        // not known.
        let room = Place::of(destination).last().and_then(|place| self.rooms.get(&place))?;
        let others = room.cells.iter().filter(|cell| &*cell.gateway != gateway);
        let estimates =
            others.map(|cell| self.estimate(&cell.gateway, destination, Measure::Conversion));
        let known = estimates.filter(|estimate| estimate.observations >= OBSERVATIONS_MIN);
        median(known.map(|estimate| estimate.mean()).collect())
    }

    /// See [`Evidence::estimate`](super::Evidence::estimate).
    pub(super) fn estimate(
        &self,
        gateway: &str,
        destination: Destination,
        measure: Measure,
    ) -> Estimate {
        let at_prefix = self.tally(Place::Prefix(destination.prefix), gateway, measure);
        let Some(country) = destination.country else { return at_prefix.estimate(None) };
        let in_country = self.tally(Place::Country(country), gateway, measure);
        if at_prefix.observations < OBSERVATIONS_MIN {
            in_country.estimate(None)
        } else {
            at_prefix.estimate(in_country.share())
        }
    }

    /// See [`Evidence::standing`](super::Evidence::standing).
    pub(super) fn standing(
        &self,
        gateway: &str,
        destination: Destination,
        now: Timestamp,
    ) -> Standing {
        let cell = self.cell(Place::Prefix(destination.prefix), gateway);
        cell.map_or(Standing::Free, |cell| cell.standing(now))
    }

    /// See [`Evidence::share_with_one_more`](super::Evidence::share_with_one_more).
    pub(super) fn share_with_one_more(&self, gateway: &str, destination: Destination) -> f64 {
        let place = Place::Prefix(destination.prefix);
        let cells = self.rooms.get(&place).map_or(&[][..], |room| &room.cells);
        let all: f64 = cells.iter().map(|cell| cell.traffic).sum();
        let own = self.cell(place, gateway).map_or(0.0, |cell| cell.traffic);
        (TRAFFIC_DECAY * own + 1.0) / (TRAFFIC_DECAY * all + 1.0)
    }

    /// The cells of each country.
    pub(super) fn countries(&self) -> impl Iterator<Item = (Country, &[Cell])> {
        self.rooms.iter().filter_map(|(place, room)| match place {
            Place::Country(country) => Some((*country, &room.cells[..])),
            Place::Prefix(_) => None,
        })
    }

    /// Gateways and operator prefixes, in order of the prefixes, at which the
    /// conversion breaker does not let them take all messages.
    pub(super) fn broken(&self, now: Timestamp) -> impl Iterator<Item = (&str, Prefix)> {
        let prefixes = self.rooms.iter().filter_map(|(place, room)| match place {
            Place::Prefix(prefix) => Some((*prefix, room)),
            Place::Country(_) => None,
        });
        let cells = prefixes.flat_map(|(prefix, room)| room.cells.iter().map(move |c| (c, prefix)));
        let broken = cells.filter(move |(cell, _)| cell.standing(now) != Standing::Free);
        broken.map(|(cell, prefix)| (&*cell.gateway, prefix))
    }
}

/// The middle of some values, or between the two in the middle.
pub(super) fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let upper = *values.get(values.len() / 2)?;
    let lower = values[(values.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}
