//! Limits on what may be used up, looked at before an agent is started.

use crate::model::{Bounds, Spent};

/// Says which bound is reached; none when a further start is in order.
pub fn over(spent: Spent, most: Bounds) -> Option<String> {
    let reached = |used: u64, most: Option<u64>| most.filter(|most| used >= *most);
    if let Some(most) = reached(spent.cost_micros, most.cost_micros) {
        return Some(format!("{} of {} are spent", dollars(spent.cost_micros), dollars(most)));
    }
    if let Some(most) = reached(spent.tokens, most.tokens) {
        return Some(format!("{} of {most} tokens are used", spent.tokens));
    }
    let most = reached(spent.turns, most.turns)?;
    Some(format!("{} of {most} turns are taken", spent.turns))
}

/// Adds up what several used.
pub fn sum(parts: impl IntoIterator<Item = Spent>) -> Spent {
    parts.into_iter().fold(Spent::default(), |sum, part| Spent {
        tokens: sum.tokens.saturating_add(part.tokens),
        cost_micros: sum.cost_micros.saturating_add(part.cost_micros),
        turns: sum.turns.saturating_add(part.turns),
    })
}

fn dollars(micros: u64) -> String {
    format!("${:.2}", micros as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bound_is_reached_and_not_only_passed() {
        let spent = Spent { tokens: 100, cost_micros: 1_500_000, turns: 3 };
        let check = |most: Bounds, expected: Option<&str>| assert_eq!(over(spent, most).as_deref(), expected);
        check(Bounds::default(), None);
        check(Bounds { tokens: Some(101), cost_micros: Some(1_500_001), turns: Some(4) }, None);
        check(Bounds { tokens: Some(100), ..Bounds::default() }, Some("100 of 100 tokens are used"));
        check(Bounds { cost_micros: Some(1_000_000), ..Bounds::default() }, Some("$1.50 of $1.00 are spent"));
        check(Bounds { turns: Some(0), ..Bounds::default() }, Some("3 of 0 turns are taken"));
        assert_eq!(sum([spent, spent]).tokens, 200);
    }
}
