//! Every change of a small Java project against every use of it: what the compiler would refuse is
//! denied, and nothing else is.
//!
//! The project has classes that no branch changes, so that most uses mean a changed member only
//! through the types of fields, results and super types elsewhere.

use super::*;

const ITEM: &str = "\
package shop.model;

public class Item {
    public static final int LIMIT = 9;
    public String code;

    public Item(String code) {
        this.code = code;
    }

    public static Item of(String code) {
        return new Item(code);
    }

    public Item next() {
        return this;
    }

    public String label() {
        return \"<\" + code + \">\";
    }

    public void put(String key) {
        code = key;
    }

    public int size() {
        return code.length();
    }
}
";

const FRAME: &str = "\
package shop.model;

public abstract class Frame {
    protected Item held;

    public Item item() {
        return held;
    }

    public abstract void draw();
}
";

const PART: &str = "package shop.model;\n\npublic interface Part {\n    int weight();\n}\n";

const STOCK: &str = "\
package shop;

import shop.model.Frame;
import shop.model.Item;

public class Stock {
    public Item best;
    public Item[] shelf;

    public Item first() {
        return best;
    }

    public Frame frame() {
        return null;
    }
}
";

const HALF: &str = "\
package shop;

import shop.model.Frame;
import shop.model.Part;

public abstract class Half extends Frame implements Part {
    public int weight() {
        return 1;
    }
}
";

/// What a change breaks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Breaks {
    Label,
    Put,
    Size,
    Limit,
    Code,
    Making,
    Class,
    Frames,
    Parts,
    Nothing,
}

const ITEM_PATH: &str = "src/main/java/shop/model/Item.java";
const FRAME_PATH: &str = "src/main/java/shop/model/Frame.java";
const PART_PATH: &str = "src/main/java/shop/model/Part.java";
const STOCK_PATH: &str = "src/main/java/shop/Stock.java";

/// The new contents of the changed files; none for a file that goes.
type Edits = Vec<(&'static str, Option<String>)>;

fn changes() -> Vec<(&'static str, Breaks, Edits)> {
    let edit = |path, text: &str, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        vec![(path, Some(text.replace(from, to)))]
    };
    let item = |from: &str, to: &str| edit(ITEM_PATH, ITEM, from, to);
    let label = "    public String label() {\n        return \"<\" + code + \">\";\n    }\n\n";
    let moved = |package: &str, name: &str| {
        let text = ITEM.replace("package shop.model;", &format!("package {package};")).replace("Item", name);
        let full = format!("{package}.{name}");
        let with = |text: &str| {
            let text = text
                .replace("import shop.model.Item;", &format!("import {full};"))
                .replace("Item ", &format!("{name} "));
            text.replace("Item[]", &format!("{name}[]"))
        };
        let frame = match package {
            "shop.model" => FRAME.replace("Item ", &format!("{name} ")),
            _ => FRAME.replace("public abstract class", &format!("import {full};\n\npublic abstract class")),
        };
        (text, frame, with(STOCK))
    };
    let (core, core_frame, core_stock) = moved("shop.core", "Item");
    let (good, good_frame, good_stock) = moved("shop.model", "Good");
    vec![
        ("a method is removed", Breaks::Label, item(label, "")),
        ("a method is renamed", Breaks::Label, item("label()", "caption()")),
        ("a method takes more", Breaks::Label, item("label()", "label(boolean wide)")),
        ("a method takes another type", Breaks::Put, item("put(String key) {\n        code = key;", "put(Part key) {")),
        ("a method gives another type", Breaks::Size, item("int size() {\n        return code.length();", "String size() {\n        return code;")),
        ("a constant is removed", Breaks::Limit, item("    public static final int LIMIT = 9;\n", "")),
        ("a field is renamed", Breaks::Code, item("code", "sku")),
        ("a field becomes a method", Breaks::Code, edit(ITEM_PATH, &ITEM.replace("code", "kept"),"    public String kept;\n", "    private String kept;\n\n    public String code() {\n        return kept;\n    }\n")),
        ("a constructor takes more", Breaks::Making, edit(ITEM_PATH, &ITEM.replace("new Item(code)", "new Item(code, 1)"), "Item(String code) {\n        this", "Item(String code, int size) {\n        this")),
        (
            "a class moves to another package",
            Breaks::Class,
            vec![(ITEM_PATH, None), ("src/main/java/shop/core/Item.java", Some(core)), (FRAME_PATH, Some(core_frame)), (STOCK_PATH, Some(core_stock))],
        ),
        (
            "a class is renamed",
            Breaks::Class,
            vec![(ITEM_PATH, None), ("src/main/java/shop/model/Good.java", Some(good)), (FRAME_PATH, Some(good_frame)), (STOCK_PATH, Some(good_stock))],
        ),
        ("a class demands more", Breaks::Frames, edit(FRAME_PATH, FRAME, "    public abstract void draw();\n", "    public abstract void draw();\n\n    public abstract void erase();\n")),
        ("an interface demands more", Breaks::Parts, edit(PART_PATH, PART, "    int weight();\n", "    int weight();\n\n    int height();\n")),
        ("a body changes", Breaks::Nothing, item("\"<\" + code + \">\"", "code")),
        ("an overload is added", Breaks::Nothing, item(label, &format!("{label}    public String label(int width) {{\n        return code;\n    }}\n\n"))),
        ("a parameter gets a wider type", Breaks::Nothing, item("put(String key) {\n        code = key;", "put(CharSequence key) {\n        code = key.toString();")),
        ("a parameter gets another name", Breaks::Nothing, item("put(String key) {\n        code = key;", "put(String name) {\n        code = name;")),
        (
            "a method moves to a class above",
            Breaks::Nothing,
            vec![
                (ITEM_PATH, Some(ITEM.replace(label, "").replace("class Item {", "class Item extends Named {"))),
                ("src/main/java/shop/model/Named.java", Some("package shop.model;\n\npublic class Named {\n    public String label() {\n        return \"\";\n    }\n}\n".to_owned())),
            ],
        ),
        ("an interface offers more", Breaks::Nothing, edit(PART_PATH, PART, "    int weight();\n", "    int weight();\n\n    default int height() {\n        return 1;\n    }\n")),
    ]
}

