//! Two branches add writes to one variable of a module or class, and some of that code runs beside
//! other code.

use std::collections::BTreeMap;

use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::extract::Language;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Holds, Kind, Receiver, Ref, RefKind, Value};
use crate::validate::resolve::directory;

pub(super) const RULE: Rule = Rule { id: "shared-state", check };

/// A write that a branch adds.
#[derive(Clone, Copy)]
struct Write<'a> {
    branch: usize,
    file: &'a File<'a>,
    side: &'a Side<'a>,
    reference: &'a Ref,
    around: &'a Def,
}

/// What is written to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Variable<'a> {
    /// A file, or the directory of a Go package.
    home: &'a str,
    /// The class, for what belongs to one.
    of: &'a str,
    name: &'a str,
    /// Whether each value of the class has its own. All requests meet one such value, as a rule.
    is_own: bool,
}

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut writes: BTreeMap<Variable<'_>, Vec<Write<'_>>> = BTreeMap::new();
    for (branch, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| !is_aside(&file.name)) {
            let Some(side) = &file.new else { continue };
            for added in &file.change.uses {
                let reference = &side.model.refs[added.reference];
                if let Some((variable, around)) = written(file, side, reference) {
                    writes.entry(variable).or_default().push(Write { branch, file, side, reference, around });
                }
            }
        }
    }
    for (variable, writes) in &writes {
        findings.extend(race(view, *variable, writes));
    }
}

/// The variable that a use in a function writes to, if it belongs to a module or a class.
fn written<'a>(
    file: &'a File<'a>,
    side: &'a Side<'a>,
    reference: &'a Ref,
) -> Option<(Variable<'a>, &'a Def)> {
    let model = &side.model;
    let around =
        model.defs.get(reference.within?).filter(|around| around.sig.is_some() && !around.flags.is_test)?;
    let (on, name) = target(file, side, reference)?;
    let variable = match file.language {
        Language::Go => of_package(file, model, on, name),
        Language::Java => of_class(file, model, around, name),
        _ => {
            let top = |def: &&Def| def.name == name && def.parents.is_empty() && def.kind == Kind::Const;
            let found = model.defs.iter().find(top).filter(|_| !matches!(on, Receiver::This));
            found.filter(|def| !is_safe(&def.head)).map(|_| Variable {
                home: &file.name,
                of: "",
                name,
                is_own: false,
            })
        }
    };
    variable.map(|variable| (variable, around))
}

/// What stands before the written name, and the name.
fn target<'a>(file: &File<'_>, side: &Side<'_>, reference: &'a Ref) -> Option<(&'a Receiver, &'a str)> {
    let is_type = |of: &str| side.model.defs.iter().any(|def| def.name == of && def.kind.is_type());
    match (&reference.receiver, reference.kind) {
        (on @ (Receiver::None | Receiver::This), RefKind::Write) => Some((on, &reference.name)),
        (on @ Receiver::Typed(_), RefKind::Write)
            if file.language == Language::Go && is_of_receiver(side, reference) =>
        {
            Some((on, &reference.name))
        }
        (on @ Receiver::Name(of), RefKind::Write) if is_type(of) => Some((on, &reference.name)),
        // Containers of these languages are not made for several threads.
        (_, RefKind::Call) if changes_container(file, &reference.name) => match &reference.on {
            Value::Name(name) => Some((&Receiver::None, name)),
            Value::Field(on, name) => match on.as_ref() {
                Value::This => Some((&Receiver::This, name)),
                Value::Name(of) if is_type(of) => Some((&Receiver::None, name)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

/// Whether a Go method means the value that it is called on.
fn is_of_receiver(side: &Side<'_>, reference: &Ref) -> bool {
    let around = reference.within.and_then(|within| side.model.defs.get(within));
    let receiver = around.and_then(|around| around.head.strip_prefix("func (")?.split(' ').next());
    let before = side.text.get(..reference.span.start).and_then(|before| before.strip_suffix('.'));
    let part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.' | ')' | ']');
    before.is_some_and(|before| receiver == Some(&before[before.trim_end_matches(part).len()..]))
}

/// A variable of a Go package, or a field of a struct. One that the file does not declare may stand in
/// another file of the package.
fn of_package<'a>(
    file: &'a File<'a>,
    model: &FileModel,
    on: &'a Receiver,
    name: &'a str,
) -> Option<Variable<'a>> {
    let of = match on {
        Receiver::None => "",
        Receiver::Typed(of) => of.as_str(),
        _ => return None,
    };
    let variable = Variable { home: directory(&file.name), of, name, is_own: !of.is_empty() };
    (declares(model, variable) != Some(Declared::Safe)).then_some(variable)
}

/// A field of the class around a place in Java.
fn of_class<'a>(
    file: &'a File<'a>,
    model: &FileModel,
    around: &'a Def,
    name: &'a str,
) -> Option<Variable<'a>> {
    let own = around.parents.last()?;
    let is_field = |def: &&Def| def.kind == Kind::Field && def.parents.last() == Some(own);
    let found = model.named(name).map(|(_, def)| def).find(is_field).filter(|def| !is_safe(&def.head))?;
    Some(Variable { home: &file.name, of: own, name, is_own: !found.flags.is_static })
}

#[derive(PartialEq)]
enum Declared {
    Bare,
    /// As something that several threads may use.
    Safe,
}

