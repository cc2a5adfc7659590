#!/usr/bin/env python3
"""Boots stock kernels of Debian's in an emulated machine, and runs there what this machine's own kernel may not have.

Usage: Scripts/vm-test.sh [OPTION...]    fetches kernels and QEMU, builds, and runs this where nothing else is

Each kernel boots once and runs the cases one after the other. A case holds, fails, or is skipped, since its kernel
lacks something, which is named. Facts that a case has measured are printed with --facts, and stand in --json.
"""

import argparse
import dataclasses
import json
import lzma
import os
import pathlib
import re
import select
import subprocess
import sys
import time
import typing

import cpio
import qemulab

HERE = pathlib.Path(__file__).resolve().parent
KERNELS = ["5.10", "6.1", "6.12", "new"]
MODULES = ["tun", "vhost_net", "macvtap", "veth", "dummy", "bridge", "sch_netem", "sch_plug", "virtio_net"]
# Commands that tests start by these paths, and that busybox does not have, or not with these options.
COMMANDS = ["/usr/bin/timeout", "/usr/bin/env", "/usr/bin/unshare", "/usr/sbin/ip", "/usr/sbin/tc", "/bin/bash", "/bin/sleep", "/bin/true",
            "/bin/readlink", "/bin/sh"]
# An emulated processor of a busy machine; without a case it takes 5 to 15 seconds.
BOOT_SECONDS = 90
# An emulated processor that has a half or a quarter of a real one answers fewer probes than come at the usual rate: they
# wait for seconds in the TAP, and are lost when it is full; limits that fit an idle machine are passed.
BUSY_SLOWNESS = 4
LINK = 0o120000


class Case(typing.NamedTuple):
    """A script of the shell that runs in the machine, and for how many seconds at most."""

    about: str
    seconds: int
    script: str
    # Also part of a run with --quick.
    quick: bool = False


def tests(pattern: str, starter: str = "") -> str:
    # One after the other: their limits are meant for processors that are not emulated.
    return f"{starter}/baton/batonPackageTests.xctest --testing-library swift-testing --no-parallel --filter '{pattern}'\n"


# Probes that cross a cable come out of order on two emulated processors (docs/KERNELS.md).
ONE_PROCESSOR = "taskset 1 "


# What a demo has measured becomes facts; $1 stands before their names.
DEMO = r"""demo() {
  local name=$1 status=0
  shift
  # On one processor: on two emulated ones some probes came out of order (docs/KERNELS.md). A switch may take longer
  # there than the 300 ms after which a source kills its target.
  rm -f /tmp/trace
  taskset 1 /baton/baton demo --switch-ms $((5000 * BATON_SLOWNESS)) --trace /tmp/trace "$@" >/tmp/demo 2>&1 || status=$?
  cat /tmp/demo
  # What the machines of a demo that failed have done last: on a busy machine it may not fail again.
  [ "$status" = 0 ] || tail -n 80 /tmp/trace | cut -c 1-240
  sed -nE "s/^(handover [0-9]+): (.*)/fact $name\\1: \\2/p
    s/^(median .*[a-z]|probes sent|lost|duplicated|reordered|longest gap) {2,}(.*)/fact $name\\1: \\2/p" /tmp/demo
  return "$status"
}
"""


def demo(words: str) -> str:
    return DEMO + f"demo '' {words}\n"


