//! From the bytes of a terminal to keys.

/// A key that means something here. All others are passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Char(char),
    Enter,
    Backspace,
    Delete,
    Left,
    Right,
    Home,
    End,
    /// Ctrl-U: everything before the cursor goes.
    KillLine,
    /// Ctrl-W: the word before the cursor goes.
    KillWord,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D.
    Close,
    /// Ctrl-Z.
    Suspend,
}

/// Takes bytes one by one.
#[derive(Clone, Debug, Default)]
pub(super) struct Decoder {
    state: State,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Ground,
    /// After Esc.
    Escape,
    /// After Esc [, with what stood there since.
    Control(Vec<u8>),
    /// After Esc O, or Esc [ [: one more byte belongs to the key.
    Single,
    /// In a character of several bytes: those so far, and how many there will be.
    Character(Vec<u8>, usize),
}

/// Bytes of one escape sequence: no key has more.
const SEQUENCE_MAX: usize = 32;

impl Decoder {
    /// Whether the last bytes began what may be a key or Esc alone.
    pub(super) fn is_escaping(&self) -> bool {
        !matches!(self.state, State::Ground | State::Character(..))
    }

    /// Nothing more came: it was Esc alone.
    pub(super) fn give_up(&mut self) {
        self.state = State::Ground;
    }

    pub(super) fn push(&mut self, byte: u8) -> Option<Key> {
        match std::mem::take(&mut self.state) {
            State::Ground => self.ground(byte),
            // A control byte is no part of a sequence: Ctrl-C always is.
            _ if byte < b' ' => self.ground(byte),
            State::Escape => {
                self.state = match byte {
                    b'[' => State::Control(Vec::new()),
                    b'O' => State::Single,
                    _ => State::Ground,
                };
                None
            }
            State::Control(mut before) => match byte {
                b'[' if before.is_empty() => {
                    self.state = State::Single;
                    None
                }
                b'@'..=b'~' => sequence(&before, byte),
                _ => {
                    before.push(byte);
                    if before.len() < SEQUENCE_MAX {
                        self.state = State::Control(before);
                    }
                    None
                }
            },
            State::Single => sequence(&[], byte),
            State::Character(mut bytes, length) => {
                if byte & 0xC0 != 0x80 {
                    return self.ground(byte);
                }
                bytes.push(byte);
                if bytes.len() < length {
                    self.state = State::Character(bytes, length);
                    return None;
                }
                let text = std::str::from_utf8(&bytes).ok()?;
                let c = text.chars().next().filter(|c| !c.is_control())?;
                Some(Key::Char(c))
            }
        }
    }

    fn ground(&mut self, byte: u8) -> Option<Key> {
        Some(match byte {
            0x01 => Key::Home,
            0x02 => Key::Left,
            0x03 => Key::Interrupt,
            0x04 => Key::Close,
            0x05 => Key::End,
            0x06 => Key::Right,
            0x08 | 0x7F => Key::Backspace,
            b'\t' => Key::Char(' '),
            b'\r' | b'\n' => Key::Enter,
            0x15 => Key::KillLine,
            0x17 => Key::KillWord,
            0x1A => Key::Suspend,
            0x1B => {
                self.state = State::Escape;
                return None;
            }
            b' '..=b'~' => Key::Char(char::from(byte)),
            0xC2..=0xF4 => {
                let length = match byte {
                    0xC2..=0xDF => 2,
                    0xE0..=0xEF => 3,
                    _ => 4,
                };
                self.state = State::Character(vec![byte], length);
                return None;
            }
            _ => return None,
        })
    }
}

fn sequence(before: &[u8], last: u8) -> Option<Key> {
    Some(match (before, last) {
        (_, b'C') => Key::Right,
        (_, b'D') => Key::Left,
        (_, b'H') | (b"1" | b"7", b'~') => Key::Home,
        (_, b'F') | (b"4" | b"8", b'~') => Key::End,
        (b"3", b'~') => Key::Delete,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Vec<Key> {
        let mut decoder = Decoder::default();
        bytes
            .iter()
            .filter_map(|byte| decoder.push(*byte))
            .collect()
    }

    #[test]
    fn characters_come_whole() {
        let typed: Vec<Key> = "aä牛🥛~ ".chars().map(Key::Char).collect();
        assert_eq!(keys("aä牛🥛~ ".as_bytes()), typed);
        // A torn character is passed over, and the next one is not.
        assert_eq!(
            keys(b"\xC3a\xE7\x89b\xFF\x80\xC0c"),
            "abc".chars().map(Key::Char).collect::<Vec<_>>()
        );
        assert_eq!(keys("\u{85}x".as_bytes()), [Key::Char('x')]);
    }

    #[test]
    fn keys_of_several_bytes_are_one_key_or_none() {
        assert_eq!(
            keys(b"\x1b[D\x1b[C\x1bOH\x1b[4~\x1b[3~"),
            [Key::Left, Key::Right, Key::Home, Key::End, Key::Delete]
        );
        // Up, down, F1 of two kinds, F5, shift and a letter, a mouse, page down.
        assert_eq!(
            keys(b"\x1b[A\x1b[B\x1bOP\x1b[[A\x1b[15~\x1bq\x1b[<0;5;5M\x1b[6~"),
            []
        );
        assert_eq!(keys(b"\x1b[1;5C"), [Key::Right]);
    }

    #[test]
    fn escape_alone_is_given_up_and_ctrl_c_is_always_heard() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(0x1B), None);
        assert!(decoder.is_escaping());
        decoder.give_up();
        assert_eq!(decoder.push(b'q'), Some(Key::Char('q')));
        assert_eq!(keys(b"\x1b\x03"), [Key::Interrupt]);
        assert_eq!(keys(b"\x1b[1;\x03"), [Key::Interrupt]);
        assert_eq!(keys(b"\xE7\x03"), [Key::Interrupt]);
        assert_eq!(
            keys(&[b"\x1b[".as_slice(), &[b'1'; 100]].concat()).len(),
            100 - SEQUENCE_MAX
        );
    }
}
