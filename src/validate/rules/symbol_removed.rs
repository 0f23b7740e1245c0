//! One branch removes, renames or moves a definition that another starts to use.

mod alike;
mod kept;
mod rename;
mod repair;
mod restore;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use self::kept::{is_inherited, may_be_inherited, package_still_has, stands_for_another, stays, still_has};
pub(super) use self::repair::{import_statement, with_module};
pub(super) use self::restore::lacks_its_needs;
use super::inherited::{self, Above};
use super::reach::Reach;
use super::{Draft, Rule, View, import_verb, verb};
use super::{go, java, rust, script, tentative};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::delta::symbol;
use crate::validate::extract::Language;
use crate::validate::index::{Became, Gone, Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, Receiver, Ref, RefKind};
use crate::validate::names::{has_word, is_rare};
use crate::validate::resolve::has_packages;

pub(super) const RULE: Rule = Rule { id: "symbol-removed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (name, all_gone) in &view.index.gone {
        for gone in all_gone {
            let lost = Lost { view, gone, stays: OnceCell::new(), asked: RefCell::default() };
            findings.extend(first_in_each_file(view.index.uses_elsewhere(gone.branch, name), |usage| {
                lost.level(usage).map(|level| finding(view, gone, usage, level))
            }));
        }
    }
}

/// A definition that is gone, with what is asked of it once and not for each use.
struct Lost<'l, 'a> {
    view: &'l View<'a>,
    gone: &'l Gone<'a>,
    /// Whether the text that lost it brings it all the same.
    stays: OnceCell<bool>,
    /// Whether a file asks for a name before it uses that.
    asked: RefCell<BTreeMap<(&'a RepoPath, &'a str), bool>>,
}

impl<'a> Lost<'_, 'a> {
    /// How surely the merge would lack what the use means; none when nothing is wrong.
    fn level(&self, usage: &Use<'a>) -> Option<Level> {
        let Self { view, gone, .. } = self;
        // A lost file is one finding of its own, but not where its package stays.
        let is_file = gone.file.new.is_none() && !has_packages(gone.file.language);
        if is_file && !rust::is_named_by_path(view, gone, usage) {
            return None;
        }
        let reach = view.reach(usage, gone.file, gone.def)?;
        if is_file && reach != Reach::Sure {
            return None;
        }
        if *self.stays.get_or_init(|| stays(view, gone)) || !still_has(view, usage.branch, gone) {
            return None;
        }
        if self.is_tentative(usage) || !is_left_in_merge(view, gone, usage) {
            return None;
        }
        level(view, gone, usage, reach)
    }

    /// Whether the file does without the name if it must.
    fn is_tentative(&self, usage: &Use<'a>) -> bool {
        match usage.what {
            _ if usage.file.language == Language::JavaScript => script::is_asked_for(usage),
            _ if usage.file.language != Language::Python => false,
            What::Import(import, _) => {
                tentative::around(usage.file, import) == Some(tentative::Around::Caught)
            }
            What::Ref(reference, _) => {
                let mut asked = self.asked.borrow_mut();
                let place = (usage.file.path, reference.name.as_str());
                *asked.entry(place).or_insert_with(|| tentative::is_asked_for(usage.file, reference))
            }
        }
    }
}

/// How surely a use that means what is gone is left without it.
fn level<'a>(view: &View<'a>, gone: &Gone<'a>, usage: &Use<'_>, reach: Reach) -> Option<Level> {
    let lives_on = || script::is_typed(gone.file.language) && script::may_live_on(view, usage, gone);
    let unique = || is_unique(view, gone);
    let in_go = (gone.file.language == Language::Go).then(|| go::lives_on(view, usage, gone)).flatten();
    match reach {
        Reach::Sure | Reach::Barrel if gone.file.language == Language::Java && gone.def.kind.is_type() => {
            (!java::is_met(view, usage, gone.branch, gone.file, gone.def)).then_some(Level::Deny)
        }
        Reach::Sure if gone.file.language == Language::Java => {
            (!is_inherited(view, gone, usage)).then_some(Level::Deny)
        }
        Reach::Sure if gone.file.language == Language::Rust && gone.is_member() => {
            let is_given = rust::is_given_by(view, gone, usage.branch);
            let level = if rust::binds_instead(usage, gone.def) { Level::Warn } else { Level::Deny };
            (!is_given && !rust::is_of_another_now(view, usage, gone)).then_some(level)
        }
        _ if gone.file.language == Language::Rust && rust::hands_on_anew(view, usage, gone) => None,
        _ if script::is_handed_on(view, usage, gone) => None,
        Reach::Sure if gone.file.language == Language::Go && stands_for_another(gone) => None,
        Reach::Sure if in_go == Some(true) => None,
        Reach::Sure if in_go == Some(false) => Some(Level::Deny),
        Reach::Sure if lives_on() || gone.is_member() && script::is_silenced_above(usage) => None,
        Reach::Sure if may_be_inherited(gone) => match inherited::above(view, gone) {
            Above::Has | Above::Anything => None,
            Above::Lacks => Some(Level::Deny),
            Above::Foreign | Above::Unknown if gains_above(gone) || may_be_told_above(gone) => None,
            Above::Foreign if overrides(gone) || is_special(gone) => None,
            Above::Foreign if is_of_its_own(gone) => Some(Level::Deny),
            Above::Foreign | Above::Unknown => unique().then_some(Level::Deny),
        },
        Reach::Sure if usage.file.language == Language::Go && !gone.is_member() => {
            (!package_still_has(view, gone)).then_some(Level::Deny)
        }
        Reach::Sure => Some(Level::Deny),
        Reach::Barrel => unique().then_some(Level::Deny),
        Reach::NameOnly | Reach::Through if gone.def.name.len() < 4 => None,
        // A library has members of that name, and what the use stands on may be any of its own.
        Reach::NameOnly | Reach::Through if overrides(gone) => None,
        Reach::NameOnly | Reach::Through => (unique() && !lives_on())
            .then(|| if is_told(view, usage, gone) { Level::Deny } else { Level::Warn }),
    }
}

