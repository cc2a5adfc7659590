//! A port: a TAP behind a socket, for a guest whose VMM speaks vhost-user.
use crate::call::{enter, Callee, Held};
use crate::net::text;
use crate::refusal::{asking, checked};
use crate::{Loop, Refusal};
use baton_sys as sys;
use std::ffi::{c_char, c_int, c_uint, c_void, CStr, CString};
use std::ptr::{null, null_mut};
use std::rc::Rc;
use std::time::Duration;

/// What a port is wished to be; equal on both sides of a move. One of `path` and `calls` is needed.
#[derive(Clone, Debug, Default)]
pub struct PortOptions {
    /// Queue pairs, 1 to 128; 0 is 1.
    pub queues: u32,
    /// Listens there, at most 107 bytes; the file is this user's alone, and goes with the port.
    pub path: String,
    /// VMMs listen there, and are called until they answer; two at most.
    pub calls: Vec<String>,
    /// The VMM runs as this user.
    pub peer_user: Option<u32>,
    /// Set on the interface; 0 leaves it.
    pub interface_mtu: u16,
    /// The longest ring; 0 is 1024.
    pub ring_size_max: u16,
    /// At most 15 bytes; empty is a template.
    pub interface_name: String,
    /// All of the TAP in QEMU's words, in place of name, queues and MTU; empty is none.
    pub netdev: String,
    /// Feature bits that may be offered; 0 is all of checksums and segments.
    pub offloads: u64,
}

/// How a port speaks to the host; `()` does not listen. None of these may close the port.
pub trait PortEvents: 'static {
    /// A VMM has connected; None where the kernel does not tell its process.
    fn connected(&self, _process: Option<i32>) {}
    /// A VMM is gone: by itself (None), or sent away for what it did.
    fn left(&self, _reason: Option<&str>) {}
    /// Somebody was not let in.
    fn turned_away(&self, _why: Refusal) {}
    /// Who listens at `path` does not answer, and is called again.
    fn unreached(&self, _path: &str, _why: Refusal, _again: Duration) {}
    /// A guest has broken a ring, which rests until its driver starts anew.
    fn ring_broken(&self, _ring: u32, _reason: &str) {}
    /// The TAP serves the guest of this VMM from now on; None: nobody.
    fn serves(&self, _place: Option<usize>) {}
    /// The interface was deleted; the guests run on without a network, until `Port::reopen`.
    fn lost(&self, _why: Refusal) {}
    /// The TAP was opened anew, or could not be.
    fn reopened(&self, _answer: Result<(), Refusal>) {}
    /// A script or a helper did not do, and there is no TAP.
    fn unopened(&self, _why: Refusal) {}
    /// Something did not go as it should, and ends nothing.
    fn warned(&self, _why: Refusal) {}
    /// A script or a helper has written a line.
    fn said(&self, _program: &str, _line: &str) {}
}

impl PortEvents for () {}

type Events = Rc<Callee<Box<dyn PortEvents>>>;

/// A TAP for guests of VMMs that know nothing of this library.
pub struct Port {
    held: Held<sys::baton_port, Events>,
    _loop: Loop,
}

