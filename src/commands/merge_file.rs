//! `git orca merge-file`.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Context, Outcome};
use crate::engine::{FileEnd, FileQuestion, resolve_files};
use crate::model::RepoPath;

/// Merge three files by their structure
///
/// As 'git merge-file' does, with the base first: what both changed since BASE goes into OURS. What
/// Git merges comes out as Git merges it; a conflict is resolved where the syntax of the file shows
/// that both changes are wanted. What is left is marked.
///
/// Exits with the number of conflicts left, 0 when there is none, and 255 when the files cannot be
/// merged at all.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The version both sides started from
    base: PathBuf,
    /// The version that is overwritten with the result
    ours: PathBuf,
    /// The version whose changes come in
    theirs: PathBuf,
    /// Print the result and leave OURS alone
    #[arg(short = 'p', long)]
    stdout: bool,
    /// The path that tells the kind of file, when the three names do not
    #[arg(long, value_name = "PATH")]
    path: Option<PathBuf>,
    /// How long conflict markers are
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=200))]
    marker_size: u8,
    /// What stands beside the markers: ours, base, theirs
    #[arg(short = 'L', value_name = "LABEL")]
    labels: Vec<String>,
    /// Work everything out and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// The exit code of a merge that could not be made, as of `git merge-file`.
pub(super) const FAILED: u8 = 255;
/// The greatest number of conflicts that is told apart.
const MOST: usize = 127;

pub(crate) fn run(cx: &Context, args: &Args) -> Outcome {
    let name = |path: &Path| path.display().to_string();
    let label = |idx: usize, path: &Path| args.labels.get(idx).cloned().unwrap_or_else(|| name(path));
    let path = args.path.as_ref().unwrap_or(&args.ours);
    let question = FileQuestion {
        dir: cx.around.dir.clone(),
        base: args.base.clone(),
        ours: args.ours.clone(),
        theirs: args.theirs.clone(),
        path: RepoPath::new(path.as_os_str().as_encoded_bytes()),
        marker_size: usize::from(args.marker_size),
        labels: [label(0, &args.ours), label(1, &args.base), label(2, &args.theirs)],
    };
    let target = (!args.stdout && !args.dry_run).then(|| cx.around.dir.join(&args.ours));
    answer(cx, &question, target.as_deref(), args.stdout)
}

/// Merges, writes the result and turns it into an exit code. Never fails with a small code, which a
/// caller would take for conflicts.
pub(super) fn answer(cx: &Context, question: &FileQuestion, target: Option<&Path>, print: bool) -> Outcome {
    let end = resolve_files(question).and_then(|end| {
        if let Some(target) = target {
            replace(target, &end.content).with_context(|| format!("cannot write '{}'", target.display()))?;
        }
        if print {
            cx.ui.print_bytes(&end.content)?;
        }
        Ok(end)
    });
    match end {
        Ok(FileEnd { conflicts, reasons, .. }) => {
            for reason in reasons {
                cx.ui.note(&format!("conflict: {reason}"));
            }
            Outcome::Code(conflicts.min(MOST) as u8)
        }
        Err(error) => {
            cx.ui.error(&error, &[]);
            Outcome::Code(FAILED)
        }
    }
}

/// Writes in place, since the file's mode and links are not ours to change.
fn replace(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).truncate(true).open(path)?;
    file.write_all(content)
}
