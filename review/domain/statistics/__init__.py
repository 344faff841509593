"""Statistics of a cycle: formulas of our own on numpy and scipy, and figures that say when they must be silent.

Numpy and scipy are imported inside the functions that use them: the app starts without them.
"""
