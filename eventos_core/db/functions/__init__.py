"""SQL of the functions in schema app; read by `eventos_core.db.sync.functions`."""
