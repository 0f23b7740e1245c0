//! What a TypeScript type as written is made of. No name is looked up here.

/// A type by its outermost form.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Form<'t> {
    Union(Vec<&'t str>),
    /// All of these at once: `A & B`.
    Both(Vec<&'t str>),
    List(&'t str),
    /// An array whose places have types of their own.
    Tuple(Vec<&'t str>),
    Function,
    /// The members of an object: name, whether it may be missing, and type.
    Object(Vec<(&'t str, bool, &'t str)>),
    /// A text or a number as a type of its own.
    Literal(&'t str),
    /// A text or a number that is written out and whose content says nothing.
    Some(&'static str),
    Name(&'t str, Vec<&'t str>),
    /// `Type['key']`.
    Lookup(&'t str, &'t str),
    /// `import('./module').Name`.
    Imported(&'t str, &'t str),
    /// `typeof name.field`.
    TypeOf(&'t str),
    Other,
}

pub(super) fn form(text: &str) -> Form<'_> {
    let text = text.trim().trim_start_matches(['|', '&']).trim();
    if has_outside(text, "=>") {
        return if text.contains(" is ") { Form::Other } else { Form::Function };
    }
    if has_outside(text, "?") || has_outside(text, " extends ") {
        return Form::Other;
    }
    let parts = split(text, &['|']);
    if parts.len() > 1 {
        return Form::Union(parts);
    }
    let parts = parts_of_both(text);
    if parts.len() > 1 {
        return Form::Both(parts);
    }
    if let Some(list) = text.strip_prefix("readonly ") {
        return form(list);
    }
    if let Some(element) = text.strip_suffix("[]") {
        return Form::List(element);
    }
    match text.chars().next() {
        Some('(') if closes_at_end(text) => form(&text[1..text.len() - 1]),
        Some('[') if closes_at_end(text) => Form::Tuple(split(&text[1..text.len() - 1], &[','])),
        Some('{') if closes_at_end(text) => object(&text[1..text.len() - 1]),
        Some('\'' | '"') => literal(text),
        Some('`')
            if text.len() > 1 && text.find('`') == Some(0) && text[1..].find('`') == Some(text.len() - 2) =>
        {
            Form::Some("string")
        }
        Some('-' | '0'..='9') => literal(text),
        _ if text.ends_with(']') => lookup(text),
        _ => name(text),
    }
}

/// The types of what a function takes, as it is written; none where more of them may come.
pub(super) fn params_of(text: &str) -> Option<Vec<&str>> {
    let text = text.trim();
    let mut depth = 0_usize;
    let closes = |char: char| {
        match char {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return false,
        }
        depth == 0
    };
    let end = text.find(closes)? + 1;
    let (list, rest) = text.split_at(end);
    if !rest.trim_start().starts_with("=>") || !list.starts_with('(') {
        return None;
    }
    let params = split(&list[1..list.len() - 1], &[',']).into_iter();
    let params = params.filter(|param| !param.is_empty() && !param.starts_with("this:"));
    params
        .take_while(|param| !param.starts_with("..."))
        .map(|param| {
            param.split_once(':').filter(|(name, _)| !name.ends_with('?')).map_or("_", |(_, ty)| ty.trim())
        })
        .map(Some)
        .collect()
}

/// What all holds at once of a type as written: the parts of `A & B`.
pub(super) fn parts_of_both(text: &str) -> Vec<&str> {
    split(text.trim().trim_start_matches('&'), &['&'])
}

/// Whether a type as written is one object with its members.
pub(super) fn is_object(text: &str) -> bool {
    text.starts_with('{') && closes_at_end(text)
}

/// What stands under any key of an object that has no other members: `{ [key: string]: T }`.
pub(super) fn any_key(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim().trim_end_matches([';', ',']);
    let (key, ty) = inside.trim_start_matches("readonly ").strip_prefix('[')?.split_once(']')?;
    let ty = ty.trim_start().strip_prefix(':')?.trim();
    let is_any = key.split_once(':').is_some_and(|(_, of)| of.trim() == "string");
    (is_any && split(inside, &[';', ',']).len() == 1).then_some(ty)
}

fn lookup(text: &str) -> Form<'_> {
    let found = text.strip_suffix(']').and_then(|text| text.rsplit_once('['));
    let key =
        found.and_then(|(of, key)| Some((of, key.strip_prefix(['\'', '"'])?.strip_suffix(['\'', '"'])?)));
    let is_word = |key: &str| key.chars().all(|char| char.is_alphanumeric() || matches!(char, '_' | '$'));
    match key {
        Some((of, key)) if !of.is_empty() && !of.contains(['[', '{', '(']) && is_word(key) => {
            Form::Lookup(of, key)
        }
        _ => Form::Other,
    }
}

fn literal(text: &str) -> Form<'_> {
    let quote = text.chars().next().unwrap_or_default();
    let is_text = matches!(quote, '\'' | '"') && text.ends_with(quote) && text.matches(quote).count() == 2;
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_number = !digits.is_empty() && digits.chars().all(|char| char.is_ascii_digit());
    if (is_text || is_number) && !text.contains('\\') { Form::Literal(text) } else { Form::Other }
}

/// What `import('./module').Name` brings.
fn imported(text: &str) -> Option<Form<'_>> {
    let (module, name) = text.strip_prefix("import(")?.split_once(").")?;
    let name = name.split_once('<').map_or(name, |(name, _)| name).trim();
    let quoted = module.trim();
    let module = quoted.trim_matches(['\'', '"']);
    (module.len() + 2 == quoted.len() && is_name(name)).then_some(Form::Imported(module, name))
}

fn is_name(text: &str) -> bool {
    let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '.');
    !text.is_empty() && text.chars().all(is_part)
}

fn name(text: &str) -> Form<'_> {
    if let Some(imported) = imported(text) {
        return imported;
    }
    if let Some(path) = text.strip_prefix("typeof ").map(str::trim).filter(|path| is_name(path)) {
        return Form::TypeOf(path);
    }
    match text.split_once('<') {
        Some((name, rest)) if is_name(name) && rest.ends_with('>') => {
            Form::Name(name, split(&rest[..rest.len() - 1], &[',']))
        }
        None if is_name(text) => Form::Name(text, Vec::new()),
        _ => Form::Other,
    }
}

