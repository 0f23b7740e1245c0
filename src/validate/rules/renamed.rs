//! What a member that a branch adds was called before: then it is no new demand, and whoever has the old
//! name is told of the new one.

use super::{View, symbol_removed};
use crate::model::{Finding, RepoPath};
use crate::validate::index::Became;
use crate::validate::load::File;
use crate::validate::model::Def;

/// A member of a type, as a branch has it.
pub(super) struct Member<'m> {
    pub(super) branch: usize,
    pub(super) file: &'m File<'m>,
    pub(super) owner: &'m Def,
    pub(super) name: &'m str,
}

impl Member<'_> {
    /// The old name and the line of the new one.
    pub(super) fn before<'v>(&self, view: &'v View<'_>) -> Option<(&'v str, u32)> {
        let is_here = |to: &Def| {
            to.name == self.name
                && to.parents.split_last() == Some((&self.owner.name, &self.owner.parents[..]))
        };
        view.index.gone.values().flatten().find_map(|gone| match gone.became {
            Became::Renamed(to) if gone.branch == self.branch && gone.file.path == self.file.path => {
                is_here(to).then_some((gone.def.name.as_str(), to.line))
            }
            _ => None,
        })
    }

    /// Whether a file of another branch that gives values the old name was told of the new one.
    pub(super) fn is_told(
        &self,
        view: &View<'_>,
        findings: &[Finding],
        (user, path): (usize, &RepoPath),
        given: &[String],
    ) -> bool {
        let Some((old, line)) = self.before(view) else { return false };
        let new = view.site(self.branch, self.file.path, line);
        let is_user = |finding: &Finding| {
            finding.sites.iter().any(|site| site.branch == view.name(user) && site.path == *path)
        };
        given.iter().any(|name| name == old)
            && findings.iter().any(|finding| {
                finding.rule == symbol_removed::RULE.id && finding.sites.contains(&new) && is_user(finding)
            })
    }
}
