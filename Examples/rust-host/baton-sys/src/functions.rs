//! The functions of baton.h, in its order, and the kinds of handles.
use crate::{
    baton_chart_tables, baton_device_calls, baton_event, baton_guest_calls, baton_machine_calls,
    baton_migration_calls, baton_mistake, baton_net_calls, baton_net_counters, baton_net_options,
    baton_parameters, baton_port_calls, baton_port_options, baton_record, baton_refusal,
    baton_region, baton_stamps,
};
use std::ffi::{c_char, c_int, c_void};

/// Declares types that only the library knows the inside of.
macro_rules! handles {
    ($($name:ident)*) => {
        $(
            #[repr(C)]
            pub struct $name {
                inside: [u8; 0],
                /// Neither sent nor shared: a loop's thread alone may use it.
                confined: std::marker::PhantomData<*mut u8>,
            }
        )*
    };
}

handles! {
    baton_loop baton_watch baton_timer baton_mailbox baton_guest baton_device baton_net baton_port
    baton_notifiers baton_trace baton_writer baton_outgoing baton_incoming baton_chart baton_machine
    event_base
}

pub type baton_ready_fn = Option<unsafe extern "C" fn(u32, *mut c_void)>;
pub type baton_fn = Option<unsafe extern "C" fn(*mut c_void)>;
pub type baton_notifier_fn =
    Option<unsafe extern "C" fn(c_int, *mut baton_refusal, *mut c_void) -> c_int>;
pub type baton_record_fn = Option<unsafe extern "C" fn(*const baton_record, *mut c_void)>;
pub type baton_guard_fn = Option<unsafe extern "C" fn(*const baton_event, *mut c_void) -> c_int>;
pub type baton_action_fn =
    Option<unsafe extern "C" fn(*mut baton_machine, *const baton_event, *mut c_void)>;
pub type baton_delay_fn = Option<unsafe extern "C" fn(*mut c_void) -> u64>;

