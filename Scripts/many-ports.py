#!/usr/bin/env python3
"""Many ports in one process, each with a VMM and a guest that receives: what they cost, and how long each stands still
when another process takes all of them over.

A front-end of vhost-user that is not Baton's: it shares memory, sets rings and counts what arrives. Before, during and
after each takeover frames are sent into every TAP; all of them must arrive, once and in order. Everything happens in a
network namespace of its own: run it by Scripts/isolated.sh 300 TERM Scripts/many-ports.py BATON.
"""

import argparse
import array
import json
import mmap
import os
import pathlib
import resource
import select
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import qmp

GET_FEATURES, SET_FEATURES, SET_OWNER, SET_MEM_TABLE = 1, 2, 3, 5
SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE = 8, 9, 10
SET_VRING_KICK, SET_VRING_CALL = 12, 13
GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, SET_VRING_ENABLE = 15, 16, 18
VERSION_1, MERGEABLE, PROTOCOL_FEATURES = 1 << 32, 1 << 15, 1 << 30
RING, BUFFER = 64, 1024
# Where a ring's parts lie in the memory of a guest, which has 128 KiB.
DESCRIPTORS, AVAILABLE, USED, BUFFERS, MEMORY = 0, 0x1000, 0x2000, 0x4000, 0x20000
GUEST, USER = 0x1000_0000, 0x7F00_0000_0000
HEADER = 12
ETHERTYPE = 0x88B5  # for local experiments (IEEE 802)


class Failed(Exception):
    """Something is not as it must be."""


