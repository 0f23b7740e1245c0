//! Fills the placeholders of a preset in one pass, so that a value which itself holds `{task}`
//! stays as it is.
//!
//! `{name}` is a value. `{when_name:text}` and `{unless_name:text}` are their text or nothing.
//! `{each_name:text}` is its text once for each item of a list, with the item for `%`. All other
//! braces are the text's own, such as those of JSON.

/// What placeholders stand for.
#[derive(Default)]
pub(super) struct Values {
    pub(super) texts: Vec<(&'static str, String)>,
    pub(super) lists: Vec<(&'static str, Vec<String>)>,
    pub(super) flags: Vec<(&'static str, bool)>,
}

/// Where a filled text will stand.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Into {
    /// An argument or a variable: values stay as they are.
    Plain,
    /// A file of JSON or TOML, where values stand between double quotes.
    Quotes,
}

/// Fills every placeholder that is known.
pub(super) fn fill(text: &str, values: &Values, into: Into) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(brace) = rest.find('{') {
        let (before, from) = rest.split_at(brace);
        filled.push_str(before);
        match placeholder(from).and_then(|(inside, after)| Some((value(inside, values, into)?, after))) {
            Some((value, after)) => {
                filled.push_str(&value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = &from[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// What stands between the brace that `from` begins with and its partner, and what follows.
fn placeholder(from: &str) -> Option<(&str, &str)> {
    let mut depth = 0;
    let end = from.bytes().position(|byte| {
        depth += i32::from(byte == b'{') - i32::from(byte == b'}');
        depth == 0
    })?;
    Some((&from[1..end], &from[end + 1..]))
}

fn value(inside: &str, values: &Values, into: Into) -> Option<String> {
    let Some((verb, text)) = inside.split_once(':') else {
        let (_, value) = values.texts.iter().find(|(name, _)| *name == inside)?;
        return Some(escaped(value, into));
    };
    let flag = |name: &str| values.flags.iter().find(|(known, _)| *known == name).map(|(_, set)| *set);
    if let Some(name) = verb.strip_prefix("when_") {
        return flag(name).map(|set| if set { fill(text, values, into) } else { String::new() });
    }
    if let Some(name) = verb.strip_prefix("unless_") {
        return flag(name).map(|set| if set { String::new() } else { fill(text, values, into) });
    }
    let name = verb.strip_prefix("each_")?;
    let (_, items) = values.lists.iter().find(|(known, _)| *known == name)?;
    let text = fill(text, values, into);
    // What lists are for is always quoted: rules of a policy.
    Some(items.iter().map(|item| text.replace('%', &escaped(item, Into::Quotes))).collect())
}

fn escaped(value: &str, into: Into) -> String {
    match into {
        Into::Plain => value.to_owned(),
        // A string of JSON is one of TOML too.
        Into::Quotes => {
            let quoted = serde_json::Value::from(value).to_string();
            quoted[1..quoted.len() - 1].to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        Values {
            texts: vec![("task", "{run}".to_owned()), ("run", "r\"7".to_owned())],
            lists: vec![("scope", vec!["src/**".to_owned(), "a\"b".to_owned()])],
            flags: vec![("confined", true)],
        }
    }

    #[test]
    fn only_known_placeholders_are_replaced_and_only_once() {
        let check = |text: &str, expected: &str| assert_eq!(fill(text, &values(), Into::Plain), expected);
        check("{task}", "{run}");
        check("--x={run}/{run}", "--x=r\"7/r\"7");
        check(r#"{"a":{"b":1}}"#, r#"{"a":{"b":1}}"#);
        check("{{run}}", "{r\"7}");
        check("{", "{");
        check("ä{ru", "ä{ru");
        check("{unknown} {when_x:y} {each_x:%}", "{unknown} {when_x:y} {each_x:%}");
    }

    #[test]
    fn conditions_and_lists() {
        let check = |text: &str, expected: &str| assert_eq!(fill(text, &values(), Into::Quotes), expected);
        check("[{when_confined:yes {run}}{unless_confined:no}]", "[yes r\\\"7]");
        check(r#"[{each_scope:"Edit(./%)", }"Read"]"#, r#"["Edit(./src/**)", "Edit(./a\"b)", "Read"]"#);
        check("{each_scope:{task}%;}", "{run}src/**;{run}a\\\"b;");
    }
}
