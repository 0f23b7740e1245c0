//! Finds who of a queue breaks a gate, with few runs of it.
//!
//! Halving over the first so many of the queue leaves two suspects. Then the queue is tried without
//! one of them: that is the queue which will land, so the run has to be made anyway. Nobody is blamed
//! for a single failure: at least two runs with the culprit fail, and one without it passes. A gate
//! that passes when it is asked the same again fails at random.

/// What of a queue is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trial {
    /// The first so many.
    First(usize),
    /// All but the one at this position.
    Without(usize),
}

impl Trial {
    /// Whether the one at this position is in it.
    pub fn has(self, position: usize) -> bool {
        match self {
            Self::First(number) => position < number,
            Self::Without(other) => position != other,
        }
    }
}

/// Why a queue failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// For the one at this position: the gate passes without it and fails with it.
    One(usize),
    /// It fails before anything of the queue is in.
    Start,
    /// By chance: all of it passes now.
    Nobody,
}

/// Finds who breaks the gate, which has failed once with all of the queue.
///
/// `passes` runs the gate; asked the same again it has to run it again. Of several culprits the answer
/// is one, and of two that fail only together it is the later.
pub fn blame<E>(queue: usize, mut passes: impl FnMut(Trial) -> Result<bool, E>) -> Result<Blame, E> {
    // Invariant: the first `good` passed, or are none; the first `bad` failed at least once.
    let (mut good, mut bad) = (0, queue);
    loop {
        (good, bad) = halve(good, bad, &mut passes)?;
        if bad - good == 2 {
            let (one, other) = (good, good + 1);
            if passes(Trial::Without(one))? {
                if !passes(Trial::First(good + 1))? {
                    return Ok(Blame::One(one));
                }
                good += 1;
            } else if passes(Trial::Without(other))? {
                return Ok(Blame::One(other));
            } else if good == 0 && fails_twice(Trial::First(0), &mut passes)? {
                return Ok(Blame::Start);
            } else {
                (good, bad) = halve_once(good, bad, &mut passes)?;
            }
        } else if bad < queue && passes(Trial::Without(good))? {
            // It failed with the suspect and all others, and with the suspect and those before it.
            return Ok(Blame::One(good));
        }
        if !passes(Trial::First(bad))? {
            let at_start = good == 0 && fails_twice(Trial::First(0), &mut passes)?;
            return Ok(if at_start { Blame::Start } else { Blame::One(bad - 1) });
        }
        if bad == queue {
            return Ok(Blame::Nobody);
        }
        // What led here failed by chance.
        (good, bad) = (bad, queue);
    }
}

/// Halves until two are left.
fn halve<E>(
    mut good: usize,
    mut bad: usize,
    passes: &mut impl FnMut(Trial) -> Result<bool, E>,
) -> Result<(usize, usize), E> {
    while bad - good > 2 {
        (good, bad) = halve_once(good, bad, passes)?;
    }
    Ok((good, bad))
}

fn halve_once<E>(
    good: usize,
    bad: usize,
    passes: &mut impl FnMut(Trial) -> Result<bool, E>,
) -> Result<(usize, usize), E> {
    let middle = usize::midpoint(good, bad);
    Ok(if passes(Trial::First(middle))? { (middle, bad) } else { (good, middle) })
}

