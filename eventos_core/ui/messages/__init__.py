"""Parts of the Messages page and of one's own notifications."""
