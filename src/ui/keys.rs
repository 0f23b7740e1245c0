//! Keys that are pressed while a screen is drawn.

use std::io;
use std::os::fd::AsFd as _;

use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr,
};

use super::Ui;

/// Takes keys one by one and shows none, which would push the screen about, as long as this value lives.
pub(crate) struct Keys {
    /// How the terminal was; none where nobody types.
    before: Option<Termios>,
}

impl Ui {
    pub(crate) fn keys(&self) -> Keys {
        Keys { before: self.can_draw.then(take).flatten() }
    }
}

/// Changes the terminal and answers how it was. In the background it is somebody else's.
fn take() -> Option<Termios> {
    let input = io::stdin();
    let input = input.as_fd();
    let is_ours = || tcgetpgrp(input).is_ok_and(|group| group == rustix::process::getpgrp());
    if !isatty(input) || !isatty(io::stdout()) || !is_ours() {
        return None;
    }
    let before = tcgetattr(input).ok()?;
    let mut own = before.clone();
    own.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
    // A look at the keys does not wait for one.
    own.special_codes[SpecialCodeIndex::VMIN] = 0;
    own.special_codes[SpecialCodeIndex::VTIME] = 0;
    tcsetattr(input, OptionalActions::Now, &own).ok()?;
    Some(before)
}

impl Keys {
    /// Whether `q` was pressed since the last look.
    pub(crate) fn quit(&self) -> bool {
        let mut keys = [0; 64];
        let n_read =
            self.before.as_ref().map_or(0, |_| rustix::io::read(io::stdin(), &mut keys).unwrap_or(0));
        keys[..n_read].contains(&b'q')
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            // There is nobody to tell that a terminal is gone.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, before);
        }
    }
}
