//! SQL: schemas, migrations and the statements inside of code.
//!
//! An own scanner that goes on after anything it does not know: real migrations hold templates,
//! the commands of a client and the words of many dialects, and break strict parsers.

mod ddl;
mod query;
mod scan;

use std::collections::{BTreeMap, BTreeSet};

use self::scan::{Statement, statements};
use super::shape;
use crate::validate::entry::{Entry, EntryKind, Role};
use crate::validate::model::{Field, FileModel, Kind, Ty};

/// A file of statements.
pub(super) fn read(source: &str) -> FileModel {
    let mut effects = Effects::default();
    let upward = &source[..down_from(source)];
    for statement in statements(upward) {
        effects.take(&statement);
    }
    let mut model = FileModel::default();
    for (name, table) in std::mem::take(&mut effects.tables) {
        let mut def = shape(Kind::Class, &name, table.fields, table.line);
        def.flags.may_repeat = table.may_repeat;
        model.defs.push(def);
    }
    model.entries = effects.net();
    model
}

/// What one statement in a string of a program reads and writes; empty for other texts.
pub(in crate::validate::extract) fn in_code(text: &str) -> Vec<Entry> {
    if !is_statement(text) {
        return Vec::new();
    }
    let mut effects = Effects::default();
    for statement in statements(text).into_iter().take(20) {
        effects.take(&statement);
    }
    effects.entries.retain(|entry| !entry.key.contains("{}"));
    effects.entries
}

/// Whether a text starts like SQL and has the second word that its first one needs.
fn is_statement(text: &str) -> bool {
    const SHAPES: [(&str, &str); 8] = [
        ("select", "from"),
        ("insert", "into"),
        ("update", "set"),
        ("delete", "from"),
        ("with", "select"),
        ("create", "table"),
        ("alter", "table"),
        ("drop", "table"),
    ];
    let mut words = text.split_whitespace();
    let Some(first) = words.next().filter(|word| word.len() <= 6) else { return false };
    let first = first.to_ascii_lowercase();
    SHAPES
        .iter()
        .any(|(start, second)| first == *start && words.clone().any(|word| word.eq_ignore_ascii_case(second)))
}

/// Where the part begins that takes a migration back.
fn down_from(source: &str) -> usize {
    const MARKS: [&str; 5] =
        ["-- +goose Down", "-- migrate:down", "-- +migrate Down", "--//@UNDO", "-- !Downs"];
    MARKS.iter().filter_map(|mark| source.find(mark)).min().unwrap_or(source.len())
}

struct Table {
    fields: Vec<Field>,
    line: u32,
    may_repeat: bool,
}

/// What statements did so far.
#[derive(Default)]
struct Effects {
    entries: Vec<Entry>,
    tables: BTreeMap<String, Table>,
    /// That of the table which the current statement is about.
    schema: String,
}

impl Effects {
    fn take(&mut self, statement: &Statement<'_>) {
        let mut words = statement.cursor();
        self.schema.clear();
        match words.keyword().as_str() {
            "create" => self.create(statement),
            "alter" => self.alter(statement),
            "drop" => self.drop(statement),
            "comment" | "grant" | "revoke" | "set" | "begin" | "commit" => {}
            _ => query::read(statement, &mut self.entries),
        }
    }

    fn push(&mut self, kind: EntryKind, role: Role, key: String, line: u32) -> &mut Entry {
        let owner = self.schema.clone();
        self.entries.push(Entry { owner, ..Entry::new(kind, role, key, line) });
        let last = self.entries.len() - 1;
        &mut self.entries[last]
    }

    /// The sum of all statements: what is made and taken away again, or the other way round, is not
    /// said. A table is often built anew under another name and renamed.
    fn net(self) -> Vec<Entry> {
        // Where a file names several schemas, tables of one name are different ones.
        let schemas: BTreeSet<&str> = self.entries.iter().map(|entry| entry.owner.as_str()).collect();
        let is_split = schemas.iter().filter(|schema| !schema.is_empty()).count() > 1;
        type Key = (EntryKind, String, String);
        let key_of = |entry: &Entry| -> Key {
            let schema = if is_split { entry.owner.clone() } else { String::new() };
            (entry.kind, entry.key.clone(), schema)
        };
        let mut last_made: BTreeMap<Key, usize> = BTreeMap::new();
        let mut first_made: BTreeMap<Key, usize> = BTreeMap::new();
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.role == Role::Provides) {
            last_made.insert(key_of(entry), at);
            first_made.entry(key_of(entry)).or_insert(at);
        }
        let removed: BTreeMap<Key, usize> = self
            .entries
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.role == Role::Removes)
            .map(|(at, entry)| (key_of(entry), at))
            .collect();
        let stays = |at: usize, entry: &Entry| {
            let key = key_of(entry);
            match entry.role {
                Role::Removes => !last_made.contains_key(&key),
                Role::Provides => removed.get(&key).is_none_or(|gone| *gone < at || first_made[&key] > *gone),
                _ => true,
            }
        };
        let entries = self.entries.iter().enumerate().filter(|(at, entry)| stays(*at, entry));
        entries.map(|(_, entry)| entry.clone()).collect()
    }
}

