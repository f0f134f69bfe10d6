"""Reads of the sales domain."""