/// Whether the name alone tells which member is meant.
fn is_told(view: &View<'_>, usage: &Use<'_>, gone: &Gone<'_>) -> bool {
    match gone.file.language {
        Language::Python => is_told_in_python(view, usage, gone),
        _ => java::is_told(usage, gone.file, gone.def),
    }
}

/// Whether no library would call an attribute so, the file knows the class that had it, and nobody gives
/// it to something else from outside.
fn is_told_in_python(view: &View<'_>, usage: &Use<'_>, gone: &Gone<'_>) -> bool {
    let name = &gone.def.name;
    let knows = |file: &File<'_>| {
        let text = file.new.as_ref().map_or("", |new| new.text);
        gone.def.parents.last().is_some_and(|owner| has_word(text, owner))
    };
    let sets = |model: &FileModel| {
        model.refs.iter().any(|other| other.kind == RefKind::Write && other.name == *name)
    };
    let mut changed = view.branches.iter().flat_map(|branch| &branch.files);
    is_rare(name)
        && gone.is_member()
        && knows(usage.file)
        && !changed.any(|file| file.new.as_ref().is_some_and(|new| sets(&new.model)))
        && !view.states_elsewhere(name, &|_, model| sets(model))
}

/// Whether an interface may have stated anew what one above it says as well, which a library would.
fn may_be_told_above(gone: &Gone<'_>) -> bool {
    let owner = gone.def.parents.last();
    let is_interface = |def: &Def| def.kind == Kind::Interface && Some(&def.name) == owner;
    script::is_typed(gone.file.language)
        && new_defs(gone.file).iter().any(is_interface)
        && !is_rare(&gone.def.name)
}

/// Whether the type that lost a member has another one above it now, which may bring the member.
fn gains_above(gone: &Gone<'_>) -> bool {
    let owner = gone.def.parents.last();
    let old = gone.file.old.as_ref().map_or(&[][..], |old| &old.model.defs);
    let is_owner = |def: &&Def| def.kind.is_type() && Some(&def.name) == owner;
    let had: Vec<&String> = old.iter().filter(is_owner).flat_map(|def| &def.supers).collect();
    new_defs(gone.file).iter().filter(is_owner).flat_map(|def| &def.supers).any(|above| !had.contains(&above))
}

/// Whether a member says that it takes the place of one above it, or calls that.
fn overrides(gone: &Gone<'_>) -> bool {
    let text = gone.file.old.as_ref().and_then(|old| old.text.get(gone.def.span.clone())).unwrap_or_default();
    let calls_above =
        ["super.", "super()."].iter().any(|lead| text.contains(&format!("{lead}{}(", gone.def.name)));
    let marked = gone.def.head.split_whitespace().any(|word| word == "override");
    marked || calls_above || has_word(text, "@override")
}

/// Whether Python itself asks for a member of that name, which a library may give as well.
fn is_special(gone: &Gone<'_>) -> bool {
    let name = &gone.def.name;
    gone.file.language == Language::Python && name.starts_with("__") && name.ends_with("__")
}

/// Whether a member hardly takes the place of one that a library has: a branch gave it another name,
/// it is a field, or a library would not call one so.
fn is_of_its_own(gone: &Gone<'_>) -> bool {
    let stays = matches!(gone.became, Became::Renamed(_)) || gone.def.kind == Kind::Field;
    stays || is_rare(&gone.def.name)
}

fn new_defs<'f>(file: &'f File<'_>) -> &'f [Def] {
    file.new.as_ref().map_or(&[], |new| &new.model.defs)
}

