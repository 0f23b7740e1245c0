//! What surrounds uses, in all languages.

use super::*;
use crate::validate::model::{Fails, Holds, Taken};

/// Compares what becomes of the values of calls, and what holds where they stand.
#[track_caller]
fn check_calls(language: Language, source: &str, expected: &str) {
    let model = extract(language, source);
    let calls = model.refs.iter().filter(|used| used.taken != Taken::Unknown);
    let found: String = calls
        .map(|used| {
            let mut line = format!("{} {}", used.name, taken(&used.taken));
            for holds in model.holds_at(used.span.start) {
                match holds {
                    Holds::Lock(name) => write!(line, " locked {name}").unwrap(),
                    Holds::Catch => line.push_str(" caught"),
                    Holds::Beside => line.push_str(" beside"),
                    Holds::Catches(names) => write!(line, " catches {}", names.join("|")).unwrap(),
                    Holds::Method(names) => write!(line, " method {}", names.join("|")).unwrap(),
                    Holds::Lambda(_, place) => write!(line, " lambda {place}").unwrap(),
                    Holds::LambdaOf(ty) => write!(line, " lambda of {ty}").unwrap(),
                    Holds::Unreached => line.push_str(" unreached"),
                }
            }
            line + "\n"
        })
        .collect();
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found.trim(), expected.join("\n"), "\n--- found ---\n{found}");
}

fn taken(taken: &Taken) -> String {
    match taken {
        Taken::Unknown => "unknown".to_owned(),
        Taken::Dropped => "dropped".to_owned(),
        Taken::Returned => "returned".to_owned(),
        Taken::Tested => "tested".to_owned(),
        Taken::Bound(names) => format!("bound to {names}"),
        Taken::Each(names) => format!("each bound to {names}"),
        Taken::Listed => "listed".to_owned(),
        Taken::Entered => "entered".to_owned(),
        Taken::Stated(stated) => format!("stated {}", ty(stated)),
        Taken::Member(name) => format!("has {name}"),
        Taken::Value => "value".to_owned(),
        Taken::Operand => "operand".to_owned(),
        Taken::Tried => "tried".to_owned(),
        Taken::Indexed => "indexed".to_owned(),
        Taken::Apart(name) => format!("taken apart by {name}"),
    }
}

/// Compares how definitions fail and what their values are told apart by.
#[track_caller]
fn check_marks(language: Language, source: &str, expected: &str) {
    let model = extract(language, source);
    let mut found = String::new();
    for def in &model.defs {
        if let Fails::Throws(what) = &def.fails {
            writeln!(found, "{} throws {}", def.path(), what.join(", ")).unwrap();
        }
        if !def.cases.is_empty() {
            writeln!(found, "{} is {}", def.path(), def.cases.join(" | ")).unwrap();
        }
    }
    for matched in &model.matches {
        let of = matched.of.as_deref().unwrap_or("?");
        let value = if matched.is_value { " value" } else { "" };
        writeln!(found, "match {of}: {} rest {:?}{value}", matched.arms.join(" "), matched.rest).unwrap();
    }
    let expected: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(found.trim(), expected.join("\n"), "\n--- found ---\n{found}");
}

#[test]
fn calls_in_typescript() {
    check_calls(
        Language::TypeScript,
        "async function f() {
           a();
           const b: number = get();
           const { c, d } = await load();
           (await find()).name; find()?.name; find()!.name;
           if (ok()) {} x(v() + 1, w() ?? 2);
           try { risky(); } catch {}
           try { risky(); } finally {}
           await lock.runExclusive(() => { inside(); });
           bus.on('x', () => { later(); });
         }",
        "a dropped
         get stated float
         load bound to 2
         find has name
         find tested
         find tested
         ok tested
         x dropped
         v value
         w tested
         risky dropped caught
         risky dropped
         runExclusive dropped
         inside dropped locked lock
         on dropped
         later dropped beside",
    );
}

#[test]
fn calls_in_python() {
    check_calls(
        Language::Python,
        "def f(self):
    a()
    b: int = get()
    c, d = load()
    find().name
    rows()[0]
    if ok(): pass
    try:
        risky()
    except ValueError:
        pass
    with self._lock:
        inside()
    outside()
    pool.submit(lambda: later() + 1)
",
        "a dropped
         get stated int
         load bound to 2
         find has name
         rows has []
         ok tested
         risky dropped caught
         inside dropped locked _lock
         outside dropped
         submit dropped
         later value beside",
    );
}

