"""Sweeps: axes, the pieces that points are cut into, and the columns that come back."""
