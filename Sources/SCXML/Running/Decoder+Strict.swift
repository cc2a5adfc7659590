extension Decoder {
  /// The object that stands here, of which every key is one that is known.
  ///
  /// - Throws: `DecodingError`, with the first other key and those that there are.
  func strict<Key: CodingKey & CaseIterable>(
    _ keys: Key.Type
  ) throws -> KeyedDecodingContainer<Key> {
    let known = keys.allCases.map(\.stringValue)
    let found = try container(keyedBy: FreeKey.self).allKeys.sorted {
      $0.stringValue < $1.stringValue
    }
    if let key = found.first(where: { !known.contains($0.stringValue) }) {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(
          codingPath: codingPath + [key],
          debugDescription: "there is no such key; there are \(known.joined(separator: ", "))"))
    }
    return try container(keyedBy: keys)
  }
}

/// A key of whatever name.
private struct FreeKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) { self.stringValue = stringValue }

  init?(intValue: Int) { nil }
}
