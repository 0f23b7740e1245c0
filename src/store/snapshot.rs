//! Reading the hub at one commit, and changing it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Deref;

use super::hub::HubError;
use super::layout;
use super::publish::Publisher;
use super::schema::{self, Manifest, Record};
use crate::git::{Batch, Entry, GitError, Repo};
use crate::model::{
    AttemptRecord, CompletionRecord, ConflictRecord, ContextEntry, ContractKind, HandoffRecord,
    InterfaceRecord, LandingRecord, Oid, RepoPath, RunId, RunRecord, Section, TaskId, TaskRecord, WaveRecord,
    printable,
};

const FILE_MODE: u32 = 0o100_644;

/// The hub as it was at one commit. Files are read when they are asked for.
pub struct Snapshot {
    /// Opened again when `git gc` has replaced the packs it knew.
    repo: RefCell<Repo>,
    /// None before the hub's first commit.
    tip: Option<Oid>,
    tree: Option<Oid>,
    manifest: Manifest,
    /// What the transaction has changed so far; none in a plain snapshot.
    edits: BTreeMap<String, Option<String>>,
}

/// A snapshot with changes, which it reads back as if they were made. Made by
/// [`Hub::update`](super::Hub::update).
pub struct Transaction {
    snapshot: Snapshot,
    subject: Option<String>,
}

impl Snapshot {
    /// Opens the hub's tip; refuses a hub that this version cannot read.
    pub(super) fn open(repo: Repo) -> Result<Option<Self>, HubError> {
        let snapshot = Self::empty(repo);
        let tip = snapshot.git(|repo| repo.ref_oid(layout::HUB_REF)).map_err(HubError::Unreadable)?;
        tip.map(|tip| Self::at(snapshot.repo.into_inner(), tip)).transpose()
    }

    /// Opens a hub at a commit; refuses one that this version cannot read.
    pub(super) fn at(repo: Repo, tip: Oid) -> Result<Self, HubError> {
        let mut snapshot = Self::empty(repo);
        snapshot.tree = Some(snapshot.git(|repo| repo.commit(tip)).map_err(HubError::Unreadable)?.tree);
        snapshot.tip = Some(tip);
        snapshot.manifest = snapshot.record(layout::MANIFEST)?.ok_or(HubError::NoManifest)?;
        snapshot.manifest.check_reader()?;
        Ok(snapshot)
    }

    /// The hub that does not exist yet.
    pub(super) fn empty(repo: Repo) -> Self {
        let manifest = Manifest::new(String::new());
        Self { repo: RefCell::new(repo), tip: None, tree: None, manifest, edits: BTreeMap::new() }
    }

    /// The hub commit that this is; none before the first.
    pub fn tip(&self) -> Option<Oid> {
        self.tip
    }

    /// The hub's own name, which its copies on other machines share.
    pub fn hub_id(&self) -> &str {
        &self.manifest.hub_id
    }

    /// Whether nothing was put into it yet.
    pub(super) fn is_new(&self) -> Result<bool, HubError> {
        let Some(tree) = self.tree else { return Ok(true) };
        let names = self.git(|repo| repo.children(tree))?;
        Ok(names.iter().all(|(name, _)| name == layout::MANIFEST.as_bytes()))
    }

    /// Reads every record, so that a broken one is found now.
    pub fn require_readable(&self) -> Result<(), HubError> {
        for run in self.runs()? {
            self.handoffs(run.id)?;
            self.tasks(run.id)?;
            self.waves(run.id)?;
            self.attempts(run.id)?;
            self.completions(run.id)?;
            self.conflicts(run.id)?;
        }
        Section::WORDS.iter().try_for_each(|(section, _)| self.entries(*section).map(drop))?;
        self.interfaces().map(drop)
    }

    /// The text of a file of the hub's tree.
    pub fn file(&self, path: &str) -> Result<Option<String>, HubError> {
        if let Some(edited) = self.edits.get(path) {
            return Ok(edited.clone());
        }
        let Some(tree) = self.tree else { return Ok(None) };
        let found = self.git(|repo| repo.entry_at(tree, &RepoPath::from(path)))?;
        found.filter(Entry::is_file).map(|entry| self.text(path, entry)).transpose()
    }

    /// A run.
    pub fn run(&self, run: RunId) -> Result<Option<RunRecord>, HubError> {
        self.record(&layout::run(run))
    }

