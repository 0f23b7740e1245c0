//! The stored form of every record: TOML that people read and edit.
//!
//! Stored types mirror the model but are not the model, so that a change there cannot change a
//! file. Reading ignores keys it does not know; writing keeps them, since a newer version may have
//! put them there.

mod context;
mod landing;
mod manifest;
mod run;
#[cfg(test)]
mod tests;
mod words;

use serde::Serialize;
use serde::de::DeserializeOwned;
use toml_edit::{DocumentMut, Item, TableLike};

pub(super) use manifest::Manifest;

use super::hub::HubError;
use crate::model::printable;

/// The version that every record carries, and the newest that this code may overwrite.
const VERSION: u32 = 1;

/// Something that has a file of its own in the hub.
pub(super) trait Record: PartialEq + Sized {
    /// What the file says, key by key.
    type Stored: Serialize + DeserializeOwned;

    fn to_stored(&self) -> Self::Stored;
    fn from_stored(stored: Self::Stored) -> Self;
}

/// Reads a record. `path` is for the error.
pub(super) fn decode<R: Record>(path: &str, text: &str) -> Result<R, HubError> {
    toml::from_str(text).map(R::from_stored).map_err(|error| {
        let start = error.span().map_or(0, |span| span.start.min(text.len()));
        let line = 1 + text.as_bytes()[..start].iter().filter(|byte| **byte == b'\n').count();
        let reason = printable(error.message()).replace('\n', " ");
        HubError::Record { path: printable(path).into_owned(), line, reason }
    })
}

/// Writes a record over the text that stands at its path, keeping what the record does not know.
///
/// A record that says what the text says already leaves the text as it is. One that would not be
/// read back as it is now is refused.
pub(super) fn encode<R: Record>(path: &str, existing: Option<&str>, record: &R) -> Result<String, HubError> {
    let unstorable = |reason: String| HubError::Unstorable { path: path.to_owned(), reason };
    let pretty = |record: &R| {
        toml::to_string_pretty(&record.to_stored()).map_err(|error| unstorable(error.to_string()))
    };
    let fresh = pretty(record)?;
    let text = match existing {
        None => fresh,
        Some(existing) if existing == fresh => return Ok(fresh),
        Some(existing) => {
            let old = decode::<R>(path, existing);
            let known = old.as_ref().map_or(Ok(String::new()), pretty)?;
            if existing == known {
                // It holds nothing but the record, as this version writes it: the usual case.
                fresh
            } else {
                check_version(path, existing)?;
                if old? == *record {
                    return Ok(existing.to_owned());
                }
                overlay(existing, &known, &fresh).map_err(|error| unstorable(error.to_string()))?
            }
        }
    };
    match decode::<R>(path, &text) {
        Ok(again) if again == *record => Ok(text),
        Ok(_) => Err(unstorable("it would be read back as something else".into())),
        Err(HubError::Record { reason, .. }) => Err(unstorable(reason)),
        Err(error) => Err(error),
    }
}

/// An old writer drops what new fields mean, so it must not touch a newer record at all.
fn check_version(path: &str, text: &str) -> Result<(), HubError> {
    let version = text.parse::<DocumentMut>().ok().and_then(|document| document.get("version")?.as_integer());
    match version {
        Some(version) if version > i64::from(VERSION) => {
            Err(HubError::NewerRecord { path: path.to_owned(), version, knows: VERSION })
        }
        _ => Ok(()),
    }
}

/// Takes the step from `known` to `fresh` in `existing`, which holds `known` and more.
fn overlay(existing: &str, known: &str, fresh: &str) -> Result<String, toml_edit::TomlError> {
    let mut document: DocumentMut = existing.parse()?;
    let known: DocumentMut = known.parse()?;
    let fresh: DocumentMut = fresh.parse()?;
    overlay_table(document.as_table_mut(), known.as_table(), fresh.as_table());
    Ok(document.to_string())
}

fn overlay_table(target: &mut dyn TableLike, known: &dyn TableLike, fresh: &dyn TableLike) {
    for (key, _) in known.iter() {
        if !fresh.contains_key(key) {
            target.remove(key);
        }
    }
    for (key, item) in fresh.iter() {
        let old = known.get(key);
        if old.is_some_and(|old| old.to_string() == item.to_string()) {
            continue;
        }
        let tables = (target.get_mut(key).and_then(Item::as_table_like_mut), old, item.as_table_like());
        match tables {
            (Some(target), Some(old), Some(item)) if old.is_table_like() => {
                if let Some(old) = old.as_table_like() {
                    overlay_table(target, old, item);
                }
            }
            _ => {
                target.insert(key, item.clone());
            }
        }
    }
}
