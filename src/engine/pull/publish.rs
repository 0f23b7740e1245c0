//! Brings what is planned to the remote and to the code host. What fails there concerns one branch:
//! the others go on, and the same call made again goes on with it.

use super::{Offer, OfferState, Offering};
use crate::engine::Event;
use crate::forge::{Forge, ForgeError, NewPull, PullState};
use crate::git::{Push, push};
use crate::handoff::with_preface;

impl Offering<'_> {
    /// Pushes what is new. Those that do not arrive are refused with the words of Git.
    pub(super) fn push(
        &self,
        offers: &mut [Offer],
        emit: &mut dyn FnMut(Event),
    ) -> anyhow::Result<Vec<String>> {
        let due = |offer: &Offer| {
            let wanted = matches!(offer.state, OfferState::Opened | OfferState::Updated | OfferState::Pushed);
            let name = self.run().task_ref(&offer.task);
            let old = self.there.get(&name).copied();
            (offer.is_new && wanted).then_some(Push { name, new: offer.commit, old })
        };
        let pushes: Vec<Push> = offers.iter().filter_map(due).collect();
        if pushes.is_empty() {
            return Ok(Vec::new());
        }
        emit(Event::Pushing { remote: self.remote.clone(), branches: pushes.len() });
        let pushed = push(&self.workspace.repo, &self.remote, &pushes)?;
        for offer in offers {
            if let Some(why) = pushed.refused.get(&self.run().task_ref(&offer.task)) {
                let again = format!("git push {} {}:{}", self.remote, offer.commit.short(), offer.branch);
                offer.state = OfferState::Refused(format!("git push: {why}; to see more: {again}"));
            }
        }
        Ok(pushed.said)
    }

    /// Opens or updates the pull request of a branch that is on the remote.
    pub(super) fn publish(&mut self, offer: &mut Offer, dry_run: bool) -> anyhow::Result<()> {
        (offer.title, offer.body) = self.written(offer)?;
        let Some(forge) = self.forge.clone() else { return Ok(()) };
        match offer.state {
            OfferState::Opened if !dry_run => {
                let (title, body, base) = (&offer.title, &offer.body, self.base.as_str());
                match forge.create(&NewPull { branch: &offer.branch, base, title, body }) {
                    Ok(pull) => {
                        self.numbers.insert(offer.task.clone(), pull.0);
                        offer.pull = Some(pull);
                    }
                    Err(error) => self.after_failure(offer, &forge, &error),
                }
            }
            OfferState::Updated => self.update(offer, &forge, dry_run),
            _ => {}
        }
        Ok(())
    }

    /// Somebody else may have opened it in this moment; it is there all the same.
    fn after_failure(&mut self, offer: &mut Offer, forge: &Forge, why: &ForgeError) {
        let pulls = forge.pulls(&offer.branch).unwrap_or_default();
        let Some(open) = pulls.iter().find(|pull| pull.state == PullState::Open) else {
            offer.state = OfferState::Refused(why.to_string());
            return;
        };
        offer.pull = Some((open.number, open.url.clone()));
        self.numbers.insert(offer.task.clone(), open.number);
        self.pulls.insert(offer.task.clone(), pulls);
        self.update(offer, forge, false);
    }

    fn update(&self, offer: &mut Offer, forge: &Forge, dry_run: bool) {
        let Some(pull) = self.pull_of(&offer.task) else { return };
        offer.body = with_preface(&pull.body, &offer.body);
        let is_same = pull.base == self.base && pull.body.replace("\r\n", "\n").trim() == offer.body.trim();
        let edited = match is_same || dry_run {
            true => Ok(()),
            false => forge.edit(pull.number, &self.base, &offer.body),
        };
        offer.state = match edited {
            Err(error) => OfferState::Refused(error.to_string()),
            Ok(()) if is_same && !offer.is_new => OfferState::Unchanged,
            Ok(()) => OfferState::Updated,
        };
    }
}
