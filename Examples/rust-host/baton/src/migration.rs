//! What both sides of a migration have.
use crate::call::{enter, Callee};
use crate::{Loop, Refusal};
use baton_sys as sys;
use std::cell::Cell;
use std::ffi::{c_int, c_void, CStr};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

/// What an attempt is to be like.
#[derive(Clone, Debug, Default)]
pub struct Parameters {
    /// Backends travel as open descriptors. Equal on both sides.
    pub transfers: bool,
    /// How long the other side may take to answer while the guest runs; zero is 5 s.
    pub patience: Duration,
    /// How long the guest may stand still; zero is 300 ms. Source only.
    pub switch: Duration,
    /// Stops before the switch until `Outgoing::proceed`. Source only.
    pub pauses: bool,
    /// Leaves the guest paused. Target only.
    pub leaves_paused: bool,
    /// The other side runs as this user.
    pub peer_user: Option<u32>,
}

impl Parameters {
    pub(crate) fn given(&self) -> sys::baton_parameters {
        let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        sys::baton_parameters {
            transfers: self.transfers.into(),
            patience_ms: ms(self.patience),
            switch_ms: ms(self.switch),
            pauses: self.pauses.into(),
            leaves_paused: self.leaves_paused.into(),
            has_peer_user: self.peer_user.is_some().into(),
            peer_user: self.peer_user.unwrap_or(0),
            ..sys::baton_parameters::new()
        }
    }
}

/// How far a migration is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing was begun.
    None,
    /// The sides compare what they have.
    Setup,
    /// It was cancelled, and is on its way back.
    Cancelling,
    /// It was cancelled; the guest is at the source.
    Cancelled,
    /// Under way; the guest runs at the source.
    Active,
    /// Waits for `Outgoing::proceed`.
    PreSwitchover,
    /// The guest stands still.
    Device,
    /// The guest is at the target.
    Completed,
    /// The guest is at the source, or at neither side when the source has died.
    Failed,
    /// One of a later release.
    Other(c_int),
}

impl Status {
    pub(crate) fn read(number: c_int) -> Self {
        match number {
            sys::BATON_STATUS_NONE => Self::None,
            sys::BATON_STATUS_SETUP => Self::Setup,
            sys::BATON_STATUS_CANCELLING => Self::Cancelling,
            sys::BATON_STATUS_CANCELLED => Self::Cancelled,
            sys::BATON_STATUS_ACTIVE => Self::Active,
            sys::BATON_STATUS_PRE_SWITCHOVER => Self::PreSwitchover,
            sys::BATON_STATUS_DEVICE => Self::Device,
            sys::BATON_STATUS_COMPLETED => Self::Completed,
            sys::BATON_STATUS_FAILED => Self::Failed,
            other => Self::Other(other),
        }
    }

    fn number(self) -> c_int {
        match self {
            Self::None => sys::BATON_STATUS_NONE,
            Self::Setup => sys::BATON_STATUS_SETUP,
            Self::Cancelling => sys::BATON_STATUS_CANCELLING,
            Self::Cancelled => sys::BATON_STATUS_CANCELLED,
            Self::Active => sys::BATON_STATUS_ACTIVE,
            Self::PreSwitchover => sys::BATON_STATUS_PRE_SWITCHOVER,
            Self::Device => sys::BATON_STATUS_DEVICE,
            Self::Completed => sys::BATON_STATUS_COMPLETED,
            Self::Failed => sys::BATON_STATUS_FAILED,
            Self::Other(other) => other,
        }
    }
}

/// The name that QMP uses.
impl fmt::Display for Status {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: any thread may ask; the name lives for ever, or is NULL.
        let name = unsafe { sys::baton_status_name(self.number()) };
        if name.is_null() {
            return to.write_str("unknown");
        }
        // SAFETY: as above; it ends with NUL.
        to.write_str(&unsafe { CStr::from_ptr(name) }.to_string_lossy())
    }
}

/// What a migration tells the host.
#[derive(Clone, Debug)]
pub enum Event {
    /// How far it is.
    Status(Status),
    /// Something went wrong that ends nothing.
    Warning(Refusal),
}

/// When each step of the blackout was done, in nanoseconds of CLOCK_MONOTONIC; 0: not reached, or
/// not told yet by the other side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamps {
    /// The stop was begun.
    pub begun: u64,
    /// The guest stood still.
    pub stopped: u64,
    /// The devices left their backends alone.
    pub quiesced: u64,
    /// The state was saved.
    pub saved: u64,
    /// The target had it.
    pub received: u64,
    /// And had read it.
    pub loaded: u64,
    /// The guest was the target's.
    pub taken: u64,
    /// The state was applied.
    pub applied: u64,
    /// The guest ran.
    pub started: u64,
}

impl Stamps {
    /// How long the guest stood still.
    pub fn blackout(&self) -> Duration {
        Duration::from_nanos(self.started.saturating_sub(self.begun))
    }

    pub(crate) fn read(from: impl FnOnce(*mut sys::baton_stamps) -> c_int) -> Self {
        let mut stamps = sys::baton_stamps::new();
        from(&mut stamps);
        Self {
            begun: stamps.begun,
            stopped: stamps.stopped,
            quiesced: stamps.quiesced,
            saved: stamps.saved,
            received: stamps.received,
            loaded: stamps.loaded,
            taken: stamps.taken,
            applied: stamps.applied,
            started: stamps.started,
        }
    }
}

/// A function of the library, and its handle.
type BreakOff = (unsafe fn(*mut c_void), *mut c_void);

/// Who is told, and how the attempt is broken off when that panics.
pub(crate) struct Told {
    watcher: Box<dyn Fn(Event)>,
    break_off: Cell<Option<BreakOff>>,
}

pub(crate) type Watcher = Rc<Callee<Told>>;

pub(crate) fn watcher(r#loop: &Loop, told: impl Fn(Event) + 'static) -> Watcher {
    Callee::new(&r#loop.home, Told { watcher: Box::new(told), break_off: Cell::new(None) })
}

/// What is called with `raw` when the watcher panics.
pub(crate) fn break_off<R>(watcher: &Watcher, by: unsafe fn(*mut c_void), raw: *mut R) {
    watcher.host.break_off.set(Some((by, raw.cast())));
}

pub(crate) fn calls() -> sys::baton_migration_calls {
    sys::baton_migration_calls {
        status: Some(status),
        warning: Some(warning),
        ..sys::baton_migration_calls::new()
    }
}

/// The answer of a function that tells why an attempt did not end well.
pub(crate) fn why(from: impl FnOnce(*mut sys::baton_refusal) -> c_int) -> Refusal {
    let mut why = sys::baton_refusal::new();
    from(&mut why);
    Refusal::read(&why)
}

// SAFETY of both: the library gives the context of a `Watcher`, on the loop's thread.

unsafe extern "C" fn status(status: c_int, context: *mut c_void) {
    let event = Event::Status(Status::read(status));
    unsafe { tell(event, context) };
}

unsafe extern "C" fn warning(why: *const sys::baton_refusal, context: *mut c_void) {
    let event = Event::Warning(unsafe { Refusal::read(&*why) });
    unsafe { tell(event, context) };
}

unsafe fn tell(event: Event, context: *mut c_void) {
    let told = unsafe { enter::<Told, _>(context, |callee| (callee.host.watcher)(event)) };
    if told.is_some() {
        return;
    }
    let by = unsafe { enter::<Told, _>(context, |callee| callee.host.break_off.get()) };
    if let Some(Some((break_off, raw))) = by {
        unsafe { break_off(raw) };
    }
}
