//! Writes what is left to decide, as Git writes it.

use super::chunks::{Chunk, Three};

/// How conflicts are marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Markers {
    /// How many signs a marker line starts with.
    pub size: usize,
    pub ours: String,
    /// The base is written too where it has a name.
    pub base: Option<String>,
    pub theirs: String,
    /// Whether what both sides have alike at the ends of a conflict stays in it.
    pub whole: bool,
    /// What stands there in place of a marked conflict.
    pub favour: Option<Favour>,
}

/// Which side a conflict is given to, where somebody asks for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Favour {
    Ours,
    Theirs,
    /// The lines of ours, then those of theirs.
    Union,
}

impl Default for Markers {
    fn default() -> Self {
        Self {
            size: 7,
            ours: "ours".to_owned(),
            base: None,
            theirs: "theirs".to_owned(),
            whole: false,
            favour: None,
        }
    }
}

impl Markers {
    /// Writes a conflict, without the lines at its ends that both sides share unless it is to be whole.
    pub(super) fn write(&self, out: &mut String, texts: Three<&str>, chunk: &Chunk) {
        let lines = |text: &'_ str| text.split_inclusive('\n').map(str::to_owned).collect::<Vec<_>>();
        let ours = lines(&texts.ours[chunk.at.ours.clone()]);
        let theirs = lines(&texts.theirs[chunk.at.theirs.clone()]);
        let least = if self.whole { 0 } else { ours.len().min(theirs.len()) };
        let head = (0..least).take_while(|&idx| ours[idx] == theirs[idx]).count();
        let tail = (1..=least - head)
            .take_while(|&idx| ours[ours.len() - idx] == theirs[theirs.len() - idx])
            .count();
        let mark = |sign: &str, label: &str| {
            let signs = sign.repeat(self.size);
            if label.is_empty() { format!("{signs}\n") } else { format!("{signs} {label}\n") }
        };
        if let Some(favour) = self.favour {
            return favour.write(out, (&ours, &theirs), (head, tail));
        }
        out.push_str(&ours[..head].concat());
        out.push_str(&mark("<", &self.ours));
        push_lines(out, &ours[head..ours.len() - tail]);
        if let Some(base) = &self.base {
            out.push_str(&mark("|", base));
            push_lines(out, &lines(&texts.base[chunk.at.base.clone()]));
        }
        out.push_str(&mark("=", ""));
        push_lines(out, &theirs[head..theirs.len() - tail]);
        out.push_str(&mark(">", &self.theirs));
        out.push_str(&ours[ours.len() - tail..].concat());
    }
}

impl Favour {
    fn write(self, out: &mut String, (ours, theirs): (&[String], &[String]), (head, tail): (usize, usize)) {
        match self {
            Self::Ours => out.push_str(&ours.concat()),
            Self::Theirs => out.push_str(&theirs.concat()),
            Self::Union => {
                push_lines(out, &ours[..ours.len() - tail]);
                out.push_str(&theirs[head..].concat());
            }
        }
    }
}

fn push_lines(out: &mut String, lines: &[String]) {
    out.push_str(&lines.concat());
    if lines.last().is_some_and(|line| !line.ends_with('\n')) {
        out.push('\n');
    }
}
