//! `kvorum store dump`: keys and values as lines of text.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use kvorum::Error;

use super::{open, refused};
use crate::exit::{Exit, Stop};
use crate::interrupt::Interrupt;
use crate::terminal::{Terminal, clipped};

pub(super) fn dump(
    path: &Path,
    prefix: &str,
    limit: u64,
    terminal: &mut Terminal,
) -> Result<Exit, Stop> {
    let prefix = unescaped(prefix).ok_or_else(|| {
        Stop::Usage(format!(
            "--prefix {prefix}: a backslash begins \\xNN or \\\\"
        ))
    })?;
    let store = open(path)?;
    let interrupt = Interrupt::listen();
    let damaged = |why: Error| refused(path, &why);
    let mut range = store.prefix(&prefix).map_err(damaged)?;
    let watched = terminal.is_watched();
    let mut out = BufWriter::new(&mut *terminal);
    let mut shown = 0;
    let mut more = false;
    while let Some((key, value)) = range.next().map_err(damaged)? {
        if shown == limit {
            more = true;
            break;
        }
        let value = value.escape_ascii().to_string();
        let value = if watched {
            clipped(&value)
        } else {
            value.into()
        };
        writeln!(out, "{}\t{value}", key.escape_ascii())?;
        shown += 1;
        if interrupt.came() {
            out.flush()?;
            return Err(Stop::Interrupted);
        }
    }
    out.flush()?;
    drop(out);
    if more {
        terminal.remark(format!("there are more: --limit is {limit}"));
    }
    drop(range);
    store.close().map_err(damaged)?;
    Ok(Exit::Done)
}

/// The bytes that `dump` prints as `text`. `None` where a backslash begins nothing that it prints.
fn unescaped(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'x' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                (digit()? * 16 + digit()?) as u8
            }
            b't' => b'\t',
            b'n' => b'\n',
            b'r' => b'\r',
            quoted @ (b'\\' | b'\'' | b'"') => quoted,
            _ => return None,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn what_is_printed_can_be_typed() {
        let all: Vec<u8> = (0..=255).collect();
        let printed = all.escape_ascii().to_string();
        assert_eq!(unescaped(&printed), Some(all));
        assert_eq!(unescaped("cart:ä"), Some("cart:ä".into()));
    }

    #[test]
    fn a_backslash_must_begin_something() {
        for wrong in ["\\", "\\q", "\\x", "\\x4", "\\xgg", "\\x+1"] {
            assert_eq!(unescaped(wrong), None, "{wrong}");
        }
    }
}
