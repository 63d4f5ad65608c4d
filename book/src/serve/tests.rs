//! Real HTTP over loopback, against the real book.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::thread;

use serde_json::{Value, json};
use tokio::sync::Notify;

use super::*;

/// A server on a free port, with a record of its own; stopped when dropped.
struct Running {
    port: u16,
    record: PathBuf,
    stop: Arc<Notify>,
    thread: Option<thread::JoinHandle<Result<(), BookError>>>,
    _folder: tempfile::TempDir,
}

impl Running {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let record = folder.path().join("record.db");
        let options = ServeOptions {
            port: Some(0),
            source: BookSource::Embedded,
            record: Some(record.clone()),
        };
        let server = Server::bind(&options).unwrap();
        let port = server.port;
        let stop = Arc::new(Notify::new());
        let stopped = Arc::clone(&stop);
        let thread = thread::Builder::new()
            .spawn(move || server.run(async move { stopped.notified().await }))
            .unwrap();
        Self {
            port,
            record,
            stop,
            thread: Some(thread),
            _folder: folder,
        }
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Sends a request as it stands; returns status, head and body.
    fn send(&self, request: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(self.host()).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_ascii_lowercase(), body.to_owned())
    }

    fn get(&self, path: &str, headers: &str) -> (u16, String, String) {
        let host = self.host();
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{headers}\r\n"
        ))
    }

    fn post_as(&self, path: &str, headers: &str, body: &str) -> (u16, String) {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}",
            self.host(),
            body.len()
        );
        let (status, _, body) = self.send(&request);
        (status, body)
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, body) = self.post_as(
            path,
            "Content-Type: application/json\r\n",
            &body.to_string(),
        );
        (status, serde_json::from_str(&body).unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.notify_one();
        let ended = self.thread.take().map(thread::JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(ended, Some(Ok(Ok(())))), "{ended:?}");
        }
    }
}

/// One server for all tests of this file: building the book takes a moment.
fn server() -> MutexGuard<'static, Running> {
    static SERVER: OnceLock<Mutex<Running>> = OnceLock::new();
    SERVER
        .get_or_init(|| Mutex::new(Running::start()))
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[test]
fn the_book_is_shown_with_its_kinds_and_headers() {
    let server = server();
    let (status, head, body) = server.get("/", "");
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/html"));
    assert!(head.contains("x-content-type-options: nosniff"));
    assert!(head.contains("content-security-policy: default-src 'self'"));
    assert!(body.contains("Kvorum") && body.contains("id=\"kvorum-live\""));

    let (status, _, lesson) = server.get("/02-consistent-hashing.html", "");
    assert_eq!(status, 200);
    assert!(lesson.contains("class=\"lab\"") && lesson.contains("<svg"));
    assert_eq!(server.get("/no/such/page.html", "").0, 404);
}

#[test]
fn another_name_for_this_machine_is_refused() {
    let server = server();
    let port = server.port;
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "127.0.0.1",
        "127.0.0.1:1",
    ] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(server.send(&request).0, 403, "{host}");
    }
    let without_host = "GET / HTTP/1.0\r\n\r\n";
    assert_eq!(server.send(without_host).0, 403);
    let by_name = format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n");
    assert_eq!(server.send(&by_name).0, 200);
}

#[test]
fn a_page_from_elsewhere_is_refused() {
    let server = server();
    assert_eq!(server.get("/", "Origin: http://evil.example\r\n").0, 403);
    assert_eq!(server.get("/", "Origin: null\r\n").0, 403);
    let own = format!("Origin: http://127.0.0.1:{}\r\n", server.port);
    assert_eq!(server.get("/", &own).0, 200);
    let body = json!({ "script": "cluster nodes=3" }).to_string();
    let headers = "Content-Type: application/json\r\nOrigin: http://evil.example\r\n";
    assert_eq!(server.post_as("/api/run", headers, &body).0, 403);
    // What a form of another page can send without asking first.
    let (status, _) = server.post_as("/api/run", "Content-Type: text/plain\r\n", &body);
    assert_eq!(status, 415);
}

#[test]
fn no_path_leaves_the_site() {
    let server = server();
    for path in [
        "/../Cargo.toml",
        "/../../../../etc/passwd",
        "/..%2f..%2f..%2fetc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/theme/../../book.toml",
        "//etc/passwd",
        "/theme\\..\\..\\book.toml",
    ] {
        let (status, _, body) = server.get(path, "");
        assert!(status == 404 || status == 400, "{path}: {status}");
        assert!(
            !body.contains("root:") && !body.contains("[preprocessor"),
            "{path}"
        );
    }
}

