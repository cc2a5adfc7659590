//! What the host waits for, and the one place of it that speaks to Linux itself.
use baton_sys::os;
use std::fs::File;
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};

/// Waits for the library and for standard input; which of them is ready.
pub fn wait(library: RawFd, lines: &Lines) -> io::Result<(bool, bool)> {
    // A number that is negative is passed over.
    let input = if lines.is_over { -1 } else { 0 };
    let waits_for = |fd| os::pollfd { fd, events: os::POLLIN, revents: 0 };
    let mut both = [waits_for(library), waits_for(input)];
    // SAFETY: two structs, as said.
    while unsafe { os::poll(both.as_mut_ptr(), 2, -1) } < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
    Ok((both[0].revents != 0, both[1].revents != 0))
}

/// Ends a process as `kill -9` does.
pub fn kill(process: u32) {
    // SAFETY: takes numbers alone.
    unsafe { os::kill(process as i32, os::SIGKILL) };
}

/// Lines of standard input. At its end nobody asks any more, and the guest goes on.
#[derive(Default)]
pub struct Lines {
    held: Vec<u8>,
    is_over: bool,
}

impl Lines {
    /// Whole lines that are there now.
    pub fn read(&mut self) -> io::Result<Vec<String>> {
        let mut bytes = [0; 256];
        // SAFETY: open as long as the process; nothing is read ahead, and it is not closed here.
        let mut input = ManuallyDrop::new(unsafe { File::from_raw_fd(0) });
        let count = input.read(&mut bytes)?;
        self.is_over = count == 0;
        self.held.extend_from_slice(&bytes[..count]);
        let mut lines = Vec::new();
        while let Some(end) = self.held.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.held.drain(..=end).collect();
            lines.push(String::from_utf8_lossy(&line[..end]).into_owned());
        }
        Ok(lines)
    }
}
