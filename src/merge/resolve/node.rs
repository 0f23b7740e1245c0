//! Merges three versions of one item or node.

use super::align::bag;
use super::cases::united_pattern;
use super::chain::links;
use super::chunks::{Sort, Three, line_chunks, merged_lines};
use super::indent::{indent_before, reindent, same_words};
use super::items::{Item, Items, items};
use super::layout::render;
use super::roles::{Role, role};
use super::versions::are_versions;
use super::weave::{Act, Piece, Taste, Why, Within, weave};
use super::words::merged_words;
use crate::validate::extract::SyntaxNode;

/// The merged text of an item with its lead, and of its trailing comment.
pub(super) fn merge_items(
    versions: Three<&Item<'_>>,
    role: Role,
    taste: &Taste,
) -> Result<(String, String), Why> {
    let whole = versions.map(|item| &item.source[item.lead.start..item.core.end]);
    let trail = merge_comment(versions.map(Item::trail_text), taste)?;
    if let Some(text) = settled_layout(versions, whole) {
        return Ok((text, trail));
    }
    if role == Role::Params {
        // One parameter is one meaning.
        return Err(Why::SameThing);
    }
    let lead = merge_comment(versions.map(Item::lead_text), taste)?;
    let core = merge_core(versions, taste)?;
    Ok((lead + &core, trail))
}

/// The text where one side did nothing, or nothing but move it in or out.
fn settled_layout(versions: Three<&Item<'_>>, texts: Three<&str>) -> Option<String> {
    if let Some(text) = texts.settled() {
        let changed_by_theirs = texts.ours == texts.base && texts.theirs != texts.base;
        let from = if changed_by_theirs { versions.theirs } else { versions.ours };
        return Some(follow(text, from, versions));
    }
    if same_words(texts.base, texts.ours) {
        return Some(follow(texts.theirs, versions.theirs, versions));
    }
    if same_words(texts.base, texts.theirs) || same_words(texts.ours, texts.theirs) {
        return Some(follow(texts.ours, versions.ours, versions));
    }
    None
}

/// Moves a text to where the other side moved the item.
fn follow(text: &str, from: &Item<'_>, versions: Three<&Item<'_>>) -> String {
    let places = versions.map(|item| indent_before(item.source, item.lead.start));
    let to = places.settled().unwrap_or(places.ours);
    reindent(text, indent_before(from.source, from.lead.start), to)
}

fn merge_comment(texts: Three<&str>, taste: &Taste) -> Result<String, Why> {
    if let Some(text) = texts.settled() {
        return Ok(text.to_owned());
    }
    if let Some(text) = merged_lines(texts) {
        return Ok(text);
    }
    if let Some(text) = united_comment(texts) {
        taste.did(Act::United(Role::Prose));
        return Ok(text);
    }
    if taste.bold { merged_words(texts, taste) } else { Err(Why::SameThing) }
}

/// The comment with the lines of both, where either only put lines of its own into the same place.
fn united_comment(texts: Three<&str>) -> Option<String> {
    let mut out = String::new();
    for chunk in line_chunks(texts) {
        let Three { base, ours, theirs } = texts.zip(chunk.at).map(|(text, at)| &text[at]);
        match chunk.sort {
            Sort::Theirs => out.push_str(theirs),
            Sort::Same | Sort::Ours | Sort::Both => out.push_str(ours),
            Sort::Conflict => {
                // Attributes and decorators stand among the comments, and their order may count.
                let is_comment = |line: &str| {
                    let line = line.trim_start();
                    line.starts_with("//") || (line.starts_with('#') && !line.starts_with("#["))
                };
                let whole = |text: &str| text.ends_with('\n') && text.lines().all(is_comment);
                if !base.is_empty()
                    || !whole(ours)
                    || !whole(theirs)
                    || are_versions(&bag(ours), &bag(theirs))
                {
                    return None;
                }
                out.push_str(ours);
                out.push_str(theirs);
            }
        }
    }
    Some(out)
}

fn merge_core(versions: Three<&Item<'_>>, taste: &Taste) -> Result<String, Why> {
    let texts = versions.map(Item::core_text);
    match (versions.base.node, versions.ours.node, versions.theirs.node) {
        (Some(base), Some(ours), Some(theirs)) => {
            let sources = versions.map(|item| item.source);
            // Semicolons after a node belong to the item.
            let tails = Three::new(base, ours, theirs)
                .zip(versions)
                .map(|(node, item)| &item.source[node.span.end.min(item.core.end)..item.core.end]);
            let tail = tails.settled().unwrap_or(tails.ours);
            Ok(merge_nodes(Three::new(base, ours, theirs), sources, taste)? + tail)
        }
        _ => match merged_lines(texts) {
            Some(text) => {
                taste.did(Act::Lines);
                Ok(text)
            }
            None => match said_more(versions) {
                Some(text) => {
                    taste.did(Act::United(Role::Prose));
                    Ok(text)
                }
                None => merged_words(texts, taste),
            },
        },
    }
}

