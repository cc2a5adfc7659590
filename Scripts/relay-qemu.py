#!/usr/bin/env python3
"""Replaces QEMUs under their guest with `baton relay`, and lets everything fail that can.

Usage: Scripts/demo-qemu.sh relay BATON [options]: in a network namespace of its own.

Probes flow all the time; after each case they must flow again, and one QEMU alone may have the guest. Exit code 1 when
it is otherwise, 77 when the QEMU cannot be had.
"""

import argparse
import collections.abc
import contextlib
import json
import os
import pathlib
import re
import select
import shlex
import signal
import subprocess
import sys
import time
import typing

import qemulab
import qmp
from qemulab import Count, Failed, Lab, Prober, Qemu

ALL_SECONDS = 400
# Where a relay is killed: before the effects of entering the state are performed.
PLACES = ("launching", "comparing", "preparing", "setup", "active", "verifying", "device", "asking", "retiring")
# So slow that a migration stays active, in MiB a second.
SLOW = "1"


class Relays:
    """The lab, and who runs the guest now."""

    def __init__(self, lab: Lab, rate: int) -> None:
        self.lab, self.rate = lab, rate
        self.lost = self.twice = self.cases = 0
        self.backend = lab.backend()
        # The number of the last QEMU, and of the one that has the guest.
        self.count = self.here = 1
        # What the next QEMU is, and has more than the lab's.
        self.version, self.device, self.tap = lab.version, "", ""
        self.more: "list[str]" = []
        self.guest = self.boot().monitor

    def boot(self) -> Qemu:
        child = self.lab.start(self.command())
        return self.lab.await_guest(Qemu(child, self.monitor(), self.lab.folder / (self.name() + ".console")))

    def anew(self) -> None:
        """Another guest, in the place of this one."""
        self.guest.close()
        self.signal(self.here, "KILL")
        self.count += 1
        self.here = self.count
        self.guest = self.boot().monitor

    def name(self) -> str:
        return f"qemu{self.count}"

    def relay_socket(self, count: int) -> str:
        return self.lab.path(f"relay{count}.qmp")

    def pattern(self, number: int) -> str:
        """What the command line of this QEMU alone has."""
        return "qemu-system-x86_64.*" + self.relay_socket(number) + ","

    def signal(self, number: int, name: str) -> None:
        subprocess.run(["pkill", "-" + name, "-f", self.pattern(number)], check=True)

    def gone(self, number: int) -> None:
        found = subprocess.run(["pgrep", "-f", self.pattern(number)], stdout=subprocess.PIPE, text=True)
        if found.stdout:
            raise Failed(f"QEMU {number} is still there: process {found.stdout.split()}")

    def command(self, device: str = "") -> "list[str]":
        more = ["-qmp", f"unix:{self.relay_socket(self.count)},server=on,wait=off"]
        return self.lab.qemu_command(self.name(), device + self.device, self.version, self.tap) + self.more + more

    def monitor(self) -> qmp.Monitor:
        return qmp.Monitor(self.lab.path(self.name() + ".qmp"), seconds=qemulab.STEP_SECONDS)

    def relay(self, *more: str, device: str = "") -> "subprocess.Popen[str]":
        """A relay to the next QEMU, which has its monitor for the relay and one for us."""
        command = [self.lab.baton, "relay", "--from", self.relay_socket(self.count), "--json", self.lab.path("json")]
        self.count += 1
        command += ["--to", self.relay_socket(self.count), "--exec", shlex.join(self.command(device)), *more]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def again(self, former: "subprocess.Popen[str]", *more: str) -> "subprocess.Popen[str]":
        """The same relay once more, from its beginning to its end."""
        words = list(typing.cast("list[str]", former.args))
        for option in ("--stop-at", "--patience", "--bandwidth"):
            if option in words:
                place = words.index(option)
                del words[place:place + 2]
        words += more
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def moved(self, relay: "subprocess.Popen[str]", status: str = "running") -> "dict[str, typing.Any]":
        """The relay has moved the guest: the source is gone, and the target runs it."""
        self.ends(relay, 0)
        self.gone(self.here)
        self.here = self.count
        self.guest.close()
        report = json.loads(pathlib.Path(self.lab.path("json")).read_text())
        if report["guest"] != "target":
            raise Failed(f"the guest is not at the target: {report}")
        self.guest = self.monitor()
        self.runs(status)
        if status == "paused":
            self.guest.execute("cont")
        return report

    def stayed(self, relay: "subprocess.Popen[str]", code: int, *words: str) -> None:
        """The relay has given up: the source runs the guest, and there is no target."""
        errors = self.ends(relay, code)
        for word in words:
            if not re.search(word, errors):
                raise Failed(f"no `{word}` in {errors!r}")
        self.runs()
        self.gone(self.count)
        self.count -= 1

    def runs(self, expected: str = "running") -> None:
        if (status := self.guest.execute("query-status")["status"]) != expected:
            raise Failed(f"the guest is {status}, not {expected}")

    def ends(self, relay: "subprocess.Popen[str]", code: int) -> str:
        output, errors = relay.communicate(timeout=qemulab.BOOT_SECONDS)
        if relay.returncode != code:
            raise Failed(f"the relay ends with {relay.returncode}, not {code}:\n{output}{errors}")
        return errors

    def case(self, name: str) -> "contextlib.AbstractContextManager[Prober]":
        return qemulab.probing(name, self.rate, self.note)

    def note(self, count: Count) -> None:
        self.cases += 1
        self.lost += count.lost
        self.twice += count.twice