fn fails_twice<E>(trial: Trial, passes: &mut impl FnMut(Trial) -> Result<bool, E>) -> Result<bool, E> {
    Ok(!passes(trial)? && !passes(trial)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    /// A gate over sets of positions that fails where it holds all of a bad combination, and in some
    /// of its runs whatever it is given.
    #[derive(Debug, Clone, Default)]
    struct FakeGate {
        bad: Vec<BTreeSet<usize>>,
        chance: BTreeSet<usize>,
        runs: usize,
        passed: BTreeSet<Vec<usize>>,
    }

    impl FakeGate {
        fn is_sound(&self, members: &[usize]) -> bool {
            !self.bad.iter().any(|bad| bad.iter().all(|one| members.contains(one)))
        }

        /// What has passed is not run again.
        fn passes(&mut self, members: &[usize]) -> bool {
            if self.passed.contains(members) {
                return true;
            }
            self.runs += 1;
            let passes = self.is_sound(members) && !self.chance.contains(&self.runs);
            if passes {
                self.passed.insert(members.to_vec());
            }
            passes
        }
    }

    #[derive(Debug, PartialEq)]
    struct Landed {
        members: Vec<usize>,
        at_start: bool,
        chance: bool,
    }

    /// Lands what can land, as an engine does.
    fn land(queue: usize, gate: &mut FakeGate) -> Landed {
        let mut landed = Landed { members: (0..queue).collect(), at_start: false, chance: false };
        let mut known_red = None;
        while known_red.take().as_ref() == Some(&landed.members) || !gate.passes(&landed.members) {
            let members = landed.members.clone();
            let mut failed = BTreeSet::new();
            let asked = blame(members.len(), |trial| -> Result<bool, Infallible> {
                let tried = (0..members.len()).filter(|&place| trial.has(place));
                let passes = gate.passes(&tried.map(|place| members[place]).collect::<Vec<_>>());
                landed.chance |= passes && !failed.insert(trial);
                failed.extend((!passes).then_some(trial));
                if passes {
                    failed.remove(&trial);
                }
                Ok(passes)
            });
            match asked.unwrap() {
                Blame::One(place) => {
                    landed.members.remove(place);
                    known_red = failed.contains(&Trial::Without(place)).then(|| landed.members.clone());
                }
                Blame::Nobody => landed.chance = true,
                Blame::Start => {
                    landed.members.clear();
                    landed.at_start = true;
                    break;
                }
            }
        }
        landed
    }

    fn gate(bad: &[&[usize]]) -> FakeGate {
        let bad = bad.iter().map(|combination| combination.iter().copied().collect()).collect();
        FakeGate { bad, ..FakeGate::default() }
    }

    /// Every one of them before the later ones, as far as the gate allows.
    fn expected(queue: usize, gate: &FakeGate) -> Vec<usize> {
        (0..queue).fold(Vec::new(), |mut kept, one| {
            kept.push(one);
            if !gate.is_sound(&kept) {
                kept.pop();
            }
            kept
        })
    }

    #[test]
    fn one_culprit_costs_a_run_for_each_halving_and_two() {
        for queue in 2..=70_usize {
            let most = queue.next_power_of_two().ilog2() as usize + 2;
            for culprit in 0..queue {
                let mut gate = gate(&[&[culprit]]);
                let landed = land(queue, &mut gate);
                assert_eq!(landed.members, (0..queue).filter(|&one| one != culprit).collect::<Vec<_>>());
                assert!(!landed.chance && !landed.at_start);
                assert!(gate.runs <= most, "{culprit} of {queue}: {} runs", gate.runs);
            }
        }
    }

    #[test]
    fn a_target_that_fails_by_itself_is_no_fault_of_the_queue() {
        for queue in 1..=40 {
            let mut gate = gate(&[&[]]);
            let landed = land(queue, &mut gate);
            assert!(landed.at_start && landed.members.is_empty());
            assert!(gate.runs <= 9, "{queue}: {} runs", gate.runs);
        }
    }

    #[test]
    fn a_gate_that_fails_once_by_chance_blames_nobody() {
        for queue in 1..=40_usize {
            let mut gate = FakeGate { chance: BTreeSet::from([1]), ..FakeGate::default() };
            let landed = land(queue, &mut gate);
            assert_eq!(landed, Landed { members: (0..queue).collect(), at_start: false, chance: true });
            let most = queue.next_power_of_two().ilog2() as usize + 3;
            assert!(gate.runs <= most, "{queue}: {} runs", gate.runs);
        }
    }

    fn any_gate(chance: impl Strategy<Value = BTreeSet<usize>>) -> impl Strategy<Value = (usize, FakeGate)> {
        let bad = prop::collection::vec(prop::collection::btree_set(0..40_usize, 1..4), 0..5);
        (1..40_usize, bad, chance)
            .prop_map(|(queue, bad, chance)| (queue, FakeGate { bad, chance, ..FakeGate::default() }))
    }

    proptest! {
        #[test]
        fn of_those_that_fail_together_the_last_stays_out((queue, mut gate) in any_gate(Just(BTreeSet::new()))) {
            let landed = land(queue, &mut gate);
            prop_assert!(!landed.chance && !landed.at_start);
            prop_assert_eq!(&landed.members, &expected(queue, &gate));
            let refused = queue - landed.members.len();
            let halvings = queue.next_power_of_two().ilog2() as usize;
            prop_assert!(gate.runs <= 2 + refused * (halvings + 4), "{} runs", gate.runs);
        }

        #[test]
        fn one_failure_by_chance_keeps_out_nobody_who_fits(
            (queue, mut gate) in any_gate((1..20_usize).prop_map(|run| BTreeSet::from([run]))),
        ) {
            let landed = land(queue, &mut gate);
            prop_assert!(!landed.at_start);
            prop_assert!(gate.is_sound(&landed.members));
            for one in (0..queue).filter(|one| !landed.members.contains(one)) {
                let with = [&landed.members[..], &[one]].concat();
                prop_assert!(!gate.is_sound(&with), "{} is kept out of {:?}", one, landed.members);
            }
        }

        #[test]
        fn what_lands_has_passed_however_often_the_gate_fails_by_chance(
            (queue, mut gate) in any_gate(prop::collection::btree_set(1..200_usize, 0..80)),
        ) {
            let landed = land(queue, &mut gate);
            prop_assert!(landed.at_start || landed.members.is_empty() || gate.passed.contains(&landed.members));
        }
    }
}
