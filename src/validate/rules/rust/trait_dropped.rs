//! One branch drops the import of a Rust trait whose methods it no longer calls; another adds a call of
//! one in the same file. The name of the trait is nowhere in that call, only the method is.

use super::library::PRIMITIVES;
use super::types::{Head, Type, Types};
use crate::model::{Finding, Level};
use crate::validate::extract::Language;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Import, Imported, Kind, Receiver, Ref, RefKind};
use crate::validate::names::is_rare;
use crate::validate::rules::tree::{Home, Tree};
use crate::validate::rules::{Draft, Rule, View};

pub(in crate::validate::rules) const RULE: Rule = Rule { id: "import-dropped", check };

/// Traits that give methods to types of others and that nothing is a value of: whoever calls one of
/// their methods has to import them.
const EXTENDING: [(&str, &str, &[&str]); 6] = [
    ("anyhow", "Context", &["context", "with_context"]),
    ("eyre", "WrapErr", &["wrap_err", "wrap_err_with"]),
    (
        "itertools",
        "Itertools",
        &[
            "sorted",
            "sorted_by",
            "sorted_by_key",
            "collect_vec",
            "unique_by",
            "tuple_windows",
            "cartesian_product",
        ],
    ),
    ("tokio", "AsyncWriteExt", &["write_all", "write_u8", "write_buf"]),
    ("tokio", "AsyncReadExt", &["read_exact", "read_to_end", "read_to_string", "read_buf"]),
    ("tokio", "AsyncBufReadExt", &["read_line", "read_until"]),
];

/// Traits of the standard library; a value may be of one of these itself, and then needs no import.
const STANDARD: [(&str, &[&str]); 4] = [
    ("Write", &["write_all", "flush", "write_fmt"]),
    ("Read", &["read_to_string", "read_to_end", "read_exact"]),
    ("BufRead", &["read_line", "read_until", "fill_buf"]),
    ("Seek", &["seek", "rewind", "stream_position"]),
];

/// What of the standard library is read or written.
const STREAMS: [&str; 12] = [
    "BufReader",
    "BufWriter",
    "ChildStdin",
    "ChildStdout",
    "Cursor",
    "File",
    "LineWriter",
    "Stderr",
    "Stdin",
    "Stdout",
    "TcpStream",
    "UnixStream",
];

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for (dropper, branch) in view.branches.iter().enumerate() {
        for file in branch.files.iter().filter(|file| file.language == Language::Rust) {
            let (Some(old), Some(new)) = (file.before(), &file.new) else { continue };
            for &(import, name) in &file.change.dropped {
                let import = &old.model.imports[import];
                let dropped = Dropped { view, dropper, file, import, imported: &import.names[name] };
                let methods = dropped.methods();
                if !methods.is_empty() && !methods.iter().any(|method| calls(&new.model, method.name())) {
                    findings.extend(dropped.users(&methods));
                }
            }
        }
    }
}

