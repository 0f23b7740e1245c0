//! Names of a merged file: none is defined twice, and none is used whose definition got lost.
//!
//! To read and understand a whole file takes longer than all else. What all versions have word for
//! word says nothing of its own, so that the rest is asked first; only what the rest leaves open is
//! asked of the files.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;

use super::checks::has_lost_a_body;
use super::forms::{Form, Read};
use super::locals;
use super::places;
use super::returns;
use super::roles::{is_attribute, is_declaration};
use super::routes;
use super::weave::Why;
use crate::validate::extract::SyntaxNode;
use crate::validate::model::{FileModel, Kind};

/// Two sides and what they were merged to.
pub(super) type Merge<T> = [T; 3];

/// Judges the names of a merged file.
pub(super) fn hold(texts: Merge<&str>, reads: Merge<&Read>) -> Result<(), Why> {
    let [ours, theirs, merged] = models(texts, reads);
    names_hold(&ours, &theirs, &merged)?;
    let roots = reads.map(Read::root);
    if returns::are_mixed(texts, roots) {
        return Err(Why::Outdated);
    }
    match locals::are_lost(texts, roots, &bound(&merged)) {
        true => Err(Why::Undefined),
        false => Ok(()),
    }
}

fn models(texts: Merge<&str>, reads: Merge<&Read>) -> Merge<FileModel> {
    let [ours, theirs, merged] = [0, 1, 2].map(|idx| (reads[idx], texts[idx]));
    std::thread::scope(|scope| {
        let sides = [ours, theirs].map(|(read, text)| scope.spawn(move || read.model(text)));
        let merged = merged.0.model(merged.1);
        let [ours, theirs] = sides.map(|side| side.join().unwrap_or_else(|panic| resume_unwind(panic)));
        [ours, theirs, merged]
    })
}

/// Whether what differs between the files shows that the merged one can be read and that its names
/// hold; where it does not, the whole files must be asked.
///
/// What is left out are whole declarations that define and use the same names in all three. So a
/// name that is defined no more often here than in a side is not in the whole files either, and one
/// that is still bound and used here is so there. And a text that can be read still can with whole
/// declarations between two of its own.
pub(super) fn changes_hold(form: Form, texts: Merge<&str>, sides: [&Read; 2]) -> bool {
    let [Some(ours), Some(theirs)] = sides.map(Read::whole) else { return false };
    let rests = Rests::new([units(ours, texts[0]), units(theirs, texts[1])], texts);
    if rests.texts[2].len() * 2 > texts[2].len() {
        return false;
    }
    let texts = rests.texts.each_ref().map(String::as_str);
    let reads = texts.map(|rest| form.read(rest));
    let [Some(ours), Some(theirs), Some(merged)] = &reads else { return false };
    if !rests.are_between_nodes(merged) || [ours, theirs].iter().any(|side| side.errors() > 0) {
        return false;
    }
    if has_lost_a_body([ours, theirs], merged) {
        return false;
    }
    let reads = [ours, theirs, merged];
    let [ours, theirs, merged] = models(texts, reads);
    let sides = [definitions(&ours), definitions(&theirs)];
    let known = |name: &_| sides.iter().filter_map(|side| side.get(name)).max().copied().unwrap_or(0);
    let more = definitions(&merged).into_iter().any(|(name, n)| n > known(&name));
    let left = bound(&merged);
    let lost = [&ours, &theirs].into_iter().any(|side| !bound(side).is_subset(&left));
    let holds = || names_hold(&ours, &theirs, &merged).is_ok();
    let roots = reads.map(Read::root);
    !more && !lost && holds() && !returns::are_mixed(texts, roots) && !locals::are_lost(texts, roots, &left)
}

/// What is left of three texts without the declarations that all have word for word, in one order.
struct Rests {
    texts: Merge<String>,
    /// Where in the last of them something was left out.
    cuts: Vec<usize>,
}

