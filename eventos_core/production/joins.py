"""What the production domain adds to registries: what its tables hold of people."""

from __future__ import annotations

from eventos_core.operations.privacy.registry import personal

personal(
    "models",
    own=(
        "display_name", "pronouns", "nationality", "based_in", "height_mm", "bust_mm", "waist_mm", "hips_mm",
        "inseam_mm", "sleeve_mm", "shoulder_mm", "neck_mm", "head_mm", "shoe_eu_tenths", "garment_size", "hair_colour",
        "eye_colour", "marks", "measured_on", "born_on", "guardian_contact_id", "guardian_consent_on",
        "work_permit_until", "portfolio_url", "social", "cover_asset_id", "notes", "custom", "tags",
    ),
    files=("cover_asset_id",),
    title="Models",
)  # fmt: skip
personal("model_availability", own=("note",), link=("contact_id", "model_id"), title="Availability of models")
personal(
    "portfolio_items", own=("caption",), link=("model_id",), files=("asset_id",), goes=True, title="Portfolio pictures"
)
personal(
    "fashion_designers",
    own=("designer_name", "biography", "portfolio_url", "social", "notes", "custom"),
    title="Designers",
)
personal("castings", own=("usage_rights", "release_reason", "notes", "custom"), title="Castings")
personal("fittings", own=("alterations", "notes"), title="Fittings")
