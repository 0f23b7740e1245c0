//! What uses mean once all names of a file are known: locals fall away, and receivers have types.

use std::collections::{HashMap, HashSet};

use super::{FieldType, LIST_OF, RESULT_OF, Receiving, Root, TOLD_BY, Use, type_name};
use crate::validate::extract::scope::{Meaning, Scopes};
use crate::validate::extract::syntax;
use crate::validate::model::{Def, FileModel, Flow, Kind, Receiver, Ref, Value};

pub(super) fn resolve<'a>(
    used: Use<'a>,
    scopes: &Scopes<'a>,
    known: &Known<'_>,
    flows: &mut Vec<Flow>,
) -> Option<Ref> {
    let at = used.name.start_byte();
    let is_bare = matches!(used.receiver.root, Root::None);
    if is_bare && matches!(scopes.meaning(used.scope, used.text, at), Meaning::Local(_)) {
        flows.extend(flow(used, scopes, known));
        return None;
    }
    let meaning = |name: &'a str| match scopes.meaning(used.scope, name, at) {
        Meaning::Local(Some(_)) if scopes.is_retold(used.scope, name, at) => Meaning::Local(None),
        meaning => meaning,
    };
    let mut receiver = match &used.receiver.root {
        Root::Implied(name) => imply(name, &used, meaning(name), known),
        _ => settle(&used.receiver, used.owner, meaning, known),
    };
    if let Receiver::Typed(ty) = &receiver
        && (ty.starts_with(LIST_OF) || scopes.is_local(used.scope, ty, at))
    {
        // A list, a type parameter or a local type.
        receiver = Receiver::Other;
    }
    let settled = |value: Value| {
        let value = settle_value(value, scopes, used.scope, at);
        if scopes.by_path() && known.is_foreign(&value) { Value::Unknown } else { value }
    };
    let on = settled(used.on);
    if on == Value::Unknown && matches!(&receiver, Receiver::Typed(ty) if ty.is_empty()) {
        return None;
    }
    // What no file of the project says takes no value that one has to know.
    let is_near = !scopes.by_path() || known.is_near(&receiver, used.text, &on);
    let args = used.args.map(|mut args| {
        args.values = if is_near { args.values.into_iter().map(settled).collect() } else { Vec::new() };
        args
    });
    Some(Ref {
        kind: used.kind,
        name: used.text.to_owned(),
        receiver,
        on,
        args,
        wanted: if is_near { settled(used.wanted) } else { Value::Unknown },
        states: used.states,
        fleeting: used.fleeting,
        takes: used.takes,
        awaited: used.awaited,
        taken: used.taken,
        within: used.within,
        line: syntax::line(used.name),
        span: used.span,
    })
}

/// Where a local name goes that stands for what a call or a member gives.
fn flow(used: Use<'_>, scopes: &Scopes<'_>, known: &Known<'_>) -> Option<Flow> {
    let at = used.name.start_byte();
    let settled = |value: Value| match settle_value(value, scopes, used.scope, at) {
        Value::Unknown => None,
        value => (!scopes.by_path() || !known.is_foreign(&value)).then_some(value),
    };
    let wanted = settled(used.wanted)?;
    let name = Value::Name(used.text.to_owned());
    let value = settled(match used.args {
        // What a closure gives back.
        Some(args) if !scopes.by_path() => name.called("", args.positional),
        _ => name,
    })?;
    let is_alias = |ty: &str| ty.starts_with(char::is_uppercase) && ty.chars().all(char::is_alphanumeric);
    let is_class = |ty: &str| ty != "String" && (ty.starts_with(char::is_uppercase) || ty.contains('.'));
    let may_change = match &value {
        Value::Of(ty) if scopes.tells_locals() => is_class(ty),
        Value::Of(ty) => is_alias(ty) || ty.split_once('.').is_some_and(|(_, ty)| is_alias(ty)),
        value => value.from().is_some(),
    };
    may_change.then_some(Flow { value, wanted, within: used.within, line: syntax::line(used.name) })
}

