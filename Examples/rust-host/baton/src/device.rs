//! A movable device of the host's own.
use crate::call::{enter, enter_refusing, Callee, Held};
use crate::net::text;
use crate::refusal::{asking, checked};
use crate::{Loop, Refusal};
use baton_sys as sys;
use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::rc::Rc;

/// How the target gets the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// By the descriptors that came.
    Adopts,
    /// By opening it anew.
    Reopens,
}

/// What a device does in a move, in this order; docs/EMBEDDING.md has when the guest runs.
pub trait Movable: 'static {
    /// Source: what the target compares.
    fn describe(&self) -> Result<Vec<u8>, Refusal>;
    /// Source: descriptors that are lent.
    fn lend(&self) -> Vec<BorrowedFd<'_>>;
    /// Source, the guest is stopped: leaves the backend alone.
    fn quiesce(&self) -> Result<(), Refusal>;
    /// Source: the state.
    fn save(&self) -> Result<Vec<u8>, Refusal>;
    /// Target: compares, changing nothing. What it keeps of the descriptors it copies.
    fn inspect(&self, bytes: &[u8], descriptors: &[BorrowedFd]) -> Result<Adoption, Refusal>;
    /// Target: checks and keeps the state, changing nothing. The bytes are a stranger's.
    fn load(&self, state: &[u8]) -> Result<(), Refusal>;
    /// Target: the guest is ours; applies the state.
    fn take(&self) -> Result<(), Refusal>;
    /// Target: the guest is about to run.
    fn activate(&self);
    /// Target: the guest did not come; drops what was received.
    fn discard(&self);
    /// Source: the guest is ours again. What is refused is a warning.
    fn restore(&self) -> Result<(), Refusal> {
        Ok(())
    }
    /// Source: what was lent is ours alone again.
    fn withdraw(&self) {}
    /// Source: the target runs the guest; lets go of the backend without touching it.
    fn release(&self) {}
    /// How many calls that can change the backend were made so far.
    fn mutating_calls(&self) -> u64 {
        0
    }
}

type Host = Rc<dyn Movable>;

/// A device of the host's own, for a `Vacant` place.
pub struct Device {
    held: Held<sys::baton_device, Rc<Callee<Host>>>,
    _loop: Loop,
}

