//! What all branches did, by name: the only place where branches meet.
//!
//! A rule asks for the names that one branch took away and looks at nothing but the uses of these
//! names on other branches, so the cost follows the changed symbols and not the pairs of branches.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::delta::provides;
use super::extract::Language;
use super::load::{Branch, File};
use super::model::{Def, FileModel, Import, Imported, Kind, Receiver, Ref, RefKind};
use super::names::similarity;
use super::resolve::{directory, has_packages};

/// A definition that a branch no longer has where it was.
pub(super) struct Gone<'a> {
    pub(super) branch: usize,
    pub(super) file: &'a File<'a>,
    /// As the old version had it.
    pub(super) def: &'a Def,
    pub(super) became: Became<'a>,
}

/// Where a lost definition went.
#[derive(Clone, Copy)]
pub(super) enum Became<'a> {
    Nothing,
    /// It has another name in the same file.
    Renamed(&'a Def),
    /// It has another name in another file, which was its file before.
    RenamedWith(&'a File<'a>, &'a Def),
    /// It has the same name in another file.
    Moved(&'a File<'a>, &'a Def),
}

/// A use that a branch added.
#[derive(Clone, Copy)]
pub(super) struct Use<'a> {
    pub(super) branch: usize,
    pub(super) file: &'a File<'a>,
    pub(super) what: What<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum What<'a> {
    /// A new import of a name.
    Import(&'a Import, &'a Imported),
    /// A new mention; the flag tells whether the file mentions the name more often than before.
    Ref(&'a Ref, bool),
}

impl What<'_> {
    pub(super) fn line(&self) -> u32 {
        match self {
            Self::Import(import, _) => import.line,
            Self::Ref(reference, _) => reference.line,
        }
    }
}

/// Changed names over all branches.
#[derive(Default)]
pub(super) struct Index<'a> {
    /// By the old name.
    pub(super) gone: BTreeMap<&'a str, Vec<Gone<'a>>>,
    /// By the name in the file that defines it, whatever its local name is.
    uses: HashMap<&'a str, Vec<Use<'a>>>,
    /// Objects that a branch writes out for a type or a function to take, by the name of that.
    pub(super) literals: BTreeMap<&'a str, Vec<Use<'a>>>,
    /// Definitions that a branch added or edited, by name: branch, file, definition.
    pub(super) defs: BTreeMap<&'a str, Vec<(usize, &'a File<'a>, &'a Def)>>,
    /// By branch, the files that state or import a name which another branch has new uses of.
    asked: Vec<(usize, &'a File<'a>)>,
}

/// What is found at uses: in each file of a branch at the first alone, which tells what to do with all.
pub(super) fn first_in_each_file<'u, 'a: 'u, T>(
    uses: impl IntoIterator<Item = &'u Use<'a>>,
    judge: impl Fn(&'u Use<'a>) -> Option<T>,
) -> Vec<T> {
    let (mut seen, mut found) = (HashSet::new(), Vec::new());
    for usage in uses {
        let place = (usage.branch, usage.file.path);
        if !seen.contains(&place)
            && let Some(one) = judge(usage)
        {
            seen.insert(place);
            found.push(one);
        }
    }
    found
}

