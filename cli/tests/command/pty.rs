//! The command on a terminal of its own, with somebody typing.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};
use nix::sys::termios::{LocalFlags, tcgetattr};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running command and its terminal.
pub struct Typist {
    child: Child,
    keys: File,
    shown: Receiver<Vec<u8>>,
    /// Everything shown and not yet waited for.
    unread: String,
    /// What a person sees, by all that was shown so far.
    screen: vt100::Parser,
}

/// Rows of every terminal here.
const ROWS: u16 = 40;

impl Typist {
    /// Starts the command on a terminal this wide.
    pub fn start(mut command: Command, columns: u16) -> Self {
        let size = Winsize {
            ws_row: ROWS,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(&size, None).unwrap();
        // A clone is not handed to a command, which would hold its own keyboard open.
        let keys = File::from(pty.master).try_clone().unwrap();
        let side = || pty.slave.try_clone().unwrap();
        command
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            .stdin(side())
            .stdout(side())
            .stderr(side());
        let child = command.spawn().unwrap();
        // The command holds the terminal's other side, and nobody else: its end ends the reading.
        drop(command);
        drop(pty.slave);
        let mut screen = keys.try_clone().unwrap();
        let (sender, shown) = channel();
        std::thread::Builder::new()
            .spawn(move || {
                let mut bytes = [0; 4096];
                while let Ok(count @ 1..) = screen.read(&mut bytes) {
                    if sender.send(bytes[..count].to_vec()).is_err() {
                        break;
                    }
                }
            })
            .unwrap();
        Self {
            child,
            keys,
            shown,
            unread: String::new(),
            screen: vt100::Parser::new(count(ROWS), count(columns), 0),
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        self.screen.process(bytes);
        self.unread.push_str(&String::from_utf8_lossy(bytes));
    }

    pub fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown; returns what came up to it.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> String {
        self.sees_one_of(&[text]).1
    }

    /// Waits until one of these is shown; returns which comes first, and what came up to it.
    #[track_caller]
    pub fn sees_one_of(&mut self, texts: &[&str]) -> (usize, String) {
        let start = now();
        loop {
            let found = texts.iter().enumerate().filter_map(|(index, text)| {
                let at = self.unread.find(text)?;
                Some((at + text.len(), index))
            });
            if let Some((end, index)) = found.min() {
                let rest = self.unread.split_off(end);
                return (index, std::mem::replace(&mut self.unread, rest));
            }
            match self.shown.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => self.take(&bytes),
                Err(RecvTimeoutError::Timeout) if start.elapsed() < PATIENCE => {}
                Err(_) => panic!("none of {texts:?} in {:?}", self.unread),
            }
        }
    }

    /// The rows of the screen, and whether any of them overflowed into the next.
    pub fn rows(&self) -> (Vec<String>, bool) {
        let screen = self.screen.screen();
        let rows = screen.rows(0, screen.size().1.get()).collect();
        (rows, (0..ROWS).any(|row| screen.row_wrapped(row)))
    }

    /// Whether the terminal collects lines and shows what is typed, as it does for a shell.
    pub fn is_a_shell_s(&self) -> bool {
        let modes = tcgetattr(&self.keys).unwrap().local_flags;
        let usual = LocalFlags::ICANON | LocalFlags::ECHO | LocalFlags::ISIG;
        assert!(
            modes.contains(usual) || !modes.intersects(usual),
            "{modes:?}"
        );
        modes.contains(usual)
    }

    /// Makes the window so many columns wide.
    pub fn is_resized(&mut self, columns: u16) {
        let terminal = self.keys.try_clone().unwrap();
        let stty = Command::new("stty")
            .args(["cols", &columns.to_string()])
            .stdin(terminal)
            .status();
        assert!(stty.unwrap().success());
        self.screen
            .screen_mut()
            .set_size(count(ROWS), count(columns));
    }

    /// Closes the terminal while the command runs; returns its exit code. `key` must make it show something.
    pub fn hangs_up(mut self, key: &str) -> Option<i32> {
        // The reading thread holds the terminal too, until it has something for nobody.
        self.shown = channel().1;
        self.types(key);
        std::thread::sleep(Duration::from_millis(300));
        self.keys = File::from(openpty(None, None).unwrap().master);
        self.child.wait().unwrap().code()
    }

    /// What Ctrl-C sends while a command runs.
    pub fn interrupts(&self) {
        self.signals("-INT");
    }

    /// Sends a signal: `-TERM`.
    pub fn signals(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end: the exit code, and what was shown since.
    pub fn ends(mut self) -> (Option<i32>, String) {
        self.is_over()
    }

    /// The same, and the terminal can still be looked at.
    pub fn is_over(&mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        while let Ok(bytes) = self.shown.recv() {
            self.take(&bytes);
        }
        (code, std::mem::take(&mut self.unread))
    }
}

impl Drop for Typist {
    fn drop(&mut self) {
        // A test that failed half-way leaves nobody running; after the end there is nothing to kill.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn count(number: u16) -> NonZero<u16> {
    NonZero::new(number).unwrap()
}

fn now() -> Instant {
    Instant::now()
}
