//! What a run was, as a page.

use crate::project::expect;
use crate::stage::{Stage, writes};

/// A run of two waves whose words are no words of ours; the second task is sent back once.
fn hostile() -> Stage {
    let stage = Stage::new("");
    let plan = "version = 1\nrequest = \"<script>alert('{{run}}')</script> & more\"\n\
                [[task]]\nid = \"a\"\ntitle = \"</title><img src=x onerror=\\\"x\\\">\"\nspecialist = \"s\"\nscope = [\"src/a/**\"]\n\
                [[task]]\nid = \"b\"\ntitle = \"Part b\"\nspecialist = \"s\"\nscope = [\"src/b/**\"]\nafter = [\"a\"]\n\
                acceptance = [\"test -e src/b/again.txt\"]\n";
    std::fs::write(stage.at("plan.toml"), plan).unwrap();
    expect(&stage.sandbox.orca(&["plan", "--file", "../plan.toml"]), 0);
    stage.agent("a", &writes("a"));
    stage.agent(
        "b",
        &format!("{}\nif test \"$ORCA_ATTEMPT\" = 2; then touch src/b/again.txt; fi", writes("b")),
    );
    stage
}

#[test]
fn a_page_tells_what_the_text_tells_and_is_one_file() {
    let stage = hostile();
    let page = |file: &str| std::fs::read_to_string(stage.at(file)).unwrap();
    expect(&stage.sandbox.orca(&["report", "--html", "../before.html"]), 0);
    assert!(page("before.html").contains("Wave 2 <small>not landed</small>"), "{}", page("before.html"));
    stage.run_to_the_end();
    let told = stage.sandbox.orca(&["report", "--html", "../after.html"]);
    assert!(told.code == 0 && told.stdout.contains("2 of 2 tasks merged in 2 waves"), "{}", told.stdout);
    assert!(told.stderr.contains("after.html'"), "{}", told.stderr);
    let page = page("after.html");
    for said in [
        "<title>r1: &lt;script&gt;alert(&#39;{{run}}&#39;)&lt;/script&gt; &amp; more</title>",
        "2 of 2 tasks merged in 2 waves, ",
        "&lt;/title&gt;&lt;img src=x onerror=&quot;x&quot;&gt;",
        "<td class=\"good\">merged<td class=\"n\">2",
        "orchestrated</p>",
        "for one agent alone",
        "default-src 'none'",
    ] {
        assert!(page.contains(said), "{said} is not in\n{page}");
    }
    for foreign in ["<script", "<img", "<link", "<iframe", "http:", "https:", "url(", "@import"] {
        assert!(!page.contains(foreign), "{foreign} is in\n{page}");
    }
    let alone = stage.sandbox.orca(&["report", "--html", "-"]);
    assert!(alone.stdout.starts_with("<!doctype html>\n") && alone.stdout.ends_with("</html>\n"));
    let json = crate::project::json(&stage.sandbox, &["report", "--html", "../third.html"], "report");
    assert_eq!(json["tasks"][1]["attempts"], 2);
    let nowhere = stage.sandbox.orca(&["report", "--html", "README.md/x.html"]);
    assert!(nowhere.code == 3 && nowhere.stderr.contains("cannot write '"), "{}", nowhere.stderr);
}
