// A command of one line for three charts: it draws, checks, explores and breaks them by name.

import BatonCommand

BatonCommand.main(charts: [Order.self, Refund.self, Lamp.self])
