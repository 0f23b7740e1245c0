//! Which names are local, and what type a local name has.
//!
//! Scopes and bindings are collected while the file is walked and asked afterwards, because names
//! may be used before they are bound. The chain of scopes is short by force, so that a hostile
//! file cannot make each question expensive.

use std::collections::{BTreeMap, HashSet};

use crate::validate::model::Value;

/// Deeper scopes are joined with the one at this depth.
const DEPTH: usize = 48;

/// The scopes of a file; number 0 is the file itself.
pub(super) struct Scopes<'a> {
    all: Vec<Scope>,
    current: usize,
    /// By name and scope.
    bindings: BTreeMap<&'a str, BTreeMap<usize, Vec<Binding>>>,
    /// Python's `global x` and `nonlocal x`: the name is not bound by this function.
    outside: HashSet<(usize, &'a str)>,
    /// Names, and paths of names, of functions that are tested for what they are.
    doubted: HashSet<(usize, &'a str)>,
    /// From where on a name is shown to be of another type than it is bound with.
    retold: BTreeMap<(usize, &'a str), usize>,
    /// Whether a name is visible before the place that binds it.
    hoists: bool,
    by_path: bool,
    tells_locals: bool,
}

struct Scope {
    parent: usize,
    depth: usize,
    /// Inside a function: what is declared here is no symbol.
    local: bool,
    /// Holds names of a whole function (`var`, Python assignments).
    function: bool,
    /// Whether anything is bound here.
    used: bool,
}

struct Binding {
    /// Where the name begins to mean this.
    from: usize,
    /// The type it is declared or constructed with.
    ty: Option<String>,
    /// What it stands for, with all names of locals in it replaced.
    value: Value,
    /// Whether it stands for that only if nothing else binds the name.
    is_sole: bool,
}

/// What a name means at a place.
pub(super) enum Meaning<'s> {
    /// Not bound in the file, as far as known.
    Unknown,
    /// Bound at file level, with the type it is declared with there.
    File(Option<&'s str>),
    /// Bound inside a function, or a parameter of a type.
    Local(Option<&'s str>),
}

impl<'a> Scopes<'a> {
    pub(super) fn new(hoists: bool, by_path: bool, tells_locals: bool) -> Self {
        let file = Scope { parent: 0, depth: 0, local: false, function: true, used: true };
        let (bindings, outside, doubted, retold) = Default::default();
        Self {
            all: vec![file],
            current: 0,
            bindings,
            outside,
            doubted,
            retold,
            hoists,
            by_path,
            tells_locals,
        }
    }

    pub(super) fn current(&self) -> usize {
        self.current
    }

    /// Whether declarations at the current place are locals.
    pub(super) fn in_function(&self) -> bool {
        self.all[self.current].local
    }

    /// Opens a scope and returns the one to go back to.
    pub(super) fn open(&mut self, sort: ScopeSort) -> usize {
        let before = self.current;
        let depth = self.all[before].depth + 1;
        if depth <= DEPTH {
            let local = self.all[before].local || sort != ScopeSort::Declaration;
            let function = sort == ScopeSort::Function;
            self.all.push(Scope { parent: before, depth, local, function, used: false });
            self.current = self.all.len() - 1;
        }
        before
    }

    pub(super) fn close(&mut self, before: usize) {
        self.current = before;
    }

    /// Binds a name in the current scope.
    pub(super) fn bind(&mut self, name: &'a str, from: usize, ty: Option<String>) {
        self.bind_in(self.current, name, from, ty, Value::Unknown);
    }

    /// Binds a name in the current scope to a value.
    pub(super) fn bind_value(&mut self, name: &'a str, from: usize, ty: Option<String>, value: Value) {
        self.bind_in(self.current, name, from, ty, value);
    }

    /// Binds a name in the innermost function, unless that declares it as global; says whether.
    pub(super) fn bind_in_function(&mut self, name: &'a str, from: usize, ty: Option<String>) -> bool {
        let scope = self.function();
        let binds = !self.outside.contains(&(scope, name));
        if binds {
            self.bind_in(scope, name, from, ty, Value::Unknown);
        }
        binds
    }

    /// The same; it stands for a value if nothing else in the function binds it.
    pub(super) fn bind_alone(
        &mut self,
        name: &'a str,
        from: usize,
        ty: Option<String>,
        value: Value,
    ) -> bool {
        let scope = self.function();
        let binds = !self.outside.contains(&(scope, name));
        if binds {
            let bindings = self.bindings.entry(name).or_default().entry(scope).or_default();
            bindings.push(Binding { from, ty, value, is_sole: true });
            self.all[scope].used = true;
        }
        binds
    }

    /// Says that a name assigned in the innermost function belongs to what is around it.
    pub(super) fn declare_outside(&mut self, name: &'a str) {
        self.outside.insert((self.function(), name));
    }

    /// Says that what a name or a path of names stands for at a byte may be known better from there on.
    pub(super) fn doubt(&mut self, path: &'a str, at: usize) {
        let scope = self.binding(self.current, path, at).map_or_else(|| self.function(), |(scope, _)| scope);
        self.doubted.insert((scope, path));
    }

    /// Whether that was said of a path of names that is no single name of a local.
    pub(super) fn is_doubted(&self, path: &str) -> bool {
        !self.doubted.is_empty() && self.doubted.contains(&(self.function(), path))
    }

    /// Whether that was said of what a name means at a byte of a scope.
    pub(super) fn is_tested(&self, scope: usize, name: &str, at: usize) -> bool {
        !self.doubted.is_empty()
            && self.binding(scope, name, at).is_some_and(|(scope, _)| self.doubted.contains(&(scope, name)))
    }

    /// Says that a name is shown to be of another type from a byte on.
    pub(super) fn retell(&mut self, name: &'a str, from: usize) {
        if let Some((scope, _)) = self.binding(self.current, name, from) {
            self.retold.entry((scope, name)).or_insert(from);
        }
    }

    /// Whether that was said of what a name means at a byte of a scope.
    pub(super) fn is_retold(&self, scope: usize, name: &'a str, at: usize) -> bool {
        let from = || self.retold.get(&(self.binding(scope, name, at)?.0, name)).copied();
        !self.retold.is_empty() && from().is_some_and(|from| from < at)
    }

    fn function(&self) -> usize {
        let mut scope = self.current;
        while !self.all[scope].function {
            scope = self.all[scope].parent;
        }
        scope
    }

    fn bind_in(&mut self, scope: usize, name: &'a str, from: usize, ty: Option<String>, value: Value) {
        let bindings = self.bindings.entry(name).or_default().entry(scope).or_default();
        bindings.push(Binding { from, ty, value, is_sole: false });
        self.all[scope].used = true;
    }

    /// Prepares for questions: no binding may be added afterwards.
    pub(super) fn settle(&mut self) {
        for bindings in self.bindings.values_mut().flat_map(BTreeMap::values_mut) {
            bindings.sort_by_key(|binding| binding.from);
            if self.hoists {
                forget_doubtful_types(bindings);
            }
            if bindings.len() > 1 && bindings.iter().any(|binding| binding.is_sole) {
                bindings.iter_mut().for_each(|binding| binding.value = Value::Unknown);
            }
        }
        // Parents come before their children, so one pass shortens every chain.
        for index in 1..self.all.len() {
            while !self.all[self.all[index].parent].used {
                self.all[index].parent = self.all[self.all[index].parent].parent;
            }
        }
    }

    pub(super) fn is_local(&self, scope: usize, name: &str, at: usize) -> bool {
        matches!(self.meaning(scope, name, at), Meaning::Local(_))
    }

    /// What a name means at a byte of a scope.
    pub(super) fn meaning(&self, scope: usize, name: &str, at: usize) -> Meaning<'_> {
        match self.binding(scope, name, at) {
            Some((0, binding)) => Meaning::File(binding.ty.as_deref()),
            Some((_, binding)) => Meaning::Local(binding.ty.as_deref()),
            None => Meaning::Unknown,
        }
    }

    /// Where a local name of a scope began to mean what it means at a byte.
    pub(super) fn bound_from(&self, scope: usize, name: &str, at: usize) -> Option<usize> {
        let (scope, binding) = self.binding(scope, name, at)?;
        (scope != 0).then_some(binding.from)
    }

    /// What a name stands for at a byte of a scope, if that is known.
    pub(super) fn value(&self, scope: usize, name: &str, at: usize) -> Option<&Value> {
        let (scope, binding) = self.binding(scope, name, at)?;
        (binding.value != Value::Unknown && !self.doubted.contains(&(scope, name))).then_some(&binding.value)
    }

    /// Whether files of the project are told from those of others by how they are imported.
    pub(super) fn by_path(&self) -> bool {
        self.by_path
    }

    /// Whether it tells something where locals of a stated type go.
    pub(super) fn tells_locals(&self) -> bool {
        self.tells_locals
    }

    /// Whether what a name stands for begins with a name that means something local at a byte: where
    /// names are visible before what binds them, that was not known when the first one was bound.
    pub(super) fn hides(&self, value: &Value, scope: usize, at: usize) -> bool {
        let root = if self.hoists { value.steps().last() } else { None };
        matches!(root, Some(Value::Name(root)) if self.is_local(scope, root, at))
    }

    /// The binding that holds at a byte of a scope, with its own scope.
    fn binding(&self, mut scope: usize, name: &str, at: usize) -> Option<(usize, &Binding)> {
        let scopes = self.bindings.get(name)?;
        loop {
            let bindings = scopes.get(&scope).map(Vec::as_slice).unwrap_or_default();
            if let Some(binding) = self.visible(bindings, scope, at) {
                return Some((scope, binding));
            }
            if scope == 0 {
                return None;
            }
            scope = self.all[scope].parent;
        }
    }

    fn visible<'b>(&self, bindings: &'b [Binding], scope: usize, at: usize) -> Option<&'b Binding> {
        let before = bindings.partition_point(|binding| binding.from <= at);
        match before.checked_sub(1) {
            Some(index) => bindings.get(index),
            None if self.hoists || !self.all[scope].local => bindings.first(),
            None => None,
        }
    }
}

/// What opens a scope.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum ScopeSort {
    /// A type, a module or the like: what is declared inside is a member.
    Declaration,
    Function,
    /// A block in a function.
    Block,
}

/// A name that is bound several times with different types may hold any of them.
fn forget_doubtful_types(bindings: &mut [Binding]) {
    let Some(first) = bindings.first().map(|binding| binding.ty.clone()) else { return };
    if bindings.iter().any(|binding| binding.ty != first) {
        bindings.iter_mut().for_each(|binding| binding.ty = None);
    }
}
