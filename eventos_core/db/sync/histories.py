"""Triggers of single tables whose functions stand in the function files: guarded states, followers, histories."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Table

from eventos_core.db.sync.functions import Function
from eventos_core.db.sync.triggers import Trigger

_TRIGGERS: tuple[tuple[Trigger, frozenset[str]], ...] = (
    (
        Trigger("events", "eos_15_status", "before update", "app.tg_event_status()"),
        frozenset({"status", "status_changed_at", "stage_id", "stage_changed_at"}),
    ),
    (
        Trigger(
            "account_users",
            "eos_60_last_owner",
            "after update",
            "app.tg_last_owner()",
            condition="(old.role, old.status) = ('owner', 'active') and (new.role, new.status) <> ('owner', 'active')",
        ),
        frozenset({"role", "status"}),
    ),
    (
        Trigger("opportunities", "eos_15_stage", "before insert or update", "app.tg_opportunity_stage()"),
        frozenset(
            {"stage_id", "outcome", "probability_ppm", "forecast_category", "closed_on", "rate_to_base_e12"}
            | {"lost_reason_id"}
        ),
    ),
    *(
        (
            Trigger(
                "opportunities",
                f"eos_70_versions_{event}",
                f"after {event}",
                function,
                per="statement",
                referencing=rows,
            ),
            frozenset(
                {"stage_id", "outcome", "probability_ppm", "forecast_category", "closed_on", "rate_to_base_e12"}
                | {"stage_entered_at", "kind", "source", "opened_on", "archived_at"}
            ),
        )
        for event, function, rows in (
            ("insert", "app.tg_opportunity_first_versions()", "new table as made"),
            ("update", "app.tg_opportunity_versions()", "old table as old_rows new table as new_rows"),
            ("delete", "app.tg_opportunity_last_versions()", "old table as gone"),
        )
    ),
    (
        Trigger(
            "sales_stages",
            "eos_70_probability",
            "after update",
            "app.tg_stage_probability()",
            condition="(old.default_probability_ppm, old.forecast_category)"
            " is distinct from (new.default_probability_ppm, new.forecast_category)",
        ),
        frozenset({"default_probability_ppm", "forecast_category"}),
    ),
    (
        Trigger(
            "metric_targets",
            "eos_70_versions",
            "after insert or update or delete",
            "app.tg_metric_target_versions()",
        ),
        frozenset({"metric", "scope", "event_id", "member_id", "period", "starts_on", "ends_on", "unit"})
        | {"currency", "value"},
    ),
    (
        Trigger("events", "eos_70_versions", "after insert or update or delete", "app.tg_event_asset_date_versions()"),
        frozenset({"assets_due_at", "timezone"}),
    ),
    (
        Trigger(
            "exchange_rates",
            "eos_70_versions",
            "after insert or update or delete",
            "app.tg_exchange_rate_versions()",
        ),
        frozenset({"from_currency", "to_currency", "valid_on", "rate_e12"}),
    ),
)


def history_triggers(table: Table, columns: Collection[str]) -> Iterable[tuple[Trigger, Function | None]]:
    """The triggers written for `table` alone, as far as the columns they read exist."""
    for trigger, needs in _TRIGGERS:
        if trigger.table == table.name and needs <= set(columns):
            yield trigger, None