# Each is a run of its own, since the survivor's next handover is part of it.
KILLS = DEMO + """for side in source target; do for phase in greet offer active switch offered taken running; do
demo "$side@$phase " --kill $side@$phase --rate $((200 / BATON_SLOWNESS)) --datapath kernel || exit
done; done
"""
# Python has been brought along where qemu.qmp is installed (Scripts/peers.sh).
QMP = """check() {
  [ -e /python/bin/python3 ] || { echo "missing: qemu.qmp from PyPI"; exit 77; }
  PYTHONHOME=/python /python/bin/python3 -S -B /python/check-qmp.py "$1" /baton/baton >/tmp/check
  local status=$?
  cat /tmp/check
  sed -nE "s/^functional: (.*)/fact functional: \\1/p" /tmp/check
  return $status
}
"""
CASES: "dict[str, Case]" = {
    "features": Case("what the kernel has", 20, "exec /bin/kernel\n", quick=True),
    "vhost": Case("what vhost-net does, and what remains when its owner is killed", 60, "exec /bin/vhost\n", quick=True),
    "macvtap": Case("macvtaps are opened by their names or given, and change hands", 120,
                    "export BATON_MACVTAP=1\n" + tests(r"^NetTests\.(Macvtap|TapNetwork)")),
    "macvtap-move": Case("a guest moves with its macvtap between processes, of which one is killed", 120,
                         "export BATON_MACVTAP=1\n" + tests(r"LabTests.*/MacvtapMoveTests", ONE_PROCESSOR)),
    "qdisc": Case("frames wait in sch_netem and sch_plug while a guest moves", 60,
                  "export BATON_QDISC=1\n" + tests(r"LabTests.*/QdiscMoveTests", ONE_PROCESSOR)),
    "demo": Case("a guest and its TAP change hands, under probes", 60, demo("--handovers 3 --rate $((200 / BATON_SLOWNESS))"), quick=True),
    "queues": Case("the same with four queues", 60, demo("--handovers 2 --queues 4 --rate $((200 / BATON_SLOWNESS))")),
    "source-killed": Case("the source is killed, and the target has the guest", 60,
                          demo("--kill source@taken --rate $((200 / BATON_SLOWNESS))"), quick=True),
    "target-killed": Case("the target is killed, and the source goes on", 60,
                          demo("--kill target@offered --rate $((200 / BATON_SLOWNESS))"), quick=True),
    "kernel": Case("the rings are served by vhost-net on both sides of five handovers", 90,
                   demo("--handovers 5 --rate $((200 / BATON_SLOWNESS)) --datapath kernel")),
    "kernel-queues": Case("the same with four queues", 90, demo("--handovers 2 --queues 4 --rate $((200 / BATON_SLOWNESS)) --datapath kernel")),
    "alternating": Case("a guest goes from vhost-net to a process and back, twice", 90,
                        demo("--handovers 4 --rate $((200 / BATON_SLOWNESS)) --datapath alternating")),
    "datapath": Case("the tests of devices whose rings vhost-net serves", 120, tests(r"^(NetTests\.Vhost|CoreTests\.SystemVhost)")),
    "kernel-killed": Case("source or target is killed in every phase, while vhost-net serves the rings", 600, KILLS),
    "core": Case("the tests of Core against the kernel", 150, tests(r"^CoreTests\.(System|Loop|Child|Sealed|Guest)")),
    "net": Case("the tests of TAPs", 120, tests(r"^NetTests\.Tap(Open|Inspect|Handover|Frame|Setting|Guard)")),
    "mig": Case("the tests of the channel and of handovers in one process", 120,
                tests(r"^MigTests\.(ChannelLifetime|Ownership|Handover(Send|Word|Order|Attempt))")),
    "functional": Case("qemu.qmp plugs a TAP of four queues into two hosts, whose rings vhost-net serves, and migrates", 120,
                       QMP + "check vhost\n", quick=True),
    "port": Case("a vhost-user port is served, moved to another process, and survives it", 120,
                 tests(r"LabTests.*/VhostUserTests|NetProcessTests/.(several|a port)")),
}


@dataclasses.dataclass
class Result:
    """What became of a case."""

    kernel: str
    case: str
    status: str = "failed"
    seconds: float = 0.0
    reason: str = ""
    facts: "dict[str, str]" = dataclasses.field(default_factory=dict)
    output: "list[str]" = dataclasses.field(default_factory=list)

    def line(self) -> str:
        mark = {"ok": "✔", "failed": "✘", "skipped": "➜"}[self.status]
        rest = f": {self.reason}" if self.reason else ""
        return f"{mark} {self.kernel} {self.case} {self.status} after {self.seconds:.1f} seconds{rest}"


