use super::*;
use crate::validate::model::Value;

#[track_caller]
fn defs(source: &str, expected: &str) {
    check_defs(Language::Rust, source, expected);
}

#[track_caller]
fn refs(source: &str, expected: &str) {
    check_refs(Language::Rust, source, expected);
}

#[test]
fn functions_with_their_signatures() {
    defs(
        "pub async fn join<T>(room: &str, (a, b): (u8, u8), by: Option<&User>, rest: impl Fn(u8)) -> Vec<Room> { fn inner() {} }
         pub(crate) const unsafe fn bytes(a: [u8; 4], b: &[u8], c: Vec<Foo>, d: HashMap<String, Box<dyn Tr>>) -> Result<(), E> {}
         fn at(_: clock::DateTime<Utc>) -> impl Future<Output = u8> {}
         #[macro_export] macro_rules! mm { () => { f() } }
         extern \"C\" { fn raw(a: i32, ...); static Z: u8; }
         #[cfg(unix)] fn os() {}
         #[cfg(not(unix))] fn os() {}
         #[cfg(test)] mod tests { #[tokio::test] async fn t() {} fn helper() {} }
         mod file;",
        "+function join(room: str, (a, b), by: User?, rest) -> [Room] async
         +function bytes(a: bytes, b: bytes, c: [Foo], d: {Tr}) -> Result
         function at(_: date) async
         +function mm repeats
         function raw(a: int, ..._) -> unit
         constant Z
         function os() -> unit repeats
         function os() -> unit repeats
         module tests test
         function tests::t() -> unit async test
         function tests::helper() -> unit test
         module file",
    );
}

#[test]
fn types_and_their_members() {
    defs(
        "#[derive(Debug)]
         #[serde(rename_all = \"camelCase\")]
         pub struct Room<'a, T> { pub room_id: &'a str, #[serde(rename = \"n\", default)] size_max: u32, tags: Option<Vec<T>>,
             #[serde(skip)] cache: Cache, #[serde(skip_serializing_if = \"Option::is_none\")] at_end: Option<f64> }
         struct Pair(pub i32, String);
         pub enum Event { Joined, Left(u8), Moved { from_room: u8 } }
         pub trait Store: Base<u8> + fmt::Debug { type Key: Ord; const N: u8; const M: u8 = 1; fn load(&self, id: &str) -> u8; fn both(&self) {} fn make() -> Self; }
         impl<T> Room<'_, T> { pub const MAX: u8 = 1; pub fn new(id: u8) -> Self {} fn hidden(&mut self, a: u8) {} }
         impl fmt::Display for Pair { fn fmt(&self, f: &mut Formatter) -> fmt::Result {} }
         impl fmt::Debug for Pair { fn fmt(&self, f: &mut Formatter) -> fmt::Result {} }
         impl From<u8> for Pair { fn from(a: u8) -> Self {} }
         impl Gen<u8> { fn go(self: Box<Self>) {} }
         const _: () = ();
         type Names = Vec<String>;",
        "+type Room {room_id=roomId: str, size_max=n?: int, tags?: [T]?, at_end=atEnd?: float?}
         +field Room::room_id
         field Room::size_max
         field Room::tags
         field Room::cache
         field Room::at_end
         type Pair(0: int, 1: str) < Display, Debug, From
         +enum Event
         +variant Event::Joined
         +variant Event::Left(0: int) static
         +variant Event::Moved {from_room: int}
         +field Event::Moved::from_room
         +interface Store < Base, Debug
         +type alias Store::Key abstract
         +constant Store::N abstract
         +constant Store::M
         +method Store::load(id: str) -> int abstract
         +method Store::both() -> unit
         +method Store::make() abstract static
         +constant Room::MAX
         +method Room::new(id: int) static
         method Room::hidden(a: int) -> unit
         +method Pair::fmt::Display::fmt(f: Formatter) -> Result
         +method Pair::fmt::Debug::fmt(f: Formatter) -> Result
         +method Pair::From<u8>::from(a: int) static
         method Gen::go() -> unit repeats
         constant _ repeats
         type alias Names",
    );
}

#[test]
fn use_trees() {
    check(
        Language::Rust,
        "use a::b::{self, c as d, e::*, f::{g, h}, i};
         pub(crate) use crate::x::Y;
         pub use inner::*;
         use z;
         use ::q::Trait as _;
         extern crate foo as bar;
         use std::{fmt, io::{self, Read}};",
        "import 'a' b
         import 'a::b' c>d
         import 'a::b::e' *
         import 'a::b::f' g h
         import 'a::b' i
         reexport 'crate::x' Y
         reexport 'inner' *
         import 'z' >z
         import '::q' Trait>_
         import 'foo' >bar
         import 'std' fmt io
         import 'std::io' Read"
            .replace('\'', "\"")
            .as_str(),
    );
}

