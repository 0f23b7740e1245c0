//! Files of which the grammar cannot read a part.

use super::*;

/// Grammars lag behind their languages.
const UNREAD: &str = "type Fn<out A, in B> = { f(b: B): A }['f'];\n";

#[test]
fn what_all_have_alike_need_not_be_read() {
    let with = |fields: &str| format!("{UNREAD}\nexport interface Options {{\n  one: number;\n{fields}}}\n");
    resolves(
        "a.ts",
        [&with(""), &with("  two: string;\n"), &with("  three: string;\n")],
        &with("  two: string;\n  three: string;\n"),
    );
}

#[test]
fn what_cannot_be_read_and_differs_stays() {
    let with = |types: &str| format!("export const one = 1;\n\n{types}\nf();\n");
    let one = UNREAD.replace("Fn", "One");
    let two = UNREAD.replace("Fn", "Two");
    stays("a.ts", [&with(""), &with(&one), &with(&two)], Why::NoStructure);
    // Nor is anything known around what is no statement at all.
    let with = |fields: &str| format!("interface A {{\n  one: 1;\n{fields}}}\n}} ) {{ of\n");
    stays("a.ts", [&with(""), &with("  two: 2;\n"), &with("  three: 3;\n")], Why::NoStructure);
}
