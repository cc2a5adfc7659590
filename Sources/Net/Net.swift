// The room's first file; see docs/ARCHITECTURE.md.
