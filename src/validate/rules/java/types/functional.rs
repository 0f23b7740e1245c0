//! What a functional interface asks of the method that is named, or the lambda that is written, for it.

use super::generic::Typed;
use super::values::Place;
use super::{Found, Home, Types};
use crate::validate::model::{Fails, Kind, Value};

/// The one method that something has to stand for.
pub(in crate::validate::rules) struct Function {
    /// What it is passed, as far as that is known.
    pub(in crate::validate::rules) takes: Vec<Option<Found>>,
    pub(in crate::validate::rules) gives: Gives,
    /// What it may throw; none when that is not known.
    pub(in crate::validate::rules) throws: Option<Vec<Found>>,
    /// The interface, if the project states it.
    pub(in crate::validate::rules) of: Option<Home>,
}

/// What has to be given back.
pub(in crate::validate::rules) enum Gives {
    Nothing,
    /// A value of a type that is not known.
    Something,
    A(Found),
}

/// The interfaces of the library: what their methods are passed, by its place among their parameters or
/// by its name, and what they give back.
const LIBRARY: [(&str, &[&str], &str); 46] = [
    ("java.lang.Runnable", &[], "void"),
    ("java.util.Comparator", &["#0", "#0"], "int"),
    ("java.util.concurrent.Callable", &[], "#0"),
    ("java.util.function.BiConsumer", &["#0", "#1"], "void"),
    ("java.util.function.BiFunction", &["#0", "#1"], "#2"),
    ("java.util.function.BiPredicate", &["#0", "#1"], "boolean"),
    ("java.util.function.BinaryOperator", &["#0", "#0"], "#0"),
    ("java.util.function.BooleanSupplier", &[], "boolean"),
    ("java.util.function.Consumer", &["#0"], "void"),
    ("java.util.function.DoubleBinaryOperator", &["double", "double"], "double"),
    ("java.util.function.DoubleConsumer", &["double"], "void"),
    ("java.util.function.DoubleFunction", &["double"], "#0"),
    ("java.util.function.DoublePredicate", &["double"], "boolean"),
    ("java.util.function.DoubleSupplier", &[], "double"),
    ("java.util.function.DoubleToIntFunction", &["double"], "int"),
    ("java.util.function.DoubleToLongFunction", &["double"], "long"),
    ("java.util.function.DoubleUnaryOperator", &["double"], "double"),
    ("java.util.function.Function", &["#0"], "#1"),
    ("java.util.function.IntBinaryOperator", &["int", "int"], "int"),
    ("java.util.function.IntConsumer", &["int"], "void"),
    ("java.util.function.IntFunction", &["int"], "#0"),
    ("java.util.function.IntPredicate", &["int"], "boolean"),
    ("java.util.function.IntSupplier", &[], "int"),
    ("java.util.function.IntToDoubleFunction", &["int"], "double"),
    ("java.util.function.IntToLongFunction", &["int"], "long"),
    ("java.util.function.IntUnaryOperator", &["int"], "int"),
    ("java.util.function.LongBinaryOperator", &["long", "long"], "long"),
    ("java.util.function.LongConsumer", &["long"], "void"),
    ("java.util.function.LongFunction", &["long"], "#0"),
    ("java.util.function.LongPredicate", &["long"], "boolean"),
    ("java.util.function.LongSupplier", &[], "long"),
    ("java.util.function.LongToDoubleFunction", &["long"], "double"),
    ("java.util.function.LongToIntFunction", &["long"], "int"),
    ("java.util.function.LongUnaryOperator", &["long"], "long"),
    ("java.util.function.ObjDoubleConsumer", &["#0", "double"], "void"),
    ("java.util.function.ObjIntConsumer", &["#0", "int"], "void"),
    ("java.util.function.ObjLongConsumer", &["#0", "long"], "void"),
    ("java.util.function.Predicate", &["#0"], "boolean"),
    ("java.util.function.Supplier", &[], "#0"),
    ("java.util.function.ToDoubleBiFunction", &["#0", "#1"], "double"),
    ("java.util.function.ToDoubleFunction", &["#0"], "double"),
    ("java.util.function.ToIntBiFunction", &["#0", "#1"], "int"),
    ("java.util.function.ToIntFunction", &["#0"], "int"),
    ("java.util.function.ToLongBiFunction", &["#0", "#1"], "long"),
    ("java.util.function.ToLongFunction", &["#0"], "long"),
    ("java.util.function.UnaryOperator", &["#0"], "#0"),
];

