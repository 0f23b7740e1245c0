//! What modules of Python mean.

use super::{Aim, compare, directory, join};

/// The module of a file, as a path.
fn module_of(target: &str) -> Option<&str> {
    let stem = target.strip_suffix(".py").or_else(|| target.strip_suffix(".pyi"))?;
    Some(stem.strip_suffix("/__init__").unwrap_or(if stem == "__init__" { "" } else { stem }))
}

pub(super) fn aim(from: &str, module: &str, target: &str) -> Option<Aim> {
    let have = module_of(target)?;
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

pub(super) fn module_for(from: &str, like: &str, target: &str) -> Option<String> {
    let have = module_of(target)?;
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

pub(super) fn files(from: &str, module: &str) -> Vec<String> {
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
