//! Each way of speaking, by lines that the programs printed, shortened.

use super::*;

fn account_of(protocol: Protocol, log: &str) -> Account {
    read(protocol, log.as_bytes())
}

#[test]
fn claude_sums_up_what_each_result_adds() {
    let log = r#"{"type":"system","subtype":"init","session_id":"s-1","tools":["Read"]}
{"type":"assistant","message":{"content":[{"type":"text","text":"working"}]},"session_id":"s-1"}
{"duration_api_ms":2,"session_id":"s-1","total_cost_usd":0.012,"modelUsage":{"m":{"inputTokens":9000}},"permission_denials":[{"tool_name":"Write","tool_input":{"file_path":"/a/b.txt","content":"x"}}],"is_error":false,"num_turns":2,"subtype":"success","result":"half","type":"result","model_usage_since_last_result":{"m":{"inputTokens":2000,"outputTokens":200,"cacheReadInputTokens":30,"cacheCreationInputTokens":4,"thinkingTokens":7},"small":{"inputTokens":1}}}
not json
{"type":"result","subtype":"success","is_error":false,"num_turns":1,"result":"all done","total_cost_usd":0.02,"session_id":"s-1","model_usage_since_last_result":{"m":{"inputTokens":100,"outputTokens":10}}}
"#;
    let account = account_of(Protocol::Claude, log);
    let usage = Usage { input: 2135, output: 210, cached: 30, reasoning: 7, estimated: false };
    assert_eq!(account.usage, Some(usage));
    assert_eq!((account.turns, account.cost_micros), (3, Some(20_000)));
    assert_eq!(account.denials, ["Write /a/b.txt"]);
    assert_eq!(account.session.as_deref(), Some("s-1"));
    assert_eq!((account.answer.as_str(), account.trouble), ("all done", None));
}

#[test]
fn claude_says_success_when_its_service_refused_it() {
    let log = r#"{"type":"system","subtype":"api_retry","attempt":1,"error_status":401,"error":"authentication_failed","session_id":"s"}
{"is_error":true,"subtype":"success","api_error_status":401,"result":"Failed to authenticate","type":"result","num_turns":1,"modelUsage":{}}"#;
    let trouble = account_of(Protocol::Claude, log).trouble.unwrap();
    assert_eq!(trouble.to_string(), "is not logged in to its service: Failed to authenticate");
    assert_eq!(trouble.kind, TroubleKind::Login);
}

#[test]
fn claude_that_is_killed_leaves_no_result() {
    let log = r#"{"type":"system","subtype":"init","session_id":"s"}"#;
    assert_eq!(account_of(Protocol::Claude, log).trouble.unwrap().kind, TroubleKind::Broken);
    assert_eq!(account_of(Protocol::Claude, ""), Account::default());
}

#[test]
fn codex_counts_a_conversation_from_its_beginning() {
    let log = r#"{"type":"thread.started","thread_id":"t-1"}
{"type":"item.completed","item":{"id":"item_0","type":"error","message":"Model metadata not found"}}
{"type":"turn.started"}
{"type":"item.completed","item":{"id":"item_1","type":"agent_message","text":"done"}}
{"type":"turn.completed","usage":{"input_tokens":2000,"cached_input_tokens":400,"output_tokens":200,"reasoning_output_tokens":5}}"#;
    let account = account_of(Protocol::Codex, log);
    let usage = Usage { input: 2000, output: 200, cached: 400, reasoning: 5, estimated: false };
    assert_eq!((account.usage, account.counts_session), (Some(usage), true));
    assert_eq!((account.answer.as_str(), account.trouble), ("done", None));
    let failed = r#"{"type":"turn.failed","error":{"message":"unexpected status 429 Too Many Requests"}}"#;
    assert_eq!(account_of(Protocol::Codex, failed).trouble.unwrap().kind, TroubleKind::RateLimit);
}

