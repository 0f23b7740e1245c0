//! How a rule writes a finding down, and how findings are named.

use std::collections::BTreeSet;

use crate::model::{Finding, Fix, Fnv, Level, Site, told};

/// A finding before it is named.
pub(super) struct Draft<'d> {
    pub(super) rule: &'static str,
    pub(super) level: Level,
    pub(super) message: String,
    /// What the finding is about; with the paths of the sites it names the finding.
    pub(super) symbols: &'d [&'d str],
    /// The canonical place first, the one that has to change last.
    pub(super) sites: Vec<Site>,
    pub(super) fix: Option<Fix>,
}

impl Draft<'_> {
    pub(super) fn finish(self) -> Finding {
        let fingerprint = fingerprint(self.rule, self.symbols, &self.sites);
        Finding {
            rule: self.rule,
            level: self.level,
            names: quoted(&self.message),
            message: told(&self.message),
            fingerprint,
            sites: self.sites,
            fix: self.fix.map(|fix| Fix { summary: told(&fix.summary), ..fix }),
        }
    }
}

/// The places at which something blocks already.
pub(super) struct Blocked(BTreeSet<Site>);

impl Blocked {
    pub(super) fn by(findings: &[Finding]) -> Self {
        let denied = findings.iter().filter(|finding| finding.level == Level::Deny);
        Self(denied.flat_map(|finding| finding.sites.iter().cloned()).collect())
    }

    /// Adds a finding, unless something else blocks at the place that has to change.
    pub(super) fn add(&mut self, finding: Finding, findings: &mut Vec<Finding>) {
        if finding.sites.last().is_none_or(|site| !self.0.contains(site)) {
            if finding.level == Level::Deny {
                self.0.extend(finding.sites.iter().cloned());
            }
            findings.push(finding);
        }
    }
}

/// The names that a message puts between backticks, each by its last part: of `Room::join(id)` that
/// is `join`, which is what stands in the source.
fn quoted(message: &str) -> Vec<String> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let mut names: Vec<String> = Vec::new();
    for quoted in message.split('`').skip(1).step_by(2) {
        let path = quoted.split(['(', '<', ' ']).next().unwrap_or(quoted);
        let name = path.rsplit(|c| !is_part(c)).next().unwrap_or(path);
        if !name.is_empty() && names.iter().all(|known| known != name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// Twelve hexadecimal digits that neither branch names nor lines have a part in.
fn fingerprint(rule: &str, symbols: &[&str], sites: &[Site]) -> String {
    let mut symbols: Vec<&str> = symbols.to_vec();
    symbols.sort_unstable();
    let mut paths: Vec<&[u8]> = sites.iter().map(|site| site.path.as_bytes()).collect();
    paths.sort_unstable();
    paths.dedup();
    let mut hash = Fnv::new();
    hash.write(rule.as_bytes());
    symbols.iter().for_each(|symbol| hash.write(symbol.as_bytes()));
    hash.write(b"");
    paths.iter().for_each(|path| hash.write(path));
    format!("{:012x}", hash.get() >> 16)
}
