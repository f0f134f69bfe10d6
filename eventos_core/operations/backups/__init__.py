"""Backups: full ones (a dump with the stored files) and chains of base backups, by hand or by schedule.

`full` and `chains` write, `operations.restore` gets back, `schedule` does it regularly and says how it went. Stored
files lie under their checksum (`stored_files`), so that the same bytes are kept once. The encryption key is never part
of a backup.
"""
