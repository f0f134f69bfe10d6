"""Connected services of a house: what is set, kept encrypted, tried, and used by the adapters that join here."""
