//! `ringproof account credit`: money in and out.

use anyhow::bail;
use serde::Serialize;
use verify::engine::billing::{self, CreditOutcome};

use super::super::args::AccountCredit;
use super::super::open::Opened;
use super::super::{money, print};
use super::show::ShownBalance;

#[derive(Serialize)]
struct Credited<'a> {
    username: &'a str,
    balance: ShownBalance,
}

/// Adds to the balance of an account, or takes from it.
pub(super) async fn run(opened: &Opened, args: &AccountCredit) -> anyhow::Result<()> {
    let amount = amount(args)?;
    let id = super::find(opened, &args.name).await?.id;
    let rule = move |snapshot: &_| billing::credit(snapshot, id, amount);
    match opened.store.transact(billing::credit_keys(&args.name, id), rule).await? {
        CreditOutcome::Credited(balance) => {
            let balance = ShownBalance::new(balance);
            if args.output.json {
                let credited = Credited { username: &args.name, balance };
                print::line(serde_json::to_string(&credited)?);
            } else {
                let ShownBalance { amount, reserved } = balance;
                print::line(format_args!(
                    "balance {amount} euro, of which {reserved} are reserved"
                ));
            }
            Ok(())
        }
        CreditOutcome::OutOfRange(balance) => bail!(
            "account {} has {} euro, of which {} are reserved for messages that wait: give an amount \
             after which it has at least that, and no more than can be counted",
            args.name,
            money::show(balance.amount),
            money::show(balance.reserved)
        ),
        CreditOutcome::AccountNotFound => bail!(super::missing(&args.name)),
    }
}

fn amount(args: &AccountCredit) -> anyhow::Result<i64> {
    let amount = money::parse(&args.amount).map_err(anyhow::Error::msg)?;
    match (args.take, amount) {
        (false, amount) => Ok(amount),
        (true, 0..) => Ok(-amount),
        (true, _) => bail!("--take already takes: give the amount without its minus sign"),
    }
}
