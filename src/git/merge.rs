//! Git's own merges, in memory, through long-lived `git merge-tree` children.
//!
//! Merges are never made by libgit2: its answers differ from Git's. A child answers many merges,
//! one input line each, so a merge costs its own work and no process. A child that dies, as it does
//! on a tree whose entry has a '/' in its name, fails that one merge and is replaced.
//!
//! A child asked interactively needs a nudge: before 2.50 Git keeps the end of an answer in its
//! buffer. So each question is followed by a merge of a commit with itself, which costs 30 µs and
//! pushes the answer before it out.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::run::exit_code;
use super::{Git, GitError, Merged, NewCommit, Quarantine, Repo, Version, answer, version};
use crate::model::Oid;

const MERGE_TREE: [&str; 5] = ["merge-tree", "--write-tree", "--stdin", "-z", "--messages"];

/// Two commits to merge. Without a base Git finds the merge base, or several, as `git merge` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    pub base: Option<Oid>,
    pub ours: Oid,
    pub theirs: Oid,
}

/// Merges commits one after the other; each may build on the answer before it.
pub struct Merger {
    lines: Lines,
    git: Git,
    child: Option<Conversation>,
}

impl Merger {
    /// A merger whose trees are written into the repository, to be landed.
    pub fn landing(repo: &Repo) -> Result<Self, GitError> {
        Ok(Self { lines: Lines::new(repo)?, git: repo.git(), child: None })
    }

    /// A merger whose trees vanish with the quarantine.
    pub fn predicting(quarantine: &Quarantine) -> Result<Self, GitError> {
        Ok(Self { lines: Lines::new(quarantine.repo())?, git: quarantine.git(), child: None })
    }

    /// Reads `.gitattributes`, which may name merge drivers, from a commit and not from whatever is
    /// checked out.
    pub fn with_attributes_of(mut self, repo: &Repo, commit: Oid) -> Result<Self, GitError> {
        self.git = self.git.with_attributes_of(repo, commit)?;
        Ok(self)
    }

    /// Merges two commits. An error concerns this pair only.
    pub fn merge(&mut self, pair: Pair) -> Result<Merged, GitError> {
        let line = self.lines.of(pair)?;
        let child = match &mut self.child {
            Some(child) => child,
            none => none.insert(Conversation::start(&self.git)?),
        };
        match child.ask(&line.text, pair.ours) {
            Ok(merged) => Ok(line.with_real_names(merged)),
            Err(error) => {
                Err(self.child.take().map_or(GitError::Garbled(error.to_string()), |child| child.end(&error)))
            }
        }
    }
}

/// Merges all pairs, on every core, into the quarantine; answers in the order of the pairs.
pub fn predict_pairs(
    quarantine: &Quarantine,
    pairs: &[Pair],
) -> Result<Vec<Result<Merged, GitError>>, GitError> {
    let lines = Lines::new(quarantine.repo())?;
    let lines: Vec<Line> = pairs.iter().map(|&pair| lines.of(pair)).collect::<Result<_, _>>()?;
    let git = quarantine.git();
    let n_children = std::thread::available_parallelism().map_or(1, usize::from).min(lines.len()).max(1);
    // Every n-th pair instead of one block each: neighbours share a branch, so they cost alike.
    let hand = |child: usize| lines.iter().skip(child).step_by(n_children).collect::<Vec<_>>();
    let mut answers: Vec<_> = std::thread::scope(|scope| {
        let start = |child| {
            let (git, hand) = (&git, hand(child));
            scope.spawn(move || batch(git, &hand))
        };
        let threads: Vec<_> = (0..n_children).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_default().into_iter()).collect()
    });
    let missing = || Err(GitError::Garbled("a thread that merges died".to_owned()));
    let answers = (0..lines.len()).map(|pair| answers[pair % n_children].next().unwrap_or_else(missing));
    Ok(lines.iter().zip(answers).map(|(line, answer)| Ok(line.with_real_names(answer?))).collect())
}

/// Merges all lines in as few children as their deaths allow.
fn batch(git: &Git, lines: &[&Line]) -> Vec<Result<Merged, GitError>> {
    let mut answers = Vec::with_capacity(lines.len());
    while answers.len() < lines.len() {
        answers.extend(batch_until_death(git, &lines[answers.len()..]).into_iter().map(Ok));
        // Answers may have died in the child's buffer, so the first one missing need not be the
        // deadly one: it is asked again, alone.
        if let Some(line) = lines.get(answers.len()) {
            answers.push(alone(git, &line.text));
        }
    }
    answers
}

/// Feeds all lines to one child and returns the answers it gave.
fn batch_until_death(git: &Git, lines: &[&Line]) -> Vec<Merged> {
    let Ok(mut child) = Conversation::start(git) else { return Vec::new() };
    let stdin = child.stdin.take();
    let input: String = lines.iter().map(|line| line.text.as_str()).collect();
    std::thread::scope(|scope| {
        // A child that dies closes the pipe; the missing answers tell.
        scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input.as_bytes())));
        let mut answers = Vec::with_capacity(lines.len());
        while let Ok(merged) = answer::read(&mut child.stdout) {
            answers.push(merged);
        }
        answers
    })
}

