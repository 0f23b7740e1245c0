//! Landings as they are stored: the one that is under way, and the waves that were merged.

use serde::{Deserialize, Serialize};

use super::words::{Word, values, words};
use super::{Record, VERSION};
use crate::model::{LandingRecord, Oid, TaskId, WaveRecord};

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredLanding {
    version: u32,
    wave: u32,
    from: Word<Oid>,
    to: Word<Oid>,
    gate: String,
    tasks: Vec<Word<TaskId>>,
}

impl Record for LandingRecord {
    type Stored = StoredLanding;

    fn to_stored(&self) -> StoredLanding {
        StoredLanding {
            version: VERSION,
            wave: self.wave,
            from: Word(self.from),
            to: Word(self.to),
            gate: self.gate.clone(),
            tasks: words(&self.tasks),
        }
    }

    fn from_stored(stored: StoredLanding) -> Self {
        Self {
            wave: stored.wave,
            tasks: values(stored.tasks),
            from: stored.from.0,
            to: stored.to.0,
            gate: stored.gate,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct StoredWave {
    version: u32,
    number: u32,
    from: Word<Oid>,
    to: Word<Oid>,
    gate: String,
    findings: u32,
    merged: Vec<Word<TaskId>>,
}

impl Record for WaveRecord {
    type Stored = StoredWave;

    fn to_stored(&self) -> StoredWave {
        StoredWave {
            version: VERSION,
            number: self.number,
            from: Word(self.from),
            to: Word(self.to),
            gate: self.gate.clone(),
            findings: self.findings,
            merged: words(&self.merged),
        }
    }

    fn from_stored(stored: StoredWave) -> Self {
        Self {
            number: stored.number,
            merged: values(stored.merged),
            from: stored.from.0,
            to: stored.to.0,
            gate: stored.gate,
            findings: stored.findings,
        }
    }
}
