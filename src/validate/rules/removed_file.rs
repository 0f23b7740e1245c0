//! One branch removes or moves a whole file that another starts to import.

use super::reach::{aims, import_of};
use super::rust;
use super::symbol_removed::{self, lacks_its_needs, with_module};
use super::{Draft, Rule, View};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, created, patch};
use crate::validate::load::{File, Side};
use crate::validate::model::{FileModel, Import, Imported, Receiver};
use crate::validate::resolve::{Aim, directory, has_packages, module_for, same_family, submodule, under};

pub(super) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (remover, branch) in view.branches.iter().enumerate() {
        let lost = branch.files.iter().filter(|file| file.new.is_none() && !has_packages(file.language));
        for lost in lost {
            if lost.language == Language::Rust && rust::keeps_module(&branch.files, lost) {
                continue;
            }
            for (user, other) in view.branches.iter().enumerate().filter(|(user, _)| *user != remover) {
                if view.file(user, lost.path).is_some_and(|file| file.new.is_none()) {
                    continue;
                }
                let uses = other.files.iter().filter(|file| same_family(file.language, lost.language));
                let uses =
                    uses.filter_map(|file| Some((file, added_import(view, (remover, user), file, lost)?)));
                findings.extend(uses.map(|(file, import)| finding(view, remover, lost, user, file, import)));
            }
        }
    }
}

/// The import of the lost file that a branch added, or began to use more.
fn added_import<'a>(
    view: &View<'_>,
    (remover, user): (usize, usize),
    file: &'a File<'a>,
    lost: &File<'_>,
) -> Option<&'a Import> {
    let model = &file.new.as_ref()?.model;
    if view.file(remover, file.path).is_some_and(|own| own.new.is_none()) {
        // The importing file moved along, or its merge is a conflict that Git reports.
        return None;
    }
    let means = |module: &str, import: &Import, target: &File<'_>| match file.language {
        Language::Rust => rust::aim(file, module, import.within, target) == Some(Aim::File),
        _ => aims(file, module, target) == Some(Aim::File),
    };
    let kept = |module: &str, import: &Import| {
        let mut files = view.branches[remover].files.iter().filter(|other| other.new.is_some());
        files.any(|other| means(module, import, other))
    };
    let word = last_word(&lost.name);
    // `from rooms import doors` takes what the package calls so, whether or not that is a file.
    let is_given =
        |module: &str, import: &Import| module != import.module && package_gives(view, remover, lost, word);
    let may_mean = |import: &Import| {
        let named = import.names.iter().any(|name| name.name == word);
        named || import.module.contains(word) || !import.module.contains(char::is_alphanumeric)
    };
    let means_lost = |import: &&Import| {
        may_mean(import)
            && modules(file, import).iter().any(|module| {
                means(module, import, lost) && !kept(module, import) && !is_given(module, import)
            })
    };
    let named = file.change.imported.iter().map(|(import, _)| import);
    let added = named.chain(&file.change.imported_modules).map(|import| &model.imports[*import]);
    let used = file.change.uses.iter().filter(|added| added.is_more).filter_map(|added| {
        let reference = &model.refs[added.reference];
        match &reference.receiver {
            Receiver::None => Some(import_of(model, &reference.name)?.0),
            Receiver::Name(name) => Some(import_of(model, name)?.0),
            _ => None,
        }
    });
    let Some(theirs) = view.file(remover, file.path) else { return added.chain(used).find(means_lost) };
    let Some(merged) = view.merged(theirs.path, remover, user) else {
        return added.into_iter().find(means_lost);
    };
    let left = |import: &&Import| merged.model.imports.iter().any(|other| other.module == import.module);
    added.chain(used).filter(left).find(means_lost)
}

/// Whether a Python package has something else now under the name of a module that it lost.
fn package_gives(view: &View<'_>, remover: usize, lost: &File<'_>, word: &str) -> bool {
    const OWN: &str = "__init__.py";
    let folder = lost
        .name
        .strip_suffix(OWN)
        .map_or(lost.directory(), |folder| directory(folder.trim_end_matches('/')));
    let path = RepoPath::from(under(folder, OWN).as_str());
    let binds = |model: &FileModel| {
        let is_other = |import: &&Import| {
            let name = import.module.trim_start_matches('.');
            name.rsplit('.').next() != Some(word) && !(name.is_empty() && import.module.starts_with('.'))
        };
        let mut names = model.imports.iter().filter(is_other).flat_map(|import| &import.names);
        names.any(|name| name.local == word) || model.named(word).any(|(_, def)| def.parents.is_empty())
    };
    lost.language == Language::Python
        && match view.file(remover, &path) {
            Some(own) => own.new.as_ref().is_some_and(|new| binds(&new.model)),
            None => lost.world.file(&path).is_some_and(|file| binds(&file.1)),
        }
}

