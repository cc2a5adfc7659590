#!/usr/bin/env python3
"""Fails and cancels migrations of an unmodified QEMU, and kills QEMUs and backends, under one running guest.

Usage: Scripts/demo-qemu.sh faults BATON [options]: in a network namespace of its own.

After each case probes must flow again, and as many must be lost as docs/VHOST-USER.md says. Exit code 1 when it is
otherwise, 77 when the QEMU cannot be had.
"""

import argparse
import collections.abc
import contextlib
import dataclasses
import json
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

import qemulab
import qmp
from qemulab import AFTER, Backend, Count, Failed, Lab, Prober, Qemu, await_status, prepare

ALL_SECONDS = 280
PHASES = ("greet", "offer", "active", "switch", "offered", "taken", "running")
# Where a process stops itself, so that it is this phase and stays so: a chart's state, and whether its effects are
# performed. A target that is to die at `offered` must not take the guest before.
OUTGOING = {"greet": ("greeting", True), "offer": ("offering", True), "active": ("active", True),
            "switch": ("saving", False), "offered": ("offered", True)}
INCOMING = {"taken": "taken", "running": "completed"}
# Of these deaths a process is left that has the guest.
SURVIVED = {("old", "offered"), ("old", "taken"), ("old", "running"),
            *(("new", phase) for phase in PHASES if phase != "running")}


@dataclasses.dataclass
class Row:
    """A case, and what was counted."""

    name: str
    may_lose: bool
    count: Count


class Faults:
    """The lab, who serves and who runs the guest now, and what was counted so far."""

    def __init__(self, lab: Lab, rate: int) -> None:
        self.lab = lab
        self.rate = rate
        self.rows: "list[Row]" = []
        self.backend: Backend = lab.backend()
        self.guest: Qemu = lab.boot()

    @property
    def shared(self) -> bool:
        return self.lab.memory != "memfd"

    def case(self, name: str, may_lose: bool = False) -> "contextlib.AbstractContextManager[Prober]":
        """Probes before, while and after something happens."""
        return qemulab.probing(name, self.rate, lambda count: self.rows.append(Row(name, may_lose, count)))

    def target(self, device: str = "", **settings: typing.Any) -> Qemu:
        """A second QEMU, with a migration to it under way."""
        target, _ = self.lab.qemu("-incoming", "defer", device=device)
        prepare(self.guest, target, shared=self.shared, **settings)
        uri = "unix:" + self.lab.path("migration")
        target.monitor.execute("migrate-incoming", {"uri": uri})
        self.guest.monitor.execute("migrate", {"uri": uri})
        return target

    def stay(self, target: Qemu, *statuses: str) -> None:
        """The migration has come to nothing: the source runs the guest, and the target ends."""
        await_status(self.guest.monitor, *statuses)
        await_running(self.guest.monitor)
        ended(target)

    def migrate(self, leave: bool = True) -> Qemu:
        """The guest goes to another QEMU. The source, which has ended unless it is to stay."""
        target = self.target()
        self.complete(target)
        source, self.guest = self.guest, target
        if leave:
            quit_monitor(source)
        return source

    def complete(self, target: Qemu) -> None:
        """Waits until the source has completed the migration and the target runs."""
        if await_status(self.guest.monitor, "completed", "failed") != "completed":
            raise Failed(f"the migration failed: {self.guest.monitor.execute('query-migrate')}")
        await_running(target.monitor)


def await_running(monitor: qmp.Monitor) -> None:
    deadline = time.monotonic() + qemulab.STEP_SECONDS
    while monitor.execute("query-status")["status"] != "running":
        if time.monotonic() > deadline:
            raise Failed("the guest does not run: " + monitor.execute("query-status")["status"])
        time.sleep(0.005)


def ended(target: Qemu) -> None:
    """A target whose migration has failed may end by itself; it is not waited for."""
    with contextlib.suppress(OSError, qmp.Refused):
        target.monitor.execute("quit", seconds=5)
    target.child.wait(qemulab.STEP_SECONDS)
    target.monitor.close()


def quit_monitor(source: Qemu) -> None:
    source.monitor.execute("quit")
    source.child.wait(qemulab.STEP_SECONDS)
    source.monitor.close()


# --- cases: migrations of QEMU

# A source whose own write notices that the cancel has closed the channel, before the cancel has set the status, calls
# the migration failed.
CANCELLED = ("cancelled", "failed")


def cancels(faults: Faults) -> None:
    with faults.case("migration cancelled while active"):
        target = faults.target(bandwidth=qemulab.SLOW)
        await_status(faults.guest.monitor, "active")
        faults.guest.monitor.execute("migrate_cancel")
        faults.stay(target, *CANCELLED)
    with faults.case("migration cancelled before the switchover"):
        target = faults.target(pause=True)
        await_status(faults.guest.monitor, "pre-switchover")
        faults.guest.monitor.execute("migrate_cancel")
        faults.stay(target, *CANCELLED)
    with faults.case("then migrated"):
        faults.migrate()


