//! `git orca merge-driver`.

use std::path::PathBuf;

use super::merge_file::answer;
use super::{Context, Outcome};
use crate::engine::{FileQuestion, is_binary};
use crate::model::RepoPath;

/// Resolve conflicts for an ordinary 'git merge', as a merge driver
///
/// Git calls it, for the paths that '.gitattributes' gives to it:
///
///   git config merge.orca.name "merge by structure"
///   git config merge.orca.driver "git orca merge-driver %O %A %B %P %L"
///   echo '*.py merge=orca' >> .gitattributes
///
/// What cannot be resolved is marked, and Git tells it as a conflict.
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The version both sides started from (%O)
    base: PathBuf,
    /// Ours, overwritten with the result (%A)
    ours: PathBuf,
    /// Theirs (%B)
    theirs: PathBuf,
    /// The path in the repository (%P)
    path: PathBuf,
    /// How long conflict markers are (%L)
    #[arg(default_value_t = 7, value_parser = clap::value_parser!(u8).range(1..=200))]
    marker_size: u8,
    /// Work everything out and write nothing
    #[arg(short = 'n', long)]
    dry_run: bool,
}

pub(crate) fn run(cx: &Context, args: &Args) -> Outcome {
    let question = FileQuestion {
        dir: cx.around.dir.clone(),
        base: args.base.clone(),
        ours: args.ours.clone(),
        theirs: args.theirs.clone(),
        path: RepoPath::new(args.path.as_os_str().as_encoded_bytes()),
        marker_size: usize::from(args.marker_size),
        labels: ["ours", "base", "theirs"].map(str::to_owned),
        style: None,
        favour: None,
    };
    // A driver that fails ends the whole merge; Git leaves a binary file as it is and goes on.
    if is_binary(&question).is_ok_and(|is_binary| is_binary) {
        cx.ui.note(&format!("conflict: {} is binary; ours stays until you choose", question.path));
        return Outcome::No;
    }
    let target = (!args.dry_run).then(|| cx.around.dir.join(&args.ours));
    let outcome = answer(cx, &question, &question.path.to_string(), target.as_deref(), false);
    // Git takes any code up to 128 for a conflict, and one is enough.
    match outcome {
        Outcome::Code(1..=127) => Outcome::No,
        other => other,
    }
}
