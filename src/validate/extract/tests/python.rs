use super::*;

#[track_caller]
fn defs(source: &str, expected: &str) {
    check_defs(Language::Python, source, expected);
}

#[track_caller]
fn refs(source: &str, expected: &str) {
    check_refs(Language::Python, source, expected);
}

#[test]
fn functions_with_their_signatures() {
    defs(
        "
def join(room: str, n=1, /, by: Optional[User] = None, *rest: int, kind: 'Kind | None', **more) -> list[Room]:
    def inner(): pass
async def _leave(a: dict[str, bytes], *, b: Union[int, None], c: datetime.datetime): pass
def plain(a: t.Any, b: Literal['x', 'y'], c: Callable[[int], str], d: Annotated[float, Gt(0)]): pass
def test_it(): pass
",
        "+function join(room: str, n?, by?: User?, ...rest: int, kw kind: Kind?, kw ...more) -> [Room]
         function _leave(a: {bytes}, kw b: int?, kw c: date) async
         +function plain(a, b: str, c, d: float)
         +function test_it() test",
    );
}

#[test]
fn classes_and_their_members() {
    defs(
        "
@dataclass
class Room(base.Base[T], Generic[T], metaclass=Meta):
    '''Doc.'''
    id: int
    tags: list[str] = field(default_factory=list)
    size: int = 0
    all: ClassVar[dict] = {}
    plain = 1
    def __init__(self, store: Store, *rest, _hidden=None):
        self.store = store
        self.rest = rest
        self._hidden: Optional[str] = _hidden
        self.size = 3
        local = 1
    @property
    def full(self) -> bool: return True
    @full.setter
    def full(self, value): pass
    @staticmethod
    def make(a): pass
    @classmethod
    def load(cls, a): pass
    @typing.overload
    def go(self, a: int) -> int: ...
    def go(self, a): pass
    @abstractmethod
    def must(self): pass
    class Inner: x: int
",
        "+type Room {id: int, tags?: [str], size?: int, store: Store, rest: any, _hidden?: str?} < Base
         +field Room::id
         +field Room::tags
         +field Room::size
         +field Room::all static
         +field Room::plain
         +method Room::__init__(store: Store, ...rest, kw _hidden?)
         +field Room::store repeats
         +field Room::rest repeats
         field Room::_hidden repeats
         +field Room::full
         +field Room::full repeats
         +method Room::make(a) static
         +method Room::load(a) static
         +method Room::go(a: int) -> int repeats
         +method Room::go(a)
         +method Room::must() abstract
         +type Room::Inner {x: int}
         +field Room::Inner::x",
    );
}

#[test]
fn wire_names() {
    defs(
        "
class User(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)
    user_id: str
    order_total: float = Field(..., alias='total')
    note: str = Field('x', description='y')
class Order(BaseModel):
    class Config:
        alias_generator = to_camel
    order_id: int
class Plain(BaseModel):
    user_id: str
class Row(TypedDict):
    a: NotRequired[int]
    b: str | None
class Book(models.Model):
    title = models.CharField(max_length=3)
",
        "+type User(kw user_id?: str, kw order_total?: float, kw note?: str, kw ...kwargs) {user_id=userId: str, order_total=total: float, note?: str} < BaseModel
         +field User::model_config
         +field User::user_id
         +field User::order_total
         +field User::note
         +type Order(kw order_id?: int, kw ...kwargs) {order_id=orderId: int} < BaseModel
         +type Order::Config
         +field Order::Config::alias_generator
         +field Order::order_id
         +type Plain(kw user_id: str) {user_id: str} < BaseModel
         +field Plain::user_id
         +type Row(kw a?: int, kw b?: str?) {a?: int, b?: str?} < TypedDict
         +field Row::a
         +field Row::b
         +type Book {title?: CharField} < Model
         +field Book::title",
    );
}

#[test]
fn variables_aliases_enums_and_protocols() {
    defs(
        "
__all__ = ['_secret']
LIMIT: int = 1
a, (b, _c) = 1, (2, 3)
_secret = 1
LIMIT = wrap(LIMIT)
Id = NewType('Id', int)
Names: TypeAlias = list[str]
type Pair[T] = tuple[T, T]
Point = namedtuple('Point', 'x y')
class Color(str, Enum):
    RED = 'r'
    _ignore_ = []
class Store(Protocol):
    def load(self) -> int: ...
    def both(self) -> int:
        return 1
if LIMIT:
    def cond(): pass
    late = 1
else:
    def cond(): pass
try:
    import a
except ImportError:
    class a: pass
for i in range(3): pass
with open(x) as f: pass
",
        "+constant __all__
         +constant LIMIT
         +constant a
         +constant b
         constant _c
         +constant _secret
         +constant LIMIT repeats
         +type alias Id
         +type alias Names
         +type alias Pair
         +type Point
         +enum Color < str, Enum
         +variant Color::RED
         field Color::_ignore_
         +interface Store < Protocol
         +method Store::load() -> int abstract
         +method Store::both() -> int
         +function cond() repeats
         +constant late repeats
         +function cond() repeats
         +type a repeats",
    );
}

#[test]
fn imports() {
    check(
        Language::Python,
        "
import os.path, a.b as c
from .models import User as U, Room
from ..all import *
from x import y as y
from __future__ import annotations
def f():
    from .late import thing
    return thing(a.b.c.d())
import a.b.c
",
        "import 'os.path' >os
         import 'a.b' >c
         import '.models' User>U Room
         import '..all' *
         reexport 'x' y
         import '__future__' annotations
         import '.late' thing
         import 'a.b.c' >a
         +function f()
         call thing(1) in f
         call a.b.c.d() in f
         read a.b.c in f
         read a.b in f
         read a in f"
            .replace('\'', "\"")
            .as_str(),
    );
}

