//! Where what one branch adds to a Java file meets what another one changed.

use crate::model::Finding;
use crate::validate::extract::Language;
use crate::validate::load::File;
use crate::validate::rules::{Blocked, View};

/// A file that a branch changed, and another branch that it meets.
pub(super) struct Meeting<'v, 'a> {
    pub(super) view: &'v View<'a>,
    pub(super) user: usize,
    pub(super) file: &'a File<'a>,
    pub(super) other: usize,
}

impl Meeting<'_, '_> {
    /// Whether the other branch changed a file that has, or had, something of a name.
    pub(super) fn changes(&self, name: &str) -> bool {
        self.view.paths_defining(name).any(|path| self.view.file(self.other, path).is_some())
    }
}

/// Judges all that branches added to Java files, of each in the light of every other branch.
pub(super) fn meet<'a, T: Copy, I: Iterator<Item = T>>(
    view: &View<'a>,
    findings: &mut Vec<Finding>,
    added: impl Fn(&'a File<'a>) -> I,
    judge: impl Fn(&Meeting<'_, 'a>, T) -> Option<Finding>,
) {
    let mut blocked = Blocked::by(findings);
    for (user, changes) in view.branches.iter().enumerate() {
        for file in changes.files.iter().filter(|file| file.language == Language::Java) {
            for one in added(file) {
                for other in (0..view.branches.len()).filter(|other| *other != user) {
                    let found = judge(&Meeting { view, user, file, other }, one);
                    found.into_iter().for_each(|finding| blocked.add(finding, findings));
                }
            }
        }
    }
}
