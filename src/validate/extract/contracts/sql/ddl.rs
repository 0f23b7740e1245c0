//! Statements that make, change and drop tables and types.

use super::scan::{Cursor, Name, Sort, Statement, Token};
use super::{Effects, Table, ty_of};
use crate::validate::entry::{EntryKind, Role};
use crate::validate::model::Field;

/// A column as a statement declares it.
struct Column {
    name: Name,
    ty: String,
    required: bool,
}

impl Effects {
    pub(super) fn create(&mut self, statement: &Statement<'_>) {
        let mut words = statement.cursor();
        words.keyword();
        words.take(&["or", "replace"]);
        let is_passing = ["temporary", "temp"].iter().any(|word| words.take(&[word]));
        for word in ["unlogged", "external", "foreign", "global", "local"] {
            words.take(&[word]);
        }
        match words.keyword().as_str() {
            "table" if !is_passing => self.create_table(words),
            "type" | "domain" => self.create_type(words),
            "index" | "unique" => self.index(words),
            "view" => self.create_view(words),
            "materialized" if words.take(&["view"]) => self.create_view(words),
            _ => {}
        }
    }

    /// Queries do not tell a view from a table.
    fn create_view(&mut self, mut words: Cursor<'_, '_>) {
        words.take(&["if", "not", "exists"]);
        if let Some(view) = words.name() {
            self.schema = view.schema;
            self.push(EntryKind::Table, Role::Provides, view.text, view.line).may_repeat = true;
        }
    }

    fn create_table(&mut self, mut words: Cursor<'_, '_>) {
        let may_repeat = words.take(&["if", "not", "exists"]);
        let Some(table) = words.name() else { return };
        self.schema.clone_from(&table.schema);
        self.push(EntryKind::Table, Role::Provides, table.text.clone(), table.line).may_repeat = may_repeat;
        if !words.take_sign("(") {
            return;
        }
        let mut fields = Vec::new();
        for member in words.members() {
            if let Some(column) = column(&mut Cursor::over(member)) {
                fields.push(field_of(&column));
                self.add_column(&table.text, column, may_repeat);
            }
            self.references(member);
        }
        let line = table.line;
        self.tables.entry(table.text).or_insert(Table { fields, line, may_repeat });
    }

    fn add_column(&mut self, table: &str, column: Column, may_repeat: bool) {
        let key = format!("{table}.{}", column.name.text);
        let entry = self.push(EntryKind::Column, Role::Provides, key, column.name.line);
        entry.detail = column.ty;
        entry.may_repeat = may_repeat;
    }

