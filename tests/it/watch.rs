//! `git orca watch` tells how a run goes on, and ends with it.

use serde_json::Value;

use crate::stage::{Stage, part, signal, wait_for};

fn states(stage: &Stage) -> Vec<Value> {
    stage.said("watch").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The states of a task, one after the other.
fn course<'s>(states: &'s [Value], task: &str) -> Vec<&'s str> {
    let of = |state: &'s Value| {
        let tasks = state["data"]["status"]["tasks"].as_array().unwrap();
        tasks.iter().find(|found| found["id"] == task).and_then(|found| found["status"].as_str()).unwrap()
    };
    let mut course: Vec<&str> = states.iter().map(of).collect();
    course.dedup();
    course
}

#[test]
fn each_change_is_a_line_and_the_end_of_the_run_ends_it() {
    let stage = Stage::with_tasks("", &["a", "b"]);
    let mut watch = stage.start("watch", &["watch", "--format", "json"]);
    wait_for("the first look", || !stage.said("watch").is_empty());
    stage.run_to_the_end();
    assert!(watch.wait().unwrap().success());
    let states = states(&stage);
    assert!(states.iter().all(|state| state["kind"] == "watch"));
    let course = course(&states, "b");
    assert_eq!((course.first(), course.last()), (Some(&"pending"), Some(&"merged")));
    let last = &states[states.len() - 1]["data"];
    assert_eq!(last["status"]["conductor"], Value::Null);
    assert!(last["recent"][0]["subject"].is_string(), "{last}");
}

#[test]
fn it_ends_when_it_is_asked_to_and_changes_nothing() {
    let stage = Stage::new("");
    stage.plan(&[part("a")]);
    let before = stage.sandbox.state();
    let mut watch = stage.start("watch", &["watch", "--interval", "60"]);
    wait_for("the first look", || stage.said("watch").contains("nobody conducts it"));
    signal("INT", watch.id());
    assert_eq!(watch.wait().unwrap().code(), Some(130));
    assert_eq!(stage.said("watch").matches("nobody conducts it").count(), 1);
    assert_eq!(stage.sandbox.state(), before);
}
