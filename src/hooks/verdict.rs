//! What the hooks decide, as pure functions; the caller reads the index and the message file.

use crate::model::{RepoPath, RunId, Scope, TaskId};

/// Where `git commit --verbose` begins to show the diff.
const SCISSORS: &str = "# ------------------------ >8 ------------------------";

/// Returns the staged paths that the task may not write.
pub fn pre_commit(scope: &Scope, staged: &[RepoPath]) -> Vec<RepoPath> {
    staged.iter().filter(|path| !scope.allows(path)).cloned().collect()
}

/// Returns the message with `Orca-Run`, `Orca-Task` and `Orca-Agent`, each once, as trailers.
///
/// Values that came along with an amended or picked commit are replaced. Comments and everything
/// below the scissors stay. A message without a word stays empty, so that Git refuses it.
pub fn prepare_commit_msg(message: &str, run: RunId, task: &TaskId, agent: &str) -> String {
    let (body, rest) = split(message);
    if body.lines().all(|line| line.trim().is_empty() || line.starts_with('#')) {
        return message.to_owned();
    }
    let mut lines = lines_of(body);
    let start = block_start(&lines).unwrap_or_else(|| {
        lines.push(String::new());
        lines.len()
    });
    let mut block = lines.split_off(start);
    let one_line = agent.split_whitespace().collect::<Vec<_>>().join(" ");
    for (key, value) in
        [("Orca-Run", run.to_string()), ("Orca-Task", task.to_string()), ("Orca-Agent", one_line)]
    {
        set(&mut block, key, &value);
    }
    lines.append(&mut block);
    format!("{}\n{rest}", lines.join("\n"))
}

