//! Object names of either hash.

use std::fmt;

/// Refuses text that is no full object name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is not a full object name")]
pub struct OidError(String);

/// A full object name: 20 bytes of SHA-1 or 32 bytes of SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid {
    bytes: [u8; 32],
    len: u8,
}

impl Oid {
    /// Takes 20 or 32 raw bytes.
    pub fn from_bytes(raw: &[u8]) -> Result<Self, OidError> {
        let mut bytes = [0; 32];
        match raw.len() {
            20 | 32 => bytes[..raw.len()].copy_from_slice(raw),
            _ => return Err(OidError(format!("{raw:?}"))),
        }
        Ok(Self { bytes, len: raw.len() as u8 })
    }

    /// Reads 40 or 64 hexadecimal digits.
    pub fn parse(hex: &str) -> Result<Self, OidError> {
        let bad = || OidError(hex.to_owned());
        let digits = hex.as_bytes();
        if digits.len() != 40 && digits.len() != 64 {
            return Err(bad());
        }
        let mut raw = Vec::with_capacity(32);
        for pair in digits.chunks_exact(2) {
            let high = char::from(pair[0]).to_digit(16).ok_or_else(bad)?;
            let low = char::from(pair[1]).to_digit(16).ok_or_else(bad)?;
            raw.push((high * 16 + low) as u8);
        }
        Self::from_bytes(&raw)
    }

    /// The raw bytes, as Git stores them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The name of no object, in the same hash.
    pub fn zeroed(self) -> Self {
        Self { bytes: [0; 32], ..self }
    }

    /// The first ten digits, for people.
    pub fn short(&self) -> String {
        let mut hex = self.to_string();
        hex.truncate(10);
        hex
    }
}

/// A text for people, with the commits that it names by all their digits named by the first ten.
pub fn told(text: &str) -> String {
    let is_hex = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let digits = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let is_commit = matches!(digits.len(), 40 | 64) && digits.chars().all(is_hex);
        out.push_str(if is_commit { &digits[..10] } else { digits });
        out.push_str(&word[digits.len()..]);
    }
    out
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_bytes().iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hashes_round_trip_and_nothing_else_is_read() {
        for length in [40, 64] {
            let hex: String = "0123456789abcdef".chars().cycle().take(length).collect();
            assert_eq!(Oid::parse(&hex).map(|oid| oid.to_string()), Ok(hex));
        }
        for bad in ["", "abc", &"g".repeat(40), &"0".repeat(41), "é".repeat(20).as_str()] {
            assert!(Oid::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn whole_names_of_commits_are_told_in_short() {
        let hex = "0123456789abcdef0123456789abcdef01234567";
        let text = format!("{hex} imports `a` in b.ts, which {hex}: removed–{hex}");
        assert_eq!(told(&text), "0123456789 imports `a` in b.ts, which 0123456789: removed–0123456789");
        let others = format!("{hex}0 {} {}x é", &hex[1..], hex);
        assert_eq!(told(&others), others);
    }
}
