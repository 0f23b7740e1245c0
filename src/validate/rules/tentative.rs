//! Python imports that a program can do without: what cannot be had is caught, or only a type checker
//! reads them.

use crate::validate::extract::Language;
use crate::validate::lines::lines;
use crate::validate::load::File;
use crate::validate::model::{FileModel, Import, Receiver, Ref, RefKind};
use crate::validate::names::{find_words, has_word};

/// What stands around an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Around {
    /// `try: … except ImportError:`, in either part, or `with suppress(ImportError):`.
    Caught,
    /// `if TYPE_CHECKING:`
    Types,
}

/// What lets an import fail, if anything does.
pub(super) fn around(file: &File<'_>, import: &Import) -> Option<Around> {
    let text = file.new.as_ref().filter(|_| file.language == Language::Python)?.text;
    let all = lines(text);
    let mut at = (import.line as usize).checked_sub(1)?;
    let mut depth = indent(all.get(at)?);
    while depth > 0 {
        at = (0..at).rev().find(|at| is_code(all[*at]) && indent(all[*at]) < depth)?;
        depth = indent(all[at]);
        let head = all[at].trim();
        if head.starts_with("try") && catches(&all[at + 1..], depth) || handles(head) {
            return Some(Around::Caught);
        }
        if head.starts_with("if") && has_word(head, "TYPE_CHECKING") {
            return Some(Around::Types);
        }
    }
    None
}

/// Whether a use stands for something of which the file asks whether it is there, or what it imports
/// only if it can.
pub(super) fn is_asked_for(file: &File<'_>, reference: &Ref) -> bool {
    let Some(new) = file.new.as_ref().filter(|_| file.language == Language::Python) else { return false };
    if asks(new.text, &reference.name) || is_set_here(&new.model, reference) || is_caught(new.text, reference)
    {
        return true;
    }
    let local = match &reference.receiver {
        Receiver::None => &reference.name,
        Receiver::Name(name) => name,
        _ => return false,
    };
    let import = super::reach::import_of(&new.model, local);
    import.is_some_and(|(import, _)| around(file, import) == Some(Around::Caught))
}

/// Whether a line asks for an attribute by its name, or makes one that need not be there.
fn asks(text: &str, name: &str) -> bool {
    let quoted = |line: &str| ['"', '\''].iter().any(|quote| line.contains(&format!("{quote}{name}{quote}")));
    let asks = |line: &str| ["hasattr", "getattr"].iter().any(|ask| has_word(line, ask));
    let makes = |line: &str| line.contains("raising=False") || line.contains("create=True");
    find_words(text, name).any(|at| {
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        quoted(line) && (asks(line) || makes(line))
    })
}

/// Whether the function around a call set what it calls, on the same value.
fn is_set_here(model: &FileModel, reference: &Ref) -> bool {
    let sets = |other: &Ref| {
        other.kind == RefKind::Write
            && other.name == reference.name
            && other.receiver == reference.receiver
            && other.within == reference.within
            && other.span.start < reference.span.start
    };
    let is_call = reference.kind == RefKind::Call && reference.receiver != Receiver::None;
    is_call && model.refs.iter().any(sets)
}

/// Whether a use stands where it may fail for want of the attribute: `try: … except AttributeError:`.
fn is_caught(text: &str, reference: &Ref) -> bool {
    const ERROR: &str = "AttributeError";
    if reference.receiver == Receiver::None || !has_word(text, ERROR) {
        return false;
    }
    let all = lines(text);
    let Some(mut at) = (reference.line as usize).checked_sub(1) else { return false };
    let Some(mut depth) = all.get(at).map(|line| indent(line)) else { return false };
    while depth > 0 {
        let outer = (0..at).rev().find(|at| is_code(all[*at]) && indent(all[*at]) < depth);
        let Some(outer) = outer else { return false };
        (at, depth) = (outer, indent(all[outer]));
        let head = all[at].trim();
        let handled = || {
            own_lines(&all[at + 1..], depth).any(|line| line.starts_with("except") && has_word(line, ERROR))
        };
        if head.starts_with("try") && handled() || has_word(head, "suppress") && has_word(head, ERROR) {
            return true;
        }
    }
    false
}

/// The lines at a depth that belong to the statement before them.
fn own_lines<'l>(after: &'l [&'l str], depth: usize) -> impl Iterator<Item = &'l str> {
    let own = after.iter().filter(|line| is_code(line)).take_while(move |line| {
        indent(line) > depth || indent(line) == depth && line.trim_start().starts_with(['e', 'f'])
    });
    own.filter(move |line| indent(line) == depth).map(|line| line.trim())
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

/// Whether the `try` before these lines, at a depth, has a handler for an import that fails.
fn catches(after: &[&str], depth: usize) -> bool {
    own_lines(after, depth).any(handles)
}

/// Whether a line takes up with a module or a name that is missing.
fn handles(head: &str) -> bool {
    const ERRORS: [&str; 5] =
        ["ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"];
    let named = || ERRORS.iter().any(|error| has_word(head, error));
    head == "except:" || (head.starts_with("except") || has_word(head, "suppress")) && named()
}
