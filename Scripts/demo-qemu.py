#!/usr/bin/env python3
"""Serves the guest of an unmodified QEMU by `baton net`, and replaces both under it: what is lost?

Usage: Scripts/demo-qemu.py BATON [options], in a network namespace of its own (make demo-qemu sees to that).

Boots the guest (Scripts/qemu.sh), probes it through the TAP by UDP echo, replaces the backend process N times, then
migrates QEMU N times to another one that connects to the same socket. Exit code 1 when a probe is lost or anything
does not succeed, 77 when the QEMU cannot be had.
"""

import argparse
import contextlib
import json
import multiprocessing
import pathlib
import select
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import qmp

HERE = pathlib.Path(__file__).resolve().parent
GUEST, HOST, MAC, TAP = "10.0.1.1", "10.0.1.2", "52:54:00:00:00:01", "tap0"
BOOT_SECONDS = 90
STEP_SECONDS = 60
# Between two steps, so that what a step has spoilt for good shows: a guest that was rung for by a descriptor that
# nobody hears any more is mute only when its receive ring is used up.
REST_SECONDS = 1.5


def probe(rate, flows, pipe):
    """Sends numbered datagrams at a steady rate, by each flow in turn, until it is told to stop; tells what came back,
    and when. The kernel and the guest keep the order of a flow: what comes behind a later one of its own is late."""
    sent, answers = [], {}
    # Once: what comes twice is counted.
    twice = late = 0
    with contextlib.ExitStack() as stack:
        links = [stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in range(flows)]
        newest = dict.fromkeys(links, -1)
        for link in links:
            link.connect((GUEST, 7))
            link.setblocking(False)
        began = time.monotonic()
        stop = None
        while stop is None or (time.monotonic() < stop and len(answers) < len(sent)):
            now = time.monotonic()
            if stop is None:
                while len(sent) < (now - began) * rate:
                    try:
                        links[len(sent) % flows].send(b"%08d" % len(sent) + bytes(56))
                    except (BlockingIOError, ConnectionRefusedError):
                        break
                    sent.append(time.monotonic())
                if pipe.poll():
                    pipe.recv()
                    stop = time.monotonic() + 3
            wait = 0.01 if stop else max(0, began + (len(sent) + 1) / rate - time.monotonic())
            for link in select.select(links, [], [], wait)[0]:
                try:
                    number = int(link.recv(4096)[:8])
                except (BlockingIOError, ConnectionRefusedError):
                    continue
                twice += number in answers
                late += number < newest[link]
                newest[link] = max(newest[link], number)
                answers.setdefault(number, time.monotonic())
    pipe.send((sent, answers, twice, late))


