//! Input that nobody would write: it must cost little and break nothing.

use proptest::prelude::*;

use super::*;

const ALL: [Language; 20] = [
    Language::TypeScript,
    Language::Tsx,
    Language::JavaScript,
    Language::Python,
    Language::Rust,
    Language::Go,
    Language::Java,
    Language::Proto,
    Language::GraphQl,
    Language::Sql,
    Language::Json,
    Language::Yaml,
    Language::Toml,
    Language::PackageJson,
    Language::CargoToml,
    Language::PyProject,
    Language::Requirements,
    Language::GoMod,
    Language::Pom,
    Language::Gradle,
];

/// What can be nested: opening, closing and innermost text.
const BRACKETS: &[(&str, &str, &str)] = &[
    ("(", ")", "x"),
    ("[", "]", "x"),
    ("{", "}", "x"),
    ("(", "", ""),
    ("f(", ")", "x"),
    ("x.f().", "", "x"),
    ("x + ", "", "x"),
];
const SCRIPT: &[(&str, &str, &str)] = &[
    ("x => ", "", "x"),
    ("`${", "}`", "x"),
    ("<a>", "</a>", "x"),
    ("A<", ">", "B"),
    ("if (x) { ", "}", "x"),
    ("if (x) {} else ", "", "{}"),
    ("function f(a) { ", "}", "a"),
    ("class A { m() { return ", "}}", "x"),
    ("namespace a { ", "}", "x"),
    ("type A = { a: ", "}", "x"),
    ("@x ", "", "class A {}"),
];
const PYTHON: &[(&str, &str, &str)] = &[
    ("lambda x: ", "", "x"),
    ("not ", "", "x"),
    ("await ", "", "x"),
    ("@x\n", "", "class A: pass"),
    ("f\"{", "}\"", "x"),
    ("if x: ", "", "x"),
];
const RUST: &[(&str, &str, &str)] = &[
    ("|x| ", "", "x"),
    ("fn f(a: A) { ", "}", "a"),
    ("mod a { ", "}", "x"),
    ("use a::{", "};", "b"),
    ("m!(", ")", "x"),
    ("impl A { ", "}", "x"),
    ("type A = B<", ">", "x"),
    ("#[x] ", "", "fn f() {}"),
    ("/*", "*/", "x"),
    ("if x {} else ", "", "{}"),
];
const GO: &[(&str, &str, &str)] = &[
    ("func(a A) { ", "}", "a"),
    ("type A struct { a ", "}", "x"),
    ("[]A{", "}", "x"),
    ("*", "", "x"),
    ("if x {} else ", "", "{}"),
];

const JAVA: &[(&str, &str, &str)] = &[
    ("class A { ", "}", "int x;"),
    ("A<", ">", "x"),
    ("new A() { ", "}", "x"),
    ("@A(", ")", "x"),
    ("if (x) {} else ", "", "{}"),
];

const CONTRACTS: &[(&str, &str, &str)] = &[
    ("message A { ", "}", "string a = 1;"),
    ("type A { a(b: ", ")}", "C"),
    ("query { a { ", "}}", "b"),
    ("a: [", "]", "[[["),
    ("CREATE TABLE a (b ", ")", "int"),
    ("{\"openapi\": ", "}", "\"3.0\""),
    ("openapi:\n- ", "", "x"),
    ("- openapi: ", "", "x"),
    ("SELECT (SELECT ", ")", "1 FROM a"),
    ("$$ ", "", ""),
    ("<dependency>", "", "<groupId>"),
    ("a.", "", "b = 1"),
];

fn nested(language: Language) -> impl Iterator<Item = &'static (&'static str, &'static str, &'static str)> {
    let own = match language {
        Language::TypeScript | Language::Tsx | Language::JavaScript => SCRIPT,
        Language::Python => PYTHON,
        Language::Rust => RUST,
        Language::Go => GO,
        Language::Java => JAVA,
        _ => CONTRACTS,
    };
    BRACKETS.iter().chain(own)
}

/// Checks what every model must hold, whatever it was made of.
fn check_sound(language: Language, source: &str) {
    let model = extract(language, source);
    let inside = |range: &std::ops::Range<usize>| {
        assert!(range.start <= range.end && source.get(range.clone()).is_some(), "{range:?} of {source:?}");
    };
    for def in &model.defs {
        inside(&def.span);
        assert!(!def.head.contains('\n'));
    }
    for used in &model.refs {
        inside(&used.span);
        assert!(used.within.is_none_or(|def| def < model.defs.len()));
    }
    model.imports.iter().for_each(|import| inside(&import.span));
    model.broken.iter().for_each(inside);
    assert!(model.broken.windows(2).all(|pair| pair[0].end < pair[1].start), "{:?}", model.broken);
    assert!(extract(language, source) == model, "two readings of {source:?} differ");
}

