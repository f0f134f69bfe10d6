"""Tables of production. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_06_production"
down_revision = "20261121_05_crm"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE fashion_designers (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  label TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  designer_name TEXT,
  organization_id BIGINT,
  contact_id BIGINT,
  press_contact_id BIGINT,
  owner_id BIGINT,
  status TEXT DEFAULT 'active' NOT NULL,
  biography TEXT,
  statement TEXT,
  categories TEXT[] DEFAULT '{}'::text[] NOT NULL,
  seasons TEXT[] DEFAULT '{}'::text[] NOT NULL,
  founded_year SMALLINT,
  country CHAR(2),
  city TEXT,
  website TEXT,
  social JSONB DEFAULT '{}'::jsonb NOT NULL,
  portfolio_url TEXT,
  logo_asset_id BIGINT,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_fashion_designers PRIMARY KEY (account_id, id),
  CONSTRAINT ck_fashion_designers_founded_in_a_plausible_year CHECK (founded_year between 1700 and 2200),
  CONSTRAINT fk_fashion_designers_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_fashion_designers_label CHECK (length(label) between 1 and 200),
  CONSTRAINT fk_fashion_designers_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fashion_designers_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fashion_designers_press_contact_id FOREIGN KEY(account_id, press_contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fashion_designers_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_fashion_designers_status CHECK (status in ('prospect', 'active', 'alumni')),
  CONSTRAINT ck_fashion_designers_country CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT ck_fashion_designers_website CHECK (website ~ '^https?://[^ ]+$' and length(website) <= 2000),
  CONSTRAINT ck_fashion_designers_social CHECK (jsonb_typeof(social) = 'object'),
  CONSTRAINT ck_fashion_designers_portfolio_url CHECK (portfolio_url ~ '^https?://[^ ]+$' and length(portfolio_url) <= 2000),
  CONSTRAINT ck_fashion_designers_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_fashion_designers_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fashion_designers_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.fashion_designers enable row level security;
alter table public.fashion_designers force row level security;
CREATE INDEX ix_fashion_designers_contact_id ON fashion_designers (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_fashion_designers_created_by ON fashion_designers (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_fashion_designers_custom ON fashion_designers USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_fashion_designers_list ON fashion_designers (account_id, name_sort, id) WHERE archived_at is null;
CREATE INDEX ix_fashion_designers_logo_asset_id ON fashion_designers (account_id, logo_asset_id) WHERE logo_asset_id is not null;
CREATE INDEX ix_fashion_designers_organization_id ON fashion_designers (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_fashion_designers_owner_id ON fashion_designers (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_fashion_designers_press_contact_id ON fashion_designers (account_id, press_contact_id) WHERE press_contact_id is not null;
CREATE INDEX ix_fashion_designers_search_text_trgm ON fashion_designers USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_fashion_designers_tags ON fashion_designers USING gin (account_id, tags);
CREATE INDEX ix_fashion_designers_updated_by ON fashion_designers (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_fashion_designers_label ON fashion_designers (account_id, lower(label)) WHERE archived_at is null;
comment on table public.fashion_designers is 'A label that shows collections: the company behind it, the person, its seasons and portfolio.';
comment on column public.fashion_designers."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.fashion_designers."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.fashion_designers."label" is 'The label as printed in the programme; unique among designers in use.';
comment on column public.fashion_designers."name_sort" is 'Label as sorted; kept by trigger.';
comment on column public.fashion_designers."search_text" is 'Label, designer and seasons for fragment search; kept by trigger.';
comment on column public.fashion_designers."designer_name" is 'The creative head as credited, where no contact says it.';
comment on column public.fashion_designers."organization_id" is '→ organizations: the company behind the label.';
comment on column public.fashion_designers."contact_id" is '→ contacts: the designer.';
comment on column public.fashion_designers."press_contact_id" is '→ contacts: who answers for press and samples.';
comment on column public.fashion_designers."owner_id" is '→ account_users: who in the house looks after the label.';
comment on column public.fashion_designers."status" is 'How the house stands with it.';
comment on column public.fashion_designers."biography" is 'For programme and press, in Markdown.';
comment on column public.fashion_designers."statement" is 'One line on what it stands for.';
comment on column public.fashion_designers."categories" is 'What it makes, lower-case: womenswear, couture, accessories, …';
comment on column public.fashion_designers."seasons" is 'Seasons it has shown or will show with the house, as events write them.';
comment on column public.fashion_designers."founded_year" is 'Year in which the label was founded.';
comment on column public.fashion_designers."country" is 'Where it is at home.';
comment on column public.fashion_designers."city" is 'Where its studio is.';
comment on column public.fashion_designers."website" is 'Its public page.';
comment on column public.fashion_designers."social" is 'Handles by platform, without @.';
comment on column public.fashion_designers."portfolio_url" is 'Look books kept elsewhere; pictures of ours stand in portfolio_items.';
comment on column public.fashion_designers."logo_asset_id" is '→ media_assets: its logo.';
comment on column public.fashion_designers."notes" is 'Internal remarks.';
comment on column public.fashion_designers."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.fashion_designers."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.fashion_designers."created_at" is 'When the row was made.';
comment on column public.fashion_designers."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.fashion_designers."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.fashion_designers."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.fashion_designers."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.fashion_designers."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE looks (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  designer_id BIGINT NOT NULL,
  number INTEGER NOT NULL,
  name TEXT,
  description TEXT,
  status TEXT DEFAULT 'planned' NOT NULL,
  garments JSONB DEFAULT '[]'::jsonb NOT NULL,
  accessories TEXT,
  shoes TEXT,
  sample_size TEXT,
  change_minutes INTEGER DEFAULT 3 NOT NULL,
  dressers INTEGER DEFAULT 1 NOT NULL,
  hair_notes TEXT,
  makeup_notes TEXT,
  styling_notes TEXT,
  picture_asset_id BIGINT,
  insured_minor BIGINT,
  currency CHAR(3),
  received_on DATE,
  return_due_on DATE,
  returned_on DATE,
  position INTEGER DEFAULT 0 NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_looks PRIMARY KEY (account_id, id),
  CONSTRAINT uq_looks_number UNIQUE (account_id, event_id, designer_id, number) DEFERRABLE INITIALLY IMMEDIATE,
  CONSTRAINT ck_looks_value_has_currency CHECK (insured_minor is null or currency is not null),
  CONSTRAINT ck_looks_value_not_negative CHECK (insured_minor >= 0),
  CONSTRAINT fk_looks_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_looks_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_looks_designer_id FOREIGN KEY(account_id, designer_id) REFERENCES fashion_designers (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_looks_number CHECK (number > 0),
  CONSTRAINT ck_looks_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_looks_status CHECK (status in ('planned', 'received', 'fitted', 'ready', 'shown', 'returned', 'cut')),
  CONSTRAINT ck_looks_garments CHECK (jsonb_typeof(garments) = 'array'),
  CONSTRAINT ck_looks_change_minutes CHECK (change_minutes >= 0),
  CONSTRAINT ck_looks_dressers CHECK (dressers > 0),
  CONSTRAINT ck_looks_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_looks_position CHECK (position >= 0),
  CONSTRAINT ck_looks_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_looks_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_looks_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_looks_event_key UNIQUE (account_id, event_id, id)
);
alter table public.looks enable row level security;
alter table public.looks force row level security;
CREATE INDEX ix_looks_created_by ON looks (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_looks_designer_id ON looks (account_id, designer_id);
CREATE INDEX ix_looks_picture_asset_id ON looks (account_id, picture_asset_id) WHERE picture_asset_id is not null;
CREATE INDEX ix_looks_status ON looks (account_id, event_id, status);
CREATE INDEX ix_looks_updated_by ON looks (account_id, updated_by) WHERE updated_by is not null;
comment on table public.looks is 'An outfit of a designer shown at an event: garments, change time, picture.';
comment on column public.looks."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.looks."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.looks."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.looks."designer_id" is '→ fashion_designers';
comment on column public.looks."number" is 'Number of the look in the designer''s collection at this event.';
comment on column public.looks."name" is 'Working title, if it has one.';
comment on column public.looks."description" is 'For programme and press.';
comment on column public.looks."status" is 'Where it stands on its way to the runway and back.';
comment on column public.looks."garments" is 'Objects of name, size, material, colour and reference, outermost first.';
comment on column public.looks."accessories" is 'Jewellery, bags, hats.';
comment on column public.looks."shoes" is 'Shoes and size.';
comment on column public.looks."sample_size" is 'Size as the trade writes it.';
comment on column public.looks."change_minutes" is 'Time needed to change into it; checked between two looks of one model.';
comment on column public.looks."dressers" is 'Hands needed for the change.';
comment on column public.looks."hair_notes" is 'Hair for this look.';
comment on column public.looks."makeup_notes" is 'Make-up for this look.';
comment on column public.looks."styling_notes" is 'How it is worn; what must not show.';
comment on column public.looks."picture_asset_id" is '→ media_assets: picture for line-up and dresser''s card.';
comment on column public.looks."insured_minor" is 'Value insured.';
comment on column public.looks."currency" is 'Currency of the value.';
comment on column public.looks."received_on" is 'When the pieces arrived.';
comment on column public.looks."return_due_on" is 'By when they go back.';
comment on column public.looks."returned_on" is 'When they went back.';
comment on column public.looks."position" is 'Order on the collection board, from 0.';
comment on column public.looks."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.looks."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.looks."created_at" is 'When the row was made.';
comment on column public.looks."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.looks."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.looks."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.looks."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE models (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  contact_id BIGINT NOT NULL,
  display_name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  agency_id BIGINT,
  mother_agency_id BIGINT,
  booker_contact_id BIGINT,
  board TEXT,
  status TEXT DEFAULT 'active' NOT NULL,
  pronouns TEXT,
  nationality CHAR(2),
  based_in TEXT,
  height_mm INTEGER,
  bust_mm INTEGER,
  waist_mm INTEGER,
  hips_mm INTEGER,
  inseam_mm INTEGER,
  sleeve_mm INTEGER,
  shoulder_mm INTEGER,
  neck_mm INTEGER,
  head_mm INTEGER,
  shoe_eu_tenths INTEGER,
  garment_size TEXT,
  hair_colour TEXT,
  eye_colour TEXT,
  marks TEXT,
  measured_on DATE,
  born_on DATE,
  guardian_contact_id BIGINT,
  guardian_consent_on DATE,
  work_permit_until DATE,
  available_from DATE,
  available_until DATE,
  currency CHAR(3),
  show_rate_minor BIGINT,
  fitting_rate_minor BIGINT,
  hourly_rate_minor BIGINT,
  day_rate_minor BIGINT,
  rest_minutes INTEGER DEFAULT 0 NOT NULL,
  portfolio_url TEXT,
  social JSONB DEFAULT '{}'::jsonb NOT NULL,
  cover_asset_id BIGINT,
  owner_id BIGINT,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_models PRIMARY KEY (account_id, id),
  CONSTRAINT uq_models_contact UNIQUE (account_id, contact_id),
  CONSTRAINT uq_models_contact_key UNIQUE (account_id, id, contact_id),
  CONSTRAINT ck_models_height_is_in_millimetres CHECK (height_mm between 500 and 2500),
  CONSTRAINT ck_models_shoe_is_in_tenths CHECK (shoe_eu_tenths between 100 and 600),
  CONSTRAINT ck_models_rates_have_currency CHECK (currency is not null or num_nonnulls(show_rate_minor, fitting_rate_minor, hourly_rate_minor, day_rate_minor) = 0),
  CONSTRAINT ck_models_rates_not_negative CHECK (least(show_rate_minor, fitting_rate_minor, hourly_rate_minor, day_rate_minor) >= 0),
  CONSTRAINT ck_models_not_own_guardian CHECK (guardian_contact_id <> contact_id),
  CONSTRAINT fk_models_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_models_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_models_display_name CHECK (length(display_name) between 1 and 200),
  CONSTRAINT fk_models_agency_id FOREIGN KEY(account_id, agency_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_models_mother_agency_id FOREIGN KEY(account_id, mother_agency_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_models_booker_contact_id FOREIGN KEY(account_id, booker_contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_models_board CHECK (board in ('women', 'men', 'non_binary', 'new_faces', 'development', 'image', 'curve', 'classic', 'kids', 'talent')),
  CONSTRAINT ck_models_status CHECK (status in ('active', 'on_hold', 'inactive')),
  CONSTRAINT ck_models_nationality CHECK (nationality ~ '^[A-Z]{2}$'),
  CONSTRAINT ck_models_height_mm CHECK (height_mm > 0),
  CONSTRAINT ck_models_bust_mm CHECK (bust_mm > 0),
  CONSTRAINT ck_models_waist_mm CHECK (waist_mm > 0),
  CONSTRAINT ck_models_hips_mm CHECK (hips_mm > 0),
  CONSTRAINT ck_models_inseam_mm CHECK (inseam_mm > 0),
  CONSTRAINT ck_models_sleeve_mm CHECK (sleeve_mm > 0),
  CONSTRAINT ck_models_shoulder_mm CHECK (shoulder_mm > 0),
  CONSTRAINT ck_models_neck_mm CHECK (neck_mm > 0),
  CONSTRAINT ck_models_head_mm CHECK (head_mm > 0),
  CONSTRAINT ck_models_shoe_eu_tenths CHECK (shoe_eu_tenths > 0),
  CONSTRAINT fk_models_guardian_contact_id FOREIGN KEY(account_id, guardian_contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_models_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_models_rest_minutes CHECK (rest_minutes >= 0),
  CONSTRAINT ck_models_portfolio_url CHECK (portfolio_url ~ '^https?://[^ ]+$' and length(portfolio_url) <= 2000),
  CONSTRAINT ck_models_social CHECK (jsonb_typeof(social) = 'object'),
  CONSTRAINT fk_models_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_models_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_models_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_models_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.models enable row level security;
alter table public.models force row level security;
CREATE INDEX ix_models_agency_id ON models (account_id, agency_id) WHERE agency_id is not null;
CREATE INDEX ix_models_board ON models (account_id, board, status, name_sort);
CREATE INDEX ix_models_booker_contact_id ON models (account_id, booker_contact_id) WHERE booker_contact_id is not null;
CREATE INDEX ix_models_cover_asset_id ON models (account_id, cover_asset_id) WHERE cover_asset_id is not null;
CREATE INDEX ix_models_created_by ON models (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_models_custom ON models USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_models_guardian_contact_id ON models (account_id, guardian_contact_id) WHERE guardian_contact_id is not null;
CREATE INDEX ix_models_height ON models (account_id, height_mm) WHERE archived_at is null;
CREATE INDEX ix_models_list ON models (account_id, name_sort, id) WHERE archived_at is null;
CREATE INDEX ix_models_mother_agency_id ON models (account_id, mother_agency_id) WHERE mother_agency_id is not null;
CREATE INDEX ix_models_owner_id ON models (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_models_search_text_trgm ON models USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_models_tags ON models USING gin (account_id, tags);
CREATE INDEX ix_models_updated_by ON models (account_id, updated_by) WHERE updated_by is not null;
comment on table public.models is 'A person who can be cast: agency, board, measurements, rates, age rules.';
comment on column public.models."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.models."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.models."contact_id" is '→ contacts: the person, whom the clash rule knows.';
comment on column public.models."display_name" is 'As on the board and in the line-up.';
comment on column public.models."name_sort" is 'Display name as sorted; kept by trigger.';
comment on column public.models."search_text" is 'Display name for fragment search; kept by trigger.';
comment on column public.models."agency_id" is '→ organizations: the agency that books the model here.';
comment on column public.models."mother_agency_id" is '→ organizations: the agency that built the career, where another.';
comment on column public.models."booker_contact_id" is '→ contacts: the booker to call.';
comment on column public.models."board" is 'The board on which the agency shows the model.';
comment on column public.models."status" is 'Whether the model can be cast.';
comment on column public.models."pronouns" is 'As the model wishes.';
comment on column public.models."nationality" is 'Passport, for visas.';
comment on column public.models."based_in" is 'City from which travel is counted.';
comment on column public.models."height_mm" is 'Height without shoes.';
comment on column public.models."bust_mm" is 'Bust or chest.';
comment on column public.models."waist_mm" is 'Waist.';
comment on column public.models."hips_mm" is 'Hips.';
comment on column public.models."inseam_mm" is 'Inner leg.';
comment on column public.models."sleeve_mm" is 'Centre back to wrist.';
comment on column public.models."shoulder_mm" is 'Shoulder to shoulder.';
comment on column public.models."neck_mm" is 'Neck.';
comment on column public.models."head_mm" is 'Around the head, for hats.';
comment on column public.models."shoe_eu_tenths" is 'European shoe size times ten: 395 is 39.5.';
comment on column public.models."garment_size" is 'Sample size as the trade writes it: “IT 38”, “48”.';
comment on column public.models."hair_colour" is 'As on the card.';
comment on column public.models."eye_colour" is 'As on the card.';
comment on column public.models."marks" is 'Tattoos, piercings, scars that matter for looks.';
comment on column public.models."measured_on" is 'When the measurements were taken.';
comment on column public.models."born_on" is 'Date of birth; a run''s minimum age is checked against it on the day of the run. Needs measurements.read.';
comment on column public.models."guardian_contact_id" is '→ contacts: parent or guardian of a minor.';
comment on column public.models."guardian_consent_on" is 'When the guardian agreed in writing.';
comment on column public.models."work_permit_until" is 'Last day of the permit to work here, where one is needed.';
comment on column public.models."available_from" is 'First day in town; finer spans stand in model_availability.';
comment on column public.models."available_until" is 'Last day in town.';
comment on column public.models."currency" is 'Currency of the rates.';
comment on column public.models."show_rate_minor" is 'Usual fee per show.';
comment on column public.models."fitting_rate_minor" is 'Usual fee per fitting.';
comment on column public.models."hourly_rate_minor" is 'Usual fee per hour.';
comment on column public.models."day_rate_minor" is 'Usual fee per day.';
comment on column public.models."rest_minutes" is 'Least rest after a call; proposed for castings.';
comment on column public.models."portfolio_url" is 'The agency''s page of the model; pictures of ours stand in portfolio_items.';
comment on column public.models."social" is 'Handles by platform, without @.';
comment on column public.models."cover_asset_id" is '→ media_assets: card picture in lists and line-up.';
comment on column public.models."owner_id" is '→ account_users: the casting director in charge.';
comment on column public.models."notes" is 'Internal remarks.';
comment on column public.models."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.models."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.models."created_at" is 'When the row was made.';
comment on column public.models."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.models."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.models."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.models."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.models."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE model_availability (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  model_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  kind TEXT DEFAULT 'unavailable' NOT NULL,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_model_availability PRIMARY KEY (account_id, id),
  CONSTRAINT fk_model_availability_same_person FOREIGN KEY(account_id, model_id, contact_id) REFERENCES models (account_id, id, contact_id) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_model_availability_starts_before_ends CHECK (starts_at < ends_at),
  CONSTRAINT fk_model_availability_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_model_availability_model_id FOREIGN KEY(account_id, model_id) REFERENCES models (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_model_availability_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_model_availability_kind CHECK (kind in ('available', 'tentative', 'unavailable'))
);
alter table public.model_availability enable row level security;
alter table public.model_availability force row level security;
CREATE INDEX ix_model_availability_contact_id ON model_availability (account_id, contact_id);
CREATE INDEX ix_model_availability_span ON model_availability (account_id, model_id, starts_at);
comment on table public.model_availability is 'What is known about a span of a model''s time; unavailable spans keep castings and fittings away.';
comment on column public.model_availability."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.model_availability."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.model_availability."model_id" is '→ models';
comment on column public.model_availability."contact_id" is '→ contacts: the model''s person; kept by trigger.';
comment on column public.model_availability."starts_at" is 'Start of the span.';
comment on column public.model_availability."ends_at" is 'End of the span.';
comment on column public.model_availability."kind" is 'What is known about it.';
comment on column public.model_availability."note" is 'Who said so, where the model is.';
comment on column public.model_availability."created_at" is 'When the row was made.';
comment on column public.model_availability."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE portfolio_items (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  designer_id BIGINT,
  model_id BIGINT,
  asset_id BIGINT NOT NULL,
  caption TEXT,
  season TEXT,
  taken_on DATE,
  is_polaroid BOOLEAN DEFAULT false NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_portfolio_items PRIMARY KEY (account_id, id),
  CONSTRAINT uq_portfolio_items_designer UNIQUE (account_id, designer_id, asset_id),
  CONSTRAINT uq_portfolio_items_model UNIQUE (account_id, model_id, asset_id),
  CONSTRAINT ck_portfolio_items_designer_or_model CHECK (num_nonnulls(designer_id, model_id) = 1),
  CONSTRAINT fk_portfolio_items_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_portfolio_items_designer_id FOREIGN KEY(account_id, designer_id) REFERENCES fashion_designers (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_portfolio_items_model_id FOREIGN KEY(account_id, model_id) REFERENCES models (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_portfolio_items_position CHECK (position >= 0)
);
alter table public.portfolio_items enable row level security;
alter table public.portfolio_items force row level security;
CREATE INDEX ix_portfolio_items_asset_id ON portfolio_items (account_id, asset_id);
comment on table public.portfolio_items is 'A picture or film in the portfolio of a designer or of a model, exactly one of them.';
comment on column public.portfolio_items."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.portfolio_items."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.portfolio_items."designer_id" is '→ fashion_designers';
comment on column public.portfolio_items."model_id" is '→ models';
comment on column public.portfolio_items."asset_id" is '→ media_assets';
comment on column public.portfolio_items."caption" is 'Under the picture.';
comment on column public.portfolio_items."season" is 'Season it shows, as events write it.';
comment on column public.portfolio_items."taken_on" is 'When it was taken; polaroids age.';
comment on column public.portfolio_items."is_polaroid" is 'Whether it is an unretouched digital.';
comment on column public.portfolio_items."position" is 'Order in the portfolio, from 0.';
comment on column public.portfolio_items."created_at" is 'When the row was made.';
comment on column public.portfolio_items."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE production_runs (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  designer_id BIGINT,
  name TEXT NOT NULL,
  kind TEXT DEFAULT 'show' NOT NULL,
  rehearsal_of_id BIGINT,
  session_id BIGINT,
  space_id BIGINT,
  stage_id BIGINT,
  director_id BIGINT,
  status TEXT DEFAULT 'planned' NOT NULL,
  planned_start_at TIMESTAMP WITH TIME ZONE,
  planned_end_at TIMESTAMP WITH TIME ZONE,
  actual_start_at TIMESTAMP WITH TIME ZONE,
  actual_end_at TIMESTAMP WITH TIME ZONE,
  lineup_status TEXT DEFAULT 'draft' NOT NULL,
  lineup_locked_at TIMESTAMP WITH TIME ZONE,
  exit_interval_seconds INTEGER DEFAULT 30 NOT NULL,
  walk_seconds INTEGER DEFAULT 60 NOT NULL,
  minimum_age INTEGER DEFAULT 16 NOT NULL,
  soundtrack TEXT,
  choreography TEXT,
  hair_notes TEXT,
  makeup_notes TEXT,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_production_runs PRIMARY KEY (account_id, id),
  CONSTRAINT ck_production_runs_planned_start_before_end CHECK (planned_start_at < planned_end_at),
  CONSTRAINT ck_production_runs_actual_start_before_end CHECK (actual_start_at <= actual_end_at),
  CONSTRAINT ck_production_runs_live_has_started CHECK (status <> 'live' or actual_start_at is not null),
  CONSTRAINT ck_production_runs_done_has_ended CHECK (status <> 'done' or actual_end_at is not null),
  CONSTRAINT ck_production_runs_locked_has_time CHECK (lineup_status <> 'locked' or lineup_locked_at is not null),
  CONSTRAINT ck_production_runs_not_rehearsal_of_itself CHECK (rehearsal_of_id <> id),
  CONSTRAINT fk_production_runs_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_production_runs_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_production_runs_designer_id FOREIGN KEY(account_id, designer_id) REFERENCES fashion_designers (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_production_runs_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_production_runs_kind CHECK (kind in ('show', 'first_rehearsal', 'dress_rehearsal', 'technical_rehearsal', 'presentation', 'shoot')),
  CONSTRAINT fk_production_runs_rehearsal_of_id FOREIGN KEY(account_id, event_id, rehearsal_of_id) REFERENCES production_runs (account_id, event_id, id) ON DELETE SET NULL (rehearsal_of_id),
  CONSTRAINT fk_production_runs_session_id FOREIGN KEY(account_id, event_id, session_id) REFERENCES sessions (account_id, event_id, id) ON DELETE SET NULL (session_id),
  CONSTRAINT fk_production_runs_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_production_runs_stage_id FOREIGN KEY(account_id, stage_id) REFERENCES pipeline_stages (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_production_runs_director_id FOREIGN KEY(account_id, event_id, director_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE SET NULL (director_id),
  CONSTRAINT ck_production_runs_status CHECK (status in ('planned', 'ready', 'live', 'done', 'cancelled')),
  CONSTRAINT ck_production_runs_lineup_status CHECK (lineup_status in ('draft', 'published', 'locked')),
  CONSTRAINT ck_production_runs_exit_interval_seconds CHECK (exit_interval_seconds > 0),
  CONSTRAINT ck_production_runs_walk_seconds CHECK (walk_seconds > 0),
  CONSTRAINT ck_production_runs_minimum_age CHECK (minimum_age >= 0),
  CONSTRAINT ck_production_runs_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_production_runs_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_production_runs_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_production_runs_event_key UNIQUE (account_id, event_id, id)
);
alter table public.production_runs enable row level security;
alter table public.production_runs force row level security;
CREATE INDEX ix_production_runs_board ON production_runs (account_id, stage_id, planned_start_at);
CREATE INDEX ix_production_runs_clock ON production_runs (account_id, event_id, planned_start_at);
CREATE INDEX ix_production_runs_created_by ON production_runs (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_production_runs_designer_id ON production_runs (account_id, designer_id) WHERE designer_id is not null;
CREATE INDEX ix_production_runs_director_id ON production_runs (account_id, event_id, director_id) WHERE director_id is not null;
CREATE INDEX ix_production_runs_live ON production_runs (account_id) WHERE status in ('ready', 'live');
CREATE INDEX ix_production_runs_rehearsal_of_id ON production_runs (account_id, event_id, rehearsal_of_id) WHERE rehearsal_of_id is not null;
CREATE INDEX ix_production_runs_session_id ON production_runs (account_id, event_id, session_id) WHERE session_id is not null;
CREATE INDEX ix_production_runs_space_id ON production_runs (account_id, space_id) WHERE space_id is not null;
CREATE INDEX ix_production_runs_updated_by ON production_runs (account_id, updated_by) WHERE updated_by is not null;
comment on table public.production_runs is 'One pass over a line-up: the show, or a rehearsal of it.';
comment on column public.production_runs."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.production_runs."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.production_runs."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.production_runs."designer_id" is '→ fashion_designers: whose collection; empty for a group show.';
comment on column public.production_runs."name" is 'As on the call sheet.';
comment on column public.production_runs."kind" is 'What the pass is for.';
comment on column public.production_runs."rehearsal_of_id" is '→ production_runs: the show that it rehearses.';
comment on column public.production_runs."session_id" is '→ sessions: the programme item that guests see.';
comment on column public.production_runs."space_id" is '→ venue_spaces: where it runs.';
comment on column public.production_runs."stage_id" is '→ pipeline_stages: its column on the production board; a stage of the process production.';
comment on column public.production_runs."director_id" is '→ event_staff: who calls the show.';
comment on column public.production_runs."status" is 'Where it stands; guarded.';
comment on column public.production_runs."planned_start_at" is 'First look out, as planned.';
comment on column public.production_runs."planned_end_at" is 'After the finale, as planned.';
comment on column public.production_runs."actual_start_at" is 'First look out.';
comment on column public.production_runs."actual_end_at" is 'After the finale.';
comment on column public.production_runs."lineup_status" is 'Whether the line-up may still change.';
comment on column public.production_runs."lineup_locked_at" is 'When the line-up was locked.';
comment on column public.production_runs."exit_interval_seconds" is 'Seconds between two exits; gives exit times where a look has none of its own.';
comment on column public.production_runs."walk_seconds" is 'How long a look is out; the change begins after it.';
comment on column public.production_runs."minimum_age" is 'Youngest model admitted, in years on the day of the run.';
comment on column public.production_runs."soundtrack" is 'Music, by whom.';
comment on column public.production_runs."choreography" is 'Route, turns, finale.';
comment on column public.production_runs."hair_notes" is 'Hair direction for all looks.';
comment on column public.production_runs."makeup_notes" is 'Make-up direction for all looks.';
comment on column public.production_runs."notes" is 'Internal remarks.';
comment on column public.production_runs."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.production_runs."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.production_runs."created_at" is 'When the row was made.';
comment on column public.production_runs."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.production_runs."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.production_runs."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.production_runs."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE castings (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  model_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  stage_id BIGINT,
  status TEXT DEFAULT 'requested' NOT NULL,
  option_rank SMALLINT,
  option_expires_at TIMESTAMP WITH TIME ZONE,
  place TEXT,
  call_starts_at TIMESTAMP WITH TIME ZONE,
  call_ends_at TIMESTAMP WITH TIME ZONE,
  rest_minutes INTEGER DEFAULT 0 NOT NULL,
  fee_minor BIGINT,
  fee_unit TEXT DEFAULT 'show' NOT NULL,
  currency CHAR(3),
  agency_fee_ppm INTEGER,
  usage_rights TEXT,
  requested_at TIMESTAMP WITH TIME ZONE,
  answered_at TIMESTAMP WITH TIME ZONE,
  confirmed_at TIMESTAMP WITH TIME ZONE,
  released_at TIMESTAMP WITH TIME ZONE,
  release_reason TEXT,
  decided_by BIGINT,
  budget_line_id BIGINT,
  document_id BIGINT,
  rating INTEGER,
  notes TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_castings PRIMARY KEY (account_id, id),
  CONSTRAINT fk_castings_same_person FOREIGN KEY(account_id, model_id, contact_id) REFERENCES models (account_id, id, contact_id) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_castings_rank_one_to_three CHECK (option_rank between 1 and 3),
  CONSTRAINT ck_castings_option_has_rank CHECK (status <> 'option' or option_rank is not null),
  CONSTRAINT ck_castings_confirmed_has_no_rank CHECK (status <> 'confirmed' or option_rank is null),
  CONSTRAINT ck_castings_confirmed_has_times CHECK (status <> 'confirmed' or num_nonnulls(call_starts_at, call_ends_at, confirmed_at) = 3),
  CONSTRAINT ck_castings_call_before_release CHECK (call_starts_at < call_ends_at),
  CONSTRAINT ck_castings_fee_has_currency CHECK (fee_minor is null or currency is not null),
  CONSTRAINT ck_castings_fee_not_negative CHECK (fee_minor >= 0),
  CONSTRAINT ck_castings_agency_fee_is_a_share CHECK (agency_fee_ppm between 0 and 1000000),
  CONSTRAINT fk_castings_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_castings_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_castings_run_id FOREIGN KEY(account_id, event_id, run_id) REFERENCES production_runs (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_castings_model_id FOREIGN KEY(account_id, model_id) REFERENCES models (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_castings_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_castings_stage_id FOREIGN KEY(account_id, stage_id) REFERENCES pipeline_stages (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_castings_status CHECK (status in ('requested', 'option', 'confirmed', 'released', 'declined', 'cancelled')),
  CONSTRAINT ck_castings_place CHECK (length(place) between 1 and 120),
  CONSTRAINT ck_castings_rest_minutes CHECK (rest_minutes >= 0),
  CONSTRAINT ck_castings_fee_unit CHECK (fee_unit in ('show', 'hour', 'half_day', 'day', 'trade')),
  CONSTRAINT ck_castings_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_castings_agency_fee_ppm CHECK (agency_fee_ppm >= 0),
  CONSTRAINT fk_castings_decided_by FOREIGN KEY(account_id, decided_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_castings_budget_line_id FOREIGN KEY(account_id, event_id, budget_line_id) REFERENCES event_budget_lines (account_id, event_id, id) ON DELETE SET NULL (budget_line_id),
  CONSTRAINT fk_castings_document_id FOREIGN KEY(account_id, event_id, document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE SET NULL (document_id),
  CONSTRAINT ck_castings_rating CHECK (rating >= 0),
  CONSTRAINT ck_castings_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_castings_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_castings_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_castings_event_key UNIQUE (account_id, event_id, id)
);
alter table public.castings enable row level security;
alter table public.castings force row level security;
CREATE INDEX ix_castings_board ON castings (account_id, event_id, run_id, status, option_rank);
CREATE INDEX ix_castings_budget_line_id ON castings (account_id, event_id, budget_line_id) WHERE budget_line_id is not null;
CREATE INDEX ix_castings_contact_id ON castings (account_id, contact_id);
CREATE INDEX ix_castings_created_by ON castings (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_castings_decided_by ON castings (account_id, decided_by) WHERE decided_by is not null;
CREATE INDEX ix_castings_document_id ON castings (account_id, event_id, document_id) WHERE document_id is not null;
CREATE INDEX ix_castings_expiring ON castings (account_id, option_expires_at) WHERE status = 'option';
CREATE INDEX ix_castings_model_id ON castings (account_id, model_id);
CREATE INDEX ix_castings_stage_id ON castings (account_id, stage_id) WHERE stage_id is not null;
CREATE INDEX ix_castings_updated_by ON castings (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_castings_active ON castings (account_id, run_id, model_id) WHERE status in ('requested', 'option', 'confirmed');
CREATE UNIQUE INDEX uq_castings_place_confirmed ON castings (account_id, run_id, place) WHERE status = 'confirmed' and place is not null;
CREATE UNIQUE INDEX uq_castings_place_rank ON castings (account_id, run_id, place, option_rank) WHERE status = 'option' and place is not null;
comment on table public.castings is 'A model for a run: asked for, on option of rank 1 to 3, or confirmed.';
comment on column public.castings."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.castings."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.castings."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.castings."run_id" is '→ production_runs';
comment on column public.castings."model_id" is '→ models';
comment on column public.castings."contact_id" is '→ contacts: the model''s person, whom the clash rule knows; kept by trigger.';
comment on column public.castings."stage_id" is '→ pipeline_stages: its column on the casting board; a stage of the process casting.';
comment on column public.castings."status" is 'Where it stands; guarded.';
comment on column public.castings."option_rank" is '1 first, 2 second, 3 third option; kept after release, empty once confirmed.';
comment on column public.castings."option_expires_at" is 'When the option lapses; a job releases it and moves the next up.';
comment on column public.castings."place" is 'The place that options compete for (“Opening”, “Look 12”); empty: none in particular.';
comment on column public.castings."call_starts_at" is 'When the model must be there: call time, hair and make-up included.';
comment on column public.castings."call_ends_at" is 'When the model is released.';
comment on column public.castings."rest_minutes" is 'Least rest after the release.';
comment on column public.castings."fee_minor" is 'Fee agreed; shown with pay.read only.';
comment on column public.castings."fee_unit" is 'What the fee is for.';
comment on column public.castings."currency" is 'Currency of the fee.';
comment on column public.castings."agency_fee_ppm" is 'What the agency adds to the fee, in parts per million of it.';
comment on column public.castings."usage_rights" is 'Where and how long pictures may be used.';
comment on column public.castings."requested_at" is 'When the agency was asked.';
comment on column public.castings."answered_at" is 'When it answered.';
comment on column public.castings."confirmed_at" is 'When the booking was confirmed.';
comment on column public.castings."released_at" is 'When the option or booking was given back.';
comment on column public.castings."release_reason" is 'Why, as told to the agency.';
comment on column public.castings."decided_by" is '→ account_users: who confirmed or released it.';
comment on column public.castings."budget_line_id" is '→ event_budget_lines: the line that pays for it.';
comment on column public.castings."document_id" is '→ event_documents: the booking form.';
comment on column public.castings."rating" is 'The casting director''s marks, 0 to 10.';
comment on column public.castings."notes" is 'Internal remarks.';
comment on column public.castings."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.castings."created_at" is 'When the row was made.';
comment on column public.castings."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.castings."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.castings."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.castings."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE fittings (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  model_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  look_id BIGINT,
  run_id BIGINT,
  casting_id BIGINT,
  fitter_id BIGINT,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  space_id BIGINT,
  shares_space BOOLEAN DEFAULT false NOT NULL,
  location_text TEXT,
  round INTEGER DEFAULT 1 NOT NULL,
  status TEXT DEFAULT 'scheduled' NOT NULL,
  result TEXT DEFAULT 'pending' NOT NULL,
  alterations TEXT,
  alterations_due_on DATE,
  alterations_done_at TIMESTAMP WITH TIME ZONE,
  picture_asset_id BIGINT,
  notes TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_fittings PRIMARY KEY (account_id, id),
  CONSTRAINT fk_fittings_same_person FOREIGN KEY(account_id, model_id, contact_id) REFERENCES models (account_id, id, contact_id) ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_fittings_starts_before_ends CHECK (starts_at < ends_at),
  CONSTRAINT ck_fittings_only_done_has_result CHECK (result = 'pending' or status = 'done'),
  CONSTRAINT fk_fittings_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_fittings_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fittings_model_id FOREIGN KEY(account_id, model_id) REFERENCES models (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fittings_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fittings_look_id FOREIGN KEY(account_id, event_id, look_id) REFERENCES looks (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fittings_run_id FOREIGN KEY(account_id, event_id, run_id) REFERENCES production_runs (account_id, event_id, id) ON DELETE SET NULL (run_id),
  CONSTRAINT fk_fittings_casting_id FOREIGN KEY(account_id, event_id, casting_id) REFERENCES castings (account_id, event_id, id) ON DELETE SET NULL (casting_id),
  CONSTRAINT fk_fittings_fitter_id FOREIGN KEY(account_id, event_id, fitter_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE SET NULL (fitter_id),
  CONSTRAINT fk_fittings_space_id FOREIGN KEY(account_id, space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_fittings_round CHECK (round > 0),
  CONSTRAINT ck_fittings_status CHECK (status in ('scheduled', 'done', 'cancelled', 'no_show')),
  CONSTRAINT ck_fittings_result CHECK (result in ('pending', 'fits', 'alterations', 'other_model', 'other_look')),
  CONSTRAINT fk_fittings_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_fittings_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_fittings_event_key UNIQUE (account_id, event_id, id)
);
alter table public.fittings enable row level security;
alter table public.fittings force row level security;
CREATE INDEX ix_fittings_casting_id ON fittings (account_id, event_id, casting_id) WHERE casting_id is not null;
CREATE INDEX ix_fittings_contact_id ON fittings (account_id, contact_id);
CREATE INDEX ix_fittings_created_by ON fittings (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_fittings_day ON fittings (account_id, event_id, starts_at);
CREATE INDEX ix_fittings_fitter_id ON fittings (account_id, event_id, fitter_id) WHERE fitter_id is not null;
CREATE INDEX ix_fittings_look_id ON fittings (account_id, event_id, look_id) WHERE look_id is not null;
CREATE INDEX ix_fittings_model ON fittings (account_id, model_id, starts_at);
CREATE INDEX ix_fittings_picture_asset_id ON fittings (account_id, picture_asset_id) WHERE picture_asset_id is not null;
CREATE INDEX ix_fittings_run_id ON fittings (account_id, event_id, run_id) WHERE run_id is not null;
CREATE INDEX ix_fittings_space ON fittings (account_id, space_id, starts_at);
CREATE INDEX ix_fittings_updated_by ON fittings (account_id, updated_by) WHERE updated_by is not null;
comment on table public.fittings is 'A model tries a look: takes the model''s time and, unless shared, the space, while scheduled or done.';
comment on column public.fittings."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.fittings."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.fittings."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.fittings."model_id" is '→ models';
comment on column public.fittings."contact_id" is '→ contacts: the model''s person, whom the clash rule knows; kept by trigger.';
comment on column public.fittings."look_id" is '→ looks: what is tried; empty for a first fitting of several.';
comment on column public.fittings."run_id" is '→ production_runs: the run it prepares.';
comment on column public.fittings."casting_id" is '→ castings: the casting behind it.';
comment on column public.fittings."fitter_id" is '→ event_staff: who fits.';
comment on column public.fittings."starts_at" is 'Start.';
comment on column public.fittings."ends_at" is 'End; the next may begin then.';
comment on column public.fittings."space_id" is '→ venue_spaces: where.';
comment on column public.fittings."shares_space" is 'Whether several fittings go on in the space at once; it is then not booked.';
comment on column public.fittings."location_text" is 'Where, when it is none of the spaces known: the designer''s studio.';
comment on column public.fittings."round" is 'First, second … fitting of the look.';
comment on column public.fittings."status" is 'Where it stands.';
comment on column public.fittings."result" is 'What it found.';
comment on column public.fittings."alterations" is 'What is to be altered.';
comment on column public.fittings."alterations_due_on" is 'By when.';
comment on column public.fittings."alterations_done_at" is 'When it was.';
comment on column public.fittings."picture_asset_id" is '→ media_assets: picture of the model in the look.';
comment on column public.fittings."notes" is 'Pins, shoes, what to bring.';
comment on column public.fittings."created_at" is 'When the row was made.';
comment on column public.fittings."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.fittings."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.fittings."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.fittings."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE look_assignments (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  run_id BIGINT NOT NULL,
  look_id BIGINT NOT NULL,
  model_id BIGINT,
  casting_id BIGINT,
  dresser_id BIGINT,
  exit_order INTEGER NOT NULL,
  exit_offset_seconds INTEGER,
  status TEXT DEFAULT 'planned' NOT NULL,
  walked_at TIMESTAMP WITH TIME ZONE,
  change_waived BOOLEAN DEFAULT false NOT NULL,
  change_note TEXT,
  notes TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_look_assignments PRIMARY KEY (account_id, id),
  CONSTRAINT uq_look_assignments_look UNIQUE (account_id, event_id, run_id, look_id),
  CONSTRAINT uq_look_assignments_exit UNIQUE (account_id, event_id, run_id, exit_order) DEFERRABLE INITIALLY IMMEDIATE,
  CONSTRAINT fk_look_assignments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_look_assignments_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_look_assignments_run_id FOREIGN KEY(account_id, event_id, run_id) REFERENCES production_runs (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_look_assignments_look_id FOREIGN KEY(account_id, event_id, look_id) REFERENCES looks (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_look_assignments_model_id FOREIGN KEY(account_id, model_id) REFERENCES models (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_look_assignments_casting_id FOREIGN KEY(account_id, event_id, casting_id) REFERENCES castings (account_id, event_id, id) ON DELETE SET NULL (casting_id),
  CONSTRAINT fk_look_assignments_dresser_id FOREIGN KEY(account_id, event_id, dresser_id) REFERENCES event_staff (account_id, event_id, id) ON DELETE SET NULL (dresser_id),
  CONSTRAINT ck_look_assignments_exit_order CHECK (exit_order > 0),
  CONSTRAINT ck_look_assignments_exit_offset_seconds CHECK (exit_offset_seconds >= 0),
  CONSTRAINT ck_look_assignments_status CHECK (status in ('planned', 'confirmed', 'walked', 'cut')),
  CONSTRAINT fk_look_assignments_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_look_assignments_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.look_assignments enable row level security;
alter table public.look_assignments force row level security;
CREATE INDEX ix_look_assignments_casting_id ON look_assignments (account_id, event_id, casting_id) WHERE casting_id is not null;
CREATE INDEX ix_look_assignments_created_by ON look_assignments (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_look_assignments_dresser_id ON look_assignments (account_id, event_id, dresser_id) WHERE dresser_id is not null;
CREATE INDEX ix_look_assignments_look_id ON look_assignments (account_id, event_id, look_id);
CREATE INDEX ix_look_assignments_model ON look_assignments (account_id, run_id, model_id, exit_order);
CREATE INDEX ix_look_assignments_model_id ON look_assignments (account_id, model_id) WHERE model_id is not null;
CREATE INDEX ix_look_assignments_updated_by ON look_assignments (account_id, updated_by) WHERE updated_by is not null;
comment on table public.look_assignments is 'A place in the line-up of a run: which look goes out when, on which model.';
comment on column public.look_assignments."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.look_assignments."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.look_assignments."event_id" is '→ events: the event it belongs to; part of the keys that tie its children to each other.';
comment on column public.look_assignments."run_id" is '→ production_runs';
comment on column public.look_assignments."look_id" is '→ looks';
comment on column public.look_assignments."model_id" is '→ models: who wears it; empty while the order is set before the casting.';
comment on column public.look_assignments."casting_id" is '→ castings: the casting that gives the model to this run.';
comment on column public.look_assignments."dresser_id" is '→ event_staff: who dresses the model.';
comment on column public.look_assignments."exit_order" is 'Place in the order of exits, from 1.';
comment on column public.look_assignments."exit_offset_seconds" is 'Exit, in seconds after the run''s start; empty: from the order and the run''s interval.';
comment on column public.look_assignments."status" is 'Where it stands.';
comment on column public.look_assignments."walked_at" is 'When the look went out.';
comment on column public.look_assignments."change_waived" is 'Whether a change time that falls short was accepted by a person.';
comment on column public.look_assignments."change_note" is 'How the change is made in time.';
comment on column public.look_assignments."notes" is 'For dresser and caller.';
comment on column public.look_assignments."created_at" is 'When the row was made.';
comment on column public.look_assignments."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.look_assignments."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.look_assignments."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.look_assignments."version" is 'Raised by every update; an edit names the version it saw.';
"""

DOWNGRADE = r"""
drop table public.look_assignments;
drop table public.fittings;
drop table public.castings;
drop table public.production_runs;
drop table public.portfolio_items;
drop table public.model_availability;
drop table public.models;
drop table public.looks;
drop table public.fashion_designers;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("look_assignments")
    ops.sync_drop("fittings")
    ops.sync_drop("castings")
    ops.sync_drop("production_runs")
    ops.sync_drop("portfolio_items")
    ops.sync_drop("model_availability")
    ops.sync_drop("models")
    ops.sync_drop("looks")
    ops.sync_drop("fashion_designers")
    ops.run(DOWNGRADE)
