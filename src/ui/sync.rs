//! What a sync took and gave.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::SyncEnd;
use crate::model::Oid;

impl Show for SyncEnd {
    const KIND: &'static str = "sync";

    fn json(&self) -> Value {
        let name = |oid: Option<Oid>| oid.map(|oid| oid.to_string());
        json!({
            "remote": self.remote,
            "before": name(self.before),
            "after": name(self.after),
            "theirs": name(self.theirs),
            "clashes": self.clashes,
            "pushed": self.pushed,
            "moved": self.moved,
            "dry_run": self.dry_run,
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let remote = style::foreign(&self.remote);
        let would = if self.dry_run { "would be " } else { "" };
        if self.after == self.before && self.pushed.is_empty() {
            return format!("the hub and that of {remote} are the same\n");
        }
        if self.after != self.before {
            let at = self.after.map_or_else(String::new, |after| format!(" at {}", after.short()));
            let how = if self.after == self.theirs { "taken over" } else { "merged" };
            _ = writeln!(out, "the hub of {remote} {would}{}{at}", style::good(how));
        }
        for clash in &self.clashes {
            _ = writeln!(out, "  {} {}", style::warn("both changed:"), style::foreign(clash));
        }
        for name in &self.moved {
            let name = name.trim_start_matches("refs/heads/");
            _ = writeln!(out, "{} {name} to what has landed elsewhere", style::good("moved"));
        }
        if !self.pushed.is_empty() {
            _ = writeln!(out, "{would}{} to {remote}: {}", style::good("pushed"), self.pushed.join(", "));
        }
        out
    }
}
