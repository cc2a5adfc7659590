//! The target's side.
use crate::call::Held;
use crate::machine::Parts;
use crate::migration::{break_off, calls, watcher, why, Watcher};
use crate::refusal::{asking, checked};
use crate::{Event, Machine, Parameters, Refusal, Stamps, Status, Vacant};
use baton_sys as sys;
use std::ffi::c_void;
use std::ptr::null_mut;

/// A place that waits for a guest.
pub struct Incoming {
    // Before the parts that it uses.
    held: Held<sys::baton_incoming, Watcher>,
    parts: Parts,
}

/// What has come so far.
pub enum Arrival {
    /// Nothing, or not all of it.
    Waiting(Incoming),
    /// The guest is here, and this is when it came.
    Here(Machine, Stamps),
    /// It does not come.
    Not(Refusal),
}

impl Vacant {
    /// Waits for a guest at `address`, unix:PATH. `told` is called while the loop turns.
    pub fn listen(
        self,
        address: &str,
        parameters: &Parameters,
        told: impl Fn(Event) + 'static,
    ) -> Result<Incoming, Refusal> {
        self.parts.wait()?;
        let incoming = Incoming::new(self.parts, told)?;
        let (address, parameters) = (crate::net::text(address)?, parameters.given());
        let (raw, place) = (incoming.held.raw(), address.as_ptr());
        // SAFETY: the handle is ours, as in all that follow.
        asking(|why| unsafe { sys::baton_incoming_listen(raw, place, &parameters, why) })?;
        Ok(incoming)
    }
}

impl Incoming {
    fn new(parts: Parts, told: impl Fn(Event) + 'static) -> Result<Self, Refusal> {
        let (watcher, devices) = (watcher(&parts.r#loop, told), parts.devices());
        let (mut raw, calls, none) = (null_mut(), calls(), null_mut());
        // SAFETY: the watcher and the parts live until the migration is destroyed.
        let answer = unsafe {
            sys::baton_incoming_create(
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
        checked(answer, "baton_incoming_create")?;
        break_off(&watcher, cancel, raw);
        let held = Held::new(&parts.r#loop.home, raw, sys::baton_incoming_destroy, watcher);
        Ok(Self { held, parts })
    }

    /// What has come so far; after each round of the loop.
    pub fn advance(self) -> Arrival {
        if self.parts.r#loop.home.depth.get() > 0 {
            return Arrival::Waiting(self);
        }
        let raw = self.held.raw();
        match self.status() {
            Status::Completed => {
                let stamps = self.stamps();
                let Self { held, parts } = self;
                drop(held);
                Arrival::Here(Machine { parts }, stamps)
            }
            Status::Failed | Status::Cancelled => {
                Arrival::Not(why(|place| unsafe { sys::baton_incoming_refusal(raw, place) }))
            }
            _ => Arrival::Waiting(self),
        }
    }

    /// How far it is.
    pub fn status(&self) -> Status {
        Status::read(unsafe { sys::baton_incoming_status(self.held.raw()) })
    }

    /// When the steps of the blackout were done so far.
    pub fn stamps(&self) -> Stamps {
        Stamps::read(|place| unsafe { sys::baton_incoming_stamps(self.held.raw(), place) })
    }

    /// Gives up waiting; refused when the guest is ours already.
    pub fn cancel(&self) -> Result<(), Refusal> {
        asking(|why| unsafe { sys::baton_incoming_cancel(self.held.raw(), why) }).map(drop)
    }

    /// The user said stop or cont before the guest is here.
    pub fn guest_shall(&self, run: bool) {
        unsafe { sys::baton_incoming_guest_shall(self.held.raw(), run.into()) };
    }
}

// SAFETY: called with the handle that `Incoming::new` made, while its watcher lives.
unsafe fn cancel(raw: *mut c_void) {
    unsafe { sys::baton_incoming_cancel(raw.cast(), null_mut()) };
}
