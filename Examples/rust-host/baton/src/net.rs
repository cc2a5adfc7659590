//! The network device.
use crate::call::{enter, Callee, Held};
use crate::refusal::{asking, checked};
use crate::{Cause, EventFd, Loop, Refusal};
use baton_sys as sys;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::{c_void, CString};
use std::os::fd::AsRawFd;
use std::rc::Rc;

/// What the TAP and the device are wished to be; equal on both sides of a move, but for `mac`.
#[derive(Clone, Debug, Default)]
pub struct NetOptions {
    /// Queue pairs, 1 to 256; 0 is 1.
    pub queues: u32,
    /// At most 15 bytes; empty is a template.
    pub interface_name: String,
    /// What the guest is told, 68 at least; 0 tells nothing.
    pub mtu: u16,
    /// The longest ring; 0 is 256.
    pub queue_size_max: u16,
    /// Offers VIRTIO_F_EVENT_IDX.
    pub event_index: bool,
    /// Feature bits that may be offered.
    pub offloads: u64,
    /// A station's address.
    pub mac: [u8; 6],
    /// The TAP goes as open descriptors when it is moved; the same in `Parameters`.
    pub transfers: bool,
}

/// How the device speaks to the host; `()` does not listen.
pub trait NetEvents: 'static {
    /// Chains of a queue were completed, and the queue has no eventfd.
    fn interrupt(&self, _queue: u32) {}
    /// The configuration or the status has changed.
    fn configuration(&self) {}
    /// The interface was deleted; the guest runs on without a network.
    fn lost(&self, _why: Refusal) {}
}

impl NetEvents for () {}

/// What the device has done in this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames that the guest was given.
    pub frames_to_guest: u64,
    /// Frames that it sent.
    pub frames_from_guest: u64,
    /// Frames that nobody got.
    pub frames_dropped: u64,
    /// Interrupts.
    pub interrupts: u64,
    /// Chains that cannot be.
    pub bad_chains: u64,
    /// Calls that can change the TAP.
    pub mutating_calls: u64,
}

type Events = Rc<Callee<Box<dyn NetEvents>>>;
/// Descriptors that the library has, by the queues that they are for.
type Lent = Rc<RefCell<BTreeMap<(bool, u32), EventFd>>>;

/// A virtio-net device over a TAP.
pub struct Net {
    held: Held<sys::baton_net, (Events, Lent)>,
    lent: Lent,
    _loop: Loop,
}

