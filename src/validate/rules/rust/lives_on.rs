//! Whether a member that a Rust type lost is there all the same.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::derefs::derefs;
use super::impls::{ImplHead, is_another};
use super::library_traits::{MARKERS, STD_METHODS, STD_TRAITS};
use super::made;
use super::place::last;
use super::types::{Head, Types};
use crate::model::RepoPath;
use crate::validate::Untouched;
use crate::validate::extract::Language;
use crate::validate::index::Gone;
use crate::validate::load::{File, Side};
use crate::validate::model::{Def, FileModel, Impl, Kind, RefKind};
use crate::validate::names::{find_words, has_word};
use crate::validate::rules::View;
use crate::validate::rules::tree::{At, Home, Tree};
use crate::validate::world::Known;

/// Whether what is lost may still be there: brought by a macro, or, if it is a member, from a trait, or from what its type dereferences to.
pub(in crate::validate::rules) fn may_live_on<'a>(view: &View<'a>, gone: &Gone<'a>) -> bool {
    let def = gone.def;
    let Some(new) = &gone.file.new else { return false };
    if !def.is_member() {
        return made::is_brought(view, gone);
    }
    let Some(owner) = def.parents.get(def.n_modules) else { return false };
    // `type Error = Error` of an `impl` is another name for nothing.
    let is_owner = |def: &&Def| def.kind.is_type() && def.name == *owner && !def.is_member();
    let mut types = new.model.defs.iter().filter(is_owner);
    // The name of the type may stand for another one now.
    let is_on_values = matches!(def.kind, Kind::Field | Kind::Method) && !def.flags.is_static;
    let is_led_to = |owner: &Def| {
        let types = Types { tree: Tree::of(view, gone.branch, gone.file) };
        let home = types.tree.defined_at(gone.file.path, owner);
        home.is_none_or(|home| types.may_be_led_to(&home, def))
    };
    let elsewhere =
        |owner: &Def| owner.kind == Kind::Alias || is_on_values && derefs(owner) && is_led_to(owner);
    let is_imported = new.model.imports.iter().any(|import| {
        new.model.modules_around(import.within) == def.modules()
            && import.names.iter().any(|name| name.local == *owner)
    });
    if is_imported || types.any(elsewhere) || made::is_made(view, gone, owner) {
        return true;
    }
    if !matches!(def.kind, Kind::Method | Kind::Const | Kind::Variant) {
        return false;
    }
    // Where the type itself cannot be found, anything may give it anything.
    STD_METHODS.contains(&def.name.as_str())
        || Giving::of(view, gone, new, owner).is_none_or(|giving| giving.gives())
}

/// Whether a branch that uses a lost method brings a trait of its own that gives it to the type: until then
/// the type's own method hid that.
pub(in crate::validate::rules) fn is_given_by<'a>(view: &View<'a>, gone: &Gone<'a>, user: usize) -> bool {
    let def = gone.def;
    let is_same = |other: &Def| other.kind == Kind::Method && other.name == def.name;
    let adds = |file: &File<'_>| {
        let new = file.new.as_ref().map_or(&[][..], |new| &new.model.defs);
        file.change.added.iter().filter_map(|added| new.get(*added)).any(is_same)
    };
    let mut files = view.branches[user].files.iter().filter(|file| file.language == Language::Rust);
    if def.kind != Kind::Method || !files.any(adds) {
        return false;
    }
    let (Some(owner), Some(new)) = (def.parents.get(def.n_modules), &gone.file.new) else { return false };
    let types = Types { tree: Tree::of(view, gone.branch, gone.file) };
    Giving::with(types, (view, gone), user, new, owner).is_none_or(|giving| {
        let files: Vec<Known> = giving.changed().map(|(file, _)| file).collect();
        let traits: BTreeSet<&str> = files.iter().flat_map(|file| giving.traits_with(&file.1)).collect();
        let implemented = files.iter().flat_map(|file| giving.same(&file.1)).filter_map(|(_, def)| {
            let names = def.parents.get(def.n_modules..)?;
            Some(last(names.get(1)?).trim())
        });
        traits.into_iter().chain(implemented).any(|of| giving.is_for(of))
    })
}

/// Traits above traits beyond this are not looked at.
const STEPS: usize = 8;

/// The search for what gives a type the method that the type itself lost.
struct Giving<'g, 'a> {
    view: &'g View<'a>,
    gone: &'g Gone<'a>,
    /// Whose changed files are looked at.
    branch: usize,
    types: Types<'g, 'a>,
    owner: Home,
}

