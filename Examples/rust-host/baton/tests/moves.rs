//! Whole moves between two places of one process, with a device of the host's own and no TAP.
mod sides;

use baton::{Arrival, Cause, Departure, Loop, Parameters, Refusal, Status};
use sides::{bounded, must_not_come, Log, Side, Still};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;

/// Moves the guest of one side to another, and answers what became of both.
fn move_guest(r#loop: &Loop, source: &Side, target: &Side) -> (Departure, Option<Arrival>) {
    let address = sides::address();
    let machine = source.boot(r#loop);
    let incoming = target.vacant(r#loop).listen(&address, &sides::transfer(), |_| {}).unwrap();
    let Ok(outgoing) = machine.migrate(&address, &sides::transfer(), |_| {}) else {
        panic!("nobody listens");
    };
    let (mut departure, mut arrival) =
        (Departure::Under(outgoing), Some(Arrival::Waiting(incoming)));
    let _bound = bounded(r#loop);
    while let Departure::Under(outgoing) = departure {
        r#loop.turn(true).unwrap();
        departure = outgoing.advance();
        arrival = arrival.map(|arrival| match arrival {
            Arrival::Waiting(incoming) => incoming.advance(),
            other => other,
        });
    }
    (departure, arrival)
}

#[test]
fn memory_device_and_state_go_and_the_guest_runs_at_the_target_alone() {
    let r#loop = Loop::new().unwrap();
    let (source, target) = (Side::new("log"), Side::new("log"));
    let (departure, arrival) = move_guest(&r#loop, &source, &target);
    let Departure::Given(gone) = departure else { panic!("it was not given") };
    assert!(matches!(arrival, Some(Arrival::Here(..))));
    assert!(!source.guest.runs() && target.guest.runs());
    assert!(source.guest.memory.borrow().is_none());
    assert_eq!(target.guest.byte(), Some(42));
    assert_eq!(*target.log.text.borrow(), "three lines");
    assert_eq!(gone.calls_before_take, Some(0));
    assert!(gone.stamps.begun > 0 && gone.stamps.started >= gone.stamps.taken);
}

#[test]
fn what_a_target_refuses_names_both_values_and_the_guest_goes_on() {
    let r#loop = Loop::new().unwrap();
    let (source, target) = (Side::new("log"), Side::new("tape"));
    let Departure::Kept(_machine, why) = move_guest(&r#loop, &source, &target).0 else {
        panic!("it was given");
    };
    assert_eq!(why.cause, Cause::MISMATCH);
    assert!(why.text.contains("'log'") && why.text.contains("'tape'"), "{why}");
    assert!(source.guest.runs());
}

#[test]
fn a_device_that_refuses_says_why_and_gets_no_descriptors() {
    let r#loop = Loop::new().unwrap();
    let (source, mut target) = (Side::new("log"), Side::new("log"));
    target.log = Rc::new(Log { refuses: true, ..Log::default() });
    let Departure::Kept(_machine, why) = move_guest(&r#loop, &source, &target).0 else {
        panic!("it was given");
    };
    assert_eq!((why.cause, why.field), (Cause::INVALID, 3), "{why}");
}

#[test]
fn what_panics_in_a_callback_refuses_and_goes_on_after_the_round() {
    let r#loop = Loop::new().unwrap();
    let (source, mut target) = (Side::new("log"), Side::new("log"));
    target.guest = Rc::new(Still { panics_in: "adopt", ..Still::default() });
    assert_eq!(sides::panic_of(|| move_guest(&r#loop, &source, &target)), "adopt panics");
    assert!(source.guest.runs() && !target.guest.runs());
}

#[test]
fn a_guest_whose_stop_panics_is_not_given_away() {
    let r#loop = Loop::new().unwrap();
    let (mut source, target) = (Side::new("log"), Side::new("log"));
    source.guest = Rc::new(Still { panics_in: "stop", ..Still::default() });
    let address = sides::address();
    let machine = source.boot(&r#loop);
    let _incoming = target.vacant(&r#loop).listen(&address, &sides::transfer(), |_| {});
    let Ok(outgoing) = machine.migrate(&address, &sides::transfer(), |_| {}) else {
        panic!("nobody listens");
    };
    let mut departure = Departure::Under(outgoing);
    let _bound = bounded(&r#loop);
    let mut panics = 0;
    while let Departure::Under(outgoing) = departure {
        panics += catch_unwind(AssertUnwindSafe(|| r#loop.turn(true))).is_err() as usize;
        departure = outgoing.advance();
    }
    assert!(matches!(departure, Departure::Kept(..)) && panics == 1);
    assert!(source.guest.runs() && !target.guest.runs());
}

#[test]
fn an_attempt_that_is_not_begun_gives_the_machine_back() {
    let r#loop = Loop::new().unwrap();
    let machine = Side::new("log").boot(&r#loop);
    let parameters = sides::transfer();
    let Err(no) = machine.migrate("unix:a\0b", &parameters, must_not_come) else { panic!() };
    assert_eq!(no.why.cause, Cause::INVALID);
    let Err(no) = no.machine.migrate("nonsense", &parameters, |_| {}) else { panic!() };
    assert!(no.why.text.contains("nonsense"), "{}", no.why);
}

#[test]
fn a_guest_that_is_on_its_way_comes_back_when_it_is_cancelled() {
    let r#loop = Loop::new().unwrap();
    let (source, target) = (Side::new("log"), Side::new("log"));
    let address = sides::address();
    let machine = source.boot(&r#loop);
    let _incoming = target.vacant(&r#loop).listen(&address, &sides::transfer(), |_| {});
    let parameters = Parameters { pauses: true, ..sides::transfer() };
    let Ok(mut outgoing) = machine.migrate(&address, &parameters, |_| {}) else { panic!() };
    let _bound = bounded(&r#loop);
    while outgoing.status() != Status::PreSwitchover {
        r#loop.turn(true).unwrap();
    }
    outgoing.cancel();
    let why: Refusal = loop {
        match outgoing.advance() {
            Departure::Under(still) => outgoing = still,
            Departure::Kept(_, why) => break why,
            Departure::Given(_) => panic!("it was given"),
        }
        r#loop.turn(true).unwrap();
    };
    assert_eq!(why.cause, Cause::CANCELLED);
    assert!(source.guest.runs());
}