/// What the methods that hand each element to a function want back; the rest want any value.
const WANTED_BACK: [(&str, &str); 14] = [
    ("allMatch", "boolean"),
    ("anyMatch", "boolean"),
    ("dropWhile", "boolean"),
    ("filter", "boolean"),
    ("forEach", "void"),
    ("forEachOrdered", "void"),
    ("ifPresent", "void"),
    ("mapToDouble", "double"),
    ("mapToInt", "int"),
    ("mapToLong", "long"),
    ("noneMatch", "boolean"),
    ("peek", "void"),
    ("removeIf", "boolean"),
    ("takeWhile", "boolean"),
];

impl Gives {
    fn of(found: Option<Found>) -> Self {
        match found {
            Some(Found::Foreign(name)) if name == "void" => Self::Nothing,
            Some(found) => Self::A(found),
            None => Self::Something,
        }
    }
}

impl Types<'_, '_> {
    /// What is asked where a method is named or a lambda stands.
    pub(in crate::validate::rules) fn function(&self, place: Place<'_>, wanted: &Value) -> Option<Function> {
        let Value::Passed(call, idx) = wanted else {
            let interface = self.typed(place, wanted)?;
            return self.asked_by(&interface);
        };
        if let Some(function) = self.handed_each(place, call) {
            return Some(function);
        }
        let all = self.taken(place.0, place.1, call, idx.parse().ok()?)?;
        let [only] = all.as_slice() else { return None };
        self.asked_by(&Typed::plain(only.clone()))
    }

    /// What a collection, a stream or an optional hands each of its elements to.
    fn handed_each(&self, place: Place<'_>, call: &Value) -> Option<Function> {
        let Value::Call(Some(on), name, 1) = call else { return None };
        let each = self.typed(place, on)?.handed(name)?;
        let back = WANTED_BACK.iter().find(|(method, _)| method == name);
        let gives = Gives::of(back.map(|(_, ty)| Found::Foreign((*ty).to_owned())));
        Some(Function { takes: vec![Some(each.found)], gives, throws: Some(Vec::new()), of: None })
    }

    fn asked_by(&self, interface: &Typed) -> Option<Function> {
        match &interface.found {
            Found::Project(home) => self.asked_by_own(home),
            Found::Foreign(name) => {
                let place = LIBRARY.binary_search_by(|(own, ..)| (*own).cmp(name.as_str())).ok()?;
                let (_, takes, gives) = LIBRARY[place];
                let found = |ty: &str| interface.meant(ty).map(|typed| typed.found);
                Some(Function {
                    takes: takes.iter().map(|ty| found(ty)).collect(),
                    gives: Gives::of(found(gives)),
                    throws: (!name.ends_with("Callable")).then(Vec::new),
                    of: None,
                })
            }
        }
    }

    fn asked_by_own(&self, interface: &Home) -> Option<Function> {
        let (home, method) = self.demanded(interface)?;
        let def = &home.source.model.defs[method];
        let place = (&home.source, &*def.parents);
        let named = |name: &String| self.named(place.0, place.1, name);
        let throws = match &def.fails {
            Fails::No => Some(Vec::new()),
            Fails::Throws(names) => names.iter().map(named).collect(),
        };
        let takes = 0..def.sig.as_ref()?.params.len();
        Some(Function {
            takes: takes.map(|idx| self.param(place, def, idx)).collect(),
            gives: Gives::of(Some(&def.ty).filter(|ty| !ty.is_empty()).and_then(named)),
            throws,
            of: Some(interface.clone()),
        })
    }

    /// The one method that an interface of the project demands.
    pub(in crate::validate::rules) fn demanded(&self, interface: &Home) -> Option<(Home, usize)> {
        let (above, complete) = self.all_above(interface);
        let mut all = Vec::new();
        for home in std::iter::once(interface).chain(&above) {
            let path = home.around();
            let defs = home.source.model.defs.iter().enumerate();
            let demanded =
                defs.filter(|(_, def)| def.flags.is_abstract && def.sig.is_some() && def.parents == path);
            all.extend(demanded.map(|(idx, _)| (home.clone(), idx)));
        }
        let only = all.pop().filter(|_| all.is_empty());
        only.filter(|_| complete && interface.def().kind == Kind::Interface)
    }
}

#[cfg(test)]
mod tests {
    use super::LIBRARY;

    #[test]
    fn the_interfaces_of_the_library_are_in_order() {
        assert!(LIBRARY.is_sorted_by_key(|(name, ..)| *name));
    }
}
