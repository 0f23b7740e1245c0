//! Whether a use means a definition: by its path, or as a member of what stands before the dot.

use super::derefs::derefs;
use super::library_traits::is_of_library;
use super::place::{DEPTH, Home, Place, Spot, last};
use super::scope::Scope;
use super::types::{Head, Type, Types};
use crate::validate::index::{Gone, Use, What};
use crate::validate::load::File;
use crate::validate::model::{Def, Kind, Receiver, Ref, RefKind};
use crate::validate::rules::View;
use crate::validate::rules::reach::{Reach, import_of};
use crate::validate::rules::tree::{At, Home as Spotted, Tree};

/// What is looked for.
pub(super) struct Target<'t> {
    home: Home,
    pub(super) def: &'t Def,
    /// The definition itself, or for a member what it may be called as a path: its type may come
    /// from another file than the `impl`.
    spots: Vec<Spot>,
    pub(super) owners: Vec<Spot>,
}

impl<'t> Target<'t> {
    pub(super) fn of(file: &File<'_>, def: &'t Def) -> Self {
        let home = Home::of(file);
        let modules = def.modules();
        let Some(owner) = def.parents.get(def.n_modules).filter(|_| def.is_member()) else {
            let spots = vec![home.spot(modules, &def.name)];
            return Self { home, def, spots, owners: Vec::new() };
        };
        let side = file.old.as_ref().or(file.new.as_ref());
        let place = side.map(|side| Place::new(&file.name, &side.model, side.text, file.world));
        // The name may come from where it is handed on.
        let owners = place.map_or_else(Vec::new, |place| {
            let meant = place.meant(&Scope::module(modules), &[owner], DEPTH);
            let ends: Vec<Spot> = meant.iter().flat_map(|spot| place.followed(spot)).collect();
            meant.into_iter().chain(ends).collect()
        });
        let owners = if owners.is_empty() { vec![home.spot(modules, owner)] } else { owners };
        let below = |owner: &Spot| {
            let mut spot = owner.clone();
            spot.path.push(def.name.clone());
            spot
        };
        Self { home, def, spots: owners.iter().map(below).collect(), owners }
    }

    /// How surely one of the places is the one looked for.
    pub(super) fn reached(&self, spots: &[Spot], place: &Place<'_>) -> Option<Reach> {
        let reaches = spots.iter().filter_map(|spot| {
            if self.spots.iter().any(|own| self.is_same(own, spot)) {
                return Some(Reach::Sure);
            }
            let (last, around) = spot.path.split_last()?;
            let own = self.spots.first()?;
            let (name, inside) = own.path.split_last()?;
            let above = last == name && inside.len() > around.len() && inside.starts_with(around);
            if above && self.home.is_crate(&spot.root) && !self.def.is_member() {
                return Some(Reach::Barrel);
            }
            let ends = place.followed(spot);
            ends.iter()
                .any(|end| self.spots.iter().any(|own| self.is_same(own, end)))
                .then_some(Reach::Barrel)
        });
        reaches.max()
    }

    fn is_owner(&self, spot: &Spot) -> bool {
        self.owners.iter().any(|owner| self.is_same(owner, spot))
    }

    fn is_same(&self, own: &Spot, spot: &Spot) -> bool {
        own.path == spot.path
            && (own.root == spot.root || self.home.is_crate(&own.root) && self.home.is_crate(&spot.root))
    }
}

