//! Unites what two sides put in one place, where that is known to be what both want.

use std::collections::BTreeSet;

use super::cases::{are_alternatives, is_case};
use super::chain::ADDING;
use super::chunks::Three;
use super::effects::{independent, names_functions};
use super::entries::stands_alone;
use super::guards::are_other_ways;
use super::imports;
use super::items::Item;
use super::keys::squeezed;
use super::numbers::{counts_by_place, took_one_number, took_one_value};
use super::roles::{Role, is_comment, is_declaration};
use super::twins::{has_two_versions, superset};
use super::versions::has_versions;
use super::weave::{Act, Piece, Taste, Why, Within};
use crate::validate::extract::SyntaxNode;

/// Both sides' insertions in one order, each once.
pub(super) fn unite<'a>(
    within: Within<'a>,
    place: usize,
    (ours, theirs): (&[&'a Item<'a>], &[&'a Item<'a>]),
    taste: &Taste,
) -> Result<Vec<Piece<'a>>, Why> {
    let role = within.role;
    let mut pieces: Vec<Piece<'a>> = ours.iter().map(|item| added(item, true)).collect();
    let mut rest: Vec<&'a Item<'a>> = Vec::new();
    for item in theirs {
        match twin(item, ours) {
            None => rest.push(item),
            Some(place) => {
                if !taste.bold && (counts(item) || takes_a_value(role, place, (ours, theirs), item)) {
                    return Err(Why::TwoMeanings);
                }
                let piece = &mut pieces[place];
                piece.text = superset(role, ours[place], item, taste)?;
                piece.from.theirs = Some(item);
                taste.did(Act::Shared);
            }
        }
    }
    let own: Vec<&'a Item<'a>> =
        pieces.iter().filter(|piece| piece.from.theirs.is_none()).filter_map(Piece::item).collect();
    if rest.is_empty() {
        return Ok(pieces);
    }
    if own.is_empty() {
        return Ok(in_order_of_theirs(pieces, theirs));
    }
    if role == Role::Prose && !taste.bold && has_versions(&own, &rest) {
        return Err(Why::TwoMeanings);
    }
    if role == Role::Block && !taste.bold && has_two_versions(&own, &rest) {
        return Err(Why::TwoMeanings);
    }
    if !taste.bold && took_one_number(role, within.around(place)[0], &own, &rest) {
        return Err(Why::SameNumber);
    }
    if !taste.bold && took_one_value(within.list, &own, &rest) {
        return Err(Why::SameNumber);
    }
    match permitted(role, within.around(place)[0], &own, &rest) {
        Ok(()) => {}
        Err(_) if taste.bold => taste.did(Act::Guessed),
        Err(why) => return Err(why),
    }
    Ok(ordered((within, place), (pieces, rest), theirs, taste))
}

fn added<'a>(item: &'a Item<'a>, ours: bool) -> Piece<'a> {
    let from = match ours {
        true => Three::new(None, Some(item), None),
        false => Three::new(None, None, Some(item)),
    };
    Piece {
        from,
        text: item.source[item.lead.start..item.core.end].to_owned(),
        trail: item.trail_text().to_owned(),
    }
}

/// The item of ours that is the same thing: the same words, or the same name.
fn twin(item: &Item<'_>, ours: &[&Item<'_>]) -> Option<usize> {
    let same = ours.iter().position(|other| other.print == item.print);
    let named = || {
        let is_it = |other: &&Item<'_>| {
            !item.key.is_empty() && item.key == other.key && !imports::are_two(item, other)
        };
        ours.iter().position(is_it)
    };
    same.or_else(named)
}

/// Whether a statement does something each time that it is run: what both sides want done once each.
fn counts(item: &Item<'_>) -> bool {
    const COUNTS: &[&str] = &[
        "augmented_assignment",
        "augmented_assignment_expression",
        "compound_assignment_expr",
        "update_expression",
        "inc_statement",
        "dec_statement",
    ];
    let counts = |node: &SyntaxNode| COUNTS.contains(&node.kind);
    item.node.is_some_and(|node| counts(node) || (node.children.first().is_some_and(counts)))
}

/// Whether what both sides put into a list is an option, and what stands behind it on a side its value.
fn takes_a_value(
    role: Role,
    place: usize,
    (ours, theirs): (&[&Item<'_>], &[&Item<'_>]),
    item: &Item<'_>,
) -> bool {
    let own = theirs.iter().position(|other| std::ptr::eq(*other, item));
    let next = [ours.get(place + 1), own.and_then(|own| theirs.get(own + 1))];
    let differ = next[0].map(|next| next.print) != next[1].map(|next| next.print);
    matches!(role, Role::Elements | Role::Records)
        && is_option(item)
        && differ
        && next.into_iter().flatten().any(|next| !is_option(next))
}

