//! What a run cost, beside what one agent alone would have cost.

mod economics;

pub use economics::{Economics, TaskCost, economics};
