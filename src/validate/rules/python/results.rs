//! Where the result of a Python function goes, or a field or variable, whose type a branch changed.

use super::assign::is_made_by_itself;
use super::checked::{is_checked, is_silenced};
use super::fails::{Need, n_parts};
use super::members::lacks;
use super::types::{Type, Types, split};
use super::worth::{result, said_type};
use super::{lookup, passed_at};
use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::index::{Use, What};
use crate::validate::model::{Def, Kind, Receiver, Ref, RefKind, Taken, Value};
use crate::validate::names::{find_words, has_word};
use crate::validate::rules::changed::edited;
use crate::validate::rules::retyped::{Clash, Retyped, check_one, is_left};
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::rules::{Rule, View, tentative};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "type-changed", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (branch, file) in view.index.asked().filter(|(_, file)| file.language == Language::Python) {
        for changed in edited(branch, file).filter(|changed| is_retyped(changed.old, changed.new)) {
            let retyped = Retyped { branch, file, old: changed.old, new: changed.new, by: None };
            check_one(view, &retyped, clash, findings);
        }
    }
}

fn is_retyped(old: &Def, new: &Def) -> bool {
    let has_type = |kind| matches!(kind, Kind::Function | Kind::Method | Kind::Field | Kind::Const);
    let waits = |def: &Def| def.sig.as_ref().is_some_and(|sig| sig.is_async);
    let is_other = match new.kind {
        Kind::Field | Kind::Const => old.head != new.head,
        _ => result(old) != result(new) || old.ty != new.ty || waits(old) != waits(new),
    };
    old.kind == new.kind && has_type(old.kind) && !old.flags.is_test && is_other
}

/// What no longer fits in a use of what was retyped.
fn clash(view: &View<'_>, retyped: &Retyped<'_>, usage: &Use<'_>) -> Option<Clash> {
    let What::Ref(reference, _) = usage.what else { return None };
    let is_call = matches!(retyped.old.kind, Kind::Function | Kind::Method);
    let wanted = if is_call { RefKind::Call } else { RefKind::Read };
    if reference.kind != wanted || !view.means(usage, retyped.file, retyped.old) {
        return None;
    }
    let own = Place::of(Tree::of(view, usage.branch, usage.file), retyped, usage, reference);
    let merged = Tree::merged(view, usage.branch, retyped.branch, usage.file);
    let merged = Place::of(merged, retyped, usage, reference)?;
    let refused = || {
        let own = own.as_ref()?;
        let refused = merged.clash(reference).filter(|_| own.clash(reference).is_none());
        let clash = refused.or_else(|| missing(view, usage, (retyped, reference), (own, &merged)))?;
        (!is_silenced(usage)).then_some(clash)
    };
    let clash = failing(view, usage, (retyped, reference), (own.as_ref(), &merged)).or_else(refused)?;
    is_left(view, retyped, usage).then_some(clash)
}

