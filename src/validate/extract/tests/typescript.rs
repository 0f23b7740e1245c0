use super::*;

#[track_caller]
fn defs(source: &str, expected: &str) {
    check_defs(Language::TypeScript, source, expected);
}

#[track_caller]
fn refs(source: &str, expected: &str) {
    check_refs(Language::TypeScript, source, expected);
}

#[test]
fn a_class_that_is_asked_for_holds_in_the_branch() {
    refs(
        "function f(x: unknown, y: Hall) {
            if (x instanceof Room && y) { x.join(); list.map(() => x.leave()); } else { x.shut(); }
            if (y instanceof Room) { y = other(y); y.join(); }
            if (!(x instanceof Room)) { x.open(); }
            x.sweep();
        }",
        "type Hall in f
         read Room in f
         call <Room>.join() in f
         call list.map(1) in f
         read list in f
         call <Room>.leave() in f
         call x.shut() in f
         read Room in f
         call other(1) in f
         call <Hall>.join() in f
         read Room in f
         call x.open() in f
         call x.sweep() in f",
    );
}

#[test]
fn functions_with_their_signatures() {
    defs(
        "export async function join(room: string, n = 1, by?: User | null, ...rest: number[]): Promise<Room> {}
         const leave = (id, { a, b }: Props) => 1;
         export default function* () {}
         function over(a: string): void;
         function over(a: any) { function inner() {} }
         export const log = function (this: Window, at: Date): asserts x is Y {}",
        "+function join(room: str, n?, by?: User?, ...rest: [float]) -> Room async
         function leave(id, { a, b }: Props)
         function over(a: str) -> unit repeats
         function over(a)
         +function log(at: date)",
    );
}

#[test]
fn classes_and_their_members() {
    defs(
        "/** A room. */
         @Entity({ name: 'room' })
         export abstract class Room<T> extends ns.Base<T> implements Joinable, Other<string> {
             static all: Map<string, Room>;
             readonly id: string;
             #key?: Buffer;
             private name = 'x';
             handler = (event: Event): void => {};
             constructor(private readonly store: Store, public size?: number, plain: T) { super(); this.extra = 1 }
             get full(): boolean { return true }
             set full(value) {}
             abstract enter(): Promise<void>;
             leave(a: string): void;
             leave(a: unknown) { const local = 1; }
             [computed]() {}
             'quoted-name'() {}
         }",
        "+type Room {id: str, #key?: bytes, name: str, store: Store, size?: float, extra: float} < Base, Joinable, Other
         +field Room::all static
         +field Room::id
         field Room::#key
         field Room::name
         +method Room::handler(event: Event) -> unit
         +method Room::constructor(store: Store, size?: float, plain: T)
         field Room::store
         +field Room::size
         +field Room::extra repeats
         +field Room::full repeats
         +field Room::full repeats
         +method Room::enter() -> unit async abstract
         +method Room::leave(a: str) -> unit repeats
         +method Room::leave(a)
         +method Room::quoted-name()",
    );
}

#[test]
fn shapes() {
    defs(
        "export interface User extends Named, Partial<Base> { userId: string; readonly tags?: string[]; 'a-b': 'x' | 'y';
             meta: Record<string, Foo | undefined>; at: Date | null; f(x: { deep: 1 }): void; g?(): void; [key: string]: any; (a: 1): 2 }
         type Order = { id: number } & (Base & { lines: Array<Line>; nested: { not: string } });
         type Either = { a: 1 } | { b: 2 };
         type Call = (a: { not: 1 }) => void;
         enum Color { Red, Green = 'g' }
         declare module 'lib' { export const version: string; }
         namespace Inner { export type T = string; const hidden = 1 }",
        "+interface User {userId: str, tags?: [str], a-b: str, meta: {Foo?}, at?: date?} < Named, Partial repeats
         +field User::userId abstract
         +field User::tags
         +field User::a-b abstract
         +field User::meta abstract
         +field User::at abstract
         +method User::f(x) -> unit abstract repeats
         +method User::g() -> unit repeats
         field User::[] repeats
         field User::() repeats
         type alias Order {id: float, lines: [Line], nested: any}
         +field Order::id
         +field Order::lines
         +field Order::nested
         type alias Either
         type alias Call
         enum Color
         +variant Color::Red
         +variant Color::Green
         module lib repeats
         +constant lib::version
         module Inner repeats
         +type alias Inner::T
         constant Inner::hidden",
    );
}

