//! Who may ask: requests for this very server, from its own pages or typed into the browser.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// What every answer says to the browser. mdBook's pages hold scripts and styles in line.
const HEADERS: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (header::CACHE_CONTROL, "no-cache"),
];

/// The names under which this server is asked for.
#[derive(Debug)]
pub(crate) struct Guard {
    hosts: [String; 3],
}

impl Guard {
    pub(crate) fn new(port: u16) -> Self {
        Self {
            hosts: ["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}")),
        }
    }

    fn is_own(&self, host: &str) -> bool {
        self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    /// Why these headers are refused, if they are.
    fn refusal(&self, headers: &HeaderMap) -> Option<&'static str> {
        let mut hosts = headers.get_all(header::HOST).iter();
        let host = hosts.next().and_then(|value| value.to_str().ok());
        if !host.is_some_and(|host| self.is_own(host)) || hosts.next().is_some() {
            return Some("this server answers only to its own address");
        }
        let foreign = |origin: &HeaderValue| {
            let host = origin
                .to_str()
                .ok()
                .and_then(|text| text.strip_prefix("http://"));
            !host.is_some_and(|host| self.is_own(host))
        };
        if headers.get_all(header::ORIGIN).iter().any(foreign) {
            return Some("this server answers only to its own pages");
        }
        None
    }
}

/// Refuses what is not meant for this server, and puts the headers on what is answered.
pub(crate) async fn check(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = match guard.refusal(request.headers()) {
        Some(why) => (StatusCode::FORBIDDEN, why).into_response(),
        None => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(pairs: &[(HeaderName, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name.clone(), HeaderValue::from_static(value));
        }
        Guard::new(4004).refusal(&headers).is_some()
    }

    #[test]
    fn only_its_own_names_and_port() {
        assert!(!refused(&[(header::HOST, "127.0.0.1:4004")]));
        assert!(!refused(&[(header::HOST, "LocalHost:4004")]));
        assert!(!refused(&[(header::HOST, "[::1]:4004")]));
        for host in [
            "",
            "127.0.0.1",
            "127.0.0.1:4005",
            "evil.example:4004",
            "127.0.0.1:4004.evil.example",
        ] {
            assert!(refused(&[(header::HOST, host)]), "{host}");
        }
        assert!(refused(&[]));
        assert!(refused(&[
            (header::HOST, "127.0.0.1:4004"),
            (header::HOST, "evil.example")
        ]));
    }

    #[test]
    fn only_its_own_origin() {
        let own = (header::HOST, "127.0.0.1:4004");
        assert!(!refused(&[
            own.clone(),
            (header::ORIGIN, "http://127.0.0.1:4004")
        ]));
        assert!(!refused(&[
            own.clone(),
            (header::ORIGIN, "http://localhost:4004")
        ]));
        for origin in [
            "null",
            "http://evil.example",
            "https://127.0.0.1:4004",
            "http://127.0.0.1:4004/",
            "",
        ] {
            assert!(
                refused(&[own.clone(), (header::ORIGIN, origin)]),
                "{origin}"
            );
        }
    }
}
