"""Saved views: whose they are, who sees them, what they hold, and two people at once."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from eventos_core.db.engine import app_engine
from eventos_core.db.registry import execute, read
from eventos_core.db.session import reading
from eventos_core.kernel.credentials import MemberCredential
from eventos_core.kernel.errors import (
    AlreadyExists,
    Conflict,
    InvalidInput,
    NotAllowedNow,
    NotFound,
    PermissionDenied,
)
from eventos_core.kernel.permissions import Role
from eventos_core.models.analytics import SavedView
from eventos_core.models.operations import AuditEntry
from eventos_core.models.tenancy import AccountUser
from eventos_core.operations import views
from eventos_core.operations.views import (
    DeleteView,
    RenameView,
    SaveView,
    SetDefaultView,
    ShareView,
    TakeOverView,
    UpdateView,
    View,
    ViewSaved,
)
from eventos_core.tenancy import commands as team
from tests.directory.conftest import counted
from tests.support import TestHouse

pytestmark = pytest.mark.database
MINE: dict[str, Any] = {"show": "mine", "q": "press", "tag": ["vip", "press"], "sort": "newest"}


def save(who: MemberCredential, name: str = "Mine", page: str = "contacts", **given: Any) -> ViewSaved:
    return views.save_view(who, SaveView(page, name, given.pop("filters", MINE), **given))


def seen(who: Any, page: str = "contacts") -> dict[str, View]:
    return {one.name: one for one in read(who, views.saved_views, page)}


def test_a_view_keeps_filters_and_columns(house: TestHouse) -> None:
    save(house.owner, "  Press   people ", columns=("name", "email"))
    with counted() as sent:
        found = seen(house.owner)["Press people"]
    assert len(sent) == 1
    assert (found.filters, found.columns, found.mine, found.shared) == (MINE, ("name", "email"), True, False)
    assert seen(house.owner, "organizations") == {}


def test_a_private_view_is_its_member_s_alone(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    made = save(ours.owner)
    colleague = ours.member(Role.ADMIN)
    assert seen(colleague) == seen(other.owner) == {}
    assert seen(ours.operator) == {}
    for who in (colleague, other.owner):
        with pytest.raises(NotFound):
            views.rename_view(who, RenameView(made.view_id, made.version, "Stolen"))
        with pytest.raises(NotFound):
            views.set_default_view(who, SetDefaultView("contacts", made.view_id))
    with reading(colleague) as db:
        assert db.scalar(select(func.count()).select_from(SavedView)) == 0


def test_a_shared_view_is_read_by_the_house_and_changed_by_its_owner(two_houses: tuple[TestHouse, TestHouse]) -> None:
    ours, other = two_houses
    made = save(ours.owner, shared=True)
    colleague = ours.member(Role.MEMBER)
    found = seen(colleague)["Mine"]
    assert (found.mine, found.shared, found.filters) == (False, True, MINE)
    assert found.owner.startswith("Claire")
    assert seen(other.owner) == {}
    changes: list[tuple[Any, Any]] = [
        (views.update_view, UpdateView(made.view_id, made.version, {})),
        (views.rename_view, RenameView(made.view_id, made.version, "Other")),
        (views.share_view, ShareView(made.view_id, made.version, False)),
        (views.delete_view, DeleteView(made.view_id, made.version)),
    ]
    for command, given in changes:
        with pytest.raises(NotFound, match="not yours"):
            command(colleague, given)
    private = views.share_view(ours.owner, ShareView(made.view_id, made.version, False))
    assert seen(colleague) == {}
    assert private.version == made.version + 1


def test_keys_and_operators_see_what_is_shared(house: TestHouse) -> None:
    save(house.owner, "Private")
    save(house.owner, "Shared", shared=True)
    assert set(seen(house.operator)) == {"Shared"}
    with pytest.raises(NotAllowedNow, match="members"):
        save(house.operator, "Nobody's")  # type: ignore[arg-type]


def test_two_who_change_a_view_see_each_other(house: TestHouse) -> None:
    made = save(house.owner)
    newer = views.update_view(house.owner, UpdateView(made.view_id, made.version, {"q": "a"}, ("name",)))
    for command, given in (
        (views.update_view, UpdateView(made.view_id, made.version, {"q": "b"})),
        (views.rename_view, RenameView(made.view_id, made.version, "New")),
        (views.share_view, ShareView(made.view_id, made.version, True)),
        (views.delete_view, DeleteView(made.view_id, made.version)),
    ):
        with pytest.raises(Conflict, match="changed meanwhile"):
            command(house.owner, given)  # type: ignore[arg-type]
    assert seen(house.owner)["Mine"].filters == {"q": "a"}
    views.delete_view(house.owner, DeleteView(made.view_id, newer.version))
    assert seen(house.owner) == {}


def test_a_name_is_taken_once_per_member_and_list(house: TestHouse) -> None:
    made = save(house.owner)
    with pytest.raises(AlreadyExists):
        save(house.owner, "mine")
    save(house.owner, page="organizations")
    save(house.member(Role.MEMBER))
    other = save(house.owner, "Other")
    with pytest.raises(AlreadyExists):
        views.rename_view(house.owner, RenameView(other.view_id, other.version, "MINE"))
    same = views.rename_view(house.owner, RenameView(made.view_id, made.version, "MINE"))
    assert same.version == made.version + 1


def test_the_default_is_each_member_s_own_and_goes_with_the_view(house: TestHouse) -> None:
    made = save(house.owner, shared=True)
    colleague = house.member(Role.MEMBER)
    for _ in range(2):
        views.set_default_view(colleague, SetDefaultView("contacts", made.view_id))
    assert seen(colleague)["Mine"].is_default
    assert not seen(house.owner)["Mine"].is_default
    other = save(colleague, "Own")
    views.set_default_view(colleague, SetDefaultView("contacts", other.view_id))
    assert [name for name, one in seen(colleague).items() if one.is_default] == ["Own"]
    views.set_default_view(colleague, SetDefaultView("contacts", None))
    assert not any(one.is_default for one in seen(colleague).values())
    views.set_default_view(colleague, SetDefaultView("contacts", made.view_id))
    views.delete_view(house.owner, DeleteView(made.view_id, made.version))
    assert set(seen(colleague)) == {"Own"}
    with pytest.raises(InvalidInput):
        views.set_default_view(colleague, SetDefaultView("organizations", other.view_id))


@pytest.mark.parametrize(
    "given",
    [
        SaveView("nothing", "A", {}),
        SaveView("contacts", "", {}),
        SaveView("contacts", "a" * 81, {}),
        SaveView("contacts", "A", {"Q; drop": "x"}),
        SaveView("contacts", "A", {"q": {"nested": 1}}),
        SaveView("contacts", "A", {"q": "\0"}),
        SaveView("contacts", "A", {"q": "x" * 9_000}),
        SaveView("contacts", "A", {"tag": ["a"] * 201}),
        SaveView("contacts", "A", {f"f{n}": "x" for n in range(41)}),
        SaveView("contacts", "A", {}, ("no; column",)),
        SaveView("contacts", "A", {}, tuple(f"c{n}" for n in range(61))),
    ],
)
def test_what_no_filter_row_gives_is_refused(house: TestHouse, given: SaveView) -> None:
    with pytest.raises(InvalidInput):
        views.save_view(house.owner, given)
    assert seen(house.owner) == {}


def test_their_number_is_limited(house: TestHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MOST", 2)
    monkeypatch.setattr(views, "MOST_SHARED", 1)
    save(house.owner, "One", shared=True)
    two = save(house.owner, "Two")
    with pytest.raises(NotAllowedNow, match="2 views"):
        save(house.owner, "Three")
    with pytest.raises(NotAllowedNow, match="shares 1"):
        views.share_view(house.owner, ShareView(two.view_id, two.version, True))
    with pytest.raises(NotAllowedNow, match="shares 1"):
        save(house.member(Role.MEMBER), "Four", shared=True)


def test_a_list_that_one_may_not_read_has_no_views_for_one(house: TestHouse) -> None:
    save(house.owner, page="audit", shared=True)
    viewer, member = house.member(Role.VIEWER), house.member(Role.MEMBER)
    with pytest.raises(PermissionDenied):
        seen(member, "audit")
    with pytest.raises(PermissionDenied):
        save(member, page="audit")
    assert seen(viewer) == {}  # reading contacts is enough, exporting them takes more
    with pytest.raises(PermissionDenied):
        save(viewer, page="audit")


def test_who_may_only_look_keeps_private_views(two_houses: tuple[TestHouse, TestHouse]) -> None:
    house, other = two_houses
    viewer, shared = house.member(Role.VIEWER), save(house.owner, "Shared", shared=True)
    made = save(viewer)
    made = views.rename_view(viewer, RenameView(made.view_id, made.version, "Renamed"))
    made = views.update_view(viewer, UpdateView(made.view_id, made.version, {"q": "b"}))
    views.set_default_view(viewer, SetDefaultView("contacts", made.view_id))
    found = seen(viewer)["Renamed"]
    assert (found.filters, found.mine, found.is_default) == ({"q": "b"}, True, True)
    assert set(seen(house.owner)) == {"Shared"}
    with pytest.raises(PermissionDenied, match="shares no views"):
        save(viewer, "For all", shared=True)
    with pytest.raises(PermissionDenied, match="shares no views"):
        views.share_view(viewer, ShareView(made.view_id, made.version, True))
    with pytest.raises(NotFound, match="not yours"):
        views.delete_view(viewer, DeleteView(shared.view_id, shared.version))
    with pytest.raises(NotFound):
        views.delete_view(MemberCredential(viewer.token_hash, other.slug), DeleteView(made.view_id, made.version))
    views.delete_view(viewer, DeleteView(made.view_id, made.version))
    assert set(seen(viewer)) == {"Shared"}


def test_the_database_lets_no_reader_share(house: TestHouse) -> None:
    viewer = house.member(Role.VIEWER)
    given = {"s": viewer.token_hash, "h": house.slug}
    with pytest.raises(ProgrammingError, match="shares nothing"), app_engine().begin() as connection:
        connection.execute(
            text(
                "select app.keep_view('member', :s, :h, null, 0, 'contacts',"
                """ '{"name": "A", "filters": {}, "columns": [], "shared": true}', 9, 9)"""
            ),
            given,
        )


def disable(house: TestHouse, who: MemberCredential) -> None:
    with reading(who) as db:
        member_id = db.context.member_id
    with reading(house.owner) as db:
        version = db.scalar(select(AccountUser.version).where(AccountUser.id == member_id))
    execute(house.owner, team.disable_member, team.DisableMember(member_id, version))  # type: ignore[arg-type]


def test_what_a_member_shared_who_has_left_is_taken_over_by_who_manages_the_team(
    two_houses: tuple[TestHouse, TestHouse],
) -> None:
    house, other = two_houses
    leaver, admin, member = house.member(Role.MANAGER), house.member(Role.ADMIN), house.member(Role.MEMBER)
    made, private = save(leaver, "Theirs", shared=True), save(leaver, "Private")
    save(admin, "theirs", page="organizations")
    with pytest.raises(NotAllowedNow, match="still in the house"):
        execute(admin, views.take_over_view, TakeOverView(made.view_id))
    disable(house, leaver)
    assert seen(member)["Theirs"].left
    for who, error in ((member, PermissionDenied), (other.owner, NotFound)):
        with pytest.raises(error):
            execute(who, views.take_over_view, TakeOverView(made.view_id))
    with pytest.raises(NotFound):
        execute(admin, views.take_over_view, TakeOverView(private.view_id))
    own = save(admin, "THEIRS")
    with pytest.raises(AlreadyExists, match="Theirs"):
        execute(admin, views.take_over_view, TakeOverView(made.view_id))
    views.delete_view(admin, DeleteView(own.view_id, own.version))
    taken = execute(admin, views.take_over_view, TakeOverView(made.view_id))
    assert execute(admin, views.take_over_view, TakeOverView(made.view_id)) == taken
    found = seen(admin)["Theirs"]
    assert (found.mine, found.left, found.shared) == (True, False, True)
    views.delete_view(admin, DeleteView(made.view_id, taken.version))
    assert seen(member) == {}


def test_it_is_audited(house: TestHouse) -> None:
    made = save(house.owner, shared=True)
    views.rename_view(house.owner, RenameView(made.view_id, made.version, "Renamed"))
    with reading(house.owner) as db:
        entries = db.scalars(
            select(AuditEntry).where(AuditEntry.table_name == "saved_views").order_by(AuditEntry.id)
        ).all()
    assert [entry.action for entry in entries] == ["insert", "update"]
    assert entries[1].after is not None
    assert entries[1].after["name"] == "Renamed"


def test_sent_twice_it_is_one_view(house: TestHouse) -> None:
    given = SaveView("contacts", "Mine", MINE, ("name", "email"))
    first = views.save_view(house.owner, given)
    assert views.save_view(house.owner, given) == first
    renamed = RenameView(first.view_id, first.version, "Other")
    assert views.rename_view(house.owner, renamed) == views.rename_view(house.owner, renamed)
    with reading(house.owner) as db:
        assert db.scalar(text("select count(*) from saved_views")) == 1