class Initrd:
    """An archive with all that a machine runs: busybox, commands, their libraries, cases."""

    def __init__(self) -> None:
        self.archive = cpio.Archive()
        self.names: "set[str]" = set()

    def add(self, name: str, body: bytes, mode: int = cpio.FILE | 0o755) -> None:
        if name not in self.names:
            self.names.add(name)
            self.archive.add_folders(name)
            self.archive.add(name, mode, body)

    def add_program(self, name: str, file: str, folder: pathlib.Path) -> None:
        """A program without its symbols for debuggers, which are most of it, and the libraries that it needs."""
        small = folder / "stripped"
        subprocess.run(["strip", "--strip-debug", "-o", str(small), file], check=True)
        self.add(name, small.read_bytes())
        small.unlink()
        listed = subprocess.run(["ldd", file], check=False, capture_output=True, text=True).stdout
        for word in re.findall(r"(?:=> |^\s+)(/\S+) \(", listed, re.MULTILINE):
            self.add(word[1:], pathlib.Path(word).read_bytes())

    def write(self, target: pathlib.Path) -> None:
        self.archive.add_folders("dev/console")
        self.archive.add("dev/console", cpio.DEVICE | 0o600, device=(5, 1))
        self.archive.add("TRAILER!!!", 0)
        target.write_bytes(self.archive.data)


class Kernel:
    """A kernel and its modules, as kernels.sh has fetched them."""

    def __init__(self, version: str) -> None:
        self.version = version
        told = subprocess.run([str(HERE / "kernels.sh"), "folder", version], check=True, capture_output=True, text=True)
        self.folder = pathlib.Path(told.stdout.strip())
        if not (self.folder / "vmlinuz").exists():
            raise qemulab.Failed(f"there is no kernel {version} yet: Scripts/kernels.sh fetch {version}")
        self.files = {self.plain(file.name.partition(".ko")[0]): file for file in self.folder.glob("modules/**/*.ko*")}

    @staticmethod
    def plain(name: str) -> str:
        return name.replace("-", "_")

    def modules(self, wanted: "list[str]") -> "dict[str, bytes]":
        """These modules and what they need, by name, in the order in which they are loaded."""
        loaded: "dict[str, bytes]" = {}

        def load(name: str) -> None:
            file = self.files.get(self.plain(name))
            # One that is built into the kernel has no file.
            if file is None or file.stem in loaded:
                return
            body = file.read_bytes()
            body = lzma.decompress(body) if file.suffix == ".xz" else body
            needs = re.search(rb"\0depends=([^\0]*)\0", body)
            for need in needs[1].decode().split(",") if needs else []:
                load(need)
            loaded[self.plain(name)] = body

        for name in wanted:
            load(name)
        return loaded


