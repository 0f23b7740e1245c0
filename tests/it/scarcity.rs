//! Disks that are full and places that cannot be written: nothing is lost, and the run goes on once
//! there is room.

use crate::stage::{Stage, writes};

/// Outcome, messages and what is left of a shell script in a mount namespace of its own; none where
/// the machine has none.
#[expect(clippy::print_stderr, reason = "what is skipped is said")]
fn in_own_mounts(stage: &Stage, script: &str) -> Option<crate::sandbox::Ran> {
    let can = stage.sandbox.shell("unshare -rm sh -c 'mount -t tmpfs -o size=1m none /mnt'");
    if can.code != 0 {
        eprintln!("SKIPPED: no disk can be made here: {}", can.stderr);
        return None;
    }
    let file = stage.at("script.sh");
    std::fs::write(&file, script).unwrap();
    Some(stage.sandbox.shell(&format!("unshare -rm sh '{}'", file.display())))
}

#[test]
fn a_disk_that_an_agent_fills_stops_the_run_and_loses_nothing() {
    let stage = Stage::with_tasks("", &["bad", "good"]);
    let fill = "test -e \"$HOME/filled\" || { touch \"$HOME/filled\"; cat /dev/zero >\"$HOME/disk/ballast\" 2>/dev/null || true; }";
    let until = "while ! test -e \"$HOME/filled\"; do sleep 0.01; done";
    stage.agent("bad", &format!("{}\n{fill}", writes("bad")));
    stage.agent(
        "good",
        &format!("mkdir -p src/good\necho early >src/good/early.txt\n{until}\nsleep 0.3\n{}", writes("good")),
    );
    let orca = env!("CARGO_BIN_EXE_git-orca");
    let script = format!(
        "set -u\nmkdir \"$HOME/disk\"\nmount -t tmpfs -o size=16m none \"$HOME/disk\" || exit 9\n\
         cp -a \"$HOME/repo\" \"$HOME/disk/repo\"\ncd \"$HOME/disk/repo\" || exit 9\n\
         '{orca}' run >\"$HOME/first\" 2>&1\necho \"first $?\"\nrm \"$HOME/disk/ballast\"\n\
         '{orca}' run >\"$HOME/second\" 2>&1\necho \"second $?\"\n\
         git ls-tree -r --name-only orca/r1/integration src\ngit fsck --no-dangling --strict\necho \"fsck $?\"\n"
    );
    let Some(ran) = in_own_mounts(&stage, &script) else { return };
    let said = |name: &str| std::fs::read_to_string(stage.at(name)).unwrap();
    let all = format!("{}{}\n{}\n{}", ran.stdout, ran.stderr, said("first"), said("second"));
    assert!(ran.stdout.contains("first 3\n") && said("first").contains("No space left on device"), "{all}");
    assert!(ran.stdout.contains("second 0\n") && ran.stdout.contains("fsck 0\n"), "{all}");
    for file in ["src/bad/done.txt", "src/good/done.txt", "src/good/early.txt"] {
        assert!(ran.stdout.contains(file), "{file}: {all}");
    }
}

#[test]
fn places_that_cannot_be_written_are_named_and_the_run_goes_on_later() {
    let stage = Stage::with_tasks("", &["a"]);
    let orca_dir = stage.sandbox.repo().join(".git/orca");
    for place in ["run", "hub.lock", "run.lock"] {
        let place = orca_dir.join(place);
        let aside = orca_dir.join("aside");
        let was_there = std::fs::rename(&place, &aside).is_ok();
        // What is to be a directory is a file, and the other way round: no mode keeps root out.
        match place.ends_with("run") {
            true => std::fs::write(&place, "").unwrap(),
            false => std::fs::create_dir(&place).unwrap(),
        }
        let ran = stage.run();
        assert_eq!((ran.code, stage.starts("a")), (3, 0), "{}: {}", place.display(), ran.stderr);
        assert!(ran.stderr.contains(&place.display().to_string()), "{}", ran.stderr);
        std::fs::remove_file(&place).or_else(|_| std::fs::remove_dir(&place)).unwrap();
        if was_there {
            std::fs::rename(&aside, &place).unwrap();
        }
    }
    stage.run_to_the_end();
    assert_eq!(stage.starts("a"), 1);
}
