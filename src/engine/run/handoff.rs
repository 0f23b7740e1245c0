//! Makes handoff commits, and checks what they have to prove.
//!
//! A handoff's tree is the task's base with the in-scope changes alone. Its history is the agent's
//! own commits where each of them is fit to be merged, else the base: a merge that an agent made
//! would let a later merge take back what others did.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::Conductor;
use super::attempt::{HANDOFF_FILE, log_dir, marker, prompt_tokens, run_dir};
use super::judge::{Evidence, Handoff};
use super::ports::{port_of, variables};
use super::takeover::{Work, by_own_words};
use crate::agent::{Ended, Shell, shell};
use crate::compress::{estimate_tokens_of_size, estimate_tokens_written};
use crate::engine::{Event, clock};
use crate::git::{Entry, GitError, NewCommit, RefEdit, Repo, update_refs, vet_changes};
use crate::handoff::to_message;
use crate::lifecycle::Attempted;
use crate::model::{
    Ending, HandoffNotes, HandoffRecord, HandoffStatus, Limits, Oid, RepoPath, RunId, TaskId, TaskRecord,
    Usage, printable,
};
use crate::store::pin;

impl Conductor<'_> {
    pub(super) fn handoff_tree(&self, id: &TaskId, work: &Work) -> anyhow::Result<Oid> {
        let repo = &self.workspace.repo;
        let base = repo.commit(self.base_of(id))?.tree;
        Ok(repo.edit_tree(Some(base), &work.in_scope)?)
    }

    /// Commits the work as a handoff, pins it and moves the branch to it.
    ///
    /// What it is follows in the hub when it is judged: the commit says everything about itself, so a
    /// run that dies in between goes on from there. That it was made is in the hub before anything moves,
    /// for the branch is also the agent's to move.
    pub(super) fn hand_off(
        &mut self,
        id: &TaskId,
        work: &Work,
        notes: HandoffNotes,
    ) -> anyhow::Result<Handoff> {
        let time = self.workspace.now();
        let tree = self.handoff_tree(id, work)?;
        let parent = self.parent_for(id, work.tip)?;
        let record = self.handoff_record(id, time, notes);
        let message = to_message(&record, &clock::rfc3339(time));
        let repo = &self.workspace.repo;
        let commit = repo.write_commit(&NewCommit { tree, parents: &[parent], message: &message, time })?;
        // A tip that the handoff does not stand on would hang on nothing but the branch's reflog.
        let beside = (parent != work.tip).then_some(work.tip);
        let tips: Vec<Oid> = beside.into_iter().chain([commit]).collect();
        pin(repo, self.run(), &tips, time)?;
        self.update(id, "handoff", |task| task.made = Some(commit))?;
        let (repo, name) = (&self.workspace.repo, self.run().task_ref(id));
        update_refs(repo, &[RefEdit { name, old: Some(work.tip), new: Some(commit) }], "orca: handoff")?;
        Ok(Handoff { record, commit, files: work.in_scope.len() })
    }

    /// What the handoff commit stands on: the agent's last commit, or the base when one of its
    /// commits is not fit to be merged. Those stay pinned.
    fn parent_for(&mut self, id: &TaskId, tip: Oid) -> anyhow::Result<Oid> {
        let base = self.base_of(id);
        let Some(unfit) = self.unfit_commit(id, base, tip)? else { return Ok(tip) };
        let what = format!("its own commits do not travel on ({unfit}); the last one is {}", tip.short());
        let place = self.run().pins_ref();
        (self.emit)(Event::Kept { task: id.clone(), what, place });
        Ok(base)
    }

    /// Why some commit between base and tip may not be merged; none when all may.
    fn unfit_commit(&self, id: &TaskId, base: Oid, tip: Oid) -> anyhow::Result<Option<String>> {
        let repo = &self.workspace.repo;
        let scope = &self.task(id).task.scope;
        let mut next = tip;
        for _ in 0..MOST_COMMITS {
            if next == base {
                return Ok(None);
            }
            let commit = repo.commit(next)?;
            let [parent] = commit.parents[..] else {
                let what = if commit.parents.is_empty() { "builds on nothing" } else { "is a merge" };
                return Ok(Some(format!("{} {what}", next.short())));
            };
            let before = repo.commit(parent)?.tree;
            if let Some(refused) = vet_changes(repo, before, commit.tree)?.first() {
                return Ok(Some(format!("{} changes {}: {}", next.short(), refused.path, refused.why)));
            }
            let outside = |path: &RepoPath| !scope.allows(path);
            let changes = repo.diff_trees(before, commit.tree)?;
            if let Some(change) = changes.into_iter().find(|change| outside(&change.path)) {
                return Ok(Some(format!("{} changes {}", next.short(), change.path)));
            }
            next = parent;
        }
        Ok(Some(format!("they are more than {MOST_COMMITS}, or do not build on {}", base.short())))
    }

    /// What the agent says about its work: what it told the hub, else what it left in a file. A file
    /// that cannot be read speaks against the attempt.
    pub(super) fn notes_of(&self, id: &TaskId, objections: &mut Vec<String>) -> anyhow::Result<HandoffNotes> {
        let hub = self.workspace.require_hub()?.read()?;
        if let Some(said) = hub.statement(self.run(), id, self.task(id).attempt)? {
            return Ok(HandoffNotes {
                status: said.status,
                summary: said.summary,
                provides: said.provides,
                notes: said.notes,
                dependencies: said.dependencies,
                tests: said.tests,
            });
        }
        let path = run_dir(self.workspace, self.run(), id)?.join(HANDOFF_FILE);
        Ok(HandoffNotes::read(&path, LARGEST_NOTES).unwrap_or_else(|error| {
            objections.push(error.to_string());
            HandoffNotes::default()
        }))
    }

    fn handoff_record(&self, id: &TaskId, time: i64, notes: HandoffNotes) -> HandoffRecord {
        handoff_record(self.run(), self.task(id), time, notes)
    }

    /// Judges a handoff by what the agent says of it, and by the acceptance criteria where it says
    /// that it is done; none when the user's wish to stop came in between.
    pub(super) fn check_handoff(
        &mut self,
        id: &TaskId,
        dir: &Path,
        handoff: Handoff,
        objections: Vec<String>,
    ) -> anyhow::Result<Option<Evidence>> {
        match by_own_words(handoff.record.status, &handoff.record.summary) {
            None => self.check_acceptance(id, dir, handoff, objections),
            Some(attempted) => {
                Ok(Some(Evidence { objections, handoff: Some(handoff), ..Evidence::of(attempted) }))
            }
        }
    }

    /// The handoff at `tip` when it was sent back for what may have lain outside of the work, such as
    /// a program that was missing: an attempt that changes nothing has it checked once more. A person
    /// who hands the same in again knows why.
    pub(super) fn handoff_to_check_again(&self, id: &TaskId, tip: Oid) -> anyhow::Result<Option<Handoff>> {
        let task = self.task(id);
        let failed =
            |command: &String| task.feedback.iter().any(|said| said.starts_with(&complaint(command)));
        let may_pass = task.is_held() || task.task.acceptance.iter().any(failed);
        if !may_pass || task.tip != Some(tip) {
            return Ok(None);
        }
        let handoffs = self.workspace.require_hub()?.read()?.handoffs(self.run())?;
        let record = handoffs.into_iter().rfind(|known| known.commit == Some(tip));
        let repo = &self.workspace.repo;
        let base = repo.commit(self.base_of(id))?.tree;
        let files = repo.diff_trees(base, repo.commit(tip)?.tree)?.len();
        Ok(record.map(|record| Handoff { record, commit: tip, files }))
    }

    /// Adds what the acceptance criteria say; none when the user's wish to stop came in between.
    pub(super) fn check_acceptance(
        &mut self,
        id: &TaskId,
        dir: &Path,
        handoff: Handoff,
        mut objections: Vec<String>,
    ) -> anyhow::Result<Option<Evidence>> {
        for command in self.task(id).task.acceptance.clone() {
            let Some(program) = program_of(&command) else { continue };
            let found = self.shell(id, dir, &format!("command -v '{program}'"))?;
            if !matches!(found.ending, Ending::Exited(0) | Ending::Interrupted) {
                continue;
            }
            (self.emit)(Event::SetUp { task: id.clone(), command: command.clone() });
            let ended = self.shell(id, dir, &command)?;
            match ended.ending {
                Ending::Exited(0) => {}
                Ending::Interrupted => return Ok(None),
                ending => {
                    objections.push(format!("{}{ending}:\n{}", complaint(&command), ended.tail.trim_end()));
                }
            }
        }
        Ok(Some(Evidence { objections, handoff: Some(handoff), ..Evidence::of(Attempted::Worked) }))
    }

    /// Runs one of the project's own commands in a task's worktree.
    pub(super) fn shell(&self, id: &TaskId, dir: &Path, command: &str) -> anyhow::Result<Ended> {
        self.shell_job(id, dir, command)?.run()
    }

    /// One of the project's own commands, ready to run in a task's worktree.
    pub(super) fn shell_job(&self, id: &TaskId, dir: &Path, command: &str) -> anyhow::Result<ShellJob> {
        let timeout = self.workspace.config.gate_timeout;
        Ok(ShellJob {
            command: command.to_owned(),
            dir: dir.to_owned(),
            env: variables(id, port_of(self.workspace, self.run(), id)?),
            log: log_dir(self.workspace, self.run(), id)?.join("commands.log"),
            marker: marker(self.workspace, self.run(), id),
            limits: Limits { timeout, stall: timeout, grace: GRACE },
            stop: Arc::clone(&self.workspace.around.stop),
        })
    }

    /// What the attempts of a task cost so far: the prompts and the files read, and what came out.
    pub(super) fn usage_of(&self, task: &TaskRecord, commit: Oid) -> anyhow::Result<Usage> {
        let repo = &self.workspace.repo;
        let Some(base) = task.base else { return Ok(task.usage) };
        let mut written = 0;
        for change in repo.diff_trees(repo.commit(base)?.tree, repo.commit(commit)?.tree)? {
            written += tokens_written(repo, change.old, change.new)?;
        }
        let prompt = prompt_tokens(self.workspace, self.run(), &task.task.id)?;
        Ok(Usage { input: task.usage.input + prompt, output: written, estimated: true, ..task.usage })
    }

    /// The commit that the task's work is measured against.
    pub(super) fn base_of(&self, id: &TaskId) -> Oid {
        self.task(id).base.unwrap_or(self.integration)
    }
}