#[test]
fn calls_with_receivers_and_arguments() {
    refs(
        "struct Service { store: Box<Store>, cache: Cache }
         impl Service {
             async fn run(&mut self, user: &User, other: impl Go) -> Room {
                 self.store.load(user.id, 1).await?;
                 self.cache.clear();
                 self.helper::<u8>();
                 Self::make(1);
                 other.go();
                 make().go();
                 let room = Room::new(1)?;
                 room.join();
                 let room = room.leave();
                 room.after();
                 let typed: Thing = make();
                 typed.call(module::function(1), Thing::MAX, Wrap(1));
                 self.cache = Cache::default();
                 Room { id: 1, name, ..Default::default() }
             }
         }",
        "type Box in Service::store
         type Store in Service::store
         type Cache in Service::cache
         type Service
         type User in Service::run
         type Go in Service::run
         type Room in Service::run
         call <Store>.load(2) awaited in Service::run
         read this.store in Service::run
         read <User>.id in Service::run
         call <Cache>.clear() in Service::run
         read this.cache in Service::run
         call this.helper() in Service::run
         call this.make(1) in Service::run
         call <Go>.go() in Service::run
         call ?.go() in Service::run
         call make() in Service::run
         call Room.new(1) in Service::run
         read Room in Service::run
         call <Room>.join() in Service::run
         call <Room>.leave() in Service::run
         call room.after() in Service::run
         type Thing in Service::run
         call make() in Service::run
         call <Thing>.call(3) in Service::run
         call module.function(1) in Service::run
         read module in Service::run
         read Thing.MAX in Service::run
         read Thing in Service::run
         construct Wrap(1) in Service::run
         write this.cache in Service::run
         call Cache.default() in Service::run
         read Cache in Service::run
         write <Room>.id in Service::run
         write <Room>.name in Service::run
         construct Room(id= name= *) in Service::run
         read name in Service::run
         call Default.default() in Service::run
         read Default in Service::run",
    );
}

#[test]
fn local_names_are_no_uses() {
    refs(
        "fn f<T: Bound, const N: usize>(a: T, Foo { b, c: d, .. }: Foo) -> [u8; N] {
             let e = e(a, b, d);
             if let Some(g) = e { g } else { outer }
             g2;
             for i in i..LIMIT { i }
             match a { Kind::A(x) if x > y => x, CONST => 1, Foo { b, .. } => b, m @ (1 | 2) => m }
             let h = |p: u8, (q, r)| p + q + r + s;
             let Ok(t) = a else { return t };
             'outer: loop { break 'outer }
             fn inner() { struct Local; Local }
             inner();
             use late::thing;
             thing(t)
         }",
        "type Bound in f
         read <Foo>.b in f
         read <Foo>.c in f
         construct Foo(b= c= *) in f
         type Foo in f
         call e(3) in f
         construct Some(1) in f
         read outer in f
         read g2 in f
         read i in f
         read LIMIT in f
         construct Kind.A(1) in f
         read Kind in f
         read y in f
         read CONST in f
         read <Foo>.b in f
         construct Foo(b= *) in f
         read <>.+() in f
         read s in f
         construct Ok(1) in f
         read t in f
         call thing(1) in f",
    );
}

#[test]
fn macro_calls_are_searched_for_names() {
    refs(
        "fn f(a: Foo) { println!(\"{}\", a.b(local), key = self.x.y, Room::new(1), log::warn!(\"x\")); let v = vec![S { field: make(2) }]; }",
        "type Foo in f
         call println in f
         read <>.{} in f
         call <Foo>.b(1) in f
         read this.x in f
         read ?.y in f
         read Room in f
         call Room.new(1) in f
         read log in f
         call log.warn in f
         read local in f
         call vec in f
         read S in f
         call make(1) in f",
    );
}

