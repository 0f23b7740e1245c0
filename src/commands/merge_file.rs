//! `git orca merge-file`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::{Context, Outcome};
use crate::engine::{Favour, FileEnd, FileQuestion, Style, resolve_files, write_result};
use crate::model::RepoPath;

/// Merge three files by their structure
///
/// As 'git merge-file' does and with its options, but with the base first: what both changed since
/// BASE goes into OURS. What Git merges comes out as Git merges it; a conflict is resolved where the
/// syntax of the file shows that both changes are wanted. What is left is marked, or given to the side
/// that an option names.
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
    /// What stands beside the markers, in this order: ours, base, theirs
    #[arg(short = 'L', value_name = "LABEL")]
    labels: Vec<String>,
    #[command(flatten)]
    left: Left,
    /// Work everything out and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

/// What becomes of a conflict that is left.
#[derive(clap::Args)]
#[group(multiple = false)]
struct Left {
    /// Show the base too where a conflict is left
    #[arg(long)]
    diff3: bool,
    /// As --diff3, without the lines at its ends that both sides have
    #[arg(long)]
    zdiff3: bool,
    /// Take the lines of ours where a conflict is left
    #[arg(long = "ours", id = "take_ours")]
    ours: bool,
    /// Take the lines of theirs where a conflict is left
    #[arg(long = "theirs", id = "take_theirs")]
    theirs: bool,
    /// Take the lines of both where a conflict is left
    #[arg(long)]
    union: bool,
}

impl Left {
    fn style(&self) -> Option<Style> {
        match (self.diff3, self.zdiff3) {
            (true, _) => Some(Style::Diff3),
            (_, true) => Some(Style::Zdiff3),
            _ => None,
        }
    }

    fn favour(&self) -> Option<Favour> {
        match (self.ours, self.theirs, self.union) {
            (true, ..) => Some(Favour::Ours),
            (_, true, _) => Some(Favour::Theirs),
            (.., true) => Some(Favour::Union),
            _ => None,
        }
    }
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
        style: args.left.style(),
        favour: args.left.favour(),
    };
    let target = (!args.stdout && !args.dry_run).then(|| cx.around.dir.join(&args.ours));
    answer(cx, &question, &name(&args.ours), target.as_deref(), args.stdout)
}

/// Merges, writes the result and turns it into an exit code. Never fails with a small code, which a
/// caller would take for conflicts. What is said of conflicts is said of the file of this name.
pub(super) fn answer(
    cx: &Context,
    question: &FileQuestion,
    name: &str,
    target: Option<&Path>,
    print: bool,
) -> Outcome {
    let end = resolve_files(question).and_then(|end| {
        if let Some(target) = target {
            write_result(target, &end.content)
                .with_context(|| format!("cannot write '{}'", target.display()))?;
        }
        if print {
            cx.ui.print_bytes(&end.content)?;
        }
        Ok(end)
    });
    match end {
        Ok(end) => {
            told(&end, name).iter().for_each(|line| cx.ui.note(line));
            Outcome::Code(end.conflicts.min(MOST) as u8)
        }
        Err(error) => {
            cx.ui.error(&error, &[]);
            Outcome::Code(FAILED)
        }
    }
}

/// A line for each conflict that is left: where it is, and why where that is known of each.
fn told(end: &FileEnd, name: &str) -> Vec<String> {
    let FileEnd { reasons, lines, .. } = end;
    if lines.len() == reasons.len() {
        let each = lines.iter().zip(reasons);
        return each.map(|(line, why)| format!("conflict: {name}:{line}: {why}")).collect();
    }
    let lines: Vec<String> = lines.iter().map(usize::to_string).collect();
    let at = if lines.is_empty() { String::new() } else { format!(":{}", lines.join(",")) };
    match reasons.is_empty() {
        true if lines.is_empty() => Vec::new(),
        true => vec![format!("conflict: {name}{at}")],
        false => reasons.iter().map(|why| format!("conflict: {name}{at}: {why}")).collect(),
    }
}
