//! Values that stand in a file as one string, and how each is spelled.
//!
//! They are read while the file is parsed, so that an error knows its line.

use chrono::{DateTime, Datelike as _, SecondsFormat};
use serde::de::{Error as _, Visitor};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{
    ConflictState, Contract, ContractKind, HandoffStatus, Hold, Level, Oid, RunId, Scope, Section, Status,
    TaskId,
};

/// A value that has one spelling.
pub(super) trait Spelled: Sized {
    fn spell(&self) -> Result<String, String>;
    fn read(text: &str) -> Result<Self, String>;
}

/// A value in a file, as its spelling.
pub(super) struct Word<T>(pub(super) T);

/// Seconds since 1970, in a file as RFC 3339 in UTC.
pub(super) struct Time(pub(super) i64);

/// A scope, in a file as its list of patterns.
pub(super) struct Globs(pub(super) Scope);

/// Wraps each value of a list.
pub(super) fn words<T: Clone>(values: &[T]) -> Vec<Word<T>> {
    values.iter().cloned().map(Word).collect()
}

/// Unwraps each value of a list.
pub(super) fn values<T>(words: Vec<Word<T>>) -> Vec<T> {
    words.into_iter().map(|word| word.0).collect()
}

impl<T: Spelled> Serialize for Word<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.spell().map_err(S::Error::custom)?)
    }
}

impl<'de, T: Spelled> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader(std::marker::PhantomData))
    }
}

struct Reader<T>(std::marker::PhantomData<T>);

impl<T: Spelled> Visitor<'_> for Reader<T> {
    type Value = Word<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Word<T>, E> {
        T::read(text).map(Word).map_err(E::custom)
    }
}

impl Serialize for Globs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.patterns().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Globs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let patterns = Vec::<String>::deserialize(deserializer)?;
        Scope::new(&patterns).map(Globs).map_err(D::Error::custom)
    }
}

impl Spelled for Time {
    fn spell(&self) -> Result<String, String> {
        let time = DateTime::from_timestamp(self.0, 0).filter(|time| (0..=9999).contains(&time.year()));
        let time = time.ok_or_else(|| format!("{} is no time of the years 0 to 9999", self.0))?;
        Ok(time.to_rfc3339_opts(SecondsFormat::Secs, true))
    }

    fn read(text: &str) -> Result<Self, String> {
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self(time.timestamp()))
            .map_err(|error| error.to_string())
    }
}

impl Spelled for Oid {
    fn spell(&self) -> Result<String, String> {
        Ok(self.to_string())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|error| error.to_string())
    }
}

impl Spelled for RunId {
    fn spell(&self) -> Result<String, String> {
        Ok(self.to_string())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::new(text).map_err(|error| error.to_string())
    }
}

impl Spelled for TaskId {
    fn spell(&self) -> Result<String, String> {
        Ok(self.to_string())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::new(text).map_err(|error| error.to_string())
    }
}

impl Spelled for Contract {
    fn spell(&self) -> Result<String, String> {
        Ok(self.to_string())
    }

    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|error: crate::model::ContractError| error.to_string())
    }
}

impl Spelled for Status {
    fn spell(&self) -> Result<String, String> {
        Ok(self.word().to_owned())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| unknown("state", text, &Self::WORDS))
    }
}

impl Spelled for Hold {
    fn spell(&self) -> Result<String, String> {
        Ok(self.word().to_owned())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| unknown("hold", text, &Self::WORDS))
    }
}

impl Spelled for HandoffStatus {
    fn spell(&self) -> Result<String, String> {
        Ok(self.word().to_owned())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| unknown("handoff state", text, &Self::WORDS))
    }
}

impl Spelled for ConflictState {
    fn spell(&self) -> Result<String, String> {
        Ok(self.word().to_owned())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| unknown("conflict state", text, &Self::WORDS))
    }
}

impl Spelled for Section {
    fn spell(&self) -> Result<String, String> {
        Ok(self.word().to_owned())
    }

    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| unknown("section", text, &Self::WORDS))
    }
}

impl Spelled for ContractKind {
    fn spell(&self) -> Result<String, String> {
        Ok(self.word().to_owned())
    }

    fn read(text: &str) -> Result<Self, String> {
        let known = Self::WORDS.iter().find(|(_, word)| *word == text);
        known.map(|(kind, _)| *kind).ok_or_else(|| unknown("contract kind", text, &Self::WORDS))
    }
}

impl Spelled for Level {
    fn spell(&self) -> Result<String, String> {
        Ok(self.word().to_owned())
    }

    fn read(text: &str) -> Result<Self, String> {
        let levels = [Self::Advice, Self::Warn, Self::Deny].map(|level| (level, level.word()));
        let known = levels.iter().find(|(_, word)| *word == text);
        known.map(|(level, _)| *level).ok_or_else(|| unknown("level", text, &levels))
    }
}

/// Names what was read and what could have stood there.
pub(super) fn unknown<T>(what: &str, text: &str, known: &[(T, &'static str)]) -> String {
    let known: Vec<_> = known.iter().map(|(_, word)| *word).collect();
    format!("unknown {what} '{text}': use {}", known.join(", "))
}
