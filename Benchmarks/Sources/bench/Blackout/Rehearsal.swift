import Foundation

/// What `baton demo --json -` says, as far as it is measured here.
struct Rehearsal: Decodable {
  struct Handover: Decodable {
    let status: String
    let blackoutMicros: Double?
    let phasesMicros: [String: Double]?

    enum CodingKeys: String, CodingKey {
      case status
      case blackoutMicros = "blackout_us"
      case phasesMicros = "phases_us"
    }
  }

  let queues: Int
  let handovers: [Handover]
}