fn alone(git: &Git, line: &str) -> Result<Merged, GitError> {
    let output = git.output(&MERGE_TREE, line.as_bytes())?;
    answer::read(&mut output.stdout.as_slice()).map_err(|_| git.failure(&MERGE_TREE, &output))
}

/// A question, as a line for a child.
struct Line {
    text: String,
    /// The sides, each with the commit that stands for it in the question.
    stand_ins: Vec<(Oid, Oid)>,
}

impl Line {
    /// Names the sides where Git named what stands for them: a file that meets a directory lies beside
    /// it, as `path~commit`.
    fn with_real_names(&self, mut merged: Merged) -> Merged {
        for conflict in &mut merged.conflicts {
            for (side, stand_in) in &self.stand_ins {
                conflict.path = conflict.path.replaced(&format!("~{stand_in}"), &format!("~{side}"));
            }
        }
        merged
    }
}

/// Writes questions.
struct Lines {
    repo: Repo,
    /// Whether a line may name its base.
    with_base: bool,
}

impl Lines {
    /// Bases are written, where Git is too old to be told them, to `repo`'s objects.
    fn new(repo: &Repo) -> Result<Self, GitError> {
        let found = version(repo.git_dir())?;
        let needed = Version::BATCH_MERGES;
        if found < needed {
            return Err(GitError::TooOld { found, needed, what: "merging without a checkout" });
        }
        Ok(Self { repo: repo.reopen()?, with_base: found >= Version::BATCH_MERGES_WITH_BASE })
    }

    fn of(&self, pair: Pair) -> Result<Line, GitError> {
        let Pair { base, ours, theirs } = pair;
        let plain = |text: String| Line { text, stand_ins: Vec::new() };
        match base {
            None => Ok(plain(format!("{ours} {theirs}\n"))),
            Some(base) if self.with_base => Ok(plain(format!("{base} -- {ours} {theirs}\n"))),
            Some(base) => {
                let base = [self.stand_in(base, &[])?];
                let sides = [self.stand_in(ours, &base)?, self.stand_in(theirs, &base)?];
                let text = format!("{} {}\n", sides[0], sides[1]);
                Ok(Line { text, stand_ins: vec![(ours, sides[0]), (theirs, sides[1])] })
            }
        }
    }

    /// A commit with the tree of another, whose parents make Git find the base we want.
    fn stand_in(&self, commit: Oid, parents: &[Oid]) -> Result<Oid, GitError> {
        let tree = self.repo.commit(commit)?.tree;
        self.repo.write_commit(&NewCommit { tree, parents, message: "", time: 0 })
    }
}

/// A running `git merge-tree`.
struct Conversation {
    child: Child,
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
    /// A file and no pipe, which could fill up while nobody reads it.
    stderr: File,
    /// Whether the end of the last answer is still to come.
    owes_end: bool,
}

impl Conversation {
    fn start(git: &Git) -> Result<Self, GitError> {
        let no_file = |error| GitError::io("cannot create a file in", &std::env::temp_dir())(error);
        let stderr = tempfile::tempfile().map_err(no_file)?;
        let for_child = stderr.try_clone().map_err(no_file)?;
        let mut child = git.spawn(&MERGE_TREE, Stdio::from(for_child))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or_else(|| GitError::Garbled("no output pipe".to_owned()))?;
        Ok(Self { child, stdin, stdout: BufReader::new(stdout), stderr, owes_end: false })
    }

    fn ask(&mut self, line: &str, commit: Oid) -> std::io::Result<Merged> {
        let stdin = self.stdin.as_mut().ok_or(std::io::ErrorKind::BrokenPipe)?;
        stdin.write_all(format!("{line}{commit} {commit}\n").as_bytes())?;
        if self.owes_end {
            answer::read_end(&mut self.stdout)?;
        }
        let merged = answer::read(&mut self.stdout)?;
        answer::read_barrier(&mut self.stdout)?;
        self.owes_end = true;
        Ok(merged)
    }

    /// Ends the child and says what it died of.
    fn end(mut self, error: &std::io::Error) -> GitError {
        self.stdin = None;
        if error.kind() == std::io::ErrorKind::InvalidData {
            // It lives, and may never end while nobody reads its answers.
            let _ = self.child.kill();
        }
        let code = self.child.wait().map_or(-1, exit_code);
        let mut stderr = String::new();
        // What cannot be read back would only have explained the code.
        let _ = self.stderr.rewind().and_then(|()| self.stderr.read_to_string(&mut stderr));
        let stderr = if stderr.trim().is_empty() { error.to_string() } else { stderr.trim().to_owned() };
        GitError::Failed { command: MERGE_TREE.join(" "), code, stderr }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.stdin = None;
        // Nothing is asked any more, so a merge that is still being made is of no use.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests;