/// A command of the project with everything that it needs, for whatever thread.
pub(super) struct ShellJob {
    pub(super) command: String,
    dir: PathBuf,
    env: Vec<(String, String)>,
    log: PathBuf,
    marker: String,
    limits: Limits,
    stop: Arc<AtomicBool>,
}

impl ShellJob {
    pub(super) fn run(&self) -> anyhow::Result<Ended> {
        let Self { command, dir, env, log, marker, limits, stop } = self;
        Ok(shell(&Shell { command, dir, env, log, marker, limits: *limits }, stop)?)
    }
}

/// What a handoff of a task says, in words that are safe for a commit message.
pub(in crate::engine) fn handoff_record(
    run: RunId,
    record: &TaskRecord,
    time: i64,
    notes: HandoffNotes,
) -> HandoffRecord {
    let task = &record.task;
    let summary = if notes.summary.is_empty() { &task.title } else { &notes.summary };
    let mut provides = task.provides.clone();
    provides.extend(
        notes.provides.into_iter().filter(|new| !task.provides.iter().any(|old| old.same_interface(new))),
    );
    let safe = |texts: Vec<String>| texts.iter().map(|text| printable(text).into_owned()).collect();
    let safe_note = |(kind, text): (String, String)| (kind, printable(&text).into_owned());
    HandoffRecord {
        id: HandoffRecord::id_of(run, &task.id, record.attempt),
        run,
        task: task.id.clone(),
        attempt: record.attempt,
        from: task.specialist.clone(),
        to: vec!["*".to_owned()],
        time,
        status: notes.status,
        reason: match notes.status {
            HandoffStatus::Complete => String::new(),
            _ => printable(summary).split_whitespace().collect::<Vec<_>>().join(" "),
        },
        provides,
        consumes: task.consumes.clone(),
        notes: notes.notes.into_iter().map(safe_note).collect(),
        dependencies: safe(notes.dependencies),
        tests: safe(notes.tests),
        focus: None,
        constraints: Vec::new(),
        budget: None,
        commit: None,
        // A commit message cannot hold every character that TOML can.
        summary: printable(summary).into_owned(),
    }
}