#[test]
fn deep_nesting() {
    for language in ALL {
        for (open, close, inner) in nested(language) {
            let source = open.repeat(1_000) + inner + &close.repeat(1_000);
            extract(language, &source);
        }
    }
}

#[test]
fn deep_indentation() {
    let levels = (0..300).map(|level| format!("{}def f{level}(a{level}):\n", " ".repeat(level)));
    let source: String =
        levels.chain((0..300).map(|level| format!("{}a{level} + b\n", " ".repeat(300)))).collect();
    let model = extract(Language::Python, &source);
    assert!(model.refs.len() >= 300, "{}", model.refs.len());
}

#[test]
fn everything_on_one_line() {
    for (language, line) in [
        (Language::TypeScript, "export function f(a: A) { const x = new Foo(a); x.y() } "),
        (Language::Tsx, "const A = () => <B c={d} />; "),
        (Language::JavaScript, "x = foo(a, b) + 1; "),
        (Language::Python, "x = foo(a, b) + 1; "),
        (Language::Rust, "fn f(a: A) { let x = Foo::new(a); x.y() } "),
        (Language::Go, "func f(a A) { x := Foo{A: a}; x.y() }; "),
    ] {
        let start = if language == Language::Go { "package p; " } else { "" };
        let length = if language == Language::TypeScript { 400_000 } else { 60_000 };
        let model = extract(language, &(start.to_owned() + &line.repeat(length / line.len())));
        assert!(model.broken.is_empty() && model.refs.len() > 3_000, "{language:?}");
    }
}

#[test]
fn very_many_names() {
    let list = |count: usize| (0..count).map(|n| format!("v{n}")).collect::<Vec<_>>().join(", ");
    let names = list(10_000);
    let fields: String = (0..5_000).map(|n| format!("a{n}: A; ")).collect();
    let selves: String = (0..5_000).map(|n| format!("    self.a{n} = a{n}\n")).collect();
    for (language, source, at_least) in [
        (Language::JavaScript, format!("var {names};"), 10_000),
        (Language::Python, format!("{names} = 1"), 10_000),
        (Language::Go, format!("package p\nvar {names} int"), 4_096),
        (Language::TypeScript, format!("class A {{ {fields} }}"), 5_000),
        (Language::Python, format!("class A:\n  def __init__(self):\n{selves}"), 5_000),
        (Language::Rust, format!("use a::{{{names}}}; fn f() {{ {} }}", "let a = a; ".repeat(10_000)), 1),
    ] {
        let model = extract(language, &source);
        assert!(model.defs.len() >= at_least, "{language:?} {}", model.defs.len());
    }
}

#[test]
fn binary_files_are_unreadable() {
    let mut state: u64 = 88_172_645_463_325_252;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    let bytes: Vec<u8> = (0..1_000_000).map(|_| random()).collect();
    let source = String::from_utf8_lossy(&bytes);
    for language in ALL {
        let model = extract(language, &source);
        assert_eq!(model.broken.as_slice(), std::slice::from_ref(&(0..source.len())), "{language:?}");
        assert!(model.defs.is_empty() && model.refs.is_empty());
    }
}

#[test]
fn nothing_at_all() {
    for language in ALL {
        assert_eq!(extract(language, ""), FileModel::default());
        assert_eq!(extract(language, "\u{feff}\n\r\n\t "), FileModel::default());
    }
}

