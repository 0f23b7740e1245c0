//! Bytes that can be made again, kept for later runs and shared by all worktrees.
//!
//! A cache is a directory of packs. A pack is written whole, under a name made of its content, and
//! never changed, so that any number of processes may read and write at once without a lock.
//! Nothing that is read is trusted: what is damaged, cut off or of another version is as good as
//! missing, and a cache that cannot be written to is one that stays empty.

use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What an entry goes by: an object name and what was made of it.
pub type Key = [u8; 21];

/// Bytes of all packs together.
const MOST_BYTES: u64 = 64 << 20;
/// Packs of one version. Each costs a reader one open file.
const MOST_PACKS: usize = 16;
/// How many are joined into one when there are more, the smallest first.
const JOINED: usize = 12;
/// A pack that a killed process did not finish is nobody's after this time.
const ABANDONED: Duration = Duration::from_secs(3600);

const MAGIC: &[u8; 8] = b"orcapk1\n";
/// Magic, number of entries, checksum of the index.
const HEAD: usize = 8 + 4 + 8;
/// Key, offset, length, checksum of key and content.
const ROW: usize = 21 + 8 + 4 + 8;

/// The packs of one version, as they were when the cache was opened.
pub struct Cache {
    dir: PathBuf,
    version: String,
    packs: Vec<Pack>,
}

struct Pack {
    path: PathBuf,
    file: File,
    bytes: u64,
    /// Rows by key.
    index: Vec<u8>,
}

impl Cache {
    /// Opens the packs of a version; the directory need not be there.
    pub fn open(dir: &Path, version: &str) -> Self {
        let mut cache = Self { dir: dir.to_owned(), version: version.to_owned(), packs: Vec::new() };
        for path in files(dir) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            let is_ours = name.strip_prefix(version).is_some_and(|rest| rest.starts_with('-'));
            if is_ours && name.ends_with(".pack") {
                cache.packs.extend(Pack::open(path));
            }
        }
        // Large ones first: they hold most.
        cache.packs.sort_by_key(|pack| std::cmp::Reverse(pack.bytes));
        cache
    }

    /// The content of an entry.
    pub fn get(&self, key: &Key) -> Option<Vec<u8>> {
        self.packs.iter().find_map(|pack| pack.get(key))
    }

    /// The content of an entry that goes by any bytes, as [`Cache::entry`] makes it.
    pub fn find(&self, subject: &[u8]) -> Option<Vec<u8>> {
        let found = self.get(&key_of(subject))?;
        found.strip_prefix(subject).map(<[u8]>::to_vec)
    }

    /// An entry that goes by any bytes. It repeats them, since others may come to the same key.
    pub fn entry(subject: &[u8], content: &[u8]) -> (Key, Vec<u8>) {
        (key_of(subject), [subject, content].concat())
    }

    /// Writes entries for later runs. A cache that cannot be written to stays as it is.
    pub fn add(&self, entries: &mut Vec<(Key, Vec<u8>)>) {
        if entries.is_empty() || std::fs::create_dir_all(&self.dir).is_err() {
            return;
        }
        if self.write(entries).is_ok() {
            self.tidy();
        }
    }

    fn write(&self, entries: &mut Vec<(Key, Vec<u8>)>) -> std::io::Result<PathBuf> {
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries.dedup_by_key(|(key, _)| *key);
        let mut index = Vec::with_capacity(entries.len() * ROW);
        let mut offset = (HEAD + entries.len() * ROW) as u64;
        for (key, content) in entries.iter() {
            index.extend_from_slice(key);
            index.extend_from_slice(&offset.to_le_bytes());
            index.extend_from_slice(&(content.len() as u32).to_le_bytes());
            index.extend_from_slice(&checksum(key, content).to_le_bytes());
            offset += content.len() as u64;
        }
        let sum = checksum(MAGIC, &index);
        let mut file = tempfile::NamedTempFile::new_in(&self.dir)?;
        let mut out = std::io::BufWriter::new(file.as_file_mut());
        out.write_all(MAGIC)?;
        out.write_all(&(entries.len() as u32).to_le_bytes())?;
        out.write_all(&sum.to_le_bytes())?;
        out.write_all(&index)?;
        entries.iter().try_for_each(|(_, content)| out.write_all(content))?;
        out.flush()?;
        drop(out);
        let path = self.dir.join(format!("{}-{sum:016x}.pack", self.version));
        file.persist(&path).map_err(|error| error.error)?;
        Ok(path)
    }

    /// Joins small packs and forgets the oldest ones beyond the bound.
    fn tidy(&self) {
        let now = Self::open(&self.dir, &self.version);
        if now.packs.len() > MOST_PACKS {
            let small = &now.packs[now.packs.len() - JOINED..];
            let mut entries: Vec<(Key, Vec<u8>)> = small.iter().flat_map(Pack::entries).collect();
            let joined = now.write(&mut entries);
            if let Ok(joined) = joined {
                small.iter().filter(|pack| pack.path != joined).for_each(|pack| remove(&pack.path));
            }
        }
        let mut all: Vec<(Option<Duration>, u64, PathBuf)> = Vec::new();
        for path in files(&self.dir) {
            let Ok(found) = path.metadata() else { continue };
            let age = found.modified().ok().and_then(|written| written.elapsed().ok());
            match path.extension().is_some_and(|extension| extension == "pack") {
                true => all.push((age, found.len(), path)),
                false if age.is_some_and(|age| age > ABANDONED) => remove(&path),
                false => {}
            }
        }
        all.sort();
        let mut bytes = 0;
        for (_, size, path) in all {
            bytes += size;
            if bytes > MOST_BYTES {
                remove(&path);
            }
        }
    }
}