/// A text for people with the sentences of both behind those that both kept.
fn said_more(versions: Three<&Item<'_>>) -> Option<String> {
    let texts = versions.map(Item::core_text);
    let is_text = |kind: &str| matches!(kind, "paragraph" | "field" | "bullet");
    let ends = |text: &str| text.trim_end().ends_with('.');
    let more = |side: &str| {
        let more = side.strip_prefix(texts.base)?;
        let begins = more.trim_start().starts_with(|char: char| char.is_uppercase() || char == '`');
        (begins && ends(more) && more.starts_with(char::is_whitespace)).then(|| more.trim().to_owned())
    };
    let (own, other) = (more(texts.ours)?, more(texts.theirs)?);
    if !versions.all(|item| is_text(item.kind)) || !ends(texts.base) || are_versions(&bag(&own), &bag(&other))
    {
        return None;
    }
    // Theirs begin a line of their own, as far in as the lines before.
    let (source, end) = (versions.ours.source, versions.ours.core.end);
    let hangs = match versions.ours.kind {
        "field" if !texts.ours.contains('\n') => "    ",
        "bullet" if !texts.ours.contains('\n') => "  ",
        _ => "",
    };
    Some(format!("{}\n{}{hangs}{other}", texts.ours, indent_before(source, end)))
}

/// Merges three versions of a node.
pub(super) fn merge_nodes(
    nodes: Three<&SyntaxNode>,
    sources: Three<&str>,
    taste: &Taste,
) -> Result<String, Why> {
    let texts = nodes.zip(sources).map(|(node, source)| &source[node.span.clone()]);
    if let Some(text) = texts.settled() {
        return Ok(text.to_owned());
    }
    if same_words(texts.base, texts.ours) {
        return Ok(texts.theirs.to_owned());
    }
    if same_words(texts.base, texts.theirs) {
        return Ok(texts.ours.to_owned());
    }
    let Three { base, ours, theirs } = nodes.map(|node| std::ptr::from_ref(node).addr());
    taste.once([base, ours, theirs], || {
        taste.did(Act::Parts);
        merge_changed(nodes, sources, taste)
    })
}

fn merge_changed(nodes: Three<&SyntaxNode>, sources: Three<&str>, taste: &Taste) -> Result<String, Why> {
    let texts = nodes.zip(sources).map(|(node, source)| &source[node.span.clone()]);
    match by_structure(nodes, sources, taste) {
        Ok(text) => Ok(text),
        Err(why) => match merged_lines(texts) {
            Some(text) => {
                taste.did(Act::Lines);
                Ok(text)
            }
            None if taste.bold => merged_words(texts, taste).map_err(|_| why),
            None => Err(why),
        },
    }
}

fn by_structure(nodes: Three<&SyntaxNode>, sources: Three<&str>, taste: &Taste) -> Result<String, Why> {
    let roles = nodes.zip(sources).map(|(node, source)| role(node, source));
    let kinds = nodes.map(|node| node.kind);
    if kinds.settled().is_none() || kinds.base != kinds.ours || kinds.base != kinds.theirs {
        return Err(Why::SameThing);
    }
    if let Some(pattern) = united_pattern(nodes, sources) {
        taste.did(Act::United(Role::Elements));
        return Ok(pattern);
    }
    if roles.base == Role::Leaf || roles.ours != roles.base || roles.theirs != roles.base {
        return Err(Why::SameThing);
    }
    let chains = nodes.zip(sources).map(|(node, source)| links(node, source));
    if let Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } = chains {
        let before = taste.acts.borrow().clone();
        let woven = woven(nodes, sources, Three::new(base, ours, theirs), taste);
        if woven.is_ok() {
            return woven;
        }
        // What failed did nothing.
        taste.acts.replace(before);
    }
    let lists = nodes.zip(sources).map(|(node, source)| items(node, source, roles.base));
    woven(nodes, sources, lists, taste)
}

/// The nodes with the items of both in them.
fn woven(
    nodes: Three<&SyntaxNode>,
    sources: Three<&str>,
    lists: Three<Items<'_>>,
    taste: &Taste,
) -> Result<String, Why> {
    let role = lists.base.role;
    let pieces = weave(
        Within { role, list: &lists.base.items, start: 0 },
        lists.as_ref().map(|list| list.items.as_slice()),
        taste,
    )?;
    if role == Role::Parts && n_changed(&pieces) > 1 {
        return Err(Why::SameThing);
    }
    let around = |list: &Items<'_>, node: &SyntaxNode, source: &str| {
        (
            source[node.span.start..list.inside.start].to_owned(),
            source[list.inside.end..node.span.end].to_owned(),
        )
    };
    let ends = Three::new(
        around(&lists.base, nodes.base, sources.base),
        around(&lists.ours, nodes.ours, sources.ours),
        around(&lists.theirs, nodes.theirs, sources.theirs),
    );
    let opening = ends.as_ref().map(|end| end.0.as_str()).settled().ok_or(Why::SameThing)?;
    let closing = ends.as_ref().map(|end| end.1.as_str()).settled().ok_or(Why::SameThing)?;
    Ok(format!("{opening}{}{closing}", render(lists.as_ref(), &pieces, taste)?))
}

/// How many parts either side changed, added or took away.
fn n_changed(pieces: &[Piece<'_>]) -> usize {
    let changed = |piece: &&Piece<'_>| match piece.from {
        Three { base: Some(base), ours: Some(ours), theirs: Some(theirs) } => {
            base.print != ours.print || base.print != theirs.print
        }
        _ => true,
    };
    pieces.iter().filter(changed).count()
}
