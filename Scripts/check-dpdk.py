#!/usr/bin/env python3
"""Counts frames between the kernel and DPDK's testpmd through `baton net`, while the back-end is replaced.

Usage: Scripts/dpdk.sh check BATON [--queues N] [--device WORDS] [--takeovers N]

Three ways, each with takeovers under way, each to be exact:
  echo     numbered frames, which testpmd sends back with addresses swapped: each comes back once
  send     testpmd sends as fast as it can: what it has put into its rings is what the interface has received
  receive  frames as fast as they come: what the interface has given away is what testpmd has received; frames that
           found the TAP's queue full are the kernel's to drop, and are counted by it
Then testpmd leaves, and another one is served.

Runs in namespaces of its own (Scripts/dpdk.sh sees to that), with which all that it has started goes.
"""

import argparse
import contextlib
import os
import pathlib
import pty
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import qmp

HERE = pathlib.Path(__file__).resolve().parent
TAP = "tap0"
STEP_SECONDS = 15
FLOWS = 16
ECHOES = 3_000
WINDOW = 64
# <linux/if_packet.h>
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
OURS, THEIRS = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
# Sizes of frames: the shortest, and the longest for an MTU of 1 500.
SIZES = (60, 1_442, 1_514)


def frame(number, size):
    """A UDP packet; its flow, which chooses the TAP's queue, changes with the number."""
    length = size - 14
    packet = bytes.fromhex("4500") + length.to_bytes(2, "big") + bytes.fromhex("0000000040110000c0000201c0000202")
    packet += (1_024 + number % FLOWS).to_bytes(2, "big") + (9).to_bytes(2, "big") + (length - 20).to_bytes(2, "big")
    return (THEIRS + OURS + b"\x08\x00" + packet + b"\0\0" + number.to_bytes(8, "big")).ljust(size, b"\xa5")


class Check:
    def __init__(self, wanted, folder):
        self.wanted, self.folder, self.errors = wanted, folder, []
        self.taken = 0
        self.backend = self.start_backend()

    def path(self, name):
        return str(self.folder / name)

    def start_backend(self, *more):
        command = [self.wanted.baton, "net", "--socket", self.path("net.sock"), "--control", self.path("control")]
        command += ["--tap", TAP, "--queues", str(self.wanted.queues), "--log-level", "warning", *more]
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        if not select.select([child.stdout], [], [], STEP_SECONDS)[0] or not child.stdout.readline().startswith("ready"):
            sys.exit("check: the back-end does not become ready")
        return child

    def take_over(self):
        former = self.backend
        self.backend = self.start_backend("--takeover", self.path("control"))
        if former.wait(STEP_SECONDS) != 0:
            sys.exit(f"check: the former back-end has ended with {former.returncode}")
        # Its control socket is that of the one before, which has to let go of it first.
        self.until("the control socket", self.has_control)
        self.taken += 1

    def has_control(self):
        return self.command("query-status")

    def command(self, name):
        """Whether the back-end has carried out a command."""
        with contextlib.suppress(OSError), qmp.Monitor(self.path("control")) as control:
            control.execute(name)
            return True
        return False

    def until(self, what, is_so):
        deadline = time.monotonic() + STEP_SECONDS
        while not is_so():
            if time.monotonic() > deadline:
                self.errors.append(f"{what} did not come in {STEP_SECONDS} s")
                return False
            time.sleep(0.01)
        return True

    def counted(self, name):
        # In sysfs stand the interfaces of the namespace that has mounted it.
        line = next(line for line in pathlib.Path("/proc/net/dev").read_text().splitlines() if f"{TAP}:" in line)
        return int(line.split(":")[1].split()[{"rx_packets": 1, "tx_packets": 9, "tx_dropped": 11}[name]])

    def expect(self, what, found, wanted):
        print(f"{what}: {found} of {wanted}")
        if found != wanted:
            self.errors.append(f"{what}: {found}, and not {wanted}")


class Testpmd:
    """A testpmd that takes commands."""

    def __init__(self, check):
        wanted = check.wanted
        command = [HERE / "dpdk.sh", "run", check.path("net.sock"), "--queues", str(wanted.queues)]
        command += ["--device", wanted.device] if wanted.device else []
        # A terminal, for what testpmd prints into a pipe stays in its buffer.
        self.screen, terminal = pty.openpty()
        self.child = subprocess.Popen(
            [*command, "-i"], stdin=subprocess.PIPE, stdout=terminal, stderr=subprocess.STDOUT)
        os.close(terminal)
        self.text = ""
        self.read_until("testpmd> ")

    def read(self, deadline):
        """Whether testpmd has said more."""
        if not select.select([self.screen], [], [], max(0, deadline - time.monotonic()))[0]:
            return False
        try:
            self.text += os.read(self.screen, 4_096).decode(errors="replace")
        except OSError:
            # Nobody has the terminal any more.
            return False
        return True

    def read_until(self, mark):
        start, deadline = len(self.text), time.monotonic() + STEP_SECONDS
        while mark not in self.text[start:]:
            if not self.read(deadline):
                try:
                    how = f"has ended with {self.child.wait(1)}"
                except subprocess.TimeoutExpired:
                    how = "runs"
                sys.exit(f"check: testpmd does not say {mark!r}, and {how}; it has said:\n{self.text[-2000:]}")
        return self.text[start:]

    def tell(self, command):
        self.child.stdin.write(command.encode() + b"\n")
        self.child.stdin.flush()
        # The prompt comes with the echo of the command, and again behind its answer.
        return self.read_until("testpmd> ")

    def statistics(self):
        text = self.tell("show port stats 0")
        while not (found := re.search(r"RX-packets: (\d+).*TX-packets: (\d+)", text, re.DOTALL)):
            text += self.read_until("testpmd> ")
        return int(found[1]), int(found[2])

    def begin(self, mode):
        self.tell(f"set fwd {mode}")
        self.tell("start")

    def leave(self):
        self.child.stdin.write(b"quit\n")
        self.child.stdin.close()
        deadline = time.monotonic() + STEP_SECONDS
        while self.read(deadline):
            pass
        os.close(self.screen)
        return self.child.wait(STEP_SECONDS)


