//! Collects uses of names and settles what their receivers are.

mod settled;

use std::ops::Range;

pub(super) use self::settled::settle_value;
use self::settled::{Known, resolve};
use super::node::Node;
use super::scope::Scopes;
use crate::validate::model::{Args, FileModel, Flow, Ref, RefKind, Taken, Ty, Value};

/// What stands before a dot, as written.
#[derive(Clone)]
pub(super) struct Receiving<'a> {
    root: Root<'a>,
    /// Fields between the root and the used name, `["store"]` in `self.store.load()`.
    fields: Vec<&'a str>,
}

#[derive(Clone)]
enum Root<'a> {
    None,
    /// A bare name that no local hides.
    Member,
    This,
    Name(&'a str),
    /// What stands before `::`, which is no variable, but may be a type parameter.
    Path(&'a str),
    /// A name that may be a field of a type around the place.
    Implied(&'a str),
    /// What can be no variable.
    Qualifier(String),
    Typed(String),
    /// What a function of the file returns.
    Called(&'a str),
    Other,
}

impl<'a> Receiving<'a> {
    pub(super) fn none() -> Self {
        Self { root: Root::None, fields: Vec::new() }
    }

    pub(super) fn member() -> Self {
        Self { root: Root::Member, fields: Vec::new() }
    }

    pub(super) fn implied(name: &'a str) -> Self {
        Self { root: Root::Implied(name), fields: Vec::new() }
    }

    pub(super) fn qualifier(path: impl Into<String>) -> Self {
        Self { root: Root::Qualifier(path.into()), fields: Vec::new() }
    }

    pub(super) fn this() -> Self {
        Self { root: Root::This, fields: Vec::new() }
    }

    pub(super) fn name(name: &'a str) -> Self {
        Self { root: Root::Name(name), fields: Vec::new() }
    }

    pub(super) fn path(name: &'a str) -> Self {
        Self { root: Root::Path(name), fields: Vec::new() }
    }

    pub(super) fn typed(ty: impl Into<String>) -> Self {
        Self { root: Root::Typed(ty.into()), fields: Vec::new() }
    }

    /// A value whose type nothing but its place tells.
    pub(super) fn untold() -> Self {
        Self::typed(String::new())
    }

    pub(super) fn called(function: &'a str) -> Self {
        Self { root: Root::Called(function), fields: Vec::new() }
    }

    pub(super) fn other() -> Self {
        Self { root: Root::Other, fields: Vec::new() }
    }

    /// Reads `a.b.c` from its end, one step per dot or bracket, until the root is reached.
    pub(super) fn of(mut node: Node<'a>, step: impl Fn(Node<'a>) -> Step<'a>) -> Self {
        let mut fields = Vec::new();
        for _ in 0..STEPS {
            match step(node) {
                Step::Root(mut found) => {
                    found.fields.extend(fields.into_iter().rev());
                    return found;
                }
                Step::Field(before, name) => {
                    fields.push(name);
                    node = before;
                }
                Step::Inside(inner) => node = inner,
            }
        }
        Self::other()
    }
}

/// Stands before the name of a type where a scope knows of a list of it.
pub(super) const LIST_OF: &str = "[]";

/// Stands before the name of a function where a scope knows of what it returns.
pub(in crate::validate) const RESULT_OF: &str = "()";

/// The same where a name of another file is kept as that in the receiver, for rules to follow.
pub(super) const TOLD_BY: &str = "?()";

/// How the scopes keep the type of a name: that of a list with a mark before it.
pub(super) fn binding_type(ty: &Ty) -> Option<String> {
    match ty {
        Ty::Optional(inner) => binding_type(inner),
        Ty::List(inner) => type_name(inner).map(|name| format!("{LIST_OF}{name}")),
        _ => type_name(ty).map(str::to_owned),
    }
}

/// Longer chains are not followed.
const STEPS: usize = 12;

/// What an expression before a dot is made of.
pub(super) enum Step<'a> {
    Root(Receiving<'a>),
    /// A field of another expression.
    Field(Node<'a>, &'a str),
    /// Another expression in brackets or the like.
    Inside(Node<'a>),
}

/// A use as it was found.
pub(super) struct Use<'a> {
    pub(super) kind: RefKind,
    pub(super) name: Node<'a>,
    /// Where the name stands; in a quoted type only a part of its node.
    pub(super) span: Range<usize>,
    text: &'a str,
    receiver: Receiving<'a>,
    pub(super) on: Value,
    pub(super) args: Option<Args>,
    pub(super) wanted: Value,
    pub(super) states: Option<Vec<String>>,
    pub(super) fleeting: bool,
    pub(super) takes: Option<usize>,
    pub(super) awaited: bool,
    pub(super) taken: Taken,
    pub(super) scope: usize,
    pub(super) within: Option<usize>,
    /// The type around it.
    pub(super) owner: Option<&'a str>,
}

impl<'a> Use<'a> {
    pub(super) fn new(kind: RefKind, name: Node<'a>, text: &'a str, receiver: Receiving<'a>) -> Self {
        let (on, wanted, taken) = (Value::Unknown, Value::Unknown, Taken::Unknown);
        let (args, takes, states, awaited, scope, within, owner) = (None, None, None, false, 0, None, None);
        Self {
            kind,
            name,
            span: name.byte_range(),
            text,
            receiver,
            on,
            args,
            wanted,
            states,
            fleeting: false,
            takes,
            awaited,
            taken,
            scope,
            within,
            owner,
        }
    }
}

/// The type that holds a field, the field, and the name of its type.
pub(super) type FieldType<'a> = (&'a str, &'a str, String);

/// Code is seldom denser.
const BYTES_PER_USE: usize = 24;

/// All uses of a file.
pub(super) struct Uses<'a>(Vec<Use<'a>>);

impl<'a> Uses<'a> {
    /// With room for as many as a text of this length has at most, as a rule: to move a long list to
    /// a longer place again and again takes a tenth of the time.
    pub(super) fn with_room_for(source: &str) -> Self {
        Self(Vec::with_capacity(source.len() / BYTES_PER_USE))
    }

    pub(super) fn push(&mut self, used: Use<'a>) {
        self.0.push(used);
    }

    /// Drops uses of local names and settles the receivers of the others.
    pub(super) fn resolve(
        self,
        scopes: &Scopes<'a>,
        model: &FileModel,
        fields: &[FieldType<'a>],
    ) -> (Vec<Ref>, Vec<Flow>) {
        let known = Known::new(model, fields);
        let mut flows = Vec::new();
        let refs = self.0.into_iter().filter_map(|used| resolve(used, scopes, &known, &mut flows)).collect();
        (refs, flows)
    }
}

/// The project type a value has, if it has one.
pub(super) fn type_name(ty: &Ty) -> Option<&str> {
    match ty {
        Ty::Named(name) => Some(name),
        Ty::Optional(inner) => type_name(inner),
        _ => None,
    }
}
