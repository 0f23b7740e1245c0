//! Where the definitions and the uses of a name stand in a file.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Def, FileModel, Flow, Ref, Value};

/// The places of definitions and uses by name, made when they are first asked for.
#[derive(Debug, Default)]
pub struct ByName {
    defs: OnceLock<Places>,
    refs: OnceLock<Places>,
    /// Uses and flows by what their values begin with.
    refs_on: OnceLock<Places>,
    flows_of: OnceLock<Places>,
}

type Places = HashMap<String, Vec<usize>>;

/// It says nothing that the definitions do not.
impl PartialEq for ByName {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for ByName {}

/// Whoever clones a file may change its definitions.
impl Clone for ByName {
    fn clone(&self) -> Self {
        Self::default()
    }
}

fn placed<'n>(names: impl Iterator<Item = (usize, &'n str)>) -> Places {
    let mut places = Places::new();
    for (idx, name) in names {
        let all = places.entry(name.to_owned()).or_default();
        if all.last() != Some(&idx) {
            all.push(idx);
        }
    }
    places
}

impl FileModel {
    /// The definitions that have the [`path`](Def::path) of one, with their positions. For files that
    /// are made: later changes of the definitions are not seen.
    pub fn named_as<'m>(&'m self, def: &'m Def) -> impl Iterator<Item = (usize, &'m Def)> {
        self.named(&def.name).filter(|(_, other)| other.is_named_as(def))
    }

    /// The definitions of a name, whatever is around them.
    pub fn named<'m>(&'m self, name: &str) -> impl Iterator<Item = (usize, &'m Def)> {
        let names = || placed(self.defs.iter().enumerate().map(|(idx, def)| (idx, def.name.as_str())));
        let places = self.by_name.defs.get_or_init(names);
        places.get(name).into_iter().flatten().map(|&idx| (idx, &self.defs[idx]))
    }

    /// The uses of a name.
    pub fn uses_of<'m>(&'m self, name: &str) -> impl Iterator<Item = &'m Ref> {
        let names = || placed(self.refs.iter().enumerate().map(|(idx, used)| (idx, used.name.as_str())));
        let places = self.by_name.refs.get_or_init(names);
        places.get(name).into_iter().flatten().map(|&idx| &self.refs[idx])
    }

    /// The uses that are of something which begins as a value does, or are passed such.
    pub fn uses_on<'m>(&'m self, value: &Value) -> impl Iterator<Item = &'m Ref> {
        let all =
            |used: &'m Ref| std::iter::once(&used.on).chain(used.args.iter().flat_map(|args| &args.values));
        let names = || {
            let uses = self.refs.iter().enumerate();
            placed(uses.flat_map(|(idx, used)| all(used).map(move |value| (idx, value.root()))))
        };
        let places = self.by_name.refs_on.get_or_init(names);
        places.get(value.root()).into_iter().flatten().map(|&idx| &self.refs[idx])
    }

    /// Where names go that stand for something which begins as a value does.
    pub fn flows_of<'m>(&'m self, value: &Value) -> impl Iterator<Item = &'m Flow> {
        let names = || {
            let flows = self.flows.iter().enumerate();
            placed(flows.map(|(idx, flow)| (idx, flow.value.root())))
        };
        let places = self.by_name.flows_of.get_or_init(names);
        places.get(value.root()).into_iter().flatten().map(|&idx| &self.flows[idx])
    }
}
