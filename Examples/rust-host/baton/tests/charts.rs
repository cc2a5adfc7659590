//! Charts of the host's own.
mod sides;

use baton::{ChartBuilder, EventId, Kind, Loop, Outcome, StateId, Timers};
use sides::bounded;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// A door that counts who goes through, and shuts by itself.
#[derive(Default)]
struct Door {
    is_locked: bool,
    came: Vec<u8>,
    patience: u64,
    is_sore: bool,
}

struct Names {
    push: EventId,
    lock: EventId,
    pass: EventId,
    leave: EventId,
    shut: StateId,
    open: StateId,
    gone: StateId,
}

fn door() -> (ChartBuilder<Door>, Names) {
    let mut chart = ChartBuilder::new("Door");
    let [push, lock, pass, leave] = ["push", "lock", "pass", "leave"].map(|name| chart.event(name));
    let shut = chart.state("shut");
    let open = chart.state("open");
    let gone = chart.state_in(None, "gone", Kind::Final);
    let is_locked = chart.guard("isLocked", |door: &Door, _| door.is_locked);
    let toggle = chart.action("toggle", |door: &mut Door, _, _| door.is_locked ^= true);
    let count = chart.action("count", |door: &mut Door, event, step| {
        assert!(!door.is_sore, "the door is sore");
        let event = event.expect("it is done for an event");
        door.came.extend(event.bytes);
        if event.bytes == [9] {
            step.raise(event.event, &[1]).unwrap();
        }
    });
    let patience = chart.measured_delay("patience", |door: &Door| door.patience);
    chart.initial(shut);
    chart.on(shut, push).unless(is_locked).to(&[open]);
    chart.on(shut, lock).run(&[toggle]);
    chart.of(shut).refuse(&[push]).ignore(&[pass]);
    chart.on(open, pass).run(&[count]);
    chart.on(open, leave).to(&[gone]);
    chart.after(open, patience).to(&[shut]);
    (chart, Names { push, lock, pass, leave, shut, open, gone })
}

