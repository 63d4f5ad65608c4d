//! Ctrl-C as something a long run can ask about, so that it still says how far it came.

use kvorum::base::stop::Stop;

/// Ctrl-C, once it is listened for.
#[derive(Debug, Default)]
pub struct Interrupt {
    switch: Stop,
}

impl Interrupt {
    /// Starts to listen, until the process ends. Where that is not possible, Ctrl-C ends the process as
    /// it always did.
    #[must_use]
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let switch = interrupt.switch();
        let listener = std::thread::Builder::new().name("interrupt".to_owned());
        drop(listener.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime {
                while runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
                    switch.stop();
                }
            }
        }));
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