    /// All runs, oldest first.
    pub fn runs(&self) -> Result<Vec<RunRecord>, HubError> {
        let mut runs = Vec::new();
        for name in self.names(layout::RUNS)? {
            let id = RunId::new(&name).map_err(|error| misnamed(layout::RUNS, &name, &error.to_string()))?;
            runs.extend(self.run(id)?);
        }
        runs.sort_by_key(|run| run.id);
        Ok(runs)
    }

    /// A task of a run.
    pub fn task(&self, run: RunId, task: &TaskId) -> Result<Option<TaskRecord>, HubError> {
        self.record(&layout::task(run, task))
    }

    /// The tasks of a run, by id.
    pub fn tasks(&self, run: RunId) -> Result<Vec<TaskRecord>, HubError> {
        self.sorted(&layout::in_run(run, "tasks"), |record: &TaskRecord| record.task.id.clone())
    }

    /// The move of a run's integration branch that is under way; none where the last one was recorded as
    /// made.
    pub fn landing(&self, run: RunId) -> Result<Option<LandingRecord>, HubError> {
        self.record(&layout::landing(run))
    }

    /// The waves of a run that were merged, in order.
    pub fn waves(&self, run: RunId) -> Result<Vec<WaveRecord>, HubError> {
        self.sorted(&layout::in_run(run, "waves"), |record: &WaveRecord| record.number)
    }

    /// The handoffs of a run, oldest first.
    pub fn handoffs(&self, run: RunId) -> Result<Vec<HandoffRecord>, HubError> {
        let key = |record: &HandoffRecord| (record.time, record.task.clone(), record.id.clone());
        self.sorted(&layout::in_run(run, "handoffs"), key)
    }

    /// What an agent said of an attempt before it ended.
    pub fn statement(
        &self,
        run: RunId,
        task: &TaskId,
        attempt: u32,
    ) -> Result<Option<HandoffRecord>, HubError> {
        self.record(&layout::statement(run, task, attempt))
    }

    /// The starts of agents in a run, by task and number.
    pub fn attempts(&self, run: RunId) -> Result<Vec<AttemptRecord>, HubError> {
        let key = |record: &AttemptRecord| (record.task.clone(), record.number);
        self.sorted(&layout::in_run(run, "attempts"), key)
    }

    /// One start of an agent.
    pub fn attempt(&self, run: RunId, task: &TaskId, number: u32) -> Result<Option<AttemptRecord>, HubError> {
        self.record(&layout::attempt(run, task, number))
    }

    /// The finished tasks of a run, oldest first.
    pub fn completions(&self, run: RunId) -> Result<Vec<CompletionRecord>, HubError> {
        let key = |record: &CompletionRecord| (record.time, record.task.clone());
        self.sorted(&layout::in_run(run, "completions"), key)
    }

    /// The findings that were raised in a run, by fingerprint.
    pub fn conflicts(&self, run: RunId) -> Result<Vec<ConflictRecord>, HubError> {
        self.sorted(&layout::in_run(run, "conflicts"), |record: &ConflictRecord| record.fingerprint.clone())
    }

    /// All known interfaces, by kind and name.
    pub fn interfaces(&self) -> Result<Vec<InterfaceRecord>, HubError> {
        self.sorted(layout::INTERFACES, |record: &InterfaceRecord| (record.kind, record.name.clone()))
    }

    /// An entry of a section.
    pub fn entry(&self, section: Section, id: &str) -> Result<Option<ContextEntry>, HubError> {
        self.record(&layout::entry(section, id))
    }

    /// An interface.
    pub fn interface(&self, kind: ContractKind, name: &str) -> Result<Option<InterfaceRecord>, HubError> {
        self.record(&layout::interface(kind, name))
    }

    /// The entries of a section, by id.
    pub fn entries(&self, section: Section) -> Result<Vec<ContextEntry>, HubError> {
        self.sorted(section.word(), |record: &ContextEntry| record.id.clone())
    }

    /// Adds the tree with the edits to a batch; none when it is the one the snapshot was opened at.
    pub(super) fn build(&self, batch: &mut Batch) -> Result<Option<Oid>, HubError> {
        if self.edits.is_empty() {
            return Ok(None);
        }
        let mut edits = BTreeMap::new();
        for (path, text) in &self.edits {
            let entry = match text {
                Some(text) => Some(Entry { oid: batch.blob(text.as_bytes())?, mode: FILE_MODE }),
                None => None,
            };
            edits.insert(RepoPath::from(path.as_str()), entry);
        }
        let tree = self.git(|repo| batch.edit_tree(repo, self.tree, &edits))?;
        Ok((self.tree != Some(tree)).then_some(tree))
    }

