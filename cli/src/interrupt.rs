//! Ctrl-C as something a long run can ask about, so that it still says how far it came.

use std::io;
use std::pin::pin;
use std::sync::mpsc::{Sender, channel};

use kvorum::base::stop::Stop;

/// Ctrl-C, once it is listened for.
#[derive(Debug, Default)]
pub struct Interrupt {
    switch: Stop,
}

impl Interrupt {
    /// Listens from now on, until the process ends. Where that is not possible, Ctrl-C ends the process
    /// as it always did. Whoever else handles the signal for a while, as a line editor does, must come
    /// later: it puts back what it found.
    #[must_use]
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let switch = interrupt.switch();
        let (ready, listening) = channel();
        let listener = std::thread::Builder::new().name("interrupt".to_owned());
        drop(listener.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                while runtime.block_on(pressed(&ready)).is_ok() {
                    switch.stop();
                }
            }
        }));
        // A thread that came to nothing has dropped its end.
        let _ = listening.recv();
        interrupt
    }

    /// What Ctrl-C stops: for the clusters of a session.
    #[must_use]
    pub fn switch(&self) -> Stop {
        self.switch.clone()
    }

    /// True once Ctrl-C was pressed.
    #[must_use]
    pub fn came(&self) -> bool {
        self.switch.is_stopped()
    }

    /// Forgets what was pressed so far: what was stopped can go on.
    pub fn forget(&self) {
        self.switch.resume();
    }
}

/// Waits for Ctrl-C, and says when it has begun to listen.
async fn pressed(ready: &Sender<()>) -> io::Result<()> {
    let mut pressed = pin!(tokio::signal::ctrl_c());
    // The future listens once it was polled.
    let early = tokio::select! {
        biased;
        result = &mut pressed => Some(result),
        () = std::future::ready(()) => None,
    };
    // Only the first time somebody waits to hear it.
    let _ = ready.send(());
    match early {
        Some(result) => result,
        None => pressed.await,
    }
}
