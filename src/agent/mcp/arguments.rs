//! Takes the arguments of a tool apart; each complaint is a sentence that an agent can act on.

use serde_json::Value;

/// The longest text and the longest list that are taken.
const LONGEST_TEXT: usize = 64 << 10;
const LONGEST_LIST: usize = 1_000;

pub(super) struct Arguments<'a>(pub(super) &'a Value);

impl Arguments<'_> {
    /// An optional text.
    pub(super) fn text(&self, key: &str) -> Result<Option<String>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= LONGEST_TEXT => Ok(Some(text.clone())),
            Some(Value::String(_)) => Err(format!("'{key}' has more than {LONGEST_TEXT} bytes")),
            Some(_) => Err(format!("'{key}' must be a text")),
        }
    }

    /// A text that says something.
    pub(super) fn require(&self, key: &str) -> Result<String, String> {
        let text = self.text(key)?.unwrap_or_default();
        if text.trim().is_empty() { Err(format!("'{key}' is missing")) } else { Ok(text.trim().to_owned()) }
    }

    /// Texts in a list; a single text is a list of one.
    pub(super) fn texts(&self, key: &str) -> Result<Vec<String>, String> {
        let wrong = || format!("'{key}' must be a list of texts");
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::String(_)) => Ok(self.text(key)?.into_iter().collect()),
            Some(Value::Array(items)) if items.len() <= LONGEST_LIST => {
                items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
            }
            Some(Value::Array(_)) => Err(format!("'{key}' has more than {LONGEST_LIST} entries")),
            Some(_) => Err(wrong()),
        }
    }

    /// A whole number above 0.
    pub(super) fn number(&self, key: &str) -> Result<Option<u64>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_u64().filter(|number| *number > 0) {
                Some(number) => Ok(Some(number)),
                None => Err(format!("'{key}' must be a whole number above 0")),
            },
        }
    }

    pub(super) fn flag(&self, key: &str) -> Result<bool, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(format!("'{key}' must be true or false")),
        }
    }

    /// The object below a key; what is not there is empty.
    pub(super) fn below(&self, key: &str) -> Result<Arguments<'_>, String> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(Arguments(&Value::Null)),
            Some(value @ Value::Object(_)) => Ok(Arguments(value)),
            Some(_) => Err(format!("'{key}' must be an object")),
        }
    }
}
