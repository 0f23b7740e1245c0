//! Decides about merges without making any: which pairs cannot conflict, and who goes first.
//!
//! Never merges text itself; what cannot be decided from paths is left to Git.

mod order;
mod predict;

pub use order::{Candidate, Step, merge_order};
pub use predict::{Edit, Prediction, Verdict, predict};
