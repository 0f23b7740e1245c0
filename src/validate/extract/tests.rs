//! What each language's extractor finds, one line per definition, import and use.

use std::fmt::Write as _;

use super::*;
use crate::validate::model::{Args, Def, Import, Param, Receiver, Ref, Sig, Ty};

mod around;
mod faults;
mod go;
mod hostile;
mod java;
mod literals;
mod python;
mod rust;
mod typescript;
mod typescript_values;

/// Compares everything that is found in a source text with a listing.
#[track_caller]
fn check(language: Language, source: &str, expected: &str) {
    let found = listing(&extract(language, source));
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found.trim(), expected.join("\n"), "\n--- found ---\n{found}");
}

/// As [`check`], for the definitions alone.
#[track_caller]
fn check_defs(language: Language, source: &str, expected: &str) {
    let model = extract(language, source);
    let found: String = model.defs.iter().map(def).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found.trim(), expected.join("\n"), "\n--- found ---\n{found}");
}

/// As [`check`], for the uses alone.
#[track_caller]
fn check_refs(language: Language, source: &str, expected: &str) {
    let model = extract(language, source);
    let found: String = model.refs.iter().map(|used| reference(used, &model)).collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found.trim(), expected.join("\n"), "\n--- found ---\n{found}");
}

/// Compares the line, head and whole text of each definition.
#[track_caller]
fn check_places(language: Language, source: &str, expected: &[(u32, &str, &str)]) {
    let model = extract(language, source);
    let place = |def: &Def| (def.line, def.head.clone(), source[def.span.clone()].to_owned());
    let expected = expected.iter().map(|(line, head, text)| (*line, (*head).to_owned(), (*text).to_owned()));
    assert_eq!(model.defs.iter().map(place).collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}

/// Compares the hash of the first definition of two sources.
#[track_caller]
fn check_bodies(language: Language, one: &str, other: &str, same: bool) {
    let hash = |source| extract(language, source).defs[0].body_hash;
    assert_eq!(hash(one) == hash(other), same, "\n{one}\n{other}");
}

fn listing(model: &FileModel) -> String {
    let imports: String = model.imports.iter().map(import).collect();
    let defs: String = model.defs.iter().map(def).collect();
    let refs: String = model.refs.iter().map(|used| reference(used, model)).collect();
    let broken: String = model.broken.iter().map(|range| format!("broken {range:?}\n")).collect();
    imports + &defs + &refs + &broken
}

fn import(import: &Import) -> String {
    let names = import.names.iter().map(|name| match (name.name.as_str(), name.local.as_str()) {
        (name, local) if name == local => format!(" {name}"),
        (name, local) => format!(" {name}>{local}"),
    });
    let names: String = names.chain(import.glob.then(|| " *".to_owned())).collect();
    let verb = if import.reexport { "reexport" } else { "import" };
    format!("{verb} {:?}{names}\n", import.module)
}

fn def(def: &Def) -> String {
    let mut line = String::new();
    if def.exported {
        line.push('+');
    }
    write!(line, "{} {}", def.kind.word(), def.path()).unwrap();
    if let Some(signature) = &def.sig {
        line.push_str(&sig(signature));
    }
    let fields: Vec<String> = def
        .fields
        .iter()
        .map(|field| {
            let wire = if field.wire == field.name { String::new() } else { format!("={}", field.wire) };
            let optional = if field.optional { "?" } else { "" };
            format!("{}{wire}{optional}: {}", field.name, ty(&field.ty))
        })
        .collect();
    if !fields.is_empty() {
        write!(line, " {{{}}}", fields.join(", ")).unwrap();
    }
    if !def.supers.is_empty() {
        write!(line, " < {}", def.supers.join(", ")).unwrap();
    }
    let flags = [
        (def.flags.is_abstract, " abstract"),
        (def.flags.is_static, " static"),
        (def.flags.may_repeat, " repeats"),
        (def.flags.is_test, " test"),
    ];
    flags.iter().filter(|(set, _)| *set).for_each(|(_, word)| line.push_str(word));
    line + "\n"
}

fn sig(sig: &Sig) -> String {
    let params: Vec<String> = sig.params.iter().map(param).collect();
    let awaited = if sig.is_async { " async" } else { "" };
    let returns = if sig.returns == Ty::Any { String::new() } else { format!(" -> {}", ty(&sig.returns)) };
    format!("({}){returns}{awaited}", params.join(", "))
}

fn param(param: &Param) -> String {
    let stars = if param.variadic { "..." } else { "" };
    let optional = if param.optional { "?" } else { "" };
    let keyword = if param.keyword_only { "kw " } else { "" };
    let stated = if param.ty == Ty::Any { String::new() } else { format!(": {}", ty(&param.ty)) };
    format!("{keyword}{stars}{}{optional}{stated}", param.name)
}

fn ty(of: &Ty) -> String {
    match of {
        Ty::List(inner) => format!("[{}]", ty(inner)),
        Ty::Map(inner) => format!("{{{}}}", ty(inner)),
        Ty::Optional(inner) => format!("{}?", ty(inner)),
        Ty::Named(name) => name.clone(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn reference(used: &Ref, model: &FileModel) -> String {
    let receiver = match &used.receiver {
        Receiver::None => String::new(),
        Receiver::This => "this.".to_owned(),
        Receiver::Typed(ty) => format!("<{ty}>."),
        Receiver::Name(name) => format!("{name}."),
        Receiver::Other => "?.".to_owned(),
    };
    let args = used
        .args
        .as_ref()
        .filter(|_| used.kind != crate::validate::model::RefKind::Write)
        .map(passed)
        .unwrap_or_default();
    let awaited = if used.awaited { " awaited" } else { "" };
    let within = used.within.map(|def| format!(" in {}", model.defs[def].path())).unwrap_or_default();
    let kind = format!("{:?}", used.kind).to_lowercase();
    format!("{kind} {receiver}{}{args}{awaited}{within}\n", used.name)
}

fn passed(args: &Args) -> String {
    let positional = (args.positional > 0).then(|| args.positional.to_string());
    let named = args.named.iter().map(|name| format!("{name}="));
    let spread = args.spread.then(|| "*".to_owned());
    let parts: Vec<String> = positional.into_iter().chain(named).chain(spread).collect();
    format!("({})", parts.join(" "))
}
