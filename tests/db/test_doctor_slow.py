"""`doctor --slow`: which statements take long, and that no value of anybody is among the words."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventos_core.db.doctor import slow
from eventos_core.kernel.errors import SetupError
from tests import support

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
LITERALS = st.one_of(
    TEXT.map(lambda text: "'" + text.replace("'", "''") + "'"),
    TEXT.map(lambda text: "E'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"),
    TEXT.filter(lambda text: "$" not in text).map(lambda text: f"$${text}$$"),
    TEXT.filter(lambda text: "$" not in text).map(lambda text: f"$a${text}$a$"),
    st.integers(0, 10**20).map(str),
    st.floats(0, 1e20, allow_nan=False).map(repr),
)
COMMENTS = TEXT.filter(lambda text: not {"*", "/", "\n"} & set(text)).map(lambda text: f"/*{text}*/")


@given(LITERALS, LITERALS, COMMENTS)
@example("'--'", "'/*'", "/*'*/")
def test_no_value_is_left_and_every_name_is(first: str, second: str, comment: str) -> None:
    query = f'select t1.b2, $1 from "odd \'name" {comment} where a = {first} and c in ({second}) -- {comment} {first!a}'
    assert slow.without_values(query) == 'select t1.b2, $1 from "odd \'name" where a = ? and c in (?)'


@given(TEXT)
def test_a_text_that_is_cut_short_counts_as_a_value(text: str) -> None:
    cut = "select 'open" + text.replace("'", "")
    assert slow.without_values(cut) == "select ?"


def test_slowest_statements_are_listed_without_their_values(database: support.Database) -> None:
    with database.as_login("app", autocommit=True) as connection:
        for number in range(60):  # a statement that is seldom run makes room for others
            query = f"select count(*) from contacts where full_name = 'a-secret-name-{number}' and id <> 4242{number}"
            connection.execute(query.encode())
        connection.execute("set application_name = 'a-secret-setting'")
    try:
        found = slow.slowest(database.urls, limit=500)
    except SetupError as error:
        assert "does not count statements" in error.message, "a server that was not told to count"
        assert "shared_preload_libraries" in (error.hint or "")
        return
    mine = [one for one in found.statements if one.login == "app" and "from contacts where full_name" in one.query]
    assert len(mine) == 1
    assert (mine[0].calls, mine[0].rows, mine[0].mean_ms > 0, mine[0].total_ms > 0) == (60, 60, True, True)
    assert "secret" not in repr(found)
    assert "4242" not in repr(found)
    totals = [one.total_ms for one in found.statements]
    assert totals == sorted(totals, reverse=True)
    means = [one.mean_ms for one in slow.slowest(database.urls, by="mean").statements]
    assert means == sorted(means, reverse=True)
    assert len(means) <= 20


def test_a_server_that_does_not_count_is_told_how_to(database: support.Database) -> None:
    with database.as_login("admin", autocommit=True) as connection:
        connection.execute("drop extension if exists pg_stat_statements")
    with pytest.raises(SetupError, match="does not count statements") as told:
        slow.slowest(database.urls)
    assert "create extension pg_stat_statements schema extensions" in (told.value.hint or "")
