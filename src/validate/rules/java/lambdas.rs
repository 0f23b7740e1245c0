//! One branch changes the one method that a Java interface demands, or adds another; another branch adds
//! a lambda of it.

use std::collections::HashMap;

use super::meaning::dotted;
use super::types::{Found, Home, Source, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::lines::LineMap;
use crate::validate::load::File;
use crate::validate::model::{Def, FileModel, Holds, Kind, Receiver, Ref, RefKind, Region, Value};
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "signature-changed", check };

/// Methods that every object has; an interface that states them demands nothing.
const OF_OBJECT: [&str; 3] = ["equals", "hashCode", "toString"];

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, changes) in view.branches.iter().enumerate() {
        let java = changes.files.iter().filter(|file| file.language == Language::Java);
        for (file, owner) in java.flat_map(|file| reshaped(file).into_iter().map(move |def| (file, def))) {
            for (user, others) in view.branches.iter().enumerate().filter(|(user, _)| *user != branch) {
                for user_file in others.files.iter().filter(|file| file.language == Language::Java) {
                    let meeting = Meeting { view, branch, file, owner, user, user_file };
                    findings.extend(meeting.finding());
                }
            }
        }
    }
}

/// The interfaces that state other methods without a body than before.
fn reshaped<'a>(file: &'a File<'a>) -> Vec<&'a Def> {
    let (Some(old), Some(new)) = (&file.old, &file.new) else { return Vec::new() };
    let interfaces = |model: &'a FileModel| model.defs.iter().filter(|def| def.kind == Kind::Interface);
    let mut changed = Vec::new();
    for before in interfaces(&old.model) {
        let after = interfaces(&new.model).find(|after| after.is_named_as(before));
        let was = stated(&old.model, before);
        if let Some(after) = after.filter(|after| was.len() == 1 && stated(&new.model, after) != was) {
            changed.push(after);
        }
    }
    changed
}

/// How many arguments each method without a body takes that a type states itself.
fn stated(model: &FileModel, owner: &Def) -> Vec<usize> {
    let is_own = |def: &&Def| {
        def.flags.is_abstract
            && !OF_OBJECT.contains(&def.name.as_str())
            && def.parents.split_last() == Some((&owner.name, &owner.parents[..]))
    };
    let methods = model.defs.iter().filter(|def| def.kind == Kind::Method).filter(is_own);
    methods.map(|def| def.sig.as_ref().map_or(0, |sig| sig.params.len())).collect()
}

/// All that a lambda of an interface has to stand for; none when not all above it is known.
fn demanded(types: &Types<'_, '_>, interface: &Home) -> Option<Vec<usize>> {
    let (above, complete) = types.all_above(interface);
    let all = std::iter::once(interface).chain(&above);
    let known = all.clone().all(|home| home.source.model.broken.is_empty());
    // One method that is stated again further below is one; then nothing is said.
    (complete && known && above.is_empty())
        .then(|| all.flat_map(|home| stated(&home.source.model, home.def())).collect())
}

/// A changed interface, and a file of another branch.
struct Meeting<'v, 'a> {
    view: &'v View<'a>,
    branch: usize,
    file: &'a File<'a>,
    owner: &'a Def,
    user: usize,
    user_file: &'a File<'a>,
}

/// The file with the lambdas, as a tree has it.
struct Known<'v, 'a> {
    types: Types<'v, 'a>,
    source: Source,
    /// Its uses by the place of their name.
    uses: HashMap<usize, usize>,
}

impl<'v, 'a> Known<'v, 'a> {
    fn of(types: Types<'v, 'a>, file: &File<'_>) -> Option<Self> {
        let source = types.source(file)?;
        let refs = source.model.refs.iter().enumerate();
        let uses = refs.map(|(idx, used)| (used.span.start, idx)).collect();
        Some(Self { types, source, uses })
    }

    /// The type that a lambda is of.
    fn of_type(&self, region: &Region) -> Option<Found> {
        let model = &self.source.model;
        let inside = model.defs.iter().filter(|def| def.span.contains(&region.span.start));
        let around = inside.max_by_key(|def| def.span.start)?;
        let mut names = around.parents.clone();
        names.extend(around.kind.is_type().then(|| around.name.clone()));
        match &region.holds {
            Holds::LambdaOf(ty) if !ty.is_empty() => self.types.named(&self.source, &names, ty),
            Holds::Lambda(name, place) => {
                let call = called(&model.refs[*self.uses.get(name)?]);
                let all = self.types.taken(&self.source, &names, &call, *place)?;
                let [only] = all.as_slice() else { return None };
                Some(only.clone())
            }
            _ => None,
        }
    }
}

