//! Charts that run.
use crate::call::{enter, Callee, Held};
use crate::chart_calls::{check, Work};
use crate::refusal::{asking, checked};
use crate::{Cause, Chart, EventId, Loop, Refusal, StateId};
use baton_sys as sys;
use std::cell::{Cell, Ref, RefCell};
use std::ffi::{c_int, c_void};
use std::rc::Rc;

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A transition was taken.
    Taken,
    /// Dropped, by decision.
    Ignored,
    /// Refused, by decision.
    Refused,
    /// It waits until the configuration has changed.
    Deferred,
    /// No line of the active states is for it.
    Unexpected,
    /// It was sent by an action of the machine's own, and is handled afterwards.
    Waits,
}

/// What becomes of delays and sent events of a machine that is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Timers {
    /// They are due at the same time of CLOCK_MONOTONIC.
    Absolute = sys::BATON_TIMERS_ABSOLUTE,
    /// They are due when the time has passed that was left.
    Remaining = sys::BATON_TIMERS_REMAINING,
    /// Delays begin anew.
    Restart = sys::BATON_TIMERS_RESTART,
}

/// A chart that runs on its loop: which states are active, and the context that its guards read and
/// its actions change. It is neither `Send` nor `Sync`. Dropped in its own action it ends when that
/// is over, where `send` or the loop's round returns.
pub struct ChartMachine<T: 'static> {
    // The machine goes before its chart does.
    held: Held<sys::baton_machine, Rc<Callee<Work<T>>>>,
    callee: Rc<Callee<Work<T>>>,
    r#loop: Loop,
    _chart: Rc<Held<sys::baton_chart, Loop>>,
}

/// The most refusals that are kept; the first ones say more than the last.
const FAILURES: usize = 64;

unsafe extern "C" fn failed<T>(why: *const sys::baton_refusal, context: *mut c_void) {
    // SAFETY: the context is of the machine's callee, and the refusal lives during the call.
    unsafe {
        enter(context, |it: &Callee<Work<T>>| {
            let mut failures = it.host.failures.borrow_mut();
            if let Some(why) = why.as_ref().filter(|_| failures.len() < FAILURES) {
                failures.push(Refusal::read(why));
            }
        });
    }
}

unsafe extern "C" fn done<T>(context: *mut c_void) {
    // SAFETY: the context is of the machine's callee.
    unsafe {
        enter(context, |it: &Callee<Work<T>>| {
            let told = it.host.done.take();
            if let Some(told) = told {
                told();
            }
        });
    }
}

