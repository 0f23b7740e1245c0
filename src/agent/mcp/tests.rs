use serde_json::{Value, json};

use super::*;
use crate::model::HandoffStatus;

/// Answers a line with tools that do nothing; the call that was asked for comes with it.
fn talk(line: &str) -> (Option<Value>, Option<Result<ToolCall, String>>) {
    let mut call = None;
    let answer = respond(line.as_bytes(), Tools::All, &mut |asked| {
        let through = Asked::from_line(&asked.to_line()).unwrap();
        assert_eq!(through, *asked);
        call = Some(asked.call());
        ToolAnswer::done("ok")
    });
    (answer.map(|text| serde_json::from_str(&text).unwrap()), call)
}

fn asked(name: &str, arguments: Value) -> Result<ToolCall, String> {
    let line =
        json!({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":name,"arguments":arguments}});
    talk(&line.to_string()).1.unwrap()
}

#[test]
fn a_handshake_is_answered_in_the_clients_version_where_it_is_known() {
    let shake = |version: &str| {
        let line =
            json!({"jsonrpc":"2.0","id":"a","method":"initialize","params":{"protocolVersion":version}});
        talk(&line.to_string()).0.unwrap()
    };
    assert_eq!(shake("2025-06-18")["result"]["protocolVersion"], "2025-06-18");
    assert_eq!(shake("2099-01-01")["result"]["protocolVersion"], NEWEST);
    assert_eq!(shake("2025-06-18")["id"], "a");
}

#[test]
fn whatever_comes_is_answered_or_passed_over() {
    let code = |line: &str| talk(line).0.map(|answer| answer["error"]["code"].clone());
    assert_eq!(code("garbage"), Some((-32700).into()));
    assert_eq!(code("{\"jsonrpc\""), Some((-32700).into()));
    assert_eq!(code("[]"), Some((-32600).into()));
    assert_eq!(code("7"), Some((-32600).into()));
    assert_eq!(code("{\"id\":1}"), Some((-32600).into()));
    assert_eq!(code(r#"{"id":1,"method":"server/discover"}"#), Some((-32601).into()));
    assert_eq!(code(r#"{"id":1,"method":"tools/call","params":{"name":"rm"}}"#), Some((-32602).into()));
    assert_eq!(code(r#"{"id":1,"method":"tools/call"}"#), Some((-32602).into()));
    assert_eq!(code(r#"{"method":"notifications/initialized"}"#), None);
    assert_eq!(code(r#"{"id":1,"result":{}}"#), None);
    assert_eq!(code(&"[".repeat(100_000)), Some((-32700).into()));
    let batch = talk(r#"[{"id":1,"method":"ping"},{"method":"x"},{"id":2,"method":"ping"}]"#).0.unwrap();
    assert_eq!(batch.as_array().unwrap().len(), 2);
}

#[test]
fn every_tool_is_listed_with_a_schema_and_read() {
    let names = |tools: Tools| -> Vec<String> {
        list_of(tools).iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(Tools::All).len(), 7);
    assert!(!names(Tools::Specialist).contains(&"orca_plan".to_owned()));
    assert_eq!(names(Tools::Orchestrator), ["orca_task", "orca_context", "orca_plan"]);
    for tool in list_of(Tools::All) {
        assert_eq!(tool["inputSchema"]["type"], "object", "{tool}");
        assert_eq!(tool["annotations"]["destructiveHint"], false, "{tool}");
        let error = asked(tool["name"].as_str().unwrap(), json!({})).err().unwrap_or_default();
        assert!(!error.starts_with("there is no tool"), "{error}");
    }
}

fn list_of(tools: Tools) -> Vec<Value> {
    let line = br#"{"id":1,"method":"tools/list"}"#;
    let answer = respond(line, tools, &mut |_| ToolAnswer::done("")).unwrap();
    serde_json::from_str::<Value>(&answer).unwrap()["result"]["tools"].as_array().unwrap().clone()
}

#[test]
fn arguments_are_read_or_complained_about() {
    let said = asked(
        "orca_handoff",
        json!({"status": "done", "summary": "s", "interfaces": ["type X = {a}"], "notes": {"critical": ["c"]}}),
    );
    let Ok(ToolCall::Handoff(notes)) = said else { panic!("{said:?}") };
    assert_eq!((notes.status, notes.provides.len()), (HandoffStatus::Complete, 1));
    assert_eq!(notes.notes, [("critical".to_owned(), "c".to_owned())]);
    let complaint = |name: &str, arguments: Value| asked(name, arguments).unwrap_err();
    assert_eq!(
        complaint("orca_handoff", json!({"status": "fine", "summary": "s"})),
        "status: 'fine' is not done, partial or blocked"
    );
    assert_eq!(complaint("orca_handoff", json!({"status": "done"})), "'summary' is missing");
    assert_eq!(
        complaint("orca_request_change", json!({"target": 3, "reason": "r"})),
        "'target' must be a text"
    );
    assert_eq!(complaint("orca_context", json!({"names": [1]})), "'names' must be a list of texts");
    assert_eq!(complaint("orca_context", json!([])), "the arguments must be an object");
    assert!(
        complaint("orca_publish_interface", json!({"kind": "class", "name": "X", "signature": "s"}))
            .contains("kind 'class'")
    );
}

#[test]
fn a_plan_becomes_a_plan_file() {
    let tasks = json!([{"id": "a", "title": "A \"b\"\n", "agent": "x", "scope": "src/**", "acceptance": ["make"], "estimate_tokens": 5}]);
    let Ok(ToolCall::Plan(PlanText(text))) = asked("orca_plan", json!({"request": "r", "tasks": tasks}))
    else {
        panic!()
    };
    let table: toml::Table = text.parse().unwrap();
    let task = &table["task"][0];
    assert_eq!(task["title"].as_str(), Some("A \"b\"\n"));
    assert_eq!((task["specialist"].as_str(), task["scope"][0].as_str()), (Some("x"), Some("src/**")));
    assert!(asked("orca_plan", json!({"tasks": [{"id": {"x": 1}}]})).is_err());
    assert!(asked("orca_plan", json!({"tasks": "all"})).is_err());
}
