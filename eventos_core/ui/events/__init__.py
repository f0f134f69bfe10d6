"""The larger parts of the pages of events, programme and venues."""
