//! `kvorum learn`: prints its address, answers there, stops on Ctrl-C, and says so when the port is taken.

#![allow(clippy::unwrap_used, reason = "a test that cannot start has failed")]

mod command;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;

use command::Place;

#[test]
fn a_port_in_use_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    Place::new()
        .run(&["learn", "--no-open", "--port", &port])
        .ends_with(3)
        .complains(&format!("port {port} is in use"))
        .complains("--port");
}

#[test]
fn the_address_printed_answers_until_an_interrupt() {
    let place = Place::new();
    let mut child = place
        .command(&["learn", "--no-open", "--port", "0"])
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let address = lines
        .by_ref()
        .map(|line| line.unwrap())
        .find_map(|line| {
            let rest = line.strip_prefix("Kvorum is at http://")?;
            Some(rest.split('/').next()?.to_owned())
        })
        .unwrap();
    assert!(address.starts_with("127.0.0.1:"), "{address}");
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("Kvorum"), "{page}");

    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let rest: Vec<String> = lines.map(|line| line.unwrap()).collect();
    assert!(
        rest.iter().any(|line| line.starts_with("Stopped.")),
        "{rest:?}"
    );
}
