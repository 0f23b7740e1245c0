//! One branch changes who may use a definition or in what way; another adds a use of the old way.
//!
//! A member becomes private, static or read-only, a type abstract or final, a method a property.

mod access;
mod overloads;

pub(super) use self::access::modifiers;
use self::access::{Access, Sight};
use super::reach::enclosing_type;
use super::{Draft, Rule, View, java, symbol_removed, verb};
use crate::model::{Finding, Level};
use crate::validate::delta::symbol;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Receiver, Ref, RefKind, Ty, Value};
use crate::validate::names::find_words;

pub(super) const RULE: Rule = Rule { id: "access-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| says_access(file.language)) {
        for change in changes_of(branch, file) {
            let names = change.called_as();
            let uses = names.into_iter().flat_map(|name| view.index.uses_elsewhere(branch, name));
            findings.extend(first_in_each_file(uses, |usage| {
                refused(view, &change, usage).map(|became| finding(view, &change, usage, became))
            }));
        }
    }
}

/// Whether declarations of the language say how they may be used, and a finding can follow that.
fn says_access(language: Language) -> bool {
    is_script(language) || matches!(language, Language::Java | Language::Python)
}

fn is_script(language: Language) -> bool {
    matches!(language, Language::TypeScript | Language::Tsx)
}

fn owner_of<'m>(model: &'m FileModel, def: &Def) -> Option<&'m Def> {
    let name = def.parents.last()?;
    model.defs.iter().find(|other| other.kind.is_type() && other.name == *name)
}

/// A definition that may be used otherwise now.
struct Change<'a> {
    branch: usize,
    file: &'a File<'a>,
    old: &'a Def,
    new: &'a Def,
    was: Access,
    now: Access,
    /// The type, when the definition is its constructor.
    makes: Option<&'a Def>,
    /// Whether the old one was a field that holds data and no function.
    was_data: bool,
    /// All of its name as they were, if a use has to tell which one it means.
    overloads: Vec<&'a Def>,
}

impl<'a> Change<'a> {
    /// The names that uses of it have; a constructor is called by its own where another begins.
    fn called_as(&self) -> Vec<&'a str> {
        let own = self.old.name.as_str();
        self.makes.map_or(vec![own], |owner| vec![owner.name.as_str(), own])
    }

    /// What a use has to reach.
    fn target(&self, usage: &Use<'_>) -> &'a Def {
        let is_own = matches!(usage.what, What::Ref(reference, _) if reference.name == self.old.name);
        self.makes.filter(|_| !is_own).unwrap_or(self.old)
    }
}

fn changes_of<'a>(branch: usize, file: &'a File<'a>) -> Vec<Change<'a>> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let language = file.language;
    // Of several declarations of one path it is not known which one a use means.
    let is_one = |model: &FileModel, def: &Def| {
        let path = symbol(language, def);
        model.named(&def.name).filter(|(_, other)| symbol(language, other) == path).count() == 1
    };
    let edited = file.change.edited.iter().map(|&(old_idx, new_idx)| {
        let (before, after) = (&old.model.defs[old_idx], &new.model.defs[new_idx]);
        (before, after, Vec::new())
    });
    let alone =
        edited.filter(|(old_def, new_def, _)| is_one(&old.model, old_def) && is_one(&new.model, new_def));
    let mut changes = Vec::new();
    for (before, after, overloads) in alone.chain(overloads::pairs(file)) {
        let (was, now) = (Access::of(language, &old.model, before), Access::of(language, &new.model, after));
        if was == now && before.kind == after.kind {
            continue;
        }
        let owner = owner_of(&old.model, before);
        let makes = owner.filter(|_| before.kind == Kind::Method && before.name == "constructor");
        let field = owner.and_then(|owner| owner.fields.iter().find(|field| field.name == before.name));
        let is_data = |ty: &Ty| !matches!(ty, Ty::Any | Ty::Unit | Ty::Named(_) | Ty::Optional(_));
        let was_data = was.is_accessor || field.is_some_and(|field| is_data(&field.ty));
        changes.push(Change { branch, file, old: before, new: after, was, now, makes, was_data, overloads });
    }
    changes
}

