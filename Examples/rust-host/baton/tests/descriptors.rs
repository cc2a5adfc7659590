//! What is open after moves. One test alone: others in the process would open their own.
mod sides;

use baton::{Arrival, Departure, EventFd, Loop, Net, NetOptions};
use sides::{bounded, Side};

fn open_descriptors() -> usize {
    std::fs::read_dir("/proc/self/fd").unwrap().count()
}

/// A move to a side that takes it, or does not.
fn attempt(kind: &'static str) {
    let r#loop = Loop::new().unwrap();
    let (source, target) = (Side::new("log"), Side::new(kind));
    let address = sides::address();
    let machine = source.boot(&r#loop);
    let incoming = target.vacant(&r#loop).listen(&address, &sides::transfer(), |_| {}).unwrap();
    let Ok(outgoing) = machine.migrate(&address, &sides::transfer(), |_| {}) else { panic!() };
    let (mut departure, mut arrival) = (Departure::Under(outgoing), Arrival::Waiting(incoming));
    let _bound = bounded(&r#loop);
    while let Departure::Under(outgoing) = departure {
        r#loop.turn(true).unwrap();
        departure = outgoing.advance();
        if let Arrival::Waiting(incoming) = arrival {
            arrival = incoming.advance();
        }
    }
}

/// A device that is wired, and never moved.
fn wire() {
    let r#loop = Loop::new().unwrap();
    let options = NetOptions { mac: [2, 0, 0, 0, 0, 1], ..NetOptions::default() };
    let net = Net::new(&r#loop, "net0", &options, ()).unwrap();
    let (kick, interrupt) = (EventFd::without_waiting().unwrap(), EventFd::new().unwrap());
    net.notify_by(1, &kick).unwrap();
    net.interrupt_by(1, &interrupt).unwrap();
    assert!(net.notify_by(0, &interrupt).is_err());
}

#[test]
fn nothing_stays_open_after_moves_that_end_well_or_not() {
    // The first round may open what the process has once.
    let mut before = 0;
    for round in 0..20 {
        attempt("log");
        attempt("tape");
        wire();
        if round == 0 {
            before = open_descriptors();
        }
    }
    assert_eq!(open_descriptors(), before);
}
