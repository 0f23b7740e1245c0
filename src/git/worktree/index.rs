//! An index file, so far as a checkout fills it in.
//!
//! Git writes the entries of a tree once, without knowing any file. What a file system says about the
//! files of one directory is put into a copy of that, at fixed places of each entry.

use rustix::fs::Stat;

use crate::model::Oid;

/// Before the entries: a signature, the version, and their number.
const HEADER: usize = 12;
/// Before the path of an entry, in which nothing of a file is longer than four bytes.
const FIXED: usize = 62;
const CHECKSUM: usize = 20;

/// An index whose entries know no file yet.
#[derive(Debug)]
pub(super) struct Blank {
    bytes: Vec<u8>,
    pub(super) slots: Vec<Slot>,
}

/// The place of an entry, and what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    at: usize,
    pub(super) path: Vec<u8>,
    pub(super) mode: u32,
    pub(super) oid: Oid,
}

/// What an index notes of a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Noted([u32; 9]);

impl Blank {
    /// None for any index but a plain one of version 2, as Git writes it when asked.
    pub(super) fn parse(bytes: Vec<u8>) -> Option<Self> {
        if bytes.get(..8)? != b"DIRC\0\0\0\x02" || bytes.len() < HEADER + CHECKSUM {
            return None;
        }
        let number = u32::from_be_bytes(bytes.get(8..HEADER)?.try_into().ok()?);
        let mut slots = Vec::new();
        let mut at = HEADER;
        for _ in 0..number {
            let entry = bytes.get(at..bytes.len() - CHECKSUM)?;
            let fixed = entry.get(..FIXED)?;
            let path = entry[FIXED..].split(|&byte| byte == 0).next()?;
            let mode = u32::from_be_bytes(fixed[24..28].try_into().ok()?);
            let oid = Oid::from_bytes(&fixed[40..60]).ok()?;
            slots.push(Slot { at, path: path.to_vec(), mode, oid });
            // One to eight zero bytes end the path.
            at += (FIXED + path.len()) / 8 * 8 + 8;
        }
        Some(Self { bytes, slots })
    }

    /// The index of a directory in which these entries stand as noted, by position.
    pub(super) fn filled_in(&self, noted: impl Iterator<Item = (usize, Noted)>) -> Vec<u8> {
        let mut bytes = self.bytes.clone();
        for (position, Noted([ctime, ctime_nsec, mtime, mtime_nsec, dev, ino, uid, gid, size])) in noted {
            let entry = &mut bytes[self.slots[position].at..];
            let fields = [ctime, ctime_nsec, mtime, mtime_nsec, dev, ino];
            for (place, field) in fields.into_iter().enumerate() {
                entry[4 * place..4 * place + 4].copy_from_slice(&field.to_be_bytes());
            }
            // The mode, in between, is the tree's.
            for (place, field) in [uid, gid, size].into_iter().enumerate() {
                entry[28 + 4 * place..32 + 4 * place].copy_from_slice(&field.to_be_bytes());
            }
        }
        let end = bytes.len() - CHECKSUM;
        let checksum = sha1_smol::Sha1::from(&bytes[..end]).digest().bytes();
        bytes[end..].copy_from_slice(&checksum);
        bytes
    }
}

impl Noted {
    /// As Git has it: of each number the low 32 bits. None for a file whose size does not fit.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the format is so")]
    #[expect(clippy::unnecessary_cast, reason = "the types differ from system to system")]
    pub(super) fn of(stat: &Stat) -> Option<Self> {
        let size = u32::try_from(stat.st_size).ok()?;
        Some(Self([
            stat.st_ctime as u32,
            stat.st_ctime_nsec as u32,
            stat.st_mtime as u32,
            stat.st_mtime_nsec as u32,
            stat.st_dev as u32,
            stat.st_ino as u32,
            stat.st_uid as u32,
            stat.st_gid as u32,
            size,
        ]))
    }
}
