//! One branch changes the type of what a function gives back, or of a field or constant; another
//! adds a use of it that only the old type allows. Languages say what a use allows.

use super::{Draft, View, python, symbol_removed};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Ref};

const RULE: &str = "type-changed";

/// Something whose type a branch changed.
pub(super) struct Retyped<'a> {
    pub(super) branch: usize,
    pub(super) file: &'a File<'a>,
    pub(super) old: &'a Def,
    pub(super) new: &'a Def,
    /// The alias that the type is stated by and that stands for another one now.
    pub(super) by: Option<(&'a Def, &'a Def)>,
}

/// What no longer fits.
pub(super) enum Clash {
    /// It goes where its type cannot.
    Wanted(String),
    /// Python cannot do with the new type what the use does, whatever checks it.
    Fails(String),
    /// The new type has no such member.
    Lacks(String),
    /// It is taken for a result or an option.
    HoldsNothing,
    /// It is waited for.
    Awaited,
    /// It is changed.
    Changed,
    /// It is compared with nothing.
    Compared,
    /// It is calculated with.
    Operand,
    /// Elements of it are asked for by their index or key.
    Indexed,
    /// It is set to a value of another type.
    Set(String),
    /// The function itself goes where one of another type is wanted.
    Function,
}

/// Looks at all uses of what branches retyped in the files of a language.
pub(super) fn check_all(
    view: &View<'_>,
    language: Language,
    clash: fn(&View<'_>, &Retyped<'_>, &Use<'_>) -> Option<Clash>,
    findings: &mut Vec<Finding>,
) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == language) {
        for retyped in retyped(branch, file) {
            check_one(view, &retyped, clash, findings);
        }
    }
}

/// Looks at all uses of one thing that a branch retyped.
pub(super) fn check_one(
    view: &View<'_>,
    retyped: &Retyped<'_>,
    clash: fn(&View<'_>, &Retyped<'_>, &Use<'_>) -> Option<Clash>,
    findings: &mut Vec<Finding>,
) {
    let uses = view.index.uses_elsewhere(retyped.branch, &retyped.old.name);
    findings.extend(first_in_each_file(uses, |usage| {
        let clash = knows_old(view, retyped, usage).then(|| clash(view, retyped, usage))??;
        Some(finding(view, retyped, usage, &clash))
    }));
}

fn retyped<'a>(branch: usize, file: &'a File<'a>) -> Vec<Retyped<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let alone = |model: &FileModel, def: &Def| {
        let alone = model.named_as(def).filter(|(_, other)| other.kind == def.kind).count() == 1;
        // Methods of TypeScript may have overloads; this one has none.
        let is_script = matches!(file.language, Language::TypeScript | Language::Tsx);
        alone && (is_script || !def.flags.may_repeat) && !def.flags.is_test
    };
    let pairs = file.change.edited.iter();
    let pairs = pairs.map(|(before, after)| (&old.model.defs[*before], &new.model.defs[*after]));
    let has_type = |kind| matches!(kind, Kind::Function | Kind::Method | Kind::Field | Kind::Const);
    pairs
        .filter(|(before, after)| before.kind == after.kind && has_type(before.kind))
        .filter(|(before, after)| {
            before.ty != after.ty || is_async(before) != is_async(after) || params(before) != params(after)
        })
        .filter(|(before, after)| alone(&old.model, before) && alone(&new.model, after))
        .map(|(old, new)| Retyped { branch, file, old, new, by: None })
        .collect()
}

/// The types that a function takes, as written.
fn params(def: &Def) -> Vec<(&str, bool)> {
    let params = def.sig.iter().flat_map(|sig| &sig.params);
    params.map(|param| (param.written.as_str(), param.variadic)).collect()
}

fn is_async(def: &Def) -> bool {
    def.sig.as_ref().is_some_and(|sig| sig.is_async)
}

/// What a definition gives, as a reader would say it.
fn said(def: &Def) -> String {
    if def.kind == Kind::Const && def.ty.is_empty() {
        return def.head.clone();
    }
    // A promise says by itself that it is waited for.
    let is_marked = is_async(def) && !def.ty.starts_with("Promise<");
    if let Some(kind) = def.ty.strip_prefix('{').filter(|_| def.flags.is_constant) {
        return format!("untyped {}", kind.trim_end_matches('}'));
    }
    // What was a name for a type may be a type itself.
    let untold = || if def.kind.is_type() { &def.head } else { python::said_type(def).unwrap_or_default() };
    let ty = if def.ty.is_empty() { untold() } else { &def.ty };
    if let Some(values) = ty.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
        && values.parse::<usize>().is_ok()
    {
        return format!("{values} values");
    }
    format!("{}{ty}", if is_marked { "async " } else { "" })
}

