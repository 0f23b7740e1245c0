use super::*;

#[track_caller]
fn defs(source: &str, expected: &str) {
    check_defs(Language::Go, source, expected);
}

#[track_caller]
fn refs(source: &str, expected: &str) {
    check_refs(Language::Go, source, expected);
}

#[test]
fn functions_and_methods() {
    defs(
        "package p
         func Join(ctx context.Context, a, b int, at time.Time, rest ...string) (*Room, error) { type local struct{ A int }; var x = 1 }
         func leave(func(int) error, []byte) (res map[string]*Room) {}
         func init() {}
         func Map[T any](a []T) T {}
         func TestJoin(t *testing.T) {}
         func Testing() {}
         func (r *Room) Size() int { return 1 }
         func (Room) close() {}
         func (g *G[T]) Get() T {}",
        "+function Join(ctx: Context, a: int, b: int, at: date, ...rest: str) -> (*Room, error)
         function leave(_, _: bytes) -> {Room?}
         function init() -> unit repeats
         +function Map(a: [any])
         +function TestJoin(t: T?) -> unit test
         +function Testing() -> unit
         +method Room::Size() -> int
         method Room::close() -> unit
         +method G::Get()",
    );
}

#[test]
fn types_and_their_members() {
    defs(
        "package p
         // Room is one.
         type Room struct {
             ID string `json:\"id\" db:\"x\"`
             Size *int `json:\"size,omitempty\"`
             A, B uint8
             Skip string `json:\"-\"`
             inner struct { Not int }
             *Base
             pkg.Other `json:\",inline\"`
         }
         type Store interface { Load(id string, more ...int) (Room, error); io.Closer; ~int | string }
         type ( Al = Room; ID int; Handler func(a int) error )
         const ( First = iota; Second; _ )
         var X, y = 1, \"2\"
         var _ Store = (*Room)(nil)",
        "+type Room(ID: str, Size: int?, A: int, B: int, Skip: str, inner, _: Base, _: Other) {ID=id: str, Size=size?: int?, A: int, B: int, inner: any} < Base, Other
         +field Room::ID
         +field Room::Size
         +field Room::A
         +field Room::B
         +field Room::Skip
         field Room::inner
         +interface Store < Closer
         +method Store::Load(id: str, ...more: int) -> (Room, error) abstract
         +type alias Al
         +type alias ID
         +type alias Handler
         +constant First
         +constant Second
         constant _ repeats
         +constant X
         constant y
         constant _ repeats",
    );
}