class Demo:
    def __init__(self, wanted, folder):
        self.wanted = wanted
        self.folder = folder
        self.children = []
        self.count = 0
        # So many that the TAP spreads them over all its queues.
        self.flows = 1 if wanted.queues == 1 else 4 * wanted.queues
        self.backends = 0
        self.rows = []

    def path(self, name):
        return str(self.folder / name)

    def start(self, command, **more):
        child = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, text=True, **more)
        self.children.append(child)
        return child

    def backend(self, *more):
        """A process `baton net` that serves; it says so in a line."""
        command = [self.wanted.baton, "net", "--socket", self.path("net.sock"), "--control", self.path("control")]
        command += ["--tap", TAP, "--queues", self.wanted.queues, "--log-level", "warning", *more]
        if self.wanted.report:
            self.backends += 1
            command += ["--name", f"backend{self.backends}", "--trace", self.path("trace")]
        child = self.start(command, stdout=subprocess.PIPE)
        if not select.select([child.stdout], [], [], STEP_SECONDS)[0] or not child.stdout.readline().startswith("ready"):
            sys.exit("demo-qemu: the backend does not become ready")
        return child

    def qemu(self, *more):
        """A QEMU with a connection to the backend, and its monitor."""
        self.count += 1
        name = f"qemu{self.count}"
        queues = self.wanted.queues
        memory = ["memfd"] if self.wanted.memory == "memfd" else ["shared-file", self.path("ram")]
        command = [HERE / "qemu.sh", "run", self.wanted.qemu, "--memory", *memory, "--queues", queues]
        command += ["--qmp", self.path(name + ".qmp"), "--serial", self.path(name + ".console")]
        command += ["-chardev", f"socket,id=c0,path={self.path('net.sock')}"]
        command += ["-netdev", f"vhost-user,chardev=c0,id=n0,queues={queues}"]
        device = f"virtio-net-pci,netdev=n0,mac={MAC},romfile="
        command += ["-device", device + (f",mq=on,vectors={2 * queues + 2}" if queues > 1 else ""), *more]
        child = self.start(command)
        return child, qmp.Monitor(self.path(name + ".qmp"), seconds=30), self.folder / (name + ".console")

    def await_guest(self, child, console):
        deadline = time.monotonic() + BOOT_SECONDS
        while time.monotonic() < deadline:
            if console.exists() and "guest ready" in console.read_text(errors="replace"):
                return
            if child.poll() is not None:
                sys.exit(f"demo-qemu: QEMU has ended with {child.returncode}")
            time.sleep(0.02)
        sys.exit(f"demo-qemu: no `guest ready` after {BOOT_SECONDS} s")

    def replace(self, former):
        """Another backend process takes over; how long the rings stood still, by the new one's word."""
        child = self.backend("--takeover", self.path("control"))
        if former.wait(STEP_SECONDS) != 0:
            sys.exit(f"demo-qemu: the former backend has ended with {former.returncode}")
        deadline = time.monotonic() + STEP_SECONDS
        while True:
            try:
                with qmp.Monitor(self.path("control")) as control:
                    answer = control.execute("query-migrate")
                    break
            except (ConnectionError, TimeoutError):
                if time.monotonic() > deadline:
                    sys.exit("demo-qemu: the new backend has no control socket")
                time.sleep(0.01)
        self.rows.append({"step": "backend replaced", "blackout_ms": answer["blackout-ns"] / 1e6})
        return child

    def migrate(self, former, monitor):
        """The guest goes to another QEMU; from its stop to its resume, by the words of both."""
        child, target, _ = self.qemu("-incoming", "defer")
        shared = self.wanted.memory != "memfd"
        capabilities = [{"capability": "return-path", "state": True}, {"capability": "x-ignore-shared", "state": shared}]
        for side in (monitor, target):
            side.execute("migrate-set-capabilities", {"capabilities": capabilities})
            side.execute("migrate-set-parameters", {"max-bandwidth": 10 << 30, "downtime-limit": 20})
        uri = "unix:" + self.path("migration")
        target.execute("migrate-incoming", {"uri": uri})
        monitor.execute("migrate", {"uri": uri})
        resumed = target.event("RESUME", seconds=STEP_SECONDS)
        deadline = time.monotonic() + STEP_SECONDS
        while monitor.execute("query-migrate")["status"] not in ("completed", "failed", "cancelled"):
            if time.monotonic() > deadline:
                sys.exit("demo-qemu: the migration does not end")
            time.sleep(0.02)
        if monitor.execute("query-migrate")["status"] != "completed":
            sys.exit(f"demo-qemu: {monitor.execute('query-migrate')}")
        stopped = monitor.event("STOP", seconds=5)
        monitor.execute("quit")
        former.wait(STEP_SECONDS)

        with qmp.Monitor(self.path("control")) as control:
            port = control.execute("query-ports")["ports"][0]

        def seconds(event):
            return event["timestamp"]["seconds"] + event["timestamp"]["microseconds"] / 1e6

        self.rows.append({
            "step": "QEMU migrated", "stop_resume_ms": 1000 * (seconds(resumed) - seconds(stopped)),
            "rings_ms": port["changeover-ns"] / 1e6, "own_ms": port["changeover-own-ns"] / 1e6,
            "processor_ms": port["changeover-processor-ns"] / 1e6,
        })
        return child, target

    def run(self):
        backend = self.backend()
        subprocess.run(["ip", "addr", "add", HOST + "/24", "dev", TAP], check=True)
        subprocess.run(["ip", "link", "set", TAP, "up"], check=True)
        began = time.monotonic()
        child, monitor, console = self.qemu()
        self.await_guest(child, console)
        version = monitor.execute("query-version")["qemu"]
        self.version = f"{version['major']}.{version['minor']}.{version['micro']}"
        print(f"QEMU {self.version} boots its guest on Baton in {time.monotonic() - began:.1f} s", flush=True)
        # The first echo: from here on all is counted.
        self.await_echo()
        here, there = multiprocessing.Pipe()
        prober = multiprocessing.Process(target=probe, args=(self.wanted.rate, self.flows, there))
        prober.start()
        steps = []
        time.sleep(REST_SECONDS)
        for number in range(self.wanted.takeovers + self.wanted.migrations):
            start = time.monotonic()
            if number < self.wanted.takeovers:
                backend = self.replace(backend)
            else:
                child, monitor = self.migrate(child, monitor)
            time.sleep(REST_SECONDS)
            steps.append((start, time.monotonic()))
            row = self.rows[-1]
            figure = row.get("blackout_ms", row.get("stop_resume_ms"))
            print(f"  {number + 1}. {row['step']}, {figure:.2f} ms", flush=True)
        here.send("stop")
        if not here.poll(30):
            sys.exit("demo-qemu: the prober does not answer")
        sent, answers, twice, late = here.recv()
        prober.join(10)
        self.tell(sent, answers, twice, late, steps)
        monitor.execute("quit")
        child.wait(STEP_SECONDS)
        backend.terminate()
        self.status = backend.wait(STEP_SECONDS)

    def await_echo(self):
        deadline = time.monotonic() + 10
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.connect((GUEST, 7))
            link.settimeout(0.2)
            while time.monotonic() < deadline:
                try:
                    link.send(b"hello")
                    link.recv(100)
                    return
                except (TimeoutError, ConnectionRefusedError):
                    continue
        sys.exit("demo-qemu: no echo")

    def tell(self, sent, answers, twice, late, steps):
        times = sorted(answers.values())
        gaps = list(zip(times, times[1:]))
        for row, (start, end) in zip(self.rows, steps):
            row["lost"] = sum(1 for number, at in enumerate(sent) if start <= at < end and number not in answers)
            row["gap_ms"] = max((1000 * (b - a) for a, b in gaps if start <= b < end), default=0.0)
        self.result = {
            "qemu": self.version, "memory": self.wanted.memory, "queues": self.wanted.queues, "sent": len(sent),
            "lost": len(sent) - len(answers), "twice": twice, "late": late,
            "round_trip_ms": statistics.median(1000 * (answers[n] - sent[n]) for n in answers) if answers else None,
            "steps": self.rows,
        }

    def report(self, file):
        """A page with the charts of all backends, which replays what they did, and the figures."""
        result = self.result
        facts = {"QEMU": result["qemu"], "probes": result["sent"], "lost": result["lost"], "twice": result["twice"],
                 "out of order": result["late"]}
        for step, key in (("backend replaced", "blackout_ms"), ("QEMU migrated", "stop_resume_ms")):
            values = [row[key] for row in result["steps"] if row["step"] == step]
            if values:
                facts[f"{step}, {len(values)} times"] = f"{statistics.median(values):.2f} ms"
        command = [self.wanted.baton, "trace", self.path("trace"), "--page", file, "--title", "A guest of QEMU on Baton"]
        for name, value in facts.items():
            command += ["--fact", f"{name}={value}"]
        subprocess.run(command, check=True, timeout=STEP_SECONDS)

    def end(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait(10)


def table(result):
    lines = [f"{'':18}{'times':>6}{'lost':>6}{'ms, median (worst)':>24}{'longest gap ms':>16}"]
    for step, key in (("backend replaced", "blackout_ms"), ("QEMU migrated", "stop_resume_ms")):
        rows = [row for row in result["steps"] if row["step"] == step]
        if not rows:
            continue
        values = [row[key] for row in rows]
        span = f"{statistics.median(values):.2f} ({max(values):.2f})"
        lost, gap = sum(row["lost"] for row in rows), max(row["gap_ms"] for row in rows)
        lines.append(f"{step:18}{len(rows):6}{lost:6}{span:>24}{gap:16.1f}")
    moves = [row for row in result["steps"] if "own_ms" in row]
    if moves:
        rings, own, used = ([row[key] for row in moves] for key in ("rings_ms", "own_ms", "processor_ms"))
        lines.append(f"of a migration no ring runs for {statistics.median(rings):.2f} ms ({max(rings):.2f}), "
                     f"in which the backend works {statistics.median(own):.3f} ms ({max(own):.3f}): "
                     f"{statistics.median(used):.3f} ms ({max(used):.3f}) of a processor, the rest it waits for one")
    lines.append("the rings of a replaced backend stand still so long; QEMU's own stop to resume when it migrates")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description="Replaces backend and QEMU under a running guest.")
    parser.add_argument("baton", help="the program")
    parser.add_argument("--qemu", choices=["10", "11"], default="10")
    parser.add_argument("--memory", choices=["memfd", "shared-file"], default="memfd",
                        help="memfd: QEMU copies it when it migrates; shared-file: both have it (x-ignore-shared)")
    parser.add_argument("--queues", type=int, default=1)
    parser.add_argument("--takeovers", type=int, default=5)
    parser.add_argument("--migrations", type=int, default=5)
    parser.add_argument("--rate", type=int, default=1000, help="probes a second")
    parser.add_argument("--json", metavar="FILE", help="write all figures there")
    parser.add_argument("--report", metavar="FILE", help="write a page there that replays what the backends did")
    wanted = parser.parse_args()
    # Whoever starts us from a thread that blocks signals hands that on, and nobody below would end when asked to.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("demo-qemu: ended from outside"))
    with tempfile.TemporaryDirectory(prefix="baton-qemu.") as folder:
        demo = Demo(wanted, pathlib.Path(folder))
        try:
            demo.run()
            if wanted.report:
                demo.report(wanted.report)
        finally:
            demo.end()
    result = demo.result
    if wanted.json:
        pathlib.Path(wanted.json).write_text(json.dumps(result, indent=2, sort_keys=True) + "\n")
    print(table(result))
    print(f"{result['sent']} probes, {result['lost']} lost, {result['twice']} twice, {result['late']} out of order; "
          f"median round trip {result['round_trip_ms']:.2f} ms")
    if result["lost"] or result["twice"] or result["late"] or demo.status != 0:
        sys.exit("demo-qemu: ✗ not all that was asked for happened")
    print("✓ all that was asked for happened")


if __name__ == "__main__":
    main()
