//! Findings as a compiler shows its own.

use std::fmt::Write as _;

use annotate_snippets::{AnnotationKind, Group, Origin, Renderer, Snippet};

use super::mark::mark;
use super::{Diagnostics, style};
use crate::model::{Finding, Level, Site, told};

/// How many files that were not analysed are listed unless everything is.
const FEW: usize = 5;

/// How many lines of a patch are shown unless everything is.
const SHORT: usize = 40;

/// How many columns of a source line are shown, around what is marked.
const WIDEST: usize = 140;

/// How much of a source line is looked at.
const LONGEST: usize = 2_000;

impl Diagnostics<'_> {
    pub(super) fn as_text(&self) -> String {
        let mut out = String::new();
        for finding in &self.checked.report.findings {
            self.finding(&mut out, finding);
            out.push('\n');
        }
        self.end(&mut out);
        out
    }

    /// What is said after the findings.
    pub(super) fn end(&self, out: &mut String) {
        for warning in &self.checked.warnings {
            _ = writeln!(out, "{} {}\n", style::warn("warning:"), style::foreign(warning));
        }
        self.left_out(out);
        self.tests(out);
        _ = writeln!(out, "{} {}", self.verdict(), style::dim(&format!("({})", self.scope())));
    }

    pub(super) fn finding(&self, out: &mut String, finding: &Finding) {
        let title = level(finding.level).primary_title(style::foreign(&finding.message)).id(finding.rule);
        let mut group = Group::with_title(title);
        let (primary, others) = Self::places(finding);
        let sites = primary.into_iter().map(|site| (site, AnnotationKind::Primary));
        for (site, kind) in sites.chain(others.iter().map(|site| (site, AnnotationKind::Context))) {
            let place = format!("{}:{}", style::foreign(&told(&site.branch)), site.path);
            group = match self.line(site) {
                Some(line) => {
                    let snippet = Snippet::source(line.clone()).path(place).line_start(site.line as usize);
                    let marked = kind.span(mark(finding, &line));
                    let gone = site.lost.is_some().then_some("gone");
                    group.element(snippet.annotation(marked.label(gone)))
                }
                None => group.element(Origin::path(place).line(site.line as usize)),
            };
        }
        if let Some(fix) = &finding.fix {
            group = group.element(annotate_snippets::Level::HELP.message(style::foreign(&fix.summary)));
        }
        if self.everything {
            let note =
                format!("a commit with the trailer 'Orca-Allow: {} <reason>' allows it", finding.fingerprint);
            group = group.element(annotate_snippets::Level::NOTE.message(note));
        }
        out.push_str(&Renderer::styled().term_width(WIDEST).render(&[group]));
        out.push('\n');
        if let Some(fix) = &finding.fix {
            self.patch(out, &fix.patch);
        }
    }

    /// The source line of a site as it can be printed, cut where nobody reads on.
    fn line(&self, site: &Site) -> Option<String> {
        let line = self.checked.excerpts.get(site)?;
        let shown: String = line.chars().take(LONGEST).collect();
        Some(style::foreign(&shown)).filter(|line| !line.trim().is_empty())
    }

    pub(super) fn patch(&self, out: &mut String, patch: &str) {
        let n_lines = patch.lines().count();
        let n_shown = if self.everything { n_lines } else { n_lines.min(SHORT) };
        for line in patch.lines().take(n_shown) {
            let cut: String = line.chars().take(LONGEST).collect();
            let safe = style::foreign(&cut);
            let line = match line.as_bytes().first() {
                Some(b'+') => style::good(&safe),
                Some(b'-') => style::removed(&safe),
                Some(b'@') => style::hint(&safe),
                _ => safe,
            };
            _ = writeln!(out, "{}", format!("    {line}").trim_end());
        }
        if n_lines > n_shown {
            let more = style::count(n_lines - n_shown, "more line");
            _ = writeln!(out, "    {}", style::dim(&format!("... {more} (-v shows them)")));
        }
    }

    fn left_out(&self, out: &mut String) {
        let all = &self.checked.report.not_analysed;
        let n_shown = if self.everything { all.len() } else { all.len().min(FEW) };
        for (path, reason) in &all[..n_shown] {
            _ = writeln!(out, "{} {path}: {}", style::warn("not analysed:"), style::foreign(reason));
        }
        if all.len() > n_shown {
            let more = style::count(all.len() - n_shown, "more file");
            _ = writeln!(out, "{} {more} {}", style::warn("not analysed:"), style::dim("(-v lists them)"));
        }
        if !all.is_empty() {
            out.push('\n');
        }
    }

    fn tests(&self, out: &mut String) {
        let all = &self.checked.tests;
        if all.is_empty() {
            return;
        }
        let n_shown = if self.everything { all.len() } else { all.len().min(FEW) };
        let names: Vec<String> = all[..n_shown].iter().map(|test| test.path.to_string()).collect();
        let more = match all.len() - n_shown {
            0 => String::new(),
            more => style::dim(&format!(" and {more} more (-v lists them)")),
        };
        _ = writeln!(out, "{} {}{more}\n", style::hint("tests to run first:"), names.join(", "));
    }

    fn verdict(&self) -> String {
        let counts = self.counts();
        match (self.checked.count(Level::Deny), self.checked.report.findings.is_empty()) {
            (_, true) => style::good(&counts),
            (0, _) => style::warn(&counts),
            _ => style::error(&counts),
        }
    }
}

fn level(level: Level) -> annotate_snippets::Level<'static> {
    let like = match level {
        Level::Deny => annotate_snippets::Level::ERROR,
        Level::Warn => annotate_snippets::Level::WARNING,
        Level::Advice => annotate_snippets::Level::HELP,
    };
    like.with_name(level.word())
}
