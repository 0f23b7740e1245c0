//! The models of blobs, kept from run to run and shared by all worktrees.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::engine::Workspace;
use crate::model::Oid;
use crate::store::{Cache, Key};
use crate::validate::extract::Language;
use crate::validate::model::FileModel;
use crate::validate::{Text, VERSION, decode, encode, read_all};

/// Reads source texts, each blob once for ever.
pub(in crate::engine) struct Models {
    cache: Cache,
    /// Those of this run: the pairs of a comparison share most of their files.
    at_hand: Mutex<BTreeMap<(Oid, Language), Arc<FileModel>>>,
}

impl Models {
    pub(in crate::engine) fn of(workspace: &Workspace) -> Self {
        let cache = Cache::open(&workspace.cache, VERSION);
        Self { cache, at_hand: Mutex::default() }
    }

    /// The models of texts, in their order. Those that had to be made are kept.
    pub(in crate::engine) fn read(&self, texts: &[Text<'_>]) -> Vec<Arc<FileModel>> {
        let near: Vec<Option<Arc<FileModel>>> = {
            let at_hand = self.at_hand();
            texts.iter().map(|text| at_hand.get(&(text.oid, text.language)).cloned()).collect()
        };
        let kept = |text: &Text<'_>| decode(&self.cache.get(&key(text.oid, text.language)?)?).map(Arc::new);
        let known: Vec<Option<Arc<FileModel>>> =
            texts.par_iter().zip(near).map(|(text, near)| near.or_else(|| kept(text))).collect();
        let missing: Vec<Text<'_>> =
            texts.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(text, _)| *text).collect();
        let made = read_all(&missing);
        let mut entries: Vec<(Key, Vec<u8>)> =
            missing.par_iter().zip(&made).filter_map(|(text, model)| entry(text, model)).collect();
        self.cache.add(&mut entries);
        let mut made = made.into_iter();
        let models: Vec<Arc<FileModel>> =
            known.into_iter().filter_map(|known| known.or_else(|| made.next())).collect();
        let named =
            texts.iter().zip(&models).map(|(text, model)| ((text.oid, text.language), Arc::clone(model)));
        self.at_hand().extend(named);
        models
    }

    fn at_hand(&self) -> MutexGuard<'_, BTreeMap<(Oid, Language), Arc<FileModel>>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that was given up for taking too long may be read on a faster day.
fn entry(text: &Text<'_>, model: &FileModel) -> Option<(Key, Vec<u8>)> {
    let given_up = model.defs.is_empty() && !model.broken.is_empty();
    let key = key(text.oid, text.language).filter(|_| !given_up)?;
    Some((key, encode(model)))
}

/// None for an object name that is not of 20 bytes.
fn key(oid: Oid, language: Language) -> Option<Key> {
    let mut key = [0; 21];
    let (name, kind) = key.split_at_mut(20);
    name.copy_from_slice(oid.as_bytes().get(..20).filter(|_| oid.as_bytes().len() == 20)?);
    kind[0] = language as u8;
    Some(key)
}