impl<'a> Index<'a> {
    pub(super) fn new(branches: &'a [Branch<'a>]) -> Self {
        let mut index = Self::default();
        for (idx, branch) in branches.iter().enumerate() {
            for file in &branch.files {
                index.add_uses(idx, file);
                index.add_defs(idx, file);
            }
            for gone in gone_of(idx, branch) {
                index.gone.entry(&gone.def.name).or_default().push(gone);
            }
        }
        let files = branches
            .iter()
            .enumerate()
            .flat_map(|(idx, branch)| branch.files.iter().map(move |file| (idx, file)));
        index.asked = files.filter(|(idx, file)| index.is_asked(*idx, file)).collect();
        index
    }

    /// The new uses of a name on all branches.
    pub(super) fn uses<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s Use<'a>> + use<'s, 'a> {
        self.uses.get(name).into_iter().flatten()
    }

    /// The new uses of a name on other branches than one.
    pub(super) fn uses_elsewhere<'s>(
        &'s self,
        branch: usize,
        name: &str,
    ) -> impl Iterator<Item = &'s Use<'a>> + use<'s, 'a> {
        self.uses(name).filter(move |usage| usage.branch != branch)
    }

    /// The files, each with its branch, that other branches may use in a new place. What was done to
    /// any other file is in the way of no use, so that a branch that changed everything costs no more
    /// than what the others ask of it.
    pub(super) fn asked(&self) -> impl Iterator<Item = (usize, &'a File<'a>)> {
        self.asked.iter().copied()
    }

    fn is_asked(&self, branch: usize, file: &File<'_>) -> bool {
        let models = || file.before().into_iter().chain(&file.new).map(|side| &side.model);
        let imports = || models().flat_map(|model| &model.imports).flat_map(|import| &import.names);
        let mut defs = models().flat_map(|model| &model.defs);
        let is_used = |name: &str| self.uses_elsewhere(branch, name).next().is_some();
        defs.any(|def| is_used(&def.name)) || imports().any(|name| is_used(&name.local))
    }

    fn add_uses(&mut self, branch: usize, file: &'a File<'a>) {
        let Some(new) = &file.new else { return };
        let model: &FileModel = &new.model;
        for &(import, name) in &file.change.imported {
            let import = &model.imports[import];
            let imported = &import.names[name];
            let name = if imported.name.is_empty() { &imported.local } else { &imported.name };
            let what = What::Import(import, imported);
            self.uses.entry(name).or_default().push(Use { branch, file, what });
        }
        let originals = originals(model);
        for added in &file.change.uses {
            let reference = &model.refs[added.reference];
            let what = What::Ref(reference, added.is_more);
            let is_bare = reference.receiver == Receiver::None;
            let original = originals.get(reference.name.as_str()).filter(|_| is_bare);
            let (name, usage) = (original.copied().unwrap_or(&reference.name), Use { branch, file, what });
            match reference.kind {
                RefKind::Literal => self.literals.entry(name).or_default().push(usage),
                _ => self.uses.entry(name).or_default().push(usage),
            }
        }
    }

    fn add_defs(&mut self, branch: usize, file: &'a File<'a>) {
        let Some(new) = &file.new else { return };
        let edited = file.change.edited.iter().map(|(_, new)| new);
        for &def in file.change.added.iter().chain(edited) {
            let def = &new.model.defs[def];
            self.defs.entry(&def.name).or_default().push((branch, file, def));
        }
    }
}

/// What imported names are called where they come from, by what the file calls them.
fn originals(model: &FileModel) -> HashMap<&str, &str> {
    let mut originals = HashMap::new();
    for imported in model.imports.iter().flat_map(|import| &import.names) {
        let name = if imported.name.is_empty() { &imported.local } else { &imported.name };
        originals.entry(imported.local.as_str()).or_insert(name.as_str());
    }
    originals
}

/// The definitions a branch took away, with where they went.
fn gone_of<'a>(branch_idx: usize, branch: &'a Branch<'a>) -> Vec<Gone<'a>> {
    let mut gone = Vec::new();
    // What goes from a contract file is nothing that code imports.
    for file in branch.files.iter().filter(|file| file.language.is_code()) {
        let Some(old) = &file.old else { continue };
        let lost: Vec<&Def> = file.change.gone.iter().map(|idx| &old.model.defs[*idx]).collect();
        let places: HashSet<_> = lost.iter().map(|def| (def.name.as_str(), def.parents.as_slice())).collect();
        for &def in &lost {
            // A member goes with its type; the type is what is reported.
            let goes_with =
                def.parents.split_last().is_some_and(|(owner, around)| places.contains(&(owner, around)));
            if def.flags.is_test || goes_with || !is_net_loss(branch, file, def) {
                continue;
            }
            let became = became(branch, file, def, &lost);
            gone.push(Gone { branch: branch_idx, file, def, became });
        }
    }
    gone
}

/// Whether the symbol can no longer be reached where it was.
fn is_net_loss(branch: &Branch<'_>, file: &File<'_>, def: &Def) -> bool {
    if !def.parents.is_empty() {
        return true;
    }
    // In Java nobody takes a name from a file that only imports it.
    let kept = file.language != Language::Java
        && file.new.as_ref().is_some_and(|new| provides(file.language, &new.model, &def.name));
    let in_package = has_packages(file.language) && package_has(branch, file, def);
    !kept && !in_package
}

