"""Unmodified QEMUs and the backends that serve them, in a network namespace of one's own; each wait has a limit.

Used by faults-qemu.py and relay-qemu.py. The TAP is persistent, so that a backend that was killed finds it again.
"""

import argparse
import collections.abc
import contextlib
import dataclasses
import os
import pathlib
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import typing

import qmp

HERE = pathlib.Path(__file__).resolve().parent
GUEST, HOST, MAC, TAP = "10.0.1.1", "10.0.1.2", "52:54:00:00:00:01", "tap0"
ECHO_PORT, PING_PORT = 7, 8
BOOT_SECONDS = 90
STEP_SECONDS = 30
# So slow that a migration stays active: never is so little left that it fits into the time allowed.
SLOW, FAST = 4096, 10 << 30
# Linux has them, and Python has no names for them (asm-generic/socket.h).
SO_RCVBUFFORCE, SO_MEMINFO = 33, 55


class Failed(Exception):
    """What was expected has not happened."""


@dataclasses.dataclass
class Count:
    """What a prober has counted."""

    sent: int
    lost: int
    twice: int
    # Came behind a later one.
    late: int
    gap_ms: float


class Prober(threading.Thread):
    """Sends numbered datagrams to the guest's echo at a steady rate, and counts what comes back."""

    def __init__(self, rate: int) -> None:
        super().__init__(daemon=True)
        self.rate = rate
        self.sent = 0
        self.twice = 0
        self.late = 0
        self.newest = -1
        self.answers: dict[int, float] = {}
        self.news = threading.Condition()
        self.stop_at: float | None = None
        self.link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        # What waited while the guest stood still is answered in one burst, of which an ordinary socket holds 256.
        self.link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.link.connect((GUEST, ECHO_PORT))
        self.link.setblocking(False)

    def run(self) -> None:
        began = time.monotonic()
        while self.stop_at is None or (time.monotonic() < self.stop_at and len(self.answers) < self.sent):
            while self.stop_at is None and self.sent < (time.monotonic() - began) * self.rate:
                if not self.send():
                    break
            wait = 0.01 if self.stop_at else max(0.0, began + (self.sent + 1) / self.rate - time.monotonic())
            if select.select([self.link], [], [], wait)[0]:
                self.receive()

    def send(self) -> bool:
        """False when there is no room. What the interface does not take is sent, and lost."""
        try:
            self.link.send(b"%08d" % self.sent + bytes(56))
        except BlockingIOError:
            return False
        except OSError:
            pass
        self.sent += 1
        return True

    def receive(self) -> None:
        try:
            body = self.link.recv(4096)
        except OSError:
            return
        if len(body) != 64 or body[8:] != bytes(56):
            raise Failed(f"an echo of {len(body)} bytes is not what was sent")
        number = int(body[:8])
        with self.news:
            self.twice += number in self.answers
            self.late += number < self.newest
            self.newest = max(self.newest, number)
            self.answers.setdefault(number, time.monotonic())
            self.news.notify()

    @property
    def overflowed(self) -> int:
        """How many datagrams have found no room in the socket (SK_MEMINFO_DROPS, the ninth number)."""
        numbers = self.link.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36)
        return int(struct.unpack("=9I", numbers)[8])

    def await_answers(self, more: int, seconds: float = STEP_SECONDS) -> None:
        """Waits until so many more probes than now have been answered."""
        with self.news:
            wanted = len(self.answers) + more
            if not self.news.wait_for(lambda: len(self.answers) >= wanted, seconds):
                raise Failed(f"{len(self.answers)} answers instead of {wanted} after {seconds} s")

    def end(self) -> Count:
        """Sends no more, and gives what is under way two seconds."""
        self.stop_at = time.monotonic() + 2
        self.join(10)
        overflowed = self.overflowed
        self.link.close()
        if overflowed:
            raise Failed(f"{overflowed} answers had no room in the prober's own socket: the machine is too busy to count")
        times = sorted(self.answers.values())
        gap = max((b - a for a, b in zip(times, times[1:])), default=0.0)
        return Count(self.sent, self.sent - len(self.answers), self.twice, self.late, 1000 * gap)


class Backend:
    """A process `baton net`."""

    def __init__(self, child: "subprocess.Popen[bytes]") -> None:
        self.child = child
        self.rest = b""

    def await_line(self, start: str, seconds: float = STEP_SECONDS) -> None:
        """Waits for a line of the standard output that begins so; others are passed over."""
        assert self.child.stdout is not None
        output = self.child.stdout.fileno()
        deadline = time.monotonic() + seconds
        while True:
            line, found, rest = self.rest.partition(b"\n")
            if found:
                self.rest = rest
                if line.decode().startswith(start):
                    return
            elif not select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise Failed(f"the backend does not say `{start}` in {seconds} s")
            else:
                part = os.read(output, 4096)
                if not part:
                    raise Failed(f"the backend has ended before `{start}`")
                self.rest += part

    def kill(self) -> None:
        self.child.kill()
        self.child.wait(STEP_SECONDS)


