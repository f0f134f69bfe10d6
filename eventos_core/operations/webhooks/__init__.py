"""Outgoing webhooks: a house's own systems are told about facts, signed, tried again, and logged."""
