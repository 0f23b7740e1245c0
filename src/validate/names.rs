//! What names and texts have in common across spellings.

use std::collections::BTreeMap;

/// The words of a name, lower-cased: `userId`, `user_id` and `UserID` are all `user`, `id`.
pub(super) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = Vec::new();
    let mut word = String::new();
    for (idx, &char) in chars.iter().enumerate() {
        if !char.is_alphanumeric() {
            words.push(std::mem::take(&mut word));
            continue;
        }
        let after_lower = idx > 0 && (chars[idx - 1].is_lowercase() || chars[idx - 1].is_numeric());
        let before_lower = chars.get(idx + 1).is_some_and(|next| next.is_lowercase());
        let starts = char.is_uppercase() && (after_lower || before_lower);
        if starts {
            words.push(std::mem::take(&mut word));
        }
        word.extend(char.to_lowercase());
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// `user_id` as JSON writes it by default in many languages: `userId`.
pub(super) fn lower_camel(name: &str) -> String {
    let mut camel = String::new();
    for (position, part) in name.split('_').filter(|part| !part.is_empty()).enumerate() {
        let mut chars = part.chars();
        match chars.next() {
            Some(first) if position > 0 => camel.extend(first.to_uppercase().chain(chars)),
            Some(first) => camel.extend(std::iter::once(first).chain(chars)),
            None => {}
        }
    }
    camel
}

/// One spelling for all spellings of a name.
pub(super) fn norm(name: &str) -> String {
    words(name).concat()
}

/// What a type name speaks of: its spelling without the marks of a layer.
pub(super) fn concept(name: &str) -> String {
    const LAYERS: [&str; 7] = ["dto", "model", "schema", "payload", "entity", "request", "response"];
    let mut words = words(name);
    let hungarian = name.starts_with('I') && words.len() > 1 && words[0] == "i";
    if hungarian {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|last| LAYERS.contains(&last.as_str())) {
        words.pop();
    }
    words.concat()
}

/// Which way a message goes, if the name of its type says so.
pub(super) fn direction(name: &str) -> Option<&'static str> {
    let words = words(name);
    ["request", "response"].into_iter().find(|direction| words.iter().any(|word| word == direction))
}

/// Whether two field names probably mean one thing: an abbreviation, a prefix or a known synonym.
pub(super) fn akin(left: &str, right: &str) -> bool {
    const SYNONYMS: [(&str, &str); 6] = [
        ("id", "identifier"),
        ("ts", "timestamp"),
        ("msg", "message"),
        ("qty", "quantity"),
        ("addr", "address"),
        ("desc", "description"),
    ];
    let (left, right) = (norm(left), norm(right));
    let (short, long) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let synonym = SYNONYMS.contains(&(short.as_str(), long.as_str()));
    let prefix = short.len() >= 2 && short != "id" && long.starts_with(&short);
    synonym || prefix || is_abbreviation(&short, &long) || is_misspelt(&short, &long)
}

/// Whether a name is another one without its vowels and some more: `cfg` for `config`.
fn is_abbreviation(short: &str, long: &str) -> bool {
    let vowels = ['a', 'e', 'i', 'o', 'u'];
    if short.len() < 3 || short.contains(vowels) || short.chars().next() != long.chars().next() {
        return false;
    }
    let mut rest = long.chars();
    short.chars().all(|wanted| rest.any(|char| char == wanted))
}

/// Whether two long names differ in one letter of three at most, and in two at all.
fn is_misspelt(short: &str, long: &str) -> bool {
    let (short, long): (Vec<char>, Vec<char>) = (short.chars().collect(), long.chars().collect());
    let most = 2.min(long.len() / 3);
    if long.len() < 5 || long.len() > 64 || long.len() - short.len() > most || short.first() != long.first() {
        return false;
    }
    distance(&short, &long) <= most
}

/// How many letters have to be added, removed or replaced.
fn distance(left: &[char], right: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, left) in left.iter().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], at + 1);
        for (idx, right) in right.iter().enumerate() {
            let replaced = corner + usize::from(left != right);
            corner = row[idx + 1];
            row[idx + 1] = replaced.min(corner + 1).min(row[idx] + 1);
        }
    }
    row[right.len()]
}

