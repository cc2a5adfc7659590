/// Measures text without a font: the same on every machine.
///
/// The widths are those of Helvetica, which Arial and Liberation Sans share, from the Adobe font
/// metrics; a narrower font leaves a little air.
enum TextMeasure {
  /// Widths of U+0020 to U+007E in thousandths of the font size.
  private static let widths: [Int] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
  ]

  /// The width in pixels, rounded up, with a twentieth to spare.
  static func width(_ text: String, size: Int, isBold: Bool = false) -> Int {
    let thousandths = text.unicodeScalars.reduce(0) { sum, scalar in
      let index = Int(scalar.value) - 0x20
      return sum + (widths.indices.contains(index) ? widths[index] : 1000)
    }
    let percent = isBold ? 112 : 105
    return (thousandths * size * percent + 99_999) / 100_000
  }
}
