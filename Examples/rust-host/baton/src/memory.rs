//! The guest's memory as the host's threads see it.
use crate::guest::Region;
use baton_sys::os;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::sync::atomic::{AtomicU16, AtomicU8, Ordering};

/// A guest's memory: a memfd and a mapping for each region. There is no second one for the same
/// guest in this process, but for the library's.
///
/// Bytes are atomic, since devices change them at the same time. Addresses are the guest's; one
/// that lies in no region is a mistake of the host's, and panics.
pub struct Memory {
    regions: Vec<Mapping>,
}

struct Mapping {
    region: Region,
    memfd: OwnedFd,
    place: *mut u8,
}

// SAFETY: the mapping belongs to this value alone, and what is behind it is only reached by
// atomics.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    fn new(region: Region, memfd: OwnedFd) -> io::Result<Self> {
        let (count, access) = (region.byte_count as usize, os::PROT_READ | os::PROT_WRITE);
        let (place, number) = (std::ptr::null_mut(), memfd.as_raw_fd());
        // SAFETY: a new mapping, wherever there is room.
        let place = unsafe { os::mmap(place, count, access, os::MAP_SHARED, number, 0) };
        if place == os::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { region, memfd, place: place.cast() })
    }

    fn bytes(&self) -> &[AtomicU8] {
        // SAFETY: so many bytes are mapped until the drop, and the file is sealed against
        // shrinking.
        unsafe { std::slice::from_raw_parts(self.place.cast(), self.region.byte_count as usize) }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours, and nothing borrows from it any more.
        unsafe { os::munmap(self.place.cast(), self.region.byte_count as usize) };
    }
}

/// A memfd of this size that can neither shrink nor grow.
fn sealed(count: u64) -> io::Result<OwnedFd> {
    let flags = os::MFD_CLOEXEC | os::MFD_ALLOW_SEALING;
    // SAFETY: the name ends with NUL.
    let number = unsafe { os::memfd_create(c"ram".as_ptr(), flags) };
    if number < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it was just opened, and is nobody else's.
    let file = unsafe { std::fs::File::from_raw_fd(number) };
    file.set_len(count)?;
    // SAFETY: takes numbers alone.
    if unsafe { os::fcntl(number, os::F_ADD_SEALS, os::F_SEAL_SHRINK | os::F_SEAL_GROW) } < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(file.into())
}

impl Memory {
    /// Fresh memory, all zero.
    pub fn new(layout: &[Region]) -> io::Result<Self> {
        let regions = layout.iter().map(|region| Mapping::new(*region, sealed(region.byte_count)?));
        Ok(Self { regions: regions.collect::<io::Result<_>>()? })
    }

    /// Memory that has come, by copies of its descriptors.
    pub(crate) fn over(layout: &[Region], memfds: Vec<OwnedFd>) -> io::Result<Self> {
        let regions = layout.iter().zip(memfds).map(|(region, memfd)| Mapping::new(*region, memfd));
        Ok(Self { regions: regions.collect::<io::Result<_>>()? })
    }

    pub(crate) fn memfds(&self) -> impl Iterator<Item = BorrowedFd<'_>> {
        self.regions.iter().map(|mapping| mapping.memfd.as_fd())
    }

    fn at(&self, address: u64, count: usize) -> &[AtomicU8] {
        let found = self.regions.iter().find_map(|mapping| {
            let offset = address.checked_sub(mapping.region.guest_address)?;
            let offset = usize::try_from(offset).ok()?;
            mapping.bytes().get(offset..offset.checked_add(count)?)
        });
        found.unwrap_or_else(|| panic!("{count} bytes at {address:#x} are not the guest's"))
    }

    /// Reads bytes.
    pub fn read(&self, address: u64, bytes: &mut [u8]) {
        let there = self.at(address, bytes.len());
        for (to, from) in bytes.iter_mut().zip(there) {
            *to = from.load(Ordering::Relaxed);
        }
    }

    /// Writes bytes.
    pub fn write(&self, address: u64, bytes: &[u8]) {
        for (from, to) in bytes.iter().zip(self.at(address, bytes.len())) {
            to.store(*from, Ordering::Relaxed);
        }
    }

    /// Reads a byte.
    pub fn load_u8(&self, address: u64) -> u8 {
        self.at(address, 1)[0].load(Ordering::Relaxed)
    }

    /// Reads a little-endian number of two bytes, such as a ring's index; see `Ordering::Acquire`.
    pub fn load_u16(&self, address: u64) -> u16 {
        u16::from_le(self.word(address).load(Ordering::Acquire))
    }

    /// Writes such a number; see `Ordering::Release`.
    pub fn store_u16(&self, address: u64, number: u16) {
        self.word(address).store(number.to_le(), Ordering::Release);
    }

    fn word(&self, address: u64) -> &AtomicU16 {
        let place = self.at(address, 2).as_ptr().cast::<AtomicU16>();
        assert!(place.is_aligned(), "{address:#x} is odd");
        // SAFETY: two atomic bytes that are mapped for as long as `self` is borrowed, and aligned.
        unsafe { &*place }
    }
}
