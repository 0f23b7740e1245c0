//! The patch that puts back what was lost.

use std::collections::BTreeMap;
use std::ops::Range;

use super::repair::import_statement;
use crate::validate::extract::{Language, extract};
use crate::validate::fix::{Edit, created, patch};
use crate::validate::index::Gone;
use crate::validate::lines::{LineMap, line_start, whole_lines};
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Kind};
use crate::validate::names::has_word;
use crate::validate::rules::View;
use crate::validate::rules::reach::import_of;

/// Puts the old definition back where it stood; empty where it would not come back whole.
pub(super) fn patch_of(view: &View<'_>, gone: &Gone<'_>) -> String {
    edits(view, gone).map_or_else(|| whole_file(view, gone), |edits| checked(gone, edits))
}

fn whole_file(view: &View<'_>, gone: &Gone<'_>) -> String {
    let old = gone.file.old.as_ref().filter(|_| gone.file.new.is_none());
    let old = old.filter(|old| !lacks_its_needs(view, gone.branch, gone.file, &(0..old.text.len()), ""));
    old.map_or(String::new(), |old| created(gone.file.path, old.text))
}

fn edits(view: &View<'_>, gone: &Gone<'_>) -> Option<Vec<Edit>> {
    let (old, new) = (gone.file.old.as_ref()?, gone.file.new.as_ref()?);
    let def = gone.def;
    if lacks_its_needs(view, gone.branch, gone.file, &def.span, &def.name)
        || is_given_by_others(view, gone, old)
    {
        return None;
    }
    let edit = match def.kind {
        Kind::Variant if gone.file.language != Language::Python => variant(old, new, def)?,
        _ => lines(gone.file.language, old, new, def)?,
    };
    // An import goes first where both stand at the top.
    let imports = imports(gone, old, new)?;
    Some(edit.behind(imports))
}

/// The patch, if the file can be read with it and has the definition again.
fn checked(gone: &Gone<'_>, edits: Vec<Edit>) -> String {
    let Some(new) = &gone.file.new else { return String::new() };
    let after = crate::validate::fix::apply(new.text, edits.clone());
    let is_whole = after.is_some_and(|after| {
        let model = extract(gone.file.language, &after);
        model.broken.len() <= new.model.broken.len() && model.defs.iter().any(|def| def.is_named_as(gone.def))
    });
    if is_whole { patch(gone.file.path, new.text, edits) } else { String::new() }
}

/// Whether a definition is no good without others that name it: a field that those who make values have
/// to give, a variant that those who tell the variants apart have to name.
fn is_given_by_others(view: &View<'_>, gone: &Gone<'_>, old: &Side<'_>) -> bool {
    let def = gone.def;
    let text = old.text.get(def.span.clone()).unwrap_or_default();
    let is_set = text.contains('=');
    match (gone.file.language, def.kind) {
        (Language::Rust, Kind::Field) => true,
        (Language::Java, Kind::Field) => has_word(text, "final") && !is_set,
        (Language::Python, Kind::Field) => !is_set,
        (Language::TypeScript | Language::Tsx, Kind::Field) => !is_set && !text.contains("?:"),
        (_, Kind::Method) if def.flags.is_abstract => true,
        (Language::Go, _) => false,
        (_, Kind::Variant) => is_told_apart(view, gone, old),
        _ => false,
    }
}

/// Whether the branch that took a variant away tells the others apart without it.
fn is_told_apart(view: &View<'_>, gone: &Gone<'_>, old: &Side<'_>) -> bool {
    let siblings = || old.model.defs.iter().filter(|def| is_sibling(gone.def, def));
    let names = |name: &String| {
        let last = name.rsplit([':', '.']).next().unwrap_or(name);
        siblings().any(|def| def.name == last)
    };
    let tells = |model: &FileModel| {
        model.exhaustive.iter().any(|found| found.names.iter().any(names))
            || model.matches.iter().any(|found| found.arms.iter().any(names))
    };
    let mut files = view.branches[gone.branch].files.iter();
    files.any(|file| file.new.as_ref().is_some_and(|new| tells(&new.model)))
}

