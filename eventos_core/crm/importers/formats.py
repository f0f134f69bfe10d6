"""How other programs export deals: their headers, for recognition and mapping.

Headers are compared squashed (`values.squash`), so one entry covers `Deal Name`, `deal_name` and `Deal-Name`.
"""

from __future__ import annotations

from collections.abc import Mapping

from eventos_core.operations.imports.fields import Format
from eventos_core.operations.imports.values import squash


def _headers(*names: str) -> frozenset[str]:
    return frozenset(squash(name) for name in names)


def _columns(**fields: str) -> Mapping[str, str]:
    """field=headers, the headers separated by `|`."""
    return {squash(header): field for field, headers in fields.items() for header in headers.split("|")}


def _of_deals(*names: str) -> tuple[str, ...]:
    """The names, also behind the `Deal - ` that Pipedrive puts before every header."""
    return (*names, *(f"deal {name}" for name in names))


EXTERNAL_ID = _of_deals("id", "record id", "opportunity id", "opportunity number")
NAME = _of_deals(
    "name", "title", "opportunity name", "opportunity", "deal", "titel", "titre", "título", "nom de la transaction",
    "nombre del negocio", "nombre de la oportunidad", "nome do negócio", "dealnaam", "opportunity-name",
)  # fmt: skip
KIND = _of_deals("kind")
ORGANIZATION = _of_deals(
    "organization", "organisation", "account name", "account", "company", "company name", "associated company",
    "customer", "client", "firma", "unternehmen", "zugehöriges unternehmen", "société", "entreprise",
    "entreprise associée", "empresa", "empresa asociada", "azienda", "bedrijf", "organización", "organização",
)  # fmt: skip
CONTACT = _of_deals(
    "contact", "contact person", "contact name", "primary contact", "associated contact", "person", "kontaktperson",
    "personne à contacter", "persona de contacto", "contactpersoon",
)  # fmt: skip
CONTACT_EMAIL = _of_deals("contact email", "contact e-mail", "contact person email", "primary contact email")
EVENT = _of_deals("event", "event name", "event slug")
OWNER = _of_deals(
    "owner", "opportunity owner", "owner name", "sales agent", "sales rep", "account executive", "assigned to",
    "inhaber", "besitzer", "propriétaire", "propriétaire de la transaction", "propietario", "propietario del negocio",
    "proprietário", "eigenaar", "zuständiger mitarbeiter",
)  # fmt: skip
PIPELINE = _of_deals("pipeline", "sales pipeline", "pipeline name", "opportunity record type", "embudo", "funil")
STAGE = _of_deals(
    "stage", "stage name", "opportunity stage", "sales stage", "pipeline stage", "phase", "etappe", "étape",
    "phase de la transaction", "etapa", "etapa del negocio", "fase", "stadio",
)  # fmt: skip
AMOUNT = _of_deals(
    "amount", "value", "close value", "betrag", "wert", "montant", "valeur", "importe", "valor", "importo", "bedrag",
    "waarde",
)  # fmt: skip
CURRENCY = _of_deals(
    "currency", "amount currency", "opportunity currency", "currency of value", "value currency", "currency iso code",
    "currency code", "währung", "devise", "moneda", "moeda", "valuta",
)  # fmt: skip
PROBABILITY = _of_deals(
    "probability", "probability (%)", "win probability", "wahrscheinlichkeit", "probabilité", "probabilidad",
)  # fmt: skip
CREATED_ON = _of_deals(
    "created on", "create date", "created date", "created", "date created", "creation date", "created at",
    "engage date", "start date", "open date", "opened", "opened on", "erstelldatum", "erstellt", "date de création",
    "créé", "fecha de creación", "data de criação", "aanmaakdatum",
)  # fmt: skip
EXPECTED = _of_deals(
    "expected close on", "expected close date", "expected close", "forecast close date", "erwartetes abschlussdatum",
    "date de clôture prévue", "fecha de cierre prevista",
)  # fmt: skip
CLOSED_ON = _of_deals(
    "closed on", "close date", "closed date", "closed at", "won time", "lost time", "deal closed on", "date closed",
    "abschlussdatum", "schlusstermin", "date de clôture", "date de fermeture", "fecha de cierre", "data de fechamento",
    "sluitingsdatum",
)  # fmt: skip
STAGE_SINCE = _of_deals(
    "stage since", "last stage change", "last stage change date", "date entered stage", "in stage since",
)  # fmt: skip
SOURCE = _of_deals(
    "source", "lead source", "original source", "original traffic source", "source channel", "quelle", "origine",
)  # fmt: skip
PRODUCT = _of_deals("product", "product name", "package", "produkt", "produit", "producto", "produto", "prodotto")
NEXT_STEP = _of_deals("next step", "nächster schritt", "prochaine étape", "próximo paso", "next steps")
LOST_REASON = _of_deals(
    "lost reason", "loss reason", "closed lost reason", "lost because", "reason lost", "verlustgrund", "motif de perte",
    "motivo de pérdida",
)  # fmt: skip
TAGS = _of_deals("tags", "labels", "label", "categories", "schlagwörter", "étiquettes", "etiquetas")
DESCRIPTION = _of_deals("description", "notes", "about", "beschreibung", "descripción")
STATUS = _of_deals("status", "statut", "estado")
CLOSED = ("isclosed", "is closed", "is deal closed?", "closed?")
WON = ("iswon", "is won", "is closed won", "won?")

FORMATS = (
    Format(
        "hubspot_deals",
        "HubSpot deals",
        _headers("Record ID", "Deal Name", "Deal Stage"),
        _columns(
            external_id="Record ID",
            name="Deal Name",
            stage="Deal Stage",
            organization_ids="Associated Company IDs",
            contact_ids="Associated Contact IDs",
            lost_note="Closed Lost Reason",
        ),
    ),
    Format(
        "salesforce_deals",
        "Salesforce opportunities",
        _headers("Opportunity Name", "Stage"),
        _columns(
            external_id="Opportunity ID",
            name="Opportunity Name",
            organization="Account Name",
            organization_ids="Account ID",
            closed="Closed",
            won="Won",
        ),
    ),
    Format(
        "salesforce_deals_api",
        "Salesforce opportunities (Data Loader)",
        _headers("Name", "StageName", "CloseDate"),
        _columns(
            external_id="Id",
            name="Name",
            stage="StageName",
            organization_ids="AccountId",
            created_on="CreatedDate",
            closed="IsClosed",
            won="IsWon",
            stage_since="LastStageChangeDate",
        ),
    ),
    Format(
        "pipedrive_deals",
        "Pipedrive deals",
        _headers("Deal - ID", "Deal - Title"),
        _columns(
            external_id="Deal - ID",
            name="Deal - Title",
            organization_ids="Deal - Organization ID",
            contact_ids="Deal - Contact person ID",
            created_on="Deal - Deal created",
            closed_on="Deal - Won time|Deal - Lost time|Deal - Deal closed on",
            tags="Deal - Label|Deal - Labels",
        ),
    ),
)
"""`closed_on` takes the day a deal was decided; of an open one it is the day by which it should be."""
