//! The lists of a traffic area.

use verify::record::{DayTraffic, HourPeak};

/// Reads `day:sent:entered,…`.
pub(crate) fn days(text: &str) -> Option<Vec<DayTraffic>> {
    let parse = |entry: &str| {
        let (day, rest) = entry.split_once(':')?;
        let (sent, entered) = rest.split_once(':')?;
        let day = day.parse().ok()?;
        Some(DayTraffic { day, sent: sent.parse().ok()?, entered: entered.parse().ok()? })
    };
    text.split(',').filter(|entry| !entry.is_empty()).map(parse).collect()
}

/// Writes `day:sent:entered,…`.
pub(crate) fn days_text(days: &[DayTraffic]) -> String {
    let entries = days.iter().map(|d| format!("{}:{}:{}", d.day, d.sent, d.entered));
    entries.collect::<Vec<_>>().join(",")
}

/// Reads `hour:entered,…`.
pub(crate) fn hours(text: &str) -> Option<Vec<HourPeak>> {
    let hours = super::pairs(text)?.into_iter();
    Some(hours.map(|(hour, entered)| HourPeak { hour, entered }).collect())
}

/// Writes `hour:entered,…`.
pub(crate) fn hours_text(hours: &[HourPeak]) -> String {
    super::pairs_text(hours.iter().map(|h| (h.hour, h.entered)))
}
