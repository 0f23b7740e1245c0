//! The clean merge of two branches is no longer a file that anything can load.

use super::{Draft, Rule, View};
use crate::model::{Finding, Level};
use crate::validate::data::{Document, Format, Unread, read, repeated};
use crate::validate::load::{File, Merged, Side};

pub(super) const RULE: Rule = Rule { id: "merged-unreadable", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for merged in view.merged {
        let sides: Vec<(usize, &File<'_>)> = view
            .merged_from(merged)
            .into_iter()
            .filter_map(|branch| Some((branch, view.file(branch, merged.path)?)))
            .collect();
        let [(_, first), ..] = sides[..] else { continue };
        match first.language.data_format() {
            Some(format) => findings.extend(in_data(view, merged, &sides, format)),
            None => findings.extend(in_source(view, merged, &sides)),
        }
    }
}

/// A source file that both branches can be parsed of and their merge cannot.
fn in_source(view: &View<'_>, merged: &Merged<'_>, sides: &[(usize, &File<'_>)]) -> Option<Finding> {
    let sound = |side: &Option<Side<'_>>| side.as_ref().is_none_or(|side| side.model.broken.is_empty());
    let broken = merged.side.model.broken.first()?;
    let before = sides.iter().all(|(_, file)| sound(&file.old) && sound(&file.new));
    let line = merged.side.text.get(..broken.start)?.matches('\n').count() as u32 + 1;
    before.then(|| finding(view, merged, sides, "syntax", &format!("cannot be parsed at line {line}"), line))
}

fn in_data(
    view: &View<'_>,
    merged: &Merged<'_>,
    sides: &[(usize, &File<'_>)],
    format: Format,
) -> Option<Finding> {
    let versions: Vec<&Side<'_>> =
        sides.iter().flat_map(|(_, file)| file.old.iter().chain(&file.new)).collect();
    let documents: Vec<Document> = versions.iter().filter_map(|side| read(format, side.text).ok()).collect();
    if documents.len() < versions.len() {
        return None;
    }
    let document = match read(format, merged.side.text) {
        Err(Unread::TooLarge) => return None,
        Err(Unread::Syntax(line)) => {
            let what = format!("does not load: see its line {line}");
            return Some(finding(view, merged, sides, "syntax", &what, line));
        }
        Ok(document) => document,
    };
    if document.lenient && !documents.iter().any(|document| document.lenient) {
        return Some(finding(view, merged, sides, "comma", "has a comma that strict readers refuse", 1));
    }
    let known: Vec<_> = documents.iter().map(|document| repeated(&document.root)).collect();
    let found = repeated(&document.root);
    let (key, (_, line)) = found.iter().find(|(key, (count, _))| {
        !known.iter().any(|known| known.get(*key).is_some_and(|(before, _)| before >= count))
    })?;
    let what = format!("holds the key `{key}` twice, at line {line} again");
    Some(finding(view, merged, sides, key, &what, *line))
}

fn finding(
    view: &View<'_>,
    merged: &Merged<'_>,
    sides: &[(usize, &File<'_>)],
    symbol: &str,
    what: &str,
    line: u32,
) -> Finding {
    let names: Vec<&str> = sides.iter().map(|(branch, _)| view.name(*branch)).collect();
    let message = format!("{}, merged cleanly from {}, {what}", merged.path, names.join(" and "));
    let n_lines = |file: &File<'_>| file.new.as_ref().map_or(1, |new| new.text.lines().count() as u32);
    let sites: Vec<_> =
        sides.iter().map(|(branch, file)| view.site(*branch, merged.path, line.min(n_lines(file)))).collect();
    let last = sides.last().map_or(0, |(branch, _)| *branch);
    let summary = format!("merge {} by hand on one of the branches", merged.path);
    let fix = Some(view.fix(last, summary, String::new()));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[symbol], sites, fix }.finish()
}
