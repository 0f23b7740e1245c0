use std::collections::BTreeMap;

use super::*;
use crate::model::{Contract, Scope};
use crate::plan::graph::graph;

/// `id size scope needs…`, one task a line.
fn plan(lines: &str) -> Plan {
    let task = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        Task {
            id: TaskId::new(words[0]).unwrap(),
            title: String::new(),
            specialist: String::new(),
            scope: Scope::new(&[words[2]]).unwrap(),
            after: words[3..].iter().map(|need| TaskId::new(need).unwrap()).collect(),
            provides: Vec::new(),
            consumes: Vec::new(),
            acceptance: Vec::new(),
            estimate_tokens: words[1].parse().ok(),
        }
    };
    let tasks = lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(task).collect();
    Plan { request: String::new(), target: None, tasks }
}

fn pack(lines: &str, max_context: u64, max_agents: usize) -> String {
    let plan = plan(lines);
    let graph = match graph(&plan) {
        Ok(graph) => graph,
        Err(problems) => return problems[0].message.clone(),
    };
    match waves(&plan, &graph, Budget { max_context, max_agents }) {
        Ok(packed) => {
            let wave = |wave: &Vec<TaskId>| wave.iter().map(TaskId::as_str).collect::<Vec<_>>().join(" ");
            packed.waves.iter().map(wave).collect::<Vec<_>>().join(" | ")
        }
        Err(problems) => problems[0].message.clone(),
    }
}

#[test]
fn tasks_are_packed_by_needs_budget_and_scope() {
    let three = "a 10 a/**\nb 10 b/**\nc 10 c/** a";
    assert_eq!(pack(three, 100, 8), "a b | c");
    assert_eq!(pack(three, 10, 8), "a | b | c");
    assert_eq!(pack(three, 100, 1), "a | b | c");
    assert_eq!(pack("a 1 src/**\nb 1 src/x.ts\nc 1 c/**", 9, 9), "a c | b");
    assert_eq!(pack("late 1 l/**\nfirst 1 f/**\nsecond 1 s/** first", 9, 1), "first | late | second");
}

#[test]
fn what_cannot_be_packed_is_named() {
    assert_eq!(
        pack("a 1 a/** c\nb 1 b/** a\nc 1 c/** b", 9, 9),
        "tasks wait for each other in a circle: a -> c -> b -> a"
    );
    assert_eq!(pack("a 1 a/** a", 9, 9), "'a' waits for itself");
    assert_eq!(pack("types 1 a/**\nb 1 b/** typs", 9, 9), "there is no task 'typs'; did you mean 'types'?");
    assert_eq!(pack("a 1 a/**\na 1 b/**", 9, 9), "two tasks have the id 'a'");
    assert!(pack("a 11 a/**", 10, 9).starts_with("'a' needs about 11 tokens and a wave holds 10"));
}

#[test]
fn a_consumed_contract_orders_its_provider_first() {
    let mut plan = plan("use 1 u/**\nmake 1 m/**\nbase 1 b/**");
    let contract = |text: &str| text.parse::<Contract>().unwrap();
    plan.tasks[0].consumes = vec![contract("type Operation"), contract("type Old")];
    plan.tasks[1].provides = vec![contract("type Operation = { id: string }")];
    let arrows: Vec<_> = graph(&plan).unwrap().arrows().map(|(a, b)| format!("{a}->{b}")).collect();
    assert_eq!(arrows, ["make->use"]);

    plan.tasks[2].provides = vec![contract("type Operation")];
    let problem = &graph(&plan).unwrap_err()[0];
    assert_eq!(
        problem.message,
        "'type Operation' is provided by 'make' and by 'base': write 'type Operation @ make'"
    );
    assert_eq!(problem.place, Place { task: 0, key: "consumes", item: Some(0) });
}

