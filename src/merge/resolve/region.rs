//! Finds the part of the three trees that a conflict is about, and merges just that.
//!
//! From the outside in: as long as one node of each tree holds the whole conflict and the three
//! correspond, the search goes on below them. Then from the inside out: the smallest run of items
//! that can be merged is taken, and everything around it stays as Git has it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use super::align::{Pairing, align};
use super::chain::links;
use super::chunks::{Chunk, Three, merged_lines};
use super::items::{Items, items};
use super::layout::render_run;
use super::roles::{Role, role};
use super::weave::{Taste, Why, Within, weave, weave_aligned};
use crate::validate::extract::SyntaxNode;

/// How many levels above the innermost one are tried.
const MOST_LEVELS: usize = 12;

/// A merged part that takes the place of whole chunks.
#[derive(Debug, Clone)]
pub(super) struct Resolution {
    pub(super) chunks: Range<usize>,
    pub(super) text: String,
}

/// Three files with their trees and the chunks of their lines.
pub(super) struct Files<'a> {
    pub(super) texts: Three<&'a str>,
    pub(super) roots: Three<&'a SyntaxNode>,
    pub(super) chunks: &'a [Chunk],
    /// What was cut and aligned for one conflict serves the others.
    levels: RefCell<BTreeMap<[usize; 3], Rc<Level<'a>>>>,
}

impl<'a> Files<'a> {
    pub(super) fn new(texts: Three<&'a str>, roots: Three<&'a SyntaxNode>, chunks: &'a [Chunk]) -> Self {
        Self { texts, roots, chunks, levels: RefCell::default() }
    }

    /// The lists of three nodes of one role.
    fn level(&self, nodes: Three<&'a SyntaxNode>, role: Role) -> Rc<Level<'a>> {
        let Three { base, ours, theirs } = nodes.map(|node| std::ptr::from_ref(node).addr());
        let make = || Rc::new(Level::new(nodes.zip(self.texts).map(|(node, text)| items(node, text, role))));
        Rc::clone(self.levels.borrow_mut().entry([base, ours, theirs]).or_insert_with(make))
    }
}

/// Merges the part of the files around some chunks.
pub(super) fn resolve(files: &Files<'_>, wanted: &Range<usize>, taste: &Taste) -> Result<Resolution, Why> {
    let target = Target::of(files, wanted);
    let mut levels = Vec::new();
    let ends = files.texts.map(str::len);
    descend(files, files.roots, &target, ends, &mut levels);
    let mut why = None;
    for level in levels.iter().rev().take(MOST_LEVELS) {
        for run in level.runs(&target) {
            let before = taste.acts.borrow().clone();
            match attempt(files, level, &run, wanted, taste) {
                Ok(resolution) => return Ok(resolution),
                Err(reason) => why = why.or(Some(reason)),
            }
            // What failed did nothing.
            taste.acts.replace(before);
        }
    }
    Err(why.unwrap_or(Why::NoPlace))
}

/// Where a conflict is, without white space around it. What is empty lies anywhere in the white
/// space around it.
struct Target {
    at: Three<Range<usize>>,
    loose: Three<Range<usize>>,
}

impl Target {
    fn of(files: &Files<'_>, wanted: &Range<usize>) -> Self {
        let (first, last) = (&files.chunks[wanted.start].at, &files.chunks[wanted.end - 1].at);
        let ranges = first.as_ref().zip(last.as_ref()).map(|(first, last)| first.start..last.end);
        let both = ranges.zip(files.texts).map(|(range, text)| narrowed(text, range));
        let at = both.as_ref().map(|both| both.0.clone());
        Self { at, loose: both.map(|both| both.1) }
    }

