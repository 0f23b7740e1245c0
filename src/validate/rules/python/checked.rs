//! Whether a checker of Python types says what it finds at a place.

use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Ref, Ty};

/// What tells checkers to be silent on a line.
const SILENT: [&str; 4] = ["type: ignore", "type:ignore", "pyright: ignore", "ty: ignore"];

/// Lines of a call beyond this are not looked at.
const LINES: usize = 40;

/// Whether a checker looks at the call and at what it is passed.
pub(in crate::validate::rules) fn is_checked(usage: &Use<'_>, reference: &Ref) -> bool {
    let (file, world) = (usage.file, usage.file.world);
    world.is_checked(file.path) && (is_stated(file, reference) || world.checks_all(file.path))
}

/// Whether the function around a call says any type: into others, mypy does not look unless it is told to.
fn is_stated(file: &File<'_>, reference: &Ref) -> bool {
    let defs = file.new.as_ref().map(|side| &side.model.defs);
    let around = reference.within.and_then(|within| defs?.get(within));
    let Some(sig) = around.and_then(|def| def.sig.as_ref()) else { return true };
    sig.returns != Ty::Any || sig.params.iter().any(|param| !param.written.is_empty())
}

/// Whether checkers are told to leave a call alone.
pub(super) fn is_silenced(usage: &Use<'_>) -> bool {
    let (Some(side), What::Ref(reference, _)) = (&usage.file.new, usage.what) else { return false };
    let text = side.text;
    let is_off = |line: &str| line.contains("mypy: ignore-errors") || line.trim_end() == "# type: ignore";
    let start = text.get(..reference.span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let mut lines = called(&text[start..]);
    text.lines().take(LINES).any(is_off) || lines.any(|line| SILENT.iter().any(|mark| line.contains(mark)))
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