    /// Tables that a foreign key points at.
    fn references(&mut self, tokens: &[Token<'_>]) {
        let at = tokens
            .iter()
            .position(|token| token.sort == Sort::Word && token.text.eq_ignore_ascii_case("references"));
        let Some(at) = at else { return };
        if let Some(table) = Cursor::over(&tokens[at + 1..]).name() {
            self.push(EntryKind::Table, Role::Uses, table.text, table.line).owner = table.schema;
        }
    }

    fn create_type(&mut self, mut words: Cursor<'_, '_>) {
        let Some(name) = words.name() else { return };
        self.push(EntryKind::Type, Role::Provides, name.text.clone(), name.line);
        if words.take(&["as", "enum"]) && words.take_sign("(") {
            for member in words.members() {
                if let [value] = member {
                    let key = format!("{}.{}", name.text, value.text);
                    self.push(EntryKind::EnumValue, Role::Provides, key, value.line);
                }
            }
        }
    }

    /// An index uses a table and its columns.
    fn index(&mut self, mut words: Cursor<'_, '_>) {
        while words.peek().is_some() && !words.take(&["on"]) {
            words.advance();
        }
        words.take(&["only"]);
        let Some(table) = words.name() else { return };
        self.schema.clone_from(&table.schema);
        self.push(EntryKind::Table, Role::Uses, table.text.clone(), table.line);
        while words.peek().is_some() && !words.take_sign("(") {
            words.advance();
        }
        for member in words.members() {
            let is_call = member.get(1).is_some_and(|next| next.text == "(");
            if let Some(column) = Cursor::over(member).name().filter(|_| !is_call) {
                let key = format!("{}.{}", table.text, column.text);
                self.push(EntryKind::Column, Role::Uses, key, column.line);
            }
        }
    }

    pub(super) fn drop(&mut self, statement: &Statement<'_>) {
        let mut words = statement.cursor();
        words.keyword();
        let kind = match words.keyword().as_str() {
            "table" => EntryKind::Table,
            "type" => EntryKind::Type,
            _ => return,
        };
        words.take(&["if", "exists"]);
        while let Some(name) = words.name() {
            self.tables.remove(&name.text);
            self.schema = name.schema;
            self.push(kind, Role::Removes, name.text, name.line);
            if !words.take_sign(",") {
                return;
            }
        }
    }

    pub(super) fn alter(&mut self, statement: &Statement<'_>) {
        let mut words = statement.cursor();
        words.keyword();
        match words.keyword().as_str() {
            "table" => {
                words.take(&["if", "exists"]);
                words.take(&["only"]);
                let Some(table) = words.name() else { return };
                self.schema.clone_from(&table.schema);
                let mut rest = Cursor::over(words.rest());
                if rest.take(&["rename", "to"]) || rest.take(&["rename", "as"]) {
                    self.rename_table(table, &mut rest);
                    return;
                }
                self.push(EntryKind::Table, Role::Uses, table.text.clone(), table.line);
                for action in rest.members() {
                    self.action(&table.text, Cursor::over(action));
                    self.references(action);
                }
            }
            "type" => self.alter_type(words),
            _ => {}
        }
    }

    fn rename_table(&mut self, table: Name, rest: &mut Cursor<'_, '_>) {
        let Some(new) = rest.name() else { return };
        self.push(EntryKind::Table, Role::Removes, table.text.clone(), table.line).becomes =
            Some(new.text.clone());
        self.push(EntryKind::Table, Role::Provides, new.text.clone(), new.line).may_repeat = true;
        if let Some(made) = self.tables.remove(&table.text) {
            self.tables.insert(new.text, made);
        }
    }

    fn action(&mut self, table: &str, mut words: Cursor<'_, '_>) {
        match words.keyword().as_str() {
            "add" => {
                words.take(&["column"]);
                let may_repeat = words.take(&["if", "not", "exists"]);
                // Some dialects put several columns in brackets.
                let members = if words.take_sign("(") { words.members() } else { vec![words.rest()] };
                for member in members {
                    if let Some(column) = column(&mut Cursor::over(member)) {
                        self.add_column(table, column, may_repeat);
                    }
                }
            }
            "drop" => {
                let is_column = words.take(&["column"]);
                let other =
                    ["constraint", "primary", "foreign", "index", "key", "check", "default", "partition"];
                if !is_column && other.iter().any(|word| words.take(&[word])) {
                    return;
                }
                words.take(&["if", "exists"]);
                if let Some(column) = words.name() {
                    let key = format!("{table}.{}", column.text);
                    self.push(EntryKind::Column, Role::Removes, key, column.line);
                }
            }
            "rename" => {
                if words.take(&["constraint"]) || words.take(&["index"]) || words.take(&["key"]) {
                    return;
                }
                words.take(&["column"]);
                let (Some(old), true, Some(new)) = (words.name(), words.take(&["to"]), words.name()) else {
                    return;
                };
                self.rename_column(table, &old, &new, String::new());
            }
            "change" => {
                words.take(&["column"]);
                let (Some(old), Some(new)) = (words.name(), column(&mut words)) else { return };
                if old.text == new.name.text {
                    self.retype(table, &new);
                } else {
                    self.rename_column(table, &old, &new.name, new.ty);
                }
            }
            "modify" => {
                words.take(&["column"]);
                if let Some(column) = column(&mut words) {
                    self.retype(table, &column);
                }
            }
            "alter" => {
                words.take(&["column"]);
                let Some(name) = words.name() else { return };
                if words.take(&["type"]) || words.take(&["set", "data", "type"]) {
                    let (ty, _) = type_of(words.rest());
                    self.retype(table, &Column { name, ty, required: false });
                }
            }
            _ => {}
        }
    }

    fn rename_column(&mut self, table: &str, old: &Name, new: &Name, ty: String) {
        let (old_key, new_key) = (format!("{table}.{}", old.text), format!("{table}.{}", new.text));
        self.push(EntryKind::Column, Role::Removes, old_key, old.line).becomes = Some(new_key.clone());
        self.push(EntryKind::Column, Role::Provides, new_key, new.line).detail = ty;
    }

    fn retype(&mut self, table: &str, column: &Column) {
        let key = format!("{table}.{}", column.name.text);
        self.push(EntryKind::Column, Role::Changes, key, column.name.line).detail = column.ty.clone();
    }

    fn alter_type(&mut self, mut words: Cursor<'_, '_>) {
        let Some(name) = words.name() else { return };
        if words.take(&["add", "value"]) {
            let may_repeat = words.take(&["if", "not", "exists"]);
            if let Some(value) = words.advance().filter(|value| value.sort == Sort::String) {
                let key = format!("{}.{}", name.text, value.text);
                self.push(EntryKind::EnumValue, Role::Provides, key, value.line).may_repeat = may_repeat;
            }
        } else if words.take(&["rename", "value"])
            && let Some(value) = words.advance()
        {
            let key = format!("{}.{}", name.text, value.text);
            self.push(EntryKind::EnumValue, Role::Removes, key, value.line);
        }
    }
}

/// Reads a column; none for a constraint or an index.
fn column(words: &mut Cursor<'_, '_>) -> Option<Column> {
    const CONSTRAINTS: [&str; 14] = [
        "constraint",
        "primary",
        "foreign",
        "unique",
        "check",
        "exclude",
        "like",
        "period",
        "fulltext",
        "spatial",
        "references",
        "partition",
        "column",
        "inherits",
    ];
    let first = words.peek()?;
    let lower = first.text.to_ascii_lowercase();
    let is_word = first.sort == Sort::Word;
    // `key` may begin an index or be the name of a column; an index has a bracket soon after.
    let is_index = matches!(lower.as_str(), "key" | "index")
        && [1, 2].iter().any(|ahead| words.peek_at(*ahead).is_some_and(|token| token.text == "("))
        && words.peek_at(1).is_some_and(|token| ty_of(token.text) == crate::validate::model::Ty::Any);
    if is_word && (CONSTRAINTS.contains(&lower.as_str()) || is_index) {
        return None;
    }
    if !matches!(first.sort, Sort::Word | Sort::Quoted) {
        return None;
    }
    let name = words.name()?;
    let (ty, required) = type_of(words.rest());
    Some(Column { name, ty, required })
}

/// The type at the start of a declaration, and whether the column must have a value.
fn type_of(tokens: &[Token<'_>]) -> (String, bool) {
    const ENDS: [&str; 19] = [
        "not",
        "null",
        "default",
        "primary",
        "references",
        "unique",
        "check",
        "collate",
        "generated",
        "auto_increment",
        "autoincrement",
        "constraint",
        "comment",
        "on",
        "as",
        "identity",
        "using",
        "after",
        "first",
    ];
    let mut ty = String::new();
    let mut depth = 0_i32;
    let mut rest = tokens.iter();
    for token in rest.by_ref().take(24) {
        let ends = token.sort == Sort::Word && ENDS.contains(&token.text.to_ascii_lowercase().as_str());
        if ends && depth == 0 {
            break;
        }
        depth += i32::from(token.text == "(") - i32::from(token.text == ")");
        let joins = ty.is_empty() || ty.ends_with('(') || token.sort == Sort::Sign;
        if !joins {
            ty.push(' ');
        }
        ty.push_str(token.text);
    }
    let required = tokens.windows(2).any(|pair| {
        pair[0].text.eq_ignore_ascii_case("not") && pair[1].text.eq_ignore_ascii_case("null")
            || pair[0].text.eq_ignore_ascii_case("primary")
    });
    (ty, required)
}

fn field_of(column: &Column) -> Field {
    Field {
        name: column.name.text.clone(),
        wire: column.name.text.clone(),
        ty: ty_of(&column.ty),
        optional: !column.required,
        line: column.name.line,
    }
}
