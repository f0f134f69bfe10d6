"""Tables of ticketing. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_04_ticketing"
down_revision = "20261121_03_events"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE gates (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  venue_space_id BIGINT,
  name TEXT NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  direction TEXT DEFAULT 'both' NOT NULL,
  zones TEXT[] DEFAULT '{}'::text[] NOT NULL,
  capacity INTEGER,
  allow_reentry BOOLEAN DEFAULT true NOT NULL,
  opens_at TIMESTAMP WITH TIME ZONE,
  closes_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_gates PRIMARY KEY (account_id, id),
  CONSTRAINT uq_gates_name UNIQUE (account_id, event_id, name),
  CONSTRAINT ck_gates_opening_window CHECK (opens_at < closes_at),
  CONSTRAINT fk_gates_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_gates_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_gates_venue_space_id FOREIGN KEY(account_id, venue_space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_gates_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_gates_position CHECK (position >= 0),
  CONSTRAINT ck_gates_direction CHECK (direction in ('in', 'out', 'both')),
  CONSTRAINT ck_gates_capacity CHECK (capacity > 0),
  CONSTRAINT fk_gates_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_gates_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_gates_event_key UNIQUE (account_id, event_id, id)
);
alter table public.gates enable row level security;
alter table public.gates force row level security;
CREATE INDEX ix_gates_created_by ON gates (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_gates_updated_by ON gates (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_gates_venue_space_id ON gates (account_id, venue_space_id) WHERE venue_space_id is not null;
comment on table public.gates is 'A place where tickets of an event are scanned.';
comment on column public.gates."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.gates."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.gates."event_id" is '→ events';
comment on column public.gates."venue_space_id" is '→ venue_spaces: the room behind it.';
comment on column public.gates."name" is 'Unique in the event.';
comment on column public.gates."position" is 'Order in lists, from 0.';
comment on column public.gates."direction" is 'Which way people may pass.';
comment on column public.gates."zones" is 'Zones behind it; a ticket must open one of them. Empty = every ticket of the event.';
comment on column public.gates."capacity" is 'Most persons inside behind it; NULL = no limit.';
comment on column public.gates."allow_reentry" is 'Whether a guest scanned out may come in again.';
comment on column public.gates."opens_at" is 'Scans inwards are refused earlier; NULL = no limit.';
comment on column public.gates."closes_at" is 'Scans inwards are refused from then on; NULL = no limit.';
comment on column public.gates."created_at" is 'When the row was made.';
comment on column public.gates."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.gates."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.gates."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.gates."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.gates."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE devices (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  gate_id BIGINT,
  name TEXT NOT NULL,
  token_hash BYTEA NOT NULL,
  user_agent TEXT,
  last_seen_at TIMESTAMP WITH TIME ZONE,
  last_synced_at TIMESTAMP WITH TIME ZONE,
  expires_at TIMESTAMP WITH TIME ZONE,
  revoked_at TIMESTAMP WITH TIME ZONE,
  revoked_by_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_devices PRIMARY KEY (account_id, id),
  CONSTRAINT uq_devices_token_hash UNIQUE (account_id, token_hash),
  CONSTRAINT fk_devices_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_devices_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_devices_gate_id FOREIGN KEY(account_id, event_id, gate_id) REFERENCES gates (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_devices_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_devices_token_hash CHECK (octet_length(token_hash) = 32),
  CONSTRAINT fk_devices_revoked_by_id FOREIGN KEY(account_id, revoked_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_devices_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_devices_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_devices_event_key UNIQUE (account_id, event_id, id)
);
alter table public.devices enable row level security;
alter table public.devices force row level security;
CREATE INDEX ix_devices_created_by ON devices (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_devices_gate_id ON devices (account_id, event_id, gate_id) WHERE gate_id is not null;
CREATE INDEX ix_devices_revoked_by_id ON devices (account_id, revoked_by_id) WHERE revoked_by_id is not null;
CREATE INDEX ix_devices_token_hash ON devices (token_hash) WHERE revoked_at is null;
CREATE INDEX ix_devices_updated_by ON devices (account_id, updated_by) WHERE updated_by is not null;
comment on table public.devices is 'A door phone, known by a token of which only the hash is kept.';
comment on column public.devices."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.devices."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.devices."event_id" is '→ events';
comment on column public.devices."gate_id" is '→ gates: where it scans now; NULL = asks at start.';
comment on column public.devices."name" is 'As staff call it.';
comment on column public.devices."token_hash" is 'SHA-256 of the token it presents.';
comment on column public.devices."user_agent" is 'Browser and system, for telling phones apart.';
comment on column public.devices."last_seen_at" is 'Last request.';
comment on column public.devices."last_synced_at" is 'When it last delivered scans made offline.';
comment on column public.devices."expires_at" is 'Refused from then on; NULL = at the end of the event.';
comment on column public.devices."revoked_at" is 'When it was locked out.';
comment on column public.devices."revoked_by_id" is '→ account_users: who locked it out.';
comment on column public.devices."created_at" is 'When the row was made.';
comment on column public.devices."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.devices."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.devices."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.devices."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE promo_codes (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT,
  campaign_id BIGINT,
  event_sponsor_id BIGINT,
  code TEXT NOT NULL,
  description TEXT,
  status TEXT DEFAULT 'active' NOT NULL,
  discount TEXT DEFAULT 'percent' NOT NULL,
  percent_ppm INTEGER,
  amount_minor BIGINT,
  currency CHAR(3),
  scope TEXT DEFAULT 'order' NOT NULL,
  unlocks_hidden BOOLEAN DEFAULT false NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE,
  ends_at TIMESTAMP WITH TIME ZONE,
  max_uses INTEGER,
  max_uses_per_contact INTEGER,
  uses INTEGER DEFAULT 0 NOT NULL,
  budget_minor BIGINT,
  spent_minor BIGINT DEFAULT 0 NOT NULL,
  min_order_minor BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_promo_codes PRIMARY KEY (account_id, id),
  CONSTRAINT uq_promo_codes_code UNIQUE (account_id, code),
  CONSTRAINT ck_promo_codes_code_upper_case CHECK (code ~ '^[A-Z0-9][A-Z0-9_-]{1,39}$'),
  CONSTRAINT ck_promo_codes_percent_or_amount CHECK ((discount = 'percent' and percent_ppm is not null and amount_minor is null) or (discount = 'amount' and amount_minor is not null and percent_ppm is null)),
  CONSTRAINT ck_promo_codes_amount_not_negative CHECK (amount_minor >= 0),
  CONSTRAINT ck_promo_codes_money_has_currency CHECK (currency is not null or num_nonnulls(amount_minor, budget_minor, min_order_minor) = 0),
  CONSTRAINT ck_promo_codes_uses_within_limit CHECK (max_uses is null or uses <= max_uses),
  CONSTRAINT ck_promo_codes_spent_not_negative CHECK (spent_minor >= 0),
  CONSTRAINT ck_promo_codes_spent_within_budget CHECK (budget_minor is null or spent_minor <= budget_minor),
  CONSTRAINT ck_promo_codes_min_order_not_negative CHECK (min_order_minor >= 0),
  CONSTRAINT ck_promo_codes_window CHECK (starts_at < ends_at),
  CONSTRAINT fk_promo_codes_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_promo_codes_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_promo_codes_status CHECK (status in ('active', 'paused')),
  CONSTRAINT ck_promo_codes_discount CHECK (discount in ('percent', 'amount')),
  CONSTRAINT ck_promo_codes_percent_ppm CHECK (percent_ppm between 0 and 1000000),
  CONSTRAINT ck_promo_codes_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_promo_codes_scope CHECK (scope in ('order', 'ticket_types')),
  CONSTRAINT ck_promo_codes_max_uses CHECK (max_uses > 0),
  CONSTRAINT ck_promo_codes_max_uses_per_contact CHECK (max_uses_per_contact > 0),
  CONSTRAINT ck_promo_codes_uses CHECK (uses >= 0),
  CONSTRAINT fk_promo_codes_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_promo_codes_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.promo_codes enable row level security;
alter table public.promo_codes force row level security;
CREATE INDEX ix_promo_codes_campaign_id ON promo_codes (account_id, campaign_id) WHERE campaign_id is not null;
CREATE INDEX ix_promo_codes_created_by ON promo_codes (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_promo_codes_event_sponsor_id ON promo_codes (account_id, event_sponsor_id) WHERE event_sponsor_id is not null;
CREATE INDEX ix_promo_codes_list ON promo_codes (account_id, event_id, status, code);
CREATE INDEX ix_promo_codes_updated_by ON promo_codes (account_id, updated_by) WHERE updated_by is not null;
comment on table public.promo_codes is 'A code that lowers the price or opens hidden ticket types, within limits the database keeps.';
comment on column public.promo_codes."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.promo_codes."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.promo_codes."event_id" is '→ events: the only event where it works; NULL = all events of the house.';
comment on column public.promo_codes."campaign_id" is '→ campaigns: which one it belongs to.';
comment on column public.promo_codes."event_sponsor_id" is '→ event_sponsors: whose pass allotment it redeems; NULL = none.';
comment on column public.promo_codes."code" is 'What the buyer types, kept in upper case; unique in the house.';
comment on column public.promo_codes."description" is 'What it is for; not shown to buyers.';
comment on column public.promo_codes."status" is 'active or paused; window, uses and budget limit it besides.';
comment on column public.promo_codes."discount" is 'Whether percent_ppm or amount_minor applies.';
comment on column public.promo_codes."percent_ppm" is 'Part taken off, in parts per million (1000000 = free).';
comment on column public.promo_codes."amount_minor" is 'Money taken off, once per order or per ticket as `scope` says; never more than the price.';
comment on column public.promo_codes."currency" is 'Currency of amount, budget and least order; works for orders in it only.';
comment on column public.promo_codes."scope" is 'order = off the whole order; ticket_types = off each ticket of those in promo_code_ticket_types.';
comment on column public.promo_codes."unlocks_hidden" is 'Whether it shows ticket types with visibility by_code.';
comment on column public.promo_codes."starts_at" is 'First moment it works; NULL = at once.';
comment on column public.promo_codes."ends_at" is 'End (exclusive); NULL = no end.';
comment on column public.promo_codes."max_uses" is 'Most orders in all; NULL = no limit.';
comment on column public.promo_codes."max_uses_per_contact" is 'Most orders of one buyer; NULL = no limit.';
comment on column public.promo_codes."uses" is 'Orders that hold it now: paid, or pending and unexpired. Changed under the row lock only.';
comment on column public.promo_codes."budget_minor" is 'Most money it may give away in all; NULL = no limit.';
comment on column public.promo_codes."spent_minor" is 'Money given away in those orders. Changed under the row lock only.';
comment on column public.promo_codes."min_order_minor" is 'Least order value before discount; NULL = none.';
comment on column public.promo_codes."created_at" is 'When the row was made.';
comment on column public.promo_codes."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.promo_codes."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.promo_codes."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.promo_codes."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.promo_codes."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE orders (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  contact_id BIGINT,
  code TEXT NOT NULL,
  status TEXT DEFAULT 'pending' NOT NULL,
  placed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE,
  paid_at TIMESTAMP WITH TIME ZONE,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  cancel_reason TEXT,
  subtotal_minor BIGINT NOT NULL,
  discount_minor BIGINT DEFAULT 0 NOT NULL,
  tax_minor BIGINT DEFAULT 0 NOT NULL,
  total_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  promo_code_id BIGINT,
  source TEXT DEFAULT 'online' NOT NULL,
  campaign_id BIGINT,
  first_campaign_id BIGINT,
  utm JSONB DEFAULT '{}'::jsonb NOT NULL,
  opportunity_id BIGINT,
  idempotency_key TEXT,
  buyer_name TEXT,
  buyer_email TEXT,
  buyer_email_norm TEXT DEFAULT '' NOT NULL,
  buyer_phone TEXT,
  company_name TEXT,
  tax_id TEXT,
  billing_address JSONB DEFAULT '{}'::jsonb NOT NULL,
  locale TEXT,
  answers JSONB DEFAULT '{}'::jsonb NOT NULL,
  needs_attention BOOLEAN DEFAULT false NOT NULL,
  internal_note TEXT,
  search_text TEXT DEFAULT '' NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_orders PRIMARY KEY (account_id, id),
  CONSTRAINT uq_orders_code UNIQUE (account_id, code),
  CONSTRAINT uq_orders_idempotency_key UNIQUE (account_id, idempotency_key),
  CONSTRAINT ck_orders_code_form CHECK (code ~ '^[A-Z0-9-]{5,40}$'),
  CONSTRAINT ck_orders_subtotal_not_negative CHECK (subtotal_minor >= 0),
  CONSTRAINT ck_orders_discount_within_subtotal CHECK (discount_minor between 0 and subtotal_minor),
  CONSTRAINT ck_orders_total_adds_up CHECK (total_minor = subtotal_minor - discount_minor),
  CONSTRAINT ck_orders_tax_within_total CHECK (tax_minor between 0 and total_minor),
  CONSTRAINT ck_orders_pending_expires CHECK (status <> 'pending' or expires_at is not null),
  CONSTRAINT ck_orders_paid_has_time CHECK (status not in ('paid', 'refunded') or paid_at is not null),
  CONSTRAINT ck_orders_cancelled_has_time CHECK (status <> 'cancelled' or cancelled_at is not null),
  CONSTRAINT fk_orders_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_orders_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_orders_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_orders_status CHECK (status in ('pending', 'paid', 'expired', 'cancelled', 'refunded')),
  CONSTRAINT ck_orders_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_orders_promo_code_id FOREIGN KEY(account_id, promo_code_id) REFERENCES promo_codes (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_orders_source CHECK (source in ('online', 'box_office', 'staff', 'sponsor', 'import', 'api')),
  CONSTRAINT ck_orders_utm CHECK (jsonb_typeof(utm) = 'object'),
  CONSTRAINT ck_orders_buyer_name CHECK (length(buyer_name) between 1 and 200),
  CONSTRAINT ck_orders_buyer_email CHECK (buyer_email ~ '^[^@ ]+@[^@ ]+$' and length(buyer_email) <= 320),
  CONSTRAINT ck_orders_billing_address CHECK (jsonb_typeof(billing_address) = 'object'),
  CONSTRAINT ck_orders_locale CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_orders_answers CHECK (jsonb_typeof(answers) = 'object'),
  CONSTRAINT ck_orders_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_orders_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_orders_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_orders_event_key UNIQUE (account_id, event_id, id)
);
alter table public.orders enable row level security;
alter table public.orders force row level security;
CREATE INDEX ix_orders_buyer_email_norm ON orders (account_id, buyer_email_norm);
CREATE INDEX ix_orders_campaign_id ON orders (account_id, campaign_id) WHERE campaign_id is not null;
CREATE INDEX ix_orders_contact_id ON orders (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_orders_created_by ON orders (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_orders_custom ON orders USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_orders_event_list ON orders (account_id, event_id, status, placed_at, id);
CREATE INDEX ix_orders_expiring ON orders (account_id, expires_at) WHERE status = 'pending';
CREATE INDEX ix_orders_first_campaign_id ON orders (account_id, first_campaign_id) WHERE first_campaign_id is not null;
CREATE INDEX ix_orders_list ON orders (account_id, placed_at, id);
CREATE INDEX ix_orders_opportunity_id ON orders (account_id, opportunity_id) WHERE opportunity_id is not null;
CREATE INDEX ix_orders_promo_code_id ON orders (account_id, promo_code_id) WHERE promo_code_id is not null;
CREATE INDEX ix_orders_search_text_trgm ON orders USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_orders_updated_by ON orders (account_id, updated_by) WHERE updated_by is not null;
comment on table public.orders is 'What one buyer orders for one event; it expires, is cancelled or refunded, but never deleted in use.';
comment on column public.orders."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.orders."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.orders."event_id" is '→ events';
comment on column public.orders."contact_id" is '→ contacts: the buyer; NULL for a sale at the door without a name.';
comment on column public.orders."code" is 'Short, unguessable, told to the buyer; unique in the house.';
comment on column public.orders."status" is 'pending → paid / expired / cancelled; paid → refunded / cancelled.';
comment on column public.orders."placed_at" is 'When the buyer ordered; imports keep the source''s time. Pacing curves read it.';
comment on column public.orders."expires_at" is 'Until when a pending order keeps its places; afterwards a job expires it.';
comment on column public.orders."paid_at" is 'When it was paid in full (free orders: when placed).';
comment on column public.orders."cancelled_at" is 'When it was cancelled.';
comment on column public.orders."cancel_reason" is 'Why, in the words of who cancelled.';
comment on column public.orders."subtotal_minor" is 'Sum of the lines at list price, tax included: the gross of METRICS.';
comment on column public.orders."discount_minor" is 'Taken off by promo code or hand, over all lines.';
comment on column public.orders."tax_minor" is 'Tax contained in the total.';
comment on column public.orders."total_minor" is 'What the buyer pays.';
comment on column public.orders."currency" is 'Currency of all amounts; the event''s.';
comment on column public.orders."promo_code_id" is '→ promo_codes: the code used.';
comment on column public.orders."source" is 'How it came in.';
comment on column public.orders."campaign_id" is '→ campaigns: last touch before the order.';
comment on column public.orders."first_campaign_id" is '→ campaigns: first touch within 30 days before the order.';
comment on column public.orders."utm" is 'Link parameters of the visit: source, medium, campaign, term, content.';
comment on column public.orders."opportunity_id" is '→ opportunities: the ticket-block deal it fulfils.';
comment on column public.orders."idempotency_key" is 'Sent by the client; a repeat answers with this order instead of making another.';
comment on column public.orders."buyer_name" is 'As given in the order; the contact may change later.';
comment on column public.orders."buyer_email" is 'As given in the order; tickets are sent there.';
comment on column public.orders."buyer_email_norm" is 'Normalised e-mail; empty without one. Kept by trigger.';
comment on column public.orders."buyer_phone" is 'As given in the order.';
comment on column public.orders."company_name" is 'Company on the invoice.';
comment on column public.orders."tax_id" is 'Buyer''s tax number for the invoice.';
comment on column public.orders."billing_address" is 'Address for the invoice: street, postal_code, city, region, country.';
comment on column public.orders."locale" is 'Language of mails and tickets; NULL = the house''s.';
comment on column public.orders."answers" is 'Answers to the questions asked once per order, by field key.';
comment on column public.orders."needs_attention" is 'Shown to the door and in lists as needing care.';
comment on column public.orders."internal_note" is 'For the house only.';
comment on column public.orders."search_text" is 'Code, name, e-mail and company, normalised. Kept by trigger.';
comment on column public.orders."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.orders."created_at" is 'When the row was made.';
comment on column public.orders."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.orders."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.orders."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.orders."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE quotas (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  capacity INTEGER,
  taken INTEGER DEFAULT 0 NOT NULL,
  blocked INTEGER DEFAULT 0 NOT NULL,
  closed BOOLEAN DEFAULT false NOT NULL,
  waitlist BOOLEAN DEFAULT true NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_quotas PRIMARY KEY (account_id, id),
  CONSTRAINT ck_quotas_taken_within_capacity CHECK (capacity is null or taken between 0 and capacity),
  CONSTRAINT ck_quotas_blocked_is_part_of_taken CHECK (blocked <= taken),
  CONSTRAINT fk_quotas_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_quotas_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_quotas_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_quotas_capacity CHECK (capacity >= 0),
  CONSTRAINT ck_quotas_taken CHECK (taken >= 0),
  CONSTRAINT ck_quotas_blocked CHECK (blocked >= 0),
  CONSTRAINT fk_quotas_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_quotas_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_quotas_event_key UNIQUE (account_id, event_id, id)
);
alter table public.quotas enable row level security;
alter table public.quotas force row level security;
CREATE INDEX ix_quotas_created_by ON quotas (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_quotas_updated_by ON quotas (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_quotas_name ON quotas (account_id, event_id, name) WHERE archived_at is null;
comment on table public.quotas is 'Capacity shared by one or several ticket types; never sold beyond.';
comment on column public.quotas."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.quotas."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.quotas."event_id" is '→ events';
comment on column public.quotas."name" is 'Unique among the event''s quotas in use.';
comment on column public.quotas."capacity" is 'Places in all; NULL = unlimited.';
comment on column public.quotas."taken" is 'Places gone: sold, pending unexpired, offered to the waiting list, blocked. Changed under the row lock only.';
comment on column public.quotas."blocked" is 'Places the house keeps off sale; part of `taken`.';
comment on column public.quotas."closed" is 'Whether sale is stopped though places are left.';
comment on column public.quotas."waitlist" is 'Whether people may line up once it is full.';
comment on column public.quotas."created_at" is 'When the row was made.';
comment on column public.quotas."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.quotas."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.quotas."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.quotas."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.quotas."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE registrations (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  contact_id BIGINT,
  user_id BIGINT,
  order_id BIGINT,
  code TEXT NOT NULL,
  status TEXT DEFAULT 'pending' NOT NULL,
  source TEXT DEFAULT 'public_form' NOT NULL,
  category TEXT DEFAULT 'general' NOT NULL,
  party_size INTEGER DEFAULT 1 NOT NULL,
  party_limit INTEGER,
  owner_id BIGINT,
  invited_by_id BIGINT,
  approved_by_id BIGINT,
  event_sponsor_id BIGINT,
  campaign_id BIGINT,
  first_campaign_id BIGINT,
  answers JSONB DEFAULT '{}'::jsonb NOT NULL,
  message TEXT,
  internal_note TEXT,
  registered_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  invited_at TIMESTAMP WITH TIME ZONE,
  rsvp_due_on DATE,
  responded_at TIMESTAMP WITH TIME ZONE,
  confirmed_at TIMESTAMP WITH TIME ZONE,
  declined_at TIMESTAMP WITH TIME ZONE,
  waitlisted_at TIMESTAMP WITH TIME ZONE,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  cancel_reason TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_registrations PRIMARY KEY (account_id, id),
  CONSTRAINT uq_registrations_code UNIQUE (account_id, code),
  CONSTRAINT fk_registrations_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT ck_registrations_party_within_limit CHECK (party_limit is null or party_size <= party_limit),
  CONSTRAINT ck_registrations_confirmed_has_time CHECK (status <> 'confirmed' or confirmed_at is not null),
  CONSTRAINT ck_registrations_declined_has_time CHECK (status <> 'declined' or declined_at is not null),
  CONSTRAINT ck_registrations_cancelled_has_time CHECK (status <> 'cancelled' or cancelled_at is not null),
  CONSTRAINT ck_registrations_waitlisted_has_time CHECK (status <> 'waitlisted' or waitlisted_at is not null),
  CONSTRAINT fk_registrations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_registrations_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_registrations_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_registrations_order_id FOREIGN KEY(account_id, event_id, order_id) REFERENCES orders (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_registrations_status CHECK (status in ('invited', 'pending', 'confirmed', 'waitlisted', 'declined', 'cancelled')),
  CONSTRAINT ck_registrations_source CHECK (source in ('order', 'invitation', 'public_form', 'walk_in', 'sponsor', 'staff', 'import', 'api')),
  CONSTRAINT ck_registrations_category CHECK (category in ('general', 'press', 'buyer', 'vip', 'client', 'celebrity', 'influencer', 'sponsor', 'partner', 'industry', 'family', 'student', 'staff')),
  CONSTRAINT ck_registrations_party_size CHECK (party_size > 0),
  CONSTRAINT ck_registrations_party_limit CHECK (party_limit > 0),
  CONSTRAINT fk_registrations_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_registrations_invited_by_id FOREIGN KEY(account_id, invited_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_registrations_approved_by_id FOREIGN KEY(account_id, approved_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_registrations_answers CHECK (jsonb_typeof(answers) = 'object'),
  CONSTRAINT ck_registrations_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_registrations_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_registrations_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_registrations_event_key UNIQUE (account_id, event_id, id)
);
alter table public.registrations enable row level security;
alter table public.registrations force row level security;
CREATE INDEX ix_registrations_approved_by_id ON registrations (account_id, approved_by_id) WHERE approved_by_id is not null;
CREATE INDEX ix_registrations_campaign_id ON registrations (account_id, campaign_id) WHERE campaign_id is not null;
CREATE INDEX ix_registrations_category ON registrations (account_id, event_id, category, status);
CREATE INDEX ix_registrations_contact_id ON registrations (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_registrations_created_by ON registrations (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_registrations_custom ON registrations USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_registrations_event_list ON registrations (account_id, event_id, status, registered_at, id);
CREATE INDEX ix_registrations_event_sponsor_id ON registrations (account_id, event_id, event_sponsor_id) WHERE event_sponsor_id is not null;
CREATE INDEX ix_registrations_first_campaign_id ON registrations (account_id, first_campaign_id) WHERE first_campaign_id is not null;
CREATE INDEX ix_registrations_invited_by_id ON registrations (account_id, invited_by_id) WHERE invited_by_id is not null;
CREATE INDEX ix_registrations_order_id ON registrations (account_id, event_id, order_id) WHERE order_id is not null;
CREATE INDEX ix_registrations_owner_id ON registrations (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_registrations_tags ON registrations USING gin (account_id, tags);
CREATE INDEX ix_registrations_unanswered ON registrations (account_id, event_id, rsvp_due_on) WHERE status = 'invited';
CREATE INDEX ix_registrations_updated_by ON registrations (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_registrations_user_id ON registrations (account_id, user_id);
comment on table public.registrations is 'One party''s sign-up or invitation for an event; an invitation has no order.';
comment on column public.registrations."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.registrations."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.registrations."event_id" is '→ events';
comment on column public.registrations."contact_id" is '→ contacts: who signed up or is invited; NULL for an unnamed sale at the door.';
comment on column public.registrations."user_id" is '→ users: the login that registered, if any.';
comment on column public.registrations."order_id" is '→ orders: the order that paid; NULL for invitations.';
comment on column public.registrations."code" is 'Random, told to the guest as the reference of the party; unique in the house.';
comment on column public.registrations."status" is 'invited → confirmed / declined; pending (approval or payment) → confirmed; waitlisted → confirmed; cancelled.';
comment on column public.registrations."source" is 'How the party came onto the list.';
comment on column public.registrations."category" is 'Category of the main guest.';
comment on column public.registrations."party_size" is 'Persons, the main guest counted.';
comment on column public.registrations."party_limit" is 'Most persons the invitation allows, the main guest counted; NULL = no limit.';
comment on column public.registrations."owner_id" is '→ account_users: whose guest the party is.';
comment on column public.registrations."invited_by_id" is '→ account_users: who sent the invitation.';
comment on column public.registrations."approved_by_id" is '→ account_users: who confirmed a sign-up that needs approval.';
comment on column public.registrations."event_sponsor_id" is '→ event_sponsors: the sponsor whose guest the party is.';
comment on column public.registrations."campaign_id" is '→ campaigns: last touch before the sign-up.';
comment on column public.registrations."first_campaign_id" is '→ campaigns: first touch within 30 days before the sign-up.';
comment on column public.registrations."answers" is 'Answers to the questions asked per party, by field key.';
comment on column public.registrations."message" is 'What the guest wrote with the answer.';
comment on column public.registrations."internal_note" is 'For the house only.';
comment on column public.registrations."registered_at" is 'When the party came onto the list; imports keep the source''s time.';
comment on column public.registrations."invited_at" is 'When the invitation went out.';
comment on column public.registrations."rsvp_due_on" is 'Last day for an answer, in the event''s zone.';
comment on column public.registrations."responded_at" is 'When the guest last answered the invitation.';
comment on column public.registrations."confirmed_at" is 'When it became confirmed.';
comment on column public.registrations."declined_at" is 'When the guest declined.';
comment on column public.registrations."waitlisted_at" is 'When it went to the waiting list.';
comment on column public.registrations."cancelled_at" is 'When it was cancelled.';
comment on column public.registrations."cancel_reason" is 'Why, in the words of who cancelled.';
comment on column public.registrations."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.registrations."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.registrations."created_at" is 'When the row was made.';
comment on column public.registrations."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.registrations."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.registrations."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.registrations."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE attendees (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  registration_id BIGINT NOT NULL,
  contact_id BIGINT,
  guest_of_id BIGINT,
  is_main BOOLEAN DEFAULT true NOT NULL,
  name TEXT NOT NULL,
  first_name TEXT DEFAULT '' NOT NULL,
  last_name TEXT DEFAULT '' NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  email TEXT,
  email_norm TEXT DEFAULT '' NOT NULL,
  phone TEXT,
  organization_name TEXT,
  job_title TEXT,
  badge_name TEXT,
  category TEXT DEFAULT 'general' NOT NULL,
  seating_rank BIGINT,
  locale TEXT,
  access_needs BYTEA,
  dietary_needs BYTEA,
  photo_consent BOOLEAN,
  sponsor_consent BOOLEAN,
  marketing_consent BOOLEAN,
  consented_at TIMESTAMP WITH TIME ZONE,
  answers JSONB DEFAULT '{}'::jsonb NOT NULL,
  internal_note TEXT,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  search_text TEXT DEFAULT '' NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_attendees PRIMARY KEY (account_id, id),
  CONSTRAINT ck_attendees_seating_rank_positive CHECK (seating_rank > 0),
  CONSTRAINT ck_attendees_main_guest_is_nobodys_companion CHECK (not is_main or guest_of_id is null),
  CONSTRAINT fk_attendees_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_attendees_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_attendees_registration_id FOREIGN KEY(account_id, event_id, registration_id) REFERENCES registrations (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_attendees_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_attendees_guest_of_id FOREIGN KEY(account_id, event_id, guest_of_id) REFERENCES attendees (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_attendees_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_attendees_email CHECK (email ~ '^[^@ ]+@[^@ ]+$' and length(email) <= 320),
  CONSTRAINT ck_attendees_category CHECK (category in ('general', 'press', 'buyer', 'vip', 'client', 'celebrity', 'influencer', 'sponsor', 'partner', 'industry', 'family', 'student', 'staff')),
  CONSTRAINT ck_attendees_locale CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_attendees_answers CHECK (jsonb_typeof(answers) = 'object'),
  CONSTRAINT ck_attendees_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_attendees_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_attendees_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_attendees_event_key UNIQUE (account_id, event_id, id)
);
alter table public.attendees enable row level security;
alter table public.attendees force row level security;
CREATE INDEX ix_attendees_category ON attendees (account_id, event_id, category);
CREATE INDEX ix_attendees_contact_id ON attendees (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_attendees_created_by ON attendees (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_attendees_custom ON attendees USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_attendees_email_norm ON attendees (account_id, email_norm);
CREATE INDEX ix_attendees_event_list ON attendees (account_id, event_id, name_sort, id);
CREATE INDEX ix_attendees_guest_of_id ON attendees (account_id, event_id, guest_of_id) WHERE guest_of_id is not null;
CREATE INDEX ix_attendees_registration_id ON attendees (account_id, event_id, registration_id);
CREATE INDEX ix_attendees_search_text_trgm ON attendees USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_attendees_tags ON attendees USING gin (account_id, tags);
CREATE INDEX ix_attendees_updated_by ON attendees (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_attendees_main ON attendees (account_id, registration_id) WHERE is_main and cancelled_at is null;
comment on table public.attendees is 'One person of a party: the main guest or a companion.';
comment on column public.attendees."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.attendees."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.attendees."event_id" is '→ events';
comment on column public.attendees."registration_id" is '→ registrations';
comment on column public.attendees."contact_id" is '→ contacts: the person; NULL for a companion not yet named.';
comment on column public.attendees."guest_of_id" is '→ attendees: whose companion the person is; NULL for a main guest.';
comment on column public.attendees."is_main" is 'Whether the person is the party''s main guest; one per party.';
comment on column public.attendees."name" is 'Full name as shown at the door; “Guest of …” until a companion is named.';
comment on column public.attendees."first_name" is 'Given name where it is known apart.';
comment on column public.attendees."last_name" is 'Family name where it is known apart.';
comment on column public.attendees."name_sort" is 'Sort key, family name first. Kept by trigger.';
comment on column public.attendees."email" is 'Where the ticket is sent; NULL = to the main guest.';
comment on column public.attendees."email_norm" is 'Normalised e-mail; empty without one. Kept by trigger.';
comment on column public.attendees."phone" is 'As written.';
comment on column public.attendees."organization_name" is 'Company or title on the badge.';
comment on column public.attendees."job_title" is 'Role on the badge.';
comment on column public.attendees."badge_name" is 'Name on the badge where it differs.';
comment on column public.attendees."category" is 'As what the person comes; seats and gates are allotted by it.';
comment on column public.attendees."seating_rank" is 'Precedence when seats are given out, 1 = first; NULL = by category.';
comment on column public.attendees."locale" is 'Language of mails and ticket; NULL = the house''s.';
comment on column public.attendees."access_needs" is 'Encrypted: step-free access, companion seat, interpreter …; needs its own permission to read.';
comment on column public.attendees."dietary_needs" is 'Encrypted: diet and allergies; needs its own permission to read.';
comment on column public.attendees."photo_consent" is 'Whether the person may be pictured; NULL = not asked.';
comment on column public.attendees."sponsor_consent" is 'Whether sponsors who scan the badge may receive name and e-mail; NULL = not asked.';
comment on column public.attendees."marketing_consent" is 'Whether the person agreed to mailings at sign-up; NULL = not asked. The contact holds what is in force.';
comment on column public.attendees."consented_at" is 'When the consents were last given or withdrawn.';
comment on column public.attendees."answers" is 'Answers to the questions asked per person, by field key.';
comment on column public.attendees."internal_note" is 'For the house and the door.';
comment on column public.attendees."cancelled_at" is 'When the person was taken off the party; NULL = comes.';
comment on column public.attendees."search_text" is 'Name, e-mail and company, normalised. Kept by trigger.';
comment on column public.attendees."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.attendees."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.attendees."created_at" is 'When the row was made.';
comment on column public.attendees."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.attendees."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.attendees."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.attendees."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE seating_sections (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT,
  venue_id BIGINT,
  venue_space_id BIGINT,
  copied_from_id BIGINT,
  plan_name TEXT,
  name TEXT NOT NULL,
  kind TEXT DEFAULT 'rows' NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  row_count INTEGER DEFAULT 0 NOT NULL,
  seats_per_row INTEGER DEFAULT 0 NOT NULL,
  numbering TEXT DEFAULT 'left_to_right' NOT NULL,
  standing_capacity INTEGER DEFAULT 0 NOT NULL,
  geometry JSONB DEFAULT '{}'::jsonb NOT NULL,
  guest_category TEXT,
  event_sponsor_id BIGINT,
  frozen BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_seating_sections PRIMARY KEY (account_id, id),
  CONSTRAINT ck_seating_sections_of_event_or_template_of_venue CHECK (num_nonnulls(event_id, venue_id) = 1),
  CONSTRAINT ck_seating_sections_only_templates_have_plan CHECK (event_id is null or plan_name is null),
  CONSTRAINT ck_seating_sections_sponsor_only_in_event CHECK (event_sponsor_id is null or event_id is not null),
  CONSTRAINT fk_seating_sections_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_seating_sections_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seating_sections_venue_id FOREIGN KEY(account_id, venue_id) REFERENCES venues (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seating_sections_venue_space_id FOREIGN KEY(account_id, venue_space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seating_sections_copied_from_id FOREIGN KEY(account_id, copied_from_id) REFERENCES seating_sections (account_id, id) ON DELETE SET NULL (copied_from_id),
  CONSTRAINT ck_seating_sections_plan_name CHECK (length(plan_name) between 1 and 200),
  CONSTRAINT ck_seating_sections_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_seating_sections_kind CHECK (kind in ('rows', 'benches', 'tables', 'standing')),
  CONSTRAINT ck_seating_sections_position CHECK (position >= 0),
  CONSTRAINT ck_seating_sections_row_count CHECK (row_count >= 0),
  CONSTRAINT ck_seating_sections_seats_per_row CHECK (seats_per_row >= 0),
  CONSTRAINT ck_seating_sections_numbering CHECK (numbering in ('left_to_right', 'right_to_left', 'odd_even', 'centre_out')),
  CONSTRAINT ck_seating_sections_standing_capacity CHECK (standing_capacity >= 0),
  CONSTRAINT ck_seating_sections_geometry CHECK (jsonb_typeof(geometry) = 'object'),
  CONSTRAINT ck_seating_sections_guest_category CHECK (guest_category in ('general', 'press', 'buyer', 'vip', 'client', 'celebrity', 'influencer', 'sponsor', 'partner', 'industry', 'family', 'student', 'staff')),
  CONSTRAINT fk_seating_sections_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seating_sections_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_seating_sections_event_key UNIQUE (account_id, event_id, id)
);
alter table public.seating_sections enable row level security;
alter table public.seating_sections force row level security;
CREATE INDEX ix_seating_sections_copied_from_id ON seating_sections (account_id, copied_from_id) WHERE copied_from_id is not null;
CREATE INDEX ix_seating_sections_created_by ON seating_sections (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_seating_sections_event_sponsor_id ON seating_sections (account_id, event_id, event_sponsor_id) WHERE event_sponsor_id is not null;
CREATE INDEX ix_seating_sections_updated_by ON seating_sections (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_seating_sections_venue_id ON seating_sections (account_id, venue_id) WHERE venue_id is not null;
CREATE INDEX ix_seating_sections_venue_space_id ON seating_sections (account_id, venue_space_id) WHERE venue_space_id is not null;
CREATE UNIQUE INDEX uq_seating_sections_event_name ON seating_sections (account_id, event_id, name) WHERE event_id is not null and archived_at is null;
CREATE UNIQUE INDEX uq_seating_sections_template_name ON seating_sections (account_id, venue_id, plan_name, name) NULLS NOT DISTINCT WHERE venue_id is not null and archived_at is null;
comment on table public.seating_sections is 'A block of seats of an event, or of a venue as a template to copy from.';
comment on column public.seating_sections."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.seating_sections."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.seating_sections."event_id" is '→ events: the event it belongs to; NULL for a template.';
comment on column public.seating_sections."venue_id" is '→ venues: the venue it is a template of; NULL for an event''s section.';
comment on column public.seating_sections."venue_space_id" is '→ venue_spaces: the room it stands in.';
comment on column public.seating_sections."copied_from_id" is '→ seating_sections: the section it was copied from.';
comment on column public.seating_sections."plan_name" is 'Templates only: which plan of the venue (theatre, runway …) it is part of.';
comment on column public.seating_sections."name" is 'Section A, Front row left …';
comment on column public.seating_sections."kind" is 'How people are placed.';
comment on column public.seating_sections."position" is 'Order in lists, from 0.';
comment on column public.seating_sections."row_count" is 'Rows (tables) in it.';
comment on column public.seating_sections."seats_per_row" is 'Seats of a row where all rows are equal; 0 = they differ.';
comment on column public.seating_sections."numbering" is 'How seats of a row are numbered.';
comment on column public.seating_sections."standing_capacity" is 'Persons it holds standing, besides its seats.';
comment on column public.seating_sections."geometry" is 'Place on the plan: x, y, width, height in centimetres, rotation in degrees, curve, colour.';
comment on column public.seating_sections."guest_category" is 'Category it is allotted to; NULL = open.';
comment on column public.seating_sections."event_sponsor_id" is '→ event_sponsors: sponsor it is allotted to; NULL = none.';
comment on column public.seating_sections."frozen" is 'Whether its assignments are final and bulk seating leaves them alone.';
comment on column public.seating_sections."created_at" is 'When the row was made.';
comment on column public.seating_sections."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.seating_sections."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.seating_sections."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.seating_sections."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.seating_sections."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE seating_rules (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT,
  mandatory BOOLEAN DEFAULT false NOT NULL,
  weight INTEGER DEFAULT 1 NOT NULL,
  min_distance INTEGER,
  max_rank INTEGER,
  max_row INTEGER,
  section_id BIGINT,
  active BOOLEAN DEFAULT true NOT NULL,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_seating_rules PRIMARY KEY (account_id, id),
  CONSTRAINT ck_seating_rules_apart_has_distance CHECK ((kind = 'apart') = (min_distance is not null)),
  CONSTRAINT ck_seating_rules_rank_has_limit CHECK (kind <> 'rank' or num_nonnulls(max_rank, max_row, section_id) >= 1),
  CONSTRAINT fk_seating_rules_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_seating_rules_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_seating_rules_kind CHECK (kind in ('together', 'apart', 'rank')),
  CONSTRAINT ck_seating_rules_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_seating_rules_weight CHECK (weight > 0),
  CONSTRAINT ck_seating_rules_min_distance CHECK (min_distance > 0),
  CONSTRAINT ck_seating_rules_max_rank CHECK (max_rank > 0),
  CONSTRAINT ck_seating_rules_max_row CHECK (max_row >= 0),
  CONSTRAINT fk_seating_rules_section_id FOREIGN KEY(account_id, event_id, section_id) REFERENCES seating_sections (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_seating_rules_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seating_rules_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_seating_rules_event_key UNIQUE (account_id, event_id, id)
);
alter table public.seating_rules enable row level security;
alter table public.seating_rules force row level security;
CREATE INDEX ix_seating_rules_created_by ON seating_rules (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_seating_rules_section_id ON seating_rules (account_id, event_id, section_id) WHERE section_id is not null;
CREATE INDEX ix_seating_rules_updated_by ON seating_rules (account_id, updated_by) WHERE updated_by is not null;
comment on table public.seating_rules is 'What seating must or should heed: sit together, keep apart, or within a rank.';
comment on column public.seating_rules."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.seating_rules."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.seating_rules."event_id" is '→ events';
comment on column public.seating_rules."kind" is 'together, apart or rank.';
comment on column public.seating_rules."name" is 'What people call it; NULL = worded from its members.';
comment on column public.seating_rules."mandatory" is 'True: a plan that breaks it is refused. False: it is flagged.';
comment on column public.seating_rules."weight" is 'How much a breach counts against others when a plan is proposed.';
comment on column public.seating_rules."min_distance" is 'Apart: fewest seats between; members in other rows or sections are apart.';
comment on column public.seating_rules."max_rank" is 'Rank: worst seat rank allowed.';
comment on column public.seating_rules."max_row" is 'Rank: last row allowed, 0 = front row.';
comment on column public.seating_rules."section_id" is '→ seating_sections: where the members must sit; NULL = anywhere.';
comment on column public.seating_rules."active" is 'Whether it is heeded.';
comment on column public.seating_rules."note" is 'Why it exists; may be delicate, shown only with seating permission.';
comment on column public.seating_rules."created_at" is 'When the row was made.';
comment on column public.seating_rules."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.seating_rules."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.seating_rules."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.seating_rules."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE seating_rule_members (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  rule_id BIGINT NOT NULL,
  attendee_id BIGINT,
  contact_id BIGINT,
  organization_id BIGINT,
  guest_category TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_seating_rule_members PRIMARY KEY (account_id, id),
  CONSTRAINT ck_seating_rule_members_exactly_one CHECK (num_nonnulls(attendee_id, contact_id, organization_id, guest_category) = 1),
  CONSTRAINT fk_seating_rule_members_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_seating_rule_members_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seating_rule_members_rule_id FOREIGN KEY(account_id, event_id, rule_id) REFERENCES seating_rules (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_seating_rule_members_attendee_id FOREIGN KEY(account_id, event_id, attendee_id) REFERENCES attendees (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_seating_rule_members_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_seating_rule_members_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_seating_rule_members_guest_category CHECK (guest_category in ('general', 'press', 'buyer', 'vip', 'client', 'celebrity', 'influencer', 'sponsor', 'partner', 'industry', 'family', 'student', 'staff'))
);
alter table public.seating_rule_members enable row level security;
alter table public.seating_rule_members force row level security;
CREATE INDEX ix_seating_rule_members_attendee_id ON seating_rule_members (account_id, event_id, attendee_id) WHERE attendee_id is not null;
CREATE INDEX ix_seating_rule_members_contact_id ON seating_rule_members (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_seating_rule_members_event_id ON seating_rule_members (account_id, event_id);
CREATE INDEX ix_seating_rule_members_organization_id ON seating_rule_members (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_seating_rule_members_rule_id ON seating_rule_members (account_id, event_id, rule_id);
CREATE UNIQUE INDEX uq_seating_rule_members_member ON seating_rule_members (account_id, rule_id, attendee_id, contact_id, organization_id, guest_category) NULLS NOT DISTINCT;
comment on table public.seating_rule_members is 'Whom a seating rule speaks of: a guest, a contact, everybody of a company, or a category.';
comment on column public.seating_rule_members."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.seating_rule_members."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.seating_rule_members."event_id" is '→ events';
comment on column public.seating_rule_members."rule_id" is '→ seating_rules';
comment on column public.seating_rule_members."attendee_id" is '→ attendees';
comment on column public.seating_rule_members."contact_id" is '→ contacts';
comment on column public.seating_rule_members."organization_id" is '→ organizations';
comment on column public.seating_rule_members."guest_category" is 'Every guest of the category.';
comment on column public.seating_rule_members."created_at" is 'When the row was made.';
comment on column public.seating_rule_members."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE seats (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT,
  section_id BIGINT NOT NULL,
  row_label TEXT NOT NULL,
  row_position INTEGER DEFAULT 0 NOT NULL,
  number TEXT NOT NULL,
  seat_position INTEGER DEFAULT 0 NOT NULL,
  x BIGINT DEFAULT 0 NOT NULL,
  y BIGINT DEFAULT 0 NOT NULL,
  kind TEXT DEFAULT 'standard' NOT NULL,
  rank BIGINT,
  guest_category TEXT,
  event_sponsor_id BIGINT,
  blocked BOOLEAN DEFAULT false NOT NULL,
  blocked_reason TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_seats PRIMARY KEY (account_id, id),
  CONSTRAINT uq_seats_number UNIQUE (account_id, section_id, row_label, number),
  CONSTRAINT fk_seats_event_section FOREIGN KEY(account_id, event_id, section_id) REFERENCES seating_sections (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_seats_rank_positive CHECK (rank > 0),
  CONSTRAINT ck_seats_sponsor_only_in_event CHECK (event_sponsor_id is null or event_id is not null),
  CONSTRAINT fk_seats_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_seats_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seats_section_id FOREIGN KEY(account_id, section_id) REFERENCES seating_sections (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_seats_row_position CHECK (row_position >= 0),
  CONSTRAINT ck_seats_seat_position CHECK (seat_position >= 0),
  CONSTRAINT ck_seats_kind CHECK (kind in ('standard', 'aisle', 'bench', 'table', 'wheelchair', 'companion', 'restricted_view', 'standing')),
  CONSTRAINT ck_seats_guest_category CHECK (guest_category in ('general', 'press', 'buyer', 'vip', 'client', 'celebrity', 'influencer', 'sponsor', 'partner', 'industry', 'family', 'student', 'staff')),
  CONSTRAINT fk_seats_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seats_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_seats_event_key UNIQUE (account_id, event_id, id)
);
alter table public.seats enable row level security;
alter table public.seats force row level security;
CREATE INDEX ix_seats_created_by ON seats (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_seats_event_section ON seats (account_id, event_id, section_id, row_position, seat_position);
CREATE INDEX ix_seats_event_sponsor_id ON seats (account_id, event_id, event_sponsor_id) WHERE event_sponsor_id is not null;
CREATE INDEX ix_seats_sellable ON seats (account_id, event_id, rank) WHERE not blocked and event_id is not null;
CREATE INDEX ix_seats_updated_by ON seats (account_id, updated_by) WHERE updated_by is not null;
comment on table public.seats is 'One place to sit or stand in a section.';
comment on column public.seats."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.seats."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.seats."event_id" is '→ events: its section''s event; NULL in a template.';
comment on column public.seats."section_id" is '→ seating_sections';
comment on column public.seats."row_label" is 'Row or table as printed.';
comment on column public.seats."row_position" is 'Rows from the stage or runway, from 0 = front row.';
comment on column public.seats."number" is 'Seat as printed; unique in the row.';
comment on column public.seats."seat_position" is 'Place in the row from 0; neighbours differ by 1, an aisle leaves a gap.';
comment on column public.seats."x" is 'Centimetres to the right of the section''s corner.';
comment on column public.seats."y" is 'Centimetres below the section''s corner.';
comment on column public.seats."kind" is 'What it is like.';
comment on column public.seats."rank" is 'Quality, 1 = best; NULL = by row.';
comment on column public.seats."guest_category" is 'Category it is allotted to; NULL = the section''s.';
comment on column public.seats."event_sponsor_id" is '→ event_sponsors: sponsor it is allotted to; NULL = the section''s.';
comment on column public.seats."blocked" is 'Whether it must stay empty (camera, sound desk); not sellable.';
comment on column public.seats."blocked_reason" is 'Why.';
comment on column public.seats."created_at" is 'When the row was made.';
comment on column public.seats."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.seats."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.seats."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.seats."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE seat_assignments (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  seat_id BIGINT NOT NULL,
  attendee_id BIGINT,
  live_seat_id BIGINT GENERATED ALWAYS AS (case when status <> 'released' then seat_id end) STORED,
  live_attendee_id BIGINT GENERATED ALWAYS AS (case when status <> 'released' then attendee_id end) STORED,
  status TEXT DEFAULT 'assigned' NOT NULL,
  source TEXT DEFAULT 'manual' NOT NULL,
  held_until TIMESTAMP WITH TIME ZONE,
  hold_note TEXT,
  assigned_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  assigned_by_id BIGINT,
  released_at TIMESTAMP WITH TIME ZONE,
  release_reason TEXT,
  event_sponsor_id BIGINT,
  sponsor_deliverable_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_seat_assignments PRIMARY KEY (account_id, id),
  CONSTRAINT uq_seat_assignments_seat UNIQUE (account_id, event_id, live_seat_id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT uq_seat_assignments_attendee UNIQUE (account_id, event_id, live_attendee_id) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_seat_assignments_assigned_has_guest CHECK (status <> 'assigned' or attendee_id is not null),
  CONSTRAINT ck_seat_assignments_released_has_time CHECK ((status = 'released') = (released_at is not null)),
  CONSTRAINT ck_seat_assignments_only_holds_end CHECK (held_until is null or status <> 'assigned'),
  CONSTRAINT fk_seat_assignments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_seat_assignments_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seat_assignments_seat_id FOREIGN KEY(account_id, event_id, seat_id) REFERENCES seats (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seat_assignments_attendee_id FOREIGN KEY(account_id, event_id, attendee_id) REFERENCES attendees (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_seat_assignments_status CHECK (status in ('held', 'assigned', 'released')),
  CONSTRAINT ck_seat_assignments_source CHECK (source in ('manual', 'rules', 'order', 'reseating', 'import')),
  CONSTRAINT fk_seat_assignments_assigned_by_id FOREIGN KEY(account_id, assigned_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seat_assignments_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_seat_assignments_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.seat_assignments enable row level security;
alter table public.seat_assignments force row level security;
CREATE INDEX ix_seat_assignments_assigned_by_id ON seat_assignments (account_id, assigned_by_id) WHERE assigned_by_id is not null;
CREATE INDEX ix_seat_assignments_attendee_id ON seat_assignments (account_id, event_id, attendee_id) WHERE attendee_id is not null;
CREATE INDEX ix_seat_assignments_created_by ON seat_assignments (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_seat_assignments_event_sponsor_id ON seat_assignments (account_id, event_id, event_sponsor_id) WHERE event_sponsor_id is not null;
CREATE INDEX ix_seat_assignments_holds ON seat_assignments (account_id, held_until) WHERE status = 'held' and held_until is not null;
CREATE INDEX ix_seat_assignments_seat_id ON seat_assignments (account_id, event_id, seat_id);
CREATE INDEX ix_seat_assignments_sponsor_deliverable_id ON seat_assignments (account_id, event_id, sponsor_deliverable_id) WHERE sponsor_deliverable_id is not null;
CREATE INDEX ix_seat_assignments_updated_by ON seat_assignments (account_id, updated_by) WHERE updated_by is not null;
comment on table public.seat_assignments is 'Who sits on which seat of an event; a seat and a guest are in one live assignment each.';
comment on column public.seat_assignments."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.seat_assignments."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.seat_assignments."event_id" is '→ events';
comment on column public.seat_assignments."seat_id" is '→ seats';
comment on column public.seat_assignments."attendee_id" is '→ attendees: who sits there; NULL for a hold without a name.';
comment on column public.seat_assignments."live_seat_id" is 'The seat while held or assigned, else NULL; generated, carries the unique key.';
comment on column public.seat_assignments."live_attendee_id" is 'The guest while held or assigned, else NULL; generated, carries the unique key.';
comment on column public.seat_assignments."status" is 'held → assigned → released.';
comment on column public.seat_assignments."source" is 'What made it.';
comment on column public.seat_assignments."held_until" is 'When a hold lapses; NULL = holds until released.';
comment on column public.seat_assignments."hold_note" is 'For whom or what a nameless seat is held.';
comment on column public.seat_assignments."assigned_at" is 'When it was made.';
comment on column public.seat_assignments."assigned_by_id" is '→ account_users: who made it; NULL for a job or an order.';
comment on column public.seat_assignments."released_at" is 'When the seat was given up.';
comment on column public.seat_assignments."release_reason" is 'Why: moved, declined, no-show …';
comment on column public.seat_assignments."event_sponsor_id" is '→ event_sponsors: the sponsor whose entitlement the seat fills.';
comment on column public.seat_assignments."sponsor_deliverable_id" is '→ sponsor_deliverables: the promise of seats it counts towards.';
comment on column public.seat_assignments."created_at" is 'When the row was made.';
comment on column public.seat_assignments."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.seat_assignments."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.seat_assignments."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.seat_assignments."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE ticket_types (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  kind TEXT DEFAULT 'paid' NOT NULL,
  admits BOOLEAN DEFAULT true NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  price_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  tax_rate_ppm INTEGER DEFAULT 0 NOT NULL,
  tax_included BOOLEAN DEFAULT true NOT NULL,
  variable_cost_minor BIGINT DEFAULT 0 NOT NULL,
  sales_starts_at TIMESTAMP WITH TIME ZONE,
  sales_ends_at TIMESTAMP WITH TIME ZONE,
  min_per_order INTEGER DEFAULT 1 NOT NULL,
  max_per_order INTEGER DEFAULT 10 NOT NULL,
  max_per_contact INTEGER,
  visibility TEXT DEFAULT 'public' NOT NULL,
  requires_approval BOOLEAN DEFAULT false NOT NULL,
  guest_category TEXT DEFAULT 'general' NOT NULL,
  zones TEXT[] DEFAULT '{}'::text[] NOT NULL,
  all_sessions BOOLEAN DEFAULT true NOT NULL,
  transferable BOOLEAN DEFAULT true NOT NULL,
  refundable_until_at TIMESTAMP WITH TIME ZONE,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_ticket_types PRIMARY KEY (account_id, id),
  CONSTRAINT ck_ticket_types_price_not_negative CHECK (price_minor >= 0),
  CONSTRAINT ck_ticket_types_free_and_comp_cost_nothing CHECK (kind not in ('free', 'comp') or price_minor = 0),
  CONSTRAINT ck_ticket_types_variable_cost_not_negative CHECK (variable_cost_minor >= 0),
  CONSTRAINT ck_ticket_types_sales_window CHECK (sales_starts_at < sales_ends_at),
  CONSTRAINT ck_ticket_types_min_up_to_max_per_order CHECK (min_per_order <= max_per_order),
  CONSTRAINT ck_ticket_types_only_add_ons_do_not_admit CHECK (kind = 'add_on' or admits),
  CONSTRAINT fk_ticket_types_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_ticket_types_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_ticket_types_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_ticket_types_kind CHECK (kind in ('paid', 'free', 'comp', 'donation', 'add_on')),
  CONSTRAINT ck_ticket_types_position CHECK (position >= 0),
  CONSTRAINT ck_ticket_types_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_ticket_types_tax_rate_ppm CHECK (tax_rate_ppm between 0 and 1000000),
  CONSTRAINT ck_ticket_types_min_per_order CHECK (min_per_order > 0),
  CONSTRAINT ck_ticket_types_max_per_order CHECK (max_per_order > 0),
  CONSTRAINT ck_ticket_types_max_per_contact CHECK (max_per_contact > 0),
  CONSTRAINT ck_ticket_types_visibility CHECK (visibility in ('public', 'hidden', 'by_code')),
  CONSTRAINT ck_ticket_types_guest_category CHECK (guest_category in ('general', 'press', 'buyer', 'vip', 'client', 'celebrity', 'influencer', 'sponsor', 'partner', 'industry', 'family', 'student', 'staff')),
  CONSTRAINT ck_ticket_types_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_ticket_types_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_ticket_types_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_ticket_types_event_key UNIQUE (account_id, event_id, id)
);
alter table public.ticket_types enable row level security;
alter table public.ticket_types force row level security;
CREATE INDEX ix_ticket_types_created_by ON ticket_types (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_ticket_types_custom ON ticket_types USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_ticket_types_list ON ticket_types (account_id, event_id, position, id);
CREATE INDEX ix_ticket_types_updated_by ON ticket_types (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_ticket_types_name ON ticket_types (account_id, event_id, name) WHERE archived_at is null;
comment on table public.ticket_types is 'What can be had for an event: a price, a sales window and what it entitles to.';
comment on column public.ticket_types."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.ticket_types."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.ticket_types."event_id" is '→ events';
comment on column public.ticket_types."name" is 'As the buyer reads it; unique among the event''s types in use.';
comment on column public.ticket_types."description" is 'What the buyer gets, as shown in the shop.';
comment on column public.ticket_types."kind" is 'paid, free, comp (given away, counted apart), donation (buyer names the price), add_on (no admission).';
comment on column public.ticket_types."admits" is 'Whether one unit becomes a ticket for a person; false only for add-ons.';
comment on column public.ticket_types."position" is 'Order in the shop and in lists, from 0.';
comment on column public.ticket_types."price_minor" is 'List price of one; the least accepted for a donation. `tax_included` says whether it contains tax.';
comment on column public.ticket_types."currency" is 'Currency of price and cost; the event''s.';
comment on column public.ticket_types."tax_rate_ppm" is 'Sales tax in parts per million of the net price (200000 = 20 %).';
comment on column public.ticket_types."tax_included" is 'True: the price contains the tax. False: the tax is added to it at sale.';
comment on column public.ticket_types."variable_cost_minor" is 'What one guest of this type costs the house (catering, gift); enters the break-even.';
comment on column public.ticket_types."sales_starts_at" is 'First moment of sale; NULL = as soon as the event is on sale.';
comment on column public.ticket_types."sales_ends_at" is 'End of sale (exclusive); NULL = until the event ends.';
comment on column public.ticket_types."min_per_order" is 'Fewest in one order that contains any.';
comment on column public.ticket_types."max_per_order" is 'Most in one order.';
comment on column public.ticket_types."max_per_contact" is 'Most for one buyer over all orders; NULL = no limit.';
comment on column public.ticket_types."visibility" is 'public, hidden (sold by the house only) or by_code (shown to holders of an unlocking promo code).';
comment on column public.ticket_types."requires_approval" is 'Whether a sign-up waits as pending until a member confirms it.';
comment on column public.ticket_types."guest_category" is 'Category that its guests get at first.';
comment on column public.ticket_types."zones" is 'Entitlement: zones its tickets open, matched with the gates'' zones; empty = every zone.';
comment on column public.ticket_types."all_sessions" is 'Entitlement: true = every session; false = those in ticket_type_sessions.';
comment on column public.ticket_types."transferable" is 'Whether the holder may pass the ticket on.';
comment on column public.ticket_types."refundable_until_at" is 'Last moment (exclusive) at which a buyer may ask for money back; NULL = at the house''s discretion.';
comment on column public.ticket_types."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.ticket_types."created_at" is 'When the row was made.';
comment on column public.ticket_types."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.ticket_types."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.ticket_types."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.ticket_types."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.ticket_types."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE order_items (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  order_id BIGINT NOT NULL,
  ticket_type_id BIGINT NOT NULL,
  registration_id BIGINT,
  admits BOOLEAN DEFAULT true NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  description TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  unit_price_minor BIGINT NOT NULL,
  discount_minor BIGINT DEFAULT 0 NOT NULL,
  tax_rate_ppm INTEGER DEFAULT 0 NOT NULL,
  tax_minor BIGINT DEFAULT 0 NOT NULL,
  total_minor BIGINT GENERATED ALWAYS AS (quantity * unit_price_minor - discount_minor) STORED NOT NULL,
  currency CHAR(3) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_order_items PRIMARY KEY (account_id, id),
  CONSTRAINT uq_order_items_position UNIQUE (account_id, order_id, position),
  CONSTRAINT ck_order_items_unit_price_not_negative CHECK (unit_price_minor >= 0),
  CONSTRAINT ck_order_items_discount_within_price CHECK (discount_minor between 0 and quantity * unit_price_minor),
  CONSTRAINT ck_order_items_tax_within_total CHECK (tax_minor between 0 and quantity * unit_price_minor - discount_minor),
  CONSTRAINT ck_order_items_admission_has_registration CHECK (not admits or registration_id is not null),
  CONSTRAINT fk_order_items_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_order_items_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_order_items_order_id FOREIGN KEY(account_id, event_id, order_id) REFERENCES orders (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_order_items_ticket_type_id FOREIGN KEY(account_id, event_id, ticket_type_id) REFERENCES ticket_types (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_order_items_registration_id FOREIGN KEY(account_id, event_id, registration_id) REFERENCES registrations (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_order_items_position CHECK (position >= 0),
  CONSTRAINT ck_order_items_description CHECK (length(description) between 1 and 200),
  CONSTRAINT ck_order_items_quantity CHECK (quantity > 0),
  CONSTRAINT ck_order_items_tax_rate_ppm CHECK (tax_rate_ppm between 0 and 1000000),
  CONSTRAINT ck_order_items_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT uq_order_items_event_key UNIQUE (account_id, event_id, id)
);
alter table public.order_items enable row level security;
alter table public.order_items force row level security;
CREATE INDEX ix_order_items_order_id ON order_items (account_id, event_id, order_id);
CREATE INDEX ix_order_items_registration_id ON order_items (account_id, event_id, registration_id) WHERE registration_id is not null;
CREATE INDEX ix_order_items_ticket_type_id ON order_items (account_id, event_id, ticket_type_id);
comment on table public.order_items is 'One line of an order: some units of one ticket type; immutable once the order is paid.';
comment on column public.order_items."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.order_items."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.order_items."event_id" is '→ events';
comment on column public.order_items."order_id" is '→ orders';
comment on column public.order_items."ticket_type_id" is '→ ticket_types';
comment on column public.order_items."registration_id" is '→ registrations: the party it admits; required for admission.';
comment on column public.order_items."admits" is 'Copied from the ticket type: whether its units become tickets.';
comment on column public.order_items."position" is 'Order of lines, from 0.';
comment on column public.order_items."description" is 'Name of the ticket type when it was sold.';
comment on column public.order_items."quantity" is 'Units.';
comment on column public.order_items."unit_price_minor" is 'List price of one with tax.';
comment on column public.order_items."discount_minor" is 'Taken off the whole line.';
comment on column public.order_items."tax_rate_ppm" is 'Tax rate when it was sold, in parts per million of net.';
comment on column public.order_items."tax_minor" is 'Tax contained in the line''s total.';
comment on column public.order_items."total_minor" is 'What the buyer pays for the line; generated.';
comment on column public.order_items."currency" is 'The order''s.';
comment on column public.order_items."created_at" is 'When the row was made.';
comment on column public.order_items."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE promo_code_ticket_types (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  promo_code_id BIGINT NOT NULL,
  ticket_type_id BIGINT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_promo_code_ticket_types PRIMARY KEY (account_id, id),
  CONSTRAINT uq_promo_code_ticket_types_pair UNIQUE (account_id, promo_code_id, ticket_type_id),
  CONSTRAINT fk_promo_code_ticket_types_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_promo_code_ticket_types_promo_code_id FOREIGN KEY(account_id, promo_code_id) REFERENCES promo_codes (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_promo_code_ticket_types_ticket_type_id FOREIGN KEY(account_id, ticket_type_id) REFERENCES ticket_types (account_id, id) ON DELETE CASCADE
);
alter table public.promo_code_ticket_types enable row level security;
alter table public.promo_code_ticket_types force row level security;
CREATE INDEX ix_promo_code_ticket_types_ticket_type_id ON promo_code_ticket_types (account_id, ticket_type_id);
comment on table public.promo_code_ticket_types is 'A ticket type that a promo code works for, where its scope is ticket types.';
comment on column public.promo_code_ticket_types."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.promo_code_ticket_types."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.promo_code_ticket_types."promo_code_id" is '→ promo_codes';
comment on column public.promo_code_ticket_types."ticket_type_id" is '→ ticket_types';
comment on column public.promo_code_ticket_types."created_at" is 'When the row was made.';
comment on column public.promo_code_ticket_types."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE quota_ticket_types (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  quota_id BIGINT NOT NULL,
  ticket_type_id BIGINT NOT NULL,
  places INTEGER DEFAULT 1 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_quota_ticket_types PRIMARY KEY (account_id, id),
  CONSTRAINT uq_quota_ticket_types_pair UNIQUE (account_id, quota_id, ticket_type_id),
  CONSTRAINT fk_quota_ticket_types_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_quota_ticket_types_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_quota_ticket_types_quota_id FOREIGN KEY(account_id, event_id, quota_id) REFERENCES quotas (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_quota_ticket_types_ticket_type_id FOREIGN KEY(account_id, event_id, ticket_type_id) REFERENCES ticket_types (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_quota_ticket_types_places CHECK (places > 0)
);
alter table public.quota_ticket_types enable row level security;
alter table public.quota_ticket_types force row level security;
CREATE INDEX ix_quota_ticket_types_event_id ON quota_ticket_types (account_id, event_id);
CREATE INDEX ix_quota_ticket_types_quota_id ON quota_ticket_types (account_id, event_id, quota_id);
CREATE INDEX ix_quota_ticket_types_ticket_type_id ON quota_ticket_types (account_id, event_id, ticket_type_id);
comment on table public.quota_ticket_types is 'Which ticket types draw on which quota; a type with several needs room in all of them.';
comment on column public.quota_ticket_types."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.quota_ticket_types."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.quota_ticket_types."event_id" is '→ events';
comment on column public.quota_ticket_types."quota_id" is '→ quotas';
comment on column public.quota_ticket_types."ticket_type_id" is '→ ticket_types';
comment on column public.quota_ticket_types."places" is 'Places that one ticket of the type takes from the quota.';
comment on column public.quota_ticket_types."created_at" is 'When the row was made.';
comment on column public.quota_ticket_types."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE ticket_type_sessions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  ticket_type_id BIGINT NOT NULL,
  session_id BIGINT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_ticket_type_sessions PRIMARY KEY (account_id, id),
  CONSTRAINT uq_ticket_type_sessions_pair UNIQUE (account_id, ticket_type_id, session_id),
  CONSTRAINT fk_ticket_type_sessions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_ticket_type_sessions_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_ticket_type_sessions_ticket_type_id FOREIGN KEY(account_id, event_id, ticket_type_id) REFERENCES ticket_types (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_ticket_type_sessions_session_id FOREIGN KEY(account_id, event_id, session_id) REFERENCES sessions (account_id, event_id, id) ON DELETE CASCADE
);
alter table public.ticket_type_sessions enable row level security;
alter table public.ticket_type_sessions force row level security;
CREATE INDEX ix_ticket_type_sessions_event_id ON ticket_type_sessions (account_id, event_id);
CREATE INDEX ix_ticket_type_sessions_session_id ON ticket_type_sessions (account_id, event_id, session_id);
CREATE INDEX ix_ticket_type_sessions_ticket_type_id ON ticket_type_sessions (account_id, event_id, ticket_type_id);
comment on table public.ticket_type_sessions is 'A session that a ticket type entitles to, where it does not entitle to all.';
comment on column public.ticket_type_sessions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.ticket_type_sessions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.ticket_type_sessions."event_id" is '→ events';
comment on column public.ticket_type_sessions."ticket_type_id" is '→ ticket_types';
comment on column public.ticket_type_sessions."session_id" is '→ sessions';
comment on column public.ticket_type_sessions."created_at" is 'When the row was made.';
comment on column public.ticket_type_sessions."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE tickets (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  ticket_type_id BIGINT NOT NULL,
  attendee_id BIGINT,
  order_id BIGINT,
  order_item_id BIGINT,
  seat_id BIGINT,
  code TEXT NOT NULL,
  status TEXT DEFAULT 'valid' NOT NULL,
  price_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  issued_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  valid_from TIMESTAMP WITH TIME ZONE,
  valid_until TIMESTAMP WITH TIME ZONE,
  delivered_at TIMESTAMP WITH TIME ZONE,
  entries INTEGER DEFAULT 0 NOT NULL,
  inside BOOLEAN DEFAULT false NOT NULL,
  first_entry_at TIMESTAMP WITH TIME ZONE,
  last_entry_at TIMESTAMP WITH TIME ZONE,
  voided_at TIMESTAMP WITH TIME ZONE,
  void_reason TEXT,
  transferred_to_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_tickets PRIMARY KEY (account_id, id),
  CONSTRAINT uq_tickets_code UNIQUE (account_id, code),
  CONSTRAINT ck_tickets_code_length CHECK (length(code) between 8 and 200),
  CONSTRAINT ck_tickets_price_not_negative CHECK (price_minor >= 0),
  CONSTRAINT ck_tickets_void_has_time CHECK (status <> 'void' or voided_at is not null),
  CONSTRAINT ck_tickets_used_has_entry CHECK (status <> 'used' or first_entry_at is not null),
  CONSTRAINT ck_tickets_transferred_names_new_ticket CHECK ((status = 'transferred') = (transferred_to_id is not null)),
  CONSTRAINT ck_tickets_validity CHECK (valid_from < valid_until),
  CONSTRAINT ck_tickets_entries_have_times CHECK ((entries > 0) = (first_entry_at is not null)),
  CONSTRAINT ck_tickets_inside_only_after_entry CHECK (not inside or entries > 0),
  CONSTRAINT fk_tickets_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_tickets_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_tickets_ticket_type_id FOREIGN KEY(account_id, event_id, ticket_type_id) REFERENCES ticket_types (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_tickets_attendee_id FOREIGN KEY(account_id, event_id, attendee_id) REFERENCES attendees (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_tickets_order_id FOREIGN KEY(account_id, event_id, order_id) REFERENCES orders (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_tickets_order_item_id FOREIGN KEY(account_id, event_id, order_item_id) REFERENCES order_items (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_tickets_seat_id FOREIGN KEY(account_id, event_id, seat_id) REFERENCES seats (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_tickets_status CHECK (status in ('valid', 'used', 'void', 'transferred')),
  CONSTRAINT ck_tickets_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_tickets_entries CHECK (entries >= 0),
  CONSTRAINT fk_tickets_transferred_to_id FOREIGN KEY(account_id, event_id, transferred_to_id) REFERENCES tickets (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_tickets_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_tickets_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_tickets_event_key UNIQUE (account_id, event_id, id)
);
alter table public.tickets enable row level security;
alter table public.tickets force row level security;
CREATE INDEX ix_tickets_admitting ON tickets (account_id, event_id, ticket_type_id, issued_at) WHERE status in ('valid', 'used');
CREATE INDEX ix_tickets_attendee_id ON tickets (account_id, event_id, attendee_id) WHERE attendee_id is not null;
CREATE INDEX ix_tickets_created_by ON tickets (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_tickets_event_list ON tickets (account_id, event_id, status, issued_at, id);
CREATE INDEX ix_tickets_inside ON tickets (account_id, event_id) WHERE inside;
CREATE INDEX ix_tickets_order_id ON tickets (account_id, event_id, order_id) WHERE order_id is not null;
CREATE INDEX ix_tickets_order_item_id ON tickets (account_id, event_id, order_item_id) WHERE order_item_id is not null;
CREATE INDEX ix_tickets_seat_id ON tickets (account_id, event_id, seat_id) WHERE seat_id is not null;
CREATE INDEX ix_tickets_ticket_type_id ON tickets (account_id, event_id, ticket_type_id);
CREATE INDEX ix_tickets_transferred_to_id ON tickets (account_id, event_id, transferred_to_id) WHERE transferred_to_id is not null;
CREATE INDEX ix_tickets_updated_by ON tickets (account_id, updated_by) WHERE updated_by is not null;
comment on table public.tickets is 'One admission: a secret code that a door accepts.';
comment on column public.tickets."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.tickets."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.tickets."event_id" is '→ events';
comment on column public.tickets."ticket_type_id" is '→ ticket_types';
comment on column public.tickets."attendee_id" is '→ attendees: whom it admits; NULL until the buyer names the person.';
comment on column public.tickets."order_id" is '→ orders: the order that bought it; NULL for invitations.';
comment on column public.tickets."order_item_id" is '→ order_items: the line that bought it.';
comment on column public.tickets."seat_id" is '→ seats: the seat printed on it, kept equal to the live seat assignment, which alone decides.';
comment on column public.tickets."code" is 'Secret in the QR code, at least 80 random bits; imports keep the barcode sent. Whoever shows it gets in.';
comment on column public.tickets."status" is 'valid → used / void / transferred (a new ticket takes its place).';
comment on column public.tickets."price_minor" is 'Paid for this admission: unit price less its share of the discount.';
comment on column public.tickets."currency" is 'The order''s, else the event''s.';
comment on column public.tickets."issued_at" is 'When it was issued; imports keep the source''s time.';
comment on column public.tickets."valid_from" is 'Doors refuse it earlier; NULL = as the gate says.';
comment on column public.tickets."valid_until" is 'Doors refuse it from then on; NULL = as the gate says.';
comment on column public.tickets."delivered_at" is 'When it was last sent to the guest.';
comment on column public.tickets."entries" is 'Accepted scans inwards, reversed ones not counted. Kept by the door commands.';
comment on column public.tickets."inside" is 'Whether the holder is inside now. Kept by the door commands.';
comment on column public.tickets."first_entry_at" is 'First accepted scan inwards.';
comment on column public.tickets."last_entry_at" is 'Latest accepted scan inwards.';
comment on column public.tickets."voided_at" is 'When it was voided.';
comment on column public.tickets."void_reason" is 'Why: refund, cancellation, lost …';
comment on column public.tickets."transferred_to_id" is '→ tickets: the ticket that replaced it.';
comment on column public.tickets."created_at" is 'When the row was made.';
comment on column public.tickets."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.tickets."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.tickets."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.tickets."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE check_ins (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  ticket_id BIGINT,
  attendee_id BIGINT,
  gate_id BIGINT,
  device_id BIGINT,
  operator_id BIGINT,
  direction TEXT DEFAULT 'in' NOT NULL,
  result TEXT NOT NULL,
  reason TEXT,
  nonce TEXT NOT NULL,
  code_hash BYTEA,
  scanned_at TIMESTAMP WITH TIME ZONE NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  offline BOOLEAN DEFAULT false NOT NULL,
  forced BOOLEAN DEFAULT false NOT NULL,
  note TEXT,
  reverses_id BIGINT,
  CONSTRAINT pk_check_ins PRIMARY KEY (account_id, id),
  CONSTRAINT uq_check_ins_nonce UNIQUE NULLS NOT DISTINCT (account_id, device_id, nonce),
  CONSTRAINT uq_check_ins_reverses_id UNIQUE (account_id, reverses_id),
  CONSTRAINT ck_check_ins_refused_has_reason CHECK ((result = 'refused') = (reason is not null)),
  CONSTRAINT ck_check_ins_accepted_has_ticket CHECK (result = 'refused' or ticket_id is not null),
  CONSTRAINT ck_check_ins_forced_is_accepted CHECK (not forced or result = 'accepted'),
  CONSTRAINT ck_check_ins_nonce_length CHECK (length(nonce) between 8 and 100),
  CONSTRAINT fk_check_ins_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_check_ins_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_check_ins_ticket_id FOREIGN KEY(account_id, event_id, ticket_id) REFERENCES tickets (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_check_ins_attendee_id FOREIGN KEY(account_id, event_id, attendee_id) REFERENCES attendees (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_check_ins_gate_id FOREIGN KEY(account_id, event_id, gate_id) REFERENCES gates (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_check_ins_device_id FOREIGN KEY(account_id, event_id, device_id) REFERENCES devices (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_check_ins_operator_id FOREIGN KEY(account_id, operator_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_check_ins_direction CHECK (direction in ('in', 'out')),
  CONSTRAINT ck_check_ins_result CHECK (result in ('accepted', 'refused')),
  CONSTRAINT ck_check_ins_reason CHECK (reason in ('unknown_code', 'other_event', 'void', 'transferred', 'unpaid', 'already_inside', 'already_used', 'not_inside', 'wrong_gate', 'too_early', 'too_late', 'full', 'blocked', 'device_revoked')),
  CONSTRAINT ck_check_ins_code_hash CHECK (octet_length(code_hash) = 32),
  CONSTRAINT fk_check_ins_reverses_id FOREIGN KEY(account_id, reverses_id) REFERENCES check_ins (account_id, id) ON DELETE CASCADE
);
alter table public.check_ins enable row level security;
alter table public.check_ins force row level security;
CREATE INDEX ix_check_ins_accepted ON check_ins (account_id, event_id, ticket_id, scanned_at) WHERE result = 'accepted';
CREATE INDEX ix_check_ins_attendee_id ON check_ins (account_id, event_id, attendee_id) WHERE attendee_id is not null;
CREATE INDEX ix_check_ins_device_id ON check_ins (account_id, event_id, device_id) WHERE device_id is not null;
CREATE INDEX ix_check_ins_event_time ON check_ins (account_id, event_id, scanned_at, id);
CREATE INDEX ix_check_ins_gate_id ON check_ins (account_id, event_id, gate_id) WHERE gate_id is not null;
CREATE INDEX ix_check_ins_operator_id ON check_ins (account_id, operator_id) WHERE operator_id is not null;
CREATE INDEX ix_check_ins_ticket_id ON check_ins (account_id, event_id, ticket_id) WHERE ticket_id is not null;
comment on table public.check_ins is 'One scan, accepted or refused; append-only, a mistake is reversed by a further row.';
comment on column public.check_ins."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.check_ins."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.check_ins."event_id" is '→ events';
comment on column public.check_ins."ticket_id" is '→ tickets: the ticket scanned; NULL for a code that is not one of this event''s.';
comment on column public.check_ins."attendee_id" is '→ attendees: the ticket''s holder at that moment.';
comment on column public.check_ins."gate_id" is '→ gates: where; NULL when checked in from the guest list.';
comment on column public.check_ins."device_id" is '→ devices: with what; NULL when a member used the app''s own page.';
comment on column public.check_ins."operator_id" is '→ account_users: the member who scanned; NULL for a door phone without sign-in.';
comment on column public.check_ins."direction" is 'in or out.';
comment on column public.check_ins."result" is 'What the door answered.';
comment on column public.check_ins."reason" is 'Why it refused; NULL when accepted.';
comment on column public.check_ins."nonce" is 'Made by the client per scan; a repeat gets the first answer and adds no row.';
comment on column public.check_ins."code_hash" is 'SHA-256 of what was scanned where no ticket matched, to recognise repeats.';
comment on column public.check_ins."scanned_at" is 'When it was scanned, by the client''s clock corrected to the server''s.';
comment on column public.check_ins."received_at" is 'When the server stored it.';
comment on column public.check_ins."offline" is 'Whether the client decided without the server and delivered later.';
comment on column public.check_ins."forced" is 'Whether the operator let the guest pass against a refusal.';
comment on column public.check_ins."note" is 'Operator''s remark, such as why a guest was let pass.';
comment on column public.check_ins."reverses_id" is '→ check_ins: the accepted scan that this row takes back; neither of the two counts as an entry.';

CREATE TABLE waitlist_entries (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  quota_id BIGINT NOT NULL,
  ticket_type_id BIGINT,
  registration_id BIGINT,
  order_id BIGINT,
  contact_id BIGINT,
  name TEXT NOT NULL,
  email TEXT,
  party_size INTEGER DEFAULT 1 NOT NULL,
  priority BIGINT DEFAULT 0 NOT NULL,
  joined_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  status TEXT DEFAULT 'waiting' NOT NULL,
  offered_at TIMESTAMP WITH TIME ZONE,
  offered_until TIMESTAMP WITH TIME ZONE,
  offers INTEGER DEFAULT 0 NOT NULL,
  accepted_at TIMESTAMP WITH TIME ZONE,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_waitlist_entries PRIMARY KEY (account_id, id),
  CONSTRAINT ck_waitlist_entries_somebody_can_be_reached CHECK (num_nonnulls(contact_id, email, registration_id) >= 1),
  CONSTRAINT ck_waitlist_entries_offer_has_end CHECK (status <> 'offered' or num_nonnulls(offered_at, offered_until) = 2),
  CONSTRAINT ck_waitlist_entries_offer_window CHECK (offered_at < offered_until),
  CONSTRAINT ck_waitlist_entries_accepted_has_time CHECK (status <> 'accepted' or accepted_at is not null),
  CONSTRAINT fk_waitlist_entries_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_waitlist_entries_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_waitlist_entries_quota_id FOREIGN KEY(account_id, event_id, quota_id) REFERENCES quotas (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_waitlist_entries_ticket_type_id FOREIGN KEY(account_id, event_id, ticket_type_id) REFERENCES ticket_types (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_waitlist_entries_registration_id FOREIGN KEY(account_id, event_id, registration_id) REFERENCES registrations (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_waitlist_entries_order_id FOREIGN KEY(account_id, event_id, order_id) REFERENCES orders (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_waitlist_entries_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_waitlist_entries_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_waitlist_entries_email CHECK (email ~ '^[^@ ]+@[^@ ]+$' and length(email) <= 320),
  CONSTRAINT ck_waitlist_entries_party_size CHECK (party_size > 0),
  CONSTRAINT ck_waitlist_entries_status CHECK (status in ('waiting', 'offered', 'accepted', 'expired', 'cancelled')),
  CONSTRAINT ck_waitlist_entries_offers CHECK (offers >= 0),
  CONSTRAINT fk_waitlist_entries_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_waitlist_entries_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.waitlist_entries enable row level security;
alter table public.waitlist_entries force row level security;
CREATE INDEX ix_waitlist_entries_contact_id ON waitlist_entries (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_waitlist_entries_created_by ON waitlist_entries (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_waitlist_entries_event_id ON waitlist_entries (account_id, event_id);
CREATE INDEX ix_waitlist_entries_line ON waitlist_entries (account_id, event_id, quota_id, priority desc, joined_at, id) WHERE status = 'waiting';
CREATE INDEX ix_waitlist_entries_offers ON waitlist_entries (account_id, offered_until) WHERE status = 'offered';
CREATE INDEX ix_waitlist_entries_order_id ON waitlist_entries (account_id, event_id, order_id) WHERE order_id is not null;
CREATE INDEX ix_waitlist_entries_quota_id ON waitlist_entries (account_id, event_id, quota_id);
CREATE INDEX ix_waitlist_entries_registration_id ON waitlist_entries (account_id, event_id, registration_id) WHERE registration_id is not null;
CREATE INDEX ix_waitlist_entries_ticket_type_id ON waitlist_entries (account_id, event_id, ticket_type_id) WHERE ticket_type_id is not null;
CREATE INDEX ix_waitlist_entries_updated_by ON waitlist_entries (account_id, updated_by) WHERE updated_by is not null;
comment on table public.waitlist_entries is 'A party in line for a full quota; freed places go to the line first.';
comment on column public.waitlist_entries."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.waitlist_entries."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.waitlist_entries."event_id" is '→ events';
comment on column public.waitlist_entries."quota_id" is '→ quotas: what is full.';
comment on column public.waitlist_entries."ticket_type_id" is '→ ticket_types: the type wanted; NULL = any of the quota.';
comment on column public.waitlist_entries."registration_id" is '→ registrations: the waitlisted party.';
comment on column public.waitlist_entries."order_id" is '→ orders: the order made from the offer.';
comment on column public.waitlist_entries."contact_id" is '→ contacts: who waits.';
comment on column public.waitlist_entries."name" is 'Who waits, as given.';
comment on column public.waitlist_entries."email" is 'Where the offer is sent.';
comment on column public.waitlist_entries."party_size" is 'Places wanted; an offer is for all of them.';
comment on column public.waitlist_entries."priority" is 'Higher goes first; 0 = in order of arrival.';
comment on column public.waitlist_entries."joined_at" is 'When the party lined up.';
comment on column public.waitlist_entries."status" is 'waiting → offered → accepted / expired; cancelled at any time before.';
comment on column public.waitlist_entries."offered_at" is 'When places were offered; they count as taken from then.';
comment on column public.waitlist_entries."offered_until" is 'Until when the offer stands; then the places go to the next.';
comment on column public.waitlist_entries."offers" is 'Offers made so far.';
comment on column public.waitlist_entries."accepted_at" is 'When the party took the places.';
comment on column public.waitlist_entries."note" is 'For the house only.';
comment on column public.waitlist_entries."created_at" is 'When the row was made.';
comment on column public.waitlist_entries."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.waitlist_entries."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.waitlist_entries."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.waitlist_entries."version" is 'Raised by every update; an edit names the version it saw.';
"""

