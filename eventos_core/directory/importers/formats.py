"""How other programs export people and companies: their headers, for recognition and mapping.

Headers are compared squashed (`values.squash`), so one entry covers `First Name`, `first_name` and `FirstName`.
"""

from __future__ import annotations

from collections.abc import Mapping

from eventos_core.operations.imports.fields import IGNORED, Format
from eventos_core.operations.imports.values import squash


def _headers(*names: str) -> frozenset[str]:
    return frozenset(squash(name) for name in names)


def _columns(**fields: str) -> Mapping[str, str]:
    """field=headers, the headers separated by `|`."""
    return {squash(header): field for field, headers in fields.items() for header in headers.split("|")}


FIRST_NAME = (
    "given name", "forename", "vorname", "prénom", "nombre", "nome", "voornaam", "attendee first name",
    "buyer first name", "contact first name",
)  # fmt: skip
LAST_NAME = (
    "surname", "family name", "nachname", "familienname", "nom", "nom de famille", "apellidos", "apellido", "cognome",
    "achternaam", "sobrenome", "attendee last name", "buyer last name", "contact last name",
)  # fmt: skip
FULL_NAME = (
    "name", "display name", "contact name", "contact", "person", "attendee name", "guest name", "vollständiger name",
    "nom complet", "nombre completo", "nome completo", "full name",
)  # fmt: skip
EMAIL = (
    "e-mail", "email address", "e-mail address", "mail", "primary email", "work email", "attendee email",
    "e-mail-adresse", "adresse e-mail", "adresse mail", "courriel", "correo electrónico", "correo", "e-mailadres",
    "buyer email", "email 1 value",
)  # fmt: skip
PHONE = (
    "phone number", "mobile phone", "mobile", "mobile phone number", "mobile number", "cell phone", "cell",
    "telephone", "telephone number", "work phone", "business phone", "telefon", "telefonnummer", "handy",
    "téléphone", "portable", "teléfono", "móvil", "telefono", "cellulare", "telefoon", "home phone", "phone 1 value",
)  # fmt: skip
ORGANIZATION = (
    "organisation", "company", "company name", "account name", "account", "employer", "associated company",
    "organization name", "firma", "unternehmen", "société", "entreprise", "empresa", "azienda", "bedrijf",
)  # fmt: skip
TITLE = ("job title", "position", "role", "titre", "fonction", "poste", "jobtitel", "cargo", "funktion")
OWNER = (
    "contact owner", "account owner", "company owner", "owner name", "assigned to", "record owner", "lead owner",
    "besitzer", "zuständig",
)  # fmt: skip
SOURCE = ("lead source", "original source", "quelle", "origine", "how did you hear about this event?")
STREET = (
    "street address", "address", "mailing street", "address 1", "address line 1", "home address 1", "billing street",
    "straße", "strasse", "rue", "adresse", "calle", "via", "address 2", "address line 2", "home address 2",
)  # fmt: skip
CITY = ("town", "mailing city", "home city", "billing city", "ort", "stadt", "ville", "ciudad", "città", "plaats")
REGION = (
    "state", "province", "mailing state", "home state", "state/region", "billing state", "bundesland", "région",
    "provincia", "mailing state/province", "county",
)  # fmt: skip
POSTAL_CODE = (
    "zip", "zip code", "postcode", "mailing postal code", "home zip", "zipcode", "billing postal code",
    "mailing zip/postal code", "plz", "postleitzahl", "code postal", "código postal", "cap",
)  # fmt: skip
COUNTRY = (
    "country/region", "country code", "mailing country", "home country", "billing country", "land", "pays", "país",
    "paese",
)  # fmt: skip
TAGS = ("labels", "label", "categories", "lists", "groups", "schlagwörter", "étiquettes", "etiquetas")
CONSENT = (
    "opted in to marketing", "marketing opt-in", "email opt in", "newsletter", "consent", "accepts marketing",
    "marketing contact",
)  # fmt: skip