/// Whether what is to come back names something else that its branch took away or declares otherwise.
pub(in crate::validate::rules) fn lacks_its_needs(
    view: &View<'_>,
    branch: usize,
    file: &File<'_>,
    span: &Range<usize>,
    own: &str,
) -> bool {
    let Some(old) = &file.old else { return false };
    let text = old.text.get(span.clone()).unwrap_or_default();
    let is_own = |other: &File<'_>, def: &Def| {
        std::ptr::eq(other, file) && span.start <= def.span.start && def.span.end <= span.end
    };
    let is_lost = |other: &Gone<'_>| other.branch == branch && !is_own(other.file, other.def);
    let mut gone = view.index.gone.iter().filter(|(name, _)| **name != own && has_word(text, name));
    gone.any(|(_, all)| all.iter().any(is_lost))
        || view.branches[branch].files.iter().any(|other| {
            let (Some(old), Some(new)) = (&other.old, &other.new) else { return false };
            let edited = other.change.edited.iter();
            let mut edited = edited.map(|&(before, after)| (&old.model.defs[before], &new.model.defs[after]));
            edited.any(|(before, after)| {
                let is_other = is_declared_otherwise(other.language, text, before, after);
                is_other && !is_own(other, before) && has_word(text, &before.name)
            })
        })
}

/// Whether what a text names is used in another way now. Of a type with other fields only a Rust text
/// that writes its values out need know.
fn is_declared_otherwise(language: Language, text: &str, before: &Def, after: &Def) -> bool {
    let names = |def: &Def| def.fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    let is_written = || text.contains(&format!("{} {{", before.name)) || text.contains("Self {");
    match before.kind.is_type() {
        true => language == Language::Rust && is_written() && names(before) != names(after),
        false => before.head != after.head,
    }
}

fn is_sibling(def: &Def, other: &Def) -> bool {
    other.parents == def.parents && other.kind == def.kind && other.name != def.name
}

/// The nearest definitions before and after one in the old version that the new one still has, as the new
/// one has them.
fn neighbours<'s>(old: &Side<'_>, new: &'s Side<'_>, def: &Def) -> (Option<&'s Def>, Option<&'s Def>) {
    let kept =
        |other: &Def| new.model.defs.iter().find(|now| now.is_named_as(other) && now.kind == other.kind);
    let siblings =
        || old.model.defs.iter().filter(|other| other.parents == def.parents && other.name != def.name);
    let is_near = |gap: Option<&str>| gap.is_some_and(|gap| !leaves(gap, old, def));
    let before = siblings().filter(|other| other.span.end <= def.span.start);
    let before = before.filter(|other| is_near(old.text.get(other.span.end..def.span.start)));
    let after = siblings().filter(|other| other.span.start >= def.span.end);
    let after = after.filter(|other| is_near(old.text.get(def.span.end..other.span.start)));
    (
        before.max_by_key(|other| other.span.end).and_then(kept),
        after.min_by_key(|other| other.span.start).and_then(kept),
    )
}

/// Whether what stands between two members ends the block that a member is in.
fn leaves(gap: &str, old: &Side<'_>, def: &Def) -> bool {
    let first = old.text[..def.span.start].rfind('\n').map_or(0, |feed| feed + 1);
    let depth = depth(&old.text[first..]);
    let lines = gap.lines().skip(1).filter(|line| !line.trim().is_empty());
    let ends = |line: &str| self::depth(line) < depth && line.trim_start().starts_with('}');
    lines.into_iter().any(ends)
}

