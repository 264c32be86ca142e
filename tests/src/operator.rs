//! What the operator does on the command line for the plain-text interfaces:
//! settings of accounts, money, prices, blocked numbers.

use crate::cli;
use crate::folder::Folder;
use std::fs;

/// A price table: Estonia with two networks and Finland as a whole.
pub const PRICES: &str = "Country,Code,MCCMNC,Network,Price\n\
    Estonia,EE,24801,Telia,0.05\n\
    Estonia,EE,24803,Tele2,0.06\n\
    Finland,FI,,Finland,0.07\n";
/// Configuration that lets addresses of integrators lie on loopback.
pub const LOOPBACK_REPORTS: &str = "[reports]\nallow_private = [\"127.0.0.0/8\"]\n";

/// Changes settings of an account.
#[track_caller]
pub fn set(folder: &Folder, account: &str, settings: &[&str]) {
    let _ = cli::run(folder, &[&["account", "set", account], settings].concat()).succeeded();
}

/// Adds money to an account.
#[track_caller]
pub fn credit(folder: &Folder, account: &str, euro: &str) {
    let _ = cli::run(folder, &["account", "credit", account, euro]).succeeded();
}

/// Puts a number on the list that an account must not send to.
#[track_caller]
pub fn block(folder: &Folder, account: &str, number: &str) {
    let _ = cli::run(folder, &["account", "block", account, number]).succeeded();
}

/// Imports a price table.
#[track_caller]
pub fn import_prices(folder: &Folder, table: &str) {
    let file = folder.root().join("prices.csv");
    fs::write(&file, table).expect("our own folder can be written");
    let file = file.to_str().expect("temporary folders have plain names");
    let _ = cli::run(folder, &["prices", "import", file]).succeeded();
}
