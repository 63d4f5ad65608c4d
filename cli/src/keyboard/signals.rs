//! Signals that ask the program to end, as something that a wait for keys can wake up from.

use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;

use tokio::signal::unix::{SignalKind, signal};

/// Readable once such a signal came.
#[derive(Debug)]
pub(super) struct Signals {
    woken: UnixStream,
}

impl Signals {
    /// Watches from now on, until the process ends.
    pub(super) fn watch() -> io::Result<Self> {
        let (woken, mut waker) = UnixStream::pair()?;
        let (ready, listening) = channel();
        let listener = std::thread::Builder::new().name("signals".to_owned());
        listener.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let Ok(runtime) = runtime else {
                return;
            };
            runtime.block_on(async {
                let kinds = (
                    signal(SignalKind::interrupt()),
                    signal(SignalKind::terminate()),
                    signal(SignalKind::hangup()),
                );
                // Only the first time somebody waits to hear it.
                let _ = ready.send(());
                let (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) = kinds else {
                    return;
                };
                tokio::select! {
                    _ = interrupt.recv() => {}
                    _ = terminate.recv() => {}
                    _ = hangup.recv() => {}
                }
                // The session may have ended.
                drop(waker.write_all(b"!"));
                // Closed, it would look like a signal that came, as it does from here on.
                std::future::pending::<()>().await;
            });
        })?;
        // A thread that came to nothing has dropped its end.
        let _ = listening.recv();
        Ok(Self { woken })
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.woken.as_fd()
    }
}
