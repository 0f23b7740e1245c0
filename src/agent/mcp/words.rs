//! The tools in the words of a shell, for agents that have one: `handoff status=done summary='…'`.
//!
//! What such an agent is told of its tools is one line of its prompt instead of every schema. The schemas
//! of the tools say what each key takes, so both ways ask for the same.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::tools::{Tools, list};
use super::{Asked, brief};

/// What every tool's name begins with; in a shell it may be left out.
const PREFIX: &str = "orca_";

/// The tools with what they take and mean, one a line.
pub fn described(tools: Tools) -> String {
    let mut text = String::new();
    for tool in list(tools) {
        let name = tool["name"].as_str().unwrap_or_default();
        _ = write!(text, "{}", name.trim_start_matches(PREFIX));
        let required = tool["inputSchema"]["required"].as_array();
        let is_required = |key: &str| required.is_some_and(|keys| keys.iter().any(|known| known == key));
        let (needed, further): (Vec<_>, Vec<_>) = properties(&tool).partition(|(key, _)| is_required(key));
        for (key, schema) in needed {
            _ = write!(text, " {}", taken(key, schema));
        }
        for (key, schema) in further {
            _ = write!(text, " [{}]", taken(key, schema));
        }
        _ = writeln!(text, "\n    {}", tool["description"].as_str().unwrap_or_default());
    }
    text.push_str(
        "\nKEY=TEXT may stand several times where '…' follows. All keys at once: one argument of JSON.\n",
    );
    text
}

fn properties(tool: &Value) -> impl Iterator<Item = (&String, &Value)> {
    tool["inputSchema"]["properties"].as_object().into_iter().flatten()
}

fn taken(key: &str, schema: &Value) -> String {
    let words = |values: &Vec<Value>| values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|");
    match (schema["enum"].as_array(), schema["type"].as_str().unwrap_or_default()) {
        (Some(values), _) => format!("{key}={}", words(values)),
        (None, "array") if schema["items"]["type"] == "object" => format!("{key}: JSON alone"),
        (None, "array") => format!("{key}=TEXT…"),
        (None, "object") => {
            format!("{key}.KEY=TEXT… ({})", schema["description"].as_str().unwrap_or_default())
        }
        (None, "integer") => format!("{key}=NUMBER"),
        (None, "boolean") => format!("{key}=true|false"),
        _ => format!("{key}=TEXT"),
    }
}

/// Reads a call; a complaint is a sentence that an agent can act on.
pub fn asked_in_words(name: &str, words: &[String], tools: Tools) -> Result<Asked, String> {
    let is_named = |tool: &Value| {
        let known = tool["name"].as_str().unwrap_or_default();
        known == name || known.strip_prefix(PREFIX) == Some(name)
    };
    let Some(tool) = list(tools).into_iter().find(is_named) else {
        let known: Vec<String> = list(tools).iter().map(short_name).collect();
        return Err(format!("there is no tool '{}', only {}", brief(name), known.join(", ")));
    };
    let arguments = match words {
        [word] if word.trim_start().starts_with('{') => {
            serde_json::from_str(word).map_err(|error| format!("this is no JSON: {error}"))?
        }
        words => Value::Object(gathered(&tool, words)?),
    };
    Ok(Asked { name: tool["name"].as_str().unwrap_or_default().to_owned(), arguments })
}

fn short_name(tool: &Value) -> String {
    tool["name"].as_str().unwrap_or_default().trim_start_matches(PREFIX).to_owned()
}

fn gathered(tool: &Value, words: &[String]) -> Result<Map<String, Value>, String> {
    let mut arguments = Map::new();
    for word in words {
        let Some((key, text)) = word.split_once('=') else {
            return Err(format!("'{}' is no KEY=TEXT", brief(word)));
        };
        let (key, below) = key.split_once('.').map_or((key, None), |(key, below)| (key, Some(below)));
        let Some((_, schema)) = properties(tool).find(|(known, _)| *known == key) else {
            let known: Vec<&str> = properties(tool).map(|(known, _)| known.as_str()).collect();
            return Err(format!(
                "'{}' takes no '{}', only {}",
                short_name(tool),
                brief(key),
                known.join(", ")
            ));
        };
        let is_list = schema["type"] == "array" || below.is_some();
        let (place, slot) = match below {
            Some(below) => (below_of(&mut arguments, key), below),
            None => (&mut arguments, key),
        };
        put(place, slot, value(schema, text), is_list).map_err(|()| format!("'{key}' is given twice"))?;
    }
    Ok(arguments)
}

/// The object at a key, where there is none yet an empty one.
fn below_of<'a>(arguments: &'a mut Map<String, Value>, key: &str) -> &'a mut Map<String, Value> {
    let slot = arguments.entry(key).or_insert_with(|| Map::new().into());
    if !slot.is_object() {
        *slot = Map::new().into();
    }
    slot.as_object_mut().expect("it was just made one")
}

fn put(place: &mut Map<String, Value>, key: &str, value: Value, is_list: bool) -> Result<(), ()> {
    match place.get_mut(key) {
        Some(Value::Array(items)) if is_list => items.push(value),
        Some(_) => return Err(()),
        None if is_list => _ = place.insert(key.to_owned(), vec![value].into()),
        None => _ = place.insert(key.to_owned(), value),
    }
    Ok(())
}

/// A text as its schema wants it; what does not fit stays a text, which the tool then complains of.
fn value(schema: &Value, text: &str) -> Value {
    match schema["type"].as_str() {
        Some("integer" | "boolean") => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(words: &[&str], expected: Result<Value, &str>) {
        let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
        let asked = asked_in_words(&words[0], &words[1..], Tools::Specialist);
        assert_eq!(asked.map(|asked| asked.arguments), expected.map_err(str::to_owned), "{words:?}");
    }

    #[test]
    fn words_say_what_json_says() {
        check(&["check"], Ok(json!({})));
        check(&["orca_check"], Ok(json!({})));
        check(
            &["context", "kind=interfaces", "names=A", "names=B=C", "max_tokens=50"],
            Ok(json!({"kind": "interfaces", "names": ["A", "B=C"], "max_tokens": 50})),
        );
        check(
            &["handoff", "status=done", "summary=It's", "notes.critical=a", "notes.critical=b"],
            Ok(json!({"status": "done", "summary": "It's", "notes": {"critical": ["a", "b"]}})),
        );
        check(&["handoff", r#" {"status":"done"}"#], Ok(json!({"status": "done"})));
        check(&["publish_interface", "breaking=perhaps"], Ok(json!({"breaking": "perhaps"})));
    }

    #[test]
    fn a_slip_is_answered_with_what_was_possible() {
        let tools = "task, context, check, publish_interface, request_change, handoff";
        check(&["plan"], Err(&format!("there is no tool 'plan', only {tools}")));
        check(&["check", "x"], Err("'x' is no KEY=TEXT"));
        check(&["task", "tsk=x"], Err("'task' takes no 'tsk', only task"));
        check(&["task", "task=x", "task=y"], Err("'task' is given twice"));
        check(&["task", "{"], Err("this is no JSON: EOF while parsing an object at line 1 column 1"));
        // A text and something below it cannot both be.
        check(&["handoff", "notes=a", "notes.critical=b"], Ok(json!({"notes": {"critical": ["b"]}})));
    }

    #[test]
    fn every_tool_is_told_with_all_it_takes() {
        let told = described(Tools::All);
        assert!(
            told.contains("\nhandoff status=done|partial|blocked summary=TEXT [dependencies=TEXT…] "),
            "{told}"
        );
        assert!(told.contains("[notes.KEY=TEXT… (critical, optimization, limitation: lists)]"), "{told}");
        assert!(told.contains("\nplan tasks: JSON alone [request=TEXT]\n"), "{told}");
    }
}
