//! A method that one branch adds below a type of the project, and that the type no longer allows, or does
//! not have any more, once another branch is merged.
//!
//! Whether the method takes the place of one above it is asked twice, as the compiler does: on the branch
//! that added it, and in the merge. Nothing has to mark it for that.

use super::assign::assignable;
use super::meeting::{Meeting, meet};
use super::thrown::{covers, declared, is_checked};
use super::types::{Found, Home, PRIMITIVES, Source, Types, may_make};
use crate::model::{Finding, Level};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, RefKind, Ty, Value};
use crate::validate::rules::access_changed::modifiers;
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    meet(view, findings, added, |meeting, own| meeting.beneath(own));
}

/// The methods that a branch added to named types and that may take the place of others.
fn added<'a>(file: &'a File<'a>) -> impl Iterator<Item = &'a Def> {
    let model = file.new.as_ref().map(|new| &*new.model);
    let defs = file.change.added.iter().filter_map(move |idx| model?.defs.get(*idx));
    defs.filter(|def| def.kind == Kind::Method && def.name != Value::CONSTRUCTOR && def.exported)
}

impl Meeting<'_, '_> {
    fn beneath(&self, own: &Def) -> Option<Finding> {
        if !self.changes(&own.name) {
            return None;
        }
        let before = Below::of(Types::of(self.view, self.user), self.file, own)?;
        let after = Below::of(Types::merged(self.view, self.user, self.other), self.file, own)?;
        let refused = || {
            let (home, idx, why) = after.refused()?;
            let was = before.met(&home.source.path, &home.around());
            let was_so = was.iter().any(|(home, idx)| before.clash(home, *idx).is_some());
            (!was_so).then_some((home, idx, why))
        };
        let lost = || {
            let (home, idx) = before.overridden().filter(|_| after.overrides_nothing())?;
            let mut marks = self.file.new.as_ref()?.model.uses_of(&own.name);
            let is_marked = marks.any(|used| used.kind == RefKind::Override && used.line == own.line);
            is_marked.then(|| (home, idx, "nothing above has it as it is written".to_owned()))
        };
        let (home, idx, why) = refused().or_else(lost)?;
        self.view.file(self.other, &home.source.path)?;
        Some(self.told_of_method(own, (&home, idx), &why))
    }

    fn told_of_method(&self, own: &Def, (home, idx): (&Home, usize), why: &str) -> Finding {
        let (user, changer) = (self.view.name(self.user), self.view.name(self.other));
        let above = &home.source.model.defs[idx];
        let (name, path) = (above.path(), &home.source.path);
        let message = format!(
            "{user} states `{}` below `{name}` in {}, where {why} since {changer} changed {path}",
            own.path(),
            self.file.path
        );
        let file = self.view.file(self.other, path).and_then(|file| file.new.as_ref());
        let mut now = file.into_iter().flat_map(|new| new.model.named_as(above));
        let line = now.next().map_or(1, |(_, def)| def.line);
        let sites =
            vec![self.view.site(self.other, path, line), self.view.site(self.user, self.file.path, own.line)];
        let summary = format!("state it as `{name}` allows in {}", self.file.path);
        let fix = Some(self.view.fix(self.user, summary, String::new()));
        let symbol = own.path();
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&name, &symbol], sites, fix }.finish()
    }
}

/// A method as a tree has it, and all types above its own.
struct Below<'v, 'a> {
    types: Types<'v, 'a>,
    source: Source,
    class: Home,
    own: Def,
    above: Vec<Home>,
}

impl<'v, 'a> Below<'v, 'a> {
    fn of(types: Types<'v, 'a>, file: &File<'_>, own: &Def) -> Option<Self> {
        let source = types.source(file)?;
        let class = types.at(&source, &own.parents)?;
        let own = {
            let mut same = source.model.named_as(own).filter(|(_, def)| def.sig == own.sig);
            same.next()?.1.clone()
        };
        let (above, _) = types.all_above(&class);
        Some(Self { types, source, class, own, above })
    }

    /// The methods of the type of a path that the method surely takes the place of.
    fn met(&self, path: &crate::model::RepoPath, names: &[String]) -> Vec<(Home, usize)> {
        let home = self.above.iter().find(|home| home.is(path, names));
        home.map_or(Vec::new(), |home| self.met_in(home, Some(true)))
    }

    fn met_in(&self, home: &Home, surely: Option<bool>) -> Vec<(Home, usize)> {
        let methods = home.members(&self.own.name, true).into_iter();
        let takes_place = |idx: &usize| {
            let def = &home.source.model.defs[*idx];
            let same = self.takes_the_same(home, def);
            self.is_inherited(home, def) && (same == surely || surely.is_none() && same != Some(false))
        };
        methods.filter(takes_place).map(|idx| (home.clone(), idx)).collect()
    }

    /// Whether the class can see a method above it, so that it may take its place.
    fn is_inherited(&self, home: &Home, def: &Def) -> bool {
        let shown = sight(home, def);
        let is_near = home.source.model.package == self.source.model.package;
        shown > Sight::Type && (shown > Sight::Package || is_near)
    }