/// Refuses a message whose trailers Git, or a reader a year from now, would not find again.
///
/// Each reason is one sentence that tells what to change.
pub fn commit_msg(message: &str) -> Result<(), Vec<String>> {
    let (body, _) = split(message);
    let lines = lines_of(body);
    let start = block_start(&lines).unwrap_or(lines.len());
    let mut wrong = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if line.strip_prefix("---").is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r']))
        {
            wrong.push(format!("line {}: Git ends the message at '---': remove it", index + 1));
        }
        if is_key(line, "Signed-off-by") {
            wrong.push(format!("line {}: an agent cannot sign off: remove it", index + 1));
        }
        if index < start && is_orca_trailer(line) {
            let name = line.split(':').next().unwrap_or_default();
            wrong.push(format!(
                "line {}: {name} is not in the last paragraph: keep all trailers together there, \
                 without a blank line between them",
                index + 1
            ));
        }
    }
    let task_anywhere = lines.iter().any(|line| is_key(line, "Orca-Task"));
    if !task_anywhere {
        wrong.push("the message has no Orca-Task trailer: commit again and let the hook add it".to_owned());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

/// Only line feeds part lines here: a carriage return at the end of one is kept as it is.
fn lines_of(body: &str) -> Vec<String> {
    body.split('\n').map(str::to_owned).collect()
}

/// The message proper without blank lines at its end, and what Git will cut off.
fn split(message: &str) -> (&str, &str) {
    let mut end = 0;
    let mut offset = 0;
    for line in message.split_inclusive('\n') {
        if line.trim_end() == SCISSORS {
            break;
        }
        offset += line.len();
        if !line.trim().is_empty() && !line.starts_with('#') {
            end = offset;
        }
    }
    let body = &message[..end];
    (body.trim_end_matches('\n'), &message[end..])
}

/// The line at which the last paragraph starts, if Git would read it as trailers.
///
/// The rules of `git interpret-trailers`: never the first paragraph; all lines trailers, or a
/// quarter of them and one that Git itself wrote.
fn block_start(lines: &[String]) -> Option<usize> {
    let start = lines.iter().rposition(|line| line.trim().is_empty())? + 1;
    let has_title = lines[..start].iter().any(|line| !line.trim().is_empty() && !line.starts_with('#'));
    if !has_title {
        return None;
    }
    let (mut trailers, mut others, mut from_git, mut folds) = (0, 0, false, false);
    for line in lines[start..].iter().filter(|line| !line.starts_with('#')) {
        let picked = line.starts_with("(cherry picked from commit ");
        from_git |= picked || line.starts_with("Signed-off-by: ");
        let continues = folds && line.starts_with([' ', '\t']);
        if picked || is_trailer(line) {
            trailers += 1;
            folds = true;
        } else if !continues {
            others += 1;
            folds = false;
        }
    }
    let is_block = trailers > 0 && (others == 0 || (from_git && trailers * 3 >= others));
    is_block.then_some(start)
}

/// Sets the first trailer of this key and drops the others.
fn set(block: &mut Vec<String>, key: &str, value: &str) {
    let trailer = format!("{key}: {value}");
    let first = block.iter().position(|line| is_key(line, key));
    block.retain(|line| !is_key(line, key));
    block.insert(first.unwrap_or(block.len()).min(block.len()), trailer);
}

fn is_trailer(line: &str) -> bool {
    let Some((key, _)) = line.split_once(':') else { return false };
    let key = key.trim_end_matches([' ', '\t']);
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_orca_trailer(line: &str) -> bool {
    is_trailer(line) && line.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("orca-"))
}

fn is_key(line: &str, key: &str) -> bool {
    is_trailer(line) && line.split(':').next().is_some_and(|name| name.trim_end().eq_ignore_ascii_case(key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BLOCK: &str = "Orca-Run: r1\nOrca-Task: types\nOrca-Agent: claude\n";

    fn prepare(message: &str) -> String {
        let task = TaskId::new("types").unwrap();
        prepare_commit_msg(message, RunId::FIRST, &task, "claude")
    }

    #[test]
    fn trailers_end_the_message_and_come_once() {
        let check = |message: &str, before: &str, after: &str| {
            let prepared = prepare(message);
            assert_eq!(prepared, format!("{before}{BLOCK}{after}"), "{message:?}");
            assert_eq!(prepare(&prepared), prepared, "{message:?}");
            assert_eq!(commit_msg(&prepared), Ok(()), "{message:?}");
        };
        check("fix: it", "fix: it\n\n", "");
        check("fix: it\n\nBecause: of that\nand more\n", "fix: it\n\nBecause: of that\nand more\n\n", "");
        check("fix: it\n\nAssisted-by: X\n", "fix: it\n\nAssisted-by: X\n", "");
        check("fix: it\n\nbody\n\n# Please enter\n#\n", "fix: it\n\nbody\n\n", "\n# Please enter\n#\n");
        let picked = "fix: it\n\nprose\n(cherry picked from commit 1234)\n";
        check(picked, picked, "");
        let scissors = format!("fix: it\n{SCISSORS}\ndiff --git a b\n\nOrca-Run: r9\n");
        check(&scissors, "fix: it\n\n", &scissors[8..]);
    }

    #[test]
    fn values_of_another_task_are_replaced() {
        let picked = "fix: it\n\nOrca-Run: r1\nOrca-Task: other\nOrca-Task: third\nOrca-Note: x\n";
        let expected = "fix: it\n\nOrca-Run: r1\nOrca-Task: types\nOrca-Note: x\nOrca-Agent: claude\n";
        assert_eq!(prepare(picked), expected);
    }

    #[test]
    fn a_message_without_a_word_stays_empty() {
        for message in ["", "\n\n# Please enter the commit message\n", &format!("\n{SCISSORS}\ndiff\n")] {
            assert_eq!(prepare(message), message);
        }
    }

    #[test]
    fn what_git_would_not_find_again_is_refused() {
        let check = |message: &str, expected: &[&str]| {
            let wrong = commit_msg(message).unwrap_err();
            assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
            for (wrong, expected) in wrong.iter().zip(expected) {
                assert!(wrong.contains(expected), "{wrong}");
            }
        };
        check("fix: it\n\nbody\n", &["no Orca-Task"]);
        check("Orca-Task: types\n", &["line 1: Orca-Task is not in the last"]);
        check(&format!("fix: it\n\na\n---\nb\n\n{BLOCK}"), &["line 4: Git ends"]);
        check(&format!("fix: it\n\n{BLOCK}Signed-off-by: A <a@b>\n"), &["line 6: an agent cannot"]);
        check("x\n\nOrca-Run: r1\n\nOrca-Task: types\n", &["line 3: Orca-Run is not in the last"]);
        check(&format!("x\n\n{BLOCK}\nprose\n"), &["Orca-Run", "Orca-Task", "Orca-Agent"]);
    }

    #[test]
    fn paths_outside_the_scope_are_returned() {
        let scope = Scope::new(&["src/types/**"]).unwrap();
        let staged = ["src/types/a.ts", "src/a.ts", "README.md"].map(RepoPath::from);
        assert_eq!(pre_commit(&scope, &staged), staged[1..].to_vec());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn preparing_twice_is_preparing_once(
            lines in prop::collection::vec("(|fix: it|prose|Key: value| folded|Orca-Task: other|# note|---|[^\n]{0,12})", 0..9)
        ) {
            let once = prepare(&lines.join("\n"));
            prop_assert_eq!(prepare(&once), once.clone());
            let (body, _) = split(&once);
            let lines = lines_of(body);
            if let Some(start) = block_start(&lines) {
                let tasks = lines[start..].iter().filter(|line| is_key(line, "Orca-Task"));
                prop_assert_eq!(tasks.collect::<Vec<_>>(), ["Orca-Task: types"]);
            }
        }
    }
}
