//! Specialists: the built-in templates, and a reader for files of the same format.
//!
//! The format is that of `.claude/agents/*.md`: YAML between two lines of dashes, then the prompt.
//! People write these files for other tools too, so only what orca uses is read: single values,
//! lists and folded text. Unknown keys and whatever is nested below them are skipped.

/// A specialist as its file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pub name: String,
    pub description: String,
    /// The tools it may use; none listed means all.
    pub tools: Vec<String>,
    /// The prompt.
    pub body: String,
}

/// Refuses a template. Lines are counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("line 1: a template starts with a line '---'")]
    NoFrontmatter,
    #[error("line {line}: the '---' that opens here is never closed")]
    Unclosed { line: usize },
    #[error("line {line}: '{text}' is no 'key: value'")]
    NotAPair { line: usize, text: String },
    #[error("line {line}: '{key}' stands here a second time")]
    Twice { line: usize, key: String },
    #[error("line {line}: the name '{name}' may hold only a-z, 0-9 and '-'")]
    BadName { line: usize, name: String },
    #[error("line {line}: no '{key}' before the end of the frontmatter")]
    Lacks { line: usize, key: &'static str },
    #[error("line {line}: there is no prompt after the frontmatter")]
    NoBody { line: usize },
}

macro_rules! templates {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../templates/agents/", $name)))),*]
    };
}

const BUILTIN: [(&str, &str); 12] = templates![
    "algorithm-specialist.md",
    "backend-specialist.md",
    "database-specialist.md",
    "frontend-specialist.md",
    "infrastructure-specialist.md",
    "integration-validator.md",
    "orchestrator.md",
    "performance-specialist.md",
    "resolver.md",
    "state-specialist.md",
    "test-specialist.md",
    "types-specialist.md",
];

/// File names and texts of the templates that come with orca, by name.
pub fn builtin() -> &'static [(&'static str, &'static str)] {
    &BUILTIN
}

impl Template {
    /// Reads a template file.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        if lines.first() != Some(&"---") {
            return Err(TemplateError::NoFrontmatter);
        }
        let close = lines.iter().skip(1).position(|line| *line == "---");
        let close = close.ok_or(TemplateError::Unclosed { line: 1 })? + 1;
        let fields = fields(&lines[1..close])?;
        let field = |key: &'static str| {
            let found = fields.iter().find(|field| field.key == key);
            found.ok_or(TemplateError::Lacks { line: close + 1, key })
        };
        let (name, name_line) = (field("name")?.text(), field("name")?.line);
        if name.is_empty() || !name.bytes().all(is_name_byte) {
            return Err(TemplateError::BadName { line: name_line, name });
        }
        let body = lines[close + 1..].join("\n").trim().to_owned();
        if body.is_empty() {
            return Err(TemplateError::NoBody { line: close + 1 });
        }
        let description = field("description")?.text();
        let tools = field("tools").map(Field::list).unwrap_or_default();
        Ok(Self { name, description, tools, body })
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// A key of the frontmatter with the text beside it and the indented lines below it.
struct Field<'a> {
    key: &'a str,
    line: usize,
    value: &'a str,
    below: Vec<&'a str>,
}

/// Splits the frontmatter, whose first line is the second of the file.
fn fields<'a>(lines: &[&'a str]) -> Result<Vec<Field<'a>>, TemplateError> {
    let mut fields: Vec<Field<'a>> = Vec::new();
    for (line, text) in (2..).zip(lines) {
        let trimmed = text.trim_start();
        let belongs_above = text.starts_with([' ', '\t']) || is_item(trimmed);
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        if let (true, Some(last)) = (belongs_above, fields.last_mut()) {
            last.below.push(trimmed);
            continue;
        }
        let Some((key, value)) = trimmed.split_once(':').filter(|(key, _)| !key.contains(' ')) else {
            return Err(TemplateError::NotAPair { line, text: trimmed.to_owned() });
        };
        if fields.iter().any(|field| field.key == key) {
            return Err(TemplateError::Twice { line, key: key.to_owned() });
        }
        fields.push(Field { key, line, value: value.trim(), below: Vec::new() });
    }
    Ok(fields)
}

fn is_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

impl Field<'_> {
    /// The value as one line: quotes removed, folded lines joined.
    fn text(&self) -> String {
        let is_block_mark = self.value.starts_with(['>', '|']) && self.value.len() <= 2;
        let first = if is_block_mark { None } else { Some(self.value) };
        let words: Vec<&str> = first.into_iter().chain(self.below.iter().copied()).collect();
        unquoted(words.join(" ").trim())
    }

    /// The value as a list: `a, b`, `[a, b]`, or one item in each line below.
    fn list(&self) -> Vec<String> {
        let value = self.value.split(" #").next().unwrap_or_default().trim_end();
        let inline = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
        let inline = commas(inline.unwrap_or(value));
        let below = self.below.iter().map(|line| line.strip_prefix('-').unwrap_or(line));
        let items = inline.into_iter().chain(below).map(|item| unquoted(item.trim()));
        items.filter(|item| !item.is_empty()).collect()
    }
}