impl Rests {
    fn new([ours, theirs]: [Vec<Unit<'_>>; 2], texts: Merge<&str>) -> Self {
        let mut rests = Self { texts: Default::default(), cuts: Vec::new() };
        let (mut done, mut next) = ([0; 3], 0);
        for (start, unit) in ours {
            let Some(place) = theirs[next..].iter().position(|(_, other)| *other == unit) else { continue };
            let Some(merged) = line_of(texts[2], done[2], unit) else { continue };
            for (idx, at) in [start, theirs[next + place].0, merged].into_iter().enumerate() {
                rests.texts[idx].push_str(&texts[idx][done[idx]..at]);
                done[idx] = at + unit.len();
            }
            rests.cuts.push(rests.texts[2].len());
            next += place + 1;
        }
        for ((rest, text), done) in rests.texts.iter_mut().zip(texts).zip(done) {
            rest.push_str(&text[done..]);
        }
        rests
    }

    /// Whether what was left out of the merged text stood between two of the nodes that are left.
    fn are_between_nodes(&self, merged: &Read) -> bool {
        let Some(root) = merged.whole() else { return false };
        let inside =
            |cut: usize| root.children.iter().any(|child| child.span.start < cut && cut < child.span.end);
        !self.cuts.iter().any(|&cut| inside(cut))
    }
}

/// Where whole lines start again in a text from some place on.
fn line_of(text: &str, from: usize, lines: &str) -> Option<usize> {
    let mut found = text[from..].match_indices(lines).map(|(at, _)| from + at);
    found.find(|&at| {
        let end = at + lines.len();
        text[..at].ends_with('\n') && (end == text.len() || text[end..].starts_with(['\n', '\r']))
    })
}

/// A declaration at the top of a file, with where it starts.
type Unit<'a> = (usize, &'a str);

/// The declarations at the top of a file, from their attributes on, that have lines of their own.
fn units<'a>(root: &SyntaxNode, text: &'a str) -> Vec<Unit<'a>> {
    let mut found = Vec::new();
    let mut start = None;
    for child in &root.children {
        let from = *start.get_or_insert(child.span.start);
        if is_attribute(child.kind) {
            continue;
        }
        start = None;
        let names_others = child.kind.contains("import")
            || child.kind.starts_with("use_")
            || child.kind.starts_with("extern");
        let unit = text[from..child.span.end].trim_end();
        let has_lines = text[..from].ends_with('\n') && text[from + unit.len()..].starts_with(['\n', '\r']);
        let exports = child.children.iter().any(|part| part.field == Some("declaration"));
        if (is_declaration(child.kind) || exports) && !names_others && has_lines {
            found.push((from, unit));
        }
    }
    found
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
    if places::are_shifted([ours, theirs], merged) || routes::are_hidden([ours, theirs], merged) {
        return Err(Why::OrderMatters);
    }
    if states_a_key_again(ours, theirs, merged) {
        return Err(Why::DefinedTwice);
    }
    if [ours, theirs].into_iter().any(|side| is_left_idle(side, merged)) {
        return Err(Why::Unused);
    }
    let bound = bound(merged);
    let used = |name: &String| merged.refs.iter().any(|found| found.name == *name);
    let lost = |side: &FileModel| self::bound(side).iter().any(|name| !bound.contains(name) && used(name));
    if lost(ours) || lost(theirs) { Err(Why::Undefined) } else { Ok(()) }
}

/// Whether a route, a tag or another key that a file states once stands more often than in a side.
fn states_a_key_again(ours: &FileModel, theirs: &FileModel, merged: &FileModel) -> bool {
    merged.entries.iter().filter(|entry| entry.is_single()).any(|entry| {
        let count = |side: &FileModel| side.entries.iter().filter(|other| entry.claims_with(other)).count();
        count(merged) > count(ours).max(count(theirs)).max(1)
    })
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