class Qemu(typing.NamedTuple):
    """A QEMU that runs, its monitor, and what its guest prints."""

    child: "subprocess.Popen[bytes]"
    monitor: qmp.Monitor
    console: pathlib.Path

    def kill(self) -> None:
        self.child.kill()
        self.child.wait(STEP_SECONDS)
        self.monitor.close()


class Lab:
    """The TAP, the processes, and the sockets' paths."""

    def __init__(self, baton: str, version: str, memory: str, queues: int, folder: pathlib.Path) -> None:
        self.baton, self.version, self.memory, self.queues = baton, version, memory, queues
        self.folder = folder
        self.children: "list[subprocess.Popen[bytes]]" = []
        self.count = 0
        self.make_tap()

    def make_tap(self) -> None:
        several = ["multi_queue"] if self.queues > 1 else []
        subprocess.run(["ip", "tuntap", "add", "dev", TAP, "mode", "tap", "vnet_hdr", *several], check=True)
        subprocess.run(["ip", "addr", "add", HOST + "/24", "dev", TAP], check=True)
        subprocess.run(["ip", "link", "set", TAP, "up"], check=True)
        # A TAP that nobody holds has no carrier, upon which Linux forgets who has which address, and asks again after
        # a second: that would hide how long the guest was away.
        subprocess.run(["ip", "neigh", "replace", GUEST, "lladdr", MAC, "dev", TAP, "nud", "permanent"], check=True)

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def start(self, command: "list[typing.Any]", stdout: "int | None" = None) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=stdout)
        self.children.append(child)
        return child

    def backend(self, *more: str, ready: bool = True) -> Backend:
        command = [self.baton, "net", "--socket", self.path("net.sock"), "--control", self.path("control")]
        command += ["--tap", TAP, "--queues", str(self.queues), "--log-level", "error", *more]
        backend = Backend(self.start(command, stdout=subprocess.PIPE))
        if ready:
            backend.await_line("ready")
        return backend

    def command(self, name: str, **arguments: typing.Any) -> typing.Any:
        """What the backend answers at its control socket, which a new one makes some time after it is ready."""
        deadline = time.monotonic() + STEP_SECONDS
        while True:
            try:
                with qmp.Monitor(self.path("control"), seconds=STEP_SECONDS) as control:
                    return control.execute(name, arguments, seconds=STEP_SECONDS)
            except qmp.Refused as refusal:
                raise Failed(f"{refusal}") from None
            except (ConnectionError, TimeoutError):
                # The one before has let go of it, or is about to.
                if time.monotonic() > deadline:
                    raise Failed("the backend has no control socket") from None
                time.sleep(0.01)

    def qemu(self, *more: str, device: str = "", monitor: bool = True) -> "tuple[Qemu, str]":
        """A QEMU on the backend's socket, and the path of its QMP socket."""
        self.count += 1
        name = f"qemu{self.count}"
        child = self.start(self.qemu_command(name, device) + list(more))
        path = self.path(name + ".qmp")
        mine = qmp.Monitor(path, seconds=STEP_SECONDS) if monitor else typing.cast(qmp.Monitor, None)
        return Qemu(child, mine, self.folder / (name + ".console")), path

    def qemu_command(self, name: str, device: str, version: str = "", tap: str = "") -> "list[str]":
        """QEMU's command line; with a TAP's name it opens that itself, and has no backend."""
        memory = ["memfd"] if self.memory == "memfd" else ["shared-file", self.path("ram")]
        command = [str(HERE / "qemu.sh"), "run", version or self.version, "--memory", *memory, "--queues", str(self.queues)]
        command += ["--qmp", self.path(name + ".qmp"), "--serial", self.path(name + ".console")]
        if tap:
            command += ["-netdev", f"tap,id=n0,ifname={tap},script=no,downscript=no,queues={self.queues}"]
        else:
            command += ["-chardev", f"socket,id=c0,path={self.path('net.sock')},reconnect-ms=50"]
            command += ["-netdev", f"vhost-user,chardev=c0,id=n0,queues={self.queues}"]
        several = f",mq=on,vectors={2 * self.queues + 2}" if self.queues > 1 else ""
        command += ["-device", f"virtio-net-pci,netdev=n0,mac={MAC},romfile={several}{device}"]
        # What cpr-transfer wants of all memory.
        return command + ["-machine", "aux-ram-share=on"]

    def boot(self) -> Qemu:
        """A guest that echoes."""
        return self.await_guest(self.qemu()[0])

    def await_guest(self, it: Qemu) -> Qemu:
        """The same QEMU, when its guest echoes."""
        deadline = time.monotonic() + BOOT_SECONDS
        while not (it.console.exists() and "guest ready" in it.console.read_text(errors="replace")):
            if it.child.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"no `guest ready`: QEMU's end is {it.child.poll()}")
            time.sleep(0.02)
        if ask(ECHO_PORT, b"hello", 10) != b"hello":
            raise Failed("no echo")
        return it

    def end(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait(STEP_SECONDS)
            if child.stdout:
                child.stdout.close()


def ask(port: int, body: bytes, seconds: float) -> bytes:
    """What the guest's port answers; it is asked again while the interface has no way yet."""
    deadline = time.monotonic() + seconds
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.connect((GUEST, port))
        link.settimeout(seconds if port == PING_PORT else 0.2)
        while time.monotonic() < deadline:
            try:
                link.send(body)
                return link.recv(4096)
            except OSError:
                continue
    raise Failed(f"port {port} of the guest does not answer in {seconds} s")


def prepare(source: Qemu, target: "Qemu | None", *, shared: bool, pause: bool = False, bandwidth: int = FAST,
            mode: str = "normal") -> None:
    """Sets both sides of a migration up."""
    states = {"return-path": True, "events": True, "x-ignore-shared": shared, "pause-before-switchover": pause}
    for side in (source, target):
        if side is None:
            continue
        side.monitor.events.clear()
        capabilities = [{"capability": name, "state": state} for name, state in states.items()]
        side.monitor.execute("migrate-set-capabilities", {"capabilities": capabilities})
        parameters: "dict[str, typing.Any]" = {"max-bandwidth": bandwidth, "downtime-limit": 20, "mode": mode}
        side.monitor.execute("migrate-set-parameters", parameters)


def await_status(monitor: qmp.Monitor, *wanted: str) -> str:
    """Waits for a status of a migration, which comes as an event."""
    try:
        event = monitor.event("MIGRATION", seconds=STEP_SECONDS, where=lambda data: data["status"] in wanted)
    except TimeoutError:
        status = monitor.execute("query-migrate")
        raise Failed(f"the migration is not {' or '.join(wanted)}, but {status}") from None
    return str(event["data"]["status"])


def proceed(child: "subprocess.Popen[bytes]") -> None:
    """Lets a process that has stopped itself go on."""
    child.send_signal(signal.SIGCONT)


# More than a receive ring holds: a guest that is rung for by a descriptor that nobody hears is mute only then.
AFTER = 1100


@contextlib.contextmanager
def probing(name: str, rate: int, note: "collections.abc.Callable[[Count], None]") -> "collections.abc.Iterator[Prober]":
    """Probes before, while and after something happens, and hands on what was counted."""
    prober = Prober(rate)
    prober.start()
    try:
        prober.await_answers(50)
        yield prober
        prober.await_answers(AFTER)
    except (Failed, qmp.Refused, OSError, subprocess.SubprocessError) as problem:
        raise Failed(f"{name}: {problem}") from problem
    finally:
        count = prober.end()
        note(count)
        print(f"  {name:44} {count.sent:6} {count.lost:5} {count.twice:5} {count.late:5} {count.gap_ms:9.1f}", flush=True)


def head(wanted: argparse.Namespace) -> None:
    """The first line of a table of cases."""
    print(f"{'QEMU ' + wanted.qemu + ', ' + wanted.memory:46} {'probes':>6} {'lost':>5} {'twice':>5} {'late':>5} {'gap ms':>9}")


def parser(description: str, cases: "collections.abc.Iterable[str]") -> argparse.ArgumentParser:
    """What a script of cases is told."""
    it = argparse.ArgumentParser(description=description)
    it.add_argument("baton", help="the program")
    it.add_argument("--qemu", choices=["10", "11"], default="10")
    it.add_argument("--memory", choices=["memfd", "shared-file"], default="memfd")
    it.add_argument("--queues", type=int, default=1)
    it.add_argument("--rate", type=int, default=1000, help="probes a second")
    it.add_argument("--cases", default=",".join(cases), help="in this order: " + ", ".join(cases))
    return it


def parse(it: argparse.ArgumentParser, cases: "collections.abc.Iterable[str]") -> argparse.Namespace:
    wanted = it.parse_args()
    unknown = set(wanted.cases.split(",")) - set(cases)
    if unknown:
        it.error(f"--cases: {', '.join(sorted(unknown))}: not known")
    return wanted


Result = typing.TypeVar("Result")


def within(name: str, seconds: int, run: "collections.abc.Callable[[pathlib.Path], Result]") -> Result:
    """Runs in a folder of its own and within a time; what goes wrong ends the script with a line."""
    # Who is started with signals blocked starts others so, and a backend must hear SIGTERM.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"{name}: ended from outside"))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"{name}: not done after {seconds} s"))
    signal.alarm(seconds)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(pathlib.Path(folder))
        except (Failed, qmp.Refused, OSError, subprocess.SubprocessError) as problem:
            sys.exit(f"{name}: {problem}")