/// Parts at commas outside parentheses: `Bash(git diff, git log)` is one tool.
fn commas(text: &str) -> Vec<&str> {
    let mut depth = 0_i32;
    text.split(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        character == ',' && depth <= 0
    })
    .collect()
}

fn unquoted(text: &str) -> String {
    for quote in ['"', '\''] {
        let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner {
            return inner.replace("\\\"", "\"").replace("\\n", " ").replace("''", "'");
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_templates_are_whole_small_and_keep_to_their_lane() {
        for (file, text) in builtin() {
            let template = Template::parse(text).unwrap();
            assert_eq!(*file, format!("{}.md", template.name));
            assert!(text.len() < 1200, "{file} has {} bytes", text.len());
            assert!(!template.description.contains(": "), "{file}: a colon ends the value in YAML");
            let writes = template.tools.iter().any(|tool| tool == "Write");
            assert_eq!(writes, file.ends_with("-specialist.md"), "{file}");
            assert!(!template.tools.iter().any(|tool| tool == "Agent"), "{file} starts no agents");
            let rules = ["scope", "push", "switch branches", "Interfaces:"];
            assert!(!writes || rules.iter().all(|rule| template.body.contains(rule)), "{file}");
        }
    }

    #[test]
    fn every_template_file_is_built_in() {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/agents");
        let mut files: Vec<_> =
            std::fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        files.sort();
        let names: Vec<_> = builtin().iter().map(|(name, _)| std::ffi::OsString::from(name)).collect();
        assert_eq!(files, names);
    }

    #[test]
    fn what_people_write_is_read() {
        let check = |tools: &str, expected: &[&str]| {
            let text = format!("---\nname: a\ndescription: d\n{tools}\nmodel: inherit\n---\n\nprompt\n\n");
            let template = Template::parse(&text).unwrap();
            assert_eq!(template.tools, expected, "{tools}");
            assert_eq!((template.description.as_str(), template.body.as_str()), ("d", "prompt"));
        };
        check("color: red", &[]);
        check("tools: Read, Bash(git log, git diff), Edit", &["Read", "Bash(git log, git diff)", "Edit"]);
        check("tools: [Read, \"Edit\"]", &["Read", "Edit"]);
        check("tools:\n  - Read\n  - 'Edit'", &["Read", "Edit"]);
        check("tools:\n- Read", &["Read"]);
        check("hooks:\n  Stop:\n    - command: x\ntools: Read # only", &["Read"]);
        check("# a comment\n\norca:\n  kind: types", &[]);
    }

    #[test]
    fn descriptions_may_be_folded_quoted_and_hold_colons() {
        let check = |value: &str| {
            let text = format!("\u{feff}---\r\ndescription: {value}\r\nname: a-1\r\n---\r\np\r\n---\r\nq");
            let template = Template::parse(&text).unwrap();
            assert_eq!(template.description, "Use it: often, \"now\"", "{value}");
            assert_eq!(template.body, "p\n---\nq");
        };
        check("Use it: often, \"now\"");
        check("\"Use it: often, \\\"now\\\"\"");
        check("'Use it: often, \"now\"'");
        check(">-\r\n  Use it: often,\r\n  \"now\"");
        check("Use it:\r\n  often, \"now\"");
    }

    #[test]
    fn errors_name_the_line() {
        let check =
            |text: &str, expected: &str| assert_eq!(Template::parse(text).unwrap_err().to_string(), expected);
        check("", "line 1: a template starts with a line '---'");
        check("name: a\n", "line 1: a template starts with a line '---'");
        check("---\nname: a\n", "line 1: the '---' that opens here is never closed");
        check("---\nname: a\nsome words\n---\nx", "line 3: 'some words' is no 'key: value'");
        check("---\nname: a\nname: b\n---\nx", "line 3: 'name' stands here a second time");
        check("---\nname: A b\n---\nx", "line 2: the name 'A b' may hold only a-z, 0-9 and '-'");
        check("---\ndescription: d\n---\nx", "line 3: no 'name' before the end of the frontmatter");
        check("---\nname: a\n---\nx", "line 3: no 'description' before the end of the frontmatter");
        check("---\nname: a\ndescription: d\n---\n\n", "line 4: there is no prompt after the frontmatter");
    }
}
