/// The looks of a drawing, light and dark.
extension SVG {
  /// Colours that differ between light and dark.
  private struct Palette: Sendable {
    let ground: String
    let frame: String
    let state: String
    let compound: String
    let deeper: String
    let bar: String
    let border: String
    let title: String
    let text: String
    let muted: String
    let condition: String
    let edge: String
    let accent: String

    static let light = Palette(
      ground: "#ffffff", frame: "#9aa5b1", state: "#fdfdfe", compound: "#f3f6fa",
      deeper: "#e9eef5", bar: "#dfe7f1", border: "#51657b", title: "#14212f", text: "#26333f",
      muted: "#64717e", condition: "#8a3b12", edge: "#4a5a6a", accent: "#0b62d6")

    static let dark = Palette(
      ground: "#12161b", frame: "#4d5966", state: "#1f262e", compound: "#191f26",
      deeper: "#20272f", bar: "#2b3641", border: "#8496a9", title: "#f0f4f8", text: "#d5dde5",
      muted: "#94a2b0", condition: "#f0a36b", edge: "#9dacbb", accent: "#6fb1ff")

    var rules: String {
      """
      .ground{fill:\(ground)}
      .frame{fill:none;stroke:\(frame)}
      .tag{fill:\(bar);stroke:\(frame)}
      .state rect,.state circle{fill:\(state);stroke:\(border)}
      .compound rect{fill:\(compound)}
      .odd rect{fill:\(deeper)}
      .state .bar{fill:\(bar);stroke:none}
      .state .rule{stroke:\(border)}
      .state .core,.initial circle{fill:\(border);stroke:none}
      .initial path,.edge path{stroke:\(edge)}
      text{fill:\(text)}
      .title{fill:\(title)}
      .keyword,.remark{fill:\(muted)}
      .condition{fill:\(condition)}
      .edge .way{stroke:transparent}
      .edge:hover path{stroke:\(accent)}
      .edge:hover text,.edge:hover tspan{fill:\(accent)}

      """
    }
  }

  /// What stands in the `style` element; no rule needs a variable, which not all viewers know.
  static var style: String {
    layoutRules + lightRules + "@media (prefers-color-scheme:dark){\n" + darkRules + "}\n"
  }

  /// The rules that know no colour.
  static var layoutRules: String {
    """
    text{font-family:Helvetica,Arial,"Liberation Sans",sans-serif;\
    font-size:\(Metrics.textSize)px}
    .title{font-size:\(Metrics.titleSize)px;font-weight:bold}
    .kind{font-size:\(Metrics.titleSize)px;font-weight:normal}
    .keyword{font-style:italic}
    .edge path,.initial path{fill:none;stroke-width:1.2;stroke-linecap:round}
    .edge .way{stroke-width:9;stroke-opacity:.25}
    .state rect,.state circle{stroke-width:1.3}
    .region>rect{stroke-dasharray:6 4}

    """
  }

  static var lightRules: String { Palette.light.rules }
  static var darkRules: String { Palette.dark.rules }
}
