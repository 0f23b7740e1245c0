//! Models as bytes, for a cache.
//!
//! The encoding has no schema and promises nothing: bytes are read back only by a build that would
//! write the same ones, which [`VERSION`] tells.

use super::model::FileModel;

/// Names the extractors and the model of this build.
pub const VERSION: &str = env!("ORCA_MODELS");

/// Writes a model.
pub fn encode(model: &FileModel) -> Vec<u8> {
    postcard::to_allocvec(model).expect("a model holds nothing that has no bytes")
}

/// Reads what [`encode`] wrote; none when the bytes are anything else.
pub fn decode(bytes: &[u8]) -> Option<FileModel> {
    match postcard::take_from_bytes(bytes) {
        Ok((model, [])) => Some(model),
        _ => None,
    }
}
