//! Every branch against every other, as one picture.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::check::label;
use super::{Show, style};
use crate::engine::{Matrix, PairVerdict, Pairing, Step};
use crate::model::RepoPath;

impl Show for Matrix {
    const KIND: &'static str = "matrix";

    fn json(&self) -> Value {
        let pair = |pair: &Pairing| {
            let mut value = json!({
                "a": self.branches[pair.one].name,
                "b": self.branches[pair.other].name,
                "textual": if pair.textual.is_clean { "clean" } else { "conflict" },
                "verdict": word(pair.verdict()),
                "files": pair.textual.files.iter().map(RepoPath::to_text).collect::<Vec<_>>(),
            });
            if pair.verdict() == PairVerdict::Resolvable {
                value["rung"] = pair.textual.rung.into();
            }
            value
        };
        let step = |step: &Step| json!({ "branch": step.name, "reason": step.reason });
        let mut data = json!({ "order": self.order.iter().map(step).collect::<Vec<_>>() });
        // The macro would copy them all, and there are many.
        data["pairs"] = self.pairs.iter().map(pair).collect();
        data
    }

    fn text(&self) -> String {
        if self.branches.is_empty() {
            return "no task has work to compare yet\n".to_owned();
        }
        let mut out = self.picture();
        out.push_str(&legend());
        for (verdict, title) in [
            (PairVerdict::Conflict, "conflicts in text"),
            (PairVerdict::Resolvable, "resolved by structure"),
            (PairVerdict::Contract, "broken contracts"),
        ] {
            self.list(&mut out, verdict, title);
        }
        _ = writeln!(out, "\n{}", style::bold("best order to merge"));
        let row = |(place, step): (usize, &Step)| {
            vec![
                format!("  {}.", place + 1),
                style::foreign(&step.name),
                style::dim(&style::foreign(&step.reason)),
            ]
        };
        out.push_str(&style::columns(&self.order.iter().enumerate().map(row).collect::<Vec<_>>()));
        out
    }
}

fn word(verdict: PairVerdict) -> &'static str {
    match verdict {
        PairVerdict::Clean => "clean",
        PairVerdict::Conflict => "conflict",
        PairVerdict::Resolvable => "resolvable",
        PairVerdict::Contract => "contract",
    }
}

fn mark(verdict: PairVerdict) -> String {
    match verdict {
        PairVerdict::Clean => style::good("."),
        PairVerdict::Conflict => style::error("x"),
        PairVerdict::Resolvable => style::warn("~"),
        PairVerdict::Contract => style::warn("!"),
    }
}

fn legend() -> String {
    let [clean, conflict, resolvable, contract] =
        [PairVerdict::Clean, PairVerdict::Conflict, PairVerdict::Resolvable, PairVerdict::Contract].map(mark);
    format!(
        "\n{clean} clean   {conflict} conflict in text   {resolvable} resolved by structure   \
         {contract} clean in text, breaks a contract\n"
    )
}

impl Matrix {
    /// A triangle: a row for each branch, a column for each branch above it, by number.
    fn picture(&self) -> String {
        let width = self.branches.len().to_string().len();
        let names: Vec<String> = self.branches.iter().map(|branch| style::foreign(&branch.name)).collect();
        let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let verdicts: BTreeMap<(usize, usize), PairVerdict> =
            self.pairs.iter().map(|pair| ((pair.one, pair.other), pair.verdict())).collect();
        let mut out = String::new();
        for (row, name) in names.iter().enumerate() {
            _ = write!(out, "{:>width$} {name:longest$} ", row + 1);
            for column in 0..row {
                let verdict = verdicts.get(&(column, row)).copied().unwrap_or(PairVerdict::Clean);
                _ = write!(out, " {}{}", " ".repeat(width - 1), mark(verdict));
            }
            out.truncate(out.trim_end().len());
            out.push('\n');
        }
        let numbers: String = (1..self.branches.len()).map(|number| format!(" {number:>width$}")).collect();
        _ = writeln!(out, "{} {} {}", " ".repeat(width), " ".repeat(longest), style::dim(&numbers));
        out
    }

    fn list(&self, out: &mut String, verdict: PairVerdict, title: &str) {
        let pairs: Vec<&Pairing> = self.pairs.iter().filter(|pair| pair.verdict() == verdict).collect();
        if pairs.is_empty() {
            return;
        }
        _ = writeln!(out, "\n{}", style::bold(title));
        for pair in pairs {
            let name = |idx: usize| style::foreign(&self.branches[idx].name);
            _ = write!(out, "  {} {} {}", name(pair.one), mark(verdict), name(pair.other));
            let files: Vec<String> = pair.textual.files.iter().map(RepoPath::to_string).collect();
            match (&pair.textual.failure, files.is_empty()) {
                (Some(failure), _) => _ = write!(out, ": {}", style::foreign(failure)),
                (None, false) => _ = write!(out, ": {}", files.join(", ")),
                (None, true) if verdict == PairVerdict::Conflict => out.push_str(": over a moved directory"),
                (None, true) => {}
            }
            out.push('\n');
            for finding in &pair.findings {
                _ = writeln!(out, "    {}: {}", label(finding), style::foreign(&finding.message));
            }
        }
    }
}