/// Uses as the body of a new class, with all that breaks each.
fn uses() -> Vec<(&'static str, &'static [Breaks])> {
    use Breaks::{Class, Code, Frames, Label, Limit, Making, Parts, Put, Size};
    vec![
        ("class U { String u(Item item) { return item.label(); } }", &[Label, Class]),
        ("class U { Item item; String u() { return item.label(); } }", &[Label, Class]),
        ("class U { Item item; String u() { return this.item.label(); } }", &[Label, Class]),
        ("class U { String u(Stock stock) { return stock.first().label(); } }", &[Label]),
        ("class U { String u(Stock stock) { return stock.best.label(); } }", &[Label]),
        ("class U { String u(Stock stock) { return stock.first().next().next().label(); } }", &[Label]),
        ("class U { Stock stock; String u() { return stock.frame().item().label(); } }", &[Label]),
        ("class U { String u(Stock stock) { return stock.shelf[0].label(); } }", &[Label]),
        ("class U { String u(Item[] items) { return items[0].label(); } }", &[Label, Class]),
        ("abstract class U extends Half { String u() { return held.label(); } }", &[Label]),
        ("abstract class U extends Half { String u() { return this.held.label(); } }", &[Label]),
        ("abstract class U extends Half { String u() { return item().label(); } }", &[Label]),
        ("class U { String u() { return Item.of(\"x\").label(); } }", &[Label, Class]),
        ("class U { String u(Object any) { return ((Item) any).label(); } }", &[Label, Class]),
        (
            "class U extends Item { U() { super(\"x\"); } String u() { return label(); } }",
            &[Label, Class, Making],
        ),
        (
            "class U extends Item { U() { super(\"x\"); } String u() { return super.label(); } }",
            &[Label, Class, Making],
        ),
        (
            "class U extends Item { U() { super(\"x\"); } @Override public String label() { return \"\"; } }",
            &[Label, Class, Making],
        ),
        (
            "class U { Object u() { return new Item(\"x\") { String u() { return label(); } }; } }",
            &[Label, Class, Making],
        ),
        (
            "class U { Object u() { return new Item(\"x\") { @Override public String label() { return \"\"; } }; } }",
            &[Label, Class, Making],
        ),
        ("class U { java.util.function.Function<Item, String> u = Item::label; }", &[Label, Class]),
        (
            "class U { void u(java.util.List<Item> all) { for (Item item : all) { item.label(); } } }",
            &[Label, Class],
        ),
        (
            "class U { class V { Item item; } String u(V inner) { return inner.item.label(); } }",
            &[Label, Class],
        ),
        ("class U { void u(Stock stock) { stock.first().put(\"x\"); } }", &[Put]),
        ("class U { void u(Item item, String key) { item.put(\"n\" + key); } }", &[Put, Class]),
        ("class U { int u(Stock stock) { return stock.first().size(); } }", &[Size]),
        ("class U { void u(Item item) { int size = item.size(); } }", &[Size, Class]),
        ("class U { int size; void u(Stock stock) { size = stock.best.size(); } }", &[Size]),
        ("class U { int u() { return Item.LIMIT; } }", &[Limit, Class]),
        ("class U { String u(Item item) { return item.code; } }", &[Code, Class]),
        ("class U { void u(Stock stock) { stock.first().code = \"x\"; } }", &[Code]),
        ("class U { Object u() { return new Item(\"x\"); } }", &[Making, Class]),
        ("class U { boolean u(Object any) { return any instanceof Item; } }", &[Class]),
        ("class U { Object u = Item.class; }", &[Class]),
        ("class U { java.util.List<Item> all; }", &[Class]),
        ("class U extends Half { public void draw() {} }", &[Frames, Parts]),
        (
            "class U extends Half { public void draw() {} public void erase() {} public int height() { return 1; } }",
            &[],
        ),
        ("class U { Object u() { return new Half() { public void draw() {} }; } }", &[Frames, Parts]),
        ("class U implements Part { public int weight() { return 1; } }", &[Parts]),
        ("class U { Part u() { return new Part() { public int weight() { return 1; } }; } }", &[Parts]),
        ("class U { String label() { return \"\"; } String u() { return label(); } }", &[]),
        ("class U { String code; String u() { return code; } }", &[]),
        ("class U { Object u(Stock stock) { return stock.first(); } }", &[]),
        ("class U { String u(Class<?> item) { return item.getName(); } }", &[]),
    ]
}