/// Whether `text` holds `word` as a word of its own.
pub(super) fn has_word(text: &str, word: &str) -> bool {
    find_words(text, word).next().is_some()
}

/// Where `word` stands in `text` as a word of its own.
pub(super) fn find_words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let part = |char: char| char.is_alphanumeric() || char == '_' || char == '$';
    text.match_indices(word).map(|(start, _)| start).filter(move |&start| {
        !word.is_empty() && !text[..start].ends_with(part) && !text[start + word.len()..].starts_with(part)
    })
}

/// How much of two declarations is the same, from 0 to 1, whatever they are called.
pub(super) fn similarity(left: &str, left_name: &str, right: &str, right_name: &str) -> f64 {
    let left = tokens(left, left_name);
    let mut rest: BTreeMap<&str, usize> = BTreeMap::new();
    let right = tokens(right, right_name);
    for token in &right {
        *rest.entry(token).or_default() += 1;
    }
    let mut shared = 0_usize;
    for token in &left {
        if let Some(count) = rest.get_mut(token).filter(|count| **count > 0) {
            *count -= 1;
            shared += 1;
        }
    }
    match left.len() + right.len() {
        0 => 1.0,
        all => 2.0 * shared as f64 / all as f64,
    }
}

/// How much of a declaration is left in another one, from 0 to 1.
pub(super) fn kept(old: &str, new: &str) -> f64 {
    let (n_old, n_new) = (tokens(old, "").len(), tokens(new, "").len());
    similarity(old, "", new, "") * (n_old + n_new) as f64 / (2 * n_old).max(1) as f64
}

/// Identifiers, numbers and single signs of a declaration, without its own name.
fn tokens<'t>(text: &'t str, name: &str) -> Vec<&'t str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let part = |char: char| char.is_alphanumeric() || char == '_';
        let end = match rest.find(|char| !part(char)) {
            _ if !part(first) => first.len_utf8(),
            Some(end) => end,
            None => rest.len(),
        };
        let (token, tail) = rest.split_at(end);
        if token != name {
            tokens.push(token);
        }
        rest = tail.trim_start();
    }
    tokens
}

/// Whether hardly two libraries would have such a name.
pub(super) fn is_rare(name: &str) -> bool {
    let parts = words(name).len();
    parts > 2 || parts == 2 && name.len() >= 12
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_are_one() {
        for name in ["userId", "user_id", "UserID", "user-id", "USER_ID"] {
            assert_eq!(words(name), ["user", "id"], "{name}");
        }
        assert_eq!(words("HTTPServer2Go"), ["http", "server2", "go"]);
        assert_eq!(concept("IUserDTO"), concept("user_schema"));
        assert_eq!(concept("Item"), "item");
        assert_eq!(concept("Model"), "model");
    }

    #[test]
    fn kinship_is_narrow() {
        assert!(akin("op", "operation") && akin("ts", "timestamp") && akin("identifier", "id"));
        assert!(akin("cfg", "config") && akin("recieved_at", "receivedAt") && akin("colour", "color"));
        assert!(!akin("start", "state") && !akin("width", "depth") && !akin("min", "max"));
        assert!(!akin("name", "email") && !akin("id", "ideas") && !akin("a", "alpha"));
    }

    #[test]
    fn words_stand_alone() {
        assert!(has_word("load(user)", "user") && !has_word("loaduser", "user") && !has_word("", ""));
    }

    #[test]
    fn a_renamed_body_is_similar_and_a_new_one_is_not() {
        let old = "function a(x) { return x + 1; }";
        assert!(similarity(old, "a", "function b(x) { return x + 1; }", "b") > 0.99);
        assert!(similarity(old, "a", "class K { y = 'text' }", "K") < 0.5);
        assert!(kept(old, "function a(x) { check(x); log(x, y); return x + 1; }") > 0.99);
        assert!(kept(old, "class K {}") < 0.5);
    }
}
