#!/usr/bin/env python3
"""Boots a guest of Scripts/qemu.sh on a plain TAP, and says how long that took and how many echoes came back.

Usage: Scripts/qemu.sh check [10|11] [--queues N]

It has nothing of Baton's in it, so that a failure with Baton in between can be told from one of QEMU or the guest.
Runs in a network namespace of its own (Scripts/qemu.sh sees to that), which takes the TAP away at the end.
"""

import argparse
import fcntl
import pathlib
import select
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import qmp

HERE = pathlib.Path(__file__).resolve().parent
GUEST, HOST, MAC = "10.0.1.1", "10.0.1.2", "52:54:00:00:00:01"
BOOT_SECONDS = 90
ALL_SECONDS = 150
PROBES = 500
# <linux/if_tun.h> and <linux/sockios.h>
TUNSETIFF, TUNSETPERSIST = 0x400454CA, 0x400454CB
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR, IFF_MULTI_QUEUE = 0x0002, 0x1000, 0x4000, 0x0100
SIOCSIFFLAGS, SIOCSIFADDR, SIOCSIFNETMASK, IFF_UP = 0x8914, 0x8916, 0x891C, 1


def make_tap(name, queues):
    """A TAP that stays for QEMU to open, with the host's address: what ip(8) would do, if it were everywhere."""
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | (IFF_MULTI_QUEUE if queues > 1 else 0)
    with open("/dev/net/tun", "r+b", buffering=0) as tun:
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
        fcntl.ioctl(tun, TUNSETPERSIST, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for call, address in ((SIOCSIFADDR, HOST), (SIOCSIFNETMASK, "255.255.255.0")):
            packed = struct.pack("16sHH4s8x", name.encode(), socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, call, packed + bytes(8))
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), IFF_UP))


def wait_until_ready(guest, console):
    """What the guest has printed, up to `guest ready`."""
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        text = console.read_text(errors="replace") if console.exists() else ""
        if "guest ready" in text:
            return text
        if guest.poll() is not None:
            sys.exit(f"check: QEMU has ended with {guest.returncode}, and the guest has printed:\n{text}")
        time.sleep(0.02)
    sys.exit(f"check: no `guest ready` after {BOOT_SECONDS} s, but:\n{text}")


def echo():
    """The round trips in ms of the probes that came back, one at a time, each from a port of its own."""
    trips = []
    for number in range(PROBES):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((GUEST, 7))
            body = struct.pack("!Q", number) * 8
            began = time.monotonic()
            probe.send(body)
            if select.select([probe], [], [], 1)[0] and probe.recv(4096) == body:
                trips.append((time.monotonic() - began) * 1000)
        if number > len(trips) + 10:
            break
    return trips


def ping():
    """Whether the guest's kernel answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        head = struct.pack("!BBHHH", 8, 0, 0, 7, 1)
        total = sum(struct.unpack("!4H", head))
        raw.sendto(head[:2] + struct.pack("!H", ~total & 0xFFFF) + head[4:], (GUEST, 0))
        deadline = time.monotonic() + 2
        while select.select([raw], [], [], max(0, deadline - time.monotonic()))[0]:
            # Behind an IP header of 20 bytes; what is no answer to us is passed over.
            if raw.recv(4096)[20:21] == b"\0":
                return True
    return False


def main():
    parser = argparse.ArgumentParser(prog="Scripts/qemu.sh check", description="Boots the guest on a TAP.")
    parser.add_argument("version", nargs="?", choices=["10", "11"], default="10")
    parser.add_argument("--queues", type=int, default=1)
    wanted = parser.parse_args()
    queues = wanted.queues
    # By an exception, so that what is cleaned up is cleaned up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("check: ended from outside"))
    signal.signal(signal.SIGALRM, lambda *_: sys.exit(f"check: not done after {ALL_SECONDS} s"))
    signal.alarm(ALL_SECONDS)
    try:
        make_tap("tap0", queues)
    except OSError as problem:
        print(f"check: no TAP can be made: {problem} (see Scripts/prepare.sh kernel)", file=sys.stderr)
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        netdev = "tap,id=n0,ifname=tap0,script=no,downscript=no,vhost=off"
        device = f"virtio-net-pci,netdev=n0,mac={MAC}"
        if queues > 1:
            netdev += f",queues={queues}"
            device += f",mq=on,vectors={2 * queues + 2}"
        command = [HERE / "qemu.sh", "run", wanted.version, "--qmp", folder / "qmp", "--serial", folder / "console"]
        command += ["--queues", str(queues), "-netdev", netdev, "-device", device]
        began = time.monotonic()
        guest = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            said = wait_until_ready(guest, folder / "console")
            booted = time.monotonic() - began
            with qmp.Monitor(str(folder / "qmp")) as monitor:
                version = monitor.execute("query-version")["qemu"]
                status = monitor.execute("query-status")["status"]
                trips = echo()
                answers = ping()
                monitor.execute("quit")
                monitor.event("SHUTDOWN", seconds=10)
            ended = guest.wait(10)
        finally:
            guest.kill()
            guest.wait()
    version = f"{version['major']}.{version['minor']}.{version['micro']}"
    print(f"check: QEMU {version}: ready after {booted:.1f} s, {status};")
    print("  " + "\n  ".join(line for line in said.splitlines() if line.startswith("guest: ")))
    print(f"  {len(trips)} of {PROBES} echoes, median {statistics.median(trips or [0]):.2f} ms;", end=" ")
    print(f"ping {'answered' if answers else 'not answered'}; ended with {ended}")
    if f" queues {queues}\n" not in said.replace("\r", ""):
        sys.exit(f"check: the guest does not use {queues} queues")
    if len(trips) < PROBES or not answers or status != "running" or ended != 0:
        sys.exit("check: failed, see above")


if __name__ == "__main__":
    main()