    /// Whether both take the same types; none where that cannot be told.
    fn takes_the_same(&self, home: &Home, def: &Def) -> Option<bool> {
        let params = |def: &Def| def.sig.as_ref().map_or(0, |sig| sig.params.len());
        if params(def) != params(&self.own) {
            return Some(false);
        }
        let mut same = Some(true);
        for place in 0..params(def) {
            let (one, other) =
                (self.param(&self.source, &self.own, place), self.param(&home.source, def, place));
            match (one, other) {
                (Some(one), Some(other)) if is_same(&one, &other) => {}
                (Some(_), Some(_)) => return Some(false),
                _ => same = None,
            }
        }
        same
    }

    /// The type that a method takes in a place, and its brackets.
    fn param(&self, source: &Source, def: &Def, place: usize) -> Option<(Found, usize)> {
        let param = def.sig.as_ref()?.params.get(place)?;
        let Ty::Named(erased) = &param.ty else { return None };
        if param.variadic || param.written == "?" {
            return None;
        }
        let brackets = erased.matches("[]").count();
        let written = if param.written.is_empty() { erased } else { &param.written };
        let element = written.trim_end_matches("[]");
        Some((self.types.named(source, &def.parents, element)?, brackets))
    }

    /// The first method above that the own one must not take the place of.
    fn refused(&self) -> Option<(Home, usize, String)> {
        self.above.iter().find_map(|home| {
            let met = self.met_in(home, Some(true));
            met.into_iter().find_map(|(home, idx)| self.clash(&home, idx).map(|why| (home, idx, why)))
        })
    }

    /// What a method above minds of the own one.
    fn clash(&self, home: &Home, idx: usize) -> Option<String> {
        let above = &home.source.model.defs[idx];
        let is_private = sight(&self.class, &self.own) < sight(home, above);
        if modifiers(&above.head).contains(&"final") {
            return Some("it is final".to_owned());
        }
        // What is static in an interface is nothing for those below it.
        if home.def().kind == Kind::Interface && above.flags.is_static {
            return None;
        }
        if above.flags.is_static != self.own.flags.is_static {
            let what = if above.flags.is_static { "static" } else { "not static" };
            return Some(format!("it is {what}"));
        }
        if is_private {
            return Some("it can be seen from more places".to_owned());
        }
        self.other_result(home, above).or_else(|| self.thrown(home, above))
    }

    fn other_result(&self, home: &Home, above: &Def) -> Option<String> {
        let (own, theirs) = (&self.own.ty, &above.ty);
        if own.is_empty() || theirs.is_empty() || own == theirs {
            return None;
        }
        let is_plain = |ty: &String| PRIMITIVES.contains(&ty.as_str());
        let refused = is_plain(own) || is_plain(theirs) || {
            let from = self.types.named(&self.source, &self.own.parents, own)?;
            let to = self.types.named(&home.source, &above.parents, theirs)?;
            assignable(&self.types, &from, &to) == Some(false)
        };
        refused.then(|| format!("it gives back `{theirs}`"))
    }

    fn thrown(&self, home: &Home, above: &Def) -> Option<String> {
        let taken = |name: &String| self.types.named(&home.source, &above.parents, name);
        let name = declared(&self.own.fails).iter().find(|name| {
            let thrown = self.types.named(&self.source, &self.own.parents, name);
            thrown.is_some_and(|thrown| {
                let may = |name: &String| covers(&self.types, &thrown, taken(name));
                is_checked(&self.types, &thrown) && !declared(&above.fails).iter().any(may)
            })
        })?;
        Some(format!("it does not throw `{name}`"))
    }

    /// A method above that the own one surely takes the place of.
    fn overridden(&self) -> Option<(Home, usize)> {
        self.above.iter().find_map(|home| self.met_in(home, Some(true)).into_iter().next())
    }

    /// Whether there is surely nothing above that the own method could take the place of.
    fn overrides_nothing(&self) -> bool {
        let passed = self.own.sig.as_ref().map(|sig| sig.params.len());
        let name = &self.own.name;
        let is_plain = matches!(self.class.def().kind, Kind::Class | Kind::Interface);
        let mut all = std::iter::once(&self.class).chain(&self.above);
        is_plain
            && !OF_ALL.contains(&name.as_str())
            && !all.any(|home| self.types.may_inherit(home, name, passed) || may_make(home, name, passed))
            && self.above.iter().all(|home| self.met_in(home, None).is_empty())
    }
}

/// What every object has.
const OF_ALL: [&str; 5] = ["clone", "equals", "finalize", "hashCode", "toString"];

fn is_same(one: &(Found, usize), other: &(Found, usize)) -> bool {
    let short = |name: &str| name.strip_prefix("java.lang.").unwrap_or(name).to_owned();
    one.1 == other.1
        && match (&one.0, &other.0) {
            (Found::Project(one), Found::Project(other)) => one.is(&other.source.path, &other.around()),
            (Found::Foreign(one), Found::Foreign(other)) => short(one) == short(other),
            _ => false,
        }
}

/// From where a method can be seen.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Sight {
    Type,
    Package,
    Family,
    Everywhere,
}

fn sight(home: &Home, def: &Def) -> Sight {
    let words = modifiers(&def.head);
    let says = |word: &str| words.contains(&word);
    match home.def().kind {
        _ if says("private") => Sight::Type,
        Kind::Interface => Sight::Everywhere,
        _ if says("public") => Sight::Everywhere,
        _ if says("protected") => Sight::Family,
        _ => Sight::Package,
    }
}
