//! What it shows: the network of a guest whose VMM speaks vhost-user, served by a process in Rust
//! that another one takes it over from: source and target in one program.
//!
//! Usage: rust-port source TAP MIGRATION VMM   opens the TAP, and serves who connects to VMM
//!        rust-port target TAP MIGRATION VMM   waits for a port, and is a source from then on
//! Then a line on standard input: "move", "count", "quit". Examples/c-host/port.c speaks the same,
//! has the same variables for tests, and each of them gives its port to the other.

mod input;

use baton::{
    Adoption, Arrival, Departure, Device, Event, Incoming, Loop, Machine, Movable, Outgoing,
    Parameters, Port, PortEvents, PortOptions, Refusal, Vacant,
};
use input::{kill, wait, Lines};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::process::ExitCode;
use std::rc::Rc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// For tests: ends as a process does that is killed, or ends the other side so.
fn may_die(place: &str, step: &str) {
    let chosen = |name: &str| std::env::var(name).is_ok_and(|it| it == format!("{place}-{step}"));
    if chosen("KILL_AT") {
        if let Some(killed) = std::env::var("KILLED").ok().and_then(|it| it.parse().ok()) {
            kill(killed);
        }
    }
    if chosen("DIE_AT") {
        kill(std::process::id());
    }
}

/// The steps of a move, as a device that has no state sees them; by where it stands.
struct Steps(&'static str);

impl Movable for Steps {
    fn describe(&self) -> std::result::Result<Vec<u8>, Refusal> {
        may_die(self.0, "describe");
        Ok(Vec::new())
    }
    fn lend(&self) -> Vec<BorrowedFd<'_>> {
        may_die(self.0, "lend");
        Vec::new()
    }
    fn quiesce(&self) -> std::result::Result<(), Refusal> {
        may_die(self.0, "quiesce");
        Ok(())
    }
    fn save(&self) -> std::result::Result<Vec<u8>, Refusal> {
        may_die(self.0, "save");
        Ok(Vec::new())
    }
    fn inspect(&self, _: &[u8], _: &[BorrowedFd]) -> std::result::Result<Adoption, Refusal> {
        may_die(self.0, "inspect");
        Ok(Adoption::Reopens)
    }
    fn load(&self, _: &[u8]) -> std::result::Result<(), Refusal> {
        may_die(self.0, "load");
        Ok(())
    }
    fn take(&self) -> std::result::Result<(), Refusal> {
        may_die(self.0, "take");
        Ok(())
    }
    fn activate(&self) {
        may_die(self.0, "activate");
    }
    fn discard(&self) {
        may_die(self.0, "discard");
    }
    fn release(&self) {
        may_die(self.0, "release");
    }
}

/// Says what the port tells.
struct Ear;

impl PortEvents for Ear {
    fn connected(&self, process: Option<i32>) {
        println!("connected: {}", process.map_or("nobody knows who", |_| "a process"));
    }
    fn left(&self, reason: Option<&str>) {
        println!("left: {}", reason.unwrap_or("by itself"));
    }
    fn turned_away(&self, why: Refusal) {
        println!("warning: {why}");
    }
    fn ring_broken(&self, ring: u32, reason: &str) {
        println!("warning: ring {ring}: {reason}");
    }
    fn lost(&self, why: Refusal) {
        println!("warning: {why}");
    }
    fn warned(&self, why: Refusal) {
        println!("warning: {why}");
    }
}

/// Where the port is. What is done with it takes the place by value, and answers the next.
enum Place {
    Coming(Incoming),
    Here(Machine),
    Going(Outgoing),
    /// The host is done; whether that is well.
    Done(bool),
}

struct Host {
    r#loop: Loop,
    address: String,
}

const PARAMETERS: Parameters = Parameters {
    transfers: true,
    patience: std::time::Duration::ZERO,
    switch: std::time::Duration::ZERO,
    pauses: false,
    leaves_paused: false,
    peer_user: None,
};

