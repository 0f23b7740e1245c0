//! Findings as annotations of a GitHub workflow step.
//!
//! GitHub shows ten of a kind for a step and drops the rest, so no more are written; the lines that
//! follow are for the log.

use std::fmt::Write as _;

use super::{Diagnostics, style};
use crate::model::{Finding, Level};

/// How many annotations a step may have.
const MOST: usize = 10;

impl Diagnostics<'_> {
    pub(super) fn github(&self) -> String {
        let findings = &self.checked.report.findings;
        let mut out: String = findings.iter().take(MOST).map(annotation).collect();
        if findings.len() > MOST {
            let more = style::count(findings.len() - MOST, "more finding");
            _ = writeln!(out, "{more} without an annotation: --summary and --format sarif have them all");
        }
        for warning in &self.checked.warnings {
            _ = writeln!(out, "::warning title=Orca-Allow::{}", data(warning));
        }
        _ = writeln!(out, "{} ({})", self.counts(), self.scope());
        out
    }
}

/// `::error file=a.ts,line=1,title=rule::message`, at the place that has to change.
fn annotation(finding: &Finding) -> String {
    let command = match finding.level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Advice => "notice",
    };
    let (site, others) = Diagnostics::places(finding);
    let place = site
        .map_or(String::new(), |site| format!("file={},line={},", property(&site.path.to_text()), site.line));
    let mut message = finding.message.clone();
    for other in others {
        _ = write!(message, "\n{}:{}:{}", other.branch, other.path.to_text(), other.line);
    }
    if let Some(fix) = &finding.fix {
        _ = write!(message, "\nhelp: {}", fix.summary);
    }
    let title = property(&format!("{}[{}]", finding.level.word(), finding.rule));
    format!("::{command} {place}title={title}::{}\n", data(&message))
}

/// Text of a message: nothing in it can end the command or begin another.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_inside_its_command() {
        assert_eq!(data("50%\n::error::x\r"), "50%25%0A::error::x%0D");
        assert_eq!(property("a:b,c\n"), "a%3Ab%2Cc%0A");
    }
}
