//! Other repositories: what they hold, and what is pushed to them.
//!
//! A push names every object and every value that the remote may still have, so that nothing of
//! anybody else's is overwritten, whatever a fetch in the background has moved.

use std::collections::BTreeMap;

use super::{Git, GitError, Repo};
use crate::model::Oid;

/// One branch to push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The full ref name, here and there.
    pub name: String,
    pub new: Oid,
    /// Where the remote has it now; none means that it must not have it.
    pub old: Option<Oid>,
}

/// What became of the branches of a push.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pushed {
    /// The refs that did not arrive, each with the reason.
    pub refused: BTreeMap<String, String>,
    /// What the remote said, such as where a pull request can be opened.
    pub said: Vec<String>,
}

/// The names of the configured remotes.
pub fn remotes(repo: &Repo) -> Result<Vec<String>, GitError> {
    let names = repo.git().run(&["remote"])?;
    Ok(String::from_utf8_lossy(&names).lines().map(str::to_owned).collect())
}

/// Where a remote is pushed to.
pub fn push_url(repo: &Repo, remote: &str) -> Result<String, GitError> {
    let url = repo.git().run(&["remote", "get-url", "--push", "--", remote])?;
    Ok(String::from_utf8_lossy(&url).trim().to_owned())
}

/// The refs of a remote that match `patterns`, by full name.
pub fn remote_refs(
    repo: &Repo,
    remote: &str,
    patterns: &[String],
) -> Result<BTreeMap<String, Oid>, GitError> {
    let args = ["ls-remote", "--refs", "--", remote];
    let args: Vec<&str> = args.into_iter().chain(patterns.iter().map(String::as_str)).collect();
    let answer = repo.git().run(&args)?;
    let line = |line: &str| {
        let (oid, name) = line.split_once('\t')?;
        Some((name.to_owned(), Oid::parse(oid).ok()?))
    };
    Ok(String::from_utf8_lossy(&answer).lines().filter_map(line).collect())
}

/// Gets what refs of a remote lead to. No ref moves here.
pub fn fetch_objects(repo: &Repo, remote: &str, names: &[&str]) -> Result<(), GitError> {
    let quiet = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--refmap="];
    let args = [&quiet[..], &["--no-recurse-submodules", "--", remote], names].concat();
    repo.git().run(&args).map(drop)
}

/// Pushes branches in one go; each arrives or not by itself. The user's own pre-push hook runs, as
/// large files may depend on it.
pub fn push(repo: &Repo, remote: &str, pushes: &[Push]) -> Result<Pushed, GitError> {
    push_by(repo.git().with_hooks(), remote, pushes)
}

/// As [`push`], for refs of orca's own: they are no business of a hook that tests what is published.
pub fn push_quietly(repo: &Repo, remote: &str, pushes: &[Push]) -> Result<Pushed, GitError> {
    push_by(repo.git(), remote, pushes)
}

fn push_by(git: Git, remote: &str, pushes: &[Push]) -> Result<Pushed, GitError> {
    let mut args: Vec<String> =
        ["push", "--porcelain", "--no-follow-tags", "--recurse-submodules=no"].map(str::to_owned).to_vec();
    for push in pushes {
        let old = push.old.map_or(String::new(), |old| old.to_string());
        args.push(format!("--force-with-lease={}:{old}", push.name));
    }
    args.extend(["--".to_owned(), remote.to_owned()]);
    args.extend(pushes.iter().map(|push| format!("{}:{}", push.new, push.name)));
    let output = git.output(&args, b"")?;
    read_answer(&git, &args, &output, pushes)
}

/// The lines of a push that was asked to be plain: `<flag>\t<from>:<to>\t<summary>`.
fn read_answer(
    git: &Git,
    args: &[String],
    output: &super::Output,
    pushes: &[Push],
) -> Result<Pushed, GitError> {
    let mut answered = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let mut fields = line.split('\t');
        if let (Some(flag), Some(refs), Some(summary)) = (fields.next(), fields.next(), fields.next())
            && let Some((_, name)) = refs.split_once(':')
        {
            answered.insert(name.to_owned(), (flag != "!", summary.to_owned()));
        }
    }
    if !output.status.success() && answered.is_empty() {
        return Err(git.failure(args, output));
    }
    let said = output.stderr.lines().filter_map(|line| line.strip_prefix("remote:"));
    let said = said.map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    let outcome = |push: &Push| match answered.get(&push.name) {
        Some((true, _)) => None,
        Some((false, why)) => Some((push.name.clone(), why.clone())),
        None => Some((push.name.clone(), "git did not say what became of it".to_owned())),
    };
    Ok(Pushed { refused: pushes.iter().filter_map(outcome).collect(), said })
}
