//! What can only be said when the whole file was seen.

use std::collections::HashMap;

use super::{MadeOfFields, Walk};
use crate::validate::extract::uses::settle_value;
use crate::validate::model::{Def, Field, FileModel, Import, Imported, Kind, Param, Sig, Ty, Value};

/// More unreadable places than this make the whole file unreadable.
const BROKEN: usize = 500;

impl Walk<'_> {
    pub(super) fn finish(mut self) -> FileModel {
        self.mark_exports();
        self.rename();
        self.sign_constructors();
        self.add_extensions();
        self.model.regions.sort_by_key(|region| region.span.start);
        self.scopes.settle();
        self.settle_checks();
        (self.model.refs, self.model.flows) = self.uses.resolve(&self.scopes, &self.model, &self.field_types);
        // A model is kept as long as the program runs; half of what its lists have room for is empty.
        self.model.refs.shrink_to_fit();
        self.model.defs.shrink_to_fit();
        if self.model.broken.len() > BROKEN {
            self.model.broken = std::iter::once(0..self.source.len()).collect();
        }
        self.model
    }

    /// Keeps what is asked of values whose types other files may say.
    fn settle_checks(&mut self) {
        for (mut check, scope, at) in std::mem::take(&mut self.checks) {
            let settled = |value| settle_value(value, &self.scopes, scope, at);
            check.of = std::mem::take(&mut check.of).into_iter().map(settled).collect();
            if !check.of.contains(&Value::Unknown) && !check.of.iter().all(is_plain) {
                self.model.checks.push(check);
            }
        }
        self.model.checks.shrink_to_fit();
    }

    fn rename(&mut self) {
        for (def, rename) in std::mem::take(&mut self.renames) {
            let fields = &mut self.model.defs[def].fields;
            for field in fields.iter_mut().filter(|field| field.wire == field.name) {
                field.wire = rename(&field.name);
            }
        }
    }

    /// Gives types that are made by passing their fields the signature of that, unless they state
    /// a constructor of their own.
    fn sign_constructors(&mut self) {
        for (def, made) in std::mem::take(&mut self.made_of_fields) {
            let owner = self.model.defs[def].path();
            let is_constructor = |other: &Def| {
                matches!(other.name.as_str(), "__init__" | "__new__") && other.parents.join("::") == owner
            };
            if !self.model.defs.iter().any(is_constructor) {
                let sig = constructor(&self.model.defs[def].fields, made);
                self.model.defs[def].sig = Some(sig);
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

    /// Marks what is exported apart from its declaration. An import that is exported so stands a
    /// second time among the imports, after the first.
    fn mark_exports(&mut self) {
        for def in &mut self.model.defs {
            if def.parents.is_empty() && self.exports.contains(def.name.as_str()) {
                def.exported = true;
            }
        }
        let exported = |import: &Import| {
            let names = import.names.iter().filter(|name| self.exports.contains(name.local.as_str()));
            let names = names.map(|name| Imported { name: name.local.clone(), local: name.local.clone() });
            Import { module: String::new(), names: names.collect(), reexport: true, ..import.clone() }
        };
        let passed_on: Vec<Import> = self.model.imports.iter().map(exported).collect();
        self.model.imports.extend(passed_on.into_iter().filter(|import| !import.names.is_empty()));
    }
}

fn constructor(fields: &[Field], made: MadeOfFields) -> Sig {
    let param = |field: &Field| Param {
        name: field.name.clone(),
        ty: field.ty.clone(),
        written: String::new(),
        // One with another name on the wire may be passed by that.
        optional: field.optional || field.wire != field.name,
        variadic: false,
        keyword_only: made.by_name || made.inherits,
    };
    let is_open = made.inherits || fields.iter().any(|field| field.wire != field.name);
    let rest = |name: &str, keyword_only| Param {
        name: name.to_owned(),
        ty: Ty::Any,
        written: String::new(),
        optional: false,
        variadic: true,
        keyword_only,
    };
    // The fields of the types above come first.
    let above = (made.inherits && !made.by_name).then(|| rest("args", false));
    let named = is_open.then(|| rest("kwargs", true));
    let params = fields.iter().map(param).chain(above).chain(named).collect();
    Sig { params, returns: Ty::Any, is_async: false }
}

/// Whether a value is of a type of the language, whatever files say.
fn is_plain(value: &Value) -> bool {
    let Value::Of(ty) = value else { return false };
    let mut words =
        ty.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| !word.is_empty());
    words.all(|word| {
        matches!(word, "map" | "chan" | "func" | "any" | "interface" | "nil" | "error" | "string" | "bool")
            || crate::validate::extract::is_go_number(word)
            || matches!(word, "float" | "rune")
    })
}