impl Port {
    /// A port that opens its TAP and meets its VMMs.
    pub fn open(
        r#loop: &Loop,
        name: &str,
        options: &PortOptions,
        events: impl PortEvents,
    ) -> Result<Self, Refusal> {
        Self::new(r#loop, name, options, false, events)
    }

    /// A port that waits for a migration which brings its TAP and its VMMs.
    pub fn awaited(
        r#loop: &Loop,
        name: &str,
        options: &PortOptions,
        events: impl PortEvents,
    ) -> Result<Self, Refusal> {
        Self::new(r#loop, name, options, true, events)
    }

    fn new(
        r#loop: &Loop,
        name: &str,
        options: &PortOptions,
        incoming: bool,
        events: impl PortEvents,
    ) -> Result<Self, Refusal> {
        let (name, words) = (text(name)?, Words::of(options)?);
        let (given, calls) = (options.given(&words), calls());
        let callee: Events = Callee::new(&r#loop.home, Box::new(events));
        let (mut raw, context) = (null_mut(), callee.context());
        // SAFETY: `callee` lives until the port is destroyed; the rest is only read.
        asking(|why| unsafe {
            sys::baton_port_create(
                r#loop.raw(),
                name.as_ptr(),
                &given,
                incoming.into(),
                null_mut(),
                r#loop.home.trace(),
                &calls,
                context,
                &mut raw,
                why,
            )
        })?;
        let held = Held::new(&r#loop.home, raw, sys::baton_port_destroy, callee);
        Ok(Self { held, _loop: r#loop.clone() })
    }

    pub(crate) fn device(&self) -> *mut sys::baton_device {
        // SAFETY: the handle is ours, as in all that follow.
        unsafe { sys::baton_port_device(self.held.raw()) }
    }

    /// Sends the VMMs away, closes the TAP for good and removes the socket. A port whose down
    /// script is to run is dropped no earlier than `is_closed` says so.
    pub fn close(&self) -> Result<(), Refusal> {
        checked(unsafe { sys::baton_port_close(self.held.raw()) }, "baton_port_close").map(drop)
    }

    /// Opens the TAP anew after it was lost; `reopened` has the answer as well.
    pub fn reopen(&self) -> Result<(), Refusal> {
        // SAFETY: the port holds its handle.
        asking(|why| unsafe { sys::baton_port_reopen(self.held.raw(), why) }).map(drop)
    }

    /// Whether the TAP is closed for good and the down script has run.
    pub fn is_closed(&self) -> bool {
        unsafe { sys::baton_port_is_closed(self.held.raw()) == 1 }
    }

    /// The interface's name, as the kernel has it.
    pub fn interface(&self) -> Result<String, Refusal> {
        let mut name: [c_char; 16] = [0; 16];
        let answer = unsafe { sys::baton_port_interface(self.held.raw(), name.as_mut_ptr()) };
        checked(answer, "baton_port_interface")?;
        // SAFETY: the library has put a NUL behind it.
        Ok(unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned())
    }

    /// How many VMMs are connected.
    pub fn front_ends(&self) -> u32 {
        unsafe { sys::baton_port_front_ends(self.held.raw()) }
    }

    /// How long nobody served the rings when the port came from another process; zero when it did
    /// not.
    pub fn blackout(&self) -> Duration {
        Duration::from_nanos(unsafe { sys::baton_port_blackout(self.held.raw()) })
    }
}

/// Lets this process outlive a VMM that shortens its guest's memory, by a handler of SIGBUS for the
/// whole process. Without it memory that is not sealed against that is refused.
pub fn survive_shrinking() -> Result<(), Refusal> {
    // SAFETY: any thread may ask.
    checked(unsafe { sys::baton_survive_shrinking() }, "baton_survive_shrinking").map(drop)
}

/// Options' texts as the library reads them.
struct Words {
    path: CString,
    calls: Vec<CString>,
    interface: CString,
    netdev: CString,
}

impl Words {
    fn of(options: &PortOptions) -> Result<Self, Refusal> {
        if options.calls.len() > 2 {
            let count = options.calls.len();
            let text = format!("a port calls 2 VMMs at most, not {count}");
            return Err(Refusal::new(crate::Cause::INVALID, &text));
        }
        Ok(Self {
            path: text(&options.path)?,
            calls: options.calls.iter().map(|path| text(path)).collect::<Result<_, _>>()?,
            interface: text(&options.interface_name)?,
            netdev: text(&options.netdev)?,
        })
    }
}

/// NULL for what is not said.
fn said_or_null(word: &CString) -> *const c_char {
    if word.is_empty() {
        null()
    } else {
        word.as_ptr()
    }
}

impl PortOptions {
    fn given(&self, words: &Words) -> sys::baton_port_options {
        let called = |place: usize| words.calls.get(place).map_or(null(), said_or_null);
        sys::baton_port_options {
            queues: self.queues,
            path: said_or_null(&words.path),
            calls: [called(0), called(1)],
            has_peer_user: self.peer_user.is_some().into(),
            peer_user: self.peer_user.unwrap_or(0),
            interface_mtu: self.interface_mtu,
            ring_size_max: self.ring_size_max,
            interface_name: said_or_null(&words.interface),
            netdev: said_or_null(&words.netdev),
            offloads: self.offloads,
            ..sys::baton_port_options::new()
        }
    }
}

fn calls() -> sys::baton_port_calls {
    sys::baton_port_calls {
        connected: Some(connected),
        left: Some(left),
        turned_away: Some(turned_away),
        unreached: Some(unreached),
        ring_broken: Some(ring_broken),
        serves: Some(serves),
        lost: Some(lost),
        unopened: Some(unopened),
        warned: Some(warned),
        said: Some(said),
        reopened: Some(reopened),
        ..sys::baton_port_calls::new()
    }
}

// SAFETY of all of these: the library gives the context of `Port::new`, on the loop's thread; what
// it points to lives as long as the call, and texts end with NUL.

unsafe fn tell(context: *mut c_void, body: impl FnOnce(&dyn PortEvents)) {
    unsafe { enter::<Box<dyn PortEvents>, _>(context, |callee| body(&*callee.host)) };
}

unsafe fn word(text: *const c_char) -> String {
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

unsafe extern "C" fn connected(process: c_int, context: *mut c_void) {
    unsafe { tell(context, |events| events.connected((process != 0).then_some(process))) };
}

unsafe extern "C" fn left(reason: *const c_char, context: *mut c_void) {
    let reason = if reason.is_null() { None } else { Some(unsafe { word(reason) }) };
    unsafe { tell(context, |events| events.left(reason.as_deref())) };
}

unsafe extern "C" fn turned_away(why: *const sys::baton_refusal, context: *mut c_void) {
    let why = unsafe { Refusal::read(&*why) };
    unsafe { tell(context, |events| events.turned_away(why)) };
}

unsafe extern "C" fn unreached(
    path: *const c_char,
    why: *const sys::baton_refusal,
    again: u64,
    context: *mut c_void,
) {
    let (path, why) = unsafe { (word(path), Refusal::read(&*why)) };
    let again = Duration::from_nanos(again);
    unsafe { tell(context, |events| events.unreached(&path, why, again)) };
}

unsafe extern "C" fn ring_broken(ring: c_uint, reason: *const c_char, context: *mut c_void) {
    let reason = unsafe { word(reason) };
    unsafe { tell(context, |events| events.ring_broken(ring, &reason)) };
}

unsafe extern "C" fn serves(place: c_int, context: *mut c_void) {
    unsafe { tell(context, |events| events.serves(usize::try_from(place).ok())) };
}

unsafe extern "C" fn lost(why: *const sys::baton_refusal, context: *mut c_void) {
    let why = unsafe { Refusal::read(&*why) };
    unsafe { tell(context, |events| events.lost(why)) };
}

unsafe extern "C" fn unopened(why: *const sys::baton_refusal, context: *mut c_void) {
    let why = unsafe { Refusal::read(&*why) };
    unsafe { tell(context, |events| events.unopened(why)) };
}

unsafe extern "C" fn warned(why: *const sys::baton_refusal, context: *mut c_void) {
    let why = unsafe { Refusal::read(&*why) };
    unsafe { tell(context, |events| events.warned(why)) };
}

unsafe extern "C" fn said(program: *const c_char, line: *const c_char, context: *mut c_void) {
    let (program, line) = unsafe { (word(program), word(line)) };
    unsafe { tell(context, |events| events.said(&program, &line)) };
}

unsafe extern "C" fn reopened(why: *const sys::baton_refusal, context: *mut c_void) {
    let answer = if why.is_null() { Ok(()) } else { Err(unsafe { Refusal::read(&*why) }) };
    unsafe { tell(context, |events| events.reopened(answer)) };
}