/// A small file of each language that uses most of what its extractor looks at.
fn sample(language: Language) -> &'static str {
    match language {
        Language::TypeScript | Language::Tsx => {
            "import d, { a as b } from './x';\nexport { b as c };\n/** é */ @Dec() export abstract class K<T> extends B implements I { static s?: number; constructor(private svc: Svc, ...r: T[]) { this.svc.go({ a, b: 1 }); } get g() { return `x ${1}` } abstract m(): Promise<void> }\ninterface I<in out T> { x: string | null; f?(a: { y: 1 }): T }\ntype M = { [K in keyof I]: K };\nenum E { A = 'a' }\nnamespace N { export const { p, q: [r] } = f<number>(x!, y as User); }\nexport default async (a = 1, { b: c }: P) => { for (const i of a) await b?.c[0](...i) };\n"
        }
        Language::JavaScript => {
            "const { a, b: c } = require('x');\nclass R { #p = 1; constructor(n) { this.n = n; } }\nexports.f = function* (a, b = 1) { yield* a.b(...b) };\nmodule.exports = { a, d: c };\nvar J = (p) => <A.B c={p} {...p}>é</A.B>;\nlabel: for (;;) { try { x++ } catch ({ m }) { break label } }\n"
        }
        Language::Python => {
            "from .x import (a as b, c)\nimport d.e\n__all__ = ['f']\n@dec(1)\nclass K(B, metaclass=M):\n    'é'\n    x: Optional[int] = Field(..., alias='y')\n    def __init__(self, a: 'A', *b, c=1, **d):\n        self.z: int = a\n    @x.setter\n    async def m(self): return await self.z.go(k=1, *b)\nif d:\n    def f(): global X; X = [i for i in lambda q: q]\nmatch a:\n    case K(x=1) | [h, *t]: pass\ntype T[U] = list[U]\n"
        }
        Language::Rust => {
            "use a::{self, b as c, d::*};\n/// é\n#[serde(rename_all = \"camelCase\")]\npub struct S<'a, T> where T: B { #[serde(rename = \"z\")] pub a_b: &'a str, c: Vec<T> }\nenum E { A(u8), B { x: u8 } }\nimpl<T> fmt::Display for S<'_, T> { const K: u8 = 1; async fn f(&mut self, (x, y): (u8, u8)) -> Result<(), E> { let Some(S { a_b, .. }) = self.c.go::<u8>(x)? else { return }; match y { E::A(z) if z => m!(a.b(1)), _ => |q| q }; S { a_b, ..y } } }\ntrait Tr: Su { type O; fn g(); }\nmacro_rules! m { ($a:expr) => { f($a) } }\n"
        }
        Language::Java => {
            "package p.q;\nimport static a.B.*;\nimport a.b.C;\n/** é */ @Dec(x = 1) public abstract class K<T extends C> extends B implements I<T>, J { private static final int N = 1; @Inject List<? extends T> xs; K(int a, String... r) { this.xs = new ArrayList<>(a); super.m(r); } abstract <U> U f(Map<String, U[]> m) throws E; enum Z implements I { A(1) { int g() { return N; } }, D; } record R(int x, T y) {} @interface An { int v() default 1; } void h() { var z = new K<T>(1, \"s\") { }; for (C c : xs) { c.go(q -> q.p(), K::new); } switch (z) { case A -> z.f(null); default -> {} } } }\n"
        }
        Language::Proto => {
            "syntax = \"proto3\";\npackage a.b;\nimport \"x.proto\";\nmessage M { // é\n reserved 4; repeated a.b.N n = 1 [deprecated = true]; map<string, int32> m = 2; oneof o { string s = 3; } message I { I i = 1; } enum E { Z = 0; Y = -1; } }\nservice S { rpc R(stream M) returns (M) { option (x) = { y: 1 }; } }\n"
        }
        Language::GraphQl => {
            "\"é\" type Query implements N & O @d(x: 1) { a(b: ID! = 1, c: [C!]!): [[T!]!]! }\ninput C { x: Int! }\nenum E { A B }\nunion U = A | B\nextend type T { y: E }\nquery Q($v: ID!) { z: a(b: $v) { ... on T { y } ...F } }\nfragment F on T { y }\n"
        }
        Language::Sql => {
            "-- é\nCREATE TABLE IF NOT EXISTS \"a\".b (c int NOT NULL, key text, d numeric(1,2) DEFAULT 'x;y', PRIMARY KEY (c), FOREIGN KEY (d) REFERENCES e(f));\nALTER TABLE {{ x }}.b ADD COLUMN g text, DROP h, RENAME i TO j;\nCREATE TYPE m AS ENUM ('a', 'b');\nDO $$ BEGIN x; END $$;\nUPDATE b SET c = c + 1 WHERE d IN (SELECT z FROM y u WHERE u.q = 1);\n"
        }
        Language::Json | Language::PackageJson => {
            "{\"openapi\": \"3.0.0\", \"name\": \"é\", \"dependencies\": {\"a\": \"^1\"}, \"paths\": {\"/a/{b}\": {\"get\": {\"parameters\": [{\"name\": \"q\", \"in\": \"query\", \"required\": true}, {\"$ref\": \"#/x/0\"}]}}}, \"components\": {\"schemas\": {\"A\": {\"allOf\": [{\"$ref\": \"#/components/schemas/A\"}], \"properties\": {\"p\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/components/schemas/A\"}}}}}}} // x\n"
        }
        Language::Yaml => {
            "swagger: '2.0'\npaths:\n  /a/{b}: &p\n    post: {parameters: [{in: body, required: true, schema: {$ref: '#/definitions/A'}}]}\n  /c: *p\ndefinitions:\n  A:\n    required: [x]\n    enum: [é, \"b\"]\n    properties:\n      x: {type: integer}\n--- |\n  text\n"
        }
        Language::Toml | Language::CargoToml | Language::PyProject => {
            "[package]\nname = 'a-b'\n[dependencies]\nx = \"1\"\ny = { version = \"2\" } # é\n[target.'cfg(u)'.dependencies]\nz = { path = '..' }\n[project]\ndependencies = [\"q>=1; p\"]\n[[tool.x]]\ny = 1979-05-27\n[tool.poetry.group.dev.dependencies]\nw = '^1'\n"
        }
        Language::Requirements | Language::GoMod | Language::Pom | Language::Gradle => {
            "flask[x]==1.0 ; y # é\n-r o.txt\nmodule a/b\nrequire (\n\tc.d/e v1.0.0 // indirect\n)\n<dependency><groupId>a</groupId><artifactId>b</artifactId><version>1</version></dependency>\nimplementation(\"a:b:c\")\n"
        }
        Language::Go => {
            "package p\nimport ( a \"x/y\"; . \"q\" )\n// é\ntype S[T any] struct { A, B string `json:\"a,omitempty\"`; *E; c map[string][]T }\ntype I interface { M(a int, b ...string) (int, error); O }\nconst ( C = iota; D )\nfunc (s *S[T]) Do(x, y int) (r R, err error) { z := &S{A: 1}; for i, v := range []I{{A: 1}} { s.c.Go(v, i...) }; switch t := x.(type) { case *S: t.A++ }; go func() { <-z }() }\n"
        }
    }
}