#[link(name = "baton")]
extern "C" {
    // baton/base.h
    pub fn baton_version() -> *const c_char;
    pub fn baton_version_number() -> u32;
    pub fn baton_refuse(
        why: *mut baton_refusal,
        cause: c_int,
        field: u32,
        here: u64,
        there: u64,
        error: c_int,
    ) -> c_int;

    // baton/chart.h
    pub fn baton_chart_create(
        r#loop: *mut baton_loop,
        tables: *const baton_chart_tables,
        mistakes: *mut baton_mistake,
        capacity: usize,
        count: *mut usize,
        chart: *mut *mut baton_chart,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_chart_destroy(chart: *mut baton_chart) -> c_int;
    pub fn baton_chart_draw(
        chart: *mut baton_chart,
        format: *const c_char,
        text: *mut c_char,
        capacity: usize,
    ) -> usize;
    pub fn baton_machine_create(
        chart: *mut baton_chart,
        trace: *mut baton_trace,
        calls: *const baton_machine_calls,
        context: *mut c_void,
        machine: *mut *mut baton_machine,
    ) -> c_int;
    pub fn baton_machine_destroy(machine: *mut baton_machine) -> c_int;
    pub fn baton_machine_start(machine: *mut baton_machine, why: *mut baton_refusal) -> c_int;
    pub fn baton_machine_send(
        machine: *mut baton_machine,
        event: u32,
        data: *const c_void,
        count: usize,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_machine_raise(
        machine: *mut baton_machine,
        event: u32,
        data: *const c_void,
        count: usize,
    ) -> c_int;
    pub fn baton_machine_fail(
        machine: *mut baton_machine,
        event: u32,
        data: *const c_void,
        count: usize,
    ) -> c_int;
    pub fn baton_machine_finish(
        machine: *mut baton_machine,
        event: u32,
        data: *const c_void,
        count: usize,
    ) -> c_int;
    pub fn baton_machine_send_after(
        machine: *mut baton_machine,
        nanoseconds: u64,
        id: u16,
        event: u32,
        data: *const c_void,
        count: usize,
    ) -> c_int;
    pub fn baton_machine_cancel(machine: *mut baton_machine, id: u16) -> c_int;
    pub fn baton_machine_state(machine: *mut baton_machine) -> u32;
    pub fn baton_machine_in(machine: *mut baton_machine, state: u32) -> c_int;
    pub fn baton_machine_configuration(
        machine: *mut baton_machine,
        states: *mut u32,
        capacity: usize,
    ) -> usize;
    pub fn baton_machine_is_done(machine: *mut baton_machine) -> c_int;
    pub fn baton_machine_save(
        machine: *mut baton_machine,
        bytes: *mut c_void,
        capacity: usize,
    ) -> usize;
    pub fn baton_machine_restore(
        machine: *mut baton_machine,
        bytes: *const c_void,
        count: usize,
        timers: c_int,
        why: *mut baton_refusal,
    ) -> c_int;

    // baton/device.h
    pub fn baton_device_create(
        r#loop: *mut baton_loop,
        name: *const c_char,
        kind: *const c_char,
        calls: *const baton_device_calls,
        context: *mut c_void,
        device: *mut *mut baton_device,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_device_destroy(device: *mut baton_device) -> c_int;
    pub fn baton_write(writer: *mut baton_writer, bytes: *const c_void, count: usize) -> c_int;
    pub fn baton_notifiers_create(
        r#loop: *mut baton_loop,
        trace: *mut baton_trace,
        notifiers: *mut *mut baton_notifiers,
    ) -> c_int;
    pub fn baton_notifiers_destroy(notifiers: *mut baton_notifiers) -> c_int;
    pub fn baton_notifiers_add(
        notifiers: *mut baton_notifiers,
        notified: baton_notifier_fn,
        context: *mut c_void,
        priority: c_int,
        token: *mut u64,
    ) -> c_int;
    pub fn baton_notifiers_remove(notifiers: *mut baton_notifiers, token: u64) -> c_int;
    pub fn baton_notifiers_prepared(
        notifiers: *mut baton_notifiers,
        token: u64,
        why: *const baton_refusal,
    ) -> c_int;

    // baton/guest.h
    pub fn baton_guest_create(
        r#loop: *mut baton_loop,
        layout: *const baton_region,
        count: usize,
        calls: *const baton_guest_calls,
        context: *mut c_void,
        guest: *mut *mut baton_guest,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_guest_destroy(guest: *mut baton_guest) -> c_int;
    pub fn baton_guest_allocate(guest: *mut baton_guest, why: *mut baton_refusal) -> c_int;
    pub fn baton_guest_map(
        guest: *mut baton_guest,
        descriptors: *const c_int,
        count: usize,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_guest_forget(guest: *mut baton_guest) -> c_int;
    pub fn baton_guest_memory(guest: *mut baton_guest, address: u64, count: usize) -> *mut c_void;
    pub fn baton_guest_descriptor(guest: *mut baton_guest, region: usize) -> c_int;

    // baton/loop.h
    pub fn baton_loop_create(r#loop: *mut *mut baton_loop, why: *mut baton_refusal) -> c_int;
    pub fn baton_loop_create_on(
        base: *mut event_base,
        r#loop: *mut *mut baton_loop,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_loop_destroy(r#loop: *mut baton_loop) -> c_int;
    pub fn baton_loop_move_here(r#loop: *mut baton_loop) -> c_int;
    pub fn baton_loop_run(r#loop: *mut baton_loop) -> c_int;
    pub fn baton_loop_turn(r#loop: *mut baton_loop, waits: c_int) -> c_int;
    pub fn baton_loop_stop(r#loop: *mut baton_loop) -> c_int;
    pub fn baton_loop_descriptor(
        r#loop: *mut baton_loop,
        descriptor: *mut c_int,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_loop_now(r#loop: *mut baton_loop) -> u64;
    pub fn baton_watch_create(
        r#loop: *mut baton_loop,
        descriptor: c_int,
        what: u32,
        ready: baton_ready_fn,
        context: *mut c_void,
        watch: *mut *mut baton_watch,
    ) -> c_int;
    pub fn baton_watch_destroy(watch: *mut baton_watch) -> c_int;
    pub fn baton_watch_suspend(watch: *mut baton_watch) -> c_int;
    pub fn baton_watch_resume(watch: *mut baton_watch) -> c_int;
    pub fn baton_timer_create(
        r#loop: *mut baton_loop,
        fire: baton_fn,
        context: *mut c_void,
        timer: *mut *mut baton_timer,
    ) -> c_int;
    pub fn baton_timer_destroy(timer: *mut baton_timer) -> c_int;
    pub fn baton_timer_arm(timer: *mut baton_timer, nanoseconds: u64) -> c_int;
    pub fn baton_timer_disarm(timer: *mut baton_timer) -> c_int;
    pub fn baton_mailbox_create(
        r#loop: *mut baton_loop,
        mailbox: *mut *mut baton_mailbox,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_mailbox_destroy(mailbox: *mut baton_mailbox) -> c_int;
    pub fn baton_mailbox_post(
        mailbox: *mut baton_mailbox,
        work: baton_fn,
        context: *mut c_void,
    ) -> c_int;

    // baton/migration.h
    pub fn baton_status_name(status: c_int) -> *const c_char;
    pub fn baton_outgoing_create(
        r#loop: *mut baton_loop,
        guest: *mut baton_guest,
        devices: *const *mut baton_device,
        count: usize,
        notifiers: *mut baton_notifiers,
        trace: *mut baton_trace,
        calls: *const baton_migration_calls,
        context: *mut c_void,
        outgoing: *mut *mut baton_outgoing,
    ) -> c_int;
    pub fn baton_outgoing_destroy(outgoing: *mut baton_outgoing) -> c_int;
    pub fn baton_outgoing_migrate(
        outgoing: *mut baton_outgoing,
        address: *const c_char,
        parameters: *const baton_parameters,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_outgoing_cancel(outgoing: *mut baton_outgoing) -> c_int;
    pub fn baton_outgoing_proceed(outgoing: *mut baton_outgoing, why: *mut baton_refusal) -> c_int;
    pub fn baton_outgoing_guest_shall(
        outgoing: *mut baton_outgoing,
        run: c_int,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_outgoing_status(outgoing: *mut baton_outgoing) -> c_int;
    pub fn baton_outgoing_refusal(outgoing: *mut baton_outgoing, why: *mut baton_refusal) -> c_int;
    pub fn baton_outgoing_stamps(outgoing: *mut baton_outgoing, stamps: *mut baton_stamps)
        -> c_int;
    pub fn baton_outgoing_calls_before_take(
        outgoing: *mut baton_outgoing,
        number: *mut u64,
    ) -> c_int;
    pub fn baton_incoming_create(
        r#loop: *mut baton_loop,
        guest: *mut baton_guest,
        devices: *const *mut baton_device,
        count: usize,
        notifiers: *mut baton_notifiers,
        trace: *mut baton_trace,
        calls: *const baton_migration_calls,
        context: *mut c_void,
        incoming: *mut *mut baton_incoming,
    ) -> c_int;
    pub fn baton_incoming_destroy(incoming: *mut baton_incoming) -> c_int;
    pub fn baton_incoming_listen(
        incoming: *mut baton_incoming,
        address: *const c_char,
        parameters: *const baton_parameters,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_incoming_cancel(incoming: *mut baton_incoming, why: *mut baton_refusal) -> c_int;
    pub fn baton_incoming_guest_shall(incoming: *mut baton_incoming, run: c_int) -> c_int;
    pub fn baton_incoming_status(incoming: *mut baton_incoming) -> c_int;
    pub fn baton_incoming_refusal(incoming: *mut baton_incoming, why: *mut baton_refusal) -> c_int;
    pub fn baton_incoming_stamps(incoming: *mut baton_incoming, stamps: *mut baton_stamps)
        -> c_int;
    pub fn baton_incoming_calls_before_take(
        incoming: *mut baton_incoming,
        number: *mut u64,
    ) -> c_int;

    // baton/net.h
    pub fn baton_net_create(
        r#loop: *mut baton_loop,
        name: *const c_char,
        options: *const baton_net_options,
        transfers: c_int,
        notifiers: *mut baton_notifiers,
        trace: *mut baton_trace,
        calls: *const baton_net_calls,
        context: *mut c_void,
        net: *mut *mut baton_net,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_net_destroy(net: *mut baton_net) -> c_int;
    pub fn baton_net_device(net: *mut baton_net) -> *mut baton_device;
    pub fn baton_net_open(net: *mut baton_net, why: *mut baton_refusal) -> c_int;
    pub fn baton_net_await(net: *mut baton_net, why: *mut baton_refusal) -> c_int;
    pub fn baton_net_close(net: *mut baton_net) -> c_int;
    pub fn baton_net_reopen(net: *mut baton_net, why: *mut baton_refusal) -> c_int;
    pub fn baton_net_interface(net: *mut baton_net, name: *mut c_char) -> c_int;
    pub fn baton_net_attach(
        net: *mut baton_net,
        guest: *mut baton_guest,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_net_notify(net: *mut baton_net, queue: u32) -> c_int;
    pub fn baton_net_notify_by(net: *mut baton_net, queue: u32, eventfd: c_int) -> c_int;
    pub fn baton_net_interrupt_by(net: *mut baton_net, queue: u32, eventfd: c_int) -> c_int;
    pub fn baton_net_set_status(net: *mut baton_net, status: u8) -> c_int;
    pub fn baton_net_status(net: *mut baton_net) -> u8;
    pub fn baton_net_offered_features(net: *mut baton_net) -> u64;
    pub fn baton_net_accepted_features(net: *mut baton_net) -> u64;
    pub fn baton_net_set_features(net: *mut baton_net, features: u64) -> c_int;
    pub fn baton_net_queue_count(net: *mut baton_net) -> u32;
    pub fn baton_net_set_queue(
        net: *mut baton_net,
        queue: u32,
        entries: u16,
        descriptors: u64,
        available: u64,
        used: u64,
    ) -> c_int;
    pub fn baton_net_set_queue_ready(net: *mut baton_net, queue: u32) -> c_int;
    pub fn baton_net_is_queue_ready(net: *mut baton_net, queue: u32) -> c_int;
    pub fn baton_net_read_configuration(
        net: *mut baton_net,
        offset: usize,
        bytes: *mut c_void,
        count: usize,
    ) -> c_int;
    pub fn baton_net_generation(net: *mut baton_net) -> u32;
    pub fn baton_net_set_link(net: *mut baton_net, is_up: c_int) -> c_int;
    pub fn baton_net_count(net: *mut baton_net, counters: *mut baton_net_counters) -> c_int;

    // baton/port.h
    pub fn baton_port_create(
        r#loop: *mut baton_loop,
        name: *const c_char,
        options: *const baton_port_options,
        incoming: c_int,
        notifiers: *mut baton_notifiers,
        trace: *mut baton_trace,
        calls: *const baton_port_calls,
        context: *mut c_void,
        port: *mut *mut baton_port,
        why: *mut baton_refusal,
    ) -> c_int;
    pub fn baton_port_destroy(port: *mut baton_port) -> c_int;
    pub fn baton_port_device(port: *mut baton_port) -> *mut baton_device;
    pub fn baton_port_close(port: *mut baton_port) -> c_int;
    pub fn baton_port_reopen(port: *mut baton_port, why: *mut baton_refusal) -> c_int;
    pub fn baton_port_is_closed(port: *mut baton_port) -> c_int;
    pub fn baton_port_interface(port: *mut baton_port, name: *mut c_char) -> c_int;
    pub fn baton_port_front_ends(port: *mut baton_port) -> u32;
    pub fn baton_port_blackout(port: *mut baton_port) -> u64;
    pub fn baton_survive_shrinking() -> c_int;

    // baton/trace.h
    pub fn baton_trace_create(
        r#loop: *mut baton_loop,
        capacity: usize,
        record: baton_record_fn,
        context: *mut c_void,
        trace: *mut *mut baton_trace,
    ) -> c_int;
    pub fn baton_trace_destroy(trace: *mut baton_trace) -> c_int;
    pub fn baton_trace_json(trace: *mut baton_trace, text: *mut c_char, capacity: usize) -> usize;
}
