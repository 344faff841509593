"""Pages: routes, guards, headers and errors; the only floor of people's requests, and the only one that knows HTTP."""
