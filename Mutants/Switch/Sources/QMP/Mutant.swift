internal import BatonCore

/// True while this mutant is chosen; of this room, so that files need not import Core for it.
func mutant(_ number: Int32) -> Bool { BatonCore.mutant(number) }
