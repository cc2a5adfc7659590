#!/usr/bin/env python3
"""TCP both ways between the host and a guest of an unmodified QEMU, whose network is passt's or Baton's, in turns.

Usage: Scripts/passt.sh bench BATON [--rounds N] [--seconds N] [--qemu 10|11] [--mtu N]
       [--json FILE]

In each round each back-end boots a guest and moves bytes: into the guest, which reads them to their end and says how
many there were, and out of it. Told are the bytes a second and the back-end's own processor time for each gigabyte;
ratios are those of one round, so that a busy machine is busy for both. The guest and the link have the same MTU with
both, 65520 bytes unless it is told, which is what passt gives its guests. passt ends the guest's connections itself and opens others, and Baton hands frames to
the host's kernel, so that what each does for a byte is not the same.

Runs in a network namespace of its own (Scripts/passt.sh sees to that); nothing leaves it.
"""

import argparse
import collections.abc
import contextlib
import json
import os
import pathlib
import socket
import statistics
import subprocess
import time
import typing

import qemulab
from qemulab import GUEST, HOST, MAC, TAP, Failed, HERE

STREAM_PORT, FORWARDED_PORT = 9, 9009
MTU, GATEWAY = 65520, "10.0.1.254"
CHUNK = bytes(256 * 1024)
TICKS = os.sysconf("SC_CLK_TCK")


class Moved(typing.NamedTuple):
    """What one way has moved."""

    megabytes_a_second: float
    processor_seconds_a_gigabyte: float


