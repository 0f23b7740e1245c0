//! A handoff as a pull request: a title, a body for reviewers, and the trailers at its end.
//!
//! The text comes from agents, and a code host acts on what it reads: it calls people who are named,
//! closes issues, hides what stands behind an open comment. So every word that could do something is
//! set as code. The trailers stay as they are in the handoff commit: they are the last paragraph,
//! where a squash keeps them and nothing stands behind them.

use super::trailers::{Trailer, with_block};
use crate::model::{ConflictRecord, Contract, HandoffRecord, TaskRecord, printable};

/// Everything that a pull request tells.
#[derive(Debug, Clone, Copy)]
pub struct PullFacts<'a> {
    pub task: &'a TaskRecord,
    pub handoff: &'a HandoffRecord,
    /// Of the handoff commit.
    pub trailers: &'a [Trailer],
    /// What has to be merged before it, as a reviewer finds it: `#12 (types)`.
    pub after: &'a [String],
    pub findings: &'a [ConflictRecord],
    /// How many files it changes.
    pub n_files: usize,
    /// The commits between which its own changes lie, as Git takes them.
    pub range: &'a str,
}

/// The headings that may begin what is written here; a person may write above it.
const WHAT: &str = "## What it does";
const ORDER: &str = "## Order";

/// The longest title, summary, line and list in characters and lines; the list where all of it is
/// too much; and what a code host takes at all.
const TITLE: usize = 120;
const SUMMARY: usize = 16_000;
const LINE: usize = 600;
const LINES: usize = 30;
const FEW: usize = 3;
const BODY: usize = 60_000;

/// The title: the first line that the handoff says of itself.
pub fn pull_title(facts: &PullFacts<'_>) -> String {
    let said = facts.handoff.summary.lines().next().unwrap_or_default().trim();
    let title = if said.is_empty() { &facts.task.task.title } else { said };
    let words: Vec<&str> = title.split_whitespace().collect();
    cut(&printable(&words.join(" ")), TITLE)
}

/// The body: what was done, in which order to merge, contracts, findings, how to review it.
pub fn pull_body(facts: &PullFacts<'_>) -> String {
    let names = ["Orca-Handoff", "Orca-Run", "Orca-Task", "Orca-From", "Orca-Time", "Orca-Status"];
    let who = |trailer: &&Trailer| names.contains(&trailer.key.as_str());
    let few: Vec<Trailer> = facts.trailers.iter().filter(who).cloned().collect();
    let whole = with_block(&text(facts, LINES), &safe(facts.trailers));
    if whole.chars().count() <= BODY { whole } else { with_block(&text(facts, FEW), &safe(&few)) }
}

fn text(facts: &PullFacts<'_>, longest: usize) -> String {
    let mut text = String::new();
    let prose = facts.handoff.summary.split_once('\n').map_or("", |(_, prose)| prose.trim());
    if !prose.is_empty() {
        text.extend([WHAT, "\n\n", &inert(&cut(&printable(prose), SUMMARY)), "\n\n"]);
    }
    text.extend([ORDER, "\n\n", &order(facts.after), "\n"]);
    for (title, lines) in [
        ("Contracts", contracts(facts)),
        ("Findings", findings(facts.findings)),
        ("Notes", notes(facts.handoff)),
        ("Tests", tests(facts)),
        ("How to review", review(facts)),
    ] {
        section(&mut text, title, lines, longest);
    }
    text
}

/// A new body below what a person wrote above the old one.
pub fn with_preface(old: &str, new: &str) -> String {
    // Code hosts hand line breaks back as browsers send them.
    let old = old.replace("\r\n", "\n");
    let is_ours = |line: &str| [WHAT, ORDER].contains(&line.trim_end());
    let above: String = old.split_inclusive('\n').take_while(|line| !is_ours(line)).collect();
    // Without a heading of ours nothing tells whose text it is.
    if above.len() == old.len() { new.to_owned() } else { above + new }
}

/// Markdown that says the same and does nothing.
fn inert(text: &str) -> String {
    let text = text.replace('`', "'");
    let lines: Vec<String> = text.lines().map(inert_line).collect();
    lines.join("\n")
}