/// A file of another package that imports what it names.
fn user(at: usize, body: &str) -> String {
    let named = ["Item", "Frame", "Part"]
        .into_iter()
        .filter(|name| body.split(|char: char| !char.is_alphanumeric()).any(|word| word == *name));
    let imports: String = named.map(|name| format!("import shop.model.{name};\n")).collect();
    // One statement a line, as people write.
    let body = body.replace("class U ", &format!("class U{at} ")).replace("U()", &format!("U{at}()"));
    let body = body.replace("; ", ";\n    ").replace("{ ", "{\n    ").replace(" }", "\n}");
    format!("package shop;\n\n{imports}\n{body}\n")
}

/// One branch makes the change, the other all uses, each in a file of its own.
fn pairs(edits: &Edits) -> Case {
    let paths = [ITEM_PATH, FRAME_PATH, PART_PATH, STOCK_PATH, "src/main/java/shop/Half.java"];
    let base = paths.into_iter().zip([ITEM, FRAME, PART, STOCK, HALF]);
    let base = base.map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let kept = edits.iter().filter_map(|(path, text)| Some(((*path).to_owned(), text.clone()?))).collect();
    let gone = edits.iter().filter(|(_, text)| text.is_none()).map(|(path, _)| (*path).to_owned()).collect();
    let made = uses().into_iter().enumerate().map(|(at, (body, _))| (path_of(at), user(at, body))).collect();
    let branches = vec![("a".to_owned(), kept, gone), ("b".to_owned(), made, BTreeSet::new())];
    Case { base, branches, declared: String::new(), history: Vec::new() }
}

fn path_of(at: usize) -> String {
    format!("src/main/java/shop/U{at}.java")
}

#[test]
fn each_change_breaks_what_uses_it_and_nothing_else() {
    let mut wrong = String::new();
    for (change, breaks, edits) in changes() {
        let findings = pairs(&edits).check().findings;
        for (at, (body, broken_by)) in uses().into_iter().enumerate() {
            let path = RepoPath::from(path_of(at).as_str());
            let is_here = |finding: &&Finding| finding.sites.iter().any(|site| site.path == path);
            let denied = findings.iter().filter(|finding| finding.level == Level::Deny).filter(is_here);
            let denied: Vec<&str> = denied.map(|finding| finding.message.as_str()).collect();
            if denied.is_empty() == broken_by.contains(&breaks) {
                writeln!(wrong, "{change}: {body}\n    {denied:?}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
