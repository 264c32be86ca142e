//! `ringproof prices …`

mod table;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::engine::{Keys, billing};
use verify::record::Price;

use super::args::{PricesCommand, PricesImport};
use super::open::{self, Opened};
use super::{money, print};
use crate::config::Loaded;

/// Largest price list in bytes; a larger file is a mistaken path.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Runs one of the price commands.
pub(super) fn run(loaded: &Loaded, command: &PricesCommand) -> anyhow::Result<()> {
    // Read before the data folder is opened, so that a wrong file makes nothing.
    let prices = match command {
        PricesCommand::Import(args) => read(&args.file)?,
        PricesCommand::List(_) => Vec::new(),
    };
    let opened = open::open(&loaded.config)?;
    let result = open::block_on(async {
        match command {
            PricesCommand::Import(args) => import(&opened, args, prices).await,
            PricesCommand::List(output) => list(&opened, output.json).await,
        }
    });
    opened.store.close();
    result
}

fn read(path: &Path) -> anyhow::Result<Vec<Price>> {
    let (name, bytes) = if path == Path::new("-") {
        ("the price list on stdin".to_owned(), bounded(std::io::stdin()))
    } else {
        (format!("price list {}", path.display()), File::open(path).and_then(bounded))
    };
    let bytes = bytes.with_context(|| format!("could not read {name}: check the path"))?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        bail!("{name} is larger than {FILE_BYTES_MAX} bytes: check the path");
    }
    table::read(&bytes)
        .map_err(|mistakes| anyhow::anyhow!("nothing was imported from {name}: {mistakes}"))
}

fn bounded(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    from.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[derive(Serialize)]
struct Imported {
    countries: usize,
    prices: usize,
}

async fn import(opened: &Opened, args: &PricesImport, prices: Vec<Price>) -> anyhow::Result<()> {
    let countries: BTreeSet<_> = prices.iter().map(|price| price.country).collect();
    let imported = Imported { countries: countries.len(), prices: prices.len() };
    let rule = move |_: &_| billing::replace_prices(&prices);
    opened.store.transact(Keys::default(), rule).await?;
    if args.output.json {
        print::line(serde_json::to_string(&imported)?);
    } else {
        let Imported { countries, prices } = imported;
        print::line(format_args!("imported prices: {prices}, in countries: {countries}"));
    }
    Ok(())
}

/// A price as commands show it.
#[derive(Serialize)]
struct Shown<'a> {
    country: &'a str,
    mccmnc: &'a str,
    network: &'a str,
    price: String,
}

async fn list(opened: &Opened, json: bool) -> anyhow::Result<()> {
    let (prices, _) = opened.store.prices().await?;
    let shown = |price: &Price| money::show_price(price.price);
    if json {
        let all = prices.iter().map(|price| Shown {
            country: price.country.as_str(),
            mccmnc: &price.mccmnc,
            network: &price.network,
            price: shown(price),
        });
        print::line(serde_json::to_string(&all.collect::<Vec<_>>())?);
    } else if prices.is_empty() {
        print::note("no price yet; read a list with `ringproof prices import FILE`");
    }
    for price in prices.iter().filter(|_| !json) {
        let mccmnc = if price.mccmnc.is_empty() { "all" } else { &price.mccmnc };
        let (country, euro, network) =
            (price.country, shown(price), print::harmless(&price.network));
        print::line(format_args!("{country}  {mccmnc:6}  {euro:>11}  {network}"));
    }
    Ok(())
}
