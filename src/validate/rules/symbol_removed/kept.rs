//! Whether what is gone from its place is still there for those who use it.

use std::collections::BTreeSet;

use super::{is_same, new_defs};
use crate::model::Source;
use crate::validate::delta::imports_local;
use crate::validate::extract::{Language, language_of};
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::{File, is_generated};
use crate::validate::model::{Def, Import, Kind, Receiver, Ref, RefKind};
use crate::validate::names::has_word;
use crate::validate::resolve::directory;
use crate::validate::rules::{View, given, java, rust, script};

/// Whether what is gone from a text is brought by it all the same, whatever uses it.
pub(super) fn stays<'a>(view: &View<'a>, gone: &Gone<'a>) -> bool {
    let is_brought = match gone.file.language {
        Language::Python => given::may_be_made(gone) || given::is_stated_beside(view, gone),
        Language::JavaScript => {
            script::may_be_set(gone) || hands_on_anew(gone) || script::may_be_composed(gone)
        }
        Language::TypeScript | Language::Tsx => hands_on_anew(gone) || script::may_be_composed(gone),
        Language::Rust => rust::may_live_on(view, gone),
        _ => false,
    };
    is_brought || still_uses(gone) || may_be_generated(view, gone)
}

/// Whether a file that no model is made of, since a program writes it, may bring what is gone.
fn may_be_generated(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let name = &gone.def.name;
    let text = |source: &'_ Option<Source>| {
        let bytes = source.as_ref().map_or(&[][..], |source| &source.bytes);
        String::from_utf8_lossy(bytes).into_owned()
    };
    let files = view.input.branches[gone.branch].files.iter();
    files.filter(|file| language_of(&file.path) == Some(gone.file.language)).any(|file| {
        let now = text(&file.new);
        is_generated(&now) && has_word(&now, name) && !has_word(&text(&file.old), name)
    })
}

/// Whether a script hands on all of a package now, which may have the name.
fn hands_on_anew(gone: &Gone<'_>) -> bool {
    let (Some(old), Some(new)) = (&gone.file.old, &gone.file.new) else { return false };
    let of_package = |import: &&Import| import.glob && import.reexport && !import.module.starts_with('.');
    let mut all = new.model.imports.iter().filter(of_package);
    let was =
        |import: &Import| old.model.imports.iter().any(|other| other.glob && other.module == import.module);
    !gone.is_member() && all.any(|import| !was(import))
}

/// Whether an unchanged file of the Go package, such as one for another platform, has the name too.
pub(super) fn package_still_has(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let package = directory(&gone.file.name);
    let files = view.input.unchanged.defining(&gone.def.name);
    files.is_none_or(|files| {
        files.iter().any(|file| {
            directory(&file.path.to_text()) == package
                && file.model.defs.iter().any(|def| def.parents.is_empty() && def.name == gone.def.name)
        })
    })
}

/// Whether the branch itself goes on using the symbol where it was: then something that is no
/// declaration brings it, such as an assignment to an attribute.
fn still_uses(gone: &Gone<'_>) -> bool {
    let owns = |name: &String| gone.def.parents.contains(name);
    let uses = |reference: &Ref| match &reference.receiver {
        _ if reference.name != gone.def.name => false,
        _ if gone.file.language == Language::Java && !java::may_mean(reference, gone.file, gone.def) => false,
        Receiver::None | Receiver::This if gone.is_member() && means_own(gone, reference) => false,
        Receiver::None => !gone.is_member() || gone.file.language == Language::Java,
        // A field and a method may have one name.
        Receiver::This | Receiver::Typed(_)
            if gone.file.language == Language::Rust
                && matches!(gone.def.kind, Kind::Field | Kind::Method)
                && (gone.def.kind == Kind::Method) != (reference.kind == RefKind::Call) =>
        {
            false
        }
        Receiver::This if gone.file.language == Language::Rust => {
            let around = reference.within.and_then(|within| new_defs(gone.file).get(within));
            gone.is_member()
                && around.is_some_and(|around| around.parents.iter().chain([&around.name]).any(owns))
        }
        Receiver::This => gone.is_member(),
        Receiver::Typed(name) | Receiver::Name(name) => gone.is_member() && owns(name),
        Receiver::Other => false,
    };
    gone.file.new.as_ref().is_some_and(|new| {
        // What it imports now, it need not hand on.
        let imports = !gone.is_member() && imports_local(&new.model, &gone.def.name);
        !imports && new.model.refs.iter().any(uses)
    })
}

