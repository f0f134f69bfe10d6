"""Figures per minute and day, targets and alerts."""
