//! What it shows: a port behind which a VMM stays connected while its process changes. Both places
//! are in one process here, in a network namespace of its own; the VMM is a socket that says
//! nothing.
use baton::*;
use std::cell::{Cell, RefCell};
use std::error::Error;
use std::io::{ErrorKind, Read};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::Duration;

/// What a port has told.
#[derive(Default)]
struct Told {
    came: Cell<u32>,
    gone: Cell<u32>,
    lines: RefCell<Vec<String>>,
}

struct Ear(Rc<Told>);

impl PortEvents for Ear {
    fn connected(&self, process: Option<i32>) {
        self.0.came.set(self.0.came.get() + 1);
        self.0.lines.borrow_mut().push(format!("connected: {}", process.is_some()));
    }
    fn left(&self, _reason: Option<&str>) {
        self.0.gone.set(self.0.gone.get() + 1);
    }
    fn warned(&self, why: Refusal) {
        self.0.lines.borrow_mut().push(why.to_string());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: ports FOLDER")?;
    let options = PortOptions {
        path: format!("{folder}/vmm"),
        interface_name: "port%d".into(),
        queues: 2,
        ..PortOptions::default()
    };
    let r#loop = Loop::new()?;
    let bound = Timer::new(&r#loop, || panic!("20 s have gone by"))?;
    bound.arm(Duration::from_secs(20));

    let twice = PortOptions { calls: vec!["a".into(); 3], ..PortOptions::default() };
    let Err(no) = Port::open(&r#loop, "net9", &twice, ()) else { panic!("three calls") };
    println!("refused: {no}");

    let (here, there) = (Rc::<Told>::default(), Rc::<Told>::default());
    let port = Port::open(&r#loop, "net0", &options, Ear(here.clone()))?;
    let name = port.interface()?;
    let mut vmm = UnixStream::connect(&options.path)?;
    while here.came.get() == 0 {
        r#loop.turn(true)?;
    }
    let machine = Vacant::elsewhere(&r#loop).with_port(port).serve();

    let parameters = Parameters { transfers: true, ..Parameters::default() };
    let address = format!("unix:{folder}/move");
    let awaited = Port::awaited(&r#loop, "net0", &options, Ear(there.clone()))?;
    let vacant = Vacant::elsewhere(&r#loop).with_port(awaited);
    let mut arrival = Arrival::Waiting(vacant.listen(&address, &parameters, |_| {})?);
    let mut departure =
        Departure::Under(machine.migrate(&address, &parameters, |_| {}).map_err(|no| no.why)?);
    let machine = loop {
        r#loop.turn(true)?;
        arrival = match arrival {
            Arrival::Waiting(incoming) => incoming.advance(),
            other => other,
        };
        departure = match departure {
            Departure::Under(outgoing) => outgoing.advance(),
            other => other,
        };
        match (arrival, departure) {
            (Arrival::Here(machine, _), Departure::Given(_)) => break machine,
            (Arrival::Not(why), _) | (_, Departure::Kept(_, why)) => return Err(why.into()),
            (waiting, under) => (arrival, departure) = (waiting, under),
        }
    };

    let port = machine.port(0);
    assert_eq!(port.interface()?, name, "another interface");
    assert_eq!((port.front_ends(), here.gone.get(), there.gone.get()), (1, 0, 0));
    vmm.set_nonblocking(true)?;
    let silent = vmm.read(&mut [0]).expect_err("nobody closes it");
    assert_eq!(silent.kind(), ErrorKind::WouldBlock, "the VMM was sent away");
    println!("{name} moved, and its VMM has stayed");
    port.close()?;
    while !port.is_closed() {
        r#loop.turn(true)?;
    }
    assert_eq!(vmm.read(&mut [0])?, 0, "the VMM is still connected");
    assert!(!std::path::Path::new(&options.path).exists(), "the socket stays");
    println!("closed: nothing is left of it");
    Ok(())
}