#[test]
fn a_chart_runs_with_its_context() {
    let r#loop = Loop::new().unwrap();
    let (chart, names) = door();
    let chart = chart.build(&r#loop).unwrap();
    let machine = chart.machine(Door { patience: u64::MAX / 4, ..Door::default() }).unwrap();
    assert_eq!(machine.state(), None);
    assert!(machine.send(names.push, &[]).is_err());
    machine.start().unwrap();
    assert!(machine.start().is_err());
    assert_eq!(machine.state(), Some(names.shut));
    assert_eq!(machine.send(names.lock, &[]), Ok(Outcome::Taken));
    assert!(machine.context().is_locked);
    assert_eq!(machine.send(names.push, &[]), Ok(Outcome::Refused));
    assert_eq!(machine.send(names.pass, &[]), Ok(Outcome::Ignored));
    assert_eq!(machine.send(names.leave, &[]), Ok(Outcome::Unexpected));
    machine.change(|door| door.is_locked = false);
    assert_eq!(machine.send(names.push, &[]), Ok(Outcome::Taken));
    assert!(machine.is_in(names.open) && !machine.is_in(names.shut));
    assert_eq!(machine.send(names.pass, &[9, 7]), Ok(Outcome::Taken));
    assert_eq!(machine.send(names.pass, &[9]), Ok(Outcome::Taken));
    assert_eq!(machine.context().came, [9, 7, 9, 1]);
    assert_eq!(machine.configuration(), [names.open]);
    assert!(machine.send(names.pass, &[0; 57]).is_err());
    assert_eq!(machine.send(names.leave, &[]), Ok(Outcome::Taken));
    assert!(machine.is_done() && machine.is_in(names.gone));
}

#[test]
fn a_delay_runs_out_on_the_loop_and_a_saved_machine_goes_on() {
    let r#loop = Loop::new().unwrap();
    let (chart, names) = door();
    let chart = chart.build(&r#loop).unwrap();
    let machine = chart.machine(Door { patience: 20_000_000, ..Door::default() }).unwrap();
    machine.start().unwrap();
    machine.send(names.push, &[]).unwrap();
    let saved = machine.save();
    let _bound = bounded(&r#loop);
    while machine.is_in(names.open) {
        r#loop.turn(true).unwrap();
    }
    assert_eq!(machine.state(), Some(names.shut));

    let other = chart.machine(Door { patience: u64::MAX / 4, ..Door::default() }).unwrap();
    other.restore(&saved, Timers::Restart).unwrap();
    assert_eq!(other.state(), Some(names.open));
    assert!(other.restore(&saved[..saved.len() - 1], Timers::Restart).is_err());
    assert_eq!(other.state(), Some(names.open));
    assert_eq!(other.send(names.pass, &[1]), Ok(Outcome::Taken));
}

#[test]
fn all_mistakes_come_at_once() {
    let r#loop = Loop::new().unwrap();
    let mut chart = ChartBuilder::<()>::new("Wrong");
    let (go, never) = (chart.event("go"), chart.event("never"));
    let one = chart.state("one");
    let lost = chart.state("lost");
    chart.guard("isUnused", |_, _| true);
    chart.initial(one);
    chart.on(one, go).to(&[one]);
    chart.on(one, go).to(&[one]);
    let error = chart.build(&r#loop).err().unwrap();
    let texts: Vec<&str> = error.mistakes.iter().map(|mistake| &*mistake.text).collect();
    for part in ["lost is unreachable", "follows one without guard", "isUnused", "never"] {
        assert!(texts.iter().any(|text| text.contains(part)), "{part}: {texts:?}");
    }
    assert!(error.mistakes.iter().any(|mistake| mistake.state == Some(lost)));
    assert_eq!(error.to_string(), texts.join("; "));
    let _ = never;
}

#[test]
fn a_hundred_mistakes_come_at_once() {
    let r#loop = Loop::new().unwrap();
    let mut chart = ChartBuilder::<()>::new("Wrong");
    let one = chart.state("one");
    chart.initial(one);
    for number in 0..100 {
        chart.state(&format!("lost{number}"));
    }
    let error = chart.build(&r#loop).err().unwrap();
    assert_eq!(error.mistakes.len(), 100);
    assert!(error.mistakes[99].text.contains("lost99"), "{:?}", error.mistakes[99]);
}

#[test]
fn a_chart_is_drawn() {
    let r#loop = Loop::new().unwrap();
    let chart = door().0.build(&r#loop).unwrap();
    let drawing = chart.draw("mermaid").unwrap();
    assert!(drawing.contains("stateDiagram-v2") && drawing.contains("isLocked"), "{drawing}");
    assert_eq!(chart.draw("oil"), None);
}

#[test]
fn a_panic_of_an_action_goes_on_where_the_event_was_sent() {
    let r#loop = Loop::new().unwrap();
    let (chart, names) = door();
    let chart = chart.build(&r#loop).unwrap();
    let context = Door { is_sore: true, patience: u64::MAX / 4, ..Door::default() };
    let machine = chart.machine(context).unwrap();
    machine.start().unwrap();
    machine.send(names.push, &[]).unwrap();
    let sent = catch_unwind(AssertUnwindSafe(|| machine.send(names.pass, &[1])));
    assert_eq!(sent.unwrap_err().downcast_ref::<&str>(), Some(&"the door is sore"));
    // The machine is as the chart says, and goes on.
    machine.change(|door| door.is_sore = false);
    assert_eq!(machine.send(names.pass, &[2]), Ok(Outcome::Taken));
    assert_eq!(machine.context().came, [2]);
    // While somebody looks at the context nothing is done that would change it.
    let seen = machine.context();
    assert!(machine.send(names.pass, &[3]).is_err());
    assert_eq!(seen.came, [2]);
}

#[test]
fn regions_history_and_what_is_combined() {
    let r#loop = Loop::new().unwrap();
    let mut chart = ChartBuilder::<(bool, bool)>::new("Lamps");
    let [a, b, off, on, both] = ["a", "b", "off", "on", "both"].map(|name| chart.event(name));
    let dark = chart.state("dark");
    let lit = chart.state_in(None, "lit", Kind::Parallel);
    let regions = ["left", "right"].map(|name| {
        let region = chart.state_in(Some(lit), name, Kind::Ordinary);
        let dim = chart.state_in(Some(region), &format!("{name}Dim"), Kind::Ordinary);
        let full = chart.state_in(Some(region), &format!("{name}Full"), Kind::Ordinary);
        chart.of(region).initial(dim);
        (dim, full)
    });
    let past = chart.state_in(Some(lit), "past", Kind::DeepHistory);
    let is_one = chart.guard("isOne", |it: &(bool, bool), _| it.0);
    let is_two = chart.guard("isTwo", |it: &(bool, bool), _| it.1);
    let combined = chart.condition("isOne && !isTwo");
    chart.initial(lit);
    chart.on(regions[0].0, a).when(is_one).to(&[regions[0].1]);
    chart.on(regions[1].0, b).when(is_two).to(&[regions[1].1]);
    chart.on(lit, both).when(combined).to(&[regions[0].1, regions[1].1]);
    chart.on(lit, off).to(&[dark]);
    chart.on(dark, on).to(&[past]);
    chart.always(past).to(&[regions[0].0, regions[1].0]);
    let chart = chart.build(&r#loop).unwrap();
    let machine = chart.machine((true, false)).unwrap();
    machine.start().unwrap();
    machine.send(b, &[]).unwrap();
    assert!(machine.is_in(regions[1].0));
    machine.send(a, &[]).unwrap();
    assert!(machine.is_in(regions[0].1));
    machine.send(off, &[]).unwrap();
    machine.send(on, &[]).unwrap();
    assert!(machine.is_in(regions[0].1) && machine.is_in(regions[1].0));
    machine.send(both, &[]).unwrap();
    assert_eq!(machine.configuration().len(), 5);
    assert!(machine.is_in(regions[1].1) && machine.failures().is_empty());
}