impl Device {
    /// `name` and `kind` are equal on both sides, 31 bytes at most.
    pub fn new(r#loop: &Loop, name: &str, kind: &str, device: Host) -> Result<Self, Refusal> {
        let (name, kind) = (text(name)?, text(kind)?);
        let callee = Callee::new(&r#loop.home, device);
        let (calls, context, mut raw) = (calls(), callee.context(), std::ptr::null_mut());
        let (name, kind) = (name.as_ptr(), kind.as_ptr());
        // SAFETY: `callee` lives until the device is destroyed; the rest is only read.
        asking(|why| unsafe {
            sys::baton_device_create(r#loop.raw(), name, kind, &calls, context, &mut raw, why)
        })?;
        let held = Held::new(&r#loop.home, raw, sys::baton_device_destroy, callee);
        Ok(Self { held, _loop: r#loop.clone() })
    }

    pub(crate) fn raw(&self) -> *mut sys::baton_device {
        self.held.raw()
    }
}

fn calls() -> sys::baton_device_calls {
    sys::baton_device_calls {
        describe: Some(describe),
        lend: Some(lend),
        quiesce: Some(quiesce),
        save: Some(save),
        inspect: Some(inspect),
        load: Some(load),
        take: Some(take),
        activate: Some(activate),
        discard: Some(discard),
        restore: Some(restore),
        withdraw: Some(withdraw),
        release: Some(release),
        mutating_calls: Some(mutating_calls),
        ..sys::baton_device_calls::new()
    }
}

/// Bytes that the library lends for a call; there may be none.
unsafe fn lent<'a>(bytes: *const c_void, count: usize) -> &'a [u8] {
    if count == 0 {
        return &[];
    }
    unsafe { std::slice::from_raw_parts(bytes.cast(), count) }
}

fn write(writer: *mut sys::baton_writer, bytes: &[u8]) -> Result<c_int, Refusal> {
    // SAFETY: the writer is lent for the call that this is in.
    let answer = unsafe { sys::baton_write(writer, bytes.as_ptr().cast(), bytes.len()) };
    checked(answer, "baton_write")
}

// SAFETY of all of these: the library gives the context of `Device::new`, on the loop's thread, and
// lends the rest for the call.

unsafe extern "C" fn describe(
    writer: *mut sys::baton_writer,
    why: *mut sys::baton_refusal,
    context: *mut c_void,
) -> c_int {
    unsafe {
        enter_refusing::<Host>(context, why, |callee| write(writer, &callee.host.describe()?))
    }
}

unsafe extern "C" fn lend(descriptors: *mut c_int, limit: usize, context: *mut c_void) -> usize {
    let lend = |callee: &Callee<Host>| {
        let lent = callee.host.lend();
        let count = lent.len().min(limit);
        for (place, descriptor) in lent.iter().take(count).enumerate() {
            unsafe { descriptors.add(place).write(descriptor.as_raw_fd()) };
        }
        count
    };
    unsafe { enter::<Host, _>(context, lend) }.unwrap_or(0)
}

unsafe extern "C" fn quiesce(why: *mut sys::baton_refusal, context: *mut c_void) -> c_int {
    unsafe { enter_refusing::<Host>(context, why, |callee| callee.host.quiesce().map(|()| 0)) }
}

unsafe extern "C" fn save(
    writer: *mut sys::baton_writer,
    why: *mut sys::baton_refusal,
    context: *mut c_void,
) -> c_int {
    unsafe { enter_refusing::<Host>(context, why, |callee| write(writer, &callee.host.save()?)) }
}

unsafe extern "C" fn inspect(
    bytes: *const c_void,
    count: usize,
    descriptors: *const c_int,
    descriptor_count: usize,
    why: *mut sys::baton_refusal,
    context: *mut c_void,
) -> c_int {
    let bytes = unsafe { lent(bytes, count) };
    let place = |number| unsafe { *descriptors.add(number) };
    let numbers: Vec<c_int> = (0..descriptor_count).map(place).collect();
    let lend = |number: &c_int| unsafe { BorrowedFd::borrow_raw(*number) };
    let given: Vec<BorrowedFd> = numbers.iter().map(lend).collect();
    let answer = unsafe {
        enter_refusing::<Host>(context, why, |callee| {
            Ok(match callee.host.inspect(bytes, &given)? {
                Adoption::Adopts => sys::BATON_ADOPTS,
                Adoption::Reopens => sys::BATON_REOPENS,
            })
        })
    };
    if answer > 0 {
        // They are the device's, which has copied what it wants.
        numbers.iter().for_each(|number| drop(unsafe { OwnedFd::from_raw_fd(*number) }));
    }
    answer
}

unsafe extern "C" fn load(
    bytes: *const c_void,
    count: usize,
    why: *mut sys::baton_refusal,
    context: *mut c_void,
) -> c_int {
    let state = unsafe { lent(bytes, count) };
    unsafe { enter_refusing::<Host>(context, why, |callee| callee.host.load(state).map(|()| 0)) }
}

unsafe extern "C" fn take(why: *mut sys::baton_refusal, context: *mut c_void) -> c_int {
    unsafe { enter_refusing::<Host>(context, why, |callee| callee.host.take().map(|()| 0)) }
}

unsafe extern "C" fn activate(context: *mut c_void) {
    unsafe { enter::<Host, _>(context, |callee| callee.host.activate()) };
}

unsafe extern "C" fn discard(context: *mut c_void) {
    unsafe { enter::<Host, _>(context, |callee| callee.host.discard()) };
}

unsafe extern "C" fn restore(why: *mut sys::baton_refusal, context: *mut c_void) -> c_int {
    unsafe { enter_refusing::<Host>(context, why, |callee| callee.host.restore().map(|()| 0)) }
}

unsafe extern "C" fn withdraw(context: *mut c_void) {
    unsafe { enter::<Host, _>(context, |callee| callee.host.withdraw()) };
}

unsafe extern "C" fn release(context: *mut c_void) {
    unsafe { enter::<Host, _>(context, |callee| callee.host.release()) };
}

unsafe extern "C" fn mutating_calls(context: *mut c_void) -> u64 {
    unsafe { enter::<Host, _>(context, |callee| callee.host.mutating_calls()) }.unwrap_or(0)
}
