//! Kicks and interrupts from thread to thread.
use baton_sys::os;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::sync::Arc;

/// A counter of the kernel's (eventfd(2)) that any thread may raise; clones are the same one.
#[derive(Clone)]
pub struct EventFd(Arc<File>);

impl EventFd {
    /// One whose `take` waits.
    pub fn new() -> io::Result<Self> {
        Self::make(os::EFD_CLOEXEC)
    }

    /// One that the library reads: nothing in its loop may wait.
    pub fn without_waiting() -> io::Result<Self> {
        Self::make(os::EFD_CLOEXEC | os::EFD_NONBLOCK)
    }

    fn make(flags: i32) -> io::Result<Self> {
        // SAFETY: takes numbers alone.
        let number = unsafe { os::eventfd(0, flags) };
        if number < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just opened, and is nobody else's.
        Ok(Self(Arc::new(unsafe { File::from_raw_fd(number) })))
    }

    /// Raises it. A counter that is full is raised already.
    pub fn raise(&self) {
        let _ = (&*self.0).write(&1u64.to_ne_bytes());
    }

    /// Takes what was raised.
    pub fn take(&self) -> io::Result<u64> {
        let mut count = [0; 8];
        (&*self.0).read_exact(&mut count)?;
        Ok(u64::from_ne_bytes(count))
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}