/// What the program itself cannot do with the new type and could with the old one.
fn failing(
    view: &View<'_>,
    usage: &Use<'_>,
    (retyped, reference): (&Retyped<'_>, &Ref),
    (own, merged): (Option<&Place<'_, '_>>, &Place<'_, '_>),
) -> Option<Clash> {
    let waits = |def: &Def| def.sig.as_ref().is_some_and(|sig| sig.is_async);
    let waited = || {
        let ended = reference.awaited && waits(retyped.old) && !waits(retyped.new);
        let home = merged.types.tree.defined_at(retyped.file.path, retyped.new).filter(|_| ended)?;
        let given = merged.types.given(&home, false)?;
        merged.types.none_can(&given, Need::Awaited).then(|| Clash::Fails(Need::Awaited.word()))
    };
    let parts = || {
        let (was, is) = own.and_then(|own| own.said.as_deref()).zip(merged.said.as_deref())?;
        let n_bound = taken_apart(reference).filter(|bound| *bound > 1)?;
        let (before, now) = (n_held(reference, was)?, n_held(reference, is)?);
        let counts = format!("and takes {n_bound} values from it");
        (before == n_bound && now != n_bound).then_some(Clash::Fails(counts))
    };
    let fits = |need| own.is_some_and(|own| !own.types.none_can(&own.given, need));
    let direct = || {
        let need =
            need_of(reference).filter(|need| fits(*need) && merged.types.none_can(&merged.given, *need))?;
        Some(Clash::Fails(need.word()))
    };
    let through = || {
        let value = value_of(reference)?;
        let model = &usage.file.new.as_ref()?.model;
        let mut others = model.uses_on(&value).filter(|other| other.within == reference.within);
        let name = others.find_map(|other| {
            let need = Need::Member(&other.name);
            let breaks = other.on == value
                && other.kind != RefKind::Write
                && fits(need)
                && merged.types.none_can(&merged.given, need)
                && !tentative::is_asked_for(usage.file, other);
            breaks.then(|| other.name.clone())
        })?;
        keeps_function(view, usage, (retyped.branch, reference))
            .then(|| Clash::Fails(Need::Member(&name).word()))
    };
    let counted = || parts().filter(|_| !is_tried(usage, reference, "ValueError"));
    let found = waited().or_else(counted).or_else(direct).or_else(through)?;
    (!tentative::is_asked_for(usage.file, reference) && !tentative::may_misfit(usage.file, reference))
        .then_some(found)
}

/// What a checker does not let be taken from a variable that may be missing now: nothing before says that it
/// is there.
fn missing(
    view: &View<'_>,
    usage: &Use<'_>,
    (retyped, reference): (&Retyped<'_>, &Ref),
    (own, merged): (&Place<'_, '_>, &Place<'_, '_>),
) -> Option<Clash> {
    let may_be_missing = |place: &Place<'_, '_>| {
        place.given.iter().any(|ty| matches!(ty, Type::Builtin("None"))) && place.given.len() > 1
    };
    if reference.taken != Taken::Bound(1)
        || own.given.is_empty()
        || !may_be_missing(merged)
        || may_be_missing(own)
    {
        return None;
    }
    let side = usage.file.new.as_ref()?;
    let value = value_of(reference)?;
    let mut others = side.model.uses_on(&value).filter(|other| other.within == reference.within);
    let other = others.find(|other| other.on == value && other.span.start > reference.span.end)?;
    let before = side.text.get(..reference.span.start)?;
    let name = before[before.rfind('\n').map_or(0, |end| end + 1)..].split('=').next()?.trim();
    let between = side.text.get(reference.span.end..other.span.start)?;
    // `it.name if it else ""` tests what it is behind what it takes.
    let mut after = side.text.get(other.span.end..)?.lines();
    let is_tested = after.next().is_some_and(|line| has_word(line, "if"))
        || after.next().is_some_and(|line| line.trim_start().starts_with("if "));
    let is_first =
        !is_tested && find_words(between, name).count() == 1 && between.ends_with(&format!("{name}."));
    let holds = is_first
        && !is_tried(usage, other, "AttributeError")
        && is_checked(view, usage, reference)
        && keeps_function(view, usage, (retyped.branch, reference));
    holds.then(|| Clash::Lacks(other.name.clone()))
}

/// Whether a use stands where an error is caught.
fn is_tried(usage: &Use<'_>, reference: &Ref, error: &str) -> bool {
    usage.file.new.as_ref().is_some_and(|new| tentative::may_raise(new.text, reference.line, error))
}

/// Whether the merge holds the function around a use as its branch has it.
fn keeps_function(view: &View<'_>, usage: &Use<'_>, (branch, reference): (usize, &Ref)) -> bool {
    let Some(theirs) = view.counterpart(branch, usage.file) else { return true };
    let model = usage.file.new.as_ref().map(|new| &new.model);
    let around = model.zip(reference.within).and_then(|(model, within)| model.defs.get(within));
    let merged = view.merge_of((usage.branch, usage.file), (branch, theirs));
    around.zip(merged).is_some_and(|(around, merged)| {
        merged.model.named_as(around).any(|(_, there)| there.body_hash == around.body_hash)
    })
}

/// How many names a use binds to what it takes apart.
fn taken_apart(reference: &Ref) -> Option<usize> {
    match reference.taken {
        Taken::Bound(names) | Taken::Each(names) => Some(names),
        _ => None,
    }
}

/// How many values are in what a use takes apart, as its type is written.
fn n_held(reference: &Ref, written: &str) -> Option<usize> {
    const LISTS: [&str; 8] =
        ["list[", "List[", "Sequence[", "Iterable[", "Iterator[", "set[", "frozenset[", "Collection["];
    if !matches!(reference.taken, Taken::Each(_)) {
        return n_parts(written);
    }
    let inner = LISTS.iter().find_map(|list| written.strip_prefix(list))?.strip_suffix(']')?;
    n_parts(inner)
}

fn need_of(reference: &Ref) -> Option<Need<'_>> {
    match &reference.taken {
        Taken::Member(name) => Some(Need::Member(name)),
        Taken::Bound(names) if *names > 1 => Some(Need::Looped),
        Taken::Each(_) if !reference.awaited => Some(Need::Looped),
        Taken::Entered if !reference.awaited => Some(Need::Entered(false)),
        _ => match &reference.wanted {
            Value::Passed(function, place) if place == "0" && **function == Value::Name("len".to_owned()) => {
                Some(Need::Measured)
            }
            _ => None,
        },
    }
}

/// The use as a value that others come from.
fn value_of(reference: &Ref) -> Option<Value> {
    let passed = reference.args.as_ref().filter(|_| reference.kind == RefKind::Call);
    let n_passed = passed.map(|args| args.values.len());
    let value = match (&reference.receiver, n_passed) {
        (Receiver::None, Some(passed)) => Value::Name(reference.name.clone()).called("", passed),
        (Receiver::None, None) => Value::Name(reference.name.clone()),
        (_, _) if reference.on == Value::Unknown => return None,
        (_, Some(passed)) => reference.on.clone().called(&reference.name, passed),
        (_, None) => reference.on.clone().field(&reference.name),
    };
    Some(if reference.awaited { value.field("await") } else { value })
}

/// Whether a call is passed where a checker lets anything be passed, so that it may be waited for there.
pub(in crate::validate::rules) fn goes_anywhere(view: &View<'_>, usage: &Use<'_>, reference: &Ref) -> bool {
    let Value::Passed(callee, place) = &reference.wanted else { return false };
    let types = Types { tree: Tree::of(view, usage.branch, usage.file) };
    let Some(at) = types.tree.place_of(usage.file, reference.within) else { return false };
    let place_of = |home: &Home| -> Option<bool> {
        let param = passed_at(&home.def().sig.as_ref()?.params, place)?;
        let written = param.written.trim();
        let is_any = |word: &str| matches!(word.trim(), "Any" | "typing.Any" | "t.Any" | "object");
        let waits = ["Awaitable", "Coroutine", "Future"].iter().any(|word| written.contains(word));
        Some(written.is_empty() || waits || written.split('|').any(is_any) || written.contains("[Any]"))
    };
    callee_of(&types, &at, callee).and_then(|home| place_of(&home)) == Some(true)
}

/// A use in a tree, with what it gives there.
struct Place<'v, 'a> {
    types: Types<'v, 'a>,
    at: At,
    given: Vec<Type>,
    /// What it gives, as written.
    said: Option<String>,
    /// Whether nothing can have told before what it gives.
    is_fresh: bool,
}

impl<'v, 'a> Place<'v, 'a> {
    fn of(tree: Tree<'v, 'a>, retyped: &Retyped<'_>, usage: &'v Use<'_>, reference: &Ref) -> Option<Self> {
        let types = Types { tree };
        let at = tree.place_of(usage.file, reference.within)?;
        let is_fresh = reference.kind == RefKind::Call;
        let home = tree.defined_at(retyped.file.path, retyped.old)?;
        let said = said_of(home.def());
        let stated = || said.as_deref().and_then(|said| types.stated(&home.inside(), said));
        let given = match is_fresh {
            true => types.given(&home, reference.awaited),
            false => types.value(&at, &reference.on.clone().field(&reference.name)).or_else(stated),
        };
        let given = given.unwrap_or_default();
        Some(Self { types, at, given, said, is_fresh })
    }

    fn clash(&self, reference: &Ref) -> Option<Clash> {
        if let Taken::Member(name) = &reference.taken {
            let lacks = self.given.iter().any(|ty| lacks(ty, name));
            return lacks.then(|| Clash::Lacks(name.clone()));
        }
        let need = need_of(reference).filter(|_| self.is_fresh);
        if let Some(need) = need.filter(|need| self.types.some_cannot(&self.given, *need)) {
            return Some(Clash::Wanted(need.kind().to_owned()));
        }
        let (wanted, written) = self.wanted(&reference.wanted)?;
        let is_refused = match self.is_fresh {
            true => self.types.refuses_some(&wanted, &self.given),
            false => self.types.refuses(&wanted, &self.given) && !self.types.may_narrow(&self.given, &wanted),
        };
        is_refused.then_some(Clash::Wanted(written))
    }

    /// The types that the place takes to which the result goes, and as they are written.
    fn wanted(&self, wanted: &Value) -> Option<(Vec<Type>, String)> {
        match wanted {
            Value::Of(written) => Some((self.types.stated(&self.at, written)?, written.clone())),
            Value::Passed(callee, place) => {
                let home = self.callee(callee)?;
                let def = home.def();
                let param = passed_at(&def.sig.as_ref()?.params, place)?;
                let is_plain = !def.flags.may_repeat && !def.flags.is_reshaped;
                let wanted = self.types.stated(&home.inside(), &param.written).filter(|_| is_plain)?;
                Some((wanted, param.written.clone()))
            }
            _ => None,
        }
    }

    fn callee(&self, callee: &Value) -> Option<Home> {
        callee_of(&self.types, &self.at, callee)
    }
}

/// The type that something gives or has, as written or as the value that is written out shows it.
fn said_of(def: &Def) -> Option<String> {
    let said = match def.kind {
        _ if def.flags.may_repeat || def.flags.is_reshaped => None,
        Kind::Const => said_or_shown(&def.head),
        _ => said_type(def).or(Some(def.ty.as_str())),
    };
    said.filter(|said| !said.is_empty()).map(str::to_owned)
}

/// The type of a variable, annotated or shown by its value.
fn said_or_shown(head: &str) -> Option<&str> {
    let (name, value) = head.split_once('=')?;
    if let Some((_, stated)) = name.split_once(':') {
        return Some(stated.trim());
    }
    let value = value.trim();
    let (first, last) = (value.chars().next()?, value.chars().last()?);
    let is_whole = |open: char, close: char| first == open && last == close && closes_at_end(value);
    match first {
        '[' if is_whole('[', ']') => Some("list"),
        '{' if value == "{}" || is_whole('{', '}') && value.contains(':') => Some("dict"),
        '(' if is_whole('(', ')') && split(&value[1..value.len() - 1], ',').len() > 1 => Some("tuple"),
        '(' if value.ends_with(",)") && closes_at_end(value) => Some("tuple"),
        '"' | '\'' if last == first && value[1..value.len() - 1].find(first).is_none() => Some("str"),
        '0'..='9' if value.chars().all(|char| char.is_ascii_digit() || char == '_') => Some("int"),
        _ => made_by(value),
    }
}

/// The class that a value is made by, `Path` of `Path("data")`.
fn made_by(value: &str) -> Option<&str> {
    let (class, _) = value.split_once('(')?;
    let is_name = class.chars().all(|char| char.is_alphanumeric() || char == '_');
    let is_class =
        class.starts_with(char::is_uppercase) || matches!(class, "set" | "dict" | "list" | "frozenset");
    (is_name && is_class && closes_at_end(&value[class.len()..])).then_some(class)
}

/// Whether the bracket that a text starts with is closed by its last character.
fn closes_at_end(text: &str) -> bool {
    let mut depth = 0_i32;
    for (at, char) in text.char_indices() {
        match char {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth <= 0 {
            return at + char.len_utf8() == text.len();
        }
    }
    false
}

/// The function or method that a call names.
fn callee_of(types: &Types<'_, '_>, at: &At, callee: &Value) -> Option<Home> {
    match callee {
        Value::Name(name) => {
            let home = lookup(types.tree, at, name)?;
            match home.def().kind {
                Kind::Function => Some(home),
                Kind::Class if is_made_by_itself(&home) => types.method_of(&home, "__init__"),
                _ => None,
            }
        }
        Value::Field(on, name) => types.method_of(&types.class_of(at, on)?, name),
        _ => None,
    }
}
