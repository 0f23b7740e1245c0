//! Handoff and merge commits, and pull requests: facts as trailers of a message.
//!
//! Parsing is the inverse of formatting. Trailers are claims that anybody can write; the hub is the
//! authority, and the validator compares claims with content.

mod certificate;
mod merge;
mod pull;
mod record;
mod trailers;

pub use certificate::Certificate;
pub use merge::MergeRecord;
pub use pull::{PullFacts, pull_body, pull_title, with_preface};
pub use record::{RecordError, from_message, to_message};
pub use trailers::{Trailer, TrailerError, append, rescue, split, strict, with_block};
