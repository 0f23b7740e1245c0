//! What `init` does.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::{InitPlan, Undone};

impl Show for InitPlan {
    const KIND: &'static str = "init";

    fn json(&self) -> Value {
        let text = |path: &std::path::Path| path.to_string_lossy().into_owned();
        json!({
            "written": self.writes().map(text).collect::<Vec<_>>(),
            "kept": self.kept.iter().map(|path| text(path)).collect::<Vec<_>>(),
            "copies": self.copies.iter().map(|(_, copy)| text(copy)).collect::<Vec<_>>(),
            "hub": self.makes_hub,
            "hooks": self.makes_hooks,
            "setting": self.hides_refs,
            "guard": self.guards(),
        })
    }

    fn text(&self) -> String {
        if self.is_empty() && self.kept.is_empty() {
            return "everything is in place already\n".to_owned();
        }
        let mut out = String::new();
        for path in self.writes() {
            _ = writeln!(out, "{} {}", style::good("write"), path.display());
        }
        for (path, copy) in &self.copies {
            _ = writeln!(out, "{}  {} as {}", style::good("keep"), path.display(), copy.display());
        }
        out.push_str(&kept_files(self));
        if self.makes_hub {
            _ = writeln!(out, "{}  the hub, refs/orca/hub", style::good("make"));
        }
        if self.makes_hooks {
            _ = writeln!(out, "{}  hooks, in agent worktrees only", style::good("wire"));
        }
        if self.guards() {
            _ = writeln!(out, "{} merges in this checkout, by a pre-merge-commit hook", style::good("guard"));
        }
        if self.hides_refs {
            _ = writeln!(out, "{}   git config log.excludeDecoration refs/orca/", style::good("set"));
        }
        _ = writeln!(
            out,
            "\nnext: name an agent in orca.toml, commit it, then 'git orca plan --file plan.toml'"
        );
        out
    }
}

/// The files that `init` would have written over.
pub(crate) fn kept_files(plan: &InitPlan) -> String {
    let differs = style::dim("(differs; --yes replaces it)");
    let line = |path: &std::path::PathBuf| format!("{}  {} {differs}\n", style::warn("keep"), path.display());
    plan.kept.iter().map(line).collect()
}

impl Show for Undone {
    const KIND: &'static str = "init-undo";

    fn json(&self) -> Value {
        json!({ "hooks": self.hooks, "setting": self.setting, "guard": self.guard })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        if self.hooks {
            _ = writeln!(out, "{}  hooks of agent worktrees", style::good("unwire"));
        }
        if self.guard {
            _ = writeln!(out, "{}  merges in this checkout", style::good("unguard"));
        }
        if self.setting {
            _ = writeln!(out, "{}   git config log.excludeDecoration refs/orca/", style::good("unset"));
        }
        if out.is_empty() {
            return "nothing is wired here\n".to_owned();
        }
        out + "\nThe hub and your files stay: 'git update-ref -d refs/orca/hub' forgets all runs.\n"
    }
}
