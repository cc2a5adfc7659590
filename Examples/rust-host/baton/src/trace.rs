//! What the machines of a loop did, step by step.
use crate::{Loop, Outcome, Refusal};
use baton_sys as sys;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::ffi::{c_char, c_void};
use std::rc::Rc;

/// One microstep of one machine, in numbers; their names are in [`Loop::trace_json`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which machine of the loop.
    pub machine: u32,
    /// CLOCK_MONOTONIC in nanoseconds.
    pub time: u64,
    /// What the step was taken for.
    pub trigger: u32,
    /// The transition in document order; None when none was taken.
    pub transition: Option<u32>,
    /// The state before, numbered as the chart has them.
    pub from: u32,
    /// The state after.
    pub to: u32,
    /// What became of the event.
    pub outcome: Outcome,
    /// How many effects were asked for.
    pub effects: u32,
}

/// Records that nobody has taken yet, the oldest of which go first.
struct Kept {
    records: RefCell<VecDeque<Record>>,
    limit: usize,
}

/// The trace of a loop.
pub(crate) struct Trace {
    raw: *mut sys::baton_trace,
    kept: Rc<Kept>,
}

unsafe extern "C" fn note(record: *const sys::baton_record, context: *mut c_void) {
    // SAFETY: the library lends a record for the call, and `Trace` keeps the place longer than it.
    let (record, kept) = unsafe { (&*record, &*context.cast_const().cast::<Kept>()) };
    let mut records = kept.records.borrow_mut();
    // Room for the limit was reserved: nothing is allocated while the loop stands still.
    if records.len() == kept.limit {
        records.pop_front();
    }
    records.push_back(Record {
        machine: record.machine,
        time: record.time,
        trigger: record.trigger,
        transition: u32::try_from(record.transition).ok(),
        from: record.from,
        to: record.to,
        outcome: Outcome::read(record.outcome as i32),
        effects: record.effect_count,
    });
}

impl Trace {
    /// None when the library refuses it: the loop is no loop.
    pub fn new(at: *mut sys::baton_loop, capacity: usize) -> Option<Self> {
        let limit = capacity.max(1);
        let records = RefCell::new(VecDeque::with_capacity(limit));
        let kept = Rc::new(Kept { records, limit });
        let mut raw = std::ptr::null_mut();
        let context: *mut c_void = Rc::as_ptr(&kept).cast_mut().cast();
        // SAFETY: the place of the records lives until the trace is destroyed, or for ever.
        let answer = unsafe { sys::baton_trace_create(at, limit, Some(note), context, &mut raw) };
        (answer == sys::BATON_OK).then_some(Self { raw, kept })
    }

    pub fn raw(&self) -> *mut sys::baton_trace {
        self.raw
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        // SAFETY: the handle was made by the library, and is destroyed here alone.
        if unsafe { sys::baton_trace_destroy(self.raw) } != sys::BATON_OK {
            // Something leaked that writes to it.
            std::mem::forget(self.kept.clone());
        }
    }
}

impl Loop {
    /// A loop as of [`Loop::new`] that keeps the last `capacity` records, one at least, of all
    /// that is made on it.
    pub fn traced(capacity: usize) -> Result<Self, Refusal> {
        Self::make(Some(capacity))
    }

    /// The records that were not taken yet, oldest first; none where the loop is not traced.
    pub fn records(&self) -> Vec<Record> {
        let Some(trace) = &self.home.trace else { return Vec::new() };
        trace.kept.records.borrow_mut().drain(..).collect()
    }

    /// All records that are kept, taken or not, as lines of JSON with their names; empty where the
    /// loop is not traced. `baton trace` draws them.
    pub fn trace_json(&self) -> String {
        let raw = self.home.trace();
        // SAFETY: the trace lives as long as the loop, and no place is given.
        let count = unsafe { sys::baton_trace_json(raw, std::ptr::null_mut(), 0) };
        let mut text: Vec<u8> = vec![0; count + 1];
        let place: *mut c_char = text.as_mut_ptr().cast();
        // SAFETY: as above, and the place has so many bytes.
        unsafe { sys::baton_trace_json(raw, place, text.len()) };
        text.truncate(count);
        String::from_utf8_lossy(&text).into_owned()
    }
}
