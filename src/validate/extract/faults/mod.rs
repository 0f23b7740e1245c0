//! Finds what no compiler takes of a text, without knowing any other file.
//!
//! Of a file as somebody wrote it this says nothing new: their compiler told them. Of a file that Git
//! made of two it does, because each of two edits of one function can be sound and both together not.
//! What is found is therefore only compared, and a language's reader may be short: what it takes for a
//! fault in every version of a file is none.

mod gives;
mod go;
mod java;
mod python;
mod rust;
mod script;

use std::collections::{HashMap, HashSet};

use self::gives::Gives;
use super::Language;
use super::node::{Cursor, Node, Tree};
use super::syntax::{line, one_line, text};
use crate::validate::model::{Fault, FaultSort, FileModel};

/// How deep a tree is looked into. Real code stays below sixty.
const DEEPEST: usize = 150;
/// Longer lists are data, and are not looked through.
const LONGEST: usize = 256;
/// Longer names are not told apart.
const LONGEST_NAME: usize = 80;

/// Adds the faults of a file to its model.
pub(super) fn add(language: Language, tree: &Tree, source: &str, model: &mut FileModel) {
    let reader = match language {
        Language::TypeScript | Language::Tsx | Language::JavaScript => script::READER,
        Language::Python => python::READER,
        Language::Rust => rust::READER,
        Language::Go => go::READER,
        Language::Java => java::READER,
        _ => return,
    };
    let mut reading = Reading::new(source, reader);
    reading.read(&mut tree.root().walk(), 0);
    reading.faults.sort_by_key(|fault| fault.line);
    model.faults = reading.faults;
}

/// How a language is read.
#[derive(Clone, Copy)]
struct Reader {
    /// The function that a node is, if it is one.
    function: for<'a> fn(Node<'a>, &'a str) -> Option<Function<'a>>,
    /// The nodes that names can be local to. The body of a function belongs to the function.
    scopes: &'static [&'static str],
    /// Looks at a node before its children are looked at.
    look: for<'a> fn(&mut Reading<'a>, Node<'a>),
    /// And after it: a declaration is not in force in its own value.
    after: for<'a> fn(&mut Reading<'a>, Node<'a>),
    /// Looks at what was bound in a scope when it ends.
    leave: for<'a> fn(&mut Reading<'a>, Vec<Binding<'a>>),
}

/// A function on the way through a file.
#[derive(Debug, Clone)]
struct Function<'a> {
    name: &'a str,
    line: u32,
    is_async: bool,
    /// Whether it is the body of a class, which is read like a function around its members.
    is_class: bool,
    gives: Gives<'a>,
}

/// A name that stands for something in a scope.
#[derive(Debug, Clone)]
struct Binding<'a> {
    name: &'a str,
    line: u32,
    sort: Bound,
    /// How many functions were around it.
    depth: usize,
    /// How often it is read.
    n_reads: usize,
    /// Where it is assigned to after its declaration.
    assigned: Option<u32>,
    /// Where a function inside the one that has it uses it.
    captured: Option<u32>,
}

/// What may be done with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// Assigned once, at its declaration.
    Fixed,
    /// The same, and holding a value that is its own: nothing can change that either.
    Owned,
    /// By an import.
    Imported,
    Variable,
    /// A parameter, or something else that need not be used.
    Given,
    /// Declared in a way that may be repeated, or before it is assigned.
    Loose,
    /// A member of a class: it hides what is around the class, and is hidden by what is inside.
    Member,
}

/// A node, and what it is to the one around it.
#[derive(Clone, Copy)]
struct Place<'a> {
    node: Node<'a>,
    field: Option<&'static str>,
}

struct Reading<'a> {
    source: &'a str,
    reader: Reader,
    functions: Vec<Function<'a>>,
    /// The innermost last.
    scopes: Vec<Vec<Binding<'a>>>,
    /// Where in them each name is bound: scope and place, the innermost and latest last.
    bound: HashMap<&'a str, Vec<(usize, usize)>>,
    faults: Vec<Fault>,
    /// What was imported, by whole paths.
    paths: HashSet<String>,
    /// The nodes around the one that is looked at, outermost first: a tree is slow to tell parents.
    above: Vec<Place<'a>>,
    /// What the node that is looked at is to the one around it.
    field: Option<&'static str>,
}

impl<'a> Reading<'a> {
    fn new(source: &'a str, reader: Reader) -> Self {
        let (functions, scopes, bound) = (Vec::new(), vec![Vec::new()], HashMap::new());
        let (faults, paths, above) = (Vec::new(), HashSet::new(), Vec::new());
        Self { source, reader, functions, scopes, bound, faults, paths, above, field: None }
    }

    fn read(&mut self, cursor: &mut Cursor<'a>, depth: usize) {
        if depth > DEEPEST || self.faults.len() > Fault::MOST {
            return;
        }
        let (node, field) = (cursor.node(), cursor.field());
        let function = (self.reader.function)(node, self.source);
        let is_function = function.is_some();
        self.functions.extend(function);
        let opens = is_function || (self.reader.scopes.contains(&node.kind()) && !self.is_body());
        if opens {
            self.scopes.push(Vec::new());
        }
        self.field = field;
        (self.reader.look)(self, node);
        self.above.push(Place { node, field });
        self.read_children(cursor, depth);
        self.above.pop();
        (self.reader.after)(self, node);
        if (opens || depth == 0)
            && let Some(bound) = self.scopes.pop()
        {
            for it in &bound {
                self.bound.get_mut(it.name).and_then(Vec::pop);
            }
            (self.reader.leave)(self, bound);
        }
        if is_function {
            self.functions.pop();
        }
    }

