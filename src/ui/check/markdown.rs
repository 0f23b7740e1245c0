//! Findings as Markdown, for a pull request or a step summary.
//!
//! A comment may hold 64 KiB. What does not fit is counted, never cut in the middle.

use std::fmt::Write as _;

use super::{Diagnostics, style};
use crate::model::{Finding, Level, Site, told};

/// Room for findings; the lines after them need the rest of a comment.
const MOST: usize = 56 << 10;

/// Room for one source line or patch.
const LONGEST: usize = 4 << 10;

/// How many files are listed of a kind.
const FEW: usize = 20;

impl Diagnostics<'_> {
    pub(super) fn markdown(&self) -> String {
        let mut out = format!("### git orca check: {}\n\n", self.counts());
        let findings = &self.checked.report.findings;
        let mut n_shown = 0;
        for finding in findings {
            let section = self.section(finding);
            if out.len() + section.len() > MOST {
                break;
            }
            out.push_str(&section);
            n_shown += 1;
        }
        if n_shown < findings.len() {
            let more = style::count(findings.len() - n_shown, "more finding");
            _ = writeln!(out, "… and {more}; `git orca check` lists them all.\n");
        }
        self.aside(&mut out);
        _ = writeln!(out, "<sub>{}</sub>", self.scope());
        out
    }

    fn section(&self, finding: &Finding) -> String {
        let sign = match finding.level {
            Level::Deny => "🛑",
            Level::Warn => "⚠️",
            Level::Advice => "💡",
        };
        let (word, rule) = (finding.level.word(), finding.rule);
        let mut out = format!("{sign} **{word}** `{rule}`: {}\n\n", prose(&finding.message));
        for site in &finding.sites {
            self.site(&mut out, site);
        }
        if let Some(fix) = &finding.fix {
            let patch = &fix.patch;
            if patch.is_empty() || patch.len() > LONGEST {
                _ = writeln!(out, "**Fix:** {}\n", prose(&fix.summary));
            } else {
                let summary = prose_in_html(&fix.summary);
                let block = fenced("diff", patch);
                _ = writeln!(out, "<details><summary>Fix: {summary}</summary>\n\n{block}\n</details>\n");
            }
        }
        _ = writeln!(out, "<sub>`Orca-Allow: {} <reason>` accepts it.</sub>\n", finding.fingerprint);
        out
    }

    fn site(&self, out: &mut String, site: &Site) {
        let place = format!("{}:{}:{}", told(&site.branch), site.path.to_text(), site.line);
        _ = writeln!(out, "{}\n", code(&place));
        let line = self.checked.excerpts.get(site).filter(|line| line.len() <= LONGEST);
        if let Some(line) = line {
            let language = site.path.extension();
            let plain = language.chars().all(|c| c.is_ascii_alphanumeric());
            let block = match &site.lost {
                Some(_) => fenced("diff", &format!("- {}", line.trim())),
                None => fenced(if plain { &language } else { "" }, line.trim()),
            };
            _ = writeln!(out, "{block}");
        }
    }

    fn aside(&self, out: &mut String) {
        let tests = &self.checked.tests;
        if !tests.is_empty() {
            let names: Vec<String> =
                tests.iter().take(FEW).map(|test| code(&cut(&test.path.to_text()))).collect();
            let more = if tests.len() > FEW { ", …" } else { "" };
            _ = writeln!(out, "**Tests to run first:** {}{more}\n", names.join(", "));
        }
        for warning in self.checked.warnings.iter().take(FEW) {
            _ = writeln!(out, "**Warning:** {}\n", prose(&cut(warning)));
        }
        let all = &self.checked.report.not_analysed;
        if all.is_empty() {
            return;
        }
        _ = writeln!(out, "<details><summary>Not analysed: {}</summary>\n", style::count(all.len(), "file"));
        for (path, reason) in all.iter().take(FEW) {
            _ = writeln!(out, "- {}: {}", code(&cut(&path.to_text())), prose(&cut(reason)));
        }
        if all.len() > FEW {
            _ = writeln!(out, "- and {} more", all.len() - FEW);
        }
        _ = writeln!(out, "\n</details>\n");
    }
}

/// As much of a path or a reason as a list has room for.
fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

/// Text in which names between backticks stay code and nothing else means anything to Markdown.
fn prose(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split('`').enumerate() {
        let is_code = place % 2 == 1;
        out.push_str(&if is_code { code(part) } else { escaped(part) });
    }
    out
}

/// As [`prose`], where Markdown is not read.
fn prose_in_html(text: &str) -> String {
    let mut out = String::new();
    for (place, part) in text.split('`').enumerate() {
        let part = entities(part);
        if place % 2 == 1 {
            out.extend(["<code>", &part, "</code>"]);
        } else {
            out.push_str(&part);
        }
    }
    out
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in entities(text).chars() {
        match c {
            '\\' | '*' | '_' | '[' | ']' | '|' | '~' => out.extend(['\\', c]),
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// No tags, and nobody is mentioned by a branch name.
fn entities(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('@', "&#64;")
}

/// A code span with a fence that its content does not hold.
fn code(text: &str) -> String {
    let text = text.replace(['\n', '\r'], " ");
    let fence = "`".repeat(longest_run(&text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let feed = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{feed}{fence}\n")
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_mark_up_or_mention() {
        assert_eq!(prose("<b>@all calls `a_b` in a_b"), "&lt;b&gt;&#64;all calls `a_b` in a\\_b");
        assert_eq!(prose_in_html("use `Vec<T>`"), "use <code>Vec&lt;T&gt;</code>");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(fenced("ts", "```\nx"), "````ts\n```\nx\n````\n");
    }
}
