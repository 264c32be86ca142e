//! The price table in memory. The store is asked twice a second whether the
//! operator has imported a new one.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use store::{Fault, Store};
use verify::engine::billing;
use verify::phone::Country;
use verify::record::Price;

use crate::http::text_api::amount::Amount;
use crate::http::text_api::prices_format::{CountryPrices, NetworkPrice};

/// What segments cost.
pub struct Prices {
    store: Store,
    table: RwLock<Arc<PriceTable>>,
}

/// The price table as it was imported.
#[derive(Default)]
pub struct PriceTable {
    version: Option<u64>,
    by_country: BTreeMap<Country, (Option<i64>, CountryPrices)>,
}

impl Prices {
    /// An empty table; [`Prices::refresh`] fills it.
    pub fn new(store: Store) -> Self {
        Self { store, table: RwLock::default() }
    }

    /// The table now.
    pub fn table(&self) -> Arc<PriceTable> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What a segment to a country costs, in 1/100,000 euro.
    pub fn of(&self, country: Option<Country>) -> Option<i64> {
        let table = self.table();
        table.by_country.get(&country?).and_then(|(price, _)| *price)
    }

    /// Reads the table again if it changed.
    ///
    /// # Errors
    /// The store's; the table stays as it was.
    pub async fn refresh(&self) -> Result<(), Fault> {
        let version = self.store.prices_version().await?;
        if self.table().version == Some(version) {
            return Ok(());
        }
        let (prices, version) = self.store.prices().await?;
        let table = PriceTable { version: Some(version), by_country: by_country(&prices) };
        *self.table.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(table);
        Ok(())
    }
}

impl PriceTable {
    /// The prices of one country.
    pub fn country(&self, country: Country) -> Option<&CountryPrices> {
        self.by_country.get(&country).map(|(_, prices)| prices)
    }

    /// The prices of all countries, ordered by their codes.
    pub fn countries(&self) -> impl Iterator<Item = &CountryPrices> {
        self.by_country.values().map(|(_, prices)| prices)
    }
}

fn by_country(prices: &[Price]) -> BTreeMap<Country, (Option<i64>, CountryPrices)> {
    let mut countries: BTreeMap<Country, (Option<i64>, CountryPrices)> = BTreeMap::new();
    for line in prices {
        let (_, country) = countries.entry(line.country).or_insert_with(|| {
            let code = line.country.calling_code();
            let country = CountryPrices {
                country: line.country.to_string(),
                name: line.country_name.clone(),
                prefix: code.map(|code| code.to_string()).unwrap_or_default(),
                networks: Vec::new(),
            };
            (billing::price_of(prices, line.country), country)
        });
        country.networks.push(NetworkPrice {
            mccmnc: line.mccmnc.clone(),
            name: line.network.clone(),
            price: Amount::from_units(line.price),
        });
    }
    countries
}
