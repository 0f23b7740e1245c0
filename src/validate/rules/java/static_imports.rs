//! What static imports bring in the merge of two branches.

use super::around;
use super::meaning::fits;
use super::types::{Found, Source, Stated, Types};
use crate::validate::index::{Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Import, Receiver, Value};
use crate::validate::rules::View;

/// Whether a type still has something of a name that is imported: a field, a method and a type inside it may
/// share one.
pub(in crate::validate::rules) fn still_brings(
    view: &View<'_>,
    usage: &Use<'_>,
    (branch, home, def): (usize, &File<'_>, &Def),
) -> bool {
    let What::Import(..) = usage.what else { return false };
    let types = Types::merged(view, usage.branch, branch);
    let Some(model) = types.file(home.path) else { return false };
    let source = Source { path: home.path.clone(), model };
    let Some(owner) = types.at(&source, &def.parents) else { return false };
    let (above, _) = types.all_above(&owner);
    std::iter::once(&owner).chain(&above).any(|class| {
        let inside = class.around();
        let mut defs = class.source.model.defs.iter();
        let brings = |own: &Def| own.flags.is_static || own.kind.is_type() || own.sig.is_none();
        defs.any(|own| own.name == def.name && own.parents == inside && brings(own))
    })
}

/// Whether another static import brings what takes a bare use.
pub(in crate::validate::rules) fn brings_another(
    view: &View<'_>,
    usage: &Use<'_>,
    (branch, home, def): (usize, &File<'_>, &Def),
) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let types = Types::merged(view, usage.branch, branch);
    let user = types.source(usage.file).filter(|_| reference.receiver == Receiver::None);
    let Some(user) = user.filter(|_| reference.on == Value::Unknown) else { return false };
    let place = around(&user.model, reference);
    let passed = reference.args.as_ref().map(|args| args.positional);
    let brings = |import: &&Import| {
        import.glob || import.names.iter().any(|imported| imported.local == reference.name)
    };
    let mut imports = user.model.imports.iter().filter(brings);
    imports.any(|import| {
        let Some(Found::Project(class)) = types.named(&user, &[], &import.module) else { return false };
        if class.is(home.path, &def.parents) {
            return false;
        }
        match types.member(&class, &reference.name, passed) {
            Stated::In { home, members, .. } => {
                members.iter().any(|idx| fits(&types, (&user, &place), reference, (&home.source, *idx)))
            }
            Stated::Nowhere | Stated::Unknown => false,
        }
    })
}
