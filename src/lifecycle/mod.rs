//! When a specialist goes on and when it is stopped: pure functions over recorded facts.

mod constraints;
mod limits;
mod rules;

pub use constraints::{forbids, source_of};
pub use limits::{over, sum};
pub use rules::{Attempted, Decision, Facts, decide, spawn_advice};
