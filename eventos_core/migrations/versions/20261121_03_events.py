"""Tables of events. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_03_events"
down_revision = "20261121_02_directory"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE pipeline_stages (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  process TEXT NOT NULL,
  name TEXT NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  kind TEXT DEFAULT 'open' NOT NULL,
  wip_limit INTEGER,
  colour TEXT,
  description TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_pipeline_stages PRIMARY KEY (account_id, id),
  CONSTRAINT fk_pipeline_stages_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_pipeline_stages_process CHECK (process in ('event_planning', 'sponsor_fulfilment', 'casting', 'production')),
  CONSTRAINT ck_pipeline_stages_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_pipeline_stages_position CHECK (position >= 0),
  CONSTRAINT ck_pipeline_stages_kind CHECK (kind in ('open', 'done', 'cancelled')),
  CONSTRAINT ck_pipeline_stages_wip_limit CHECK (wip_limit > 0),
  CONSTRAINT ck_pipeline_stages_colour CHECK (colour ~ '^#[0-9a-f]{6}$'),
  CONSTRAINT fk_pipeline_stages_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_pipeline_stages_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.pipeline_stages enable row level security;
alter table public.pipeline_stages force row level security;
CREATE INDEX ix_pipeline_stages_board ON pipeline_stages (account_id, process, position);
CREATE INDEX ix_pipeline_stages_created_by ON pipeline_stages (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_pipeline_stages_updated_by ON pipeline_stages (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_pipeline_stages_name ON pipeline_stages (account_id, process, lower(name)) WHERE archived_at is null;
comment on table public.pipeline_stages is 'A stage of a process as the house names it; reports read its kind, so a rename keeps history.';
comment on column public.pipeline_stages."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.pipeline_stages."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.pipeline_stages."process" is 'The process it is a stage of; a row may only stand in a stage of its own process.';
comment on column public.pipeline_stages."name" is 'As the board shows it; unique in the process among stages in use, whatever the case.';
comment on column public.pipeline_stages."position" is 'Column on the board from the left, from 0.';
comment on column public.pipeline_stages."kind" is 'What it means: work goes on, is done, was called off.';
comment on column public.pipeline_stages."wip_limit" is 'Most cards the column should hold; more is shown as a warning, not refused.';
comment on column public.pipeline_stages."colour" is 'Accent of the column.';
comment on column public.pipeline_stages."description" is 'What must be true of a card here.';
comment on column public.pipeline_stages."created_at" is 'When the row was made.';
comment on column public.pipeline_stages."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.pipeline_stages."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.pipeline_stages."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.pipeline_stages."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.pipeline_stages."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE venues (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  kind TEXT DEFAULT 'other' NOT NULL,
  organization_id BIGINT,
  owner_id BIGINT,
  market TEXT,
  district TEXT,
  latitude DOUBLE PRECISION,
  longitude DOUBLE PRECISION,
  timezone TEXT,
  capacity INTEGER,
  amenities TEXT[] DEFAULT '{}'::text[] NOT NULL,
  currency CHAR(3),
  daily_rate_minor BIGINT,
  deposit_minor BIGINT,
  cleaning_fee_minor BIGINT,
  costs JSONB DEFAULT '[]'::jsonb NOT NULL,
  cost_notes TEXT,
  website TEXT,
  phone TEXT,
  email TEXT,
  access_notes TEXT,
  load_in_notes TEXT,
  technical_notes TEXT,
  accessibility_notes TEXT,
  house_rules TEXT,
  emergency_notes TEXT,
  ceiling_height_cm INTEGER,
  power_kva INTEGER,
  cover_asset_id BIGINT,
  notes TEXT,
  street TEXT,
  street2 TEXT,
  city TEXT,
  region TEXT,
  postal_code TEXT,
  country CHAR(2),
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_venues PRIMARY KEY (account_id, id),
  CONSTRAINT ck_venues_latitude_on_earth CHECK (latitude between -90 and 90),
  CONSTRAINT ck_venues_longitude_on_earth CHECK (longitude between -180 and 180),
  CONSTRAINT ck_venues_both_coordinates_or_none CHECK ((latitude is null) = (longitude is null)),
  CONSTRAINT ck_venues_money_has_currency CHECK (currency is not null or num_nonnulls(daily_rate_minor, deposit_minor, cleaning_fee_minor) = 0),
  CONSTRAINT ck_venues_costs_not_negative CHECK (coalesce(daily_rate_minor, 0) >= 0 and coalesce(deposit_minor, 0) >= 0 and coalesce(cleaning_fee_minor, 0) >= 0),
  CONSTRAINT fk_venues_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_venues_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_venues_kind CHECK (kind in ('event_hall', 'theatre', 'museum', 'gallery', 'hotel', 'restaurant', 'showroom', 'store', 'studio', 'warehouse', 'conference_centre', 'historic', 'outdoor', 'office', 'online', 'other')),
  CONSTRAINT fk_venues_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_venues_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_venues_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_venues_capacity CHECK (capacity > 0),
  CONSTRAINT ck_venues_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_venues_costs CHECK (jsonb_typeof(costs) = 'array'),
  CONSTRAINT ck_venues_website CHECK (length(website) between 1 and 2000),
  CONSTRAINT ck_venues_email CHECK (email ~ '^[^@ ]+@[^@ ]+$' and length(email) <= 320),
  CONSTRAINT ck_venues_ceiling_height_cm CHECK (ceiling_height_cm > 0),
  CONSTRAINT ck_venues_power_kva CHECK (power_kva >= 0),
  CONSTRAINT ck_venues_country CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT ck_venues_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_venues_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_venues_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.venues enable row level security;
alter table public.venues force row level security;
CREATE INDEX ix_venues_archived ON venues (account_id, archived_at desc) WHERE archived_at is not null;
CREATE INDEX ix_venues_country ON venues (account_id, country, city);
CREATE INDEX ix_venues_cover_asset_id ON venues (account_id, cover_asset_id) WHERE cover_asset_id is not null;
CREATE INDEX ix_venues_created_by ON venues (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_venues_custom ON venues USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_venues_list ON venues (account_id, name_sort, id) WHERE archived_at is null;
CREATE INDEX ix_venues_market ON venues (account_id, market, name_sort);
CREATE INDEX ix_venues_organization_id ON venues (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_venues_owner_id ON venues (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_venues_search_text_trgm ON venues USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_venues_tags ON venues USING gin (account_id, tags);
CREATE INDEX ix_venues_updated_by ON venues (account_id, updated_by) WHERE updated_by is not null;
comment on table public.venues is 'A place that holds events: address, market, conditions and costs; its rooms are venue spaces.';
comment on column public.venues."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.venues."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.venues."name" is 'The venue as guests know it.';
comment on column public.venues."name_sort" is 'Name as sorted and compared; kept by trigger.';
comment on column public.venues."search_text" is 'Name, place and market for fragment search; kept by trigger.';
comment on column public.venues."kind" is 'What sort of place it is.';
comment on column public.venues."organization_id" is '→ organizations: who operates it.';
comment on column public.venues."owner_id" is '→ account_users: who in the house keeps the relation.';
comment on column public.venues."market" is 'The market it counts to, as the house divides the world, such as “San Diego - CA”.';
comment on column public.venues."district" is 'Quarter or neighbourhood, as invitations name it.';
comment on column public.venues."latitude" is 'Degrees north (WGS 84). Double precision: coordinates are drawn and measured, never summed or matched exactly, and maps take floats; NaN fails the range check.';
comment on column public.venues."longitude" is 'Degrees east (WGS 84).';
comment on column public.venues."timezone" is 'IANA zone of the place; offered as the zone of its events.';
comment on column public.venues."capacity" is 'Persons the whole venue admits, by its licence.';
comment on column public.venues."amenities" is 'What it offers, lower-case: freight lift, blackout, step-free, …';
comment on column public.venues."currency" is 'Currency of the venue''s costs.';
comment on column public.venues."daily_rate_minor" is 'Hire of the whole venue per day.';
comment on column public.venues."deposit_minor" is 'Deposit it asks for, returned after the event.';
comment on column public.venues."cleaning_fee_minor" is 'Cleaning charged once per event.';
comment on column public.venues."costs" is 'Further costs: objects of label, amount_minor and per (hour, day, event, person).';
comment on column public.venues."cost_notes" is 'What a rate includes, overtime, discounts.';
comment on column public.venues."website" is 'Its public page.';
comment on column public.venues."phone" is 'Switchboard, as written.';
comment on column public.venues."email" is 'Address for enquiries.';
comment on column public.venues."access_notes" is 'How guests and crew get in: doors, lifts, parking, public transport.';
comment on column public.venues."load_in_notes" is 'Loading bay, hours, lift size, vehicle limits.';
comment on column public.venues."technical_notes" is 'Power, rigging, network, house equipment.';
comment on column public.venues."accessibility_notes" is 'Step-free routes, hearing loops, accessible toilets.';
comment on column public.venues."house_rules" is 'Curfew, noise limit, exclusive caterers, smoking, fire.';
comment on column public.venues."emergency_notes" is 'Assembly point, nearest hospital, first aid, fire panel.';
comment on column public.venues."ceiling_height_cm" is 'Clear height of the main hall in centimetres.';
comment on column public.venues."power_kva" is 'Electrical supply in kVA.';
comment on column public.venues."cover_asset_id" is '→ media_assets: picture shown in lists.';
comment on column public.venues."notes" is 'Internal remarks.';
comment on column public.venues."street" is 'Street and house number.';
comment on column public.venues."street2" is 'Building, floor, care of.';
comment on column public.venues."city" is 'Town, in the country''s own spelling.';
comment on column public.venues."region" is 'State, province or canton, where the country writes one.';
comment on column public.venues."postal_code" is 'As printed on an envelope of that country.';
comment on column public.venues."country" is 'ISO 3166-1 alpha-2.';
comment on column public.venues."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.venues."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.venues."created_at" is 'When the row was made.';
comment on column public.venues."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.venues."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.venues."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.venues."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.venues."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE resources (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  identifier TEXT,
  organization_id BIGINT,
  owner_id BIGINT,
  home_venue_id BIGINT,
  seats INTEGER,
  payload_kg INTEGER,
  daily_rate_minor BIGINT,
  currency CHAR(3),
  inspected_on DATE,
  inspection_due_on DATE,
  picture_asset_id BIGINT,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_resources PRIMARY KEY (account_id, id),
  CONSTRAINT uq_resources_kind_key UNIQUE (account_id, id, kind),
  CONSTRAINT ck_resources_rate_has_currency CHECK (daily_rate_minor is null or currency is not null),
  CONSTRAINT ck_resources_rate_not_negative CHECK (daily_rate_minor >= 0),
  CONSTRAINT fk_resources_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_resources_kind CHECK (kind in ('vehicle', 'item')),
  CONSTRAINT ck_resources_name CHECK (length(name) between 1 and 200),
  CONSTRAINT fk_resources_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_resources_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_resources_home_venue_id FOREIGN KEY(account_id, home_venue_id) REFERENCES venues (account_id, id) ON DELETE SET NULL (home_venue_id),
  CONSTRAINT ck_resources_seats CHECK (seats >= 0),
  CONSTRAINT ck_resources_payload_kg CHECK (payload_kg >= 0),
  CONSTRAINT ck_resources_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_resources_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_resources_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_resources_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.resources enable row level security;
alter table public.resources force row level security;
CREATE INDEX ix_resources_created_by ON resources (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_resources_home_venue_id ON resources (account_id, home_venue_id) WHERE home_venue_id is not null;
CREATE INDEX ix_resources_organization_id ON resources (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_resources_owner_id ON resources (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_resources_picture_asset_id ON resources (account_id, picture_asset_id) WHERE picture_asset_id is not null;
CREATE INDEX ix_resources_tags ON resources USING gin (account_id, tags);
CREATE INDEX ix_resources_updated_by ON resources (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_resources_name ON resources (account_id, kind, lower(name)) WHERE archived_at is null;
comment on table public.resources is 'A vehicle or item that can be in one place only; the resources `vehicle` and `item` of the clash rule.';
comment on column public.resources."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.resources."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.resources."kind" is 'Vehicle or item; bookings of it carry the kind.';
comment on column public.resources."name" is 'What the crew calls it: “Van 2”, “Runway mirror set A”; unique per kind while in use.';
comment on column public.resources."identifier" is 'Registration plate, serial or asset number.';
comment on column public.resources."organization_id" is '→ organizations: whose it is; empty when the house owns it.';
comment on column public.resources."owner_id" is '→ account_users: who keeps it.';
comment on column public.resources."home_venue_id" is '→ venues: where it stands when not in use.';
comment on column public.resources."seats" is 'Passengers a vehicle takes besides the driver.';
comment on column public.resources."payload_kg" is 'Load in kilograms.';
comment on column public.resources."daily_rate_minor" is 'What a day of it costs, or is charged at.';
comment on column public.resources."currency" is 'Currency of the rate.';
comment on column public.resources."inspected_on" is 'Last inspection or safety test.';
comment on column public.resources."inspection_due_on" is 'Day by which the next one is due.';
comment on column public.resources."picture_asset_id" is '→ media_assets';
comment on column public.resources."notes" is 'Where the keys are, what it lacks.';
comment on column public.resources."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.resources."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.resources."created_at" is 'When the row was made.';
comment on column public.resources."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.resources."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.resources."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.resources."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.resources."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE venue_contacts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  venue_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  role TEXT DEFAULT 'booking' NOT NULL,
  is_primary BOOLEAN DEFAULT false NOT NULL,
  notes TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_venue_contacts PRIMARY KEY (account_id, id),
  CONSTRAINT uq_venue_contacts_once UNIQUE (account_id, venue_id, contact_id, role),
  CONSTRAINT fk_venue_contacts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_venue_contacts_venue_id FOREIGN KEY(account_id, venue_id) REFERENCES venues (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_venue_contacts_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_venue_contacts_role CHECK (role in ('booking', 'management', 'technical', 'security', 'catering', 'billing', 'emergency', 'other'))
);
alter table public.venue_contacts enable row level security;
alter table public.venue_contacts force row level security;
CREATE INDEX ix_venue_contacts_contact_id ON venue_contacts (account_id, contact_id);
CREATE UNIQUE INDEX uq_venue_contacts_primary ON venue_contacts (account_id, venue_id) WHERE is_primary;
comment on table public.venue_contacts is 'A person to call about a venue, and for what.';
comment on column public.venue_contacts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.venue_contacts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.venue_contacts."venue_id" is '→ venues';
comment on column public.venue_contacts."contact_id" is '→ contacts';
comment on column public.venue_contacts."role" is 'What the person does for the venue.';
comment on column public.venue_contacts."is_primary" is 'Whom to call first; at most one per venue.';
comment on column public.venue_contacts."notes" is 'Hours, deputy, language.';
comment on column public.venue_contacts."created_at" is 'When the row was made.';
comment on column public.venue_contacts."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE venue_spaces (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  venue_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  kind TEXT,
  capacity INTEGER,
  min_capacity INTEGER,
  capacities JSONB DEFAULT '{}'::jsonb NOT NULL,
  floor TEXT,
  area_sqm INTEGER,
  length_cm INTEGER,
  width_cm INTEGER,
  ceiling_height_cm INTEGER,
  daily_rate_minor BIGINT,
  hourly_rate_minor BIGINT,
  currency CHAR(3),
  picture_url TEXT,
  picture_asset_id BIGINT,
  amenities TEXT[] DEFAULT '{}'::text[] NOT NULL,
  is_bookable BOOLEAN DEFAULT true NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_venue_spaces PRIMARY KEY (account_id, id),
  CONSTRAINT uq_venue_spaces_name UNIQUE (account_id, venue_id, name),
  CONSTRAINT uq_venue_spaces_venue_key UNIQUE (account_id, venue_id, id),
  CONSTRAINT ck_venue_spaces_min_capacity_within_capacity CHECK (min_capacity <= capacity),
  CONSTRAINT ck_venue_spaces_rate_has_currency CHECK (daily_rate_minor is null or currency is not null),
  CONSTRAINT ck_venue_spaces_rates_not_negative CHECK (daily_rate_minor >= 0 and hourly_rate_minor >= 0),
  CONSTRAINT ck_venue_spaces_hourly_rate_has_currency CHECK (hourly_rate_minor is null or currency is not null),
  CONSTRAINT fk_venue_spaces_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_venue_spaces_venue_id FOREIGN KEY(account_id, venue_id) REFERENCES venues (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_venue_spaces_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_venue_spaces_capacity CHECK (capacity > 0),
  CONSTRAINT ck_venue_spaces_min_capacity CHECK (min_capacity >= 0),
  CONSTRAINT ck_venue_spaces_capacities CHECK (jsonb_typeof(capacities) = 'object'),
  CONSTRAINT ck_venue_spaces_area_sqm CHECK (area_sqm > 0),
  CONSTRAINT ck_venue_spaces_length_cm CHECK (length_cm > 0),
  CONSTRAINT ck_venue_spaces_width_cm CHECK (width_cm > 0),
  CONSTRAINT ck_venue_spaces_ceiling_height_cm CHECK (ceiling_height_cm > 0),
  CONSTRAINT ck_venue_spaces_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_venue_spaces_picture_url CHECK (length(picture_url) between 1 and 2000),
  CONSTRAINT ck_venue_spaces_position CHECK (position >= 0),
  CONSTRAINT ck_venue_spaces_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_venue_spaces_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_venue_spaces_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.venue_spaces enable row level security;
alter table public.venue_spaces force row level security;
CREATE INDEX ix_venue_spaces_archived ON venue_spaces (account_id, archived_at desc) WHERE archived_at is not null;
CREATE INDEX ix_venue_spaces_capacity ON venue_spaces (account_id, capacity) WHERE archived_at is null;
CREATE INDEX ix_venue_spaces_created_by ON venue_spaces (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_venue_spaces_custom ON venue_spaces USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_venue_spaces_list ON venue_spaces (account_id, venue_id, position, name_sort);
CREATE INDEX ix_venue_spaces_picture_asset_id ON venue_spaces (account_id, picture_asset_id) WHERE picture_asset_id is not null;
CREATE INDEX ix_venue_spaces_search_text_trgm ON venue_spaces USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_venue_spaces_tags ON venue_spaces USING gin (account_id, tags);
CREATE INDEX ix_venue_spaces_updated_by ON venue_spaces (account_id, updated_by) WHERE updated_by is not null;
comment on table public.venue_spaces is 'A room or area of a venue that can be booked; the resource `space` of the clash rule.';
comment on column public.venue_spaces."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.venue_spaces."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.venue_spaces."venue_id" is '→ venues';
comment on column public.venue_spaces."name" is 'The room as its venue names it; unique in the venue.';
comment on column public.venue_spaces."name_sort" is 'Name as sorted and compared; kept by trigger.';
comment on column public.venue_spaces."search_text" is 'Name, kind and tags for fragment search; kept by trigger.';
comment on column public.venue_spaces."kind" is 'What sort of room, in the venue''s own words (“Exploration Lab”); free, because sources differ.';
comment on column public.venue_spaces."capacity" is 'Most persons in any set-up.';
comment on column public.venue_spaces."min_capacity" is 'Fewest persons for whom it is let.';
comment on column public.venue_spaces."capacities" is 'Most persons per set-up: object of set-up (see the set-ups in the code) to number.';
comment on column public.venue_spaces."floor" is 'Level in the building, as signposted.';
comment on column public.venue_spaces."area_sqm" is 'Floor area in square metres.';
comment on column public.venue_spaces."length_cm" is 'Inner length in centimetres; runways are planned on it.';
comment on column public.venue_spaces."width_cm" is 'Inner width in centimetres.';
comment on column public.venue_spaces."ceiling_height_cm" is 'Clear height in centimetres.';
comment on column public.venue_spaces."daily_rate_minor" is 'Hire per day.';
comment on column public.venue_spaces."hourly_rate_minor" is 'Hire per hour, where let by the hour.';
comment on column public.venue_spaces."currency" is 'Currency of the rates.';
comment on column public.venue_spaces."picture_url" is 'Picture at the source it was imported from; shown only as a link.';
comment on column public.venue_spaces."picture_asset_id" is '→ media_assets: the house''s own picture of it.';
comment on column public.venue_spaces."amenities" is 'What the room offers, lower-case.';
comment on column public.venue_spaces."is_bookable" is 'Whether it is offered when spaces are booked.';
comment on column public.venue_spaces."position" is 'Place in the venue''s list, from 0.';
comment on column public.venue_spaces."notes" is 'Internal remarks.';
comment on column public.venue_spaces."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.venue_spaces."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.venue_spaces."created_at" is 'When the row was made.';
comment on column public.venue_spaces."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.venue_spaces."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.venue_spaces."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.venue_spaces."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.venue_spaces."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE bookings (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  resource_kind TEXT NOT NULL,
  resource_id BIGINT NOT NULL,
  layer TEXT NOT NULL,
  event_id BIGINT,
  during TSTZRANGE NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS (lower(during)) STORED NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS (upper(during)) STORED NOT NULL,
  source_table TEXT NOT NULL,
  source_id BIGINT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_bookings PRIMARY KEY (account_id, id),
  CONSTRAINT uq_bookings_source UNIQUE (account_id, source_table, source_id, resource_kind, resource_id),
  CONSTRAINT ex_bookings_holds EXCLUDE USING gist (account_id WITH =, resource_kind WITH =, resource_id WITH =, event_id WITH <>, during WITH &&) WHERE (layer = 'hold'),
  CONSTRAINT ex_bookings_uses EXCLUDE USING gist (account_id WITH =, resource_kind WITH =, resource_id WITH =, during WITH &&) WHERE (layer = 'use'),
  CONSTRAINT ex_bookings_shifts EXCLUDE USING gist (account_id WITH =, resource_kind WITH =, resource_id WITH =, during WITH &&) WHERE (layer = 'shift'),
  CONSTRAINT ex_bookings_persons EXCLUDE USING gist (account_id WITH =, resource_kind WITH =, resource_id WITH =, coalesce(event_id, 0) WITH <>, during WITH &&) WHERE (layer in ('shift', 'use') and resource_kind = 'person'),
  CONSTRAINT ck_bookings_during_bounded CHECK (not isempty(during) and not lower_inf(during) and not upper_inf(during)),
  CONSTRAINT ck_bookings_hold_has_event CHECK (layer <> 'hold' or event_id is not null),
  CONSTRAINT ck_bookings_shift_is_a_persons CHECK (layer <> 'shift' or resource_kind = 'person'),
  CONSTRAINT fk_bookings_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_bookings_resource_kind CHECK (resource_kind in ('person', 'space', 'vehicle', 'item')),
  CONSTRAINT ck_bookings_layer CHECK (layer in ('hold', 'shift', 'use')),
  CONSTRAINT ck_bookings_source_table CHECK (source_table ~ '^[a-z][a-z0-9_]*$')
);
alter table public.bookings enable row level security;
alter table public.bookings force row level security;
CREATE INDEX ix_bookings_event ON bookings (account_id, event_id, starts_at);
CREATE INDEX ix_bookings_resource ON bookings (account_id, resource_kind, resource_id, starts_at);
comment on table public.bookings is 'Who or what is taken when: the clash rule for people, spaces, vehicles and items.';
comment on column public.bookings."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.bookings."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.bookings."resource_kind" is 'What is taken: person (contacts), space (venue_spaces), vehicle or item (resources).';
comment on column public.bookings."resource_id" is 'Its id in that table; no foreign key, since the table depends on the kind: triggers take it from one.';
comment on column public.bookings."layer" is 'How it is taken.';
comment on column public.bookings."event_id" is '→ events: for which event; empty when for none.';
comment on column public.bookings."during" is 'The time taken, half-open.';
comment on column public.bookings."starts_at" is 'Start of the time taken: range operators are not leakproof, so lists filter on this.';
comment on column public.bookings."ends_at" is 'End of the time taken, rest included.';
comment on column public.bookings."source_table" is 'Table of the row that takes it.';
comment on column public.bookings."source_id" is 'Id of that row; the booking goes when the row goes.';
comment on column public.bookings."created_at" is 'When the row was made.';
comment on column public.bookings."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE event_documents (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT,
  status TEXT DEFAULT 'draft' NOT NULL,
  organization_id BIGINT,
  contact_id BIGINT,
  owner_id BIGINT,
  venue_id BIGINT,
  is_required BOOLEAN DEFAULT false NOT NULL,
  needs_signature BOOLEAN DEFAULT false NOT NULL,
  due_on DATE,
  valid_from DATE,
  expires_on DATE,
  reminder_days INTEGER DEFAULT 14 NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE,
  signed_at TIMESTAMP WITH TIME ZONE,
  signed_by TEXT,
  reference TEXT,
  share_with_crew BOOLEAN DEFAULT false NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_event_documents PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_documents_valid_before_expiry CHECK (valid_from <= expires_on),
  CONSTRAINT ck_event_documents_signed_has_time CHECK (status <> 'signed' or signed_at is not null),
  CONSTRAINT fk_event_documents_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_event_documents_kind CHECK (kind in ('contract', 'floor_plan', 'permit', 'insurance', 'rider', 'call_sheet', 'run_sheet', 'seating_plan', 'technical', 'risk_assessment', 'quote', 'invoice', 'brief', 'press_kit', 'release_form', 'report', 'other')),
  CONSTRAINT ck_event_documents_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_event_documents_status CHECK (status in ('draft', 'in_review', 'approved', 'sent', 'signed', 'superseded', 'void')),
  CONSTRAINT fk_event_documents_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_documents_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_documents_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_documents_venue_id FOREIGN KEY(account_id, venue_id) REFERENCES venues (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_documents_reminder_days CHECK (reminder_days >= 0),
  CONSTRAINT ck_event_documents_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_documents_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_documents_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_documents_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_documents enable row level security;
alter table public.event_documents force row level security;
CREATE INDEX ix_event_documents_contact_id ON event_documents (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_event_documents_created_by ON event_documents (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_documents_expiring ON event_documents (account_id, expires_on) WHERE archived_at is null and expires_on is not null;
CREATE INDEX ix_event_documents_list ON event_documents (account_id, event_id, kind, title);
CREATE INDEX ix_event_documents_organization_id ON event_documents (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_event_documents_owner_id ON event_documents (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_documents_unsigned ON event_documents (account_id, event_id) WHERE needs_signature and signed_at is null;
CREATE INDEX ix_event_documents_updated_by ON event_documents (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_event_documents_venue_id ON event_documents (account_id, venue_id) WHERE venue_id is not null;
comment on table public.event_documents is 'A document of an event under one title; its files are document versions, the highest number counts.';
comment on column public.event_documents."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_documents."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_documents."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_documents."kind" is 'What sort of document it is.';
comment on column public.event_documents."title" is 'What it is called in the event.';
comment on column public.event_documents."description" is 'What it settles.';
comment on column public.event_documents."status" is 'Where it stands.';
comment on column public.event_documents."organization_id" is '→ organizations: the other party, or the authority that issued it.';
comment on column public.event_documents."contact_id" is '→ contacts: who signs for the other party.';
comment on column public.event_documents."owner_id" is '→ account_users: who keeps it.';
comment on column public.event_documents."venue_id" is '→ venues: the venue it is about.';
comment on column public.event_documents."is_required" is 'Whether the event may not go live without it.';
comment on column public.event_documents."needs_signature" is 'Whether it counts only when signed.';
comment on column public.event_documents."due_on" is 'By when it must be there.';
comment on column public.event_documents."valid_from" is 'First day on which it holds.';
comment on column public.event_documents."expires_on" is 'Last day on which it holds.';
comment on column public.event_documents."reminder_days" is 'Days before expiry on which its owner is reminded.';
comment on column public.event_documents."sent_at" is 'When it went out for signature.';
comment on column public.event_documents."signed_at" is 'When the last party signed.';
comment on column public.event_documents."signed_by" is 'Who signed, as written under it.';
comment on column public.event_documents."reference" is 'Number of the permit, policy or contract.';
comment on column public.event_documents."share_with_crew" is 'Whether staff on the call sheet may open it.';
comment on column public.event_documents."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_documents."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_documents."created_at" is 'When the row was made.';
comment on column public.event_documents."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_documents."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_documents."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_documents."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.event_documents."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE document_versions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  document_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  asset_id BIGINT,
  url TEXT,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_document_versions PRIMARY KEY (account_id, id),
  CONSTRAINT uq_document_versions_number UNIQUE (account_id, document_id, number),
  CONSTRAINT ck_document_versions_file_or_link CHECK (num_nonnulls(asset_id, url) = 1),
  CONSTRAINT fk_document_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_document_versions_document_id FOREIGN KEY(account_id, event_id, document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_document_versions_number CHECK (number > 0),
  CONSTRAINT ck_document_versions_url CHECK (length(url) between 1 and 2000),
  CONSTRAINT fk_document_versions_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_document_versions_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.document_versions enable row level security;
alter table public.document_versions force row level security;
CREATE INDEX ix_document_versions_asset_id ON document_versions (account_id, asset_id) WHERE asset_id is not null;
CREATE INDEX ix_document_versions_created_by ON document_versions (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_document_versions_document_id ON document_versions (account_id, event_id, document_id);
CREATE INDEX ix_document_versions_event_id ON document_versions (account_id, event_id);
CREATE INDEX ix_document_versions_updated_by ON document_versions (account_id, updated_by) WHERE updated_by is not null;
comment on table public.document_versions is 'One file of a document; a new file is a new version, an old one is never replaced.';
comment on column public.document_versions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.document_versions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.document_versions."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.document_versions."document_id" is '→ event_documents';
comment on column public.document_versions."number" is 'Version of the document, from 1.';
comment on column public.document_versions."asset_id" is '→ media_assets: the stored file; empty only where `url` says where it lies.';
comment on column public.document_versions."url" is 'Where the file lies, when it is kept elsewhere.';
comment on column public.document_versions."note" is 'What changed.';
comment on column public.document_versions."created_at" is 'When the row was made.';
comment on column public.document_versions."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.document_versions."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.document_versions."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE event_budget_lines (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  direction TEXT DEFAULT 'cost' NOT NULL,
  category TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  behaviour TEXT DEFAULT 'fixed' NOT NULL,
  quantity INTEGER,
  unit TEXT,
  unit_price_minor BIGINT,
  currency CHAR(3) NOT NULL,
  rate_e12 BIGINT,
  rate_on DATE,
  planned_minor BIGINT DEFAULT 0 NOT NULL,
  committed_minor BIGINT DEFAULT 0 NOT NULL,
  actual_minor BIGINT DEFAULT 0 NOT NULL,
  outstanding_minor BIGINT GENERATED ALWAYS AS (greatest(committed_minor - actual_minor, 0)) STORED NOT NULL,
  variance_minor BIGINT GENERATED ALWAYS AS (planned_minor - actual_minor - greatest(committed_minor - actual_minor, 0)) STORED NOT NULL,
  forecast_minor BIGINT GENERATED ALWAYS AS (case when status = 'cancelled' then actual_minor when committed_minor = 0 and actual_minor = 0 and status = 'planned' then planned_minor else actual_minor + greatest(committed_minor - actual_minor, 0) end) STORED NOT NULL,
  tax_minor BIGINT,
  status TEXT DEFAULT 'planned' NOT NULL,
  vendor_id BIGINT,
  owner_id BIGINT,
  approval TEXT DEFAULT 'not_needed' NOT NULL,
  approver_id BIGINT,
  approved_at TIMESTAMP WITH TIME ZONE,
  approval_note TEXT,
  invoice_id BIGINT,
  vendor_invoice_number TEXT,
  invoice_document_id BIGINT,
  invoiced_on DATE,
  payment_due_on DATE,
  paid_on DATE,
  is_contingency BOOLEAN DEFAULT false NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_budget_lines PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_budget_lines_planned_not_negative CHECK (planned_minor >= 0),
  CONSTRAINT ck_event_budget_lines_committed_not_negative CHECK (committed_minor >= 0),
  CONSTRAINT ck_event_budget_lines_quantity_positive CHECK (quantity is null or quantity > 0),
  CONSTRAINT ck_event_budget_lines_planned_has_not_started CHECK (status <> 'planned' or (committed_minor = 0 and actual_minor = 0)),
  CONSTRAINT ck_event_budget_lines_approved_has_time CHECK (approval <> 'approved' or approved_at is not null),
  CONSTRAINT ck_event_budget_lines_rate_has_day CHECK ((rate_e12 is null) = (rate_on is null)),
  CONSTRAINT fk_event_budget_lines_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_event_budget_lines_direction CHECK (direction in ('cost', 'income')),
  CONSTRAINT ck_event_budget_lines_category CHECK (category in ('venue', 'production', 'staging', 'light_sound_video', 'decor', 'talent', 'hair_makeup', 'wardrobe', 'staff', 'catering', 'hospitality', 'transport', 'travel', 'security', 'insurance', 'permits', 'marketing', 'press', 'print', 'technology', 'sponsor_servicing', 'fees', 'contingency', 'tickets', 'sponsorship', 'grants', 'merchandise', 'other')),
  CONSTRAINT ck_event_budget_lines_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_event_budget_lines_behaviour CHECK (behaviour in ('fixed', 'variable')),
  CONSTRAINT ck_event_budget_lines_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_budget_lines_rate_e12 CHECK (rate_e12 > 0),
  CONSTRAINT ck_event_budget_lines_status CHECK (status in ('planned', 'committed', 'spent', 'cancelled')),
  CONSTRAINT fk_event_budget_lines_vendor_id FOREIGN KEY(account_id, vendor_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_budget_lines_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_budget_lines_approval CHECK (approval in ('not_needed', 'pending', 'approved', 'rejected')),
  CONSTRAINT fk_event_budget_lines_approver_id FOREIGN KEY(account_id, approver_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_budget_lines_invoice_document_id FOREIGN KEY(account_id, event_id, invoice_document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE SET NULL (invoice_document_id),
  CONSTRAINT ck_event_budget_lines_position CHECK (position >= 0),
  CONSTRAINT ck_event_budget_lines_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_budget_lines_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_budget_lines_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_budget_lines_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_budget_lines enable row level security;
alter table public.event_budget_lines force row level security;
CREATE INDEX ix_event_budget_lines_approver_id ON event_budget_lines (account_id, approver_id) WHERE approver_id is not null;
CREATE INDEX ix_event_budget_lines_created_by ON event_budget_lines (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_budget_lines_invoice_document_id ON event_budget_lines (account_id, event_id, invoice_document_id) WHERE invoice_document_id is not null;
CREATE INDEX ix_event_budget_lines_invoice_id ON event_budget_lines (account_id, invoice_id) WHERE invoice_id is not null;
CREATE INDEX ix_event_budget_lines_order ON event_budget_lines (account_id, event_id, direction, category, position);
CREATE INDEX ix_event_budget_lines_owner_id ON event_budget_lines (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_budget_lines_to_approve ON event_budget_lines (account_id, approver_id) WHERE approval = 'pending';
CREATE INDEX ix_event_budget_lines_updated_by ON event_budget_lines (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_event_budget_lines_vendor_id ON event_budget_lines (account_id, vendor_id) WHERE vendor_id is not null;
comment on table public.event_budget_lines is 'A line of an event''s budget: planned, committed and actual money, cost or income.';
comment on column public.event_budget_lines."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_budget_lines."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_budget_lines."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_budget_lines."direction" is 'Money out or in.';
comment on column public.event_budget_lines."category" is 'What it is for.';
comment on column public.event_budget_lines."name" is 'The line as the budget shows it.';
comment on column public.event_budget_lines."description" is 'What is included.';
comment on column public.event_budget_lines."behaviour" is 'Whether it grows with the number of guests; break-even divides fixed by price minus variable per guest.';
comment on column public.event_budget_lines."quantity" is 'How many units were planned; empty for a lump sum.';
comment on column public.event_budget_lines."unit" is 'Of what.';
comment on column public.event_budget_lines."unit_price_minor" is 'Planned price of a unit; `planned_minor` is the total and counts.';
comment on column public.event_budget_lines."currency" is 'Currency of the line.';
comment on column public.event_budget_lines."rate_e12" is 'Rate into the event''s currency, frozen; empty: same currency, or the rate of the as-of date.';
comment on column public.event_budget_lines."rate_on" is 'Day of that rate.';
comment on column public.event_budget_lines."planned_minor" is 'Planned, without recoverable tax.';
comment on column public.event_budget_lines."committed_minor" is 'Ordered or signed for in all, whether charged yet or not.';
comment on column public.event_budget_lines."actual_minor" is 'Charged so far; credit notes make it smaller.';
comment on column public.event_budget_lines."outstanding_minor" is 'Committed and not yet charged.';
comment on column public.event_budget_lines."variance_minor" is 'Planned − (actual + committed not yet actual); negative: over plan for a cost.';
comment on column public.event_budget_lines."forecast_minor" is 'Expected at completion: planned while not started, else actual + committed not yet actual.';
comment on column public.event_budget_lines."tax_minor" is 'Recoverable tax on the actual amount, kept apart.';
comment on column public.event_budget_lines."status" is 'Where the line stands.';
comment on column public.event_budget_lines."vendor_id" is '→ organizations: who is paid, or pays.';
comment on column public.event_budget_lines."owner_id" is '→ account_users: who answers for it.';
comment on column public.event_budget_lines."approval" is 'Whether somebody must agree to the commitment, and has.';
comment on column public.event_budget_lines."approver_id" is '→ account_users: who must agree, or did.';
comment on column public.event_budget_lines."approved_at" is 'When they agreed.';
comment on column public.event_budget_lines."approval_note" is 'What they said.';
comment on column public.event_budget_lines."invoice_id" is '→ invoices: the house''s own invoice, where the line is income or is charged on.';
comment on column public.event_budget_lines."vendor_invoice_number" is 'Number of the vendor''s invoice.';
comment on column public.event_budget_lines."invoice_document_id" is '→ event_documents: the vendor''s invoice as a file.';
comment on column public.event_budget_lines."invoiced_on" is 'Date of the vendor''s invoice.';
comment on column public.event_budget_lines."payment_due_on" is 'Day by which it is to be paid.';
comment on column public.event_budget_lines."paid_on" is 'Day on which it was.';
comment on column public.event_budget_lines."is_contingency" is 'Whether it is a reserve that other lines may draw on.';
comment on column public.event_budget_lines."position" is 'Order within the category, from 0.';
comment on column public.event_budget_lines."notes" is 'Internal remarks.';
comment on column public.event_budget_lines."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_budget_lines."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_budget_lines."created_at" is 'When the row was made.';
comment on column public.event_budget_lines."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_budget_lines."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_budget_lines."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_budget_lines."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_feedback (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  attendee_id BIGINT,
  nps INTEGER,
  csat INTEGER,
  ratings JSONB DEFAULT '{}'::jsonb NOT NULL,
  comment TEXT,
  liked_most TEXT,
  improve TEXT,
  would_return BOOLEAN,
  may_quote BOOLEAN DEFAULT false NOT NULL,
  may_contact BOOLEAN DEFAULT false NOT NULL,
  source TEXT DEFAULT 'email' NOT NULL,
  language TEXT,
  submitted_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_feedback PRIMARY KEY (account_id, id),
  CONSTRAINT uq_event_feedback_attendee UNIQUE (account_id, event_id, attendee_id),
  CONSTRAINT ck_event_feedback_something_was_answered CHECK (num_nonnulls(nps, csat, comment) > 0 or ratings <> '{}'::jsonb),
  CONSTRAINT fk_event_feedback_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_event_feedback_nps CHECK (nps between 0 and 10),
  CONSTRAINT ck_event_feedback_csat CHECK (csat between 1 and 5),
  CONSTRAINT ck_event_feedback_ratings CHECK (jsonb_typeof(ratings) = 'object'),
  CONSTRAINT ck_event_feedback_source CHECK (source in ('email', 'app', 'kiosk', 'paper', 'imported')),
  CONSTRAINT ck_event_feedback_language CHECK (language ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_event_feedback_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_feedback_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_feedback_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.event_feedback enable row level security;
alter table public.event_feedback force row level security;
CREATE INDEX ix_event_feedback_created_by ON event_feedback (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_feedback_submitted ON event_feedback (account_id, event_id, submitted_at);
CREATE INDEX ix_event_feedback_updated_by ON event_feedback (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_feedback is 'The answer of one attendee about an event: recommendation, satisfaction, ratings, words.';
comment on column public.event_feedback."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_feedback."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_feedback."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_feedback."attendee_id" is '→ attendees: who answered, at most once per event; empty where the answer is anonymous (kiosk, paper).';
comment on column public.event_feedback."nps" is 'How likely to recommend, 0 to 10.';
comment on column public.event_feedback."csat" is 'How satisfied, 1 to 5.';
comment on column public.event_feedback."ratings" is 'Further ratings 1 to 5 by aspect (venue, show, catering, staff …).';
comment on column public.event_feedback."comment" is 'In the guest''s own words.';
comment on column public.event_feedback."liked_most" is 'What they liked most.';
comment on column public.event_feedback."improve" is 'What they would change.';
comment on column public.event_feedback."would_return" is 'Whether they would come again.';
comment on column public.event_feedback."may_quote" is 'Whether the comment may be published with their name.';
comment on column public.event_feedback."may_contact" is 'Whether the house may come back to them about it.';
comment on column public.event_feedback."source" is 'How the answer came in.';
comment on column public.event_feedback."language" is 'Language of the words.';
comment on column public.event_feedback."submitted_at" is 'When it was given; a changed answer keeps the first time.';
comment on column public.event_feedback."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_feedback."created_at" is 'When the row was made.';
comment on column public.event_feedback."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_feedback."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_feedback."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_feedback."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_roi (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  title TEXT NOT NULL,
  as_of TIMESTAMP WITH TIME ZONE NOT NULL,
  is_final BOOLEAN DEFAULT false NOT NULL,
  currency CHAR(3) NOT NULL,
  revenue_by_source JSONB DEFAULT '{}'::jsonb NOT NULL,
  cost_by_category JSONB DEFAULT '{}'::jsonb NOT NULL,
  revenue_minor BIGINT NOT NULL,
  other_benefits_minor BIGINT DEFAULT 0 NOT NULL,
  benefits_minor BIGINT GENERATED ALWAYS AS (revenue_minor + other_benefits_minor) STORED NOT NULL,
  cost_minor BIGINT NOT NULL,
  profit_minor BIGINT GENERATED ALWAYS AS (revenue_minor + other_benefits_minor - cost_minor) STORED NOT NULL,
  roi_ppm BIGINT GENERATED ALWAYS AS (round((revenue_minor + other_benefits_minor - cost_minor)::numeric * 1000000 / nullif(cost_minor, 0))::bigint) STORED,
  benefit_cost_ppm BIGINT GENERATED ALWAYS AS (round((revenue_minor + other_benefits_minor)::numeric * 1000000 / nullif(cost_minor, 0))::bigint) STORED,
  fixed_cost_minor BIGINT,
  variable_cost_per_guest_minor BIGINT,
  mean_net_price_minor BIGINT,
  break_even_reachable BOOLEAN DEFAULT true NOT NULL,
  break_even_tickets INTEGER,
  break_even_with_sponsors INTEGER,
  target_revenue_minor BIGINT,
  tickets_sold INTEGER,
  confirmed INTEGER,
  attendance INTEGER,
  nps INTEGER,
  csat_ppm INTEGER,
  sponsor_fulfilment_ppm INTEGER,
  media_value_minor BIGINT,
  media_reach BIGINT,
  intangibles JSONB DEFAULT '[]'::jsonb NOT NULL,
  inputs JSONB DEFAULT '{}'::jsonb NOT NULL,
  notes TEXT,
  supersedes_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_event_roi PRIMARY KEY (account_id, id),
  CONSTRAINT uq_event_roi_number UNIQUE (account_id, event_id, number),
  CONSTRAINT ck_event_roi_cost_not_negative CHECK (cost_minor >= 0),
  CONSTRAINT ck_event_roi_never_has_no_count CHECK (break_even_reachable or break_even_tickets is null),
  CONSTRAINT ck_event_roi_nps_in_range CHECK (nps between -100 and 100),
  CONSTRAINT fk_event_roi_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_event_roi_number CHECK (number > 0),
  CONSTRAINT ck_event_roi_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_event_roi_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_roi_revenue_by_source CHECK (jsonb_typeof(revenue_by_source) = 'object'),
  CONSTRAINT ck_event_roi_cost_by_category CHECK (jsonb_typeof(cost_by_category) = 'object'),
  CONSTRAINT ck_event_roi_break_even_tickets CHECK (break_even_tickets >= 0),
  CONSTRAINT ck_event_roi_break_even_with_sponsors CHECK (break_even_with_sponsors >= 0),
  CONSTRAINT ck_event_roi_tickets_sold CHECK (tickets_sold >= 0),
  CONSTRAINT ck_event_roi_confirmed CHECK (confirmed >= 0),
  CONSTRAINT ck_event_roi_attendance CHECK (attendance >= 0),
  CONSTRAINT ck_event_roi_csat_ppm CHECK (csat_ppm between 0 and 1000000),
  CONSTRAINT ck_event_roi_sponsor_fulfilment_ppm CHECK (sponsor_fulfilment_ppm between 0 and 1000000),
  CONSTRAINT ck_event_roi_media_reach CHECK (media_reach >= 0),
  CONSTRAINT ck_event_roi_intangibles CHECK (jsonb_typeof(intangibles) = 'array'),
  CONSTRAINT ck_event_roi_inputs CHECK (jsonb_typeof(inputs) = 'object'),
  CONSTRAINT fk_event_roi_supersedes_id FOREIGN KEY(account_id, supersedes_id) REFERENCES event_roi (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_roi_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_roi_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.event_roi enable row level security;
alter table public.event_roi force row level security;
CREATE INDEX ix_event_roi_as_of ON event_roi (account_id, event_id, as_of);
CREATE INDEX ix_event_roi_created_by ON event_roi (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_roi_supersedes_id ON event_roi (account_id, supersedes_id) WHERE supersedes_id is not null;
CREATE INDEX ix_event_roi_updated_by ON event_roi (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_roi is 'A frozen statement of an event''s return as of a moment; never changed, a later one stands beside it.';
comment on column public.event_roi."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_roi."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_roi."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_roi."number" is 'Which statement of the event it is, from 1.';
comment on column public.event_roi."title" is 'As the statement is headed: “Preliminary”, “Final”.';
comment on column public.event_roi."as_of" is 'Up to when facts were counted.';
comment on column public.event_roi."is_final" is 'Whether the house stands by it for comparisons.';
comment on column public.event_roi."currency" is 'Currency of all its amounts.';
comment on column public.event_roi."revenue_by_source" is 'Minor units by source (tickets, sponsorship, other …), as summed from the ledger.';
comment on column public.event_roi."cost_by_category" is 'Minor units by budget category.';
comment on column public.event_roi."revenue_minor" is 'Sum of revenue by source.';
comment on column public.event_roi."other_benefits_minor" is 'Further benefits with a defensible price, such as orders written in the showroom.';
comment on column public.event_roi."benefits_minor" is 'Revenue + other benefits.';
comment on column public.event_roi."cost_minor" is 'Full cost: sum of cost by category.';
comment on column public.event_roi."profit_minor" is 'Benefits − cost.';
comment on column public.event_roi."roi_ppm" is '(benefits − cost) / cost in parts per million, may be negative; empty: cost 0.';
comment on column public.event_roi."benefit_cost_ppm" is 'Benefits / cost in parts per million; empty: cost 0.';
comment on column public.event_roi."fixed_cost_minor" is 'Fixed part of the cost, as break-even used it.';
comment on column public.event_roi."variable_cost_per_guest_minor" is 'Variable cost per guest, as break-even used it.';
comment on column public.event_roi."mean_net_price_minor" is 'Mean net ticket price, as break-even used it.';
comment on column public.event_roi."break_even_reachable" is 'False: the price does not exceed the variable cost, so never.';
comment on column public.event_roi."break_even_tickets" is 'ceil(fixed / (price − variable)); empty: never, or not priced.';
comment on column public.event_roi."break_even_with_sponsors" is 'ceil(max(0, fixed − committed sponsor income) / (price − variable)).';
comment on column public.event_roi."target_revenue_minor" is 'The target then.';
comment on column public.event_roi."tickets_sold" is 'Tickets sold as of then.';
comment on column public.event_roi."confirmed" is 'Persons confirmed as of then.';
comment on column public.event_roi."attendance" is 'Persons checked in as of then.';
comment on column public.event_roi."nps" is 'Net promoter score as of then, −100 to 100, rounded half-up.';
comment on column public.event_roi."csat_ppm" is 'Share of answers 4 or 5, in parts per million.';
comment on column public.event_roi."sponsor_fulfilment_ppm" is 'Share of promised sponsor units delivered.';
comment on column public.event_roi."media_value_minor" is 'Value of coverage by the METRICS definition; shown with reach, part of no sum.';
comment on column public.event_roi."media_reach" is 'Impressions behind the media value.';
comment on column public.event_roi."intangibles" is 'Objects of level, statement and evidence: what is not priced.';
comment on column public.event_roi."inputs" is 'Every figure that went in, with its definition and count of rows, so that the statement can be re-read.';
comment on column public.event_roi."notes" is 'Remarks of its author.';
comment on column public.event_roi."supersedes_id" is '→ event_roi: the statement it replaces.';
comment on column public.event_roi."created_at" is 'When the row was made.';
comment on column public.event_roi."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_roi."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_roi."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE event_templates (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  description TEXT,
  kind TEXT NOT NULL,
  attendance TEXT DEFAULT 'onsite' NOT NULL,
  duration_minutes INTEGER,
  capacity INTEGER,
  defaults JSONB DEFAULT '{}'::jsonb NOT NULL,
  parts JSONB DEFAULT '{}'::jsonb NOT NULL,
  source_event_id BIGINT,
  cover_asset_id BIGINT,
  last_used_at TIMESTAMP WITH TIME ZONE,
  position INTEGER DEFAULT 0 NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_event_templates PRIMARY KEY (account_id, id),
  CONSTRAINT fk_event_templates_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_event_templates_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_event_templates_kind CHECK (kind in ('fashion_show', 'presentation', 'showroom', 'gala', 'dinner', 'party', 'launch', 'pop_up', 'exhibition', 'trade_fair', 'conference', 'workshop', 'festival', 'press_day', 'shoot', 'webinar', 'other')),
  CONSTRAINT ck_event_templates_attendance CHECK (attendance in ('onsite', 'online', 'hybrid')),
  CONSTRAINT ck_event_templates_duration_minutes CHECK (duration_minutes >= 0),
  CONSTRAINT ck_event_templates_capacity CHECK (capacity > 0),
  CONSTRAINT ck_event_templates_defaults CHECK (jsonb_typeof(defaults) = 'object'),
  CONSTRAINT ck_event_templates_parts CHECK (jsonb_typeof(parts) = 'object'),
  CONSTRAINT ck_event_templates_position CHECK (position >= 0),
  CONSTRAINT fk_event_templates_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_templates_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.event_templates enable row level security;
alter table public.event_templates force row level security;
CREATE INDEX ix_event_templates_cover_asset_id ON event_templates (account_id, cover_asset_id) WHERE cover_asset_id is not null;
CREATE INDEX ix_event_templates_created_by ON event_templates (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_templates_source_event_id ON event_templates (account_id, source_event_id) WHERE source_event_id is not null;
CREATE INDEX ix_event_templates_updated_by ON event_templates (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_event_templates_name ON event_templates (account_id, lower(name)) WHERE archived_at is null;
comment on table public.event_templates is 'A blueprint for new events: settings and the parts to be laid out relative to the start.';
comment on column public.event_templates."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_templates."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_templates."name" is 'As offered when an event is made; unique among templates in use.';
comment on column public.event_templates."description" is 'When to choose it.';
comment on column public.event_templates."kind" is 'Kind of the events made from it.';
comment on column public.event_templates."attendance" is 'Where guests of its events take part.';
comment on column public.event_templates."duration_minutes" is 'Proposed length of an event.';
comment on column public.event_templates."capacity" is 'Proposed capacity.';
comment on column public.event_templates."defaults" is 'Values for further columns of the new event, by column name.';
comment on column public.event_templates."parts" is 'What is laid out, by table: lists of rows with times in minutes and days relative to the start.';
comment on column public.event_templates."source_event_id" is '→ events: the event it was saved from.';
comment on column public.event_templates."cover_asset_id" is '→ media_assets';
comment on column public.event_templates."last_used_at" is 'When an event was last made from it.';
comment on column public.event_templates."position" is 'Place in the list of templates, from 0.';
comment on column public.event_templates."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_templates."created_at" is 'When the row was made.';
comment on column public.event_templates."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_templates."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_templates."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_templates."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.event_templates."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE events (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  public_id UUID DEFAULT gen_random_uuid() NOT NULL,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  tagline TEXT,
  description TEXT,
  internal_notes TEXT,
  kind TEXT DEFAULT 'fashion_show' NOT NULL,
  season TEXT,
  series TEXT,
  edition INTEGER,
  status TEXT DEFAULT 'draft' NOT NULL,
  status_changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  stage_id BIGINT,
  stage_changed_at TIMESTAMP WITH TIME ZONE,
  owner_id BIGINT,
  host_organization_id BIGINT,
  venue_id BIGINT,
  location_text TEXT,
  attendance TEXT DEFAULT 'onsite' NOT NULL,
  visibility TEXT DEFAULT 'private' NOT NULL,
  admission TEXT DEFAULT 'invitation' NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  doors_at TIMESTAMP WITH TIME ZONE,
  timezone TEXT NOT NULL,
  capacity INTEGER,
  currency CHAR(3) NOT NULL,
  target_attendance INTEGER,
  target_revenue_minor BIGINT,
  target_sponsorship_minor BIGINT,
  budget_minor BIGINT,
  assets_due_at TIMESTAMP WITH TIME ZONE,
  registration_opens_at TIMESTAMP WITH TIME ZONE,
  registration_closes_at TIMESTAMP WITH TIME ZONE,
  language TEXT,
  dress_code TEXT,
  hashtag TEXT,
  website TEXT,
  stream_url TEXT,
  contact_email TEXT,
  contact_phone TEXT,
  colour TEXT,
  cover_asset_id BIGINT,
  minimum_age INTEGER,
  cost_centre TEXT,
  template_id BIGINT,
  cloned_from_id BIGINT,
  compare_with_id BIGINT,
  published_at TIMESTAMP WITH TIME ZONE,
  went_live_at TIMESTAMP WITH TIME ZONE,
  completed_at TIMESTAMP WITH TIME ZONE,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  cancel_reason TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_events PRIMARY KEY (account_id, id),
  CONSTRAINT uq_events_slug UNIQUE (account_id, slug),
  CONSTRAINT uq_events_public_id UNIQUE (account_id, public_id),
  CONSTRAINT ck_events_starts_before_ends CHECK (starts_at < ends_at),
  CONSTRAINT ck_events_doors_not_after_start CHECK (doors_at <= starts_at),
  CONSTRAINT ck_events_registration_opens_before_closes CHECK (registration_opens_at < registration_closes_at),
  CONSTRAINT ck_events_cancelled_only_with_time CHECK (cancelled_at is null or status = 'cancelled'),
  CONSTRAINT ck_events_not_cloned_from_itself CHECK (cloned_from_id <> id),
  CONSTRAINT ck_events_not_compared_with_itself CHECK (compare_with_id <> id),
  CONSTRAINT ck_events_targets_not_negative CHECK (coalesce(target_revenue_minor, 0) >= 0 and coalesce(target_sponsorship_minor, 0) >= 0 and coalesce(budget_minor, 0) >= 0),
  CONSTRAINT fk_events_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_events_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
  CONSTRAINT ck_events_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_events_kind CHECK (kind in ('fashion_show', 'presentation', 'showroom', 'gala', 'dinner', 'party', 'launch', 'pop_up', 'exhibition', 'trade_fair', 'conference', 'workshop', 'festival', 'press_day', 'shoot', 'webinar', 'other')),
  CONSTRAINT ck_events_season CHECK (length(season) between 1 and 40),
  CONSTRAINT ck_events_series CHECK (length(series) between 1 and 120),
  CONSTRAINT ck_events_edition CHECK (edition > 0),
  CONSTRAINT ck_events_status CHECK (status in ('draft', 'planned', 'on_sale', 'live', 'completed', 'cancelled')),
  CONSTRAINT fk_events_stage_id FOREIGN KEY(account_id, stage_id) REFERENCES pipeline_stages (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_events_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_events_host_organization_id FOREIGN KEY(account_id, host_organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_events_venue_id FOREIGN KEY(account_id, venue_id) REFERENCES venues (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_events_attendance CHECK (attendance in ('onsite', 'online', 'hybrid')),
  CONSTRAINT ck_events_visibility CHECK (visibility in ('private', 'unlisted', 'public')),
  CONSTRAINT ck_events_admission CHECK (admission in ('invitation', 'registration', 'approval', 'tickets', 'open')),
  CONSTRAINT ck_events_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_events_capacity CHECK (capacity > 0),
  CONSTRAINT ck_events_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_events_target_attendance CHECK (target_attendance >= 0),
  CONSTRAINT ck_events_language CHECK (language ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_events_website CHECK (length(website) between 1 and 2000),
  CONSTRAINT ck_events_stream_url CHECK (length(stream_url) between 1 and 2000),
  CONSTRAINT ck_events_contact_email CHECK (contact_email ~ '^[^@ ]+@[^@ ]+$' and length(contact_email) <= 320),
  CONSTRAINT ck_events_colour CHECK (colour ~ '^#[0-9a-f]{6}$'),
  CONSTRAINT ck_events_minimum_age CHECK (minimum_age >= 0),
  CONSTRAINT fk_events_template_id FOREIGN KEY(account_id, template_id) REFERENCES event_templates (account_id, id) ON DELETE SET NULL (template_id),
  CONSTRAINT fk_events_cloned_from_id FOREIGN KEY(account_id, cloned_from_id) REFERENCES events (account_id, id) ON DELETE SET NULL (cloned_from_id),
  CONSTRAINT fk_events_compare_with_id FOREIGN KEY(account_id, compare_with_id) REFERENCES events (account_id, id) ON DELETE SET NULL (compare_with_id),
  CONSTRAINT ck_events_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_events_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_events_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.events enable row level security;
alter table public.events force row level security;
CREATE INDEX ix_events_archived ON events (account_id, archived_at desc) WHERE archived_at is not null;
CREATE INDEX ix_events_board ON events (account_id, stage_id, starts_at) WHERE archived_at is null;
CREATE INDEX ix_events_calendar ON events (account_id, starts_at, id);
CREATE INDEX ix_events_cloned_from_id ON events (account_id, cloned_from_id) WHERE cloned_from_id is not null;
CREATE INDEX ix_events_compare_with_id ON events (account_id, compare_with_id) WHERE compare_with_id is not null;
CREATE INDEX ix_events_cover_asset_id ON events (account_id, cover_asset_id) WHERE cover_asset_id is not null;
CREATE INDEX ix_events_created_by ON events (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_events_custom ON events USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_events_ends ON events (account_id, ends_at);
CREATE INDEX ix_events_host_organization_id ON events (account_id, host_organization_id) WHERE host_organization_id is not null;
CREATE INDEX ix_events_list ON events (account_id, name_sort, id) WHERE archived_at is null;
CREATE INDEX ix_events_live ON events (account_id, starts_at) WHERE status in ('on_sale', 'live');
CREATE INDEX ix_events_owner_id ON events (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_events_search_text_trgm ON events USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_events_season ON events (account_id, season, starts_at);
CREATE INDEX ix_events_series ON events (account_id, series, starts_at) WHERE series is not null;
CREATE INDEX ix_events_stage_id ON events (account_id, stage_id) WHERE stage_id is not null;
CREATE INDEX ix_events_status ON events (account_id, status, starts_at);
CREATE INDEX ix_events_tags ON events USING gin (account_id, tags);
CREATE INDEX ix_events_template_id ON events (account_id, template_id) WHERE template_id is not null;
CREATE INDEX ix_events_updated_by ON events (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_events_venue_id ON events (account_id, venue_id) WHERE venue_id is not null;
comment on table public.events is 'An occasion with guests: the unit of planning, sales, reporting and of most rows besides.';
comment on column public.events."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.events."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.events."public_id" is 'Random id for public links and calendar feeds.';
comment on column public.events."slug" is 'The event in links and on the command line; unique in the house.';
comment on column public.events."name" is 'As printed on the invitation.';
comment on column public.events."name_sort" is 'Name as sorted; kept by trigger.';
comment on column public.events."search_text" is 'Name, link, season, series and tagline for fragment search; kept by trigger.';
comment on column public.events."tagline" is 'One line under the name.';
comment on column public.events."description" is 'For guests, in Markdown.';
comment on column public.events."internal_notes" is 'For the house only, in Markdown.';
comment on column public.events."kind" is 'What sort of occasion it is.';
comment on column public.events."season" is 'The fashion season, as the house writes it: “FW27”, “SS27”, “Resort 27”.';
comment on column public.events."series" is 'Name shared by all editions of a recurring event; comparisons offer these first.';
comment on column public.events."edition" is 'Which edition of the series it is, from 1.';
comment on column public.events."status" is 'Where it stands; guarded.';
comment on column public.events."status_changed_at" is 'When the status last changed.';
comment on column public.events."stage_id" is '→ pipeline_stages: its column on the planning board; a stage of the process event_planning.';
comment on column public.events."stage_changed_at" is 'When it entered that stage.';
comment on column public.events."owner_id" is '→ account_users: the event manager.';
comment on column public.events."host_organization_id" is '→ organizations: who invites; empty means the house itself.';
comment on column public.events."venue_id" is '→ venues: the main venue; the spaces booked stand in event_venues.';
comment on column public.events."location_text" is 'Where, as guests read it, while no venue is chosen or may be named.';
comment on column public.events."attendance" is 'Where guests take part.';
comment on column public.events."visibility" is 'Who may see its public page once published.';
comment on column public.events."admission" is 'How guests come to it.';
comment on column public.events."starts_at" is 'Start as announced; days before the event count back from its local day.';
comment on column public.events."ends_at" is 'End as announced; after it no-shows are counted.';
comment on column public.events."doors_at" is 'When the doors open; arrivals are expected from then.';
comment on column public.events."timezone" is 'IANA zone in which all its times are shown and its days counted.';
comment on column public.events."capacity" is 'Most persons admitted at once; empty while unknown.';
comment on column public.events."currency" is 'Currency of its targets, budget and statements.';
comment on column public.events."target_attendance" is 'Persons the house wants checked in.';
comment on column public.events."target_revenue_minor" is 'Revenue wanted in all.';
comment on column public.events."target_sponsorship_minor" is 'Part of it wanted from sponsors.';
comment on column public.events."budget_minor" is 'Cost ceiling approved for the event; the lines stand in event_budget_lines.';
comment on column public.events."assets_due_at" is 'Last moment for sponsor material; open sponsorship deals closing later count for nothing.';
comment on column public.events."registration_opens_at" is 'From when the public page takes registrations; empty: as soon as published.';
comment on column public.events."registration_closes_at" is 'Until when; empty: until the event starts.';
comment on column public.events."language" is 'Main language on stage and in messages to guests.';
comment on column public.events."dress_code" is 'As printed on the invitation.';
comment on column public.events."hashtag" is 'Without the leading #.';
comment on column public.events."website" is 'The event''s own page.';
comment on column public.events."stream_url" is 'Where remote guests watch; sent only to those admitted.';
comment on column public.events."contact_email" is 'Where guests write to.';
comment on column public.events."contact_phone" is 'Where guests call on the day.';
comment on column public.events."colour" is 'Accent on invitation, ticket and calendar.';
comment on column public.events."cover_asset_id" is '→ media_assets: picture at the head of its pages.';
comment on column public.events."minimum_age" is 'Youngest guest admitted, in years.';
comment on column public.events."cost_centre" is 'Where the accountant books it.';
comment on column public.events."template_id" is '→ event_templates: the template it was made from.';
comment on column public.events."cloned_from_id" is '→ events: the event it was cloned from.';
comment on column public.events."compare_with_id" is '→ events: the earlier event its figures are set against, at the same number of days before the start.';
comment on column public.events."published_at" is 'When its page was first opened to its visibility; empty while unpublished.';
comment on column public.events."went_live_at" is 'When it was put live.';
comment on column public.events."completed_at" is 'When it was closed.';
comment on column public.events."cancelled_at" is 'When it was called off.';
comment on column public.events."cancel_reason" is 'Why it was called off, as told to guests.';
comment on column public.events."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.events."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.events."created_at" is 'When the row was made.';
comment on column public.events."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.events."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.events."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.events."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.events."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE event_updates (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  audiences TEXT[] NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  publish_at TIMESTAMP WITH TIME ZONE,
  published_at TIMESTAMP WITH TIME ZONE,
  published_by BIGINT,
  expires_at TIMESTAMP WITH TIME ZONE,
  pinned BOOLEAN DEFAULT false NOT NULL,
  is_urgent BOOLEAN DEFAULT false NOT NULL,
  needs_receipt BOOLEAN DEFAULT false NOT NULL,
  asset_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_event_updates PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_updates_published_before_expiry CHECK (published_at < expires_at),
  CONSTRAINT ck_event_updates_receipts_are_for_staff CHECK (not needs_receipt or audiences && array['staff']::text[]),
  CONSTRAINT fk_event_updates_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_updates_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_updates_audiences CHECK (audiences <@ array['staff', 'guests', 'sponsors', 'press']::text[] and cardinality(audiences) > 0),
  CONSTRAINT ck_event_updates_title CHECK (length(title) between 1 and 200),
  CONSTRAINT fk_event_updates_published_by FOREIGN KEY(account_id, published_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_updates_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_updates_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_updates_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_updates enable row level security;
alter table public.event_updates force row level security;
CREATE INDEX ix_event_updates_asset_id ON event_updates (account_id, asset_id) WHERE asset_id is not null;
CREATE INDEX ix_event_updates_created_by ON event_updates (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_updates_due ON event_updates (account_id, publish_at) WHERE published_at is null and publish_at is not null;
CREATE INDEX ix_event_updates_feed ON event_updates (account_id, event_id, pinned, published_at);
CREATE INDEX ix_event_updates_published_by ON event_updates (account_id, published_by) WHERE published_by is not null;
CREATE INDEX ix_event_updates_updated_by ON event_updates (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_updates is 'An announcement about an event to some of its circles; publishing it notifies them.';
comment on column public.event_updates."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_updates."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_updates."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_updates."audiences" is 'Who it is for; at least one circle.';
comment on column public.event_updates."title" is 'Headline and subject.';
comment on column public.event_updates."body" is 'In Markdown.';
comment on column public.event_updates."publish_at" is 'When a job is to publish it; empty: by hand.';
comment on column public.event_updates."published_at" is 'When it was published; empty: draft. Later edits do not notify again.';
comment on column public.event_updates."published_by" is '→ account_users: who published it.';
comment on column public.event_updates."expires_at" is 'When it leaves the feed.';
comment on column public.event_updates."pinned" is 'Whether it stays on top of the feed.';
comment on column public.event_updates."is_urgent" is 'Whether it goes out by the fastest channel each person has.';
comment on column public.event_updates."needs_receipt" is 'Whether staff must say that they have read it.';
comment on column public.event_updates."asset_id" is '→ media_assets: a picture or file with it.';
comment on column public.event_updates."created_at" is 'When the row was made.';
comment on column public.event_updates."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_updates."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_updates."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_updates."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.event_updates."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE event_venues (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  space_id BIGINT NOT NULL,
  purpose TEXT DEFAULT 'main' NOT NULL,
  status TEXT DEFAULT 'option' NOT NULL,
  option_expires_at TIMESTAMP WITH TIME ZONE,
  confirmed_at TIMESTAMP WITH TIME ZONE,
  load_in_at TIMESTAMP WITH TIME ZONE NOT NULL,
  load_out_at TIMESTAMP WITH TIME ZONE NOT NULL,
  setup TEXT,
  capacity INTEGER,
  agreed_rate_minor BIGINT,
  currency CHAR(3),
  contract_document_id BIGINT,
  budget_line_id BIGINT,
  reference TEXT,
  position INTEGER DEFAULT 0 NOT NULL,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_venues PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_venues_load_in_before_load_out CHECK (load_in_at < load_out_at),
  CONSTRAINT ck_event_venues_rate_has_currency CHECK (agreed_rate_minor is null or currency is not null),
  CONSTRAINT ck_event_venues_rate_not_negative CHECK (agreed_rate_minor >= 0),
  CONSTRAINT ck_event_venues_confirmed_does_not_expire CHECK (option_expires_at is null or status <> 'confirmed'),
  CONSTRAINT fk_event_venues_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_venues_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_venues_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_venues_purpose CHECK (purpose in ('main', 'runway', 'backstage', 'hair_makeup', 'fitting', 'showroom', 'reception', 'press', 'vip', 'catering', 'storage', 'parking', 'other')),
  CONSTRAINT ck_event_venues_status CHECK (status in ('option', 'confirmed', 'released')),
  CONSTRAINT ck_event_venues_setup CHECK (setup in ('runway', 'theatre', 'classroom', 'banquet', 'cabaret', 'reception', 'boardroom', 'u_shape', 'showroom', 'standing', 'backstage', 'other')),
  CONSTRAINT ck_event_venues_capacity CHECK (capacity >= 0),
  CONSTRAINT ck_event_venues_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_event_venues_contract_document_id FOREIGN KEY(account_id, event_id, contract_document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE SET NULL (contract_document_id),
  CONSTRAINT fk_event_venues_budget_line_id FOREIGN KEY(account_id, event_id, budget_line_id) REFERENCES event_budget_lines (account_id, event_id, id) ON DELETE SET NULL (budget_line_id),
  CONSTRAINT ck_event_venues_position CHECK (position >= 0),
  CONSTRAINT ck_event_venues_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_venues_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_venues_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_venues_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_venues enable row level security;
alter table public.event_venues force row level security;
CREATE INDEX ix_event_venues_budget_line_id ON event_venues (account_id, event_id, budget_line_id) WHERE budget_line_id is not null;
CREATE INDEX ix_event_venues_contract_document_id ON event_venues (account_id, event_id, contract_document_id) WHERE contract_document_id is not null;
CREATE INDEX ix_event_venues_created_by ON event_venues (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_venues_options ON event_venues (account_id, option_expires_at) WHERE status = 'option';
CREATE INDEX ix_event_venues_space ON event_venues (account_id, space_id, load_in_at);
CREATE INDEX ix_event_venues_updated_by ON event_venues (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_venues is 'A space that an event keeps from load-in to load-out; while option or confirmed, no other event can.';
comment on column public.event_venues."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_venues."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_venues."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_venues."space_id" is '→ venue_spaces: the space kept; its venue follows from it.';
comment on column public.event_venues."purpose" is 'What the event needs it for.';
comment on column public.event_venues."status" is 'How firmly it is kept.';
comment on column public.event_venues."option_expires_at" is 'Until when the venue keeps an option; a job releases it then.';
comment on column public.event_venues."confirmed_at" is 'When the venue confirmed.';
comment on column public.event_venues."load_in_at" is 'From when the event has the space, build-up included.';
comment on column public.event_venues."load_out_at" is 'Until when, dismantling included; not part of the time kept.';
comment on column public.event_venues."setup" is 'How it is set up; chooses the capacity.';
comment on column public.event_venues."capacity" is 'Persons it takes in this set-up, as agreed.';
comment on column public.event_venues."agreed_rate_minor" is 'Hire agreed for the whole time.';
comment on column public.event_venues."currency" is 'Currency of the hire.';
comment on column public.event_venues."contract_document_id" is '→ event_documents: the contract.';
comment on column public.event_venues."budget_line_id" is '→ event_budget_lines: the line that pays for it.';
comment on column public.event_venues."reference" is 'The venue''s booking number.';
comment on column public.event_venues."position" is 'Order in the event''s list, from 0.';
comment on column public.event_venues."notes" is 'What was agreed besides.';
comment on column public.event_venues."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_venues."created_at" is 'When the row was made.';
comment on column public.event_venues."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_venues."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_venues."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_venues."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_xpls (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT,
  entity TEXT NOT NULL,
  field_key TEXT NOT NULL,
  revision INTEGER DEFAULT 1 NOT NULL,
  label TEXT NOT NULL,
  help_text TEXT,
  data_type TEXT NOT NULL,
  options JSONB DEFAULT '[]'::jsonb NOT NULL,
  condition JSONB,
  default_value TEXT,
  required BOOLEAN DEFAULT false NOT NULL,
  min_value BIGINT,
  max_value BIGINT,
  is_public BOOLEAN DEFAULT false NOT NULL,
  is_sensitive BOOLEAN DEFAULT false NOT NULL,
  show_in_lists BOOLEAN DEFAULT false NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  section TEXT,
  applies_to_kinds TEXT[] DEFAULT '{}'::text[] NOT NULL,
  retired_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_xpls PRIMARY KEY (account_id, id),
  CONSTRAINT uq_event_xpls_revision UNIQUE NULLS NOT DISTINCT (account_id, entity, event_id, field_key, revision),
  CONSTRAINT ck_event_xpls_choices_have_options CHECK (data_type not in ('choice', 'multi_choice') or jsonb_array_length(options) > 0),
  CONSTRAINT ck_event_xpls_min_not_above_max CHECK (min_value <= max_value),
  CONSTRAINT fk_event_xpls_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_xpls_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_xpls_entity CHECK (entity ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_event_xpls_field_key CHECK (field_key ~ '^[a-z][a-z0-9_]{0,62}$'),
  CONSTRAINT ck_event_xpls_revision CHECK (revision > 0),
  CONSTRAINT ck_event_xpls_label CHECK (length(label) between 1 and 200),
  CONSTRAINT ck_event_xpls_data_type CHECK (data_type in ('text', 'long_text', 'integer', 'decimal', 'money', 'boolean', 'date', 'datetime', 'choice', 'multi_choice', 'email', 'phone', 'url', 'country', 'file', 'rating')),
  CONSTRAINT ck_event_xpls_options CHECK (jsonb_typeof(options) = 'array'),
  CONSTRAINT ck_event_xpls_condition CHECK (jsonb_typeof(condition) = 'object'),
  CONSTRAINT ck_event_xpls_position CHECK (position >= 0),
  CONSTRAINT fk_event_xpls_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_xpls_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.event_xpls enable row level security;
alter table public.event_xpls force row level security;
CREATE INDEX ix_event_xpls_created_by ON event_xpls (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_xpls_event_id ON event_xpls (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_event_xpls_updated_by ON event_xpls (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_event_xpls_current ON event_xpls (account_id, entity, event_id, field_key) NULLS NOT DISTINCT WHERE retired_at is null;
comment on table public.event_xpls is 'A field that the house adds to an entity: definition only; values live in that entity''s `custom`.';
comment on column public.event_xpls."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_xpls."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_xpls."event_id" is '→ events: the only event it applies to; empty: the whole house.';
comment on column public.event_xpls."entity" is 'Table whose rows carry it.';
comment on column public.event_xpls."field_key" is 'Key in `custom`; never changes.';
comment on column public.event_xpls."revision" is 'Which definition of the key this is, from 1.';
comment on column public.event_xpls."label" is 'As forms and columns show it.';
comment on column public.event_xpls."help_text" is 'Under the field.';
comment on column public.event_xpls."data_type" is 'What a value is.';
comment on column public.event_xpls."options" is 'For choices: objects of value and label, in order.';
comment on column public.event_xpls."condition" is 'Shown only when this holds: field, operator and value; empty: always.';
comment on column public.event_xpls."default_value" is 'Filled into an empty form, as text.';
comment on column public.event_xpls."required" is 'Whether a form refuses to be saved without it.';
comment on column public.event_xpls."min_value" is 'Least number, length or count of choices, by type.';
comment on column public.event_xpls."max_value" is 'Greatest number, length or count of choices, by type.';
comment on column public.event_xpls."is_public" is 'Whether guests are asked for it on public forms.';
comment on column public.event_xpls."is_sensitive" is 'Whether exports leave it out unless asked, and erasure empties it.';
comment on column public.event_xpls."show_in_lists" is 'Whether list pages offer it as a column.';
comment on column public.event_xpls."position" is 'Place in the form, from 0.';
comment on column public.event_xpls."section" is 'Heading it stands under.';
comment on column public.event_xpls."applies_to_kinds" is 'Kinds of the entity that have the field; empty: all.';
comment on column public.event_xpls."retired_at" is 'When it was replaced or taken off forms; its values stay.';
comment on column public.event_xpls."created_at" is 'When the row was made.';
comment on column public.event_xpls."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_xpls."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_xpls."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_xpls."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE sessions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  public_id UUID DEFAULT gen_random_uuid() NOT NULL,
  slug TEXT,
  title TEXT NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  summary TEXT,
  description TEXT,
  kind TEXT DEFAULT 'talk' NOT NULL,
  track TEXT,
  mode TEXT DEFAULT 'onsite' NOT NULL,
  space_id BIGINT,
  location_text TEXT,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE,
  capacity INTEGER,
  language TEXT,
  interpretation TEXT[] DEFAULT '{}'::text[] NOT NULL,
  url TEXT,
  stream_url TEXT,
  recording_url TEXT,
  requires_registration BOOLEAN DEFAULT false NOT NULL,
  is_public BOOLEAN DEFAULT true NOT NULL,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  cancel_reason TEXT,
  position INTEGER DEFAULT 0 NOT NULL,
  cover_asset_id BIGINT,
  owner_id BIGINT,
  internal_notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_sessions PRIMARY KEY (account_id, id),
  CONSTRAINT uq_sessions_slug UNIQUE (account_id, event_id, slug),
  CONSTRAINT uq_sessions_public_id UNIQUE (account_id, public_id),
  CONSTRAINT ck_sessions_starts_before_ends CHECK (starts_at < ends_at),
  CONSTRAINT ck_sessions_online_takes_no_space CHECK (mode <> 'online' or space_id is null),
  CONSTRAINT fk_sessions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sessions_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sessions_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
  CONSTRAINT ck_sessions_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_sessions_kind CHECK (kind in ('show', 'presentation', 'keynote', 'talk', 'panel', 'workshop', 'performance', 'screening', 'exhibition', 'ceremony', 'networking', 'meal', 'party', 'tour', 'meeting', 'break', 'other')),
  CONSTRAINT ck_sessions_track CHECK (length(track) between 1 and 120),
  CONSTRAINT ck_sessions_mode CHECK (mode in ('onsite', 'online', 'hybrid')),
  CONSTRAINT fk_sessions_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sessions_capacity CHECK (capacity > 0),
  CONSTRAINT ck_sessions_language CHECK (language ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_sessions_url CHECK (length(url) between 1 and 2000),
  CONSTRAINT ck_sessions_stream_url CHECK (length(stream_url) between 1 and 2000),
  CONSTRAINT ck_sessions_recording_url CHECK (length(recording_url) between 1 and 2000),
  CONSTRAINT ck_sessions_position CHECK (position >= 0),
  CONSTRAINT fk_sessions_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sessions_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_sessions_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sessions_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_sessions_event_key UNIQUE (account_id, event_id, id)
);
alter table public.sessions enable row level security;
alter table public.sessions force row level security;
CREATE INDEX ix_sessions_calendar ON sessions (account_id, starts_at);
CREATE INDEX ix_sessions_cover_asset_id ON sessions (account_id, cover_asset_id) WHERE cover_asset_id is not null;
CREATE INDEX ix_sessions_created_by ON sessions (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sessions_custom ON sessions USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_sessions_owner_id ON sessions (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_sessions_programme ON sessions (account_id, event_id, starts_at, position, id);
CREATE INDEX ix_sessions_search_text_trgm ON sessions USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_sessions_space ON sessions (account_id, space_id, starts_at);
CREATE INDEX ix_sessions_tags ON sessions USING gin (account_id, tags);
CREATE INDEX ix_sessions_track ON sessions (account_id, event_id, track);
CREATE INDEX ix_sessions_updated_by ON sessions (account_id, updated_by) WHERE updated_by is not null;
comment on table public.sessions is 'An item of the programme for guests; times may lie outside the event''s, as festivals spread.';
comment on column public.sessions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sessions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sessions."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.sessions."public_id" is 'Random id for public links and calendar entries.';
comment on column public.sessions."slug" is 'The session in links; unique in its event.';
comment on column public.sessions."title" is 'As printed in the programme.';
comment on column public.sessions."search_text" is 'Title, track, summary and place for fragment search; kept by trigger.';
comment on column public.sessions."summary" is 'One paragraph for lists.';
comment on column public.sessions."description" is 'For guests, in Markdown.';
comment on column public.sessions."kind" is 'What sort of item it is.';
comment on column public.sessions."track" is 'The strand of the programme it belongs to.';
comment on column public.sessions."mode" is 'Where guests take part.';
comment on column public.sessions."space_id" is '→ venue_spaces: the room it takes; empty while unknown or when the place is not one of ours.';
comment on column public.sessions."location_text" is 'Where it is, as written, when no space matches.';
comment on column public.sessions."starts_at" is 'Start as announced.';
comment on column public.sessions."ends_at" is 'End as announced; empty: unknown, and then nothing is booked.';
comment on column public.sessions."capacity" is 'Persons admitted; empty: as many as its space holds.';
comment on column public.sessions."language" is 'Language spoken.';
comment on column public.sessions."interpretation" is 'Languages it is interpreted into, sign languages included.';
comment on column public.sessions."url" is 'Further information or sign-up, as the source gives it.';
comment on column public.sessions."stream_url" is 'Where remote guests watch; sent only to those admitted.';
comment on column public.sessions."recording_url" is 'Where it can be seen afterwards.';
comment on column public.sessions."requires_registration" is 'Whether a place must be taken beforehand.';
comment on column public.sessions."is_public" is 'Whether it stands in the public programme; false for sessions by invitation.';
comment on column public.sessions."cancelled_at" is 'When it was called off; its space and hosts are free from then.';
comment on column public.sessions."cancel_reason" is 'Why, as told to guests.';
comment on column public.sessions."position" is 'Order among sessions that start together, from 0.';
comment on column public.sessions."cover_asset_id" is '→ media_assets';
comment on column public.sessions."owner_id" is '→ account_users: who looks after it.';
comment on column public.sessions."internal_notes" is 'For the house only: set-up, interpreters, what the host needs.';
comment on column public.sessions."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.sessions."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.sessions."created_at" is 'When the row was made.';
comment on column public.sessions."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sessions."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sessions."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sessions."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE feedback (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT,
  member_id BIGINT,
  contact_id BIGINT,
  topic TEXT DEFAULT 'event' NOT NULL,
  subject TEXT NOT NULL,
  body TEXT,
  source TEXT DEFAULT 'app' NOT NULL,
  sentiment TEXT DEFAULT 'neutral' NOT NULL,
  rating INTEGER,
  priority TEXT DEFAULT 'normal' NOT NULL,
  status TEXT DEFAULT 'new' NOT NULL,
  owner_id BIGINT,
  session_id BIGINT,
  venue_id BIGINT,
  organization_id BIGINT,
  duplicate_of_id BIGINT,
  received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  due_on DATE,
  answered_at TIMESTAMP WITH TIME ZONE,
  resolved_at TIMESTAMP WITH TIME ZONE,
  resolution TEXT,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_feedback PRIMARY KEY (account_id, id),
  CONSTRAINT ck_feedback_resolved_has_ended CHECK (resolved_at is null or status in ('resolved', 'dismissed')),
  CONSTRAINT ck_feedback_not_own_duplicate CHECK (duplicate_of_id <> id),
  CONSTRAINT fk_feedback_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_feedback_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_feedback_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_feedback_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_feedback_topic CHECK (topic in ('event', 'venue', 'programme', 'staff', 'ticketing', 'seating', 'check_in', 'catering', 'sponsor', 'communication', 'product', 'other')),
  CONSTRAINT ck_feedback_subject CHECK (length(subject) between 1 and 200),
  CONSTRAINT ck_feedback_source CHECK (source in ('email', 'app', 'kiosk', 'paper', 'imported')),
  CONSTRAINT ck_feedback_sentiment CHECK (sentiment in ('positive', 'neutral', 'negative', 'mixed')),
  CONSTRAINT ck_feedback_rating CHECK (rating between 1 and 5),
  CONSTRAINT ck_feedback_priority CHECK (priority in ('low', 'normal', 'high', 'critical')),
  CONSTRAINT ck_feedback_status CHECK (status in ('new', 'triaged', 'in_progress', 'resolved', 'dismissed')),
  CONSTRAINT fk_feedback_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_feedback_session_id FOREIGN KEY(account_id, session_id) REFERENCES sessions (account_id, id) ON DELETE SET NULL (session_id),
  CONSTRAINT fk_feedback_venue_id FOREIGN KEY(account_id, venue_id) REFERENCES venues (account_id, id) ON DELETE SET NULL (venue_id),
  CONSTRAINT fk_feedback_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE SET NULL (organization_id),
  CONSTRAINT fk_feedback_duplicate_of_id FOREIGN KEY(account_id, duplicate_of_id) REFERENCES feedback (account_id, id) ON DELETE SET NULL (duplicate_of_id),
  CONSTRAINT fk_feedback_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_feedback_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.feedback enable row level security;
alter table public.feedback force row level security;
CREATE INDEX ix_feedback_contact_id ON feedback (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_feedback_created_by ON feedback (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_feedback_duplicate_of_id ON feedback (account_id, duplicate_of_id) WHERE duplicate_of_id is not null;
CREATE INDEX ix_feedback_event_id ON feedback (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_feedback_inbox ON feedback (account_id, status, received_at);
CREATE INDEX ix_feedback_member_id ON feedback (account_id, member_id) WHERE member_id is not null;
CREATE INDEX ix_feedback_open ON feedback (account_id, owner_id, received_at) WHERE status in ('new', 'triaged', 'in_progress');
CREATE INDEX ix_feedback_organization_id ON feedback (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_feedback_owner_id ON feedback (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_feedback_session_id ON feedback (account_id, session_id) WHERE session_id is not null;
CREATE INDEX ix_feedback_updated_by ON feedback (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_feedback_venue_id ON feedback (account_id, venue_id) WHERE venue_id is not null;
comment on table public.feedback is 'What a person said to the house, about an event or anything else, and what became of it.';
comment on column public.feedback."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.feedback."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.feedback."event_id" is '→ events: the event meant, if any.';
comment on column public.feedback."member_id" is '→ account_users: the member who said it.';
comment on column public.feedback."contact_id" is '→ contacts: the outside person who said it; both empty: unknown.';
comment on column public.feedback."topic" is 'What it is about.';
comment on column public.feedback."subject" is 'In a line.';
comment on column public.feedback."body" is 'As received.';
comment on column public.feedback."source" is 'How it came in.';
comment on column public.feedback."sentiment" is 'Its tone, as judged.';
comment on column public.feedback."rating" is 'Rating given with it, 1 to 5.';
comment on column public.feedback."priority" is 'How soon it needs an answer.';
comment on column public.feedback."status" is 'What became of it.';
comment on column public.feedback."owner_id" is '→ account_users: who answers it.';
comment on column public.feedback."session_id" is '→ sessions: the programme item meant, if any.';
comment on column public.feedback."venue_id" is '→ venues: the venue meant, if any.';
comment on column public.feedback."organization_id" is '→ organizations: the supplier or sponsor meant, if any.';
comment on column public.feedback."duplicate_of_id" is '→ feedback: the same matter, said before.';
comment on column public.feedback."received_at" is 'When it was said.';
comment on column public.feedback."due_on" is 'By when it is to be answered.';
comment on column public.feedback."answered_at" is 'When the person had an answer.';
comment on column public.feedback."resolved_at" is 'When the matter was closed.';
comment on column public.feedback."resolution" is 'What was done.';
comment on column public.feedback."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.feedback."created_at" is 'When the row was made.';
comment on column public.feedback."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.feedback."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.feedback."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.feedback."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.feedback."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE session_hosts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  session_id BIGINT NOT NULL,
  contact_id BIGINT,
  organization_id BIGINT,
  role TEXT DEFAULT 'host' NOT NULL,
  status TEXT DEFAULT 'confirmed' NOT NULL,
  billing TEXT,
  biography TEXT,
  position INTEGER DEFAULT 0 NOT NULL,
  is_public BOOLEAN DEFAULT true NOT NULL,
  notes TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_session_hosts PRIMARY KEY (account_id, id),
  CONSTRAINT uq_session_hosts_contact UNIQUE (account_id, session_id, contact_id),
  CONSTRAINT uq_session_hosts_organization UNIQUE (account_id, session_id, organization_id),
  CONSTRAINT ck_session_hosts_person_or_organization CHECK (num_nonnulls(contact_id, organization_id) = 1),
  CONSTRAINT fk_session_hosts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_session_hosts_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_session_hosts_session_id FOREIGN KEY(account_id, event_id, session_id) REFERENCES sessions (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_session_hosts_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_session_hosts_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_session_hosts_role CHECK (role in ('host', 'speaker', 'moderator', 'panelist', 'designer', 'performer', 'presenter', 'partner')),
  CONSTRAINT ck_session_hosts_status CHECK (status in ('invited', 'confirmed', 'declined')),
  CONSTRAINT ck_session_hosts_billing CHECK (length(billing) between 1 and 300),
  CONSTRAINT ck_session_hosts_position CHECK (position >= 0),
  CONSTRAINT fk_session_hosts_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_session_hosts_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.session_hosts enable row level security;
alter table public.session_hosts force row level security;
CREATE INDEX ix_session_hosts_contact_id ON session_hosts (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_session_hosts_created_by ON session_hosts (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_session_hosts_event_id ON session_hosts (account_id, event_id);
CREATE INDEX ix_session_hosts_organization_id ON session_hosts (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_session_hosts_session_id ON session_hosts (account_id, event_id, session_id);
CREATE INDEX ix_session_hosts_updated_by ON session_hosts (account_id, updated_by) WHERE updated_by is not null;
comment on table public.session_hosts is 'Who hosts a session: a person or an organisation, exactly one.';
comment on column public.session_hosts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.session_hosts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.session_hosts."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.session_hosts."session_id" is '→ sessions';
comment on column public.session_hosts."contact_id" is '→ contacts: the person; booked with the session.';
comment on column public.session_hosts."organization_id" is '→ organizations: the organisation, when no person is named; books nobody.';
comment on column public.session_hosts."role" is 'What the host does.';
comment on column public.session_hosts."status" is 'Whether the host has agreed.';
comment on column public.session_hosts."billing" is 'Name and title as printed in the programme; empty: as in the directory.';
comment on column public.session_hosts."biography" is 'For this programme; empty: as in the directory.';
comment on column public.session_hosts."position" is 'Order among the hosts, from 0.';
comment on column public.session_hosts."is_public" is 'Whether the public programme names them.';
comment on column public.session_hosts."notes" is 'What they need: microphone, interpreter, car.';
comment on column public.session_hosts."created_at" is 'When the row was made.';
comment on column public.session_hosts."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.session_hosts."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.session_hosts."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.session_hosts."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE staff_needs (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  role TEXT NOT NULL,
  department TEXT DEFAULT 'production' NOT NULL,
  quantity INTEGER NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE,
  ends_at TIMESTAMP WITH TIME ZONE,
  space_id BIGINT,
  rate_minor BIGINT,
  rate_unit TEXT DEFAULT 'hour' NOT NULL,
  currency CHAR(3),
  skills TEXT[] DEFAULT '{}'::text[] NOT NULL,
  budget_line_id BIGINT,
  position INTEGER DEFAULT 0 NOT NULL,
  notes TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_staff_needs PRIMARY KEY (account_id, id),
  CONSTRAINT ck_staff_needs_starts_before_ends CHECK (starts_at < ends_at),
  CONSTRAINT ck_staff_needs_both_times_or_none CHECK ((starts_at is null) = (ends_at is null)),
  CONSTRAINT ck_staff_needs_rate_has_currency CHECK (rate_minor is null or currency is not null),
  CONSTRAINT ck_staff_needs_rate_not_negative CHECK (rate_minor >= 0),
  CONSTRAINT fk_staff_needs_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_staff_needs_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_staff_needs_role CHECK (length(role) between 1 and 200),
  CONSTRAINT ck_staff_needs_department CHECK (department in ('production', 'stage_management', 'backstage', 'casting', 'wardrobe', 'hair', 'makeup', 'light', 'sound', 'video', 'stage', 'front_of_house', 'check_in', 'seating', 'press', 'sponsors', 'hospitality', 'catering', 'security', 'medical', 'transport', 'logistics', 'cleaning', 'other')),
  CONSTRAINT ck_staff_needs_quantity CHECK (quantity > 0),
  CONSTRAINT fk_staff_needs_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE SET NULL (space_id),
  CONSTRAINT ck_staff_needs_rate_unit CHECK (rate_unit in ('hour', 'half_day', 'day', 'flat')),
  CONSTRAINT ck_staff_needs_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_staff_needs_budget_line_id FOREIGN KEY(account_id, event_id, budget_line_id) REFERENCES event_budget_lines (account_id, event_id, id) ON DELETE SET NULL (budget_line_id),
  CONSTRAINT ck_staff_needs_position CHECK (position >= 0),
  CONSTRAINT fk_staff_needs_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_staff_needs_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_staff_needs_event_key UNIQUE (account_id, event_id, id)
);
alter table public.staff_needs enable row level security;
alter table public.staff_needs force row level security;
CREATE INDEX ix_staff_needs_budget_line_id ON staff_needs (account_id, event_id, budget_line_id) WHERE budget_line_id is not null;
CREATE INDEX ix_staff_needs_created_by ON staff_needs (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_staff_needs_space_id ON staff_needs (account_id, space_id) WHERE space_id is not null;
CREATE INDEX ix_staff_needs_updated_by ON staff_needs (account_id, updated_by) WHERE updated_by is not null;
comment on table public.staff_needs is 'How many people of a role an event needs and when; met by the shifts that point here.';
comment on column public.staff_needs."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.staff_needs."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.staff_needs."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.staff_needs."role" is 'What they do: “Dresser”, “Door”, “Caller”.';
comment on column public.staff_needs."department" is 'The department they belong to.';
comment on column public.staff_needs."quantity" is 'How many people.';
comment on column public.staff_needs."starts_at" is 'From when they are needed; empty while open.';
comment on column public.staff_needs."ends_at" is 'Until when.';
comment on column public.staff_needs."space_id" is '→ venue_spaces: where they work.';
comment on column public.staff_needs."rate_minor" is 'Pay offered per unit; shown with pay.read only.';
comment on column public.staff_needs."rate_unit" is 'What the pay is for.';
comment on column public.staff_needs."currency" is 'Currency of the pay.';
comment on column public.staff_needs."skills" is 'What they must be able to do, lower-case.';
comment on column public.staff_needs."budget_line_id" is '→ event_budget_lines: the line that pays them.';
comment on column public.staff_needs."position" is 'Order in the list, from 0.';
comment on column public.staff_needs."notes" is 'Dress, language, meeting point.';
comment on column public.staff_needs."created_at" is 'When the row was made.';
comment on column public.staff_needs."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.staff_needs."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.staff_needs."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.staff_needs."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_staff (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  member_id BIGINT,
  need_id BIGINT,
  role TEXT NOT NULL,
  department TEXT DEFAULT 'production' NOT NULL,
  supervisor_id BIGINT,
  shift_starts_at TIMESTAMP WITH TIME ZONE,
  shift_ends_at TIMESTAMP WITH TIME ZONE,
  break_minutes INTEGER DEFAULT 0 NOT NULL,
  rest_minutes INTEGER DEFAULT 0 NOT NULL,
  space_id BIGINT,
  meeting_point TEXT,
  status TEXT DEFAULT 'invited' NOT NULL,
  invited_at TIMESTAMP WITH TIME ZONE,
  answered_at TIMESTAMP WITH TIME ZONE,
  checked_in_at TIMESTAMP WITH TIME ZONE,
  checked_out_at TIMESTAMP WITH TIME ZONE,
  rate_minor BIGINT,
  rate_unit TEXT DEFAULT 'hour' NOT NULL,
  currency CHAR(3),
  is_volunteer BOOLEAN DEFAULT false NOT NULL,
  day_phone TEXT,
  radio_channel TEXT,
  outfit TEXT,
  on_call_sheet BOOLEAN DEFAULT true NOT NULL,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_staff PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_staff_shift_starts_before_ends CHECK (shift_starts_at < shift_ends_at),
  CONSTRAINT ck_event_staff_both_times_or_none CHECK ((shift_starts_at is null) = (shift_ends_at is null)),
  CONSTRAINT ck_event_staff_in_before_out CHECK (checked_in_at <= checked_out_at),
  CONSTRAINT ck_event_staff_rate_has_currency CHECK (rate_minor is null or currency is not null),
  CONSTRAINT ck_event_staff_rate_not_negative CHECK (rate_minor >= 0),
  CONSTRAINT ck_event_staff_not_own_supervisor CHECK (supervisor_id <> id),
  CONSTRAINT fk_event_staff_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_staff_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_staff_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_staff_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_staff_need_id FOREIGN KEY(account_id, event_id, need_id) REFERENCES staff_needs (account_id, event_id, id) ON DELETE SET NULL (need_id),
  CONSTRAINT ck_event_staff_role CHECK (length(role) between 1 and 200),
  CONSTRAINT ck_event_staff_department CHECK (department in ('production', 'stage_management', 'backstage', 'casting', 'wardrobe', 'hair', 'makeup', 'light', 'sound', 'video', 'stage', 'front_of_house', 'check_in', 'seating', 'press', 'sponsors', 'hospitality', 'catering', 'security', 'medical', 'transport', 'logistics', 'cleaning', 'other')),
  CONSTRAINT fk_event_staff_supervisor_id FOREIGN KEY(account_id, event_id, supervisor_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE SET NULL (supervisor_id),
  CONSTRAINT ck_event_staff_break_minutes CHECK (break_minutes >= 0),
  CONSTRAINT ck_event_staff_rest_minutes CHECK (rest_minutes >= 0),
  CONSTRAINT fk_event_staff_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE SET NULL (space_id),
  CONSTRAINT ck_event_staff_status CHECK (status in ('invited', 'confirmed', 'declined', 'checked_in', 'no_show', 'cancelled')),
  CONSTRAINT ck_event_staff_rate_unit CHECK (rate_unit in ('hour', 'half_day', 'day', 'flat')),
  CONSTRAINT ck_event_staff_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_staff_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_staff_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_staff_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_staff_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_staff enable row level security;
alter table public.event_staff force row level security;
CREATE INDEX ix_event_staff_created_by ON event_staff (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_staff_department ON event_staff (account_id, event_id, department, role);
CREATE INDEX ix_event_staff_member ON event_staff (account_id, member_id, shift_starts_at);
CREATE INDEX ix_event_staff_need_id ON event_staff (account_id, event_id, need_id) WHERE need_id is not null;
CREATE INDEX ix_event_staff_person ON event_staff (account_id, contact_id, shift_starts_at);
CREATE INDEX ix_event_staff_shifts ON event_staff (account_id, event_id, shift_starts_at);
CREATE INDEX ix_event_staff_space_id ON event_staff (account_id, space_id) WHERE space_id is not null;
CREATE INDEX ix_event_staff_supervisor_id ON event_staff (account_id, event_id, supervisor_id) WHERE supervisor_id is not null;
CREATE INDEX ix_event_staff_unanswered ON event_staff (account_id, event_id) WHERE status = 'invited';
CREATE INDEX ix_event_staff_updated_by ON event_staff (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_event_staff_unscheduled ON event_staff (account_id, event_id, contact_id, role) WHERE shift_starts_at is null;
comment on table public.event_staff is 'One shift of one person at an event; several shifts are several rows.';
comment on column public.event_staff."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_staff."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_staff."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_staff."contact_id" is '→ contacts: the person; for a member of the house, the member''s own contact.';
comment on column public.event_staff."member_id" is '→ account_users: the membership, where the person works in the house: gives them My day and messages.';
comment on column public.event_staff."need_id" is '→ staff_needs: the need it meets.';
comment on column public.event_staff."role" is 'What they do, as on the call sheet.';
comment on column public.event_staff."department" is 'The department they work in.';
comment on column public.event_staff."supervisor_id" is '→ event_staff: whom they report to on the day.';
comment on column public.event_staff."shift_starts_at" is 'Start of the shift; empty while not scheduled, and then no time is taken.';
comment on column public.event_staff."shift_ends_at" is 'End of the shift.';
comment on column public.event_staff."break_minutes" is 'Unpaid break within the shift.';
comment on column public.event_staff."rest_minutes" is 'Least rest after the shift before the next; the house''s setting proposes it.';
comment on column public.event_staff."space_id" is '→ venue_spaces: where they work.';
comment on column public.event_staff."meeting_point" is 'Where they report.';
comment on column public.event_staff."status" is 'Where the assignment stands; declined, absent and taken-off people are free again.';
comment on column public.event_staff."invited_at" is 'When they were asked.';
comment on column public.event_staff."answered_at" is 'When they confirmed or declined.';
comment on column public.event_staff."checked_in_at" is 'When they arrived.';
comment on column public.event_staff."checked_out_at" is 'When they left.';
comment on column public.event_staff."rate_minor" is 'Pay agreed per unit; shown with pay.read only.';
comment on column public.event_staff."rate_unit" is 'What the pay is for.';
comment on column public.event_staff."currency" is 'Currency of the pay.';
comment on column public.event_staff."is_volunteer" is 'Whether they work without pay.';
comment on column public.event_staff."day_phone" is 'Number on the day, where it differs.';
comment on column public.event_staff."radio_channel" is 'Radio or intercom channel.';
comment on column public.event_staff."outfit" is 'What they wear.';
comment on column public.event_staff."on_call_sheet" is 'Whether the call sheet names them.';
comment on column public.event_staff."notes" is 'For them and the crew.';
comment on column public.event_staff."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_staff."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_staff."created_at" is 'When the row was made.';
comment on column public.event_staff."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_staff."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_staff."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_staff."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_schedules (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  cue_number TEXT,
  kind TEXT DEFAULT 'cue' NOT NULL,
  title TEXT NOT NULL,
  description TEXT,
  department TEXT DEFAULT 'production' NOT NULL,
  owner_id BIGINT,
  venue_id BIGINT,
  space_id BIGINT,
  planned_start_at TIMESTAMP WITH TIME ZONE,
  planned_duration_seconds INTEGER DEFAULT 0 NOT NULL,
  depends_on_id BIGINT,
  offset_seconds INTEGER DEFAULT 0 NOT NULL,
  is_hard_time BOOLEAN DEFAULT false NOT NULL,
  session_id BIGINT,
  production_run_id BIGINT,
  look_id BIGINT,
  light_notes TEXT,
  sound_notes TEXT,
  video_notes TEXT,
  stage_notes TEXT,
  script TEXT,
  status TEXT DEFAULT 'planned' NOT NULL,
  ready_at TIMESTAMP WITH TIME ZONE,
  actual_start_at TIMESTAMP WITH TIME ZONE,
  actual_end_at TIMESTAMP WITH TIME ZONE,
  cut_at TIMESTAMP WITH TIME ZONE,
  cut_reason TEXT,
  colour TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_schedules PRIMARY KEY (account_id, id),
  CONSTRAINT uq_event_schedules_cue_number UNIQUE (account_id, event_id, cue_number) DEFERRABLE INITIALLY IMMEDIATE,
  CONSTRAINT ck_event_schedules_actual_start_before_end CHECK (actual_start_at <= actual_end_at),
  CONSTRAINT ck_event_schedules_live_has_started CHECK (status <> 'live' or actual_start_at is not null),
  CONSTRAINT ck_event_schedules_done_has_ended CHECK (status <> 'done' or actual_end_at is not null),
  CONSTRAINT ck_event_schedules_not_after_itself CHECK (depends_on_id <> id),
  CONSTRAINT fk_event_schedules_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_schedules_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_schedules_position CHECK (position >= 0),
  CONSTRAINT ck_event_schedules_cue_number CHECK (length(cue_number) between 1 and 20),
  CONSTRAINT ck_event_schedules_kind CHECK (kind in ('load_in', 'fitting', 'rehearsal', 'hair_makeup', 'doors', 'show', 'look', 'cue', 'break', 'load_out', 'other')),
  CONSTRAINT ck_event_schedules_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_event_schedules_department CHECK (department in ('production', 'stage_management', 'backstage', 'casting', 'wardrobe', 'hair', 'makeup', 'light', 'sound', 'video', 'stage', 'front_of_house', 'check_in', 'seating', 'press', 'sponsors', 'hospitality', 'catering', 'security', 'medical', 'transport', 'logistics', 'cleaning', 'other')),
  CONSTRAINT fk_event_schedules_owner_id FOREIGN KEY(account_id, event_id, owner_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE SET NULL (owner_id),
  CONSTRAINT fk_event_schedules_venue_id FOREIGN KEY(account_id, venue_id) REFERENCES venues (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_schedules_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_schedules_planned_duration_seconds CHECK (planned_duration_seconds >= 0),
  CONSTRAINT fk_event_schedules_depends_on_id FOREIGN KEY(account_id, event_id, depends_on_id) REFERENCES event_schedules (account_id, event_id, id) ON DELETE SET NULL (depends_on_id),
  CONSTRAINT fk_event_schedules_session_id FOREIGN KEY(account_id, event_id, session_id) REFERENCES sessions (account_id, event_id, id) ON DELETE SET NULL (session_id),
  CONSTRAINT ck_event_schedules_status CHECK (status in ('planned', 'ready', 'live', 'done', 'cut')),
  CONSTRAINT ck_event_schedules_colour CHECK (colour ~ '^#[0-9a-f]{6}$'),
  CONSTRAINT ck_event_schedules_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_schedules_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_schedules_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_schedules_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_schedules enable row level security;
alter table public.event_schedules force row level security;
CREATE INDEX ix_event_schedules_clock ON event_schedules (account_id, event_id, planned_start_at);
CREATE INDEX ix_event_schedules_created_by ON event_schedules (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_schedules_department ON event_schedules (account_id, event_id, department, planned_start_at);
CREATE INDEX ix_event_schedules_depends_on_id ON event_schedules (account_id, event_id, depends_on_id) WHERE depends_on_id is not null;
CREATE INDEX ix_event_schedules_live ON event_schedules (account_id, event_id) WHERE status in ('ready', 'live');
CREATE INDEX ix_event_schedules_look_id ON event_schedules (account_id, event_id, look_id) WHERE look_id is not null;
CREATE INDEX ix_event_schedules_order ON event_schedules (account_id, event_id, position, id);
CREATE INDEX ix_event_schedules_owner_id ON event_schedules (account_id, event_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_schedules_production_run_id ON event_schedules (account_id, event_id, production_run_id) WHERE production_run_id is not null;
CREATE INDEX ix_event_schedules_session_id ON event_schedules (account_id, event_id, session_id) WHERE session_id is not null;
CREATE INDEX ix_event_schedules_space_id ON event_schedules (account_id, space_id) WHERE space_id is not null;
CREATE INDEX ix_event_schedules_updated_by ON event_schedules (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_event_schedules_venue_id ON event_schedules (account_id, venue_id) WHERE venue_id is not null;
comment on table public.event_schedules is 'A line of the run of show, for the crew: what happens when, who calls it, what light and sound do.';
comment on column public.event_schedules."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_schedules."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_schedules."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_schedules."position" is 'Order in the run of show; gaps allowed.';
comment on column public.event_schedules."cue_number" is 'As called: “12”, “12A”; unique in the event, a cut cue keeps its own.';
comment on column public.event_schedules."kind" is 'What sort of item it is.';
comment on column public.event_schedules."title" is 'What happens.';
comment on column public.event_schedules."description" is 'More for the crew, in Markdown.';
comment on column public.event_schedules."department" is 'The department that carries it.';
comment on column public.event_schedules."owner_id" is '→ event_staff: who calls or answers for it; further crew stands in cue_crew.';
comment on column public.event_schedules."venue_id" is '→ venues: where, when no single space is meant.';
comment on column public.event_schedules."space_id" is '→ venue_spaces: where; several cues may share a space, so it is not booked.';
comment on column public.event_schedules."planned_start_at" is 'Planned start; empty while only its place in the order is known.';
comment on column public.event_schedules."planned_duration_seconds" is 'Planned length; 0 for a moment.';
comment on column public.event_schedules."depends_on_id" is '→ event_schedules: starts when this one ends; moving that one moves it.';
comment on column public.event_schedules."offset_seconds" is 'Seconds after that end (negative: before it).';
comment on column public.event_schedules."is_hard_time" is 'Whether the clock and not the cue before decides, as for doors and broadcasts.';
comment on column public.event_schedules."session_id" is '→ sessions: the programme item it is part of.';
comment on column public.event_schedules."production_run_id" is '→ production_runs: the pass it is part of.';
comment on column public.event_schedules."look_id" is '→ looks: the look that goes out.';
comment on column public.event_schedules."light_notes" is 'For the light desk.';
comment on column public.event_schedules."sound_notes" is 'For the sound desk: track, fade.';
comment on column public.event_schedules."video_notes" is 'For screens, cameras and stream.';
comment on column public.event_schedules."stage_notes" is 'For the stage: scenery, effects, runway crew.';
comment on column public.event_schedules."script" is 'Words spoken or called.';
comment on column public.event_schedules."status" is 'Where it stands; guarded.';
comment on column public.event_schedules."ready_at" is 'When it was called ready.';
comment on column public.event_schedules."actual_start_at" is 'When it went live.';
comment on column public.event_schedules."actual_end_at" is 'When it was done.';
comment on column public.event_schedules."cut_at" is 'When it was cut; a deliverable on it becomes a make-good.';
comment on column public.event_schedules."cut_reason" is 'Why it was cut.';
comment on column public.event_schedules."colour" is 'Marker on the timeline.';
comment on column public.event_schedules."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_schedules."created_at" is 'When the row was made.';
comment on column public.event_schedules."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_schedules."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_schedules."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_schedules."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE cue_crew (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  cue_id BIGINT NOT NULL,
  staff_id BIGINT NOT NULL,
  task TEXT,
  acknowledged_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_cue_crew PRIMARY KEY (account_id, id),
  CONSTRAINT uq_cue_crew_once UNIQUE (account_id, event_id, cue_id, staff_id),
  CONSTRAINT fk_cue_crew_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_cue_crew_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_cue_crew_cue_id FOREIGN KEY(account_id, event_id, cue_id) REFERENCES event_schedules (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_cue_crew_staff_id FOREIGN KEY(account_id, event_id, staff_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE CASCADE
);
alter table public.cue_crew enable row level security;
alter table public.cue_crew force row level security;
CREATE INDEX ix_cue_crew_staff_id ON cue_crew (account_id, event_id, staff_id);
comment on table public.cue_crew is 'A shift that works on a cue besides its owner.';
comment on column public.cue_crew."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.cue_crew."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.cue_crew."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.cue_crew."cue_id" is '→ event_schedules';
comment on column public.cue_crew."staff_id" is '→ event_staff';
comment on column public.cue_crew."task" is 'What this person does in the cue.';
comment on column public.cue_crew."acknowledged_at" is 'When they said that they have seen it.';
comment on column public.cue_crew."created_at" is 'When the row was made.';
comment on column public.cue_crew."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE event_logistics (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  category TEXT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  quantity INTEGER DEFAULT 1 NOT NULL,
  unit TEXT,
  passengers INTEGER,
  status TEXT DEFAULT 'needed' NOT NULL,
  vendor_id BIGINT,
  vendor_contact_id BIGINT,
  resource_id BIGINT,
  resource_kind TEXT,
  cue_id BIGINT,
  responsible_id BIGINT,
  owner_id BIGINT,
  space_id BIGINT,
  budget_line_id BIGINT,
  document_id BIGINT,
  due_at TIMESTAMP WITH TIME ZONE,
  pick_up_at TIMESTAMP WITH TIME ZONE,
  pick_up_place TEXT,
  drop_off_at TIMESTAMP WITH TIME ZONE,
  drop_off_place TEXT,
  booked_at TIMESTAMP WITH TIME ZONE,
  delivered_at TIMESTAMP WITH TIME ZONE,
  return_due_at TIMESTAMP WITH TIME ZONE,
  returned_at TIMESTAMP WITH TIME ZONE,
  estimate_minor BIGINT,
  quote_minor BIGINT,
  actual_minor BIGINT,
  currency CHAR(3),
  order_reference TEXT,
  tracking_url TEXT,
  position INTEGER DEFAULT 0 NOT NULL,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_logistics PRIMARY KEY (account_id, id),
  CONSTRAINT fk_event_logistics_resource_kind FOREIGN KEY(account_id, resource_id, resource_kind) REFERENCES resources (account_id, id, kind) ON UPDATE CASCADE,
  CONSTRAINT ck_event_logistics_pick_up_before_drop_off CHECK (pick_up_at < drop_off_at),
  CONSTRAINT ck_event_logistics_resource_has_kind CHECK ((resource_id is null) = (resource_kind is null)),
  CONSTRAINT ck_event_logistics_money_has_currency CHECK (currency is not null or num_nonnulls(estimate_minor, quote_minor, actual_minor) = 0),
  CONSTRAINT ck_event_logistics_costs_not_negative CHECK (coalesce(estimate_minor, 0) >= 0 and coalesce(quote_minor, 0) >= 0 and coalesce(actual_minor, 0) >= 0),
  CONSTRAINT ck_event_logistics_delivered_before_returned CHECK (delivered_at <= returned_at),
  CONSTRAINT fk_event_logistics_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_logistics_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_logistics_category CHECK (category in ('transport', 'freight', 'accommodation', 'travel', 'furniture', 'staging', 'light', 'sound', 'video', 'power', 'decor', 'flowers', 'catering', 'wardrobe', 'garments', 'hair_makeup', 'print', 'signage', 'gifts', 'security', 'medical', 'cleaning', 'it', 'other')),
  CONSTRAINT ck_event_logistics_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_event_logistics_quantity CHECK (quantity > 0),
  CONSTRAINT ck_event_logistics_passengers CHECK (passengers >= 0),
  CONSTRAINT ck_event_logistics_status CHECK (status in ('needed', 'quoted', 'booked', 'delivered', 'returned', 'cancelled')),
  CONSTRAINT fk_event_logistics_vendor_id FOREIGN KEY(account_id, vendor_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_logistics_vendor_contact_id FOREIGN KEY(account_id, vendor_contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_logistics_resource_id FOREIGN KEY(account_id, resource_id) REFERENCES resources (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_logistics_resource_kind CHECK (resource_kind in ('vehicle', 'item')),
  CONSTRAINT fk_event_logistics_cue_id FOREIGN KEY(account_id, event_id, cue_id) REFERENCES event_schedules (account_id, event_id, id) ON DELETE SET NULL (cue_id),
  CONSTRAINT fk_event_logistics_responsible_id FOREIGN KEY(account_id, event_id, responsible_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE SET NULL (responsible_id),
  CONSTRAINT fk_event_logistics_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_logistics_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE SET NULL (space_id),
  CONSTRAINT fk_event_logistics_budget_line_id FOREIGN KEY(account_id, event_id, budget_line_id) REFERENCES event_budget_lines (account_id, event_id, id) ON DELETE SET NULL (budget_line_id),
  CONSTRAINT fk_event_logistics_document_id FOREIGN KEY(account_id, event_id, document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE SET NULL (document_id),
  CONSTRAINT ck_event_logistics_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_logistics_tracking_url CHECK (length(tracking_url) between 1 and 2000),
  CONSTRAINT ck_event_logistics_position CHECK (position >= 0),
  CONSTRAINT ck_event_logistics_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_logistics_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_logistics_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_logistics_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_logistics enable row level security;
alter table public.event_logistics force row level security;
CREATE INDEX ix_event_logistics_board ON event_logistics (account_id, event_id, status, due_at);
CREATE INDEX ix_event_logistics_budget_line_id ON event_logistics (account_id, event_id, budget_line_id) WHERE budget_line_id is not null;
CREATE INDEX ix_event_logistics_category ON event_logistics (account_id, event_id, category, position);
CREATE INDEX ix_event_logistics_created_by ON event_logistics (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_logistics_cue_id ON event_logistics (account_id, event_id, cue_id) WHERE cue_id is not null;
CREATE INDEX ix_event_logistics_document_id ON event_logistics (account_id, event_id, document_id) WHERE document_id is not null;
CREATE INDEX ix_event_logistics_open ON event_logistics (account_id, due_at) WHERE status in ('needed', 'quoted', 'booked');
CREATE INDEX ix_event_logistics_owner_id ON event_logistics (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_logistics_resource_id ON event_logistics (account_id, resource_id) WHERE resource_id is not null;
CREATE INDEX ix_event_logistics_responsible_id ON event_logistics (account_id, event_id, responsible_id) WHERE responsible_id is not null;
CREATE INDEX ix_event_logistics_space_id ON event_logistics (account_id, space_id) WHERE space_id is not null;
CREATE INDEX ix_event_logistics_to_return ON event_logistics (account_id, return_due_at) WHERE status = 'delivered' and return_due_at is not null;
CREATE INDEX ix_event_logistics_updated_by ON event_logistics (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_event_logistics_vendor_contact_id ON event_logistics (account_id, vendor_contact_id) WHERE vendor_contact_id is not null;
CREATE INDEX ix_event_logistics_vendor_id ON event_logistics (account_id, vendor_id) WHERE vendor_id is not null;
comment on table public.event_logistics is 'An item or service that an event needs: needed → quoted → booked → delivered → returned.';
comment on column public.event_logistics."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_logistics."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_logistics."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_logistics."category" is 'What sort of thing it is.';
comment on column public.event_logistics."name" is 'What is needed.';
comment on column public.event_logistics."description" is 'Specification.';
comment on column public.event_logistics."quantity" is 'How many.';
comment on column public.event_logistics."unit" is 'Of what: pieces, metres, cars.';
comment on column public.event_logistics."passengers" is 'Persons to be carried or housed.';
comment on column public.event_logistics."status" is 'Where it stands; guarded.';
comment on column public.event_logistics."vendor_id" is '→ organizations: who supplies it.';
comment on column public.event_logistics."vendor_contact_id" is '→ contacts: whom to call there.';
comment on column public.event_logistics."resource_id" is '→ resources: the house''s vehicle or item that is used.';
comment on column public.event_logistics."resource_kind" is 'Kind of that resource; kept by trigger.';
comment on column public.event_logistics."cue_id" is '→ event_schedules: the cue it must be there for.';
comment on column public.event_logistics."responsible_id" is '→ event_staff: who on the crew sees to it.';
comment on column public.event_logistics."owner_id" is '→ account_users: who in the house arranges it beforehand.';
comment on column public.event_logistics."space_id" is '→ venue_spaces: where it goes.';
comment on column public.event_logistics."budget_line_id" is '→ event_budget_lines: the line that pays for it.';
comment on column public.event_logistics."document_id" is '→ event_documents: quote, order or delivery note.';
comment on column public.event_logistics."due_at" is 'By when it must be on site.';
comment on column public.event_logistics."pick_up_at" is 'When it is fetched, or a ride starts.';
comment on column public.event_logistics."pick_up_place" is 'Where it is fetched.';
comment on column public.event_logistics."drop_off_at" is 'When it is back, or a ride ends; a resource is free from then.';
comment on column public.event_logistics."drop_off_place" is 'Where it goes to.';
comment on column public.event_logistics."booked_at" is 'When it was ordered.';
comment on column public.event_logistics."delivered_at" is 'When it arrived.';
comment on column public.event_logistics."return_due_at" is 'By when hired things must be back; empty: nothing to return.';
comment on column public.event_logistics."returned_at" is 'When they were.';
comment on column public.event_logistics."estimate_minor" is 'Cost expected.';
comment on column public.event_logistics."quote_minor" is 'Cost offered by the vendor.';
comment on column public.event_logistics."actual_minor" is 'Cost charged.';
comment on column public.event_logistics."currency" is 'Currency of the three.';
comment on column public.event_logistics."order_reference" is 'The vendor''s order, booking or flight number.';
comment on column public.event_logistics."tracking_url" is 'Where a shipment can be followed.';
comment on column public.event_logistics."position" is 'Order within the category, from 0.';
comment on column public.event_logistics."notes" is 'For the crew: gate code, handling.';
comment on column public.event_logistics."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_logistics."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_logistics."created_at" is 'When the row was made.';
comment on column public.event_logistics."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_logistics."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_logistics."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_logistics."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_planning (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  parent_id BIGINT,
  kind TEXT DEFAULT 'task' NOT NULL,
  phase TEXT DEFAULT 'planning' NOT NULL,
  workstream TEXT,
  title TEXT NOT NULL,
  description TEXT,
  owner_id BIGINT,
  contact_id BIGINT,
  vendor_id BIGINT,
  status TEXT DEFAULT 'todo' NOT NULL,
  priority TEXT DEFAULT 'normal' NOT NULL,
  starts_on DATE,
  due_on DATE,
  due_days_before INTEGER,
  duration_days INTEGER DEFAULT 1 NOT NULL,
  effort_minutes INTEGER,
  progress_percent INTEGER DEFAULT 0 NOT NULL,
  checklist JSONB DEFAULT '[]'::jsonb NOT NULL,
  approval TEXT DEFAULT 'not_needed' NOT NULL,
  approver_id BIGINT,
  approved_at TIMESTAMP WITH TIME ZONE,
  approval_note TEXT,
  blocked_reason TEXT,
  done_at TIMESTAMP WITH TIME ZONE,
  done_by BIGINT,
  reminder_days INTEGER,
  cue_id BIGINT,
  logistic_id BIGINT,
  document_id BIGINT,
  position INTEGER DEFAULT 0 NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_planning PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_planning_not_own_parent CHECK (parent_id <> id),
  CONSTRAINT ck_event_planning_starts_before_due CHECK (starts_on <= due_on),
  CONSTRAINT ck_event_planning_relative_due_is_resolved CHECK (due_days_before is null or due_on is not null),
  CONSTRAINT ck_event_planning_done_has_time CHECK ((status = 'done') = (done_at is not null)),
  CONSTRAINT ck_event_planning_progress_is_percent CHECK (progress_percent between 0 and 100),
  CONSTRAINT ck_event_planning_approved_has_time CHECK (approval <> 'approved' or approved_at is not null),
  CONSTRAINT fk_event_planning_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_planning_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_planning_parent_id FOREIGN KEY(account_id, event_id, parent_id) REFERENCES event_planning (account_id, event_id, id) ON DELETE SET NULL (parent_id),
  CONSTRAINT ck_event_planning_kind CHECK (kind in ('task', 'milestone', 'approval')),
  CONSTRAINT ck_event_planning_phase CHECK (phase in ('concept', 'planning', 'pre_production', 'production', 'event_day', 'wrap_up')),
  CONSTRAINT ck_event_planning_title CHECK (length(title) between 1 and 200),
  CONSTRAINT fk_event_planning_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_planning_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_planning_vendor_id FOREIGN KEY(account_id, vendor_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_planning_status CHECK (status in ('todo', 'in_progress', 'blocked', 'in_review', 'done', 'cancelled')),
  CONSTRAINT ck_event_planning_priority CHECK (priority in ('low', 'normal', 'high', 'critical')),
  CONSTRAINT ck_event_planning_duration_days CHECK (duration_days >= 0),
  CONSTRAINT ck_event_planning_effort_minutes CHECK (effort_minutes >= 0),
  CONSTRAINT ck_event_planning_progress_percent CHECK (progress_percent >= 0),
  CONSTRAINT ck_event_planning_checklist CHECK (jsonb_typeof(checklist) = 'array'),
  CONSTRAINT ck_event_planning_approval CHECK (approval in ('not_needed', 'pending', 'approved', 'rejected')),
  CONSTRAINT fk_event_planning_approver_id FOREIGN KEY(account_id, approver_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_planning_done_by FOREIGN KEY(account_id, done_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_planning_reminder_days CHECK (reminder_days >= 0),
  CONSTRAINT fk_event_planning_cue_id FOREIGN KEY(account_id, event_id, cue_id) REFERENCES event_schedules (account_id, event_id, id) ON DELETE SET NULL (cue_id),
  CONSTRAINT fk_event_planning_logistic_id FOREIGN KEY(account_id, event_id, logistic_id) REFERENCES event_logistics (account_id, event_id, id) ON DELETE SET NULL (logistic_id),
  CONSTRAINT fk_event_planning_document_id FOREIGN KEY(account_id, event_id, document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE SET NULL (document_id),
  CONSTRAINT ck_event_planning_position CHECK (position >= 0),
  CONSTRAINT ck_event_planning_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_planning_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_planning_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_planning_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_planning enable row level security;
alter table public.event_planning force row level security;
CREATE INDEX ix_event_planning_approvals ON event_planning (account_id, approver_id) WHERE approval = 'pending';
CREATE INDEX ix_event_planning_approver_id ON event_planning (account_id, approver_id) WHERE approver_id is not null;
CREATE INDEX ix_event_planning_board ON event_planning (account_id, event_id, status, position);
CREATE INDEX ix_event_planning_contact_id ON event_planning (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_event_planning_created_by ON event_planning (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_planning_cue_id ON event_planning (account_id, event_id, cue_id) WHERE cue_id is not null;
CREATE INDEX ix_event_planning_document_id ON event_planning (account_id, event_id, document_id) WHERE document_id is not null;
CREATE INDEX ix_event_planning_done_by ON event_planning (account_id, done_by) WHERE done_by is not null;
CREATE INDEX ix_event_planning_due ON event_planning (account_id, event_id, due_on);
CREATE INDEX ix_event_planning_logistic_id ON event_planning (account_id, event_id, logistic_id) WHERE logistic_id is not null;
CREATE INDEX ix_event_planning_mine ON event_planning (account_id, owner_id, due_on) WHERE status not in ('done', 'cancelled');
CREATE INDEX ix_event_planning_open ON event_planning (account_id, due_on) WHERE status not in ('done', 'cancelled');
CREATE INDEX ix_event_planning_order ON event_planning (account_id, event_id, phase, position, id);
CREATE INDEX ix_event_planning_owner_id ON event_planning (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_planning_parent_id ON event_planning (account_id, event_id, parent_id) WHERE parent_id is not null;
CREATE INDEX ix_event_planning_updated_by ON event_planning (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_event_planning_vendor_id ON event_planning (account_id, vendor_id) WHERE vendor_id is not null;
comment on table public.event_planning is 'A task, milestone or approval in the plan of an event; overdue and the critical path are computed.';
comment on column public.event_planning."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_planning."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_planning."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_planning."parent_id" is '→ event_planning: the task it is part of.';
comment on column public.event_planning."kind" is 'Work to do, a date to reach, or a decision to get.';
comment on column public.event_planning."phase" is 'Part of the event''s life it belongs to.';
comment on column public.event_planning."workstream" is 'The house''s own grouping, such as “Press” or “Set”.';
comment on column public.event_planning."title" is 'What is to be done, beginning with a verb.';
comment on column public.event_planning."description" is 'In Markdown.';
comment on column public.event_planning."owner_id" is '→ account_users: who does it.';
comment on column public.event_planning."contact_id" is '→ contacts: the outside person it waits for.';
comment on column public.event_planning."vendor_id" is '→ organizations: the supplier it is about.';
comment on column public.event_planning."status" is 'Where it stands.';
comment on column public.event_planning."priority" is 'How much depends on it.';
comment on column public.event_planning."starts_on" is 'First day of work planned.';
comment on column public.event_planning."due_on" is 'Last day, in the event''s zone: what lists sort by, whether absolute or hung on the event.';
comment on column public.event_planning."due_days_before" is 'Days before the event''s first day (negative: after it); empty: `due_on` stands by itself.';
comment on column public.event_planning."duration_days" is 'Days of elapsed work, for the critical path; 0 for a milestone.';
comment on column public.event_planning."effort_minutes" is 'Work expected.';
comment on column public.event_planning."progress_percent" is 'How far it is, by its owner.';
comment on column public.event_planning."checklist" is 'Objects of text and done, in order.';
comment on column public.event_planning."approval" is 'Whether somebody must agree before it counts as done, and has.';
comment on column public.event_planning."approver_id" is '→ account_users: who must agree.';
comment on column public.event_planning."approved_at" is 'When they agreed.';
comment on column public.event_planning."approval_note" is 'What they said.';
comment on column public.event_planning."blocked_reason" is 'What it waits for, while blocked.';
comment on column public.event_planning."done_at" is 'When it was done.';
comment on column public.event_planning."done_by" is '→ account_users: who ticked it off.';
comment on column public.event_planning."reminder_days" is 'Days before it is due on which the owner is reminded; empty: by the house''s setting.';
comment on column public.event_planning."cue_id" is '→ event_schedules: the cue it prepares.';
comment on column public.event_planning."logistic_id" is '→ event_logistics: the item it gets.';
comment on column public.event_planning."document_id" is '→ event_documents: the document it makes or needs.';
comment on column public.event_planning."position" is 'Order within phase or column, from 0.';
comment on column public.event_planning."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_planning."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_planning."created_at" is 'When the row was made.';
comment on column public.event_planning."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_planning."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_planning."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_planning."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE event_risks (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  category TEXT NOT NULL,
  title TEXT NOT NULL,
  description TEXT,
  likelihood INTEGER NOT NULL,
  impact INTEGER NOT NULL,
  score INTEGER GENERATED ALWAYS AS (likelihood * impact) STORED NOT NULL,
  residual_likelihood INTEGER,
  residual_impact INTEGER,
  residual_score INTEGER GENERATED ALWAYS AS (residual_likelihood * residual_impact) STORED,
  response TEXT DEFAULT 'reduce' NOT NULL,
  mitigation TEXT,
  contingency TEXT,
  trigger_sign TEXT,
  owner_id BIGINT,
  status TEXT DEFAULT 'open' NOT NULL,
  identified_on DATE,
  review_on DATE,
  occurred_at TIMESTAMP WITH TIME ZONE,
  closed_at TIMESTAMP WITH TIME ZONE,
  outcome TEXT,
  exposure_minor BIGINT,
  currency CHAR(3),
  cue_id BIGINT,
  task_id BIGINT,
  budget_line_id BIGINT,
  staff_id BIGINT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_risks PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_risks_exposure_has_currency CHECK (exposure_minor is null or currency is not null),
  CONSTRAINT ck_event_risks_exposure_not_negative CHECK (exposure_minor >= 0),
  CONSTRAINT ck_event_risks_residual_both_or_none CHECK ((residual_likelihood is null) = (residual_impact is null)),
  CONSTRAINT ck_event_risks_closed_has_ended CHECK (closed_at is null or status in ('closed', 'occurred')),
  CONSTRAINT fk_event_risks_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_risks_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_risks_category CHECK (category in ('safety', 'security', 'weather', 'venue', 'technical', 'supplier', 'staffing', 'talent', 'collection', 'guests', 'financial', 'legal', 'reputation', 'sponsor', 'data', 'other')),
  CONSTRAINT ck_event_risks_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_event_risks_likelihood CHECK (likelihood between 1 and 5),
  CONSTRAINT ck_event_risks_impact CHECK (impact between 1 and 5),
  CONSTRAINT ck_event_risks_residual_likelihood CHECK (residual_likelihood between 1 and 5),
  CONSTRAINT ck_event_risks_residual_impact CHECK (residual_impact between 1 and 5),
  CONSTRAINT ck_event_risks_response CHECK (response in ('avoid', 'reduce', 'transfer', 'accept')),
  CONSTRAINT fk_event_risks_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_risks_status CHECK (status in ('open', 'mitigating', 'accepted', 'occurred', 'closed')),
  CONSTRAINT ck_event_risks_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_event_risks_cue_id FOREIGN KEY(account_id, event_id, cue_id) REFERENCES event_schedules (account_id, event_id, id) ON DELETE SET NULL (cue_id),
  CONSTRAINT fk_event_risks_task_id FOREIGN KEY(account_id, event_id, task_id) REFERENCES event_planning (account_id, event_id, id) ON DELETE SET NULL (task_id),
  CONSTRAINT fk_event_risks_budget_line_id FOREIGN KEY(account_id, event_id, budget_line_id) REFERENCES event_budget_lines (account_id, event_id, id) ON DELETE SET NULL (budget_line_id),
  CONSTRAINT fk_event_risks_staff_id FOREIGN KEY(account_id, event_id, staff_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE SET NULL (staff_id),
  CONSTRAINT ck_event_risks_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_event_risks_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_risks_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_risks_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_risks enable row level security;
alter table public.event_risks force row level security;
CREATE INDEX ix_event_risks_budget_line_id ON event_risks (account_id, event_id, budget_line_id) WHERE budget_line_id is not null;
CREATE INDEX ix_event_risks_created_by ON event_risks (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_risks_cue_id ON event_risks (account_id, event_id, cue_id) WHERE cue_id is not null;
CREATE INDEX ix_event_risks_open ON event_risks (account_id, review_on) WHERE status in ('open', 'mitigating');
CREATE INDEX ix_event_risks_owner_id ON event_risks (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_risks_register ON event_risks (account_id, event_id, score, id);
CREATE INDEX ix_event_risks_staff_id ON event_risks (account_id, event_id, staff_id) WHERE staff_id is not null;
CREATE INDEX ix_event_risks_task_id ON event_risks (account_id, event_id, task_id) WHERE task_id is not null;
CREATE INDEX ix_event_risks_updated_by ON event_risks (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_risks is 'Something that may go wrong, how bad, what is done about it, and what it would hit.';
comment on column public.event_risks."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_risks."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_risks."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.event_risks."category" is 'Where it comes from.';
comment on column public.event_risks."title" is 'What may happen, in a line.';
comment on column public.event_risks."description" is 'Cause, event, consequence.';
comment on column public.event_risks."likelihood" is '1 rare to 5 almost certain, before mitigation.';
comment on column public.event_risks."impact" is '1 negligible to 5 severe, before mitigation.';
comment on column public.event_risks."score" is 'Likelihood × impact, 1 to 25.';
comment on column public.event_risks."residual_likelihood" is 'The same after mitigation, as judged.';
comment on column public.event_risks."residual_impact" is 'The same after mitigation, as judged.';
comment on column public.event_risks."residual_score" is 'Residual likelihood × residual impact; empty while not judged.';
comment on column public.event_risks."response" is 'What is done about it in principle.';
comment on column public.event_risks."mitigation" is 'What makes it less likely or less bad.';
comment on column public.event_risks."contingency" is 'What is done if it happens.';
comment on column public.event_risks."trigger_sign" is 'By what one sees that it is happening, such as a wind speed.';
comment on column public.event_risks."owner_id" is '→ account_users: who watches it.';
comment on column public.event_risks."status" is 'Where it stands.';
comment on column public.event_risks."identified_on" is 'When it was first seen.';
comment on column public.event_risks."review_on" is 'Next day on which it is looked at again.';
comment on column public.event_risks."occurred_at" is 'When it happened.';
comment on column public.event_risks."closed_at" is 'When it was closed.';
comment on column public.event_risks."outcome" is 'How it ended; a lesson for the next edition.';
comment on column public.event_risks."exposure_minor" is 'What it would cost.';
comment on column public.event_risks."currency" is 'Currency of the exposure.';
comment on column public.event_risks."cue_id" is '→ event_schedules: the cue it would hit.';
comment on column public.event_risks."task_id" is '→ event_planning: the task it would hit, or that mitigates it.';
comment on column public.event_risks."budget_line_id" is '→ event_budget_lines: the line it would hit.';
comment on column public.event_risks."staff_id" is '→ event_staff: the shift it would hit, or that stands by.';
comment on column public.event_risks."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.event_risks."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.event_risks."created_at" is 'When the row was made.';
comment on column public.event_risks."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_risks."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_risks."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_risks."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE task_dependencies (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  predecessor_id BIGINT NOT NULL,
  successor_id BIGINT NOT NULL,
  kind TEXT DEFAULT 'finish_to_start' NOT NULL,
  lag_days INTEGER DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_task_dependencies PRIMARY KEY (account_id, id),
  CONSTRAINT uq_task_dependencies_pair UNIQUE (account_id, event_id, predecessor_id, successor_id),
  CONSTRAINT ck_task_dependencies_not_on_itself CHECK (predecessor_id <> successor_id),
  CONSTRAINT fk_task_dependencies_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_task_dependencies_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_task_dependencies_predecessor_id FOREIGN KEY(account_id, event_id, predecessor_id) REFERENCES event_planning (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_task_dependencies_successor_id FOREIGN KEY(account_id, event_id, successor_id) REFERENCES event_planning (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_task_dependencies_kind CHECK (kind in ('finish_to_start', 'start_to_start', 'finish_to_finish', 'start_to_finish'))
);
alter table public.task_dependencies enable row level security;
alter table public.task_dependencies force row level security;
CREATE INDEX ix_task_dependencies_successor_id ON task_dependencies (account_id, event_id, successor_id);
comment on table public.task_dependencies is 'One task waits for another; a cycle is refused by the command that adds the row.';
comment on column public.task_dependencies."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.task_dependencies."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.task_dependencies."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.task_dependencies."predecessor_id" is '→ event_planning: the earlier task.';
comment on column public.task_dependencies."successor_id" is '→ event_planning: the task that waits.';
comment on column public.task_dependencies."kind" is 'Which end holds back which.';
comment on column public.task_dependencies."lag_days" is 'Days to wait besides; negative: overlap allowed.';
comment on column public.task_dependencies."created_at" is 'When the row was made.';
comment on column public.task_dependencies."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE update_receipts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  update_id BIGINT NOT NULL,
  member_id BIGINT,
  contact_id BIGINT,
  delivered_at TIMESTAMP WITH TIME ZONE,
  read_at TIMESTAMP WITH TIME ZONE,
  acknowledged_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_update_receipts PRIMARY KEY (account_id, id),
  CONSTRAINT uq_update_receipts_member UNIQUE (account_id, update_id, member_id),
  CONSTRAINT uq_update_receipts_contact UNIQUE (account_id, update_id, contact_id),
  CONSTRAINT ck_update_receipts_member_or_contact CHECK (num_nonnulls(member_id, contact_id) = 1),
  CONSTRAINT fk_update_receipts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_update_receipts_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_update_receipts_update_id FOREIGN KEY(account_id, event_id, update_id) REFERENCES event_updates (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_update_receipts_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_update_receipts_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT
);
alter table public.update_receipts enable row level security;
alter table public.update_receipts force row level security;
CREATE INDEX ix_update_receipts_contact_id ON update_receipts (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_update_receipts_event_id ON update_receipts (account_id, event_id);
CREATE INDEX ix_update_receipts_member_id ON update_receipts (account_id, member_id) WHERE member_id is not null;
CREATE INDEX ix_update_receipts_update_id ON update_receipts (account_id, event_id, update_id);
comment on table public.update_receipts is 'That one person got or read an announcement: a member of the house or a contact, exactly one.';
comment on column public.update_receipts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.update_receipts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.update_receipts."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.update_receipts."update_id" is '→ event_updates';
comment on column public.update_receipts."member_id" is '→ account_users: the member who got it.';
comment on column public.update_receipts."contact_id" is '→ contacts: the outside person who got it.';
comment on column public.update_receipts."delivered_at" is 'When it reached them, as far as the channel tells.';
comment on column public.update_receipts."read_at" is 'When they opened it.';
comment on column public.update_receipts."acknowledged_at" is 'When they said that they have read it.';
comment on column public.update_receipts."created_at" is 'When the row was made.';
comment on column public.update_receipts."updated_at" is 'When the row last changed; kept by trigger.';

ALTER TABLE bookings ADD CONSTRAINT fk_bookings_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE;

ALTER TABLE event_documents ADD CONSTRAINT fk_event_documents_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT;

ALTER TABLE document_versions ADD CONSTRAINT fk_document_versions_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT;

ALTER TABLE event_budget_lines ADD CONSTRAINT fk_event_budget_lines_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT;

ALTER TABLE event_feedback ADD CONSTRAINT fk_event_feedback_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT;

ALTER TABLE event_roi ADD CONSTRAINT fk_event_roi_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT;

ALTER TABLE event_templates ADD CONSTRAINT fk_event_templates_source_event_id FOREIGN KEY(account_id, source_event_id) REFERENCES events (account_id, id) ON DELETE SET NULL (source_event_id);
"""