def dead_targets(faults: Faults) -> None:
    with faults.case("target killed while active"):
        target = faults.target(bandwidth=qemulab.SLOW)
        await_status(faults.guest.monitor, "active")
        target.kill()
        await_status(faults.guest.monitor, "failed")
        await_running(faults.guest.monitor)
    with faults.case("target killed before the switchover"):
        target = faults.target(pause=True)
        await_status(faults.guest.monitor, "pre-switchover")
        target.kill()
        # Version 10 hears of it by itself, or when it goes on; there is nobody to go on to.
        with contextlib.suppress(qmp.Refused):
            faults.guest.monitor.execute("migrate-continue", {"state": "pre-switchover"})
        await_status(faults.guest.monitor, "failed")
        await_running(faults.guest.monitor)
    with faults.case("then migrated"):
        faults.migrate()


def refusing_target(faults: Faults) -> None:
    with faults.case("target refuses the device's features"):
        target = faults.target(device=",guest_csum=off,guest_tso4=off,guest_tso6=off,guest_ecn=off,csum=off")
        faults.stay(target, "failed")
    with faults.case("then migrated"):
        faults.migrate()


def cpr(faults: Faults) -> None:
    with faults.case("migrated by cpr-transfer"):
        lab, source = faults.lab, faults.guest
        main, early = (address(lab.path(name)) for name in ("migration", "cpr"))
        words = ["-incoming", json.dumps(main), "-incoming", json.dumps({"channel-type": "cpr", "addr": early})]
        # It has no monitor before it has read what comes first.
        target, path = lab.qemu("-incoming", "unix:" + lab.path("migration"), *words[2:], monitor=False)
        await_path(lab.path("cpr"))
        prepare(source, None, shared=False, mode="cpr-transfer")
        channels = [{"channel-type": "main", "addr": main}, {"channel-type": "cpr", "addr": early}]
        source.monitor.execute("migrate", {"channels": channels})
        target = target._replace(monitor=qmp.Monitor(path, seconds=qemulab.STEP_SECONDS))
        faults.complete(target)
        faults.guest = target
        quit_monitor(source)
    with faults.case("then migrated"):
        faults.migrate()


def address(path: str) -> "dict[str, str]":
    return {"transport": "socket", "type": "unix", "path": path}


def await_path(path: str) -> None:
    deadline = time.monotonic() + qemulab.STEP_SECONDS
    while not pathlib.Path(path).exists():
        if time.monotonic() > deadline:
            raise Failed(f"nobody listens on {path}")
        time.sleep(0.01)


def dead_sources(faults: Faults) -> None:
    with faults.case("source killed after completion"):
        faults.migrate(leave=False).kill()
    target = faults.target(bandwidth=qemulab.SLOW)
    await_status(faults.guest.monitor, "active")
    faults.guest.kill()
    ended(target)
    # The guest is gone. The port is not: another one boots on it.
    faults.guest = faults.lab.boot()
    with faults.case("another guest after source killed while active"):
        faults.migrate()


# --- cases: deaths of backends

def dead_backend(faults: Faults) -> None:
    for number in range(2):
        with faults.case(f"backend killed, another started ({number + 1})", may_lose=True):
            faults.backend.kill()
            faults.backend = faults.lab.backend()
    with faults.case("then migrated"):
        faults.migrate()


def dead_takeovers(faults: Faults) -> None:
    for side in ("old", "new"):
        for phase in PHASES:
            survived = (side, phase) in SURVIVED
            with faults.case(f"{side} backend killed at `{phase}`", may_lose=not survived):
                die(faults, side, phase)
    with faults.case("then taken over"):
        old, faults.backend = faults.backend, faults.lab.backend("--takeover", faults.lab.path("control"))
        if old.child.wait(qemulab.STEP_SECONDS) != 0:
            raise Failed(f"the old backend has ended with {old.child.returncode}")


def die(faults: Faults, side: str, phase: str) -> None:
    """One dies when both have come to this phase; who is left has the guest, or another one is started."""
    old, new = begin_takeover(faults, side, phase)
    victim, survivor = (old, new) if side == "old" else (new, old)
    victim.kill()
    qemulab.proceed(survivor.child)
    if (side, phase) not in SURVIVED:
        # It has nothing, and says so.
        survivor.child.wait(qemulab.STEP_SECONDS)
        faults.backend = faults.lab.backend()
        return
    if survivor is new:
        new.await_line("ready")
    faults.backend = survivor
    if faults.lab.command("query-status")["front-ends"] != 1:
        raise Failed(f"the front-ends are {faults.lab.command('query-status')}")


