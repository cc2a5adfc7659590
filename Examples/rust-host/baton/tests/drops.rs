//! A side that goes away in the middle, after each round that there is.
mod sides;

use baton::{Arrival, Departure, Incoming, Loop, Outgoing};
use sides::{bounded, Side};

struct Pair {
    r#loop: Loop,
    source: Side,
    target: Side,
}

impl Pair {
    fn begin() -> (Self, Outgoing, Incoming) {
        let r#loop = Loop::new().unwrap();
        let (source, target) = (Side::new("log"), Side::new("log"));
        let address = sides::address();
        let machine = source.boot(&r#loop);
        let vacant = target.vacant(&r#loop);
        let incoming = vacant.listen(&address, &sides::transfer(), |_| {}).unwrap();
        let Ok(outgoing) = machine.migrate(&address, &sides::transfer(), |_| {}) else { panic!() };
        (Self { r#loop, source, target }, outgoing, incoming)
    }

    /// So many rounds; false when there was nothing left to do.
    fn turn(&self, rounds: usize) -> bool {
        (0..rounds).all(|_| self.r#loop.turn(false).unwrap())
    }
}

#[test]
fn a_target_that_goes_away_has_the_guest_or_the_source_keeps_it() {
    let (mut kept, mut given) = (0, 0);
    for rounds in 0..60 {
        let (pair, outgoing, incoming) = Pair::begin();
        let _bound = bounded(&pair.r#loop);
        pair.turn(rounds);
        drop(incoming);
        let mut departure = outgoing.advance();
        while let Departure::Under(outgoing) = departure {
            pair.r#loop.turn(true).unwrap();
            departure = outgoing.advance();
        }
        let is_kept = matches!(departure, Departure::Kept(..));
        assert_eq!(pair.source.guest.runs(), is_kept, "after {rounds} rounds");
        assert!(is_kept || pair.target.guest.runs(), "lost after {rounds} rounds");
        (kept, given) = (kept + usize::from(is_kept), given + usize::from(!is_kept));
    }
    assert!(kept > 2 && given > 2, "{kept} kept, {given} given");
}

#[test]
fn a_source_that_goes_away_leaves_a_target_that_has_the_guest_or_gives_up() {
    let (mut here, mut not) = (0, 0);
    for rounds in 0..60 {
        let (pair, outgoing, incoming) = Pair::begin();
        let _bound = bounded(&pair.r#loop);
        pair.turn(rounds);
        drop(outgoing);
        let mut arrival = incoming.advance();
        while let Arrival::Waiting(incoming) = arrival {
            // Nobody came yet: it goes on waiting, until it is told otherwise.
            if !pair.turn(1) {
                let _ = incoming.cancel();
            }
            arrival = incoming.advance();
        }
        let is_here = matches!(arrival, Arrival::Here(..));
        assert_eq!(pair.target.guest.runs(), is_here, "after {rounds} rounds");
        (here, not) = (here + usize::from(is_here), not + usize::from(!is_here));
    }
    assert!(here > 2 && not > 2, "{here} here, {not} not");
}