/// What a definition became, so that the merge refuses a use of it.
fn refused(view: &View<'_>, change: &Change<'_>, usage: &Use<'_>) -> Option<&'static str> {
    let became = match usage.what {
        // Of several that an import brings, one may still be seen.
        What::Import(..) if !change.overloads.is_empty() => None,
        What::Import(..) => imported(change, usage),
        What::Ref(reference, _) => {
            let is_read = || overloads::is_read_by_method(view, change, usage, reference);
            clash(change, usage, reference)
                .filter(|_| overloads::is_meant(view, change, usage, reference) && !is_read())
        }
    }?;
    let target = change.target(usage);
    let name = target.name.as_str();
    let holds = view.means(usage, change.file, target)
        && knows_old(view, change, usage)
        && symbol_removed::is_left(view, (change.branch, name), usage, |_| false);
    holds.then_some(became)
}

/// Whether the other branch has the definition as it was, if it changed the file.
fn knows_old(view: &View<'_>, change: &Change<'_>, usage: &Use<'_>) -> bool {
    let Some(own) = view.file(usage.branch, change.file.path) else { return true };
    let Some(own) = &own.new else { return false };
    let language = change.file.language;
    let path = symbol(language, change.old);
    let same = |def: &&Def| def.name == change.old.name && symbol(language, def) == path;
    let form = |def: &&Def| change.overloads.is_empty() || java::params(def) == java::params(change.old);
    let def = own.model.defs.iter().filter(same).find(form);
    def.is_some_and(|def| def.kind == change.old.kind && Access::of(language, &own.model, def) == change.was)
}

/// An import of a Java type or static member that cannot be seen, or needs a value now.
fn imported(change: &Change<'_>, usage: &Use<'_>) -> Option<&'static str> {
    if change.file.language != Language::Java || change.makes.is_some() {
        return None;
    }
    let loses_sight = change.now.sight < change.was.sight;
    let is_hidden = match change.now.sight {
        Sight::Type => usage.file.path != change.file.path,
        Sight::Package => !is_same_package(usage.file, change.file),
        Sight::Family | Sight::Everywhere => false,
    };
    if loses_sight && is_hidden {
        return Some(sight_word(change.now.sight));
    }
    (!change.old.kind.is_type() && change.was.is_static && !change.now.is_static).then_some(OF_VALUES)
}

const OF_VALUES: &str = "a member of its values";

fn sight_word(sight: Sight) -> &'static str {
    match sight {
        Sight::Type => "private",
        Sight::Package => "visible in its package only",
        Sight::Family => "protected",
        Sight::Everywhere => "public",
    }
}

/// What of a change a use cannot take.
fn clash(change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> Option<&'static str> {
    let is_made = matches!(reference.kind, RefKind::Construct);
    if change.makes.is_some() && !is_made {
        return None;
    }
    let (was, now) = (change.was, change.now);
    if now.sight < was.sight && !sees(change, usage, reference) {
        return Some(sight_word(now.sight));
    }
    if now.sight > was.sight && hides(change, usage, reference) {
        return Some(sight_word(now.sight));
    }
    if change.old.kind != change.new.kind {
        return other_kind(change, usage, reference);
    }
    if was.is_static != now.is_static && change.makes.is_none() && !change.old.kind.is_type() {
        return other_holder(change, usage, reference);
    }
    let is_plain = is_made && reference.states.is_none();
    if now.is_abstract && !was.is_abstract && change.old.kind == Kind::Class && is_plain {
        return Some("abstract");
    }
    (now.is_final && !was.is_final).then(|| fixed(change, usage, reference)).flatten()
}

/// Whether a Java method takes the place of a changed one and can be seen from fewer places now.
fn hides(change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let Some(new) = usage.file.new.as_ref().filter(|_| reference.kind == RefKind::Override) else {
        return false;
    };
    let is_it = |def: &&Def| {
        def.name == reference.name && def.line == reference.line && def.span.contains(&reference.span.start)
    };
    let own = new.model.defs.iter().find(is_it);
    let sight = own.map(|own| Access::of(usage.file.language, &new.model, own).sight);
    sight.is_some_and(|sight| (change.was.sight..change.now.sight).contains(&sight))
}

fn is_same_package(one: &File<'_>, other: &File<'_>) -> bool {
    let package =
        |file: &File<'_>| file.new.as_ref().or(file.old.as_ref()).map(|side| side.model.package.clone());
    package(one) == package(other)
}