/// A variant stands in a list: with a comma behind the one before it, or before the one behind it.
fn variant(old: &Side<'_>, new: &Side<'_>, def: &Def) -> Option<Edit> {
    let text = old.text.get(def.span.clone())?;
    let (before, after) = neighbours(old, new, def);
    let gap = |other: &Def| {
        let line = whole_lines(new.text, other.span.start, other.span.start);
        let indent = new.text.get(line.start..other.span.start).unwrap_or_default();
        if indent.trim().is_empty() { format!("\n{indent}") } else { " ".to_owned() }
    };
    let value = |other: &Def| new.text.get(other.span.clone()).is_some_and(|text| text.contains('='));
    match (before, after) {
        // A number that is counted on from the one before would be another.
        (Some(before), _) if !value(before) => {
            Some(Edit::insert(before.span.end, format!(",{}{text}", gap(before))))
        }
        (None, Some(after)) => Some(Edit::insert(after.span.start, format!("{text},{}", gap(after)))),
        _ => None,
    }
}

/// The whole lines of a definition, if they hold nothing else.
fn lines(language: Language, old: &Side<'_>, new: &Side<'_>, def: &Def) -> Option<Edit> {
    let span = whole_lines(old.text, def.span.start, def.span.end);
    let around = [&old.text[span.start..def.span.start], &old.text[def.span.end.min(span.end)..span.end]];
    let is_alone = |text: &&str| {
        let text = text.trim_start_matches([';', ',']).trim();
        text.is_empty() || text.starts_with("//") || text.starts_with('#')
    };
    if !around.iter().all(is_alone) {
        return None;
    }
    let mut text = old.text[span.clone()].to_owned();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let is_of_go = language == Language::Go && def.kind == Kind::Method;
    if !def.parents.is_empty() && !is_of_go {
        return beside(old, new, def, &text);
    }
    let line = old.text[..span.start].matches('\n').count() as u32 + 1;
    let at = line_start(new.text, LineMap::new(old.text, new.text).to_new(line));
    let place = outside_of_others(old, new, def, at);
    // It stands as far from its neighbours as before.
    let (above, below) = (&new.text[..place], &new.text[place..]);
    let missing = |was: usize, is: usize| "\n".repeat(was.saturating_sub(is));
    let mut before = missing(blank_lines_above(&old.text[..span.start]), blank_lines_above(above));
    if !above.is_empty() && !above.ends_with('\n') {
        before.insert(0, '\n');
    }
    let was_below = match old.text[span.end..].trim().is_empty() {
        true => blank_lines_above(&old.text[..span.start]),
        false => blank_lines_below(&old.text[span.end..]),
    };
    let after = missing(was_below, blank_lines_below(below));
    let before = if above.is_empty() { String::new() } else { before };
    let after = if below.trim().is_empty() { String::new() } else { after };
    let text = format!("{before}{text}{after}");
    Some(Edit::insert(place, text))
}

fn blank_lines_above(text: &str) -> usize {
    text.lines().rev().take_while(|line| line.trim().is_empty()).count()
}

fn blank_lines_below(text: &str) -> usize {
    text.lines().take_while(|line| line.trim().is_empty()).count()
}

/// A member comes back beside another one that it stood beside.
fn beside(old: &Side<'_>, new: &Side<'_>, def: &Def, text: &str) -> Option<Edit> {
    let (before, after) = neighbours(old, new, def);
    let start = whole_lines(old.text, def.span.start, def.span.start).start;
    let end = whole_lines(old.text, def.span.start, def.span.end).end;
    let is_apart = is_after_blank(old.text, start) || old.text[end..].starts_with(['\n', '\r']);
    let gap = if is_apart { "\n" } else { "" };
    if let Some(before) = before {
        let end = whole_lines(new.text, before.span.start, before.span.end).end;
        let feed = if new.text[..end].ends_with('\n') { "" } else { "\n" };
        return Some(Edit::insert(end, format!("{feed}{gap}{text}")));
    }
    let Some(after) = after else { return at_the_start(old, new, def, text) };
    let start = whole_lines(new.text, after.span.start, after.span.start).start;
    // What is said of the one behind it stays with that.
    let is_said = |line: &str| line.trim_start().starts_with(['/', '*', '#', '@']);
    let said: usize =
        new.text[..start].split_inclusive('\n').rev().take_while(|line| is_said(line)).map(str::len).sum();
    Some(Edit::insert(start - said, format!("{text}{gap}")))
}