DOWNGRADE = r"""
drop table public.waitlist_entries;
drop table public.check_ins;
drop table public.tickets;
drop table public.ticket_type_sessions;
drop table public.quota_ticket_types;
drop table public.promo_code_ticket_types;
drop table public.order_items;
drop table public.ticket_types;
drop table public.seat_assignments;
drop table public.seats;
drop table public.seating_rule_members;
drop table public.seating_rules;
drop table public.seating_sections;
drop table public.attendees;
drop table public.registrations;
drop table public.quotas;
drop table public.orders;
drop table public.promo_codes;
drop table public.devices;
drop table public.gates;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("waitlist_entries")
    ops.sync_drop("check_ins")
    ops.sync_drop("tickets")
    ops.sync_drop("ticket_type_sessions")
    ops.sync_drop("quota_ticket_types")
    ops.sync_drop("promo_code_ticket_types")
    ops.sync_drop("order_items")
    ops.sync_drop("ticket_types")
    ops.sync_drop("seat_assignments")
    ops.sync_drop("seats")
    ops.sync_drop("seating_rule_members")
    ops.sync_drop("seating_rules")
    ops.sync_drop("seating_sections")
    ops.sync_drop("attendees")
    ops.sync_drop("registrations")
    ops.sync_drop("quotas")
    ops.sync_drop("orders")
    ops.sync_drop("promo_codes")
    ops.sync_drop("devices")
    ops.sync_drop("gates")
    ops.run(DOWNGRADE)
