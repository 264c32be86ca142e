//! The sends of accounts, which may be counted in parts here (ADR 20). They move as one row for each account: the
//! embedded database knows no parts, and a database that is moved to divides them anew.

use verify::send_limits::{AccountSends, HourSends};

use crate::columns;
use crate::moving::cell::{Cell, Row};
use crate::moving::tables::Table;

pub(super) const COUNT: &str = "SELECT count(DISTINCT account_id) FROM account_sends";

/// Whether this is the table.
pub(super) fn is_it(table: &Table) -> bool {
    table.name == "account_sends"
}

/// All parts of the next accounts.
pub(super) fn page_sql(is_after: bool, accounts_max: u32) -> String {
    let after = if is_after { "account_id > $1" } else { "TRUE" };
    format!(
        "SELECT account_id, second, second_sends, hours, countries FROM account_sends \
         WHERE {after} AND account_id <= (SELECT max(account_id) FROM (SELECT DISTINCT account_id \
         FROM account_sends WHERE {after} ORDER BY account_id LIMIT {accounts_max}) AS page) \
         ORDER BY account_id, part"
    )
}

/// Makes one row of the parts of each account; the name of a column that cannot be read.
pub(super) fn add_up(parts: Vec<Row>) -> Result<Vec<Row>, &'static str> {
    let mut rows: Vec<Row> = Vec::new();
    for part in parts {
        match rows.last_mut() {
            Some(row) if row.first() == part.first() => {
                let account = row.first().cloned().unwrap_or(Cell::Nothing);
                *row = written(account, &read(row)?.plus(&read(&part)?));
            }
            Some(_) | None => rows.push(part),
        }
    }
    Ok(rows)
}

fn read(row: &Row) -> Result<AccountSends, &'static str> {
    let [_, Cell::Integer(second), Cell::Integer(sends), Cell::Text(hours), Cell::Text(countries)] =
        row.as_slice()
    else {
        return Err("second");
    };
    let hours = columns::pairs(hours).ok_or("hours")?;
    Ok(AccountSends {
        second: *second,
        second_sends: u32::try_from(*sends).map_err(|_| "second_sends")?,
        hours: hours.into_iter().map(|(hour, sends)| HourSends { hour, sends }).collect(),
        countries: columns::country_sends(countries).ok_or("countries")?,
        divided: 0,
    })
}

fn written(account: Cell, sends: &AccountSends) -> Row {
    vec![
        account,
        Cell::Integer(sends.second),
        Cell::Integer(sends.second_sends.into()),
        Cell::Text(columns::pairs_text(sends.hours.iter().map(|h| (h.hour, h.sends)))),
        Cell::Text(columns::country_sends_text(&sends.countries)),
    ]
}