#[test]
fn a_script_runs_and_a_wrong_one_is_explained() {
    let server = server();
    let script = "cluster nodes=3 seed=1\nput cart milk\nget cart -> eggs\nshow ring\n";
    let (status, ran) = server.post("/api/run", &json!({ "script": script }));
    assert_eq!(status, 200, "{ran}");
    assert_eq!(ran["passed"], false);
    assert_eq!(ran["steps"][2]["printed"], "milk");
    let html = ran["html"].as_str().unwrap();
    assert!(html.contains("<samp>milk</samp>"));
    assert_eq!(html.matches("<svg").count(), 1);
    assert!(
        !ran["steps"].to_string().contains("<svg"),
        "drawn once, in the page's HTML"
    );
    let (_, again) = server.post("/api/run", &json!({ "script": script }));
    assert_eq!(ran["trace_hash"], again["trace_hash"]);

    let (status, wrong) = server.post(
        "/api/run",
        &json!({ "script": "cluster nodes=3\nputt a b\n" }),
    );
    assert_eq!(status, 422);
    assert!(
        wrong["error"].as_str().unwrap().starts_with("lab.kv:2:"),
        "{wrong}"
    );
}

#[test]
fn a_script_that_shows_too_much_is_refused_before_it_fills_the_memory() {
    let server = server();
    let rings: String = (1..3500).map(|key| format!("show ring k{key}\n")).collect();
    let value = "v".repeat(1 << 15);
    let values = format!("put a {value}\n{}", "get a\n".repeat(3000));
    let histories = format!(
        "{}{}",
        "put k v\n".repeat(200),
        "show history\n".repeat(3500)
    );
    for script in [rings, values, histories] {
        let (status, wrong) = server.post("/api/run", &json!({ "script": script }));
        assert_eq!(status, 422);
        let message = wrong["error"].as_str().unwrap();
        assert!(
            message.starts_with("this shows too much for a page"),
            "{message}"
        );
    }
    let a_few = "show ring a\n".repeat(20);
    let (status, ran) = server.post("/api/run", &json!({ "script": a_few }));
    assert_eq!((status, ran["steps"].as_array().unwrap().len()), (200, 20));
}

#[test]
fn a_body_that_is_no_script_is_refused_with_a_reason() {
    let server = server();
    let json_kind = "Content-Type: application/json\r\n";
    assert_eq!(server.post_as("/api/run", json_kind, "{").0, 400);
    assert_eq!(server.post_as("/api/run", json_kind, "[1]").0, 400);
    let long = json!({ "script": "#".repeat(1 << 16) + "\n" }).to_string();
    assert_eq!(server.post_as("/api/run", json_kind, &long).0, 413);
    let huge = "x".repeat(BODY_BYTES_MAX + 1);
    assert_eq!(server.post_as("/api/run", json_kind, &huge).0, 413);
    assert_eq!(server.get("/api/run", "").0, 405);
    assert_eq!(server.post_as("/index.html", json_kind, "{}").0, 405);
}

#[test]
fn an_answer_is_graded_and_kept() {
    let server = server();
    let bank = kvorum_quiz::Bank::embedded().unwrap();
    let question = bank.page_questions(2)[0];
    let asked = kvorum_quiz::Asked::new(question, crate::preprocess::PAGE_SEED);
    let line = match asked.view().input {
        "order" => (1..=asked.options().len())
            .map(|at| format!("{at} "))
            .collect(),
        _ => "1".to_owned(),
    };
    let sent =
        json!({ "id": question.id.to_string(), "answer": line, "elapsed_ms": 1500, "hints": 1 });
    let (status, verdict) = server.post("/api/answer", &sent);
    assert_eq!(status, 200, "{verdict}");
    let expected = asked.grade(&asked.parse(&line).unwrap()).unwrap();
    assert_eq!(verdict["right"], expected.right);
    assert_eq!(verdict["key"], expected.key);

    let record = kvorum_quiz::Record::open(&server.record).unwrap();
    let kept = record
        .attempts(&kvorum_quiz::AttemptFilter::default())
        .unwrap();
    let attempt = &kept.last().unwrap().attempt;
    assert_eq!(attempt.item, question.id.to_string());
    assert_eq!((attempt.elapsed_ms, attempt.hints), (1500, 1));
    assert_eq!(attempt.right, expected.right);
}

