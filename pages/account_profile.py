"""Your account: password, second factor, single sign-on, how one is told, calendar feeds, own sign-ins."""

import streamlit as st

from eventos_core.ui import account, account_factor, account_feeds, page, single_sign_on
from eventos_core.ui.messages import inbox

who = page.start_personal("Your account")

st.title("Your account", anchor=False)
st.caption(f"{account.described(who)}")

left, right = st.columns(2, gap="large")
with left:
    account.password_form(who)
    account_factor.section(who)
    single_sign_on.section(who)
    inbox.preferences(who)
with right:
    account_feeds.section(who)
    account.sign_ins(who)
