import Driver
import Foundation

/// `fuzz TARGET [libFuzzer's arguments]`
@main
struct Main {
  /// What the first argument names: the C callback can capture nothing.
  private static let target = FuzzTarget(
    rawValue: CommandLine.arguments.dropFirst().first ?? "")

  static func main() {
    let arguments = CommandLine.arguments
    guard target != nil else {
      let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
      FileHandle.standardError.write(Data("fuzz: name a target: \(names)\n".utf8))
      exit(64)
    }
    var argv: [UnsafeMutablePointer<CChar>?] =
      ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
    var count = CInt(argv.count - 1)
    argv.withUnsafeMutableBufferPointer { buffer in
      var pointer = buffer.baseAddress
      exit(
        LLVMFuzzerRunDriver(&count, &pointer) { bytes, count in
          Main.target?.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
          return 0
        })
    }
  }
}
