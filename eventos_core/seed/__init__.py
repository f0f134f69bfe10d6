"""Demo data: two fictional houses with look-alike names, written through commands and the import engine.

Each domain has a module with `seed(db_factory, houses, rng, today)`; `demo.DOMAINS` runs them in order.
"""
