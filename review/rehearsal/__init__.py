"""Rehearsals: a draft cycle walked by synthetic people in a database of its own, through the services only."""