class FrontEnd:
    """One VMM with one guest, whose driver hands out buffers for frames and counts what comes."""

    def __init__(self, number: int, path: str) -> None:
        self.number = number
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.memory = os.memfd_create("guest", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.memory, MEMORY)
        self.map = mmap.mmap(self.memory, MEMORY)
        self.kicks = [os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK) for _ in range(2)]
        self.calls = [os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK) for _ in range(2)]
        self.used = 0
        self.frames: "list[int]" = []

    def say(self, request: int, payload: bytes = b"", lent: "tuple[int, ...]" = ()) -> None:
        more = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", lent))] if lent else []
        self.socket.sendmsg([struct.pack("<III", request, 1, len(payload)) + payload], more)

    def ask(self, request: int) -> int:
        self.say(request)
        answer = b""
        while len(answer) < 20:
            part = self.socket.recv(20 - len(answer))
            if not part:
                raise Failed(f"port {self.number} hung up")
            answer += part
        return struct.unpack_from("<Q", answer, 12)[0]

    def start(self) -> None:
        """As a VMM does whose guest's driver starts: memory, both rings, and a receive ring full of buffers."""
        offered = self.ask(GET_FEATURES)
        wanted = VERSION_1 | MERGEABLE | PROTOCOL_FEATURES
        if offered & wanted != wanted:
            raise Failed(f"port {self.number} offers {offered:#x}, without {wanted & ~offered:#x}")
        self.ask(GET_PROTOCOL_FEATURES)
        self.say(SET_PROTOCOL_FEATURES, struct.pack("<Q", 0))
        self.say(SET_OWNER)
        self.say(SET_FEATURES, struct.pack("<Q", wanted))
        self.say(SET_MEM_TABLE, struct.pack("<IIQQQQ", 1, 0, GUEST, MEMORY, USER, 0), (self.memory,))
        for slot in range(RING):
            # Written by the device.
            struct.pack_into("<QIHH", self.map, DESCRIPTORS + 16 * slot, GUEST + BUFFERS + BUFFER * slot, BUFFER, 2, 0)
            struct.pack_into("<H", self.map, AVAILABLE + 4 + 2 * slot, slot)
        struct.pack_into("<HH", self.map, AVAILABLE, 0, RING)
        for ring in range(2):
            # The transmit ring is empty, in a part of the memory of its own.
            base = USER + (MEMORY // 2 + 0xC000 if ring else 0)
            self.say(SET_VRING_NUM, struct.pack("<II", ring, RING))
            self.say(SET_VRING_BASE, struct.pack("<II", ring, 0))
            parts = (base + (0 if ring else DESCRIPTORS), base + (0x800 if ring else USED), base + (0x600 if ring else AVAILABLE))
            self.say(SET_VRING_ADDR, struct.pack("<IIQQQQ", ring, 0, *parts, 0))
            self.say(SET_VRING_KICK, struct.pack("<Q", ring), (self.kicks[ring],))
            self.say(SET_VRING_CALL, struct.pack("<Q", ring), (self.calls[ring],))
        for ring in range(2):
            self.say(SET_VRING_ENABLE, struct.pack("<II", ring, 1))
        os.eventfd_write(self.kicks[0], 1)

    def look(self) -> None:
        """Takes what has come, and gives the buffers back."""
        (now,) = struct.unpack_from("<H", self.map, USED + 2)
        came = False
        while self.used != now:
            slot, length = struct.unpack_from("<II", self.map, USED + 4 + 8 * (self.used % RING))
            frame = self.map[BUFFERS + BUFFER * slot + HEADER : BUFFERS + BUFFER * slot + length]
            if frame[12:14] == ETHERTYPE.to_bytes(2, "big"):
                self.frames.append(int.from_bytes(frame[14:18], "big"))
            (index,) = struct.unpack_from("<H", self.map, AVAILABLE + 2)
            struct.pack_into("<H", self.map, AVAILABLE + 4 + 2 * (index % RING), slot)
            struct.pack_into("<H", self.map, AVAILABLE + 2, (index + 1) & 0xFFFF)
            self.used = (self.used + 1) & 0xFFFF
            came = True
        if came:
            os.eventfd_write(self.kicks[0], 1)


class Many:
    """A process with many ports, and all their VMMs."""

    def __init__(self, baton: str, count: int, folder: pathlib.Path) -> None:
        self.baton, self.count, self.folder = baton, count, folder
        self.process: "subprocess.Popen[str] | None" = None
        self.monitor: "qmp.Monitor | None" = None
        self.sent = 0
        self.round = 0
        ports = [{"name": f"p{n}", "socket": str(folder / f"{n}.sock"), "tap": f"t{n}"} for n in range(count)]
        (folder / "ports.json").write_text(json.dumps({"ports": ports}))

    def begin(self) -> float:
        """A process, the first or one that takes over; how long until it serves, in seconds."""
        former = self.round
        self.round += 1
        command = [self.baton, "net", "--config", str(self.folder / "ports.json"), "--control", str(self.folder / f"{self.round}.qmp")]
        if former:
            command += ["--takeover", str(self.folder / f"{former}.qmp")]
        errors = self.folder / f"{self.round}.log"
        begin = time.monotonic()
        with errors.open("w") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line.startswith("ready"):
                raise Failed(f"{' '.join(command)}: {line}{errors.read_text()[-2000:]}")
            seconds = time.monotonic() - begin
            if self.process and self.process.wait(timeout=60) != 0:
                raise Failed(f"the former process ended with {self.process.returncode}")
        except BaseException:
            process.kill()
            raise
        if self.monitor:
            self.monitor.close()
        self.process = process
        self.monitor = qmp.Monitor(str(self.folder / f"{self.round}.qmp"))
        return seconds

    def memory(self) -> int:
        """Resident memory of the process without what guests share, in bytes."""
        text = pathlib.Path(f"/proc/{self.process.pid if self.process else 0}/status").read_text()
        return 1024 * int(next(line.split()[1] for line in text.splitlines() if line.startswith("RssAnon")))

    def processor(self) -> float:
        """What the process has had of the processor, in seconds."""
        words = pathlib.Path(f"/proc/{self.process.pid if self.process else 0}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def blackouts(self) -> "list[float]":
        """How long each port stood still in the last takeover, in milliseconds."""
        answer = self.monitor.execute("query-migrate", seconds=60) if self.monitor else {}
        return [port["blackout-ns"] / 1e6 for port in answer["ports"].values()]


def arrived(front_ends: "list[FrontEnd]", sent: int, seconds: float = 30) -> None:
    """Waits until every guest has so many frames; each must come once, and in order."""
    poller = select.epoll()
    for index, front_end in enumerate(front_ends):
        poller.register(front_end.calls[0], select.EPOLLIN)
    by_number = {front_end.calls[0]: front_end for front_end in front_ends}
    deadline = time.monotonic() + seconds
    for front_end in front_ends:
        front_end.look()
    while any(len(front_end.frames) < sent for front_end in front_ends):
        left = deadline - time.monotonic()
        if left <= 0:
            lost = {front_end.number: sent - len(front_end.frames) for front_end in front_ends if len(front_end.frames) < sent}
            raise Failed(f"of {sent} frames each, ports lack {dict(list(lost.items())[:10])}, {len(lost)} ports in all")
        for number, _ in poller.poll(left):
            os.eventfd_read(number)
            by_number[number].look()
    poller.close()
    for front_end in front_ends:
        if front_end.frames != list(range(sent)):
            raise Failed(f"port {front_end.number} had {front_end.frames}")


def run(wanted: argparse.Namespace, folder: pathlib.Path) -> int:
    many = Many(wanted.baton, wanted.ports, folder)
    front_ends: "list[FrontEnd]" = []
    packets: "list[socket.socket]" = []
    try:
        opened = many.begin()
        bare = many.memory()
        for number in range(wanted.ports):
            front_end = FrontEnd(number, str(folder / f"{number}.sock"))
            front_ends.append(front_end)
            front_end.start()
            subprocess.run(["ip", "link", "set", f"t{number}", "up"], check=True)
            packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            packet.bind((f"t{number}", 0))
            packets.append(packet)

        def send(count: int) -> None:
            for _ in range(count):
                frame = b"\xff" * 6 + b"\x02" + b"\0" * 5 + ETHERTYPE.to_bytes(2, "big") + many.sent.to_bytes(4, "big")
                for packet in packets:
                    packet.send(frame.ljust(60, b"\0"))
                many.sent += 1

        send(2)
        arrived(front_ends, many.sent)
        served = many.memory()
        before = many.processor()
        select.select([], [], [], wanted.rest)  # Nothing happens, and that is what is measured.
        rest = many.processor() - before
        print(f"{wanted.ports} ports with a VMM each: open in {opened:.2f} s, {bare / wanted.ports / 1024:.1f} KiB a port, "
              f"{served / wanted.ports / 1024:.1f} KiB with its VMM, {rest:.2f} s of processor in {wanted.rest} s at rest")
        for _ in range(wanted.takeovers):
            # Frames that come while nobody looks wait in the TAPs.
            send(1)
            seconds = many.begin()
            send(1)
            arrived(front_ends, many.sent)
            still = sorted(many.blackouts())
            if len(still) != wanted.ports:
                raise Failed(f"{len(still)} blackouts of {wanted.ports} ports")
            print(f"  taken over in {seconds:.2f} s; each stood still {statistics.median(still):.2f} ms at the median, "
                  f"{still[-1]:.2f} ms at worst")
        print(f"{many.sent} frames to each guest, 0 lost, 0 twice, all in order")
        return 0
    finally:
        if many.process:
            many.process.terminate()
            many.process.wait(timeout=30)


def main() -> int:
    it = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    it.add_argument("baton", help="the command")
    it.add_argument("--ports", type=int, default=1000, metavar="N", help="how many (1000)")
    it.add_argument("--takeovers", type=int, default=3, metavar="N", help="how often (3)")
    it.add_argument("--rest", type=int, default=5, metavar="SECONDS", help="how long nothing happens (5)")
    wanted = it.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    needed = 16 * wanted.ports + 256
    if hard < needed:
        try:
            hard = needed
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, needed))
        except (OSError, ValueError):
            sys.exit(f"many-ports: {wanted.ports} ports need {needed} descriptors, the limit is {resource.getrlimit(resource.RLIMIT_NOFILE)[1]}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    # Else the kernel asks every TAP for routers, while nothing is to happen.
    pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
    with tempfile.TemporaryDirectory(prefix="baton-ports-") as folder:
        try:
            return run(wanted, pathlib.Path(folder))
        except (Failed, subprocess.TimeoutExpired) as error:
            print(f"many-ports: {error}", file=sys.stderr)
            return 1


if __name__ == "__main__":
    sys.exit(main())
