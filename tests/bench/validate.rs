//! `git orca check` over many branches of a large repository, as whole processes.
//!
//! `cargo bench --bench validate`; with numbers of branches behind `--`, only those. Cold means
//! without the cache of models, warm with it. Beside it stand `git merge-tree` over the same pairs,
//! and the compiler on the merge of all branches.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark may panic and prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a benchmark starts programs")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

const ORCA: &str = env!("CARGO_BIN_EXE_git-orca");
const N_FILES: usize = 20_000;
const N_CHANGED: usize = 20;
/// Files that many branches change.
const N_POPULAR: usize = 40;
const COUNTS: [usize; 4] = [32, 64, 128, 256];
const N_ROUNDS: usize = 5;

fn main() {
    let asked: Vec<usize> = std::env::args().filter_map(|arg| arg.parse().ok()).collect();
    let counts = if asked.is_empty() { COUNTS.to_vec() } else { asked };
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("repo.git");
    repository(&dir, *counts.iter().max().unwrap());
    println!("{N_FILES} files in five languages, {N_CHANGED} changed on each branch, best of {N_ROUNDS}");
    let mut first = None;
    for &count in &counts {
        let measured = measure(&dir, count);
        let (cold, warm) = *first.get_or_insert(measured);
        let grown = count as f64 / counts[0] as f64;
        println!(
            "{count:>4} branches: cold {:>5.0} ms, warm {:>5.0} ms; for {grown:.0} times the branches {:.2} and {:.2} times as long",
            measured.0 * 1e3,
            measured.1 * 1e3,
            measured.0 / cold,
            measured.1 / warm,
        );
    }
    against_git(&dir, counts[0], first.unwrap());
    one_file(&dir);
    one_large_file(&home.path().join("large.git"));
    against_the_compiler(home.path(), &dir, counts[0]);
}

fn measure(dir: &Path, count: usize) -> (f64, f64) {
    let names: Vec<String> = (0..count).map(|number| format!("b{number}")).collect();
    let mut args = vec!["check", "--format", "json"];
    args.extend(names.iter().map(String::as_str));
    let cold = best(|| {
        let _ = std::fs::remove_dir_all(dir.join("orca/cache"));
        orca(dir, &args)
    });
    (cold, best(|| orca(dir, &args)))
}

/// Seconds of the fastest round.
fn best(mut round: impl FnMut() -> f64) -> f64 {
    (0..N_ROUNDS).map(|_| round()).fold(f64::INFINITY, f64::min)
}

fn orca(dir: &Path, args: &[&str]) -> f64 {
    let start = Instant::now();
    let output = Command::new(ORCA).args(args).current_dir(dir).output().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.code().unwrap() <= 1, "{}", String::from_utf8_lossy(&output.stderr));
    assert!(text.contains("\"analysed\""), "{text}");
    seconds
}

/// Every pair: one process each, and all of them in one process.
fn against_git(dir: &Path, count: usize, (cold, warm): (f64, f64)) {
    let pairs: Vec<(usize, usize)> =
        (0..count).flat_map(|one| (one + 1..count).map(move |other| (one, other))).collect();
    let start = Instant::now();
    for (one, other) in &pairs {
        let (one, other) = (format!("b{one}"), format!("b{other}"));
        let args = ["merge-tree", "--write-tree", &one, &other];
        Command::new("git").args(args).current_dir(dir).output().unwrap();
    }
    let each = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let args = ["merge-tree", "--write-tree", "--stdin", "-z"];
    let lines: String = pairs.iter().map(|(one, other)| format!("b{one} b{other}\n")).collect();
    feed(dir, &args, lines.as_bytes());
    let together = start.elapsed().as_secs_f64();
    println!("git merge-tree over the {} pairs of {count} branches", pairs.len());
    for (what, seconds) in [("one process each", each), ("one process for all", together)] {
        println!(
            "  {what}: {:.0} ms; check takes {:.2} of it cold, {:.2} warm",
            seconds * 1e3,
            cold / seconds,
            warm / seconds
        );
    }
}

/// What a hook asks: one branch with one changed file.
fn one_file(dir: &Path) {
    let once = || orca(dir, &["check", "small", "--into", "other-small", "--format", "json"]);
    once();
    println!("two branches with one changed file each, warm: {:.1} ms", best(once) * 1e3);
}

