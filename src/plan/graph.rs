//! The dependency graph of a plan, or everything that is wrong with it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Contract, Plan, Task, TaskId, nearest};

/// Which tasks each task waits for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    needs: BTreeMap<TaskId, BTreeSet<TaskId>>,
}

impl Graph {
    /// The tasks that must be merged before `task` starts.
    pub fn needs(&self, task: &TaskId) -> impl Iterator<Item = &TaskId> {
        self.needs.get(task).into_iter().flatten()
    }

    /// Every arrow, as (needed, waiting).
    pub fn arrows(&self) -> impl Iterator<Item = (&TaskId, &TaskId)> {
        self.needs.iter().flat_map(|(task, needs)| needs.iter().map(move |need| (need, task)))
    }

    /// Everything that waits for `task`, directly or not.
    pub fn dependents(&self, task: &TaskId) -> BTreeSet<TaskId> {
        let mut found = BTreeSet::new();
        let mut open = vec![task.clone()];
        while let Some(next) = open.pop() {
            for (needed, waiting) in self.arrows() {
                if *needed == next && found.insert(waiting.clone()) {
                    open.push(waiting.clone());
                }
            }
        }
        found
    }

    /// Length of the longest chain of tasks that starts with each task.
    pub(super) fn chain_lengths(&self) -> BTreeMap<TaskId, usize> {
        let mut lengths: BTreeMap<TaskId, usize> = self.needs.keys().map(|task| (task.clone(), 1)).collect();
        // A chain visits each task once, so that many rounds settle every length.
        for _ in 0..self.needs.len() {
            let mut settled = true;
            for (needed, waiting) in self.arrows() {
                let through = lengths[waiting] + 1;
                if lengths[needed] < through {
                    lengths.insert(needed.clone(), through);
                    settled = false;
                }
            }
            if settled {
                break;
            }
        }
        lengths
    }
}

/// Where in a plan a problem stands; the plan's reader turns it into a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Position among the tasks.
    pub task: usize,
    pub key: &'static str,
    /// Position in the key's list, if it is one.
    pub item: Option<usize>,
}

/// Something that makes a plan unusable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub place: Place,
    pub message: String,
}

/// Reads the dependencies out of `after` and `consumes`, or names every problem.
///
/// A consumed contract without a stated provider comes from the task that provides it, and from
/// the base when none does.
pub fn graph(plan: &Plan) -> Result<Graph, Vec<Problem>> {
    let mut problems = duplicate_ids(&plan.tasks);
    if !problems.is_empty() {
        // Who waits for whom cannot be told apart.
        return Err(problems);
    }
    let mut graph = Graph::default();
    for (idx, task) in plan.tasks.iter().enumerate() {
        let mut needs = BTreeSet::new();
        for (item, needed) in task.after.iter().enumerate() {
            match require(plan, idx, "after", item, needed) {
                Ok(()) => _ = needs.insert(needed.clone()),
                Err(problem) => problems.push(problem),
            }
        }
        for (item, contract) in task.consumes.iter().enumerate() {
            match provider(plan, idx, item, contract) {
                Ok(provider) => needs.extend(provider),
                Err(problem) => problems.push(problem),
            }
        }
        graph.needs.entry(task.id.clone()).or_default().extend(needs);
    }
    if problems.is_empty() {
        problems.extend(cycle(&graph).map(|cycle| cycle_problem(plan, &cycle)));
    }
    if problems.is_empty() { Ok(graph) } else { Err(problems) }
}

fn duplicate_ids(tasks: &[Task]) -> Vec<Problem> {
    let repeated = |idx: usize| tasks[..idx].iter().any(|earlier| earlier.id == tasks[idx].id);
    let problem = |idx: usize| Problem {
        place: Place { task: idx, key: "id", item: None },
        message: format!("two tasks have the id '{}'", tasks[idx].id),
    };
    (0..tasks.len()).filter(|&idx| repeated(idx)).map(problem).collect()
}

fn require(plan: &Plan, task: usize, key: &'static str, item: usize, needed: &TaskId) -> Result<(), Problem> {
    let problem = |message| Err(Problem { place: Place { task, key, item: Some(item) }, message });
    if *needed == plan.tasks[task].id {
        return problem(format!("'{needed}' waits for itself"));
    }
    if plan.tasks.iter().any(|task| task.id == *needed) {
        return Ok(());
    }
    let known = plan.tasks.iter().map(|task| task.id.as_str());
    let hint =
        nearest(needed.as_str(), known).map_or(String::new(), |near| format!("; did you mean '{near}'?"));
    problem(format!("there is no task '{needed}'{hint}"))
}

/// The task that provides what `plan.tasks[task].consumes[item]` names; none when the base does.
fn provider(plan: &Plan, task: usize, item: usize, contract: &Contract) -> Result<Option<TaskId>, Problem> {
    if let Some(stated) = &contract.provider {
        require(plan, task, "consumes", item, stated)?;
        return Ok(Some(stated.clone()));
    }
    let provides = |other: &&Task| other.provides.iter().any(|provided| provided.same_interface(contract));
    let mut providers = plan.tasks.iter().filter(|other| other.id != plan.tasks[task].id).filter(provides);
    match (providers.next(), providers.next()) {
        (Some(one), Some(two)) => Err(Problem {
            place: Place { task, key: "consumes", item: Some(item) },
            message: format!(
                "'{contract}' is provided by '{}' and by '{}': write '{contract} @ {}'",
                one.id, two.id, one.id
            ),
        }),
        (one, _) => Ok(one.map(|task| task.id.clone())),
    }
}

/// Finds one cycle, as the tasks on it in the order they wait for each other.
fn cycle(graph: &Graph) -> Option<Vec<TaskId>> {
    let mut finished: BTreeSet<&TaskId> = BTreeSet::new();
    for start in graph.needs.keys() {
        let mut path = vec![(start, graph.needs(start).collect::<Vec<_>>())];
        while let Some((task, open)) = path.last_mut() {
            let Some(next) = open.pop() else {
                finished.insert(task);
                path.pop();
                continue;
            };
            if let Some(first) = path.iter().position(|(on_path, _)| *on_path == next) {
                return Some(path[first..].iter().map(|(task, _)| (*task).clone()).collect());
            }
            if !finished.contains(next) {
                path.push((next, graph.needs(next).collect()));
            }
        }
    }
    None
}

fn cycle_problem(plan: &Plan, cycle: &[TaskId]) -> Problem {
    let task = plan.tasks.iter().position(|task| task.id == cycle[0]).unwrap_or(0);
    let by_after = plan.tasks[task].after.contains(cycle.get(1).unwrap_or(&cycle[0]));
    let mut names: Vec<&str> = cycle.iter().map(TaskId::as_str).collect();
    names.push(names[0]);
    Problem {
        place: Place { task, key: if by_after { "after" } else { "consumes" }, item: None },
        message: format!("tasks wait for each other in a circle: {}", names.join(" -> ")),
    }
}
