"""Documents to print or send: known by key, made on demand or by a job, fetched as exports are."""
