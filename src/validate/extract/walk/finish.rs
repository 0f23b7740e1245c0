//! What can only be said when the whole file was seen.

use std::collections::HashMap;

use super::Walk;
use crate::validate::model::{Def, FileModel, Kind};

/// More unreadable places than this make the whole file unreadable.
const BROKEN: usize = 500;

impl Walk<'_> {
    pub(super) fn finish(mut self) -> FileModel {
        self.mark_exports();
        self.rename();
        self.add_extensions();
        self.scopes.settle();
        self.model.refs = self.uses.resolve(&self.scopes, &self.model, &self.field_types);
        if self.model.broken.len() > BROKEN {
            self.model.broken = std::iter::once(0..self.source.len()).collect();
        }
        self.model
    }

    fn rename(&mut self) {
        for (def, rename) in std::mem::take(&mut self.renames) {
            let fields = &mut self.model.defs[def].fields;
            for field in fields.iter_mut().filter(|field| field.wire == field.name) {
                field.wire = rename(&field.name);
            }
        }
    }

    fn add_extensions(&mut self) {
        let defs = self.model.defs.iter_mut().filter(|def| matches!(def.kind, Kind::Class | Kind::Enum));
        let mut types: HashMap<String, &mut Def> = defs.map(|def| (def.name.clone(), def)).collect();
        for (name, extended) in std::mem::take(&mut self.extensions) {
            if let Some(def) = types.get_mut(name) {
                def.supers.push(extended.to_owned());
            }
        }
    }

    fn mark_exports(&mut self) {
        for def in &mut self.model.defs {
            if def.parents.is_empty() && self.exports.contains(def.name.as_str()) {
                def.exported = true;
            }
        }
    }
}
