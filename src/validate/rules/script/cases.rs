//! Whether a place that tells cases apart is of a type which has another one now.

use super::types::{Type, Types};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Match, Value};
use crate::validate::rules::View;
use crate::validate::rules::tree::Tree;

/// Whether what is told apart may be one of the cases that a branch added, as the merge has it; none where
/// its type cannot be told, or a test before may have left a part of it.
pub(in crate::validate::rules) fn tells_apart(
    view: &View<'_>,
    (other, user): (usize, &File<'_>),
    found: &Match,
    (branch, def, added): (usize, &Def, &[Vec<&str>]),
) -> Option<bool> {
    if matches!(&found.on, Value::Passed(_, mark) if mark == Value::AGAIN) {
        return None;
    }
    let types = Types::new(Tree::merged(view, other, branch, user), user);
    let at = types.tree.place_of(user, found.within)?;
    let ty = types.value(&at, &found.on).present();
    let is_added = |text: &str| added.iter().flatten().any(|case| text.trim_matches('\'') == *case);
    let may_be = |one: &Type| match one {
        Type::Literal(text) => Some(is_added(text)),
        Type::Project(home) if home.def().kind == Kind::Enum => Some(home.def().is_named_as(def)),
        _ => None,
    };
    let each: Option<Vec<bool>> = ty.members().iter().map(may_be).collect();
    Some(each?.contains(&true))
}