fn finding(
    view: &View<'_>,
    remover: usize,
    lost: &File<'_>,
    user: usize,
    file: &File<'_>,
    import: &Import,
) -> Finding {
    let moved = moved_to(view, remover, lost);
    let (user_name, remover_name) = (view.name(user), view.name(remover));
    let did = moved.map_or("removed".to_owned(), |target| format!("moved to {}", target.path));
    let message = format!("{user_name} imports {} in {}, which {remover_name} {did}", lost.path, file.path);
    let gone_site = view.site(remover, moved.map_or(lost.path, |target| target.path), 1);
    let use_site = view.site(user, file.path, import.line);
    let sites = if moved.is_some() { vec![gone_site, use_site] } else { vec![use_site, gone_site] };
    let fix = Some(match moved {
        Some(target) => {
            let edits = move_edits(view, (remover, target), file, import).unwrap_or_default();
            let patch = file.new.as_ref().map_or(String::new(), |new| patch(file.path, new.text, edits));
            view.fix(user, format!("import {} in {}", target.path, file.path), patch)
        }
        None => {
            let old = lost.old.as_ref().filter(|old| is_whole(view, remover, lost, old));
            let patch = old.map_or(String::new(), |old| created(lost.path, old.text));
            view.fix(remover, format!("keep {} as long as {user_name} needs it", lost.path), patch)
        }
    });
    let symbol = format!("file {}", lost.name);
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
}

/// The word that an import of a file must hold, unless it is made of dots: a cheap first look.
fn last_word(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let name = parts.next().and_then(|name| name.split('.').next()).unwrap_or(path);
    let is_folder = matches!(name, "index" | "__init__" | "mod" | "lib" | "main");
    if is_folder { parts.next().unwrap_or("") } else { name }
}

/// The modules that a statement takes in: its own, and those that its names may be.
fn modules(file: &File<'_>, import: &Import) -> Vec<String> {
    let inner = import.names.iter().filter(|name| !name.name.is_empty());
    let inner = inner.filter_map(|name| submodule(file.language, &import.module, &name.name));
    std::iter::once(import.module.clone()).chain(inner).collect()
}

/// The file that now holds most of what the lost one held.
fn moved_to<'a>(view: &View<'a>, remover: usize, lost: &File<'_>) -> Option<&'a File<'a>> {
    let old = &lost.old.as_ref()?.model.defs;
    let top: Vec<&str> =
        old.iter().filter(|def| def.parents.is_empty()).map(|def| def.name.as_str()).collect();
    let shared = |file: &File<'_>| {
        let Some(new) = &file.new else { return 0 };
        let added = file.change.added.iter().map(|idx| &new.model.defs[*idx]);
        added.filter(|def| def.parents.is_empty() && top.contains(&def.name.as_str())).count()
    };
    let files = view.branches[remover].files.iter().filter(|file| same_family(file.language, lost.language));
    let best = files.max_by_key(|file| shared(file))?;
    (shared(best) * 2 > top.len()).then_some(best)
}

/// Whether a lost file is all that it takes to have it back. In Rust another one has to name it.
fn is_whole(view: &View<'_>, remover: usize, lost: &File<'_>, old: &Side<'_>) -> bool {
    lost.language != Language::Rust && !lacks_its_needs(view, remover, lost, &(0..old.text.len()), "")
}

/// Takes all that comes from the lost file from another one, if that has it.
fn move_edits(
    view: &View<'_>,
    (remover, target): (usize, &File<'_>),
    file: &File<'_>,
    import: &Import,
) -> Option<Vec<Edit>> {
    let (new, there) = (file.new.as_ref()?, target.new.as_ref()?);
    if file.path == target.path
        || file.language == Language::Rust && !rust::may_enter(view, file, (remover, target))
    {
        return None;
    }
    let module = match file.language {
        Language::Rust => Some(rust::module_for(file, target)),
        language => module_for(language, &file.name, &import.module, &target.name),
    }?;
    let same = new.model.imports.iter().filter(|other| other.module == import.module);
    same.map(|import| {
        let has = |name: &Imported| {
            name.name.is_empty() || there.model.named(&name.name).any(|(_, def)| def.parents.is_empty())
        };
        // A path in code begins with the name of the module.
        let is_module = import.names.iter().any(|name| name.name.is_empty());
        let statement = new.text.get(import.span.clone())?;
        let is_group = file.language == Language::Rust && statement.contains("::{");
        let is_path =
            matches!(file.language, Language::Python | Language::Rust) && !statement.contains(" as ");
        let keeps = !is_module || !is_path;
        if !keeps || is_group || !import.names.iter().all(has) {
            return None;
        }
        let moved = with_module(file.language, statement, import, &module)?;
        Some(Edit::replace(import.span.clone(), moved))
    })
    .collect()
}
