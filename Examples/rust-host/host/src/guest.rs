//! The guest's inside: a virtio-net driver (virtio 1.2, 2.7 and 5.1) whose 16 buffers go round. It
//! answers ARP for 10.0.0.2 and sends every UDP datagram back, and all that it knows lies in its
//! memory, where the other hosts of the examples have it too.
use baton::Memory;

pub const RAM_BYTES: u64 = 1 << 20;
pub const RING_SIZE: u16 = 16;
pub const RECEIVE: u32 = 0;
pub const TRANSMIT: u32 = 1;
pub const MAC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 2];

const HEADER: usize = 12;
const BUFFER_BYTES: usize = 2048;
const ECHOED: u64 = 0;

/// Where a queue's three parts are: descriptors, available ring, used ring.
pub fn ring(queue: u32) -> [u64; 3] {
    let start = 0x1000 * (u64::from(queue) + 1);
    [start, start + 0x400, start + 0x800]
}

fn seen(queue: u32) -> u64 {
    16 + u64::from(queue) * 2
}

fn buffer(number: u16) -> u64 {
    0x10000 + u64::from(number) * BUFFER_BYTES as u64
}

fn load_u32(ram: &Memory, address: u64) -> u32 {
    let mut bytes = [0; 4];
    ram.read(address, &mut bytes);
    u32::from_le_bytes(bytes)
}

/// Puts a buffer into a queue's available ring.
fn give(ram: &Memory, number: u16, queue: u32, count: u32) {
    let [descriptors, available, _] = ring(queue);
    let entry = descriptors + u64::from(number) * 16;
    let index = ram.load_u16(available + 2);
    ram.write(entry, &buffer(number).to_le_bytes());
    ram.write(entry + 8, &count.to_le_bytes());
    ram.store_u16(entry + 12, if queue == RECEIVE { 2 } else { 0 });
    ram.store_u16(available + 4 + u64::from(index % RING_SIZE) * 2, number);
    ram.store_u16(available + 2, index.wrapping_add(1));
}

/// The buffer that the device completed next, and how many bytes it has.
fn next(ram: &Memory, queue: u32) -> Option<(u16, u32)> {
    let [_, _, used] = ring(queue);
    let mine = ram.load_u16(seen(queue));
    if ram.load_u16(used + 2) == mine {
        return None;
    }
    let entry = used + 4 + u64::from(mine % RING_SIZE) * 8;
    ram.store_u16(seen(queue), mine.wrapping_add(1));
    Some((load_u32(ram, entry) as u16 % RING_SIZE, load_u32(ram, entry + 4)))
}

/// ARP (RFC 826): who asked and who was asked change places, and we say who we are.
fn answer_arp(frame: &mut [u8]) {
    frame[21] = 2;
    let (asker, asked) = frame[22..42].split_at_mut(10);
    asker.swap_with_slice(asked);
    frame[22..28].copy_from_slice(&MAC);
    frame.copy_within(32..38, 0);
    frame[6..12].copy_from_slice(&MAC);
}

/// Swapped addresses and ports leave every checksum as it is.
fn answer_udp(frame: &mut [u8]) {
    for (one, other, count) in [(0, 6, 6), (26, 30, 4), (34, 36, 2)] {
        for byte in 0..count {
            frame.swap(one + byte, other + byte);
        }
    }
}

/// Turns a frame into its answer; false when it has none.
fn answer(ram: &Memory, number: u16) -> bool {
    let mut bytes = [0; BUFFER_BYTES];
    ram.read(buffer(number), &mut bytes);
    bytes[..HEADER].fill(0);
    let frame = &mut bytes[HEADER..];
    let is_arp = frame[12..14] == [8, 6] && frame[20..22] == [0, 1];
    if is_arp && frame[38..42] == [10, 0, 0, 2] {
        answer_arp(frame);
    } else if frame[12..14] == [8, 0] && frame[23] == 17 {
        answer_udp(frame);
        ram.write(ECHOED, &(echoed(ram) + 1).to_le_bytes());
    } else {
        return false;
    }
    ram.write(buffer(number), &bytes);
    true
}

/// Gives all buffers to the device.
pub fn boot(ram: &Memory) {
    (0..RING_SIZE).for_each(|number| give(ram, number, RECEIVE, BUFFER_BYTES as u32));
}

/// Answers what has come.
pub fn step(ram: &Memory) {
    while let Some((number, _)) = next(ram, TRANSMIT) {
        give(ram, number, RECEIVE, BUFFER_BYTES as u32);
    }
    while let Some((number, count)) = next(ram, RECEIVE) {
        if answer(ram, number) {
            give(ram, number, TRANSMIT, count);
        } else {
            give(ram, number, RECEIVE, BUFFER_BYTES as u32);
        }
    }
}

/// How many datagrams were sent back since the boot, wherever the guest ran.
pub fn echoed(ram: &Memory) -> u64 {
    let mut bytes = [0; 8];
    ram.read(ECHOED, &mut bytes);
    u64::from_le_bytes(bytes)
}
