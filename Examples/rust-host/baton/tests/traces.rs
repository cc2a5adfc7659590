//! What machines tell of themselves, and how they end.
mod sides;

use baton::{Chart, ChartBuilder, ChartMachine, EventId, Kind, Loop, Outcome};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// A fuse that burns in two steps, and may take its own machine away.
#[derive(Default)]
struct Fuse {
    machine: Rc<RefCell<Option<ChartMachine<Fuse>>>>,
    steps: Rc<Cell<u32>>,
    /// Lives as long as the machine's context.
    _life: Rc<()>,
}

fn fuse(r#loop: &Loop) -> (Chart<Fuse>, EventId) {
    let mut chart = ChartBuilder::new("Fuse");
    let burn = chart.event("burn");
    let [whole, short] = ["whole", "short"].map(|name| chart.state(name));
    let ash = chart.state_in(None, "ash", Kind::Final);
    let count = chart.action("count", |fuse: &mut Fuse, _, _| fuse.steps.set(fuse.steps.get() + 1));
    let vanish = chart.action("vanish", |fuse: &mut Fuse, _, _| drop(fuse.machine.take()));
    let soon = chart.delay("soon", 1_000_000);
    chart.initial(whole);
    chart.on(whole, burn).run(&[count]).to(&[short]);
    chart.on(short, burn).run(&[count]).to(&[ash]);
    chart.after(short, soon).run(&[vanish, count]).to(&[ash]);
    (chart.build(r#loop).unwrap(), burn)
}

#[test]
fn a_traced_loop_keeps_what_its_machines_did() {
    let r#loop = Loop::traced(3).unwrap();
    let (chart, burn) = fuse(&r#loop);
    let machine = chart.machine(Fuse::default()).unwrap();
    machine.start().unwrap();
    machine.send(burn, &[]).unwrap();
    machine.send(burn, &[]).unwrap();
    let records = r#loop.records();
    let outcomes: Vec<_> = records.iter().map(|record| record.outcome).collect();
    assert_eq!(outcomes, [Outcome::Taken, Outcome::Taken]);
    assert_eq!(records[0].to, records[1].from);
    assert!(records[0].time <= records[1].time);
    assert!(records[0].transition < records[1].transition);
    assert!(r#loop.records().is_empty());
    let text = r#loop.trace_json();
    assert_eq!(text.matches("\"from\":\"whole\",\"to\":\"short\"").count(), 1, "{text}");
    // The last three are kept, and the oldest goes.
    let other = chart.machine(Fuse::default()).unwrap();
    other.start().unwrap();
    for _ in 0..4 {
        let _ = other.send(burn, &[]);
    }
    assert_eq!(r#loop.records().len(), 3);
}

#[test]
fn a_loop_that_is_not_traced_has_no_records() {
    let r#loop = Loop::new().unwrap();
    let (chart, burn) = fuse(&r#loop);
    let machine = chart.machine(Fuse::default()).unwrap();
    machine.start().unwrap();
    machine.send(burn, &[]).unwrap();
    assert!(r#loop.records().is_empty() && r#loop.trace_json().is_empty());
}

#[test]
fn an_end_is_told_once_and_may_take_the_machine_away() {
    let r#loop = Loop::traced(8).unwrap();
    let (chart, burn) = fuse(&r#loop);
    let (machine, ends) = (Rc::new(RefCell::new(None)), Rc::new(Cell::new(0)));
    let made = chart.machine(Fuse::default()).unwrap();
    let (its, count) = (Rc::downgrade(&machine), ends.clone());
    made.on_done(move || {
        count.set(count.get() + 1);
        drop(its.upgrade().and_then(|place| place.take()));
    });
    made.start().unwrap();
    made.send(burn, &[]).unwrap();
    machine.replace(Some(made));
    // By its delay, on the loop, where nobody else holds it.
    while ends.get() == 0 {
        assert!(r#loop.turn(true).unwrap());
    }
    assert!(machine.borrow().is_none());
    assert_eq!(ends.get(), 1);
}

#[test]
fn a_machine_that_is_dropped_in_its_own_action_ends_behind_it() {
    let r#loop = Loop::new().unwrap();
    let (chart, burn) = fuse(&r#loop);
    let (place, steps, life) = (Rc::default(), Rc::new(Cell::new(0)), Rc::new(()));
    let fuse = Fuse { machine: Rc::clone(&place), steps: steps.clone(), _life: life.clone() };
    let machine = chart.machine(fuse).unwrap();
    machine.start().unwrap();
    machine.send(burn, &[]).unwrap();
    // By its delay: whoever calls `send` has the machine until it returns.
    place.replace(Some(machine));
    drop(chart);
    while steps.get() < 2 {
        assert!(r#loop.turn(true).unwrap());
    }
    assert!(place.borrow().is_none());
    // Its context is gone, which was the last that kept it.
    assert_eq!(Rc::strong_count(&life), 1);
}
