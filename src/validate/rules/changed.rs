//! A definition that one branch changed while others have new uses of it, and what is asked of every such
//! pair: whether the other branch still has it as it was, and whether the merge holds what it added.

use super::reach::Reach;
use super::{Draft, View, signature_changed, symbol_removed};
use crate::model::{Finding, Level, Site};
use crate::validate::extract::Language;
use crate::validate::index::{Use, What, first_in_each_file};
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Kind, RefKind};

/// A definition as it was and as a branch made it.
#[derive(Clone, Copy)]
pub(super) struct Changed<'a> {
    pub(super) branch: usize,
    pub(super) file: &'a File<'a>,
    pub(super) old: &'a Def,
    pub(super) new: &'a Def,
}

/// The definitions that a branch edited where they stand.
pub(super) fn edited<'a>(branch: usize, file: &'a File<'a>) -> impl Iterator<Item = Changed<'a>> {
    let models = file.old.as_ref().zip(file.new.as_ref());
    let pairs = models.into_iter().flat_map(|(old, new)| {
        let edited = file.change.edited.iter();
        edited.map(|&(before, after)| (&old.model.defs[before], &new.model.defs[after]))
    });
    pairs.map(move |(old, new)| Changed { branch, file, old, new })
}

/// Judges the uses that other branches have of what a branch edited in a file of a language, if the edit is one
/// that matters: in each file the first.
pub(super) fn misused<'a>(
    view: &View<'a>,
    language: Language,
    matters: impl Fn(&Changed<'_>) -> bool,
    judge: impl Fn(&Changed<'_>, &Use<'a>) -> Option<Finding>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == language) {
        for changed in edited(branch, file).filter(&matters) {
            let uses = view.index.uses_elsewhere(branch, &changed.old.name);
            findings.extend(first_in_each_file(uses, |usage| judge(&changed, usage)));
        }
    }
    findings
}

impl Changed<'_> {
    /// Whether the branch of a use has the definition as it was, if it changed the file as well.
    pub(super) fn is_as_it_was(&self, view: &View<'_>, usage: &Use<'_>, same: impl Fn(&Def) -> bool) -> bool {
        let Some(own) = view.file(usage.branch, self.file.path) else { return true };
        own.new.as_ref().is_some_and(|own| own.model.named_as(self.old).any(|(_, def)| same(def)))
    }

    /// Whether the merge holds a definition that the branch of a use added.
    pub(super) fn is_left(
        &self,
        view: &View<'_>,
        usage: &Use<'_>,
        own: &Def,
        same: impl Fn(&Def) -> bool,
    ) -> bool {
        let Some(theirs) = view.counterpart(self.branch, usage.file) else { return true };
        let merged = view.merge_of((usage.branch, usage.file), (self.branch, theirs));
        merged.is_some_and(|merged| merged.model.named_as(own).any(|(_, def)| same(def)))
    }

    /// Whether a use is a call that surely means the function as it was, and the merge holds both it and what is
    /// around it.
    pub(super) fn is_called_as_before(
        &self,
        view: &View<'_>,
        usage: &Use<'_>,
        same: impl Fn(&Def) -> bool,
    ) -> bool {
        let What::Ref(reference, _) = usage.what else { return false };
        let models = usage.file.new.as_ref().map(|new| &new.model);
        let around = models.zip(reference.within).and_then(|(model, within)| model.defs.get(within));
        reference.kind == RefKind::Call
            && reference.args.is_some()
            && view.reach(usage, self.file, self.old) == Some(Reach::Sure)
            && self.is_as_it_was(view, usage, |def| def.sig.is_some() && same(def))
            && symbol_removed::is_left(view, (self.branch, &self.old.name), usage, |_| false)
            && around.is_some_and(|around| {
                self.is_left(view, usage, around, |there| there.body_hash == around.body_hash)
            })
    }

    /// The change, and the line that does not go with it.
    pub(super) fn sites(&self, view: &View<'_>, usage: &Use<'_>, line: u32) -> Vec<Site> {
        let changed = view.site(self.branch, self.file.path, self.new.line);
        vec![changed, view.site(usage.branch, usage.file.path, line)]
    }
}

/// The method that a new mark of an override stands on.
pub(super) fn overriding<'a>(usage: &Use<'a>) -> Option<&'a Def> {
    let What::Ref(reference, _) = usage.what else { return None };
    let model: &'a FileModel = &usage.file.new.as_ref()?.model;
    let stands_there = |def: &&Def| def.line == reference.line && def.span.contains(&reference.span.start);
    let mut methods = model.defs.iter().filter(|def| def.kind == Kind::Method && def.name == reference.name);
    (reference.kind == RefKind::Override).then(|| methods.find(stands_there))?
}

/// That a method which takes the place of the changed one does not go with it. `verb` is what it does to the
/// changed one, `why` what it says of itself.
pub(super) fn overrides_wrongly(
    view: &View<'_>,
    changed: &Changed<'_>,
    (usage, own): (&Use<'_>, &Def),
    (verb, why): (&str, &str),
) -> Finding {
    let path = usage.file.path;
    let (old, head) = (changed.old.path(), &changed.new.head);
    let message = format!(
        "{} {verb}s `{old}` in {path} with one that {why}, but {} changed it to `{head}` in {}",
        view.name(usage.branch),
        view.name(changed.branch),
        changed.file.path
    );
    let fix = Some(view.fix(usage.branch, format!("{verb} it as `{head}` in {path}"), String::new()));
    let sites = changed.sites(view, usage, own.line);
    Draft {
        rule: signature_changed::RULE.id,
        level: Level::Deny,
        message,
        symbols: &[&old, &own.path()],
        sites,
        fix,
    }
    .finish()
}
