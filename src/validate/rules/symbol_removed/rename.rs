//! The edits that use what was renamed by its new name.

use std::collections::BTreeSet;
use std::ops::Range;

use super::repair::imports_of;
use crate::model::RepoPath;
use crate::validate::delta::Change;
use crate::validate::extract::Language;
use crate::validate::fix::Edit;
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::{File, Side};
use crate::validate::model::{FileModel, Import, Receiver, Ref, RefKind};
use crate::validate::names::find_words;
use crate::validate::resolve::module_files;
use crate::validate::rules::View;
use crate::validate::rules::reach::{self, Reach};

/// Rewrites every use in the file that means the lost definition, and its import. None where the new
/// name would mean something else, or an import cannot be rewritten.
pub(super) fn edits(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, to: &str) -> Option<Vec<Edit>> {
    let new = usage.file.new.as_ref()?;
    let old = &gone.def.name;
    let own = Own::of(view, gone.branch, usage.file, &new.model);
    let imports = imports_of(view, gone, usage);
    let imports: Vec<_> =
        imports.into_iter().filter(|(import, name)| own.imports(import, &name.local)).collect();
    let is_handed_out = imports.iter().any(|(import, _)| is_taken_from_own(view, gone, usage, import));
    if is_handed_out || usage.file.language == Language::Java && !imports.is_empty() && has_namesake(gone) {
        return None;
    }
    let uses = uses(view, gone, usage, &own, imports.is_empty());
    let bare: Vec<&Ref> = uses.iter().copied().filter(|used| used.receiver == Receiver::None).collect();
    let binds = imports.iter().any(|(_, name)| name.local == *old);
    let clashes = (binds || !bare.is_empty() && !gone.is_member())
        && is_taken(usage.file, gone.file, new, to)
        || bare.iter().any(|used| is_named_near(usage.file, new, used, to));
    // What a package of Python imports, it has for others.
    let is_package = usage.file.name.ends_with("__init__.py") && !imports.is_empty();
    let hands_on = imports.iter().any(|(import, name)| import.reexport && name.local == *old);
    let all: Vec<Range<usize>> = uses
        .iter()
        .map(|used| used.span.clone())
        .chain(imports.iter().map(|(import, _)| import.span.clone()))
        .collect();
    let keeps = binds
        && usage.file.language != Language::Java
        && (is_package
            || hands_on
            || clashes
            || is_named_elsewhere(new.text, usage.file.language, old, &all));
    if clashes && !keeps {
        return None;
    }
    let mut edits = Vec::new();
    for used in uses.iter().filter(|used| !(is_package || keeps && used.receiver == Receiver::None)) {
        edits.push(replace_use(new, used, to));
    }
    for (import, imported) in imports {
        // Who imports it from here goes on with the name that this file gives it.
        let renamed = match (import.reexport || keeps) && imported.local == *old {
            true => &format!("{to} as {old}"),
            false => to,
        };
        edits.push(replace_name(usage.file.language, new.text, import, &imported.name, renamed)?);
    }
    Some(edits)
}

/// Whether the type has something else of the name still, which an import brings as well.
fn has_namesake(gone: &Gone<'_>) -> bool {
    gone.file.new.as_ref().is_some_and(|new| new.model.named_as(gone.def).next().is_some())
}

/// What a branch itself brings to a file. Where the other branch changed that as well, it has renamed
/// what was there before.
struct Own<'f> {
    model: &'f FileModel,
    change: &'f Change,
    is_shared: bool,
    uses: BTreeSet<usize>,
}

impl<'f> Own<'f> {
    fn of(view: &View<'_>, other: usize, file: &'f File<'_>, model: &'f FileModel) -> Self {
        let theirs = view.counterpart(other, file);
        let uses = file.change.uses.iter().map(|added| added.reference).collect();
        Self {
            model,
            change: &file.change,
            is_shared: theirs.is_some_and(|theirs| theirs.new.is_some()),
            uses,
        }
    }

    fn uses(&self, idx: usize) -> bool {
        !self.is_shared || self.uses.contains(&idx)
    }

    fn imports(&self, import: &Import, local: &str) -> bool {
        let imports = &self.model.imports;
        let is_it = |&(idx, name): &(usize, usize)| {
            std::ptr::eq(&raw const imports[idx], import) && imports[idx].names[name].local == local
        };
        !self.is_shared || self.change.imported.iter().any(is_it)
    }
}

/// The uses that mean the lost definition.
fn uses<'u>(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'u>, own: &Own<'_>, alone: bool) -> Vec<&'u Ref> {
    let Some(new) = &usage.file.new else { return Vec::new() };
    // An object that is written out for a type goes by its name and does not have it.
    let is_written =
        |used: &Ref| used.name == gone.def.name && new.text.get(used.span.clone()) == Some(&used.name);
    let means = |used: &'u Ref| {
        let usage = Use { what: What::Ref(used, true), ..*usage };
        view.reach(&usage, gone.file, gone.def).is_some_and(|reach| reach > Reach::NameOnly)
    };
    let refs = new.model.refs.iter().enumerate();
    let all: Vec<&Ref> = refs
        .filter(|(idx, used)| is_written(used) && own.uses(*idx) && means(used))
        .map(|(_, used)| used)
        .collect();
    match usage.what {
        What::Ref(used, _) if all.is_empty() && alone && is_written(used) => vec![used],
        _ => all,
    }
}

