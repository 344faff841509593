"""What a cycle shows about itself: sections of figures and tables, worked out from facts, each with its sentence."""
