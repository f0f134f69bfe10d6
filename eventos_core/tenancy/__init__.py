"""Houses, people and their rights: sign-in, set-up, team, settings of the account."""