#[test]
fn variables_and_object_constants() {
    defs(
        "export const LIMIT = 10, api = { join: (id: string) => id, leave() {}, url: '/x', short, nested: { no: 1 } };
         const { a, b: [c] } = make();
         var twice = 1;
         if (twice) { const local = 1; function alsoLocal() {} }
         for (const item of items) {}
         const Klass = class extends Base { m() {} };
         export { a, c as renamed };
         export default twice;",
        "+constant LIMIT
         +constant api
         +method api::join(id: str)
         +method api::leave()
         +field api::url
         +field api::nested
         +constant a
         +constant c
         +constant twice repeats
         type Klass < Base
         +method Klass::m()",
    );
}

#[test]
fn imports_and_reexports() {
    check(
        Language::TypeScript,
        "import d, { a as b, type C } from './x';
         import * as n from 'm';
         import e = require('e');
         import './side';
         export { q as r } from './q';
         export * from './all';
         export * as t from './t';
         export { b as out };
         const { p, q: { deep } } = require('y'), whole = require('z');
         const lazy = await import('./lazy');",
        "import './x' default>d a>b C
         import 'm' >n
         import 'e' >e
         import './side'
         reexport './q' q>r
         reexport './all' *
         reexport './t' >t
         reexport '' b>out
         import 'y' p
         import 'z' >whole
         import './lazy' >lazy
         reexport '' b
         read b"
            .replace('\'', "\"")
            .as_str(),
    );
}

#[test]
fn calls_with_receivers_and_arguments() {
    refs(
        "import { api } from './api';
         const room = new Room('a', ...more);
         class Service extends Base<Model> {
             constructor(private store: Store) { super(store); this.cache = new Cache(); }
             async run(user: User, other) {
                 await this.store.load(user.id, 1);
                 this.helper();
                 this.cache.clear();
                 user.address.street;
                 room.join().then(api.leave);
                 other.go();
                 make().go();
                 return user.save();
             }
         }",
        "construct Room(1 *) in room
         read more in room
         extends Base in Service
         type Model in Service
         type Store in Service::constructor
         call this.constructor(1) in Service::constructor
         construct Cache() in Service::constructor
         type User in Service::run
         call <Store>.load(2) awaited in Service::run
         read this.store in Service::run
         read <User>.id in Service::run
         call this.helper() in Service::run
         call <Cache>.clear() in Service::run
         read this.cache in Service::run
         read ?.street in Service::run
         read <User>.address in Service::run
         call ?.then(1) in Service::run
         call <Room>.join() awaited in Service::run
         read room in Service::run
         read api.leave in Service::run
         read api in Service::run
         call other.go() in Service::run
         call ?.go() in Service::run
         call make() in Service::run
         call <User>.save() awaited in Service::run",
    );
}

#[test]
fn local_names_are_no_uses() {
    refs(
        "function f<T>(a, { b = outer(), c: d }: Props, ...rest) {
             const e = a + b + d + rest + e + later + global;
             for (const i of e) i;
             for (var v = 0; v < 1; v++) {}
             try { v } catch ({ message }) { message }
             function later(x: T) {}
             [a].map(item => item + captured);
             label: for (;;) break label;
             class Local {} new Local();
         }
         type Keys<T> = { [K in keyof T]: T[K] extends infer U ? U : Other };",
        "read <Props>.b in f
         read <Props>.c in f
         call outer() in f
         type Props in f
         read global in f
         call ?.map(1) in f
         read captured in f
         type Other in Keys",
    );
}

#[test]
fn fields_of_values_with_a_stated_type() {
    refs(
        "const a: User = { id: 1, name, 'quoted': 2, [key]: 3, f() {} };
         const b = { id: 1 } satisfies User;
         const make = (): User => ({ id: 1 });
         function g({ id, name: n = 1 }: User): Order { const { street } = n.address; return { total: 1 } }
         a.id = 2; a.count++; delete a.gone; counter += 1;
         send({ unknown: 1 });",
        "type User in a
         write <User>.id in a
         write <User>.name in a
         write <User>.quoted in a
         write <User>.f in a
         literal User(id= name= quoted= f= *) in a
         read name in a
         read key in a
         write <User>.id in b
         literal User(id=) in b
         type User in b
         type User in make
         write <User>.id in make
         literal User(id=) in make
         read <User>.id in g
         read <User>.name in g
         type User in g
         type Order in g
         read ?.street in g
         read n.address in g
         write <Order>.total in g
         literal Order(total=) in g
         write <User>.id
         read a
         write <User>.count
         read a
         read <User>.gone
         read a
         write counter
         literal send(unknown=)
         call send(1)",
    );
}

