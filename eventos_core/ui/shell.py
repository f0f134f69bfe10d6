"""The entry script: registers every page, lets people in, draws the frame, runs the page asked for.

Run by `app.py` for every full run of every page. What it does is in `frame`.
"""

from eventos_core.ui import frame

frame.run()
