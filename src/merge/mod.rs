//! Decides about merges: which pairs cannot conflict, who goes first, who breaks the gate, and what a
//! conflict in one file comes to.
//!
//! Trees are merged by Git alone. Here only texts are merged: one that Git leaves in conflict, and, for
//! a look ahead, two that change different sections, so that there is one way to do it.

mod apart;
mod bases;
mod blame;
mod order;
mod predict;
pub mod resolve;

pub use apart::{Anchors, Version, unite as unite_apart};
pub use bases::common_ancestors;
pub use blame::{Blame, Trial, blame};
pub use order::{Candidate, Step, merge_order};
pub use predict::{Edit, Prediction, Verdict, predict};
