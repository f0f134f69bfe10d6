"""Events, their venues and their programme."""
