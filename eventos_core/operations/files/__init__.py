"""Stored files: what is taken, where its bytes lie, who may fetch them.

`commands` and `queries` are what pages and clients use; another domain stores a file of its own with `storing.keep`
inside its command. Bytes go to a store (disk or S3-compatible) under a random key before the row is written: a
transaction that rolls back leaves bytes that nothing refers to, which `upkeep` clears a day later.
"""
