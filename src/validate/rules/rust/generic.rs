//! One branch changes what a Rust type is generic over; another writes it with the old arguments.

use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, Kind, Ref, RefKind};
use crate::validate::names::has_word;
use crate::validate::rules::reach::Reach;
use crate::validate::rules::symbol_removed::is_left;
use crate::validate::rules::{Draft, Rule, View, signature_changed};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: signature_changed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Rust) {
        for (old, new) in changed(file) {
            findings.extend(first_in_each_file(view.index.uses_elsewhere(branch, &old.name), |usage| {
                let given = misfit(view, (branch, file), (old, new), usage)?;
                Some(finding(view, (branch, file, new), usage, &given))
            }));
        }
    }
}

/// Types with other parameters than before.
fn changed<'a>(file: &'a File<'a>) -> impl Iterator<Item = (&'a Def, &'a Def)> {
    let defs = |(before, after): &(usize, usize)| {
        let (old, new) = (file.old.as_ref()?, file.new.as_ref()?);
        Some((&old.model.defs[*before], &new.model.defs[*after]))
    };
    let pairs = file.change.edited.iter().filter_map(defs);
    pairs.filter(|(old, new)| {
        let (before, after) = (Takes::of(old), Takes::of(new));
        old.kind.is_type() && old.kind == new.kind && before.is_some() && after.is_some() && before != after
    })
}

/// What a type is generic over, by number.
#[derive(PartialEq)]
struct Takes {
    lifetimes: usize,
    /// Without those that have a default, and with them.
    types: (usize, usize),
}

impl Takes {
    /// As the head of a declaration says; none where that is not understood.
    fn of(def: &Def) -> Option<Self> {
        let (_, after) = def.head.split_once(&format!(" {}", def.name))?;
        let mut takes = Self { lifetimes: 0, types: (0, 0) };
        let list = if after.starts_with('<') { inside(after)? } else { "" };
        for part in parts(list) {
            match part.starts_with('\'') {
                true => takes.lifetimes += 1,
                false => {
                    takes.types.0 += usize::from(!part.contains('='));
                    takes.types.1 += 1;
                }
            }
        }
        Some(takes)
    }

    /// Lifetimes may be left out, but not some of them.
    fn takes(&self, given: &Given) -> bool {
        (given.lifetimes == 0 || given.lifetimes == self.lifetimes)
            && (given.types == 0 && self.types.0 == 0 || (self.types.0..=self.types.1).contains(&given.types))
    }
}

/// What a use lists between angle brackets.
struct Given {
    text: String,
    lifetimes: usize,
    types: usize,
}

impl Given {
    fn of(text: &str) -> Option<Self> {
        let list = inside(text.strip_prefix("::").unwrap_or(text))?;
        let all: Vec<&str> = parts(list).collect();
        // `Item = T` is for a trait to say.
        if all.is_empty() || all.iter().any(|part| part.contains('=')) {
            return None;
        }
        let lifetimes = all.iter().filter(|part| part.starts_with('\'')).count();
        Some(Self { text: list.to_owned(), lifetimes, types: all.len() - lifetimes })
    }
}

/// What stands in the angle brackets that a text begins with.
pub(super) fn inside(text: &str) -> Option<&str> {
    let rest = text.strip_prefix('<')?;
    let (mut depth, mut last) = (1, ' ');
    for (at, char) in rest.char_indices() {
        depth += match char {
            '<' => 1,
            '>' if last != '-' => -1,
            _ => 0,
        };
        if depth == 0 {
            return Some(&rest[..at]);
        }
        last = char;
    }
    None
}

/// The parts of a list.
pub(super) fn parts(list: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_i32;
    let parts = list.split(move |char| {
        depth += match char {
            '<' | '(' | '[' | '{' => 1,
            '>' | ')' | ']' | '}' => -1,
            _ => 0,
        };
        char == ',' && depth <= 0
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// What a use gives that the type took before and does not take now.
fn misfit(
    view: &View<'_>,
    (branch, file): (usize, &File<'_>),
    (old, new): (&Def, &Def),
    usage: &Use<'_>,
) -> Option<Given> {
    let What::Ref(reference, _) = usage.what else { return None };
    let new_side = usage.file.new.as_ref()?;
    let given = Given::of(new_side.text.get(reference.span.end..)?).or_else(|| bare(new_side, reference))?;
    let (before, after) = (Takes::of(old)?, Takes::of(new)?);
    let is_bound =
        given.lifetimes == 0 && before.lifetimes == 0 && after.lifetimes > 0 && is_held(usage, reference);
    let is_clash = before.takes(&given) && (!after.takes(&given) || is_bound);
    if !is_clash || view.reach(usage, file, old) != Some(Reach::Sure) {
        return None;
    }
    // A branch that changed the type as well has its own idea of it.
    let own = view.file(usage.branch, file.path).and_then(|file| file.new.as_ref());
    let same = |own: &Def| own.is_named_as(old) && own.kind == old.kind;
    let is_own = own.is_some_and(|own| !own.model.defs.iter().any(|def| same(def) && def.head == old.head));
    (!is_own && is_left(view, (branch, &old.name), usage, |_| false)).then_some(given)
}

/// A type that is written without arguments where nothing infers them: not before `::` in an expression.
fn bare(side: &Side<'_>, reference: &Ref) -> Option<Given> {
    let (before, after) = (side.text.get(..reference.span.start)?, side.text.get(reference.span.end..)?);
    let is_path =
        after.trim_start().starts_with(['<', ':']) || before.ends_with('<') && after.starts_with(">::");
    let is_type = matches!(reference.kind, RefKind::Type | RefKind::Extends);
    (is_type && !is_path).then(|| Given { text: String::new(), lifetimes: 0, types: 0 })
}

/// Whether a type stands where a lifetime has to be written: in what a type holds, and not in what a function
/// there takes.
fn is_held(usage: &Use<'_>, reference: &Ref) -> bool {
    let Some(new) = &usage.file.new else { return false };
    let around = reference.within.and_then(|within| new.model.defs.get(within));
    let text = |def: &Def| new.text.get(def.span.clone()).unwrap_or_default();
    around.is_some_and(|def| {
        let holds = matches!(def.kind, Kind::Alias | Kind::Class | Kind::Enum | Kind::Field | Kind::Variant);
        holds && !["fn", "Fn", "FnMut", "FnOnce"].iter().any(|word| has_word(text(def), word))
    })
}

fn finding(
    view: &View<'_>,
    (branch, file, new): (usize, &File<'_>, &Def),
    usage: &Use<'_>,
    given: &Given,
) -> Finding {
    let (user, other, name) = (view.name(usage.branch), view.name(branch), new.path());
    let given = if given.text.is_empty() { String::new() } else { format!("<{}>", given.text) };
    let message = format!(
        "{user} writes `{}{given}` in {}, which {other} changed to `{}` in {}",
        new.name, usage.file.path, new.head, file.path
    );
    let sites = vec![
        view.site(branch, file.path, new.line),
        view.site(usage.branch, usage.file.path, usage.what.line()),
    ];
    let summary = format!("write `{}` as `{}` demands in {}", new.name, new.head, usage.file.path);
    let fix = Some(view.fix(usage.branch, summary, String::new()));
    let symbol = format!("generic {name}");
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}
