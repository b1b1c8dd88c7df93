"""Probabilities too small to count: importance sampling on the draws that make a victim slow (`estimate`)."""

from .estimate import Rare, estimate

__all__ = ["Rare", "estimate"]