def await_line(relay: "subprocess.Popen[str]", start: str) -> None:
    """Reads the relay's output up to a line that begins so, and no further: what a buffer holds, select(2) does not see."""
    assert relay.stdout is not None
    output, line = relay.stdout.fileno(), b""
    deadline = time.monotonic() + qemulab.STEP_SECONDS
    while select.select([output], [], [], max(0.0, deadline - time.monotonic()))[0]:
        byte = os.read(output, 1)
        if byte == b"\n":
            if line.decode().startswith(start):
                return
            line = b""
        elif byte:
            line += byte
        else:
            break
    raise Failed(f"the relay does not say `{start}`: {relay.poll()}, and said {line!r} last")


def moves(relays: Relays) -> None:
    for number in range(3):
        with relays.case(f"moved, {number + 1}"):
            report = relays.moved(relays.relay())
        print(f"    still {report.get('stop-to-resume-ms')} ms, {report['migration'].get('total-time')} ms in all")


def dry(relays: Relays) -> None:
    with relays.case("dry run"):
        relays.stayed(relays.relay("--dry-run"), 0)


def differs(relays: Relays) -> None:
    with relays.case("another device"):
        relays.stayed(
            relays.relay(device=",mrg_rxbuf=off"), 3, "mrg_rxbuf: true at the source, false at the target")


def quits(relays: Relays) -> None:
    for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")):
        with relays.case(f"{name} while it is active"):
            relay = relays.relay("--bandwidth", SLOW)
            await_line(relay, "active")
            relay.send_signal(number)
            relays.stayed(relay, 1, "not wanted any more")


def dead_targets(relays: Relays) -> None:
    with relays.case("target killed while it is active"):
        relay = relays.relay("--bandwidth", SLOW)
        await_line(relay, "active")
        relays.signal(relays.count, "KILL")
        relays.stayed(relay, 1, "the target has ended")
    with relays.case("a target that does not start"):
        words = relays.relay("--bandwidth", SLOW, device=",nonsense=1")
        relays.stayed(words, 1, "nonsense")


def dead_relays(relays: Relays) -> None:
    for place in PLACES:
        with relays.case(f"relay killed at {place}, and again"):
            relay = relays.relay("--stop-at", f"Relay/{place}")
            await_line(relay, "stopping at")
            relay.kill()
            relay.communicate()
            relays.moved(relays.again(relay))


def hanging(relays: Relays) -> None:
    """Who hangs is waited for, or given up; a relay that could not find out is started again."""
    with relays.case("target that hangs, and SIGINT"):
        relay = relays.relay("--bandwidth", SLOW)
        await_line(relay, "active")
        relays.signal(relays.count, "STOP")
        relay.send_signal(signal.SIGINT)
        relays.stayed(relay, 1, "not wanted any more")
    for what, dies in (("source", False), ("source with a dead target", True)):
        hung_source(relays, what, dies)


def hung_source(relays: Relays, what: str, dies: bool) -> None:
    relay = relays.relay("--bandwidth", SLOW, "--patience", "3")
    await_line(relay, "active")
    relays.signal(relays.here, "STOP")
    relay.send_signal(signal.SIGINT)
    relays.ends(relay, 5)
    if dies:
        relays.signal(relays.count, "KILL")
    relays.signal(relays.here, "CONT")
    with relays.case(f"{what} that hung, and a relay again"):
        # What it was told before may be carried out only now, and then the first one finds a target that has ended.
        again = relays.again(relay)
        said = "".join(again.communicate(timeout=qemulab.BOOT_SECONDS))
        if again.returncode not in (0, 1):
            raise Failed(f"the relay ends with {again.returncode}:\n{said}")
        if again.returncode == 1:
            relays.runs()
            again = relays.again(relay)
        relays.moved(again)


def two(relays: Relays) -> None:
    """The source's monitor has one client: a second relay finds it taken, and spoils nothing."""
    with relays.case("two relays at once"):
        first = relays.relay("--bandwidth", SLOW)
        await_line(first, "active")
        second = relays.again(first, "--patience", "2")
        relays.ends(second, 5)
        first.send_signal(signal.SIGINT)
        relays.stayed(first, 1, "not wanted any more")


