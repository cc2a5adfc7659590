import BatonCore
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// Network devices come and go while a guest runs, and while one is awaited.
  @Suite(.timeLimit(.minutes(15))) struct PlugTests {
    private static func plug(
      _ host: HostProcess, _ tap: String, _ id: String, mac: String? = nil
    ) throws {
      try host.control.call(
        "netdev_add",
        [
          "type": "tap", "id": "n\(id)", "ifname": tap, "script": "no", "downscript": "no",
          "vnet_hdr": true,
        ])
      var device = [
        "driver": "virtio-net-pci", "id": "d\(id)", "netdev": "n\(id)", "bus": "pci.1",
      ]
      device["mac"] = mac
      try host.control.call("device_add", device)
    }

    private static let roomy = Stage.Wish(more: ["--slots", "2"])
    private static let bare = Stage.Wish(more: ["--bare"])

    private func isThere(_ tap: String) -> Bool { Interface(name: tap).transmitDrops != nil }

    @Test func `a device is plugged into a running guest, moves with it, and is plugged out`()
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource("A", Self.roomy)
        try Self.plug(source, "tap1", "1")
        try stage.probe("tap1", 1, flows: 2, awaitsAnswer: true)
        let target = try stage.startTarget("B", Self.roomy)
        try Self.plug(target, "tap1", "1")
        try stage.move(source, target)
        // The former host has the same devices when it takes the guest back.
        try stage.move(target, source)
        stage.expectLoss()
        try source.control.call("device_del", ["id": "d1"])
        let told = try #require(source.control.events.last { $0.name == "DEVICE_DELETED" })
        #expect(told.data == ["device": "d1", "path": "/machine/peripheral/d1"])
        #expect(isThere("tap1"))
        // The TAP has stayed, and takes the next device.
        let again = ["driver": "virtio-net-pci", "id": "d3", "netdev": "n1"]
        try source.control.call("device_add", again)
        try stage.probe("tap1", 1, flows: 2, awaitsAnswer: true)
        stage.expectLoss()
        try source.control.call("device_del", ["id": "d3"])
        try source.control.call("netdev_del", ["id": "n1"])
        #expect(!isThere("tap1"))
        // Its place is free again, and the guest's other device was there all the time.
        try Self.plug(source, "tap2", "2")
        try stage.probe("tap2", 1, flows: 2, awaitsAnswer: true)
        try stage.probe(awaitsAnswer: true)
        try stage.expectFlow()
      }
    }

    @Test func `a device that is added after the beginning was told waits as well`() async throws {
      try await Stage.run { stage in
        let source = try stage.start("A", Self.bare)
        try Self.plug(source, Stage.tap, "0")
        try stage.probe()
        var wish = Self.bare
        wish.isIncoming = true
        let target = try stage.start("B", wish)
        let address = stage.newAddress()
        try target.control.call("migrate-incoming", ["uri": address])
        try Self.plug(target, Stage.tap, "0")
        try source.control.post("migrate", ["uri": address])
        try stage.expectEnd("completed", of: source)
        try stage.expectEnd("completed", of: target)
        try stage.expectRunner(target, not: source)
        try stage.expectFlow()
      }
    }

    @Test func `devices that are plugged in another order are refused, and the guest goes on`()
      async throws
    {
      try await Stage.run { stage in
        let wish = Stage.Wish(more: ["--bare", "--slots", "2"])
        let source = try stage.start("A", wish)
        try Self.plug(source, Stage.tap, "0")
        try Self.plug(source, "tap1", "1")
        try stage.probe()
        let target = try stage.startTarget("B", wish)
        for (tap, id, mac) in [("tap1", "1", "02"), (Stage.tap, "0", "01")] {
          try Self.plug(target, tap, id, mac: "52:54:00:ba:70:\(mac)")
        }
        try stage.beginMove(source, target)
        try stage.expectRefusal(source, ["MAC address"])
        try stage.expectFailure(target, ["MAC address"])
      }
    }

    @Test func `a guest starts without a device that went while its script ran`() async throws {
      try await Stage.run { stage in
        let (script, gate) = ("\(stage.folder)/up", "\(stage.folder)/gate")
        #expect(mkfifo(gate, 0o600) == 0)
        defer { for path in [script, gate] { unlink(path) } }
        // Runs until somebody opens the other end.
        try Data("#!/bin/sh\nread -r line <\(gate)\n".utf8).write(to: URL(filePath: script))
        #expect(chmod(script, 0o700) == 0)
        let slow = "tap,id=slow,ifname=slow0,script=\(script),downscript=no"
        let host = try stage.start("A", Stage.Wish(more: ["--netdev", slow]))
        func status() throws -> String? {
          try host.control.call("query-status")["status"] as? String
        }
        #expect(try status() == "prelaunch")
        try host.control.call("device_del", ["id": "slow"])
        #expect(try status() == "running")
        try Data("\n".utf8).write(to: URL(filePath: gate))
        try stage.probe(awaitsAnswer: true)
        try stage.expectFlow()
      }
    }

    @Test func `a TAP that is deleted while it waits is never opened`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource("A", Self.roomy)
        let target = try stage.startTarget("B", Self.roomy)
        try target.control.call(
          "netdev_add", ["type": "tap", "id": "n1", "ifname": "tap1", "script": "no"])
        #expect(!isThere("tap1"))
        try target.control.call("netdev_del", ["id": "n1"])
        try stage.move(source, target)
        #expect(!isThere("tap1"))
      }
    }

    @Test func `without the transfer a TAP that is added late is opened at once`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish(more: ["--bare", "--no-local"])
        wish.isIncoming = true
        let target = try stage.start("B", wish)
        let add: [String: Any] = ["type": "tap", "id": "n1", "ifname": "tap1", "script": "no"]
        try target.control.call("netdev_add", add)
        #expect(!isThere("tap1"))
        try target.control.call("migrate-incoming", ["uri": stage.newAddress()])
        #expect(isThere("tap1"))
        try target.control.call(
          "netdev_add", add.merging(["id": "n2", "ifname": "tap2"]) { $1 })
        #expect(isThere("tap2"))
        try target.control.call("migrate_cancel")
      }
    }

    static let refusals: [(String, [String: String], String)] = [
      ("netdev_add", ["type": "tap", "id": "net0"], "Duplicate ID 'net0'"),
      ("netdev_add", ["type": "tap"], "Parameter 'id' is missing"),
      ("netdev_add", ["type": "x", "id": "n"], "Parameter 'type' does not accept value 'x'"),
      ("netdev_add", ["type": "tap", "id": "n", "x": "y"], "Parameter 'x' is unexpected"),
      ("netdev_del", ["id": "n"], "Device 'n' not found"),
      ("netdev_del", ["id": "net0"], "Device 'net0' is in use by 'net0'"),
      ("device_del", ["id": "n"], "Device 'n' not found"),
      ("device_add", ["driver": "x", "id": "d"], "'x' is not a valid device model name"),
      (
        "device_add", ["driver": "virtio-net-pci", "id": "d", "netdev": "n"],
        "Property 'virtio-net-device.netdev' can't find value 'n'"
      ),
      (
        "device_add", ["driver": "virtio-net-pci", "id": "d", "netdev": "net0"],
        "Property 'virtio-net-device.netdev' can't take value 'net0', it's in use"
      ),
      (
        "device_add", ["driver": "virtio-net-pci", "id": "net0", "netdev": "n"],
        "Duplicate device ID 'net0'"
      ),
      (
        "device_add", ["driver": "virtio-net-pci", "netdev": "n", "x": "y"],
        "Property 'virtio-net-pci.x' not found"
      ),
      (
        "device_add", ["driver": "virtio-net-pci", "netdev": "spare"],
        "PCI: no slot/function available for virtio-net-pci, all in use or reserved"
      ),
      (
        "set_link", ["name": "n", "up": "on"], "Invalid parameter type for 'up', expected: boolean"
      ),
      ("query-rx-filter", ["name": "n"], "invalid net client name: n"),
    ]

    @Test func `what cannot be plugged is refused in QEMU's words`() async throws {
      try await Stage.run { stage in
        let host = try stage.startSource()
        try host.control.call(
          "netdev_add", ["type": "tap", "id": "spare", "ifname": "tap1"])
        for (command, arguments, text) in Self.refusals {
          #expect(stage.refusal(host, command, arguments: arguments) == text)
        }
        let busy: [String: Any] = ["type": "tap", "id": "n0", "ifname": Stage.tap, "queues": 1]
        #expect(stage.refusal(host, "netdev_add", arguments: busy).contains("EBUSY"))
        try stage.expectFlow()
      }
    }

    @Test func `a cable is pulled and plugged in, and a guest starts afresh`() async throws {
      try await Stage.run { stage in
        let host = try stage.startSource()
        try host.control.call("system_reset")
        #expect(host.control.events.last?.name == "RESET")
        try stage.expectFlow()
        try host.control.call("set_link", ["name": "net0", "up": false])
        try stage.expectSilence()
        try host.control.call("set_link", ["name": "net0", "up": true])
        try stage.expectFlow()
        stage.expectLoss()
      }
    }
  }
}
