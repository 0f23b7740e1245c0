//! Statements that read and write rows.

use std::collections::BTreeMap;

use super::scan::{Cursor, Sort, Statement, Token};
use crate::validate::entry::{Entry, EntryKind, Role};

/// A table and its schema.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    table: String,
    schema: String,
}

/// A statement with its tables by the names that its columns may have before the dot.
#[derive(Default)]
struct Query {
    tables: BTreeMap<String, Place>,
    /// Positions of names that stand for tables and not for columns.
    settled: Vec<usize>,
}

pub(super) fn read(statement: &Statement<'_>, entries: &mut Vec<Entry>) {
    let tokens = &statement.0;
    let mut query = Query::default();
    let is_word = |at: usize, word: &str| {
        tokens.get(at).is_some_and(|token| token.sort == Sort::Word && token.text.eq_ignore_ascii_case(word))
    };
    let n_selects = (0..tokens.len()).filter(|at| is_word(*at, "select")).count();
    for at in 0..tokens.len() {
        let role = match tokens[at].text.to_ascii_lowercase().as_str() {
            _ if tokens[at].sort != Sort::Word => continue,
            "from" if at > 0 && is_word(at - 1, "delete") => Role::Writes,
            "from" if at > 0 && is_word(at - 1, "distinct") => continue,
            "from" | "join" => Role::Uses,
            "into" => Role::Writes,
            // `FOR UPDATE` and `ON UPDATE` name no table.
            "update"
                if at == 0 || !(is_word(at - 1, "for") || is_word(at - 1, "on") || is_word(at - 1, "do")) =>
            {
                Role::Writes
            }
            _ => continue,
        };
        query.tables_after(tokens, at + 1, role, entries);
    }
    if !query.tables.is_empty() {
        query.columns(tokens, n_selects <= 1, entries);
    }
}

impl Query {
    /// Reads `users AS u, teams`.
    fn tables_after(&mut self, tokens: &[Token<'_>], mut at: usize, role: Role, entries: &mut Vec<Entry>) {
        loop {
            let mut words = Cursor::over(tokens.get(at..).unwrap_or_default());
            let before = words.rest().len();
            words.take(&["only"]);
            let Some(table) = words.name().filter(|name| !is_keyword(&name.text)) else { return };
            let is_call = words.peek().is_some_and(|next| next.text == "(") && role == Role::Uses;
            if is_call {
                return;
            }
            let place = Place { table: table.text, schema: table.schema };
            let owner = place.schema.clone();
            entries
                .push(Entry { owner, ..Entry::new(EntryKind::Table, role, place.table.clone(), table.line) });
            words.take(&["as"]);
            let alias = words.peek().filter(|token| {
                matches!(token.sort, Sort::Word | Sort::Quoted) && !is_keyword(&token.text.to_lowercase())
            });
            if let Some(alias) = alias {
                words.advance();
                self.tables.insert(alias.text.to_lowercase(), place.clone());
            }
            self.tables.insert(place.table.clone(), place);
            let used = before - words.rest().len();
            self.settled.extend(at..at + used);
            if !words.take_sign(",") || role != Role::Uses {
                return;
            }
            at += used + 1;
        }
    }

    /// Every name that can only be a column; without a table before it only where there is one table.
    fn columns(&self, tokens: &[Token<'_>], flat: bool, entries: &mut Vec<Entry>) {
        let mut tables: Vec<&Place> = self.tables.values().collect();
        tables.sort();
        tables.dedup();
        let only = if flat && tables.len() == 1 { Some(tables[0]) } else { None };
        let given: Vec<String> = (0..tokens.len())
            .filter(|at| is_given(tokens, *at))
            .map(|at| tokens[at].text.to_lowercase())
            .collect();
        let mut is_sorted = false;
        for (at, token) in tokens.iter().enumerate() {
            let is_name = matches!(token.sort, Sort::Word | Sort::Quoted);
            // What comes back is in order by the names that it was given.
            is_sorted |= token.sort == Sort::Word
                && ["order", "group", "having"].iter().any(|word| token.text.eq_ignore_ascii_case(word));
            if !is_name || self.settled.contains(&at) {
                continue;
            }
            let sign = |at: Option<usize>| {
                at.and_then(|at| tokens.get(at))
                    .filter(|token| token.sort == Sort::Sign)
                    .map_or("", |token| token.text)
            };
            let (before, after) = (sign(at.checked_sub(1)), sign(Some(at + 1)));
            let name = token.text.to_lowercase();
            if after == "(" || after == "." || matches!(before, ":" | "@") {
                continue;
            }
            let table = if before == "." {
                let owner = at.checked_sub(2).map(|at| tokens[at].text.to_lowercase());
                owner.and_then(|owner| self.tables.get(&owner))
            } else if token.sort == Sort::Word && is_keyword(&name)
                || is_given(tokens, at)
                || is_sorted && given.contains(&name)
            {
                None
            } else {
                only
            };
            if let Some(Place { table, schema }) = table {
                let (key, owner) = (format!("{table}.{name}"), schema.clone());
                entries.push(Entry { owner, ..Entry::new(EntryKind::Column, Role::Uses, key, token.line) });
            }
        }
    }
}

/// Whether a name is given to what stands before it: `count(*) AS n`, `count(*) n`.
fn is_given(tokens: &[Token<'_>], at: usize) -> bool {
    let name = &tokens[at];
    let is_name =
        name.sort == Sort::Quoted || name.sort == Sort::Word && !is_keyword(&name.text.to_lowercase());
    let Some(before) = at.checked_sub(1).map(|at| &tokens[at]).filter(|_| is_name) else { return false };
    let word = before.text.to_lowercase();
    match before.sort {
        Sort::Word => matches!(word.as_str(), "as" | "end") || !is_keyword(&word),
        Sort::Quoted | Sort::Number | Sort::String => true,
        Sort::Sign => word == ")",
    }
}

fn is_keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 88] = [
        "select",
        "from",
        "where",
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "as",
        "on",
        "join",
        "left",
        "right",
        "inner",
        "outer",
        "full",
        "cross",
        "natural",
        "using",
        "group",
        "by",
        "order",
        "having",
        "limit",
        "offset",
        "union",
        "all",
        "distinct",
        "insert",
        "into",
        "values",
        "update",
        "set",
        "delete",
        "returning",
        "case",
        "when",
        "then",
        "else",
        "end",
        "like",
        "ilike",
        "between",
        "exists",
        "asc",
        "desc",
        "nulls",
        "with",
        "recursive",
        "for",
        "only",
        "lateral",
        "true",
        "false",
        "default",
        "conflict",
        "do",
        "nothing",
        "duplicate",
        "key",
        "interval",
        "cast",
        "any",
        "some",
        "over",
        "partition",
        "window",
        "filter",
        "current_timestamp",
        "current_date",
        "fetch",
        "next",
        "rows",
        "row",
        "first",
        "skip",
        "locked",
        "share",
        "no",
        "of",
        "ignore",
        "replace",
        "escape",
        "collate",
        "except",
        "intersect",
        "constraint",
    ];
    KEYWORDS.contains(&word)
}
