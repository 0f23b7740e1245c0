//! Handoff and merge commits: facts as trailers of a commit message.
//!
//! Parsing is the inverse of formatting. Trailers are claims that anybody can write; the hub is the
//! authority, and the validator compares claims with content.

mod merge;
mod record;
mod trailers;

pub use merge::MergeRecord;
pub use record::{RecordError, from_message, to_message};
pub use trailers::{Trailer, TrailerError, append, rescue, split, strict, with_block};
