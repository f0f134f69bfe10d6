"""Pure decisions about people and companies: what is accepted, how it is normalised, who wins a merge."""
