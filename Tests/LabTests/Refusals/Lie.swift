import BatonCore
import Foundation
import Testing

/// What a peer says that is not so, or gives that is not what it should be.
enum Lie: CaseIterable {
  case sourceFromTheFuture, targetFromTheFuture
  case cutHello, cutDevice, cutState, cutAnswers
  case nullDevice, socket, twiceTheSameQueue, oneQueueLess
  case wordIsNoMemory, wordIsOfAnotherHandover, memoryIsNoMemory
  case otherMTU, otherFeatures, otherRings, otherName
  case unknownRecord

  var queues: Int {
    switch self {
    case .twiceTheSameQueue, .oneQueueLess: 2
    case .sourceFromTheFuture, .targetFromTheFuture, .cutHello, .cutDevice, .cutState,
      .cutAnswers, .nullDevice, .socket, .wordIsNoMemory, .wordIsOfAnotherHandover,
      .memoryIsNoMemory, .otherMTU, .otherFeatures, .otherRings, .otherName, .unknownRecord:
      1
    }
  }

  /// Where the properties of `net0` begin in DEVICE: behind the length, name and kind, and behind
  /// the version and the length of the offer.
  private static let properties = 2 + 1 + 4 + 1 + 3 + 2 + 2
  private static let noMemory = "/dev/null"

  /// Changes the record that the lie is about.
  func tell(_ record: Record, in kernel: Kernel) throws {
    let isToldByTarget = [.targetFromTheFuture, .cutAnswers].contains(self)
    guard record.isFromSource != isToldByTarget else { return }
    switch (self, record.kind) {
    case (.sourceFromTheFuture, .hello), (.targetFromTheFuture, .hello):
      record.put(9, 2, at: 0)
      record.put(9, 2, at: 2)
    case (.cutHello, .hello): record.cut = 5
    case (.cutDevice, .device), (.cutState, .state): record.cut = 30
    case (.cutAnswers, .answers): record.cut = Record.headerByteCount
    case (.nullDevice, .device), (.wordIsNoMemory, .hello),
      (.memoryIsNoMemory, .memory):
      record.replaceDescriptor(with: try Self.openNull(kernel))
    case (.socket, .device):
      let (one, other) = try kernel.socketPair()
      kernel.close(other)
      record.replaceDescriptor(with: Descriptor(owning: one, in: kernel))
    case (.twiceTheSameQueue, .device):
      let second = try kernel.duplicate(record.descriptors[1])
      record.replaceDescriptor(with: Descriptor(owning: second, in: kernel))
    case (.oneQueueLess, .device): _ = record.descriptors.takeFirst()
    case (.wordIsOfAnotherHandover, .hello): record.put(0x1234, 4, at: 4)
    case (.otherMTU, .device): record.put(1400, 2, at: Self.properties)
    case (.otherRings, .device): record.put(64, 2, at: Self.properties + 2)
    case (.otherFeatures, .device): record.put(0x8000, 8, at: Self.properties + 4)
    case (.otherName, .device): record.put(UInt64(UInt8(ascii: "x")), 1, at: 3)
    case (.unknownRecord, .device): record.number = 99
    case _: break
    }
  }

  /// The target takes its teller for no source at all.
  var isOfNoSource: Bool {
    [.cutHello, .wordIsNoMemory, .wordIsOfAnotherHandover].contains(self)
  }

  /// What the source says of it.
  var sourceWords: [String] {
    switch self {
    case .targetFromTheFuture: ["protocol version: 2 here, 9 on the other side"]
    case .sourceFromTheFuture: ["protocol version: 9 here, 2 on the other side"]
    case .cutHello, .cutDevice, .cutState: ["the other end closed the channel"]
    case .cutAnswers: ["the stream ended after 16 of 19 bytes"]
    case .nullDevice, .socket, .twiceTheSameQueue, .oneQueueLess, .wordIsNoMemory,
      .wordIsOfAnotherHandover, .memoryIsNoMemory, .otherMTU, .otherFeatures, .otherRings,
      .otherName, .unknownRecord:
      targetWords
    }
  }

  /// What the target says of it.
  var targetWords: [String] {
    switch self {
    case .targetFromTheFuture: ["protocol version: 9 here, 2 on the other side"]
    case .sourceFromTheFuture: ["protocol version: 2 here, 9 on the other side"]
    case .cutHello: []
    case .cutDevice, .cutState: ["the stream ended after 30 of "]
    case .cutAnswers: ["the other end closed the channel"]
    case .nullDevice: ["net0", "'another character device' was received", "'TUN device'"]
    case .socket: ["net0", "'socket' was received", "'TUN device'"]
    case .twiceTheSameQueue: ["net0", "descriptors 0 and 1 are one open file"]
    case .oneQueueLess: ["net0", "2 descriptors were announced, 1 arrived"]
    case .wordIsNoMemory: ["ownership word", "'memfd'"]
    case .wordIsOfAnotherHandover: ["handover id"]
    case .memoryIsNoMemory: ["ram"]
    case .otherMTU: ["net0", "MTU", "1400"]
    case .otherFeatures: ["net0", "virtio features", "0x0", "0x8000"]
    case .otherRings: ["net0", "ring size", "256", "64"]
    case .otherName: ["xet0", "the target has none of this name"]
    case .unknownRecord: ["record type 99 is not known here"]
    }
  }

  private static func openNull(_ kernel: Kernel) throws -> Descriptor {
    let file = try #require(fopen(noMemory, "r+"))
    defer { fclose(file) }
    return Descriptor(owning: try kernel.duplicate(fileno(file)), in: kernel)
  }
}
