// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import BatonDiagrams
import CBaton

extension ChartHandle {
  /// The chart in a language of drawings; nil when there is no such language.
  fileprivate func drawing(_ format: [UInt8]) -> String? {
    let format = DiagramFormat.allCases.first { Array($0.name.utf8) == format }
    return format.map { Outline(names, table.plan).diagram($0) }
  }
}

@c @implementation
package func baton_chart_draw(
  _ chart: OpaquePointer?, _ format: UnsafePointer<CChar>?, _ text: UnsafeMutablePointer<CChar>?,
  _ capacity: Int
) -> Int {
  // Safe: the handle is checked, the format ends with NUL, and the text has room for `capacity`.
  unsafe ask(chart, ChartHandle.self, or: 0) { handle in
    guard let name = unsafe Text.bytes(format, limit: Name.limit),
      let drawing = handle.drawing(name)
    else { return 0 }
    return unsafe Text.copy(drawing, to: text, capacity)
  }
}
