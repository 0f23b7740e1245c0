//! The merge of branches declares one thing more often than any of them does.
//!
//! Python and JavaScript keep the last declaration without a word; the others refuse to compile.

use std::collections::{BTreeMap, BTreeSet};

use super::{Draft, Rule, View};
use crate::model::{Finding, Fix, Level, RepoPath, Site};
use crate::validate::extract::Language;
use crate::validate::fix::{Edit, patch};
use crate::validate::lines::{line_start, whole_lines};
use crate::validate::load::{File, Merged, Side};
use crate::validate::model::{Def, FileModel, Kind, Param, RefKind, Ty};
use crate::validate::names::{find_words, has_word};
use crate::validate::resolve::directory;

pub(super) const RULE: Rule = Rule { id: "duplicate-definition", check };

fn check(view: &View<'_>, findings: &mut Vec<Finding>) {
    for merged in view.merged {
        in_one_file(view, merged, findings);
        ambiguous_imports(view, merged, findings);
        repeated_annotations(view, merged, findings);
    }
    across_files(view, findings);
}

/// Declarations by path; types and values have names of their own.
type Counts<'m> = BTreeMap<(bool, String), Vec<&'m Def>>;

fn counts(model: &FileModel, language: Language) -> Counts<'_> {
    let mut counts = Counts::new();
    for def in &model.defs {
        let is_type = def.kind.is_type() || def.kind == Kind::Module;
        counts.entry((is_type, def.path() + &overload(language, def))).or_default().push(def);
    }
    counts
}

/// What tells apart the Java methods of one name: the types of their parameters.
fn overload(language: Language, def: &Def) -> String {
    let Some(sig) = def.sig.as_ref().filter(|_| language == Language::Java) else { return String::new() };
    let ty = |param: &Param| match &param.ty {
        Ty::Named(name) => name.clone(),
        _ => String::new(),
    };
    format!("({})", sig.params.iter().map(ty).collect::<Vec<_>>().join(", "))
}

/// One branch's version of a merged file.
struct Version<'a> {
    branch: usize,
    file: &'a File<'a>,
    counts: Counts<'a>,
}

fn in_one_file(view: &View<'_>, merged: &Merged<'_>, findings: &mut Vec<Finding>) {
    let versions: Vec<Version<'_>> = view
        .versions(merged)
        .into_iter()
        .filter_map(|(branch, file)| {
            Some(Version { branch, file, counts: counts(&file.new.as_ref()?.model, file.language) })
        })
        .collect();
    let Some(first) = versions.first() else { return };
    let base = first.file.before().map_or_else(Counts::new, |old| counts(&old.model, first.file.language));
    let all = counts(&merged.side.model, first.file.language);
    for (key, defs) in &all {
        // A member that stands twice because its type does is no finding of its own.
        let outer = key.1.rsplit_once("::").map(|(outer, _)| (true, outer.to_owned()));
        if outer.is_some_and(|outer| all.get(&outer).is_some_and(|defs| defs.len() > 1)) {
            continue;
        }
        let base_count = base.get(key).map_or(0, Vec::len);
        let count = |version: &Version<'_>| version.counts.get(key).map_or(0, Vec::len);
        let most = versions.iter().map(count).max().unwrap_or(0).max(base_count);
        let adders: Vec<&Version<'_>> =
            versions.iter().filter(|version| count(version) > base_count).collect();
        let is_dropped = || first.file.language == Language::Python && drops(merged.side.text, defs[0]);
        if defs.len() > most && adders.len() > 1 && must_be_single(first.file.language, defs) && !is_dropped()
        {
            findings.push(repeated(view, merged.path, key, &adders));
        }
    }
}

/// Whether a Python file takes a name back that it gave: `del helper`.
fn drops(text: &str, def: &Def) -> bool {
    text.lines().filter_map(|line| line.strip_prefix("del ")).any(|names| has_word(names, &def.name))
}

/// A Java annotation that two branches put on one declaration, which may have it once.
fn repeated_annotations(view: &View<'_>, merged: &Merged<'_>, findings: &mut Vec<Finding>) {
    let files = view
        .merged_from(merged)
        .into_iter()
        .filter_map(|branch| Some((branch, view.file(branch, merged.path)?)));
    let files: Vec<(usize, &File<'_>)> = files.filter(|(_, file)| file.language == Language::Java).collect();
    let [left, right] = files.as_slice() else { return };
    let (Some(ours), Some(theirs)) = (&left.1.new, &right.1.new) else { return };
    let (ours, theirs) = (annotations(ours), annotations(theirs));
    let base = left.1.old.as_ref().map(annotations).unwrap_or_default();
    let declared = counts(&merged.side.model, Language::Java);
    for (key, lines) in annotations(&merged.side) {
        let count = |counts: &BTreeMap<(String, &str), Vec<u32>>| counts.get(&key).map_or(0, Vec::len);
        let added = count(&ours) > count(&base) && count(&theirs) > count(&base);
        // A declaration that stands twice is a finding of its own.
        let stands_once =
            |is_type| declared.get(&(is_type, key.0.clone())).is_none_or(|defs| defs.len() == 1);
        if !added
            || lines.len() <= count(&ours).max(count(&theirs))
            || !stands_once(false)
            || !stands_once(true)
        {
            continue;
        }
        let (name, note) = &key;
        let (first, second) = (view.name(left.0), view.name(right.0));
        let message = format!(
            "{first} and {second} both put `@{note}` on `{name}` in {}, and their merge holds it twice",
            merged.path
        );
        let line = |counts: &BTreeMap<(String, &str), Vec<u32>>| counts[&key].last().copied().unwrap_or(1);
        let sites =
            vec![view.site(left.0, merged.path, line(&ours)), view.site(right.0, merged.path, line(&theirs))];
        let fix = Some(view.fix(right.0, format!("drop one `@{note}` of `{name}`"), String::new()));
        let symbols = ["annotation", note, name];
        findings.push(
            Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish(),
        );
    }
}

/// The lines of the annotations before the names of declarations, by declaration and annotation.
fn annotations<'s>(side: &'s Side<'_>) -> BTreeMap<(String, &'s str), Vec<u32>> {
    let mut found: BTreeMap<(String, &str), Vec<u32>> = BTreeMap::new();
    for reference in side.model.refs.iter().filter(|reference| reference.kind == RefKind::Type) {
        let Some(def) = reference.within.and_then(|within| side.model.defs.get(within)) else { continue };
        if !side.text.get(..reference.span.start).is_some_and(|before| before.ends_with('@')) {
            continue;
        }
        let line = line_start(side.text, def.line);
        let named = find_words(side.text.get(line..).unwrap_or_default(), &def.name).next();
        let leads = named.is_some_and(|named| reference.span.start < line + named);
        if leads {
            let key = (def.path() + &overload(Language::Java, def), reference.name.as_str());
            found.entry(key).or_default().push(reference.line);
        }
    }
    found
}

/// Two Java imports that give one name two meanings.
fn ambiguous_imports(view: &View<'_>, merged: &Merged<'_>, findings: &mut Vec<Finding>) {
    let files = view
        .merged_from(merged)
        .into_iter()
        .filter_map(|branch| Some((branch, view.file(branch, merged.path)?)));
    let files: Vec<(usize, &File<'_>)> = files.filter(|(_, file)| file.language == Language::Java).collect();
    let [left, right] = files.as_slice() else { return };
    for (name, module, line) in added_imports(left.1) {
        for (other_name, other_module, other_line) in added_imports(right.1) {
            let both = [module, other_module].iter().all(|module| {
                merged.side.model.imports.iter().any(|import| {
                    import.module == **module && import.names.iter().any(|imported| imported.name == name)
                })
            });
            if name != other_name || module == other_module || !both {
                continue;
            }
            let (first, second) = (view.name(left.0), view.name(right.0));
            let message = format!(
                "{first} imports `{name}` from `{module}` in {} and {second} from `{other_module}`: their merge does both",
                merged.path
            );
            let sites =
                vec![view.site(left.0, merged.path, line), view.site(right.0, merged.path, other_line)];
            let summary = format!("import one `{name}` and write the other one in full in {}", merged.path);
            let fix = Some(view.fix(right.0, summary, String::new()));
            let symbols = ["import", name];
            findings.push(
                Draft { rule: RULE.id, level: Level::Deny, message, symbols: &symbols, sites, fix }.finish(),
            );
        }
    }
}

/// The types that a branch newly imports into a file by name: name, package and line.
fn added_imports<'a>(file: &'a File<'a>) -> Vec<(&'a str, &'a str, u32)> {
    let Some(new) = &file.new else { return Vec::new() };
    let added = file.change.imported.iter().map(|(import, name)| {
        let import = &new.model.imports[*import];
        (import, import.names[*name].name.as_str())
    });
    // A static import of methods may bring several of one name.
    let of_type = |import: &crate::validate::model::Import| {
        let statement = new.text.get(import.span.clone()).unwrap_or_default();
        !statement.split_whitespace().any(|word| word == "static")
    };
    let added = added.filter(|(import, _)| of_type(import));
    added.map(|(import, name)| (name, import.module.as_str(), import.line)).collect()
}

/// Whether repeating these declarations is an error or hides one of them.
fn must_be_single(language: Language, defs: &[&Def]) -> bool {
    if defs.iter().any(|def| def.flags.may_repeat) {
        return defs.iter().all(|def| def.kind == Kind::Interface) && !agree(defs);
    }
    let any = |kind: Kind| defs.iter().any(|def| def.kind == kind);
    let equal = defs.windows(2).all(|pair| pair[0].body_hash == pair[1].body_hash);
    // Python variables and attributes are assigned again as a matter of course.
    let assigned = language == Language::Python && (any(Kind::Field) || any(Kind::Const) && equal);
    !assigned && !defs.iter().any(|def| def.name == "_")
}

fn repeated(view: &View<'_>, path: &RepoPath, key: &(bool, String), adders: &[&Version<'_>]) -> Finding {
    let def = |version| last_def(version, key);
    let (winner, loser) = (adders[0], adders[adders.len() - 1]);
    let site =
        |version: &Version<'_>| view.site(version.branch, version.file.path, last_def(version, key).line);
    let sites = adders.iter().map(|version| site(version)).collect();
    let kind = def(loser).kind.word();
    let name = &key.1;
    let message = format!(
        "{} and {} both add the {kind} `{name}` to {path}, and their merge holds it twice",
        view.name(winner.branch),
        view.name(loser.branch)
    );
    let fix = Some(drop_one(view, winner, def(winner), loser, def(loser)));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[kind, name], sites, fix }.finish()
}

/// Whether interfaces that a compiler joins give each field one type.
fn agree(defs: &[&Def]) -> bool {
    let fields = || defs.iter().flat_map(|def| &def.fields);
    fields().all(|field| fields().all(|other| other.name != field.name || other.ty == field.ty))
}

/// Of several declarations on one branch, the last is the added one.
fn last_def<'a>(version: &Version<'a>, key: &(bool, String)) -> &'a Def {
    let defs = version.counts.get(key);
    defs.and_then(|defs| defs.last().copied()).expect("a branch that adds a definition has it")
}

/// Takes the second declaration out where the first can stand in for it.
fn drop_one(view: &View<'_>, winner: &Version<'_>, kept: &Def, loser: &Version<'_>, lost: &Def) -> Fix {
    let (keeper, path) = (view.name(winner.branch), loser.file.path);
    if kept.head != lost.head {
        let summary = format!("rename one of the two: {keeper} has `{}`", kept.head);
        return view.fix(loser.branch, summary, String::new());
    }
    let text = loser.file.new.as_ref().map_or("", |new| new.text);
    let mut span = whole_lines(text, lost.span.start, lost.span.end);
    // The blank line after it goes too.
    if text[span.end..].starts_with('\n') {
        span.end += 1;
    }
    let same =
        if kept.body_hash == lost.body_hash { "is the same" } else { "has the same head, but another body" };
    let summary = format!("drop `{}` and use that of {keeper}, which {same}", lost.path());
    view.fix(loser.branch, summary, patch(path, text, vec![Edit::delete(span)]))
}

