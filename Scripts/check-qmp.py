#!/usr/bin/env python3
"""Drives hosts by QEMU's own client, qemu.qmp from PyPI (Scripts/peers.sh installs it into .build/peers), in a network
namespace of its own.

Usage: .build/peers/bin/python Scripts/check-qmp.py CASE BATON

Cases:
  client      negotiation, errors with their classes, events by listeners, descriptors, several monitors
  shell       qmp-shell, as a user types into it
  functional  what the functional test of QEMU's series does, with this package's guest, which answers pings and sends
              none: two hosts, a TAP of four queues that is plugged in by QMP; pings before, all through the migration,
              and on the target before and after the source's exit
  vhost       the same with vhost=on, as the series' second case: without vhost-net the rings are served by the process
  plug        netdev_add with descriptors that the client opened, and with scripts that take their time
  words       messages, one by one, to a host and to a real QEMU (Scripts/qemu.sh fetch 10): the answers are the same
Exit code 77: qemu.qmp is not there.
"""

import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import pathlib
import shlex
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

try:
    from qemu.qmp import QMPClient
    from qemu.qmp.qmp_client import ExecuteError
except ImportError:
    print("check-qmp: qemu.qmp is not there: run Scripts/peers.sh", file=sys.stderr)
    sys.exit(77)

CLONE_NEWNET = 0x40000000
# How often longer an emulated machine takes (see vm-test.py).
SLOWNESS = int(os.environ.get("BATON_SLOWNESS", "1"))
STEP_SECONDS = 20 * SLOWNESS
TAP = "tap0"


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdin=subprocess.DEVNULL)


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


class Lab:
    """A namespace, a folder, and hosts in them, which end with it."""

    def __init__(self, baton):
        self.baton = baton
        self.folder = tempfile.TemporaryDirectory(prefix="baton-qmp-")
        self.children = []
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "unshare")
        ip("link", "set", "lo", "up")

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def host(self, name, *more):
        """A host, and the path of its socket; it is there when the host says so."""
        path = self.path(f"{name}.sock")
        command = [self.baton, "host", "--name", name, "--control", path, "--log-level", "warning", *more]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        self.children.append(child)
        line = child.stdout.readline()
        expect(line.startswith("ready "), f"{name} says {line!r}")
        return child, path

    async def connect(self, path, name="client"):
        client = QMPClient(name)
        await asyncio.wait_for(client.connect(path), STEP_SECONDS)
        return client

    def close(self):
        for child in self.children:
            child.kill()
            child.wait()
        self.folder.cleanup()


async def refused(client, kind, words, command, arguments=None):
    try:
        await client.execute(command, arguments)
    except ExecuteError as error:
        expect(error.error_class == kind and words in str(error), f"{command}: {error.error_class}: {error}")
        return
    raise AssertionError(f"{command} is not refused")


async def next_event(listener, name, where=lambda data: True):
    """The next event of this name; others before it are passed over."""
    while True:
        event = await asyncio.wait_for(listener.get(), STEP_SECONDS)
        if event["event"] == name and where(event.get("data", {})):
            return event


