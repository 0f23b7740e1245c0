//! Findings as SARIF 2.1.0, for code hosts and editors.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::Diagnostics;
use super::mark::mark;
use crate::model::{FilePatch, Finding, Fix, Level, Replacement, RepoPath, Site};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// GitHub keeps this many results of a run; findings come most severe first.
const MOST: usize = 5_000;

impl Diagnostics<'_> {
    pub(super) fn sarif(&self) -> Value {
        let findings = &self.checked.report.findings;
        let shown = &findings[..findings.len().min(MOST)];
        let mut rules: Vec<&'static str> = shown.iter().map(|finding| finding.rule).collect();
        rules.sort_unstable();
        rules.dedup();
        let index: BTreeMap<&str, usize> = rules.iter().enumerate().map(|(idx, rule)| (*rule, idx)).collect();
        let results: Vec<Value> =
            shown.iter().map(|finding| self.result(finding, index[finding.rule])).collect();
        let driver = json!({
            "name": "git-orca",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
        });
        json!({
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": driver },
                "columnKind": "unicodeCodePoints",
                "results": results,
                "invocations": [{
                    "executionSuccessful": true,
                    "toolExecutionNotifications": self.notifications(findings.len() - shown.len()),
                }],
            }],
        })
    }

    fn result(&self, finding: &Finding, rule: usize) -> Value {
        let (primary, others) = Self::places(finding);
        let location = |site: &Site| self.location(finding, site);
        let mut result = json!({
            "ruleId": finding.rule,
            "ruleIndex": rule,
            "level": level(finding.level),
            "message": { "text": finding.message },
            "locations": primary.map(location).into_iter().collect::<Vec<_>>(),
            "relatedLocations": others.iter().map(location).collect::<Vec<_>>(),
            "partialFingerprints": { "orca/v1": finding.fingerprint },
        });
        if let Some(fix) = finding.fix.as_ref().and_then(fix) {
            result["fixes"] = json!([fix]);
        }
        result
    }

    fn location(&self, finding: &Finding, site: &Site) -> Value {
        let mut region = Map::from_iter([("startLine".to_owned(), json!(site.line))]);
        // A line that is gone has no columns.
        if let Some(line) = self.checked.excerpts.get(site).filter(|_| site.lost.is_none()) {
            let marked = mark(finding, line);
            let column = |at: usize| json!(line[..at].chars().count() + 1);
            region.insert("startColumn".to_owned(), column(marked.start));
            region.insert("endColumn".to_owned(), column(marked.end));
        }
        json!({
            "physicalLocation": { "artifactLocation": artifact(&site.path), "region": region },
            "message": { "text": format!("on {} at {}", site.branch, site.commit.short()) },
            "properties": { "branch": site.branch, "commit": site.commit.to_string() },
        })
    }

    /// What was not looked at, and what is not shown.
    fn notifications(&self, n_cut: usize) -> Vec<Value> {
        let not_analysed = self.checked.report.not_analysed.iter().map(|(path, reason)| {
            json!({
                "level": "note",
                "message": { "text": format!("not analysed: {reason}") },
                "locations": [{ "physicalLocation": { "artifactLocation": artifact(path) } }],
            })
        });
        let text = format!("{n_cut} findings of lesser weight are left out");
        let cut = (n_cut > 0).then(|| json!({ "level": "warning", "message": { "text": text } }));
        let warning = |text: &String| json!({ "level": "warning", "message": { "text": text } });
        let warnings = self.checked.warnings.iter().map(warning);
        warnings.chain(not_analysed).take(MOST).chain(cut).collect()
    }
}

fn descriptor(rule: &str) -> Value {
    json!({ "id": rule, "shortDescription": { "text": rule.replace('-', " ") } })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Advice => "note",
    }
}

/// The change of a fix; none when it is only an example.
fn fix(fix: &Fix) -> Option<Value> {
    let files = FilePatch::parse(&fix.patch)?;
    let changes = files.iter().map(|file| {
        json!({
            "artifactLocation": artifact(&file.path),
            "replacements": file.replacements().iter().map(replacement).collect::<Vec<_>>(),
        })
    });
    let description = json!({ "text": format!("{} (on {})", fix.summary, fix.branch) });
    Some(json!({ "description": description, "artifactChanges": changes.collect::<Vec<_>>() }))
}

fn replacement(replacement: &Replacement) -> Value {
    let (lines, (end_line, end_column)) = (&replacement.lines, replacement.end);
    json!({
        "deletedRegion": {
            "startLine": lines.start,
            "startColumn": 1,
            "endLine": end_line,
            "endColumn": end_column,
        },
        "insertedContent": { "text": replacement.text },
    })
}

fn artifact(path: &RepoPath) -> Value {
    json!({ "uri": uri(path), "uriBaseId": "%SRCROOT%" })
}

/// A relative reference in which every byte that is not plain stands for itself.
fn uri(path: &RepoPath) -> String {
    let mut uri = String::new();
    for &byte in path.as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            byte => _ = write!(uri, "%{byte:02X}"),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Checked;

    #[test]
    fn a_code_host_gets_no_more_than_it_takes() {
        let finding = Finding {
            rule: "symbol-removed",
            level: Level::Deny,
            message: String::new(),
            fingerprint: String::new(),
            names: Vec::new(),
            sites: Vec::new(),
            fix: None,
        };
        let mut checked = Checked {
            report: Default::default(),
            branches: Vec::new(),
            excerpts: BTreeMap::new(),
            tests: Vec::new(),
            unreadable: Vec::new(),
            accepted: 0,
            warnings: Vec::new(),
            seconds: 0.0,
        };
        checked.report.findings = vec![finding; MOST + 10];
        let log = Diagnostics { checked: &checked, everything: false }.sarif();
        assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(MOST));
        let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
        assert!(notes.contains("10 findings of lesser weight are left out"), "{notes}");
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri(&RepoPath::from("a b/ä#?.ts")), "a%20b/%C3%A4%23%3F.ts");
    }
}