/// Two files of a package may not declare one name; in Java that is said of types.
fn across_files(view: &View<'_>, findings: &mut Vec<Finding>) {
    let mut packages: BTreeMap<(&str, String), Vec<Place<'_>>> = BTreeMap::new();
    for &(branch, file, def) in view.index.defs.values().flatten() {
        let java = file.language == Language::Java && def.parents.is_empty();
        if (file.language == Language::Go || java) && is_new(file, def) {
            packages.entry((directory(&file.name), def.path())).or_default().push((branch, file, def));
        }
    }
    let mut seen = BTreeSet::new();
    for ((_, path), places) in &packages {
        for (at, left) in places.iter().enumerate() {
            for right in &places[at + 1..] {
                if clash(view, left, right) && seen.insert((path, left.1.path, right.1.path)) {
                    findings.push(clashing(view, *left, *right));
                }
            }
        }
    }
}

fn clash(view: &View<'_>, left: &Place<'_>, right: &Place<'_>) -> bool {
    left.0 != right.0
        && share_package(left.1, right.1)
        && must_be_single(left.1.language, &[left.2, right.2])
        && !has(view, left.0, right.1, right.2)
        && !has(view, right.0, left.1, left.2)
}

fn is_new(file: &File<'_>, def: &Def) -> bool {
    let free = matches!((def.name.as_str(), def.parents.is_empty()), ("init" | "main", true));
    // Go refuses tests of one name as it does everything else.
    let is_aside = def.flags.is_test && file.language != Language::Go;
    let was = |old: &Side<'_>| old.model.named_as(def).next().is_some();
    !free && !is_aside && !file.old.as_ref().is_some_and(was)
}

/// Whether two files are always compiled into one package.
fn share_package(left: &File<'_>, right: &File<'_>) -> bool {
    if left.language == Language::Java && right.language == Language::Java {
        return left.path != right.path && directory(&left.name) == directory(&right.name);
    }
    let plain = |file: &File<'_>| {
        // A suffix after `_` may be an operating system or a processor; tests are compiled with the rest.
        let stem =
            file.name.rsplit('/').next().unwrap_or("").trim_end_matches(".go").trim_end_matches("_test");
        let text = file.new.as_ref().map_or("", |new| new.text);
        let bound = stem.rsplit('_').next().is_some_and(|last| PLATFORMS.split(' ').any(|name| name == last));
        let passed_over = |part: &str| part.starts_with(['_', '.']) || part == "testdata";
        let is_tagged = ["//go:build", "// +build"].iter().any(|mark| text.contains(mark));
        let is_bound = is_tagged || stem.contains('_') && bound;
        file.language == Language::Go && !is_bound && !file.name.split('/').any(passed_over)
    };
    let package = |file: &File<'_>| {
        let text = file.new.as_ref().map_or("", |new| new.text);
        text.lines().find(|line| line.starts_with("package ")).map(str::to_owned)
    };
    left.path != right.path
        && directory(&left.name) == directory(&right.name)
        && plain(left)
        && plain(right)
        && package(left) == package(right)
}

/// Operating systems and processors that the end of a file's name may say.
const PLATFORMS: &str = "\
    unix aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris \
    wasip1 windows zos 386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le \
    mips64p32 ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm";

/// Whether a branch has the other one's declaration too, so that it is no addition of the other.
fn has(view: &View<'_>, branch: usize, file: &File<'_>, def: &Def) -> bool {
    let own = view.file(branch, file.path).and_then(|own| own.new.as_ref());
    own.is_some_and(|own| own.model.named_as(def).next().is_some())
}

type Place<'a> = (usize, &'a File<'a>, &'a Def);

fn clashing(view: &View<'_>, left: Place<'_>, right: Place<'_>) -> Finding {
    let ((left, left_file, left_def), (right, right_file, right_def)) = (left, right);
    let (kind, name) = (right_def.kind.word(), right_def.path());
    let message = format!(
        "{} and {} both add the {kind} `{name}` to one package, in {} and {}",
        view.name(left),
        view.name(right),
        left_file.path,
        right_file.path
    );
    let sites: Vec<Site> = vec![
        view.site(left, left_file.path, left_def.line),
        view.site(right, right_file.path, right_def.line),
    ];
    let kept = Version { branch: left, file: left_file, counts: Counts::new() };
    let lost = Version { branch: right, file: right_file, counts: Counts::new() };
    let fix = Some(drop_one(view, &kept, left_def, &lost, right_def));
    Draft { rule: RULE.id, level: Level::Deny, message, symbols: &[kind, &name], sites, fix }.finish()
}