/// How surely a use whose receiver the file alone does not tell means a member.
pub(super) fn by_value(
    types: &Types<'_, '_>,
    usage: &Use<'_>,
    reference: &Ref,
    (home, def): (&File<'_>, &Def),
) -> Option<Reach> {
    let Some(at) = types.tree.at(usage.file.path, reference.within) else { return Some(Reach::NameOnly) };
    let ty = types.value(&at, &reference.on).peeled();
    let target = Target::of(home, def);
    let owner = def.parents.get(def.n_modules)?;
    let defs = home.old.as_ref().or(home.new.as_ref()).map_or(&[][..], |side| &side.model.defs);
    let of_trait = defs.iter().any(|other| other.kind == Kind::Interface && other.name == *owner);
    match &ty.head {
        Head::Unknown => Some(Reach::NameOnly),
        Head::Library(_) => of_trait.then_some(Reach::NameOnly),
        Head::Project(found) | Head::Some(found) => {
            let supers = &found.def().supers;
            let is_it = target.is_owner(&types.spot(found))
                || of_trait && supers.contains(owner) && !is_of_another(types, found, owner, &target);
            match is_it {
                true => Some(Reach::Sure),
                false if !of_trait && is_led_to(types, found, def, &target) => Some(Reach::Sure),
                false if of_trait || derefs(found.def()) => Some(Reach::NameOnly),
                false => None,
            }
        }
    }
}

/// Whether a type leads to the owner of a member by `Deref` and has no such member itself.
fn is_led_to(types: &Types<'_, '_>, found: &Spotted, member: &Def, target: &Target<'_>) -> bool {
    let is_method = member.kind == Kind::Method;
    let is_given = is_method && (is_of_library(&member.name) || types.may_extend(&member.name));
    let way = types.led_to(found);
    let owner = way.iter().position(|home| target.is_owner(&types.spot(home)));
    let hides = |home: &Spotted| types.member(home, &member.name, is_method).is_some();
    owner.is_some_and(|owner| owner > 0 && !is_given && !way[..owner].iter().any(hides))
}

/// Whether what has a lost member on a branch surely is of another type in its merge with the one that
/// lost it.
pub(in crate::validate::rules) fn is_of_another_now(
    view: &View<'_>,
    usage: &Use<'_>,
    gone: &Gone<'_>,
) -> bool {
    let What::Ref(reference, _) = usage.what else { return false };
    let types = Types { tree: Tree::merged(view, usage.branch, gone.branch, usage.file) };
    let Some(at) = types.tree.place_of(usage.file, reference.within) else { return false };
    let ty = match &reference.receiver {
        Receiver::Name(_) => {
            let path = Place::of(usage.file).and_then(|place| Some(place.qualifier(reference)?.join("::")));
            path.map_or(Type::unknown(), |path| types.stated(&at, &path))
        }
        _ => types.value(&at, &reference.on),
    };
    let target = Target::of(gone.file, gone.def);
    let (Head::Project(found) | Head::Some(found)) = &ty.peeled().head else { return false };
    let has = || types.member(found, &gone.def.name, reference.kind == RefKind::Call).is_some();
    !target.is_owner(&types.spot(found)) && has()
}

/// Whether the trait of a name that a type implements, or a trait is below, surely is not the one whose
/// member is looked for.
fn is_of_another(types: &Types<'_, '_>, found: &Spotted, owner: &str, target: &Target<'_>) -> bool {
    let model = &found.file.1;
    let impls =
        model.impls.iter().filter(|one| one.implementor == found.def().name && last(&one.of) == owner);
    let mut named: Vec<(Option<usize>, &str)> =
        impls.map(|one| (one.within, one.of.split('<').next().unwrap_or(&one.of))).collect();
    if named.is_empty() {
        named.push((Some(found.def), owner));
    }
    named.into_iter().all(|(within, of)| {
        let at = At { file: found.file.clone(), within };
        let path: Vec<&str> = of.split("::").map(str::trim).filter(|part| !part.is_empty()).collect();
        types.lookup(&at, &path).is_some_and(|home| !target.is_owner(&types.spot(&home)))
    })
}

/// Whether a path means a member by another name of its type.
pub(super) fn by_alias(
    types: &Types<'_, '_>,
    usage: &Use<'_>,
    reference: &Ref,
    (home, def): (&File<'_>, &Def),
) -> Option<Reach> {
    let path = Place::of(usage.file)?.qualifier(reference)?.join("::");
    let at = types.tree.at(usage.file.path, reference.within)?;
    let Head::Project(found) = types.stated(&at, &path).head else { return None };
    Target::of(home, def).is_owner(&types.spot(&found)).then_some(Reach::Sure)
}

impl Place<'_> {
    /// Whether the receiver of a member is the type or trait that declares it.
    pub(super) fn member(&self, reference: &Ref, target: &Target<'_>) -> Option<Reach> {
        let def = target.def;
        let scope = self.scope(reference.within);
        if let (Receiver::None, Kind::Variant) = (&reference.receiver, def.kind) {
            let path = self.written(reference)?;
            return target.reached(&self.meant(&scope, &path, DEPTH), self).map(|_| Reach::Sure);
        }
        if reference.name != def.name || !self.is_of_kind(reference, def) {
            return None;
        }
        match &reference.receiver {
            Receiver::Typed(name) => {
                let sure = self.is_type(name, reference.within, &target.owners)
                    || self.implements(name, reference, target);
                sure.then_some(Reach::Sure)
            }
            Receiver::Name(_) if self.qualifier(reference).is_some() => {
                let path = self.qualifier(reference)?;
                let spots = self.meant(&scope, &path, DEPTH);
                if self.lead_to(&spots, &target.owners) {
                    return Some(Reach::Sure);
                }
                // `Self::name` in a macro, `T::name` of a type parameter.
                None
            }
            Receiver::Name(name) if import_of(self.model, name).is_some() => None,
            // A type parameter, or a type or module of a function.
            Receiver::Other if self.is_path(reference) => None,
            Receiver::Name(_) | Receiver::Other => Some(Reach::NameOnly),
            Receiver::This => self.own_member(reference, target),
            Receiver::None => None,
        }
    }

    fn is_path(&self, reference: &Ref) -> bool {
        self.text.get(..reference.span.start).is_some_and(|before| before.ends_with("::"))
    }

    /// A field and a method may have one name; behind a dot a method is called and a field is not.
    pub(super) fn is_of_kind(&self, reference: &Ref, def: &Def) -> bool {
        let before = self.text.get(..reference.span.start).unwrap_or_default();
        let is_called = reference.kind == RefKind::Call;
        !before.ends_with('.')
            || is_called == (def.kind == Kind::Method)
            || reference.kind == RefKind::Override
    }

    /// Whether `self` or `Self` at a place has the member.
    fn own_member(&self, reference: &Ref, target: &Target<'_>) -> Option<Reach> {
        let around = self.model.defs.get(reference.within?)?;
        let owners = if around.kind.is_type() {
            std::slice::from_ref(&around.name)
        } else {
            &around.parents[around.n_modules.min(around.parents.len())..]
        };
        let own = |name: &&String| self.is_type(last(name), reference.within, &target.owners);
        if owners.iter().any(|name| own(&name)) {
            return Some(Reach::Sure);
        }
        let of_trait = owners.first().is_some_and(|name| self.implements(name, reference, target));
        of_trait.then_some(Reach::Sure)
    }

    /// Whether a type of the file or of the base implements the trait that declares the member.
    fn implements(&self, name: &str, reference: &Ref, target: &Target<'_>) -> bool {
        let Some(owner) = target.def.parents.get(target.def.n_modules) else { return false };
        if target.def.parents.len() != target.def.n_modules + 1 {
            return false;
        }
        if self.says_implements(name, owner, target) {
            return true;
        }
        let scope = self.scope(reference.within);
        let spots = self.meant(&scope, &[name], DEPTH);
        let mut all = spots.iter().flat_map(|spot| std::iter::once(spot.clone()).chain(self.followed(spot)));
        all.any(|spot| {
            let (Some(file), Some(name)) = (self.file_of(&spot), spot.path.last()) else { return false };
            self.in_file(&file).says_implements(name, owner, target)
        })
    }

    /// Whether the file says that a type implements a trait, or that a trait is below it, and means by
    /// its name the one that declares the member.
    fn says_implements(&self, name: &str, owner: &str, target: &Target<'_>) -> bool {
        let leads = |within: Option<usize>, path: &str| {
            let path: Vec<&str> = path.split("::").map(str::trim).filter(|part| !part.is_empty()).collect();
            self.lead_to(&self.meant(&self.scope(within), &path, DEPTH), &target.owners)
        };
        let is_below = |def: &Def| def.kind.is_type() && def.supers.iter().any(|above| above == owner);
        if !self.model.named(name).any(|(_, def)| is_below(def)) {
            return false;
        }
        let impls = self.model.impls.iter().filter(|one| one.implementor == name && last(&one.of) == owner);
        let mut written =
            impls.map(|one| (one.within, one.of.split('<').next().unwrap_or(&one.of))).peekable();
        match written.peek() {
            Some(_) => written.any(|(within, of)| leads(within, of)),
            None => self.model.named(name).any(|(idx, def)| is_below(def) && leads(Some(idx), owner)),
        }
    }
}