/// Whether a use stands where the definition can still be seen, as far as can be known.
fn sees(change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let Some(new) = &usage.file.new else { return true };
    let is_java = change.file.language == Language::Java;
    let around = enclosing_type(&new.model, reference);
    let is_own = around.is_some_and(|around| change.old.parents.contains(&around.name));
    match change.now.sight {
        Sight::Everywhere => true,
        Sight::Type if is_java => usage.file.path == change.file.path,
        // `value['name']` reaches what is private.
        Sight::Type => is_own || new.text[..reference.span.start].ends_with(['\'', '"', '`']),
        Sight::Package => is_same_package(usage.file, change.file),
        Sight::Family => {
            let extends = around.is_some_and(|around| extends_outside(&new.model, around));
            let is_anonymous = is_java
                && (reference.states.is_some()
                    || reference.receiver == Receiver::None && reference.on != Value::Unknown);
            is_own || extends || is_anonymous || is_java && is_same_package(usage.file, change.file)
        }
    }
}

/// Whether a type, or one around it, stands below another.
fn extends_outside(model: &FileModel, class: &Def) -> bool {
    let is_around = |def: &&Def| def.name == class.name || class.parents.contains(&def.name);
    let mut types = model.defs.iter().filter(|def| def.kind.is_type()).filter(is_around);
    types.any(|def| !def.supers.is_empty())
}

/// A member moved from the type to its values, or back.
fn other_holder(change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> Option<&'static str> {
    let language = usage.file.language;
    let owner = change.old.parents.last()?;
    if change.now.is_static {
        let by_value = is_script(language) && matches!(reference.receiver, Receiver::Typed(_));
        let overrides = language == Language::Java && reference.kind == RefKind::Override;
        return (by_value || overrides).then_some("static");
    }
    if language == Language::Java && reference.receiver == Receiver::None {
        return is_in_static(usage, reference).then_some(OF_VALUES);
    }
    let Receiver::Name(name) = &reference.receiver else { return None };
    if language == Language::Python && change.old.kind != Kind::Method {
        return None;
    }
    let by_type = language != Language::Java || name.rsplit('.').next() == Some(owner);
    // What takes one value more may be passed the value itself.
    let is_same = change.old.sig == change.new.sig;
    let may_fit = language == Language::Python || language == Language::Java && reference.args.is_none();
    (by_type && (is_same || !may_fit)).then_some(OF_VALUES)
}

/// Whether a bare name stands in a static method of a class, and in no class without a name.
fn is_in_static(usage: &Use<'_>, reference: &Ref) -> bool {
    let model = usage.file.new.as_ref().map(|new| &new.model);
    let around = model.zip(reference.within).and_then(|(model, within)| model.defs.get(within));
    let is_call =
        reference.kind == RefKind::Call && reference.args.is_some() || reference.kind == RefKind::Read;
    is_call
        && reference.on == Value::Unknown
        && around.is_some_and(|around| {
            around.kind == Kind::Method && around.flags.is_static && around.parents.len() == 1
        })
}

/// What is final now is extended, overridden or written.
fn fixed(change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> Option<&'static str> {
    let is_java = usage.file.language == Language::Java;
    let refused = match change.old.kind {
        Kind::Class => {
            let extends = reference.kind == RefKind::Extends || reference.states.is_some();
            is_java && extends
        }
        Kind::Method => is_java && reference.kind == RefKind::Override,
        Kind::Field => {
            reference.kind == RefKind::Write
                && is_assigned(usage, reference)
                && !is_inside(change, usage, reference)
        }
        _ => false,
    };
    let word = if is_java { "final" } else { "read-only" };
    refused.then_some(word)
}

fn is_inside(change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let around = usage.file.new.as_ref().and_then(|new| enclosing_type(&new.model, reference));
    around.is_some_and(|around| change.old.parents.contains(&around.name))
}

/// Whether a write is an assignment, and no key of an object.
fn is_assigned(usage: &Use<'_>, reference: &Ref) -> bool {
    let text = usage.file.new.as_ref().and_then(|new| new.text.get(reference.span.end..)).unwrap_or_default();
    let rest = text.trim_start();
    let is_stepped = |text: &str, ends: bool| {
        ["++", "--"].iter().any(|step| if ends { text.ends_with(step) } else { text.starts_with(step) })
    };
    let lead = usage.file.new.as_ref().map_or("", |new| &new.text[..reference.span.start]);
    let path = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
    is_stepped(rest, false)
        || is_stepped(lead.trim_end_matches(path), true)
        || ["+=", "-=", "*=", "/=", "|=", "&="].iter().any(|sign| rest.starts_with(sign))
        || rest.starts_with('=') && !rest.starts_with("==") && !rest.starts_with("=>")
}