async def client_case(lab):
    _, path = lab.host("A", "--tap", TAP)
    client, other = await lab.connect(path), await lab.connect(path, "other")
    expect(client.greeting.QMP.capabilities == [], f"{client.greeting}")
    names = [entry["name"] for entry in await client.execute("query-commands")]
    schema = {entry["name"]: entry for entry in await client.execute("query-qmp-schema")}
    expect("migrate" in names and all(schema[name]["meta-type"] == "command" for name in names), f"{names}")
    await refused(client, "CommandNotFound", "The command no-such has not been found", "no-such")
    await refused(client, "DeviceNotFound", "Device 'zzz' not found", "set_link", {"name": "zzz", "up": True})
    await refused(client, "GenericError", "Parameter 'uri' is unexpected", "stop", {"uri": "x"})

    with client.listener("STOP") as here, other.listener(("STOP", "RESUME")) as there:
        await client.execute("stop")
        # It came before the answer, so that nobody has to wait for it.
        expect(not here.empty(), "STOP comes after the answer")
        await next_event(there, "STOP")
        await client.execute("cont")
        await next_event(there, "RESUME")
    expect((await other.execute("query-status"))["running"], "the guest does not run")

    near, far = socket.socketpair()
    with near, far:
        client.send_fd_scm(near.fileno())
        await client.execute("getfd", {"fdname": "one"})
        client.send_fd_scm(near.fileno())
        added = await client.execute("add-fd", {"opaque": "two"})
        # Another monitor sees them: they are the process's.
        sets = await other.execute("query-fdsets")
        expect(sets == [{"fdset-id": 0, "fds": [{"fd": added["fd"], "opaque": "two"}]}], f"{sets}")
        near.close()
        far.setblocking(False)
        await other.execute("closefd", {"fdname": "one"})
        with contextlib.suppress(BlockingIOError):
            expect(far.recv(1) != b"", "the set has lost its descriptor")
        await other.execute("remove-fd", {"fdset-id": 0})
        expect(far.recv(1) == b"", "a descriptor is left open")
        await refused(client, "GenericError", "No file descriptor supplied via SCM_RIGHTS", "getfd", {"fdname": "a"})
    await other.disconnect()
    with client.listener("SHUTDOWN") as end:
        await client.execute("quit")
        event = await next_event(end, "SHUTDOWN")
        expect(event["data"] == {"guest": False, "reason": "host-qmp-quit"}, f"{event}")
    await client.disconnect()


async def shell_case(lab):
    _, path = lab.host("A", "--tap", TAP)
    lines = [
        "query-status",
        "migrate-set-parameters downtime-limit=500",
        "migrate-set-capabilities capabilities=[{'capability':'events','state':true}]",
        "no-such",
        "stop",
        "query-status",
    ]
    shell = pathlib.Path(sys.executable).with_name("qmp-shell")
    run = subprocess.run(
        [shell, path], input="\n".join(lines) + "\n", capture_output=True, text=True, timeout=STEP_SECONDS
    )
    said = run.stdout
    for words in ['"status": "running"', '"return": {}', "has not been found", '"status": "paused"']:
        expect(words in said, f"{words} is not in {said}{run.stderr}")


async def functional_case(lab, vhost=False):
    guest, ours = "10.0.1.2", "10.0.1.1"
    ip("tuntap", "add", "dev", TAP, "mode", "tap", "multi_queue")
    ip("link", "set", TAP, "up")
    ip("addr", "add", f"{ours}/24", "dev", TAP)
    served = "kernel" if vhost and os.path.exists("/dev/vhost-net") else "process"
    (source_child, source_path), (_, target_path) = lab.host("A", "--bare", "-S"), lab.host("B", "--bare", "-S", "--incoming")
    source, target = await lab.connect(source_path, "source"), await lab.connect(target_path, "target")
    for client in (source, target):
        await client.execute(
            "migrate-set-capabilities",
            {"capabilities": [{"capability": name, "state": True} for name in ("events", "x-ignore-shared")]},
        )
        await client.execute("migrate-set-parameters", {"backend-transfer": ["virtio-net-tap"]})
        await client.execute(
            "netdev_add",
            {
                "type": "tap", "id": "netdev0", "ifname": TAP, "queues": 4, "vnet_hdr": True, "vhost": vhost,
                "script": "no", "downscript": "no",
            },
        )  # fmt: skip
        await client.execute(
            "device_add",
            {
                "driver": "virtio-net-pci", "id": "vnet0", "netdev": "netdev0", "bus": "pci.1", "mq": True, "vectors": 18,
                "mac": "52:54:00:12:34:56", "romfile": "",
            },
        )  # fmt: skip
    await source.execute("cont")
    with Pinger(guest) as pinger:
        pinger.await_more(20)
        address = f"unix:{lab.path('channel')}"
        filter_ = ("MIGRATION",)
        with source.listener(filter_) as here, target.listener(filter_) as there:
            await target.execute("migrate-incoming", {"uri": address})
            began = time.monotonic()
            await source.execute("migrate", {"uri": address})
            for listener in (here, there):
                event = await next_event(listener, "MIGRATION", lambda data: data["status"] in ("completed", "failed"))
                expect(event["data"]["status"] == "completed", f"{event}")
        expect((await source.execute("query-status"))["status"] == "postmigrate", "the source is not postmigrate")
        expect((await target.execute("query-status"))["status"] == "paused", "the target is not paused")
        await target.execute("cont")
        ended = time.monotonic()
        pinger.await_more(20)
        await source.execute("quit")
        expect(source_child.wait(STEP_SECONDS) == 0, "the source does not end")
        pinger.await_more(20)
        counters = (await target.execute("query-guest"))["devices"]["netdev0"]
        expect(counters["icmp"] > 0 and counters["datapath"] == served, f"{counters}, not {served}")
        lost = pinger.lost()
    print(
        f"functional: rings of the {served}, {len(pinger.seen)} pings answered, {lost} lost, target continued after {1e3 * (ended - began):.1f} ms"
    )
    expect(lost == 0, f"{lost} pings are lost")
    await target.execute("quit")
    for client in (source, target):
        with contextlib.suppress(Exception):
            await client.disconnect()


