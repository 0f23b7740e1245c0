//! What `clean` removed, saved and kept.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::{Cleaning, Fate, Swept};

impl Show for Cleaning {
    const KIND: &'static str = "clean";

    fn json(&self) -> Value {
        let branch = |(name, kept): &(String, Option<String>)| json!({ "branch": name, "removed": kept.is_none(), "reason": kept });
        json!({
            "dry_run": self.dry_run,
            "worktrees": self.worktrees.iter().map(swept_json).collect::<Vec<_>>(),
            "branches": self.branches.iter().map(branch).collect::<Vec<_>>(),
            "run_dirs": self.run_dirs.iter().map(|dir| dir.to_string_lossy()).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        let removed = style::good(if self.dry_run { "would remove" } else { "removed" });
        for swept in &self.worktrees {
            out.push_str(&line(swept, &removed));
        }
        for (name, kept) in &self.branches {
            _ = match kept {
                None => writeln!(out, "{removed} branch {name}"),
                Some(reason) => {
                    writeln!(out, "{} branch {name}: {}", style::warn("kept"), style::foreign(reason))
                }
            };
        }
        for dir in &self.run_dirs {
            _ = writeln!(out, "{removed} {}", path(dir));
        }
        let newest = self.worktrees.iter().rev().find_map(|swept| match &swept.fate {
            Fate::Removed { saved: Some(saved), .. } => saved.refs.last(),
            _ => None,
        });
        if let Some(newest) = newest {
            _ = writeln!(out, "next: take saved work up with 'git switch -c <branch> {newest}'");
        }
        if out.is_empty() { "nothing to clean\n".to_owned() } else { out }
    }
}

fn line(swept: &Swept, removed: &str) -> String {
    let place = path(&swept.dir);
    match &swept.fate {
        Fate::Removed { saved, n_ignored } => {
            let mut line = format!("{removed} {place}");
            if let Some(saved) = saved {
                line = match saved.refs.as_slice() {
                    [] => format!("{line}: {}, to be saved under refs/orca/rescue/", saved.what),
                    refs => format!("{line}: {}, saved at {}", saved.what, refs.join(", ")),
                };
            }
            if *n_ignored > 0 {
                let ignored = format!("({} not saved)", style::count(*n_ignored, "ignored path"));
                line = format!("{line} {}", style::dim(&ignored));
            }
            line + "\n"
        }
        Fate::Kept { reason, remedy } => {
            let remedy = remedy.as_ref().map_or(String::new(), |remedy| {
                format!(" {}", style::dim(&format!("({})", style::foreign(remedy))))
            });
            format!("{} {place}: {}{remedy}\n", style::warn("kept"), style::foreign(reason))
        }
    }
}

fn swept_json(swept: &Swept) -> Value {
    let (removed, facts) = match &swept.fate {
        Fate::Removed { saved, n_ignored } => {
            let saved = saved.as_ref().map(|saved| json!({ "what": saved.what, "refs": saved.refs }));
            (true, json!({ "saved": saved, "ignored": n_ignored }))
        }
        Fate::Kept { reason, remedy } => (false, json!({ "reason": reason, "remedy": remedy })),
    };
    let mut value = json!({ "worktree": swept.name, "dir": swept.dir.to_string_lossy(), "removed": removed });
    if let (Value::Object(value), Value::Object(facts)) = (&mut value, facts) {
        value.extend(facts);
    }
    value
}

fn path(path: &std::path::Path) -> String {
    style::foreign(&path.to_string_lossy())
}
