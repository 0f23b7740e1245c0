//! Cases that both sides added to one switch.

use super::*;

/// Both sides put a case of their own into the hole; the result holds both, ours first.
fn united(path: &str, switch: &str, ours: &str, theirs: &str) {
    let with = |cases: &str| switch.replace("@\n", cases);
    let both = format!("{ours}{theirs}");
    resolves(path, [&with(""), &with(ours), &with(theirs)], &with(&both));
}

fn left(path: &str, switch: &str, ours: &str, theirs: &str, why: Why) {
    let with = |cases: &str| switch.replace("@\n", cases);
    stays(path, [&with(""), &with(ours), &with(theirs)], why);
}

const GO: &str = "package a\n\nfunc f(k Kind) int {\n\tswitch k {\n\tcase One:\n\t\treturn 1\n@\n\tdefault:\n\t\treturn 0\n\t}\n}\n";

#[test]
fn cases_for_values_of_their_own_are_united() {
    let of = |name: &str| format!("\tcase {name}:\n\t\treturn g(k)\n");
    united("a.go", GO, &of("Two"), &of("reflect.Func, 7"));
    let switch = GO.replace("\tdefault:\n\t\treturn 0\n", "");
    united("a.go", &switch, &of("Two"), "\tdefault:\n\t\th()\n");
    // The same value twice is one case with two meanings, and a condition is no value.
    left("a.go", GO, &of("Two"), &of("Two").replace("g(k)", "h(k)"), Why::TwoMeanings);
    left("a.go", GO, &of("Two"), &of("Three, Two"), Why::OrderMatters);
    left("a.go", GO, &of("k > 3"), &of("k < 9"), Why::OrderMatters);
    left("a.go", GO, &of("Two"), &of("other"), Why::OrderMatters);
    left("a.go", GO, &of("Two"), &of("Three").replace("return g(k)", "fallthrough"), Why::OrderMatters);
}

#[test]
fn a_case_that_goes_on_in_the_next_keeps_its_place() {
    let switch = "function f(k) {\n  switch (k) {\n    case 'one':\n      return 1;\n@\n    default:\n      return 0;\n  }\n}\n";
    let of = |name: &str| format!("    case '{name}':\n      g(k);\n      break;\n");
    united("a.ts", switch, &of("two"), &of("three"));
    left("a.ts", switch, &of("two").replace("      break;\n", ""), &of("three"), Why::OrderMatters);
    left(
        "a.ts",
        &switch.replace("      return 1;\n", "      g(1);\n"),
        &of("two"),
        &of("three"),
        Why::OrderMatters,
    );
}

#[test]
fn patterns_that_bind_or_are_guarded_keep_their_order() {
    let switch =
        "fn f(k: Kind) -> u32 {\n    match k {\n        Kind::One => 1,\n@\n        _ => 0,\n    }\n}\n";
    let of = |pattern: &str| format!("        {pattern} => g(k)?,\n");
    united("a.rs", switch, &of("Kind::Two | Kind::Four"), &of("Kind::Three(_)"));
    left("a.rs", switch, &of("Kind::Two(1)"), &of("Kind::Two(_)"), Why::OrderMatters);
    left("a.rs", switch, &of("Kind::Two"), &of("k if k.is_odd()"), Why::OrderMatters);
    left("a.rs", switch, &of("other"), &of("Kind::Two"), Why::OrderMatters);
    let switch = "def f(k):\n    match k:\n        case 1:\n            return 1\n@\n        case _:\n            return 0\n";
    let of = |pattern: &str| format!("        case {pattern}:\n            return g(k)\n");
    united("a.py", switch, &of("\"two\""), &of("Kind.THREE | 4"));
    left("a.py", switch, &of("\"two\""), &of("str()"), Why::OrderMatters);
    left("a.py", switch, &of("\"two\""), &of("4 if k"), Why::OrderMatters);
}

#[test]
fn one_value_that_is_written_in_two_ways_is_one() {
    let switch =
        "fn f(k: Kind) -> u32 {\n    match k {\n        Kind::One => 1,\n@\n        _ => 0,\n    }\n}\n";
    let of = |pattern: &str| format!("        {pattern} => g(k)?,\n");
    left("a.rs", switch, &of("Kind::Two(_)"), &of("Self::Two(1)"), Why::OrderMatters);
    let switch = "function f(k) {\n  switch (k) {\n    case 'one':\n      return 1;\n@\n    default:\n      return 0;\n  }\n}\n";
    let of = |text: &str| format!("    case {text}:\n      return g(k);\n");
    left("a.ts", switch, &of("'two'"), &of("\"two\""), Why::OrderMatters);
}

#[test]
fn a_type_that_may_be_an_interface_keeps_its_place() {
    let switch = GO.replace("switch k {\n\tcase One", "switch k.(type) {\n\tcase int");
    let of = |name: &str| format!("\tcase {name}:\n\t\treturn g(k)\n");
    united("a.go", &switch, &of("*Circle, []int"), &of("map[string]int"));
    left("a.go", &switch, &of("Shape"), &of("*Circle"), Why::OrderMatters);
    left("a.go", &switch, &of("error"), &of("*Circle"), Why::OrderMatters);
}

