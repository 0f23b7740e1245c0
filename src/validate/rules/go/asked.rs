//! What methods a Go interface asks for, and whether values of a type have them, or only pointers to such.

use super::library;
use super::members::Member;
use super::types::{STEPS, Type, Types};
use crate::validate::model::{Def, Kind};
use crate::validate::rules::tree::Home;

impl Types<'_, '_> {
    /// The methods that an interface asks for, as far as they can be seen.
    pub(super) fn asks(&self, wanted: &Type) -> Vec<String> {
        let mut names = Vec::new();
        self.collect_asked(wanted, &mut names, STEPS);
        names
    }

    fn collect_asked(&self, wanted: &Type, names: &mut Vec<String>, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match wanted {
            Type::Basic(name) if name == "error" => names.push("Error".to_owned()),
            Type::Foreign(path) => {
                names.extend(library::asked(path).unwrap_or_default().iter().map(|name| (*name).to_owned()));
            }
            Type::Project(home) if home.def().kind == Kind::Interface => {
                names.extend(self.asked(home).map(|method| method.name.clone()));
                for above in home.def().supers.iter().filter_map(|above| self.embedded(home, above)) {
                    self.collect_asked(&Type::Project(above), names, depth);
                }
            }
            Type::Project(home) if home.def().kind == Kind::Alias => {
                self.collect_asked(&self.underlying(wanted.clone()), names, depth);
            }
            _ => {}
        }
    }

    /// Whether a value of a type has a method, and not only a pointer to it. None where that is not known.
    pub(super) fn holds(&self, home: &Home, name: &str) -> Option<bool> {
        self.holds_within(home, name, STEPS)
    }

    fn holds_within(&self, home: &Home, name: &str, depth: usize) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        if home.def().kind == Kind::Alias && home.def().head.contains('=') {
            let Type::Project(other) = self.underlying(Type::Project(home.clone())) else { return None };
            return self.holds_within(&other, name, depth);
        }
        let found = self.method(home, name)?;
        if home.def().kind == Kind::Interface {
            return Some(true);
        }
        if found.def().parents == [home.def().name.clone()] {
            return Some(!takes_pointer(found.def()));
        }
        let above = home.def().supers.iter().filter_map(|above| Some((above, self.embedded(home, above)?)));
        let mut above =
            above.filter(|(_, above)| self.method(above, name).is_some_and(|same| same.is(&found)));
        let (Some((word, above)), None) = (above.next(), above.next()) else { return None };
        if is_embedded_pointer(home.def(), word)? {
            Some(true)
        } else {
            self.holds_within(&above, name, depth)
        }
    }

    /// The method of a type under a name.
    pub(super) fn method(&self, home: &Home, name: &str) -> Option<Home> {
        match self.member(&Type::Project(home.clone()), name) {
            Member::Stated(found) => Some(found).filter(|found| found.def().kind == Kind::Method),
            _ => None,
        }
    }
}

/// Whether a method is one of pointers: `func (t *T) M()`.
pub(super) fn takes_pointer(method: &Def) -> bool {
    let receiver = method.head.strip_prefix("func").map_or("", str::trim_start);
    receiver.starts_with('(') && receiver.split(')').next().is_some_and(|receiver| receiver.contains('*'))
}

/// Whether a struct embeds a pointer to a type.
pub(super) fn is_embedded_pointer(of: &Def, name: &str) -> Option<bool> {
    let is_it = |written: &str| {
        let plain = written.trim_start_matches('*').split('[').next().unwrap_or_default();
        plain.rsplit('.').next() == Some(name)
    };
    let mut parts = of.sig.as_ref()?.params.iter().filter(|part| part.name == "_" && is_it(&part.written));
    let (Some(only), None) = (parts.next(), parts.next()) else { return None };
    Some(only.written.starts_with('*'))
}
