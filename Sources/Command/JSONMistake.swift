package import Foundation

/// What is wrong in a JSON file, in words and with its line.
package struct JSONMistake {
  /// The line, from 1; nil when a value is none that is wanted and its file has several lines.
  package let line: Int?
  /// What is wrong there.
  package let problem: String

  /// What a decoder has thrown of a file.
  package init(_ error: any Error, in data: Data) {
    let lines = Self.lines(data[...])
    if let syntax = Self.syntax(data) {
      (line, problem) = syntax
    } else if let error = error as? DecodingError {
      (line, problem) = (lines == 1 ? 1 : nil, Self.text(of: error))
    } else {
      (line, problem) = (lines == 1 ? 1 : nil, "\(error)")
    }
  }

  /// Where the file stops to be JSON; nil when it is.
  private static func syntax(_ data: Data) -> (line: Int, problem: String)? {
    guard data.contains(where: { ![9, 10, 13, 32].contains($0) }) else {
      return (1, "is empty, and no JSON")
    }
    do {
      _ = try JSONSerialization.jsonObject(with: data, options: [.fragmentsAllowed])
      return nil
    } catch {
      let text = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? ""
      let digits = text.split(whereSeparator: { !$0.isNumber }).last
      guard text.contains("around character"), let place = digits.flatMap({ Int($0) }) else {
        return (lines(data[...]), "is no JSON: it ends too early")
      }
      let what = text.components(separatedBy: " around").first ?? text
      return (lines(data.prefix(place)), "is no JSON: \(what.lowercased())")
    }
  }

  /// The number of the line on which bytes end.
  private static func lines(_ data: Data) -> Int {
    let end = data.last == 10 ? data.dropLast() : data
    return end.count { $0 == 10 } + 1
  }

  /// Which value is not as it must be.
  private static func text(of error: DecodingError) -> String {
    func at(_ context: DecodingError.Context, _ key: String? = nil) -> String {
      let keys = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
      return (keys + (key.map { [$0] } ?? [])).joined(separator: "/")
    }
    func said(_ place: String, _ what: String) -> String {
      place.isEmpty ? what : "\(place): \(what)"
    }
    return switch error {
    case .keyNotFound(let key, let context): "\(at(context, key.stringValue)) is missing"
    case .valueNotFound(_, let context): said(at(context), "is null")
    case .typeMismatch(let type, let context): said(at(context), "is no \(word(type))")
    case .dataCorrupted(let context): said(at(context), corrupted(context))
    @unknown default: "\(error)"
    }
  }

  /// The file is JSON: what a decoder calls none is a number that has no room.
  private static func corrupted(_ context: DecodingError.Context) -> String {
    guard context.debugDescription.contains("not valid JSON") else {
      return context.debugDescription
    }
    let inner = context.underlyingError.map { ($0 as NSError).userInfo[NSDebugDescriptionErrorKey] }
    return (inner as? String) ?? "a number is larger than any that is possible"
  }

  private static func word(_ type: any Any.Type) -> String {
    switch type {
    case is String.Type: "text"
    case is Bool.Type: "truth value"
    case is any BinaryInteger.Type, is any BinaryFloatingPoint.Type: "number"
    case _ where "\(type)".hasPrefix("Array"): "list"
    case _ where "\(type)".hasPrefix("Dictionary"): "object"
    case _: "value of its kind"
    }
  }
}
