"""9,000 rows with the faults of real pipelines: by page and by command line the same, and what pandas counts."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from eventos_core.db.registry import execute, read
from eventos_core.kernel.credentials import Credential
from eventos_core.kernel.permissions import Permission, Role
from eventos_core.operations.imports import commands, queries
from eventos_core.operations.imports.meanings import FieldMeanings, import_meanings
from eventos_core.operations.imports.running import run_import
from tests import support
from tests.cli.conftest import Run
from tests.cli.conftest import run as run
from tests.crm import pipeline_file
from tests.crm.deals import change_stage
from tests.crm.pipeline_file import CREATE, ROWS, VALUE_MAPS
from tests.operations.imports_support import counts, mapped, table, take, undo, upload
from tests.pages.page_helpers import words

pytestmark = pytest.mark.database
OpenPage = Callable[..., AppTest]


def meanings(who: Credential, batch: int) -> dict[str, FieldMeanings]:
    return {found.field: found for found in read(who, import_meanings, batch)}


def stored(database: support.Database, house: support.TestHouse) -> pd.DataFrame:
    """What stands in the house's deals, by the file's columns."""
    rows = table(
        database,
        "select r.external_id, m.display_name, d.product, coalesce(o.name, ''), s.name, d.name,"
        " coalesce(to_char(d.closed_on, 'YYYY-MM-DD'), ''), coalesce(d.amount_minor, -1)"
        " from opportunities d join external_refs r on r.account_id = d.account_id and r.entity = 'opportunities'"
        " and r.entity_id = d.id join sales_stages s on s.id = d.stage_id join account_users m on m.id = d.owner_id"
        " left join organizations o on o.id = d.organization_id where d.account_id = %s order by r.external_id",
        house.account_id,
    )
    names = ["id", "owner", "product", "account", "stage", "name", "closed", "amount"]
    return pd.DataFrame(rows, columns=names)


def by_page(house: support.TestHouse, open_page: OpenPage) -> int:
    """Upload, look at every value, have made what is missing, run."""
    batch = upload(house.owner, "deals", pipeline_file.content(), name="pipeline.csv")
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert not at.exception
    next(b for b in at.button if b.label == "Check all rows").click().run()
    assert not at.exception
    shown = words(at)
    assert "Stage** · unknown in" in shown
    assert "Owner** · unknown in" in shown
    assert "Product** · spelt in several ways" in shown
    next(b for b in at.button if b.label == "Take the suggestion").click().run()
    for label in ("stages", "owners", "organisations"):
        next(box for box in at.checkbox if box.label == f"Make the {label} that are left").check()
    next(b for b in at.button if b.label == "Save meanings and check again").click().run()
    assert not at.exception
    assert {metric.label: metric.value for metric in at.metric}["Refused"] == "0"
    run_import(house.owner, batch)
    return batch


def test_page_and_command_line_bring_the_same_and_pandas_counts_it(
    two_houses: tuple[support.TestHouse, support.TestHouse],
    database: support.Database,
    open_page: OpenPage,
    run: Run,
    tmp_path: Path,
) -> None:
    here, there = two_houses
    file = tmp_path / "pipeline.csv"
    file.write_bytes(pipeline_file.content())
    batch = by_page(here, open_page)
    ((old, new),) = read(here.owner, queries.import_batch, batch).mapping.value_maps["product"].items()
    done = run(
        "import", "deals", file, "--account", there.slug, "--map-value", f"product:{old}={new}",
        "--create-missing", ",".join(CREATE), "--json",
    )  # fmt: skip
    assert done.code == 0
    assert (done.json["rows"], done.json["created"], done.json["rejected"]) == (ROWS, ROWS, 0)
    ours, theirs = stored(database, here), stored(database, there)
    pd.testing.assert_frame_equal(ours, theirs)
    _agrees(theirs, {old: new})
    again = run("import", "deals", file, "--account", there.slug, "--map-value", f"product:{old}={new}",
                "--create-missing", ",".join(CREATE), "--json")  # fmt: skip
    assert (again.json["created"], again.json["updated"], again.json["skipped"]) == (0, 0, ROWS)


def _agrees(found: pd.DataFrame, spelt: dict[str, str]) -> None:
    """What stands in the house against what pandas reads in the file by itself."""
    raw = pd.read_csv(io.BytesIO(pipeline_file.content()), keep_default_na=False, dtype=str)
    raw["product"] = raw["product"].replace(spelt)
    raw = raw.sort_values("opportunity_id").reset_index(drop=True)
    assert found["id"].tolist() == raw["opportunity_id"].tolist()
    for ours, theirs in (("owner", "sales_agent"), ("product", "product"), ("account", "account"),
                         ("stage", "deal_stage"), ("closed", "close_date")):  # fmt: skip
        assert found[ours].tolist() == raw[theirs].tolist(), ours
    cents = [-1 if value == "" else round(float(value) * 100) for value in raw["close_value"]]
    assert found["amount"].tolist() == cents
    expected = raw.groupby("deal_stage").size().to_dict()
    assert found.groupby("stage").size().to_dict() == expected
    won = raw[raw["deal_stage"] == "Won"]
    assert found.loc[found["stage"] == "Won", "amount"].sum() == sum(
        round(float(value) * 100) for value in won["close_value"]
    )
    blank = raw["account"] == ""
    assert (found.loc[blank.to_numpy(), "name"] == raw.loc[blank, "product"]).all()


def test_values_that_name_nothing_are_counted(house: support.TestHouse) -> None:
    batch = upload(house.owner, "deals", pipeline_file.content())
    frame = pipeline_file.frame()
    found = meanings(house.owner, batch)
    assert set(found) == {"stage", "owner", "organization", "product"}
    stages = {m.value: m.unknown for m in found["stage"].values}
    assert stages == frame[~frame["deal_stage"].isin(["Won", "Lost"])].groupby("deal_stage").size().to_dict()
    assert {m.value for m in found["owner"].values} == set(frame["sales_agent"])
    assert found["organization"].unknown_rows == frame["account"].notna().sum()
    assert "Negotiation" in found["stage"].choices
    (product,) = found["product"].values
    assert {product.value, *product.nearest} == {"GTXPro", "GTX Pro"}


def test_values_with_a_meaning_stay_listed_and_are_unknown_no_more(house: support.TestHouse) -> None:
    file = "name,stage,owner\nA,Talks,Claire Auror\nB,Talks,Claire Aurore\nC,New,\n"
    batch = upload(house.owner, "deals", file)
    before = meanings(house.owner, batch)
    assert [(m.value, m.rows, m.unknown, m.nearest) for m in before["owner"].values] == [
        ("Claire Auror", 1, 1, ("Claire Aurore",))
    ]  # fmt: skip
    mapped(house.owner, batch, value_maps={"stage": {"Talks": "Proposal"}, "owner": {"Claire Auror": "Claire Aurore"}})
    after = meanings(house.owner, batch)
    assert [(m.value, m.unknown, m.read_as) for m in after["stage"].values] == [("Talks", 0, "Proposal")]
    assert counts(run_import(house.owner, batch)) == (3, 0, 0, 0, 0)


def test_meanings_are_kept_with_the_mapping_and_used_again(house: support.TestHouse) -> None:
    file = "name,stage\nA,Talks\n"
    batch = mapped(house.owner, upload(house.owner, "deals", file), value_maps={"stage": {"talks": "Proposal"}})
    kept = execute(house.owner, commands.save_mapping, commands.SaveMapping(batch, "Old CRM")).mapping_id
    assert counts(take(house.owner, "deals", "name,stage\nB,TALKS\n", mapping_id=kept)) == (1, 0, 0, 0, 0)


def test_unknown_choices_are_listed_even_where_the_row_cannot_be_read(house: support.TestHouse) -> None:
    file = "name,stage,currency,amount,kind\nA,Talks,Euro,5,Sponsoring\nB,New,EUR,5,sponsorship\n"
    found = meanings(house.owner, upload(house.owner, "deals", file))
    assert [m.value for m in found["currency"].values] == ["Euro"]
    assert [m.nearest for m in found["kind"].values] == [("sponsorship",)]
    assert [m.value for m in found["stage"].values] == ["Talks"]


def test_other_house_s_names_are_never_offered(two_houses: tuple[support.TestHouse, support.TestHouse]) -> None:
    ours, theirs = two_houses
    take(theirs.owner, "deals", "name,organization,stage\nA,Atelier Bleu,Talks\n", create=("organizations", "stages"))
    found = meanings(ours.owner, upload(ours.owner, "deals", "name,organization,stage\nA,Atelier Ble,Talk\n"))
    assert found["organization"].choices == ()
    assert found["stage"].values[0].nearest == ()


def test_what_may_not_be_made_is_said_on_the_page(house: support.TestHouse, open_page: OpenPage) -> None:
    seller = house.member(
        Role.MEMBER, grants=(Permission.IMPORTS_RUN.value, Permission.SALES_WRITE.value)
    )  # fmt: skip
    batch = upload(seller, "deals", "name,stage,owner\nA,Talks,Somebody\n")
    at = open_page("admin_imports", seller, batch=str(batch))
    assert not at.exception
    assert "Stages are made by who may manage them" in words(at)
    assert [box.label for box in at.checkbox] == []
    assert counts(take(house.owner, "deals", "name,stage\nA,Talks\n", create=CREATE)) == (1, 0, 0, 0, 0)


def test_mapping_offers_nothing_to_say_where_every_value_is_known(
    house: support.TestHouse, open_page: OpenPage
) -> None:
    at = open_page("admin_imports", house.owner, batch=str(upload(house.owner, "deals", "name,stage\nA,New\n")))
    assert not at.exception
    assert "Every value of the file is known here." in words(at)
    assert VALUE_MAPS["product"] == {"GTXPro": "GTX Pro"}


def test_value_that_nothing_replaces_stands_as_it_is_in_every_field(
    house: support.TestHouse, open_page: OpenPage
) -> None:
    file = "name,stage,organization,product\nA,Talks,Nova,GTXPro\nB,New,,GTX Pro\nC,New,,GTX Pro\n"
    batch = upload(house.owner, "deals", file)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert meanings(house.owner, batch)["organization"].choices == ()
    editors = [one for one in at.data_editor if "Suggestion" in one.value]
    read_as = {str(one.key).rsplit("-", 1)[-1]: list(one.value["Read as"]) for one in editors}
    assert read_as == {key: ["As it stands"] for key in ("stage", "organization", "product")}
    next(b for b in at.button if b.label == "Save meanings and check again").click().run()
    assert not at.exception
    assert read(house.owner, queries.import_batch, batch).mapping.value_maps == {}


def test_report_of_the_pipeline_counts_what_pandas_counts(house: support.TestHouse, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.csv"
    file.write_bytes(pipeline_file.content())
    run("import", "deals", file, "--account", house.slug, "--create-missing", ",".join(CREATE), "--json")
    report = run("report", "pipeline", "--account", house.slug, "--json").json["metrics"]
    found = {key: report[key]["value"] for key in report}
    raw = pipeline_file.frame()
    cents = (raw["close_value"] * 100).round()
    won, lost = raw["deal_stage"] == "Won", raw["deal_stage"] == "Lost"
    days = (raw["close_date"] - raw["engage_date"]).dt.days[won]
    assert (found["open_deals"], found["won_deals"], found["lost_deals"]) == (
        int((~won & ~lost).sum()), int(won.sum()), int(lost.sum()),
    )  # fmt: skip
    assert (found["won_value_minor"], found["lost_value_minor"]) == (int(cents[won].sum()), 0)
    assert found["win_rate"] == pytest.approx(won.sum() / (won.sum() + lost.sum()))
    assert found["mean_cycle_days"] == pytest.approx(days.mean())
    assert found["median_cycle_days"] == pytest.approx(days.median())
    assert found["mean_won_value_minor"] == pytest.approx(cents[won].mean())


def test_new_stages_are_given_a_probability_and_a_place_on_the_page(
    house: support.TestHouse, database: support.Database, open_page: OpenPage
) -> None:
    batch = upload(house.owner, "deals", "name,stage\nA,Discovery\nB,Demo given\n")
    at = open_page("admin_imports", house.owner, batch=str(batch))
    next(box for box in at.checkbox if box.label == "Make the stages that are left").check()
    editor = next(one for one in at.data_editor if str(one.key).endswith("-stage-new"))
    at.session_state[editor.key] = {
        "edited_rows": {0: {"Probability (%)": "5", "Place": "First"}}, "added_rows": [], "deleted_rows": []
    }  # fmt: skip
    next(b for b in at.button if b.label == "Save meanings and check again").click().run()
    assert not at.exception
    mapping = read(house.owner, queries.import_batch, batch).mapping
    assert mapping.made_as == {"stages": {"Discovery": {"probability": "5", "after": ""}}}
    run_import(house.owner, batch)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert "Made besides, stages:** Demo given, Discovery" in words(at)
    first = "select name, default_probability_ppm from sales_stages where account_id = %s order by position limit 1"
    assert table(database, first, house.account_id) == [("Discovery", 50_000)]


def test_new_stages_of_a_new_pipeline_stay_on_the_page_after_the_first_save(
    house: support.TestHouse, database: support.Database, open_page: OpenPage
) -> None:
    batch = upload(house.owner, "deals", "name,pipeline,stage\nA,Sponsors,Talks\nB,Sponsors,Offer\nC,Sales,Pitch\n")
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert "Stage** · unknown in 3 rows" in words(at)
    next(box for box in at.checkbox if box.label == "Make the pipelines that are left").check()
    next(b for b in at.button if b.label == "Save meanings and check again").click().run()
    assert not at.exception
    assert "Stage** · made for 2 rows, unknown in 1 row" in words(at)
    editor = next(one for one in at.data_editor if str(one.key).endswith("-stage-new"))
    row = list(editor.value["Made as"]).index("Sponsors › Talks")
    places = dict(zip(editor.value["Made as"], editor.value["Place"], strict=True))
    assert (places["Sponsors › Talks"], places["Sponsors › Offer"]) == ("By probability", "By probability")
    assert places["Pitch"].startswith("After ")
    assert "stand by their probability" in words(at)
    at.session_state[editor.key] = {
        "edited_rows": {row: {"Probability (%)": "80"}}, "added_rows": [], "deleted_rows": []
    }  # fmt: skip
    next(b for b in at.button if b.label == "Save meanings and check again").click().run()
    assert not at.exception
    run_import(house.owner, batch)
    made = "select name, default_probability_ppm from sales_stages where account_id = %s and name in ('Talks', 'Offer')"
    assert table(database, f"{made} order by position", house.account_id) == [("Offer", 670_000), ("Talks", 800_000)]


def test_page_names_after_the_undo_what_was_removed_besides_and_what_stays_and_why(
    house: support.TestHouse, open_page: OpenPage
) -> None:
    made = ("stages", "owners", "organizations")
    batch = take(house.owner, "deals", "name,stage,owner,organization\nA,Talks,Pat,Nova\n", create=made).batch
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert "Made besides, owners:** Pat" in words(at)
    assert "Removed besides" not in words(at)
    change_stage(house.owner, "Talks", description="First talks")
    undo(house.owner, batch)
    at = open_page("admin_imports", house.owner, batch=str(batch))
    assert not at.exception
    assert "Removed besides, owners:** Pat" in words(at)
    assert "Removed besides, organisations:** Nova" in words(at)
    assert "Still there, stages:** Talks (edited since)" in words(at)