/// Whether what a property gives may be called in its turn.
fn gives_function(change: &Change<'_>) -> bool {
    const WAYS: [&str; 6] = ["=>", "function", "lambda", "Callable", "partial(", ".bind("];
    let new = change.file.new.as_ref().and_then(|new| new.text.get(change.new.span.clone()));
    let text = new.unwrap_or_default();
    WAYS.iter().any(|way| text.contains(way)) || find_words(text, "def").count() > 1
}

/// Whether a class, and no interface, says what it stands below behind a word.
fn is_behind(usage: &Use<'_>, reference: &Ref, word: &str) -> bool {
    let Some(new) = &usage.file.new else { return false };
    let around = reference.within.and_then(|within| new.model.defs.get(within));
    let lead = new.text.get(..reference.span.start).unwrap_or_default();
    let last = |word: &str| find_words(lead, word).last();
    let other = if word == "extends" { "implements" } else { "extends" };
    around.is_some_and(|around| {
        matches!(around.kind, Kind::Class | Kind::Enum)
            && last(word)
                .is_some_and(|at| at >= around.span.start && last(other).is_none_or(|other| other < at))
    })
}

/// A definition of another sort.
fn other_kind(change: &Change<'_>, usage: &Use<'_>, reference: &Ref) -> Option<&'static str> {
    let language = change.file.language;
    let (old, new) = (change.old.kind, change.new.kind);
    let is_plain = reference.kind == RefKind::Construct && reference.states.is_none();
    let stands_behind = |word: &str| reference.kind == RefKind::Extends && is_behind(usage, reference, word);
    match (old, new) {
        (Kind::Class, Kind::Interface) if language == Language::Java && stands_behind("extends") => {
            Some("an interface")
        }
        (Kind::Interface, Kind::Class) if language == Language::Java && stands_behind("implements") => {
            Some("a class")
        }
        (Kind::Class | Kind::Interface, Kind::Enum) if language == Language::Java => {
            let is_made = matches!(reference.kind, RefKind::Construct | RefKind::Extends);
            is_made.then_some("an enum")
        }
        (Kind::Class, Kind::Interface) if language == Language::Java => is_plain.then_some("an interface"),
        _ if language == Language::Java => None,
        (Kind::Class | Kind::Function | Kind::Const, Kind::Interface | Kind::Alias) => {
            let as_value =
                is_plain || matches!(reference.kind, RefKind::Call | RefKind::Read) && is_script(language);
            as_value.then_some("a type only")
        }
        (Kind::Method, Kind::Field) if change.now.is_accessor => {
            let is_called = reference.kind == RefKind::Call && !gives_function(change);
            is_called.then_some("a property")
        }
        (Kind::Field, Kind::Method) if change.was_data => {
            let is_value = matches!(reference.kind, RefKind::Read | RefKind::Write);
            is_value.then_some("a method")
        }
        _ => None,
    }
}

fn finding(view: &View<'_>, change: &Change<'_>, usage: &Use<'_>, became: &str) -> Finding {
    let verb = match usage.what {
        What::Import(..) => "imports",
        What::Ref(reference, _) => verb(reference.kind),
    };
    let what = match change.makes {
        Some(owner) => format!("{verb} `{}`", owner.path()),
        None => format!("{verb} the {} `{}`", change.old.kind.word(), change.old.path()),
    };
    let its = if change.makes.is_some() { ", whose constructor" } else { ", which" };
    let (user, changer) = (view.name(usage.branch), view.name(change.branch));
    let (use_path, path) = (usage.file.path, change.file.path);
    let message = format!("{user} {what} in {use_path}{its} {changer} made {became} in {path}");
    let sites = vec![
        view.site(change.branch, path, change.new.line),
        view.site(usage.branch, use_path, usage.what.line()),
    ];
    let summary = format!("use it as `{}` allows in {use_path}", change.new.head);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let symbol = change.old.path();
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