#[test]
fn receivers_are_known_by_where_they_come_from() {
    let values = |source: &str| {
        let model = extract(Language::Rust, source);
        let known = model.refs.iter().filter(|used| used.on != Value::Unknown);
        known.map(|used| format!("{} of {}", used.name, shown(&used.on))).collect::<Vec<_>>()
    };
    let body = |body: &str| values(&format!("fn f<T>(a: &[Foo], t: Option<T>) -> u8 {{ {body} }}"));
    assert_eq!(body("let x = g(1)?; x.m()"), ["m of g()?"]);
    assert_eq!(body("for x in a { x.m(); }"), ["m of &[Foo] for"]);
    assert_eq!(
        body("a.iter().map(|x| x.m())"),
        ["map of &[Foo].iter()", "iter of &[Foo]", "m of &[Foo].iter() map"]
    );
    assert_eq!(body("if let Some(x) = h::g() { x.m() }"), ["m of h::g()?"]);
    assert_eq!(body("match g() { (x, Ok(y)) => x.m(y.n), _ => 0 }"), ["m of g().0", "n of g().1?"]);
    assert_eq!(body("let Foo { b, .. } = g(); b.m()"), ["b of Foo", "m of Foo.b"]);
    assert_eq!(body("let x = a[0].late().await; x.m()"), ["late of &[Foo][]", "m of &[Foo][].late().await"]);
    assert_eq!(
        body("println!(\"{}\", self.a.m(g(1)?).n)"),
        ["{} of self.a.m().n", "a of self", "m of self.a", "n of self.a.m()"]
    );
    // A parameter of a type may stand for anything; a local that is called is no function by its path.
    assert_eq!(body("if let Some(x) = t { x.m() }"), ["m of Option<_>?"]);
    assert_eq!(body("let g = a; g().m()"), ["m of &[Foo]()"]);
}

/// A value, as short as it may be.
fn shown(value: &Value) -> String {
    match value {
        Value::Unknown => "?".to_owned(),
        Value::Of(name) | Value::Name(name) => name.clone(),
        Value::This => "self".to_owned(),
        Value::Field(on, name) => format!("{}.{name}", shown(on)),
        Value::Element(on) => format!("{}[]", shown(on)),
        Value::Content(on) => format!("{}?", shown(on)),
        Value::Passed(on, name) => format!("{} {name}", shown(on)),
        Value::Call(Some(on), name, _) if name.is_empty() => format!("{}()", shown(on)),
        Value::Call(on, name, _) => format!("{}.{name}()", on.as_deref().map(shown).unwrap_or_default()),
        Value::Either(_) | Value::Joined(_) => "|".to_owned(),
    }
}

#[test]
fn heads_bodies_and_spans() {
    check_places(
        Language::Rust,
        "use a;\n/// Doc.\n#[inline]\npub fn f(\n    a: u8,\n) -> u8 {\n    1\n}\n\n// apart\n\nstruct S {\n    /// One.\n    a: u8, // trailing\n    b: u8,\n}\n",
        &[
            (4, "pub fn f(a: u8) -> u8", "/// Doc.\n#[inline]\npub fn f(\n    a: u8,\n) -> u8 {\n    1\n}"),
            (12, "struct S", "struct S {\n    /// One.\n    a: u8, // trailing\n    b: u8,\n}"),
            (14, "a: u8", "/// One.\n    a: u8"),
            (15, "b: u8", "b: u8"),
        ],
    );
    check_places(
        Language::Rust,
        "fn f(\n    a: u8, // (why\n    /* or */ b: &str,\n) {}\n\nenum E {\n    Cut {\n        /// How.\n        by: u8,\n    },\n}\n",
        &[
            (1, "fn f(a: u8, b: &str)", "fn f(\n    a: u8, // (why\n    /* or */ b: &str,\n) {}"),
            (6, "enum E", "enum E {\n    Cut {\n        /// How.\n        by: u8,\n    },\n}"),
            (7, "Cut { by: u8, }", "Cut {\n        /// How.\n        by: u8,\n    }"),
            (9, "by: u8", "/// How.\n        by: u8"),
        ],
    );
    let body = |one, other, same| check_bodies(Language::Rust, one, other, same);
    body("fn f() { g(1) }", "/// Doc.\nfn f() {\n    // why\n    g( 1 )\n}", true);
    body("fn f() { g(1) }", "fn f() { g(2) }", false);
    body("#[a] fn f() {}", "#[b] fn f() {}", false);
}

#[test]
fn half_written_code_says_where_it_is_broken() {
    check(
        Language::Rust,
        "fn ok(a: u8) { b(a) }\nstruct Half { a: \nfn after() { call(1 }\nfn last() {}\n",
        "function ok(a: int) -> unit
         type Half {a: call}
         field Half::a
         function last() -> unit
         call b(1) in ok
         type after in Half::a
         type call in Half::a
         broken 40..52
         broken 57..59",
    );
}