#[test]
fn elements_are_reads() {
    check_refs(
        Language::Tsx,
        "export const App = ({ user }: Props) => <Layout.Main title={user.name}><div/><Button onClick={save}>x</Button></Layout.Main>;",
        "read <Props>.user in App
         type Props in App
         literal Layout.Main(title= children=) in App
         read Layout.Main in App
         read Layout in App
         read user.name in App
         literal Button(onClick= children=) in App
         read Button in App
         read save in App
         read Button in App
         read Layout.Main in App
         read Layout in App",
    );
}

#[test]
fn commonjs() {
    check(
        Language::JavaScript,
        "const util = require('./util');
         function join(a, b = 1) { return util.go(a) }
         class Room { size = 1; constructor(n) { this.n = n; } #hidden() {} }
         exports.leave = function (id) {};
         module.exports = { join, open: join, other: 1 };",
        "import \"./util\" >util
         reexport \"\" join>open
         +function join(a, b?)
         type Room {size: float, n: any}
         +field Room::size
         +method Room::constructor(n)
         +field Room::n repeats
         method Room::#hidden()
         +function leave(id) repeats
         call util.go(1) in join
         read util in join
         read exports in leave
         read join
         read join
         write module.exports
         read module",
    );
}

#[test]
fn variance_modifiers_are_read() {
    check(
        Language::TypeScript,
        "interface Box<in out T, out U extends T> { value: T; other: U }",
        "interface Box {value: T, other: U} repeats
         +field Box::value abstract
         +field Box::other abstract",
    );
}

#[test]
fn call_signatures_below_each_other_are_read() {
    check(
        Language::TypeScript,
        "interface Make {\n  (a: string): Box\n  // of two\n  <T>(a: T): Box\n}\ntype Other = Box",
        "interface Make repeats
         field Make::() repeats
         field Make::() repeats
         type alias Other
         type Box in Make
         type Box in Make
         type Box in Other",
    );
}

#[test]
fn half_written_code_says_where_it_is_broken() {
    check(
        Language::TypeScript,
        "export function ok(a: string) {}\nexport function half(a: {\nconst = ;\nfunction after() {}",
        "+function ok(a: str)
         read half
         read a
         read after
         broken 33..88",
    );
    check(
        Language::TypeScript,
        "class A { m( { go(1 }\n n() {} }\nfunction after() { foo(1, ); bar(2 }",
        "read A
         call n()
         read after
         call foo(1)
         read bar
         broken 0..68",
    );
}

#[test]
fn heads_and_spans() {
    let source = "import x from 'x'; // trailing\n\n/** Doc. */\n// more\n@Entity()\nexport class Room {\n  /** field */\n  id = 1;\n\n  // apart\n\n  m(\n    a: string,\n  ): void {}\n}\nexport const f = async (a: number) => {};\n";
    check_places(
        Language::TypeScript,
        source,
        &[
            (
                6,
                "export class Room",
                "/** Doc. */\n// more\n@Entity()\nexport class Room {\n  /** field */\n  id = 1;\n\n  // apart\n\n  m(\n    a: string,\n  ): void {}\n}",
            ),
            (8, "id = 1", "/** field */\n  id = 1"),
            (12, "m(a: string): void", "m(\n    a: string,\n  ): void {}"),
            (16, "export const f = async (a: number)", "export const f = async (a: number) => {};"),
        ],
    );
}

#[test]
fn bodies_differ_by_tokens_alone() {
    let body = |one, other, same| check_bodies(Language::TypeScript, one, other, same);
    body(
        "function f() { return g(1, 'a b\\n c'); }",
        "function f()\n{ // why\n return g( 1, 'a b\\n c' ); }",
        true,
    );
    body("function f() { return 1 }", "export function f() { return 1 }", true);
    body("function f() { return 1 }", "function f() { return 2 }", false);
    body("function f() { return 'a\\nb' }", "function f() { return 'c\\nb' }", false);
    body("function f() { return `a ${b} c` }", "function f() { return `a ${b} d` }", false);
}