#[test]
fn imports() {
    check(
        Language::Go,
        "package p
         import \"fmt\"
         import ( a \"x/y\"; . \"q\"; _ \"r/v2\"; \"gopkg.in/yaml.v3\"; \"example.com/go-lib/v2\" )",
        "import 'fmt' >fmt
         import 'x/y' >a
         import 'q' *
         import 'r/v2' >_
         import 'gopkg.in/yaml.v3' >yaml
         import 'example.com/go-lib/v2' >lib"
            .replace('\'', "\"")
            .as_str(),
    );
}

#[test]
fn uses_with_receivers_and_arguments() {
    refs(
        "package p
         func (s *Service) Run(user User, other Any, many ...Room) error {
             s.store.Load(user.ID, 1)
             s.helper(many...)
             x, err := NewRoom(1), 2
             x.Join(split())
             y := &pkg.Thing{A: 1, B: local}
             y.Go()
             list := []Item{{C: 1}, {C: x}}
             dict := map[Key]Item{K1: {C: 1}}
             s.n++; user.Name = \"a\"; count += 1; s.a, s.b = s.b, s.a
             Map[int](list); (&Room{}).Join(); new(Room).Leave(); z.(*Room).Size()
             go func(q int) { q.r(err) }(1)
             return fmt.Errorf(\"%w\", err, dict)
         }
         type Service struct { store *Store }",
        "type Service in Service::Run
         type User in Service::Run
         type Any in Service::Run
         type Room in Service::Run
         call <Store>.Load(2) in Service::Run
         read <Service>.store in Service::Run
         read <User>.ID in Service::Run
         call <Service>.helper(*) in Service::Run
         call NewRoom(1) in Service::Run
         call <Room>.Join(*) in Service::Run
         call split() in Service::Run
         construct pkg.Thing in Service::Run
         write <Thing>.A in Service::Run
         write <Thing>.B in Service::Run
         read pkg in Service::Run
         read local in Service::Run
         call <Thing>.Go() in Service::Run
         write <Item>.C in Service::Run
         write <Item>.C in Service::Run
         type Item in Service::Run
         write <Item>.C in Service::Run
         type Key in Service::Run
         type Item in Service::Run
         read K1 in Service::Run
         write <Service>.n in Service::Run
         write <User>.Name in Service::Run
         write count in Service::Run
         write <Service>.a in Service::Run
         write <Service>.b in Service::Run
         read <Service>.b in Service::Run
         read <Service>.a in Service::Run
         call Map(1) in Service::Run
         call <Room>.Join() in Service::Run
         construct Room in Service::Run
         call <Room>.Leave() in Service::Run
         call new(1) in Service::Run
         type Room in Service::Run
         call <Room>.Size() in Service::Run
         read z in Service::Run
         type Room in Service::Run
         call q.r(1) in Service::Run
         call fmt.Errorf(3) in Service::Run
         read fmt in Service::Run
         type Store in Service::store",
    );
}

#[test]
fn local_names_are_no_uses() {
    refs(
        "package p
         func F[T any](a T) (res Res) {
             b := b(a)
             for i, v := range b { i, v := v, i; _ = i + v }
             if err := f(); err != nil { return err }
             err.After()
             switch t := a.(type) { case Kind: t.Do() }
             select { case r := <-ch: r() }
             const k = 1; type local int; var x local
             f := func(q int) { outer(q, k, x, res) }
             L: for { break L }
             f(pkg.X, shadow.Y)
         }
         func G(pkg Pkg) { pkg.X(); other := 1; other.Y() }
         var other = 1",
        "type Res in F
         call b(1) in F
         call f() in F
         call err.After() in F
         read err in F
         type Kind in F
         call <Kind>.Do() in F
         read ch in F
         call outer(4) in F
         read pkg.X in F
         read pkg in F
         read shadow.Y in F
         read shadow in F
         type Pkg in G
         call <Pkg>.X() in G
         call ?.Y() in G",
    );
}

#[test]
fn heads_bodies_and_spans() {
    check_places(
        Language::Go,
        "package p\n\n// F does.\nfunc F(\n\ta int,\n) error {\n\treturn nil\n}\n\ntype (\n\t// S is.\n\tS struct {\n\t\tA int // trailing\n\t\tB, C int\n\t}\n)\n",
        &[
            (4, "func F(a int) error", "// F does.\nfunc F(\n\ta int,\n) error {\n\treturn nil\n}"),
            (12, "S struct", "// S is.\n\tS struct {\n\t\tA int // trailing\n\t\tB, C int\n\t}"),
            (13, "A int", "A int"),
            (14, "B, C int", "B"),
            (14, "B, C int", "C"),
        ],
    );
    let body = |one, other, same| check_bodies(Language::Go, one, other, same);
    body("package p\nfunc f() { g(1); h() }", "package p\nfunc f() {\n\tg( 1 ) // why\n\th()\n}", false);
    body(
        "package p\nfunc f() {\n\tg(1)\n\th()\n}",
        "package p\nfunc f() {\n\n\tg( 1 ) // why\n\th()\n}",
        true,
    );
    body("package p\nfunc f() { g(1) }", "package p\nfunc f() { g(2) }", false);
}

#[test]
fn half_written_code_says_where_it_is_broken() {
    check(
        Language::Go,
        "package p\nfunc ok(a int) { b(a) }\ntype Half struct {\n A int\nfunc after() { call(1 }\nfunc last() {}\n",
        "function ok(a: int) -> unit
         +type Half(A: int, _: after) {A: int} < after
         +field Half::A
         call b(1) in ok
         extends after in Half
         read call in Half
         read last in Half
         broken 60..64
         broken 70..97",
    );
}
