//! Tells which file an import means, from the two paths alone; nothing is read.

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
        Language::Python => python(from, module, target),
        Language::Go => go_aim(module, target, None),
        // A package is what a file says and not its path; a Rust path needs the whole file.
        Language::Java | Language::Rust => None,
        _ => script(from, module, target),
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
        Language::Python => python_module(from, like, target),
        Language::Go | Language::Java | Language::Rust => None,
        _ => script_module(from, like, target),
    }
}

/// The files that `module`, written in the file `from`, may be.
pub(super) fn module_files(language: Language, from: &str, module: &str) -> Vec<String> {
    match family(language) {
        Language::Python => python_files(from, module),
        Language::TypeScript => script_files(from, module),
        _ => Vec::new(),
    }
}

fn script_files(from: &str, module: &str) -> Vec<String> {
    const EXTENSIONS: [&str; 4] = [".ts", ".tsx", ".js", ".jsx"];
    if !module.starts_with('.') {
        return Vec::new();
    }
    let Some(wanted) = join(directory(from), module) else { return Vec::new() };
    let stem = script_stem(&wanted);
    let folder = if stem.is_empty() { "index".to_owned() } else { format!("{stem}/index") };
    let stems = [stem, folder.as_str()].map(str::to_owned);
    stems.iter().flat_map(|stem| EXTENSIONS.iter().map(move |end| format!("{stem}{end}"))).collect()
}

fn python_files(from: &str, module: &str) -> Vec<String> {
    let name = module.trim_start_matches('.');
    let dots = module.len() - name.len();
    let path = name.replace('.', "/");
    let roots: Vec<Option<String>> = match dots {
        0 => ["", "src", "lib", directory(from)].iter().map(|root| join(root, &path)).collect(),
        _ => vec![join(directory(from), &format!("{}{path}", "../".repeat(dots - 1)))],
    };
    let folder = |stem: &String| match stem.is_empty() {
        true => "__init__.py".to_owned(),
        false => format!("{stem}/__init__.py"),
    };
    roots.iter().flatten().flat_map(|stem| [folder(stem), format!("{stem}.py")]).collect()
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

const SCRIPT_EXTENSIONS: [&str; 9] = [".d.ts", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

fn script_stem(path: &str) -> &str {
    SCRIPT_EXTENSIONS.iter().find_map(|extension| path.strip_suffix(extension)).unwrap_or(path)
}

fn script_have(target: &str) -> &str {
    let stem = script_stem(target);
    match stem.strip_suffix("index") {
        Some(directory) if directory.is_empty() || directory.ends_with('/') => {
            directory.trim_end_matches('/')
        }
        _ => stem,
    }
}

fn script(from: &str, module: &str, target: &str) -> Option<Aim> {
    let have = script_have(target);
    if module.starts_with('.') {
        let wanted = join(directory(from), module)?;
        // `./users` may also be written `./users/index`.
        return compare(script_have(script_stem(&wanted)), have);
    }
    // Path aliases: `@/x` and `~/x` mean the source root, whatever it is called.
    if let Some(rest) = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/")) {
        let rest = script_have(script_stem(rest));
        let hit = have == rest || have.strip_suffix(rest).is_some_and(|before| before.ends_with('/'));
        return hit.then_some(Aim::File);
    }
    if script_have(script_stem(module)) == have && module.contains('/') {
        return Some(Aim::File);
    }
    by_alias(module, have).then_some(Aim::Barrel)
}

/// Whether a name that is no path may be an alias for one (`@app/users`, `app/users`) or a package
/// of the same workspace (`@scope/users`, `users/load`): its words stand in the path.
fn by_alias(module: &str, have: &str) -> bool {
    let module = script_have(script_stem(module));
    let ends = |wanted: &str| {
        have.strip_suffix(wanted).is_some_and(|before| before.is_empty() || before.ends_with('/'))
    };
    let marked = module.starts_with(['@', '~', '#', '$']);
    let Some((first, rest)) = module.split_once('/') else {
        return !marked && in_package(module, have);
    };
    match marked {
        // One word behind the mark may as well be the package of somebody else.
        true => {
            ends(&module[1..])
                || in_package(rest, have)
                || (rest.contains('/') || first.len() == 1) && ends(rest)
        }
        false => ends(module) || in_package(module, have),
    }
}

/// Whether a path lies in a package of a workspace, at the subpath that the module names.
fn in_package(module: &str, have: &str) -> bool {
    const WORKSPACES: [&str; 5] = ["packages", "libs", "lib", "modules", "apps"];
    let (package, inside) = module.split_once('/').unwrap_or((module, ""));
    let mut parts = have.split('/');
    let is_here = parts.any(|part| WORKSPACES.contains(&part)) && parts.next() == Some(package);
    is_here && (inside.is_empty() || have.ends_with(&format!("/{inside}")))
}

fn script_module(from: &str, like: &str, target: &str) -> Option<String> {
    if !like.starts_with('.') {
        return None;
    }
    let have = script_have(target);
    let here: Vec<&str> = directory(from).split('/').filter(|part| !part.is_empty()).collect();
    let there: Vec<&str> = have.split('/').collect();
    let shared = here.iter().zip(&there).take_while(|(left, right)| left == right).count();
    let up = here.len() - shared;
    let lead = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    let extension = SCRIPT_EXTENSIONS.iter().find(|extension| like.ends_with(**extension)).unwrap_or(&"");
    Some(format!("{lead}{}{extension}", there[shared..].join("/")))
}

fn python_have(target: &str) -> Option<&str> {
    let stem = target.strip_suffix(".py").or_else(|| target.strip_suffix(".pyi"))?;
    Some(stem.strip_suffix("/__init__").unwrap_or(if stem == "__init__" { "" } else { stem }))
}

fn python(from: &str, module: &str, target: &str) -> Option<Aim> {
    let have = python_have(target)?;
    let name = module.trim_start_matches('.');
    let dots = module.len() - name.len();
    let path = name.replace('.', "/");
    if dots > 0 {
        let up = "../".repeat(dots - 1);
        return compare(&join(directory(from), &format!("{up}{path}"))?, have);
    }
    if path.is_empty() {
        return None;
    }
    // An absolute module starts at some source root: the top, `src`, or the importer's own folder.
    let roots = ["", "src", "lib", directory(from)];
    let direct = roots.iter().filter_map(|root| compare(&join(root, &path)?, have)).max();
    let deep = path.contains('/') && have.ends_with(&format!("/{path}"));
    direct.max(deep.then_some(Aim::File))
}

fn python_module(from: &str, like: &str, target: &str) -> Option<String> {
    let have = python_have(target)?;
    if !like.starts_with('.') {
        let have = have.strip_prefix("src/").unwrap_or(have);
        return Some(have.replace('/', "."));
    }
    let here: Vec<&str> = directory(from).split('/').filter(|part| !part.is_empty()).collect();
    let there: Vec<&str> = have.split('/').collect();
    let shared = here.iter().zip(&there).take_while(|(left, right)| left == right).count();
    let dots = ".".repeat(1 + here.len() - shared);
    Some(format!("{dots}{}", there[shared..].join(".")))
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
