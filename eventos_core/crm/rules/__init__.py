"""Pure decisions of the sales domain."""