/// What the import of a trait was for.
enum Method {
    /// Of a trait of the project.
    Own(Home),
    Extending(&'static str),
    Standard(&'static str),
}

impl Method {
    fn name(&self) -> &str {
        match self {
            Self::Own(home) => &home.def().name,
            Self::Extending(name) | Self::Standard(name) => name,
        }
    }
}

struct Dropped<'v, 'a> {
    view: &'v View<'a>,
    dropper: usize,
    file: &'a File<'a>,
    import: &'a Import,
    imported: &'a Imported,
}

impl<'v, 'a> Dropped<'v, 'a> {
    fn methods(&self) -> Vec<Method> {
        let (module, name) = (self.import.module.as_str(), self.imported.name.as_str());
        let root = module.split("::").next().unwrap_or(module);
        if let Some((.., methods)) = EXTENDING.iter().find(|(from, of, _)| *from == root && *of == name) {
            return methods.iter().map(|method| Method::Extending(method)).collect();
        }
        if module == "std::io" {
            let methods = STANDARD.iter().find(|(of, _)| *of == name).map_or(&[][..], |(_, all)| all);
            return methods.iter().map(|method| Method::Standard(method)).collect();
        }
        self.of_project().unwrap_or_default()
    }

    /// The methods of a trait of the project.
    fn of_project(&self) -> Option<Vec<Method>> {
        let types = Types { tree: Tree::of(self.view, self.dropper, self.file) };
        let at = types.tree.at(self.file.path, None)?;
        let path: Vec<&str> = self.import.module.split("::").chain([self.imported.name.as_str()]).collect();
        let home = types.lookup(&at, &path).filter(|home| home.def().kind == Kind::Interface)?;
        let owner = home.def();
        let is_own = |def: &Def| {
            def.kind == Kind::Method
                && !def.flags.is_static
                && def.parents.get(def.n_modules..).is_some_and(|names| names == [owner.name.clone()])
                && def.modules() == owner.modules()
        };
        let all = home.file.1.defs.iter().enumerate().filter(|(_, def)| is_own(def));
        Some(all.map(|(def, _)| Method::Own(Home { file: home.file.clone(), def })).collect())
    }

    fn users(&self, methods: &[Method]) -> Vec<Finding> {
        let others = (0..self.view.branches.len()).filter(|user| *user != self.dropper);
        others.filter_map(|user| self.user(user, methods)).collect()
    }

    fn user(&self, user: usize, methods: &[Method]) -> Option<Finding> {
        let file = self.view.counterpart(user, self.file)?;
        let model = &file.new.as_ref()?.model;
        let merged = self.view.merge_of((user, file), (self.dropper, self.file))?;
        let imports = |model: &FileModel| {
            let mut all = model.imports.iter().flat_map(|import| &import.names);
            all.any(|other| other.name == self.imported.name)
        };
        let is_open = merged.model.imports.iter().any(|import| import.glob && import.within.is_none());
        let may_give = |import: &Import| import.names.iter().any(|name| self.is_akin(&name.name));
        let is_given = merged.model.imports.iter().any(may_give);
        if is_open || is_given || !imports(model) || imports(&merged.model) {
            return None;
        }
        if brings_trait(self.file) || brings_trait(file) {
            return None;
        }
        let added = file.change.uses.iter().map(|added| &model.refs[added.reference]);
        let mut calls = added.filter(|used| is_method_call(used, file));
        let used = calls.find(|used| {
            let method = methods.iter().find(|method| method.name() == used.name);
            method.is_some_and(|method| self.is_lost(user, file, used, method)) && is_left(used, merged)
        })?;
        Some(self.finding(user, file, used))
    }

    /// Whether something of a name may be another trait with the same methods.
    fn is_akin(&self, name: &str) -> bool {
        const KINDS: [&[&str]; 4] =
            [&["Write"], &["Read"], &["Seek"], &["Context", "WrapErr", "ResultExt", "OptionExt", "Report"]];
        let is_of = |kind: &&&[&str], name: &str| kind.iter().any(|word| name.contains(word));
        KINDS.iter().any(|kind| is_of(&kind, &self.imported.name) && is_of(&kind, name))
    }

    /// Whether a call surely means the method of the trait, and needs that to be imported.
    fn is_lost(&self, user: usize, file: &File<'_>, used: &Ref, method: &Method) -> bool {
        let types = Types { tree: Tree::merged(self.view, user, self.dropper, file) };
        let own = Types { tree: Tree::of(self.view, user, file) };
        let ty = || own.tree.at(file.path, used.within).map(|at| own.value(&at, &used.on));
        match method {
            Method::Extending(name) => {
                let (files, all) = types.tree.defining(name);
                let passed = used.args.as_ref().map_or(0, |args| args.positional);
                let explains = !name.contains("context") && !name.starts_with("wrap_err") || passed == 1;
                let is_own = matches!(ty().map(|ty| ty.peeled().head), Some(Head::Project(_)));
                all && files.is_empty() && explains && !is_own
            }
            Method::Standard(_) => {
                let name = ty().and_then(|ty| ty.name().map(str::to_owned));
                name.is_some_and(|name| STREAMS.contains(&name.as_str())) || is_of_process(file, used)
            }
            Method::Own(home) => ty().is_some_and(|ty| is_from(&types, &ty, home)),
        }
    }

    fn finding(&self, user: usize, file: &File<'_>, used: &Ref) -> Finding {
        let (name, module) = (&self.imported.name, &self.import.module);
        let (user_name, dropper) = (self.view.name(user), self.view.name(self.dropper));
        let path = file.path;
        let message = format!(
            "{user_name} calls `{}` of the trait `{name}` in {path}, whose import from `{module}` {dropper} drops",
            used.name
        );
        let sites =
            vec![self.view.site(user, path, used.line), self.view.site(self.dropper, self.file.path, 1)];
        let summary = format!("keep the import of `{name}` in {}", self.file.path);
        let fix = Some(self.view.fix(self.dropper, summary, String::new()));
        let symbols = [module.as_str(), name, &used.name];
        Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish()
    }
}

/// Whether a value of a type has a method from nothing but the trait that states it.
fn is_from(types: &Types<'_, '_>, ty: &Type, method: &Home) -> bool {
    let (def, Some(of)) = (method.def(), method.def().parents.last()) else { return false };
    match &ty.peeled().head {
        Head::Project(class) => match types.member(class, &def.name, true) {
            // `impl Trait for Class` states it.
            Some(found) => {
                let names = &found.def().parents[found.def().n_modules..];
                names.get(1).is_some_and(|name| name.split('<').next() == Some(of))
            }
            None => class.def().supers.contains(of),
        },
        Head::Library(name) if PRIMITIVES.contains(&name.as_str()) || is_rare(&def.name) => {
            method.file.1.impls.iter().any(|one| one.implementor == *name && one.of == *of)
        }
        _ => false,
    }
}

fn calls(model: &FileModel, method: &str) -> bool {
    model.refs.iter().any(|used| used.name == method)
}

fn is_method_call(used: &Ref, file: &File<'_>) -> bool {
    let before = file.new.as_ref().and_then(|new| new.text.get(..used.span.start)).unwrap_or_default();
    used.kind == RefKind::Call && used.receiver != Receiver::None && before.trim_end().ends_with('.')
}

/// `stdout().flush()` and its like.
fn is_of_process(file: &File<'_>, used: &Ref) -> bool {
    let before = file.new.as_ref().and_then(|new| new.text.get(..used.span.start)).unwrap_or_default();
    let on = before.trim_end().trim_end_matches('.');
    ["stdout()", "stderr()", "stdin()"].iter().any(|stream| on.ends_with(stream))
}

/// Whether a branch imports something that it names nowhere, as is done with traits.
fn brings_trait(file: &File<'_>) -> bool {
    let Some(new) = &file.new else { return true };
    let names = |local: &str| {
        let first = |path: &str| path.split("::").next() == Some(local);
        new.model.refs.iter().any(|used| match &used.receiver {
            Receiver::None => used.name == local,
            Receiver::Name(path) | Receiver::Typed(path) => first(path),
            _ => false,
        })
    };
    let mut imported =
        file.change.imported.iter().map(|(import, name)| &new.model.imports[*import].names[*name]);
    imported.any(|imported| !names(&imported.local))
}

fn is_left(used: &Ref, merged: &Side<'_>) -> bool {
    let mut refs = merged.model.refs.iter();
    refs.any(|other| other.name == used.name && other.receiver == used.receiver && other.on == used.on)
}
