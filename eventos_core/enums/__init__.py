"""Closed sets of values as StrEnums with labels, a module per domain."""
