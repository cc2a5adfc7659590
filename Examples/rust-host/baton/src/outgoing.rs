//! The source's side.
use crate::call::Held;
use crate::machine::{net, Parts};
use crate::migration::{break_off, calls, watcher, why, Watcher};
use crate::refusal::{asking, checked};
use crate::{Event, Machine, Net, Parameters, Refusal, Stamps, Status};
use baton_sys as sys;
use std::ffi::c_void;
use std::ptr::null_mut;

/// A guest on its way to another process. Until that has it, it runs here.
pub struct Outgoing {
    // Before the parts that it uses.
    held: Held<sys::baton_outgoing, Watcher>,
    parts: Parts,
}

/// What became of an attempt so far.
pub enum Departure {
    /// It is not decided.
    Under(Outgoing),
    /// The other process has the guest.
    Given(Gone),
    /// The guest is still here.
    Kept(Machine, Refusal),
}

/// An attempt that was not begun.
pub struct NotMoved {
    /// The guest, which is where it was.
    pub machine: Machine,
    /// Why.
    pub why: Refusal,
}

/// What is left of a guest that runs elsewhere: nothing but when it went.
#[derive(Clone, Copy, Debug)]
pub struct Gone {
    /// When the steps of the blackout were done.
    pub stamps: Stamps,
    /// How many calls that can change a backend the target made too early, which must be none;
    /// None when it has not said.
    pub calls_before_take: Option<u64>,
}

impl Machine {
    /// Starts to move the guest to who listens at `address`, unix:PATH. The machine is the
    /// attempt's from then on; `told` is called while the loop turns, and sometimes before this
    /// returns.
    pub fn migrate(
        self,
        address: &str,
        parameters: &Parameters,
        told: impl Fn(Event) + 'static,
    ) -> Result<Outgoing, Box<NotMoved>> {
        let outgoing = Outgoing::new(self.parts, told)?;
        match outgoing.start(address, parameters) {
            Ok(()) => Ok(outgoing),
            Err(why) => Err(Box::new(NotMoved { machine: outgoing.back(), why })),
        }
    }
}

impl Outgoing {
    fn new(parts: Parts, told: impl Fn(Event) + 'static) -> Result<Self, Box<NotMoved>> {
        let (watcher, devices) = (watcher(&parts.r#loop, told), parts.devices());
        let (mut raw, calls, none) = (null_mut(), calls(), null_mut());
        // SAFETY: the watcher and the parts live until the migration is destroyed.
        let answer = unsafe {
            sys::baton_outgoing_create(
                parts.r#loop.raw(),
                parts.guest(),
                devices.as_ptr(),
                devices.len(),
                none,
                parts.r#loop.home.trace(),
                &calls,
                watcher.context(),
                &mut raw,
            )
        };
        if let Err(why) = checked(answer, "baton_outgoing_create") {
            return Err(Box::new(NotMoved { machine: Machine { parts }, why }));
        }
        break_off(&watcher, cancel, raw);
        parts.note(raw);
        let held = Held::new(&parts.r#loop.home, raw, sys::baton_outgoing_destroy, watcher);
        Ok(Self { held, parts })
    }

    fn start(&self, address: &str, parameters: &Parameters) -> Result<(), Refusal> {
        let (address, parameters) = (crate::net::text(address)?, parameters.given());
        let place = address.as_ptr();
        // SAFETY: the handle is ours, as in all that follow.
        asking(|why| unsafe {
            sys::baton_outgoing_migrate(self.held.raw(), place, &parameters, why)
        })
        .map(drop)
    }

    fn back(self) -> Machine {
        let Self { held, parts } = self;
        parts.note(null_mut());
        drop(held);
        Machine { parts }
    }

    /// What became of it so far; after each round of the loop.
    pub fn advance(self) -> Departure {
        if self.parts.r#loop.home.depth.get() > 0 {
            return Departure::Under(self);
        }
        let raw = self.held.raw();
        match self.status() {
            Status::Completed => {
                let stamps =
                    Stamps::read(|place| unsafe { sys::baton_outgoing_stamps(raw, place) });
                let mut count = 0;
                let told = unsafe { sys::baton_outgoing_calls_before_take(raw, &mut count) } == 1;
                Departure::Given(Gone { stamps, calls_before_take: told.then_some(count) })
            }
            Status::Failed | Status::Cancelled => {
                let why = why(|place| unsafe { sys::baton_outgoing_refusal(raw, place) });
                Departure::Kept(self.back(), why)
            }
            _ => Departure::Under(self),
        }
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        Status::read(unsafe { sys::baton_outgoing_status(self.held.raw()) })
    }

    /// Takes the guest back if that is still possible; `advance` tells.
    pub fn cancel(&self) {
        unsafe { sys::baton_outgoing_cancel(self.held.raw()) };
    }

    /// Lets a migration that paused go on.
    pub fn proceed(&self) -> Result<(), Refusal> {
        asking(|why| unsafe { sys::baton_outgoing_proceed(self.held.raw(), why) }).map(drop)
    }

    /// The guest's user said stop or cont while the migration has the guest stopped.
    pub fn guest_shall(&self, run: bool) -> Result<(), Refusal> {
        let run = run.into();
        asking(|why| unsafe { sys::baton_outgoing_guest_shall(self.held.raw(), run, why) })
            .map(drop)
    }

    /// The network devices: the guest still has them, and the driver may still ask them.
    pub fn net(&self, number: usize) -> &Net {
        net(&self.parts, number)
    }
}

// SAFETY: called with the handle that `Outgoing::new` made, while its watcher lives.
unsafe fn cancel(raw: *mut c_void) {
    unsafe { sys::baton_outgoing_cancel(raw.cast()) };
}