/// Whether a file has something of that name at its top, or, in Java, anywhere.
fn is_taken(file: &File<'_>, home: &File<'_>, new: &Side<'_>, name: &str) -> bool {
    let states = new.model.defs.iter().any(|def| {
        def.name == name
            && (def.parents.is_empty()
                || def.parents.len() == def.n_modules
                || file.language == Language::Java)
    });
    states && file.path != home.path || reach::import_of(&new.model, name).is_some()
}

/// Whether a file of the same branch that a name is taken from takes it from elsewhere itself, and so goes
/// on to hand it out.
fn is_taken_from_own(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, import: &Import) -> bool {
    let files = module_files(usage.file.language, &usage.file.name, &import.module);
    let own = files.iter().filter_map(|path| view.file(usage.branch, &RepoPath::from(path.as_str())));
    let mut others = own.filter(|own| own.path != gone.file.path).filter_map(|own| own.new.as_ref());
    others.any(|own| reach::import_of(&own.model, &gone.def.name).is_some())
}

/// Whether something around a use may go by a name, such as a parameter. In Java a method and a variable
/// may share one.
fn is_named_near(file: &File<'_>, new: &Side<'_>, used: &Ref, name: &str) -> bool {
    let is_java = file.language == Language::Java;
    let is_like = |text: &str, at: usize| {
        !is_java || text[at + name.len()..].trim_start().starts_with('(') == (used.kind == RefKind::Call)
    };
    let around = used.within.and_then(|within| new.model.defs.get(within));
    let text = around.map_or(Some(new.text), |around| new.text.get(around.span.clone())).unwrap_or_default();
    find_words(text, name)
        .any(|at| !text[..at].ends_with('.') && !text[..at].ends_with("::") && is_like(text, at))
}

/// Whether code or a text has a name in a place that is no known use of it: a macro, `"{name}"`,
/// `__all__`, a variable.
fn is_named_elsewhere(text: &str, language: Language, name: &str, known: &[Range<usize>]) -> bool {
    let is_known = |at: usize| known.iter().any(|span| span.contains(&at));
    find_words(text, name)
        .any(|at| !is_known(at) && !text[..at].ends_with('.') && !is_comment(language, text, at))
}

/// Whether a place is in a comment, by its line.
fn is_comment(language: Language, text: &str, at: usize) -> bool {
    let line = &text[text[..at].rfind('\n').map_or(0, |feed| feed + 1)..at];
    match language {
        Language::Python => line.contains('#'),
        _ => line.contains("//") || line.contains("/*") || line.trim_start().starts_with('*'),
    }
}

/// Whether a script hands a name on as it is: `export { name };`
fn is_exported(text: &str, span: &Range<usize>) -> bool {
    let (before, after) = (&text[..span.start], text[span.end..].trim_start());
    let clause = before.rfind(['{', '}', ';']).filter(|at| before[*at..].starts_with('{'));
    let lead = clause.map_or("", |at| before[..at].trim_end());
    (lead.ends_with("export") || lead.ends_with("export type")) && after.starts_with([',', '}'])
}

/// Replaces a name where it is used. Where it is a key and the variable beside it as well, the other of
/// both keeps it.
fn replace_use(side: &Side<'_>, reference: &Ref, to: &str) -> Edit {
    let span = reference.span.clone();
    if is_exported(side.text, &span) {
        return Edit::replace(span, format!("{to} as {}", reference.name));
    }
    if side.model.shorthands.binary_search(&span.start).is_err() {
        return Edit::replace(span, to);
    }
    let is_key = reference.kind == RefKind::Write || reference.receiver != Receiver::None;
    let (key, value) = if is_key { (to, &*reference.name) } else { (&*reference.name, to) };
    // In `{ ref mut name }` the words belong to the variable.
    let before = &side.text[..span.start];
    let bare = before.strip_suffix("mut ").unwrap_or(before);
    let bare = bare.strip_suffix("ref ").unwrap_or(bare);
    let words = &before[bare.len()..];
    Edit::replace(bare.len()..span.end, format!("{key}: {words}{value}"))
}

/// Replaces an imported name in its statement.
fn replace_name(language: Language, text: &str, import: &Import, name: &str, to: &str) -> Option<Edit> {
    let statement = text.get(import.span.clone())?;
    let place = place_of_name(language, statement, name)?;
    let has_alias = statement[place + name.len()..].trim_start().starts_with("as ");
    // `load as load` keeps its second name.
    let to = if has_alias { to.split(' ').next()? } else { to };
    let at = import.span.start + place;
    Some(Edit::replace(at..at + name.len(), to))
}

/// Where the name of what is imported stands in a statement. None if it may stand in two places, as a
/// Rust group of several modules may have it.
pub(super) fn place_of_name(language: Language, statement: &str, name: &str) -> Option<usize> {
    let names = match language {
        Language::Python => statement.find("import")?..statement.len(),
        Language::Java | Language::Rust | Language::Go => 0..statement.len(),
        // A script names the module last.
        _ => 0..statement.rfind(" from ").unwrap_or(statement.len()),
    };
    let is_it = |at: &usize| {
        let (before, after) = (statement[..*at].trim_end(), statement[at + name.len()..].trim_start());
        let is_alias = before.strip_suffix("as").is_some_and(|lead| lead.ends_with(char::is_whitespace));
        !is_alias
            && !after.starts_with("::")
            && !after.starts_with('.')
            && !is_comment(language, statement, *at)
    };
    let mut places = find_words(statement, name).filter(|at| names.contains(at)).filter(is_it);
    let (place, other) = (places.next()?, places.next());
    other.is_none().then_some(place)
}