async def vhost_case(lab):
    await functional_case(lab, vhost=True)


def open_tap(name):
    """One more queue of a TAP that is made when it is not there: TUNSETIFF, with IFF_TAP, IFF_NO_PI, IFF_VNET_HDR and
    IFF_MULTI_QUEUE."""
    queue = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
    fcntl.ioctl(queue, 0x400454CA, struct.pack("16sH22x", name.encode(), 0x0002 | 0x1000 | 0x4000 | 0x0100))
    return queue


async def give(client, tap, names):
    for name in names:
        queue = open_tap(tap)
        client.send_fd_scm(queue)
        await client.execute("getfd", {"fdname": name})
        os.close(queue)


async def descriptors_step(client):
    add = {"type": "tap", "id": "n1", "fds": "a:b"}
    await refused(client, "GenericError", "File descriptor named 'a' has not been found", "netdev_add", add)
    await give(client, "tap1", ["a", "b"])
    clash = add | {"ifname": "tap9"}
    await refused(client, "GenericError", "ifname= cannot be given with fds=", "netdev_add", clash)
    number = {"type": "tap", "id": "n2", "fd": "0"}
    await refused(client, "GenericError", "File descriptor named '0' has not been found", "netdev_add", number)
    await client.execute("netdev_add", add)
    await refused(client, "GenericError", "File descriptor named 'a' has not been found", "netdev_add", add | {"id": "n3"})
    await client.execute("device_add", {"driver": "virtio-net-pci", "id": "d1", "netdev": "n1"})
    # One open queue is one netdev's, whatever its numbers.
    queue = open_tap("tap3")
    for name, netdev in (("c", "n4"), ("d", "n5")):
        client.send_fd_scm(queue)
        await client.execute("getfd", {"fdname": name})
        one = {"type": "tap", "id": netdev, "fd": name}
        if name == "c":
            await client.execute("netdev_add", one)
        else:
            await refused(client, "GenericError", "is a queue of 'n4' already", "netdev_add", one)
    os.close(queue)
    await client.execute("netdev_del", {"id": "n4"})
    expect("tap3" not in links(), "a descriptor is left")
    nics = await client.execute("query-rx-filter")
    expect([nic["name"] for nic in nics] == ["net0", "d1"], f"{nics}")
    await client.execute("device_del", {"id": "d1"})
    await client.execute("netdev_del", {"id": "n1"})
    expect("tap1" not in links(), "tap1 is left")


def links():
    """The interfaces of this namespace; /sys is another one's."""
    told = subprocess.run(["ip", "-json", "link"], check=True, capture_output=True, stdin=subprocess.DEVNULL)
    return {link["ifname"] for link in json.loads(told.stdout)}


