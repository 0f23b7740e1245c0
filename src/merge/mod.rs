//! Decides about merges: which pairs cannot conflict, who goes first, and what a conflict in one file
//! comes to.
//!
//! Trees are merged by Git alone; only the text of a file that Git leaves in conflict is merged here.

mod bases;
mod order;
mod predict;
pub mod resolve;

pub use bases::common_ancestors;
pub use order::{Candidate, Step, merge_order};
pub use predict::{Edit, Prediction, Verdict, predict};