/// Whether nothing else defines the name, as far as can be known; not even the file it left.
fn is_unique(view: &View<'_>, gone: &Gone<'_>) -> bool {
    let name = &gone.def.name;
    let again = |file: &File<'_>| {
        file.new.as_ref().is_some_and(|new| new.model.defs.iter().any(|def| def.name == *name))
    };
    !again(gone.file) && view.is_unique(name, gone.file.path)
}

fn is_same(gone: &Gone<'_>, def: &Def) -> bool {
    let language = gone.file.language;
    def.name == gone.def.name && symbol(language, def) == symbol(language, gone.def)
}

/// Whether the merge of both branches still holds the use and lacks what it means.
fn is_left_in_merge(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>) -> bool {
    let here = usage.file.path == gone.file.path;
    let defined = |model: &FileModel| here && model.defs.iter().any(|def| is_same(gone, def));
    is_left(view, (gone.branch, &gone.def.name), usage, defined)
}

/// Whether the merge of both branches still holds a use of what one of them takes away.
pub(super) fn is_left(
    view: &View<'_>,
    (remover, name): (usize, &str),
    usage: &Use<'_>,
    defined: impl Fn(&FileModel) -> bool,
) -> bool {
    let is_more = !matches!(usage.what, What::Ref(_, false));
    let Some(theirs) = view.counterpart(remover, usage.file) else { return is_more };
    if theirs.new.is_none() {
        // The file moved or went: Git moves the use along or asks, and imports change with it.
        return false;
    }
    let Some(merged) = view.merge_of((usage.branch, usage.file), (remover, theirs)) else {
        // Both changed the file and their merge conflicts: only a use that is surely new counts,
        // and not one that the other branch has made as well.
        let same = |other: &Use<'_>| other.branch == remover && other.file.path == theirs.path;
        return is_more && !view.index.uses(name).any(same);
    };
    let model = &merged.model;
    let used = match usage.what {
        What::Import(import, imported) => model.imports.iter().any(|other| {
            other.module == import.module && other.names.iter().any(|name| name.name == imported.name)
        }),
        What::Ref(reference, _) => {
            model.uses_of(&reference.name).any(|other| other.receiver == reference.receiver)
        }
    };
    let rebound = match usage.what {
        What::Ref(reference, _) => is_rebound(usage.file, model, reference),
        What::Import(..) => false,
    };
    used && !defined(model) && !rebound
}

/// Whether the merge takes the name before or without a dot from elsewhere than the user's branch.
fn is_rebound(file: &File<'_>, merged: &FileModel, reference: &Ref) -> bool {
    let local = match &reference.receiver {
        Receiver::None => &reference.name,
        Receiver::Name(name) => name,
        _ => return false,
    };
    let source = |model: &FileModel| {
        super::reach::import_of(model, local).map(|(import, name)| (import.module.clone(), name.name.clone()))
    };
    let before = file.new.as_ref().and_then(|new| source(&new.model));
    source(merged).is_some_and(|now| before != Some(now))
}

fn finding(view: &View<'_>, gone: &Gone<'_>, usage: &Use<'_>, level: Level) -> Finding {
    let verb = match usage.what {
        What::Import(_, imported) => import_verb(usage, imported),
        What::Ref(reference, _) => verb(reference.kind),
    };
    let (user, remover) = (view.name(usage.branch), view.name(gone.branch));
    let (use_path, gone_path) = (usage.file.path, gone.file.path);
    let (name, kind) = (gone.def.path(), gone.def.kind.word());
    let did = match gone.became {
        Became::Renamed(to) => format!("renamed to `{}` in {gone_path}", to.path()),
        Became::RenamedWith(file, to) => format!("renamed to `{}` in {}", to.path(), file.path),
        Became::Moved(file, _) => format!("moved from {gone_path} to {}", file.path),
        Became::Nothing => format!("removed from {gone_path}"),
    };
    let doubt = if level == Level::Warn { ", if it is the same" } else { "" };
    let message = format!("{user} {verb} the {kind} `{name}` in {use_path}, which {remover} {did}{doubt}");
    let gone_site = match gone.became {
        Became::Renamed(to) => view.site(gone.branch, gone_path, to.line),
        Became::Moved(file, def) | Became::RenamedWith(file, def) => {
            view.site(gone.branch, file.path, def.line)
        }
        Became::Nothing => view.site_of_lost(gone.branch, gone.file, gone.def.line),
    };
    let use_site = view.site(usage.branch, use_path, usage.what.line());
    let restores = matches!(gone.became, Became::Nothing);
    let sites = if restores { vec![use_site, gone_site] } else { vec![gone_site, use_site] };
    let mut symbol = name.clone();
    if matches!(gone.became, Became::Moved(..) | Became::RenamedWith(..)) {
        // The site is where the symbol went; the finding is about where it was.
        symbol = format!("{gone_path} {name}");
    }
    let fix = Some(repair::fix(view, gone, usage));
    Draft { rule: RULE.id, level, message, symbols: &[&symbol], sites, fix }.finish()
}