    fn record<R: Record>(&self, path: &str) -> Result<Option<R>, HubError> {
        self.file(path)?.map(|text| schema::decode(path, &text)).transpose()
    }

    /// All records below a directory. The name of a file is for people; its content counts.
    fn sorted<R: Record, K: Ord>(&self, dir: &str, key: impl Fn(&R) -> K) -> Result<Vec<R>, HubError> {
        let mut records = Vec::new();
        for (path, entry) in self.files_in(dir)? {
            let text = match (self.edits.get(&path), entry) {
                (Some(edited), _) => edited.clone(),
                (None, Some(entry)) => Some(self.text(&path, entry)?),
                (None, None) => None,
            };
            if let Some(text) = text {
                records.push(schema::decode(&path, &text)?);
            }
        }
        records.sort_by_key(key);
        Ok(records)
    }

    /// The `.toml` files directly below a directory, those that were edited without their entry.
    pub(super) fn files_in(&self, dir: &str) -> Result<BTreeMap<String, Option<Entry>>, HubError> {
        let mut files = BTreeMap::new();
        for (name, entry) in self.children(dir)? {
            if entry.is_file() && name.ends_with(".toml") {
                files.insert(format!("{dir}/{name}"), Some(entry));
            }
        }
        for path in self.edits.keys() {
            if path.rsplit_once('/').is_some_and(|(parent, _)| parent == dir) {
                files.insert(path.clone(), None);
            }
        }
        Ok(files)
    }

    /// The names of directories directly below a directory.
    fn names(&self, dir: &str) -> Result<Vec<String>, HubError> {
        let children = self.children(dir)?;
        let mut names: Vec<_> =
            children.into_iter().filter(|(_, entry)| entry.is_tree()).map(|(name, _)| name).collect();
        for path in self.edits.keys() {
            let below = path.strip_prefix(dir).and_then(|rest| rest.strip_prefix('/'));
            names.extend(below.and_then(|rest| rest.split_once('/')).map(|(name, _)| name.to_owned()));
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn children(&self, dir: &str) -> Result<Vec<(String, Entry)>, HubError> {
        let Some(tree) = self.tree else { return Ok(Vec::new()) };
        let found = self.git(|repo| repo.entry_at(tree, &RepoPath::from(dir)))?;
        let Some(found) = found.filter(Entry::is_tree) else { return Ok(Vec::new()) };
        let children = self.git(|repo| repo.children(found.oid))?;
        children
            .into_iter()
            .map(|(name, entry)| match String::from_utf8(name) {
                Ok(name) => Ok((name, entry)),
                Err(error) => {
                    Err(misnamed(dir, &String::from_utf8_lossy(error.as_bytes()), "the name is not UTF-8"))
                }
            })
            .collect()
    }

    fn text(&self, path: &str, entry: Entry) -> Result<String, HubError> {
        String::from_utf8(self.git(|repo| repo.blob(entry.oid))?).map_err(|error| {
            let sound = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            let line = 1 + sound.iter().filter(|byte| **byte == b'\n').count();
            HubError::Record { path: path.to_owned(), line, reason: "the text is not UTF-8".into() }
        })
    }

    /// Asks Git, and once more with fresh eyes: libgit2 does not forget a pack that it has seen,
    /// and `git gc` may have carried the pack's objects over into another one since.
    pub(super) fn git<T>(&self, mut ask: impl FnMut(&Repo) -> Result<T, GitError>) -> Result<T, GitError> {
        let answer = ask(&self.repo.borrow());
        if !matches!(answer, Err(GitError::Library(_))) {
            return answer;
        }
        let fresh = self.repo.borrow().reopen()?;
        let answer = ask(&fresh);
        self.repo.replace(fresh);
        answer
    }
}

impl Transaction {
    pub(super) fn on(snapshot: Snapshot) -> Self {
        Self { snapshot, subject: None }
    }

    /// Replaces the subject of the audit record, for what is only known once the hub was read.
    pub fn set_subject(&mut self, subject: impl Into<String>) {
        self.subject = Some(subject.into());
    }

    pub(super) fn subject(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    pub(super) fn may_write(&self) -> Result<(), HubError> {
        self.snapshot.manifest.check_writer()
    }

    /// Moves the hub from where the transaction began to `new`.
    pub(super) fn publish(&self, publisher: &Publisher<'_>, batch: Batch, new: Oid) -> Result<(), HubError> {
        let repo = self.snapshot.repo.borrow();
        Ok(publisher.publish(&repo, batch, layout::HUB_REF, self.snapshot.tip, new)?)
    }

    pub(super) fn put_manifest(&mut self, manifest: &Manifest) -> Result<(), HubError> {
        self.put(layout::MANIFEST.to_owned(), manifest)
    }

    /// Records a run.
    pub fn put_run(&mut self, run: &RunRecord) -> Result<(), HubError> {
        self.put(layout::run(run.id), run)
    }

    /// Records a task of a run.
    pub fn put_task(&mut self, run: RunId, task: &TaskRecord) -> Result<(), HubError> {
        self.put(layout::task(run, &task.task.id), task)
    }

    /// Removes a task from a run; the history keeps it.
    pub fn drop_task(&mut self, run: RunId, task: &TaskId) -> Result<(), HubError> {
        self.set(layout::task(run, task), None)
    }

    /// Records that the integration branch is about to be moved.
    pub fn put_landing(&mut self, run: RunId, landing: &LandingRecord) -> Result<(), HubError> {
        self.put(layout::landing(run), landing)
    }

    /// Removes what [`Self::put_landing`] recorded: the move was made, or will not be.
    pub fn drop_landing(&mut self, run: RunId) -> Result<(), HubError> {
        self.set(layout::landing(run), None)
    }

    /// Records a merged wave.
    pub fn put_wave(&mut self, run: RunId, wave: &WaveRecord) -> Result<(), HubError> {
        self.put(layout::wave(run, wave.number), wave)
    }

    /// Records a handoff.
    pub fn put_handoff(&mut self, handoff: &HandoffRecord) -> Result<(), HubError> {
        self.put(layout::handoff(handoff.run, &handoff.task, &handoff.id), handoff)
    }

    /// Records what an agent says of an attempt that goes on; it becomes a handoff when it ends.
    pub fn put_statement(&mut self, said: &HandoffRecord) -> Result<(), HubError> {
        self.put(layout::statement(said.run, &said.task, said.attempt), said)
    }

    /// Records one start of an agent.
    pub fn put_attempt(&mut self, attempt: &AttemptRecord) -> Result<(), HubError> {
        self.put(layout::attempt(attempt.run, &attempt.task, attempt.number), attempt)
    }

    /// Records that a task is finished.
    pub fn put_completion(&mut self, completion: &CompletionRecord) -> Result<(), HubError> {
        self.put(layout::completion(completion.run, &completion.task), completion)
    }

    /// Records a finding.
    pub fn put_conflict(&mut self, conflict: &ConflictRecord) -> Result<(), HubError> {
        self.put(layout::conflict(conflict.run, &conflict.fingerprint), conflict)
    }

    /// Records an interface, in place of what was known under its kind and name.
    pub fn put_interface(&mut self, interface: &InterfaceRecord) -> Result<(), HubError> {
        self.put(layout::interface(interface.kind, &interface.name), interface)
    }

    /// Records a piece of shared knowledge.
    pub fn put_entry(&mut self, entry: &ContextEntry) -> Result<(), HubError> {
        self.put(layout::entry(entry.section, &entry.id), entry)
    }

    /// Removes a piece of shared knowledge; the history keeps it.
    pub fn drop_entry(&mut self, section: Section, id: &str) -> Result<(), HubError> {
        self.set(layout::entry(section, id), None)
    }

    /// Sets what the record says and keeps the keys of a file that this version does not know.
    fn put<R: Record>(&mut self, path: String, record: &R) -> Result<(), HubError> {
        let text = schema::encode(&path, self.file(&path)?.as_deref(), record)?;
        self.set(path, Some(text))
    }

    pub(super) fn set(&mut self, path: String, text: Option<String>) -> Result<(), HubError> {
        if self.file(&path)? != text {
            self.snapshot.edits.insert(path, text);
        }
        Ok(())
    }
}

impl Deref for Transaction {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.snapshot
    }
}

fn misnamed(dir: &str, name: &str, reason: &str) -> HubError {
    let path = printable(&format!("{dir}/{name}")).into_owned();
    HubError::Record { path, line: 1, reason: printable(reason).into_owned() }
}
