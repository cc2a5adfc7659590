//! What it shows: libbaton with its rules in types, so that a host cannot break them.
//!
//! - A guest is in one of three places, and each is a type: a [`Vacant`] has none, a [`Machine`]
//!   has one, an [`Outgoing`] is giving it away. Each step takes the one and answers the next by
//!   value; after a handover there is only a [`Gone`], which knows when things happened and nothing
//!   else.
//! - A guest that runs in a VMM which speaks vhost-user is behind a [`Port`]: a place for it has no
//!   guest of its own ([`Vacant::elsewhere`]), and the rest is the same.
//! - The guest's [`Memory`] has one owner, too: the library asks the host to give it back when the
//!   guest is elsewhere.
//! - What belongs to a loop is neither `Send` nor `Sync`; a [`Mailbox`] is both.
//! - Callbacks are traits and closures over `&self`, since they can be called while another call is
//!   on its way. A panic of theirs does not reach the library: what can be refused is refused, a
//!   migration is cancelled, and the panic goes on where [`Loop::turn`] or [`Loop::run`] returns.
//! - What is lent to the library (descriptors, contexts) lives for as long as it is lent.
//!
//! A machine is moved by value, and what has become of it is asked after each round of the loop:
//!
//! ```
//! # use baton::{Departure, Gone, Loop, Machine, Parameters};
//! fn give(r#loop: &Loop, machine: Machine) -> Result<Gone, Box<dyn std::error::Error>> {
//!     let told = |event| println!("{event:?}");
//!     let mut outgoing = machine
//!         .migrate("unix:/tmp/there", &Parameters::default(), told)
//!         .map_err(|no| no.why)?;
//!     loop {
//!         r#loop.turn(true)?;
//!         outgoing = match outgoing.advance() {
//!             Departure::Under(outgoing) => outgoing,
//!             Departure::Given(gone) => return Ok(gone),
//!             Departure::Kept(_machine, why) => return Err(why.into()), // or try again
//!         };
//!     }
//! }
//! ```
//!
//! A guest that is on its way, or away, cannot be used:
//!
//! ```compile_fail,E0382
//! # fn host(machine: baton::Machine) -> Result<(), Box<dyn std::error::Error>> {
//! let parameters = baton::Parameters::default();
//! let outgoing = machine.migrate("unix:/tmp/there", &parameters, |_| {}).map_err(|no| no.why)?;
//! machine.net(0).notify(1)?; // the machine was moved
//! # Ok(()) }
//! ```
//!
//! ```compile_fail,E0599
//! # fn host(gone: baton::Gone) -> Result<(), baton::Refusal> {
//! gone.net(0).notify(1)?; // whoever gave its guest away has no device any more
//! # Ok(()) }
//! ```
//!
//! ```compile_fail,E0382
//! # fn host(outgoing: baton::Outgoing) {
//! let end = outgoing.advance();
//! outgoing.cancel(); // what became of it is in `end`
//! # }
//! ```
//!
//! ```compile_fail,E0382
//! # fn host(vacant: baton::Vacant, memory: baton::Memory) -> Result<(), baton::Refusal> {
//! let machine = vacant.boot(memory)?;
//! memory.load_u8(0); // the guest's now
//! # Ok(()) }
//! ```
//!
//! Nor on another thread:
//!
//! ```compile_fail,E0277
//! # fn host(machine: baton::Machine) {
//! std::thread::spawn(move || machine.net(0).notify(1));
//! # }
//! ```
//!
//! ```
//! # fn host(mailbox: baton::Mailbox) {
//! std::thread::spawn(move || mailbox.post(|| println!("on the loop's thread")));
//! # }
//! ```

mod call;
mod chart;
mod chart_calls;
mod chart_machine;
mod chart_rows;
mod device;
mod event_fd;
mod event_loop;
mod guest;
mod incoming;
mod machine;
mod mailbox;
mod memory;
mod migration;
mod net;
mod outgoing;
mod port;
mod refusal;
mod trace;
mod watch;

pub use chart::{
    ActionId, Chart, ChartBuilder, ChartError, DelayId, EventId, GuardId, Kind, Mistake, StateId,
};
pub use chart_calls::{EventData, Step};
pub use chart_machine::{ChartMachine, Outcome, Timers};
pub use chart_rows::{State, Transition};
pub use device::{Adoption, Device, Movable};
pub use event_fd::EventFd;
pub use event_loop::Loop;
pub use guest::{Guest, Region};
pub use incoming::{Arrival, Incoming};
pub use machine::{Machine, Vacant};
pub use mailbox::{MailSlot, Mailbox};
pub use memory::Memory;
pub use migration::{Event, Parameters, Stamps, Status};
pub use net::{Counters, Net, NetEvents, NetOptions};
pub use outgoing::{Departure, Gone, NotMoved, Outgoing};
pub use port::{survive_shrinking, Port, PortEvents, PortOptions};
pub use refusal::{Cause, Refusal, Value};
pub use trace::Record;
pub use watch::{Interest, Timer, Watch};