#[test]
fn links_that_are_known_by_their_place_keep_it() {
    let chain = "fn f() -> Child {\n    Command::new(\"cp\")\n        .arg(\"-r\")\n@\n        .spawn()\n}\n";
    let of = |argument: &str| format!("        .arg({argument})\n");
    let stays_apart = |ours: &str, theirs: &str| {
        let [base, ours, theirs] = ["", ours, theirs].map(|link| chain.replace("@\n", link));
        for [one, other] in [[&ours, &theirs], [&theirs, &ours]] {
            let merged = merge("a.rs", &base, one, other);
            assert!(merged.conflicts > 0, "{}", merged.text);
        }
    };
    united("a.rs", chain, &of("\"-v\""), &of("\"--force\""));
    united("a.rs", chain, &of("Arg::new(\"a\")"), &of("Arg::new(\"b\").long(\"b\")"));
    stays_apart(&of("\"from\""), &of("\"-v\""));
    stays_apart(&of("target"), &of("\"-v\""));
    // The first that serves a path is asked.
    let of = |what: &str| format!("        .service({what})\n");
    stays_apart(&of("Files::new(\"/\")"), &of("scope(\"/api\")"));
}

const ARMS: &str = "fn f(k: Kind) -> u32 {\n    match k {\n        Kind::One | Kind::Two => 1,\n        Kind::Three => 3,\n        _ => 0,\n    }\n}\n";

/// The arms with more said in the first two.
fn arms(first: &str, second: &str) -> String {
    let more = ARMS.replace("Kind::Two", &format!("Kind::Two{first}"));
    more.replace("Kind::Three", &format!("Kind::Three{second}"))
}

#[test]
fn an_arm_takes_more_values_of_both() {
    let resolved = |ours: [&str; 2], theirs: [&str; 2], both: [&str; 2]| {
        let three = [ours, theirs].map(|[first, second]| arms(first, second));
        resolves("a.rs", [ARMS, &three[0], &three[1]], &arms(both[0], both[1]));
    };
    resolved([" | Kind::Four", ""], ["", " | Kind::Five"], [" | Kind::Four", " | Kind::Five"]);
    resolved(["", " | Kind::Four"], ["", " | Kind::Five"], ["", " | Kind::Four | Kind::Five"]);
    let go = |first: &str, second: &str| {
        GO.replace("case One:", &format!("case One{first}:"))
            .replace("@\n", &format!("\tcase Two{second}:\n\t\treturn 2\n"))
            .replace("\t\treturn 1\n", "")
    };
    resolves("a.go", [&go("", ""), &go(", Four", ""), &go("", ", Five")], &go(", Four", ", Five"));
}

#[test]
fn one_value_does_not_go_two_ways() {
    let quarrel = |ours: [&str; 2], theirs: [&str; 2], why: Why| {
        let three = [ours, theirs].map(|[first, second]| arms(first, second));
        stays("a.rs", [ARMS, &three[0], &three[1]], why);
    };
    quarrel([" | Kind::Four", ""], ["", " | Kind::Four"], Why::RepeatsLines);
    // What a guard is for, and what a pattern binds, is not known.
    quarrel(["", " | Kind::Four"], ["", " if g(k)"], Why::DeletedAndEdited);
    quarrel(["", " | other"], ["", " | Kind::Four"], Why::Rewritten);
}

#[test]
fn cases_of_a_switch_over_nothing_keep_their_order() {
    let of = |name: &str| format!("\tcase {name}:\n\t\treturn g(k)\n");
    let switch = GO.replace("switch k {", "switch {").replace("case One", "case k.One");
    left("a.go", &switch, &of("k.Two"), &of("k.Three"), Why::OrderMatters);
    united("a.go", &GO.replace("case One", "case k.One"), &of("k.Two"), &of("k.Three"));
    let switch = "function f(k) {\n  switch (true) {\n    case k.One:\n      return 1;\n@\n    default:\n      return 0;\n  }\n}\n";
    let of = |name: &str| format!("    case {name}:\n      return g(k);\n");
    left("a.ts", switch, &of("k.Two"), &of("k.Three"), Why::OrderMatters);
    united("a.ts", &switch.replace("true", "k"), &of("k.Two"), &of("k.Three"));
}

#[test]
fn cases_that_see_each_others_names_declare_them_once() {
    let switch = "function f(k) {\n  switch (k) {\n    case 'one':\n      return 1;\n@\n    default:\n      return 0;\n  }\n}\n";
    let of = |value: &str, body: &str| format!("    case '{value}':\n{body}      break;\n");
    let [one, other] = ["a", "b"].map(|name| format!("      const {name} = g(k);\n      h({name});\n"));
    left("a.ts", switch, &of("two", &one), &of("three", &one.replace("g(k)", "i(k)")), Why::OrderMatters);
    united("a.ts", switch, &of("two", &one), &of("three", &other));
}

#[test]
fn a_bare_name_in_python_matches_all() {
    let switch = "def f(k):\n    match k:\n        case 1:\n            return 1\n@\n";
    let of = |pattern: &str| format!("        case {pattern}:\n            return g(k)\n");
    left("a.py", switch, &of("OTHER"), &of("2"), Why::OrderMatters);
    united("a.py", switch, &of("Kind.OTHER"), &of("2"));
}