/// How a Go file declares a variable, if it does.
fn declares(model: &FileModel, variable: Variable<'_>) -> Option<Declared> {
    if variable.of.is_empty() {
        let top = |def: &&Def| def.parents.is_empty() && def.kind == Kind::Const;
        let found = model.named(variable.name).map(|(_, def)| def).find(top)?;
        return Some(if is_safe(&found.head) { Declared::Safe } else { Declared::Bare });
    }
    let has = |def: &Def| def.kind.is_type() && def.fields.iter().any(|field| field.name == variable.name);
    model.named(variable.of).any(|(_, def)| has(def)).then_some(Declared::Bare)
}

/// Whether a file of a Go package declares a variable that it has several writes to.
fn is_declared(view: &View<'_>, variable: Variable<'_>) -> bool {
    let changed = view.branches.iter().flat_map(|branch| &branch.files);
    let here = changed.filter(|file| file.language == Language::Go && directory(&file.name) == variable.home);
    let sides = here.flat_map(|file| file.old.iter().chain(&file.new));
    let mut found = sides.filter_map(|side| declares(&side.model, variable)).peekable();
    if found.peek().is_some() {
        return found.all(|declared| declared == Declared::Bare);
    }
    let word = if variable.of.is_empty() { variable.name } else { variable.of };
    let files = view.input.unchanged.holding(word).unwrap_or_default();
    files.iter().any(|file| {
        file.language == Language::Go
            && directory(&file.path.to_string()) == variable.home
            && declares(&file.model, variable) == Some(Declared::Bare)
    })
}

/// Whether a method changes the container that it is called on.
fn changes_container(file: &File<'_>, method: &str) -> bool {
    let changing = ["put", "add", "remove", "clear", "putAll", "addAll", "computeIfAbsent"];
    file.language == Language::Java && changing.contains(&method)
}

/// Whether a variable says that several threads may use it.
fn is_safe(head: &str) -> bool {
    const SAFE: [&str; 12] = [
        "Atomic",
        "atomic.",
        "Concurrent",
        "sync.",
        "Mutex",
        "RwLock",
        "Lock",
        "synchronized",
        "ThreadLocal",
        "threading.",
        "ContextVar",
        "Queue",
    ];
    SAFE.iter().any(|word| head.contains(word))
}

fn race(view: &View<'_>, variable: Variable<'_>, writes: &[Write<'_>]) -> Option<Finding> {
    let first = writes.first()?;
    let second = writes
        .iter()
        .find(|write| write.branch != first.branch && write.around.path() != first.around.path())?;
    let mut beside = writes.iter().map(runs_beside);
    let meet = if variable.is_own { beside.all(|beside| beside) } else { beside.any(|beside| beside) };
    let mut common = locks(first);
    writes.iter().for_each(|write| common.retain(|lock| locks(write).contains(lock)));
    // A branch that holds both has seen both.
    let same_file = first.file.path == second.file.path;
    let merges = !same_file || view.merged(first.file.path, first.branch, second.branch).is_some();
    let is_known = first.file.language != Language::Go || is_declared(view, variable);
    (meet && common.is_empty() && merges && is_known).then(|| finding(view, variable, first, second, writes))
}

fn locks<'a>(write: &Write<'a>) -> Vec<&'a str> {
    let held = write.side.model.holds_at(write.reference.span.start);
    held.filter_map(|holds| if let Holds::Lock(name) = holds { Some(name.as_str()) } else { None }).collect()
}

/// Whether a write is in code that may run while other code does.
fn runs_beside(write: &Write<'_>) -> bool {
    let started = write.side.model.holds_at(write.reference.span.start).any(|holds| *holds == Holds::Beside);
    let is_async = write.around.sig.as_ref().is_some_and(|sig| sig.is_async);
    // Decorators and annotations stand before the head.
    let text = write.side.text.get(write.around.span.clone()).unwrap_or_default();
    let lead = &text[..text.find('{').or_else(|| text.find(":\n")).unwrap_or(text.len())];
    const HANDLERS: [&str; 16] = [
        "@app.",
        "@router.",
        "@bp.",
        "@api.",
        "@task",
        "@shared_task",
        "Mapping",
        "@Scheduled",
        "@EventListener",
        "@KafkaListener",
        "@GET",
        "@POST",
        "http.ResponseWriter",
        "gin.Context",
        "echo.Context",
        "fiber.Ctx",
    ];
    started || is_async || HANDLERS.iter().any(|mark| lead.contains(mark))
}

fn finding(
    view: &View<'_>,
    variable: Variable<'_>,
    first: &Write<'_>,
    second: &Write<'_>,
    writes: &[Write<'_>],
) -> Finding {
    let Variable { of, name, .. } = variable;
    let name = if of.is_empty() { name.to_owned() } else { format!("{of}.{name}") };
    let path = |write: &Write<'_>| -> RepoPath { write.file.path.clone() };
    let message = format!(
        "{} and {} both add writes to `{name}`, in `{}` and `{}`, which may run at the same time",
        view.name(first.branch),
        view.name(second.branch),
        first.around.path(),
        second.around.path()
    );
    let site = |write: &Write<'_>| view.site(write.branch, &path(write), write.reference.line);
    let sites = vec![site(first), site(second)];
    let guard = writes.iter().find_map(|write| locks(write).first().map(|lock| (*lock).to_owned()));
    let summary = match guard {
        Some(lock) => format!("take the lock `{lock}` around both writes"),
        None => format!("guard `{name}` with one lock in both places"),
    };
    let fix = Some(view.fix(second.branch, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Warn, message, symbols: &[&name], sites, fix }.finish()
}
