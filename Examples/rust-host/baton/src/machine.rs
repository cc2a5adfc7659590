//! A guest with its devices, here or not.
use crate::guest::GuestHandle;
use crate::{Cause, Device, Guest, Loop, Memory, Net, Port, Refusal, Region};
use baton_sys as sys;
use std::rc::Rc;

/// Something that moves with the guest.
enum Part {
    Net(Net),
    Device(Device),
    Port(Port),
}

/// The guest and its devices, whoever has them. What uses is dropped before what it uses.
pub(crate) struct Parts {
    devices: Vec<Part>,
    /// None when it runs elsewhere.
    pub guest: Option<GuestHandle>,
    pub r#loop: Loop,
}

impl Parts {
    fn nets(&self) -> impl Iterator<Item = &Net> {
        self.devices.iter().filter_map(|part| match part {
            Part::Net(net) => Some(net),
            Part::Device(_) | Part::Port(_) => None,
        })
    }

    /// As a migration wants them.
    pub fn devices(&self) -> Vec<*mut sys::baton_device> {
        let raw = |part: &Part| match part {
            Part::Net(net) => net.device(),
            Part::Device(device) => device.raw(),
            Part::Port(port) => port.device(),
        };
        self.devices.iter().map(raw).collect()
    }

    /// The guest's handle; NULL when it runs elsewhere.
    pub fn guest(&self) -> *mut sys::baton_guest {
        self.guest.as_ref().map_or(std::ptr::null_mut(), GuestHandle::raw)
    }

    /// The migration that may have to be cancelled when the guest's stop panics; NULL for none.
    pub fn note(&self, outgoing: *mut sys::baton_outgoing) {
        if let Some(guest) = &self.guest {
            guest.host().outgoing.set(outgoing);
        }
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
        Ok(Self::with(r#loop, Some(guest)))
    }

    /// A place for ports alone, whose guests run in their VMMs.
    pub fn elsewhere(r#loop: &Loop) -> Self {
        Self::with(r#loop, None)
    }

    fn with(r#loop: &Loop, guest: Option<GuestHandle>) -> Self {
        Self { parts: Parts { devices: Vec::new(), guest, r#loop: r#loop.clone() } }
    }

    /// With a network device; the first that is added is number 0.
    pub fn with_net(mut self, net: Net) -> Self {
        // A migration without a guest refuses it by name.
        if let Some(guest) = &self.parts.guest {
            guest.host().nets.borrow_mut().push(net.raw());
        }
        self.parts.devices.push(Part::Net(net));
        self
    }

    /// With a device of the host's own.
    pub fn with_device(mut self, device: Device) -> Self {
        self.parts.devices.push(Part::Device(device));
        self
    }

    /// With a port; the first that is added is number 0.
    pub fn with_port(mut self, port: Port) -> Self {
        self.parts.devices.push(Part::Port(port));
        self
    }

    /// The network devices, in the order in which they were added.
    pub fn net(&self, number: usize) -> &Net {
        net(&self.parts, number)
    }

    /// The ports, in the order in which they were added.
    pub fn port(&self, number: usize) -> &Port {
        port(&self.parts, number)
    }

    /// Ports that were opened serve their guests, which are elsewhere: nothing else is needed.
    pub fn serve(self) -> Machine {
        Machine { parts: self.parts }
    }

    /// Opens the TAPs and puts a new guest here, which does not run yet.
    pub fn boot(self, memory: Memory) -> Result<Machine, Refusal> {
        let Some(guest) = &self.parts.guest else {
            return Err(Refusal::new(Cause::INVALID, "the guest is elsewhere, and has its memory"));
        };
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

    /// The ports, in the order in which they were added.
    pub fn port(&self, number: usize) -> &Port {
        port(&self.parts, number)
    }
}

fn port(parts: &Parts, number: usize) -> &Port {
    let mut ports = parts.devices.iter().filter_map(|part| match part {
        Part::Port(port) => Some(port),
        Part::Net(_) | Part::Device(_) => None,
    });
    ports.nth(number).unwrap_or_else(|| panic!("there is no port {number}"))
}

pub(crate) fn net(parts: &Parts, number: usize) -> &Net {
    parts.nets().nth(number).unwrap_or_else(|| panic!("there is no network device {number}"))
}