    /// Whether the conflict lies between two places in all three.
    fn is_within(&self, from: Three<usize>, to: Three<usize>) -> bool {
        let fits = |at: &Range<usize>, loose: &Range<usize>, from: usize, to: usize| match at.is_empty() {
            true => loose.end >= from && loose.start <= to,
            false => at.start >= from && at.end <= to,
        };
        let ranges = self.at.as_ref().zip(self.loose.as_ref()).zip(from.zip(to));
        ranges.all(|((at, loose), (from, to))| fits(at, loose, from, to))
    }
}

fn narrowed(text: &str, range: Range<usize>) -> (Range<usize>, Range<usize>) {
    let inside = &text[range.clone()];
    let start = range.start + (inside.len() - inside.trim_start().len());
    if start < range.end {
        let end = range.start + inside.trim_end().len();
        return (start..end, start..end);
    }
    let before = text[..range.start].trim_end().len();
    let after = range.end + (text[range.end..].len() - text[range.end..].trim_start().len());
    (range.start..range.start, before..after)
}

/// Corresponding lists of items that hold the conflict.
struct Level<'a> {
    lists: Three<Items<'a>>,
    ours: Pairing,
    theirs: Pairing,
}

fn descend<'a>(
    files: &Files<'a>,
    nodes: Three<&'a SyntaxNode>,
    target: &Target,
    ends: Three<usize>,
    levels: &mut Vec<Rc<Level<'a>>>,
) {
    let roles = nodes.zip(files.texts).map(|(node, source)| role(node, source));
    let same = nodes.base.kind == nodes.ours.kind && nodes.base.kind == nodes.theirs.kind;
    if !same || roles.base != roles.ours || roles.base != roles.theirs || roles.base == Role::Leaf {
        return;
    }
    let level = files.level(nodes, roles.base);
    let mut deepest = Vec::new();
    for triple in level.triples() {
        let (from, to) = level.extent(triple, nodes, ends);
        if !target.is_within(from, to) {
            continue;
        }
        let inner = triple.zip(level.lists.as_ref()).map(|(idx, list)| list.items[idx].node);
        if let Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } = inner {
            let mut below = Vec::new();
            descend(files, Three::new(base, ours, theirs), target, to, &mut below);
            if below.len() > deepest.len() {
                deepest = below;
            }
        }
    }
    levels.push(level);
    levels.extend(chain_level(nodes, files, target));
    levels.extend(deepest);
}

/// The links of three chains of calls.
fn chain_level<'a>(
    nodes: Three<&'a SyntaxNode>,
    files: &Files<'a>,
    target: &Target,
) -> Option<Rc<Level<'a>>> {
    let lists = nodes.zip(files.texts).map(|(node, text)| links(node, text));
    let Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } = lists else { return None };
    let lists = Three::new(base, ours, theirs);
    let inside = lists.as_ref().map(|list| list.inside.clone());
    let is_within = target.is_within(inside.as_ref().map(|at| at.start), inside.map(|at| at.end));
    is_within.then(|| Rc::new(Level::new(lists)))
}

impl<'a> Level<'a> {
    fn new(lists: Three<Items<'a>>) -> Self {
        let base = &lists.base.items;
        let (ours, theirs) = (align(base, &lists.ours.items), align(base, &lists.theirs.items));
        Self { lists, ours, theirs }
    }

    /// Items that all three have.
    fn triples(&self) -> impl Iterator<Item = Three<usize>> {
        (0..self.lists.base.items.len())
            .filter_map(|base| Some(Three::new(base, self.ours.to_side[base]?, self.theirs.to_side[base]?)))
    }

    /// From where an item's own text starts to where the next item starts.
    fn extent(
        &self,
        triple: Three<usize>,
        nodes: Three<&SyntaxNode>,
        ends: Three<usize>,
    ) -> (Three<usize>, Three<usize>) {
        let lists = self.lists.as_ref();
        let from = triple.zip(lists).map(|(idx, list)| list.items[idx].core.start);
        let to = triple.zip(lists).zip(nodes.zip(ends)).map(|((idx, list), (node, end))| {
            let open_ended = list.inside.end == node.span.end;
            let last = if open_ended { end } else { list.inside.end };
            list.items.get(idx + 1).map_or(last, super::items::Item::start)
        });
        (from, to)
    }

    /// Runs of items that hold the conflict: the least one, then all.
    fn runs(&self, target: &Target) -> Vec<Three<Range<usize>>> {
        let lists = self.lists.as_ref();
        let whole = lists.map(|list| 0..list.items.len());
        if !lists.base.role.is_list() {
            return vec![whole];
        }
        let touched = lists.zip(target.loose.as_ref()).map(|(list, at)| {
            let from = list.items.iter().take_while(|item| item.end() <= at.start).count();
            let to = list.items.iter().position(|item| item.start() >= at.end).unwrap_or(list.items.len());
            from..to.max(from)
        });
        let least = self.widened(touched);
        if least == whole { vec![whole] } else { vec![least, whole] }
    }

