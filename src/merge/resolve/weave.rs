//! Weaves the items of two sides into one list.
//!
//! The side that moved items, or else ours, gives the order; what the other inserted goes behind the
//! item it was put behind. What one side deleted and the other edited is a conflict, and so is
//! everything that two sides put in one place and that may not stand in either order.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::align::{Pairing, align};
use super::cases::is_taken_twice;
use super::chain::ADDING;
use super::chunks::Three;
use super::items::Item;
use super::node::merge_items;
use super::roles::Role;
use super::twins::is_added_twice;
use super::unite::unite;

/// Why texts cannot be merged here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Both changed one thing, each in its own way.
    SameThing,
    /// One side deleted what the other edited.
    DeletedAndEdited,
    /// One side rewrote the place where the other put something.
    Rewritten,
    /// Both moved things about.
    BothMoved,
    /// Both added one name with two meanings.
    TwoMeanings,
    /// Both took the number that comes next.
    SameNumber,
    /// What both put in one place must stand in one order, and nothing tells which.
    OrderMatters,
    /// Nothing is known of how such a file is put together.
    NoStructure,
    /// The three versions do not correspond.
    NoPlace,
    /// The result would hold conflict markers.
    Undecided,
    /// The result would not parse.
    DoesNotParse,
    /// The result would lack lines that a side added or both kept.
    LosesLines,
    /// The result would have lines twice that both sides have once.
    RepeatsLines,
    /// The result would define a name twice.
    DefinedTwice,
    /// The result would use a name that is not defined.
    Undefined,
    /// What one side added uses what the other replaced everywhere.
    Outdated,
    /// The result would import what nothing in it uses any more.
    Unused,
    /// Something else would come out if the sides changed places.
    SidesMatter,
}

impl Why {
    /// The sentence in reports.
    pub fn words(self) -> &'static str {
        match self {
            Self::SameThing => "both changed the same thing",
            Self::DeletedAndEdited => "one deleted what the other edited",
            Self::Rewritten => "one rewrote the place where the other added something",
            Self::BothMoved => "both moved things about",
            Self::TwoMeanings => "both added one name with two meanings",
            Self::SameNumber => "both took the same number or value",
            Self::OrderMatters => "what both added may depend on the order",
            Self::NoStructure => "the structure of such files is not known",
            Self::NoPlace => "the three versions do not correspond here",
            Self::Undecided => "the result would hold conflict markers",
            Self::DoesNotParse => "the result would not parse",
            Self::LosesLines => "the result would lose lines",
            Self::RepeatsLines => "the result would repeat lines",
            Self::DefinedTwice => "the result would define a name twice",
            Self::Undefined => "the result would use a name that nothing defines",
            Self::Outdated => "what one added uses what the other replaced everywhere",
            Self::Unused => "the result would import what it does not use",
            Self::SidesMatter => "the result would depend on which side is whose",
        }
    }
}

/// How far the merge may go.
#[derive(Debug, Default)]
pub(super) struct Taste {
    /// Unite what may depend on the order, and merge what both changed by words.
    pub(super) bold: bool,
    /// Put theirs before ours where both added.
    pub(super) theirs_first: bool,
    /// What was done so far.
    pub(super) acts: RefCell<BTreeSet<Act>>,
    /// What nodes were merged to: a larger part that is tried holds the smaller ones.
    pub(super) merged: RefCell<BTreeMap<[usize; 3], Merged>>,
}

/// What three nodes were merged to, and by which acts.
pub(super) type Merged = (Result<String, Why>, BTreeSet<Act>);

impl Taste {
    pub(super) fn did(&self, act: Act) {
        self.acts.borrow_mut().insert(act);
    }

    /// Merges three nodes, by their addresses, unless that was done before.
    pub(super) fn once(
        &self,
        nodes: [usize; 3],
        merge: impl FnOnce() -> Result<String, Why>,
    ) -> Result<String, Why> {
        let known = self.merged.borrow().get(&nodes).cloned();
        let (result, acts) = known.unwrap_or_else(|| {
            let before = self.acts.take();
            let result = merge();
            let acts = self.acts.replace(before);
            self.merged.borrow_mut().insert(nodes, (result.clone(), acts.clone()));
            (result, acts)
        });
        self.acts.borrow_mut().extend(acts);
        result
    }
}

