//! The keyboard, key by key: a choice needs no Enter, and a line can be edited while it is typed.
//!
//! While a [`Keyboard`] lives, the terminal sends keys as they are pressed and shows none of them by itself.
//! Its end, a panic included, gives the terminal back as it was. Ctrl-C is a key like others; SIGINT, SIGTERM
//! and SIGHUP from elsewhere end the reading in the same way, so that the session ends as after `q`.

mod decode;
mod line;
mod raw;
mod signals;

use std::collections::VecDeque;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::time::Duration;

use kvorum_quiz::Line;
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, raise};

use crate::terminal::Terminal;
use decode::{Decoder, Key};
use line::{Edited, LineEditor};
use raw::RawMode;
use signals::Signals;

/// How long the rest of a key's escape sequence may take; after that, Esc was pressed alone.
const ESCAPE_WAIT: Duration = Duration::from_millis(300);
/// Columns where the terminal does not say how many it has.
const COLUMNS_USUAL: usize = 80;

/// A keyboard and the screen above it.
#[derive(Debug)]
pub struct Keyboard<'t> {
    terminal: &'t mut Terminal,
    raw: RawMode,
    signals: Signals,
    decoder: Decoder,
    bytes: VecDeque<u8>,
    /// What stands on the screen's last line, before what is typed.
    prompt: String,
}

/// What came next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    Key(Key),
    /// The program was stopped and goes on; the prompt stands on a new line.
    Resumed,
    /// A signal asks the program to end.
    Signalled,
    /// The terminal is gone.
    End,
}

impl<'t> Keyboard<'t> {
    /// Takes over the keyboard; nothing where keys cannot come one by one.
    ///
    /// # Errors
    /// What the system reports when it cannot watch for signals.
    pub fn open(terminal: &'t mut Terminal) -> io::Result<Option<Self>> {
        if std::env::var_os("TERM").is_none_or(|name| name == "dumb") {
            return Ok(None);
        }
        let signals = Signals::watch()?;
        let Some(raw) = RawMode::enter() else {
            return Ok(None);
        };
        Ok(Some(Self {
            terminal,
            raw,
            signals,
            decoder: Decoder::default(),
            bytes: VecDeque::new(),
            prompt: String::new(),
        }))
    }

    fn next(&mut self) -> io::Result<Event> {
        loop {
            while let Some(byte) = self.bytes.pop_front() {
                match self.decoder.push(byte) {
                    Some(Key::Suspend) => {
                        self.suspend()?;
                        return Ok(Event::Resumed);
                    }
                    Some(key) => return Ok(Event::Key(key)),
                    None => {}
                }
            }
            let wait = match self.decoder.is_escaping() {
                true => PollTimeout::try_from(ESCAPE_WAIT).unwrap_or(PollTimeout::ZERO),
                false => PollTimeout::NONE,
            };
            let stdin = io::stdin();
            let mut sources = [
                PollFd::new(stdin.as_fd(), PollFlags::POLLIN),
                PollFd::new(self.signals.as_fd(), PollFlags::POLLIN),
            ];
            match poll(&mut sources, wait) {
                Ok(0) => self.decoder.give_up(),
                Ok(_) => {
                    if sources[1].any().unwrap_or(false) {
                        return Ok(Event::Signalled);
                    }
                    let mut bytes = [0; 512];
                    match nix::unistd::read(stdin.as_fd(), &mut bytes) {
                        Ok(0) | Err(Errno::EIO) => return Ok(Event::End),
                        Ok(count) => self.bytes.extend(&bytes[..count]),
                        Err(Errno::EINTR | Errno::EAGAIN) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
                Err(Errno::EINTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Ctrl-Z: the shell gets the terminal as it was, and `fg` comes back to the prompt.
    fn suspend(&mut self) -> io::Result<()> {
        self.raw.leave();
        raise(Signal::SIGTSTP)?;
        self.raw.again();
        let prompt = format!("\n{}", self.prompt);
        shown(&prompt)
    }
}

impl kvorum_quiz::Terminal for Keyboard<'_> {
    fn read_line(&mut self) -> io::Result<Line> {
        let mut editor = LineEditor::new(&self.prompt);
        let line = loop {
            let event = self.next()?;
            // By now: the window may have changed while nothing was typed.
            let columns = terminal_size::terminal_size_of(io::stdout());
            let columns = columns.map_or(COLUMNS_USUAL, |(width, _)| usize::from(width.0));
            match event {
                Event::Key(key) => match editor.press(key) {
                    Edited::Nothing => {}
                    Edited::Changed => shown(&editor.draw(columns))?,
                    Edited::Done(text) => {
                        shown(&editor.draw(columns))?;
                        break Line::Text(text);
                    }
                    Edited::Interrupted => break Line::Interrupted,
                    Edited::Closed => break Line::End,
                },
                Event::Resumed => shown(&editor.draw_again(columns))?,
                Event::Signalled => break Line::Interrupted,
                Event::End => return Ok(Line::End),
            }
        };
        self.prompt.clear();
        shown("\n")?;
        Ok(line)
    }

    fn read_key(&mut self) -> io::Result<Line> {
        let line = loop {
            match self.next()? {
                Event::Key(Key::Char(c)) => {
                    shown(c.encode_utf8(&mut [0; 4]))?;
                    break Line::Text(c.to_string());
                }
                Event::Key(Key::Enter) => break Line::Text(String::new()),
                Event::Key(Key::Interrupt) | Event::Signalled => break Line::Interrupted,
                Event::Key(Key::Close) => break Line::End,
                Event::Key(_) | Event::Resumed => {}
                Event::End => return Ok(Line::End),
            }
        };
        self.prompt.clear();
        shown("\n")?;
        Ok(line)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        match text.rsplit_once('\n') {
            Some((_, last)) => last.clone_into(&mut self.prompt),
            None => self.prompt.push_str(text),
        }
        self.terminal.write_all(text.as_bytes())?;
        self.terminal.flush()
    }

    fn has_keys(&self) -> bool {
        true
    }

    fn is_typed_into(&self) -> bool {
        true
    }

    fn columns(&self) -> Option<usize> {
        Some(self.terminal.columns())
    }
}

/// Writes past the filter that takes colours away: these codes move the cursor.
fn shown(text: &str) -> io::Result<()> {
    let mut screen = io::stdout().lock();
    screen.write_all(text.as_bytes())?;
    screen.flush()
}