DOWNGRADE = r"""
ALTER TABLE bookings DROP CONSTRAINT fk_bookings_event_id;
ALTER TABLE event_documents DROP CONSTRAINT fk_event_documents_event_id;
ALTER TABLE document_versions DROP CONSTRAINT fk_document_versions_event_id;
ALTER TABLE event_budget_lines DROP CONSTRAINT fk_event_budget_lines_event_id;
ALTER TABLE event_feedback DROP CONSTRAINT fk_event_feedback_event_id;
ALTER TABLE event_roi DROP CONSTRAINT fk_event_roi_event_id;
ALTER TABLE event_templates DROP CONSTRAINT fk_event_templates_source_event_id;
drop table public.update_receipts;
drop table public.task_dependencies;
drop table public.event_risks;
drop table public.event_planning;
drop table public.event_logistics;
drop table public.cue_crew;
drop table public.event_schedules;
drop table public.event_staff;
drop table public.staff_needs;
drop table public.session_hosts;
drop table public.feedback;
drop table public.sessions;
drop table public.event_xpls;
drop table public.event_venues;
drop table public.event_updates;
drop table public.events;
drop table public.event_templates;
drop table public.event_roi;
drop table public.event_feedback;
drop table public.event_budget_lines;
drop table public.document_versions;
drop table public.event_documents;
drop table public.bookings;
drop table public.venue_spaces;
drop table public.venue_contacts;
drop table public.resources;
drop table public.venues;
drop table public.pipeline_stages;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("update_receipts")
    ops.sync_drop("task_dependencies")
    ops.sync_drop("event_risks")
    ops.sync_drop("event_planning")
    ops.sync_drop("event_logistics")
    ops.sync_drop("cue_crew")
    ops.sync_drop("event_schedules")
    ops.sync_drop("event_staff")
    ops.sync_drop("staff_needs")
    ops.sync_drop("session_hosts")
    ops.sync_drop("feedback")
    ops.sync_drop("sessions")
    ops.sync_drop("event_xpls")
    ops.sync_drop("event_venues")
    ops.sync_drop("event_updates")
    ops.sync_drop("events")
    ops.sync_drop("event_templates")
    ops.sync_drop("event_roi")
    ops.sync_drop("event_feedback")
    ops.sync_drop("event_budget_lines")
    ops.sync_drop("document_versions")
    ops.sync_drop("event_documents")
    ops.sync_drop("bookings")
    ops.sync_drop("venue_spaces")
    ops.sync_drop("venue_contacts")
    ops.sync_drop("resources")
    ops.sync_drop("venues")
    ops.sync_drop("pipeline_stages")
    ops.run(DOWNGRADE)