#[test]
fn a_type_that_is_asked_for_holds_in_the_branch() {
    refs(
        "
def f(x, y, z):
    if isinstance(x, Room) and y:
        x.join()
        g = lambda: x.leave()
    elif isinstance(x, rooms.Hall):
        x.open()
    else:
        x.shut()
    if isinstance(y, Room):
        y = other(y)
        y.join()
    if isinstance(z, (Room, Hall)) or isinstance(y, Room):
        z.join()
    x.sweep()
",
        "call isinstance(2) in f
         read Room in f
         call <Room>.join() in f
         call <Room>.leave() in f
         call isinstance(2) in f
         read rooms.Hall in f
         read rooms in f
         call <Hall>.open() in f
         call x.shut() in f
         call isinstance(2) in f
         read Room in f
         call other(1) in f
         call y.join() in f
         call isinstance(2) in f
         read Room in f
         read Hall in f
         call isinstance(2) in f
         read Room in f
         call z.join() in f
         call x.sweep() in f",
    );
}

#[test]
fn calls_with_receivers_and_arguments() {
    refs(
        "
room = Room('a', *more, kind=1)
class Service(Base):
    def __init__(self, store: Store):
        self.store = store
        self.cache = Cache()
        super().__init__(store)
    async def run(self, user: 'User', other):
        await self.store.load(user.id, key=1)
        self.cache.clear()
        self.helper()
        async with room.lock() as lock: lock.hold()
        other.go(); make().go(); Room().join()
        for x in sorted(y for y in other): pass
        return user.save()
",
        "construct Room(1 kind= *) in room
         write <Room>.kind in room
         read more in room
         extends Base in Service
         type Store in Service::__init__
         construct Cache() in Service::__init__
         call this.__init__(1) in Service::__init__
         call super() in Service::__init__
         type User in Service::run
         call <Store>.load(1 key=) awaited in Service::run
         read this.store in Service::run
         read <User>.id in Service::run
         call <Cache>.clear() in Service::run
         read this.cache in Service::run
         call this.helper() in Service::run
         call <Room>.lock() awaited in Service::run
         read room in Service::run
         call lock.hold() in Service::run
         call other.go() in Service::run
         call ?.go() in Service::run
         call make() in Service::run
         call <Room>.join() in Service::run
         construct Room() in Service::run
         call sorted(1) in Service::run
         call <User>.save() in Service::run",
    );
}

#[test]
fn local_names_are_no_uses() {
    refs(
        "
def f(a, *b, c=default, **d):
    global shared
    shared = a
    e, (g, *h) = later(), b
    print(e, g, h, later_bound, outer)
    later_bound = [i for i in a if i + captured]
    try: pass
    except Error as err: err
    with x as (m, n): m
    if (w := 1): w
    def inner(p): return p + q
    class Local: pass
    lambda r, *s: r + s
    inner(Local())
    match a:
        case Foo(x=1, y=z) | [t, *u]: z, t, u
        case {'k': v, **rest} if v: rest
        case lib.CONST: pass
    user: Row = {'id': 1}
    self.x = 1; user.name += 2; del user.gone
class G[T]:
    def m(self, x: T) -> list[Foo]: return x
",
        "read default in f
         write shared in f
         call later() in f
         call print(5) in f
         read outer in f
         read captured in f
         read Error in f
         read x in f
         read q in f
         read <Foo>.x in f
         read <Foo>.y in f
         read Foo in f
         read lib.CONST in f
         read lib in f
         type Row in f
         write <Row>.id in f
         literal Row(id=) in f
         write this.x in f
         read self in f
         write <Row>.name in f
         read <Row>.gone in f
         type list in G::m
         type Foo in G::m",
    );
}

#[test]
fn blocks_count_and_comments_do_not() {
    let body = |one, other, same| check_bodies(Language::Python, one, other, same);
    body(
        "def f(a):\n    if a:\n        b()\n        c()\n",
        "def f(a):\n    if a:\n        b()\n    c()\n",
        false,
    );
    body("def f(a):\n    '''Doc.'''\n    b( a )  # why\n", "def f(a):\n  b(a)\n", true);
    body("@x\ndef f(): pass", "@y\ndef f(): pass", false);
    body("def f(): return 'a\\nb'", "def f(): return 'c\\nb'", false);
}

#[test]
fn heads_and_spans() {
    check_places(
        Language::Python,
        "X = 1  # trailing\n\n# About f.\n@dec(1)\nasync def f(\n    a: int,\n) -> str:\n    pass\n\n\nclass A(B):\n    x: int = 1\n",
        &[
            (1, "X = 1", "X = 1"),
            (
                5,
                "async def f(a: int) -> str",
                "# About f.\n@dec(1)\nasync def f(\n    a: int,\n) -> str:\n    pass",
            ),
            (11, "class A(B)", "class A(B):\n    x: int = 1"),
            (12, "x: int = 1", "x: int = 1"),
        ],
    );
}

#[test]
fn half_written_code_says_where_it_is_broken() {
    check(
        Language::Python,
        "def ok(a): return b(a)\n\nclass Half(:\n    def m(self): pass\n\ndef after(): call(1\n",
        "+function ok(a)
         +type Half
         +method Half::m()
         call b(1) in ok
         read after
         read call
         broken 34..35
         broken 60..79",
    );
}
