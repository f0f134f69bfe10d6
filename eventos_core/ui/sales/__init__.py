"""Screens of the sales section: pipeline, deals, activities, meetings."""