/// Whether an item of a list is an option of some program: `"-o"`.
fn is_option(item: &Item<'_>) -> bool {
    let text = match item.kind {
        "yaml_item" => item.core_text().strip_prefix('-').unwrap_or_default(),
        _ => item.core_text(),
    };
    let text = text.trim_start_matches([' ', '"', '\'', '`']);
    text.strip_prefix('-')
        .is_some_and(|name| name.starts_with(|first: char| first == '-' || first.is_alphabetic()))
}

/// All of ours are among theirs, so theirs give the order.
fn in_order_of_theirs<'a>(mut pieces: Vec<Piece<'a>>, theirs: &[&'a Item<'a>]) -> Vec<Piece<'a>> {
    let mut found = Vec::with_capacity(theirs.len());
    for item in theirs {
        let shared = pieces.iter().position(|piece| is_from(piece, item));
        found.push(shared.map_or_else(|| added(item, false), |place| pieces.remove(place)));
    }
    found
}

fn is_from(piece: &Piece<'_>, item: &Item<'_>) -> bool {
    piece.from.theirs.is_some_and(|other| std::ptr::eq(other, item))
}

/// Whether two runs of insertions may stand in either order.
fn permitted(
    role: Role,
    before: Option<&Item<'_>>,
    ours: &[&Item<'_>],
    theirs: &[&Item<'_>],
) -> Result<(), Why> {
    let all = |test: &dyn Fn(&Item<'_>) -> bool| {
        ours.iter().chain(theirs).all(|item| item.is_comment() || test(item))
    };
    let allowed = match role {
        Role::Prose => {
            all(&|item| !item.kind.ends_with("numbered") && stands_alone(item.core_text(), item.kind))
        }
        Role::Records => all(&is_record),
        Role::Names => true,
        Role::Params => all(&is_optional),
        Role::Args => all(&|item| item.kind == "keyword_argument"),
        Role::Entries => all(&|item| !item.key.is_empty() && !is_spread(item)),
        Role::Elements => all(&|item| !is_spread(item) && !is_number(item)),
        Role::Block => block(before, ours, theirs),
        Role::Chain => all(&|item| item.kind == ADDING),
        Role::Compound => are_other_ways(ours, theirs),
        Role::Tuple | Role::Parts | Role::Leaf => false,
    };
    if allowed { Ok(()) } else { Err(Why::OrderMatters) }
}

fn block(before: Option<&Item<'_>>, ours: &[&Item<'_>], theirs: &[&Item<'_>]) -> bool {
    if ours.iter().chain(theirs).any(|item| is_case(item.kind)) {
        return are_alternatives(before, ours, theirs);
    }
    let declares = |item: &&Item<'_>| {
        item.is_comment()
            || is_comment(item.kind)
            || is_declaration(item.kind)
            || item.node.is_some_and(names_functions)
    };
    let declared = ours.iter().all(declares) && theirs.iter().all(declares);
    declared || independent(ours, theirs)
}

/// Whether an entry below others means the same before and behind its neighbours.
fn is_record(item: &Item<'_>) -> bool {
    match item.kind {
        "yaml_item" => {
            !item.core_text().trim_start_matches(['-', ' ']).starts_with(|sign: char| sign.is_ascii_digit())
        }
        _ => !item.key.is_empty(),
    }
}

/// Whether calls may leave a parameter out and give it by its name, so that its place among others
/// does not count. Where there are no names, each side's calls expect its own in the same place.
fn is_optional(item: &Item<'_>) -> bool {
    matches!(item.kind, "default_parameter" | "typed_default_parameter")
}

fn is_spread(item: &Item<'_>) -> bool {
    matches!(
        item.kind,
        "spread_element" | "dictionary_splat" | "list_splat" | "base_field_initializer" | "rest_pattern"
    )
}

fn is_number(item: &Item<'_>) -> bool {
    item.core_text().starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.')
}

/// Sorts theirs among ours where the list is sorted; otherwise ours come first.
fn ordered<'a>(
    (within, place): (Within<'a>, usize),
    (mut pieces, rest): (Vec<Piece<'a>>, Vec<&'a Item<'a>>),
    theirs: &[&'a Item<'a>],
    taste: &Taste,
) -> Vec<Piece<'a>> {
    let role = within.role;
    let rest = rest.into_iter().map(|item| added(item, false));
    let mut both: Vec<Piece<'a>> = pieces.iter().cloned().chain(rest.clone()).collect();
    let by_place = both.iter().filter_map(Piece::item).any(|item| counts_by_place(role, item));
    let runs = [&pieces, &rest.clone().collect::<Vec<_>>()];
    let kinds: BTreeSet<&str> = both.iter().filter_map(Piece::item).map(|item| item.kind).collect();
    if (role != Role::Records || kinds.len() == 1)
        && !both.iter().filter_map(Piece::item).any(is_option)
        && runs.iter().all(|run| is_sorted_run(run.iter()))
        && ((role == Role::Names && within.list.is_empty())
            || is_sorted(role, within.list)
            || fits_between(role, within.around(place), &both)
            || ends_block(within, place, &both)
            || runs.iter().any(|run| is_telling(run)))
    {
        let texts = |pieces: &[Piece<'_>]| -> Vec<String> { pieces.iter().map(sort_key).collect() };
        let before = texts(&both);
        both.sort_by_key(sort_key);
        let is_placed = by_place && texts(&both) != before;
        taste.did(if is_placed { Act::Interleaved } else { Act::Sorted });
        return both;
    }
    if let Some(newest_first) = is_dated(within, place)
        && both.iter().all(|piece| date(piece.item()).is_some())
    {
        both.sort_by_key(|piece| date(piece.item()));
        if newest_first {
            both = runs_reversed(both);
        }
        taste.did(Act::Sorted);
        return both;
    }
    taste.did(Act::United(role));
    if by_place {
        taste.did(Act::Placed);
    }
    if taste.theirs_first {
        return rest.chain(pieces).collect();
    }
    for piece in rest {
        let at = in_its_section(&pieces, &piece, theirs)
            .or_else(|| before_shared(&pieces, &piece, theirs))
            .unwrap_or_else(|| behind_its_kind(&pieces, &piece));
        pieces.insert(at, piece);
    }
    pieces
}

/// Whether the sections around a place stand in the order of the days in their headings, and then
/// whether the newest comes first.
fn is_dated(within: Within<'_>, place: usize) -> Option<bool> {
    /// So many sections on each side tell.
    const FEW: usize = 3;
    let at = within.start + place;
    let near = within.list.get(at.saturating_sub(FEW)..within.list.len().min(at + FEW))?;
    let days: Vec<&str> = near.iter().filter_map(|item| date(Some(item))).collect();
    let (oldest_first, newest_first) = (days.is_sorted(), days.is_sorted_by(|one, other| one >= other));
    (oldest_first != newest_first).then_some(newest_first)
}

/// The day in the heading of a section, as `2024-02-29`.
fn date<'a>(item: Option<&Item<'a>>) -> Option<&'a str> {
    let item = item.filter(|item| item.kind == "md_section")?;
    let heading = item.core_text().lines().next()?;
    let is_day = |text: &str| {
        let fits = |(idx, byte): (usize, u8)| {
            if matches!(idx, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() }
        };
        text.bytes().enumerate().all(fits)
    };
    (0..heading.len()).filter_map(|at| heading.get(at..at + 10)).find(|text| is_day(text))
}