/// A file that both sides changed, in each language: how a function is declared and called, by its number
/// `#` and its type `@`, and what stands around them.
const LARGE: [(&str, &str, &str, [&str; 2]); 5] = [
    ("a.rs", "pub fn f#(a: @) -> u32 { 1 }\n", "pub fn g#() -> u32 { f#(1) }\n", ["", ""]),
    ("a.ts", "export function f#(a: @) { return 1 }\n", "export const g# = f#(1)\n", ["", ""]),
    ("a.py", "def f#(a: @) -> int:\n    return 1\n", "g# = f#(1)\n", ["", ""]),
    ("a.go", "func F#(a @) int { return 1 }\n", "func G#() int { return F#(1) }\n", ["package a\n", ""]),
    (
        "A.java",
        "  static int f#(@ a) { return 1; }\n",
        "  int g#() { return f#(1); }\n",
        ["class A {\n", "}\n"],
    ),
];

/// One side changes the type of every parameter, the other adds a call of every function.
fn one_large_file(dir: &Path) {
    const SIZES: [usize; 2] = [2_000, 8_000];
    std::fs::create_dir_all(dir).unwrap();
    git(dir, &["init", "-q", "--bare", "-b", "main", "."]);
    println!(
        "one file of {} functions that both sides changed, warm, and how much that is to {}",
        SIZES[1], SIZES[0]
    );
    for (path, declared, called, [head, tail]) in LARGE {
        let each = |n: usize, text: &str, ty: &str| -> String {
            (0..n).map(|number| text.replace('#', &number.to_string()).replace('@', ty)).collect()
        };
        let took = SIZES.map(|n| {
            let text =
                |ty: &str, uses: &str| format!("{head}{}{}{tail}", each(n, declared, ty), each(n, uses, ""));
            let (base, typed, uses) =
                (format!("{path}-{n}"), format!("{path}-{n}-typed"), format!("{path}-{n}-uses"));
            let mut stream = String::new();
            commit(&mut stream, &base, None, [(path.to_owned(), text("Old", ""))]);
            commit(&mut stream, &typed, Some(&base), [(path.to_owned(), text("New", ""))]);
            commit(&mut stream, &uses, Some(&base), [(path.to_owned(), text("Old", called))]);
            feed(dir, &["fast-import", "--quiet"], stream.as_bytes());
            let once = || orca(dir, &["check", &typed, &uses, "--format", "json"]);
            once();
            best(once)
        });
        println!("  {path:<7} {:>6.0} ms {:>5.1}", took[1] * 1e3, took[1] / took[0]);
    }
}

/// Type-checks the Rust part of the merge, where there is a compiler.
fn against_the_compiler(home: &Path, dir: &Path, count: usize) {
    if Command::new("rustc").arg("--version").output().is_err() {
        println!("no rustc here: nothing is compiled");
        return;
    }
    let tree = home.join("tree");
    std::fs::create_dir(&tree).unwrap();
    let mut tip = git(dir, &["rev-parse", "b0"]);
    for number in 1..count {
        let branch = format!("b{number}");
        let merged = Command::new("git")
            .args(["merge-tree", "--write-tree", &tip, &branch])
            .current_dir(dir)
            .output()
            .unwrap();
        if merged.status.success() {
            let tree = String::from_utf8(merged.stdout).unwrap();
            let commit = ["commit-tree", tree.trim(), "-p", &tip, "-p", &branch, "-m", "merge"];
            tip = git(dir, &commit);
        }
    }
    let index = home.join("index");
    let work = format!("--work-tree={}", tree.display());
    for args in [vec!["read-tree", &tip], vec![&*work, "checkout-index", "-q", "-a"]] {
        let status = Command::new("git")
            .args([&["--git-dir", dir.to_str().unwrap()], &args[..]].concat())
            .env("GIT_INDEX_FILE", &index)
            .current_dir(&tree)
            .status()
            .unwrap();
        assert!(status.success());
    }
    let start = Instant::now();
    let args = ["--edition=2024", "--crate-type=lib", "--emit=metadata", "--cap-lints=allow", "rs/lib.rs"];
    let output = Command::new("rustc").args(args).current_dir(&tree).output().unwrap();
    let seconds = start.elapsed().as_secs_f64();
    let errors = String::from_utf8_lossy(&output.stderr).matches("\nerror").count();
    println!("rustc on the Rust fifth of the merge: {:.0} ms, {errors} errors", seconds * 1e3);
}

