#!/usr/bin/env python3
"""What it shows: a migration as a script sees it. A guest without a network and a small device of
the script's own, a note with a text, go from one process to another; then the statuses of both
sides, the time of each step and the steps of the charts are printed.

Usage: watch.py [LIBRARY [TEXT]]   the library is libbaton.so.0 where none is named
"""
import ctypes
import json
import os
import sys
import tempfile
import time

import baton
from baton import byref

# Nothing here takes a second; who waits for longer has found a mistake.
LIMIT_NS = 20_000_000_000


class Note:
    """The device: its state is a text, and it has no descriptor."""

    def __init__(self, library, text):
        self.text, self.came = text, ""
        refusing = baton.refusing(library)

        @refusing
        def describe(writer):
            library.write(ctypes.c_void_p(writer), b"note 1", ctypes.c_size_t(6))

        @refusing
        def save(writer):
            bytes_ = self.text.encode()
            library.write(ctypes.c_void_p(writer), bytes_, ctypes.c_size_t(len(bytes_)))

        @baton.refusing(library, baton.ADOPTS)
        def inspect(place, count, _descriptors, _descriptor_count):
            if ctypes.string_at(place, count) != b"note 1":
                raise ValueError("another version of notes")

        @refusing
        def load(place, count):
            self.came = ctypes.string_at(place, count).decode()

        @refusing
        def take():
            self.text = self.came

        self.calls = baton.DeviceCalls(
            describe=baton.Writing(describe), lend=baton.Lending(lambda *_: 0),
            quiesce=baton.Refusing(lambda *_: baton.OK), save=baton.Writing(save),
            inspect=baton.Inspecting(inspect), load=baton.Reading(load),
            take=baton.Refusing(take), activate=baton.Call(lambda _: None),
            discard=baton.Call(lambda _: None))


class Guest:
    """It does nothing, but it can be stopped and started."""

    def __init__(self, runs):
        self.runs = runs
        self.calls = baton.GuestCalls(
            is_running=baton.Asked(lambda _: self.runs), stop=baton.Call(lambda _: self.shall(0)),
            start=baton.Call(lambda _: self.shall(1)), adopt=baton.Writing(lambda *_: baton.OK))

    def shall(self, run):
        self.runs = run


class Side:
    """A source or a target: its handles, and what was told."""

    def __init__(self, library, kind, text):
        self.library, self.kind, self.told = library, kind, []
        self.note, self.guest = Note(library, text), Guest(int(kind == "outgoing"))
        self.loop = library.make("loop")
        self.trace = library.make("trace", self.loop, ctypes.c_size_t(0), None, None,
                                  says_why=False)
        layout = baton.Region(guest_address=0, byte_count=65536)
        self.ram = library.make("guest", self.loop, byref(layout), ctypes.c_size_t(1),
                                byref(self.guest.calls), None)
        self.device = library.make("device", self.loop, b"note0", b"note", byref(self.note.calls),
                                   None)
        self.calls = baton.MigrationCalls()
        self.calls.status = type(self.calls.status)(self.status)
        devices = (ctypes.c_void_p * 1)(self.device)
        self.migration = library.make(kind, self.loop, self.ram, devices, ctypes.c_size_t(1), None,
                                      self.trace, byref(self.calls), None, says_why=False)
        self.late = baton.Call(lambda _: library.loop_stop(self.loop))
        self.timer = library.make("timer", self.loop, self.late, None, says_why=False)
        library.timer_arm(self.timer, ctypes.c_uint64(LIMIT_NS))

    def status(self, status, _context):
        self.told.append((time.monotonic_ns(), self.library.status_name(status).decode()))
        if status in (baton.COMPLETED, baton.FAILED, baton.CANCELLED):
            self.library.loop_stop(self.loop)

    def begin(self, address):
        """Migrates, or listens."""
        if self.kind == "outgoing":
            self.library.ask("guest_allocate", self.ram)
        verb = {"outgoing": "outgoing_migrate", "incoming": "incoming_listen"}[self.kind]
        self.library.ask(verb, self.migration, address, byref(baton.Parameters()))

    def run(self):
        """Runs to the end of the attempt, and answers what there is to tell."""
        self.library.loop_run(self.loop)
        stamps, why = baton.Stamps(), baton.Why()
        getattr(self.library, self.kind + "_stamps")(self.migration, byref(stamps))
        has_why = getattr(self.library, self.kind + "_refusal")(self.migration, byref(why)) == 1
        return {"told": self.told, "runs": self.guest.runs, "text": self.note.text,
                "stamps": {name: getattr(stamps, name) for name in stamps.names},
                "why": why.text.decode() if has_why else None, "trace": self.steps()}

    def steps(self):
        """What the charts did, as the library writes it."""
        count = self.library.trace_json(self.trace, None, ctypes.c_size_t(0))
        text = ctypes.create_string_buffer(count + 1)
        self.library.trace_json(self.trace, text, ctypes.c_size_t(count + 1))
        return [json.loads(line) for line in text.value.decode().splitlines()]

    def end(self):
        for kind, handle in [(self.kind, self.migration), ("timer", self.timer),
                             ("device", self.device), ("guest", self.ram), ("trace", self.trace),
                             ("loop", self.loop)]:
            self.library.end(kind, handle)


def be_target(path, address, pipe):
    """The other process: listens, says so, and tells at the end what it has seen."""
    side = Side(baton.Library(path), "incoming", "nothing")
    side.begin(address)
    with os.fdopen(pipe, "w") as to:
        print("listening", file=to, flush=True)
        json.dump(side.run(), to)
    side.end()


def table(source, target):
    """Both sides beside each other; times in microseconds from the begin of the blackout."""
    begun = source["stamps"]["begun"]
    print(f"{'status':<16}{'source':>12}{'target':>12}")
    rows = {}
    for column, side in enumerate((source, target)):
        for when, name in side["told"]:
            rows.setdefault(name, [None, None])[column] = (when - begun) // 1000
    for name, times in rows.items():
        print(f"{name:<16}" + "".join(f"{'' if us is None else us:>12}" for us in times))
    print(f"\n{'step':<16}{'us':>12}")
    for name, stamp in source["stamps"].items():
        print(f"{name:<16}{(stamp - begun) / 1000:>12.1f}")
    print(f"\nthe charts took {len(source['trace'])} steps here and {len(target['trace'])} there")


def main(path, text):
    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:{folder}/socket".encode()
        mine, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            # Whatever happens, it never becomes a second source.
            try:
                os.close(mine)
                be_target(path, address, theirs)
            finally:
                sys.stdout.flush()
                os._exit(0)
        os.close(theirs)
        side = Side(baton.Library(path), "outgoing", text)
        with os.fdopen(mine) as pipe:
            if pipe.readline() != "listening\n":
                sys.exit("the target does not listen")
            side.begin(address)
            source, target = side.run(), json.load(pipe)
        side.end()
        os.waitpid(child, 0)
    if source["why"]:
        sys.exit(source["why"])
    table(source, target)
    print(f"the guest runs {'there' if target['runs'] and not source['runs'] else 'HERE'}, "
          f"and its note says: {target['text']}")


if __name__ == "__main__":
    main(*(sys.argv[1:] + ["libbaton.so.0", "hello"][len(sys.argv) - 1:]))
