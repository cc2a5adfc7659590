//! Statecharts of the host's own: states and transitions, built with all mistakes at once.
use crate::call::Held;
use crate::chart_calls::{holds, measures, runs, Bare};
use crate::chart_rows::{action_row, delay_row, guard_row, named, number};
use crate::refusal::asking;
use crate::{ChartMachine, EventData, Loop, Refusal, State, Step, Transition};
use baton_sys as sys;
use std::ffi::{c_char, CStr, CString};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

macro_rules! names {
    ($($(#[$about:meta])* $name:ident)*) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct $name(pub(crate) u32);
        )*
    };
}

names! {
    /// A state of a chart.
    StateId
    /// An event of a chart.
    EventId
    /// A guard of a chart, or several that are combined.
    GuardId
    /// An action of a chart.
    ActionId
    /// A delay of a chart.
    DelayId
}

/// What a state is (SCXML 3.3 to 3.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// A leaf, or with children of which one is active.
    Ordinary = sys::BATON_STATE_ORDINARY,
    /// Its children are active together.
    Parallel = sys::BATON_STATE_PARALLEL,
    /// The end of its parent, or of the chart.
    Final = sys::BATON_STATE_FINAL,
    /// As a target: the child of its parent that was active last.
    History = sys::BATON_STATE_HISTORY,
    /// The same down to the leaves.
    DeepHistory = sys::BATON_STATE_DEEP_HISTORY,
}

/// A chart that is being written; `T` is what its guards read and its actions change.
///
/// Guards, actions and delays are functions, or closures that capture nothing: what they need is in
/// `T`.
///
/// ```
/// # use baton::{ChartBuilder, Loop, Outcome};
/// #[derive(Default)]
/// struct Door {
///     is_locked: bool,
///     opened: u32,
/// }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let r#loop = Loop::new()?;
/// let mut chart = ChartBuilder::<Door>::new("Door");
/// let (push, shut, open) = (chart.event("push"), chart.state("shut"), chart.state("open"));
/// let is_locked = chart.guard("isLocked", |door: &Door, _| door.is_locked);
/// let count = chart.action("count", |door: &mut Door, _event, _step| door.opened += 1);
/// chart.initial(shut);
/// chart.on(shut, push).unless(is_locked).run(&[count]).to(&[open]);
/// chart.on(open, push).to(&[shut]);
/// let machine = chart.build(&r#loop)?.machine(Door::default())?; // or all mistakes at once
/// machine.start()?;
/// machine.send(push, &[])?;
/// # assert_eq!(machine.context().opened, 1);
/// # Ok(()) }
/// ```
///
/// ```compile_fail,E0080
/// # let limit = 3;
/// let mut chart = baton::ChartBuilder::<u32>::new("counter");
/// chart.guard("isLow", move |count, _| *count < limit); // `limit` belongs into `T`
/// # chart.build(&baton::Loop::new().unwrap()).unwrap();
/// ```
///
/// A chart is of its context and of no other, since its actions write there:
///
/// ```compile_fail
/// fn other<'a>(chart: baton::Chart<fn(&'static str)>) -> baton::Chart<for<'b> fn(&'b str)> {
///     chart
/// }
/// ```
pub struct ChartBuilder<T> {
    states: Vec<State>,
    events: Vec<CString>,
    guards: Vec<(CString, sys::baton_guard_fn)>,
    actions: Vec<(CString, sys::baton_action_fn)>,
    delays: Vec<(CString, u64, sys::baton_delay_fn)>,
    conditions: Vec<CString>,
    transitions: Vec<Transition>,
    of: PhantomData<fn(T) -> T>,
}

/// One thing that is wrong with a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Which, as BATON_MISTAKE_ in chart.h; later releases may have others.
    pub code: i32,
    /// The state that it is about, if it is about one.
    pub state: Option<StateId>,
    /// One line with the names.
    pub text: Box<str>,
}

/// Everything that is wrong with a chart, or why it was not looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartError {
    /// All mistakes, in the order of the tables.
    pub mistakes: Vec<Mistake>,
    /// What the library says of it as a whole.
    pub why: Box<Refusal>,
}

impl fmt::Display for ChartError {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.mistakes.is_empty() {
            return self.why.fmt(to);
        }
        let texts: Vec<&str> = self.mistakes.iter().map(|mistake| &*mistake.text).collect();
        to.write_str(&texts.join("; "))
    }
}

impl std::error::Error for ChartError {}

