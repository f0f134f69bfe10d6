"""Parts of the Webhooks page."""
