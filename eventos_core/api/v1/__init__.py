"""`/api/v1`: every command and query whose declared actors include API keys, as JSON over HTTP.

What a page can do a client can do: routes, checks and the OpenAPI document come from the registry, none is written by
hand. A key's scopes are permissions, asked by the same guard as a member's.
"""

from eventos_core.api.v1.routes import ROUTES

__all__ = ["ROUTES"]
