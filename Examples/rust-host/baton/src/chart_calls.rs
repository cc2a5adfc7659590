//! From the library's functions of a chart to those that the host has given.
use crate::call::enter;
use crate::refusal::checked;
use crate::{Cause, EventId, Refusal};
use baton_sys as sys;
use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::marker::PhantomData;

/// What a machine's callbacks get at.
pub(crate) struct Work<T> {
    pub context: RefCell<T>,
    pub failures: RefCell<Vec<Refusal>>,
    /// Called when a final state of the chart itself is entered.
    pub done: RefCell<Option<Box<dyn FnOnce()>>>,
    /// How many of its own functions are running, in which it cannot be asked.
    pub depth: Cell<u32>,
    /// How many of those are guards or delays, in which nothing may be sent either.
    pub asking: Cell<u32>,
    /// How many events the chart has, row 0 among them.
    pub events: u32,
}

/// An event as guards and actions see it.
#[derive(Clone, Copy, Debug)]
pub struct EventData<'a> {
    /// Which event.
    pub event: EventId,
    /// What it carries, at a place of any alignment.
    pub bytes: &'a [u8],
}

impl EventData<'_> {
    /// # Safety
    /// The place is NULL, or an event's that lives as long as what is answered.
    unsafe fn read<'a>(place: *const sys::baton_event) -> Option<EventData<'a>> {
        // SAFETY: as above; an event says how many of its bytes there are.
        let event = unsafe { place.as_ref() }?;
        let count = (event.count as usize).min(std::mem::size_of_val(&event.data));
        let bytes = unsafe { std::slice::from_raw_parts(event.data.as_ptr().cast(), count) };
        Some(EventData { event: EventId(event.number), bytes })
    }
}

/// What an action may ask of the machine that runs it, while it runs.
pub struct Step {
    machine: *mut sys::baton_machine,
    events: u32,
}

/// Refuses what the library would take for a mistake in the program.
pub(crate) fn check(event: EventId, events: u32, data: &[u8]) -> Result<(), Refusal> {
    if event.0 == 0 || event.0 >= events {
        return Err(Refusal::new(Cause::MISUSE, "the event is of another chart"));
    }
    if data.len() > sys::BATON_EVENT_DATA_MAX {
        let (most, count) = (sys::BATON_EVENT_DATA_MAX, data.len());
        let text = format!("an event carries {most} bytes, and not {count}");
        return Err(Refusal::new(Cause::INVALID, &text));
    }
    Ok(())
}

impl Step {
    /// An event that comes before all others from outside (SCXML 4.2).
    pub fn raise(&self, event: EventId, data: &[u8]) -> Result<(), Refusal> {
        self.ask("baton_machine_raise", sys::baton_machine_raise, event, data)
    }

    /// Ends the list of actions that runs, and raises what tells of it (SCXML 4.9).
    pub fn fail(&self, event: EventId, data: &[u8]) -> Result<(), Refusal> {
        self.ask("baton_machine_fail", sys::baton_machine_fail, event, data)
    }

    /// In an entry action of a final state: what `done` transitions see (SCXML 5.5).
    pub fn finish(&self, event: EventId, data: &[u8]) -> Result<(), Refusal> {
        self.ask("baton_machine_finish", sys::baton_machine_finish, event, data)
    }

    /// An event that comes when so many nanoseconds have passed (SCXML 6.2).
    pub fn send_after(
        &self,
        nanoseconds: u64,
        id: u16,
        event: EventId,
        data: &[u8],
    ) -> Result<(), Refusal> {
        check(event, self.events, data)?;
        let (machine, place, count) = (self.machine, data.as_ptr().cast(), data.len());
        // SAFETY: the machine runs the action that has this, and the data is copied.
        let answer = unsafe {
            sys::baton_machine_send_after(machine, nanoseconds, id, event.0, place, count)
        };
        checked(answer, "baton_machine_send_after").map(drop)
    }

    /// Takes back what was sent with this id and has not come (SCXML 6.3).
    pub fn cancel(&self, id: u16) -> Result<(), Refusal> {
        // SAFETY: as above.
        let answer = unsafe { sys::baton_machine_cancel(self.machine, id) };
        checked(answer, "baton_machine_cancel").map(drop)
    }

    fn ask(
        &self,
        name: &str,
        call: unsafe extern "C" fn(*mut sys::baton_machine, u32, *const c_void, usize) -> c_int,
        event: EventId,
        data: &[u8],
    ) -> Result<(), Refusal> {
        check(event, self.events, data)?;
        // SAFETY: as above.
        let answer = unsafe { call(self.machine, event.0, data.as_ptr().cast(), data.len()) };
        checked(answer, name).map(drop)
    }
}

/// A function without captures, which is there without being kept: it has no bytes.
pub(crate) struct Bare<F>(PhantomData<F>);

impl<F: Copy> Bare<F> {
    const IS_EMPTY: () = assert!(std::mem::size_of::<F>() == 0, "it captures something");

    pub fn of(_it: F) -> Self {
        let () = Self::IS_EMPTY;
        Self(PhantomData)
    }

    fn get() -> F {
        let () = Self::IS_EMPTY;
        // SAFETY: what has no bytes is read from anywhere; one was there, in `of`, and is `Copy`.
        unsafe { std::ptr::NonNull::<F>::dangling().as_ptr().read() }
    }
}

pub(crate) unsafe extern "C" fn holds<T, F>(
    event: *const sys::baton_event,
    context: *mut c_void,
) -> c_int
where
    F: Fn(&T, Option<EventData<'_>>) -> bool + Copy,
{
    // SAFETY: the context is of the machine's callee, and the event lives during the call.
    let held = unsafe {
        enter(context, |it: &crate::call::Callee<Work<T>>| {
            it.host.asked(|| Bare::<F>::get()(&it.host.context.borrow(), EventData::read(event)))
        })
    };
    held.unwrap_or(false).into()
}

pub(crate) unsafe extern "C" fn runs<T, F>(
    machine: *mut sys::baton_machine,
    event: *const sys::baton_event,
    context: *mut c_void,
) where
    F: Fn(&mut T, Option<EventData<'_>>, &Step) + Copy,
{
    // SAFETY: as above.
    unsafe {
        enter(context, |it: &crate::call::Callee<Work<T>>| {
            it.host.busy(|| {
                let mut context = it.host.context.borrow_mut();
                Bare::<F>::get()(
                    &mut context,
                    EventData::read(event),
                    &Step { machine, events: it.host.events },
                );
            });
        });
    }
}

pub(crate) unsafe extern "C" fn measures<T, F>(context: *mut c_void) -> u64
where
    F: Fn(&T) -> u64 + Copy,
{
    // SAFETY: as above.
    let measured = unsafe {
        enter(context, |it: &crate::call::Callee<Work<T>>| {
            it.host.asked(|| Bare::<F>::get()(&it.host.context.borrow()))
        })
    };
    measured.unwrap_or(u64::MAX)
}

/// Counts down in a panic as well.
struct Count<'a>(&'a Cell<u32>);

impl<'a> Count<'a> {
    fn up(cell: &'a Cell<u32>) -> Self {
        cell.set(cell.get() + 1);
        Self(cell)
    }
}

impl Drop for Count<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<T> Work<T> {
    fn busy<R>(&self, body: impl FnOnce() -> R) -> R {
        let _count = Count::up(&self.depth);
        body()
    }

    fn asked<R>(&self, body: impl FnOnce() -> R) -> R {
        let _count = Count::up(&self.asking);
        self.busy(body)
    }
}