/// A bare repository with the branches `b0`, `b1`, and so on, and two that change one file each.
fn repository(dir: &Path, n_branches: usize) {
    std::fs::create_dir_all(dir).unwrap();
    git(dir, &["init", "-q", "--bare", "-b", "main", "."]);
    let mut stream = String::new();
    commit(
        &mut stream,
        "main",
        None,
        (0..N_FILES).map(|number| (path(number), text(number, ""))).chain([lib()]),
    );
    for number in 0..n_branches {
        let changes = changes(number).into_iter().map(|(file, change)| (path(file), text(file, &change)));
        commit(&mut stream, &format!("b{number}"), Some("main"), changes);
    }
    commit(&mut stream, "small", Some("main"), [(path(7), text(7, "RENAME"))]);
    commit(&mut stream, "other-small", Some("main"), [(path(12), text(12, "CALL 7"))]);
    feed(dir, &["fast-import", "--quiet"], stream.as_bytes());
}

fn commit(
    stream: &mut String,
    branch: &str,
    from: Option<&str>,
    files: impl IntoIterator<Item = (String, String)>,
) {
    _ = write!(
        stream,
        "commit refs/heads/{branch}\ncommitter Ada <ada@example.org> 1767225600 +0000\ndata 2\nx\n\n"
    );
    if let Some(from) = from {
        _ = writeln!(stream, "from refs/heads/{from}");
    }
    for (path, text) in files {
        _ = write!(stream, "M 100644 inline {path}\ndata {}\n{text}\n", text.len());
    }
}

/// What a branch does: mostly its own files, two popular ones, and on every eighth branch a rename
/// of which the next branch uses the old name.
fn changes(branch: usize) -> Vec<(usize, String)> {
    let own = |place: usize| (N_POPULAR + 5 + branch * 131 + place * 977) % N_FILES;
    let mut changes: Vec<(usize, String)> =
        (0..N_CHANGED - 2).map(|place| (own(place), format!("BODY {branch}"))).collect();
    changes.push((branch * 7 % N_POPULAR, format!("BODY {branch}")));
    changes.push((branch * 11 % N_POPULAR, format!("MORE {branch}")));
    match branch % 8 {
        0 => changes[0].1 = "RENAME".to_owned(),
        // Two files on, so that it is of the same language.
        1 => changes[2].1 = format!("CALL {}", (N_POPULAR + 5 + (branch - 1) * 131) % N_FILES),
        _ => {}
    }
    changes.sort();
    changes.dedup_by_key(|(file, _)| *file);
    changes
}

fn path(number: usize) -> String {
    let extension = ["rs", "ts", "py", "go", "java"][number % 5];
    let directory = number / 5 % 200;
    match extension {
        "rs" => format!("rs/d{directory}/m{number}.rs"),
        "java" => format!("java/app/d{directory}/M{number}.java"),
        _ => format!("{extension}/d{directory}/m{number}.{extension}"),
    }
}

/// The root of the Rust part.
fn lib() -> (String, String) {
    let mut text = String::new();
    for directory in 0..200 {
        _ = writeln!(text, "pub mod d{directory} {{");
        for number in (0..N_FILES).step_by(5).filter(|number| number / 5 % 200 == directory) {
            _ = writeln!(text, "    #[path = \"m{number}.rs\"]\n    pub mod m{number};");
        }
        text.push_str("}\n");
    }
    ("rs/lib.rs".to_owned(), text)
}

/// About a hundred lines that say what files of a project say: imports, a type, functions that call
/// those of another file.
fn text(number: usize, change: &str) -> String {
    let name = if change == "RENAME" { format!("fetch{number}") } else { format!("load{number}") };
    let (what, of) = change.split_once(' ').unwrap_or((change, "0"));
    let (body, more) = match what {
        "BODY" => (of.to_owned(), String::new()),
        "MORE" => ("1".to_owned(), format!("more{number}_{of}")),
        _ => ("1".to_owned(), String::new()),
    };
    let callee = if what == "CALL" { of.parse().unwrap() } else { (number + 5) % N_FILES };
    let part = Part { number, name: &name, callee, calls: what == "CALL", body: &body, more: &more };
    match number % 5 {
        0 => part.rust(),
        1 => part.typescript(),
        2 => part.python(),
        3 => part.go(),
        _ => part.java(),
    }
}

struct Part<'a> {
    number: usize,
    name: &'a str,
    callee: usize,
    calls: bool,
    body: &'a str,
    /// A function that is added.
    more: &'a str,
}

const N_FUNCTIONS: usize = 12;

