"""Parts that the tables of the production domain share."""

from __future__ import annotations

from sqlalchemy import ForeignKeyConstraint

MODELS_CONTACT = {
    "contact_id": "(select m.contact_id from public.models m"
    " where m.account_id = new.account_id and m.id = new.model_id)",
}
"""`__derived__` of a table whose rows name a model: the contact that the clash rule books."""


def same_person(table: str) -> ForeignKeyConstraint:
    """The contact is the model's own, also after a merge; deferred, so that either row may be moved first."""
    return ForeignKeyConstraint(
        ["account_id", "model_id", "contact_id"],
        ["models.account_id", "models.id", "models.contact_id"],
        name=f"fk_{table}_same_person",
        onupdate="CASCADE",
        deferrable=True,
        initially="DEFERRED",
    )
