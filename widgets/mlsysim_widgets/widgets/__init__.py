"""Widgets: each a class and a plain ES module of the same name."""
