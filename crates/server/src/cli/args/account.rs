//! What can be typed about accounts.

use clap::{Args, Subcommand};
use ipnet::IpNet;
use verify::message::SenderId;
use verify::record::NumberProfile;

use super::super::values::{network, number_profile, sender};
use super::{
    AccountCreateStatus, AccountLimit, AccountWidget, Countries, HomeCountry, Networks, Output,
    ReportUrl, Senders, Switch,
};
use crate::config::CreateStatus;

/// What to do with accounts.
#[derive(Debug, Clone, Subcommand)]
pub enum AccountCommand {
    /// Make an account and print its username and password; the password is not shown again
    Create(AccountCreate),
    /// Change an account; only what is named changes
    Set(AccountSet),
    /// List all accounts
    List(Output),
    /// Show one account
    Show(AccountName),
    /// Refuse an account's requests, within a second also in a running server
    Disable(AccountName),
    /// Accept a disabled account's requests again
    Enable(AccountName),
    /// Make a new password; the old one stops working within a second
    RotateSecret(AccountName),
    /// Add money to an account or take some; from the first time on it pays for its messages
    Credit(AccountCredit),
    /// Show and change how an account uses the verification widget: secret, addresses of answers, looks
    Widget(Box<AccountWidget>),
    /// Put phone numbers on the list that an account must not send to
    Block(AccountNumbers),
    /// Take phone numbers off that list
    Unblock(AccountNumbers),
    /// Lift blocks and locks that wrong codes brought on phone numbers (Number Verification API)
    Unlock(AccountNumbers),
    /// Show that list; of each number most digits are hidden
    Blocked(AccountName),
}

/// Flags of `account create`.
#[derive(Debug, Clone, Args)]
#[command(after_help = CREATE_HELP)]
pub struct AccountCreate {
    /// Name of the account, and its username
    pub name: String,
    /// Countries it may send to, two letters each, or `all`
    #[arg(long, value_name = "EE,FI|all", required = true)]
    pub countries: Countries,
    /// Switch the old service's conveniences on, for programs written for it
    #[arg(long)]
    pub compat: bool,
    /// Status of its creating answers [default: as the server]
    #[arg(long, value_name = "STATUS")]
    pub create_status: Option<CreateStatus>,
    /// Networks it may call from, separated by commas [default: any]
    #[arg(long, value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub allow_from: Vec<IpNet>,
    /// Sender names it may use, the default first; can be given several times [default: the server's sender]
    #[arg(long = "sender", value_name = "NAME", value_delimiter = ',', value_parser = sender)]
    pub senders: Vec<SenderId>,
    /// Accounts of the same company, separated by commas: their sender names may look like those that are given here.
    /// A name that people cannot tell from one of any other account is refused
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',', requires = "senders")]
    pub same_company: Vec<String>,
    /// Country it is at home in, for which no limit per country holds, or `none`
    /// [default: the first of --countries; none with `all`]
    #[arg(long, value_name = "EE|none")]
    pub home_country: Option<HomeCountry>,
    /// Codes of number confirmations: `standard` (6 digits or more), `short-when-asked` (4 or 5 for calls that ask) or
    /// `legacy-short` (4 unless a call asks for more) [default: standard; with --compat short-when-asked]
    #[arg(long, value_name = "PROFILE", value_parser = number_profile)]
    pub number_profile: Option<NumberProfile>,
    /// Trust a browser by its cookie instead of sending a code again [default: off; with --compat on]
    #[arg(long, value_name = "on|off")]
    pub trust_cookies: Option<Switch>,
    /// Accept username and password in the query of an address [default: on]
    #[arg(long, value_name = "on|off")]
    pub query_credentials: Option<Switch>,
    /// Refuse when too much comes from one address of a person, instead of only counting [default: off]
    #[arg(long, value_name = "on|off")]
    pub address_limits: Option<Switch>,
    /// Address that gets the delivery reports of messages that name none, or `none` [default: none]
    #[arg(long, value_name = "URL|none")]
    pub report_url: Option<ReportUrl>,
    /// A limit of its own; can be given several times [default: as the server]
    #[arg(long = "limit", value_name = "NAME=N|server")]
    pub limits: Vec<AccountLimit>,
    /// Take the password from stdin instead of making one
    #[arg(long)]
    pub password_stdin: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const CREATE_HELP: &str = "\
A password that is made here has 256 random bits. One from stdin, for a program that already has
one, must have at least 15 characters (auth.password_length_min) and costs more time per request.

Examples:
  ringproof account create shop --countries EE,FI
  ringproof account create old-shop --countries all --compat --password-stdin <password.txt
  ringproof account create shop --countries EE --allow-from 10.0.0.0/8,192.0.2.7 --json
  ringproof account create shop --countries EE,FI --sender ExampleCo,12345 --limit sms_per_day=50000";