fn object(inside: &str) -> Form<'_> {
    // Kinds of literals whose text says nothing stand in braces.
    match inside.trim() {
        "string" => return Form::Some("string"),
        "number" => return Form::Some("number"),
        _ => {}
    }
    let mut members = Vec::new();
    for part in split(inside, &[';', ',']).into_iter().filter(|part| !part.is_empty()) {
        // A method is a member that holds a function.
        let is_method = part.find('(').is_some_and(|at| part.find(':').is_none_or(|colon| at < colon));
        let end = if is_method { part.find('(') } else { part.find(':') };
        let Some((key, ty)) = end.map(|end| part.split_at(end)) else { return Form::Other };
        let ty = if is_method { "() => _" } else { &ty[1..] };
        let key = key.trim().trim_start_matches("readonly ").trim();
        let (key, optional) = key.strip_suffix('?').map_or((key, false), |key| (key, true));
        let is_part = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$');
        if key.is_empty() || !key.chars().all(is_part) {
            return Form::Other;
        }
        members.push((key, optional, ty.trim()));
    }
    Form::Object(members)
}

/// The parts between separators that stand outside of all brackets and quotes.
fn split<'t>(text: &'t str, separators: &[char]) -> Vec<&'t str> {
    let mut parts = Vec::new();
    let mut start = 0;
    outside(text, |at, char| {
        if separators.contains(&char) {
            parts.push(text[start..at].trim());
            start = at + char.len_utf8();
        }
        true
    });
    parts.push(text[start..].trim());
    parts
}

