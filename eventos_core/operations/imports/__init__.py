"""Imports: files read, columns mapped, rows judged, written in one transaction, and undone.

`reading` and what it uses are pure; `registry` names the kinds that the domains register; `commands` and
`queries` are what pages call; `running.run_import` is what the job and the command line call.
"""
