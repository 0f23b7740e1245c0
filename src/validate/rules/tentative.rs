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
    blocks(&all, import.line).find_map(|at| {
        let head = all[at].trim();
        if head.starts_with("try") && handlers(&all, at).any(handles) || handles(head) {
            return Some(Around::Caught);
        }
        (head.starts_with("if") && has_word(head, "TYPE_CHECKING")).then_some(Around::Types)
    })
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
        let lists = |line: &str| line.contains(" in dir(") || line.contains(" in vars(");
        quoted(line) && (asks(line) || makes(line) || lists(line))
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
    reference.receiver != Receiver::None && may_raise(text, reference.line, "AttributeError")
}

/// Whether a line stands where an error is caught, or is what is wanted there.
pub(super) fn may_raise(text: &str, line: u32, error: &str) -> bool {
    const WANTED: [&str; 4] = ["suppress", "raises", "assertRaises", "assertRaisesRegex"];
    if !has_word(text, error) {
        return false;
    }
    let all = lines(text);
    let takes = |line: &str| line.starts_with("except") && has_word(line, error);
    blocks(&all, line).any(|at| {
        let head = all[at].trim();
        head.starts_with("try") && handlers(&all, at).any(takes)
            || has_word(head, error) && WANTED.iter().any(|way| has_word(head, way))
    })
}

/// Whether a call may pass what its function does not take: it may fail, the file asks first what is
/// taken, or puts something else in the place of the function.
pub(super) fn may_misfit(file: &File<'_>, reference: &Ref) -> bool {
    let Some(new) = file.new.as_ref().filter(|_| file.language == Language::Python) else { return false };
    let is_called = |name: &str| {
        let mut places = find_words(new.text, name);
        places.any(|at| new.text[at + name.len()..].starts_with('('))
    };
    let asks_first =
        has_word(new.text, "inspect") && ["signature", "getfullargspec"].into_iter().any(is_called);
    asks_first
        || is_set_here(&new.model, reference)
        || is_replaced(new.text, &reference.name)
        || may_raise(new.text, reference.line, "TypeError")
}

/// Whether a line puts something in the place of what has a name: `patch.object(rooms, "open")`.
fn is_replaced(text: &str, name: &str) -> bool {
    find_words(text, name).any(|at| {
        let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let line = text[start..].lines().next().unwrap_or_default();
        let is_quoted = text[at + name.len()..].starts_with(['"', '\'']);
        is_quoted && (line.contains("patch") || has_word(line, "setattr"))
    })
}

/// The places of the heads of the blocks around a one-based line, the innermost first.
pub(super) fn blocks<'l>(all: &'l [&'l str], line: u32) -> impl Iterator<Item = usize> + 'l {
    let around = |at: usize| {
        let depth = indent(all[at]);
        (0..at).rev().find(|at| is_code(all[*at]) && indent(all[*at]) < depth)
    };
    let own = (line as usize).checked_sub(1).filter(|at| *at < all.len());
    std::iter::successors(own, move |at| around(*at)).skip(1)
}

/// The lines as deep as the head of a statement that belong to it.
fn handlers<'l>(all: &'l [&'l str], head: usize) -> impl Iterator<Item = &'l str> {
    let depth = indent(all[head]);
    let own = all[head + 1..].iter().filter(|line| is_code(line)).take_while(move |line| {
        indent(line) > depth || indent(line) == depth && line.trim_start().starts_with(['e', 'f'])
    });
    own.filter(move |line| indent(line) == depth).map(|line| line.trim())
}

pub(super) fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_code(line: &str) -> bool {
    let line = line.trim_start();
    !line.is_empty() && !line.starts_with('#')
}

/// Whether a line takes up with a module or a name that is missing.
fn handles(head: &str) -> bool {
    const ERRORS: [&str; 5] =
        ["ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"];
    let named = || ERRORS.iter().any(|error| has_word(head, error));
    head == "except:" || (head.starts_with("except") || has_word(head, "suppress")) && named()
}
