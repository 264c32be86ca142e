//! `ringproof account block`, `unblock` and `blocked`: numbers that an account must not send to; `unlock`: numbers
//! whose codes are refused.

use std::collections::HashSet;
use std::io::Read as _;

use anyhow::{Context as _, bail};
use serde::Serialize;
use verify::engine::account::{self, BlockOutcome, NumberToBlock};
use verify::engine::{Keys, confirm};
use verify::keys::NumberKey;
use verify::phone::PhoneNumber;

use super::super::args::{AccountName, AccountNumbers};
use super::super::open::Opened;
use super::super::print;
use crate::clock::Clock;

/// Numbers in one call, at most. They are written in one step, in which nobody else writes.
const NUMBERS_MAX: usize = 10_000;

/// Longest list on stdin in bytes; a longer one is a mistaken file.
const LIST_BYTES_MAX: u64 = 1024 * 1024;

/// What a call came to.
#[derive(Serialize)]
struct WireOutcome<'a> {
    username: &'a str,
    changed: usize,
    unchanged: usize,
}

/// Puts numbers on the list.
pub(super) async fn block(opened: &Opened, args: &AccountNumbers) -> anyhow::Result<()> {
    let numbers = numbers(args)?;
    let listed = listed(opened, &args.name).await?;
    let to_block: Vec<NumberToBlock> = numbers
        .iter()
        .map(|number| NumberToBlock {
            number_key: opened.keyring.number_key(number),
            masked: number.masked(),
        })
        .collect();
    let changed = to_block.iter().filter(|number| !listed.contains(&number.number_key)).count();
    let now = Clock::system().now();
    let rule = move |snapshot: &_| account::block(snapshot, &to_block, now);
    let outcome = opened.store.transact(account::keys(&args.name), rule).await?;
    tell(args, outcome, "blocked", "were blocked before", changed, numbers.len())
}

/// Takes numbers off the list.
pub(super) async fn unblock(opened: &Opened, args: &AccountNumbers) -> anyhow::Result<()> {
    let numbers = numbers(args)?;
    let listed = listed(opened, &args.name).await?;
    let keys: Vec<NumberKey> = numbers.iter().map(|n| opened.keyring.number_key(n)).collect();
    let changed = keys.iter().filter(|key| listed.contains(key)).count();
    let rule = move |snapshot: &_| account::unblock(snapshot, &keys);
    let outcome = opened.store.transact(account::keys(&args.name), rule).await?;
    tell(args, outcome, "unblocked", "were not blocked", changed, numbers.len())
}

/// Lifts the locks that wrong codes brought on numbers.
pub(super) async fn unlock(opened: &Opened, args: &AccountNumbers) -> anyhow::Result<()> {
    let numbers = numbers(args)?;
    let id = super::find(opened, &args.name).await?.id;
    for number in &numbers {
        let subject = confirm::subject(&opened.keyring, id, *number);
        let rule = move |_: &_| confirm::unlock(&subject);
        opened.store.transact(Keys::default(), rule).await?;
    }
    tell(args, BlockOutcome::Done, "unlocked", "", numbers.len(), numbers.len())
}

fn tell(
    args: &AccountNumbers,
    outcome: BlockOutcome,
    done: &str,
    before: &str,
    changed: usize,
    all: usize,
) -> anyhow::Result<()> {
    match outcome {
        BlockOutcome::AccountNotFound => bail!(super::missing(&args.name)),
        BlockOutcome::Done => {}
    }
    let unchanged = all - changed;
    if args.output.json {
        let changed = WireOutcome { username: &args.name, changed, unchanged };
        print::line(serde_json::to_string(&changed)?);
    } else if unchanged == 0 {
        print::line(format_args!("{done}: {changed}"));
    } else {
        print::line(format_args!("{done}: {changed}; {before}: {unchanged}"));
    }
    Ok(())
}

/// A blocked number as commands show it.
#[derive(Serialize)]
struct Shown {
    number: String,
    blocked: String,
}

