// swift-tools-version: 6.2
import PackageDescription

// Outside of this clone the dependency is
//   .package(url: "https://github.com/OWNER/baton", from: "0.1.0")
let package = Package(
  name: "handover",
  dependencies: [.package(name: "baton", path: "../..")],
  targets: [
    .target(
      name: "Guest",
      dependencies: [
        .product(name: "BatonCore", package: "baton"), .product(name: "BatonNet", package: "baton"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "source",
      dependencies: ["Guest", .product(name: "BatonMig", package: "baton")],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "hop",
      dependencies: ["Guest", .product(name: "BatonMig", package: "baton")],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "target",
      dependencies: ["Guest", .product(name: "BatonMig", package: "baton")],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ]
)