fn is_after_blank(text: &str, start: usize) -> bool {
    text[..start].ends_with("\n\n") || text[..start].ends_with("\n\r\n")
}

/// Behind the line that begins the block, where that line is the only one of its kind.
fn at_the_start(old: &Side<'_>, new: &Side<'_>, def: &Def, text: &str) -> Option<Edit> {
    let start = whole_lines(old.text, def.span.start, def.span.start).start;
    let depth = depth(&old.text[start..]);
    let is_around = |line: &&str| !line.trim().is_empty() && self::depth(line) < depth;
    let head = old.text[..start].split_inclusive('\n').rev().find(is_around)?;
    let is_head = head.trim_end().ends_with(['{', ':']) && !head.trim_start().starts_with(['}', ')']);
    let places = |text: &str| {
        let lines = text.split_inclusive('\n');
        let ends = lines.scan(0, |end, line| {
            *end += line.len();
            Some((line == head).then_some(*end))
        });
        ends.flatten().collect::<Vec<_>>()
    };
    let ([_], [at]) = (&places(old.text)[..], &places(new.text)[..]) else { return None };
    let is_said = new.text[*at..].trim_start().starts_with(['"', '\'']);
    (is_head && !is_said).then(|| Edit::insert(*at, text))
}

/// How far a line is indented.
fn depth(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '\t']).len()
}

/// A place for a definition that is not inside of one that it never was inside of: what stands where
/// it stood may have been rewritten with what was around it.
fn outside_of_others(old: &Side<'_>, new: &Side<'_>, def: &Def, at: usize) -> usize {
    let was_around = |other: &Def| {
        let mut same = old.model.named_as(other).map(|(_, same)| &same.span);
        same.any(|span| span.start <= def.span.start && def.span.end <= span.end)
    };
    let holds = |other: &&Def| {
        let first = new.text[..other.span.start].rfind('\n').map_or(0, |feed| feed + 1);
        first < at && at < other.span.end && !was_around(other)
    };
    let outermost = new.model.defs.iter().filter(holds).max_by_key(|other| other.span.len());
    outermost.map_or(at, |other| whole_lines(new.text, other.span.start, other.span.end).end)
}

/// The imports that the branch dropped with the definition which needs them. None if one cannot come
/// back by itself.
fn imports(gone: &Gone<'_>, old: &Side<'_>, new: &Side<'_>) -> Option<Vec<Edit>> {
    let text = old.text.get(gone.def.span.clone())?;
    let map = LineMap::new(old.text, new.text);
    let globs = |model: &FileModel| model.imports.iter().filter(|import| import.glob).count();
    if globs(&old.model) > globs(&new.model) {
        return None;
    }
    let mut statements: BTreeMap<usize, (String, usize)> = BTreeMap::new();
    for &(import, name) in &gone.file.change.dropped {
        let import = &old.model.imports[import];
        let name = &import.names[name];
        if !has_word(text, &name.local) || import_of(&new.model, &name.local).is_some() {
            continue;
        }
        let lines = whole_lines(old.text, import.span.start, import.span.end);
        let is_alone = old.text.get(lines.start..import.span.end)? == old.text.get(import.span.clone())?;
        let statement = match is_alone && import.names.len() == 1 && !import.reexport {
            true => old.text.get(lines.clone())?.to_owned(),
            false if is_alone && gone.file.language != Language::Go && import.within.is_none() => {
                import_statement(gone.file.language, &import.module, &name.name, &name.local) + "\n"
            }
            false => return None,
        };
        let line = old.text[..lines.start].matches('\n').count() as u32 + 1;
        let at = line_start(new.text, map.to_new(line));
        let gap =
            blank_lines_below(&old.text[lines.end..]).saturating_sub(blank_lines_below(&new.text[at..]));
        let (all, behind) = statements.entry(at).or_default();
        all.push_str(&statement);
        *behind = gap;
    }
    // The blank lines behind the last of them went with it.
    let inserted = statements.into_iter().map(|(at, (all, gap))| Edit::insert(at, all + &"\n".repeat(gap)));
    Some(inserted.collect())
}