/// Shows the list.
pub(super) async fn list(opened: &Opened, args: &AccountName) -> anyhow::Result<()> {
    let id = super::find(opened, &args.name).await?.id;
    let blocked = opened.store.blocked_numbers(id).await?;
    let shown = blocked.into_iter().map(|number| Shown {
        number: number.masked,
        blocked: format!("{:.3}", number.created_at),
    });
    if args.output.json {
        print::line(serde_json::to_string(&shown.collect::<Vec<_>>())?);
        return Ok(());
    }
    if shown.len() == 0 {
        print::note(format_args!(
            "no number is blocked; block one with `ringproof account block {} +NUMBER`",
            args.name
        ));
    }
    for number in shown {
        print::line(format_args!("{:16} since {}", number.number, number.blocked));
    }
    Ok(())
}

async fn listed(opened: &Opened, name: &str) -> anyhow::Result<HashSet<NumberKey>> {
    let id = super::find(opened, name).await?.id;
    let blocked = opened.store.blocked_numbers(id).await?;
    Ok(blocked.into_iter().map(|number| number.number_key).collect())
}

/// The numbers that were given, each once. One that is none is told by its place, since it may be nearly one.
fn numbers(args: &AccountNumbers) -> anyhow::Result<Vec<PhoneNumber>> {
    if args.numbers.iter().any(|number| number == "-") {
        if args.numbers.len() > 1 {
            bail!("- stands for all numbers: give either - or numbers");
        }
        let list = read_list()?;
        return parse("line", list.lines());
    }
    parse("number", args.numbers.iter().map(String::as_str))
}

fn read_list() -> anyhow::Result<String> {
    let mut list = String::new();
    let stdin = std::io::stdin().take(LIST_BYTES_MAX + 1);
    let read = { stdin }.read_to_string(&mut list);
    read.context("could not read numbers from stdin: give a text with one number a line")?;
    if list.len() as u64 > LIST_BYTES_MAX {
        bail!("the list on stdin is larger than {LIST_BYTES_MAX} bytes: give it in parts");
    }
    Ok(list)
}

fn parse<'a>(what: &str, typed: impl Iterator<Item = &'a str>) -> anyhow::Result<Vec<PhoneNumber>> {
    let mut numbers: Vec<PhoneNumber> = Vec::new();
    let mut seen = HashSet::new();
    let given = typed.enumerate().filter(|(_, text)| !text.trim().is_empty());
    for (index, text) in given {
        let number = PhoneNumber::parse(text).with_context(|| {
            format!(
                "{what} {} is no phone number: write + and the country code, such as +37255500123; \
                 nothing was changed",
                index + 1
            )
        })?;
        if seen.insert(number) {
            numbers.push(number);
        }
    }
    if numbers.is_empty() {
        bail!("no number was given: write them behind the name, or one a line on stdin with -");
    }
    if numbers.len() > NUMBERS_MAX {
        bail!("more than {NUMBERS_MAX} numbers in one call: give them in parts");
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_taken_once_and_empty_lines_passed_over() {
        let list = "+37255500123\r\n\n 0037255500124\n+372 5550 0123\n";
        let numbers = parse("line", list.lines()).unwrap();
        let numbers: Vec<&str> = numbers.iter().map(PhoneNumber::as_e164).collect();
        assert_eq!(numbers, ["+37255500123", "+37255500124"]);
    }

    #[test]
    fn a_mistake_is_told_by_its_line_and_not_repeated() {
        let error =
            parse("line", "+37255500123\n\n+3725550012x\n".lines()).unwrap_err().to_string();
        assert!(error.starts_with("line 3 is no phone number: write +"), "{error}");
        assert!(!error.contains("0012x"), "{error}");
        assert!(parse("line", "\n \n".lines()).unwrap_err().to_string().contains("no number"));
        let many: Vec<String> = (0..=NUMBERS_MAX).map(|n| format!("+372{n:08}")).collect();
        let error = parse("number", many.iter().map(String::as_str)).unwrap_err().to_string();
        assert!(error.contains("more than 10000"), "{error}");
    }
}
