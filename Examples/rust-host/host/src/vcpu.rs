//! The guest's processor: a thread that has the guest's memory to itself. Kicks and interrupts go
//! by eventfds from thread to thread; stop and start come from the loop's.
use crate::guest::{self, RECEIVE, TRANSMIT};
use baton::{EventFd, Guest, Memory, Net, Refusal};
use std::cell::RefCell;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

pub struct Vcpu {
    shared: Arc<Shared>,
    /// None while there is no guest. The thread ends with the memory in its hands.
    thread: RefCell<Option<JoinHandle<Memory>>>,
}

struct Shared {
    order: Mutex<Order>,
    changed: Condvar,
    /// From the device, and from who gives an order, which the guest must not miss while it waits.
    interrupt: EventFd,
    kicks: [EventFd; 2],
    echoed: AtomicU64,
}

#[derive(Clone, Copy, Default)]
struct Order {
    run: bool,
    end: bool,
    /// The guest stands still.
    parked: bool,
}

impl Shared {
    fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, change: impl FnOnce(&mut Order)) {
        change(&mut self.order());
        self.changed.notify_all();
        self.interrupt.raise();
    }

    /// Waits for the order to run; false is the one to end.
    fn may_run(&self) -> bool {
        let mut order = self.order();
        while !order.run && !order.end {
            order.parked = true;
            self.changed.notify_all();
            order = self.changed.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
        order.parked = false;
        !order.end
    }

    /// The guest runs for as long as there is something to do, then rings for both queues and
    /// waits. After a start it looks first: an interrupt from before is not repeated.
    fn run(&self, ram: Memory) -> Memory {
        while self.may_run() {
            guest::step(&ram);
            self.echoed.store(guest::echoed(&ram), Ordering::Release);
            self.kicks[TRANSMIT as usize].raise();
            self.kicks[RECEIVE as usize].raise();
            if self.interrupt.take().is_err() {
                break;
            }
        }
        ram
    }
}

/// A thread that has ended stands still, and nobody waits for it, however it ended.
struct Ended(Arc<Shared>);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.order().parked = true;
        self.0.changed.notify_all();
    }
}

impl Vcpu {
    pub fn new() -> io::Result<Self> {
        let shared = Shared {
            order: Mutex::default(),
            changed: Condvar::new(),
            interrupt: EventFd::new()?,
            kicks: [EventFd::without_waiting()?, EventFd::without_waiting()?],
            echoed: AtomicU64::new(0),
        };
        Ok(Self { shared: Arc::new(shared), thread: RefCell::default() })
    }

    /// Wires the device to the processor, for here and for after an arrival.
    pub fn wire(&self, net: &Net) -> Result<(), Refusal> {
        for queue in [RECEIVE, TRANSMIT] {
            net.notify_by(queue, &self.shared.kicks[queue as usize])?;
            net.interrupt_by(queue, &self.shared.interrupt)?;
        }
        Ok(())
    }

    pub fn echoed(&self) -> u64 {
        self.shared.echoed.load(Ordering::Acquire)
    }
}

impl Guest for Vcpu {
    fn is_running(&self) -> bool {
        self.shared.order().run
    }

    fn stop(&self) {
        self.shared.set(|order| order.run = false);
        let mut order = self.shared.order();
        while !order.parked && self.thread.borrow().is_some() {
            order = self.shared.changed.wait(order).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn start(&self) {
        self.shared.set(|order| order.run = true);
    }

    fn adopt(&self, memory: Memory) -> Result<(), Refusal> {
        crate::may_die("adopt");
        let shared = self.shared.clone();
        *shared.order() = Order::default();
        let thread = thread::Builder::new().name("guest".into());
        *self.thread.borrow_mut() = Some(thread.spawn(move || Ended(shared).0.run(memory))?);
        Ok(())
    }

    fn give_back(&self) -> Option<Memory> {
        let thread = self.thread.borrow_mut().take()?;
        self.shared.set(|order| (order.run, order.end) = (false, true));
        // A thread that has panicked has no memory any more either.
        thread.join().ok()
    }
}

impl Drop for Vcpu {
    fn drop(&mut self) {
        self.give_back();
    }
}