def paused(relays: Relays) -> None:
    """A guest that is paused is moved paused, and stays so when that fails."""
    relays.guest.execute("stop")
    relay = relays.relay("--bandwidth", SLOW)
    await_line(relay, "active")
    relays.signal(relays.count, "KILL")
    relays.ends(relay, 1)
    relays.gone(relays.count)
    relays.count -= 1
    if (status := relays.guest.execute("query-status")["status"]) != "paused":
        raise Failed(f"the source is {status}, and was paused")
    relays.moved(relays.relay(), status="paused")
    with relays.case("a paused guest, moved, and continued"):
        pass


def dead_source(relays: Relays) -> None:
    relay = relays.relay("--bandwidth", SLOW)
    await_line(relay, "active")
    relays.signal(relays.here, "KILL")
    relays.ends(relay, 4)
    relays.gone(relays.count)
    print("  source killed while it is active: the guest is in neither, and said so")


def upgrade(relays: Relays) -> None:
    """Between two releases of QEMU, with the older one's machine.

    All queues of Debian's QEMU 10.0 have 1024 entries and 11.1 takes no more than its options make, so that a guest
    that began in 10.0 cannot go; one that began in 11.1 can, to 10.0 and back.
    """
    former, relays.version = relays.version, "10"
    relays.more = ["-machine", "type=pc-i440fx-10.0"]
    relays.anew()
    relays.version = "11"
    with relays.case("from QEMU 10 to 11: queues too long"):
        relays.stayed(relays.relay(), 1, "1024 exceeds allocated max")
    relays.anew()
    for version in ("10", "11"):
        relays.version = version
        with relays.case(f"to QEMU {version}"):
            report = relays.moved(relays.relay())
        if (found := relays.guest.execute("query-version")["qemu"]["major"]) != int(version):
            raise Failed(f"the guest is in QEMU {found}")
        print(f"    still {report.get('stop-to-resume-ms')} ms, {report['migration'].get('total-time')} ms in all")
    relays.version = former


def taps(relays: Relays) -> None:
    """With a TAP for each QEMU on a bridge: what is lost is said before, and counted here."""
    for command in (
        "link add br0 type bridge", f"addr del {qemulab.HOST}/24 dev {qemulab.TAP}", f"addr add {qemulab.HOST}/24 dev br0",
        "link set br0 up", f"neigh replace {qemulab.GUEST} lladdr {qemulab.MAC} dev br0 nud permanent",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    several = ["multi_queue"] if relays.lab.queues > 1 else []
    for number in range(2):
        subprocess.run(["ip", "tuntap", "add", "dev", f"plain{number}", "mode", "tap", "vnet_hdr", *several], check=True)
        subprocess.run(["ip", "link", "set", f"plain{number}", "up", "master", "br0"], check=True)
    relays.tap = "plain0"
    relays.anew()
    counts: "list[Count]" = []
    for number in (1, 0, 1):
        former, relays.tap = relays.tap, f"plain{number}"
        with qemulab.probing(f"a TAP of its own, {former} to {relays.tap}", relays.rate, counts.append):
            report = relays.moved(relays.relay())
        said = f"(n0, tap {former}, then n0, tap {relays.tap}): what comes between stop and resume is lost"
        if not any(said in line for line in report["network"]):
            raise Failed(f"no `{said}` in {report['network']}")
        print(f"    still {report.get('stop-to-resume-ms')} ms")
    if any(count.twice for count in counts):
        raise Failed("frames came twice")


CASES: "dict[str, collections.abc.Callable[[Relays], None]]" = {
    "move": moves, "dry": dry, "differs": differs, "quit": quits, "target": dead_targets, "relay": dead_relays,
    "hang": hanging, "two": two, "paused": paused, "source": dead_source,
}
# What needs two QEMUs, or loses frames, is asked for by name.
MORE = {"upgrade": upgrade, "taps": taps}


def run(wanted: argparse.Namespace, folder: pathlib.Path) -> int:
    lab = Lab(wanted.baton, wanted.qemu, wanted.memory, wanted.queues, folder)
    try:
        relays = Relays(lab, wanted.rate)
        qemulab.head(wanted)
        for name in wanted.cases.split(","):
            (CASES | MORE)[name](relays)
        print(f"{relays.cases} cases: {relays.lost} lost, {relays.twice} twice")
        return 1 if relays.lost or relays.twice else 0
    finally:
        subprocess.run(["pkill", "-KILL", "-f", str(folder)], check=False)
        lab.end()


def main() -> int:
    it = qemulab.parser("Replaces QEMUs under their guest with `baton relay`.", CASES)
    it.epilog = "More cases: " + ", ".join(MORE)
    wanted = qemulab.parse(it, CASES | MORE)
    return qemulab.within("relay-qemu", ALL_SECONDS, lambda folder: run(wanted, folder))


if __name__ == "__main__":
    sys.exit(main())