/// Flags of `account set`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SET_HELP)]
pub struct AccountSet {
    /// Name of the account
    pub name: String,
    /// Countries it may send to, two letters each, or `all`
    #[arg(long, value_name = "EE,FI|all")]
    pub countries: Option<Countries>,
    /// The old service's conveniences; moves --number-profile and --trust-cookies along, unless they are given too
    #[arg(long, value_name = "on|off")]
    pub compat: Option<Switch>,
    /// Status of its creating answers; `server` = as the server
    #[arg(long, value_name = "STATUS")]
    pub create_status: Option<AccountCreateStatus>,
    /// Networks it may call from, separated by commas, or `any`
    #[arg(long, value_name = "CIDR|any")]
    pub allow_from: Option<Networks>,
    /// Sender names it may use, the default first, separated by commas, or `server` for the server's sender
    #[arg(long, value_name = "NAME,NAME|server")]
    pub senders: Option<Senders>,
    /// Accounts of the same company, separated by commas: their sender names may look like those that are given here.
    /// A name that people cannot tell from one of any other account is refused. Give them each time that you give names
    #[arg(long, value_name = "ACCOUNT", value_delimiter = ',', requires = "senders")]
    pub same_company: Vec<String>,
    /// Country it is at home in, for which no limit per country holds, or `none`
    #[arg(long, value_name = "EE|none")]
    pub home_country: Option<HomeCountry>,
    /// Codes of number confirmations: `standard`, `short-when-asked` or `legacy-short`
    #[arg(long, value_name = "PROFILE", value_parser = number_profile)]
    pub number_profile: Option<NumberProfile>,
    /// Trust a browser by its cookie instead of sending a code again
    #[arg(long, value_name = "on|off")]
    pub trust_cookies: Option<Switch>,
    /// Accept username and password in the query of an address
    #[arg(long, value_name = "on|off")]
    pub query_credentials: Option<Switch>,
    /// Refuse when too much comes from one address of a person, instead of only counting
    #[arg(long, value_name = "on|off")]
    pub address_limits: Option<Switch>,
    /// Address that gets the delivery reports of messages that name none, or `none`
    #[arg(long, value_name = "URL|none")]
    pub report_url: Option<ReportUrl>,
    /// A limit of its own, or `server` for the server's; can be given several times
    #[arg(long = "limit", value_name = "NAME=N|server")]
    pub limits: Vec<AccountLimit>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const SET_HELP: &str = "\
Limits: sms_per_second, sms_per_hour, sms_per_day, and country_sms_per_day (to each country but its
home country); 1 to 1000000000 messages.

Examples:
  ringproof account set shop --countries EE,FI,LV
  ringproof account set shop --limit sms_per_day=50000 --limit sms_per_second=server
  ringproof account set shop --allow-from any
  ringproof account set shop --senders ExampleCo,12345 --report-url https://shop.example/reports
  ringproof account set shop-test --senders ExampleCo --same-company shop
  ringproof account set old-shop --compat off --trust-cookies on";

/// An account by its name.
#[derive(Debug, Clone, Args)]
pub struct AccountName {
    /// Name of the account
    pub name: String,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

/// Flags of `account credit`.
#[derive(Debug, Clone, Args)]
#[command(after_help = CREDIT_HELP)]
pub struct AccountCredit {
    /// Name of the account
    pub name: String,
    /// Euro with up to five decimals
    pub amount: String,
    /// Take the amount instead of adding it
    #[arg(long)]
    pub take: bool,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const CREDIT_HELP: &str = "\
An account that was never credited is not charged. Crediting 0 makes it pay from then on: with
nothing in its balance, it sends nothing. What its messages cost stands in the price list, see
`ringproof prices`.

Examples:
  ringproof account credit shop 250
  ringproof account credit shop 12.50 --take
  ringproof account credit shop -- -12.50";

/// Phone numbers of an account's list.
#[derive(Debug, Clone, Args)]
#[command(after_help = NUMBERS_HELP)]
pub struct AccountNumbers {
    /// Name of the account
    pub name: String,
    /// Phone numbers with country code, or `-` for one a line on stdin
    #[arg(required = true, value_name = "+NUMBER")]
    pub numbers: Vec<String>,
    /// How to print.
    #[command(flatten)]
    pub output: Output,
}

const NUMBERS_HELP: &str = "\
A number is kept under a keyed name, with most of its digits hidden. If one of them is wrong,
nothing is changed.

Examples:
  ringproof account block shop +37255500123 +37255500124
  ringproof account block shop - <numbers.txt
  ringproof account unblock shop +37255500123
  ringproof account unlock shop +37255500123";

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use clap::error::ErrorKind;

    use super::super::{AccountLimitName, Arguments, Command};
    use super::*;

