//! How far a checker looks at the types of Python files, as configurations say.

use super::names::has_word;
use super::resolve::{directory, under};

/// Files that may name a checker.
const FILES: [&str; 9] = [
    "pyproject.toml",
    "setup.cfg",
    "mypy.ini",
    ".mypy.ini",
    "pyrightconfig.json",
    ".pre-commit-config.yaml",
    "tox.ini",
    "noxfile.py",
    "Makefile",
];

/// Whether a file may tell a checker how far to look.
pub(super) fn may_tell(path: &str) -> bool {
    FILES.contains(&path.rsplit('/').next().unwrap_or(path))
}

/// How far a checker looks.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Checked {
    #[default]
    No,
    /// At what states types: mypy leaves out the other functions.
    Stated,
    All,
}

/// What holds for the files of a directory.
#[derive(Clone, Default)]
pub(super) struct Checking {
    checked: Checked,
    /// Paths, or parts of them, that are left out.
    spared: Vec<String>,
    /// If any are named, only these are looked at.
    only: Vec<String>,
}

impl Checking {
    /// What the configurations of a directory add to what holds above it.
    pub(super) fn below(mut self, place: &str, text_of: impl Fn(&str) -> Option<String>) -> Self {
        for file in FILES {
            if let Some(text) = text_of(&under(place, file)) {
                self.add(file, &text);
            }
        }
        self
    }

    fn add(&mut self, file: &str, text: &str) {
        const OTHERS: [&str; 5] = ["pyright", "basedpyright", "pyre", "pyrefly", "tool.ty"];
        const DEMANDS: [&str; 3] = ["strict", "check_untyped_defs", "check-untyped-defs"];
        let has = |words: &[&str]| words.iter().any(|word| has_word(text, word));
        let checked = match () {
            () if file.contains("pyright") || has(&OTHERS) => Checked::All,
            () if !file.contains("mypy") && !has_word(text, "mypy") => Checked::No,
            () if !self.spare(text) => Checked::No,
            () if has(&DEMANDS) => Checked::All,
            () => Checked::Stated,
        };
        self.checked = self.checked.max(checked);
    }

    /// Notes what mypy is told to leave out; false if that is everything.
    fn spare(&mut self, text: &str) -> bool {
        for (head, body) in sections(text).into_iter().filter(|(head, _)| head.contains("mypy")) {
            let is_on = |key: &str| entry(body, key).to_lowercase().contains("true");
            let is_silent = is_on("ignore_errors") || entry(body, "disable_error_code").contains("arg-type");
            let modules = match head.split_once("mypy-") {
                Some((_, modules)) => modules.to_owned(),
                None => entry(body, "module"),
            };
            // Without types that say it, anything may be missing.
            let is_lax = entry(body, "strict_optional").to_lowercase().contains("false");
            match (is_silent || is_lax, head == "[tool.mypy]" || head == "[mypy]") {
                (true, true) => return false,
                (true, false) => self.spared.extend(words(&modules).map(|name| name.replace('.', "/"))),
                (false, true) => {
                    self.spared.extend(words(&entry(body, "exclude")).filter(|word| word.len() > 2));
                    let only = ["files", "packages"].map(|key| entry(body, key).replace('.', "/"));
                    self.only.extend(only.iter().flat_map(|only| words(only)));
                }
                (false, false) => {}
            }
        }
        true
    }

    /// How far a checker looks at a file.
    pub(super) fn of(&self, path: &str) -> Checked {
        let is_among = |parts: &[String]| parts.iter().any(|part| is_part(path, part));
        let is_left_out = is_among(&self.spared) || !self.only.is_empty() && !is_among(&self.only);
        if is_left_out { Checked::No } else { self.checked }
    }
}

/// The sections of a configuration with their heads.
fn sections(text: &str) -> Vec<(&str, &str)> {
    let starts = text.match_indices('[').map(|(at, _)| at);
    let starts: Vec<usize> = starts.filter(|at| *at == 0 || text[..*at].ends_with('\n')).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts = starts.iter().zip(ends).map(|(start, end)| &text[*start..end]);
    parts
        .map(|part| part.split_once('\n').unwrap_or((part, "")))
        .map(|(head, body)| (head.trim(), body))
        .collect()
}

/// What a section says for a key, over several lines.
fn entry(section: &str, key: &str) -> String {
    let own = |line: &str| {
        let rest = line.strip_prefix(key)?.trim_start();
        rest.strip_prefix('=').map(str::to_owned)
    };
    let mut lines = section.lines();
    let Some(first) = lines.by_ref().find_map(own) else { return String::new() };
    let starts_next = |line: &&str| !line.starts_with(|char: char| char.is_ascii_alphabetic() || char == '[');
    let rest = lines.take_while(starts_next).collect::<Vec<_>>();
    format!("{first}\n{}", rest.join("\n"))
}

/// The names and paths of a value, without what stands around them.
fn words(value: &str) -> impl Iterator<Item = String> + '_ {
    let words = value.split(|char: char| !char.is_alphanumeric() && !matches!(char, '_' | '-' | '/' | '.'));
    let words = words.map(|word| word.trim_matches(['/', '.']));
    words.filter(|word| !word.is_empty()).map(str::to_owned)
}

/// Whether a path has some of its parts in the middle or at the end: `app/use` of `src/app/use.py`.
fn is_part(path: &str, part: &str) -> bool {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(['/', '.']);
    let mut places = path.match_indices(part).map(|(at, _)| at);
    places.any(|at| (at == 0 || path[..at].ends_with('/')) && ends(&path[at + part.len()..]))
}

/// The directory above another one, if it is not the top.
pub(super) fn above(place: &str) -> Option<&str> {
    (!place.is_empty()).then(|| directory(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, text: &str, path: &str, expected: Checked) {
        let found = Checking::default().below("", |name| (name == file).then(|| text.to_owned())).of(path);
        assert!(found == expected, "{text} for {path}");
    }

    #[test]
    fn files_that_a_checker_leaves_out() {
        let all = "[tool.mypy]\nstrict = true\n";
        check("pyproject.toml", all, "app/use.py", Checked::All);
        check("pyproject.toml", "[project]\nname = \"strict\"\n", "app/use.py", Checked::No);
        check("setup.cfg", "[mypy]\nwarn = 1\n", "app/use.py", Checked::Stated);
        let some = format!(
            "{all}[[tool.mypy.overrides]]\nmodule = [\n  \"app.use\",\n  \"web.*\",\n]\nignore_errors = true\n"
        );
        check("pyproject.toml", &some, "src/app/use.py", Checked::No);
        check("pyproject.toml", &some, "web/deep/x.py", Checked::No);
        check("pyproject.toml", &some, "app/user.py", Checked::All);
        let ini = "[mypy]\nstrict = True\n[mypy-app.use,web.*]\nignore_errors = True\n";
        check("mypy.ini", ini, "web/x.py", Checked::No);
        check("mypy.ini", ini, "app/x.py", Checked::All);
        let rest = format!("{all}exclude = '''\n^docs/.*\\.py$\n'''\nfiles = [\"src\", \"tests\"]\n");
        check("pyproject.toml", &rest, "src/docs/x.py", Checked::No);
        check("pyproject.toml", &rest, "src/x.py", Checked::All);
        check("pyproject.toml", &rest, "tools/x.py", Checked::No);
        check("setup.cfg", "[mypy]\nstrict_optional = False\n", "x.py", Checked::No);
        check("pyproject.toml", &format!("{all}disable_error_code = [\"arg-type\"]\n"), "x.py", Checked::No);
    }
}
