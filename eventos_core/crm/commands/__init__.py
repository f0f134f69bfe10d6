"""Writes of the sales domain."""