    fn parse(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    fn account(line: &str) -> AccountCommand {
        match parse(line).unwrap().command {
            Command::Account { command } => command,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_account_needs_countries() {
        assert_eq!(
            parse("ringproof account create shop").unwrap_err().kind(),
            ErrorKind::MissingRequiredArgument
        );
        let AccountCommand::Create(create) =
            account("ringproof account create shop --countries ee,FI,EE --json")
        else {
            panic!("not a create");
        };
        assert_eq!(create.countries, Countries::Only(vec!["EE".to_owned(), "FI".to_owned()]));
        assert!(create.output.json && !create.compat && create.create_status.is_none());
        assert_eq!("all".parse(), Ok(Countries::All));
        for bad in ["", "EST", "E", "EE,", "EE,F1", "EE;FI", "ÄÖ"] {
            assert!(bad.parse::<Countries>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn an_account_takes_networks_and_limits() {
        let AccountCommand::Create(create) = account(
            "ringproof account create s --countries all --allow-from 10.1.2.3/8,192.0.2.7 --create-status 200",
        ) else {
            panic!("not a create");
        };
        let networks: Vec<String> = create.allow_from.iter().map(ToString::to_string).collect();
        assert_eq!(networks, ["10.0.0.0/8", "192.0.2.7/32"]);
        assert_eq!(create.create_status, Some(CreateStatus::Ok));

        let AccountCommand::Set(set) = account(
            "ringproof account set s --limit sms_per_day=1000000000 --limit sms_per_second=server --allow-from any --create-status server",
        ) else {
            panic!("not a set");
        };
        let limit = |name, messages| AccountLimit { name, messages };
        assert_eq!(
            set.limits,
            [
                limit(AccountLimitName::SmsPerDay, Some(1_000_000_000)),
                limit(AccountLimitName::SmsPerSecond, None)
            ]
        );
        assert_eq!(set.allow_from, Some(Networks(Vec::new())));
        assert_eq!(set.create_status, Some(AccountCreateStatus::Server));
        assert_eq!(set.countries, None);
        for bad in [
            "sms_per_day",
            "sms_per_day=0",
            "sms_per_day=1000000001",
            "sms_per_day=-1",
            "mails_per_day=5",
        ] {
            assert!(bad.parse::<AccountLimit>().is_err(), "{bad}");
        }
    }

    #[test]
    fn senders_are_given_one_by_one_or_in_a_list() {
        let AccountCommand::Create(create) =
            account("ringproof account create s --countries EE --sender A,12345 --sender Shop")
        else {
            panic!("not a create");
        };
        let names: Vec<&str> = create.senders.iter().map(SenderId::as_str).collect();
        assert_eq!(names, ["A", "12345", "Shop"]);
        let AccountCommand::Set(set) = account("ringproof account set s --senders server") else {
            panic!("not a set");
        };
        assert_eq!(set.senders, Some(Senders(Vec::new())));
        let error = parse("ringproof account set s --senders TwelveLetter").unwrap_err();
        assert!(error.to_string().contains("up to 11 letters"), "{error}");
        assert!("A,A".parse::<Senders>().unwrap_err().contains("twice"));
        let AccountCommand::Set(set) =
            account("ringproof account set s --senders A --same-company shop,shop-test")
        else {
            panic!("not a set");
        };
        assert_eq!(set.same_company, ["shop", "shop-test"]);
        for line in ["set s --same-company shop", "create s --countries EE --same-company shop"] {
            let error = parse(&format!("ringproof account {line}")).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::MissingRequiredArgument, "{line}");
        }
    }

    #[test]
    fn the_rest_of_an_account_is_read_and_mistakes_say_what_to_write() {
        let AccountCommand::Set(set) = account(
            "ringproof account set s --home-country ee --number-profile legacy-short --trust-cookies on \
             --query-credentials off --address-limits on --report-url https://shop.example/r?a=1 \
             --limit country_sms_per_day=5 --limit sms_per_hour=7",
        ) else {
            panic!("not a set");
        };
        assert_eq!(set.home_country.unwrap().0.unwrap().as_str(), "EE");
        assert_eq!(set.number_profile, Some(NumberProfile::LegacyShort));
        assert_eq!(set.report_url.unwrap().0.unwrap(), "https://shop.example/r?a=1");
        assert_eq!(
            set.limits.iter().map(|limit| limit.name).collect::<Vec<_>>(),
            [AccountLimitName::CountrySmsPerDay, AccountLimitName::SmsPerHour]
        );
        assert_eq!("none".parse(), Ok(HomeCountry(None)));
        assert_eq!("none".parse(), Ok(ReportUrl(None)));
        for (flag, remedy) in [
            ("--home-country Estonia", "two letters"),
            ("--number-profile short", "standard, short-when-asked or legacy-short"),
            ("--trust-cookies yes", "possible values: on, off"),
            ("--report-url ftp://shop.example/", "http"),
            ("--report-url https://me:pw@shop.example/", "credentials"),
        ] {
            let error = parse(&format!("ringproof account set s {flag}")).unwrap_err().to_string();
            assert!(error.contains(remedy), "{flag}: {error}");
        }
        let long = format!("https://shop.example/{}", "x".repeat(2_000));
        assert!(long.parse::<ReportUrl>().unwrap_err().contains("2000"));
    }

    #[test]
    fn an_amount_below_zero_stands_behind_two_dashes() {
        let AccountCommand::Credit(credit) = account("ringproof account credit s -- -12.50") else {
            panic!("not a credit");
        };
        assert_eq!((credit.amount.as_str(), credit.take), ("-12.50", false));
        assert!(parse("ringproof account credit s -12.50").is_err());
        assert_eq!(
            parse("ringproof account block s").unwrap_err().kind(),
            ErrorKind::MissingRequiredArgument
        );
    }
}
