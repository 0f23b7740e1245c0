//! What a member in a Python file is a member of, where that is said by another file: of what a function
//! of it gives back, or of a variable that it made. And whether what is passed is of the type that is wanted.

mod assign;
mod called;
mod checked;
mod fails;
mod members;
mod results;
mod types;
mod worth;

pub(super) use self::called::may_be_met;
pub(super) use self::checked::is_checked;
use self::checked::is_silenced;
pub(super) use self::results::{RULE as RESULTS, goes_anywhere};
use self::types::Types;
pub(super) use self::worth::said_type;
use super::View;
use super::java::Mistyped;
use super::reach::{Reach, enclosing_type, import_of};
use super::tree::{At, Home, Tree};
use crate::model::RepoPath;
use crate::validate::extract::{Language, RESULT_OF};
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Args, Def, Holds, Import, Imported, Kind, Param, Receiver, Ref, Ty, Value};
use crate::validate::resolve::module_files;
use crate::validate::world::Known;

/// Modules that hand on what others hand on are followed so far.
const STEPS: usize = 6;

/// More classes above one are not looked through.
const CLASSES: usize = 16;

/// The same answer, or that a use surely means the member `def` of the file `home`.
pub(super) fn reach_in(
    view: &View<'_>,
    usage: &Use<'_>,
    (home, def): (&File<'_>, &Def),
    found: Option<Reach>,
) -> Option<Reach> {
    let What::Ref(reference, _) = usage.what else { return found };
    let model = usage.file.new.as_ref().map(|new| &new.model);
    if model.is_some_and(|model| model.holds_at(reference.span.start).any(|holds| *holds == Holds::Unreached))
    {
        return None;
    }
    if found == Some(Reach::Sure) && reference.receiver == Receiver::This {
        return beside(view, usage, (home, def), reference);
    }
    let is_open = matches!(found, None | Some(Reach::NameOnly)) && reference.name == def.name;
    let ([owner], true) = (&def.parents[..], is_open) else { return found };
    let changer =
        view.branches.iter().position(|branch| branch.files.iter().any(|file| std::ptr::eq(file, home)));
    let merged = changer.map(|changer| Tree::merged(view, usage.branch, changer, usage.file));
    let own = Tree::of(view, usage.branch, usage.file);
    let is_owner = |class: &Home| class.file.0 == *home.path && class.def().name == *owner;
    let by_name = |tree: Tree<'_, '_>| match &reference.receiver {
        Receiver::Name(on) => class_of(tree, &At { file: tree.file(usage.file.path)?, within: None }, on),
        _ => None,
    };
    if by_name(own).is_some_and(|class| is_owner(&class)) {
        let stays = merged.is_none_or(|merged| by_name(merged).is_some_and(|class| is_owner(&class)));
        return if stays { Some(Reach::Sure) } else { found };
    }
    let class_in = |tree: Tree<'_, '_>| {
        let types = Types { tree };
        types.class_of(&tree.place_of(usage.file, reference.within)?, &reference.on)
    };
    let Some(class) = class_in(own) else { return found };
    let is_of_owner = Types { tree: own }.stating(&class, &def.name).is_some_and(|class| is_owner(&class));
    let stays = merged.is_none_or(|merged| class_in(merged).is_some_and(|now| now.is(&class)));
    if is_of_owner && stays { Some(Reach::Sure) } else { found }
}

/// The first argument of a call that a function surely does not take, as it was or as it is in the merge
/// of both branches.
pub(super) fn misfit(
    view: &View<'_>,
    (usage, within, args): (&Use<'_>, Option<usize>, &Args),
    (branch, home, def): (usize, &File<'_>, &Def),
    before: bool,
) -> Option<Mistyped> {
    let tree = Tree::before_or_merged(view, (usage.branch, branch), usage.file, before);
    let types = Types { tree };
    let at = tree.place_of(usage.file, within)?;
    let home = tree
        .defined_at(home.path, def)
        .filter(|home| !home.def().flags.may_repeat && !home.def().flags.is_reshaped)?;
    passed(args, &home.def().sig.as_ref()?.params).into_iter().find_map(|(value, param)| {
        let wanted = types.stated(&home.inside(), &param.written)?;
        let given = types.value(&at, value)?;
        let narrows = matches!(value, Value::Field(..)) && types.may_narrow(&given, &wanted);
        (!narrows && types.refuses(&wanted, &given) && !is_silenced(usage)).then(|| Mistyped {
            param: param.name.clone(),
            takes: param.written.clone(),
            passed: given.iter().map(types::Type::word).collect::<Vec<_>>().join(" | "),
        })
    })
}

/// What is passed for which parameter.
fn passed<'p>(args: &'p Args, params: &'p [Param]) -> Vec<(&'p Value, &'p Param)> {
    if args.spread || args.values.len() != args.positional + args.named.len() {
        return Vec::new();
    }
    let (by_place, by_name) = args.values.split_at(args.positional);
    let places = params.iter().take_while(|param| !param.variadic && !param.keyword_only);
    let of_name = |name: &String| params.iter().find(|param| param.name == *name && !param.variadic);
    let by_name = args.named.iter().zip(by_name).filter_map(|(name, value)| Some((value, of_name(name)?)));
    by_place.iter().zip(places).chain(by_name).collect()
}

/// The parameter that takes what is passed at a place, which is a number or a name.
fn passed_at<'p>(params: &'p [Param], place: &str) -> Option<&'p Param> {
    let param = match place.parse::<usize>() {
        Ok(idx) => params.get(idx).filter(|_| !params.iter().take(idx).any(|before| before.variadic)),
        Err(_) => params.iter().find(|param| param.name == place),
    };
    param.filter(|param| !param.variadic)
}