/// Gives the local names in a value their types.
pub(in crate::validate::extract) fn settle_value(
    value: Value,
    scopes: &Scopes<'_>,
    scope: usize,
    at: usize,
) -> Value {
    let inside = |value: Box<Value>| match settle_value(*value, scopes, scope, at) {
        Value::Unknown => None,
        known => Some(Box::new(known)),
    };
    match value {
        Value::Of(ty) => {
            let first = ty.split(['.', '[', '<']).next().unwrap_or(&ty);
            if scopes.is_local(scope, first, at) { bound(&ty, scopes, scope, at) } else { Value::Of(ty) }
        }
        Value::Name(name) if name.contains("::") => {
            let first = name.split("::").next().unwrap_or_default();
            if scopes.is_local(scope, first, at) { Value::Unknown } else { Value::Name(name) }
        }
        Value::Name(name) => match scopes.meaning(scope, &name, at) {
            Meaning::Local(_) if scopes.value(scope, &name, at).is_some() => {
                let value = scopes.value(scope, &name, at).cloned().unwrap_or_default();
                if scopes.hides(&value, scope, at) { Value::Unknown } else { value }
            }
            Meaning::Local(_) if scopes.is_tested(scope, &name, at) => Value::Unknown,
            Meaning::Local(Some(ty)) => match ty.split(['.', '[']).next() {
                Some(first) if scopes.is_local(scope, first, at) => bound(ty, scopes, scope, at),
                _ => Value::Of(ty.to_owned()),
            },
            Meaning::Local(None) => Value::Unknown,
            Meaning::File(_) | Meaning::Unknown => Value::Name(name),
        },
        Value::Field(on, name) => inside(on).map_or(Value::Unknown, |on| Value::Field(on, name)),
        Value::Element(of) => inside(of).map_or(Value::Unknown, Value::Element),
        Value::Call(Some(on), name, passed) => match inside(on).map(|on| *on) {
            Some(on) => match on.as_closure().filter(|_| name.is_empty()) {
                Some((given, _)) => given.clone(),
                None => Value::Call(Some(Box::new(on)), name, passed),
            },
            None => Value::Unknown,
        },
        Value::Content(of) => inside(of).map_or(Value::Unknown, Value::Content),
        Value::Either(all) => {
            Value::either(all.into_iter().map(|one| settle_value(one, scopes, scope, at)).collect())
        }
        Value::Joined(all) => {
            let all: Vec<Value> = all.into_iter().map(|one| settle_value(one, scopes, scope, at)).collect();
            if all.contains(&Value::Unknown) { Value::Unknown } else { Value::Joined(all) }
        }
        Value::Passed(list, name) if name == Value::PLACES_OF => match *list {
            // What is not known of one says nothing of the others.
            Value::Either(all) => {
                let all = all.into_iter().map(|one| match settle_value(one, scopes, scope, at) {
                    Value::Unknown => Value::Of("_".to_owned()),
                    one => one,
                });
                Value::Passed(Box::new(Value::Either(all.collect())), name)
            }
            _ => Value::Unknown,
        },
        Value::Passed(on, name) if name == Value::SAID => {
            Value::Passed(Box::new(inside(on).map_or(Value::Unknown, |on| *on)), name)
        }
        Value::Passed(on, name) => inside(on).map_or(Value::Unknown, |on| Value::Passed(on, name)),
        other => other,
    }
}

/// What is known of a value of a local type: of a type parameter, what that extends.
fn bound(ty: &str, scopes: &Scopes<'_>, scope: usize, at: usize) -> Value {
    let mut ty = ty;
    for _ in 0..BOUNDS {
        match scopes.meaning(scope, ty, at) {
            Meaning::Local(Some(bound)) => match bound.strip_prefix(Value::BOUND) {
                Some(bound) => ty = bound,
                None => return Value::Unknown,
            },
            Meaning::Local(None) => return Value::Unknown,
            Meaning::File(_) | Meaning::Unknown => return Value::Of(ty.to_owned()),
        }
    }
    Value::Unknown
}

/// Type parameters that extend type parameters are not followed any further.
const BOUNDS: usize = 4;

/// Finds out what the name before a dot is where it may also be a field of a type around it.
fn imply(name: &str, used: &Use<'_>, meaning: Meaning<'_>, known: &Known<'_>) -> Receiver {
    let fields = &used.receiver.fields;
    let ty = match meaning {
        Meaning::Local(ty) => ty,
        Meaning::File(_) | Meaning::Unknown => match known.field_around(used.within, name) {
            Some(ty) => Some(ty),
            None => return Receiver::Name([&[name], fields.as_slice()].concat().join(".")),
        },
    };
    match known.through(ty, fields) {
        Some(ty) => Receiver::Typed(ty.to_owned()),
        None => Receiver::Other,
    }
}

