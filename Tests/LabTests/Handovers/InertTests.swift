import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// Before the guest is its own a target changes nothing, and what was changed is put back.
  @Suite(.timeLimit(.minutes(15))) struct InertTests {
    /// The device as frames go through it.
    private static let tap = "</dev/net/tun"

    /// The target stops itself right behind its swap: what strace saw before is all that it did
    /// before the guest was its own.
    @Test(.enabled(if: SystemCalls.refusal == nil, "\(SystemCalls.refusal ?? "")"))
    func `no system call of a target changes or touches the TAP before the take`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let file = stage.folder + "/B.trace"
        var wish = Stage.Wish()
        wish.launcher = SystemCalls.launcher(writing: file)
        let target = try stage.startTarget("B", wish)
        try stage.stop(target, in: "taken", of: "Incoming")
        try stage.beginMove(source, target)
        try stage.awaitStop(target)
        target.child.resume()
        try stage.expectEnd("completed", of: target)
        try stage.expectEnd("completed", of: source)
        try stage.expectFlow()
        let tracer = try Tracer(of: target)
        try stage.move(target, source)
        try stage.end(target)
        tracer.expectEnd()

        let calls = try SystemCalls(file)
        let stop = ["kill(", "SIGSTOP"]
        let before = try calls.between(["migrate-incoming"], and: stop)
        #expect(before.having("ioctl", Self.tap, "TUNGETIFF").count > 0)
        for word in ["TUNSET", "F_SETFL"] { #expect(before.having(word) == []) }
        for call in [" read(", " readv(", " write(", " writev("] {
          #expect(before.having(call, Self.tap) == [])
        }
        // The same words find what the target did once the guest was its own.
        let after = try calls.after(stop)
        #expect(after.having("read", Self.tap).count > 0)
        #expect(after.having("write", Self.tap).count > 0)
      }
    }

    /// Somebody else changes the TAP between the offer and the take, and the target that is about
    /// to put it right is killed: the source does.
    @Test func `after a rollback the TAP is as it was`() async throws {
      try await Stage.run { stage in
        let kernel = stage.lab.loop.kernel
        let source = try stage.startSource()
        let target = try stage.startTarget()
        let held = try borrow(from: source, target, stage)
        let before = try Properties(held[0], kernel)
        try stage.stop(source, in: "active", of: "Outgoing", afterEffects: true)
        try stage.stop(target, in: "taken", of: "Incoming")
        try stage.beginMove(source, target)
        try stage.awaitStop(source)
        try kernel.tunSetSendBuffer(held[0], 77_777)
        source.child.resume()
        try stage.awaitStop(target)
        #expect(try Properties(held[0], kernel).sendBuffer == 77_777)
        try stage.kill(target)
        try stage.expectRefusal(source, [])
        #expect(try Properties(held[0], kernel) == before)
        try stage.move(source, try stage.startTarget("C"))
      }
    }

    /// The TAP's descriptors, kept by a middleman in whose hands a handover failed.
    private func borrow(
      from source: HostProcess, _ target: HostProcess, _ stage: Stage
    ) throws -> Descriptors {
      let kernel = stage.lab.loop.kernel
      let held = Box(Descriptors(in: kernel))
      try stage.beginMove(source, target) { record in
        guard record.kind == .device else { return }
        let copy = try kernel.duplicate(record.descriptors[0])
        held.value.append(Descriptor(owning: copy, in: kernel))
        record.cut = Record.headerByteCount
      }
      try stage.expectRefusal(source, [])
      try stage.expectFailure(target, [])
      stage.middlemen = []
      return held.take(leaving: Descriptors(in: kernel))
    }

    /// What the kernel says of a TAP.
    private struct Properties: Equatable {
      let name: InterfaceName
      let flags: UInt16
      let headerSize: CInt
      let sendBuffer: CInt

      init(_ number: CInt, _ kernel: Kernel) throws {
        (name, flags) = try kernel.tunInterface(number)
        headerSize = try kernel.tunHeaderSize(number)
        sendBuffer = try kernel.tunSendBuffer(number)
      }
    }

    /// Somebody who holds a descriptor.
    private final class Box<Value: ~Copyable> {
      var value: Value
      init(_ value: consuming Value) { self.value = value }

      func take(leaving other: consuming Value) -> Value {
        var taken = other
        swap(&taken, &value)
        return taken
      }
    }
  }
}
