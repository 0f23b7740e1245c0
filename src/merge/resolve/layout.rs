//! Writes woven items down, with the white space and the commas their authors gave them.

use super::chunks::Three;
use super::items::{Item, Items};
use super::weave::{Piece, Taste, Why};

/// The text between the brackets of a list.
pub(super) fn render(lists: Three<&Items<'_>>, pieces: &[Piece<'_>], _taste: &Taste) -> Result<String, Why> {
    let whole = lists.map(|list| 0..list.items.len());
    render_run(lists, whole, pieces)
}

/// The text of a run of items of a list: from the end of the item before it, or the opening bracket,
/// to the start of the item after it, or the closing bracket.
pub(super) fn render_run(
    lists: Three<&Items<'_>>,
    run: Three<std::ops::Range<usize>>,
    pieces: &[Piece<'_>],
) -> Result<String, Why> {
    let commas = lists.ours.role.has_commas();
    let at_start = run.as_ref().all(|run| run.start == 0);
    let at_end = lists.zip(run.clone()).all(|(list, run)| run.end == list.items.len());
    let mut out = String::new();
    if !at_start && commas {
        let before = lists.zip(run.clone()).map(|(list, run)| &list.items[run.start - 1]);
        let is_last = pieces.is_empty() && at_end;
        out.push_str(if is_last { trailing_comma(lists) } else { "," });
        out.push_str(before.map(Item::trail_text).settled().ok_or(Why::SameThing)?);
    }
    let first_gap = lists.map(|list| list.items.first().map_or("", Item::gap_text));
    let first_gap = first_gap.settled().unwrap_or(first_gap.ours);
    let mut previous: Option<&Piece<'_>> = None;
    for (idx, piece) in pieces.iter().enumerate() {
        let leads = at_start && idx == 0;
        let gap = if leads { first_gap.to_owned() } else { gap(piece, previous, lists, first_gap) };
        out.push_str(&gap);
        out.push_str(&piece.text);
        let is_last = idx + 1 == pieces.len() && at_end;
        if commas && !piece.item().is_some_and(Item::is_comment) {
            out.push_str(if is_last { trailing_comma(lists) } else { "," });
        }
        out.push_str(&piece.trail);
        previous = Some(piece);
    }
    if at_end {
        let closes = lists.map(|list| &list.source[list.close.clone()]);
        out.push_str(closes.settled().unwrap_or(closes.ours));
        return Ok(out);
    }
    let after = lists.zip(run).map(|(list, run)| &list.items[run.end]);
    let leads = at_start && pieces.is_empty();
    let tail = Piece { from: after.map(Some), text: String::new(), trail: String::new() };
    out.push_str(&if leads { first_gap.to_owned() } else { gap(&tail, previous, lists, first_gap) });
    Ok(out)
}

/// Whether the list ends with a comma, as the side that changed that has it.
fn trailing_comma(lists: Three<&Items<'_>>) -> &'static str {
    let has = lists.map(|list| list.items.last().is_some_and(|item| !item.comma.is_empty()));
    // A list that had no items had no comma to leave out.
    let empty = lists.map(|list| list.items.is_empty());
    let has = match empty {
        Three { base: true, .. } => has.ours || has.theirs,
        _ => has.settled().unwrap_or(has.ours),
    };
    if has { "," } else { "" }
}

/// The white space before a piece that is not the first.
fn gap(piece: &Piece<'_>, previous: Option<&Piece<'_>>, lists: Three<&Items<'_>>, first_gap: &str) -> String {
    let known = piece.from.map(|item| item.filter(|item| !item.first).map(Item::gap_text));
    let chosen = match known {
        Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } => {
            Three::new(base, ours, theirs).settled().or(Some(ours))
        }
        Three { ours: Some(ours), theirs: Some(theirs), .. } => Some(wider(ours, theirs)),
        Three { ours, theirs, base } => ours.or(theirs).or(base),
    };
    let is_new = piece.from.base.is_none();
    let Some(chosen) = chosen.or_else(|| borrowed(piece, lists)) else {
        return if first_gap.contains('\n') || first_gap.is_empty() {
            default_gap(piece, lists)
        } else {
            " ".to_owned()
        };
    };
    let after_new = previous.is_some_and(|previous| previous.from.base.is_none());
    let chosen = if is_new && after_new { parted(chosen, piece, previous) } else { chosen.to_owned() };
    in_style(&chosen, is_new, lists, first_gap)
}

fn wider<'a>(one: &'a str, other: &'a str) -> &'a str {
    let n = |gap: &str| gap.matches('\n').count();
    if n(other) > n(one) { other } else { one }
}

/// The gap behind an item that was the first in its own list.
fn borrowed<'a>(piece: &Piece<'a>, lists: Three<&Items<'a>>) -> Option<&'a str> {
    let side = if piece.from.ours.is_some() { lists.ours } else { lists.theirs };
    let any = [side, lists.base, lists.ours, lists.theirs];
    any.iter().find_map(|list| list.items.get(1)).map(|item| &item.source[item.gap.clone()])
}

fn default_gap(piece: &Piece<'_>, lists: Three<&Items<'_>>) -> String {
    let Some(item) = piece.item() else { return "\n".to_owned() };
    let source = if piece.from.ours.is_some() { lists.ours.source } else { item.source };
    if lists.ours.role.is_list() {
        format!("\n{}", super::indent::indent_before(source, item.start()))
    } else {
        " ".to_owned()
    }
}

/// Two declarations that were not neighbours keep as much room as either has on its other side.
fn parted(gap: &str, piece: &Piece<'_>, previous: Option<&Piece<'_>>) -> String {
    let tall = |piece: &Piece<'_>| piece.text.contains('\n');
    let own_lines = gap.matches('\n').count();
    let wanted = previous.filter(|previous| tall(previous) && tall(piece)).and_then(Piece::item);
    let room = wanted.map_or(0, |item| item.gap_text().matches('\n').count()).min(3);
    match own_lines {
        0 => gap.to_owned(),
        own if own < room => format!("{}{gap}", "\n".repeat(room - own)),
        _ => gap.to_owned(),
    }
}

/// A new item's gap as the list has it now, on one line or on several.
fn in_style(gap: &str, is_new: bool, lists: Three<&Items<'_>>, first_gap: &str) -> String {
    if !is_new || !lists.ours.role.has_commas() || lists.base.items.is_empty() {
        return gap.to_owned();
    }
    match (first_gap.contains('\n'), gap.contains('\n')) {
        (true, false) if lists.base.items.iter().all(|item| item.gap_text().contains('\n')) => {
            first_gap.to_owned()
        }
        (false, true) if lists.ours.items.len() > 1 && !lists.ours.items[1].gap_text().contains('\n') => {
            " ".to_owned()
        }
        _ => gap.to_owned(),
    }
}