fn settle<'a, 's>(
    receiving: &Receiving<'a>,
    owner: Option<&str>,
    meaning: impl Fn(&'a str) -> Meaning<'s>,
    known: &Known<'_>,
) -> Receiver {
    let ty = match &receiving.root {
        Root::None | Root::Member => return Receiver::None,
        Root::Qualifier(path) => return Receiver::Name(path.clone()),
        Root::Other => return Receiver::Other,
        Root::Path(name) => match meaning(name) {
            Meaning::Local(_) => return Receiver::Other,
            Meaning::File(_) | Meaning::Unknown => return Receiver::Name((*name).to_owned()),
        },
        Root::This if receiving.fields.is_empty() => return Receiver::This,
        Root::This => owner,
        Root::Typed(ty) => Some(ty.as_str()),
        Root::Called(name) => match meaning(name) {
            Meaning::Local(_) => None,
            Meaning::File(_) | Meaning::Unknown => known.returns.get(name).copied(),
        },
        Root::Name(name) | Root::Implied(name) => match meaning(name) {
            Meaning::Local(Some(ty)) | Meaning::File(Some(ty)) if ty.starts_with(TOLD_BY) => {
                let function = &ty[TOLD_BY.len()..];
                let ty = known.returns.get(function).copied();
                if ty.is_none() && receiving.fields.is_empty() {
                    return Receiver::Name(format!("{RESULT_OF}{function}"));
                }
                ty
            }
            Meaning::Local(Some(ty)) | Meaning::File(Some(ty)) => match ty.strip_prefix(RESULT_OF) {
                Some(function) => known.returns.get(function).copied(),
                None => Some(ty),
            },
            Meaning::Local(None) if receiving.fields.is_empty() && !known.names.contains(name) => {
                return Receiver::Name((*name).to_owned());
            }
            // The local variable hides a definition or an import of the same name.
            Meaning::Local(None) => return Receiver::Other,
            Meaning::File(None) | Meaning::Unknown => return known.named(name, &receiving.fields),
        },
    };
    known.through(ty, &receiving.fields).map_or(Receiver::Other, |ty| Receiver::Typed(ty.to_owned()))
}

/// What the file itself says about names and the types of fields.
pub(super) struct Known<'m> {
    /// The named types of fields, by the type that holds them.
    fields: HashMap<(&'m str, &'m str), &'m str>,
    /// The named types that functions return.
    returns: HashMap<&'m str, &'m str>,
    /// Names of top-level definitions and imports.
    names: HashSet<&'m str>,
    /// Those of them that files of the project define, as far as a path of an import shows it.
    near: HashSet<&'m str>,
    /// Modules imported as such, under their full path.
    modules: HashSet<&'m str>,
    defs: &'m [Def],
}

impl<'m> Known<'m> {
    pub(super) fn new(model: &'m FileModel, stated: &'m [FieldType<'_>]) -> Self {
        let stated = stated.iter().map(|(owner, field, ty)| ((*owner, *field), ty.as_str()));
        let fields = model.defs.iter().flat_map(|def| {
            let named =
                |field: &'m crate::validate::model::Field| Some((field.name.as_str(), type_name(&field.ty)?));
            def.fields.iter().filter_map(named).map(|(field, ty)| ((def.name.as_str(), field), ty))
        });
        let imported = || model.imports.iter().flat_map(|import| &import.names);
        let top = model.defs.iter().filter(|def| def.parents.is_empty()).map(|def| def.name.as_str());
        let functions = model.defs.iter().filter(|def| def.kind == Kind::Function && def.parents.is_empty());
        let returns = functions.filter_map(|def| {
            let sig = def.sig.as_ref().filter(|_| !def.flags.may_repeat)?;
            Some((def.name.as_str(), type_name(&sig.returns)?))
        });
        let near = model.imports.iter().filter(|import| import.module.starts_with('.'));
        let near = near.flat_map(|import| &import.names).map(|name| name.local.as_str());
        let whole =
            model.imports.iter().filter(|import| import.names.iter().any(|name| name.name.is_empty()));
        Self {
            fields: fields.chain(stated).collect(),
            returns: returns.collect(),
            near: top.clone().chain(near).collect(),
            names: top.chain(imported().map(|name| name.local.as_str())).collect(),
            modules: whole.map(|import| import.module.as_str()).collect(),
            defs: &model.defs,
        }
    }

    /// Whether a value begins with what no file of the project says.
    fn is_foreign(&self, value: &Value) -> bool {
        if let Some(Value::Either(all) | Value::Joined(all)) = value.steps().last() {
            return all.iter().any(|one| self.is_foreign(one));
        }
        matches!(value.steps().last(), Some(Value::Name(root)) if !self.near.contains(root.as_str()))
    }

    /// Whether a use may be of what a file of the project says.
    fn is_near(&self, receiver: &Receiver, name: &str, on: &Value) -> bool {
        match receiver {
            Receiver::None => self.near.contains(name),
            Receiver::This => true,
            Receiver::Typed(ty) if !ty.is_empty() => true,
            _ => *on != Value::Unknown,
        }
    }

    /// The type at the end of a chain of fields.
    fn through<'s>(&self, ty: Option<&'s str>, fields: &[&str]) -> Option<&'s str>
    where
        'm: 's,
    {
        fields.iter().fold(ty, |ty, field| self.fields.get(&(ty?, *field)).copied())
    }

    /// The type of a field that a type around a definition has, the innermost first.
    fn field_around(&self, within: Option<usize>, field: &str) -> Option<&'m str> {
        let def = self.defs.get(within?)?;
        let around = std::iter::once(&def.name).chain(def.parents.iter().rev());
        around.into_iter().find_map(|owner| self.fields.get(&(owner.as_str(), field)).copied())
    }

    /// A name that is no variable of known type; `a.b` may be a module that is imported so.
    fn named(&self, name: &str, fields: &[&str]) -> Receiver {
        if fields.is_empty() {
            return Receiver::Name(name.to_owned());
        }
        let path = format!("{name}.{}", fields.join("."));
        if self.modules.contains(path.as_str()) { Receiver::Name(path) } else { Receiver::Other }
    }
}
