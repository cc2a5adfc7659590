//! The numbers of baton.h that the crates use.
use std::ffi::c_int;

pub const BATON_OK: c_int = 0;
pub const BATON_REFUSED: c_int = -1;
pub const BATON_MISUSE: c_int = -2;

/// The most bytes of a name, without the NUL.
pub const BATON_NAME_MAX: usize = 31;

pub const BATON_CAUSE_MISUSE: i32 = -2;
pub const BATON_CAUSE_NONE: i32 = -1;
pub const BATON_CAUSE_MISMATCH: i32 = 0;
pub const BATON_CAUSE_INVALID: i32 = 1;
pub const BATON_CAUSE_SYSTEM_CALL: i32 = 2;
pub const BATON_CAUSE_PEER_DIED: i32 = 18;
pub const BATON_CAUSE_CANCELLED: i32 = 20;
pub const BATON_CAUSE_VETOED: i32 = 21;
pub const BATON_CAUSE_WRONG_STATE: i32 = 22;
pub const BATON_CAUSE_UNSUPPORTED: i32 = 32;
pub const BATON_CAUSE_UNKNOWN: i32 = 255;

pub const BATON_VALUE_NONE: u32 = 0;
pub const BATON_VALUE_NUMBER: u32 = 1;
pub const BATON_VALUE_BITS: u32 = 2;
pub const BATON_VALUE_NAME: u32 = 3;
pub const BATON_VALUE_FLAG: u32 = 4;

pub const BATON_READ: u32 = 1;
pub const BATON_WRITE: u32 = 2;

pub const BATON_ADOPTS: c_int = 1;
pub const BATON_REOPENS: c_int = 2;

pub const BATON_STATUS_NONE: c_int = 0;
pub const BATON_STATUS_SETUP: c_int = 1;
pub const BATON_STATUS_CANCELLING: c_int = 2;
pub const BATON_STATUS_CANCELLED: c_int = 3;
pub const BATON_STATUS_ACTIVE: c_int = 4;
pub const BATON_STATUS_PRE_SWITCHOVER: c_int = 5;
pub const BATON_STATUS_DEVICE: c_int = 6;
pub const BATON_STATUS_COMPLETED: c_int = 7;
pub const BATON_STATUS_FAILED: c_int = 8;

/// The configuration's interrupt, in place of a queue's.
pub const BATON_CONFIGURATION: u32 = 0xffff_ffff;

/// In place of an event's number: any event, and the end of the source.
pub const BATON_ANY: u32 = 0x7fff_ffff;
pub const BATON_DONE: u32 = 0x7fff_fffe;

pub const BATON_STATE_ORDINARY: u32 = 0;
pub const BATON_STATE_PARALLEL: u32 = 1;
pub const BATON_STATE_FINAL: u32 = 2;
pub const BATON_STATE_HISTORY: u32 = 3;
pub const BATON_STATE_DEEP_HISTORY: u32 = 4;

pub const BATON_TIMERS_ABSOLUTE: c_int = 0;
pub const BATON_TIMERS_REMAINING: c_int = 1;
pub const BATON_TIMERS_RESTART: c_int = 2;

/// With a row of `conditions`, in place of a guard's number.
pub const BATON_CONDITION: u32 = 0x4000_0000;

/// The most bytes that an event carries.
pub const BATON_EVENT_DATA_MAX: usize = 56;