def program(lab, name, text):
    path = pathlib.Path(lab.path(name))
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


async def scripts_step(lab, client, other):
    gate = lab.path("gate")
    os.mkfifo(gate)
    script = program(lab, "up", f"read -r line <{gate}; echo $line >&2; [ $line = go ]")
    down = program(lab, "down", f"echo down $1 >>{lab.path('notes')}")
    add = {"type": "tap", "ifname": "tap2", "script": script, "downscript": down, "queues": 2}
    for word in ("go", "stay"):
        adding = asyncio.ensure_future(client.execute("netdev_add", add | {"id": word}))
        # The script holds the gate's other end when this is open.
        with await asyncio.to_thread(open, gate, "w") as stream:
            await refused(other, "GenericError", "not open yet", "device_add",
                {"driver": "virtio-net-pci", "id": "d2", "netdev": word})  # fmt: skip
            expect(not adding.done(), "netdev_add is answered before its script has ended")
            stream.write(f"{word}\n")
        if word == "go":
            await adding
            await client.execute("device_add", {"driver": "virtio-net-pci", "id": "d2", "netdev": word})
            await client.execute("device_del", {"id": "d2"})
            await client.execute("netdev_del", {"id": word})
        else:
            try:
                await adding
                expect(False, "a script that fails is no failure")
            except ExecuteError as error:
                expect("ended with status 1" in str(error), str(error))
    expect("tap2" not in links(), "tap2 is left")


async def plug_case(lab):
    child, path = lab.host("A", "--tap", TAP, "--slots", "2")
    client, other = await lab.connect(path), await lab.connect(path, "other")
    await descriptors_step(client)
    await scripts_step(lab, client, other)
    await other.disconnect()
    await client.execute("quit")
    with contextlib.suppress(EOFError):
        await client.disconnect()
    child.wait(STEP_SECONDS)
    notes = pathlib.Path(lab.path("notes")).read_text()
    expect(notes == "down tap2\n", notes)


class Pinger(threading.Thread):
    """Echo requests (RFC 792) to an address, one in 5 ms, whatever else goes on."""

    IDENTIFIER = (0x4242).to_bytes(2, "big")

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address = address
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        self.socket.settimeout(0.005)
        self.changed = threading.Condition()
        self.sends = True
        self.ends = False
        self.sent = 0
        self.seen = set()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ends = True
        self.join()
        self.socket.close()

    def run(self):
        due = time.monotonic()
        while not self.ends:
            if self.sends and time.monotonic() >= due:
                self.send()
                due = time.monotonic() + 0.005
            self.receive()

    def send(self):
        with self.changed:
            self.sent += 1
            number = self.sent
        head = bytes([8, 0, 0, 0]) + self.IDENTIFIER + number.to_bytes(2, "big")
        total = sum(int.from_bytes(head[i : i + 2], "big") for i in range(0, 8, 2))
        total = (total & 0xFFFF) + (total >> 16)
        self.socket.sendto(head[:2] + (~total & 0xFFFF).to_bytes(2, "big") + head[4:], (self.address, 0))

    def receive(self):
        with contextlib.suppress(TimeoutError):
            packet = self.socket.recv(1 << 12)
            reply = packet[(packet[0] & 0xF) * 4 :]
            if reply[0] == 0 and reply[4:6] == self.IDENTIFIER:
                with self.changed:
                    self.seen.add(int.from_bytes(reply[6:8], "big"))
                    self.changed.notify_all()

    def await_more(self, count):
        """Until so many pings are answered that are sent from now on."""
        with self.changed:
            first = self.sent
            is_done = self.changed.wait_for(
                lambda: sum(number > first for number in self.seen) >= count, STEP_SECONDS
            )
            expect(is_done, f"{len(self.seen)} of {self.sent} pings are answered")

    def lost(self):
        """How many have no answer, when those on their way have had their time."""
        self.sends = False
        with self.changed:
            self.changed.wait_for(lambda: len(self.seen) == self.sent, STEP_SECONDS)
            return self.sent - len(self.seen)


