//! Seconds since 1970 as text and back.

use chrono::{DateTime, SecondsFormat};

/// Such as `2026-01-31T08:30:00Z`.
pub(super) fn rfc3339(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0);
    time.map_or_else(|| seconds.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// Reads RFC 3339.
pub(super) fn parse(text: &str) -> Option<i64> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp())
}
