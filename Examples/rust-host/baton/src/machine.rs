//! A guest with its devices, here or not.
use crate::guest::GuestHandle;
use crate::{Device, Guest, Loop, Memory, Net, Refusal, Region};
use baton_sys as sys;
use std::rc::Rc;

/// Something that moves with the guest.
enum Part {
    Net(Net),
    Device(Device),
}

/// The guest and its devices, whoever has them. What uses is dropped before what it uses.
pub(crate) struct Parts {
    devices: Vec<Part>,
    pub guest: GuestHandle,
    pub r#loop: Loop,
}

impl Parts {
    fn nets(&self) -> impl Iterator<Item = &Net> {
        self.devices.iter().filter_map(|part| match part {
            Part::Net(net) => Some(net),
            Part::Device(_) => None,
        })
    }

    /// As a migration wants them.
    pub fn devices(&self) -> Vec<*mut sys::baton_device> {
        let raw = |part: &Part| match part {
            Part::Net(net) => net.device(),
            Part::Device(device) => device.raw(),
        };
        self.devices.iter().map(raw).collect()
    }

    /// The devices wait for what a migration brings.
    pub fn wait(&self) -> Result<(), Refusal> {
        self.nets().try_for_each(Net::wait)
    }
}

/// A place for a guest: nothing runs here.
pub struct Vacant {
    pub(crate) parts: Parts,
}

impl Vacant {
    /// A place for a guest whose memory has this layout, here and where it comes from.
    pub fn new(r#loop: &Loop, layout: &[Region], guest: Rc<dyn Guest>) -> Result<Self, Refusal> {
        let guest = GuestHandle::new(r#loop, layout, guest)?;
        Ok(Self { parts: Parts { devices: Vec::new(), guest, r#loop: r#loop.clone() } })
    }

    /// With a network device; the first that is added is number 0.
    pub fn with_net(mut self, net: Net) -> Self {
        self.parts.guest.host().nets.borrow_mut().push(net.raw());
        self.parts.devices.push(Part::Net(net));
        self
    }

    /// With a device of the host's own.
    pub fn with_device(mut self, device: Device) -> Self {
        self.parts.devices.push(Part::Device(device));
        self
    }

    /// The network devices, in the order in which they were added.
    pub fn net(&self, number: usize) -> &Net {
        net(&self.parts, number)
    }

    /// Opens the TAPs and puts a new guest here, which does not run yet.
    pub fn boot(self, memory: Memory) -> Result<Machine, Refusal> {
        let guest = &self.parts.guest;
        guest.map(&memory)?;
        for net in self.parts.nets() {
            net.open()?;
            net.attach(guest.raw())?;
        }
        guest.host().guest.adopt(memory)?;
        Ok(Machine { parts: self.parts })
    }
}

/// A guest that is here, with its devices.
pub struct Machine {
    pub(crate) parts: Parts,
}

impl Machine {
    /// The network devices, in the order in which they were added.
    pub fn net(&self, number: usize) -> &Net {
        net(&self.parts, number)
    }
}

pub(crate) fn net(parts: &Parts, number: usize) -> &Net {
    parts.nets().nth(number).unwrap_or_else(|| panic!("there is no network device {number}"))
}
