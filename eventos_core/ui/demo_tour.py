"""The other way to begin: fill the new installation with demo houses and look around."""

from __future__ import annotations

import threading
from urllib.parse import urlencode

import streamlit as st

from eventos_core.kernel.credentials import hash_token
from eventos_core.kernel.errors import EventOSError
from eventos_core.seed import demo
from eventos_core.seed.demo import Demo
from eventos_core.ui import auth, errors
from eventos_core.ui.errors import escaped

_making = threading.Lock()
_finished: dict[bytes, Demo] = {}


def offer(code: str) -> Demo | None:
    """Draw the choice below the set-up form; what was made when it was taken up just now, else None."""
    with st.container(border=True, key="demo_offer"):
        st.markdown("**Or look around first**")
        st.markdown(
            "Two invented fashion houses with events, venues, contacts and people in every role. "
            "Begin with an empty database when you set up for real."
        )
        asked = st.button("Explore with demo data", icon=":material/travel_explore:", key="demo_explore")
    if not asked:
        return None
    try:
        with st.spinner("Writing the demo; this takes up to a minute …"):
            return _made_once(code)
    except EventOSError as error:
        errors.show(error)
        return None


def _made_once(code: str) -> Demo:
    """The demo of this code, made by whichever click came first.

    Streamlit aborts a run at its next `st.*` call when the button is pressed again, so nothing of it is called in here,
    and what was made waits outside the run: its password cannot be had a second time.
    """
    key = hash_token(code)
    with _making:
        if key not in _finished:
            _finished[key] = demo.explore(code)
        return _finished[key]


def show(made: Demo) -> None:
    """Who can sign in, with the one password, shown this once; and the way in."""
    with auth.centred():
        st.title("The demo is ready", anchor=False)
        st.markdown("Everybody signs in with this password. It is shown only now:")
        st.code(made.password, language=None)
        if made.note:
            st.info(escaped(made.note), icon=":material/info:")
        rows = ["| Sign in as | Who | Houses |", "|---|---|---|"]
        rows += [
            f"| {escaped(p.email)} | {escaped(p.name)}, {escaped(p.job)} | {escaped(', '.join(p.houses))} |"
            for p in made.people
        ]
        owner = next(iter(made.people), None)
        name = owner.name if owner else "the owner"
        if st.button(f"Go in as {escaped(name)}", type="primary", icon=":material/login:", width="stretch"):
            _finished.clear()
            auth.begin_session(made.owner_user_id, go="/?" + urlencode({"house": made.house}))
            st.rerun()
        with st.expander(f"All {len(made.people)} people"):
            st.markdown("\n".join(rows))