def processor_seconds(pid: int) -> float:
    """What a process has used with all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def into_guest(peer: socket.socket, seconds: float) -> "tuple[int, float]":
    """Bytes that the guest has read, and how long that took."""
    began = time.monotonic()
    peer.sendall(b"t")
    sent = 0
    while time.monotonic() < began + seconds:
        sent += peer.send(CHUNK)
    peer.shutdown(socket.SHUT_WR)
    answer = b""
    while not answer.endswith(b"\n"):
        part = peer.recv(64)
        if not part:
            raise Failed(f"the guest has not said how many of {sent} bytes it has read")
        answer += part
    if int(answer) != sent:
        raise Failed(f"the guest has read {int(answer)} bytes of {sent}")
    return sent, time.monotonic() - began


def out_of_guest(peer: socket.socket, seconds: float) -> "tuple[int, float]":
    """Bytes that came from the guest, and how long that took."""
    room = bytearray(len(CHUNK))
    peer.sendall(b"g")
    began = time.monotonic()
    received = 0
    while time.monotonic() < began + seconds:
        size = peer.recv_into(room)
        if size == 0:
            raise Failed(f"the guest has hung up after {received} bytes")
        received += size
    return received, time.monotonic() - began


def measure(
    move: "collections.abc.Callable[[socket.socket, float], tuple[int, float]]", place: "tuple[str, int]", pid: int,
    seconds: float,
) -> Moved:
    with socket.create_connection(place, timeout=seconds + 30) as peer:
        before = processor_seconds(pid)
        count, took = move(peer, seconds)
        return Moved(count / took / 1e6, (processor_seconds(pid) - before) / (count / 1e9))


def await_file(path: str, child: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + qemulab.STEP_SECONDS
    while not os.path.exists(path):
        if child.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"no socket {path}: the back-end's end is {child.poll()}")
        time.sleep(0.01)


@contextlib.contextmanager
def backend(name: str, baton: str, path: str, mtu: int) -> "collections.abc.Iterator[tuple[int, tuple[str, int]]]":
    """The back-end's process, and where the guest's port is found."""
    if name == "passt":
        command = [str(HERE / "passt.sh"), "run", "--foreground", "--quiet", "--vhost-user", "--socket", path, "-4"]
        command += ["--address", GUEST, "--netmask", "24", "--gateway", GATEWAY, "--mtu", str(mtu)]
        command += ["--tcp-ports", f"127.0.0.1/{FORWARDED_PORT}:{STREAM_PORT}"]
        place = ("127.0.0.1", FORWARDED_PORT)
    else:
        command = [baton, "net", "--socket", path, "--tap", TAP, "--log-level", "error"]
        place = (GUEST, STREAM_PORT)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        await_file(path, child)
        yield child.pid, place
    finally:
        child.terminate()
        child.wait(timeout=qemulab.STEP_SECONDS)
        pathlib.Path(path).unlink(missing_ok=True)


def one(name: str, wanted: argparse.Namespace, folder: pathlib.Path) -> "dict[str, Moved]":
    """A guest of one back-end, and both ways."""
    path, console = str(folder / "net.sock"), folder / "console"
    console.unlink(missing_ok=True)
    with backend(name, wanted.baton, path, wanted.mtu) as (pid, place):
        command = [str(HERE / "qemu.sh"), "run", wanted.qemu, "--serial", str(console)]
        command += ["--mtu", str(wanted.mtu), "--ping", GATEWAY if name == "passt" else HOST]
        command += ["-chardev", f"socket,id=c0,path={path}", "-netdev", "vhost-user,chardev=c0,id=n0"]
        command += ["-device", f"virtio-net-pci,netdev=n0,mac={MAC},romfile="]
        guest = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            deadline = time.monotonic() + qemulab.BOOT_SECONDS
            while not (console.exists() and "guest ready" in console.read_text(errors="replace")):
                if guest.poll() is not None or time.monotonic() > deadline:
                    raise Failed(f"{name}: no `guest ready`: QEMU's end is {guest.poll()}")
                time.sleep(0.02)
            return {
                "into the guest": measure(into_guest, place, pid, wanted.seconds),
                "out of the guest": measure(out_of_guest, place, pid, wanted.seconds),
            }
        finally:
            guest.kill()
            guest.wait()


def run(wanted: argparse.Namespace, folder: pathlib.Path) -> "list[dict[str, dict[str, Moved]]]":
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    subprocess.run(["ip", "tuntap", "add", "dev", TAP, "mode", "tap", "vnet_hdr"], check=True)
    subprocess.run(["ip", "addr", "add", HOST + "/24", "dev", TAP], check=True)
    subprocess.run(["ip", "link", "set", TAP, "up", "mtu", str(wanted.mtu)], check=True)
    rounds = []
    for number in range(wanted.rounds):
        names = ["passt", "Baton"] if number % 2 == 0 else ["Baton", "passt"]
        rounds.append({name: one(name, wanted, folder) for name in names})
        print(f"round {number + 1} of {wanted.rounds} is done", flush=True)
    return rounds


def main() -> None:
    it = argparse.ArgumentParser(prog="Scripts/passt.sh bench", description="TCP through passt and through Baton.")
    it.add_argument("baton", help="the program")
    it.add_argument("--qemu", choices=["10", "11"], default="10")
    it.add_argument("--mtu", type=int, default=MTU, help="of the guest and the link, in bytes")
    it.add_argument("--rounds", type=int, default=5)
    it.add_argument("--seconds", type=float, default=4, help="of each way")
    it.add_argument("--json", type=pathlib.Path, metavar="FILE", help="also write all rounds into it")
    wanted = it.parse_args()
    limit = int(wanted.rounds * 2 * (60 + 4 * wanted.seconds))
    rounds = qemulab.within("bench", limit, lambda folder: run(wanted, folder))
    if wanted.json:
        wanted.json.write_text(json.dumps([{name: {way: each._asdict() for way, each in ways.items()}
                                            for name, ways in it.items()} for it in rounds], indent=2) + "\n")
    print(f"{'MB/s, median of rounds':24} {'passt':>8} {'Baton':>8} {'ratio':>7}   processor s/GB: passt, Baton")
    slower = []
    for way in ("into the guest", "out of the guest"):
        speeds = {name: [it[name][way].megabytes_a_second for it in rounds] for name in ("passt", "Baton")}
        costs = {name: [it[name][way].processor_seconds_a_gigabyte for it in rounds] for name in ("passt", "Baton")}
        ratio = statistics.median(ours / theirs for ours, theirs in zip(speeds["Baton"], speeds["passt"]))
        medians = {name: statistics.median(values) for name, values in speeds.items()}
        print(f"{way:24} {medians['passt']:8.1f} {medians['Baton']:8.1f} {ratio:7.2f}"
              f"   {statistics.median(costs['passt']):.2f}, {statistics.median(costs['Baton']):.2f}")
        if ratio < 1:
            slower.append(way)
    if slower:
        raise SystemExit(f"MISSED: Baton is slower than passt {' and '.join(slower)}")


if __name__ == "__main__":
    main()
