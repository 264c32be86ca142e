//! `/widget/formats/CC.json`: how the numbers of a country are grouped, so that
//! the page can group them while they are typed.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Path;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use schemars::JsonSchema;
use serde::Serialize;
use verify::phone::{Country, Grouping};

use super::assets::missing;
use super::headers;

/// A day; the library's data change a few times a year.
const CACHED: &str = "public, max-age=86400";

/// Answers so far, of at most as many countries as there are: making one takes a
/// part of a second.
static MADE: LazyLock<Mutex<HashMap<Country, Bytes>>> = LazyLock::new(Mutex::default);

/// How the numbers of a country are grouped.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Grouping")]
pub(super) struct WireGrouping<'a> {
    /// Behind the plus.
    code: String,
    /// What stands before a number at home.
    trunk: &'a str,
    /// Digits of a mobile number, where all have as many.
    mobile: Option<usize>,
    /// First digits, and the groups of such a number.
    #[schemars(with = "Vec<[String; 2]>")]
    rows: &'a [(String, String)],
}

/// Answers with the grouping of one country.
#[expect(clippy::disallowed_methods, reason = "it is kept once made, and the call waits")]
pub(super) async fn show(Path(file): Path<String>) -> Response<Body> {
    let country = file.strip_suffix(".json").and_then(Country::parse);
    let Some(country) = country.filter(|country| file.starts_with(country.as_str())) else {
        return missing();
    };
    let json = match kept(country) {
        Some(json) => Some(json),
        None => tokio::task::spawn_blocking(move || make(country)).await.ok().flatten(),
    };
    let Some(json) = json else { return missing() };
    let mut response = Response::new(Body::from(json));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(CACHED));
    headers::common(headers);
    headers::set(headers, "cross-origin-resource-policy", "same-origin");
    response
}

fn kept(country: Country) -> Option<Bytes> {
    MADE.lock().unwrap_or_else(PoisonError::into_inner).get(&country).cloned()
}

fn make(country: Country) -> Option<Bytes> {
    let json = Bytes::from(json(&country.grouping()?)?);
    MADE.lock().unwrap_or_else(PoisonError::into_inner).insert(country, json.clone());
    Some(json)
}

fn json(grouping: &Grouping) -> Option<String> {
    serde_json::to_string(&WireGrouping {
        code: grouping.calling_code.to_string(),
        trunk: &grouping.trunk_prefix,
        mobile: grouping.mobile_digits,
        rows: &grouping.rows,
    })
    .ok()
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use http_body_util::BodyExt as _;

    use super::*;

    async fn body(file: &str) -> (StatusCode, String) {
        let answer = show(Path(file.to_owned())).await;
        let status = answer.status();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_country_is_told_by_its_capital_letters() {
        let (status, json) = body("EE.json").await;
        assert_eq!(status, StatusCode::OK);
        let told: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&told["code"], &told["trunk"]), (&"372".into(), &"".into()));
        assert_eq!(told["mobile"], 8);
        let rows = told["rows"].as_array().unwrap();
        assert!(rows.contains(&serde_json::json!(["5", "#### ####"])), "{json}");
        assert_eq!(body("EE.json").await.1, json, "also when it is kept");
        for wrong in ["ee.json", "ZZ.json", "EE", "EE.json.json", "E.json", ".json", "../x.json"] {
            assert_eq!(body(wrong).await.0, StatusCode::NOT_FOUND, "{wrong}");
        }
    }
}
