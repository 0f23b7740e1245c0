//! Merges three files for `git orca merge-file` and the merge driver.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::git::{FilesToMerge, MergedFile, conflict_style, merge_file as merge_as_git};
pub use crate::merge::resolve::Favour;
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
    /// How conflicts are marked, when not as Git is configured.
    pub style: Option<Style>,
    /// Whose lines stand where a conflict is left, in place of both.
    pub favour: Option<Favour>,
}

/// How a conflict is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Both sides.
    Merge,
    /// Both sides and the base.
    Diff3,
    /// Both sides without what they have alike at their ends, and the base.
    Zdiff3,
}

impl Style {
    fn named(name: &str) -> Self {
        match name {
            "diff3" => Self::Diff3,
            "zdiff3" => Self::Zdiff3,
            _ => Self::Merge,
        }
    }

    fn option(self) -> Option<&'static str> {
        match self {
            Self::Merge => None,
            Self::Diff3 => Some("--diff3"),
            Self::Zdiff3 => Some("--zdiff3"),
        }
    }
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileEnd {
    pub content: Vec<u8>,
    /// What is left to decide.
    pub conflicts: usize,
    /// Why each of those is left.
    pub reasons: Vec<&'static str>,
    /// The lines of the content on which they begin.
    pub lines: Vec<usize>,
}

/// Merges three files. What Git merges is Git's answer, byte for byte.
pub fn resolve_files(question: &FileQuestion) -> anyhow::Result<FileEnd> {
    for path in [&question.base, &question.ours, &question.theirs] {
        let path = question.dir.join(path);
        std::fs::File::open(&path).with_context(|| format!("cannot read '{}'", path.display()))?;
    }
    let git = as_git_merges(question, None)?;
    if git.conflicts == 0 {
        return Ok(FileEnd { content: git.content, conflicts: 0, reasons: Vec::new(), lines: Vec::new() });
    }
    let texts = [&question.base, &question.ours, &question.theirs].map(|path| text(&question.dir.join(path)));
    let [base, ours_text, theirs_text] = texts;
    let (Some(base), Some(ours_text), Some(theirs_text)) = (base?, ours_text?, theirs_text?) else {
        return as_git_has_it(question, git, vec!["the file is no text"]);
    };
    let markers = markers(question)?;
    let versions = Versions { path: &question.path, base: &base, ours: &ours_text, theirs: &theirs_text };
    let merge = merge_file(versions, &markers);
    let reasons = merge.left.iter().map(|why| why.words()).collect();
    if merge.conflicts >= merge.hunks.max(1) {
        return as_git_has_it(question, git, reasons);
    }
    Ok(ended(question, merge.text.into_bytes(), merge.conflicts, reasons))
}

fn as_git_merges(question: &FileQuestion, favour: Option<Favour>) -> anyhow::Result<MergedFile> {
    let favour = favour.map(|favour| match favour {
        Favour::Ours => "--ours",
        Favour::Theirs => "--theirs",
        Favour::Union => "--union",
    });
    let options: Vec<&str> = question.style.and_then(Style::option).into_iter().chain(favour).collect();
    let [ours, base, theirs] = &question.labels;
    let files = FilesToMerge {
        base: &question.base,
        ours: &question.ours,
        theirs: &question.theirs,
        marker_size: question.marker_size,
        labels: [ours, base, theirs],
        options: &options,
    };
    merge_as_git(&question.dir, files).context("cannot merge the files as Git does")
}

fn markers(question: &FileQuestion) -> anyhow::Result<Markers> {
    let style = match question.style {
        Some(style) => style,
        None => Style::named(&conflict_style(&question.dir)?),
    };
    let [ours, base, theirs] = question.labels.clone();
    Ok(Markers {
        size: question.marker_size,
        ours,
        base: (style != Style::Merge).then_some(base),
        theirs,
        whole: style == Style::Diff3,
        favour: question.favour,
    })
}

/// What is left, or nothing where a side is favoured.
fn ended(question: &FileQuestion, content: Vec<u8>, conflicts: usize, reasons: Vec<&'static str>) -> FileEnd {
    if question.favour.is_some() {
        return FileEnd { content, conflicts: 0, reasons: Vec::new(), lines: Vec::new() };
    }
    let label = &question.labels[0];
    let marker = "<".repeat(question.marker_size);
    let marker = if label.is_empty() { marker } else { format!("{marker} {label}") };
    let begins = |line: &[u8]| line.strip_suffix(b"\r").unwrap_or(line) == marker.as_bytes();
    let lines = content.split(|&byte| byte == b'\n').zip(1..);
    let lines = lines.filter(|(line, _)| begins(line)).map(|(_, number)| number).collect();
    FileEnd { content, conflicts, reasons, lines }
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

fn as_git_has_it(
    question: &FileQuestion,
    git: MergedFile,
    reasons: Vec<&'static str>,
) -> anyhow::Result<FileEnd> {
    let git = if question.favour.is_some() { as_git_merges(question, question.favour)? } else { git };
    Ok(ended(question, git.content, git.conflicts, reasons))
}

/// Writes a result over a version, in place: its mode, its links and its owner are not ours to change.
/// A disk without room for it is found out before anything of the file is gone.
pub fn write_result(path: &Path, content: &[u8]) -> std::io::Result<()> {
    if std::fs::read(path)? == content {
        return Ok(());
    }
    let mut file = std::fs::OpenOptions::new().write(true).open(path)?;
    let real = path.canonicalize()?;
    if let Ok(mut trial) = tempfile::tempfile_in(real.parent().unwrap_or(&real)) {
        trial.write_all(content)?;
    }
    file.write_all(content)?;
    file.set_len(content.len() as u64)
}

/// The text of a file; none when it is no UTF-8.
fn text(path: &Path) -> anyhow::Result<Option<String>> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read '{}'", path.display()))?;
    Ok(String::from_utf8(bytes).ok())
}