/// Whether another file of a package defines the symbol: there a move inside is no change.
fn package_has(branch: &Branch<'_>, file: &File<'_>, def: &Def) -> bool {
    let package = file.old.as_ref().map_or("", |old| old.model.package.as_str());
    let is_here = |other: &File<'_>, model: &FileModel| match file.language {
        Language::Java => model.package == package,
        _ => directory(&other.name) == directory(&file.name),
    };
    branch.files.iter().filter(|other| other.language == file.language).any(|other| {
        let model = other.new.as_ref().map(|new| &new.model).filter(|model| is_here(other, model));
        model.is_some_and(|model| model.named_as(def).next().is_some())
    })
}

/// At least this much of a declaration must stay for it to count as renamed.
const KEPT: f64 = 0.7;

fn became<'a>(branch: &'a Branch<'a>, file: &'a File<'a>, def: &'a Def, lost: &[&Def]) -> Became<'a> {
    if def.parents.is_empty()
        && let Some((file, moved)) = moved_to(branch, file, def)
    {
        return Became::Moved(file, moved);
    }
    if file.new.is_none() {
        return renamed_with(branch, file, def)
            .map_or(Became::Nothing, |(file, def)| Became::RenamedWith(file, def));
    }
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Became::Nothing };
    let added: Vec<&'a Def> = file.change.added.iter().map(|idx| &new.model.defs[*idx]).collect();
    let fits = |left: &Def, right: &Def| {
        let alike = left.kind == right.kind && left.parents == right.parents;
        let (left_text, right_text) = (text_of(old.text, left), text_of(new.text, right));
        // Of a field there is so little that all of it must stay.
        let kept = if matches!(left.kind, Kind::Field | Kind::Const) { 1.0 } else { KEPT };
        alike && similarity(left_text, &left.name, right_text, &right.name) >= kept
    };
    let mut matches = added.iter().filter(|candidate| fits(def, candidate));
    let (Some(&only), None) = (matches.next(), matches.next()) else { return Became::Nothing };
    let unique = lost.iter().filter(|other| fits(other, only)).count() == 1;
    if unique { Became::Renamed(only) } else { Became::Nothing }
}

/// The type that a moved Java file holds in place of the one it was named after.
fn renamed_with<'a>(branch: &'a Branch<'a>, file: &File<'_>, def: &Def) -> Option<(&'a File<'a>, &'a Def)> {
    let own_name = |file: &File<'_>, def: &Def| {
        let name = file.path.file_name();
        def.kind.is_type() && def.parents.is_empty() && name.strip_suffix(".java") == Some(&def.name)
    };
    let mut files = branch.files.iter();
    let target = files.find(|other| other.moved_from.as_ref().is_some_and(|(from, _)| *from == file.path))?;
    let new = target.new.as_ref().filter(|_| own_name(file, def))?;
    new.model.defs.iter().find(|def| own_name(target, def)).map(|def| (target, def))
}

/// The one other file in which the branch now defines the symbol anew.
fn moved_to<'a>(branch: &'a Branch<'a>, file: &File<'_>, def: &Def) -> Option<(&'a File<'a>, &'a Def)> {
    let alike = |other: &Def| {
        let kind = other.kind == def.kind || (def.kind.is_type() && other.kind.is_type());
        kind && other.parents.is_empty() && other.name == def.name && !other.flags.is_test
    };
    let mut places = branch
        .files
        .iter()
        .filter(|other| other.path != file.path && super::resolve::same_family(other.language, file.language))
        .filter_map(|other| {
            let defs = &other.new.as_ref()?.model.defs;
            other.change.added.iter().map(|idx| &defs[*idx]).find(|def| alike(def)).map(|def| (other, def))
        });
    match (places.next(), places.next()) {
        (Some(place), None) => Some(place),
        _ => None,
    }
}

fn text_of<'t>(text: &'t str, def: &Def) -> &'t str {
    text.get(def.span.clone()).unwrap_or("")
}

impl Gone<'_> {
    /// Whether the symbol is reached through a value or a type and not by an import.
    pub(super) fn is_member(&self) -> bool {
        match self.file.language {
            Language::Rust => self.def.is_member(),
            _ => !self.def.parents.is_empty() && self.def.kind != Kind::Module,
        }
    }
}
