"""The demonstration's cooperative at work, and the commands that build the whole demonstration."""