impl<T: 'static> ChartBuilder<T> {
    /// A chart without states; row 0 of each table but the transitions is nobody.
    pub fn new(name: &str) -> Self {
        Self {
            states: vec![State::new(name, Kind::Ordinary, 0)],
            events: vec![CString::default()],
            guards: vec![(CString::default(), None)],
            actions: vec![(CString::default(), None)],
            delays: vec![(CString::default(), 0, None)],
            conditions: vec![CString::default()],
            transitions: Vec::new(),
            of: PhantomData,
        }
    }

    /// The state of the chart that is entered first.
    pub fn initial(&mut self, state: StateId) -> &mut Self {
        self.states[0].initial = state.0;
        self
    }

    /// A state of the chart itself.
    pub fn state(&mut self, name: &str) -> StateId {
        self.add(State::new(name, Kind::Ordinary, 0))
    }

    /// A state of some kind, inside another one or, with None, of the chart itself.
    pub fn state_in(&mut self, parent: Option<StateId>, name: &str, kind: Kind) -> StateId {
        self.add(State::new(name, kind, parent.map_or(0, |it| it.0)))
    }

    /// The state, to say more of it.
    pub fn of(&mut self, state: StateId) -> &mut State {
        &mut self.states[state.0 as usize]
    }

    /// An event, which may carry `baton_sys::BATON_EVENT_DATA_MAX` bytes.
    pub fn event(&mut self, name: &str) -> EventId {
        self.events.push(named(name));
        EventId(number(self.events.len() - 1))
    }

    /// A guard: it reads, and changes nothing. One that panics does not hold; the rest of the step
    /// is done before the panic goes on.
    pub fn guard<F>(&mut self, name: &str, it: F) -> GuardId
    where
        F: Fn(&T, Option<EventData<'_>>) -> bool + Copy + 'static,
    {
        let _ = Bare::of(it);
        self.guards.push((named(name), Some(holds::<T, F>)));
        GuardId(number(self.guards.len() - 1))
    }

    /// Guards that are combined, by their names: `isPaid && !(isBusy || isLocked)`.
    pub fn condition(&mut self, text: &str) -> GuardId {
        self.conditions.push(named(text));
        GuardId(sys::BATON_CONDITION | number(self.conditions.len() - 1))
    }

    /// An action: what is done on a transition, an entry or an exit. When one panics the rest of
    /// the step is done before the panic goes on.
    pub fn action<F>(&mut self, name: &str, it: F) -> ActionId
    where
        F: Fn(&mut T, Option<EventData<'_>>, &Step) + Copy + 'static,
    {
        let _ = Bare::of(it);
        self.actions.push((named(name), Some(runs::<T, F>)));
        ActionId(number(self.actions.len() - 1))
    }

    /// A delay of always the same length, in nanoseconds.
    pub fn delay(&mut self, name: &str, nanoseconds: u64) -> DelayId {
        self.delays.push((named(name), nanoseconds, None));
        DelayId(number(self.delays.len() - 1))
    }

    /// A delay that is measured when its state is entered, in nanoseconds.
    pub fn measured_delay<F>(&mut self, name: &str, it: F) -> DelayId
    where
        F: Fn(&T) -> u64 + Copy + 'static,
    {
        let _ = Bare::of(it);
        self.delays.push((named(name), 0, Some(measures::<T, F>)));
        DelayId(number(self.delays.len() - 1))
    }

    /// A transition for an event.
    pub fn on(&mut self, source: StateId, event: EventId) -> &mut Transition {
        self.line(source, |row| row.event = event.0)
    }

    /// A transition for any event.
    pub fn on_any(&mut self, source: StateId) -> &mut Transition {
        self.line(source, |row| row.event = sys::BATON_ANY)
    }

    /// A transition taken when a final child of the state was entered.
    pub fn done(&mut self, source: StateId) -> &mut Transition {
        self.line(source, |row| row.event = sys::BATON_DONE)
    }

    /// A transition taken when the delay has run out since the state was entered.
    pub fn after(&mut self, source: StateId, delay: DelayId) -> &mut Transition {
        self.line(source, |row| row.delay = delay.0)
    }

    /// A transition taken as soon as its guard holds; of a history state its default.
    pub fn always(&mut self, source: StateId) -> &mut Transition {
        self.line(source, |_| {})
    }

    fn add(&mut self, state: State) -> StateId {
        self.states.push(state);
        StateId(number(self.states.len() - 1))
    }

    fn line(
        &mut self,
        source: StateId,
        trigger: impl FnOnce(&mut sys::baton_transition),
    ) -> &mut Transition {
        let mut line = Transition::from(source.0);
        trigger(&mut line.row);
        self.transitions.push(line);
        let last = self.transitions.len() - 1;
        &mut self.transitions[last]
    }

    /// Builds the chart, or says everything that is wrong with it.
    pub fn build(&self, r#loop: &Loop) -> Result<Chart<T>, ChartError> {
        let states: Vec<_> = self.states.iter().map(State::row).collect();
        let transitions: Vec<_> = self.transitions.iter().map(Transition::row).collect();
        let events: Vec<_> = self.events.iter().map(|name| name.as_ptr()).collect();
        let guards: Vec<_> = self.guards.iter().map(guard_row).collect();
        let actions: Vec<_> = self.actions.iter().map(action_row).collect();
        let delays: Vec<_> = self.delays.iter().map(delay_row).collect();
        let conditions: Vec<_> = self.conditions.iter().map(|text| text.as_ptr()).collect();
        let mut tables = sys::baton_chart_tables::new();
        (tables.states, tables.state_count) = (states.as_ptr(), states.len());
        (tables.transitions, tables.transition_count) = (transitions.as_ptr(), transitions.len());
        (tables.events, tables.event_count) = (events.as_ptr(), events.len());
        (tables.guards, tables.guard_count) = (guards.as_ptr(), guards.len());
        (tables.actions, tables.action_count) = (actions.as_ptr(), actions.len());
        (tables.delays, tables.delay_count) = (delays.as_ptr(), delays.len());
        (tables.conditions, tables.condition_count) = (conditions.as_ptr(), conditions.len());
        Chart::new(r#loop, &tables)
    }
}

/// A chart that was built; any number of machines run it.
pub struct Chart<T> {
    pub(crate) held: Rc<Held<sys::baton_chart, Loop>>,
    pub(crate) r#loop: Loop,
    /// How many events there are, row 0 among them.
    pub(crate) events: u32,
    of: PhantomData<fn(T) -> T>,
}

impl<T: 'static> Chart<T> {
    fn new(r#loop: &Loop, tables: &sys::baton_chart_tables) -> Result<Self, ChartError> {
        let (mut raw, mut count) = (std::ptr::null_mut(), 0);
        let mut create = |mistakes: &mut [sys::baton_mistake]| {
            let (places, most) = (mistakes.as_mut_ptr(), mistakes.len());
            // SAFETY: the tables live during the call, the functions in them for ever, and the
            // places are ours.
            asking(|why| unsafe {
                let (at, raw) = (r#loop.raw(), &mut raw);
                sys::baton_chart_create(at, tables, places, most, &mut count, raw, why)
            })
            .map_err(|why| (why, count))
        };
        if let Err((_, count)) = create(&mut []) {
            // Once more, with room for all of them.
            let mut mistakes = vec![sys::baton_mistake::default(); count];
            let Err((why, count)) = create(&mut mistakes) else { unreachable!("equal tables") };
            let mistakes = mistakes.iter().take(count).map(Mistake::read).collect();
            return Err(ChartError { mistakes, why: why.into() });
        }
        let held = Held::new(&r#loop.home, raw, sys::baton_chart_destroy, r#loop.clone());
        let (held, events) = (Rc::new(held), number(tables.event_count));
        Ok(Self { held, r#loop: r#loop.clone(), events, of: PhantomData })
    }

    /// A machine that has not begun, with what its guards read and its actions change.
    pub fn machine(&self, context: T) -> Result<ChartMachine<T>, Refusal> {
        ChartMachine::new(self, context)
    }

    /// Draws it: as `mermaid`, `dot`, `plantuml`, `scxml`, `svg` or `html`; else None.
    pub fn draw(&self, format: &str) -> Option<String> {
        let format = named(format);
        // SAFETY: the handle lives, and no place is given.
        let count = unsafe {
            sys::baton_chart_draw(self.held.raw(), format.as_ptr(), std::ptr::null_mut(), 0)
        };
        let mut text: Vec<u8> = vec![0; count + 1];
        let place: *mut c_char = text.as_mut_ptr().cast();
        // SAFETY: as above, and the place has so many bytes.
        unsafe { sys::baton_chart_draw(self.held.raw(), format.as_ptr(), place, text.len()) };
        text.truncate(count);
        String::from_utf8(text).ok().filter(|text| !text.is_empty())
    }
}

impl Mistake {
    fn read(mistake: &sys::baton_mistake) -> Self {
        let bytes: Vec<u8> = mistake.text.iter().map(|byte| *byte as u8).chain([0]).collect();
        let text = CStr::from_bytes_until_nul(&bytes).map(|text| text.to_string_lossy().into());
        Self {
            code: mistake.code,
            state: (mistake.state > 0).then_some(StateId(mistake.state)),
            text: text.unwrap_or_else(|_| "".into()),
        }
    }
}
