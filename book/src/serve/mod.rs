//! `kvorum learn`: the book on loopback, with labs that run what the reader wrote.
//!
//! The whole site is built once and kept in memory, so a request can name no file of this machine. Only
//! 127.0.0.1 is bound, and a request is answered only when its `Host` is this server and its `Origin`,
//! where there is one, is too: a page elsewhere in the reader's browser can neither read the book through
//! a rebound name nor run a script here.

mod answer;
mod guard;
mod live;
mod site;

use std::collections::BTreeMap;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::post;

use crate::html::unescape;
use crate::{BookError, BookSource};
use answer::Answers;
use guard::Guard;
use live::LiveRuns;
use site::Site;

/// The port of `kvorum learn` when none is asked for.
pub const PORT_DEFAULT: u16 = 4004;

/// A request's body, bytes: a script of a page and its JSON around it.
const BODY_BYTES_MAX: usize = 1 << 17;

/// How long a stopping server waits for answers under way.
const STOP_WAIT: Duration = Duration::from_secs(1);

/// Settings of [`serve`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServeOptions {
    /// The port on 127.0.0.1; [`PORT_DEFAULT`] when none, 0 takes any free one.
    pub port: Option<u16>,
    /// The book to show.
    pub source: BookSource,
    /// The learner's record; the platform's place when none.
    pub record: Option<PathBuf>,
}

/// Builds the book and serves it on 127.0.0.1 until Ctrl-C or a request to end. `ready` is called once,
/// when requests are answered, with the address to print.
///
/// # Errors
/// [`BookError::PortInUse`], those of [`crate::build`], and [`BookError::Record`] for a record that
/// cannot be opened. Nothing is served then.
pub fn serve(options: &ServeOptions, ready: impl FnOnce(&str)) -> Result<(), BookError> {
    let server = Server::bind(options)?;
    ready(&server.address());
    server.run(asked_to_stop())
}

/// A bound server, not yet answering.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    port: u16,
    site: Site,
    answers: Answers,
}

impl Server {
    /// Takes the port, then builds the site.
    pub(crate) fn bind(options: &ServeOptions) -> Result<Self, BookError> {
        let port = options.port.unwrap_or(PORT_DEFAULT);
        let listener =
            TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).map_err(|wrong| {
                match wrong.kind() {
                    io::ErrorKind::AddrInUse => BookError::PortInUse { port },
                    _ => BookError::Server(wrong),
                }
            })?;
        listener.set_nonblocking(true).map_err(BookError::Server)?;
        let port = listener.local_addr().map_err(BookError::Server)?.port();
        let files = crate::builder::site(&options.source)?;
        Ok(Self {
            listener,
            port,
            answers: Answers::open(options.record.as_deref(), asked_lines(&files))?,
            site: Site::new(files),
        })
    }

    /// Where a browser finds it.
    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port)
    }

    /// Answers until `stop` is done, then lets answers under way finish for a moment.
    pub(crate) fn run(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), BookError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(BookError::Server)?;
        let served = runtime.block_on(async move {
            let listener = tokio::net::TcpListener::from_std(self.listener)?;
            let (stopping, mut stopped) = tokio::sync::watch::channel(());
            let router = router(self.site, self.answers, Guard::new(self.port));
            let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
                stop.await;
                drop(stopping);
            });
            // A browser may hold an answer open for long; a stop waits only so long for it.
            let patience = async move {
                let _ = stopped.changed().await;
                tokio::time::sleep(STOP_WAIT).await;
            };
            tokio::select! {
                served = serving.into_future() => served,
                () = patience => Ok(()),
            }
        });
        // A lab that is still running has no one to answer to any more.
        runtime.shutdown_background();
        served.map_err(BookError::Server)
    }
}

/// What the asked lines of all labs printed, from the pages that were just built: by lab and label.
fn asked_lines(files: &BTreeMap<String, Vec<u8>>) -> BTreeMap<(String, String), String> {
    let mut lines = BTreeMap::new();
    for (_, page) in files.iter().filter(|(name, _)| name.ends_with(".html")) {
        let page = String::from_utf8_lossy(page);
        for lab in page.split("<div class=\"lab\"").skip(1) {
            let tag = lab.split('>').next().unwrap_or_default();
            let value = |name: &str| {
                let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
                Some(unescape(rest.split('"').next()?))
            };
            if let (Some(path), Some(ask), Some(printed)) =
                (value("data-path"), value("data-ask"), value("data-printed"))
            {
                lines.insert((path, ask), printed);
            }
        }
    }
    lines
}

fn router(site: Site, answers: Answers, guard: Guard) -> Router {
    let answers = Arc::new(answers);
    Router::new()
        .route(
            "/api/run",
            post(live::run).with_state(Arc::new(LiveRuns::new())),
        )
        .route(
            "/api/answer",
            post(answer::answer).with_state(Arc::clone(&answers)),
        )
        .route(
            "/api/vote",
            post(answer::vote).with_state(Arc::clone(&answers)),
        )
        .route("/api/predict", post(answer::predict).with_state(answers))
        .fallback(site::file)
        .with_state(Arc::new(site))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn_with_state(
            Arc::new(guard),
            guard::check,
        ))
}

/// Done at Ctrl-C, or when the system asks the process to end.
async fn asked_to_stop() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a way to hear of Ctrl-C, Ctrl-C ends the process as the system sees fit.
    if interrupt.await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[cfg(test)]
mod tests;