/// Every graph of up to four tasks, with every small budget: the laws of a packing hold.
#[test]
fn all_small_plans_obey_the_laws() {
    for n_tasks in 1..=4_usize {
        let n_arrows = n_tasks * (n_tasks - 1);
        for arrows in 0..(1_u32 << n_arrows) {
            let plan = small_plan(n_tasks, arrows);
            let Ok(graph) = graph(&plan) else {
                assert!(has_cycle(n_tasks, arrows), "{n_tasks} {arrows:b}");
                continue;
            };
            assert!(!has_cycle(n_tasks, arrows), "{n_tasks} {arrows:b}");
            for max_context in [3, 5] {
                let budget = Budget { max_context, max_agents: 2 };
                let packed = waves(&plan, &graph, budget).unwrap();
                assert_eq!(packed, waves(&plan, &graph, budget).unwrap());
                obeys_the_laws(&plan, &graph, &packed.waves, budget);
            }
        }
    }
}

fn arrow(from: usize, to: usize, n_tasks: usize) -> u32 {
    (from * (n_tasks - 1) + if to > from { to - 1 } else { to }) as u32
}

fn small_plan(n_tasks: usize, arrows: u32) -> Plan {
    let line = |from: usize| {
        let needs = (0..n_tasks).filter(|&to| to != from && arrows >> arrow(from, to, n_tasks) & 1 == 1);
        let needs: String = needs.map(|to| format!(" t{to}")).collect();
        // The last two tasks share a scope.
        format!("t{from} {} s{}/**{needs}\n", from % 3 + 1, from.min(2))
    };
    plan(&(0..n_tasks).map(line).collect::<String>())
}

fn has_cycle(n_tasks: usize, arrows: u32) -> bool {
    let mut reach = vec![vec![false; n_tasks]; n_tasks];
    for (from, reached) in reach.iter_mut().enumerate() {
        for to in (0..n_tasks).filter(|&to| to != from) {
            reached[to] = arrows >> arrow(from, to, n_tasks) & 1 == 1;
        }
    }
    for through in 0..n_tasks {
        for from in 0..n_tasks {
            for to in 0..n_tasks {
                reach[from][to] |= reach[from][through] && reach[through][to];
            }
        }
    }
    (0..n_tasks).any(|task| reach[task][task])
}

fn obeys_the_laws(plan: &Plan, graph: &Graph, waves: &[Vec<TaskId>], budget: Budget) {
    let mut wave_of = BTreeMap::new();
    for (idx, wave) in waves.iter().enumerate() {
        let tasks: Vec<&Task> = plan.tasks.iter().filter(|task| wave.contains(&task.id)).collect();
        assert!(tasks.iter().map(|task| size(task)).sum::<u64>() <= budget.max_context);
        assert!(!tasks.is_empty() && tasks.len() <= budget.max_agents);
        for (position, one) in tasks.iter().enumerate() {
            assert!(tasks[position + 1..].iter().all(|two| scopes_overlap(&one.scope, &two.scope).is_none()));
            assert_eq!(wave_of.insert(one.id.clone(), idx), None, "each task is in one wave");
        }
    }
    assert_eq!(wave_of.len(), plan.tasks.len());
    assert!(graph.arrows().all(|(needed, waiting)| wave_of[needed] < wave_of[waiting]));
}

#[test]
fn what_is_packed_behind_begun_waves_is_what_would_have_followed_them() {
    let plan = plan("a 5 a\nb 5 b a\nc 5 c\nd 5 a b\ne 5 e c d\nf 9 f");
    let graph = graph(&plan).unwrap();
    let budget = Budget { max_context: 10, max_agents: 2 };
    let whole = waves(&plan, &graph, budget).unwrap().waves;
    for n_begun in 0..=whole.len() {
        let begun = whole[..n_begun].iter().flatten().cloned().collect();
        assert_eq!(waves_after(&plan, &graph, budget, &begun).unwrap().waves, whole[n_begun..]);
    }
    // One that has begun may have outgrown a budget that was lowered since.
    let begun = BTreeSet::from([TaskId::new("f").unwrap()]);
    let lower = Budget { max_context: 5, max_agents: 2 };
    assert!(waves(&plan, &graph, lower).is_err());
    assert!(waves_after(&plan, &graph, lower, &begun).is_ok());
}