CONTACT_FORMATS = (
    Format(
        "hubspot_contacts",
        "HubSpot contacts",
        _headers("Record ID", "First Name", "Last Name"),
        _columns(external_id="Record ID", owner="Contact owner", organization="Associated Company|Company name"),
    ),
    Format(
        "salesforce_contacts",
        "Salesforce contacts",
        _headers("FirstName", "LastName", "MailingStreet"),
        _columns(external_id="Id|Contact ID", owner="Contact Owner", organization="Account Name"),
    ),
    Format(
        "salesforce_leads",
        "Salesforce leads",
        _headers("FirstName", "LastName", "Company", "Status"),
        _columns(external_id="Id|Lead ID", owner="Lead Owner", organization_industry="Industry"),
        # A lead is person and company in one: its company exists nowhere else.
        create_missing=("organizations",),
    ),
    Format(
        "pipedrive_people",
        "Pipedrive people",
        _headers("Person - Name", "Person - ID"),
        _columns(
            external_id="Person - ID",
            full_name="Person - Name",
            first_name="Person - First name",
            last_name="Person - Last name",
            email="Person - Email - Work|Person - Email",
            phone="Person - Phone - Work|Person - Phone",
            organization="Person - Organization",
            owner="Person - Owner",
            tags="Person - Label|Person - Labels",
        ),
    ),
    Format(
        "eventbrite_attendees_classic",
        "Eventbrite attendees (classic)",
        _headers("Order #", "Attendee #", "Ticket Type"),
        _columns(external_id="Attendee #", region="Home State", street="Home Address 1|Home Address 2"),
        {"source": "eventbrite"},
    ),
    Format(
        "eventbrite_attendees",
        "Eventbrite attendees",
        _headers("Order ID", "Attendee email", "Barcode number"),
        _columns(
            email="Attendee email",
            first_name="Attendee first name",
            last_name="Attendee last name",
            city="Purchaser city",
            region="Purchaser state",
            country="Purchaser country",
        ),
        {"source": "eventbrite"},
    ),
    Format(
        "eventbrite_orders",
        "Eventbrite orders",
        _headers("Order ID", "Buyer email", "Net sales"),
        _columns(email="Buyer email", first_name="Buyer first name", last_name="Buyer last name"),
        {"source": "eventbrite"},
    ),
    Format(
        "pretix_positions",
        "pretix order positions",
        _headers("Event slug", "Order code", "Position ID", "Attendee email"),
        _columns(
            email="Attendee email",
            full_name="Attendee name",
            organization="Company",
        ),
        {"source": "pretix"},
    ),
    Format(
        "pretix_orders",
        "pretix orders",
        _headers("Event slug", "Order code", "Order total"),
        _columns(email="Email", full_name="Name", organization="Company"),
        {"source": "pretix"},
    ),
    Format(
        "luma_guests",
        "Luma guests",
        _headers("api_id", "approval_status", "qr_code_url"),
        {**_columns(external_id="api_id"), squash("qr_code_url"): IGNORED},
        {"source": "luma"},
    ),
    Format(
        "hi_events_attendees",
        "Hi.Events attendees",
        _headers("First Name", "Last Name", "Email", "Public ID", "Short ID"),
        _columns(external_id="Public ID"),
        {"source": "hi_events"},
    ),
    Format(
        "open_event_orders",
        "Open Event orders",
        _headers("Order#", "Payment Mode", "Email"),
        _columns(organization="Company"),
        {"source": "open_event"},
    ),
    Format(
        "alfio_tickets",
        "alf.io tickets",
        _headers("ReservationID", "Full Name", "E-Mail"),
        _columns(external_id="ID", country="Country Code"),
        {"source": "alfio"},
    ),
    Format(
        "eventyay_leads",
        "eventyay leads",
        _headers("Pseudonymization ID", "Scanned Date", "Attendee Name"),
        _columns(external_id="ID"),
        {"source": "eventyay"},
    ),
)

ORGANIZATION_FORMATS = (
    Format(
        "hubspot_companies",
        "HubSpot companies",
        _headers("Record ID", "Company name"),
        _columns(external_id="Record ID", domain="Company Domain Name", website="Website URL", owner="Company owner"),
    ),
    Format(
        "salesforce_accounts",
        "Salesforce accounts",
        _headers("Account Name", "Account ID"),
        _columns(external_id="Account ID", name="Account Name", owner="Account Owner"),
    ),
    Format(
        "pipedrive_organizations",
        "Pipedrive organizations",
        _headers("Organization - Name", "Organization - ID"),
        _columns(
            external_id="Organization - ID",
            name="Organization - Name",
            owner="Organization - Owner",
            tags="Organization - Label|Organization - Labels",
            street="Organization - Address",
        ),
    ),
)
