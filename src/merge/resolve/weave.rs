//! Weaves the items of two sides into one list.
//!
//! The side that moved items, or else ours, gives the order; what the other inserted goes behind the
//! item it was put behind. What one side deleted and the other edited is a conflict, and so is
//! everything that two sides put in one place and that may not stand in either order.

use std::cell::Cell;

use super::align::{Pairing, align};
use super::chunks::Three;
use super::items::Item;
use super::node::merge_items;
use super::roles::Role;
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
    /// What both put in one place must stand in one order, and nothing tells which.
    OrderMatters,
    /// Nothing is known of how such a file is put together.
    NoStructure,
    /// The three versions do not correspond.
    NoPlace,
    /// The result would not parse.
    DoesNotParse,
    /// The result would lack lines that a side added or both kept.
    LosesLines,
    /// The result would define a name twice.
    DefinedTwice,
    /// The result would use a name that is not defined.
    Undefined,
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
            Self::OrderMatters => "what both added may depend on the order",
            Self::NoStructure => "the structure of such files is not known",
            Self::NoPlace => "the three versions do not correspond here",
            Self::DoesNotParse => "the result would not parse",
            Self::LosesLines => "the result would lose lines",
            Self::DefinedTwice => "the result would define a name twice",
            Self::Undefined => "the result would use a name that nothing defines",
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
    /// How many pairs of insertions were united.
    pub(super) united: Cell<usize>,
    /// How many choices were made that structure does not prove.
    pub(super) guesses: Cell<usize>,
}

impl Taste {
    pub(super) fn guess(&self) {
        self.guesses.set(self.guesses.get() + 1);
    }
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

/// Weaves three runs of items that start and end at the same places.
pub(super) fn weave<'a>(
    role: Role,
    items: Three<&'a [Item<'a>]>,
    taste: &Taste,
) -> Result<Vec<Piece<'a>>, Why> {
    let (ours, theirs) = (align(items.base, items.ours), align(items.base, items.theirs));
    let ours_leads = match (ours.is_in_order(), theirs.is_in_order()) {
        (true, false) => false,
        (false, false) if !moved_alike(&ours, &theirs) => return Err(Why::BothMoved),
        _ => true,
    };
    let (leader, other) = if ours_leads { (&ours, &theirs) } else { (&theirs, &ours) };
    let slots = slots(leader, other)?;
    let mut pieces = Vec::new();
    for slot in slots {
        match slot {
            Slot::Kept(base) => {
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
                pieces.extend(unite(role, items.base, &ours, &theirs, taste)?);
            }
        }
    }
    match is_one_call(role, &pieces) && !taste.bold {
        true => Err(Why::SameThing),
        false => Ok(pieces),
    }
}

/// Whether both sides changed arguments or other values that mean something by their place.
fn is_one_call(role: Role, pieces: &[Piece<'_>]) -> bool {
    if !matches!(role, Role::Args | Role::Tuple) {
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
    let named = |piece: &&Piece<'_>| piece.item().is_some_and(|item| item.kind == "keyword_argument");
    !ours.is_empty() && !theirs.is_empty() && !ours.iter().chain(&theirs).all(named)
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
fn slots(leader: &Pairing, other: &Pairing) -> Result<Vec<Slot>, Why> {
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
                    && (anchor.checked_sub(1).is_some_and(touches)
                        || (anchor < leader.to_side.len() && touches(anchor)));
                if rewritten {
                    return Err(Why::Rewritten);
                }
                put.push(idx);
            }
        }
    }
    mark_rewrites(leader, other, &slots)?;
    Ok(slots)
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
        (Some(side), None) | (None, Some(side)) if side.print == base.print => Ok(None),
        (Some(_), None) | (None, Some(_)) => Err(Why::DeletedAndEdited),
        (Some(ours), Some(theirs)) => {
            let (text, trail) = merge_items(Three::new(base, ours, theirs), role, taste)?;
            Ok(Some(Piece { from, text, trail }))
        }
    }
}
