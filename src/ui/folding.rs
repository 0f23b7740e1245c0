//! What of the hub became shorter.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::{FoldedRun, Folding};
use crate::model::RunId;

impl Show for Folding {
    const KIND: &'static str = "context-compress";

    fn json(&self) -> Value {
        let folded = |folded: &FoldedRun| {
            json!({
                "run": folded.run.to_string(),
                "records": folded.n_records,
                "tokens_before": folded.tokens.0,
                "tokens_after": folded.tokens.1,
                "completion": folded.completion,
                "conflict": folded.conflict,
            })
        };
        let kept = |(run, reason): &(RunId, String)| json!({ "run": run.to_string(), "reason": reason });
        json!({
            "runs": self.runs.iter().map(folded).collect::<Vec<_>>(),
            "kept": self.kept.iter().map(kept).collect::<Vec<_>>(),
            "before": self.before.map(|oid| oid.to_string()),
            "recorded": self.recorded,
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for folded in &self.runs {
            let (before, after) = folded.tokens;
            let records = style::count(folded.n_records, "record");
            let verb = if self.recorded { style::good("folded") } else { "would fold".to_owned() };
            _ = writeln!(
                out,
                "{verb} {}: {records}, {} to {} tokens",
                folded.run,
                style::tokens(before),
                style::tokens(after)
            );
            for line in folded.completion.lines().chain(folded.conflict.iter().flat_map(|text| text.lines()))
            {
                _ = writeln!(out, "  {}", style::dim(&style::foreign(line)));
            }
        }
        for (run, reason) in &self.kept {
            _ = writeln!(out, "kept {run}: {reason}");
        }
        if self.runs.is_empty() {
            out.push_str("nothing to fold\n");
        }
        if let (true, Some(before)) = (self.recorded, self.before) {
            _ = writeln!(out, "as it was: git show {}:runs/<run>/completions", before.short());
        }
        out
    }
}
