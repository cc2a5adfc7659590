//! The way into a loop for other threads.
use crate::event_loop::Home;
use crate::refusal::asking;
use crate::{Loop, Refusal};
use baton_sys as sys;
use std::any::Any;
use std::collections::VecDeque;
use std::ffi::c_void;
use std::rc::{Rc, Weak};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Work = Box<dyn FnOnce() + Send>;
type Works = Arc<Mutex<VecDeque<Work>>>;

/// Has work done on a loop's thread; clones are the same one, and any thread may have one.
#[derive(Clone)]
pub struct Mailbox {
    end: Arc<Mutex<Option<End>>>,
    works: Works,
}

/// The loop's end of a mailbox: it is open for as long as this lives.
pub struct MailSlot {
    end: Arc<Mutex<Option<End>>>,
    _loop: Loop,
}

/// Where what was posted is done; the loop has it, and so it does not hold the loop.
struct Desk {
    home: Weak<Home>,
    works: Works,
}

struct End {
    raw: *mut sys::baton_mailbox,
    context: *mut c_void,
}

// SAFETY: the handle is the one that other threads may use, and the context is only passed on.
unsafe impl Send for End {}

/// What a thread that panicked has left is whole: it holds the lock for calls that do not panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Mailbox {
    /// Opens a mailbox.
    pub fn open(r#loop: &Loop) -> Result<(MailSlot, Self), Refusal> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the place is ours.
        asking(|why| unsafe { sys::baton_mailbox_create(r#loop.raw(), &mut raw, why) })?;
        let works = Works::default();
        let desk = Rc::new(Desk { home: Rc::downgrade(&r#loop.home), works: works.clone() });
        let context = Rc::as_ptr(&desk).cast_mut().cast();
        let end = Arc::new(Mutex::new(Some(End { raw, context })));
        // What was posted is run after the slot has closed, too, and `leave` behind it.
        r#loop.home.keeps.borrow_mut().push(desk);
        let slot = MailSlot { end: end.clone(), _loop: r#loop.clone() };
        Ok((slot, Self { end, works }))
    }

    /// Has `work` done, in the order of posting; false when the mailbox is closed.
    pub fn post(&self, work: impl FnOnce() + Send + 'static) -> bool {
        let end = lock(&self.end);
        let Some(End { raw, context }) = &*end else { return false };
        lock(&self.works).push_back(Box::new(work));
        // SAFETY: open for as long as `end` is locked.
        unsafe { sys::baton_mailbox_post(*raw, Some(is_there), *context) == sys::BATON_OK }
    }
}

impl Drop for MailSlot {
    fn drop(&mut self) {
        if let Some(end) = lock(&self.end).take() {
            // SAFETY: it is ours, and nobody posts while it is locked.
            unsafe {
                sys::baton_mailbox_post(end.raw, Some(leave), end.context);
                sys::baton_mailbox_destroy(end.raw);
            }
        }
    }
}

unsafe extern "C" fn is_there(context: *mut c_void) {
    // SAFETY: the library gives the context that was posted, on the loop's thread, and the loop has
    // kept the desk.
    let desk = unsafe { &*context.cast::<Desk>() };
    let (work, home) = (lock(&desk.works).pop_front(), desk.home.upgrade());
    if let (Some(work), Some(home)) = (work, home) {
        home.guard(work);
    }
}

/// The last work of a mailbox whose slot has closed: nobody needs its desk any more.
unsafe extern "C" fn leave(context: *mut c_void) {
    // SAFETY: as in `is_there`; what is left of the desk goes at the end.
    let home = unsafe { &*context.cast::<Desk>() }.home.upgrade();
    let Some(home) = home else { return };
    let is_other = |desk: &Rc<dyn Any>| !std::ptr::eq(Rc::as_ptr(desk).cast(), context);
    let gone: Vec<_> = {
        let mut keeps = home.keeps.borrow_mut();
        let (rest, gone) = keeps.drain(..).partition(|desk| is_other(desk));
        *keeps = rest;
        gone
    };
    drop(gone);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn a_mailbox_that_has_closed_leaves_nothing_in_the_loop() {
        let r#loop = Loop::new().unwrap();
        let stays = Mailbox::open(&r#loop).unwrap();
        let done = Arc::new(Mutex::new(0));
        for _ in 0..100 {
            let (slot, mailbox) = Mailbox::open(&r#loop).unwrap();
            let count = done.clone();
            assert!(mailbox.post(move || *count.lock().unwrap() += 1));
            drop(slot);
        }
        let rounds = Cell::new(0);
        while *done.lock().unwrap() < 100 || r#loop.home.keeps.borrow().len() > 1 {
            assert!(rounds.replace(rounds.get() + 1) < 1000);
            r#loop.turn(false).unwrap();
        }
        drop(stays);
    }
}