/// Whether a bare use, or one on `this`, stands in a type of its own that states the name: then it
/// says nothing of what another type of the file lost.
fn means_own(gone: &Gone<'_>, reference: &Ref) -> bool {
    let Some(new) = gone.file.new.as_ref().filter(|_| gone.file.language != Language::Rust) else {
        return false;
    };
    let around = java::around(&new.model, reference);
    let states = |types: &[String]| {
        let own = |def: &Def| def.name == gone.def.name && def.parents == types;
        new.model.defs.iter().any(own)
    };
    (1..=around.len()).rev().map(|length| &around[..length]).any(states)
}

/// Whether the user's branch still has the definition, as its own sense demands.
pub(super) fn still_has(view: &View<'_>, branch: usize, gone: &Gone<'_>) -> bool {
    let Some(file) = view.file(branch, gone.file.path) else { return true };
    let has = |file: &File<'_>| {
        file.new.as_ref().is_some_and(|new| new.model.defs.iter().any(|def| is_same(gone, def)))
    };
    has(file)
}

/// Whether the name of the type that had a member is another name for some type now, which it was not.
pub(super) fn stands_for_another(gone: &Gone<'_>) -> bool {
    let owner = gone.def.parents.last();
    let old = gone.file.old.as_ref().map_or(&[][..], |old| &old.model.defs);
    let was = |def: &Def| old.iter().any(|old| old.is_named_as(def) && old.body_hash == def.body_hash);
    let mut now = new_defs(gone.file).iter().filter(|def| def.kind == Kind::Alias);
    now.any(|def| Some(&def.name) == owner && !was(def))
}

/// A member may live on in a type above; a trait or embedded type may bring it.
pub(super) fn may_be_inherited(gone: &Gone<'_>) -> bool {
    if !gone.is_member() {
        return gone.file.new.as_ref().is_some_and(|new| new.model.imports.iter().any(|import| import.glob));
    }
    let owner = gone.def.parents.last();
    let defs = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let mut owners = defs.iter().filter(|def| Some(&def.name) == owner);
    gone.file.language == Language::Rust && gone.def.kind == Kind::Method
        || owners.any(|def| {
            !def.supers.is_empty() || gone.file.language == Language::Go && def.kind == Kind::Alias
        })
}

/// Whether a Java member lives on in a type above its own, as far as can be known: it said that
/// it overrides another, or the branch has it in a type above now.
pub(super) fn is_inherited(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    if !gone.is_member() || gone.def.kind.is_type() {
        return false;
    }
    let name = &gone.def.name;
    let from_object = matches!(name.as_str(), "equals" | "hashCode" | "toString" | "clone" | "finalize");
    let overrides = gone.file.old.as_ref().is_some_and(|old| java::overrides(old.text, gone.def));
    let owner = |def: &&Def| def.kind.is_type() && Some(&def.name) == gone.def.parents.last();
    let defs = gone.file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
    let supers = defs.iter().filter(owner).flat_map(|def| &def.supers);
    let mut supers: Vec<&str> = supers.map(String::as_str).collect();
    let branches = (gone.branch, usage.branch);
    let overrides = overrides && !java::knows_above(view, branches, gone.file, gone.def);
    if overrides || from_object && usage_is_method(usage) {
        return true;
    }
    let args = match usage.what {
        What::Ref(reference, _) => reference.args.as_ref(),
        What::Import(..) => None,
    };
    let lost = (gone.branch, gone.file, gone.def);
    if java::lives_on(view, branches, gone.file, gone.def, args)
        || java::still_brings(view, usage, lost)
        || java::brings_another(view, usage, lost)
        || java::still_has(view, usage, gone.branch)
    {
        return true;
    }
    let mut seen = BTreeSet::new();
    while let Some(above) = supers.pop() {
        let above = above.rsplit('.').next().unwrap_or(above);
        if !seen.insert(above) {
            continue;
        }
        for file in &view.branches[gone.branch].files {
            let defs = file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
            if defs
                .iter()
                .any(|def| def.name == *name && def.parents.last().is_some_and(|last| last == above))
            {
                return true;
            }
            let types = defs.iter().filter(|def| def.kind.is_type() && def.name == above);
            supers.extend(types.flat_map(|def| &def.supers).map(String::as_str));
        }
    }
    false
}

fn usage_is_method(usage: &Use<'_>) -> bool {
    matches!(usage.what, What::Ref(reference, _) if reference.kind == RefKind::Call)
}
