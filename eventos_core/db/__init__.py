"""The data layer: pools, tenant sessions, commands and queries, row security, migrations' tools."""
