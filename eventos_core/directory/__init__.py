"""People and companies: what is kept of them, who is the same, the house's own entry."""