def open_line():
    line = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    line.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    line.bind((TAP, 0))
    return line


def echo(check, testpmd):
    """Each numbered frame comes back once."""
    testpmd.begin("macswap")
    answers, sent, takeover = {}, 0, None
    deadline = time.monotonic() + STEP_SECONDS
    with open_line() as line:
        line.setblocking(False)
        while len(answers) < ECHOES and time.monotonic() < deadline:
            while sent < ECHOES and sent - len(answers) < WINDOW:
                line.send(frame(sent, SIZES[sent % len(SIZES)]))
                sent += 1
                if sent in range(ECHOES // 3, ECHOES, ECHOES // 3)[: check.wanted.takeovers]:
                    takeover and takeover.join()
                    takeover = threading.Thread(target=check.take_over)
                    takeover.start()
            if select.select([line], [], [], 0.5)[0]:
                data = line.recv(2_048)
                if data[:6] == OURS and data[12:14] == b"\x08\x00":
                    number = int.from_bytes(data[42:50], "big")
                    whole = frame(number, SIZES[number % len(SIZES)])
                    if data[12:] != whole[12:]:
                        check.errors.append(f"echo: frame {number} is not what was sent")
                    answers[number] = answers.get(number, 0) + 1
        if takeover:
            takeover.join()
        # What came twice would come behind: all that were sent are through when testpmd has stopped.
        testpmd.tell("stop")
        while select.select([line], [], [], 0.1)[0]:
            number = int.from_bytes(line.recv(2_048)[42:50], "big")
            answers[number] = answers.get(number, 0) + 1
    check.expect("echo: came back once", sum(times == 1 for times in answers.values()), ECHOES)


def take_over_under_way(check, what, name):
    """Replaces the backend as often as was asked for, with so many frames before each time and behind the last."""
    for number in range(check.wanted.takeovers + 1):
        if number > 0:
            check.take_over()
        goal = check.counted(name) + 5_000
        check.until(f"{what}: frames", lambda goal=goal: check.counted(name) >= goal)


def send(check, testpmd):
    """What testpmd has put into its rings is what the interface has received."""
    before, interface = testpmd.statistics()[1], check.counted("rx_packets")
    testpmd.begin("txonly")
    take_over_under_way(check, "send", "rx_packets")
    testpmd.tell("stop")
    sent = testpmd.statistics()[1] - before
    check.until("send: the last frame", lambda: check.counted("rx_packets") - interface >= sent)
    check.expect("send: through", check.counted("rx_packets") - interface, sent)


def receive(check, testpmd):
    """What the interface has given away is what testpmd has received."""
    before = testpmd.statistics()[0]
    names = ("tx_packets", "tx_dropped")
    given, dropped = (check.counted(name) for name in names)
    testpmd.begin("rxonly")
    done, sent = threading.Event(), 0

    def flood():
        nonlocal sent
        frames = [frame(number, SIZES[number % 3]) for number in range(FLOWS * 3)]
        with open_line() as line:
            while not done.is_set():
                for data in frames:
                    with contextlib.suppress(OSError):
                        line.send(data)
                        sent += 1

    flooding = threading.Thread(target=flood)
    flooding.start()
    take_over_under_way(check, "receive", "tx_packets")
    done.set()
    flooding.join()

    def passed():
        return [check.counted(name) - was for name, was in zip(names, (given, dropped))]

    # The packet socket's own queue may refuse one; then it is counted as dropped and not as sent.
    check.until("receive: the last frame", lambda: sum(passed()) >= sent)
    check.until("receive: testpmd", lambda: testpmd.statistics()[0] - before >= passed()[0])
    testpmd.tell("stop")
    check.expect("receive: through", testpmd.statistics()[0] - before, passed()[0])
    print(f"receive: {passed()[1]} of {sent} found the TAP's queue full")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("baton")
    parser.add_argument("--queues", type=int, default=1)
    parser.add_argument("--device", default="")
    parser.add_argument("--takeovers", type=int, default=2)
    wanted = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="baton-dpdk."))
    began = time.monotonic()
    try:
        pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
        check = Check(wanted, folder)
        subprocess.run(["ip", "link", "set", TAP, "up"], check=True)
        testpmd = Testpmd(check)
        for way in (echo, send, receive):
            way(check, testpmd)
        check.expect("testpmd: left with", testpmd.leave(), 0)
        testpmd = Testpmd(check)
        send(check, testpmd)
        check.expect("second testpmd: left with", testpmd.leave(), 0)
        # A signal may be blocked in whoever has started this.
        check.until("back-end: quit", lambda: check.command("quit"))
        check.expect("back-end: ended with", check.backend.wait(STEP_SECONDS), 0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{check.taken} takeovers, {time.monotonic() - began:.1f} s")
    for error in check.errors:
        print(f"check: {error}", file=sys.stderr)
    print("nothing lost, nothing twice" if not check.errors else "not exact")
    return 1 if check.errors else 0


sys.exit(main())
