/work/main/Examples/rust-host/target/debug/deps/baton_sys-bf3624a3423ae59d.d: baton-sys/src/lib.rs baton-sys/src/constants.rs baton-sys/src/functions.rs baton-sys/src/os.rs baton-sys/src/structs.rs

/work/main/Examples/rust-host/target/debug/deps/libbaton_sys-bf3624a3423ae59d.rlib: baton-sys/src/lib.rs baton-sys/src/constants.rs baton-sys/src/functions.rs baton-sys/src/os.rs baton-sys/src/structs.rs

/work/main/Examples/rust-host/target/debug/deps/libbaton_sys-bf3624a3423ae59d.rmeta: baton-sys/src/lib.rs baton-sys/src/constants.rs baton-sys/src/functions.rs baton-sys/src/os.rs baton-sys/src/structs.rs

baton-sys/src/lib.rs:
baton-sys/src/constants.rs:
baton-sys/src/functions.rs:
baton-sys/src/os.rs:
baton-sys/src/structs.rs:
