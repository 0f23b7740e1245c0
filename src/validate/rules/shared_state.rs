//! Two branches add writes to one variable of a module or class, and some of that code runs beside
//! other code.

use std::collections::BTreeMap;

use super::{Draft, Rule, View, is_aside};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::extract::Language;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Holds, Kind, Receiver, Ref, RefKind};
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

/// Where a variable is at home (a file, or the directory of a Go package), its class and its name.
type Variable<'a> = (&'a str, &'a str, &'a str);

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
    let name = match (&reference.receiver, reference.kind) {
        (Receiver::None | Receiver::This, RefKind::Write) => reference.name.as_str(),
        (Receiver::Name(of), RefKind::Write)
            if model.defs.iter().any(|def| def.name == *of && def.kind.is_type()) =>
        {
            reference.name.as_str()
        }
        // Containers of these languages are not made for several threads.
        (Receiver::Name(of) | Receiver::Typed(of), RefKind::Call)
            if changes_container(file, &reference.name) =>
        {
            of
        }
        _ => return None,
    };
    let home = if file.language == Language::Go { directory(&file.name) } else { file.name.as_str() };
    let top = |def: &&Def| def.name == name && def.parents.is_empty() && def.kind == Kind::Const;
    let own = around.parents.last();
    let fixed = |def: &&Def| {
        def.name == name && def.parents.last() == own && def.kind == Kind::Field && def.flags.is_static
    };
    let found = match file.language {
        Language::Java => model.defs.iter().find(fixed),
        _ if matches!(reference.receiver, Receiver::This) => None,
        _ => model.defs.iter().find(top),
    };
    let of = match file.language {
        Language::Java => own.map_or("", String::as_str),
        _ => "",
    };
    // A Go variable may stand in another file of its package, which is asked for by the base.
    found.filter(|def| !is_safe(&def.head)).map(|def| ((home, of, def.name.as_str()), around))
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
    let beside = writes.iter().any(runs_beside);
    let mut common = locks(first);
    writes.iter().for_each(|write| common.retain(|lock| locks(write).contains(lock)));
    // A branch that holds both has seen both.
    let same_file = first.file.path == second.file.path;
    let merges = !same_file || view.merged(first.file.path, first.branch, second.branch).is_some();
    if !beside || !common.is_empty() || !merges {
        return None;
    }
    Some(finding(view, variable, first, second, writes))
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
    (_, of, name): Variable<'_>,
    first: &Write<'_>,
    second: &Write<'_>,
    writes: &[Write<'_>],
) -> Finding {
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
