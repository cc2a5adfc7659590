//! Loops, and what is watched on them.
mod sides;

use baton::{Interest, Loop, Mailbox, Timer, Watch};
use sides::bounded;
use std::cell::{Cell, RefCell};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

const READ: Interest = Interest { read: true, write: false };

#[test]
fn a_watch_may_be_dropped_in_its_own_call_with_its_descriptor() {
    let r#loop = Loop::new().unwrap();
    let (mut one, other) = UnixStream::pair().unwrap();
    let watch: Rc<RefCell<Option<Watch>>> = Rc::default();
    let (place, stop) = (watch.clone(), r#loop.clone());
    let made = Watch::new(&r#loop, other, READ, move |what| {
        assert_eq!(what, READ);
        place.borrow_mut().take();
        stop.stop();
    });
    *watch.borrow_mut() = Some(made.unwrap());
    one.write_all(b"x").unwrap();
    let _bound = bounded(&r#loop);
    r#loop.run().unwrap();
    assert!(watch.borrow().is_none());
    // The other end was closed with the watch.
    assert!(one.write_all(b"x").is_err());
}

#[test]
fn other_threads_post_in_order_and_a_closed_mailbox_takes_nothing() {
    let r#loop = Loop::new().unwrap();
    let (slot, mailbox) = Mailbox::open(&r#loop).unwrap();
    let (sender, receiver) = mpsc::channel();
    let poster = mailbox.clone();
    let thread = std::thread::spawn(move || {
        (0..1000).all(|number| {
            let sender = sender.clone();
            poster.post(move || sender.send(number).unwrap())
        })
    });
    let _bound = bounded(&r#loop);
    let mut came = Vec::new();
    while came.len() < 1000 {
        r#loop.turn(true).unwrap();
        came.extend(receiver.try_iter());
    }
    assert!(thread.join().unwrap() && came.iter().copied().eq(0..1000));
    drop(slot);
    assert!(!mailbox.post(|| panic!("posted to nobody")));
}

#[test]
fn a_host_that_waits_itself_is_woken_for_a_timer() {
    let r#loop = Loop::new().unwrap();
    let fired = Rc::new(Cell::new(0));
    let count = fired.clone();
    let timer = Timer::new(&r#loop, move || count.set(count.get() + 1)).unwrap();
    let began = r#loop.now();
    timer.arm(Duration::from_millis(1));
    // A loop that waits for the descriptor of another one.
    let outer = Loop::new().unwrap();
    let (inner, stop) = (r#loop.clone(), outer.clone());
    let copy = r#loop.descriptor().unwrap().as_fd().try_clone_to_owned().unwrap();
    let _watch = Watch::new(&outer, copy, READ, move |_| {
        inner.turn(false).unwrap();
        stop.stop();
    });
    let _bound = bounded(&outer);
    outer.run().unwrap();
    assert_eq!(fired.get(), 1);
    assert!(r#loop.now() - began >= 1_000_000);
}

#[test]
fn a_loop_is_not_driven_in_its_callbacks_and_the_first_panic_is_the_one_that_goes_on() {
    let r#loop = Loop::new().unwrap();
    let inner = r#loop.clone();
    let first = Timer::new(&r#loop, move || {
        assert!(inner.turn(false).is_err());
        panic!("first");
    });
    let (first, second) = (first.unwrap(), Timer::new(&r#loop, || panic!("second")).unwrap());
    first.arm(Duration::ZERO);
    let _bound = bounded(&r#loop);
    assert_eq!(sides::panic_of(|| r#loop.turn(true)), "first");
    second.arm(Duration::ZERO);
    assert_eq!(sides::panic_of(|| r#loop.turn(true)), "second");
}
