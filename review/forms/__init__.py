"""The shape of what people send in: fields, lengths, and the typed command a service takes."""