/// Whether the other branch has the type as it was, if it changed the file too.
fn knows_old(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, retyped.file.path) else { return true };
    let same = |def: &Def| {
        let old = retyped.old;
        def.kind == old.kind && def.ty == old.ty && is_async(def) == is_async(old)
    };
    own.new.as_ref().is_some_and(|own| own.model.named_as(retyped.old).any(|(_, def)| same(def)))
}

/// Whether the merge holds the use, of the same values and for the same place: what the changer made of
/// the file may have another type as well.
pub(super) fn is_left(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> bool {
    let same = |own: &Ref, there: &Ref| {
        (&own.name, &own.receiver, &own.on) == (&there.name, &there.receiver, &there.on)
            && (&own.args, &own.wanted) == (&there.args, &there.wanted)
    };
    let stands = || {
        let (What::Ref(own, _), Some(theirs)) = (usage.what, view.counterpart(retyped.branch, usage.file))
        else {
            return true;
        };
        let merged = view.merge_of((usage.branch, usage.file), (retyped.branch, theirs));
        merged.is_none_or(|merged| merged.model.uses_of(&own.name).any(|there| same(own, there)))
    };
    symbol_removed::is_left(view, (retyped.branch, &retyped.old.name), usage, |_| false) && stands()
}

fn finding(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>, clash: &Clash) -> Finding {
    let (user, changer) = (view.name(usage.branch), view.name(retyped.branch));
    let name = retyped.old.path();
    let why = match clash {
        Clash::Wanted(wanted) => format!("where `{wanted}` is wanted"),
        Clash::Lacks(member) => format!("and takes `{member}` from it"),
        Clash::Fails(why) => why.clone(),
        Clash::HoldsNothing => "as something that may be missing".to_owned(),
        Clash::Compared => "and compares it with `nil`".to_owned(),
        Clash::Operand => "in a calculation".to_owned(),
        Clash::Awaited => "and waits for it".to_owned(),
        Clash::Changed => "and changes it".to_owned(),
        Clash::Indexed => "and asks it for an element".to_owned(),
        Clash::Set(given) => format!("for a `{given}`"),
        Clash::Function => String::new(),
    };
    if matches!(clash, Clash::Function) {
        return of_function(view, retyped, usage);
    }
    let (was, is) = retyped.by.unwrap_or((retyped.old, retyped.new));
    let ty = retyped.by.map_or("type".to_owned(), |(alias, _)| format!("type `{}`", alias.name));
    let message = format!(
        "{user} uses `{name}` in {} {why}, but {changer} changed its {ty} from `{}` to `{}` in {}",
        usage.file.path,
        said(was),
        said(is),
        retyped.file.path
    );
    let sites = vec![
        view.site(retyped.branch, retyped.file.path, is.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("use `{name}` as `{}` in {}", said(is), usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    // Python runs what its checkers refuse.
    let is_refused = match usage.what {
        What::Ref(reference, _) => {
            usage.file.language != Language::Python || python::is_checked(view, usage, reference)
        }
        _ => true,
    };
    let level = if is_refused || matches!(clash, Clash::Fails(_)) { Level::Deny } else { Level::Warn };
    Draft { rule: RULE, level, message, symbols: &[&name], sites, fix }.finish()
}

fn of_function(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Finding {
    let name = retyped.old.path();
    let message = format!(
        "{} hands `{}` on in {} as `{}`, but {} changed it to `{}` in {}",
        view.name(usage.branch),
        name,
        usage.file.path,
        retyped.old.head,
        view.name(retyped.branch),
        retyped.new.head,
        retyped.file.path
    );
    let sites = vec![
        view.site(retyped.branch, retyped.file.path, retyped.new.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("hand `{name}` on as `{}` in {}", retyped.new.head, usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    Draft { rule: RULE, level: Level::Deny, message, symbols: &[&name], sites, fix }.finish()
}
