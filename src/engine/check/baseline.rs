//! The baseline file: which findings a project lives with.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;

use super::Checked;
use crate::engine::init::write_whole;
use crate::engine::{Fault, Workspace};
use crate::store::{parse_baseline, write_baseline};

/// The fingerprints that the baseline of the settings accepts; none without one.
pub(super) fn accepted(workspace: &Workspace) -> anyhow::Result<BTreeSet<String>> {
    let Some(name) = &workspace.config.baseline else { return Ok(BTreeSet::new()) };
    let path = workspace.main_dir().unwrap_or_else(|_| workspace.around.dir.clone()).join(name);
    let Some(text) = read(&path)? else {
        return Err(Fault::usage(format!("there is no baseline '{}'", path.display()))
            .hint(format!("git orca check <branch>… --write-baseline '{name}'"))
            .into());
    };
    Ok(parse_baseline(Path::new(name), text)?)
}

impl Checked {
    /// Writes a baseline that accepts what was found. Reasons that people wrote into it stay. A file
    /// that is no baseline was not meant.
    pub fn write_baseline(&self, path: &Path) -> anyhow::Result<()> {
        let old = read(path)?;
        if let Some(old) = old.as_ref().filter(|old| !old.trim().is_empty()) {
            parse_baseline(path, old.clone())?;
        }
        let text = write_baseline(&self.report.findings, old.as_deref());
        write_whole(path, &text).with_context(|| format!("cannot write '{}'", path.display()))
    }
}

fn read(path: &Path) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read '{}'", path.display())),
    }
}
