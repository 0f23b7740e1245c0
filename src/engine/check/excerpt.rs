//! The source lines that findings point at.

use std::collections::BTreeMap;

use crate::git::Repo;
use crate::model::{Finding, Oid, RepoPath, Site};

/// A line of the file at each site, without its end: the one that a finding says was taken away there, or the
/// one that stands there. A site whose line is not there has none.
pub type Excerpts = BTreeMap<Site, String>;

/// Reads the lines of all sites. What cannot be read is left out: the site says enough.
pub(super) fn of(repo: &Repo, findings: &[Finding]) -> Excerpts {
    let mut texts: BTreeMap<(Oid, RepoPath), Option<String>> = BTreeMap::new();
    let mut excerpts = Excerpts::new();
    for site in findings.iter().flat_map(|finding| &finding.sites) {
        if let Some(lost) = &site.lost {
            excerpts.insert(site.clone(), lost.clone());
            continue;
        }
        let key = (site.commit, site.path.clone());
        let text = texts.entry(key).or_insert_with(|| text_at(repo, site));
        let line = text.as_deref().and_then(|text| text.lines().nth(site.line.saturating_sub(1) as usize));
        if let Some(line) = line {
            excerpts.insert(site.clone(), line.to_owned());
        }
    }
    excerpts
}

fn text_at(repo: &Repo, site: &Site) -> Option<String> {
    let tree = repo.commit(site.commit).ok()?.tree;
    let entry = repo.entry_at(tree, &site.path).ok()??;
    let bytes = entry.is_file().then(|| repo.blob(entry.oid).ok())??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