/// Turns an order round and leaves those of one day as they are.
fn runs_reversed(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut days = pieces.chunk_by(|one, other| date(one.item()) == date(other.item())).collect::<Vec<_>>();
    days.reverse();
    days.concat()
}

/// Before the first thing behind it in theirs that both added, if there is one.
fn before_shared(pieces: &[Piece<'_>], piece: &Piece<'_>, theirs: &[&Item<'_>]) -> Option<usize> {
    let own = piece.from.theirs?;
    let place = theirs.iter().position(|item| std::ptr::eq(*item, own))?;
    let shared =
        |item: &&Item<'_>| pieces.iter().position(|piece| piece.from.ours.is_some() && is_from(piece, item));
    theirs[place..].iter().find_map(shared)
}

/// The end of the section of a text that an entry is in, where either side put in a section.
fn in_its_section(pieces: &[Piece<'_>], piece: &Piece<'_>, theirs: &[&Item<'_>]) -> Option<usize> {
    let is_section = |item: &Item<'_>| item.kind == "section";
    let own = piece.from.theirs.filter(|item| !is_section(item))?;
    let before = theirs.iter().take_while(|item| !std::ptr::eq(**item, own));
    let section = before.filter(|item| is_section(item)).last();
    let start = match section {
        Some(section) => pieces.iter().position(|piece| is_from(piece, section))? + 1,
        None => 0,
    };
    let next = pieces[start..].iter().position(|piece| piece.item().is_some_and(is_section));
    match (next, section) {
        (None, None) => None,
        (next, _) => Some(next.map_or(pieces.len(), |next| start + next)),
    }
}

/// The end, or behind the last of its kind where others follow: a field joins the fields.
fn behind_its_kind(pieces: &[Piece<'_>], piece: &Piece<'_>) -> usize {
    let kind = |piece: &Piece<'_>| piece.item().map(|item| item.kind);
    // What tells the system how to run a file is its first line.
    if piece.text.starts_with("#!/") {
        return 0;
    }
    let last = pieces.iter().rposition(|other| kind(other) == kind(piece));
    match last {
        // What a language wants before everything else.
        None if matches!(
            kind(piece),
            Some("future_import_statement" | "inner_attribute_item" | "toml_pair")
        ) =>
        {
            0
        }
        Some(last) if matches!(kind(piece), Some("field" | "bullet" | "toml_pair")) => last + 1,
        _ => pieces.len(),
    }
}

fn sort_key(piece: &Piece<'_>) -> String {
    piece.item().map_or(String::new(), item_sort_key)
}

fn item_sort_key(item: &Item<'_>) -> String {
    if is_declaration(item.kind) && is_record_kind(item.kind) {
        return item.key.to_lowercase();
    }
    squeezed(item.core_text()).to_lowercase()
}

/// Whether an item is an entry of a file of records, and no header or mark between them.
fn is_record_kind(kind: &str) -> bool {
    matches!(kind, "toml_pair" | "toml_table" | "yaml_pair" | "yaml_item" | "line_entry" | "line_pattern")
}

/// Whether an item is settings that are found by their names alone.
fn is_named_data(kind: &str) -> bool {
    matches!(kind, "json_pair" | "toml_pair" | "toml_table" | "toml_string" | "line_entry")
}

/// Whether a list is kept sorted: only such as have at least three items, and no statements.
fn is_sorted(role: Role, base: &[Item<'_>]) -> bool {
    let entries = base.iter().filter(|item| role != Role::Records || is_record_kind(item.kind));
    let keys: Vec<String> = entries.map(item_sort_key).collect();
    let imports = || base.iter().all(|item| item.kind.contains("import") || item.kind.starts_with("use_"));
    let may_be = matches!(role, Role::Names | Role::Elements | Role::Entries | Role::Records | Role::Prose)
        || imports();
    // Two of them are sorted by chance, which does no harm where the order means nothing.
    let least = if base.iter().any(|item| is_named_data(item.kind)) { 1 } else { 3 };
    let says_so = keys.len() >= least && (keys.len() == 1 || keys.first() != keys.last());
    may_be && says_so && keys.is_sorted()
}

/// Whether what is put in one place fits in order between its neighbours, as where a list is sorted
/// in part.
fn fits_between(role: Role, [before, after]: [Option<&Item<'_>>; 2], pieces: &[Piece<'_>]) -> bool {
    let may_be = |item: &Item<'_>| match role {
        Role::Records => is_record_kind(item.kind),
        Role::Names | Role::Elements | Role::Entries => !item.core_text().contains('\n'),
        _ => is_import(item),
    };
    let (Some(before), Some(after)) = (before, after) else { return false };
    let all = || pieces.iter().filter_map(Piece::item).chain([before, after]);
    let (least, most) = (item_sort_key(before), item_sort_key(after));
    all().all(|item| may_be(item) && item.kind == before.kind)
        && pieces.iter().map(sort_key).all(|key| least < key && key < most)
}

/// Whether imports go on a block of their kind that is sorted and ends here, at a blank line.
fn ends_block(within: Within<'_>, place: usize, pieces: &[Piece<'_>]) -> bool {
    let (before, after) = within.list.split_at((within.start + place).min(within.list.len()));
    let Some(last) = before.last().filter(|last| is_import(last)) else { return false };
    let start = before.iter().rposition(starts_apart).unwrap_or(0);
    let of_kind = before[start..].iter().filter(|item| item.kind == last.kind);
    let block: Vec<String> = of_kind.map(item_sort_key).collect();
    let goes_on = |item: &Item<'_>| item.kind == last.kind && !starts_apart(item);
    pieces.iter().filter_map(Piece::item).all(goes_on)
        && after.first().is_none_or(starts_apart)
        && block.is_sorted()
        && pieces.iter().map(sort_key).min().as_ref() > block.last()
}

fn is_import(item: &Item<'_>) -> bool {
    item.kind.contains("import") || item.kind.starts_with("use_")
}

/// Whether a blank line stands before it.
fn starts_apart(item: &Item<'_>) -> bool {
    item.gap_text().matches('\n').count() > 1
}

/// Whether entries of a text that one side put in one place are so many that their order, which is
/// sorted, is meant.
fn is_telling(run: &[Piece<'_>]) -> bool {
    let is_entry =
        |piece: &Piece<'_>| piece.item().is_some_and(|item| matches!(item.kind, "md_item" | "bullet"));
    let heads = run.iter().map(sort_key).filter_map(|key| key.split_whitespace().nth(1).map(str::to_owned));
    let mut heads: Vec<String> = heads.collect();
    heads.dedup();
    run.iter().all(is_entry) && heads.len() >= 3
}

fn is_sorted_run<'a, 'b: 'a>(pieces: impl Iterator<Item = &'a Piece<'b>>) -> bool {
    pieces.map(sort_key).is_sorted()
}
