//! A branch adds a use of a member that the merge has not, though no branch took the member away: the
//! value before the dot is of another type there, or the type no longer stands below the one that has
//! the member.

use std::collections::HashSet;

use super::{Draft, Rule, View, java, script, symbol_removed, verb};
use crate::model::{Finding, Level, RepoPath};
use crate::validate::extract::Language;
use crate::validate::lines::LineMap;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Flow, Receiver, Ref, RefKind, Value};
use crate::validate::names::has_word;

pub(super) const RULE: Rule = Rule { id: symbol_removed::RULE.id, check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for other in 0..view.branches.len() {
        let freed = freed(view, other);
        for (user, changes) in view.branches.iter().enumerate().filter(|(user, _)| *user != other) {
            for file in changes.files.iter().filter(|file| is_looked_at(file.language)) {
                let pair = Pair { view, user, file, other };
                findings.extend(pair.retyped());
                findings.extend(pair.freed(&freed));
                findings.extend(pair.refused(&freed));
            }
        }
    }
}

fn is_looked_at(language: Language) -> bool {
    language == Language::Java || script::is_typed(language)
}

/// A type that a branch took from below another one.
pub(super) struct Freed<'a> {
    pub(super) path: &'a RepoPath,
    pub(super) new: &'a Def,
    pub(super) from: &'a str,
}

fn freed<'a>(view: &View<'a>, branch: usize) -> Vec<Freed<'a>> {
    let mut all = Vec::new();
    for file in view.branches[branch].files.iter().filter(|file| is_looked_at(file.language)) {
        let (Some(old), Some(new)) = (&file.old, &file.new) else { continue };
        let types = old.model.defs.iter().filter(|def| def.kind.is_type());
        for (before, after) in types.filter_map(|old| Some((old, stands(&new.model, old)?))) {
            if let Some(from) = before.supers.iter().find(|above| !after.supers.contains(above)) {
                all.push(Freed { path: file.path, new: after, from });
            }
        }
    }
    all
}

fn stands<'m>(model: &'m FileModel, old: &Def) -> Option<&'m Def> {
    let mut same = model.defs.iter().filter(|def| def.kind.is_type() && def.is_named_as(old));
    same.next().filter(|_| same.next().is_none())
}

/// What a file of one branch says, and the branch that it meets.
struct Pair<'v, 'a> {
    view: &'v View<'a>,
    user: usize,
    file: &'a File<'a>,
    other: usize,
}