NULL_DUMP = """{"execute":"object-add","arguments":{"qom-type":"filter-dump","netdev":"n0","file":"/dev/null",%s}}"""
PARAMETERS = """{"execute":"migrate-set-parameters","arguments":{%s}}"""
# What both are told, in this order; a pair is for QEMU and for a host.
WORDS = [
    """{"execute":"query-status"}""",
    """[1]""",
    """{"execute":"qmp_capabilities","arguments":{"enable":["zzz"]}}""",
    """{"execute":"qmp_capabilities","arguments":{"x":1}}""",
    """{"execute":"qmp_capabilities"}""",
    """{"execute":"qmp_capabilities"}""",
    """42 """,
    """hello """,
    """}""",
    """{}""",
    """{"execute":1}""",
    """{"execute":"x","arguments":[]}""",
    """{"execute":"x","more":1,"id":3}""",
    """{"exec-oob":"query-status"}""",
    """{'execute':'query-status'}""",
    """{"execute":"no-such","id":[1,null,{"a":true}]}""",
    """{"execute":"stop","arguments":{"a":1}}""",
    """{"execute":"getfd","arguments":{}}""",
    """{"execute":"getfd","arguments":{"fdname":"a"}}""",
    """{"execute":"closefd","arguments":{"fdname":"a"}}""",
    """{"execute":"remove-fd","arguments":{"fdset-id":4}}""",
    """{"execute":"remove-fd","arguments":{"fdset-id":4,"fd":5}}""",
    """{"execute":"add-fd"}""",
    """{"execute":"query-fdsets"}""",
    """{"execute":"query-migrate"}""",
    """{"execute":"migrate"}""",
    """{"execute":"migrate","arguments":{"uri":"bogus:1"}}""",
    """{"execute":"migrate","arguments":{"channels":[]}}""",
    """{"execute":"migrate","arguments":{"channels":[{"channel-type":"main"}]}}""",
    """{"execute":"migrate","arguments":{"channels":[
        {"channel-type":"main","addr":{"transport":"socket","type":"unix","path":"/a"}},
        {"channel-type":"main","addr":{"transport":"socket","type":"unix","path":"/a"}}]}}""",
    """{"execute":"migrate","arguments":{"channels":[
        {"channel-type":"main","addr":{"transport":"socket","type":"unix"}}]}}""",
    """{"execute":"migrate","arguments":{"channels":[{"channel-type":"main","addr":{"transport":"socket"}}]}}""",
    """{"execute":"migrate","arguments":{"channels":[{"channel-type":"main","addr":{"transport":"zzz"}}]}}""",
    """{"execute":"migrate","arguments":{"uri":"unix:/x","resume":true}}""",
    """{"execute":"migrate-incoming","arguments":{"uri":"unix:/x"}}""",
    """{"execute":"migrate","arguments":{"uri":""}}""",
    """{"execute":"migrate","arguments":{"uri":1}}""",
    """{"execute":"migrate","arguments":{"uri":"unix:/x","detach":true,"zz":1}}""",
    """{"execute":"migrate","arguments":{"uri":"unix:/x","channels":[
        {"channel-type":"main","addr":{"transport":"socket","type":"unix","path":"/a"}}]}}""",
    """{"execute":"migrate","arguments":{"channels":[
        {"channel-type":"zz","addr":{"transport":"socket","type":"unix","path":"/a"}}]}}""",
    PARAMETERS % '"mode":"cpr-transfer"',
    """{"execute":"migrate","arguments":{"uri":"unix:/x"}}""",
    PARAMETERS % '"mode":"normal"',
    """{"execute":"migrate-incoming"}""",
    """{"execute":"migrate-incoming","arguments":{"uri":"bogus:1"}}""",
    """{"execute":"migrate-incoming","arguments":{"uri":"unix:/x","exit-on-error":1}}""",
    """{"execute":"migrate-incoming","arguments":{"zz":1}}""",
    """{"execute":"migrate-recover"}""",
    """{"execute":"migrate-recover","arguments":{"uri":"unix:/x"}}""",
    """{"execute":"migrate-continue","arguments":{"state":"zz"}}""",
    """{"execute":"migrate-continue"}""",
    """{"execute":"migrate-start-postcopy"}""",
    """{"execute":"migrate_cancel"}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"x","state":true}]}}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"events"}]}}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[
        {"capability":"switchover-ack","state":true}]}}""",
    """{"execute":"migrate-set-capabilities"}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":{}}}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"events","state":1}]}}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[
        {"capability":"return-path","state":true},{"capability":"switchover-ack","state":true}]}}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"return-path","state":false}]}}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[
        {"capability":"return-path","state":false},{"capability":"switchover-ack","state":false}]}}""",
    """{"execute":"query-migrate-capabilities"}""",
    *(
        PARAMETERS % words
        for words in (
            '"announce-rounds":5000', '"announce-initial":100001', '"announce-max":100001', '"announce-step":10001',
            '"announce-step":0', '"downtime-limit":20000000', '"downtime-limit":"a"', '"zz":1', '"mode":"zz"',
            '"multifd-compression":"zz"', '"zero-page-detection":"zz"', '"tls-creds":null', '"tls-creds":1',
            '"tls-hostname":null,"tls-authz":null', '"tls-creds":"zz"', '"tls-creds":""', '"cpu-throttle-initial":0',
            '"cpu-throttle-increment":100', '"cpu-throttle-increment":300', '"max-cpu-throttle":100',
            '"throttle-trigger-threshold":0', '"multifd-channels":0', '"multifd-channels":256', '"xbzrle-cache-size":3',
            '"max-cpu-throttle":50', '"cpu-throttle-initial":60', '"max-cpu-throttle":99',
            '"vcpu-dirty-limit":0', '"x-vcpu-dirty-limit-period":0', '"multifd-zlib-level":10', '"multifd-zstd-level":21',
            '"multifd-qatzip-level":0', '"max-bandwidth":-1', '"max-bandwidth":18446744073709551615', '"direct-io":1',
        )
    ),
    """{"execute":"set_link","arguments":{"name":"zzz","up":true}}""",
    """{"execute":"set_link","arguments":{"name":"zzz"}}""",
    """{"execute":"announce-self","arguments":{}}""",
    """{"execute":"announce-self","arguments":{"initial":50,"max":550,"rounds":5,"step":"a"}}""",
    """{"execute":"announce-self","arguments":{"initial":50,"max":550,"rounds":1,"step":100,"interfaces":"zz"}}""",
    """{"execute":"announce-self","arguments":{"initial":50,"max":550,"rounds":1,"step":100,"interfaces":["zz"],"id":"x"}}""",
    """{"execute":"query-rx-filter"}""",
    """{"execute":"query-rx-filter","arguments":{"name":"zzz"}}""",
    """{"execute":"netdev_del","arguments":{"id":"zz"}}""",
    """{"execute":"device_del","arguments":{"id":"zz"}}""",
    """{"execute":"netdev_add","arguments":{"id":"n0"}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap"}}""",
    """{"execute":"netdev_add","arguments":{"type":"zz","id":"n0"}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0","zz":1}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0","queues":"4"}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0","queues":5000000000}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap","id":"9n","ifname":"a"}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0","vnet_hdr":"on"}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0","sndbuf":"1K"}}""",
    """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0","fd":"nope"}}""",
    (
        """{"execute":"netdev_add","arguments":{"type":"hubport","id":"n0","hubid":1}}""",
        """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0","ifname":"tap0","script":"no"}}""",
    ),
    (
        """{"execute":"netdev_add","arguments":{"type":"hubport","id":"n0","hubid":1}}""",
        """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0"}}""",
    ),
    """{"execute":"object-add"}""",
    """{"execute":"object-add","arguments":{"qom-type":"zz","id":"f0"}}""",
    """{"execute":"object-add","arguments":{"qom-type":"filter-dump"}}""",
    """{"execute":"object-add","arguments":{"qom-type":"filter-dump","id":"f0"}}""",
    """{"execute":"object-add","arguments":{"qom-type":"filter-dump","id":"f0","netdev":"n0"}}""",
    """{"execute":"object-add","arguments":{"qom-type":"filter-dump","id":"f0","netdev":"zz","file":"/dev/null"}}""",
    """{"execute":"object-add","arguments":{"qom-type":"filter-dump","id":"f0","netdev":"n0","file":"/nowhere/f"}}""",
    """{"execute":"object-add","arguments":{"qom-type":"filter-dump","id":"f0","netdev":"n0","file":"/dev/fdset/7"}}""",
    *(
        NULL_DUMP % words
        for words in (
            '"id":"9f"', '"id":"f0","zz":1', '"id":"f0","maxlen":0', '"id":"f0","maxlen":"a"', '"id":"f0","maxlen":5000000000',
            '"id":"f0","queue":"zz"', '"id":"f0","status":"zz"', '"id":"f0","status":true', '"id":"f0","position":"zz"',
            '"id":"f0","position":"id=zz"', '"id":"f0","insert":"zz"',
            '"id":"f0","position":"head","insert":"before","maxlen":70000', '"id":"f0"',
            '"id":"f1","status":"off","queue":"rx","position":"id=f0"',
        )
    ),
    """{"execute":"object-del"}""",
    """{"execute":"object-del","arguments":{"id":1}}""",
    """{"execute":"object-del","arguments":{"id":"zz"}}""",
    """{"execute":"object-del","arguments":{"id":"f0"}}""",
    """{"execute":"object-del","arguments":{"id":"f0"}}""",
    """{"execute":"netdev_del","arguments":{"id":"n0"}}""",
    """{"execute":"object-del","arguments":{"id":"f1"}}""",
    (
        """{"execute":"netdev_add","arguments":{"type":"hubport","id":"n0","hubid":1}}""",
        """{"execute":"netdev_add","arguments":{"type":"tap","id":"n0"}}""",
    ),
    """{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"d0","mac":"zz","netdev":"n0"}}""",
    """{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"d0","host_mtu":"zz","netdev":"n0"}}""",
    """{"execute":"device_add","arguments":{"driver":"zz","id":"d0"}}""",
    """{"execute":"device_add","arguments":{"id":"d0"}}""",
    """{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"d0","netdev":"zz"}}""",
    """{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"d0","netdev":"n0","zz":1}}""",
    """{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"d0","netdev":"n0"}}""",
    """{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"d0","netdev":"n0"}}""",
    """{"execute":"device_add","arguments":{"driver":"virtio-net-pci","id":"d1","netdev":"n0"}}""",
    """{"execute":"query-uuid"}""",
    """{"execute":"query-uuid","arguments":{"a":1}}""",
    """{"execute":"stop"}""",
    """{"execute":"cont"}""",
    """{"execute":"cont"}""",
    """{"execute":"query-status"}""",
    """{"execute":"stop"}""",
    """{"execute":"stop"}""",
    """{"execute":"query-status"}""",
    """{"execute":"quit"}""",
]
# The same for those that wait for a guest.
WAITING_WORDS = [
    """{"execute":"qmp_capabilities"}""",
    """{"execute":"query-status"}""",
    """{"execute":"migrate","arguments":{"uri":"unix:/x"}}""",
    """{"execute":"cont"}""",
    """{"execute":"query-status"}""",
    """{"execute":"stop"}""",
    """{"execute":"query-status"}""",
    """{"execute":"migrate-incoming"}""",
    """{"execute":"migrate-incoming","arguments":{"channels":[]}}""",
    """{"execute":"migrate-incoming","arguments":{"uri":"bogus:1"}}""",
    """{"execute":"migrate-recover","arguments":{"uri":"unix:/x"}}""",
    """{"execute":"migrate_cancel"}""",
    """{"execute":"query-migrate"}""",
    """{"execute":"migrate-incoming","arguments":{"uri":"unix:@FOLDER@/a"}}""",
    """{"execute":"query-migrate"}""",
    """{"execute":"migrate-incoming","arguments":{"uri":"unix:@FOLDER@/b"}}""",
    """{"execute":"migrate-incoming","arguments":{"uri":"bogus:1"}}""",
    """{"execute":"migrate","arguments":{"uri":"unix:/x"}}""",
    """{"execute":"migrate-set-capabilities","arguments":{"capabilities":[{"capability":"events","state":true}]}}""",
    """{"execute":"migrate-set-parameters","arguments":{"downtime-limit":400}}""",
    """{"execute":"query-status"}""",
    """{"execute":"quit"}""",
]


