//! The built pages, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

/// The page for what is not there; mdBook builds it.
const NOT_FOUND: &str = "/404.html";

/// Every file of the site by its path.
#[derive(Debug)]
pub(crate) struct Site {
    files: BTreeMap<String, Bytes>,
}

impl Site {
    pub(crate) fn new(files: BTreeMap<String, Vec<u8>>) -> Self {
        let files = files.into_iter().map(|(path, bytes)| (path, bytes.into()));
        Self {
            files: files.collect(),
        }
    }

    /// The file that a path names. There is nothing to climb out of: a path is only looked up.
    fn find(&self, path: &str) -> Option<(&str, &Bytes)> {
        let index = path
            .strip_suffix('/')
            .map(|folder| format!("{folder}/index.html"));
        self.files
            .get_key_value(index.as_deref().unwrap_or(path))
            .map(|(path, bytes)| (path.as_str(), bytes))
    }
}

/// Answers with a file of the site, or the page that says there is none.
pub(crate) async fn file(State(site): State<Arc<Site>>, method: Method, uri: Uri) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
        )
            .into_response();
    }
    let (status, found) = match site.find(uri.path()) {
        Some(found) => (StatusCode::OK, Some(found)),
        None => (StatusCode::NOT_FOUND, site.find(NOT_FOUND)),
    };
    let Some((path, bytes)) = found else {
        return (status, "no such page").into_response();
    };
    let kind = HeaderValue::from_static(content_type(path));
    (
        status,
        [(header::CONTENT_TYPE, kind)],
        Body::from(bytes.clone()),
    )
        .into_response()
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