    fn read_children(&mut self, cursor: &mut Cursor<'a>, depth: usize) {
        if !cursor.goto_first_child() {
            return;
        }
        loop {
            if cursor.node().is_named() {
                self.read(cursor, depth + 1);
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }

    /// Whether the node that is looked at is right inside a function.
    fn is_body(&self) -> bool {
        let around = self.above.last().and_then(|above| (self.reader.function)(above.node, self.source));
        around.is_some_and(|function| !function.is_class)
    }

    fn text(&self, node: Node<'_>) -> &'a str {
        text(node, self.source)
    }

    fn bind(&mut self, name: &'a str, line: u32, sort: Bound) {
        let depth = self.functions.len();
        let binding = Binding { name, line, sort, depth, n_reads: 0, assigned: None, captured: None };
        if let [.., scope] = self.scopes.as_mut_slice() {
            scope.push(binding);
            let place = scope.len() - 1;
            self.bound.entry(name).or_default().push((self.scopes.len() - 1, place));
        }
    }

    /// Binds a name that an import brings to the innermost scope. It may stand for one thing.
    fn import(&mut self, name: &'a str, line: u32) {
        if let Some(known) = self.bound_here(name) {
            let (is_import, against) = (known.sort == Bound::Imported, known.line);
            let sort = if is_import { FaultSort::ImportedTwice } else { FaultSort::DeclaredTwice };
            self.fault(sort, name, line, against);
        }
        self.bind(name, line, Bound::Imported);
    }

    /// Binds a name that is declared where imports are, and must be no import's.
    fn declare_beside_imports(&mut self, name: &'a str, line: u32, sort: Bound) {
        let imported = self.bound_here(name).filter(|known| known.sort == Bound::Imported);
        if let Some(against) = imported.map(|known| known.line) {
            self.fault(FaultSort::DeclaredTwice, name, line, against);
        }
        self.bind(name, line, sort);
    }

    /// What a name stands for here; of several in one scope the last.
    fn bound(&mut self, name: &str) -> Option<&mut Binding<'a>> {
        let &(scope, place) = self.bound.get(name)?.last()?;
        self.scopes.get_mut(scope)?.get_mut(place)
    }

    /// What a name stands for in the innermost scope.
    fn bound_here(&self, name: &str) -> Option<&Binding<'a>> {
        let &(scope, place) = self.bound.get(name)?.last()?;
        self.scopes.get(scope)?.get(place).filter(|_| scope + 1 == self.scopes.len())
    }

    /// Notes that a name is read.
    fn used(&mut self, name: &'a str, line: u32) {
        let depth = self.functions.len();
        if let Some(binding) = self.bound(name) {
            binding.n_reads += 1;
            if depth > binding.depth {
                binding.captured.get_or_insert(line);
            }
        }
    }

    /// Notes an assignment, which is a fault for what is assigned once.
    fn assigned(&mut self, target: Node<'a>) {
        let (name, line) = (self.text(target), line(target));
        let Some(binding) = self.bound(name) else { return };
        binding.assigned.get_or_insert(line);
        let (sort, against) = (binding.sort, binding.line);
        if matches!(sort, Bound::Fixed | Bound::Owned | Bound::Imported) {
            self.fault(FaultSort::Fixed, name, line, against);
        }
    }

    /// Notes that something waits: the innermost function has to be async. At the level of a file
    /// modules may wait.
    fn waits(&mut self, node: Node<'a>) {
        if let Some(function) = self.functions.last().filter(|function| !function.is_async) {
            let (name, against) = (function.name.to_owned(), function.line);
            self.fault(FaultSort::Waits, &name, line(node), against);
        }
    }

    /// Says what of a list of things with names is there twice.
    fn twice(&mut self, sort: FaultSort, named: impl IntoIterator<Item = (&'a str, u32)>) {
        let mut seen: Vec<(&str, u32)> = Vec::new();
        for (name, line) in named.into_iter().take(LONGEST) {
            match seen.iter().find(|(known, _)| *known == name) {
                Some(&(_, against)) => self.fault(sort, name, line, against),
                None => seen.push((name, line)),
            }
        }
    }

    fn fault(&mut self, sort: FaultSort, name: &str, line: u32, against: u32) {
        let names = self.functions.iter().filter(|function| !function.is_class).map(|function| function.name);
        let names: Vec<&str> = names.filter(|name| name.len() <= LONGEST_NAME).collect();
        self.faults.push(Fault { sort, within: names.join("."), name: one_line(name), line, against });
    }
}

/// The text of a node with the line it starts on.
fn named_at<'a>(node: Node<'_>, source: &'a str) -> (&'a str, u32) {
    (text(node, source), line(node))
}
