//! The way from the library into the host, and what keeps the one from harming the other.
use crate::event_loop::Home;
use crate::{Cause, Refusal};
use baton_sys as sys;
use std::ffi::{c_int, c_void};
use std::rc::Rc;

/// What a callback's context points to: the host's part, and the loop that it is called on.
pub(crate) struct Callee<H> {
    pub home: Rc<Home>,
    pub host: H,
}

impl<H> Callee<H> {
    pub fn new(home: &Rc<Home>, host: H) -> Rc<Self> {
        Rc::new(Self { home: home.clone(), host })
    }

    /// For the library; whoever gives it away keeps the `Rc` for as long.
    pub fn context(self: &Rc<Self>) -> *mut c_void {
        Rc::as_ptr(self).cast_mut().cast()
    }
}

/// Calls the host's part of a callback. None: it has panicked, which goes on after the round.
///
/// # Safety
/// The context is of a `Callee<H>` that somebody holds.
pub(crate) unsafe fn enter<H, R>(
    context: *mut c_void,
    body: impl FnOnce(&Callee<H>) -> R,
) -> Option<R> {
    let place: *const Callee<H> = context.cast_const().cast();
    // SAFETY: as above. It is held here as well, since a watch may be dropped in its own callback.
    let callee = unsafe {
        Rc::increment_strong_count(place);
        Rc::from_raw(place)
    };
    let home = callee.home.clone();
    home.guard(move || body(&callee))
}

/// The same for what may refuse; a panic is a refusal.
///
/// # Safety
/// As for `enter`.
pub(crate) unsafe fn enter_refusing<H>(
    context: *mut c_void,
    why: *mut sys::baton_refusal,
    body: impl FnOnce(&Callee<H>) -> Result<c_int, Refusal>,
) -> c_int {
    // SAFETY: as above.
    let refusal = match unsafe { enter(context, body) } {
        Some(Ok(answer)) => return answer,
        Some(Err(refusal)) => refusal,
        None => Refusal::new(Cause::WRONG_STATE, "a callback has panicked"),
    };
    refusal.write(why);
    sys::BATON_REFUSED
}

/// A handle of the library's, and what it was lent.
pub(crate) struct Held<R: 'static, K: 'static> {
    raw: *mut R,
    destroy: unsafe extern "C" fn(*mut R) -> c_int,
    home: Rc<Home>,
    kept: Option<K>,
}

impl<R, K> Held<R, K> {
    pub fn new(
        home: &Rc<Home>,
        raw: *mut R,
        destroy: unsafe extern "C" fn(*mut R) -> c_int,
        kept: K,
    ) -> Self {
        Self { raw, destroy, home: home.clone(), kept: Some(kept) }
    }

    pub fn raw(&self) -> *mut R {
        self.raw
    }
}

impl<R, K> Drop for Held<R, K> {
    fn drop(&mut self) {
        // SAFETY: the handle was made by the library, and is destroyed here alone.
        if unsafe { (self.destroy)(self.raw) } == sys::BATON_OK {
            return;
        }
        // Dropped in a callback that may not destroy it: it is dropped again behind the round, and
        // stays for ever where the loop is never turned again, with what it may call.
        let (raw, destroy, home) = (self.raw, self.destroy, self.home.clone());
        let again = Self { raw, destroy, home, kept: self.kept.take() };
        self.home.doomed.borrow_mut().push(Box::new(move || drop(again)));
    }
}