/// What it took to write a file; of a large one only how much it grew is looked at.
fn tokens_written(repo: &Repo, old: Option<Entry>, new: Option<Entry>) -> Result<u64, GitError> {
    const LARGE: u64 = 1 << 20;
    let (Some(new), old) = (new.filter(Entry::is_file), old.filter(Entry::is_file)) else { return Ok(0) };
    let size = repo.blob_size(new.oid)?;
    let old_size = old.map_or(Ok(0), |old| repo.blob_size(old.oid))?;
    if size.max(old_size) > LARGE {
        return Ok(estimate_tokens_of_size(size.saturating_sub(old_size)));
    }
    let old = old.map_or(Ok(Vec::new()), |old| repo.blob(old.oid))?;
    Ok(estimate_tokens_written(&old, &repo.blob(new.oid)?))
}

/// More commits of one attempt are not looked at one by one.
const MOST_COMMITS: usize = 1000;

/// The largest file in which an agent may say what it did.
const LARGEST_NOTES: u64 = 1 << 20;

/// Time between the polite and the final signal to a project's command.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

/// Words that a sentence has and a command line has not.
const PROSE: [&str; 12] =
    ["the", "a", "an", "is", "are", "that", "should", "must", "all", "every", "with", "when"];

/// How an objection of an acceptance command begins.
fn complaint(command: &str) -> String {
    format!("`{command}` ")
}

