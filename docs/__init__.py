"""The documents, and the command that makes their pictures."""