/// The shared type of a column type.
fn ty_of(written: &str) -> Ty {
    let lower = written.to_ascii_lowercase();
    let name = lower.split(['(', ' ']).next().unwrap_or_default();
    match name {
        _ if lower.contains("[]") => Ty::List(Box::new(Ty::Any)),
        "int" | "integer" | "bigint" | "smallint" | "mediumint" | "serial" | "bigserial" | "smallserial"
        | "int2" | "int4" | "int8" => Ty::Int,
        "text" | "varchar" | "char" | "character" | "citext" | "uuid" | "nvarchar" | "nchar" | "longtext"
        | "mediumtext" | "tinytext" | "string" => Ty::Str,
        "numeric" | "decimal" | "real" | "double" | "float" | "float4" | "float8" => Ty::Float,
        "bool" | "boolean" => Ty::Bool,
        "timestamp" | "timestamptz" | "date" | "datetime" | "time" | "timetz" => Ty::Date,
        "bytea" | "blob" | "binary" | "varbinary" | "longblob" => Ty::Bytes,
        _ => Ty::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(entries: &[Entry]) -> Vec<String> {
        let role =
            |entry: &Entry| format!("{:?} {:?} {} {}", entry.role, entry.kind, entry.key, entry.detail);
        entries.iter().map(|entry| role(entry).trim_end().to_owned()).collect()
    }

    fn check(sql: &str, expected: &[&str]) {
        assert_eq!(said(&read(sql).entries), expected, "{sql}");
    }

    #[test]
    fn tables_and_their_columns() {
        let sql = "-- users\nCREATE TABLE IF NOT EXISTS \"public\".\"users\" (\n  id bigserial PRIMARY KEY,\n  \
                   email varchar(255) NOT NULL DEFAULT 'a;b',\n  team int REFERENCES teams(id),\n  \
                   CONSTRAINT one UNIQUE (email)\n);\n";
        check(
            sql,
            &[
                "Provides Table users",
                "Provides Column users.id bigserial",
                "Provides Column users.email varchar(255)",
                "Provides Column users.team int",
                "Uses Table teams",
            ],
        );
        let model = read(sql);
        let fields: Vec<_> = model.defs[0]
            .fields
            .iter()
            .map(|field| (field.name.as_str(), field.ty.clone(), field.line))
            .collect();
        assert_eq!(fields, [("id", Ty::Int, 3), ("email", Ty::Str, 4), ("team", Ty::Int, 5)]);
        assert!(model.defs[0].flags.may_repeat);
    }

    #[test]
    fn alterations() {
        check(
            "alter table {{ index .Options \"Namespace\" }}.users add column if not exists age int, drop column email;",
            &["Uses Table users", "Provides Column users.age int", "Removes Column users.email"],
        );
        check(
            "ALTER TABLE ONLY a.users RENAME COLUMN email TO mail;\nALTER TABLE users ALTER COLUMN age TYPE text USING age::text;",
            &[
                "Uses Table users",
                "Removes Column users.email",
                "Provides Column users.mail",
                "Uses Table users",
                "Changes Column users.age text",
            ],
        );
        check(
            "ALTER TABLE `users` CHANGE `a` `b` INT(11) NOT NULL, MODIFY c TEXT",
            &[
                "Uses Table users",
                "Removes Column users.a",
                "Provides Column users.b INT(11)",
                "Changes Column users.c TEXT",
            ],
        );
        check("DROP TABLE IF EXISTS a, b CASCADE;", &["Removes Table a", "Removes Table b"]);
        check(
            "CREATE TYPE mood AS ENUM ('sad', 'ok');\nALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy';",
            &[
                "Provides Type mood",
                "Provides EnumValue mood.sad",
                "Provides EnumValue mood.ok",
                "Provides EnumValue mood.happy",
            ],
        );
    }

    #[test]
    fn a_table_built_anew_is_no_loss() {
        let sql = "CREATE TABLE new_users (id int);\nINSERT INTO new_users SELECT id FROM users;\n\
                   DROP TABLE users;\nALTER TABLE new_users RENAME TO users;";
        let entries = said(&read(sql).entries);
        assert!(!entries.iter().any(|entry| entry.starts_with("Removes")), "{entries:?}");
    }

    #[test]
    fn what_goes_back_is_not_read() {
        check("-- +goose Up\nDROP TABLE a;\n-- +goose Down\nCREATE TABLE a (x int);", &["Removes Table a"]);
        check("\\connect db\nDO $$ BEGIN DROP TABLE a; END $$;\nDROP TABLE b;", &["Removes Table b"]);
    }

    #[test]
    fn statements_in_code() {
        assert_eq!(
            said(&in_code("SELECT id, u.email FROM users u WHERE u.age > $1")),
            ["Uses Table users", "Uses Column users.id", "Uses Column users.email", "Uses Column users.age",]
        );
        assert_eq!(
            said(&in_code("update accounts set balance = balance - ? where id = ?")),
            [
                "Writes Table accounts",
                "Uses Column accounts.balance",
                "Uses Column accounts.balance",
                "Uses Column accounts.id",
            ]
        );
        assert_eq!(
            said(&in_code("INSERT INTO logs (at, text) VALUES (now(), ?)")),
            ["Writes Table logs", "Uses Column logs.at", "Uses Column logs.text",]
        );
        assert_eq!(
            said(&in_code("select a.x, b.y from a join b on a.id = b.a_id where z = 1")),
            [
                "Uses Table a",
                "Uses Table b",
                "Uses Column a.x",
                "Uses Column b.y",
                "Uses Column a.id",
                "Uses Column b.a_id",
            ]
        );
        for prose in
            ["select one", "Update the page", "from here", "delete", "Select a file from the list of files"]
        {
            let found = said(&in_code(prose));
            assert!(found.is_empty() || prose.contains("from the list"), "{prose}: {found:?}");
        }
        assert!(in_code("SELECT * FROM {}").is_empty());
    }
}
