//! What gives a Python module or class a name without declaring it, and what changes how a function
//! is called without changing what its parameters are.

use super::View;
use crate::validate::index::Gone;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Ref};
use crate::validate::names::{find_words, has_word};

/// Whether what a branch took away from a module or class may still be had there: from a function
/// that is asked for missing names, by a call that sets names, or from a decorator or a class of
/// classes that is new.
pub(super) fn may_be_made(gone: &Gone<'_>) -> bool {
    let (Some(old), Some(new)) = (&gone.file.old, &gone.file.new) else { return false };
    match gone.def.parents.last() {
        None => {
            is_asked_for_missing(&new.model, &[])
                || ["globals()", "sys.modules"].iter().any(|way| new.text.contains(way))
        }
        Some(owner) => member_may_be_made((old, new), gone.def, owner),
    }
}

fn member_may_be_made((old, new): (&Side<'_>, &Side<'_>), member: &Def, owner: &str) -> bool {
    let class = |side: &'_ Side<'_>| {
        let is_it = |def: &&Def| {
            def.kind.is_type()
                && def.name == *owner
                && member.parents.ends_with(std::slice::from_ref(&def.name))
        };
        side.model.defs.iter().position(|def| is_it(&def))
    };
    let (Some(before), Some(after)) = (class(old), class(new)) else {
        // The name stands for something else that makes a type, such as a call.
        return binds(&new.model, owner);
    };
    let (before, after) = (&old.model.defs[before], &new.model.defs[after]);
    let text = new.text.get(after.span.clone()).unwrap_or_default();
    let made = decorators(old, before) != decorators(new, after)
        || has_word(&after.head, "metaclass") && before.head != after.head;
    let sets = |way: &str| {
        find_words(new.text, way)
            .any(|at| new.text[at + way.len()..].trim_start_matches('(').starts_with(owner))
    };
    made || is_asked_for_missing(&new.model, &member.parents)
        || ["vars()", "locals()", "__dict__"].iter().any(|way| text.contains(way))
        || sets("setattr")
        || says(text, &member.name, |line| {
            // What is set by its name is no less so for having been declared as well; other texts, as
            // the key of a dictionary, stood beside the declaration and do not replace it.
            let is_function = member.head.split_whitespace().any(|word| word == "def");
            let stood = || old.text.lines().any(|other| other == line);
            is_function && stood() && !text.contains("setattr")
        })
}

/// Whether the text of a class has a name as a string, as `__slots__` does, or as one of several that
/// are set at once; a line may be told to say nothing of that by its strings.
fn says(text: &str, name: &str, is_mere: impl Fn(&str) -> bool) -> bool {
    find_words(text, name).any(|at| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let quoted = before.ends_with(['"', '\'']) || after.starts_with(['"', '\'']);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let rest = after.lines().next().unwrap_or_default();
        let listed = |part: &str| part.chars().all(|char| char.is_alphanumeric() || "_ ,()".contains(char));
        let set = rest.split_once('=').filter(|(names, _)| listed(names) && listed(line));
        let whole = || format!("{line}{name}{rest}");
        quoted && !is_mere(&whole())
            || set.is_some_and(|(names, _)| names.contains(',') || line.contains(','))
    })
}

/// Whether the types that stand beside a module, in a file of their own, have what it lost.
pub(super) fn is_stated_beside(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let beside = format!("{}i", gone.file.name);
    let files = &view.branches[gone.branch].files;
    let stub = files.iter().find(|file| file.name == beside).and_then(|file| file.new.as_ref());
    stub.is_some_and(|stub| binds(&stub.model, gone.def.parents.first().unwrap_or(&gone.def.name)))
}

fn is_asked_for_missing(model: &FileModel, parents: &[String]) -> bool {
    let asks = |def: &&Def| matches!(def.name.as_str(), "__getattr__" | "__getattribute__");
    model.defs.iter().filter(asks).any(|def| def.parents == parents)
}

fn binds(model: &FileModel, name: &str) -> bool {
    let mut defs = model.defs.iter();
    let mut imported = model.imports.iter().flat_map(|import| &import.names);
    defs.any(|def| def.parents.is_empty() && def.name == name) || imported.any(|import| import.local == name)
}

/// Whether a function has a decorator that it had not: it may pass arguments of its own, or take some.
pub(super) fn is_wrapped_anew(file: &File<'_>, (old, new): (&Def, &Def)) -> bool {
    let (Some(before), Some(after)) = (&file.old, &file.new) else { return false };
    let known = decorators(before, old);
    decorators(after, new).iter().any(|decorator| !known.contains(decorator) && !is_plain(decorator))
}

/// Whether a decorator leaves it to the function what it takes.
pub(super) fn is_plain(decorator: &str) -> bool {
    const PLAIN: [&str; 14] = [
        "staticmethod",
        "classmethod",
        "property",
        "abstractmethod",
        "override",
        "overload",
        "final",
        "cache",
        "lru_cache",
        "cached_property",
        "deprecated",
        "wraps",
        "contextmanager",
        "asynccontextmanager",
    ];
    let path = decorator.split('(').next().unwrap_or_default();
    PLAIN.contains(&path.rsplit('.').next().unwrap_or(path))
}

/// Whether a class is made by another class of classes than before, which may pass more to what makes
/// its values.
pub(super) fn is_made_anew(file: &File<'_>, makes: &Def) -> bool {
    let new = file.new.iter().flat_map(|new| &new.model.defs).find(|def| def.is_named_as(makes));
    let says = |def: &Def| has_word(&def.head, "metaclass");
    new.is_some_and(|new| says(new) && new.head != makes.head)
}

/// The lines that stand with an `@` before a declaration.
pub(super) fn decorators<'s>(side: &'s Side<'_>, def: &Def) -> Vec<&'s str> {
    let text = side.text.get(def.span.clone()).unwrap_or_default();
    let lines = text.lines().map(str::trim);
    let before =
        lines.take_while(|line| !["class ", "def ", "async "].iter().any(|word| line.starts_with(word)));
    before.filter_map(|line| line.strip_prefix('@')).collect()
}

/// Whether a name is one that the class around a use states, and that its body sees without a dot.
pub(super) fn is_of_class_body(model: &FileModel, used: &Ref, local: &str) -> bool {
    let Some(around) = used.within.and_then(|within| model.defs.get(within)) else { return false };
    let class: Vec<String> = match around.kind.is_type() {
        true => around.parents.iter().chain([&around.name]).cloned().collect(),
        false if around.sig.is_none() => around.parents.clone(),
        false => return false,
    };
    let own = |def: &&Def| def.name == local && def.parents == class && def.sig.is_none();
    !class.is_empty() && model.defs.iter().filter(own).any(|def| def.span.start < used.span.start)
}