#[test]
fn calls_in_go() {
    check_calls(
        Language::Go,
        "package p
         func (s *S) f() {
           a()
           b, err := get()
           var c = get()
           find().Name()
           use(one(), 2)
           pass(through())
           s.mu.Lock()
           inside()
           s.mu.Unlock()
           outside()
           go later()
         }
         func (s *S) g() { s.rw.RLock(); defer s.rw.RUnlock(); held() }",
        "a dropped
         get bound to 2
         get bound to 1
         Name dropped
         find has Name
         use dropped
         one value
         pass dropped
         Lock dropped
         mu has Lock
         inside dropped locked mu
         Unlock dropped
         mu has Unlock
         outside dropped
         later dropped beside
         RLock dropped
         rw has RLock
         RUnlock dropped locked rw
         rw has RUnlock locked rw
         held dropped locked rw",
    );
}

#[test]
fn calls_in_rust() {
    check_calls(
        Language::Rust,
        "async fn f(&self) {
           a();
           let b: u32 = get();
           let c = load().await;
           find().name; find()?;
           match ok() { _ => {} }
           use_it(v() + 1);
           let guard = self.rooms.lock().unwrap();
           inside();
           drop(guard);
           outside();
           thread::spawn(move || { later(); });
         }",
        "a dropped
         get stated int
         load bound to 1
         name dropped
         find has name
         find tried
         ok tested
         use_it dropped
         v value
         unwrap bound to 1 locked rooms
         lock has unwrap locked rooms
         rooms has lock locked rooms
         inside dropped locked rooms
         drop dropped
         outside dropped
         spawn dropped
         later dropped beside",
    );
}

#[test]
fn calls_in_java() {
    check_calls(
        Language::Java,
        "class A { void f() {
           a();
           int b = get(); var c = load();
           find().name();
           use(v() + 1);
           try { risky(); } catch (E e) { }
           synchronized (this) { inside(); }
           lock.lock();
           try { held(); } finally { lock.unlock(); }
           pool.submit(() -> { later(); });
         } synchronized void g() { own(); } }",
        "a dropped
         get stated int
         load bound to 1
         name dropped
         find has name
         use dropped
         v value
         risky dropped catches E caught
         inside dropped locked this
         lock dropped
         held dropped locked lock
         unlock dropped locked lock
         submit dropped locked lock
         later dropped locked lock beside lambda 0
         own dropped locked this",
    );
}

#[test]
fn failures_and_cases() {
    check_marks(
        Language::TypeScript,
        "type Op = 'insert' | 'delete';
         type Shape = Circle | Square;
         interface Circle { kind: 'circle'; r: number }
         type Text = string;
         function f(x: string) { if (!x) throw new BadInput(x); try { throw new Inner() } catch {} }
         function g(op: Op) { switch (op) { case 'insert': return 1; case 'delete': return 2;
           default: { const rest: never = op; return rest; } } }
         function h(c: Color) { switch (c) { case Color.Red: break; default: break } }
         function i(c: Color) { switch (c) { case Color.Red: case Color.Blue: break } }",
        "Op is insert | delete
         Shape is Circle | Square
         Circle is circle
         f throws BadInput
         match ?: insert delete rest Never
         match Color: Red rest Taken
         match Color: Red Blue rest Unsaid",
    );
    check_marks(
        Language::Python,
        "Op = Literal['insert', 'delete']
Shape = Circle | Square
Other = Union[A, B]
LIMIT = 3

def f(x):
    if not x:
        raise errors.BadInput(x)
    try:
        raise Inner
    except Inner:
        raise

def g(c):
    match c:
        case Color.RED: return 1
        case Color.BLUE | Color.GREEN: return 2
        case _: assert_never(c)

def h(s):
    match s:
        case Circle(): return 1
        case Square(side=x): return x
        case other: return 2
",
        "Op is insert | delete
         Shape is Circle | Square
         Other is A | B
         f throws BadInput
         match Color: RED BLUE GREEN rest Never",
    );
    check_marks(
        Language::Java,
        "sealed interface Shape permits Circle, Square {}
         class A { void f() throws IOException, my.Failure {}
           int g(Color c) { return switch (c) { case RED, GREEN -> 1; case BLUE -> 2; }; }
           void h(Color c) { switch (c) { case RED: break; default: break; } }
           int i(Shape s) { return switch (s) { case Circle c -> 1; case Square(int x) -> x; }; } }",
        "Shape is Circle | Square
         A::f throws IOException, my.Failure
         match ?: RED GREEN BLUE rest Unsaid value
         match ?: RED rest Taken
         match ?: Circle Square rest Unsaid value",
    );
}