impl Part<'_> {
    fn rust(&self) -> String {
        let Self { number, name, callee, body, more, .. } = self;
        let directory = callee / 5 % 200;
        let callee = callee / 5 * 5;
        let mut text = format!(
            "use crate::d{directory}::m{callee}::load{callee} as next;\n\npub struct Item{number} {{\n    pub id: u32,\n    pub name: String,\n}}\n\n\
             pub fn {name}(id: u32) -> u32 {{\n    id + {body}\n}}\n"
        );
        for step in 0..N_FUNCTIONS {
            _ = write!(
                text,
                "\npub fn step{number}_{step}(item: &Item{number}) -> u32 {{\n    let sum = item.id + {step};\n    match sum {{\n        0 => next(item.id),\n        other => other + {name}(item.id),\n    }}\n}}\n"
            );
        }
        if !more.is_empty() {
            _ = write!(text, "\npub fn {more}() -> u32 {{\n    next(1)\n}}\n");
        }
        text
    }

    fn typescript(&self) -> String {
        let Self { number, name, callee, body, more, .. } = self;
        let callee = callee / 5 * 5 + 1;
        let directory = callee / 5 % 200;
        let mut text = format!(
            "import {{ load{callee} }} from '../d{directory}/m{callee}';\n\nexport interface Item{number} {{\n  id: number;\n  name: string;\n}}\n\n\
             export function {name}(id: number): number {{\n  return id + {body};\n}}\n"
        );
        for step in 0..N_FUNCTIONS {
            _ = write!(
                text,
                "\nexport function step{number}_{step}(item: Item{number}): number {{\n  const sum = item.id + {step};\n  if (sum > 10) {{\n    return load{callee}(sum);\n  }}\n  return {name}(sum);\n}}\n"
            );
        }
        if !more.is_empty() {
            _ = write!(text, "\nexport function {more}(): number {{\n  return load{callee}(1);\n}}\n");
        }
        text
    }

    fn python(&self) -> String {
        let Self { number, name, callee, body, more, .. } = self;
        let callee = callee / 5 * 5 + 2;
        let directory = callee / 5 % 200;
        let mut text = format!(
            "from py.d{directory}.m{callee} import load{callee}\n\n\nclass Item{number}:\n    id: int\n    name: str\n\n\n\
             def {name}(id):\n    return id + {body}\n"
        );
        for step in 0..N_FUNCTIONS {
            _ = write!(
                text,
                "\n\ndef step{number}_{step}(item):\n    total = item.id + {step}\n    if total > 10:\n        return load{callee}(total)\n    return {name}(total)\n"
            );
        }
        if !more.is_empty() {
            _ = write!(text, "\n\ndef {more}():\n    return load{callee}(1)\n");
        }
        text
    }

    fn go(&self) -> String {
        let Self { number, name, callee, body, more, calls } = self;
        let callee = callee / 5 * 5 + 3;
        let directory = number / 5 % 200;
        // Functions of a package need no import, so a call reaches only its own directory.
        let callee = if *calls { callee } else { number / 5 * 5 + 3 };
        let mut text = format!(
            "package d{directory}\n\nimport \"fmt\"\n\ntype Item{number} struct {{\n\tID   int\n\tName string\n}}\n\n\
             func {name}(id int) int {{\n\treturn id + {body}\n}}\n"
        );
        for step in 0..N_FUNCTIONS {
            _ = write!(
                text,
                "\nfunc Step{number}x{step}(item Item{number}) int {{\n\tsum := item.ID + {step}\n\tif sum > 10 {{\n\t\tfmt.Println(sum)\n\t}}\n\treturn load{callee}(sum)\n}}\n"
            );
        }
        if !more.is_empty() {
            _ = write!(text, "\nfunc {more}() int {{\n\treturn load{callee}(1)\n}}\n");
        }
        text
    }

    fn java(&self) -> String {
        let Self { number, name, callee, body, more, .. } = self;
        let callee = callee / 5 * 5 + 4;
        let (own, directory) = (number / 5 % 200, callee / 5 % 200);
        let mut text = format!(
            "package app.d{own};\n\nimport app.d{directory}.M{callee};\n\npublic class M{number} {{\n    int id;\n    String name;\n\n    \
             public static int {name}(int id) {{\n        return id + {body};\n    }}\n"
        );
        for step in 0..N_FUNCTIONS {
            _ = write!(
                text,
                "\n    public static int step{step}(M{number} item) {{\n        int sum = item.id + {step};\n        if (sum > 10) {{\n            return M{callee}.load{callee}(sum);\n        }}\n        return {name}(sum);\n    }}\n"
            );
        }
        if !more.is_empty() {
            _ = write!(
                text,
                "\n    public static int {more}() {{\n        return M{callee}.load{callee}(1);\n    }}\n"
            );
        }
        text + "}\n"
    }
}

fn git(dir: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.org"])
        .args(args)
        .current_dir(dir)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn feed(dir: &Path, args: &[&str], input: &[u8]) {
    let mut child = Command::new("git")
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    assert!(child.wait().unwrap().success(), "git {args:?}");
}
