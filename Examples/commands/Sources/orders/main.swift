// A command of one line for four charts: it draws, checks, explores and breaks them by name.

import BatonCommand
import BatonCore

BatonCommand.main(charts: [Order.self, Refund.self, Lamp.self, Invoking<Ordering>.self])
