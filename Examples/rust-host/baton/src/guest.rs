//! The guest: how it is stopped and started, and who has its memory.
use crate::call::{enter, enter_refusing, Callee, Held};
use crate::refusal::asking;
use crate::{Cause, Loop, Memory, Refusal};
use baton_sys as sys;
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::null_mut;
use std::rc::Rc;

/// A part of the guest's memory; 64 at most, in whole pages, which do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// Where the guest has it.
    pub guest_address: u64,
    /// A multiple of the page size.
    pub byte_count: u64,
}

/// How the library speaks to the guest, on the loop's thread. From `stop` to `start` the guest
/// stands still: none of these may wait for long.
pub trait Guest: 'static {
    /// Whether the guest runs, and so is to run after a move.
    fn is_running(&self) -> bool;
    /// Returns when no instruction of the guest runs any more. After a panic the guest is not
    /// moved.
    fn stop(&self);
    /// Lets it run.
    fn start(&self);
    /// On the target: its user said stop meanwhile.
    fn pause(&self) {
        self.stop();
    }
    /// Memory for the guest: fresh in `Vacant::boot`, with what it knows when it has come from a
    /// source. Devices are attached already. A refusal leaves the guest where it is.
    fn adopt(&self, memory: Memory) -> Result<(), Refusal>;
    /// The guest runs elsewhere, or did not come: gives the memory back, so that nobody has it.
    fn give_back(&self) -> Option<Memory>;
}

/// What the library's callbacks need beside the guest.
pub(crate) struct Host {
    pub guest: Rc<dyn Guest>,
    layout: Vec<Region>,
    /// Attached when the memory comes; they live in the same parts as the guest.
    pub nets: RefCell<Vec<*mut sys::baton_net>>,
    /// Who is to be cancelled when `stop` panics; NULL when the guest is not on its way.
    pub outgoing: Cell<*mut sys::baton_outgoing>,
}

pub(crate) struct GuestHandle {
    held: Held<sys::baton_guest, Rc<Callee<Host>>>,
    callee: Rc<Callee<Host>>,
}

impl GuestHandle {
    pub fn new(r#loop: &Loop, layout: &[Region], guest: Rc<dyn Guest>) -> Result<Self, Refusal> {
        let regions: Vec<sys::baton_region> = layout.iter().map(Region::given).collect();
        let callee = Callee::new(
            &r#loop.home,
            Host {
                guest,
                layout: layout.to_vec(),
                nets: RefCell::default(),
                outgoing: Cell::new(null_mut()),
            },
        );
        let (calls, context, mut raw) = (calls(), callee.context(), null_mut());
        let (place, count) = (regions.as_ptr(), regions.len());
        // SAFETY: `callee` lives until the guest is destroyed; the rest is only read.
        asking(|why| unsafe {
            sys::baton_guest_create(r#loop.raw(), place, count, &calls, context, &mut raw, why)
        })?;
        let held = Held::new(&r#loop.home, raw, sys::baton_guest_destroy, callee.clone());
        Ok(Self { held, callee })
    }

    pub fn raw(&self) -> *mut sys::baton_guest {
        self.held.raw()
    }

    pub fn host(&self) -> &Host {
        &self.callee.host
    }

    /// Shows the library the host's own memory.
    pub fn map(&self, memory: &Memory) -> Result<(), Refusal> {
        let numbers: Vec<c_int> = memory.memfds().map(|memfd| memfd.as_raw_fd()).collect();
        let (place, count) = (numbers.as_ptr(), numbers.len());
        // SAFETY: the numbers are lent for the call, and duplicated.
        asking(|why| unsafe { sys::baton_guest_map(self.raw(), place, count, why) }).map(drop)
    }
}

impl Region {
    fn given(&self) -> sys::baton_region {
        sys::baton_region { guest_address: self.guest_address, byte_count: self.byte_count }
    }
}

impl Host {
    /// Attaches the devices to the memory that has come, and shows it to the host.
    fn adopt(&self, raw: *mut sys::baton_guest) -> Result<c_int, Refusal> {
        for net in self.nets.borrow().iter() {
            // SAFETY: the devices live in the same parts as this guest.
            asking(|why| unsafe { sys::baton_net_attach(*net, raw, why) })?;
        }
        let mut memfds: Vec<OwnedFd> = Vec::new();
        for place in 0..self.layout.len() {
            // SAFETY: a guest that has memory lends its descriptors.
            let number = unsafe { sys::baton_guest_descriptor(raw, place) };
            if number < 0 {
                return Err(Refusal::new(Cause::WRONG_STATE, "the guest has no memory"));
            }
            // SAFETY: open at least until this callback returns; it is copied now.
            memfds.push(unsafe { BorrowedFd::borrow_raw(number) }.try_clone_to_owned()?);
        }
        self.guest.adopt(Memory::over(&self.layout, memfds)?)?;
        Ok(sys::BATON_OK)
    }
}

fn calls() -> sys::baton_guest_calls {
    sys::baton_guest_calls {
        is_running: Some(is_running),
        stop: Some(stop),
        start: Some(start),
        pause: Some(pause),
        adopt: Some(adopt),
        discard: Some(give_back),
        release: Some(give_back),
        ..sys::baton_guest_calls::new()
    }
}

// SAFETY of all of these: the library gives the context of `GuestHandle::new`, on the loop's
// thread.

unsafe extern "C" fn is_running(context: *mut c_void) -> c_int {
    unsafe { enter::<Host, _>(context, |callee| callee.host.guest.is_running()) }
        .unwrap_or(false)
        .into()
}

unsafe extern "C" fn stop(context: *mut c_void) {
    let stopped = unsafe { enter::<Host, _>(context, |callee| callee.host.guest.stop()) };
    if stopped.is_none() {
        // Nobody knows whether it stands still, so that it must not run elsewhere.
        let outgoing = unsafe { enter::<Host, _>(context, |callee| callee.host.outgoing.get()) };
        if let Some(outgoing) = outgoing.filter(|outgoing| !outgoing.is_null()) {
            unsafe { sys::baton_outgoing_cancel(outgoing) };
        }
    }
}

unsafe extern "C" fn start(context: *mut c_void) {
    unsafe { enter::<Host, _>(context, |callee| callee.host.guest.start()) };
}

unsafe extern "C" fn pause(context: *mut c_void) {
    unsafe { enter::<Host, _>(context, |callee| callee.host.guest.pause()) };
}

unsafe extern "C" fn adopt(
    guest: *mut sys::baton_guest,
    why: *mut sys::baton_refusal,
    context: *mut c_void,
) -> c_int {
    unsafe { enter_refusing::<Host>(context, why, |callee| callee.host.adopt(guest)) }
}

unsafe extern "C" fn give_back(context: *mut c_void) {
    unsafe { enter::<Host, _>(context, |callee| drop(callee.host.guest.give_back())) };
}
