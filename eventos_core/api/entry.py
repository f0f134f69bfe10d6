"""How a request enters a house: by the session cookie, looked up anew each time."""

from __future__ import annotations

from starlette.requests import Request

from eventos_core.api.middleware import is_secure
from eventos_core.kernel.credentials import MemberCredential, hash_token
from eventos_core.kernel.errors import NotSignedIn
from eventos_core.operations import site


def member(request: Request) -> MemberCredential:
    """The member that the cookie and the `{house}` of the path stand for; the database says whether they are one.

    Raises NotSignedIn without a cookie.
    """
    token = site.session_token(request.cookies, secure=is_secure(request.scope))
    if not token:
        raise NotSignedIn("Sign in to open this.", hint="Open EventOS, sign in, and follow the link again.")
    return MemberCredential(hash_token(token), request.path_params["house"])
