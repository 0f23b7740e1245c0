//! Whether what stands before a dot, or around a bare name, has a member in the merge of two branches.

use super::around;
use super::meaning::{fits, receiver};
use super::types::{Found, Home, Stated, Types};
use crate::validate::index::{Use, What};
use crate::validate::model::{Receiver, RefKind, Value};
use crate::validate::rules::View;

/// Whether a use finds a member of its name that takes it, from wherever its class may have it: of two
/// types above, one may have what the other lost.
pub(in crate::validate::rules) fn still_has(view: &View<'_>, usage: &Use<'_>, other: usize) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let types = Types::merged(view, usage.branch, other);
    let Some(user) = types.source(usage.file).filter(|_| reference.kind != RefKind::Override) else {
        return false;
    };
    let place = around(&user.model, reference);
    let passed = reference.args.as_ref().map_or(usize::MAX, |args| args.positional);
    let call = (reference.kind == RefKind::Call).then_some(passed);
    let states = |class: &Home| match types.member(class, &reference.name, call) {
        Stated::In { home, members, .. } => {
            members.iter().any(|idx| fits(&types, (&user, &place), reference, (&home.source, *idx)))
        }
        Stated::Nowhere | Stated::Unknown => false,
    };
    match reference.receiver {
        Receiver::None if reference.on == Value::Unknown => {
            let mut classes = (1..=place.len()).filter_map(|length| types.at(&user, &place[..length]));
            classes.any(|class| states(&class))
        }
        _ => match receiver(&types, &user, &place, reference) {
            Some(Found::Project(class)) => states(&class),
            Some(Found::Foreign(_)) | None => false,
        },
    }
}
