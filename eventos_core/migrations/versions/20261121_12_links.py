"""Foreign keys between domains that point forward. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_12_links"
down_revision = "20261121_11_operations"
branch_labels = None
depends_on = None

UPGRADE = r"""
ALTER TABLE account_users ADD CONSTRAINT fk_account_users_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT;

ALTER TABLE organizations ADD CONSTRAINT fk_organizations_logo_id FOREIGN KEY(account_id, logo_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (logo_id);

ALTER TABLE contacts ADD CONSTRAINT fk_contacts_photo_id FOREIGN KEY(account_id, photo_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (photo_id);

ALTER TABLE my_organization_metadata ADD CONSTRAINT fk_my_organization_metadata_logo_dark_id FOREIGN KEY(account_id, logo_dark_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (logo_dark_id);

ALTER TABLE my_organization_metadata ADD CONSTRAINT fk_my_organization_metadata_logo_id FOREIGN KEY(account_id, logo_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (logo_id);

ALTER TABLE venues ADD CONSTRAINT fk_venues_cover_asset_id FOREIGN KEY(account_id, cover_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (cover_asset_id);

ALTER TABLE resources ADD CONSTRAINT fk_resources_picture_asset_id FOREIGN KEY(account_id, picture_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (picture_asset_id);

ALTER TABLE venue_spaces ADD CONSTRAINT fk_venue_spaces_picture_asset_id FOREIGN KEY(account_id, picture_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (picture_asset_id);

ALTER TABLE document_versions ADD CONSTRAINT fk_document_versions_asset_id FOREIGN KEY(account_id, asset_id) REFERENCES media_assets (account_id, id) ON DELETE RESTRICT;

ALTER TABLE event_budget_lines ADD CONSTRAINT fk_event_budget_lines_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id) ON DELETE RESTRICT;

ALTER TABLE event_feedback ADD CONSTRAINT fk_event_feedback_attendee_id FOREIGN KEY(account_id, event_id, attendee_id) REFERENCES attendees (account_id, event_id, id) ON DELETE RESTRICT;

ALTER TABLE event_templates ADD CONSTRAINT fk_event_templates_cover_asset_id FOREIGN KEY(account_id, cover_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (cover_asset_id);

ALTER TABLE events ADD CONSTRAINT fk_events_cover_asset_id FOREIGN KEY(account_id, cover_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (cover_asset_id);

ALTER TABLE event_updates ADD CONSTRAINT fk_event_updates_asset_id FOREIGN KEY(account_id, asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (asset_id);

ALTER TABLE sessions ADD CONSTRAINT fk_sessions_cover_asset_id FOREIGN KEY(account_id, cover_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (cover_asset_id);

ALTER TABLE event_schedules ADD CONSTRAINT fk_event_schedules_look_id FOREIGN KEY(account_id, event_id, look_id) REFERENCES looks (account_id, event_id, id) ON DELETE SET NULL (look_id);

ALTER TABLE event_schedules ADD CONSTRAINT fk_event_schedules_production_run_id FOREIGN KEY(account_id, event_id, production_run_id) REFERENCES production_runs (account_id, event_id, id) ON DELETE SET NULL (production_run_id);

ALTER TABLE promo_codes ADD CONSTRAINT fk_promo_codes_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE SET NULL (campaign_id);

ALTER TABLE promo_codes ADD CONSTRAINT fk_promo_codes_event_sponsor_id FOREIGN KEY(account_id, event_sponsor_id) REFERENCES event_sponsors (account_id, id) ON DELETE SET NULL (event_sponsor_id);

ALTER TABLE orders ADD CONSTRAINT fk_orders_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT;

ALTER TABLE orders ADD CONSTRAINT fk_orders_first_campaign_id FOREIGN KEY(account_id, first_campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT;

ALTER TABLE orders ADD CONSTRAINT fk_orders_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE RESTRICT;

ALTER TABLE registrations ADD CONSTRAINT fk_registrations_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT;

ALTER TABLE registrations ADD CONSTRAINT fk_registrations_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE RESTRICT;

ALTER TABLE registrations ADD CONSTRAINT fk_registrations_first_campaign_id FOREIGN KEY(account_id, first_campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT;

ALTER TABLE seating_sections ADD CONSTRAINT fk_seating_sections_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE RESTRICT;

ALTER TABLE seats ADD CONSTRAINT fk_seats_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE RESTRICT;

ALTER TABLE seat_assignments ADD CONSTRAINT fk_seat_assignments_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE RESTRICT;

ALTER TABLE seat_assignments ADD CONSTRAINT fk_seat_assignments_sponsor_deliverable_id FOREIGN KEY(account_id, event_id, sponsor_deliverable_id) REFERENCES sponsor_deliverables (account_id, event_id, id) ON DELETE RESTRICT;

ALTER TABLE opportunities ADD CONSTRAINT fk_opportunities_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT;

ALTER TABLE opportunities ADD CONSTRAINT fk_opportunities_renews_id FOREIGN KEY(account_id, renews_id) REFERENCES event_sponsors (account_id, id) ON DELETE SET NULL (renews_id);

ALTER TABLE opportunities ADD CONSTRAINT fk_opportunities_sponsor_package_id FOREIGN KEY(account_id, sponsor_package_id) REFERENCES sponsor_packages (account_id, id) ON DELETE SET NULL (sponsor_package_id);

ALTER TABLE activities ADD CONSTRAINT fk_activities_sponsor_id FOREIGN KEY(account_id, sponsor_id) REFERENCES sponsors (account_id, id) ON DELETE RESTRICT;

ALTER TABLE notes ADD CONSTRAINT fk_notes_sponsor_id FOREIGN KEY(account_id, sponsor_id) REFERENCES sponsors (account_id, id) ON DELETE RESTRICT;

ALTER TABLE opportunity_files ADD CONSTRAINT fk_opportunity_files_media_asset_id FOREIGN KEY(account_id, media_asset_id) REFERENCES media_assets (account_id, id) ON DELETE RESTRICT;

ALTER TABLE fashion_designers ADD CONSTRAINT fk_fashion_designers_logo_asset_id FOREIGN KEY(account_id, logo_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (logo_asset_id);

ALTER TABLE looks ADD CONSTRAINT fk_looks_picture_asset_id FOREIGN KEY(account_id, picture_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (picture_asset_id);

ALTER TABLE models ADD CONSTRAINT fk_models_cover_asset_id FOREIGN KEY(account_id, cover_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (cover_asset_id);

ALTER TABLE portfolio_items ADD CONSTRAINT fk_portfolio_items_asset_id FOREIGN KEY(account_id, asset_id) REFERENCES media_assets (account_id, id) ON DELETE CASCADE;

ALTER TABLE fittings ADD CONSTRAINT fk_fittings_picture_asset_id FOREIGN KEY(account_id, picture_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (picture_asset_id);

ALTER TABLE sponsors ADD CONSTRAINT fk_sponsors_brand_guidelines_asset_id FOREIGN KEY(account_id, brand_guidelines_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (brand_guidelines_asset_id);

ALTER TABLE sponsors ADD CONSTRAINT fk_sponsors_logo_asset_id FOREIGN KEY(account_id, logo_asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (logo_asset_id);

ALTER TABLE event_sponsor_instalments ADD CONSTRAINT fk_event_sponsor_instalments_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id) ON DELETE RESTRICT;

ALTER TABLE sponsor_deliverables ADD CONSTRAINT fk_sponsor_deliverables_proof_asset_id FOREIGN KEY(account_id, proof_asset_id) REFERENCES media_assets (account_id, id) ON DELETE RESTRICT;

ALTER TABLE campaigns ADD CONSTRAINT fk_campaigns_audience_view_id FOREIGN KEY(account_id, audience_view_id) REFERENCES saved_views (account_id, id) ON DELETE SET NULL (audience_view_id);

ALTER TABLE social_media_platforms ADD CONSTRAINT fk_social_media_platforms_integration_id FOREIGN KEY(account_id, integration_id) REFERENCES integrations (account_id, id) ON DELETE SET NULL (integration_id);

ALTER TABLE social_posts ADD CONSTRAINT fk_social_posts_asset_id FOREIGN KEY(account_id, asset_id) REFERENCES media_assets (account_id, id) ON DELETE RESTRICT;

ALTER TABLE bank_statements ADD CONSTRAINT fk_bank_statements_asset_id FOREIGN KEY(account_id, asset_id) REFERENCES media_assets (account_id, id) ON DELETE SET NULL (asset_id);

ALTER TABLE invoices ADD CONSTRAINT fk_invoices_document_asset_id FOREIGN KEY(account_id, document_asset_id) REFERENCES media_assets (account_id, id) ON DELETE RESTRICT;

ALTER TABLE payments ADD CONSTRAINT fk_payments_integration_id FOREIGN KEY(account_id, integration_id) REFERENCES integrations (account_id, id) ON DELETE SET NULL (integration_id);
"""

DOWNGRADE = r"""
ALTER TABLE payments DROP CONSTRAINT fk_payments_integration_id;
ALTER TABLE invoices DROP CONSTRAINT fk_invoices_document_asset_id;
ALTER TABLE bank_statements DROP CONSTRAINT fk_bank_statements_asset_id;
ALTER TABLE social_posts DROP CONSTRAINT fk_social_posts_asset_id;
ALTER TABLE social_media_platforms DROP CONSTRAINT fk_social_media_platforms_integration_id;
ALTER TABLE campaigns DROP CONSTRAINT fk_campaigns_audience_view_id;
ALTER TABLE sponsor_deliverables DROP CONSTRAINT fk_sponsor_deliverables_proof_asset_id;
ALTER TABLE event_sponsor_instalments DROP CONSTRAINT fk_event_sponsor_instalments_invoice_id;
ALTER TABLE sponsors DROP CONSTRAINT fk_sponsors_logo_asset_id;
ALTER TABLE sponsors DROP CONSTRAINT fk_sponsors_brand_guidelines_asset_id;
ALTER TABLE fittings DROP CONSTRAINT fk_fittings_picture_asset_id;
ALTER TABLE portfolio_items DROP CONSTRAINT fk_portfolio_items_asset_id;
ALTER TABLE models DROP CONSTRAINT fk_models_cover_asset_id;
ALTER TABLE looks DROP CONSTRAINT fk_looks_picture_asset_id;
ALTER TABLE fashion_designers DROP CONSTRAINT fk_fashion_designers_logo_asset_id;
ALTER TABLE opportunity_files DROP CONSTRAINT fk_opportunity_files_media_asset_id;
ALTER TABLE notes DROP CONSTRAINT fk_notes_sponsor_id;
ALTER TABLE activities DROP CONSTRAINT fk_activities_sponsor_id;
ALTER TABLE opportunities DROP CONSTRAINT fk_opportunities_sponsor_package_id;
ALTER TABLE opportunities DROP CONSTRAINT fk_opportunities_renews_id;
ALTER TABLE opportunities DROP CONSTRAINT fk_opportunities_campaign_id;
ALTER TABLE seat_assignments DROP CONSTRAINT fk_seat_assignments_sponsor_deliverable_id;
ALTER TABLE seat_assignments DROP CONSTRAINT fk_seat_assignments_event_sponsor_id;
ALTER TABLE seats DROP CONSTRAINT fk_seats_event_sponsor_id;
ALTER TABLE seating_sections DROP CONSTRAINT fk_seating_sections_event_sponsor_id;
ALTER TABLE registrations DROP CONSTRAINT fk_registrations_first_campaign_id;
ALTER TABLE registrations DROP CONSTRAINT fk_registrations_event_sponsor_id;
ALTER TABLE registrations DROP CONSTRAINT fk_registrations_campaign_id;
ALTER TABLE orders DROP CONSTRAINT fk_orders_opportunity_id;
ALTER TABLE orders DROP CONSTRAINT fk_orders_first_campaign_id;
ALTER TABLE orders DROP CONSTRAINT fk_orders_campaign_id;
ALTER TABLE promo_codes DROP CONSTRAINT fk_promo_codes_event_sponsor_id;
ALTER TABLE promo_codes DROP CONSTRAINT fk_promo_codes_campaign_id;
ALTER TABLE event_schedules DROP CONSTRAINT fk_event_schedules_production_run_id;
ALTER TABLE event_schedules DROP CONSTRAINT fk_event_schedules_look_id;
ALTER TABLE sessions DROP CONSTRAINT fk_sessions_cover_asset_id;
ALTER TABLE event_updates DROP CONSTRAINT fk_event_updates_asset_id;
ALTER TABLE events DROP CONSTRAINT fk_events_cover_asset_id;
ALTER TABLE event_templates DROP CONSTRAINT fk_event_templates_cover_asset_id;
ALTER TABLE event_feedback DROP CONSTRAINT fk_event_feedback_attendee_id;
ALTER TABLE event_budget_lines DROP CONSTRAINT fk_event_budget_lines_invoice_id;
ALTER TABLE document_versions DROP CONSTRAINT fk_document_versions_asset_id;
ALTER TABLE venue_spaces DROP CONSTRAINT fk_venue_spaces_picture_asset_id;
ALTER TABLE resources DROP CONSTRAINT fk_resources_picture_asset_id;
ALTER TABLE venues DROP CONSTRAINT fk_venues_cover_asset_id;
ALTER TABLE my_organization_metadata DROP CONSTRAINT fk_my_organization_metadata_logo_id;
ALTER TABLE my_organization_metadata DROP CONSTRAINT fk_my_organization_metadata_logo_dark_id;
ALTER TABLE contacts DROP CONSTRAINT fk_contacts_photo_id;
ALTER TABLE organizations DROP CONSTRAINT fk_organizations_logo_id;
ALTER TABLE account_users DROP CONSTRAINT fk_account_users_contact_id;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.run(DOWNGRADE)
