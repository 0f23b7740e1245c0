//! Where the definitions of a name stand in a file.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::{Def, FileModel};

/// The places of definitions by name, made when they are first asked for.
#[derive(Debug, Default)]
pub struct ByName(OnceLock<HashMap<String, Vec<usize>>>);

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

impl FileModel {
    /// The definitions that have the [`path`](Def::path) of one, with their positions. For files that
    /// are made: later changes of the definitions are not seen.
    pub fn named_as<'m>(&'m self, def: &'m Def) -> impl Iterator<Item = (usize, &'m Def)> {
        self.named(&def.name).filter(|(_, other)| other.is_named_as(def))
    }

    /// The definitions of a name, whatever is around them.
    pub fn named<'m>(&'m self, name: &str) -> impl Iterator<Item = (usize, &'m Def)> {
        let places = self.by_name.0.get_or_init(|| {
            let mut places: HashMap<String, Vec<usize>> = HashMap::new();
            for (idx, def) in self.defs.iter().enumerate() {
                places.entry(def.name.clone()).or_default().push(idx);
            }
            places
        });
        places.get(name).into_iter().flatten().map(|&idx| (idx, &self.defs[idx]))
    }
}