impl<T: 'static> ChartMachine<T> {
    pub(crate) fn new(chart: &Chart<T>, context: T) -> Result<Self, Refusal> {
        let (context, failures) = (RefCell::new(context), RefCell::default());
        let (depth, asking, events) = (Cell::new(0), Cell::new(0), chart.events);
        let finished = RefCell::default();
        let work = Work { context, failures, done: finished, depth, asking, events };
        let callee = Callee::new(&chart.r#loop.home, work);
        let mut calls = sys::baton_machine_calls::new();
        calls.failed = Some(failed::<T>);
        calls.done = Some(done::<T>);
        let mut raw = std::ptr::null_mut();
        let (of, at, trace) = (chart.held.raw(), callee.context(), chart.r#loop.home.trace());
        // SAFETY: the chart and the callee live as long as the machine.
        let answer = unsafe { sys::baton_machine_create(of, trace, &calls, at, &mut raw) };
        checked(answer, "baton_machine_create")?;
        let held = Held::new(&chart.r#loop.home, raw, sys::baton_machine_destroy, callee.clone());
        let (r#loop, _chart) = (chart.r#loop.clone(), chart.held.clone());
        Ok(Self { held, callee, r#loop, _chart })
    }

    /// Enters the initial states. A panic of an action goes on here, and of `send`.
    pub fn start(&self) -> Result<(), Refusal> {
        self.rest()?;
        if self.has_begun() {
            return Err(Refusal::new(Cause::WRONG_STATE, "the machine has begun"));
        }
        // SAFETY: the handle lives.
        let answer = asking(|why| unsafe { sys::baton_machine_start(self.held.raw(), why) });
        self.r#loop.go_on();
        answer.map(drop)
    }

    /// Handles an event to its end, with up to 56 bytes that are copied; in an action it waits.
    /// Refused in a guard or a delay, before the start, and while the context is being looked at.
    pub fn send(&self, event: EventId, data: &[u8]) -> Result<Outcome, Refusal> {
        let host = &self.callee.host;
        check(event, host.events, data)?;
        if host.asking.get() > 0 {
            return Err(Refusal::new(Cause::WRONG_STATE, "a guard and a delay send nothing"));
        }
        if host.depth.get() == 0 {
            self.rest()?;
            if !self.has_begun() {
                return Err(Refusal::new(Cause::WRONG_STATE, "the machine has not begun"));
            }
        }
        let (place, count) = (data.as_ptr().cast(), data.len());
        // SAFETY: as above, and the data lives during the call.
        let answer = asking(|why| unsafe {
            sys::baton_machine_send(self.held.raw(), event.0, place, count, why)
        });
        self.r#loop.go_on();
        Ok(Outcome::read(answer?))
    }

    /// What guards read and actions change. While somebody holds it nothing can be sent; whoever
    /// holds it over a round of the loop makes an action that runs there panic.
    pub fn context(&self) -> Ref<'_, T> {
        self.callee.host.context.borrow()
    }

    /// Changes the context; for what no action does. No guard is asked again for it.
    pub fn change<R>(&self, body: impl FnOnce(&mut T) -> R) -> R {
        body(&mut self.callee.host.context.borrow_mut())
    }

    /// The active leaf, of several the first one; None before the start.
    pub fn state(&self) -> Option<StateId> {
        // SAFETY: as above; it is asked outside of its own functions.
        let state = self.ask(|raw| unsafe { sys::baton_machine_state(raw) })?;
        (state > 0).then_some(StateId(state))
    }

    /// Whether the state is active, it or one inside it.
    pub fn is_in(&self, state: StateId) -> bool {
        // SAFETY: as above.
        self.ask(|raw| unsafe { sys::baton_machine_in(raw, state.0) }) == Some(1)
    }

    /// All active states, outer ones first.
    pub fn configuration(&self) -> Vec<StateId> {
        let mut states = [0; 256];
        let (place, most) = (states.as_mut_ptr(), states.len());
        // SAFETY: as above, and a chart has fewer states than there are places.
        let count = self.ask(|raw| unsafe { sys::baton_machine_configuration(raw, place, most) });
        states[..count.unwrap_or(0).min(most)].iter().map(|state| StateId(*state)).collect()
    }

    /// Calls this once, when a final state of the chart itself is entered: in place of what was to
    /// be called before, and not for a machine that is there already. It may do everything, and so
    /// drop the machine.
    pub fn on_done(&self, it: impl FnOnce() + 'static) {
        self.callee.host.done.replace(Some(Box::new(it)));
    }

    /// Whether a final state of the chart itself was entered.
    pub fn is_done(&self) -> bool {
        // SAFETY: as above.
        self.ask(|raw| unsafe { sys::baton_machine_is_done(raw) }) == Some(1)
    }

    /// What was refused behind delays and events that waited, since it was asked last; 64 at most.
    pub fn failures(&self) -> Vec<Refusal> {
        self.callee.host.failures.take()
    }

    /// The machine's whole state as bytes, without the context; empty before the start.
    pub fn save(&self) -> Vec<u8> {
        let (nobody, none) = (std::ptr::null_mut(), 0);
        // SAFETY: as above.
        let count = self.ask(|raw| unsafe { sys::baton_machine_save(raw, nobody, none) });
        let mut bytes = vec![0; count.unwrap_or(0)];
        let place: *mut c_void = bytes.as_mut_ptr().cast();
        // SAFETY: as above, and the place has so many bytes.
        self.ask(|raw| unsafe { sys::baton_machine_save(raw, place, bytes.len()) });
        bytes
    }

    /// Goes on where a machine of an equal chart was saved; no action runs.
    pub fn restore(&self, bytes: &[u8], timers: Timers) -> Result<(), Refusal> {
        self.rest()?;
        let (place, count) = (bytes.as_ptr().cast(), bytes.len());
        // SAFETY: as above; the bytes may be anybody's.
        let answer = asking(|why| unsafe {
            sys::baton_machine_restore(self.held.raw(), place, count, timers as c_int, why)
        });
        self.r#loop.go_on();
        answer.map(drop)
    }

    fn has_begun(&self) -> bool {
        self.state().is_some()
    }

    /// Refuses where it is between states, and where an action could not change the context.
    fn rest(&self) -> Result<(), Refusal> {
        if self.callee.host.depth.get() > 0 {
            return Err(Refusal::new(Cause::WRONG_STATE, "the machine is between states"));
        }
        match self.callee.host.context.try_borrow_mut() {
            Ok(_) => Ok(()),
            Err(_) => Err(Refusal::new(Cause::WRONG_STATE, "somebody looks at the context")),
        }
    }

    /// None in its own functions, where it is between states.
    fn ask<R>(&self, body: impl FnOnce(*mut sys::baton_machine) -> R) -> Option<R> {
        (self.callee.host.depth.get() == 0).then(|| body(self.held.raw()))
    }
}

impl Outcome {
    pub(crate) fn read(answer: c_int) -> Self {
        match answer {
            0 => Self::Taken,
            1 => Self::Ignored,
            2 => Self::Refused,
            3 => Self::Deferred,
            5 => Self::Waits,
            _ => Self::Unexpected,
        }
    }
}