def conversation(path, words, index):
    """What is said to each message: all until the answer, without the time of events."""
    folder = path.removesuffix(".sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as monitor:
        deadline = time.monotonic() + STEP_SECONDS
        while monitor.connect_ex(path) != 0:
            expect(time.monotonic() < deadline, f"nobody listens on {path}")
            time.sleep(0.01)
        monitor.settimeout(STEP_SECONDS)
        lines = monitor.makefile()
        expect("QMP" in json.loads(lines.readline()), "no greeting")
        for each in words:
            message = each if isinstance(each, str) else each[index]
            message = message.replace("@FOLDER@", folder)
            monitor.sendall(message.encode())
            said = []
            while not said or "event" in said[-1]:
                said.append(json.loads(lines.readline().replace(folder, "@FOLDER@")))
                said[-1].pop("timestamp", None)
            if "query-migrate\"" in message and isinstance(said[-1].get("return"), dict):
                # A host's own, beside QEMU's.
                for own in ("blackout-ns", "phases-ns"):
                    said[-1]["return"].pop(own, None)
            yield message, said


async def words_case(lab):
    scripts = pathlib.Path(__file__).resolve().parent
    told = [("A", WORDS, ["-S"], ["--bare", "-S"]), ("B", WAITING_WORDS, ["-incoming", "defer"], ["--bare", "--incoming"])]
    for name, words, qemu_options, host_options in told:
        qemu_path = lab.path(f"qemu-{name}.sock")
        printed = subprocess.run(
            [scripts / "qemu.sh", "command", "10", "--size", "32", "--qmp", qemu_path, *qemu_options],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        with open(lab.path("qemu.log"), "w") as log:
            lab.children.append(subprocess.Popen(shlex.split(printed.stdout), stdout=log, stderr=log))
        _, host_path = lab.host(name, *host_options)
        for path in (qemu_path, host_path):
            os.mkdir(path.removesuffix(".sock"))
        count, differences = 0, []
        for (_, qemu), (message, host) in zip(conversation(qemu_path, words, 0), conversation(host_path, words, 1)):
            if qemu != host:
                differences.append(f"{message}: QEMU says {qemu}, the host {host}")
            count += 1
        expect(not differences, "\n".join(differences))
        expect(count == len(words), f"{count} of {len(words)} were answered")
        print(f"words: {count} messages are answered as by QEMU")


CASES = {
    "client": client_case, "shell": shell_case, "functional": functional_case, "vhost": vhost_case, "plug": plug_case,
    "words": words_case,
}  # fmt: skip


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in CASES:
        sys.exit(__doc__)
    lab = Lab(sys.argv[2])
    try:
        asyncio.run(asyncio.wait_for(CASES[sys.argv[1]](lab), 120 * SLOWNESS))
    except AssertionError as failure:
        sys.exit(f"check-qmp: {sys.argv[1]}: {failure}")
    finally:
        lab.close()
    print(f"check-qmp: {sys.argv[1]}: as it should be")


if __name__ == "__main__":
    main()
