//! `orca.toml` at the top of the hub: which versions may read and write it.

use serde::{Deserialize, Serialize};

use super::{Record, VERSION};
use crate::store::HubError;

/// Who may do what with this hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Manifest {
    schema: u32,
    /// The oldest version that understands what is there.
    min_reader: u32,
    /// The oldest version that would not damage it.
    min_writer: u32,
    /// Raised when the history is cut; a copy of an older epoch must not be pushed.
    epoch: u32,
    pub(in crate::store) hub_id: String,
}

#[derive(Serialize, Deserialize)]
pub(in crate::store) struct Stored {
    schema: u32,
    min_reader: u32,
    min_writer: u32,
    #[serde(default)]
    epoch: u32,
    #[serde(default)]
    hub_id: String,
}

impl Manifest {
    /// The manifest of a new hub.
    pub(in crate::store) fn new(hub_id: String) -> Self {
        Self { schema: VERSION, min_reader: VERSION, min_writer: VERSION, epoch: 0, hub_id }
    }

    pub(in crate::store) fn check_reader(&self) -> Result<(), HubError> {
        if self.min_reader > VERSION {
            return Err(HubError::TooNewToRead { needs: self.min_reader, knows: VERSION });
        }
        Ok(())
    }

    pub(in crate::store) fn check_writer(&self) -> Result<(), HubError> {
        if self.min_writer > VERSION {
            return Err(HubError::TooNewToWrite { needs: self.min_writer, knows: VERSION });
        }
        Ok(())
    }
}

impl Record for Manifest {
    type Stored = Stored;

    fn to_stored(&self) -> Stored {
        Stored {
            schema: self.schema,
            min_reader: self.min_reader,
            min_writer: self.min_writer,
            epoch: self.epoch,
            hub_id: self.hub_id.clone(),
        }
    }

    fn from_stored(stored: Stored) -> Self {
        Self {
            schema: stored.schema,
            min_reader: stored.min_reader,
            min_writer: stored.min_writer,
            epoch: stored.epoch,
            hub_id: stored.hub_id,
        }
    }
}