/// What a resolution did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Put what both sides added in one place one behind the other.
    United(Role),
    /// Sorted what both sides added into a sorted list.
    Sorted,
    /// Put one side behind the other where the place may be a meaning.
    Placed,
    /// Sorted such into a sorted list, and thereby theirs before ours.
    Interleaved,
    /// Took once what both sides added.
    Shared,
    /// Took the fuller of two that both sides added.
    Fuller,
    /// Took changes of neighbours from both sides.
    Neighbours,
    /// Merged two changes of one thing by its parts.
    Parts,
    /// Merged two changes of one thing by its lines.
    Lines,
    /// Merged two changes of one thing by its words.
    Words,
    /// Left out what one side deleted.
    Deleted,
    /// Followed what one side moved.
    Moved,
    /// Moved a change in or out with what is around it.
    Indented,
    /// Chose where structure proves nothing.
    Guessed,
}

/// One item of the result.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    pub(super) from: Three<Option<&'a Item<'a>>>,
    /// Comments above it and itself.
    pub(super) text: String,
    /// The comment on its line.
    pub(super) trail: String,
}

impl<'a> Piece<'a> {
    /// Any version of it, rather a side's.
    pub(super) fn item(&self) -> Option<&'a Item<'a>> {
        self.from.ours.or(self.from.theirs).or(self.from.base)
    }
}

/// What the order of the result is made of.
enum Slot {
    /// An item of the base that both sides kept.
    Kept(usize),
    Added {
        leader: Vec<usize>,
        other: Vec<usize>,
    },
}

/// A list of the base, and where in it the run that is merged starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Within<'a> {
    pub(super) role: Role,
    pub(super) list: &'a [Item<'a>],
    pub(super) start: usize,
}

impl<'a> Within<'a> {
    /// The items before and behind a place that is so far into the run.
    pub(super) fn around(self, place: usize) -> [Option<&'a Item<'a>>; 2] {
        let at = self.start + place;
        [at.checked_sub(1).and_then(|before| self.list.get(before)), self.list.get(at)]
    }
}

/// Weaves three runs of items that start and end at the same places.
pub(super) fn weave<'a>(
    within: Within<'a>,
    items: Three<&'a [Item<'a>]>,
    taste: &Taste,
) -> Result<Vec<Piece<'a>>, Why> {
    let (ours, theirs) = (align(items.base, items.ours), align(items.base, items.theirs));
    weave_aligned(within, items, (&ours, &theirs), taste)
}

/// The same with items whose pairs are known.
pub(super) fn weave_aligned<'a>(
    within: Within<'a>,
    items: Three<&'a [Item<'a>]>,
    (ours, theirs): (&Pairing, &Pairing),
    taste: &Taste,
) -> Result<Vec<Piece<'a>>, Why> {
    let role = within.role;
    let ours_leads = match (ours.is_in_order(), theirs.is_in_order()) {
        (true, false) => false,
        (false, false) if !moved_alike(ours, theirs) => return Err(Why::BothMoved),
        _ => true,
    };
    if !ours.is_in_order() || !theirs.is_in_order() {
        taste.did(Act::Moved);
    }
    let (leader, other) = if ours_leads { (ours, theirs) } else { (theirs, ours) };
    let (led, put) = if ours_leads { (items.ours, items.theirs) } else { (items.theirs, items.ours) };
    let is_same = |one: usize, two: usize| led[one].print == put[two].print;
    let mut slots = slots(leader, other, is_same)?;
    keep_out_of_rewrites(leader, other, &mut slots, is_same)?;
    let mut pieces = Vec::new();
    // How far into the run of the base the result is.
    let mut place = 0;
    for slot in slots {
        match slot {
            Slot::Kept(base) => {
                place = base + 1;
                let from = Three::new(
                    Some(&items.base[base]),
                    ours.to_side[base].map(|idx| &items.ours[idx]),
                    theirs.to_side[base].map(|idx| &items.theirs[idx]),
                );
                pieces.extend(kept(from, role, taste)?);
            }
            Slot::Added { leader, other } => {
                let (ours, theirs) = if ours_leads { (leader, other) } else { (other, leader) };
                let ours: Vec<&Item<'_>> = ours.iter().map(|&idx| &items.ours[idx]).collect();
                let theirs: Vec<&Item<'_>> = theirs.iter().map(|&idx| &items.theirs[idx]).collect();
                pieces.extend(unite(within, place, (&ours, &theirs), taste)?);
            }
        }
    }
    note_neighbours(&pieces, taste);
    if !taste.bold && (is_added_twice(&pieces) || is_taken_twice(&pieces)) {
        return Err(Why::RepeatsLines);
    }
    match is_one_call(role, &pieces) && !taste.bold {
        true => Err(Why::SameThing),
        false => Ok(pieces),
    }
}

