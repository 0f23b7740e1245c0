//! What several vocabularies ask of texts around a call.

/// The methods that a text names in capitals: `methods=["GET", "POST"]`, `HttpMethod.PUT`.
pub(super) fn methods_in(text: &str) -> Vec<String> {
    const METHODS: [&str; 7] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];
    let words: Vec<&str> = text.split(|char: char| !char.is_ascii_alphabetic()).collect();
    METHODS.iter().filter(|method| words.contains(method)).map(|method| (*method).to_owned()).collect()
}
