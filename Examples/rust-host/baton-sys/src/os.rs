//! The few functions of Linux that a host needs and std has not, declared by hand.
use std::ffi::{c_char, c_int, c_short, c_uint, c_ulong, c_void};

pub const EFD_NONBLOCK: c_int = 0o4000;
pub const EFD_CLOEXEC: c_int = 0o2000000;
pub const MFD_CLOEXEC: c_uint = 1;
pub const MFD_ALLOW_SEALING: c_uint = 2;
pub const F_ADD_SEALS: c_int = 1033;
pub const F_SEAL_SHRINK: c_int = 2;
pub const F_SEAL_GROW: c_int = 4;
pub const PROT_READ: c_int = 1;
pub const PROT_WRITE: c_int = 2;
pub const MAP_SHARED: c_int = 1;
pub const MAP_FAILED: *mut c_void = !0 as *mut c_void;
pub const POLLIN: c_short = 1;
pub const SIGKILL: c_int = 9;

#[repr(C)]
pub struct pollfd {
    pub fd: c_int,
    pub events: c_short,
    pub revents: c_short,
}

extern "C" {
    pub fn eventfd(initial: c_uint, flags: c_int) -> c_int;
    pub fn memfd_create(name: *const c_char, flags: c_uint) -> c_int;
    pub fn fcntl(fd: c_int, command: c_int, ...) -> c_int;
    pub fn mmap(
        place: *mut c_void,
        count: usize,
        protection: c_int,
        flags: c_int,
        fd: c_int,
        offset: i64,
    ) -> *mut c_void;
    pub fn munmap(place: *mut c_void, count: usize) -> c_int;
    pub fn kill(process: c_int, signal: c_int) -> c_int;
    pub fn poll(descriptors: *mut pollfd, count: c_ulong, timeout: c_int) -> c_int;
}
