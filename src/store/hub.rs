//! The hub as a whole: open it, read it, change it, read its history.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use super::layout;
use super::lock::LockError;
use super::publish::Publisher;
use super::schema::Manifest;
use super::snapshot::{Snapshot, Transaction};
use crate::git::{GitError, Repo};
use crate::model::{Oid, RunId, TaskId, printable};

/// How often a transaction runs when writers that ignore the lock keep moving the hub.
const ROUNDS: usize = 64;

/// What can go wrong with the hub.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("{HUB}:{path}:{line}: {reason}", HUB = layout::HUB_REF)]
    Record { path: String, line: usize, reason: String },
    #[error("{HUB} holds no {}", layout::MANIFEST, HUB = layout::HUB_REF)]
    NoManifest,
    #[error("the hub needs version {needs} to be read, this git-orca knows {knows}: upgrade git-orca")]
    TooNewToRead { needs: u32, knows: u32 },
    #[error("the hub needs version {needs} to be written, this git-orca knows {knows}: upgrade git-orca")]
    TooNewToWrite { needs: u32, knows: u32 },
    #[error("{path} was written as version {version}, this git-orca writes {knows}: upgrade git-orca")]
    NewerRecord { path: String, version: i64, knows: u32 },
    #[error("{path} cannot be recorded: {reason}")]
    Unstorable { path: String, reason: String },
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error("other programs moved {HUB} {ROUNDS} times in a row", HUB = layout::HUB_REF)]
    Contended,
    #[error("{HUB} cannot be read", HUB = layout::HUB_REF)]
    Unreadable(#[source] GitError),
    #[error("the hub is gone: {HUB} was deleted", HUB = layout::HUB_REF)]
    Gone,
    #[error("the other hub began apart from this one")]
    Stranger,
    #[error("run {0} was planned in both hubs, and they are not the same run")]
    PlannedTwice(RunId),
    #[error("a wave of run {0} was merged in both hubs, each time without the other's work")]
    LandedTwice(RunId),
    #[error(transparent)]
    Git(#[from] GitError),
}

/// What a transaction says about itself in the hub's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Such as `task ws-server: ready -> running`.
    pub subject: String,
    /// The command or step that did it.
    pub op: String,
    pub run: Option<RunId>,
    pub task: Option<TaskId>,
}

/// One transaction of the hub's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    pub commit: Oid,
    /// Seconds since 1970.
    pub time: i64,
    pub subject: String,
    /// Key and value, such as `Orca-Run` and `r1`.
    pub trailers: Vec<(String, String)>,
}

/// The context hub of a repository.
pub struct Hub {
    repo: Repo,
}

impl Hub {
    /// Opens the hub; none when the repository has none.
    pub fn open(repo: &Repo) -> Result<Option<Self>, HubError> {
        let repo = repo.reopen()?;
        Ok(Snapshot::open(repo.reopen()?)?.map(|_| Self { repo }))
    }

    /// The hub as it is now; none when the repository has none. For a single look that has to be
    /// quick: opening a repository is most of its cost, and this does it once.
    pub fn look(repo: &Repo) -> Result<Option<Snapshot>, HubError> {
        Snapshot::open(repo.reopen()?)
    }

    /// Makes the hub, or opens the one that is there.
    pub fn init(repo: &Repo, time: i64) -> Result<Self, HubError> {
        let hub = Self { repo: repo.reopen()? };
        let publisher = Publisher::lock(&hub.repo)?;
        if Snapshot::open(repo.reopen()?)?.is_some() {
            return Ok(hub);
        }
        let mut transaction = Transaction::on(Snapshot::empty(repo.reopen()?));
        transaction.put_manifest(&Manifest::new(random_id()))?;
        let audit = Audit { subject: "hub: created".into(), op: "init".into(), run: None, task: None };
        commit(&publisher, &transaction, &audit, time)?;
        drop(publisher);
        Ok(hub)
    }

    /// The hub as it is now.
    pub fn read(&self) -> Result<Snapshot, HubError> {
        Snapshot::open(self.repo.reopen()?)?.ok_or(HubError::Gone)
    }

    /// Changes the hub: everything that `change` does becomes one commit, or nothing does.
    ///
    /// `change` may run more than once, each time on a newer hub, and so must take what it builds
    /// on from the transaction. When it changes nothing, there is no commit.
    pub fn update<T, E: From<HubError>>(
        &self,
        audit: &Audit,
        time: i64,
        mut change: impl FnMut(&mut Transaction) -> Result<T, E>,
    ) -> Result<T, E> {
        let publisher = Publisher::lock(&self.repo)?;
        for _ in 0..ROUNDS {
            let mut transaction = Transaction::on(self.read()?);
            transaction.may_write()?;
            let value = change(&mut transaction)?;
            match commit(&publisher, &transaction, audit, time) {
                Ok(()) => {
                    publisher.finish();
                    return Ok(value);
                }
                Err(HubError::Git(GitError::Moved { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(HubError::Contended.into())
    }

    /// The last transactions, newest first.
    pub fn log(&self, limit: usize) -> Result<Vec<LogEntry>, HubError> {
        let snapshot = self.read()?;
        let mut entries = Vec::new();
        let mut next = snapshot.tip();
        while let (Some(oid), true) = (next, entries.len() < limit) {
            let commit = snapshot.git(|repo| repo.commit(oid))?;
            next = commit.parents.first().copied();
            let (subject, trailers) = read_message(&commit.message);
            entries.push(LogEntry { commit: oid, time: commit.time, subject, trailers });
        }
        Ok(entries)
    }
}

fn commit(
    publisher: &Publisher<'_>,
    transaction: &Transaction,
    audit: &Audit,
    time: i64,
) -> Result<(), HubError> {
    let mut batch = publisher.batch();
    let Some(tree) = transaction.build(&mut batch)? else { return Ok(()) };
    let old = transaction.tip();
    let message = message(audit, transaction.subject());
    let new = batch.commit(tree, old.as_slice(), &message, time)?;
    transaction.publish(publisher, batch, new)
}

/// Subject, blank line, trailers; each on one line whatever the caller passes.
fn message(audit: &Audit, subject: Option<&str>) -> String {
    let run = audit.run.map(|run| run.to_string());
    let task = audit.task.as_ref().map(TaskId::to_string);
    let mut message = format!("{}\n\n", one_line(subject.unwrap_or(&audit.subject)));
    for (key, value) in [("Orca-Op", Some(audit.op.clone())), ("Orca-Run", run), ("Orca-Task", task)] {
        if let Some(value) = value {
            message.push_str(&[key, ": ", &one_line(&value), "\n"].concat());
        }
    }
    message
}

fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    printable(&words.join(" ")).into_owned()
}

fn read_message(message: &str) -> (String, Vec<(String, String)>) {
    let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
    let trailer = |line: &str| {
        let (key, value) = line.split_once(": ")?;
        let sound = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        sound.then(|| (key.to_owned(), printable(value).into_owned()))
    };
    (printable(subject).into_owned(), body.lines().filter_map(trailer).collect())
}

/// A name that no other hub has, in the form of a UUID. The standard library's hash keys are
/// random, and nothing here has to be hard to guess.
fn random_id() -> String {
    let word = || RandomState::new().build_hasher().finish();
    let (high, low) = (word(), word());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48) & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}
