"""Files to print or send, rendered by key."""