impl Pack {
    fn open(path: PathBuf) -> Option<Self> {
        let file = File::open(&path).ok()?;
        let bytes = file.metadata().ok()?.len();
        let mut head = [0; HEAD];
        file.read_exact_at(&mut head, 0).ok()?;
        let n_entries = u32::from_le_bytes(head[8..12].try_into().ok()?) as usize;
        let length = n_entries.checked_mul(ROW)?;
        if &head[..8] != MAGIC || (HEAD + length) as u64 > bytes || bytes > MOST_BYTES {
            return None;
        }
        let mut index = vec![0; length];
        file.read_exact_at(&mut index, HEAD as u64).ok()?;
        let sum = u64::from_le_bytes(head[12..20].try_into().ok()?);
        (checksum(MAGIC, &index) == sum).then_some(Self { path, file, bytes, index })
    }

    fn get(&self, key: &Key) -> Option<Vec<u8>> {
        let (mut low, mut high) = (0, self.index.len() / ROW);
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.row(middle)[..key.len()].cmp(key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return self.content(middle),
            }
        }
        None
    }

    fn row(&self, number: usize) -> &[u8] {
        &self.index[number * ROW..(number + 1) * ROW]
    }

    fn content(&self, number: usize) -> Option<Vec<u8>> {
        let row = self.row(number);
        let offset = u64::from_le_bytes(row[21..29].try_into().ok()?);
        let length = u32::from_le_bytes(row[29..33].try_into().ok()?);
        if offset.checked_add(u64::from(length))? > self.bytes {
            return None;
        }
        let mut content = vec![0; length as usize];
        self.file.read_exact_at(&mut content, offset).ok()?;
        let sum = u64::from_le_bytes(row[33..41].try_into().ok()?);
        (checksum(&row[..21], &content) == sum).then_some(content)
    }

    fn entries(&self) -> impl Iterator<Item = (Key, Vec<u8>)> {
        let entry = |number| Some((self.row(number)[..21].try_into().ok()?, self.content(number)?));
        (0..self.index.len() / ROW).filter_map(entry)
    }
}

/// Every file of a directory; none when it cannot be read.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// Another process may have been faster.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}

