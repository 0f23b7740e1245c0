//! What may stand between a call in Python and the function that it names: something else that has the
//! name, a decorator that passes more, a test that lets the call fail.

use super::{class_at, class_of_classes};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Kind};
use crate::validate::names::find_words;
use crate::validate::rules::given::{decorators, is_plain};
use crate::validate::rules::resigned::Resigned;
use crate::validate::rules::tree::{At, Tree};
use crate::validate::rules::{View, tentative};

/// Whether a call may do well, for all that is known, whatever the function takes.
pub(in crate::validate::rules) fn may_be_met(
    view: &View<'_>,
    resigned: &Resigned<'_>,
    usage: &Use<'_>,
) -> bool {
    let (What::Ref(reference, _), Some(new)) = (usage.what, &resigned.file.new) else { return false };
    resigned.file.language == Language::Python
        && (is_set_elsewhere(resigned.file, resigned)
            || resigned.new.iter().any(|def| is_wrapped(new, def))
            || resigned.makes.is_some_and(|makes| is_made_by_call(view, resigned, usage, makes))
            || tentative::may_misfit(usage.file, reference))
}

/// Whether the name stands for something else as well: `f = wrap(f)`, or `self.f = …` for a method.
fn is_set_elsewhere(file: &File<'_>, resigned: &Resigned<'_>) -> bool {
    let is_value = |def: &Def| def.sig.is_none() && matches!(def.kind, Kind::Const | Kind::Field);
    let is_set = |side: &Side<'_>, def: &Def| side.model.named_as(def).any(|(_, other)| is_value(other));
    let mut named = resigned.new.iter().copied().chain(resigned.makes);
    named.any(|def| [&file.old, &file.new].into_iter().flatten().any(|side| is_set(side, def)))
}

/// Whether a decorator of a function may pass it more than a call does, or take less.
fn is_wrapped(side: &Side<'_>, def: &Def) -> bool {
    let paths = decorators(side, def).into_iter().filter(|decorator| !is_plain(decorator));
    paths.map(|decorator| decorator.split(['(', ' ']).next().unwrap_or_default()).any(|path| {
        let name = path.rsplit('.').next().unwrap_or(path);
        let mut found = side.model.defs.iter().filter(|def| def.parents.is_empty() && def.name == name);
        match found.next().filter(|_| path == name) {
            Some(decorator) => {
                changes_calls(side.text.get(decorator.span.clone()).unwrap_or_default(), decorator)
            }
            None => sounds_like_giving(name),
        }
    })
}

/// Whether a decorator, as its text tells, makes something that calls what it is given with anything but
/// what it gets.
fn changes_calls(text: &str, decorator: &Def) -> bool {
    let heads = || text.lines().map(|line| line.trim().trim_start_matches("async ")).filter(is_head);
    let params = heads().filter_map(|head| head.split_once('(')?.1.split([',', ')', ':', '=']).next());
    let is_called = |name: &str| {
        let mut places = find_words(text, name);
        name != decorator.name && places.any(|at| text[at + name.len()..].starts_with('('))
    };
    let makes = params.into_iter().any(is_called)
        || heads().any(|head| head.contains("(*") || head.contains(", *"))
        || ["lambda", "partial("].iter().any(|way| text.contains(way));
    let mends = ["kwargs[", "kwargs.", "kw["].iter().any(|way| text.contains(way));
    makes && (mends || !text.lines().any(|line| !is_head(&line.trim()) && hands_all_on(line)))
}

fn is_head(line: &&str) -> bool {
    line.starts_with("def ") || line.starts_with("async def ")
}

/// Whether a line calls something with all that was passed and nothing else.
fn hands_all_on(line: &str) -> bool {
    const ALL: [&str; 5] =
        ["(*args, **kwargs)", "(*args, **kw)", "(*a, **kw)", "(*a, **k)", "(self, *args, **kwargs)"];
    ALL.iter().any(|all| line.contains(all))
}

/// Whether a decorator that no text tells is called like those that pass something of their own.
fn sounds_like_giving(name: &str) -> bool {
    const LEADS: [&str; 6] = ["pass_", "inject", "provide", "with_", "use_", "given"];
    matches!(name, "patch" | "command" | "group") || LEADS.iter().any(|lead| name.starts_with(lead))
}

/// Whether a class of classes answers the call that makes a value of the class.
fn is_made_by_call(view: &View<'_>, resigned: &Resigned<'_>, usage: &Use<'_>, makes: &Def) -> bool {
    let new = resigned.file.new.iter().flat_map(|new| &new.model.defs).find(|def| def.is_named_as(makes));
    let Some(name) = new.and_then(class_of_classes) else { return false };
    let tree = Tree::merged(view, usage.branch, resigned.branch, usage.file);
    let found =
        tree.file(resigned.file.path).and_then(|file| class_at(tree, &At { file, within: None }, name));
    found.is_none_or(|meta| {
        let answers = |def: &Def| def.name == "__call__" && def.parents.last() == Some(&meta.def().name);
        meta.file.1.defs.iter().any(answers) || meta.def().supers.iter().any(|above| above != "type")
    })
}
