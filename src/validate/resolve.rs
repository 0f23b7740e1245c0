//! Tells which file an import means, from the two paths alone; nothing is read.

mod python;
mod script;

use super::extract::Language;
use super::world::Package;

/// How precisely a specifier was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aim {
    /// The module of a directory around the file, which may hand its names on.
    Barrel,
    /// The file itself, or its package where the package is the module.
    File,
}

/// Whether languages can import from each other.
pub(super) fn same_family(left: Language, right: Language) -> bool {
    family(left) == family(right)
}

/// Whether imports name packages, so that moving code between the files of one changes nothing.
pub(super) fn has_packages(language: Language) -> bool {
    matches!(language, Language::Go | Language::Java)
}

fn family(language: Language) -> Language {
    match language {
        Language::Tsx | Language::JavaScript => Language::TypeScript,
        other => other,
    }
}

/// Whether `module`, written in the file `from`, means the file `target`.
pub(super) fn aim(language: Language, from: &str, module: &str, target: &str) -> Option<Aim> {
    match family(language) {
        Language::Python => python::aim(from, module, target),
        Language::Go => go_aim(module, target, None),
        // A package is what a file says and not its path; a Rust path needs the whole file.
        Language::Java | Language::Rust => None,
        _ => script::aim(from, module, target),
    }
}

/// The module that `name` would be inside `module`, as its language writes it.
pub(super) fn submodule(language: Language, module: &str, name: &str) -> Option<String> {
    match family(language) {
        Language::Python if module.ends_with('.') => Some(format!("{module}{name}")),
        Language::Python => Some(format!("{module}.{name}")),
        Language::Rust if module.is_empty() => Some(name.to_owned()),
        Language::Rust => Some(format!("{module}::{name}")),
        _ => None,
    }
}

/// The module text that means `target` from `from`, in the manner of `like`.
pub(super) fn module_for(language: Language, from: &str, like: &str, target: &str) -> Option<String> {
    match family(language) {
        Language::Python => python::module_for(from, like, target),
        Language::Go | Language::Java | Language::Rust => None,
        _ => script::module_for(from, like, target),
    }
}

/// The files that `module`, written in the file `from`, may be.
pub(super) fn module_files(language: Language, from: &str, module: &str) -> Vec<String> {
    match family(language) {
        Language::Python => python::files(from, module),
        Language::TypeScript => script::files(from, module),
        _ => Vec::new(),
    }
}

/// Whether a name means something in every file without an import, so that losing one is no loss.
pub(super) fn is_ambient(language: Language, name: &str) -> bool {
    const SCRIPT: [&str; 24] = [
        "URL",
        "URLSearchParams",
        "Buffer",
        "process",
        "performance",
        "fetch",
        "crypto",
        "console",
        "Request",
        "Response",
        "Headers",
        "FormData",
        "Blob",
        "Event",
        "EventTarget",
        "AbortController",
        "TextEncoder",
        "TextDecoder",
        "setTimeout",
        "setInterval",
        "setImmediate",
        "structuredClone",
        "Promise",
        "Symbol",
    ];
    const PYTHON: [&str; 24] = [
        "open",
        "print",
        "input",
        "str",
        "bytes",
        "int",
        "range",
        "map",
        "filter",
        "zip",
        "chr",
        "ord",
        "list",
        "dict",
        "set",
        "object",
        "super",
        "round",
        "next",
        "iter",
        "sorted",
        "reduce",
        "unicode",
        "annotations",
    ];
    const RUST: [&str; 12] = [
        "TryFrom",
        "TryInto",
        "FromIterator",
        "IntoIterator",
        "Iterator",
        "Future",
        "IntoFuture",
        "Vec",
        "String",
        "Option",
        "Result",
        "Box",
    ];
    match family(language) {
        Language::Python => PYTHON.contains(&name),
        Language::Rust => RUST.contains(&name),
        Language::Go | Language::Java => false,
        _ => SCRIPT.contains(&name),
    }
}

/// The directory of a path, without the slash; empty at the top.
pub(super) fn directory(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(directory, _)| directory)
}

