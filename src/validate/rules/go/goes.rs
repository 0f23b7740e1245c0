//! Where a Go use makes values go.

use super::results::value_of;
use super::types::{Type, Types};
use crate::validate::model::{Param, Ref, RefKind, Value};
use crate::validate::rules::tree::At;

impl Types<'_, '_> {
    /// The types of the values that a use hands on, each with the type of the place it goes to.
    pub(super) fn goes(&self, at: &At, reference: &Ref) -> Vec<(Type, Type)> {
        let mut pairs = Vec::new();
        if reference.wanted != Value::Unknown
            && let Some(value) = whole(reference)
        {
            pairs.push((self.value(at, &value), self.value(at, &reference.wanted)));
        }
        let Some(args) = &reference.args else { return pairs };
        match reference.kind {
            RefKind::Call => pairs.extend(self.passed(at, reference, &args.values)),
            RefKind::Write if reference.on != Value::Unknown => {
                let to = self.value(at, &reference.on.clone().field(&reference.name));
                pairs.extend(args.values.first().map(|given| (self.value(at, given), to)));
            }
            _ => {}
        }
        pairs
    }

    fn passed(&self, at: &At, call: &Ref, values: &[Value]) -> Vec<(Type, Type)> {
        let function = value_of(call).and_then(|call| self.function(at, &call));
        let Some((function, sig)) = function.as_ref().and_then(|of| Some((of, of.def().sig.as_ref()?)))
        else {
            return self.passed_to_library(at, call, values);
        };
        // The last one may take the rest, each for itself.
        let of = |idx: usize| sig.params.get(idx).or(sig.params.last().filter(|last| last.variadic));
        let to = |param: &Param| self.stated(&function.inside(), &param.written);
        let each = values.iter().enumerate();
        each.filter_map(|(idx, value)| Some((self.value(at, value), to(of(idx)?)))).collect()
    }
}

impl Types<'_, '_> {
    fn passed_to_library(&self, at: &At, call: &Ref, values: &[Value]) -> Vec<(Type, Type)> {
        let Value::Name(local) = &call.on else { return Vec::new() };
        let Some(Type::Function(Some(shape))) = self.library_function(at, local, &call.name) else {
            return Vec::new();
        };
        values.iter().zip(shape.takes).map(|(value, to)| (self.value(at, value), to)).collect()
    }
}

/// What a use makes or gives.
fn whole(reference: &Ref) -> Option<Value> {
    match reference.kind {
        RefKind::Construct => Some(reference.on.clone()),
        RefKind::Call | RefKind::Read => value_of(reference),
        _ => None,
    }
}