    /// The run between the nearest items that all three have.
    fn widened(&self, run: Three<Range<usize>>) -> Three<Range<usize>> {
        let lists = self.lists.as_ref();
        let ends = lists.map(|list| list.items.len());
        let from = run.as_ref().map(|run| run.start);
        let to = run.map(|run| run.end);
        let before = self.triples().filter(|&triple| triple.zip(from).all(|(idx, from)| idx < from)).last();
        let after = self.triples().find(|&triple| triple.zip(to).all(|(idx, to)| idx >= to));
        let start = before.map_or(Three::default(), |triple| triple.map(|idx| idx + 1));
        let end = after.unwrap_or(ends);
        start.zip(end).map(|(start, end)| start..end.max(start))
    }
}

fn attempt(
    files: &Files<'_>,
    level: &Level<'_>,
    run: &Three<Range<usize>>,
    wanted: &Range<usize>,
    taste: &Taste,
) -> Result<Resolution, Why> {
    let lists = level.lists.as_ref();
    let slices = lists.zip(run.as_ref()).map(|(list, run)| &list.items[run.clone()]);
    let is_whole = lists.zip(run.as_ref()).all(|(list, run)| *run == (0..list.items.len()));
    let within = Within { role: lists.base.role, list: &lists.base.items, start: run.base.start };
    let pieces = match is_whole {
        true => weave_aligned(within, slices, (&level.ours, &level.theirs), taste)?,
        false => weave(within, slices, taste)?,
    };
    if lists.base.role == Role::Parts && pieces.iter().filter(|piece| !is_settled(piece)).count() > 1 {
        return Err(Why::SameThing);
    }
    let text = render_run(lists, run.clone(), &pieces)?;
    let at = lists.zip(run.as_ref()).map(|(list, run)| place(list, run));
    splice(files, at, &text, wanted)
}

fn is_settled(piece: &super::weave::Piece<'_>) -> bool {
    match piece.from {
        Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } => {
            base.print == ours.print && base.print == theirs.print
        }
        _ => false,
    }
}

/// The bytes that a run's text takes the place of.
fn place(list: &Items<'_>, run: &Range<usize>) -> Range<usize> {
    let start = match run.start.checked_sub(1).map(|before| &list.items[before]) {
        None => list.inside.start,
        Some(before) if list.role.has_commas() => before.core.end,
        Some(before) => before.end(),
    };
    let end = list.items.get(run.end).map_or(list.inside.end, super::items::Item::start);
    start..end.max(start)
}

/// Fits a merged part between the lines around it.
fn splice(
    files: &Files<'_>,
    at: Three<Range<usize>>,
    text: &str,
    wanted: &Range<usize>,
) -> Result<Resolution, Why> {
    let touches = |chunk: &Chunk| {
        let pairs = chunk.at.as_ref().zip(at.as_ref());
        !pairs.all(|(chunk, at)| at.start >= chunk.end || at.end <= chunk.start)
    };
    let touched = (0..files.chunks.len()).filter(|&idx| touches(&files.chunks[idx]));
    let (mut first, mut last) = (wanted.start, wanted.end - 1);
    for idx in touched {
        (first, last) = (first.min(idx), last.max(idx));
    }
    let (start, end) = (&files.chunks[first].at, &files.chunks[last].at);
    let before = start.as_ref().zip(at.as_ref()).zip(files.texts);
    let after = end.as_ref().zip(at.as_ref()).zip(files.texts);
    if !before.as_ref().all(|((chunk, at), _)| chunk.start <= at.start)
        || !after.as_ref().all(|((chunk, at), _)| at.end <= chunk.end)
    {
        return Err(Why::NoPlace);
    }
    let before = merged_lines(before.map(|((chunk, at), text)| &text[chunk.start..at.start]));
    let after = merged_lines(after.map(|((chunk, at), text)| &text[at.end..chunk.end]));
    let (before, after) = (before.ok_or(Why::SameThing)?, after.ok_or(Why::SameThing)?);
    Ok(Resolution { chunks: first..last + 1, text: format!("{before}{text}{after}") })
}
