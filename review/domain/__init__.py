"""The core: promotion reviews as values and pure functions; no clock, no I/O, no framework."""