/// What a name means at the top of a file, in that file or in the one that it is imported from.
fn lookup(tree: Tree<'_, '_>, at: &At, name: &str) -> Option<Home> {
    let mut at = At { file: at.file.clone(), within: None };
    let mut name = name.to_owned();
    for _ in 0..STEPS {
        let import = only_import(tree, &at, &name)?;
        if at.file.1.named(&name).any(|(_, def)| def.parents.is_empty()) {
            // An import of the same name may hold in a part of the file.
            return if import.is_none() { own(&at, &name) } else { None };
        }
        let (import, imported) = import.filter(|(_, from)| !from.name.is_empty())?;
        let file = module_file(tree, &at, import)?;
        name = imported.name.clone();
        at = At { file, within: None };
    }
    None
}

/// The same of a member of the type around a use, which may have it from another class: of several that
/// it builds on any one may be asked first.
fn beside(view: &View<'_>, usage: &Use<'_>, (home, def): (&File<'_>, &Def), used: &Ref) -> Option<Reach> {
    let class = usage.file.new.as_ref().and_then(|new| enclosing_type(&new.model, used));
    let Some(class) = class.filter(|class| class.supers.len() > 1) else { return Some(Reach::Sure) };
    let tree = Tree::of(view, usage.branch, usage.file);
    let mut open: Vec<(At, String)> = tree
        .file(usage.file.path)
        .map(|file| {
            class.supers.iter().map(|name| (At { file: file.clone(), within: None }, name.clone())).collect()
        })
        .unwrap_or_default();
    let mut seen = 0;
    while let Some((at, name)) = open.pop() {
        seen += 1;
        if seen > CLASSES {
            return Some(Reach::NameOnly);
        }
        let Some(above) = class_at(tree, &at, &name) else {
            // What a library has is not known.
            return Some(Reach::NameOnly);
        };
        let is_it = above.file.0 == *home.path && def.parents.last() == Some(&above.def().name);
        let has = |other: &Def| other.name == def.name && other.parents.last() == Some(&above.def().name);
        if !is_it && above.file.1.defs.iter().any(has) {
            return None;
        }
        open.extend(above.def().supers.iter().map(|name| (above.inside(), name.clone())));
    }
    Some(Reach::Sure)
}

/// The class that a name means in a file.
fn class_at(tree: Tree<'_, '_>, at: &At, name: &str) -> Option<Home> {
    own(at, name).or_else(|| imported(tree, at, name)).filter(|home| home.def().kind.is_type())
}

/// The class of classes that a class names, if it is none of the language.
fn class_of_classes(class: &Def) -> Option<&str> {
    let (_, stated) = class.head.split_once("metaclass=")?;
    let name = stated.split([',', ')', '(']).next().unwrap_or_default().trim();
    (!matches!(name, "ABCMeta" | "abc.ABCMeta" | "type" | "EnumMeta")).then_some(name)
}

/// The class of what a name stands for that a file imports.
fn class_of(tree: Tree<'_, '_>, at: &At, on: &str) -> Option<Home> {
    let (local, is_call) = on.strip_prefix(RESULT_OF).map_or((on, false), |function| (function, true));
    let made = imported(tree, at, local)?;
    let def = made.def();
    let class = match (def.kind, is_call) {
        (Kind::Function, true) => stated(def).filter(|_| !def.flags.is_reshaped).or(Some(def.ty.as_str())),
        (Kind::Const, false) => Some(def.ty.as_str()),
        _ => None,
    };
    let class = class.filter(|class| !class.is_empty() && !def.flags.may_repeat)?;
    let there = made.inside();
    own(&there, class).or_else(|| imported(tree, &there, class)).filter(|home| home.def().kind == Kind::Class)
}

/// The type that a function says it gives back.
fn stated(def: &Def) -> Option<&str> {
    match &def.sig.as_ref()?.returns {
        returns @ Ty::Named(name) if !is_of_module(&def.head, returns) => Some(name),
        _ => None,
    }
}

/// Whether a type is stated as a member of a module, which is not kept.
fn is_of_module(head: &str, ty: &Ty) -> bool {
    match ty {
        Ty::Named(name) => head.contains(&format!(".{name}")),
        Ty::Optional(inner) => is_of_module(head, inner),
        _ => false,
    }
}

/// The import that binds a name all over a file, if one does; nothing if several do, which may hold in parts
/// of it and give other things.
fn only_import<'m>(
    tree: Tree<'_, '_>,
    at: &'m At,
    local: &str,
) -> Option<Option<(&'m Import, &'m Imported)>> {
    let imports = at.file.1.imports.iter();
    let all = imports.flat_map(|import| import.names.iter().map(move |name| (import, name)));
    let mut all = all.filter(|(_, name)| name.local == local);
    let first = all.next();
    let path = |import: &Import| module_file(tree, at, import).map(|file| file.0.clone());
    let is_same = |(import, name): (&Import, &Imported)| {
        let (other, first) = first?;
        let is_of_one = || path(import).is_some_and(|path_of| Some(path_of) == path(other));
        Some(first.name == name.name && (other.module == import.module || is_of_one()))
    };
    all.all(|one| is_same(one) == Some(true)).then_some(first)
}

/// The file of the project that an import takes names from.
fn module_file(tree: Tree<'_, '_>, at: &At, import: &Import) -> Option<Known> {
    let files = module_files(Language::Python, &at.file.0.to_text(), &import.module);
    files.into_iter().find_map(|path| tree.file(&RepoPath::from(path.as_str())))
}

/// What a file takes from another one under a name.
fn imported(tree: Tree<'_, '_>, at: &At, local: &str) -> Option<Home> {
    let (import, imported) = import_of(&at.file.1, local)?;
    let file = module_file(tree, at, import)?;
    own(&At { file, within: None }, &imported.name)
}

/// The one thing of a name that a file states.
fn own(at: &At, name: &str) -> Option<Home> {
    let mut all =
        at.file.1.defs.iter().enumerate().filter(|(_, def)| def.name == name && def.parents.is_empty());
    let (def, _) = all.next().filter(|_| all.next().is_none())?;
    Some(Home { file: at.file.clone(), def })
}
