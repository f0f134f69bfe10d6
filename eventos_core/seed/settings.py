"""What the demo houses have set: fields of their own, and services that keep texts and posts to themselves."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update

from eventos_core.enums.events import FieldType
from eventos_core.models.directory import Contact
from eventos_core.operations.custom import commands as custom
from eventos_core.operations.custom.commands import AddCustomField
from eventos_core.operations.integrations import commands as integrations
from eventos_core.operations.integrations import opening
from eventos_core.operations.integrations.commands import AddIntegration
from eventos_core.operations.messages import commands as messages
from eventos_core.operations.messages import sending
from eventos_core.operations.messages.commands import SendTrial
from eventos_core.seed.world import OWNER, DbFactory, Houses, Random

FIELDS = (
    AddCustomField("contacts", "Dress size", FieldType.CHOICE, options=("XS", "S", "M", "L", "XL"),
                   help_text="For loans from the archive."),
    AddCustomField("contacts", "Dietary needs", FieldType.MULTI_CHOICE,
                   options=("Vegetarian", "Vegan", "Kosher", "Halal", "No nuts", "No gluten")),
    AddCustomField("organizations", "Press kit sent on", FieldType.DATE),
    AddCustomField("events", "Hashtag", FieldType.TEXT, help_text="As posts use it."),
    AddCustomField("venues", "Ceiling height (m)", FieldType.DECIMAL, least=1, most=60),
)  # fmt: skip


def seed(db_factory: DbFactory, houses: Houses, rng: Random, today: dt.date) -> None:
    """Definitions, values of some contacts, two sandboxes and what went through them."""
    for house in houses:
        with db_factory(house) as db:
            for field in FIELDS:
                custom.add_custom_field(db, field)
            account = db.context.account_id
            people = db.scalars(select(Contact.id).where(Contact.account_id == account).order_by(Contact.id)).all()
            for contact_id in rng.sample(people, min(12, len(people))):
                size = rng.choice(("XS", "S", "M", "L", "XL"))
                db.execute(
                    update(Contact)
                    .where(Contact.account_id == account, Contact.id == contact_id)
                    .values(custom=Contact.custom.op("||")({"dress_size": size}))
                )
            texts = AddIntegration("sms_sandbox", "Texts (sandbox)", {}, {})
            posts = AddIntegration(
                "social_sandbox",
                "Posts (sandbox)",
                {"network": "instagram", "handle": house.slug.replace("-", ".")},
                {},
            )
            made = [integrations.add_integration(db, given).integration_id for given in (texts, posts)]
            for integration_id in made:
                opening.report(db, integration_id, None)
            messages.send_trial(db, SendTrial(made[0], "Doors at seven, side entrance.", address="+33612345678"))
            messages.send_trial(db, SendTrial(made[1], f"Backstage at {house.name}: https://{house.domain}"))
        sending.send_due(house.team[OWNER].credential)
