//! The baseline: findings that a project lives with, in a file it keeps under version control.
//!
//! Only the fingerprint counts; the rest of an entry tells people what it is. The same findings
//! always make the same bytes, so that two branches that write a baseline differ where they must.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::document::{Document, FileError, Keys};
use crate::model::Finding;

const KEYS: Keys = Keys::Table(&[
    ("version", Keys::Value),
    (
        "finding",
        Keys::Table(&[
            ("fingerprint", Keys::Value),
            ("rule", Keys::Value),
            ("paths", Keys::Value),
            ("message", Keys::Value),
            ("reason", Keys::Value),
        ]),
    ),
]);

const HEAD: &str = "# Findings that are accepted as they are. Only the fingerprints count.\n\
                    # Written by 'git orca check --write-baseline'.\nversion = 1\n";

#[derive(Default, Deserialize, Serialize)]
struct Stored {
    #[serde(default)]
    finding: Vec<StoredFinding>,
}

#[derive(Deserialize, Serialize)]
struct StoredFinding {
    fingerprint: String,
    #[serde(default)]
    rule: String,
    #[serde(default)]
    paths: Vec<String>,
    #[serde(default)]
    message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Reads the fingerprints of a baseline; `path` is its name in messages.
pub fn parse_baseline(path: &Path, text: String) -> Result<BTreeSet<String>, FileError> {
    let stored: Stored = Document::parse(path, text)?.read(&KEYS, 1)?;
    Ok(stored.finding.into_iter().map(|finding| finding.fingerprint).collect())
}

/// Writes a baseline that accepts these findings and what `old`, an earlier one, says of them.
pub fn write_baseline(findings: &[Finding], old: Option<&str>) -> String {
    let old: Stored = old.and_then(|old| toml::from_str(old).ok()).unwrap_or_default();
    let reason = |fingerprint: &str| {
        let known = old.finding.iter().find(|known| known.fingerprint == fingerprint)?;
        known.reason.clone()
    };
    let entry = |finding: &Finding| {
        let paths: BTreeSet<String> =
            finding.sites.iter().map(|site| site.path.to_text().into_owned()).collect();
        StoredFinding {
            fingerprint: finding.fingerprint.clone(),
            rule: finding.rule.to_owned(),
            paths: paths.into_iter().collect(),
            message: finding.message.clone(),
            reason: reason(&finding.fingerprint),
        }
    };
    let mut stored = Stored { finding: findings.iter().map(entry).collect() };
    stored.finding.sort_by(|one, two| {
        (&one.rule, &one.paths, &one.fingerprint).cmp(&(&two.rule, &two.paths, &two.fingerprint))
    });
    stored.finding.dedup_by(|one, two| one.fingerprint == two.fingerprint);
    if stored.finding.is_empty() {
        return HEAD.to_owned();
    }
    let entries = toml::to_string(&stored).expect("a baseline is plain strings");
    format!("{HEAD}\n{entries}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Level, Oid, Site};

    fn finding(fingerprint: &str, path: &str) -> Finding {
        let commit = Oid::parse(&"1".repeat(40)).unwrap();
        let site = |path: &str| Site { branch: "b".into(), commit, path: path.into(), line: 3, lost: None };
        Finding {
            rule: "symbol-removed",
            level: Level::Deny,
            message: "a \"b\" of\nc".into(),
            fingerprint: fingerprint.into(),
            names: Vec::new(),
            sites: vec![site(path), site("a.ts")],
            fix: None,
        }
    }

    fn read(text: &str) -> Result<BTreeSet<String>, String> {
        parse_baseline(Path::new("baseline.toml"), text.to_owned()).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_written_is_read_whatever_the_order() {
        let findings = [finding("bb", "z.ts"), finding("aa", "b.ts"), finding("bb", "z.ts")];
        let text = write_baseline(&findings, None);
        let reversed: Vec<Finding> = findings.into_iter().rev().collect();
        assert_eq!(write_baseline(&reversed, None), text);
        assert_eq!(read(&text), Ok(["aa".to_owned(), "bb".to_owned()].into()));
        assert!(text.find("\"aa\"").unwrap() < text.find("\"bb\"").unwrap(), "{text}");
        assert!(!text.contains("line ="), "{text}");
        assert_eq!(read(&write_baseline(&[], None)), Ok(BTreeSet::new()));
    }

    #[test]
    fn reasons_that_people_wrote_stay() {
        let text = write_baseline(&[finding("aa", "b.ts")], None);
        let explained = text.replace("[[finding]]\n", "[[finding]]\nreason = \"old API\"\n");
        let again = write_baseline(&[finding("aa", "b.ts"), finding("cc", "c.ts")], Some(&explained));
        assert_eq!(again.matches("old API").count(), 1, "{again}");
    }

    #[test]
    fn complaints_name_file_and_line() {
        assert_eq!(
            read("version = 1\n[[finding]]\nfingerprnt = \"a\"\n").unwrap_err(),
            "baseline.toml:3: unknown key 'fingerprnt'; did you mean 'fingerprint'?"
        );
        assert!(read("[[finding]]\n").unwrap_err().contains("'version' is missing"));
    }
}
