"""Optimisers: each compares every candidate; the frame that ranks, draws fronts and says what to relax is `optimum`."""