/// The first word of a criterion that could be a command line; none for a sentence.
fn program_of(criterion: &str) -> Option<&str> {
    let plain = without_quotes(criterion);
    let plain = plain.trim_end();
    // `make all` is a command.
    let words = plain.strip_suffix(" all").unwrap_or(plain);
    let is_prose = plain.ends_with('.') || words.split_whitespace().any(|word| PROSE.contains(&word));
    let program = criterion.split_whitespace().next().filter(|_| !is_prose)?;
    let legal = |character: char| character.is_ascii_alphanumeric() || "._/+-".contains(character);
    program.chars().all(legal).then_some(program)
}

/// What a command quotes may be prose.
fn without_quotes(text: &str) -> String {
    let mut open = None;
    let mut plain = String::new();
    for character in text.chars() {
        match open {
            Some(quote) if quote == character => open = None,
            Some(_) => {}
            None if character == '\'' || character == '"' => open = Some(character),
            None => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_told_from_sentences() {
        for command in ["make all", "npx tsc --noEmit", "sh -c 'echo this is fine'", "./check.sh", "ls -a"] {
            assert!(program_of(command).is_some(), "{command}");
        }
        for sentence in
            ["make all tests pass", "Types compile.", "the server starts", "it's \"done\" when", ""]
        {
            assert_eq!(program_of(sentence), None, "{sentence}");
        }
    }
}