/// The path of what is called so in a directory, which is empty at the top.
pub(super) fn under(directory: &str, name: &str) -> String {
    if directory.is_empty() { name.to_owned() } else { format!("{directory}/{name}") }
}

/// A path from a directory; none outside of the repository.
pub(super) fn join(base: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Matches the module `wanted` against the module `have`, both as `/`-separated paths.
fn compare(wanted: &str, have: &str) -> Option<Aim> {
    if wanted == have {
        return Some(Aim::File);
    }
    let inside = have.strip_prefix(wanted).is_some_and(|rest| wanted.is_empty() || rest.starts_with('/'));
    inside.then_some(Aim::Barrel)
}

/// Where the root module of a Rust file's crate stands, and the modules from there to the file.
///
/// Each file directly in `tests`, `examples`, `benches` or `bin` is a root of its own.
pub(super) fn rust_module(path: &str, package: Option<&Package>) -> (String, Vec<String>) {
    let below = |directory: &str| match directory {
        "" => Some(path),
        _ => path.strip_prefix(directory)?.strip_prefix('/'),
    };
    let (mut root, mut rest) = match package.and_then(|package| Some((package, below(&package.source)?))) {
        Some((package, rest)) => (package.source.clone(), rest),
        None => match path.rfind("src/").filter(|at| *at == 0 || path[..*at].ends_with('/')) {
            Some(at) => (path[..at + 3].to_owned(), &path[at + 4..]),
            None => (String::new(), package.and_then(|package| below(&package.directory)).unwrap_or(path)),
        },
    };
    let apart =
        rest.split_once('/').filter(|(first, _)| matches!(*first, "bin" | "tests" | "examples" | "benches"));
    let mut is_root = false;
    if let Some((first, inside)) = apart {
        let lead = if root.is_empty() {
            package.map_or("", |package| package.directory.as_str()).to_owned()
        } else {
            root
        };
        root = if lead.is_empty() { first.to_owned() } else { format!("{lead}/{first}") };
        rest = inside;
        is_root = !rest.contains('/');
    }
    let mut modules: Vec<String> = rest.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    let last = modules.last().map(String::as_str);
    if is_root || last == Some("mod") || matches!(last, Some("lib" | "main")) && modules.len() == 1 {
        modules.pop();
    }
    (root, modules)
}

/// Whether a Go import path means the package that a file belongs to.
pub(super) fn go_aim(module: &str, target: &str, root: Option<&Package>) -> Option<Aim> {
    let package = directory(target);
    if let Some(root) = root {
        let inside = match root.directory.as_str() {
            "" => package,
            above => package.strip_prefix(above)?.trim_start_matches('/'),
        };
        let rest = module.strip_prefix(root.name.as_str())?;
        let hit = if inside.is_empty() { rest.is_empty() } else { rest.strip_prefix('/') == Some(inside) };
        return hit.then_some(Aim::File);
    }
    let hit = !package.is_empty() && module.strip_suffix(package).is_some_and(|before| before.ends_with('/'));
    hit.then_some(Aim::File)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(language: Language, from: &str, module: &str, target: &str, expected: Option<Aim>) {
        assert_eq!(aim(language, from, module, target), expected, "{module} in {from} -> {target}");
    }

    #[test]
    fn script_specifiers() {
        let ts = Language::TypeScript;
        check(ts, "src/api.ts", "./users", "src/users.ts", Some(Aim::File));
        check(ts, "src/api.ts", "./users.js", "src/users.ts", Some(Aim::File));
        check(ts, "src/a/b.ts", "../users", "src/users/index.tsx", Some(Aim::File));
        check(ts, "src/a/b.ts", "../users/index", "src/users/index.ts", Some(Aim::File));
        check(ts, "src/api.ts", "./users", "src/users/load.ts", Some(Aim::Barrel));
        check(ts, "src/api.ts", "./user", "src/users.ts", None);
        check(ts, "src/api.ts", "@/users", "src/users.ts", Some(Aim::File));
        check(ts, "src/api.ts", "users", "users.ts", None);
        check(ts, "src/api.ts", "@app/users", "src/app/users.ts", Some(Aim::Barrel));
        check(ts, "src/api.ts", "app/users", "src/app/users.ts", Some(Aim::Barrel));
        check(ts, "apps/web/api.ts", "@shop/users", "packages/users/src/load.ts", Some(Aim::Barrel));
        check(ts, "apps/web/api.ts", "@shop/users/load", "packages/users/src/load.ts", Some(Aim::Barrel));
        check(ts, "apps/web/api.ts", "users", "packages/users/src/load.ts", Some(Aim::Barrel));
        check(ts, "apps/web/api.ts", "@shop/users", "src/users/load.ts", None);
        check(ts, "src/api.ts", "lodash", "src/lodash.ts", None);
        check(ts, "api.ts", "../../x", "x.ts", None);
    }

    #[test]
    fn python_modules() {
        let py = Language::Python;
        check(py, "app/api.py", "app.users", "app/users.py", Some(Aim::File));
        check(py, "app/api.py", "app.users", "src/app/users.py", Some(Aim::File));
        check(py, "app/api.py", ".users", "app/users/__init__.py", Some(Aim::File));
        check(py, "app/x/api.py", "..users", "app/users.py", Some(Aim::File));
        check(py, "app/api.py", ".", "app/users.py", Some(Aim::Barrel));
        check(py, "app/api.py", "users", "app/users.py", Some(Aim::File));
        check(py, "web/api.py", "users", "app/users.py", None);
        check(py, "web/api.py", "json", "app/json.py", None);
    }

    #[test]
    fn rust_modules() {
        let package = |source: &str, directory: &str| Package {
            name: "x".into(),
            source: source.into(),
            directory: directory.into(),
            ..Package::default()
        };
        let check = |path: &str, package: Option<&Package>, root: &str, modules: &str| {
            let (found, inside) = rust_module(path, package);
            assert_eq!((found.as_str(), inside.join("::").as_str()), (root, modules), "{path}");
        };
        check("src/a/b.rs", None, "src", "a::b");
        check("crates/web/src/lib.rs", None, "crates/web/src", "");
        check(
            "crates/web/src/a/mod.rs",
            Some(&package("crates/web/src", "crates/web")),
            "crates/web/src",
            "a",
        );
        check("src/bin/tool.rs", Some(&package("src", "")), "src/bin", "");
        check("tests/api.rs", Some(&package("src", "")), "tests", "");
        check("tests/common/mod.rs", Some(&package("src", "")), "tests", "common");
        check("web/tests/api.rs", Some(&package("web/src", "web")), "web/tests", "");
        check("flat/users.rs", Some(&package("flat", "flat")), "flat", "users");
    }

    #[test]
    fn go_packages() {
        check(Language::Go, "cmd/main.go", "example.com/x/users", "users/load.go", Some(Aim::File));
        check(Language::Go, "cmd/main.go", "users", "users/load.go", None);
        let root = Package {
            name: "example.com/x/v3".into(),
            directory: "app".into(),
            source: "app".into(),
            ..Package::default()
        };
        let aims = |module, target| go_aim(module, target, Some(&root)).is_some();
        assert!(aims("example.com/x/v3/users", "app/users/load.go") && aims("example.com/x/v3", "app/x.go"));
        assert!(
            !aims("example.com/x/users", "app/users/load.go") && !aims("example.com/x/v3/users", "app/x.go")
        );
    }

    #[test]
    fn the_module_of_a_moved_file() {
        let module = |language, from, like, target| module_for(language, from, like, target).unwrap();
        assert_eq!(module(Language::TypeScript, "src/a/b.ts", "../x", "src/users.ts"), "../users");
        assert_eq!(module(Language::TypeScript, "src/b.ts", "./x.js", "src/u/v.ts"), "./u/v.js");
        assert_eq!(module(Language::Python, "app/api.py", "app.x", "app/users.py"), "app.users");
        assert_eq!(module(Language::Python, "app/v/api.py", "..x", "app/users.py"), "..users");
    }
}
