//! Merges three files for `git orca merge-file` and the merge driver.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::git::{FilesToMerge, MergedFile, merge_file as merge_as_git};
use crate::merge::resolve::{Markers, Versions, merge_file};
use crate::model::RepoPath;

/// Three files and how to speak about them.
#[derive(Debug, Clone)]
pub struct FileQuestion {
    /// Where relative paths start.
    pub dir: PathBuf,
    pub base: PathBuf,
    pub ours: PathBuf,
    pub theirs: PathBuf,
    /// The path in the repository, whose ending tells what kind of file it is.
    pub path: RepoPath,
    pub marker_size: usize,
    /// What stands beside the markers: ours, base, theirs.
    pub labels: [String; 3],
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEnd {
    pub content: Vec<u8>,
    /// What is left to decide.
    pub conflicts: usize,
    /// Why each of those is left.
    pub reasons: Vec<&'static str>,
}

/// Merges three files. What Git merges is Git's answer, byte for byte.
pub fn resolve_files(question: &FileQuestion) -> anyhow::Result<FileEnd> {
    let [ours, base, theirs] = &question.labels;
    let git = merge_as_git(
        &question.dir,
        FilesToMerge {
            base: &question.base,
            ours: &question.ours,
            theirs: &question.theirs,
            marker_size: question.marker_size,
            labels: [ours, base, theirs],
        },
    )
    .context("cannot merge the files as Git does")?;
    if git.conflicts == 0 {
        return Ok(FileEnd { content: git.content, conflicts: 0, reasons: Vec::new() });
    }
    let texts = [&question.base, &question.ours, &question.theirs].map(|path| text(&question.dir.join(path)));
    let [base, ours_text, theirs_text] = texts;
    let (Some(base), Some(ours_text), Some(theirs_text)) = (base?, ours_text?, theirs_text?) else {
        return Ok(as_git_has_it(git, vec!["the file is no text"]));
    };
    let (size, ours, theirs) = (question.marker_size, ours.clone(), theirs.clone());
    let markers = Markers { size, ours, base: None, theirs };
    let versions = Versions { path: &question.path, base: &base, ours: &ours_text, theirs: &theirs_text };
    let merge = merge_file(versions, &markers);
    let reasons = merge.left.iter().map(|why| why.words()).collect();
    if merge.conflicts >= merge.hunks.max(1) {
        return Ok(as_git_has_it(git, reasons));
    }
    Ok(FileEnd { content: merge.text.into_bytes(), conflicts: merge.conflicts, reasons })
}

/// Whether one of the three is no text for Git, which then takes no lines of them.
pub fn is_binary(question: &FileQuestion) -> anyhow::Result<bool> {
    // As much as Git itself looks at.
    const LOOKED_AT: usize = 8_000;
    for path in [&question.base, &question.ours, &question.theirs] {
        let path = question.dir.join(path);
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read '{}'", path.display()))?;
        if bytes.iter().take(LOOKED_AT).any(|&byte| byte == 0) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn as_git_has_it(git: MergedFile, reasons: Vec<&'static str>) -> FileEnd {
    FileEnd { content: git.content, conflicts: git.conflicts, reasons }
}

/// The text of a file; none when it is no UTF-8.
fn text(path: &Path) -> anyhow::Result<Option<String>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read '{}'", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}