impl Net {
    /// A device that has nothing yet.
    pub fn new(
        r#loop: &Loop,
        name: &str,
        options: &NetOptions,
        events: impl NetEvents,
    ) -> Result<Self, Refusal> {
        let (name, interface) = (text(name)?, text(&options.interface_name)?);
        let given = options.given(&interface);
        let callee: Events = Callee::new(&r#loop.home, Box::new(events));
        let calls = sys::baton_net_calls {
            interrupt: Some(interrupt),
            configuration: Some(configuration),
            lost: Some(lost),
            ..sys::baton_net_calls::new()
        };
        let (mut raw, none) = (std::ptr::null_mut(), std::ptr::null_mut());
        let transfers = options.transfers.into();
        // SAFETY: `callee` lives until the device is destroyed; the rest is only read.
        asking(|why| unsafe {
            sys::baton_net_create(
                r#loop.raw(),
                name.as_ptr(),
                &given,
                transfers,
                none,
                r#loop.home.trace(),
                &calls,
                callee.context(),
                &mut raw,
                why,
            )
        })?;
        let lent = Lent::default();
        let kept = (callee, lent.clone());
        let held = Held::new(&r#loop.home, raw, sys::baton_net_destroy, kept);
        Ok(Self { held, lent, _loop: r#loop.clone() })
    }

    pub(crate) fn raw(&self) -> *mut sys::baton_net {
        self.held.raw()
    }

    pub(crate) fn device(&self) -> *mut sys::baton_device {
        // SAFETY: the handle is ours, as in all that follow.
        unsafe { sys::baton_net_device(self.raw()) }
    }

    pub(crate) fn open(&self) -> Result<(), Refusal> {
        asking(|why| unsafe { sys::baton_net_open(self.raw(), why) }).map(drop)
    }

    pub(crate) fn wait(&self) -> Result<(), Refusal> {
        asking(|why| unsafe { sys::baton_net_await(self.raw(), why) }).map(drop)
    }

    pub(crate) fn attach(&self, guest: *mut sys::baton_guest) -> Result<(), Refusal> {
        asking(|why| unsafe { sys::baton_net_attach(self.raw(), guest, why) }).map(drop)
    }

    /// The guest's driver has rung.
    pub fn notify(&self, queue: u32) -> Result<(), Refusal> {
        checked(unsafe { sys::baton_net_notify(self.raw(), queue) }, "baton_net_notify").map(drop)
    }

    /// The same by an eventfd, from any thread. Refused for one that waits: the loop reads it.
    pub fn notify_by(&self, queue: u32, by: &EventFd) -> Result<(), Refusal> {
        if by.waits() {
            return Err(Refusal::new(
                Cause::INVALID,
                "an eventfd that the loop reads may not wait",
            ));
        }
        let number = by.as_raw_fd();
        let answer = unsafe { sys::baton_net_notify_by(self.raw(), queue, number) };
        checked(answer, "baton_net_notify_by")?;
        // The one that was there before is closed no earlier than the library has let go of it.
        self.lent.borrow_mut().insert((false, queue), by.clone());
        Ok(())
    }

    /// The library raises this eventfd in place of calling `interrupt`.
    pub fn interrupt_by(&self, queue: u32, by: &EventFd) -> Result<(), Refusal> {
        let number = by.as_raw_fd();
        let answer = unsafe { sys::baton_net_interrupt_by(self.raw(), queue, number) };
        checked(answer, "baton_net_interrupt_by")?;
        self.lent.borrow_mut().insert((true, queue), by.clone());
        Ok(())
    }

    /// The driver's status, bit by bit as it comes.
    pub fn set_status(&self, status: u8) -> Result<(), Refusal> {
        let answer = unsafe { sys::baton_net_set_status(self.raw(), status) };
        checked(answer, "baton_net_set_status").map(drop)
    }

    /// What the device offers.
    pub fn offered_features(&self) -> u64 {
        unsafe { sys::baton_net_offered_features(self.raw()) }
    }

    /// What the driver takes of it.
    pub fn set_features(&self, features: u64) -> Result<(), Refusal> {
        let answer = unsafe { sys::baton_net_set_features(self.raw(), features) };
        checked(answer, "baton_net_set_features").map(drop)
    }

    /// A queue's ring: its length, and the guest addresses of its three parts. It is ready then.
    pub fn set_queue(&self, queue: u32, entries: u16, parts: [u64; 3]) -> Result<(), Refusal> {
        let [descriptors, available, used] = parts;
        let raw = self.raw();
        let answer =
            unsafe { sys::baton_net_set_queue(raw, queue, entries, descriptors, available, used) };
        checked(answer, "baton_net_set_queue")?;
        let answer = unsafe { sys::baton_net_set_queue_ready(raw, queue) };
        checked(answer, "baton_net_set_queue_ready").map(drop)
    }

    /// Pulls the cable or plugs it in.
    pub fn set_link(&self, is_up: bool) -> Result<(), Refusal> {
        let answer = unsafe { sys::baton_net_set_link(self.raw(), is_up.into()) };
        checked(answer, "baton_net_set_link").map(drop)
    }

    /// The interface's name, as the kernel has it.
    pub fn interface(&self) -> Result<String, Refusal> {
        let mut name = [0u8; 16];
        let answer = unsafe { sys::baton_net_interface(self.raw(), name.as_mut_ptr().cast()) };
        checked(answer, "baton_net_interface")?;
        let count = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        Ok(String::from_utf8_lossy(&name[..count]).into_owned())
    }

    /// What was done so far.
    pub fn counters(&self) -> Result<Counters, Refusal> {
        let mut counters = sys::baton_net_counters::new();
        checked(unsafe { sys::baton_net_count(self.raw(), &mut counters) }, "baton_net_count")?;
        Ok(Counters {
            frames_to_guest: counters.frames_to_guest,
            frames_from_guest: counters.frames_from_guest,
            frames_dropped: counters.frames_dropped,
            interrupts: counters.interrupts,
            bad_chains: counters.bad_chains,
            mutating_calls: counters.mutating_calls,
        })
    }
}

impl NetOptions {
    fn given(&self, interface: &CString) -> sys::baton_net_options {
        let is_named = !self.interface_name.is_empty();
        sys::baton_net_options {
            queues: self.queues,
            interface_name: if is_named { interface.as_ptr() } else { std::ptr::null() },
            mtu: self.mtu,
            queue_size_max: self.queue_size_max,
            event_index: self.event_index.into(),
            offloads: self.offloads,
            mac: self.mac,
            ..sys::baton_net_options::new()
        }
    }
}

/// Text for the library, which ends with NUL.
pub(crate) fn text(text: &str) -> Result<CString, Refusal> {
    let no = |_| Refusal::new(Cause::INVALID, &format!("{text:?} has a NUL inside"));
    CString::new(text).map_err(no)
}

// SAFETY of all of these: the library gives the context of `Net::new`, on the loop's thread.

unsafe extern "C" fn interrupt(queue: u32, context: *mut c_void) {
    unsafe { enter::<Box<dyn NetEvents>, _>(context, |callee| callee.host.interrupt(queue)) };
}

unsafe extern "C" fn configuration(context: *mut c_void) {
    unsafe { enter::<Box<dyn NetEvents>, _>(context, |callee| callee.host.configuration()) };
}

unsafe extern "C" fn lost(why: *const sys::baton_refusal, context: *mut c_void) {
    let why = unsafe { Refusal::read(&*why) };
    unsafe { enter::<Box<dyn NetEvents>, _>(context, |callee| callee.host.lost(why)) };
}
