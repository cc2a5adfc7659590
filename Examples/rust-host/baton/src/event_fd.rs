//! Kicks and interrupts from thread to thread.
use baton_sys::os;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::sync::Arc;

/// A counter of the kernel's (eventfd(2)) that any thread may raise; clones are the same one.
#[derive(Clone)]
pub struct EventFd {
    file: Arc<File>,
    waits: bool,
}

impl EventFd {
    /// One whose `take` waits.
    pub fn new() -> io::Result<Self> {
        Self::make(true)
    }

    /// One that the library reads: nothing in its loop may wait.
    pub fn without_waiting() -> io::Result<Self> {
        Self::make(false)
    }

    fn make(waits: bool) -> io::Result<Self> {
        let flags = os::EFD_CLOEXEC | if waits { 0 } else { os::EFD_NONBLOCK };
        // SAFETY: takes numbers alone.
        let number = unsafe { os::eventfd(0, flags) };
        if number < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: it was just opened, and is nobody else's.
        let file = Arc::new(unsafe { File::from_raw_fd(number) });
        Ok(Self { file, waits })
    }

    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    /// Raises it. A counter that is full is raised already.
    pub fn raise(&self) {
        let _ = (&*self.file).write(&1u64.to_ne_bytes());
    }

    /// Takes what was raised.
    pub fn take(&self) -> io::Result<u64> {
        let mut count = [0; 8];
        (&*self.file).read_exact(&mut count)?;
        Ok(u64::from_ne_bytes(count))
    }
}

impl AsRawFd for EventFd {
    fn as_raw_fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }
}
