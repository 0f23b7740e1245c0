//! Aider, which speaks to people: `Tokens: 1.2k sent, 100 received. Cost: $0.01 message, …`.

use super::{add_usage, trouble_of_words};
use crate::model::{Account, Usage};

pub(super) fn line(account: &mut Account, line: &str) {
    if let Some(counts) = line.strip_prefix("Tokens: ") {
        let count = |what: &str| {
            let before = counts.split(what).next().filter(|before| before.len() < counts.len())?;
            count_of(before.rsplit([',', ' ']).find(|word| !word.is_empty())?)
        };
        let (input, output) = (count(" sent").unwrap_or(0), count(" received").unwrap_or(0));
        account.turns += 1;
        add_usage(account, Usage { input, output, ..Usage::default() });
    } else if line.starts_with("litellm.") {
        account.trouble = Some(trouble_of_words(line));
    }
}

/// Reads `100`, `1.2k` or `3M`.
fn count_of(text: &str) -> Option<u64> {
    let (digits, factor) = match text.as_bytes().last()? {
        b'k' => (&text[..text.len() - 1], 1e3),
        b'M' => (&text[..text.len() - 1], 1e6),
        _ => (text, 1.0),
    };
    let count: f64 = digits.parse().ok()?;
    (0.0..1e12).contains(&count).then(|| (count * factor).round() as u64)
}
