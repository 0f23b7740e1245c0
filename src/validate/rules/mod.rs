//! The rules, one file each: a rule is its name, its weight and one function over the view.
//!
//! A rule speaks only of what the combination of branches breaks; what a branch breaks alone is
//! for the project's own compiler and tests. A rule that blocks must nearly always be right.

mod access_changed;
mod argument_shifted;
mod both_edited;
mod callee_rewritten;
mod case_missing;
mod case_removed;
mod changed;
mod circular_edit;
mod contract_changed;
mod contract_missing;
mod dependency;
mod draft;
mod duplicate_definition;
mod duplicate_key;
mod event_unmatched;
mod export_lost;
mod field_required;
mod fixture_removed;
mod generated_code;
mod given;
mod go;
mod handed_on;
mod hidden;
mod import_dropped;
mod inherited;
mod java;
mod local_removed;
mod lock_moved;
mod made_above;
mod member_lost;
mod member_required;
mod merged_invalid;
mod merged_unreadable;
mod migration_heads;
mod outside_scope;
mod promised;
mod proto;
mod python;
mod reach;
mod rebound;
mod removed_file;
mod renamed;
mod resigned;
mod result_changed;
mod result_unhandled;
mod retype;
mod retyped;
mod route_removed;
mod rust;
mod rust_demands;
mod script;
mod selected;
mod shape_mismatch;
mod shapes;
mod shared_state;
mod signature_changed;
mod standing;
mod super_removed;
mod supplied;
mod symbol_removed;
mod tentative;
mod tree;
mod type_arguments;
mod unguarded_access;
mod value_changed;
mod view;
mod wire;

use self::draft::{Blocked, Draft};
pub(super) use self::view::View;
use super::extract::Language;
use super::index::Use;
use super::model::{Imported, RefKind};
use crate::model::Finding;

/// A rule as data.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) check: fn(&View<'_>, &mut Vec<Finding>),
}

/// All rules, in the order in which one may make another's finding superfluous.
pub(super) const ALL: &[Rule] = &[
    symbol_removed::RULE,
    export_lost::RULE,
    removed_file::RULE,
    fixture_removed::RULE,
    java::LOMBOK,
    script::PROPS,
    rust::DERIVES,
    hidden::RULE,
    local_removed::RULE,
    super_removed::RULE,
    member_lost::RULE,
    import_dropped::RULE,
    rust::TRAITS,
    duplicate_definition::RULE,
    access_changed::RULE,
    signature_changed::RULE,
    argument_shifted::RULE,
    java::OVERRIDES,
    java::LAMBDAS,
    java::ANNOTATIONS,
    go::ALIASES,
    go::RECEIVERS,
    rust::BORROWS,
    rust::BOUNDS,
    rust::UNSAFE,
    rust::FORMS,
    rust::GENERIC,
    rust::HANDED,
    rust::INFERRED,
    rust::OVERRIDES,
    rust::VARIANTS,
    result_changed::RULE,
    rust::RESULTS,
    rust::ALIASES,
    go::RESULTS,
    script::RESULTS,
    script::OVERRIDES,
    python::RESULTS,
    rebound::RULE,
    result_unhandled::RULE,
    java::REFERENCES,
    java::BENEATH,
    java::CHECKS,
    java::SHAPES,
    member_required::RULE,
    field_required::RULE,
    script::ELEMENTS,
    rust_demands::RULE,
    rust::ABOVE,
    go::DEMANDS,
    go::METHODS,
    go::CHECKS,
    case_missing::RULE,
    case_removed::RULE,
    made_above::RULE,
    type_arguments::RULE,
    shape_mismatch::RULE,
    outside_scope::RULE,
    circular_edit::RULE,
    unguarded_access::RULE,
    lock_moved::RULE,
    shared_state::RULE,
    callee_rewritten::RULE,
    both_edited::RULE,
    value_changed::RULE,
    contract_missing::RULE,
    contract_changed::RULE,
    route_removed::RULE,
    event_unmatched::RULE,
    duplicate_key::RULE,
    migration_heads::RULE,
    dependency::RULE,
    merged_unreadable::RULE,
    merged_invalid::RULE,
];

/// Whether a file shows or tests things, so that it has things of its own and nobody counts on it.
fn is_aside(path: &str) -> bool {
    const ASIDE: [&str; 9] =
        ["test", "tests", "__tests__", "spec", "fixtures", "examples", "example", "docs", "benches"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let is_test = name.contains(".test.") || name.contains("_test.") || name.starts_with("test_");
    is_test || path.split('/').any(|part| ASIDE.contains(&part))
}

/// The verb for an import; what binds no name is a path that a test replaces.
fn import_verb(usage: &Use<'_>, imported: &Imported) -> &'static str {
    let binds_nothing = imported.local.contains('.') || imported.local.is_empty();
    let is_path = usage.file.language == Language::Python && binds_nothing && !imported.name.is_empty();
    if is_path { "replaces" } else { "imports" }
}

/// The verb for a use.
fn verb(kind: RefKind) -> &'static str {
    match kind {
        RefKind::Call => "calls",
        RefKind::Construct => "constructs",
        RefKind::Extends => "extends",
        RefKind::Override => "overrides",
        RefKind::Write => "writes",
        // An object that is written out: for a type, but for a function or a component as well.
        RefKind::Type | RefKind::Read | RefKind::Literal => "uses",
    }
}