impl<'g, 'a> Giving<'g, 'a> {
    fn of(view: &'g View<'a>, gone: &'g Gone<'a>, new: &Side<'_>, owner: &str) -> Option<Self> {
        let types = Types { tree: Tree::of(view, gone.branch, gone.file) };
        Self::with(types, (view, gone), gone.branch, new, owner)
    }

    /// The same with what a branch has.
    fn with(
        types: Types<'g, 'a>,
        (view, gone): (&'g View<'a>, &'g Gone<'a>),
        branch: usize,
        new: &Side<'_>,
        owner: &str,
    ) -> Option<Self> {
        let is_beside = |def: &Def| def.kind != Kind::Module && def.modules() == gone.def.modules();
        let within = new.model.defs.iter().position(is_beside)?;
        let at = types.tree.at(gone.file.path, Some(within))?;
        match types.stated(&at, owner).head {
            Head::Project(owner) => Some(Self { view, gone, branch, types, owner }),
            _ => types.lookup(&at, &[owner]).map(|owner| Self { view, gone, branch, types, owner }),
        }
    }

    fn gives(&self) -> bool {
        let name = &self.gone.def.name;
        let Some(unchanged) = self.view.input.unchanged.defining(name) else { return true };
        let files: Vec<Known> =
            self.changed().map(|(file, _)| file).chain(unchanged.iter().map(known)).collect();
        let traits: BTreeSet<&str> = files.iter().flat_map(|file| self.traits_with(&file.1)).collect();
        let library = STD_TRAITS.iter().filter(|(_, methods)| methods.contains(&name.as_str()));
        let deref = ["Deref"].into_iter().filter(|_| !self.gone.def.flags.is_static);
        let library = library.map(|(of, _)| *of).chain(deref);
        let library = library.filter(|_| self.gone.def.kind == Kind::Method);
        files.iter().any(|file| self.states(file))
            || self.changed().any(|(_, new)| self.hides(new))
            || self.is_above(&self.owner, STEPS)
            || traits.into_iter().chain(library).any(|of| self.is_for(of))
    }

    /// The files that the branch changed, as it has them.
    fn changed(&self) -> impl Iterator<Item = (Known, &Side<'_>)> {
        let files = self.view.branches[self.branch].files.iter();
        files.filter_map(|file| {
            let new = file.new.as_ref()?;
            Some((Rc::new((file.path.clone(), new.model.clone())), new))
        })
    }