class Bed:
    """What all machines of a run have in common."""

    def __init__(self, wanted: argparse.Namespace, folder: pathlib.Path) -> None:
        self.wanted, self.folder = wanted, folder
        self.programs = Initrd()
        build = pathlib.Path(wanted.tests)
        self.programs.add_program("baton/baton", wanted.baton, folder)
        if any("xctest" in CASES[name].script for name in wanted.case):
            self.programs.add_program("baton/batonPackageTests.xctest", str(build), folder)
        peers = HERE.parent / ".build/peers/bin/python"
        if any("/python/" in CASES[name].script for name in wanted.case) and peers.exists():
            self.add_python(peers)
        for command in COMMANDS:
            self.programs.add_program(command[1:], os.path.realpath(command), folder)
        for source in sorted((HERE / "bed").glob("*.c")):
            target = folder / source.stem
            subprocess.run(["cc", "-static", "-Os", "-s", "-Wall", "-Wextra", "-o", str(target), str(source)], check=True)
            self.programs.add("bin/" + source.stem, target.read_bytes())
        # A file that is no program, for tests that start it.
        self.programs.add("etc/passwd", b"root:x:0:0:root:/tmp:/bin/sh\n", cpio.FILE | 0o644)
        self.programs.add("init", (HERE / "bed" / "init").read_bytes())
        # Also multiplies the limits of demos and of tests with processes (Lab.slowness).
        self.programs.add("slowness", f"{wanted.slowness}\n".encode(), cpio.FILE | 0o644)
        limits = (f"{name} {CASES[name].seconds * wanted.slowness}\n" for name in wanted.case)
        self.programs.add("cases/list", "".join(limits).encode())
        for name in wanted.case:
            self.programs.add("cases/" + name, CASES[name].script.encode())

    def add_python(self, python: pathlib.Path) -> None:
        tree = self.folder / "python"
        subprocess.run([str(python), str(HERE / "interpreter.py"), str(HERE / "check-qmp.py"), str(tree)], check=True)
        for file in sorted(tree.glob("**/*")):
            name = str(file.relative_to(self.folder))
            if file.suffix == ".so" or file.parent.name == "bin":
                self.programs.add_program(name, str(file), self.folder)
            elif file.is_file():
                self.programs.add(name, file.read_bytes(), cpio.FILE | 0o644)

    def initrd(self, kernel: Kernel) -> pathlib.Path:
        """Of two archives one behind the other, which is what Linux unpacks."""
        own = Initrd()
        own.add("bin/busybox", (kernel.folder / "busybox").read_bytes())
        modules = kernel.modules(MODULES)
        own.add("modules/order", "".join(name + ".ko\n" for name in modules).encode())
        for name, body in modules.items():
            own.add(f"modules/{name}.ko", body)
        target = self.folder / "initrd"
        own.write(target)
        rest = self.folder / "rest"
        if not rest.exists():
            self.programs.write(rest)
        with target.open("ab") as file:
            file.write(rest.read_bytes())
        return target

    def boot(self, kernel: Kernel) -> "list[Result]":
        """Runs the cases on a kernel; those that a machine which has ended did not come to have failed."""
        console = self.folder / f"console-{kernel.version}"
        command = [str(HERE / "qemu.sh"), "run", "10", "--size", "2048", "--cpus", "2", "--serial", str(console)]
        command += ["--kernel", str(kernel.folder / "vmlinuz"), "--initrd", str(self.initrd(kernel)), "-serial", "stdio"]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        report = Report(kernel.version, self.wanted)
        try:
            report.read(child)
        finally:
            child.kill()
            child.wait()
        if report.missing:
            text = console.read_text(errors="replace") if console.exists() else ""
            print(f"{kernel.version}: what its kernel has printed last:\n{text[-3000:]}", flush=True)
        return report.results + report.missing


