"""The Imports page's parts: upload and history, mapping, preview, the run, its result and its undo."""
