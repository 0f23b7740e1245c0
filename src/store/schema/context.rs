//! Shared knowledge as it is stored: entries, interfaces, completions, conflicts.

use serde::{Deserialize, Serialize};

use super::words::{Time, Word};
use super::{Record, VERSION};
use crate::model::{
    CompletionRecord, ConflictRecord, ConflictState, ContextEntry, ContractKind, InterfaceRecord, Level, Oid,
    RunId, Section, TaskId,
};

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredEntry {
    version: u32,
    section: Word<Section>,
    id: String,
    author: String,
    time: Word<Time>,
    text: String,
}

impl Record for ContextEntry {
    type Stored = StoredEntry;

    fn to_stored(&self) -> StoredEntry {
        StoredEntry {
            version: VERSION,
            section: Word(self.section),
            id: self.id.clone(),
            author: self.author.clone(),
            time: Word(Time(self.time)),
            text: self.text.clone(),
        }
    }

    fn from_stored(stored: StoredEntry) -> Self {
        Self {
            section: stored.section.0,
            id: stored.id,
            text: stored.text,
            author: stored.author,
            time: stored.time.0.0,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredInterface {
    version: u32,
    kind: Word<ContractKind>,
    name: String,
    #[serde(default)]
    text: String,
    provider: Option<Word<TaskId>>,
    run: Option<Word<RunId>>,
    path: Option<String>,
}

impl Record for InterfaceRecord {
    type Stored = StoredInterface;

    fn to_stored(&self) -> StoredInterface {
        StoredInterface {
            version: VERSION,
            kind: Word(self.kind),
            name: self.name.clone(),
            text: self.text.clone(),
            provider: self.provider.clone().map(Word),
            run: self.run.map(Word),
            path: self.path.clone(),
        }
    }

    fn from_stored(stored: StoredInterface) -> Self {
        Self {
            kind: stored.kind.0,
            name: stored.name,
            text: stored.text,
            provider: stored.provider.map(|task| task.0),
            run: stored.run.map(|run| run.0),
            path: stored.path,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredCompletion {
    version: u32,
    run: Word<RunId>,
    task: Word<TaskId>,
    time: Word<Time>,
    commit: Option<Word<Oid>>,
    summary: String,
}

impl Record for CompletionRecord {
    type Stored = StoredCompletion;

    fn to_stored(&self) -> StoredCompletion {
        StoredCompletion {
            version: VERSION,
            run: Word(self.run),
            task: Word(self.task.clone()),
            time: Word(Time(self.time)),
            commit: self.commit.map(Word),
            summary: self.summary.clone(),
        }
    }

    fn from_stored(stored: StoredCompletion) -> Self {
        Self {
            run: stored.run.0,
            task: stored.task.0,
            time: stored.time.0.0,
            commit: stored.commit.map(|oid| oid.0),
            summary: stored.summary,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredConflict {
    version: u32,
    run: Word<RunId>,
    fingerprint: String,
    state: Word<ConflictState>,
    rule: String,
    level: Word<Level>,
    time: Word<Time>,
    message: String,
    #[serde(default)]
    sites: Vec<String>,
}

impl Record for ConflictRecord {
    type Stored = StoredConflict;

    fn to_stored(&self) -> StoredConflict {
        StoredConflict {
            version: VERSION,
            run: Word(self.run),
            fingerprint: self.fingerprint.clone(),
            state: Word(self.state),
            rule: self.rule.clone(),
            level: Word(self.level),
            time: Word(Time(self.time)),
            message: self.message.clone(),
            sites: self.sites.clone(),
        }
    }

    fn from_stored(stored: StoredConflict) -> Self {
        Self {
            run: stored.run.0,
            fingerprint: stored.fingerprint,
            rule: stored.rule,
            level: stored.level.0,
            message: stored.message,
            sites: stored.sites,
            state: stored.state.0,
            time: stored.time.0.0,
        }
    }
}