fn has_outside(text: &str, word: &str) -> bool {
    let mut found = false;
    outside(text, |at, _| {
        found |= text[at..].starts_with(word);
        !found
    });
    found
}

/// Whether the bracket at the start is closed by the last character.
fn closes_at_end(text: &str) -> bool {
    let mut first = None;
    outside(text, |at, _| {
        if at > 0 {
            first.get_or_insert(at);
        }
        true
    });
    first.is_none() && text.ends_with([')', ']', '}'])
}

/// Looks at the characters outside of all brackets and quotes; an opening bracket is outside, its
/// closing one inside.
fn outside(text: &str, mut look: impl FnMut(usize, char) -> bool) {
    let (mut depth, mut quote) = (0_i32, None);
    let mut before = ' ';
    for (at, char) in text.char_indices() {
        let is_outside = depth == 0 && quote.is_none();
        match (quote, char) {
            (Some(open), char) if open == char => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"' | '`') => quote = Some(char),
            (None, '(' | '[' | '{' | '<') => depth += 1,
            (None, ')' | ']' | '}') => depth -= 1,
            (None, '>') if before != '=' => depth -= 1,
            _ => {}
        }
        if is_outside && !look(at, char) {
            return;
        }
        before = char;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_told_apart_by_their_form() {
        let of = |name| Form::Name(name, Vec::new());
        assert_eq!(form("string"), of("string"));
        assert_eq!(form("a.B"), of("a.B"));
        assert_eq!(form("`a${b}`"), Form::Some("string"));
        assert_eq!(form("{string}"), Form::Some("string"));
        assert_eq!(form("Array<{}>"), Form::Name("Array", vec!["{}"]));
        assert_eq!(
            form("Map<string, Array<number | null>>"),
            Form::Name("Map", vec!["string", "Array<number | null>"])
        );
        assert_eq!(form("| 'a|b' | \"c\""), Form::Union(vec!["'a|b'", "\"c\""]));
        assert_eq!(form("(string | undefined)[]"), Form::List("(string | undefined)"));
        assert_eq!(form("readonly string[]"), Form::List("string"));
        assert_eq!(form("(a: string) => string | undefined"), Form::Function);
        assert_eq!(
            form("((a: string) => void) | undefined"),
            Form::Union(vec!["((a: string) => void)", "undefined"])
        );
        assert_eq!(form("& A & { b: C & D }"), Form::Both(vec!["A", "{ b: C & D }"]));
        assert_eq!(form("A & B | C"), Form::Union(vec!["A & B", "C"]));
        assert_eq!(form("[string, number]"), Form::Tuple(vec!["string", "number"]));
        assert_eq!(
            form("{ a: string; b?: () => void, }"),
            Form::Object(vec![("a", false, "string"), ("b", true, "() => void")])
        );
        assert_eq!(form("-12"), Form::Literal("-12"));
        assert_eq!(form("{ run(a: string): void }"), Form::Object(vec![("run", false, "() => _")]));
        assert_eq!(form("T['x']"), Form::Lookup("T", "x"));
        assert_eq!(form("typeof a.b"), Form::TypeOf("a.b"));
        assert_eq!(params_of("(a: A<B, C>, b?: D) => () => E"), Some(vec!["A<B, C>", "_"]));
        assert_eq!(params_of("((a: A) => B) | C"), None);
        assert_eq!(params_of("(A)"), None);
        assert_eq!(form("import('./a').B<C>"), Form::Imported("./a", "B"));
        assert_eq!(any_key("{ [key: string]: A | B; }"), Some("A | B"));
        for more in ["{ [key: string]: A; b: B }", "{ [key: number]: A }", "{ [K in T]: A }", "{ a: A }"] {
            assert_eq!(any_key(more), None, "{more}");
        }
        for other in
            ["keyof T", "T extends string ? A : B", "T[K]", "{ [k: string]: T }", "_<T", "(x: A) => x is B"]
        {
            assert_eq!(form(other), Form::Other, "{other}");
        }
    }
}
