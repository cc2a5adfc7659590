import BatonCore
import Foundation

@testable import BatonDiagrams
@testable import BatonHost
@testable import BatonMig
@testable import BatonNet
@testable import BatonQMP
@testable import BatonSCXML
@testable import BatonTraces
@testable import BatonVhostUser

/// Everything that decodes bytes of others: what libFuzzer feeds, and what plain tests replay.
///
/// A target answers by not trapping: a refusal is an answer.
enum FuzzTarget: String, CaseIterable {
  /// The payloads of the handover's records.
  case records
  /// A whole stream of records, descriptors among them, to a target that listens.
  case stream
  /// What clients of the control socket say.
  case control
  /// Trace files.
  case trace
  /// The guest's rings: descriptors, chains, headers.
  case rings
  /// The saved state of a network device.
  case state
  /// Offers of network devices, and addresses and names as users write them.
  case options
  /// SCXML documents, and the expressions in them.
  case scxml
  /// Drawings of Mermaid and PlantUML.
  case drawing
  /// What a front-end of vhost-user says, with descriptors, and what its guest writes meanwhile.
  case vhost
  /// The offer and the state of a vhost-user port, as another process writes them.
  case port

  /// Decodes.
  func run(_ bytes: [UInt8]) {
    switch self {
    case .records: Self.records(bytes)
    case .stream: FuzzStream.run(bytes)
    case .control: Self.command(bytes)
    case .trace:
      if let lines = try? TraceLine.all(in: Data(bytes)) { _ = PerfettoTrace(lines) }
    case .rings: FuzzRings.run(bytes)
    case .state: FuzzRings.load(bytes)
    case .options: Self.options(bytes)
    case .scxml: Self.scxml(bytes)
    case .drawing: Self.drawing(bytes)
    case .vhost: FuzzVhost.run(bytes)
    case .port: Self.port(bytes)
    }
  }

  /// A host without a machine: it reads and refuses.
  private static func command(_ bytes: [UInt8]) {
    let file = "/tmp/baton-fuzz-\(UUID().uuidString)"
    defer { unlink(file) }
    guard let path = SocketPath(file) else { fatalError("\(file) is no path of a socket") }
    let configuration = MachineConfiguration(name: "fuzz", memoryByteCount: 4096, nics: [])
    let options = BatonHost.Host.Options(configuration: configuration, control: path)
    let host: BatonHost.Host
    do { host = try BatonHost.Host(options, log: { _ in }) } catch {
      fatalError("without a host nothing is tried: \(error)")
    }
    var scanner = MessageScanner()
    scanner.append(bytes)
    while scanner.find(), let message = scanner.take() {
      guard case .text(let text) = message, case .success(let request) = Request.read(text)
      else { continue }
      host.carryOut(CommandCall(request) { _ in })
    }
  }

  private static func records(_ bytes: [UInt8]) {
    guard let first = bytes.first else { return }
    let payload = Array(bytes.dropFirst())
    var cursor = ByteCursor()
    switch first % 7 {
    case 0: _ = try? RecordHeader(payload.span.bytes, at: 0)
    case 1:
      _ = try? Greeting(payload.span.bytes)
      _ = try? Payload.Answers(payload.span.bytes, deviceCount: 3)
    case 2:
      let arrivals = Arrivals(in: Kernel())
      try? arrivals.addDevice(payload.span.bytes, Descriptors(in: Kernel()))
      try? arrivals.addState(payload.span.bytes)
    case 3:
      let arrivals = Arrivals(in: Kernel())
      try? arrivals.addMemory(payload.span.bytes, Descriptors(in: Kernel()))
    case 4:
      _ = try? Payload.Running(payload.span.bytes, into: HandoverStamps())
    case 5: if let notice = try? RefusalNotice(payload.span.bytes) { _ = "\(notice)" }
    case _: _ = try? cursor.name(payload.span.bytes)
    }
  }

  private static func options(_ bytes: [UInt8]) {
    _ = try? NetDevice.Offer(bytes.span.bytes, subject: Name("net0"))
    var cursor = ByteCursor()
    _ = try? TapProperties(bytes.span.bytes, at: &cursor)
    _ = InterfaceName(bytes: bytes)
    _ = SocketPath(bytes: bytes)
    let address = MigrationAddress(bytes: bytes)
    _ = (address.path, address.transport, "\(address.shown)")
  }

  private static func port(_ bytes: [UInt8]) {
    let subject = Name("net0")
    if let offer = try? PortOffer(bytes.span.bytes, places: 2, subject: subject) {
      var writer = ByteWriter()
      offer.write(into: &writer)
      _ = offer.descriptorCount
    }
    _ = try? PortState(bytes.span.bytes, rings: [2, 0], subject: subject)
  }

  private static func drawing(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    for reading in [ChartReading(mermaid: text), ChartReading(plantuml: text)] {
      _ = reading.all
      if !reading.outline.states.isEmpty { _ = reading.outline.diagram(.scxml) }
    }
  }

  private static func scxml(_ bytes: [UInt8]) {
    if let reading = try? ChartReading(scxml: Data(bytes), file: "fuzz") {
      _ = (reading.all, reading.outline.diagram(.plantuml))
    }
    guard let document = try? Document(Data(bytes), file: "fuzz", folder: nil) else { return }
    _ = "\(document)".count
  }
}