def begin_takeover(faults: Faults, side: str, phase: str) -> "tuple[Backend, Backend]":
    """Both processes, stopped at the phase; who does not have to be stopped for it runs."""
    words = ["--takeover", faults.lab.path("control")]
    state = INCOMING.get(phase) or ("ready" if (side, phase) == ("new", "offered") else None)
    if state:
        words += ["--stop-at", f"Incoming/{state}"]
    if phase in OUTGOING:
        place, after = OUTGOING[phase]
        faults.lab.command("x-stop-at", **{"chart": "Outgoing", "state": place, "after-effects": after})
    new = faults.lab.backend(*words, ready=False)
    for each, stops in ((faults.backend, phase in OUTGOING), (new, state is not None)):
        if stops:
            each.await_line("stopping at")
    return faults.backend, new


# --- cases: pings

def pings(faults: Faults) -> None:
    """Both sides ping before, through and after a migration, the source still there and then gone."""
    with faults.case("pings both ways, through a migration"):
        ping_both()
        through: "dict[str, str]" = {}
        threads = [threading.Thread(target=lambda each=each: through.update({each.__name__: each(100)}), daemon=True)
                   for each in (ping_guest, ping_host)]
        for thread in threads:
            thread.start()
        source = faults.migrate(leave=False)
        ping_both()
        quit_monitor(source)
        ping_both()
        for thread in threads:
            thread.join(qemulab.STEP_SECONDS)
        if set(through.values()) != {"100 100"} or len(through) != 2:
            raise Failed(f"pings sent and answered through the migration: {through}")


def ping_both() -> None:
    for each in (ping_guest, ping_host):
        if each(1) != "1 1":
            raise Failed(f"{each.__name__} is not answered")


def ping_guest(count: int) -> str:
    """How many pings to the guest were sent and answered, one each 20 ms."""
    answered: "set[int]" = set()
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        for number in range(count):
            raw.sendto(echo_request(number), (qemulab.GUEST, 0))
            hear(raw, answered, 0.02, count)
        hear(raw, answered, 3, count)
    return f"{count} {len(answered)}"


def echo_request(number: int) -> bytes:
    """An ICMP echo request under a name of this process's."""
    total = 0x0800 + (os.getpid() & 0xFFFF) + number
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!BBHHH", 8, 0, ~total & 0xFFFF, os.getpid() & 0xFFFF, number)


def hear(raw: socket.socket, answered: "set[int]", seconds: float, count: int) -> None:
    """Notes the answers that come within this time, until all have come."""
    deadline = time.monotonic() + seconds
    while len(answered) < count:
        if not select.select([raw], [], [], max(0.0, deadline - time.monotonic()))[0]:
            return
        # Behind an IP header of 20 bytes.
        kind, _, _, name, number = struct.unpack("!BBHHH", raw.recv(4096)[20:28])
        if kind == 0 and name == os.getpid() & 0xFFFF:
            answered.add(number)


def ping_host(count: int) -> str:
    """The same from the guest to here."""
    said = qemulab.ask(qemulab.PING_PORT, f"{count} {qemulab.HOST}".encode(), qemulab.STEP_SECONDS)
    return summary(said.decode(errors="replace"))


def summary(text: str) -> str:
    for line in text.splitlines():
        if "packets transmitted" in line:
            words = line.replace(",", "").split()
            return f"{words[0]} {words[3]}"
    return f"no summary in {text!r}"


CASES: "dict[str, collections.abc.Callable[[Faults], None]]" = {
    "cancel": cancels, "target": dead_targets, "refuse": refusing_target, "cpr": cpr, "ping": pings,
    "backend": dead_backend, "takeover": dead_takeovers, "source": dead_sources,
}


def run(wanted: argparse.Namespace, folder: pathlib.Path) -> "list[Row]":
    lab = Lab(wanted.baton, wanted.qemu, wanted.memory, wanted.queues, folder)
    try:
        faults = Faults(lab, wanted.rate)
        qemulab.head(wanted)
        for name in wanted.cases.split(","):
            CASES[name](faults)
        quit_monitor(faults.guest)
        faults.backend.child.terminate()
        if faults.backend.child.wait(qemulab.STEP_SECONDS) != 0:
            raise Failed("the backend has not ended well")
        return faults.rows
    finally:
        lab.end()


def verdict(rows: "list[Row]") -> int:
    lost = sum(row.count.lost for row in rows if not row.may_lose)
    twice = sum(row.count.twice for row in rows)
    late = sum(row.count.late for row in rows if not row.may_lose)
    killed = [row.count.lost for row in rows if row.may_lose]
    print(f"{len(rows)} cases: {lost} lost where nothing may be, {twice} twice, {late} out of order;", end=" ")
    print(f"{sum(killed)} lost in {len(killed)} deaths of the only backend")
    return 1 if lost or twice or late else 0


def main() -> int:
    parser = qemulab.parser("Failures under a guest of an unmodified QEMU.", CASES)
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    wanted = qemulab.parse(parser, CASES)
    rows = qemulab.within("faults-qemu", ALL_SECONDS, lambda folder: run(wanted, folder))
    if wanted.json:
        pathlib.Path(wanted.json).write_text(json.dumps([dataclasses.asdict(row) for row in rows], indent=1) + "\n")
    return verdict(rows)


if __name__ == "__main__":
    sys.exit(main())
