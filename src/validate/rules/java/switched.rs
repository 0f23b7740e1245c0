//! What a Java `switch` is over.

use super::types::{Found, Types};
use super::{around, source_of};
use crate::model::RepoPath;
use crate::validate::load::File;
use crate::validate::model::{Def, Match, Value};
use crate::validate::rules::View;

/// Whether the cases of a `switch` are those of an enum; none when the type of its value is not known.
pub(in crate::validate::rules) fn switches_over(
    view: &View<'_>,
    (branch, file): (usize, &File<'_>),
    found: &Match,
    (path, def): (&RepoPath, &Def),
) -> Option<bool> {
    let source = source_of(file)?;
    // The constants that cases name are those of the value.
    let first = found.arms.first()?;
    let mut labels = source.model.refs.iter().filter(|used| {
        used.name == *first && used.on != Value::Unknown && found.span.contains(&used.span.start)
    });
    let label = labels.next()?;
    let value = Types::of(view, branch).value(&source, &around(&source.model, label), &label.on)?;
    let names: Vec<String> = def.parents.iter().chain([&def.name]).cloned().collect();
    Some(matches!(value, Found::Project(home) if home.is(path, &names)))
}