    /// The traits of a file that state the method.
    fn traits_with<'m>(&self, model: &'m FileModel) -> impl Iterator<Item = &'m str> {
        let is_trait =
            |name: &str| model.defs.iter().any(|def| def.kind == Kind::Interface && def.name == name);
        self.same(model).filter_map(move |(_, def)| match &def.parents[def.n_modules..] {
            [one] if is_trait(one) && *one != self.owner.def().name => Some(one.as_str()),
            _ => None,
        })
    }

    fn same<'m>(&self, model: &'m FileModel) -> impl Iterator<Item = (usize, &'m Def)> {
        let (name, lost) = (self.gone.def.name.clone(), self.gone.def.kind);
        let is_alike = move |kind: Kind| match lost {
            // A variant that was renamed may be kept as a constant or function.
            Kind::Variant => matches!(kind, Kind::Const | Kind::Method),
            _ => kind == lost,
        };
        let defs = model.defs.iter().enumerate();
        defs.filter(move |(_, def)| is_alike(def.kind) && def.name == name)
    }

    /// Whether a text states the member where no definitions are kept of: in an `impl` for the type that
    /// stands in a function or in a `const _`.
    fn hides(&self, side: &Side<'_>) -> bool {
        let (text, name, owner) = (side.text, &self.gone.def.name, &self.owner.def().name);
        let is_stated = |at: usize| {
            let word = text[..at].trim_end().rsplit(char::is_whitespace).next();
            matches!(word, Some("fn" | "const"))
        };
        let holding = |at: usize| side.model.defs.iter().filter(move |def| def.span.contains(&at));
        let hidden =
            find_words(text, name).filter(|at| is_stated(*at) && !holding(*at).any(|def| def.name == *name));
        hidden.into_iter().any(|at| {
            let start = holding(at).map(|def| def.span.start).min().unwrap_or_default();
            let before = &text[start..at];
            find_words(before, "impl")
                .any(|at| before[at..].split('{').next().is_some_and(|head| has_word(head, owner)))
        })
    }

    /// Whether an `impl` of a file may state the method for the type.
    fn states(&self, file: &Known) -> bool {
        let traits: BTreeSet<&str> = self.traits_with(&file.1).collect();
        self.same(&file.1).any(|(idx, def)| {
            let at = At { file: file.clone(), within: Some(idx) };
            match &def.parents[def.n_modules..] {
                [one] if traits.contains(one.as_str()) => false,
                [one] => !is_another(&self.types, &at, one, &self.owner),
                [one, _] => *one == self.owner.def().name,
                _ => false,
            }
        })
    }

    /// Whether the type may have what a trait states: one that is for other types alone gives it nothing.
    fn is_for(&self, of: &str) -> bool {
        let Some(holding) = self.view.input.unchanged.holding(of) else { return true };
        let mut changed = self.changed().filter(|(_, new)| has_word(new.text, of));
        self.derives(of)
            || changed.any(|(file, new)| self.may_implement(&file, new.text, of))
            || holding.iter().any(|file| self.may_implement(&known(file), &self.base_text(&file.path), of))
    }

    fn base_text(&self, path: &RepoPath) -> String {
        let base = self.view.input.unchanged.base(path);
        String::from_utf8_lossy(base.as_ref().map_or(&[][..], |base| &base.bytes)).into_owned()
    }

    fn derives(&self, of: &str) -> bool {
        let path = &self.owner.file.0;
        let changed = self.changed().find(|(file, _)| file.0 == *path).map(|(_, new)| new.text.to_owned());
        let text = changed.unwrap_or_else(|| self.base_text(path));
        let text = text.get(self.owner.def().span.clone()).unwrap_or_default();
        text.split("derive(").skip(1).any(|list| has_word(list.split(')').next().unwrap_or_default(), of))
    }

    /// Whether a trait above a trait may state the method.
    fn is_above(&self, below: &Home, steps: usize) -> bool {
        let name = self.gone.def.name.as_str();
        below.def().supers.iter().filter(|_| below.def().kind == Kind::Interface).any(|above| {
            if let Some((_, methods)) = STD_TRAITS.iter().find(|(of, _)| of == above) {
                return methods.contains(&name);
            }
            match self.types.lookup(&below.inside(), &[above]) {
                Some(above) if steps > 0 => {
                    self.types.member(&above, name, true).is_some() || self.is_above(&above, steps - 1)
                }
                _ => !MARKERS.contains(&above.as_str()),
            }
        })
    }

    /// Whether a file may implement a trait for the type: by an `impl` that is not surely for others, in
    /// a function, under another name of the trait, or by a macro that is given the trait.
    fn may_implement(&self, file: &Known, text: &str, of: &str) -> bool {
        let model = &*file.1;
        let impls: Vec<&Impl> = model.impls.iter().filter(|one| last(&one.of).trim() == of).collect();
        let may_be = |one: &&Impl| {
            let head = text.get(one.span.clone()).and_then(ImplHead::read);
            let at = At { file: file.clone(), within: one.within };
            !head.is_some_and(|head| head.is_for_others(&self.types, &at, of, &self.owner))
        };
        let mut names = model.imports.iter().flat_map(|import| &import.names);
        let is_renamed =
            names.any(|name| name.name == of && !matches!(&name.local, local if local == of || local == "_"));
        let is_passed = model.refs.iter().any(|used| used.name == of && used.kind == RefKind::Read);
        let is_macro = |def: &Def| {
            let text = text.get(def.span.clone()).unwrap_or_default();
            def.head.starts_with("macro_rules") && has_word(text, of)
        };
        impls.iter().any(may_be)
            || is_renamed
            || is_passed
            || n_written(text, of) > impls.len()
            || model.defs.iter().any(is_macro)
    }
}

/// How often a trait stands in a text, outside of comments on lines of their own, as what is implemented:
/// `Seen<u8> for`.
pub(super) fn n_written(text: &str, of: &str) -> usize {
    let is_code = |at: &usize| {
        let line = text[..*at].rsplit('\n').next().unwrap_or_default();
        !line.trim_start().starts_with("//")
    };
    let is_for = |at: &usize| {
        let rest = text[at + of.len()..].trim_start();
        let after = match rest.strip_prefix('<') {
            Some(args) => args.split(['{', ';']).next().and_then(|args| Some(args.rsplit_once('>')?.1)),
            None => Some(rest),
        };
        after.is_some_and(|after| after.trim_start().starts_with("for "))
    };
    find_words(text, of).filter(is_code).filter(is_for).count()
}

fn known(file: &Untouched) -> Known {
    Rc::new((file.path.clone(), file.model.clone()))
}