fn inert_line(line: &str) -> String {
    // Git takes it for the end of a message.
    if line == "---" {
        return "- - -".to_owned();
    }
    let words: Vec<String> = line
        .split(' ')
        .map(|word| if is_active(word) { format!("`{word}`") } else { word.to_owned() })
        .collect();
    words.join(" ")
}

fn is_active(word: &str) -> bool {
    word.contains(['@', '#', '<', '\t'])
        || ["://", "](", "GH-", "www."].iter().any(|sign| word.contains(sign))
}

/// One line of foreign text, set as code.
fn code(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    format!("`{}`", cut(&printable(&words.join(" ")).replace('`', "'"), LINE))
}

/// One line of foreign prose.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    inert(&cut(&printable(&words.join(" ")), LINE))
}

fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// Trailers that cannot move a cursor; the block must be read as strictly as it was written.
fn safe(trailers: &[Trailer]) -> Vec<Trailer> {
    trailers.iter().map(|trailer| Trailer::new(&trailer.key, &printable(&trailer.value))).collect()
}

fn section(text: &mut String, title: &str, mut lines: Vec<String>, longest: usize) {
    if lines.is_empty() {
        return;
    }
    let n_more = lines.len().saturating_sub(longest);
    lines.truncate(longest);
    lines.extend((n_more > 0).then(|| format!("and {n_more} more")));
    text.extend(["\n## ", title, "\n\n"]);
    text.extend(lines.iter().map(|line| format!("- {line}\n")));
}

fn order(after: &[String]) -> String {
    match after {
        [] => "Depends on no other task.".to_owned(),
        some => {
            format!("Depends on {}: this branch holds their commits, so merge those first.", some.join(", "))
        }
    }
}

fn contracts(facts: &PullFacts<'_>) -> Vec<String> {
    let each = |verb: &'static str, contracts: &[Contract]| -> Vec<String> {
        contracts.iter().map(|contract| format!("{verb} {}", code(&contract.to_string()))).collect()
    };
    [each("provides", &facts.handoff.provides), each("consumes", &facts.handoff.consumes)].concat()
}

fn findings(found: &[ConflictRecord]) -> Vec<String> {
    if found.is_empty() {
        return vec!["none".to_owned()];
    }
    let one = |found: &ConflictRecord| {
        let places: Vec<String> = found.sites.iter().map(|site| code(site)).collect();
        format!(
            "{} {}, {}: {} ({})",
            found.level.word(),
            code(&found.rule),
            found.state.word(),
            line(&found.message),
            places.join(", ")
        )
    };
    found.iter().map(one).collect()
}

fn notes(handoff: &HandoffRecord) -> Vec<String> {
    let notes = handoff.notes.iter().map(|(kind, text)| format!("{}: {}", line(kind), line(text)));
    let needs = handoff.dependencies.iter().map(|needed| format!("dependency: {}", code(needed)));
    let constraints = handoff.constraints.iter().map(|text| format!("constraint: {}", line(text)));
    notes.chain(needs).chain(constraints).collect()
}

fn tests(facts: &PullFacts<'_>) -> Vec<String> {
    let accepted = facts.task.task.acceptance.iter().map(|text| format!("accepted by {}", code(text)));
    let asked = facts.handoff.tests.iter().map(|text| format!("to test: {}", line(text)));
    accepted.chain(asked).collect()
}

fn review(facts: &PullFacts<'_>) -> Vec<String> {
    let scope: Vec<String> = facts.task.task.scope.patterns().iter().map(|glob| code(glob)).collect();
    let files = if facts.n_files == 1 { "1 file".to_owned() } else { format!("{} files", facts.n_files) };
    let mut lines =
        vec![format!("its own changes: {files}, all in {}: `git diff {}`", scope.join(", "), facts.range)];
    lines.extend(facts.handoff.focus.iter().map(|focus| format!("look first at: {}", line(focus))));
    lines.push(format!("handed off as `{}` by {}", facts.handoff.id, code(&facts.handoff.from)));
    lines
}

#[cfg(test)]
mod tests;
