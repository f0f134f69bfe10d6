"""Who may give what to whom: decisions that hold for every combination of rights."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventos_core.kernel.errors import InvalidInput, NotAllowedNow, PermissionDenied
from eventos_core.kernel.permissions import PRESETS, Permission, Role, effective
from eventos_core.tenancy import rules
from eventos_core.tenancy.rules import Because, Rights

sets = st.frozensets(st.sampled_from(list(Permission)), max_size=12)
rights = st.builds(Rights, st.sampled_from(list(Role)), sets, sets)


@given(actor=rights, wanted=rights, current=st.none() | rights, own=st.booleans())
def test_nobody_gives_more_than_they_have(actor: Rights, wanted: Rights, current: Rights | None, own: bool) -> None:
    try:
        rules.check_assignable(actor, wanted, current, own=own)
    except PermissionDenied:
        return
    before = current.permissions if current else frozenset()
    assert wanted.permissions - before <= actor.permissions
    assert wanted.role.rank <= actor.role.rank
    assert current is None or current.role.rank <= actor.role.rank


@given(actor=rights, wanted=rights)
def test_who_holds_everything_wanted_may_give_it(actor: Rights, wanted: Rights) -> None:
    if wanted.role.rank <= actor.role.rank and wanted.permissions <= actor.permissions:
        rules.check_assignable(actor, wanted, None, own=False)


@given(actor=rights, wanted=rights)
def test_nobody_raises_their_own_role(actor: Rights, wanted: Rights) -> None:
    if wanted.role.rank > actor.role.rank:
        with pytest.raises(PermissionDenied):
            rules.check_assignable(actor, wanted, actor, own=True)


@given(wanted=rights)
def test_denials_name_permission_and_command_for_the_audit(wanted: Rights) -> None:
    try:
        rules.check_assignable(Rights(Role.VIEWER), wanted, None, own=False, action="invite_member")
    except PermissionDenied as error:
        assert error.permission in {p.value for p in Permission}
        assert error.action == "invite_member"


@given(others=st.integers(0, 5), was=st.booleans(), stays=st.booleans())
def test_an_owner_remains_whatever_happens(others: int, was: bool, stays: bool) -> None:
    try:
        rules.check_owner_remains(others, was_owner=was, stays_owner=stays)
    except NotAllowedNow:
        assert others == 0
        assert was
        assert not stays
        return
    assert others > 0 or not was or stays


@given(given_rights=rights)
def test_stored_overrides_come_to_the_same_rights(given_rights: Rights) -> None:
    stored = given_rights.as_json()
    assert effective(given_rights.role, stored) == given_rights.permissions
    assert not set(stored["grant"]) & set(stored["deny"])
    again = rules.wanted_rights(given_rights.role, tuple(stored["grant"]), tuple(stored["deny"]))
    assert again.as_json() == stored


@given(given_rights=rights)
def test_matrix_says_exactly_what_is_held(given_rights: Rights) -> None:
    cells = {p: why for area in rules.matrix(given_rights).values() for p, why in area.items()}
    assert {p for p, why in cells.items() if why.held} == given_rights.permissions
    assert set(cells) == set(Permission)
    base = effective(given_rights.role)
    assert all((why is Because.GRANTED) <= (p not in base) for p, why in cells.items())
    assert all((why is Because.DENIED) <= (p in base) for p, why in cells.items())


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.key)
def test_preset_is_kept_until_somebody_changes_the_rights_by_hand(preset) -> None:  # type: ignore[no-untyped-def]
    as_it_is = rules.from_preset(preset)
    assert rules.kept_preset(preset.key, as_it_is) == preset.key
    more = Rights(as_it_is.role, as_it_is.grants | {Permission.PRIVACY_MANAGE}, as_it_is.denials)
    assert rules.kept_preset(preset.key, more) is None


def test_unknown_names_are_refused() -> None:
    with pytest.raises(InvalidInput):
        rules.wanted_rights(Role.MEMBER, ("everything.really",), ())
    with pytest.raises(InvalidInput):
        rules.kept_preset("queen", Rights(Role.MEMBER))


@pytest.mark.parametrize("email", ["", "  ", "ana", "ana@", "ana@ example.org", "a" * 400 + "@example.org"])
def test_addresses_that_are_none_are_refused_at_their_field(email: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        rules.check_email(email)
    assert "email" in refused.value.fields


@given(actor=rights)
def test_roles_on_offer_can_be_given(actor: Rights) -> None:
    for role in rules.assignable_roles(actor):
        rules.check_assignable(actor, Rights(role), None, own=False)
