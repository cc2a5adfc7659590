//! One side of a move in tests: its guest, its device, and how long it may take.
#![allow(dead_code)]

use baton::*;
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

const LAYOUT: [Region; 1] = [Region { guest_address: 0x1000, byte_count: 65536 }];

/// A guest that does nothing.
#[derive(Default)]
pub struct Still {
    pub running: Cell<bool>,
    pub memory: RefCell<Option<Memory>>,
    pub panics_in: &'static str,
}

impl Still {
    pub fn runs(&self) -> bool {
        self.running.get()
    }

    pub fn byte(&self) -> Option<u8> {
        self.memory.borrow().as_ref().map(|memory| memory.load_u8(0x1004))
    }

    fn may_panic(&self, place: &str) {
        if self.panics_in == place {
            panic!("{place} panics");
        }
    }
}

impl Guest for Still {
    fn is_running(&self) -> bool {
        self.runs()
    }
    fn stop(&self) {
        self.may_panic("stop");
        self.running.set(false);
    }
    fn start(&self) {
        self.running.set(true);
    }
    fn adopt(&self, memory: Memory) -> Result<(), Refusal> {
        self.may_panic("adopt");
        *self.memory.borrow_mut() = Some(memory);
        Ok(())
    }
    fn give_back(&self) -> Option<Memory> {
        self.memory.borrow_mut().take()
    }
}

/// A device whose state is a text, and which lends a descriptor.
#[derive(Default)]
pub struct Log {
    pub text: RefCell<String>,
    pub kept: RefCell<String>,
    pub refuses: bool,
    pub calls: Cell<u64>,
    pub lent: Option<File>,
}

impl Movable for Log {
    fn describe(&self) -> Result<Vec<u8>, Refusal> {
        Ok(b"version 1".to_vec())
    }
    fn lend(&self) -> Vec<BorrowedFd<'_>> {
        self.lent.iter().map(File::as_fd).collect()
    }
    fn quiesce(&self) -> Result<(), Refusal> {
        Ok(())
    }
    fn save(&self) -> Result<Vec<u8>, Refusal> {
        Ok(self.text.borrow().clone().into_bytes())
    }
    fn inspect(&self, bytes: &[u8], descriptors: &[BorrowedFd]) -> Result<Adoption, Refusal> {
        assert_eq!((bytes, descriptors.len()), (&b"version 1"[..], 1));
        if self.refuses {
            return Err(Refusal { field: 3, ..Refusal::new(Cause::INVALID, "no") });
        }
        Ok(Adoption::Adopts)
    }
    fn load(&self, state: &[u8]) -> Result<(), Refusal> {
        *self.kept.borrow_mut() = String::from_utf8_lossy(state).into_owned();
        Ok(())
    }
    fn take(&self) -> Result<(), Refusal> {
        self.calls.set(self.calls.get() + 1);
        self.text.swap(&self.kept);
        Ok(())
    }
    fn activate(&self) {}
    fn discard(&self) {}
    fn mutating_calls(&self) -> u64 {
        self.calls.get()
    }
}

pub struct Side {
    pub guest: Rc<Still>,
    pub log: Rc<Log>,
    kind: &'static str,
}

impl Side {
    pub fn new(kind: &'static str) -> Self {
        let log = Log { lent: File::open("/dev/null").ok(), ..Log::default() };
        Self { guest: Rc::default(), log: Rc::new(log), kind }
    }

    pub fn vacant(&self, r#loop: &Loop) -> Vacant {
        let device = Device::new(r#loop, "log0", self.kind, self.log.clone()).unwrap();
        Vacant::new(r#loop, &LAYOUT, self.guest.clone()).unwrap().with_device(device)
    }

    /// A guest that runs, with something in its memory and something in its log.
    pub fn boot(&self, r#loop: &Loop) -> Machine {
        let memory = Memory::new(&LAYOUT).unwrap();
        memory.write(0x1004, &[42]);
        *self.log.text.borrow_mut() = "three lines".into();
        self.guest.running.set(true);
        let vacant = self.vacant(r#loop);
        match self.guest.panics_in {
            "adopt" => panic!("a source adopts when it boots"),
            _ => vacant.boot(memory).unwrap(),
        }
    }
}

/// Descriptors travel.
pub fn transfer() -> Parameters {
    Parameters { transfers: true, ..Parameters::default() }
}

/// A place that nobody else listens at.
pub fn address() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
    format!("unix:{}/baton-rs-{process}-{number}", std::env::temp_dir().display())
}

/// Nothing waits for longer than this lives and 20 s.
pub fn bounded(r#loop: &Loop) -> Timer {
    let timer = Timer::new(r#loop, || panic!("20 s have gone by")).unwrap();
    timer.arm(Duration::from_secs(20));
    timer
}

pub fn must_not_come(event: Event) {
    panic!("{event:?}");
}

/// What a body panics with.
pub fn panic_of<T>(body: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(body)) else { panic!("it does not panic") };
    let panic: &dyn Any = &*panic;
    let text = panic.downcast_ref::<String>().cloned();
    text.or(panic.downcast_ref::<&str>().map(|text| text.to_string())).unwrap_or_default()
}
