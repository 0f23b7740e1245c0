//! Members that a Java type has and no line states: those of records and those that Lombok makes.

use super::Home;
use crate::validate::model::{FileModel, Import, RefKind};
use crate::validate::names::has_word;

/// Whether a type may have a member that is made while it is compiled; a call passes so many arguments.
pub(in crate::validate::rules) fn may_make(home: &Home, name: &str, call: Option<usize>) -> bool {
    is_of_record(home, name, call) || is_of_lombok(home, name)
}

/// A record reads out each of its components by a method of that name.
fn is_of_record(home: &Home, name: &str, call: Option<usize>) -> bool {
    let head = &home.def().head;
    call.is_none_or(|passed| passed == 0) && has_word(head, "record") && has_word(head, name)
}

impl Home {
    /// The component of a record that a method of its name reads out.
    pub(super) fn component(&self, name: &str) -> Option<usize> {
        is_of_record(self, name, Some(0)).then(|| self.members(name, false).first().copied())?
    }
}

fn is_of_lombok(home: &Home, name: &str) -> bool {
    const WHOLE: [&str; 6] = ["builder", "toBuilder", "canEqual", "equals", "hashCode", "log"];
    const LEADS: [&str; 4] = ["get", "set", "is", "with"];
    const MAKERS: [&str; 6] = ["Data", "Getter", "Setter", "Value", "With", "Wither"];
    // These make methods of any name.
    const FREE: [&str; 2] = ["Delegate", "Accessors"];
    let model = &home.source.model;
    let imports = model.imports.iter().filter(|import| import.module.starts_with("lombok"));
    let imports: Vec<&Import> = imports.collect();
    if imports.is_empty() {
        return false;
    }
    let around = home.around();
    let has_field = |field: &str| {
        let mut defs = model.defs.iter().filter(|def| def.parents == around && def.sig.is_none());
        defs.any(|def| def.name.eq_ignore_ascii_case(field) || def.name == name)
    };
    let leads = |lead: &str| name.strip_prefix(lead).is_some_and(has_field);
    let is_free = |word: &String| FREE.contains(&word.as_str());
    let imported = |import: &Import| import.names.iter().any(|name| is_free(&name.name));
    let marked = |words: &[&str]| {
        let mut types = model.refs.iter().filter(|used| used.kind == RefKind::Type);
        types.any(|used| words.contains(&used.name.as_str()))
    };
    WHOLE.contains(&name)
        || LEADS.iter().any(|lead| leads(lead)) && marked(&MAKERS)
        || imports.iter().any(|import| imported(import) || import.glob && marked(&FREE))
}

/// Whether Lombok makes all members of a type static.
pub(in crate::validate::rules) fn makes_static(model: &FileModel) -> bool {
    model.refs.iter().any(|used| used.kind == RefKind::Type && used.name == "UtilityClass")
}
