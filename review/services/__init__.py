"""What changes things: one transaction each, with its audit event; the caller commits."""
