//! The terminal's own handling of keys, switched off and back on.

use std::io;

use nix::sys::termios::{
    LocalFlags, SetArg, SpecialCharacterIndices, Termios, tcgetattr, tcsetattr,
};

/// Keys come one by one while it lives. What is printed is treated as ever.
#[derive(Debug)]
pub(super) struct RawMode {
    found: Termios,
    raw: Termios,
}

impl RawMode {
    /// Nothing where standard input is no terminal that can do it.
    pub(super) fn enter() -> Option<Self> {
        let found = tcgetattr(io::stdin()).ok()?;
        let mut raw = found.clone();
        raw.local_flags -=
            LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG | LocalFlags::IEXTEN;
        raw.control_chars[SpecialCharacterIndices::VMIN as usize] = 1;
        raw.control_chars[SpecialCharacterIndices::VTIME as usize] = 0;
        tcsetattr(io::stdin(), SetArg::TCSADRAIN, &raw).ok()?;
        Some(Self { found, raw })
    }

    /// Gives the terminal back for a while.
    pub(super) fn leave(&self) {
        // A terminal that is gone needs nothing back.
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.found);
    }

    /// Takes it again.
    pub(super) fn again(&self) {
        let _ = tcsetattr(io::stdin(), SetArg::TCSADRAIN, &self.raw);
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        self.leave();
    }
}
