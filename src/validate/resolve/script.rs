//! What specifiers of JavaScript and TypeScript mean.

use super::{Aim, compare, directory, join};

const EXTENSIONS: [&str; 9] = [".d.ts", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"];

fn stem_of(path: &str) -> &str {
    EXTENSIONS.iter().find_map(|extension| path.strip_suffix(extension)).unwrap_or(path)
}

/// The module of a file, as a path.
fn module_of(target: &str) -> &str {
    let stem = stem_of(target);
    match stem.strip_suffix("index") {
        Some(directory) if directory.is_empty() || directory.ends_with('/') => {
            directory.trim_end_matches('/')
        }
        _ => stem,
    }
}

pub(super) fn aim(from: &str, module: &str, target: &str) -> Option<Aim> {
    let have = module_of(target);
    if module.starts_with('.') {
        let wanted = join(directory(from), module)?;
        // `./users` may also be written `./users/index`.
        return compare(module_of(stem_of(&wanted)), have);
    }
    // Path aliases: `@/x` and `~/x` mean the source root, whatever it is called.
    if let Some(rest) = module.strip_prefix("@/").or_else(|| module.strip_prefix("~/")) {
        let rest = module_of(stem_of(rest));
        let hit = have == rest || have.strip_suffix(rest).is_some_and(|before| before.ends_with('/'));
        return hit.then_some(Aim::File);
    }
    if module_of(stem_of(module)) == have && module.contains('/') {
        return Some(Aim::File);
    }
    by_alias(module, have).then_some(Aim::Barrel)
}

/// Whether a name that is no path may be an alias for one (`@app/users`, `app/users`) or a package
/// of the same workspace (`@scope/users`, `users/load`): its words stand in the path.
fn by_alias(module: &str, have: &str) -> bool {
    let module = module_of(stem_of(module));
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

pub(super) fn module_for(from: &str, like: &str, target: &str) -> Option<String> {
    if !like.starts_with('.') {
        return None;
    }
    let have = module_of(target);
    let here: Vec<&str> = directory(from).split('/').filter(|part| !part.is_empty()).collect();
    let there: Vec<&str> = have.split('/').collect();
    let shared = here.iter().zip(&there).take_while(|(left, right)| left == right).count();
    let up = here.len() - shared;
    let lead = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    let extension = EXTENSIONS.iter().find(|extension| like.ends_with(**extension)).unwrap_or(&"");
    Some(format!("{lead}{}{extension}", there[shared..].join("/")))
}

pub(super) fn files(from: &str, module: &str) -> Vec<String> {
    const TRIED: [&str; 4] = [".ts", ".tsx", ".js", ".jsx"];
    if !module.starts_with('.') {
        return Vec::new();
    }
    let Some(wanted) = join(directory(from), module) else { return Vec::new() };
    let stem = stem_of(&wanted);
    let folder = if stem.is_empty() { "index".to_owned() } else { format!("{stem}/index") };
    let stems = [stem, folder.as_str()].map(str::to_owned);
    stems.iter().flat_map(|stem| TRIED.iter().map(move |end| format!("{stem}{end}"))).collect()
}
