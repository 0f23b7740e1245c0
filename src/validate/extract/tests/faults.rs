//! What is wrong with a text by itself.

use std::path::{Path, PathBuf};

use super::*;
use crate::validate::model::Fault;

/// Whoever finds a fault everywhere has not understood the text.
#[test]
fn too_many_are_given_up() {
    let n_faults =
        |n: usize| extract(Language::JavaScript, &"function f() { await g(); }\n".repeat(n)).faults.len();
    assert_eq!(n_faults(Fault::MOST), Fault::MOST);
    assert_eq!(n_faults(Fault::MOST * 5), Fault::MOST + 1);
}

/// A compiler takes every file of this program.
#[test]
fn sound_files_have_none() {
    let mut open = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut sources: Vec<PathBuf> = Vec::new();
    while let Some(dir) = open.pop() {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { open.push(path) } else { sources.push(path) }
        }
    }
    sources.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    assert!(sources.len() > 100);
    for path in sources {
        let found = extract(Language::Rust, &std::fs::read_to_string(&path).unwrap()).faults;
        assert_eq!(found, [], "{}", path.display());
    }
}

/// What compilers take, though it looks like what they do not.
#[test]
fn odd_but_sound_texts_have_none() {
    let check = |language: Language, text: &str| assert_eq!(extract(language, text).faults, [], "{text}");
    for said in ["string | undefined", "any", "asserts x is string", "Maybe<string>", "unknown", "Alias"] {
        check(
            Language::TypeScript,
            &format!("function f(x): {said} {{\n  if (x) {{ return; }}\n  g(x);\n}}\n"),
        );
    }
    check(Language::Go, "package a\n\nfunc f(x int) (int, error) {\n\treturn pair[int](x)\n}\n");
    for said in ["driver.Value", "Flag", "any"] {
        check(
            Language::Go,
            &format!("package a\n\ntype Flag bool\n\nfunc f() {said} {{\n\treturn true\n}}\n"),
        );
    }
    for said in ["Flag", "Self::Output", "impl Into<Flag>"] {
        check(Language::Rust, &format!("fn f() -> {said} {{\n    return true;\n}}\n"));
    }
    check(Language::Rust, "fn f() -> Nothing {\n    return;\n}\n");
    check(Language::Rust, "fn f((mut a, b): (u8, u8)) -> u8 {\n    a += 1;\n    a + b\n}\n");
    let java = |body: &str| {
        check(Language::Java, &format!("class A {{\n  int n;\n  void f() {{\n{body}\n  }}\n}}\n"));
    };
    java("    int c = 0;\n    g(new Runnable() { int c = 1; public void run() { use(c); } });\n    c++;");
    java("    int c = 2;\n    g(new Object() {{ int c = 1; use(c); }});\n    int n = c;");
    java("    g(new Object() { int c; { int c = 1; use(c); } { int c = 2; use(c); } });");
}

#[test]
fn what_no_compiler_takes_is_found() {
    let check =
        |language: Language, text: &str| assert_eq!(extract(language, text).faults.len(), 1, "{text}");
    check(Language::TypeScript, "function f(x): string {\n  if (x) { return; }\n  return 'a';\n}\n");
    check(Language::TypeScript, "function f(x): string[] {\n  return 'a';\n}\n");
    check(Language::Go, "package a\n\ntype Kind int\n\nfunc f() Kind {\n\treturn true\n}\n");
    check(Language::Go, "package a\n\nfunc f(x int) (int, error) {\n\treturn x\n}\n");
    check(Language::Rust, "fn f() -> u8 {\n    return true;\n}\n");
    check(Language::Rust, "fn f(a: u8) -> u8 {\n    a += 1;\n    a\n}\n");
    check(
        Language::Java,
        "class A {\n  void f() {\n    int c = 0;\n    g(() -> use(c));\n    c++;\n  }\n}\n",
    );
    check(Language::Java, "class A {\n  void f() {\n    int c = 0;\n    int c = 1;\n  }\n}\n");
}
