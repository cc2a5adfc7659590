//! Loops.
use crate::refusal::{asking, checked};
use crate::trace::Trace;
use crate::{Cause, Refusal};
use baton_sys as sys;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::os::fd::BorrowedFd;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::rc::Rc;

/// Turns for one thread; everything else is made on a loop, and keeps it.
#[derive(Clone)]
pub struct Loop {
    pub(crate) home: Rc<Home>,
}

/// What everything on a loop shares.
pub(crate) struct Home {
    pub raw: *mut sys::baton_loop,
    /// Goes before the loop, and behind all that writes to it.
    pub trace: Option<Trace>,
    /// How many callbacks are running, one inside the other.
    pub depth: Cell<u32>,
    /// The first panic that was caught in a callback, until a round returns.
    pub panic: RefCell<Option<Box<dyn Any + Send>>>,
    /// What may be called until the loop is no more.
    pub keeps: RefCell<Vec<Rc<dyn Any>>>,
    /// What was dropped where it may not be destroyed: tried again behind the round.
    pub doomed: RefCell<Vec<Box<dyn FnOnce()>>>,
}

impl Home {
    /// What everything that is made on the loop writes to; NULL for nothing.
    pub fn trace(&self) -> *mut sys::baton_trace {
        self.trace.as_ref().map_or(std::ptr::null_mut(), Trace::raw)
    }

    /// Drops again what was dropped too early. What is too early still dooms itself anew.
    fn bury(&self) {
        let doomed = self.doomed.take();
        for end in doomed {
            end();
        }
    }

    /// Runs the host's part of a callback. None: it has panicked, which goes on after the round.
    pub fn guard<R>(&self, body: impl FnOnce() -> R) -> Option<R> {
        self.depth.set(self.depth.get() + 1);
        let result = catch_unwind(AssertUnwindSafe(body));
        self.depth.set(self.depth.get() - 1);
        match result {
            Ok(result) => Some(result),
            Err(panic) => {
                self.panic.borrow_mut().get_or_insert(panic);
                None
            }
        }
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        self.trace = None;
        // SAFETY: made by the library, and nothing is left that was made on it, unless it leaked.
        if unsafe { sys::baton_loop_destroy(self.raw) } != sys::BATON_OK {
            std::mem::forget(self.keeps.take());
        }
    }
}

impl Loop {
    /// A loop of the library's own, for this thread.
    pub fn new() -> Result<Self, Refusal> {
        Self::make(None)
    }

    pub(crate) fn make(records: Option<usize>) -> Result<Self, Refusal> {
        let mut raw = std::ptr::null_mut();
        // SAFETY: the places are ours.
        asking(|why| unsafe { sys::baton_loop_create(&mut raw, why) })?;
        let (depth, panic, keeps, doomed) = Default::default();
        let trace = records.and_then(|capacity| Trace::new(raw, capacity));
        let is_traced = trace.is_some();
        let home = Home { raw, trace, depth, panic, keeps, doomed };
        if records.is_some() && !is_traced {
            return Err(Refusal::new(Cause::MISUSE, "the loop has no trace"));
        }
        Ok(Self { home: Rc::new(home) })
    }

    pub(crate) fn raw(&self) -> *mut sys::baton_loop {
        self.home.raw
    }

    /// Runs one round. Answers false when nothing was called, or nothing is watched. A panic of a
    /// callback goes on here.
    pub fn turn(&self, waits: bool) -> Result<bool, Refusal> {
        // SAFETY: the handle lives as long as `home`.
        let answer = unsafe { sys::baton_loop_turn(self.raw(), waits.into()) };
        self.go_on();
        Ok(checked(answer, "baton_loop_turn")? == 1)
    }

    /// Runs until `stop`, or until nothing is watched. A panic of a callback goes on here.
    pub fn run(&self) -> Result<(), Refusal> {
        // SAFETY: as above.
        let answer = unsafe { sys::baton_loop_run(self.raw()) };
        self.go_on();
        checked(answer, "baton_loop_run").map(drop)
    }

    /// Ends `run` after this round.
    pub fn stop(&self) {
        // SAFETY: as above; legal at any time.
        unsafe { sys::baton_loop_stop(self.raw()) };
    }

    /// For a host that waits itself: readable whenever `turn(false)` has something to do.
    pub fn descriptor(&self) -> Result<BorrowedFd<'_>, Refusal> {
        let mut number = -1;
        // SAFETY: as above.
        asking(|why| unsafe { sys::baton_loop_descriptor(self.raw(), &mut number, why) })?;
        // SAFETY: the loop has it open for as long as it lives.
        Ok(unsafe { BorrowedFd::borrow_raw(number) })
    }

    /// CLOCK_MONOTONIC in nanoseconds.
    pub fn now(&self) -> u64 {
        // SAFETY: as above.
        unsafe { sys::baton_loop_now(self.raw()) }
    }

    pub(crate) fn go_on(&self) {
        // In a callback the panic would be caught again, by who has caught it already.
        if self.home.depth.get() > 0 {
            return;
        }
        self.home.bury();
        let panic = self.home.panic.take();
        if let Some(panic) = panic {
            resume_unwind(panic);
        }
    }
}
