"""Roles, presets and overrides."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from eventos_core.kernel.permissions import PRESETS, ROLE_PERMISSIONS, Permission, Role, effective, parse

roles = st.sampled_from(list(Role))
some = st.lists(st.sampled_from([p.value for p in Permission]))


def test_a_higher_role_has_all_that_a_lower_one_has() -> None:
    ranked = sorted(Role, key=lambda role: role.rank)
    for lower, higher in itertools.pairwise(ranked):
        assert ROLE_PERMISSIONS[lower] < ROLE_PERMISSIONS[higher]


def test_a_viewer_writes_nothing_and_an_owner_may_do_everything() -> None:
    assert not any(permission.writes for permission in ROLE_PERMISSIONS[Role.VIEWER])
    assert ROLE_PERMISSIONS[Role.OWNER] == frozenset(Permission)


@given(roles, some, some)
def test_a_denial_wins_over_a_grant_except_for_owners(role: Role, grants: list[str], denials: list[str]) -> None:
    result = effective(role, {"grant": grants, "deny": denials})
    if role is Role.OWNER:
        assert result == frozenset(Permission)
    else:
        assert not result & parse(denials)
        assert result == (ROLE_PERMISSIONS[role] | parse(grants)) - parse(denials)


def test_unknown_names_are_ignored() -> None:
    assert parse(["events.read", "made.up", ""]) == frozenset({Permission.EVENTS_READ})


def test_presets_have_unique_keys_and_never_deny_what_they_grant() -> None:
    assert len({preset.key for preset in PRESETS}) == len(PRESETS)
    assert all(not preset.grants & preset.denials for preset in PRESETS)


def test_the_door_sees_no_deals_and_no_figures() -> None:
    door = next(preset for preset in PRESETS if preset.key == "door")
    rights = (ROLE_PERMISSIONS[door.role] | door.grants) - door.denials
    assert Permission.GUESTS_CHECKIN in rights
    assert not rights & {Permission.SALES_READ, Permission.FIGURES_READ, Permission.SPONSORS_READ}
