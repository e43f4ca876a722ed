"""Tests read off the declarations: every equation, symbol, record and wall."""
