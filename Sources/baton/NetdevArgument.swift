import ArgumentParser
import BatonCore
import BatonNet
import Foundation

/// A TAP in QEMU's words (`-netdev tap,…`), looked at before anything is opened.
struct NetdevArgument: ExpressibleByArgument {
  let id: String?
  let options: TapOptions
  /// Why it is none; told when the command line is looked at as a whole.
  let mistake: String?

  init?(argument: String) {
    var found: (id: String?, options: TapOptions, mistake: String?) = (nil, TapOptions(), nil)
    do throws(TapArgumentError) {
      let arguments = try TapArguments(parsing: Array(argument.utf8))
      found.id = arguments[.id].map { String(decoding: $0, as: UTF8.self) }
      found.options = try arguments.options()
    } catch {
      found.mistake = "--netdev \(argument): \(error)"
    }
    (id, options, mistake) = found
  }

  /// Looks at several of them: none is wrong, no name and no descriptor is said twice, and each
  /// descriptor was given to this process.
  static func check(_ all: [NetdevArgument], _ kernel: Kernel = Kernel()) throws {
    if let mistake = all.lazy.compactMap(\.mistake).first { throw ValidationError(mistake) }
    var ids: Set<String> = []
    var numbers: Set<CInt> = []
    for netdev in all {
      if let id = netdev.id {
        guard Name(text: id) != nil, !id.isEmpty else {
          throw ValidationError("--netdev id=\(id) is not possible: 1 to 31 bytes are")
        }
        guard ids.insert(id).inserted else { throw ValidationError("two netdevs are named \(id)") }
      }
      for number in (netdev.options.fds ?? []) + netdev.options.vhostFDs {
        guard number > 2 else {
          throw ValidationError(
            "descriptor \(number) is the process's own: those that are given are 3 and above")
        }
        guard numbers.insert(number).inserted else {
          throw ValidationError("descriptor \(number) is given to two netdevs")
        }
        guard kernel.isOpen(number) else {
          throw ValidationError("descriptor \(number) was not given to this process")
        }
      }
    }
  }
}
