//! What it shows: a VMM in Rust, as small as it can be: source and target of a handover, with a
//! loop of its own, its guest in a thread of its own, and memory of its own making.
//!
//! Usage: rust-host source TAP SOCKET   opens the TAP and boots a guest
//!        rust-host target TAP SOCKET   waits for a guest and its TAP, and is a source from then on
//! Then a line on standard input: "count", "move \[SOCKET\]", "quit". Examples/c-host and the
//! others speak the same, and have the same guest.

mod guest;
mod host;
mod input;
mod vcpu;

use std::process::ExitCode;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// For tests: dies as a process does that is killed, at the step that the environment names.
fn may_die(step: &str) {
    if std::env::var("DIE_AT").is_ok_and(|chosen| chosen == step) {
        input::kill(std::process::id());
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [role @ ("source" | "target"), tap, socket] = words[..] else {
        eprintln!("usage: rust-host source|target TAP SOCKET");
        return ExitCode::from(2);
    };
    match host::run(role == "source", tap, socket) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{socket}: {error}");
            ExitCode::FAILURE
        }
    }
}
