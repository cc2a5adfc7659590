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
import pathlib
import re
import select
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import typing

import qemulab
import qmp
from qemulab import Failed, Lab, Prober, Qemu

AFTER = 1100
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
        self.guest = self.boot().monitor

    def boot(self) -> Qemu:
        child = self.lab.start(self.command())
        return self.lab.await_guest(Qemu(child, self.monitor(), self.lab.folder / (self.name() + ".console")))

    def name(self) -> str:
        return f"qemu{self.count}"

    def relay_socket(self, count: int) -> str:
        return self.lab.path(f"relay{count}.qmp")

    def pattern(self, number: int) -> str:
        """What the command line of this QEMU alone has."""
        return "qemu-system-x86_64.*" + self.relay_socket(number) + ","

    def kill(self, number: int) -> None:
        subprocess.run(["pkill", "-KILL", "-f", self.pattern(number)], check=True)

    def gone(self, number: int) -> None:
        found = subprocess.run(["pgrep", "-f", self.pattern(number)], stdout=subprocess.PIPE, text=True)
        if found.stdout:
            raise Failed(f"QEMU {number} is still there: process {found.stdout.split()}")

    def command(self, device: str = "") -> "list[str]":
        more = ["-qmp", f"unix:{self.relay_socket(self.count)},server=on,wait=off"]
        return self.lab.qemu_command(self.name(), device) + more

    def monitor(self) -> qmp.Monitor:
        return qmp.Monitor(self.lab.path(self.name() + ".qmp"), seconds=qemulab.STEP_SECONDS)

    def relay(self, *more: str, device: str = "") -> "subprocess.Popen[str]":
        """A relay to the next QEMU, which has its monitor for the relay and one for us."""
        command = [self.lab.baton, "relay", "--from", self.relay_socket(self.count), "--json", self.lab.path("json")]
        self.count += 1
        command += ["--to", self.relay_socket(self.count), "--exec", shlex.join(self.command(device)), *more]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def again(self, former: "subprocess.Popen[str]") -> "subprocess.Popen[str]":
        """The same relay once more, from its beginning to its end."""
        words = list(typing.cast("list[str]", former.args))
        if "--stop-at" in words:
            place = words.index("--stop-at")
            del words[place:place + 2]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def moved(self, relay: "subprocess.Popen[str]") -> "dict[str, typing.Any]":
        """The relay has moved the guest: the source is gone, and the target runs it."""
        self.ends(relay, 0)
        self.gone(self.here)
        self.here = self.count
        self.guest.close()
        report = json.loads(pathlib.Path(self.lab.path("json")).read_text())
        if report["guest"] != "target":
            raise Failed(f"the guest is not at the target: {report}")
        self.guest = self.monitor()
        self.runs()
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

    def runs(self) -> None:
        if (status := self.guest.execute("query-status")["status"]) != "running":
            raise Failed(f"the guest is {status}")

    def ends(self, relay: "subprocess.Popen[str]", code: int) -> str:
        output, errors = relay.communicate(timeout=qemulab.BOOT_SECONDS)
        if relay.returncode != code:
            raise Failed(f"the relay ends with {relay.returncode}, not {code}:\n{output}{errors}")
        return errors

    @contextlib.contextmanager
    def case(self, name: str) -> "collections.abc.Iterator[Prober]":
        prober = Prober(self.rate)
        prober.start()
        try:
            prober.await_answers(50)
            yield prober
            prober.await_answers(AFTER)
        except (Failed, qmp.Refused, OSError, subprocess.SubprocessError) as problem:
            raise Failed(f"{name}: {problem}") from problem
        finally:
            count = prober.end()
            self.cases += 1
            self.lost += count.lost
            self.twice += count.twice
            print(f"  {name:44} {count.sent:6} {count.lost:5} {count.twice:5} {count.gap_ms:9.1f}", flush=True)


def await_line(relay: "subprocess.Popen[str]", start: str) -> None:
    """Reads the relay's output up to a line that begins so."""
    assert relay.stdout is not None
    deadline = time.monotonic() + qemulab.STEP_SECONDS
    while select.select([relay.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
        line = relay.stdout.readline()
        if line.startswith(start):
            return
        if not line:
            break
    raise Failed(f"the relay does not say `{start}`: {relay.poll()}")


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
        relays.kill(relays.count)
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


def dead_source(relays: Relays) -> None:
    relay = relays.relay("--bandwidth", SLOW)
    await_line(relay, "active")
    relays.kill(relays.here)
    relays.ends(relay, 4)
    relays.gone(relays.count)
    print("  source killed while it is active: the guest is in neither, and said so")


CASES: "dict[str, collections.abc.Callable[[Relays], None]]" = {
    "move": moves, "dry": dry, "differs": differs, "quit": quits, "target": dead_targets, "relay": dead_relays,
    "source": dead_source,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Replaces QEMUs under their guest with `baton relay`.")
    parser.add_argument("baton", help="the program")
    parser.add_argument("--qemu", choices=["10", "11"], default="10")
    parser.add_argument("--memory", choices=["memfd", "shared-file"], default="memfd")
    parser.add_argument("--queues", type=int, default=1)
    parser.add_argument("--rate", type=int, default=1000, help="probes a second")
    parser.add_argument("--cases", default=",".join(CASES), help="in this order: " + ", ".join(CASES))
    wanted = parser.parse_args()
    unknown = set(wanted.cases.split(",")) - set(CASES)
    if unknown:
        parser.error(f"--cases: {', '.join(sorted(unknown))}: not known")
    return wanted


def run(wanted: argparse.Namespace, folder: pathlib.Path) -> int:
    lab = Lab(wanted.baton, wanted.qemu, wanted.memory, wanted.queues, folder)
    try:
        relays = Relays(lab, wanted.rate)
        print(f"{'QEMU ' + wanted.qemu + ', ' + wanted.memory:46} {'probes':>6} {'lost':>5} {'twice':>5} {'gap ms':>9}")
        for name in wanted.cases.split(","):
            CASES[name](relays)
        print(f"{relays.cases} cases: {relays.lost} lost, {relays.twice} twice")
        return 1 if relays.lost or relays.twice else 0
    finally:
        subprocess.run(["pkill", "-KILL", "-f", str(folder)], check=False)
        lab.end()


def main() -> int:
    wanted = arguments()
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("relay-qemu: ended from outside"))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"relay-qemu: not done after {ALL_SECONDS} s"))
    signal.alarm(ALL_SECONDS)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return run(wanted, pathlib.Path(folder))
        except (Failed, qmp.Refused, OSError, subprocess.SubprocessError) as problem:
            sys.exit(f"relay-qemu: {problem}")


if __name__ == "__main__":
    sys.exit(main())