impl<'a> Pair<'_, 'a> {
    fn added(&self) -> impl Iterator<Item = &'a Ref> + use<'a> {
        let model = self.file.new.as_ref().map(|new| &*new.model);
        let added = self.file.change.uses.iter();
        added.filter_map(move |added| model?.refs.get(added.reference))
    }

    /// The new uses of members.
    fn uses(&self) -> impl Iterator<Item = &'a Ref> + use<'a> {
        let refs = self.added();
        let kinds = [RefKind::Call, RefKind::Read, RefKind::Write];
        refs.filter(move |reference| kinds.contains(&reference.kind))
    }

    /// The first use of a value that is of another type in the merge, which lacks the member.
    fn retyped(&self) -> Option<Finding> {
        let theirs = self.view.counterpart(self.other, self.file)?;
        let merged = self.view.merge_of((self.user, self.file), (self.other, theirs))?;
        let new = self.file.new.as_ref()?;
        let models = [&new.model, &merged.model];
        if models.iter().any(|model| !model.broken.is_empty()) {
            return None;
        }
        let is_value = |reference: &&Ref| !matches!(reference.receiver, Receiver::None | Receiver::This);
        let left: HashSet<_> = merged.model.refs.iter().map(meaning).collect();
        let mut uses = self.uses().filter(is_value).filter(|own| !left.contains(&meaning(own)));
        let first = uses.next()?;
        let standing = self.view.standing((self.user, self.file), self.other)?;
        let (own, lost, line) = std::iter::once(first).chain(uses).find_map(|own| {
            let now = standing.counterpart(own)?;
            let ask = Ask { view: self.view, user: (self.user, self.file), other: self.other };
            let lost = match self.file.language {
                Language::Java => java::lost_member(&ask, own, now),
                _ => script::lost_member(&ask, own, now, merged),
            }?;
            Some((own, lost, now.line))
        })?;
        let at = LineMap::new(merged.text, theirs.new.as_ref()?.text).to_new(line);
        let text = format!(
            "of a `{}` in {}, of which {} made a `{}` there",
            lost.was,
            self.file.path,
            self.view.name(self.other),
            lost.is
        );
        let summary = format!("use the `{}` in {}", lost.is, self.file.path);
        Some(self.finding(own, (theirs.path, around(theirs, at)), &text, summary))
    }

    /// The first use of a member that a type had from above, in each file.
    fn freed(&self, freed: &[Freed<'_>]) -> Option<Finding> {
        if freed.is_empty() {
            return None;
        }
        let ask = Ask { view: self.view, user: (self.user, self.file), other: self.other };
        let (own, freed) = self.uses().find_map(|own| {
            let freed = match self.file.language {
                Language::Java => java::freed_from(&ask, own, freed),
                _ => script::freed_from(&ask, own, freed),
            }?;
            self.is_left(own).then_some((own, freed))
        })?;
        let (owner, from) = (&freed.new.name, freed.from);
        let text = format!(
            "of a `{owner}` in {}, which {} took from below `{from}`",
            self.file.path,
            self.view.name(self.other)
        );
        let summary = format!("do without what `{from}` gave `{owner}` in {}", self.file.path);
        Some(self.finding(own, (freed.path, freed.new.line), &text, summary))
    }

    /// The first use that takes a type for one which it no longer stands below.
    fn refused(&self, freed: &[Freed<'_>]) -> Option<Finding> {
        let text = self.file.new.as_ref().filter(|_| self.file.language == Language::Java)?.text;
        if !freed.iter().any(|freed| has_word(text, &freed.new.name)) {
            return None;
        }
        let ask = Ask { view: self.view, user: (self.user, self.file), other: self.other };
        let used = self.added().find_map(|own| {
            let refused = java::refused_as(&ask, own, freed)?;
            self.is_left(own).then_some((own, refused))
        });
        let Some((own, (freed, wanted))) = used else { return self.going(&ask, freed) };
        let owner = &freed.new.name;
        let with = if own.name == *owner { String::new() } else { format!("with a `{owner}` ") };
        let (path, other) = (self.file.path, self.view.name(self.other));
        let text =
            format!("{with}for {} in {path}, which {other} took from below `{}`", a(&wanted), freed.from);
        let summary = format!("pass something that is {} in {}", a(&wanted), self.file.path);
        Some(self.finding(own, (freed.path, freed.new.line), &text, summary))
    }

    /// The first local name that goes where its type no longer can.
    fn going(&self, ask: &Ask<'_, '_>, freed: &[Freed<'_>]) -> Option<Finding> {
        let new = self.file.new.as_ref().filter(|new| !new.model.flows.is_empty())?;
        let old = self.file.before().map_or("", |old| old.text);
        let added = LineMap::new(old, new.text).added();
        let is_new = |flow: &&Flow| added.get(flow.line as usize - 1).copied().unwrap_or(false);
        let (flow, (freed, wanted)) = new.model.flows.iter().filter(is_new).find_map(|flow| {
            let refused = java::refused_going(ask, flow, freed)?;
            self.still_goes(flow).then_some((flow, refused))
        })?;
        let (path, owner) = (self.file.path, &freed.new.name);
        let message = format!(
            "{} gives a `{owner}` for {} in {path}, but {} took it from below `{}`",
            self.view.name(self.user),
            a(&wanted),
            self.view.name(self.other),
            freed.from
        );
        let sites = vec![
            self.view.site(self.other, freed.path, freed.new.line),
            self.view.site(self.user, path, flow.line),
        ];
        let summary = format!("give something that is {} in {path}", a(&wanted));
        let fix = Some(self.view.fix(self.user, summary, String::new()));
        let symbol = format!("member {owner}");
        Some(Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish())
    }

    /// Whether a local of the same type goes to the same place in the merge.
    fn still_goes(&self, flow: &Flow) -> bool {
        let Some(theirs) = self.view.counterpart(self.other, self.file) else { return true };
        let merged = self.view.merge_of((self.user, self.file), (self.other, theirs));
        let same = |now: &Flow| (&now.value, &now.wanted) == (&flow.value, &flow.wanted);
        merged.is_some_and(|merged| merged.model.flows.iter().any(same))
    }

    /// Whether the merge still holds a use, of the same values and for the same place.
    fn is_left(&self, own: &Ref) -> bool {
        let Some(theirs) = self.view.counterpart(self.other, self.file) else { return true };
        let merged = self.view.merge_of((self.user, self.file), (self.other, theirs));
        let same =
            |now: &Ref| meaning(own) == meaning(now) && (&own.args, &own.wanted) == (&now.args, &now.wanted);
        merged.is_some_and(|merged| merged.model.refs.iter().any(same))
    }

    fn finding(&self, own: &Ref, there: (&RepoPath, u32), text: &str, summary: String) -> Finding {
        let name = &own.name;
        let message = format!("{} {} `{name}` {text}", self.view.name(self.user), verb(own.kind));
        let sites = vec![
            self.view.site(self.other, there.0, there.1),
            self.view.site(self.user, self.file.path, own.line),
        ];
        let fix = Some(self.view.fix(self.user, summary, String::new()));
        let symbol = format!("member {name}");
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
    }
}

/// A type as something that is wanted.
fn a(wanted: &str) -> String {
    if Value::PLACES.contains(&wanted) { wanted.to_owned() } else { format!("a `{wanted}`") }
}

/// Where a question is asked.
pub(super) struct Ask<'v, 'a> {
    pub(super) view: &'v View<'a>,
    pub(super) user: (usize, &'a File<'a>),
    pub(super) other: usize,
}

/// What a value was and is.
pub(super) struct Lost {
    pub(super) was: String,
    pub(super) is: String,
}

/// What a use says, wherever it stands.
fn meaning(used: &Ref) -> (&str, RefKind, &Receiver, &Value) {
    (&used.name, used.kind, &used.receiver, &used.on)
}

/// The line of the innermost definition around a line, or that line.
fn around(file: &File<'_>, line: u32) -> u32 {
    let Some(new) = &file.new else { return 1 };
    let start = crate::validate::lines::line_start(new.text, line);
    let inside = new.model.defs.iter().filter(|def| def.span.contains(&start) && def.line <= line);
    inside.max_by_key(|def| def.line).map_or(line, |def| def.line)
}
