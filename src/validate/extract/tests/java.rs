use super::*;

#[track_caller]
fn defs(source: &str, expected: &str) {
    check_defs(Language::Java, source, expected);
}

#[track_caller]
fn refs(source: &str, expected: &str) {
    check_refs(Language::Java, source, expected);
}

#[test]
fn types_and_their_members() {
    defs(
        "package p.q;
         @Deprecated public abstract class Room<T extends Base> extends pkg.Outer.Base<T> implements Named, java.util.Comparator<Room> {
             public static final Room EMPTY = new Room() { int hidden; void quiet() {} };
             @JsonProperty(\"room_id\") private long id;
             protected List<String> names, other[];
             Map.Entry<String, T> entry;
             static { int local = 1; }
             Room(int size) { class Local { void no() {} } }
             public Room() { this(1); }
             protected abstract int size();
             public void join(final User user, int[] a, long b[], List<? extends T>... rest) throws IOException {}
             static <U> U make(U u) { return u; }
             private native void raw();
             @Test void works() {}
             interface Inner { void go(); default void come() {} int K = 1; }
         }",
        "+type Room {id=room_id: int, names: [str], other: [str], entry: Map.Entry} < pkg.Outer.Base, Named, java.util.Comparator abstract
         +field Room::EMPTY static
         field Room::id
         +field Room::names
         +field Room::other
         +field Room::entry
         +method Room::constructor(size: int)
         +method Room::constructor()
         +method Room::size() -> int abstract
         +method Room::join(user: User, a: int[], b: long[], ...rest: List[]) -> unit
         +method Room::make(u: U) -> U static
         method Room::raw() -> unit
         +method Room::works() -> unit test
         +interface Room::Inner
         +method Room::Inner::go() -> unit abstract
         +method Room::Inner::come() -> unit
         +field Room::Inner::K static",
    );
}

#[test]
fn enums_records_and_annotation_types() {
    defs(
        "enum Color implements Named { RED(1) { void odd() {} }, BLUE; int code; Color(int code) {} void f() {} }
         record Point(int x, @Nullable Date... at) { Point { check(x, at); } static int n; }
         @interface Mark { String value() default \"\"; int[] codes(); }
         @AllArgsConstructor class Made { int a; }
         class Plain {}",
        "+enum Color {code: int} < Named
         +variant Color::RED static
         +variant Color::BLUE static
         +field Color::code
         +method Color::constructor(code: int)
         +method Color::f() -> unit
         +type Point {x: int, at: date}
         +field Point::x
         +field Point::at
         +method Point::constructor(x: int, ...at: Date[]) repeats
         +field Point::n static
         +interface Mark
         +method Mark::value() -> str
         +method Mark::codes() -> [int]
         +type Made {a: int}
         +method Made::constructor(..._?) repeats
         +field Made::a
         +type Plain
         +method Plain::constructor() repeats",
    );
}

#[test]
fn imports() {
    check(
        Language::Java,
        "package a.b;
         import java.util.List;
         import java.util.Map.Entry;
         import a.c.*;
         import static org.junit.Assert.assertEquals;
         import static a.b.C.*;",
        "import 'java.util' List
         import 'java.util.Map' Entry
         import 'a.c' *
         import 'org.junit.Assert' assertEquals
         import 'a.b.C' *
         type java.util.Map
         type org.junit.Assert
         type a.b.C"
            .replace('\'', "\"")
            .as_str(),
    );
}

#[test]
fn uses_with_receivers_and_arguments() {
    refs(
        "class Service extends Base<Key> implements Named {
             static final Logger LOG = Logger.of(Service.class);
             private Store store; int count;
             @Override public void run(User user, int n) {
                 store.load(user.id, 1); this.store.close(); helper(); super.run(user, n);
                 var made = new Thing.Part<>(1); made.go();
                 for (Item item : items) item.use();
                 if (made instanceof Other other && other.ok()) count++;
                 Room room = find(); room.size = 3; int size = size();
                 LOG.info(Color.RED); a.b.Tool.help(); Outer.Inner.make();
                 try (Stream in = open()) { in.read(); } catch (Oops | Bad e) { e.shout(); }
                 list.forEach(each -> each.go(room)); list.map(Tool::help); new Deep() { void x() { this.y(); } };
                 ((Cast) any).go(); label: while (true) { break label; }
             }
             @Mark(value = 1) Service() { super(1, 2); }
         }",
        "extends Base in Service
         type Key in Service
         extends Named in Service
         type Logger in Service::LOG
         call Logger.of(1) in Service::LOG
         read Logger in Service::LOG
         type Service in Service::LOG
         type Store in Service::store
         override this.run(2) in Service::run
         type Override() in Service::run
         type User in Service::run
         call <Store>.load(2) in Service::run
         read store in Service::run
         read <User>.id in Service::run
         call <Store>.close() in Service::run
         read this.store in Service::run
         call helper() in Service::run
         call <Base>.run(2) in Service::run
         construct Thing.Part(1) in Service::run
         type Thing in Service::run
         call <Thing.Part>.go() in Service::run
         type Item in Service::run
         read items in Service::run
         call <Item>.use() in Service::run
         type Other in Service::run
         call <Other>.ok() in Service::run
         write count in Service::run
         type Room in Service::run
         call find() in Service::run
         write <Room>.size in Service::run
         call size() in Service::run
         call <Logger>.info(1) in Service::run
         read LOG in Service::run
         read Color.RED in Service::run
         read Color in Service::run
         call a.b.Tool.help() in Service::run
         read a.b.Tool in Service::run
         read a.b in Service::run
         read a in Service::run
         call Outer.Inner.make() in Service::run
         read Outer.Inner in Service::run
         read Outer in Service::run
         type Stream in Service::run
         call open() in Service::run
         call <Stream>.read() in Service::run
         type Oops in Service::run
         type Bad in Service::run
         call ?.shout() in Service::run
         call list.forEach(1) in Service::run
         read list in Service::run
         call ?.go(1) in Service::run
         call list.map(1) in Service::run
         read list in Service::run
         call Tool.help in Service::run
         read Tool in Service::run
         construct Deep() in Service::run
         call ?.y() in Service::run
         call <Cast>.go() in Service::run
         type Cast in Service::run
         read any in Service::run
         type Mark(value=) in Service::constructor
         write <Mark>.value in Service::constructor
         construct <Base>.constructor(2) in Service::constructor",
    );
}

#[test]
fn an_override_is_a_use_of_what_it_overrides() {
    refs(
        "class A extends B { @Override void f(int a) {} void g() {} }",
        "extends B in A
         override <B>.f(1) in A::f
         type Override() in A::f",
    );
}

#[test]
fn places_and_heads() {
    check_places(
        Language::Java,
        "/** Doc. */\n@Mark(1)\npublic class A {\n  // Notes.\n  @Mark\n  int f(int a,\n      int b) { return 1; }\n  @Deprecated String s = \"x\";\n}",
        &[
            (
                3,
                "public class A",
                "/** Doc. */\n@Mark(1)\npublic class A {\n  // Notes.\n  @Mark\n  int f(int a,\n      int b) { return 1; }\n  @Deprecated String s = \"x\";\n}",
            ),
            (3, "public class A", "A"),
            (6, "int f(int a, int b)", "// Notes.\n  @Mark\n  int f(int a,\n      int b) { return 1; }"),
            (8, "String s = \"x\"", "@Deprecated String s = \"x\";"),
        ],
    );
}
