//! Descriptors and time on a loop.
use crate::call::{enter, Callee, Held};
use crate::refusal::checked;
use crate::{Loop, Refusal};
use baton_sys as sys;
use std::ffi::c_void;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr::null_mut;
use std::rc::Rc;
use std::time::Duration;

/// What a watch waits for, and what is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest {
    /// Reading.
    pub read: bool,
    /// Writing.
    pub write: bool,
}

type Ready = Box<dyn Fn(Interest)>;
type Fire = Box<dyn Fn()>;
/// Who is called, and the descriptor's owner, so that it is closed no earlier.
type Watched = (Rc<Callee<Ready>>, Box<dyn AsFd>);

/// Watches a descriptor, level-triggered, until it is dropped; it may be dropped in its own call.
pub struct Watch {
    held: Held<sys::baton_watch, Watched>,
    _loop: Loop,
}

impl Watch {
    /// Calls `ready` for as long as the descriptor is.
    pub fn new(
        r#loop: &Loop,
        source: impl AsFd + 'static,
        what: Interest,
        ready: impl Fn(Interest) + 'static,
    ) -> Result<Self, Refusal> {
        let callee: Rc<Callee<Ready>> = Callee::new(&r#loop.home, Box::new(ready));
        let bits =
            u32::from(what.read) * sys::BATON_READ + u32::from(what.write) * sys::BATON_WRITE;
        let (number, context, mut raw) = (source.as_fd().as_raw_fd(), callee.context(), null_mut());
        // SAFETY: `callee` and the descriptor live until the watch is destroyed.
        let answer = unsafe {
            sys::baton_watch_create(r#loop.raw(), number, bits, Some(is_ready), context, &mut raw)
        };
        checked(answer, "baton_watch_create")?;
        let kept: Watched = (callee, Box::new(source));
        let held = Held::new(&r#loop.home, raw, sys::baton_watch_destroy, kept);
        Ok(Self { held, _loop: r#loop.clone() })
    }

    /// Stops watching until resumed.
    pub fn suspend(&self) {
        // SAFETY: the handle is ours.
        unsafe { sys::baton_watch_suspend(self.held.raw()) };
    }

    /// Watches again.
    pub fn resume(&self) {
        // SAFETY: the handle is ours.
        unsafe { sys::baton_watch_resume(self.held.raw()) };
    }
}

/// Fires once at a time, and never early.
pub struct Timer {
    held: Held<sys::baton_timer, Rc<Callee<Fire>>>,
    _loop: Loop,
}

impl Timer {
    /// A timer that is not armed.
    pub fn new(r#loop: &Loop, fire: impl Fn() + 'static) -> Result<Self, Refusal> {
        let callee: Rc<Callee<Fire>> = Callee::new(&r#loop.home, Box::new(fire));
        let (context, mut raw) = (callee.context(), null_mut());
        // SAFETY: `callee` lives until the timer is destroyed.
        let answer =
            unsafe { sys::baton_timer_create(r#loop.raw(), Some(is_due), context, &mut raw) };
        checked(answer, "baton_timer_create")?;
        let held = Held::new(&r#loop.home, raw, sys::baton_timer_destroy, callee);
        Ok(Self { held, _loop: r#loop.clone() })
    }

    /// Arms it, or moves it, to so long from now.
    pub fn arm(&self, after: Duration) {
        let nanoseconds = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
        // SAFETY: the handle is ours.
        unsafe { sys::baton_timer_arm(self.held.raw(), nanoseconds) };
    }

    /// Disarms it.
    pub fn disarm(&self) {
        // SAFETY: the handle is ours.
        unsafe { sys::baton_timer_disarm(self.held.raw()) };
    }
}

// SAFETY of both: the library gives the context of `new`, on the loop's thread.

unsafe extern "C" fn is_ready(what: u32, context: *mut c_void) {
    let (read, write) = (what & sys::BATON_READ != 0, what & sys::BATON_WRITE != 0);
    unsafe { enter::<Ready, _>(context, |callee| (callee.host)(Interest { read, write })) };
}

unsafe extern "C" fn is_due(context: *mut c_void) {
    unsafe { enter::<Fire, _>(context, |callee| (callee.host)()) };
}
