//! The host's loop, and the places that its guest can be in.
use crate::guest::{self, MAC, RAM_BYTES, RECEIVE, RING_SIZE, TRANSMIT};
use crate::input::{wait, Lines};
use crate::vcpu::Vcpu;
use crate::{may_die, Result};
use baton::{
    Arrival, Departure, Event, Guest, Incoming, Loop, Machine, Memory, Net, NetOptions, Outgoing,
    Parameters, Region, Stamps, Status, Vacant,
};
use std::os::fd::AsRawFd;
use std::rc::Rc;

const LAYOUT: [Region; 1] = [Region { guest_address: 0, byte_count: RAM_BYTES }];
const PARAMETERS: Parameters = Parameters {
    transfers: true,
    patience: std::time::Duration::ZERO,
    switch: std::time::Duration::ZERO,
    pauses: false,
    leaves_paused: false,
    peer_user: None,
};

/// Where the guest is. What is done with it takes the place by value, and answers the next.
enum Place {
    Coming(Incoming),
    Here(Machine),
    Going(Outgoing),
    /// The host is done; whether that is well.
    Done(bool),
}

struct Host {
    vcpu: Rc<Vcpu>,
    socket: String,
}

/// Runs until the guest is elsewhere, or the user has had enough; whether that is well.
pub fn run(is_source: bool, tap: &str, socket: &str) -> Result<bool> {
    let r#loop = Loop::new()?;
    let host = Host { vcpu: Rc::new(Vcpu::new()?), socket: socket.to_owned() };
    let vacant = host.vacant(&r#loop, tap)?;
    let mut place = if is_source { host.boot(vacant)? } else { host.listen(vacant)? };
    println!("{}", if is_source { "running" } else { "listening" });
    let mut lines = Lines::default();
    loop {
        place = host.look(place);
        if let Place::Done(well) = place {
            return Ok(well);
        }
        let (library, input) = wait(r#loop.descriptor()?.as_raw_fd(), &lines)?;
        if library {
            r#loop.turn(false)?;
        }
        if input {
            for line in lines.read()? {
                place = host.obey(place, &line);
            }
        }
    }
}

impl Host {
    fn vacant(&self, r#loop: &Loop, tap: &str) -> Result<Vacant> {
        let options = NetOptions {
            interface_name: tap.to_owned(),
            mac: MAC,
            transfers: true,
            ..NetOptions::default()
        };
        let net = Net::new(r#loop, "net0", &options, ())?;
        self.vcpu.wire(&net)?;
        Ok(Vacant::new(r#loop, &LAYOUT, self.vcpu.clone())?.with_net(net))
    }

    /// Boots the guest: fresh memory, and its driver finds the device.
    fn boot(&self, vacant: Vacant) -> Result<Place> {
        let ram = Memory::new(&LAYOUT)?;
        guest::boot(&ram);
        let machine = vacant.boot(ram)?;
        let net = machine.net(0);
        net.set_status(1 | 2)?;
        net.set_features(1 << 32 | 1 << 5)?;
        net.set_status(8)?;
        for queue in [RECEIVE, TRANSMIT] {
            net.set_queue(queue, RING_SIZE, guest::ring(queue))?;
        }
        net.set_status(4)?;
        self.vcpu.start();
        Ok(Place::Here(machine))
    }

    fn listen(&self, vacant: Vacant) -> Result<Place> {
        let address = format!("unix:{}", self.socket);
        let told = |event| tell(event, |status| may_die(&status.to_string()));
        Ok(Place::Coming(vacant.listen(&address, &PARAMETERS, told)?))
    }

    /// What became of the guest in the round of the loop that was.
    fn look(&self, place: Place) -> Place {
        match place {
            Place::Coming(incoming) => match incoming.advance() {
                Arrival::Waiting(incoming) => Place::Coming(incoming),
                Arrival::Here(machine, stamps) => came(machine, &stamps),
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

    fn obey(&self, place: Place, line: &str) -> Place {
        match (line.split_once(' ').unwrap_or((line, &self.socket)), place) {
            (("quit", _), _) => Place::Done(true),
            (("move", socket), Place::Here(machine)) => leave(machine, socket),
            (_, place) => {
                match self.vcpu.is_running() {
                    true => println!("echoed {}", self.vcpu.echoed()),
                    false => println!("no guest"),
                }
                place
            }
        }
    }
}

fn came(machine: Machine, stamps: &Stamps) -> Place {
    let rest = stamps.started.saturating_sub(stamps.stopped) / 1000;
    let whole = stamps.blackout().as_micros();
    println!("the guest stood still: {whole} us, {rest} of them after its stop");
    Place::Here(machine)
}

fn leave(machine: Machine, socket: &str) -> Place {
    let address = format!("unix:{socket}");
    let told = |event| {
        tell(event, |status| {
            if status == Status::Completed {
                may_die("given");
            }
        })
    };
    match machine.migrate(&address, &PARAMETERS, told) {
        Ok(outgoing) => Place::Going(outgoing),
        Err(no) => {
            println!("{}", no.why);
            Place::Here(no.machine)
        }
    }
}

fn tell(event: Event, first: impl Fn(Status)) {
    match event {
        Event::Status(status) => {
            first(status);
            println!("{status}");
        }
        Event::Warning(why) => println!("warning: {why}"),
    }
}
