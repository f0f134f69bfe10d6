"""Tables of sponsors. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_07_sponsors"
down_revision = "20261121_06_production"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE sponsor_inventory (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  copied_from_id BIGINT,
  name TEXT NOT NULL,
  kind TEXT DEFAULT 'placement' NOT NULL,
  description TEXT,
  unit TEXT DEFAULT 'unit' NOT NULL,
  zone TEXT,
  venue_space_id BIGINT,
  seating_section_id BIGINT,
  starts_at TIMESTAMP WITH TIME ZONE,
  ends_at TIMESTAMP WITH TIME ZONE,
  capacity INTEGER NOT NULL,
  held INTEGER DEFAULT 0 NOT NULL,
  booked INTEGER DEFAULT 0 NOT NULL,
  unit_price_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_sponsor_inventory PRIMARY KEY (account_id, id),
  CONSTRAINT ck_sponsor_inventory_within_capacity CHECK (held + booked <= capacity),
  CONSTRAINT ck_sponsor_inventory_unit_price_not_negative CHECK (unit_price_minor >= 0),
  CONSTRAINT ck_sponsor_inventory_starts_before_end CHECK (starts_at < ends_at),
  CONSTRAINT fk_sponsor_inventory_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sponsor_inventory_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_copied_from_id FOREIGN KEY(account_id, copied_from_id) REFERENCES sponsor_inventory (account_id, id) ON DELETE SET NULL (copied_from_id),
  CONSTRAINT ck_sponsor_inventory_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_sponsor_inventory_kind CHECK (kind in ('placement', 'time_slot', 'space', 'seats', 'passes', 'digital', 'product')),
  CONSTRAINT fk_sponsor_inventory_venue_space_id FOREIGN KEY(account_id, venue_space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_seating_section_id FOREIGN KEY(account_id, event_id, seating_section_id) REFERENCES seating_sections (account_id, event_id, id) ON DELETE SET NULL (seating_section_id),
  CONSTRAINT ck_sponsor_inventory_capacity CHECK (capacity >= 0),
  CONSTRAINT ck_sponsor_inventory_held CHECK (held >= 0),
  CONSTRAINT ck_sponsor_inventory_booked CHECK (booked >= 0),
  CONSTRAINT ck_sponsor_inventory_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_sponsor_inventory_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_sponsor_inventory_event_key UNIQUE (account_id, event_id, id)
);
alter table public.sponsor_inventory enable row level security;
alter table public.sponsor_inventory force row level security;
CREATE INDEX ix_sponsor_inventory_copied_from_id ON sponsor_inventory (account_id, copied_from_id) WHERE copied_from_id is not null;
CREATE INDEX ix_sponsor_inventory_created_by ON sponsor_inventory (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sponsor_inventory_seating_section_id ON sponsor_inventory (account_id, event_id, seating_section_id) WHERE seating_section_id is not null;
CREATE INDEX ix_sponsor_inventory_updated_by ON sponsor_inventory (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_sponsor_inventory_venue_space_id ON sponsor_inventory (account_id, venue_space_id) WHERE venue_space_id is not null;
CREATE UNIQUE INDEX uq_sponsor_inventory_name ON sponsor_inventory (account_id, event_id, name) WHERE archived_at is null;
comment on table public.sponsor_inventory is 'Units of an event that can be sold to sponsors once each; held plus booked never exceeds capacity.';
comment on column public.sponsor_inventory."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sponsor_inventory."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sponsor_inventory."event_id" is '→ events';
comment on column public.sponsor_inventory."copied_from_id" is '→ sponsor_inventory: the units of an earlier edition they were copied from.';
comment on column public.sponsor_inventory."name" is 'Unique among the event''s units in use.';
comment on column public.sponsor_inventory."kind" is 'What one unit is.';
comment on column public.sponsor_inventory."description" is 'Where and what exactly.';
comment on column public.sponsor_inventory."unit" is 'Word for one unit: panel, minute, seat.';
comment on column public.sponsor_inventory."zone" is 'Part of the site it lies in.';
comment on column public.sponsor_inventory."venue_space_id" is '→ venue_spaces: the room it lies in.';
comment on column public.sponsor_inventory."seating_section_id" is '→ seating_sections: for seats, which block.';
comment on column public.sponsor_inventory."starts_at" is 'Time slots: begin.';
comment on column public.sponsor_inventory."ends_at" is 'Time slots: end (exclusive).';
comment on column public.sponsor_inventory."capacity" is 'Units there are.';
comment on column public.sponsor_inventory."held" is 'Units under unexpired holds. Changed under the row lock only.';
comment on column public.sponsor_inventory."booked" is 'Units sold. Changed under the row lock only.';
comment on column public.sponsor_inventory."unit_price_minor" is 'List price of one unit without tax.';
comment on column public.sponsor_inventory."currency" is 'Currency of the price.';
comment on column public.sponsor_inventory."created_at" is 'When the row was made.';
comment on column public.sponsor_inventory."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sponsor_inventory."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sponsor_inventory."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sponsor_inventory."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.sponsor_inventory."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE sponsor_packages (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  copied_from_id BIGINT,
  name TEXT NOT NULL,
  tier TEXT DEFAULT 'gold' NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  description TEXT,
  price_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  capacity INTEGER,
  taken INTEGER DEFAULT 0 NOT NULL,
  category_exclusive BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_sponsor_packages PRIMARY KEY (account_id, id),
  CONSTRAINT ck_sponsor_packages_price_not_negative CHECK (price_minor >= 0),
  CONSTRAINT ck_sponsor_packages_taken_within_capacity CHECK (capacity is null or taken <= capacity),
  CONSTRAINT fk_sponsor_packages_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sponsor_packages_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_packages_copied_from_id FOREIGN KEY(account_id, copied_from_id) REFERENCES sponsor_packages (account_id, id) ON DELETE SET NULL (copied_from_id),
  CONSTRAINT ck_sponsor_packages_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_sponsor_packages_tier CHECK (tier in ('title', 'presenting', 'platinum', 'gold', 'silver', 'bronze', 'supporter', 'in_kind')),
  CONSTRAINT ck_sponsor_packages_position CHECK (position >= 0),
  CONSTRAINT ck_sponsor_packages_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_sponsor_packages_capacity CHECK (capacity >= 0),
  CONSTRAINT ck_sponsor_packages_taken CHECK (taken >= 0),
  CONSTRAINT fk_sponsor_packages_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_packages_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_sponsor_packages_event_key UNIQUE (account_id, event_id, id)
);
alter table public.sponsor_packages enable row level security;
alter table public.sponsor_packages force row level security;
CREATE INDEX ix_sponsor_packages_copied_from_id ON sponsor_packages (account_id, copied_from_id) WHERE copied_from_id is not null;
CREATE INDEX ix_sponsor_packages_created_by ON sponsor_packages (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sponsor_packages_list ON sponsor_packages (account_id, event_id, position, id);
CREATE INDEX ix_sponsor_packages_updated_by ON sponsor_packages (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_sponsor_packages_name ON sponsor_packages (account_id, event_id, name) WHERE archived_at is null;
comment on table public.sponsor_packages is 'A bundle of benefits at a price, offered to sponsors of an event.';
comment on column public.sponsor_packages."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sponsor_packages."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sponsor_packages."event_id" is '→ events';
comment on column public.sponsor_packages."copied_from_id" is '→ sponsor_packages: the package of an earlier edition it was copied from.';
comment on column public.sponsor_packages."name" is 'Unique among the event''s packages in use.';
comment on column public.sponsor_packages."tier" is 'Rank.';
comment on column public.sponsor_packages."position" is 'Order in lists, from 0.';
comment on column public.sponsor_packages."description" is 'As written in the offer.';
comment on column public.sponsor_packages."price_minor" is 'List price without tax.';
comment on column public.sponsor_packages."currency" is 'Currency of price and benefits'' values.';
comment on column public.sponsor_packages."capacity" is 'How many can be sold; NULL = unlimited.';
comment on column public.sponsor_packages."taken" is 'How many contracts hold it, from approved on. Changed under the row lock only.';
comment on column public.sponsor_packages."category_exclusive" is 'Whether its buyers are the only sponsor of their category.';
comment on column public.sponsor_packages."created_at" is 'When the row was made.';
comment on column public.sponsor_packages."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sponsor_packages."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sponsor_packages."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sponsor_packages."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.sponsor_packages."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE sponsor_package_benefits (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  package_id BIGINT NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  type TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT,
  quantity INTEGER DEFAULT 1 NOT NULL,
  internal_value_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  due_offset_days BIGINT DEFAULT 0 NOT NULL,
  proof_required BOOLEAN DEFAULT true NOT NULL,
  requirements JSONB DEFAULT '{}'::jsonb NOT NULL,
  ticket_type_id BIGINT,
  inventory_id BIGINT,
  units_per_quantity INTEGER DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_sponsor_package_benefits PRIMARY KEY (account_id, id),
  CONSTRAINT uq_sponsor_package_benefits_position UNIQUE (account_id, package_id, position) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_sponsor_package_benefits_internal_value_not_negative CHECK (internal_value_minor >= 0),
  CONSTRAINT ck_sponsor_package_benefits_units_have_inventory CHECK (units_per_quantity = 0 or inventory_id is not null),
  CONSTRAINT fk_sponsor_package_benefits_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sponsor_package_benefits_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_package_benefits_package_id FOREIGN KEY(account_id, event_id, package_id) REFERENCES sponsor_packages (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_sponsor_package_benefits_position CHECK (position >= 0),
  CONSTRAINT ck_sponsor_package_benefits_type CHECK (type in ('logo', 'mention', 'seats', 'passes', 'activation', 'post', 'lead_scans', 'signage', 'advert', 'speaking', 'hospitality', 'product_placement', 'gifting', 'content', 'report', 'other')),
  CONSTRAINT ck_sponsor_package_benefits_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_sponsor_package_benefits_quantity CHECK (quantity > 0),
  CONSTRAINT ck_sponsor_package_benefits_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_sponsor_package_benefits_requirements CHECK (jsonb_typeof(requirements) = 'object'),
  CONSTRAINT fk_sponsor_package_benefits_ticket_type_id FOREIGN KEY(account_id, event_id, ticket_type_id) REFERENCES ticket_types (account_id, event_id, id) ON DELETE SET NULL (ticket_type_id),
  CONSTRAINT fk_sponsor_package_benefits_inventory_id FOREIGN KEY(account_id, event_id, inventory_id) REFERENCES sponsor_inventory (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sponsor_package_benefits_units_per_quantity CHECK (units_per_quantity >= 0),
  CONSTRAINT fk_sponsor_package_benefits_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_package_benefits_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_sponsor_package_benefits_event_key UNIQUE (account_id, event_id, id)
);
alter table public.sponsor_package_benefits enable row level security;
alter table public.sponsor_package_benefits force row level security;
CREATE INDEX ix_sponsor_package_benefits_created_by ON sponsor_package_benefits (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sponsor_package_benefits_inventory_id ON sponsor_package_benefits (account_id, event_id, inventory_id) WHERE inventory_id is not null;
CREATE INDEX ix_sponsor_package_benefits_package_id ON sponsor_package_benefits (account_id, event_id, package_id);
CREATE INDEX ix_sponsor_package_benefits_ticket_type_id ON sponsor_package_benefits (account_id, event_id, ticket_type_id) WHERE ticket_type_id is not null;
CREATE INDEX ix_sponsor_package_benefits_updated_by ON sponsor_package_benefits (account_id, updated_by) WHERE updated_by is not null;
comment on table public.sponsor_package_benefits is 'One promise in a package; copied into a deliverable at signing.';
comment on column public.sponsor_package_benefits."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sponsor_package_benefits."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sponsor_package_benefits."event_id" is '→ events';
comment on column public.sponsor_package_benefits."package_id" is '→ sponsor_packages';
comment on column public.sponsor_package_benefits."position" is 'Order in the package, from 0.';
comment on column public.sponsor_package_benefits."type" is 'What is promised.';
comment on column public.sponsor_package_benefits."title" is 'As written in the offer.';
comment on column public.sponsor_package_benefits."description" is 'What exactly: size, place, wording.';
comment on column public.sponsor_package_benefits."quantity" is 'How many.';
comment on column public.sponsor_package_benefits."internal_value_minor" is 'What the house holds all of it to be worth; weights the fulfilment rate, never shown to sponsors.';
comment on column public.sponsor_package_benefits."currency" is 'The package''s.';
comment on column public.sponsor_package_benefits."due_offset_days" is 'Due so many days after the event''s first day; negative = before.';
comment on column public.sponsor_package_benefits."proof_required" is 'Whether done needs a proof.';
comment on column public.sponsor_package_benefits."requirements" is 'What the sponsor must supply: file formats, pixels, text length, deadline.';
comment on column public.sponsor_package_benefits."ticket_type_id" is '→ ticket_types: for seats and passes, which.';
comment on column public.sponsor_package_benefits."inventory_id" is '→ sponsor_inventory: the units it uses up.';
comment on column public.sponsor_package_benefits."units_per_quantity" is 'Units of that inventory per one of quantity.';
comment on column public.sponsor_package_benefits."created_at" is 'When the row was made.';
comment on column public.sponsor_package_benefits."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sponsor_package_benefits."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sponsor_package_benefits."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sponsor_package_benefits."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE sponsors (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  organization_id BIGINT NOT NULL,
  owner_id BIGINT,
  status TEXT DEFAULT 'prospect' NOT NULL,
  category TEXT DEFAULT '' NOT NULL,
  category_key TEXT DEFAULT '' NOT NULL,
  brand_guidelines TEXT,
  brand_guidelines_asset_id BIGINT,
  logo_asset_id BIGINT,
  goals TEXT,
  yearly_budget_minor BIGINT,
  currency CHAR(3),
  decides_in_month BIGINT,
  note TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_sponsors PRIMARY KEY (account_id, id),
  CONSTRAINT uq_sponsors_organization_id UNIQUE (account_id, organization_id),
  CONSTRAINT ck_sponsors_category_length CHECK (length(category) <= 100),
  CONSTRAINT ck_sponsors_yearly_budget_not_negative CHECK (yearly_budget_minor >= 0),
  CONSTRAINT ck_sponsors_budget_has_currency CHECK (yearly_budget_minor is null or currency is not null),
  CONSTRAINT ck_sponsors_decides_in_month CHECK (decides_in_month between 1 and 12),
  CONSTRAINT fk_sponsors_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sponsors_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsors_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sponsors_status CHECK (status in ('prospect', 'active', 'lapsed')),
  CONSTRAINT ck_sponsors_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_sponsors_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_sponsors_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsors_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.sponsors enable row level security;
alter table public.sponsors force row level security;
CREATE INDEX ix_sponsors_brand_guidelines_asset_id ON sponsors (account_id, brand_guidelines_asset_id) WHERE brand_guidelines_asset_id is not null;
CREATE INDEX ix_sponsors_created_by ON sponsors (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sponsors_custom ON sponsors USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_sponsors_list ON sponsors (account_id, status, category_key, id);
CREATE INDEX ix_sponsors_logo_asset_id ON sponsors (account_id, logo_asset_id) WHERE logo_asset_id is not null;
CREATE INDEX ix_sponsors_owner_id ON sponsors (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_sponsors_tags ON sponsors USING gin (account_id, tags);
CREATE INDEX ix_sponsors_updated_by ON sponsors (account_id, updated_by) WHERE updated_by is not null;
comment on table public.sponsors is 'A company as a sponsor, over all events; its contracts are in event_sponsors.';
comment on column public.sponsors."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sponsors."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sponsors."organization_id" is '→ organizations: the company; one sponsor row each.';
comment on column public.sponsors."owner_id" is '→ account_users: who looks after it.';
comment on column public.sponsors."status" is 'prospect (never signed), active (runs or signed), lapsed (did not renew).';
comment on column public.sponsors."category" is 'Line of business in which exclusivity is sold (beauty, cars, spirits); empty = not said.';
comment on column public.sponsors."category_key" is 'The category normalised. Kept by trigger.';
comment on column public.sponsors."brand_guidelines" is 'How name and logo may be used.';
comment on column public.sponsors."brand_guidelines_asset_id" is '→ media_assets: the guidelines as a file.';
comment on column public.sponsors."logo_asset_id" is '→ media_assets: the logo to print.';
comment on column public.sponsors."goals" is 'What it wants from sponsoring; the report answers to it.';
comment on column public.sponsors."yearly_budget_minor" is 'What it is believed to spend on sponsoring a year.';
comment on column public.sponsors."currency" is 'Currency of the budget.';
comment on column public.sponsors."decides_in_month" is 'Month (1–12) in which it plans the next year.';
comment on column public.sponsors."note" is 'Whatever else matters.';
comment on column public.sponsors."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.sponsors."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.sponsors."created_at" is 'When the row was made.';
comment on column public.sponsors."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sponsors."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sponsors."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sponsors."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.sponsors."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE event_sponsors (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  organization_id BIGINT NOT NULL,
  sponsor_id BIGINT NOT NULL,
  package_id BIGINT,
  opportunity_id BIGINT,
  owner_id BIGINT,
  billing_contact_id BIGINT,
  status TEXT DEFAULT 'enquiry' NOT NULL,
  stage_id BIGINT,
  tier TEXT DEFAULT 'gold' NOT NULL,
  category TEXT DEFAULT '' NOT NULL,
  category_key TEXT DEFAULT '' NOT NULL,
  category_exclusive BOOLEAN DEFAULT false NOT NULL,
  fee_minor BIGINT DEFAULT 0 NOT NULL,
  in_kind_minor BIGINT DEFAULT 0 NOT NULL,
  in_kind_description TEXT,
  list_price_minor BIGINT,
  estimated_cost_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  rate_to_base_e12 BIGINT,
  document_id BIGINT,
  purchase_order TEXT,
  payment_terms_days INTEGER,
  starts_on DATE,
  ends_on DATE,
  approved_at TIMESTAMP WITH TIME ZONE,
  contracted_at TIMESTAMP WITH TIME ZONE,
  signed_at TIMESTAMP WITH TIME ZONE,
  activated_at TIMESTAMP WITH TIME ZONE,
  started_unsigned BOOLEAN GENERATED ALWAYS AS (activated_at is not null and status <> 'cancelled' and (signed_at is null or signed_at > activated_at)) STORED NOT NULL,
  fulfilled_at TIMESTAMP WITH TIME ZONE,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  cancel_reason TEXT,
  renewal_of_id BIGINT,
  note TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_sponsors PRIMARY KEY (account_id, id),
  CONSTRAINT ex_event_sponsors_category_exclusivity EXCLUDE USING gist (account_id WITH =, event_id WITH =, category_key WITH =, (case when category_exclusive then int8range(null, null) else int8range(id, id, '[]') end) WITH &&) WHERE (status not in ('enquiry', 'cancelled') and category_key <> ''),
  CONSTRAINT uq_event_sponsors_opportunity_id UNIQUE (account_id, opportunity_id),
  CONSTRAINT ck_event_sponsors_exclusive_names_category CHECK (not category_exclusive or length(category) > 0),
  CONSTRAINT ck_event_sponsors_category_length CHECK (length(category) <= 100),
  CONSTRAINT ck_event_sponsors_fee_not_negative CHECK (fee_minor >= 0),
  CONSTRAINT ck_event_sponsors_in_kind_not_negative CHECK (in_kind_minor >= 0),
  CONSTRAINT ck_event_sponsors_list_price_not_negative CHECK (list_price_minor >= 0),
  CONSTRAINT ck_event_sponsors_estimated_cost_not_negative CHECK (estimated_cost_minor >= 0),
  CONSTRAINT ck_event_sponsors_starts_before_end CHECK (starts_on <= ends_on),
  CONSTRAINT ck_event_sponsors_contracted_has_time CHECK (status <> 'contracted' or contracted_at is not null),
  CONSTRAINT ck_event_sponsors_active_has_time CHECK (status not in ('active', 'fulfilled') or activated_at is not null),
  CONSTRAINT ck_event_sponsors_fulfilled_has_time CHECK (status <> 'fulfilled' or fulfilled_at is not null),
  CONSTRAINT ck_event_sponsors_cancelled_has_time CHECK ((status = 'cancelled') = (cancelled_at is not null)),
  CONSTRAINT ck_event_sponsors_not_its_own_renewal CHECK (renewal_of_id <> id),
  CONSTRAINT fk_event_sponsors_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_sponsors_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsors_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsors_sponsor_id FOREIGN KEY(account_id, sponsor_id) REFERENCES sponsors (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsors_package_id FOREIGN KEY(account_id, event_id, package_id) REFERENCES sponsor_packages (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsors_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE SET NULL (opportunity_id),
  CONSTRAINT fk_event_sponsors_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsors_billing_contact_id FOREIGN KEY(account_id, billing_contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_sponsors_status CHECK (status in ('enquiry', 'approved', 'contracted', 'active', 'fulfilled', 'cancelled')),
  CONSTRAINT fk_event_sponsors_stage_id FOREIGN KEY(account_id, stage_id) REFERENCES pipeline_stages (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_sponsors_tier CHECK (tier in ('title', 'presenting', 'platinum', 'gold', 'silver', 'bronze', 'supporter', 'in_kind')),
  CONSTRAINT ck_event_sponsors_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_sponsors_rate_to_base_e12 CHECK (rate_to_base_e12 > 0),
  CONSTRAINT fk_event_sponsors_document_id FOREIGN KEY(account_id, event_id, document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE SET NULL (document_id),
  CONSTRAINT ck_event_sponsors_payment_terms_days CHECK (payment_terms_days >= 0),
  CONSTRAINT fk_event_sponsors_renewal_of_id FOREIGN KEY(account_id, renewal_of_id) REFERENCES event_sponsors (account_id, id) ON DELETE SET NULL (renewal_of_id),
  CONSTRAINT ck_event_sponsors_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_sponsors_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsors_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_sponsors_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_sponsors enable row level security;
alter table public.event_sponsors force row level security;
CREATE INDEX ix_event_sponsors_billing_contact_id ON event_sponsors (account_id, billing_contact_id) WHERE billing_contact_id is not null;
CREATE INDEX ix_event_sponsors_created_by ON event_sponsors (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_sponsors_custom ON event_sponsors USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_event_sponsors_document_id ON event_sponsors (account_id, event_id, document_id) WHERE document_id is not null;
CREATE INDEX ix_event_sponsors_list ON event_sponsors (account_id, event_id, status, tier, id);
CREATE INDEX ix_event_sponsors_of_sponsor ON event_sponsors (account_id, sponsor_id, status);
CREATE INDEX ix_event_sponsors_organization_id ON event_sponsors (account_id, organization_id);
CREATE INDEX ix_event_sponsors_owner_id ON event_sponsors (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_sponsors_package_id ON event_sponsors (account_id, event_id, package_id) WHERE package_id is not null;
CREATE INDEX ix_event_sponsors_renewal_of_id ON event_sponsors (account_id, renewal_of_id) WHERE renewal_of_id is not null;
CREATE INDEX ix_event_sponsors_stage_id ON event_sponsors (account_id, stage_id) WHERE stage_id is not null;
CREATE INDEX ix_event_sponsors_tags ON event_sponsors USING gin (account_id, tags);
CREATE INDEX ix_event_sponsors_updated_by ON event_sponsors (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_sponsors is 'A sponsor''s contract for one event; starting before it is signed is allowed but flagged.';
comment on column public.event_sponsors."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_sponsors."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_sponsors."event_id" is '→ events';
comment on column public.event_sponsors."organization_id" is '→ organizations: the contracting company, the sponsor''s.';
comment on column public.event_sponsors."sponsor_id" is '→ sponsors';
comment on column public.event_sponsors."package_id" is '→ sponsor_packages: what was bought; NULL = made to measure.';
comment on column public.event_sponsors."opportunity_id" is '→ opportunities: the won deal it came from; one contract each.';
comment on column public.event_sponsors."owner_id" is '→ account_users: who delivers it.';
comment on column public.event_sponsors."billing_contact_id" is '→ contacts: who gets the invoices; NULL = the sponsor''s finance contact.';
comment on column public.event_sponsors."status" is 'enquiry → approved → contracted → active → fulfilled; cancelled from any but fulfilled.';
comment on column public.event_sponsors."stage_id" is '→ pipeline_stages: place on the fulfilment board.';
comment on column public.event_sponsors."tier" is 'Rank; the package''s, copied.';
comment on column public.event_sponsors."category" is 'Line of business for this event; the sponsor''s, copied. Empty = not said.';
comment on column public.event_sponsors."category_key" is 'The category normalised. Kept by trigger; the exclusion reads it.';
comment on column public.event_sponsors."category_exclusive" is 'Whether no other sponsor of the category may be approved for the event; the database refuses either order.';
comment on column public.event_sponsors."fee_minor" is 'Fee agreed, without tax.';
comment on column public.event_sponsors."in_kind_minor" is 'Value of goods and services agreed besides; not income in money.';
comment on column public.event_sponsors."in_kind_description" is 'What goods and services.';
comment on column public.event_sponsors."list_price_minor" is 'The package''s price when agreed; shows the discount.';
comment on column public.event_sponsors."estimated_cost_minor" is 'What delivering it should cost the house.';
comment on column public.event_sponsors."currency" is 'Currency of all amounts.';
comment on column public.event_sponsors."rate_to_base_e12" is 'Exchange rate to the base currency frozen when contracted, times 10^12; NULL before.';
comment on column public.event_sponsors."document_id" is '→ event_documents: the contract.';
comment on column public.event_sponsors."purchase_order" is 'The sponsor''s order number, printed on invoices.';
comment on column public.event_sponsors."payment_terms_days" is 'Days to pay; NULL = the house''s default.';
comment on column public.event_sponsors."starts_on" is 'First day of the contract.';
comment on column public.event_sponsors."ends_on" is 'Last day of the contract.';
comment on column public.event_sponsors."approved_at" is 'When the enquiry was accepted.';
comment on column public.event_sponsors."contracted_at" is 'When it became contracted; deliverables were copied then. The fee is committed from here.';
comment on column public.event_sponsors."signed_at" is 'When both had signed; NULL = not signed.';
comment on column public.event_sponsors."activated_at" is 'When delivery began.';
comment on column public.event_sponsors."started_unsigned" is 'Flag: delivery began before both had signed; generated.';
comment on column public.event_sponsors."fulfilled_at" is 'When everything promised was settled.';
comment on column public.event_sponsors."cancelled_at" is 'When it was cancelled.';
comment on column public.event_sponsors."cancel_reason" is 'Why.';
comment on column public.event_sponsors."renewal_of_id" is '→ event_sponsors: the contract of an earlier edition it renews.';
comment on column public.event_sponsors."note" is 'For the house only.';
comment on column public.event_sponsors."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_sponsors."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_sponsors."created_at" is 'When the row was made.';
comment on column public.event_sponsors."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_sponsors."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_sponsors."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_sponsors."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_sponsor_instalments (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  event_sponsor_id BIGINT NOT NULL,
  invoice_id BIGINT,
  position INTEGER DEFAULT 0 NOT NULL,
  label TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  invoice_on DATE,
  due_on DATE NOT NULL,
  status TEXT DEFAULT 'planned' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_sponsor_instalments PRIMARY KEY (account_id, id),
  CONSTRAINT uq_event_sponsor_instalments_position UNIQUE (account_id, event_sponsor_id, position) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_event_sponsor_instalments_amount_positive CHECK (amount_minor > 0),
  CONSTRAINT ck_event_sponsor_instalments_invoiced_has_invoice CHECK (status not in ('invoiced', 'paid') or invoice_id is not null),
  CONSTRAINT fk_event_sponsor_instalments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_sponsor_instalments_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsor_instalments_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_event_sponsor_instalments_position CHECK (position >= 0),
  CONSTRAINT ck_event_sponsor_instalments_label CHECK (length(label) between 1 and 200),
  CONSTRAINT ck_event_sponsor_instalments_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_sponsor_instalments_status CHECK (status in ('planned', 'invoiced', 'paid', 'cancelled')),
  CONSTRAINT fk_event_sponsor_instalments_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_sponsor_instalments_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_sponsor_instalments_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_sponsor_instalments enable row level security;
alter table public.event_sponsor_instalments force row level security;
CREATE INDEX ix_event_sponsor_instalments_created_by ON event_sponsor_instalments (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_sponsor_instalments_due ON event_sponsor_instalments (account_id, due_on) WHERE status in ('planned', 'invoiced');
CREATE INDEX ix_event_sponsor_instalments_event_sponsor_id ON event_sponsor_instalments (account_id, event_id, event_sponsor_id);
CREATE INDEX ix_event_sponsor_instalments_invoice_id ON event_sponsor_instalments (account_id, invoice_id) WHERE invoice_id is not null;
CREATE INDEX ix_event_sponsor_instalments_updated_by ON event_sponsor_instalments (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_sponsor_instalments is 'A part of the agreed fee with its due day; becomes an invoice.';
comment on column public.event_sponsor_instalments."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_sponsor_instalments."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_sponsor_instalments."event_id" is '→ events';
comment on column public.event_sponsor_instalments."event_sponsor_id" is '→ event_sponsors';
comment on column public.event_sponsor_instalments."invoice_id" is '→ invoices: the invoice made from it.';
comment on column public.event_sponsor_instalments."position" is 'Order, from 0.';
comment on column public.event_sponsor_instalments."label" is 'On signature, four weeks before …';
comment on column public.event_sponsor_instalments."amount_minor" is 'Part of the fee, without tax.';
comment on column public.event_sponsor_instalments."currency" is 'The contract''s.';
comment on column public.event_sponsor_instalments."invoice_on" is 'Day on which the invoice should be written; NULL = by hand.';
comment on column public.event_sponsor_instalments."due_on" is 'Day by which it is to be paid.';
comment on column public.event_sponsor_instalments."status" is 'planned → invoiced → paid; cancelled.';
comment on column public.event_sponsor_instalments."created_at" is 'When the row was made.';
comment on column public.event_sponsor_instalments."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_sponsor_instalments."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_sponsor_instalments."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_sponsor_instalments."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE sponsor_contacts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  sponsor_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  role TEXT DEFAULT 'primary' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_sponsor_contacts PRIMARY KEY (account_id, id),
  CONSTRAINT uq_sponsor_contacts_role UNIQUE (account_id, sponsor_id, contact_id, role),
  CONSTRAINT fk_sponsor_contacts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sponsor_contacts_sponsor_id FOREIGN KEY(account_id, sponsor_id) REFERENCES sponsors (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_sponsor_contacts_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sponsor_contacts_role CHECK (role in ('primary', 'finance', 'creative', 'legal', 'onsite', 'executive')),
  CONSTRAINT fk_sponsor_contacts_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_contacts_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.sponsor_contacts enable row level security;
alter table public.sponsor_contacts force row level security;
CREATE INDEX ix_sponsor_contacts_contact_id ON sponsor_contacts (account_id, contact_id);
CREATE INDEX ix_sponsor_contacts_created_by ON sponsor_contacts (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sponsor_contacts_updated_by ON sponsor_contacts (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_sponsor_contacts_primary ON sponsor_contacts (account_id, sponsor_id) WHERE role = 'primary';
comment on table public.sponsor_contacts is 'For what a person at a sponsor is asked.';
comment on column public.sponsor_contacts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sponsor_contacts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sponsor_contacts."sponsor_id" is '→ sponsors';
comment on column public.sponsor_contacts."contact_id" is '→ contacts';
comment on column public.sponsor_contacts."role" is 'primary (one per sponsor), finance, creative …';
comment on column public.sponsor_contacts."created_at" is 'When the row was made.';
comment on column public.sponsor_contacts."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sponsor_contacts."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sponsor_contacts."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE sponsor_inventory_holds (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  inventory_id BIGINT NOT NULL,
  event_sponsor_id BIGINT,
  opportunity_id BIGINT,
  organization_id BIGINT,
  quantity INTEGER NOT NULL,
  status TEXT DEFAULT 'held' NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE,
  booked_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_sponsor_inventory_holds PRIMARY KEY (account_id, id),
  CONSTRAINT ck_sponsor_inventory_holds_hold_expires CHECK (status <> 'held' or expires_at is not null),
  CONSTRAINT ck_sponsor_inventory_holds_booked_has_time CHECK ((status = 'booked') = (booked_at is not null)),
  CONSTRAINT ck_sponsor_inventory_holds_ended_has_time CHECK (status not in ('released', 'expired') or ended_at is not null),
  CONSTRAINT ck_sponsor_inventory_holds_for_somebody CHECK (num_nonnulls(event_sponsor_id, opportunity_id, organization_id) >= 1),
  CONSTRAINT ck_sponsor_inventory_holds_booked_by_contract CHECK (status <> 'booked' or event_sponsor_id is not null),
  CONSTRAINT fk_sponsor_inventory_holds_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sponsor_inventory_holds_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_holds_inventory_id FOREIGN KEY(account_id, event_id, inventory_id) REFERENCES sponsor_inventory (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_holds_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_holds_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_holds_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sponsor_inventory_holds_quantity CHECK (quantity > 0),
  CONSTRAINT ck_sponsor_inventory_holds_status CHECK (status in ('held', 'booked', 'released', 'expired')),
  CONSTRAINT fk_sponsor_inventory_holds_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_inventory_holds_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_sponsor_inventory_holds_event_key UNIQUE (account_id, event_id, id)
);
alter table public.sponsor_inventory_holds enable row level security;
alter table public.sponsor_inventory_holds force row level security;
CREATE INDEX ix_sponsor_inventory_holds_created_by ON sponsor_inventory_holds (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sponsor_inventory_holds_event_sponsor_id ON sponsor_inventory_holds (account_id, event_id, event_sponsor_id) WHERE event_sponsor_id is not null;
CREATE INDEX ix_sponsor_inventory_holds_expiring ON sponsor_inventory_holds (account_id, expires_at) WHERE status = 'held';
CREATE INDEX ix_sponsor_inventory_holds_inventory_id ON sponsor_inventory_holds (account_id, event_id, inventory_id);
CREATE INDEX ix_sponsor_inventory_holds_opportunity_id ON sponsor_inventory_holds (account_id, opportunity_id) WHERE opportunity_id is not null;
CREATE INDEX ix_sponsor_inventory_holds_organization_id ON sponsor_inventory_holds (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_sponsor_inventory_holds_updated_by ON sponsor_inventory_holds (account_id, updated_by) WHERE updated_by is not null;
comment on table public.sponsor_inventory_holds is 'A claim on units: held until it expires, or booked.';
comment on column public.sponsor_inventory_holds."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sponsor_inventory_holds."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sponsor_inventory_holds."event_id" is '→ events';
comment on column public.sponsor_inventory_holds."inventory_id" is '→ sponsor_inventory';
comment on column public.sponsor_inventory_holds."event_sponsor_id" is '→ event_sponsors: the contract it belongs to.';
comment on column public.sponsor_inventory_holds."opportunity_id" is '→ opportunities: the deal it is held for.';
comment on column public.sponsor_inventory_holds."organization_id" is '→ organizations: for whom, where there is no deal yet.';
comment on column public.sponsor_inventory_holds."quantity" is 'Units.';
comment on column public.sponsor_inventory_holds."status" is 'held → booked / released / expired; booked → released.';
comment on column public.sponsor_inventory_holds."expires_at" is 'When a hold lapses; a job gives the units back.';
comment on column public.sponsor_inventory_holds."booked_at" is 'When it was sold; emptied on release.';
comment on column public.sponsor_inventory_holds."ended_at" is 'When it was released or expired.';
comment on column public.sponsor_inventory_holds."note" is 'Why it is held.';
comment on column public.sponsor_inventory_holds."created_at" is 'When the row was made.';
comment on column public.sponsor_inventory_holds."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sponsor_inventory_holds."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sponsor_inventory_holds."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sponsor_inventory_holds."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE sponsor_deliverables (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  event_sponsor_id BIGINT NOT NULL,
  benefit_id BIGINT,
  inventory_hold_id BIGINT,
  cue_id BIGINT,
  make_good_for_id BIGINT,
  owner_id BIGINT,
  type TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT,
  position INTEGER DEFAULT 0 NOT NULL,
  quantity INTEGER DEFAULT 1 NOT NULL,
  delivered_quantity INTEGER DEFAULT 0 NOT NULL,
  due_on DATE,
  status TEXT DEFAULT 'open' NOT NULL,
  reason TEXT,
  done_at TIMESTAMP WITH TIME ZONE,
  done_by_id BIGINT,
  proof_required BOOLEAN DEFAULT true NOT NULL,
  proof_status TEXT DEFAULT 'none' NOT NULL,
  proof_asset_id BIGINT,
  proof_url TEXT,
  proof_note TEXT,
  proof_accepted_at TIMESTAMP WITH TIME ZONE,
  proof_accepted_by_id BIGINT,
  internal_value_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  channel TEXT,
  impressions BIGINT,
  reach BIGINT,
  cpm_minor BIGINT,
  quality_ppm INTEGER,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_sponsor_deliverables PRIMARY KEY (account_id, id),
  CONSTRAINT ck_sponsor_deliverables_delivered_up_to_promised CHECK (delivered_quantity <= quantity),
  CONSTRAINT ck_sponsor_deliverables_done_is_complete CHECK ((status = 'done') = (done_at is not null) and (status <> 'done' or delivered_quantity = quantity)),
  CONSTRAINT ck_sponsor_deliverables_dropped_has_reason CHECK (status not in ('waived', 'not_applicable') or reason is not null),
  CONSTRAINT ck_sponsor_deliverables_internal_value_not_negative CHECK (internal_value_minor >= 0),
  CONSTRAINT ck_sponsor_deliverables_cpm_not_negative CHECK (cpm_minor >= 0),
  CONSTRAINT ck_sponsor_deliverables_media_not_negative CHECK (impressions >= 0 and reach >= 0),
  CONSTRAINT ck_sponsor_deliverables_proof_is_something CHECK (proof_status = 'none' or num_nonnulls(proof_asset_id, proof_url, proof_note) >= 1),
  CONSTRAINT ck_sponsor_deliverables_accepted_proof_has_time CHECK ((proof_status = 'accepted') = (proof_accepted_at is not null)),
  CONSTRAINT ck_sponsor_deliverables_not_its_own_make_good CHECK (make_good_for_id <> id),
  CONSTRAINT fk_sponsor_deliverables_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sponsor_deliverables_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_deliverables_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_deliverables_benefit_id FOREIGN KEY(account_id, event_id, benefit_id) REFERENCES sponsor_package_benefits (account_id, event_id, id) ON DELETE SET NULL (benefit_id),
  CONSTRAINT fk_sponsor_deliverables_inventory_hold_id FOREIGN KEY(account_id, event_id, inventory_hold_id) REFERENCES sponsor_inventory_holds (account_id, event_id, id) ON DELETE SET NULL (inventory_hold_id),
  CONSTRAINT fk_sponsor_deliverables_cue_id FOREIGN KEY(account_id, event_id, cue_id) REFERENCES event_schedules (account_id, event_id, id) ON DELETE SET NULL (cue_id),
  CONSTRAINT fk_sponsor_deliverables_make_good_for_id FOREIGN KEY(account_id, event_id, make_good_for_id) REFERENCES sponsor_deliverables (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_deliverables_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sponsor_deliverables_type CHECK (type in ('logo', 'mention', 'seats', 'passes', 'activation', 'post', 'lead_scans', 'signage', 'advert', 'speaking', 'hospitality', 'product_placement', 'gifting', 'content', 'report', 'other')),
  CONSTRAINT ck_sponsor_deliverables_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_sponsor_deliverables_position CHECK (position >= 0),
  CONSTRAINT ck_sponsor_deliverables_quantity CHECK (quantity > 0),
  CONSTRAINT ck_sponsor_deliverables_delivered_quantity CHECK (delivered_quantity >= 0),
  CONSTRAINT ck_sponsor_deliverables_status CHECK (status in ('open', 'done', 'not_applicable', 'waived', 'make_good')),
  CONSTRAINT fk_sponsor_deliverables_done_by_id FOREIGN KEY(account_id, done_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sponsor_deliverables_proof_status CHECK (proof_status in ('none', 'submitted', 'accepted', 'rejected')),
  CONSTRAINT ck_sponsor_deliverables_proof_url CHECK (proof_url ~ '^https?://[^ ]+$' and length(proof_url) <= 2000),
  CONSTRAINT fk_sponsor_deliverables_proof_accepted_by_id FOREIGN KEY(account_id, proof_accepted_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sponsor_deliverables_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_sponsor_deliverables_channel CHECK (channel in ('onsite', 'livestream', 'website', 'email', 'social', 'press', 'broadcast', 'print')),
  CONSTRAINT ck_sponsor_deliverables_quality_ppm CHECK (quality_ppm between 0 and 1000000),
  CONSTRAINT fk_sponsor_deliverables_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sponsor_deliverables_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_sponsor_deliverables_event_key UNIQUE (account_id, event_id, id)
);
alter table public.sponsor_deliverables enable row level security;
alter table public.sponsor_deliverables force row level security;
CREATE INDEX ix_sponsor_deliverables_benefit_id ON sponsor_deliverables (account_id, event_id, benefit_id) WHERE benefit_id is not null;
CREATE INDEX ix_sponsor_deliverables_created_by ON sponsor_deliverables (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sponsor_deliverables_cue_id ON sponsor_deliverables (account_id, event_id, cue_id) WHERE cue_id is not null;
CREATE INDEX ix_sponsor_deliverables_done_by_id ON sponsor_deliverables (account_id, done_by_id) WHERE done_by_id is not null;
CREATE INDEX ix_sponsor_deliverables_event_sponsor_id ON sponsor_deliverables (account_id, event_id, event_sponsor_id);
CREATE INDEX ix_sponsor_deliverables_inventory_hold_id ON sponsor_deliverables (account_id, event_id, inventory_hold_id) WHERE inventory_hold_id is not null;
CREATE INDEX ix_sponsor_deliverables_list ON sponsor_deliverables (account_id, event_id, status, due_on, id);
CREATE INDEX ix_sponsor_deliverables_make_good_for_id ON sponsor_deliverables (account_id, event_id, make_good_for_id) WHERE make_good_for_id is not null;
CREATE INDEX ix_sponsor_deliverables_open ON sponsor_deliverables (account_id, due_on, owner_id) WHERE status in ('open', 'make_good');
CREATE INDEX ix_sponsor_deliverables_owner_id ON sponsor_deliverables (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_sponsor_deliverables_proof_accepted_by_id ON sponsor_deliverables (account_id, proof_accepted_by_id) WHERE proof_accepted_by_id is not null;
CREATE INDEX ix_sponsor_deliverables_proof_asset_id ON sponsor_deliverables (account_id, proof_asset_id) WHERE proof_asset_id is not null;
CREATE INDEX ix_sponsor_deliverables_updated_by ON sponsor_deliverables (account_id, updated_by) WHERE updated_by is not null;
comment on table public.sponsor_deliverables is 'One promise to a sponsor, copied from the package at signing or added by hand.';
comment on column public.sponsor_deliverables."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sponsor_deliverables."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sponsor_deliverables."event_id" is '→ events';
comment on column public.sponsor_deliverables."event_sponsor_id" is '→ event_sponsors';
comment on column public.sponsor_deliverables."benefit_id" is '→ sponsor_package_benefits: the benefit it was copied from; NULL = an extra.';
comment on column public.sponsor_deliverables."inventory_hold_id" is '→ sponsor_inventory_holds: the units booked for it.';
comment on column public.sponsor_deliverables."cue_id" is '→ event_schedules: the cue that delivers it: cue done is proof, cue cut opens a make-good.';
comment on column public.sponsor_deliverables."make_good_for_id" is '→ sponsor_deliverables: the failed promise it makes good.';
comment on column public.sponsor_deliverables."owner_id" is '→ account_users: who sees to it.';
comment on column public.sponsor_deliverables."type" is 'What is promised.';
comment on column public.sponsor_deliverables."title" is 'As written in the contract.';
comment on column public.sponsor_deliverables."description" is 'What exactly.';
comment on column public.sponsor_deliverables."position" is 'Order in the contract, from 0.';
comment on column public.sponsor_deliverables."quantity" is 'How many are promised.';
comment on column public.sponsor_deliverables."delivered_quantity" is 'How many are delivered.';
comment on column public.sponsor_deliverables."due_on" is 'Last day, in the event''s zone; NULL = by the event''s end.';
comment on column public.sponsor_deliverables."status" is 'open → done / not_applicable / waived / make_good (failed, owed again: a further row makes it good).';
comment on column public.sponsor_deliverables."reason" is 'Why it was waived, does not apply or failed.';
comment on column public.sponsor_deliverables."done_at" is 'When the last of it was delivered; after the due day it counts as late.';
comment on column public.sponsor_deliverables."done_by_id" is '→ account_users: who marked it done; NULL when a cue did.';
comment on column public.sponsor_deliverables."proof_required" is 'Whether the report expects a proof.';
comment on column public.sponsor_deliverables."proof_status" is 'none → submitted → accepted / rejected.';
comment on column public.sponsor_deliverables."proof_asset_id" is '→ media_assets: picture, clip or file that proves it.';
comment on column public.sponsor_deliverables."proof_url" is 'Link that proves it.';
comment on column public.sponsor_deliverables."proof_note" is 'What proves it in words, such as the cue that ran.';
comment on column public.sponsor_deliverables."proof_accepted_at" is 'When the proof was accepted.';
comment on column public.sponsor_deliverables."proof_accepted_by_id" is '→ account_users: who accepted it; NULL when the sponsor did.';
comment on column public.sponsor_deliverables."internal_value_minor" is 'What the house holds all of it to be worth; weights the fulfilment rate.';
comment on column public.sponsor_deliverables."currency" is 'The contract''s.';
comment on column public.sponsor_deliverables."channel" is 'Where it was seen, for media value.';
comment on column public.sponsor_deliverables."impressions" is 'Views counted or estimated.';
comment on column public.sponsor_deliverables."reach" is 'Distinct persons; shown beside media value.';
comment on column public.sponsor_deliverables."cpm_minor" is 'Price of a thousand views in the channel; media value = impressions / 1000 × cpm × quality.';
comment on column public.sponsor_deliverables."quality_ppm" is 'Quality factor of the view (size, clarity), in parts per million.';
comment on column public.sponsor_deliverables."created_at" is 'When the row was made.';
comment on column public.sponsor_deliverables."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sponsor_deliverables."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sponsor_deliverables."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sponsor_deliverables."version" is 'Raised by every update; an edit names the version it saw.';
"""

DOWNGRADE = r"""
drop table public.sponsor_deliverables;
drop table public.sponsor_inventory_holds;
drop table public.sponsor_contacts;
drop table public.event_sponsor_instalments;
drop table public.event_sponsors;
drop table public.sponsors;
drop table public.sponsor_package_benefits;
drop table public.sponsor_packages;
drop table public.sponsor_inventory;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("sponsor_deliverables")
    ops.sync_drop("sponsor_inventory_holds")
    ops.sync_drop("sponsor_contacts")
    ops.sync_drop("event_sponsor_instalments")
    ops.sync_drop("event_sponsors")
    ops.sync_drop("sponsors")
    ops.sync_drop("sponsor_package_benefits")
    ops.sync_drop("sponsor_packages")
    ops.sync_drop("sponsor_inventory")
    ops.run(DOWNGRADE)
