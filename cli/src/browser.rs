//! Opening the learner's browser, where there is one.

use std::process::{Command, Stdio};

/// What became of the wish to open a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// The opener was started.
    Started,
    /// No display, or no program that opens addresses: the learner opens the address by hand.
    Nowhere,
}

/// Opens `address` without waiting for the browser.
#[must_use]
pub fn open(address: &str) -> Opened {
    let Some(opener) = opener(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    else {
        return Opened::Nowhere;
    };
    let started = Command::new(opener)
        .arg(address)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            // Someone has to collect the opener when it ends, or it stays as a zombie.
            let reaper = std::thread::Builder::new().name("browser".to_owned());
            drop(reaper.spawn(move || child.wait()));
            Opened::Started
        }
        Err(_) => Opened::Nowhere,
    }
}

/// The program that opens addresses here, given which environment variables are set.
fn opener(is_set: impl Fn(&str) -> bool) -> Option<&'static str> {
    if cfg!(target_os = "macos") {
        return Some("open");
    }
    (is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")).then_some("xdg-open")
}

#[cfg(all(test, not(target_os = "macos")))]
mod tests {
    use super::opener;

    #[test]
    fn without_a_display_there_is_no_browser() {
        assert_eq!(opener(|_| false), None);
        assert_eq!(opener(|name| name == "WAYLAND_DISPLAY"), Some("xdg-open"));
    }
}