/// Three hashes of seven bytes each.
fn key_of(subject: &[u8]) -> Key {
    let mut key = [0; 21];
    for (lane, part) in key.chunks_mut(7).enumerate() {
        let mut hash = 0xcbf2_9ce4_8422_2325 ^ lane as u64;
        for &byte in subject {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        part.copy_from_slice(&hash.to_le_bytes()[1..]);
    }
    key
}

/// Tells damage, not malice: who can write here can write hooks as well.
fn checksum(label: &[u8], content: &[u8]) -> u64 {
    let mut sum: u64 = content.len() as u64;
    for part in [label, content] {
        for word in part.chunks(8) {
            let mut bytes = [0; 8];
            bytes[..word.len()].copy_from_slice(word);
            sum = (sum.rotate_left(5) ^ u64::from_le_bytes(bytes)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    sum ^ (sum >> 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u32) -> Key {
        let mut key = [7; 21];
        key[..4].copy_from_slice(&number.to_le_bytes());
        key
    }

    fn entry(number: u32) -> (Key, Vec<u8>) {
        (key(number), format!("content of {number}").into_bytes())
    }

    fn add(dir: &Path, version: &str, numbers: std::ops::Range<u32>) {
        Cache::open(dir, version).add(&mut numbers.map(entry).collect());
    }

    fn only_pack(dir: &Path) -> PathBuf {
        let [pack] = &files(dir)[..] else { panic!("several packs") };
        pack.clone()
    }

    #[test]
    fn what_was_added_is_found_by_the_same_version_only() {
        let home = crate::git::test_home();
        let dir = home.path().join("cache");
        assert_eq!(Cache::open(&dir, "a").get(&key(1)), None);
        add(&dir, "a", 0..100);
        let cache = Cache::open(&dir, "a");
        for number in 0..100 {
            assert_eq!(cache.get(&key(number)), Some(entry(number).1));
        }
        assert_eq!(cache.get(&key(100)), None);
        assert_eq!(Cache::open(&dir, "b").get(&key(1)), None);
    }

    #[test]
    fn damage_anywhere_is_as_good_as_missing() {
        let home = crate::git::test_home();
        add(home.path(), "a", 0..3);
        let pack = only_pack(home.path());
        let whole = std::fs::read(&pack).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x41;
            std::fs::write(&pack, &damaged).unwrap();
            let cache = Cache::open(home.path(), "a");
            for number in 0..3 {
                let found = cache.get(&key(number));
                assert!(found.is_none_or(|found| found == entry(number).1), "byte {at}");
            }
            std::fs::write(&pack, &whole[..at]).unwrap();
            let cut = Cache::open(home.path(), "a");
            assert!((0..3).any(|number| cut.get(&key(number)).is_none()), "cut at {at}");
        }
        // A damaged pack is written anew.
        std::fs::write(&pack, b"not a pack").unwrap();
        add(home.path(), "a", 0..3);
        assert_eq!(Cache::open(home.path(), "a").get(&key(2)), Some(entry(2).1));
    }

    #[test]
    fn it_stays_within_its_bounds() {
        let home = crate::git::test_home();
        for number in 0..100 {
            add(home.path(), "a", number..number + 1);
        }
        assert!(files(home.path()).len() <= MOST_PACKS + 1, "{}", files(home.path()).len());
        let cache = Cache::open(home.path(), "a");
        assert!((0..100).all(|number| cache.get(&key(number)).is_some()));
        let large = |number| vec![(key(number), vec![0; 20 << 20])];
        (200..206).for_each(|number| Cache::open(home.path(), "b").add(&mut large(number)));
        let bytes: u64 = files(home.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
        assert!(bytes <= MOST_BYTES, "{bytes}");
        assert!(Cache::open(home.path(), "b").get(&key(205)).is_some());
    }

    #[test]
    fn many_writers_at_once_lose_nothing() {
        let home = crate::git::test_home();
        std::thread::scope(|scope| {
            for writer in 0..50 {
                let dir = home.path();
                scope.spawn(move || {
                    add(dir, "a", writer * 10..writer * 10 + 10);
                    let found = Cache::open(dir, "a");
                    for number in 0..500 {
                        assert!(found.get(&key(number)).is_none_or(|found| found == entry(number).1));
                    }
                });
            }
        });
        let cache = Cache::open(home.path(), "a");
        assert!((0..500).all(|number| cache.get(&key(number)).is_some()));
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_empty_cache() {
        let home = crate::git::test_home();
        std::fs::write(home.path().join("file"), b"").unwrap();
        let dir = home.path().join("file/cache");
        add(&dir, "a", 0..1);
        assert_eq!(Cache::open(&dir, "a").get(&key(0)), None);
    }
}
