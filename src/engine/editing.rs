//! Lets a person change a plan before it is recorded.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::init::write_whole;
use super::planning::plan_from_text;
use super::{Fault, Planning, Workspace};
use crate::git::edit;

/// Where a plan lies while it is changed, and when it was not taken.
pub fn draft(workspace: &Workspace) -> PathBuf {
    workspace.repo.orca_dir().join("plan.toml")
}

/// Keeps the text of a plan as the draft.
pub fn keep_draft(workspace: &Workspace, text: &str) -> anyhow::Result<()> {
    let file = draft(workspace);
    write_whole(&file, text).with_context(|| format!("cannot write '{}'", file.display()))
}

/// Opens the draft in the user's editor, and reads what became of it.
pub fn edit_draft(workspace: &Workspace) -> anyhow::Result<Planning> {
    let file = draft(workspace);
    edit(&workspace.around.dir, &file)?;
    let text = std::fs::read_to_string(&file).with_context(|| format!("cannot read '{}'", file.display()))?;
    if text.trim().is_empty() {
        return Err(Fault::no("the plan is empty: nothing is recorded").into());
    }
    plan_from_text(workspace, Path::new(&file), text)
}
