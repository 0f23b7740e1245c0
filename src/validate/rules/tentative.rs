//! Python imports that a program can do without: what cannot be had is caught, or only a type checker
//! reads them.

use crate::validate::extract::Language;
use crate::validate::lines::lines;
use crate::validate::load::File;
use crate::validate::model::{Import, Receiver, Ref};
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
    let local = match &reference.receiver {
        Receiver::None => &reference.name,
        Receiver::Name(name) => name,
        _ => return false,
    };
    let import = super::reach::import_of(&new.model, local);
    let asks = ["hasattr", "getattr"].iter().any(|ask| {
        find_words(new.text, ask).any(|at| {
            let line = new.text[at..].lines().next().unwrap_or_default();
            ['"', '\''].iter().any(|quote| line.contains(&format!("{quote}{}{quote}", reference.name)))
        })
    });
    asks || import.is_some_and(|(import, _)| around(file, import) == Some(Around::Caught))
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
    let mut own = after.iter().filter(|line| is_code(line)).take_while(|line| {
        indent(line) > depth || indent(line) == depth && line.trim_start().starts_with(['e', 'f'])
    });
    own.any(|line| indent(line) == depth && handles(line.trim()))
}

/// Whether a line takes up with a module or a name that is missing.
fn handles(head: &str) -> bool {
    const ERRORS: [&str; 5] =
        ["ImportError", "ModuleNotFoundError", "AttributeError", "Exception", "BaseException"];
    let named = || ERRORS.iter().any(|error| has_word(head, error));
    head == "except:" || (head.starts_with("except") || has_word(head, "suppress")) && named()
}
