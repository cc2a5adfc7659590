#!/usr/bin/env python3
"""Speaks QMP with a QEMU, each call within a limit of time. QEMU serves one client of a socket; others wait for it.

As a module:    with qmp.Monitor("a.qmp") as monitor:
                    monitor.execute("migrate", {"uri": "unix:b.sock"})
                    monitor.event("MIGRATION", seconds=30, where=lambda data: data["status"] == "completed")
As a command:   Scripts/qmp.py SOCKET COMMAND [ARGUMENTS as JSON]    prints what is returned, as JSON
"""

import json
import socket
import sys
import time


class Refused(Exception):
    """QEMU's answer is an error. `kind` is its class, the text its description."""

    def __init__(self, kind, text):
        super().__init__(text)
        self.kind = kind


class Monitor:
    """A connection. Events that nobody has waited for yet are in `events`, the oldest first."""

    def __init__(self, path, seconds=10):
        """Waits for a QEMU that has just been started as well: its socket is there after some 100 ms."""
        self.path = path
        self.events = []
        self.rest = b""
        deadline = time.monotonic() + seconds
        while True:
            self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.socket.settimeout(max(0.001, deadline - time.monotonic()))
            try:
                self.socket.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                self.socket.close()
                if time.monotonic() > deadline:
                    raise TimeoutError(f"nobody listens on {path} after {seconds} s") from None
                time.sleep(0.02)
            except BaseException:
                self.socket.close()
                raise
        try:
            # QEMU may tell an event before it greets: connected, but its monitor has not seen it yet.
            while "QMP" not in (first := self.read(deadline, "the greeting")):
                self.events.append(first)
            self.greeting = first["QMP"]
            self.execute("qmp_capabilities", seconds=max(0.001, deadline - time.monotonic()))
        except BaseException:
            self.close()
            raise

    def execute(self, command, arguments=None, seconds=10):
        """What the command returns. Raises Refused, TimeoutError, or ConnectionError when QEMU has ended."""
        deadline = time.monotonic() + seconds
        message = {"execute": command} | ({"arguments": arguments} if arguments else {})
        self.socket.settimeout(seconds)
        self.socket.sendall(json.dumps(message).encode() + b"\n")
        while True:
            answer = self.read(deadline, command)
            if "event" in answer:
                self.events.append(answer)
            elif "error" in answer:
                raise Refused(answer["error"]["class"], f"{command}: {answer['error']['desc']}")
            else:
                return answer["return"]

    def event(self, *names, seconds=10, where=lambda data: True):
        """The first event of one of these names (without names: of any) whose data are wanted; it is taken out."""
        deadline = time.monotonic() + seconds
        passed = 0
        while True:
            for index, event in enumerate(self.events[passed:], passed):
                if (not names or event["event"] in names) and where(event.get("data", {})):
                    return self.events.pop(index)
            passed = len(self.events)
            answer = self.read(deadline, " or ".join(names) or "an event")
            if "event" in answer:
                self.events.append(answer)

    def read(self, deadline, what):
        """One message."""
        while b"\n" not in self.rest:
            left = deadline - time.monotonic()
            self.socket.settimeout(max(0.001, left))
            try:
                part = self.socket.recv(65536)
            except TimeoutError:
                part = None
            if part == b"":
                raise ConnectionError(f"QEMU has closed {self.path} before {what}")
            if part is None or left <= 0:
                raise TimeoutError(f"QEMU did not send {what} on {self.path} in time")
            self.rest += part
        line, _, self.rest = self.rest.partition(b"\n")
        return json.loads(line)

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    try:
        with Monitor(sys.argv[1]) as it:
            print(json.dumps(it.execute(sys.argv[2], json.loads(sys.argv[3]) if len(sys.argv) == 4 else None)))
    except (Refused, OSError) as problem:
        sys.exit(f"qmp: {problem}")
