//! What every resolved file must pass, however it was resolved.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;

use super::align::words;
use super::chunks::Three;
use super::forms::{Form, Read};
use super::keys::squeezed;
use super::weave::Why;
use crate::validate::model::{FileModel, Kind};

/// The names of the checks, as certificates list them.
pub const CHECKS: &[&str] = &["parse", "markers", "lines", "duplicates", "names"];

/// Judges a merged file.
pub(super) fn check(
    form: Form,
    texts: Three<&str>,
    reads: &Three<Option<Read>>,
    merged: &str,
) -> Result<(), Why> {
    no_markers(texts, merged)?;
    lines_are_kept(texts, merged)?;
    lines_are_no_more(texts, merged)?;
    let Some(read) = form.read(merged) else { return Err(Why::DoesNotParse) };
    let (Some(ours), Some(theirs)) = (&reads.ours, &reads.theirs) else { return Ok(()) };
    if read.errors() > ours.errors().max(theirs.errors()) {
        return Err(Why::DoesNotParse);
    }
    form.loads(texts, merged)?;
    let (ours, theirs, merged) = std::thread::scope(|scope| {
        let sides = [(ours, texts.ours), (theirs, texts.theirs)];
        let sides = sides.map(|(side, text)| scope.spawn(move || side.model(text)));
        let merged = read.model(merged);
        let [ours, theirs] = sides.map(|side| side.join().unwrap_or_else(|panic| resume_unwind(panic)));
        (ours, theirs, merged)
    });
    names_hold(&ours, &theirs, &merged)
}

fn no_markers(texts: Three<&str>, merged: &str) -> Result<(), Why> {
    let count = |text: &str| {
        let is_marker = |line: &&str| line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>");
        text.lines().filter(is_marker).count()
    };
    if count(merged) <= count(texts.ours) + count(texts.theirs) { Ok(()) } else { Err(Why::DoesNotParse) }
}

/// Lines by what they say, with how often they do.
fn tally(text: &str) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines().filter(|line| line.contains(char::is_alphanumeric)) {
        *counts.entry(said(line)).or_default() += 1;
    }
    counts
}

/// A line without what layout and lists change.
fn said(line: &str) -> String {
    squeezed(line).trim_end_matches([',', ';']).to_owned()
}

/// No line stands more often than both sides together put it there.
fn lines_are_no_more(texts: Three<&str>, merged: &str) -> Result<(), Why> {
    let counts = texts.map(tally);
    let of = |counts: &BTreeMap<String, usize>, line: &str| counts.get(line).copied().unwrap_or(0);
    let is_more = |(line, n): &(String, usize)| {
        let Three { base, ours, theirs } = counts.as_ref().map(|counts| of(counts, line));
        ours + theirs > 0 && *n > ours.max(base) + theirs.saturating_sub(base)
    };
    if tally(merged).into_iter().any(|line| is_more(&line)) { Err(Why::RepeatsLines) } else { Ok(()) }
}

/// Counts each line: what both kept is kept, what a side added is there. A line that is missing must
/// have been merged with another version of itself: its words stand in order in new lines.
fn lines_are_kept(texts: Three<&str>, merged: &str) -> Result<(), Why> {
    let (counts, has) = (texts.map(tally), tally(merged));
    let of = |counts: &BTreeMap<String, usize>, line: &str| counts.get(line).copied().unwrap_or(0);
    let lines: BTreeSet<&String> = counts.ours.keys().chain(counts.theirs.keys()).collect();
    let mut missing = Vec::new();
    for line in lines {
        let Three { base, ours, theirs } = counts.as_ref().map(|counts| of(counts, line));
        let gone = base.saturating_sub(ours) + base.saturating_sub(theirs);
        let added = ours.saturating_sub(base).max(theirs.saturating_sub(base));
        if of(&has, line) < base.saturating_sub(gone) + added {
            missing.push(line);
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let known =
        |line: &str| [&counts.base, &counts.ours, &counts.theirs].iter().any(|counts| of(counts, line) > 0);
    let fresh: Vec<&str> = merged.lines().filter(|line| !known(&said(line))).flat_map(words).collect();
    match missing.iter().all(|line| is_within(&mut words(line), &fresh)) {
        true => Ok(()),
        false => Err(Why::LosesLines),
    }
}

/// Whether words stand among others in their order.
fn is_within<'a>(wanted: &mut impl Iterator<Item = &'a str>, among: &[&str]) -> bool {
    let mut rest = among.iter();
    wanted.all(|word| rest.any(|other| *other == word))
}

/// No name is defined twice, and none is used whose definition or import got lost.
fn names_hold(ours: &FileModel, theirs: &FileModel, merged: &FileModel) -> Result<(), Why> {
    let sides = [ours, theirs].map(definitions);
    for (name, n) in definitions(merged) {
        let known = sides.iter().filter_map(|side| side.get(&name)).max().copied().unwrap_or(0);
        if n > known.max(1) {
            return Err(Why::DefinedTwice);
        }
    }
    let sides = [ours, theirs].map(imported);
    for (name, n) in imported(merged) {
        if n > sides.iter().filter_map(|side| side.get(name)).max().copied().unwrap_or(0).max(1) {
            return Err(Why::DefinedTwice);
        }
    }
    for def in &merged.defs {
        let mut names = BTreeSet::new();
        let params = def
            .sig
            .iter()
            .flat_map(|sig| &sig.params)
            .filter(|param| !matches!(param.name.as_str(), "" | "_"));
        if !params.into_iter().all(|param| names.insert(&param.name)) {
            return Err(Why::DefinedTwice);
        }
    }
    if [ours, theirs].into_iter().any(|side| is_left_idle(side, merged)) {
        return Err(Why::Unused);
    }
    let bound = bound(merged);
    let used = |name: &String| merged.refs.iter().any(|found| found.name == *name);
    let lost = |side: &FileModel| self::bound(side).iter().any(|name| !bound.contains(name) && used(name));
    if lost(ours) || lost(theirs) { Err(Why::Undefined) } else { Ok(()) }
}

/// Whether an import that a side uses is still there, and the last use of it is not.
fn is_left_idle(side: &FileModel, merged: &FileModel) -> bool {
    let [used, still_used] = [side, merged]
        .map(|model| model.refs.iter().map(|found| found.name.as_str()).collect::<BTreeSet<&str>>());
    let names = imported(side);
    let mut still = imported(merged).into_keys().filter(|name| names.contains_key(name));
    still.any(|name| !still_used.contains(name) && used.contains(name))
}

fn definitions(model: &FileModel) -> BTreeMap<(Kind, String), usize> {
    let mut counts = BTreeMap::new();
    for def in model.defs.iter().filter(|def| !def.flags.may_repeat && def.kind != Kind::Module) {
        let arity = def.sig.as_ref().map_or(0, |sig| sig.params.len());
        *counts.entry((def.kind, format!("{}/{arity}", def.path()))).or_default() += 1;
    }
    counts
}

/// Names that a file imports, with how often it does.
fn imported(model: &FileModel) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for name in model.imports.iter().flat_map(|import| &import.names) {
        *counts.entry(name.local.as_str()).or_default() += 1;
    }
    counts
}

/// Names that a file imports or defines at its top.
fn bound(model: &FileModel) -> BTreeSet<String> {
    let imported = model.imports.iter().flat_map(|import| &import.names).map(|name| name.local.clone());
    let defined = model.defs.iter().filter(|def| def.parents.is_empty()).map(|def| def.name.clone());
    imported.chain(defined).collect()
}
