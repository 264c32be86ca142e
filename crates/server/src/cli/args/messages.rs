//! What can be typed about messages of programs, and about what they cost.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Output;

/// What to do with prices.
#[derive(Debug, Clone, Subcommand)]
pub enum PricesCommand {
    /// Put a price list in place of the one there is
    Import(PricesImport),
    /// Show the prices
    List(Output),
}

/// Flags of `prices import`.
#[derive(Debug, Clone, Args)]
#[command(after_help = IMPORT_HELP)]
pub struct PricesImport {
    /// CSV file, or `-` for stdin
    pub file: PathBuf,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const IMPORT_HELP: &str = "\
The file is UTF-8, with commas, and begins with this header:

  Country,Code,MCCMNC,Network,Price
  Estonia,EE,24801,Telia,0.06
  \"Korea, Republic of\",KR,,,0.035

Code is the country's two letters. MCCMNC is the network's code, or empty for the whole country.
Price is euro for one segment, with up to five decimals. A message costs the price of the whole
country, or of the country's dearest network if there is none. With any mistake nothing is
imported. A running server takes the new prices within seconds.

Examples:
  ringproof prices import prices.csv
  curl -s https://provider.example/prices.csv | ringproof prices import -";

/// What to do with messages.
#[derive(Debug, Clone, Subcommand)]
pub enum SmsCommand {
    /// Say what became of a message; the number is never shown
    Show(SmsShow),
}

/// Flags of `sms show`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SHOW_HELP)]
pub struct SmsShow {
    /// Id that the API gave (`sms_unique_id`), 40 hex digits
    pub id: String,
    /// Look only at the messages of this account [default: all accounts]
    #[arg(long, value_name = "NAME")]
    pub account: Option<String>,
    /// Show the text too, if it is kept
    #[arg(long)]
    pub text: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const SHOW_HELP: &str = "\
A text is kept for sms_api.text_days, unless the program asked for less. It is sealed under the
root key, so only where that key is can it be read.

Examples:
  ringproof sms show 0123456789abcdef0123456789abcdef01234567
  ringproof sms show 0123456789abcdef0123456789abcdef01234567 --account shop --text --json";
