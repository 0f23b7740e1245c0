//! Decides about merges: which pairs cannot conflict, who goes first, who breaks the gate, and what a
//! conflict in one file comes to.
//!
//! Trees are merged by Git alone; only the text of a file that Git leaves in conflict is merged here.

mod bases;
mod blame;
mod order;
mod predict;
pub mod resolve;

pub use bases::common_ancestors;
pub use blame::{Blame, Trial, blame};
pub use order::{Candidate, Step, merge_order};
pub use predict::{Edit, Prediction, Verdict, predict};
