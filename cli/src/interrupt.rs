//! Ctrl-C as something a long run can ask about, so that it still says how far it came.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Listens for Ctrl-C from now on.
#[derive(Debug, Default)]
pub struct Interrupt {
    came: Arc<AtomicBool>,
}

impl Interrupt {
    /// Starts to listen. Where that is not possible, Ctrl-C ends the process as it always did.
    #[must_use]
    pub fn listen() -> Self {
        let interrupt = Self::default();
        let came = Arc::clone(&interrupt.came);
        let listener = std::thread::Builder::new().name("interrupt".to_owned());
        drop(listener.spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            if let Ok(runtime) = runtime
                && runtime.block_on(tokio::signal::ctrl_c()).is_ok()
            {
                came.store(true, Ordering::Relaxed);
            }
        }));
        interrupt
    }

    /// True once Ctrl-C was pressed.
    #[must_use]
    pub fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }
}