fn note_neighbours(pieces: &[Piece<'_>], taste: &Taste) {
    let by = |side: fn(&Piece<'_>) -> Option<u64>| {
        pieces.iter().any(|piece| side(piece) != piece.from.base.map(|item| item.print))
    };
    if by(|piece| piece.from.ours.map(|item| item.print))
        && by(|piece| piece.from.theirs.map(|item| item.print))
    {
        taste.did(Act::Neighbours);
    }
}

/// Whether both sides changed arguments or other values that mean something by their place. What both
/// changed within one of them, and nothing else, was decided there.
fn is_one_call(role: Role, pieces: &[Piece<'_>]) -> bool {
    if !matches!(role, Role::Args | Role::Tuple | Role::Chain) {
        return false;
    }
    let by = |side: fn(&Piece<'_>) -> Option<u64>| {
        let changed = |piece: &&Piece<'_>| side(piece) != piece.from.base.map(|item| item.print);
        pieces.iter().filter(changed).collect::<Vec<_>>()
    };
    let (ours, theirs) = (
        by(|piece| piece.from.ours.map(|item| item.print)),
        by(|piece| piece.from.theirs.map(|item| item.print)),
    );
    let named = |piece: &&Piece<'_>| {
        piece.item().is_some_and(|item| matches!(item.kind, "keyword_argument" | ADDING))
    };
    let is_within_one = |one: &Piece<'_>, other: &Piece<'_>| {
        std::ptr::eq(one, other)
            && role != Role::Chain
            && matches!(one.from, Three { base: Some(_), ours: Some(_), theirs: Some(_) })
    };
    match (&ours[..], &theirs[..]) {
        ([], _) | (_, []) => false,
        ([one], [other]) if is_within_one(one, other) => false,
        _ => !ours.iter().chain(&theirs).all(named),
    }
}

/// Whether both sides put what both kept into the same order.
fn moved_alike(ours: &Pairing, theirs: &Pairing) -> bool {
    let order = |pairing: &Pairing, other: &Pairing| {
        let kept = pairing.to_base.iter().flatten().copied();
        kept.filter(|&base| other.to_side[base].is_some()).collect::<Vec<_>>()
    };
    order(ours, theirs) == order(theirs, ours)
}

/// The order of the result: the leader's, with the other's insertions in their places.
fn slots(
    leader: &Pairing,
    other: &Pairing,
    is_same: impl Fn(usize, usize) -> bool,
) -> Result<Vec<Slot>, Why> {
    let mut slots = Vec::new();
    // Where in the result the insertions behind a base item, or behind the start, belong.
    let mut place = vec![None; leader.to_side.len() + 1];
    let mut added = Vec::new();
    let close = |slots: &mut Vec<Slot>, added: &mut Vec<usize>| {
        slots.push(Slot::Added { leader: std::mem::take(added), other: Vec::new() });
        slots.len() - 1
    };
    let mut open_since = 0;
    for (idx, base) in leader.to_base.iter().enumerate() {
        match base {
            None => added.push(idx),
            Some(base) => {
                let slot = close(&mut slots, &mut added);
                place[open_since] = Some(slot);
                slots.push(Slot::Kept(*base));
                open_since = base + 1;
            }
        }
    }
    place[open_since] = Some(close(&mut slots, &mut added));
    // What the leader deleted is decided against the other's edits; the place is its neighbour's.
    let gone: Vec<usize> = (0..leader.to_side.len()).filter(|&base| leader.to_side[base].is_none()).collect();
    for &base in &gone {
        place[base + 1] = place[base];
        slots.push(Slot::Kept(base));
    }
    let mut anchor = 0;
    for (idx, base) in other.to_base.iter().enumerate() {
        match base {
            Some(base) => anchor = base + 1,
            None => {
                let slot = place[anchor].ok_or(Why::BothMoved)?;
                let Slot::Added { leader: led, other: put } = &mut slots[slot] else {
                    return Err(Why::NoPlace);
                };
                // The leader has something else where this was put: what stands first is a guess.
                let touches = |base: usize| gone.contains(&base);
                let rewritten = !led.is_empty()
                    && !led.iter().any(|&one| is_same(one, idx))
                    && (anchor.checked_sub(1).is_some_and(touches)
                        || (anchor < leader.to_side.len() && touches(anchor)));
                if rewritten || is_torn(leader, other, anchor) {
                    return Err(Why::Rewritten);
                }
                put.push(idx);
            }
        }
    }
    mark_rewrites(leader, other, &slots)?;
    Ok(slots)
}

/// Whether a side put something between what it kept and what it deleted, and the leader moved the
/// two apart: it may belong to either.
fn is_torn(leader: &Pairing, other: &Pairing, anchor: usize) -> bool {
    let place = |base: usize| leader.to_side.get(base).copied().flatten();
    let replaces = other.to_side.get(anchor).is_some_and(Option::is_none);
    match (anchor.checked_sub(1).map(place), place(anchor)) {
        (Some(Some(before)), Some(after)) => replaces && after != before + 1 && !leader.is_in_order(),
        (None, Some(after)) => replaces && after != 0 && !leader.is_in_order(),
        _ => false,
    }
}

/// Where the other side replaced a stretch, nothing that the leader put into the midst of it has a
/// place, unless both put in the same.
fn keep_out_of_rewrites(
    leader: &Pairing,
    other: &Pairing,
    slots: &mut [Slot],
    is_same: impl Fn(usize, usize) -> bool,
) -> Result<(), Why> {
    let stays = |base: usize| other.to_side[base].is_some();
    let mut place = 0;
    // What the other side put in since the last item that it kept, and where that is.
    let (mut since, mut put): (usize, Vec<usize>) = (0, Vec::new());
    for slot in slots.iter_mut() {
        match slot {
            Slot::Kept(base) if leader.to_side[*base].is_none() => break,
            Slot::Kept(base) => {
                place = *base + 1;
                if stays(*base) {
                    (since, put) = (place, Vec::new());
                }
            }
            Slot::Added { leader: led, other: own } => {
                put.extend(own.iter().copied());
                let inside = since < place && place < other.to_side.len() && !stays(place);
                if inside && own.is_empty() && !put.is_empty() {
                    led.retain(|&one| !put.iter().any(|&two| is_same(one, two)));
                    if !led.is_empty() {
                        return Err(Why::Rewritten);
                    }
                }
            }
        }
    }
    Ok(())
}

/// The other way round: the other side replaced something where the leader added.
fn mark_rewrites(leader: &Pairing, other: &Pairing, slots: &[Slot]) -> Result<(), Why> {
    let gone = |base: usize| base < other.to_side.len() && other.to_side[base].is_none();
    let mut before = None;
    for (idx, slot) in slots.iter().enumerate() {
        match slot {
            Slot::Kept(base) if leader.to_side[*base].is_some() => before = Some(*base),
            Slot::Added { leader, other } if !leader.is_empty() && !other.is_empty() => {
                let after = match slots.get(idx + 1) {
                    Some(Slot::Kept(base)) => Some(*base),
                    _ => None,
                };
                if before.is_some_and(gone) || after.is_some_and(gone) {
                    return Err(Why::Rewritten);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// An item of the base as both sides leave it; none when it is gone.
fn kept<'a>(from: Three<Option<&'a Item<'a>>>, role: Role, taste: &Taste) -> Result<Option<Piece<'a>>, Why> {
    let Some(base) = from.base else { return Ok(None) };
    match (from.ours, from.theirs) {
        (None, None) => Ok(None),
        (Some(side), None) | (None, Some(side)) if side.print == base.print => {
            taste.did(Act::Deleted);
            Ok(None)
        }
        (Some(_), None) | (None, Some(_)) => Err(Why::DeletedAndEdited),
        (Some(ours), Some(theirs)) => {
            let (text, trail) = merge_items(Three::new(base, ours, theirs), role, taste)?;
            Ok(Some(Piece { from, text, trail }))
        }
    }
}