impl Meeting<'_, '_> {
    fn finding(&self) -> Option<Finding> {
        let new = self.user_file.new.as_ref()?;
        let lambdas = || new.model.regions.iter().filter(|region| is_lambda(&region.holds));
        lambdas().next()?;
        let old = self.user_file.before().map_or("", |old| old.text);
        let added = LineMap::new(old, new.text).added();
        let line = |at: usize| new.text[..at].matches('\n').count();
        let is_new = |region: &&Region| added.get(line(region.span.start)).copied().unwrap_or(false);
        let own = Known::of(Types::of(self.view, self.user), self.user_file)?;
        let both = Known::of(Types::merged(self.view, self.user, self.branch), self.user_file)?;
        lambdas().filter(is_new).find_map(|region| {
            let text = new.text.get(region.span.clone())?;
            let demanded = self.refused(&own, &both, (region, text))?;
            Some(self.told(line(region.span.start) as u32 + 1, taken_by(text)?, &demanded))
        })
    }

    /// What the interface demands in the merge, where a lambda was of it and no longer can be.
    fn refused(
        &self,
        own: &Known<'_, '_>,
        both: &Known<'_, '_>,
        lambda: (&Region, &str),
    ) -> Option<Vec<usize>> {
        let ((region, text), takes) = (lambda, taken_by(lambda.1)?);
        if self.demanded_of(own, region)? != [takes] {
            return None;
        }
        let Some(theirs) = self.view.counterpart(self.branch, self.user_file) else {
            return self.demanded_of(both, region).filter(|after| *after != [takes]);
        };
        // Where both changed the file, the lambda may stand for something else there.
        let merged = self.view.merge_of((self.user, self.user_file), (self.branch, theirs))?;
        let is_it =
            |there: &&Region| is_lambda(&there.holds) && merged.text.get(there.span.clone()) == Some(text);
        let mut all = merged.model.regions.iter().filter(is_it).map(|there| self.demanded_of(both, there));
        let first = all.next()??;
        (first != [takes] && all.all(|other| other.as_ref() == Some(&first))).then_some(first)
    }

    /// What a lambda has to stand for, if it is of the changed interface.
    fn demanded_of(&self, known: &Known<'_, '_>, region: &Region) -> Option<Vec<usize>> {
        let Found::Project(home) = known.of_type(region)? else { return None };
        let names: Vec<String> = self.owner.parents.iter().chain([&self.owner.name]).cloned().collect();
        home.is(self.file.path, &names).then(|| demanded(&known.types, &home))?
    }

    fn told(&self, line: u32, takes: usize, demanded: &[usize]) -> Finding {
        let (user, changer) = (self.view.name(self.user), self.view.name(self.branch));
        let (owner, path) = (&self.owner.name, self.user_file.path);
        let now = match demanded {
            [] => "demands no method".to_owned(),
            [now] => format!("demands a method that takes {now}"),
            all => format!("demands {} methods", all.len()),
        };
        let s = if takes == 1 { "" } else { "s" };
        let message = format!(
            "{user} gives a lambda with {takes} parameter{s} for a `{owner}` in {path}, which {now} since {changer} changed it in {}",
            self.file.path
        );
        let sites = vec![
            self.view.site(self.branch, self.file.path, self.owner.line),
            self.view.site(self.user, path, line),
        ];
        let summary = format!("implement `{owner}` as it is now in {path}");
        let fix = Some(self.view.fix(self.user, summary, String::new()));
        let symbol = format!("lambda of {}", self.owner.path());
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[&symbol], sites, fix }.finish()
    }
}

fn is_lambda(holds: &Holds) -> bool {
    matches!(holds, Holds::Lambda(..) | Holds::LambdaOf(_))
}

/// A call or a construction as a value.
pub(super) fn called(taker: &Ref) -> Value {
    let passed = taker.args.as_ref().map_or(0, |args| args.positional);
    let on = match (&taker.receiver, &taker.on) {
        _ if taker.kind == RefKind::Construct => {
            return Value::Of(taker.name.clone()).called(Value::CONSTRUCTOR, passed);
        }
        (Receiver::None, Value::Unknown) => return Value::Call(None, taker.name.clone(), passed),
        (Receiver::This, Value::Unknown) => Value::This,
        (Receiver::Typed(ty), Value::Unknown) => Value::Of(ty.clone()),
        (Receiver::Name(path), Value::Unknown) => dotted(path),
        (_, on) => on.clone(),
    };
    on.called(&taker.name, passed)
}

/// How many parameters a lambda has, by its text.
pub(super) fn taken_by(text: &str) -> Option<usize> {
    let head = text.split_once("->")?.0.trim();
    let Some(list) = head.strip_prefix('(') else { return Some(1) };
    let list = list.strip_suffix(')')?;
    if list.trim().is_empty() {
        return Some(0);
    }
    let mut depth = 0_i32;
    let commas = list.chars().filter(|char| {
        depth += i32::from(*char == '<') - i32::from(*char == '>');
        *char == ',' && depth == 0
    });
    Some(commas.count() + 1)
}
