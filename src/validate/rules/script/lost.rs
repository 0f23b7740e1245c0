//! Members that a TypeScript value has on a branch and not in the merge with another.

use super::is_silence_near;
use super::narrowed::Tested;
use super::types::{Type, Types};
use crate::validate::load::Side;
use crate::validate::model::{Receiver, Ref, Value};
use crate::validate::rules::member_lost::{Ask, Freed, Lost};
use crate::validate::rules::tree::{At, Tree};

/// Whether the value that a member is taken from is of another type in the merge, which surely has no
/// such member; `now` is the use as the merge has it.
pub(in crate::validate::rules) fn lost_member(
    ask: &Ask<'_, '_>,
    own: &Ref,
    now: &Ref,
    merged: &Side<'_>,
) -> Option<Lost> {
    let (user, file) = ask.user;
    let old = Types::new(Tree::of(ask.view, user, file), file);
    let new = Types::new(Tree::merged(ask.view, user, ask.other, file), file);
    let was = value(&old, &old.tree.at(file.path, own.within)?, own)?.present();
    let there = new.tree.file(file.path).filter(|there| there.1 == merged.model)?;
    let is = value(&new, &At { file: there, within: now.within }, now)?.present();
    let lacks = |ty: &Type| new.has_member(ty, &own.name) == Some(false);
    // A test before the use may have left a part of what its type says, or have added to it.
    let lost = !is.members().is_empty() && is.members().iter().all(|one| one.base().is_some() && lacks(one));
    let had = old.has_member(&was, &own.name) == Some(true);
    (lost && had && !is_silence_near(file, own.span.start)).then(|| Lost { was: was.word(), is: is.word() })
}

/// The type of what stands before the dot.
fn value(types: &Types<'_, '_>, at: &At, used: &Ref) -> Option<Type> {
    let on = match &used.receiver {
        Receiver::None => return None,
        Receiver::This => Value::This,
        Receiver::Typed(ty) if used.on == Value::Unknown => Value::Of(ty.clone()),
        _ => used.on.clone(),
    };
    let ty = types.value(at, &on);
    (!ty.is_unknown()).then_some(ty)
}

/// The type that a branch took from below the one which gave a value its member.
pub(in crate::validate::rules) fn freed_from<'f, 'a>(
    ask: &Ask<'_, '_>,
    own: &Ref,
    freed: &'f [Freed<'a>],
) -> Option<&'f Freed<'a>> {
    let (user, file) = ask.user;
    let old = Types::new(Tree::of(ask.view, user, file), file);
    let at = old.tree.at(file.path, own.within)?;
    let Type::Project(class) = value(&old, &at, own)? else { return None };
    // Only what the type itself says is looked at, not what stands further below.
    let is_it = |freed: &&Freed<'_>| class.file.0 == *freed.path && class.def().is_named_as(freed.new);
    let found = freed.iter().find(is_it)?;
    let member = old.member(&class, &own.name).0?;
    let is_inherited = member.def().parents.last() != Some(&class.def().name);
    let new = Types::new(Tree::merged(ask.view, user, ask.other, file), file);
    let now = new.tree.defined_at(found.path, found.new)?;
    let is_lost = new.has_member(&Type::Project(now), &own.name) == Some(false);
    // A test before the use may show more than the type says.
    let side = file.new.as_ref()?;
    let tested = Tested { types: &old, at: &at, model: &side.model, text: side.text, any: false };
    (is_inherited && is_lost && !tested.shows(own, &member) && !is_silence_near(file, own.span.start))
        .then_some(found)
}
