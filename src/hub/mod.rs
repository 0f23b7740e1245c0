//! The context hub's filtered view: what one specialist gets to read.

mod view;

pub use view::{Consumed, Section, View, ViewInput, view};
