//! The rows of a chart that is being written.
use crate::{ActionId, EventId, GuardId, Kind, StateId};
use baton_sys as sys;
use std::ffi::CString;

/// A state that is being written.
pub struct State {
    name: CString,
    kind: Kind,
    parent: u32,
    pub(crate) initial: u32,
    /// Initial actions, entry, exit; ignored, refused and deferred events.
    lists: [Vec<u32>; 6],
}

/// A transition that is being written.
pub struct Transition {
    pub(crate) row: sys::baton_transition,
    actions: Vec<u32>,
    targets: Vec<u32>,
}

impl State {
    /// The child that is entered first.
    pub fn initial(&mut self, child: StateId) -> &mut Self {
        self.initial = child.0;
        self
    }

    /// What is done on the way to that child.
    pub fn initially(&mut self, actions: &[ActionId]) -> &mut Self {
        self.add(0, actions.iter().map(|it| it.0))
    }

    /// What is done when it is entered.
    pub fn entry(&mut self, actions: &[ActionId]) -> &mut Self {
        self.add(1, actions.iter().map(|it| it.0))
    }

    /// What is done when it is left.
    pub fn exit(&mut self, actions: &[ActionId]) -> &mut Self {
        self.add(2, actions.iter().map(|it| it.0))
    }

    /// Events that are dropped here, by decision.
    pub fn ignore(&mut self, events: &[EventId]) -> &mut Self {
        self.add(3, events.iter().map(|it| it.0))
    }

    /// Events that are refused here, by decision.
    pub fn refuse(&mut self, events: &[EventId]) -> &mut Self {
        self.add(4, events.iter().map(|it| it.0))
    }

    /// Events that wait until the configuration has changed (UML 2.5.1, 14.2.3.4.4).
    pub fn postpone(&mut self, events: &[EventId]) -> &mut Self {
        self.add(5, events.iter().map(|it| it.0))
    }

    fn add(&mut self, list: usize, numbers: impl Iterator<Item = u32>) -> &mut Self {
        self.lists[list].extend(numbers);
        self
    }
}

impl Transition {
    /// Where it leads; several targets lie in several regions, and none leaves nothing.
    pub fn to(&mut self, targets: &[StateId]) -> &mut Self {
        self.targets.extend(targets.iter().map(|it| it.0));
        self
    }

    /// The guard that must hold.
    pub fn when(&mut self, guard: GuardId) -> &mut Self {
        self.row.guard = guard.0;
        self
    }

    /// The guard that must not hold.
    pub fn unless(&mut self, guard: GuardId) -> &mut Self {
        self.row.unless = guard.0;
        self
    }

    /// What is done on the way.
    pub fn run(&mut self, actions: &[ActionId]) -> &mut Self {
        self.actions.extend(actions.iter().map(|it| it.0));
        self
    }

    /// Does not leave its source when all targets lie inside it.
    pub fn internal(&mut self) -> &mut Self {
        self.row.is_internal = 1;
        self
    }
}

/// What the library would take for the end of a name ends it here.
pub(crate) fn named(name: &str) -> CString {
    CString::new(name.split('\0').next().unwrap_or_default()).unwrap_or_default()
}

pub(crate) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl State {
    pub(crate) fn new(name: &str, kind: Kind, parent: u32) -> Self {
        let (name, lists) = (named(name), Default::default());
        Self { name, kind, parent, initial: 0, lists }
    }

    pub(crate) fn row(&self) -> sys::baton_state {
        let [initial_actions, entry, exit, ignored, refused, deferred] =
            self.lists.each_ref().map(|numbers| list(numbers));
        sys::baton_state {
            name: self.name.as_ptr(),
            kind: self.kind as u32,
            parent: self.parent,
            initial: self.initial,
            reserved: 0,
            initial_actions,
            entry,
            exit,
            ignored,
            refused,
            deferred,
        }
    }
}

impl Transition {
    pub(crate) fn from(source: u32) -> Self {
        let row = sys::baton_transition { source, ..Default::default() };
        Self { row, actions: Vec::new(), targets: Vec::new() }
    }

    pub(crate) fn row(&self) -> sys::baton_transition {
        let (actions, targets) = (list(&self.actions), list(&self.targets));
        sys::baton_transition { actions, targets, ..self.row }
    }
}

fn list(numbers: &[u32]) -> sys::baton_list {
    sys::baton_list { numbers: numbers.as_ptr(), count: numbers.len() }
}

pub(crate) fn guard_row((name, holds): &(CString, sys::baton_guard_fn)) -> sys::baton_guard {
    sys::baton_guard { name: name.as_ptr(), holds: *holds }
}

pub(crate) fn action_row((name, run): &(CString, sys::baton_action_fn)) -> sys::baton_action {
    sys::baton_action { name: name.as_ptr(), run: *run }
}

pub(crate) fn delay_row(row: &(CString, u64, sys::baton_delay_fn)) -> sys::baton_delay {
    let (name, nanoseconds, measure) = row;
    sys::baton_delay { name: name.as_ptr(), nanoseconds: *nanoseconds, measure: *measure }
}