fn language() -> impl Strategy<Value = Language> {
    prop::sample::select(ALL.to_vec())
}

/// Takes a piece of the text out, doubles it, or puts other text in its place.
fn mutate(source: &mut String, (from, length, how): (usize, usize, usize)) {
    let boundary = |mut at: usize| {
        at %= source.len() + 1;
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (boundary(from), boundary(from % (source.len() + 1) + length));
    let range = start.min(end)..start.max(end);
    let piece = source[range.clone()].to_owned();
    let other = ["", "{", "}", "(", ")", "\n", "\"", "é", " in ", "<", "`", "::", "@", "    "];
    match other.get(how) {
        Some(text) => source.replace_range(range, text),
        None => source.insert_str(range.start, &piece),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(language in language(), source in ".{0,200}") {
        check_sound(language, &source);
    }

    #[test]
    fn any_tokens_are_read(
        language in language(),
        tokens in prop::collection::vec(prop::sample::select(vec![
            "class", "def", "fn", "func", "import", "from", "export", "{", "}", "(", ")", "[", "]", ":", ";", "=", "x", "Foo",
            ".", ",", "\n", "  ", "=>", "->", "\"s\"", "1", "type", "struct", "impl", "for", "in", "if", "else", "@", "#[a]", "<", ">",
            "let", "const", "async", "await", "return", "new", "*", "&", "|", "self", "this", "é", "case", "match", "with", "as", "`", "${",
        ]), 0..80),
    ) {
        check_sound(language, &tokens.join(" "));
    }

    #[test]
    fn any_half_written_file_is_read(
        language in language(),
        edits in prop::collection::vec((any::<usize>(), 0..40_usize, 0..20_usize), 1..6),
    ) {
        let mut source = sample(language).to_owned();
        edits.into_iter().for_each(|edit| mutate(&mut source, edit));
        check_sound(language, &source);
    }
}

#[test]
fn names_of_contracts_may_hold_anything() {
    check_sound(
        Language::Json,
        r##"{"openapi": "3.0.0", "components": {"schemas": {"A\nB": {"type": "object", "properties": {"x": {"type": "string"}}}}}}"##,
    );
    check_sound(Language::Sql, "CREATE TABLE \"a\nb\" (c int);");
}

#[test]
fn samples_are_whole() {
    for language in ALL {
        let broken = extract(language, sample(language)).broken;
        assert!(broken.is_empty(), "{language:?} {broken:?}");
    }
}
