//! What is taken of a value one by one: by `for … of`, in `[...value]`, by `const [a, b] = value`.

use super::results::Uses;
use super::types::Type;
use crate::validate::model::{Kind, Ref, RefKind, Taken};
use crate::validate::names::find_words;
use crate::validate::rules::retyped::{Clash, Retyped};

impl Uses<'_, '_> {
    /// Whether what is taken one by one no longer can be, or may be missing where nothing can have told
    /// before that it is there.
    pub(super) fn listed(
        &self,
        retyped: &Retyped<'_>,
        reference: &Ref,
        (before, after): (&Type, &Type),
    ) -> Option<Clash> {
        if reference.taken != Taken::Listed || before.is_unknown() || after.is_unknown() {
            return None;
        }
        let after = if reference.awaited { self.new.awaited(after.clone())? } else { after.clone() };
        let before = if reference.awaited { self.old.awaited(before.clone())? } else { before.clone() };
        let cannot = |ty: &Type| self.is_no_list(retyped, ty);
        let was_one = !before.members().iter().any(|ty| cannot(ty) || ty.is_missing());
        let all = after.members().iter().all(cannot) && !after.members().iter().any(Type::is_missing);
        let misses = || {
            let may_be = self.new.strict && after.members().iter().any(Type::is_missing);
            may_be && (reference.kind == RefKind::Call || self.is_first(reference))
        };
        (was_one && (all || misses())).then(|| Clash::Wanted("Iterable".to_owned()))
    }

    /// Whether a type surely does not say how to go through it.
    fn is_no_list(&self, retyped: &Retyped<'_>, ty: &Type) -> bool {
        match ty {
            Type::Object(members) => !members.iter().any(|(name, ..)| name.contains("iterator")),
            Type::Promise(_) | Type::Function | Type::Library("Date" | "Error" | "RegExp", _) => true,
            Type::Project(home) => {
                let text = retyped.file.new.as_ref().map_or("", |new| new.text);
                home.file.0 == *retyped.file.path
                    && !text.contains("iterator")
                    && matches!(home.def().kind, Kind::Interface | Kind::Class | Kind::Alias)
                    && self.new.has_member(ty, "forEach") == Some(false)
            }
            ty => ty.base().is_some_and(|base| base != "string") && !ty.is_missing(),
        }
    }

    /// Whether nothing in the definition around a use speaks of its name before.
    fn is_first(&self, reference: &Ref) -> bool {
        let Some(side) = self.usage.file.new.as_ref() else { return false };
        let around = self.at.within.and_then(|def| self.at.file.1.defs.get(def));
        let start = around.map_or(0, |def| def.span.start.min(reference.span.start));
        let said = side.text.get(start..reference.span.start).unwrap_or_default();
        find_words(said, &reference.name).next().is_none()
    }
}
