//! Mutated sources through every extractor: no panic, bounded time, the same model each time.
//!
//! The seeds are the fixtures of the validator. `ORCA_FUZZ_SECONDS` sets how long each language is
//! tried (a quarter when unset); the mutations are drawn from a fixed start, so that a failure
//! comes again.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use git_orca::model::RepoPath;
use git_orca::validate::extract::{Language, extract, language_of};
use git_orca::validate::model::FileModel;
use git_orca::validate::{decode, encode};

/// One file may take this long on a loaded machine; a parse gives up after three seconds of work.
const LONGEST: Duration = Duration::from_secs(30);

#[test]
fn every_extractor_survives_mutated_sources() {
    let seconds = std::env::var("ORCA_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let time = Duration::from_secs_f64(seconds.unwrap_or(0.25));
    let seeds = seeds();
    let mut languages: Vec<Language> = seeds.iter().map(|(language, _)| *language).collect();
    languages.sort();
    languages.dedup();
    assert!(languages.len() >= 6, "{languages:?}");
    for language in languages {
        let own: Vec<&str> =
            seeds.iter().filter(|(other, _)| *other == language).map(|(_, text)| text.as_str()).collect();
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let end = Instant::now() + time;
        while Instant::now() < end {
            let mut text = own[random.below(own.len())].to_owned();
            for _ in 0..=random.below(8) {
                let other = own[random.below(own.len())];
                mutate(&mut text, other, &mut random);
            }
            try_out(language, &text);
        }
    }
}

/// What is kept of a model is the model, whatever fields it has.
#[test]
fn every_seed_survives_the_cache() {
    for (language, text) in seeds() {
        let model = extract(language, &text);
        assert!(decode(&encode(&model)).as_ref() == Some(&model), "{language:?}");
        let bytes = encode(&model);
        for end in [0, bytes.len() / 2, bytes.len().saturating_sub(1)] {
            assert!(decode(&bytes[..end]).is_none_or(|cut| cut != model || model == FileModel::default()));
        }
    }
}

fn try_out(language: Language, text: &str) {
    let started = Instant::now();
    let model = extract(language, text);
    assert!(started.elapsed() < LONGEST, "{language:?} took {:?} for {text:?}", started.elapsed());
    for span in model.defs.iter().map(|def| &def.span).chain(model.refs.iter().map(|used| &used.span)) {
        assert!(text.get(span.clone()).is_some(), "{language:?}: {span:?} of {text:?}");
    }
    assert!(extract(language, text) == model, "{language:?}: two readings differ of {text:?}");
}

/// Takes out, doubles, swaps in or flips a piece, always between characters.
fn mutate(text: &mut String, other: &str, random: &mut Random) {
    let start = boundary(text, random.below(text.len() + 1));
    let end = boundary(text, (start + random.below(60)).min(text.len())).max(start);
    match random.below(6) {
        0 => text.replace_range(start..end, ""),
        1 => text.insert_str(end, &text[start..end].repeat(1 + random.below(40))),
        2 => {
            let from = boundary(other, random.below(other.len() + 1));
            let to = boundary(other, (from + random.below(200)).min(other.len())).max(from);
            text.replace_range(start..end, &other[from..to]);
        }
        3 => text.truncate(start),
        4 => text.insert_str(start, &SIGNS[random.below(SIGNS.len())].repeat(1 + random.below(300))),
        _ => text.insert_str(start, SIGNS[random.below(SIGNS.len())]),
    }
}

const SIGNS: [&str; 24] = [
    "{", "}", "(", ")", "[", "]", "<", ">", "\"", "'", "`", "#", "@", "/*", "*/", "//", "=>", "::", "\n",
    "\r\n", "\t", "\u{feff}", "\u{0}", "é漢",
];

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Xorshift: the same numbers on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

fn seeds() -> Vec<(Language, String)> {
    let mut files = Vec::new();
    list(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/validate"), &mut files);
    files.sort();
    let seed = |path: &PathBuf| {
        let language = language_of(&RepoPath::from(path.to_str()?))?;
        Some((language, std::fs::read_to_string(path).ok()?))
    };
    files.iter().filter_map(seed).collect()
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { list(&path, files) } else { files.push(path) }
    }
}