#[test]
fn an_answer_that_fits_nothing_is_refused_and_not_kept() {
    let server = server();
    let kept = || {
        let record = kvorum_quiz::Record::open(&server.record).unwrap();
        record
            .attempts(&kvorum_quiz::AttemptFilter::default())
            .unwrap()
            .len()
    };
    let before = kept();
    let bank = kvorum_quiz::Bank::embedded().unwrap();
    let id = bank.page_questions(2)[0].id.to_string();
    let (status, wrong) = server.post("/api/answer", &json!({ "id": id, "answer": "" }));
    assert_eq!(status, 422, "{wrong}");
    assert!(
        wrong["error"].as_str().unwrap().starts_with("type "),
        "{wrong}"
    );
    assert_eq!(
        server
            .post("/api/answer", &json!({ "id": "none", "answer": "1" }))
            .0,
        404
    );
    assert_eq!(server.post("/api/answer", &json!({ "id": id })).0, 400);
    assert_eq!(kept(), before);
}

/// The answers that the record of a server holds for items that begin so.
fn kept_of(server: &Running, item: &str) -> Vec<kvorum_quiz::Attempt> {
    let record = kvorum_quiz::Record::open(&server.record).unwrap();
    let all = record
        .attempts(&kvorum_quiz::AttemptFilter::default())
        .unwrap();
    let attempts = all.into_iter().map(|kept| kept.attempt);
    attempts
        .filter(|attempt| attempt.item.starts_with(item))
        .collect()
}

#[test]
fn a_prediction_is_compared_with_what_its_line_printed_and_kept() {
    let server = Running::start();
    for (lab, step, prediction, right, lesson) in [
        ("02-consistent-hashing/modulo.kv", "moved", "83%", true, 2),
        (
            "02-consistent-hashing/modulo.kv",
            "moved",
            "16.7%",
            false,
            2,
        ),
        ("introduction.md/first.kv", "read", "Milk", true, 99),
    ] {
        let sent = json!({ "lab": lab, "step": step, "prediction": prediction, "elapsed_ms": 900 });
        let (status, told) = server.post("/api/predict", &sent);
        assert_eq!(
            (status, &told["right"]),
            (200, &json!(right)),
            "{lab}: {told}"
        );
        let kept = kept_of(&server, &format!("lab/{lab}#{step}"));
        let last = kept.last().unwrap();
        assert_eq!((last.right, last.lesson), (right, lesson));
        assert_eq!((last.answer.as_str(), last.elapsed_ms), (prediction, 900));
    }
    let before = kept_of(&server, "").len();
    let unknown =
        json!({ "lab": "02-consistent-hashing/modulo.kv", "step": "none", "prediction": "1" });
    assert_eq!(server.post("/api/predict", &unknown).0, 404);
    let path = json!({ "lab": "../../etc/passwd", "step": "moved", "prediction": "1" });
    assert_eq!(server.post("/api/predict", &path).0, 404);
    assert_eq!(server.post("/api/predict", &json!({ "lab": 1 })).0, 400);
    assert_eq!(kept_of(&server, "").len(), before);
}

#[test]
fn a_vote_is_kept_and_tells_the_one_before_it() {
    let server = Running::start();
    let vote = |when: &str, side: i64| {
        server.post(
            "/api/vote",
            &json!({ "lesson": 3, "vote": when, "side": side }),
        )
    };
    let bank = kvorum_quiz::Bank::embedded().unwrap();
    let poll = bank.poll(3).unwrap();
    let (status, told) = vote("opening", 1);
    assert_eq!(status, 200, "{told}");
    assert_eq!(told["opening"], serde_json::Value::Null);
    let (_, told) = vote("closing", 2);
    assert_eq!(told["opening"]["text"], poll.opening.options[0].text);
    assert_eq!(told["chosen"], poll.closing.options[1].text);
    assert_eq!(kept_of(&server, &poll.id.to_string()).len(), 2);
    for (lesson, when, side, status) in [
        (3, "opening", 3, 422),
        (3, "opening", 0, 422),
        (99, "opening", 1, 404),
        (3, "other", 1, 400),
    ] {
        let sent = json!({ "lesson": lesson, "vote": when, "side": side });
        assert_eq!(server.post("/api/vote", &sent).0, status, "{sent}");
    }
    assert_eq!(kept_of(&server, &poll.id.to_string()).len(), 2);
}

#[test]
fn a_stop_ends_the_server_though_a_browser_holds_on() {
    let running = Running::start();
    let held = TcpStream::connect(running.host()).unwrap();
    drop(running);
    drop(held);
}

#[test]
fn a_port_in_use_says_how_to_choose_another() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let options = ServeOptions {
        port: Some(taken.local_addr().unwrap().port()),
        ..ServeOptions::default()
    };
    let refused = Server::bind(&options).unwrap_err();
    assert!(matches!(refused, BookError::PortInUse { .. }));
    assert!(refused.to_string().contains("--port"));
}
