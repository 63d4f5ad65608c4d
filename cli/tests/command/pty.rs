//! The command on a terminal of its own, with somebody typing.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::pty::{Winsize, openpty};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running command and its terminal.
pub struct Typist {
    child: Child,
    keys: File,
    shown: Receiver<Vec<u8>>,
    /// Everything shown and not yet waited for.
    unread: String,
}

impl Typist {
    /// Starts the command on a terminal this wide.
    pub fn start(mut command: Command, columns: u16) -> Self {
        let size = Winsize {
            ws_row: 40,
            ws_col: columns,
            ws_xpixel: 0,
            ws_ypixel: 0,
        };
        let pty = openpty(&size, None).unwrap();
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
        let keys = File::from(pty.master);
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
        }
    }

    pub fn types(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown; returns what came up to it.
    #[track_caller]
    pub fn sees(&mut self, text: &str) -> String {
        let start = now();
        loop {
            if let Some(at) = self.unread.find(text) {
                let rest = self.unread.split_off(at + text.len());
                return std::mem::replace(&mut self.unread, rest);
            }
            match self.shown.recv_timeout(Duration::from_millis(200)) {
                Ok(bytes) => self.unread.push_str(&String::from_utf8_lossy(&bytes)),
                Err(RecvTimeoutError::Timeout) if start.elapsed() < PATIENCE => {}
                Err(_) => panic!("no '{text}' in {:?}", self.unread),
            }
        }
    }

    /// What Ctrl-C sends while a command runs.
    pub fn interrupts(&self) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-INT", &id])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for the end: the exit code, and what was shown since.
    pub fn ends(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        while let Ok(bytes) = self.shown.recv() {
            self.unread.push_str(&String::from_utf8_lossy(&bytes));
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

fn now() -> Instant {
    Instant::now()
}