#[test]
fn gemini_opencode_and_copilot() {
    let gemini = r#"{"type":"init","session_id":"g","model":"m"}
{"type":"tool_use","tool_name":"write_file","tool_id":"write_file__write_file_1_0","parameters":{"file_path":"/w/stray.txt","content":"x"}}
{"type":"tool_result","tool_id":"write_file__write_file_1_0","status":"error","output":"Tool execution denied by policy.","error":{"type":"policy_violation","message":"Tool execution denied by policy."}}
{"type":"tool_use","tool_name":"write_file","tool_id":"write_file__write_file_2_0","parameters":{"file_path":"/w/a.txt","content":"x"}}
{"type":"tool_result","tool_id":"write_file__write_file_2_0","status":"success"}
{"type":"message","role":"assistant","content":"do","delta":true}
{"type":"message","role":"assistant","content":"ne","delta":true}
{"type":"result","status":"success","stats":{"input_tokens":50,"output_tokens":6,"cached":20}}"#;
    let account = account_of(Protocol::Gemini, gemini);
    assert_eq!(account.usage, Some(Usage { input: 50, output: 6, cached: 20, ..Usage::default() }));
    assert_eq!((account.answer.as_str(), account.denials), ("done", vec!["write_file".to_owned()]));
    let opencode = r#"{"type":"tool_use","sessionID":"o","part":{"tool":"write","state":{"status":"error","input":{"filePath":"/w/stray.txt"},"error":"The user has specified a rule which prevents you from using this specific tool call."}}}
{"type":"tool_use","sessionID":"o","part":{"tool":"bash","state":{"status":"error","input":{"command":"false"},"error":"it failed"}}}
{"type":"step_finish","sessionID":"o","part":{"tokens":{"input":10,"output":2,"reasoning":1,"cache":{"read":5,"write":3}},"cost":0.5}}
{"type":"step_finish","sessionID":"o","part":{"tokens":{"input":1,"output":1,"reasoning":0,"cache":{"read":0,"write":0}},"cost":0.25}}"#;
    let account = account_of(Protocol::Opencode, opencode);
    assert_eq!(
        account.usage,
        Some(Usage { input: 19, output: 3, cached: 5, reasoning: 1, estimated: false })
    );
    assert_eq!((account.turns, account.cost_micros, account.first_request), (2, Some(750_000), Some(18)));
    assert_eq!(account.denials, ["write /w/stray.txt"]);
    let copilot = r#"{"type":"tool.execution_complete","data":{"success":false,"error":{"message":"Permission to run this tool was denied due to the following rules: `shell(git push)`","code":"denied"}}}
{"type":"tool.execution_complete","data":{"success":false,"error":{"message":"Path already exists","code":"failure"}}}
{"type":"assistant.message","data":{"content":"hello"}}
{"type":"result","sessionId":"c","exitCode":0}"#;
    let account = account_of(Protocol::Copilot, copilot);
    assert_eq!((account.answer.as_str(), account.session.as_deref()), ("hello", Some("c")));
    assert_eq!(account.denials, ["shell(git push)"]);
}

#[test]
fn aider_speaks_to_people() {
    let log = "Aider v0.86\nTokens: 1.2k sent, 100 received. Cost: $0.01 message, $0.01 session.\nTokens: 800 sent, 2M received.\n";
    let account = account_of(Protocol::Aider, log);
    assert_eq!(account.usage, Some(Usage { input: 2000, output: 2_000_100, ..Usage::default() }));
    assert_eq!(account.turns, 2);
}

#[test]
fn garbage_says_nothing() {
    for protocol in
        [Protocol::Codex, Protocol::Gemini, Protocol::Opencode, Protocol::Copilot, Protocol::Aider]
    {
        let garbage = "\u{0}\u{7}[[[{\"type\":{}}\n{\"type\":\"result\"\n5\nnull\nTokens: x sent\n";
        let account = account_of(protocol, garbage);
        assert_eq!(account.session, None, "{protocol:?}");
        assert_eq!(account.answer, "", "{protocol:?}");
    }
    assert_eq!(account_of(Protocol::None, "{\"type\":\"result\"}"), Account::default());
}
