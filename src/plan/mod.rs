//! Turns a plan into an order: dependency graph, then waves under a context budget.
//!
//! Pure and deterministic: the same plan gives the same waves on every machine.

mod draw;
mod graph;
mod overlap;
mod waves;

pub use draw::{to_dot, to_mermaid};
pub use graph::{Graph, Place, Problem, graph};
pub use overlap::{globs_overlap, scopes_overlap};
pub use waves::{Budget, Waves, waves, waves_after};
