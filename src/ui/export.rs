//! The jobs of a run in the words of those who run jobs.
//!
//! What a plan says stands in comments and names only, where no shell and no expression of a workflow
//! reads it; commands are made of checked ids, and the remote's address is quoted.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Format, Show, style};
use crate::engine::{Export, ExportedWave};
use crate::model::{TaskId, in_shell, printable};

impl Show for Export {
    const KIND: &'static str = "export";

    fn json(&self) -> Value {
        let wave = |wave: &ExportedWave| {
            let task = |(id, title): &(TaskId, String)| json!({ "id": id.as_str(), "title": title, "command": self.work(id) });
            json!({
                "number": wave.number,
                "tasks": wave.tasks.iter().map(task).collect::<Vec<_>>(),
                "merge": self.merge(wave.number),
            })
        };
        json!({
            "run": self.run.to_string(),
            "request": self.request,
            "remote": self.remote,
            "url": self.url,
            "waves": self.waves.iter().map(wave).collect::<Vec<_>>(),
        })
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for wave in &self.waves {
            _ = writeln!(out, "{}", style::bold(&format!("wave {}", wave.number)));
            for (id, title) in &wave.tasks {
                _ = writeln!(out, "  {}  {}", self.work(id), style::dim(&style::foreign(title)));
            }
            _ = writeln!(out, "  then {}", self.merge(wave.number));
        }
        let sync = format!("git orca sync {}", self.remote);
        _ = writeln!(out, "each between two of '{}', in a clone of its own", style::foreign(&sync));
        _ = writeln!(out, "next: --format slurm or --format github writes it down as jobs");
        out
    }

    fn other(&self, format: Format) -> Option<String> {
        match format {
            Format::Slurm => Some(slurm(self)),
            Format::Github => Some(github(self)),
            _ => None,
        }
    }
}

/// A script that hands the jobs to Slurm and ends.
fn slurm(export: &Export) -> String {
    let mut out = format!(
        "#!/bin/sh\n\
         # {run} of git orca as jobs of Slurm: {request}\n\
         # Start it where sbatch is. A job needs git, git-orca and the agent on its PATH, and may push to the\n\
         # remote. What waits for a job that failed is cancelled; make the script again for what is left.\n\
         set -eu\n\
         {SLURM}",
        run = export.run,
        request = comment(&export.request),
    );
    let (run, url) = (export.run, in_shell(&export.url));
    let mut before = String::new();
    for wave in &export.waves {
        let number = wave.number;
        _ = writeln!(out, "\n# Wave {number}\nwave=");
        for (id, title) in &wave.tasks {
            _ = writeln!(out, "# {}", comment(title));
            _ = writeln!(out, "job 'orca-{run}-{id}' \"{before}\" {url} {}\nwave=$wave:$id", export.work(id));
        }
        // Of a wave without jobs only the one before it is waited for.
        let after = if wave.tasks.is_empty() { before.as_str() } else { "${wave#:}" };
        _ = writeln!(
            out,
            "job 'orca-{run}-wave-{number}' \"{after}\" {url} {}\nmerged=$id",
            export.merge(number)
        );
        before = "$merged".to_owned();
    }
    let next = in_shell(&format!("git orca sync {} && git orca merge --run {run}", export.remote));
    _ = writeln!(out, "\nprintf 'the last job is %s; when it is done: %s\\n' \"$merged\" {next}");
    out
}

/// Hands one job over: its name, the jobs it waits for, the remote, and its command. Sets `id`. Slurm takes
/// a copy of the script, and in arguments nothing of it can be misread.
const SLURM: &str = "script=$(mktemp)
trap 'rm -f \"$script\"' EXIT
cat >\"$script\" <<'JOB'
#!/bin/sh
set -eu
url=$1
shift
dir=$(mktemp -d)
git clone --quiet \"$url\" \"$dir/work\"
cd \"$dir/work\"
git orca sync origin
code=0
\"$@\" || code=$?
git orca sync origin
if test \"$code\" = 0; then rm -rf \"$dir\"; else echo \"kept: $dir\" >&2; fi
exit \"$code\"
JOB

job() {
    name=$1 after=$2
    shift 2
    id=$(sbatch --parsable --job-name=\"$name\" --output=\"$name-%j.log\" \\
        ${after:+--dependency=afterok:\"$after\" --kill-on-invalid-dep=yes} \"$script\" \"$@\")
    id=${id%%;*}
}
";

/// A workflow that is started by hand.
fn github(export: &Export) -> String {
    let run = export.run;
    let mut out = format!(
        "# {run} of git orca as a workflow: {request}\n\
         # Put it to .github/workflows/, give its jobs your agent and its key, and start it by hand.\n\
         name: git orca {run}\n\
         on: workflow_dispatch\n\
         permissions:\n  contents: write\n\
         env:\n  ORCA_REPOSITORY: ${{{{ vars.ORCA_REPOSITORY }}}} # where git orca is built from\n\
         jobs:\n",
        request = comment(&export.request),
    );
    let mut before: Option<String> = None;
    for wave in &export.waves {
        let jobs: Vec<String> = wave.tasks.iter().map(|(id, _)| format!("task-{id}")).collect();
        for ((id, title), job) in wave.tasks.iter().zip(&jobs) {
            let name = format!("{id}: {title}");
            out += &github_job(job, &name, before.as_slice(), &export.work(id));
        }
        let merge = format!("wave-{}", wave.number);
        let needs = if jobs.is_empty() { before.as_slice() } else { &jobs };
        out += &github_job(&merge, &format!("merge wave {}", wave.number), needs, &export.merge(wave.number));
        before = Some(merge);
    }
    out
}

fn github_job(id: &str, name: &str, needs: &[String], command: &str) -> String {
    format!(
        "  {id}:\n    name: {name}\n    runs-on: ubuntu-latest\n{needs}    steps:\n\
         \x20     - uses: actions/checkout@v4\n\
         \x20       with: {{ fetch-depth: 0 }}\n\
         \x20     - run: cargo install --locked --git \"$ORCA_REPOSITORY\"\n\
         \x20     - run: |\n\
         \x20         git config user.name \"$GITHUB_ACTOR\"\n\
         \x20         git config user.email \"$GITHUB_ACTOR@users.noreply.github.com\"\n\
         \x20         git orca sync origin\n\
         \x20     - run: {command}\n\
         \x20     - if: ${{{{ always() }}}}\n\
         \x20       run: git orca sync origin\n",
        name = in_yaml(name),
        needs = if needs.is_empty() { String::new() } else { format!("    needs: [{}]\n", needs.join(", ")) },
    )
}

/// One line that ends no comment.
fn comment(text: &str) -> String {
    printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// A string of JSON, which is one of YAML too; an expression in it would be evaluated.
fn in_yaml(text: &str) -> String {
    Value::from(comment(text).replace("${{", "$ {{")).to_string()
}
