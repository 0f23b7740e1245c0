//! End-to-end tests: the real binary on real repositories.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up may panic")]
#![expect(clippy::disallowed_methods, reason = "tests start programs")]

mod accounts;
mod active_main;
mod architecture;
mod bad_plan;
mod check;
mod check_fix;
mod check_formats;
mod checkouts;
mod clean;
mod completions;
mod compress;
mod context;
mod crash;
mod demo;
mod doctor;
mod export;
mod formats;
mod fuzz;
mod guard;
mod hook_command;
mod hooks;
mod init;
mod limits;
mod matrix;
mod mcp;
mod merge;
mod merge_file;
mod merge_run;
mod misbehaviour;
mod model;
mod orchestra;
mod places;
mod plan;
mod pr;
mod project;
mod real_agents;
mod report;
mod resolve;
mod resolver;
mod run;
mod sandbox;
mod scarcity;
mod single;
mod stage;
mod sync;
mod task;
mod trust;
mod unreadable;
mod watch;

/// A file that is not declared above would never run.
#[test]
fn every_file_here_is_declared() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let declared = std::fs::read_to_string(here.join("main.rs")).unwrap();
    for entry in std::fs::read_dir(here).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let module = name.trim_end_matches(".rs");
        if name.starts_with('.') {
            continue;
        }
        assert!(module == "main" || declared.contains(&format!("mod {module};")), "{name} is not declared");
    }
}
