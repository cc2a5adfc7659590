/work/main/Examples/rust-host/target/debug/deps/baton-f6fe5a3e64715b22.d: baton/src/lib.rs baton/src/call.rs baton/src/chart.rs baton/src/chart_calls.rs baton/src/chart_machine.rs baton/src/chart_rows.rs baton/src/device.rs baton/src/event_fd.rs baton/src/event_loop.rs baton/src/guest.rs baton/src/incoming.rs baton/src/machine.rs baton/src/mailbox.rs baton/src/memory.rs baton/src/migration.rs baton/src/net.rs baton/src/outgoing.rs baton/src/port.rs baton/src/refusal.rs baton/src/trace.rs baton/src/watch.rs

/work/main/Examples/rust-host/target/debug/deps/baton-f6fe5a3e64715b22: baton/src/lib.rs baton/src/call.rs baton/src/chart.rs baton/src/chart_calls.rs baton/src/chart_machine.rs baton/src/chart_rows.rs baton/src/device.rs baton/src/event_fd.rs baton/src/event_loop.rs baton/src/guest.rs baton/src/incoming.rs baton/src/machine.rs baton/src/mailbox.rs baton/src/memory.rs baton/src/migration.rs baton/src/net.rs baton/src/outgoing.rs baton/src/port.rs baton/src/refusal.rs baton/src/trace.rs baton/src/watch.rs

baton/src/lib.rs:
baton/src/call.rs:
baton/src/chart.rs:
baton/src/chart_calls.rs:
baton/src/chart_machine.rs:
baton/src/chart_rows.rs:
baton/src/device.rs:
baton/src/event_fd.rs:
baton/src/event_loop.rs:
baton/src/guest.rs:
baton/src/incoming.rs:
baton/src/machine.rs:
baton/src/mailbox.rs:
baton/src/memory.rs:
baton/src/migration.rs:
baton/src/net.rs:
baton/src/outgoing.rs:
baton/src/port.rs:
baton/src/refusal.rs:
baton/src/trace.rs:
baton/src/watch.rs:
