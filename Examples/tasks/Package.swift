// swift-tools-version: 6.2
import PackageDescription

// Outside of this clone the dependency is
//   .package(url: "https://github.com/OWNER/baton", from: "0.1.0")
let package = Package(
  name: "tasks",
  dependencies: [.package(name: "baton", path: "../..")],
  targets: [
    .executableTarget(
      name: "tasks",
      dependencies: [
        .product(name: "BatonCore", package: "baton"),
        .product(name: "BatonAsync", package: "baton"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)])
  ]
)
