//! Whether a checker of Python types says what it finds at a place.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::{BranchChanges, FileChange};
use crate::validate::checkers::{Checked, may_tell};
use crate::validate::index::{Use, What};
use crate::validate::lines::lines;
use crate::validate::load::{File, Side};
use crate::validate::model::{Ref, Ty};
use crate::validate::names::has_word;
use crate::validate::rules::View;
use crate::validate::rules::given::decorators;
use crate::validate::rules::tentative::{blocks, indent};

/// What tells checkers to be silent on a line.
const SILENT: [&str; 4] = ["type: ignore", "type:ignore", "pyright: ignore", "ty: ignore"];

/// Lines of a call beyond this are not looked at.
const LINES: usize = 40;

/// Whether a checker looks at the call and at what it is passed.
pub(in crate::validate::rules) fn is_checked(view: &View<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let file = usage.file;
    match checked(view, file) {
        Checked::No => false,
        Checked::Stated => is_stated(file, reference) && is_reached(file, reference, true),
        Checked::All => is_reached(file, reference, false),
    }
}

/// How far a checker looks at a file, as the base and the branches that changed its configuration have it.
fn checked(view: &View<'_>, file: &File<'_>) -> Checked {
    let changes = |branch: &BranchChanges| -> BTreeMap<String, String> {
        let told = branch.files.iter().map(|change| (change.path.to_text(), change));
        let told = told.filter(|(path, _)| may_tell(path));
        let text = |change: &FileChange| {
            let new = change.new.as_ref().and_then(|new| view.text(new));
            new.map_or(String::new(), Cow::into_owned)
        };
        told.map(|(path, change)| (path.into_owned(), text(change))).collect()
    };
    let told = view.input.branches.iter().map(changes).filter(|told| !told.is_empty());
    let with =
        |told: BTreeMap<String, String>| file.world.checked_with(file.path, &|path| told.get(path).cloned());
    told.map(with).fold(file.world.checked(file.path), Checked::min)
}

/// Whether the function around a call says any type: into others, mypy does not look unless it is told to.
fn is_stated(file: &File<'_>, reference: &Ref) -> bool {
    let defs = file.new.as_ref().map(|side| &side.model.defs);
    let around = reference.within.and_then(|within| defs?.get(within));
    let Some(sig) = around.and_then(|def| def.sig.as_ref()) else { return true };
    sig.returns != Ty::Any || sig.params.iter().any(|param| !param.written.is_empty())
}

/// Whether a checker takes a place for one that can be reached, whatever it runs on, and not as that of a
/// function inside another one that it may leave out.
fn is_reached(file: &File<'_>, reference: &Ref, leaves_out: bool) -> bool {
    const TOLD: [&str; 4] = ["TYPE_CHECKING", "sys.platform", "sys.version_info", "os.name"];
    let Some(side) = &file.new else { return false };
    let all = lines(side.text);
    let is_of_some = |head: &str| TOLD.iter().any(|told| has_word(head, told));
    let is_plain = |head: &str| head.starts_with("def ") && head.ends_with("):") && !head.contains(": ");
    !blocks(&all, reference.line).map(|at| condition(&all, at)).any(|at| {
        let head = all[at].trim();
        head.starts_with("if ") && is_of_some(head) || leaves_out && is_plain(head) && indent(all[at]) > 0
    })
}

/// The line of the `if` that an `else` belongs to.
fn condition(all: &[&str], head: usize) -> usize {
    let depth = indent(all[head]);
    let is_other = ["else", "elif"].iter().any(|word| all[head].trim().starts_with(word));
    let mut before = (0..head).rev().take_while(|at| indent(all[*at]) >= depth || all[*at].trim().is_empty());
    let own = before.find(|at| is_other && indent(all[*at]) == depth && all[*at].trim().starts_with("if "));
    own.unwrap_or(head)
}

/// Whether checkers are told to leave a call alone.
pub(super) fn is_silenced(usage: &Use<'_>) -> bool {
    let (Some(side), What::Ref(reference, _)) = (&usage.file.new, usage.what) else { return false };
    let text = side.text;
    let is_off = |line: &str| {
        let told = line.trim_end();
        told.contains("mypy: ignore-errors")
            || told == "# type: ignore"
            || told.contains("mypy: disable-error-code") && told.contains("arg-type")
    };
    let start = text.get(..reference.span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let mut lines = called(&text[start..]);
    text.lines().take(LINES).any(is_off)
        || lines.any(|line| SILENT.iter().any(|mark| line.contains(mark)))
        || is_left_out(side, reference)
}

/// Whether a decorator of what stands around a call keeps checkers out of it.
fn is_left_out(side: &Side<'_>, reference: &Ref) -> bool {
    let Some(around) = reference.within.and_then(|within| side.model.defs.get(within)) else { return false };
    let owners =
        side.model.defs.iter().filter(|def| around.parents.ends_with(std::slice::from_ref(&def.name)));
    let mut all = owners.chain([around]).flat_map(|def| decorators(side, def));
    all.any(|decorator| has_word(decorator, "no_type_check"))
}

/// The lines of a call, as far as brackets tell.
fn called(text: &str) -> impl Iterator<Item = &str> {
    text.lines().take(LINES).scan(Some(0_usize), |open, line| {
        let now = (*open)? + line.matches('(').count();
        let now = now.saturating_sub(line.matches(')').count());
        *open = (now > 0).then_some(now);
        Some(line)
    })
}
