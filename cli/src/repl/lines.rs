//! Where the REPL's lines come from: an editor with history on a terminal, plain lines from a pipe.

use std::io::{self, BufRead as _, Read as _};
use std::path::PathBuf;

use kvorum::NodeId;
use kvorum::base::limits::SCRIPT_LINE_BYTES_MAX;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, Config, Editor};

use crate::exit::Stop;
use crate::repl::completer::ScenarioCompleter;
use crate::terminal::Terminal;

/// Lines of history kept in the file.
pub const HISTORY_LINES_MAX: usize = 1_000;
/// What stands before the cursor.
const PROMPT: &str = "kvorum> ";

/// What came in.
#[derive(Debug, PartialEq, Eq)]
pub enum Typed {
    /// A line, without its end.
    Line(String),
    /// Ctrl-C: the line was given up.
    Abandoned,
    /// Ctrl-D, or the end of the pipe.
    End,
}

/// A source of lines.
pub enum Lines {
    /// A person at a terminal.
    Editor {
        /// The line editor.
        editor: Box<Editor<ScenarioCompleter, FileHistory>>,
        /// Where the history is kept, when there is a place.
        history: Option<PathBuf>,
    },
    /// A pipe.
    Plain,
}

impl Lines {
    /// An editor when a person types, else the plain standard input. A history that cannot be read is
    /// told, and the session starts without it.
    ///
    /// # Errors
    /// [`Stop::Environment`] when the terminal cannot be set up.
    pub fn open(
        typed: bool,
        history: Option<PathBuf>,
        terminal: &mut Terminal,
    ) -> Result<Self, Stop> {
        if !typed {
            return Ok(Self::Plain);
        }
        let colour = if terminal.is_coloured() {
            ColorMode::Enabled
        } else {
            ColorMode::Disabled
        };
        let config = Config::builder()
            .max_history_size(HISTORY_LINES_MAX)
            .and_then(|config| config.history_ignore_dups(true))
            .map_err(|error| refused(&error))?
            .auto_add_history(true)
            .completion_type(CompletionType::List)
            .color_mode(colour)
            .build();
        let mut editor = Editor::with_config(config).map_err(|error| refused(&error))?;
        editor.set_helper(Some(ScenarioCompleter::default()));
        if let Some(path) = history.as_ref().filter(|path| path.exists())
            && let Err(error) = editor.load_history(path)
        {
            terminal.remark(format_args!("(no history: {}: {error})", path.display()));
        }
        Ok(Self::Editor {
            editor: Box::new(editor),
            history,
        })
    }

    /// Tells the completion which nodes there are.
    pub fn know(&mut self, nodes: &[NodeId]) {
        if let Self::Editor { editor, .. } = self
            && let Some(completer) = editor.helper_mut()
        {
            completer.nodes = nodes.iter().map(ToString::to_string).collect();
        }
    }

    /// The next line.
    ///
    /// # Errors
    /// [`Stop::Usage`] for input that is not text or has a line over its limit.
    pub fn next(&mut self) -> Result<Typed, Stop> {
        match self {
            Self::Plain => next_plain(),
            Self::Editor { editor, .. } => match editor.readline(PROMPT) {
                Ok(line) => Ok(Typed::Line(line)),
                Err(ReadlineError::Interrupted) => Ok(Typed::Abandoned),
                Err(ReadlineError::Eof) => Ok(Typed::End),
                Err(error) => Err(refused(&error)),
            },
        }
    }

    /// Keeps the line that came last, so that it outlives the session however that ends; the file
    /// holds [`HISTORY_LINES_MAX`] lines. A history that cannot be written is told once; the session
    /// goes on without it.
    pub fn keep(&mut self, terminal: &mut Terminal) {
        let Self::Editor { editor, history } = self else {
            return;
        };
        let Some(path) = history else { return };
        let folder = path.parent().map_or(Ok(()), std::fs::create_dir_all);
        let kept = folder
            .map_err(ReadlineError::Io)
            .and_then(|()| editor.append_history(path));
        if let Err(error) = kept {
            terminal.remark(format_args!(
                "(history not kept: {}: {error})",
                path.display()
            ));
            *history = None;
        }
    }
}

fn next_plain() -> Result<Typed, Stop> {
    let mut bytes = Vec::new();
    let limit = SCRIPT_LINE_BYTES_MAX as u64 + 2;
    let taken = io::stdin()
        .lock()
        .take(limit)
        .read_until(b'\n', &mut bytes)
        .map_err(|error| Stop::Environment(format!("standard input cannot be read: {error}")))?;
    if taken == 0 {
        return Ok(Typed::End);
    }
    if bytes.last() != Some(&b'\n') && bytes.len() > SCRIPT_LINE_BYTES_MAX {
        return Err(Stop::Usage(format!(
            "a line is longer than {SCRIPT_LINE_BYTES_MAX} bytes; split it"
        )));
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| Stop::Usage("the input is not UTF-8 text".to_owned()))?;
    Ok(Typed::Line(text.trim_end_matches(['\n', '\r']).to_owned()))
}

fn refused(error: &ReadlineError) -> Stop {
    Stop::Environment(format!(
        "this terminal cannot be read: {error}; pipe the lines in instead"
    ))
}
