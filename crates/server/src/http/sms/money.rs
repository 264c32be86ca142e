//! `/get_balance`, `/prices`, `/pricelist` (S4, S5, S6, `sms-api.md` 6, 8, 9).

use axum::body::Body;
use http::Response;
use verify::engine::Keys;
use verify::phone::Country;

use crate::http::text_api::amount::Amount;
use crate::http::text_api::answer::{DocumentType, ErrorCode, Line, Word, document};
use crate::http::text_api::prices_format::{MccmncAs, to_csv};
use crate::http::text_api::respond::{Caller, Refused};

/// Answers S4: what is charged is taken, what waits is not. An account that
/// does not pay has `0.00`.
pub async fn balance(caller: &Caller<'_>) -> Result<Line, Refused> {
    let account = caller.entry.account.id;
    let keys = Keys { balance: Some(account), ..Keys::default() };
    let snapshot = caller.app.store.read(keys).await?;
    let amount = snapshot.balance(account).unwrap_or_default().amount;
    Ok(Line::Ok(Word::balance(Amount::from_units(amount))))
}

/// Answers S5.
pub fn prices(caller: &Caller<'_>) -> Result<Response<Body>, Refused> {
    let given = caller.params.filled_text("country")?.ok_or(ErrorCode::WrongParameters)?;
    let is_xml = match caller.params.filled_text("format")? {
        None | Some("json") => false,
        Some("xml") => true,
        Some(_) => return Err(ErrorCode::FormatUnknown.into()),
    };
    let known = Country::parse(given).filter(|country| country.calling_code().is_some());
    let country = known.ok_or(ErrorCode::CountryNotFound)?;
    let table = caller.app.prices.table();
    let prices = table.country(country).ok_or(ErrorCode::PricesCountryNotServed)?;
    if is_xml {
        return Ok(document(DocumentType::Xml, prices.to_xml()));
    }
    let mccmnc = if caller.accept.names_json { MccmncAs::Number } else { MccmncAs::Text };
    Ok(document(DocumentType::json_for(caller.accept), prices.to_json(mccmnc)))
}

/// Answers S6.
pub fn price_list(caller: &Caller<'_>) -> Response<Body> {
    document(DocumentType::Csv, to_csv(caller.app.prices.table().countries()))
}
