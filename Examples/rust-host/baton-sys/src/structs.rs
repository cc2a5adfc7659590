//! The structs of baton.h. A macro writes down their layouts as well, for the test that compares
//! them with the library's list: no member can be forgotten there.
use crate::{
    baton_action_fn, baton_delay_fn, baton_guard_fn, baton_guest, baton_writer, BATON_NAME_MAX,
};
use std::ffi::{c_char, c_int, c_void};

/// Declares structs, and `layouts()` with the size of each and the place of each member.
macro_rules! structs {
    ($($(#[$about:meta])* pub struct $name:ident { $(pub $member:ident: $type:ty,)* })*) => {
        $(
            $(#[$about])*
            #[repr(C)]
            #[derive(Clone, Copy)]
            pub struct $name { $(pub $member: $type,)* }

            impl Default for $name {
                fn default() -> Self {
                    // SAFETY: numbers, arrays, raw pointers and optional functions may be zero.
                    unsafe { std::mem::zeroed() }
                }
            }
        )*

        /// As Scripts/libbaton/layouts.py prints them.
        #[cfg(test)]
        pub(crate) fn layouts() -> String {
            use std::fmt::Write;
            let mut text = String::new();
            $(
                let _ = writeln!(text, "{} {}", stringify!($name), std::mem::size_of::<$name>());
                $(
                    let place = std::mem::offset_of!($name, $member);
                    let _ = writeln!(text, "  {} {}", stringify!($member), place);
                )*
            )*
            text
        }
    };
}

/// Structs that begin with their size: BATON_INIT of C.
macro_rules! sized {
    ($($name:ident)*) => {
        $(
            impl $name {
                /// Zero everywhere, but for the size.
                pub fn new() -> Self {
                    Self { size: std::mem::size_of::<Self>() as u32, ..Self::default() }
                }
            }
        )*
    };
}

type Name = [c_char; BATON_NAME_MAX + 1];
type Call = Option<unsafe extern "C" fn(*mut c_void)>;
type Refusing = Option<unsafe extern "C" fn(*mut baton_refusal, *mut c_void) -> c_int>;
type Writing =
    Option<unsafe extern "C" fn(*mut baton_writer, *mut baton_refusal, *mut c_void) -> c_int>;
type Inspecting = Option<
    unsafe extern "C" fn(
        *const c_void,
        usize,
        *const c_int,
        usize,
        *mut baton_refusal,
        *mut c_void,
    ) -> c_int,
>;
type Loading =
    Option<unsafe extern "C" fn(*const c_void, usize, *mut baton_refusal, *mut c_void) -> c_int>;
type Adopting =
    Option<unsafe extern "C" fn(*mut baton_guest, *mut baton_refusal, *mut c_void) -> c_int>;
type Telling = Option<unsafe extern "C" fn(*const baton_refusal, *mut c_void)>;

structs! {
    pub struct baton_value {
        pub kind: u32,
        pub reserved: u32,
        pub number: u64,
        pub name: Name,
    }
    pub struct baton_refusal {
        pub size: u32,
        pub cause: i32,
        pub field: u32,
        pub call: u32,
        pub error: i32,
        pub reserved: u32,
        pub subject: Name,
        pub here: baton_value,
        pub there: baton_value,
        pub call_name: [c_char; 32],
        pub text: [c_char; 320],
    }
    pub struct baton_event {
        pub number: u32,
        pub count: u32,
        pub data: [u64; 7],
    }
    pub struct baton_list {
        pub numbers: *const u32,
        pub count: usize,
    }
    pub struct baton_state {
        pub name: *const c_char,
        pub kind: u32,
        pub parent: u32,
        pub initial: u32,
        pub reserved: u32,
        pub initial_actions: baton_list,
        pub entry: baton_list,
        pub exit: baton_list,
        pub ignored: baton_list,
        pub refused: baton_list,
        pub deferred: baton_list,
    }
    pub struct baton_transition {
        pub source: u32,
        pub event: u32,
        pub delay: u32,
        pub guard: u32,
        pub unless: u32,
        pub is_internal: u32,
        pub actions: baton_list,
        pub targets: baton_list,
    }
    pub struct baton_guard {
        pub name: *const c_char,
        pub holds: baton_guard_fn,
    }
    pub struct baton_action {
        pub name: *const c_char,
        pub run: baton_action_fn,
    }
    pub struct baton_delay {
        pub name: *const c_char,
        pub nanoseconds: u64,
        pub measure: baton_delay_fn,
    }
    pub struct baton_chart_tables {
        pub size: u32,
        pub reserved: u32,
        pub states: *const baton_state,
        pub state_count: usize,
        pub transitions: *const baton_transition,
        pub transition_count: usize,
        pub events: *const *const c_char,
        pub event_count: usize,
        pub guards: *const baton_guard,
        pub guard_count: usize,
        pub actions: *const baton_action,
        pub action_count: usize,
        pub delays: *const baton_delay,
        pub delay_count: usize,
        pub conditions: *const *const c_char,
        pub condition_count: usize,
    }
    pub struct baton_mistake {
        pub code: i32,
        pub state: u32,
        pub transition: i32,
        pub number: u32,
        pub text: [c_char; 208],
    }
    pub struct baton_machine_calls {
        pub size: u32,
        pub reserved: u32,
        pub done: Call,
        pub failed: Telling,
    }
    pub struct baton_device_calls {
        pub size: u32,
        pub reserved: u32,
        pub describe: Writing,
        pub lend: Option<unsafe extern "C" fn(*mut c_int, usize, *mut c_void) -> usize>,
        pub quiesce: Refusing,
        pub save: Writing,
        pub inspect: Inspecting,
        pub load: Loading,
        pub take: Refusing,
        pub activate: Call,
        pub discard: Call,
        pub restore: Refusing,
        pub withdraw: Call,
        pub release: Call,
        pub mutating_calls: Option<unsafe extern "C" fn(*mut c_void) -> u64>,
    }
    pub struct baton_region {
        pub guest_address: u64,
        pub byte_count: u64,
    }
    pub struct baton_guest_calls {
        pub size: u32,
        pub reserved: u32,
        pub is_running: Option<unsafe extern "C" fn(*mut c_void) -> c_int>,
        pub stop: Call,
        pub start: Call,
        pub pause: Call,
        pub adopt: Adopting,
        pub discard: Call,
        pub release: Call,
    }
    pub struct baton_parameters {
        pub size: u32,
        pub transfers: u32,
        pub patience_ms: u64,
        pub switch_ms: u64,
        pub pauses: u32,
        pub leaves_paused: u32,
        pub has_peer_user: u32,
        pub peer_user: u32,
    }
    pub struct baton_stamps {
        pub size: u32,
        pub reserved: u32,
        pub begun: u64,
        pub stopped: u64,
        pub quiesced: u64,
        pub saved: u64,
        pub received: u64,
        pub loaded: u64,
        pub taken: u64,
        pub applied: u64,
        pub started: u64,
    }
    pub struct baton_migration_calls {
        pub size: u32,
        pub reserved: u32,
        pub status: Option<unsafe extern "C" fn(c_int, *mut c_void)>,
        pub warning: Telling,
    }
    pub struct baton_net_options {
        pub size: u32,
        pub queues: u32,
        pub interface_name: *const c_char,
        pub header: u32,
        pub send_buffer: u32,
        pub interface_mtu: u16,
        pub mtu: u16,
        pub queue_size_max: u16,
        pub event_index: u16,
        pub offloads: u64,
        pub mac: [u8; 6],
        pub reserved: [u8; 2],
        pub netdev: *const c_char,
    }
    pub struct baton_net_calls {
        pub size: u32,
        pub reserved: u32,
        pub interrupt: Option<unsafe extern "C" fn(u32, *mut c_void)>,
        pub configuration: Call,
        pub lost: Telling,
        pub opened: Telling,
        pub closed: Call,
        pub warned: Telling,
        pub said: Option<unsafe extern "C" fn(*const c_char, *const c_char, *mut c_void)>,
    }
    pub struct baton_net_counters {
        pub size: u32,
        pub reserved: u32,
        pub frames_to_guest: u64,
        pub frames_from_guest: u64,
        pub frames_dropped: u64,
        pub interrupts: u64,
        pub bad_chains: u64,
        pub mutating_calls: u64,
    }
    pub struct baton_port_options {
        pub size: u32,
        pub queues: u32,
        pub path: *const c_char,
        pub calls: [*const c_char; 2],
        pub listener: c_int,
        pub has_peer_user: u32,
        pub peer_user: u32,
        pub interface_mtu: u16,
        pub ring_size_max: u16,
        pub interface_name: *const c_char,
        pub netdev: *const c_char,
        pub offloads: u64,
    }
    pub struct baton_port_calls {
        pub size: u32,
        pub reserved: u32,
        pub connected: Option<unsafe extern "C" fn(c_int, *mut c_void)>,
        pub left: Option<unsafe extern "C" fn(*const c_char, *mut c_void)>,
        pub turned_away: Telling,
        pub unreached: Option<
            unsafe extern "C" fn(*const c_char, *const baton_refusal, u64, *mut c_void),
        >,
        pub ring_broken: Option<unsafe extern "C" fn(u32, *const c_char, *mut c_void)>,
        pub serves: Option<unsafe extern "C" fn(c_int, *mut c_void)>,
        pub lost: Telling,
        pub unopened: Telling,
        pub warned: Telling,
        pub said: Option<unsafe extern "C" fn(*const c_char, *const c_char, *mut c_void)>,
        pub reopened: Telling,
    }
    pub struct baton_record {
        pub size: u32,
        pub machine: u32,
        pub time: u64,
        pub trigger: u32,
        pub transition: i32,
        pub from: u32,
        pub to: u32,
        pub outcome: u32,
        pub effect_count: u32,
    }
}

sized! {
    baton_refusal baton_device_calls baton_guest_calls baton_parameters baton_stamps
    baton_migration_calls baton_net_options baton_net_calls baton_net_counters baton_record
    baton_chart_tables baton_machine_calls baton_port_options baton_port_calls
}
