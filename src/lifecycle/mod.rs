//! When a specialist goes on and when it is stopped: pure functions over recorded facts.

mod rules;

pub use rules::{Attempted, Decision, Facts, decide, spawn_advice};
