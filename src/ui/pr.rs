//! What was offered as pull requests.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Show, style};
use crate::engine::{Landed, Offer, OfferState, PullsEnd};
use crate::model::TaskId;

impl Show for PullsEnd {
    const KIND: &'static str = "pr";

    fn json(&self) -> Value {
        let waiting = |(task, reason): &(TaskId, String)| json!({ "task": task.as_str(), "reason": reason });
        json!({
            "run": self.run.to_string(),
            "remote": self.remote,
            "base": self.base,
            "dry_run": self.dry_run,
            "pulls": self.offers.iter().map(offer_json).collect::<Vec<_>>(),
            "waiting": self.waiting.iter().map(waiting).collect::<Vec<_>>(),
            "said": self.said,
            "warning": self.warning,
        })
    }

    fn text(&self) -> String {
        let rows: Vec<Vec<String>> = self.offers.iter().map(|offer| row(offer, self.dry_run)).collect();
        let mut out = style::columns(&rows);
        for (task, reason) in &self.waiting {
            _ = writeln!(out, "{} {task}: {}", style::warn("waits"), style::foreign(reason));
        }
        if let Some(warning) = &self.warning {
            _ = writeln!(out, "{} {}", style::warn("note:"), style::foreign(warning));
        }
        for line in &self.said {
            _ = writeln!(
                out,
                "{}",
                style::dim(&format!("{}: {}", style::foreign(&self.remote), style::foreign(line)))
            );
        }
        let by_hand = |offer: &&Offer| self.dry_run || offer.state == OfferState::Pushed;
        for offer in self.offers.iter().filter(by_hand).filter(|offer| !is_landed(offer)) {
            let heading = format!(
                "{} into {}: {}",
                offer.branch,
                style::foreign(&self.base),
                style::foreign(&offer.title)
            );
            _ = write!(out, "\n{}\n\n{}", style::bold(&heading), style::foreign(&offer.body));
        }
        out
    }
}

fn is_landed(offer: &Offer) -> bool {
    matches!(offer.state, OfferState::Landed(_))
}

fn row(offer: &Offer, dry_run: bool) -> Vec<String> {
    let what = word(&offer.state);
    let styled = match offer.state {
        OfferState::Closed | OfferState::Refused(_) => style::warn(what),
        OfferState::Opened | OfferState::Updated if dry_run => style::good(&format!("to be {what}")),
        OfferState::Pushed if dry_run && offer.is_new => style::good(&format!("to be {what}")),
        _ => style::good(what),
    };
    let number = offer.pull.as_ref().map_or(String::new(), |(number, _)| format!("#{number}"));
    let more = match (&offer.state, &offer.pull) {
        (OfferState::Refused(why), _) => style::foreign(why),
        (OfferState::Closed, Some((number, _))) => {
            format!("not merged; to offer it again: gh pr reopen {number}")
        }
        (OfferState::Landed(Landed::As(commit)), _) => format!("as {}", commit.short()),
        (_, Some((_, url))) => style::foreign(url),
        _ => format!("at {}", offer.commit.short()),
    };
    vec![styled, offer.branch.clone(), number, more]
}

fn word(state: &OfferState) -> &'static str {
    match state {
        OfferState::Opened => "opened",
        OfferState::Updated => "updated",
        OfferState::Unchanged => "unchanged",
        OfferState::Pushed => "pushed",
        OfferState::Landed(_) => "merged",
        OfferState::Closed => "closed",
        OfferState::Refused(_) => "refused",
    }
}

fn offer_json(offer: &Offer) -> Value {
    let reason = match &offer.state {
        OfferState::Refused(why) => Some(why.clone()),
        _ => None,
    };
    let landed_as = match offer.state {
        OfferState::Landed(Landed::As(commit)) => Some(commit),
        OfferState::Landed(Landed::Merged) => Some(offer.commit),
        _ => None,
    };
    let (number, url) = offer.pull.clone().unzip();
    json!({
        "task": offer.task.as_str(),
        "branch": offer.branch,
        "commit": offer.commit.to_string(),
        "state": word(&offer.state),
        "number": number,
        "url": url,
        "after": offer.after.iter().map(TaskId::as_str).collect::<Vec<_>>(),
        "landed_as": landed_as.map(|commit| commit.to_string()),
        "reason": reason,
        "title": offer.title,
        "body": offer.body,
    })
}