impl Host {
    /// The port between two devices that are nothing but steps.
    fn place(&self, port: Port) -> Result<Vacant> {
        let steps = |name| Device::new(&self.r#loop, name, "steps", Rc::new(Steps(name)));
        Ok(Vacant::elsewhere(&self.r#loop)
            .with_device(steps("before")?)
            .with_port(port)
            .with_device(steps("behind")?))
    }

    fn begin(&self, is_source: bool, options: &PortOptions) -> Result<Place> {
        if is_source {
            let port = Port::open(&self.r#loop, "net0", options, Ear)?;
            return Ok(Place::Here(self.place(port)?.serve()));
        }
        let port = Port::awaited(&self.r#loop, "net0", options, Ear)?;
        let told = |event| tell("target", event);
        Ok(Place::Coming(self.place(port)?.listen(&self.address, &PARAMETERS, told)?))
    }

    /// What became of the port in the round of the loop that was.
    fn look(&self, place: Place) -> Place {
        match place {
            Place::Coming(incoming) => match incoming.advance() {
                Arrival::Waiting(incoming) => Place::Coming(incoming),
                Arrival::Here(machine, _) => {
                    let blackout = machine.port(0).blackout().as_micros();
                    println!("the rings stood still: {blackout} us");
                    Place::Here(machine)
                }
                Arrival::Not(why) => {
                    println!("{why}");
                    Place::Done(false)
                }
            },
            Place::Going(outgoing) => match outgoing.advance() {
                Departure::Under(outgoing) => Place::Going(outgoing),
                Departure::Given(_) => Place::Done(true),
                Departure::Kept(machine, why) => {
                    println!("{why}");
                    Place::Here(machine)
                }
            },
            Place::Here(_) | Place::Done(_) => place,
        }
    }

    fn obey(&self, place: Place, line: &str) -> Result<Place> {
        Ok(match (line, place) {
            ("quit", Place::Here(machine)) => self.close(machine)?,
            ("quit", _) => Place::Done(true),
            ("move", Place::Here(machine)) => self.leave(machine),
            (_, place) => {
                if let Place::Here(machine) = &place {
                    println!("VMMs {}", machine.port(0).front_ends());
                }
                place
            }
        })
    }

    fn leave(&self, machine: Machine) -> Place {
        match machine.migrate(&self.address, &PARAMETERS, |event| tell("source", event)) {
            Ok(outgoing) => Place::Going(outgoing),
            Err(no) => {
                println!("{}", no.why);
                Place::Here(no.machine)
            }
        }
    }

    /// Ends the port for good.
    fn close(&self, machine: Machine) -> Result<Place> {
        machine.port(0).close()?;
        while !machine.port(0).is_closed() {
            self.r#loop.turn(true)?;
        }
        Ok(Place::Done(true))
    }
}

fn tell(side: &str, event: Event) {
    match event {
        Event::Status(status) => {
            may_die(side, &status.to_string());
            println!("{status}");
        }
        Event::Warning(why) => println!("warning: {why}"),
    }
}

fn run(is_source: bool, tap: &str, migration: &str, vmm: &str) -> Result<bool> {
    let options =
        PortOptions { path: vmm.into(), interface_name: tap.into(), ..PortOptions::default() };
    let host = Host { r#loop: Loop::new()?, address: format!("unix:{migration}") };
    let mut place = host.begin(is_source, &options)?;
    println!("{}", if is_source { "serving" } else { "listening" });
    let mut lines = Lines::default();
    loop {
        place = host.look(place);
        if let Place::Done(well) = place {
            return Ok(well);
        }
        let (library, input) = wait(host.r#loop.descriptor()?.as_raw_fd(), &lines)?;
        if library {
            host.r#loop.turn(false)?;
        }
        if input {
            for line in lines.read()? {
                place = host.obey(place, &line)?;
            }
        }
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let [role @ ("source" | "target"), tap, migration, vmm] = words[..] else {
        eprintln!("usage: rust-port source|target TAP MIGRATION VMM");
        return ExitCode::from(2);
    };
    match run(role == "source", tap, migration, vmm) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{vmm}: {error}");
            ExitCode::FAILURE
        }
    }
}