class Report:
    """Follows what a machine tells."""

    def __init__(self, kernel: str, wanted: argparse.Namespace) -> None:
        self.kernel, self.wanted = kernel, wanted
        self.results: "list[Result]" = []
        self.current: "Result | None" = None
        self.began = time.monotonic()
        self.limit = self.began + BOOT_SECONDS
        self.ended = "the machine has ended"

    def read(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stdout is not None
        rest = b""
        while True:
            if not select.select([child.stdout], [], [], max(0.0, self.limit - time.monotonic()))[0]:
                self.ended = "the machine told nothing in time"
                return
            part = os.read(child.stdout.fileno(), 65536)
            if not part:
                return
            *lines, rest = (rest + part).split(b"\n")
            for line in lines:
                self.take(line.decode(errors="replace").rstrip("\r"))

    def take(self, line: str) -> None:
        words = line.split()
        if line.startswith("@kernel "):
            print(f"{self.kernel}: Linux {words[1]} is up after {time.monotonic() - self.began:.1f} seconds", flush=True)
        elif line.startswith("@begin "):
            self.current = Result(self.kernel, words[1])
            self.began = time.monotonic()
            self.limit = self.began + CASES[words[1]].seconds * self.wanted.slowness + BOOT_SECONDS
        elif line.startswith("@end ") and self.current:
            self.end(self.current, int(words[2]))
            self.current = None
        elif line.startswith("fact ") and self.current:
            name, _, value = line[5:].rpartition(": ")
            self.current.facts[name] = value
        elif self.current:
            self.current.output.append(line)

    def end(self, it: Result, status: int) -> None:
        it.seconds = time.monotonic() - self.began
        it.status = {0: "ok", 77: "skipped"}.get(status, "failed")
        said = [line for line in it.output if "Test run with" in line or line.startswith("missing")]
        it.reason = said[-1].lstrip("✔✘ ") if said else ""
        if it.status == "failed":
            it.reason = {137: f"not done after {CASES[it.case].seconds * self.wanted.slowness} seconds", 70: "the kernel complains"}.get(
                status, it.reason or f"exit status {status}")
            print("\n".join("    " + line for line in it.output), flush=True)
        print(it.line(), flush=True)
        if self.wanted.facts:
            for name, value in it.facts.items():
                print(f"    {name}: {value}", flush=True)
        self.results.append(it)

    @property
    def missing(self) -> "list[Result]":
        told = {result.case for result in self.results}
        return [Result(self.kernel, name, reason=self.ended) for name in self.wanted.case if name not in told]


def run(wanted: argparse.Namespace, folder: pathlib.Path) -> int:
    bed = Bed(wanted, folder)
    results: "list[Result]" = []
    for version in wanted.kernel:
        found = bed.boot(Kernel(version))
        for result in found:
            if result.reason.startswith("the machine"):
                print(result.line(), flush=True)
        results += found
    if wanted.json:
        text = json.dumps([dataclasses.asdict(result) for result in results], indent=1, ensure_ascii=False)
        pathlib.Path(wanted.json).write_text(text + "\n", encoding="utf-8")
    counts = {status: sum(result.status == status for result in results) for status in ("ok", "failed", "skipped")}
    print(f"{counts['ok']} passed, {counts['failed']} failed, {counts['skipped']} skipped", flush=True)
    return 1 if counts["failed"] or not results else 0


def main() -> None:
    it = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    it.add_argument("--baton", required=True, help=argparse.SUPPRESS)
    it.add_argument("--tests", required=True, help=argparse.SUPPRESS)
    it.add_argument("--kernel", action="append", choices=KERNELS, help="this one; without it all of them, one after the other")
    it.add_argument("--case", action="append", choices=list(CASES), metavar="CASE",
                    help="this one; without it all: " + ", ".join(f"{name} ({case.about})" for name, case in CASES.items()))
    it.add_argument("--quick", action="store_true", help="only the cases that take seconds")
    it.add_argument("--facts", action="store_true", help="print what was measured as well")
    it.add_argument("--json", metavar="FILE", help="write the results into this file")
    it.add_argument("--slowness", type=int, choices=range(1, 21), metavar="N",
                    help="how often longer cases, and what they wait for, may take, and how often fewer probes are sent "
                    "(default: 1, or 4 where more wants to run than there are processors)")
    it.add_argument("--seconds", type=int, default=900, help="for all of it, as often longer as the slowness says (default: 900)")
    wanted = it.parse_args()
    wanted.kernel = wanted.kernel or KERNELS
    load = os.getloadavg()[0]
    wanted.slowness = wanted.slowness or (BUSY_SLOWNESS if load > (os.cpu_count() or 1) else 1)
    print(f"slowness {wanted.slowness}, at a load of {load:.1f}", flush=True)
    wanted.case = wanted.case or [name for name, case in CASES.items() if case.quick or not wanted.quick]
    sys.exit(qemulab.within("vm-test", wanted.seconds * wanted.slowness, lambda folder: run(wanted, folder)))


if __name__ == "__main__":
    main()
