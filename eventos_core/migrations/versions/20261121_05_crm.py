"""Tables of crm. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_05_crm"
down_revision = "20261121_04_ticketing"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE event_asset_date_versions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  assets_due_on DATE NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  changed_by_id BIGINT,
  CONSTRAINT pk_event_asset_date_versions PRIMARY KEY (account_id, id),
  CONSTRAINT ck_event_asset_date_versions_ended_after_recorded CHECK (recorded_at <= ended_at),
  CONSTRAINT fk_event_asset_date_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id)
);
alter table public.event_asset_date_versions enable row level security;
alter table public.event_asset_date_versions force row level security;
CREATE INDEX ix_event_asset_date_versions_event ON event_asset_date_versions (account_id, event_id, recorded_at);
CREATE UNIQUE INDEX uq_event_asset_date_versions_current ON event_asset_date_versions (account_id, event_id) WHERE ended_at is null;
comment on table public.event_asset_date_versions is 'The last day for an event''s sponsor material as it stood over a span of time; none where the event had none.';
comment on column public.event_asset_date_versions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_asset_date_versions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_asset_date_versions."event_id" is 'The event''s id; no foreign key.';
comment on column public.event_asset_date_versions."assets_due_on" is 'Last day for sponsor material, on the event''s own clock.';
comment on column public.event_asset_date_versions."recorded_at" is 'When it became known.';
comment on column public.event_asset_date_versions."ended_at" is 'Until when it was held true (exclusive); NULL = still.';
comment on column public.event_asset_date_versions."changed_by_id" is 'Membership id of who made the change; NULL for jobs. No foreign key.';

CREATE TABLE exchange_rate_versions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  exchange_rate_id BIGINT NOT NULL,
  from_currency CHAR(3) NOT NULL,
  to_currency CHAR(3) NOT NULL,
  valid_on DATE NOT NULL,
  rate_e12 BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  changed_by_id BIGINT,
  CONSTRAINT pk_exchange_rate_versions PRIMARY KEY (account_id, id),
  CONSTRAINT ck_exchange_rate_versions_ended_after_recorded CHECK (recorded_at <= ended_at),
  CONSTRAINT fk_exchange_rate_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_exchange_rate_versions_from_currency CHECK (from_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_exchange_rate_versions_to_currency CHECK (to_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_exchange_rate_versions_rate_e12 CHECK (rate_e12 > 0)
);
alter table public.exchange_rate_versions enable row level security;
alter table public.exchange_rate_versions force row level security;
CREATE INDEX ix_exchange_rate_versions_pair ON exchange_rate_versions (account_id, to_currency, from_currency, valid_on desc);
CREATE UNIQUE INDEX uq_exchange_rate_versions_current ON exchange_rate_versions (account_id, exchange_rate_id) WHERE ended_at is null;
comment on table public.exchange_rate_versions is 'An exchange rate as it was known over a span of time.';
comment on column public.exchange_rate_versions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.exchange_rate_versions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.exchange_rate_versions."exchange_rate_id" is 'The rate''s id; no foreign key.';
comment on column public.exchange_rate_versions."from_currency" is 'What was converted.';
comment on column public.exchange_rate_versions."to_currency" is 'What it was converted to.';
comment on column public.exchange_rate_versions."valid_on" is 'First day it held.';
comment on column public.exchange_rate_versions."rate_e12" is 'Major units of to_currency for one major unit of from_currency, times 10^12.';
comment on column public.exchange_rate_versions."recorded_at" is 'When it became known.';
comment on column public.exchange_rate_versions."ended_at" is 'Until when it was held true (exclusive); NULL = still.';
comment on column public.exchange_rate_versions."changed_by_id" is 'Membership id of who made the change; NULL for jobs. No foreign key.';

CREATE TABLE exchange_rates (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  from_currency CHAR(3) NOT NULL,
  to_currency CHAR(3) NOT NULL,
  valid_on DATE NOT NULL,
  rate_e12 BIGINT NOT NULL,
  source TEXT DEFAULT 'manual' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_exchange_rates PRIMARY KEY (account_id, id),
  CONSTRAINT uq_exchange_rates_pair_day UNIQUE (account_id, from_currency, to_currency, valid_on),
  CONSTRAINT ck_exchange_rates_two_currencies CHECK (from_currency <> to_currency),
  CONSTRAINT fk_exchange_rates_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_exchange_rates_from_currency CHECK (from_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_exchange_rates_to_currency CHECK (to_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_exchange_rates_rate_e12 CHECK (rate_e12 > 0),
  CONSTRAINT ck_exchange_rates_source CHECK (source in ('manual', 'ecb', 'import', 'api')),
  CONSTRAINT fk_exchange_rates_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_exchange_rates_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.exchange_rates enable row level security;
alter table public.exchange_rates force row level security;
CREATE INDEX ix_exchange_rates_created_by ON exchange_rates (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_exchange_rates_updated_by ON exchange_rates (account_id, updated_by) WHERE updated_by is not null;
comment on table public.exchange_rates is 'What one major unit of a currency is worth in another on a day.';
comment on column public.exchange_rates."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.exchange_rates."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.exchange_rates."from_currency" is 'What is converted.';
comment on column public.exchange_rates."to_currency" is 'What it is converted to, usually the house''s base currency.';
comment on column public.exchange_rates."valid_on" is 'First day it holds; it stays in force until the next row of the pair.';
comment on column public.exchange_rates."rate_e12" is 'Major units of to_currency for one major unit of from_currency, times 10^12.';
comment on column public.exchange_rates."source" is 'Where it comes from.';
comment on column public.exchange_rates."created_at" is 'When the row was made.';
comment on column public.exchange_rates."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.exchange_rates."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.exchange_rates."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.exchange_rates."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE lost_reasons (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  position INTEGER DEFAULT 0 NOT NULL,
  requires_note BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_lost_reasons PRIMARY KEY (account_id, id),
  CONSTRAINT fk_lost_reasons_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_lost_reasons_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_lost_reasons_position CHECK (position >= 0),
  CONSTRAINT fk_lost_reasons_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_lost_reasons_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.lost_reasons enable row level security;
alter table public.lost_reasons force row level security;
CREATE INDEX ix_lost_reasons_created_by ON lost_reasons (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_lost_reasons_updated_by ON lost_reasons (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_lost_reasons_name ON lost_reasons (account_id, name) WHERE archived_at is null;
comment on table public.lost_reasons is 'Why deals are lost, as a list that the house keeps.';
comment on column public.lost_reasons."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.lost_reasons."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.lost_reasons."name" is 'Unique among reasons in use.';
comment on column public.lost_reasons."position" is 'Order in lists, from 0.';
comment on column public.lost_reasons."requires_note" is 'Whether losing a deal for it needs a note (as for “Other”).';
comment on column public.lost_reasons."created_at" is 'When the row was made.';
comment on column public.lost_reasons."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.lost_reasons."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.lost_reasons."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.lost_reasons."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.lost_reasons."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE meeting_types (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  slug TEXT NOT NULL,
  description TEXT,
  event_id BIGINT,
  host_id BIGINT,
  venue_space_id BIGINT,
  mode TEXT DEFAULT 'video' NOT NULL,
  place TEXT,
  duration_minutes INTEGER NOT NULL,
  buffer_before_minutes INTEGER DEFAULT 0 NOT NULL,
  buffer_after_minutes INTEGER DEFAULT 0 NOT NULL,
  bookable_hours JSONB DEFAULT '[]'::jsonb NOT NULL,
  timezone TEXT NOT NULL,
  bookable_from_on DATE,
  bookable_until_on DATE,
  min_notice_minutes INTEGER DEFAULT 0 NOT NULL,
  days_ahead INTEGER DEFAULT 60 NOT NULL,
  max_per_day INTEGER,
  needs_confirmation BOOLEAN DEFAULT false NOT NULL,
  public BOOLEAN DEFAULT true NOT NULL,
  questions JSONB DEFAULT '[]'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_meeting_types PRIMARY KEY (account_id, id),
  CONSTRAINT uq_meeting_types_slug UNIQUE (account_id, slug),
  CONSTRAINT ck_meeting_types_bookable_days CHECK (bookable_from_on <= bookable_until_on),
  CONSTRAINT ck_meeting_types_at_most_a_day CHECK (duration_minutes <= 1440),
  CONSTRAINT fk_meeting_types_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_meeting_types_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_meeting_types_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
  CONSTRAINT fk_meeting_types_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_types_host_id FOREIGN KEY(account_id, host_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_types_venue_space_id FOREIGN KEY(account_id, venue_space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_meeting_types_mode CHECK (mode in ('in_person', 'phone', 'video')),
  CONSTRAINT ck_meeting_types_duration_minutes CHECK (duration_minutes > 0),
  CONSTRAINT ck_meeting_types_buffer_before_minutes CHECK (buffer_before_minutes >= 0),
  CONSTRAINT ck_meeting_types_buffer_after_minutes CHECK (buffer_after_minutes >= 0),
  CONSTRAINT ck_meeting_types_bookable_hours CHECK (jsonb_typeof(bookable_hours) = 'array'),
  CONSTRAINT ck_meeting_types_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_meeting_types_min_notice_minutes CHECK (min_notice_minutes >= 0),
  CONSTRAINT ck_meeting_types_days_ahead CHECK (days_ahead > 0),
  CONSTRAINT ck_meeting_types_max_per_day CHECK (max_per_day > 0),
  CONSTRAINT ck_meeting_types_questions CHECK (jsonb_typeof(questions) = 'array'),
  CONSTRAINT fk_meeting_types_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_types_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.meeting_types enable row level security;
alter table public.meeting_types force row level security;
CREATE INDEX ix_meeting_types_created_by ON meeting_types (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_meeting_types_event_id ON meeting_types (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_meeting_types_host_id ON meeting_types (account_id, host_id) WHERE host_id is not null;
CREATE INDEX ix_meeting_types_updated_by ON meeting_types (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_meeting_types_venue_space_id ON meeting_types (account_id, venue_space_id) WHERE venue_space_id is not null;
comment on table public.meeting_types is 'A kind of meeting that others may book: how long, where, when.';
comment on column public.meeting_types."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.meeting_types."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.meeting_types."name" is 'Showroom appointment, sponsor call …';
comment on column public.meeting_types."slug" is 'Part of its booking link; unique in the house.';
comment on column public.meeting_types."description" is 'Shown to who books.';
comment on column public.meeting_types."event_id" is '→ events: the event whose appointments these are; NULL = any time.';
comment on column public.meeting_types."host_id" is '→ account_users: whom it books; NULL = chosen when booking.';
comment on column public.meeting_types."venue_space_id" is '→ venue_spaces: the usual room.';
comment on column public.meeting_types."mode" is 'How people meet.';
comment on column public.meeting_types."place" is 'Address, number or link, as put into the calendar file.';
comment on column public.meeting_types."duration_minutes" is 'Length.';
comment on column public.meeting_types."buffer_before_minutes" is 'Kept free for the host before it.';
comment on column public.meeting_types."buffer_after_minutes" is 'Kept free for the host after it.';
comment on column public.meeting_types."bookable_hours" is '[{weekday 1–7 (Monday = 1), from "HH:MM", to "HH:MM"}] in `timezone`; empty = never.';
comment on column public.meeting_types."timezone" is 'Zone of the bookable hours.';
comment on column public.meeting_types."bookable_from_on" is 'First bookable day; NULL = now.';
comment on column public.meeting_types."bookable_until_on" is 'Last bookable day; NULL = days_ahead alone limits.';
comment on column public.meeting_types."min_notice_minutes" is 'Least time between booking and meeting.';
comment on column public.meeting_types."days_ahead" is 'How many days ahead it can be booked.';
comment on column public.meeting_types."max_per_day" is 'Most meetings of the type for one host and day; NULL = no limit.';
comment on column public.meeting_types."needs_confirmation" is 'Whether a booking waits as requested until the host confirms it.';
comment on column public.meeting_types."public" is 'Whether its link works for people outside the house.';
comment on column public.meeting_types."questions" is '[{key, label, required}] asked when booking.';
comment on column public.meeting_types."created_at" is 'When the row was made.';
comment on column public.meeting_types."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.meeting_types."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.meeting_types."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.meeting_types."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.meeting_types."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE metric_target_versions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  metric_target_id BIGINT NOT NULL,
  metric TEXT NOT NULL,
  scope TEXT NOT NULL,
  event_id BIGINT,
  member_id BIGINT,
  period TEXT NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  unit TEXT NOT NULL,
  currency CHAR(3),
  value BIGINT NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  changed_by_id BIGINT,
  CONSTRAINT pk_metric_target_versions PRIMARY KEY (account_id, id),
  CONSTRAINT ck_metric_target_versions_ended_after_recorded CHECK (recorded_at <= ended_at),
  CONSTRAINT fk_metric_target_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_metric_target_versions_metric CHECK (metric ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_metric_target_versions_scope CHECK (scope in ('account', 'event', 'owner')),
  CONSTRAINT ck_metric_target_versions_period CHECK (period in ('month', 'quarter', 'year', 'season', 'event', 'custom')),
  CONSTRAINT ck_metric_target_versions_unit CHECK (unit in ('count', 'minor', 'ppm', 'days', 'minutes', 'score')),
  CONSTRAINT ck_metric_target_versions_currency CHECK (currency ~ '^[A-Z]{3}$')
);
alter table public.metric_target_versions enable row level security;
alter table public.metric_target_versions force row level security;
CREATE INDEX ix_metric_target_versions_metric ON metric_target_versions (account_id, metric, starts_on);
CREATE UNIQUE INDEX uq_metric_target_versions_current ON metric_target_versions (account_id, metric_target_id) WHERE ended_at is null;
comment on table public.metric_target_versions is 'A target or quota as it stood over a span of time.';
comment on column public.metric_target_versions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.metric_target_versions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.metric_target_versions."metric_target_id" is 'The target''s id; no foreign key.';
comment on column public.metric_target_versions."metric" is 'Key of the metric registry.';
comment on column public.metric_target_versions."scope" is 'For whom it was set.';
comment on column public.metric_target_versions."event_id" is 'The event''s id; no foreign key.';
comment on column public.metric_target_versions."member_id" is 'The person''s membership id; no foreign key.';
comment on column public.metric_target_versions."period" is 'Which kind of span.';
comment on column public.metric_target_versions."starts_on" is 'First day of the span.';
comment on column public.metric_target_versions."ends_on" is 'First day after it.';
comment on column public.metric_target_versions."unit" is 'What the value counted.';
comment on column public.metric_target_versions."currency" is 'ISO 4217, where it was money.';
comment on column public.metric_target_versions."value" is 'What was to be reached, in its unit.';
comment on column public.metric_target_versions."recorded_at" is 'When it became known.';
comment on column public.metric_target_versions."ended_at" is 'Until when it was held true (exclusive); NULL = still.';
comment on column public.metric_target_versions."changed_by_id" is 'Membership id of who made the change; NULL for jobs. No foreign key.';

CREATE TABLE opportunity_versions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  opportunity_id BIGINT NOT NULL,
  stage_id BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  amount_minor BIGINT,
  currency CHAR(3) NOT NULL,
  probability_ppm INTEGER NOT NULL,
  probability_override_ppm INTEGER,
  forecast_category TEXT NOT NULL,
  kind TEXT NOT NULL,
  source TEXT,
  opened_on DATE NOT NULL,
  expected_close_on DATE,
  closed_on DATE,
  rate_to_base_e12 BIGINT,
  owner_id BIGINT,
  event_id BIGINT,
  valid_from TIMESTAMP WITH TIME ZONE NOT NULL,
  valid_to TIMESTAMP WITH TIME ZONE,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  retracted_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS (least(valid_to, retracted_at)) STORED,
  changed_by_id BIGINT,
  CONSTRAINT pk_opportunity_versions PRIMARY KEY (account_id, id),
  CONSTRAINT ck_opportunity_versions_valid_span CHECK (valid_from <= valid_to),
  CONSTRAINT ck_opportunity_versions_retracted_after_recorded CHECK (recorded_at <= retracted_at),
  CONSTRAINT ck_opportunity_versions_amount_not_negative CHECK (amount_minor >= 0),
  CONSTRAINT ex_opportunity_versions_one_at_a_time EXCLUDE USING gist (account_id WITH =, opportunity_id WITH =, tstzrange(valid_from, valid_to) WITH &&) WHERE (retracted_at is null) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT fk_opportunity_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_opportunity_versions_outcome CHECK (outcome in ('open', 'won', 'lost')),
  CONSTRAINT ck_opportunity_versions_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_opportunity_versions_probability_ppm CHECK (probability_ppm between 0 and 1000000),
  CONSTRAINT ck_opportunity_versions_probability_override_ppm CHECK (probability_override_ppm between 0 and 1000000),
  CONSTRAINT ck_opportunity_versions_forecast_category CHECK (forecast_category in ('omitted', 'pipeline', 'best_case', 'commit', 'closed')),
  CONSTRAINT ck_opportunity_versions_kind CHECK (kind in ('sponsorship', 'ticket_block', 'production', 'venue_hire', 'partnership', 'merchandise', 'other')),
  CONSTRAINT ck_opportunity_versions_rate_to_base_e12 CHECK (rate_to_base_e12 > 0)
);
alter table public.opportunity_versions enable row level security;
alter table public.opportunity_versions force row level security;
CREATE INDEX ix_opportunity_versions_current ON opportunity_versions (account_id, closed_on) WHERE valid_to is null and retracted_at is null;
CREATE INDEX ix_opportunity_versions_deal ON opportunity_versions (account_id, opportunity_id, valid_from);
CREATE INDEX ix_opportunity_versions_ended ON opportunity_versions (account_id, ended_at) WHERE ended_at is not null;
CREATE INDEX ix_opportunity_versions_stage ON opportunity_versions (account_id, stage_id, valid_from) WHERE retracted_at is null;
comment on table public.opportunity_versions is 'What a figure reads of a deal over a span of time: one row per change, written by trigger only.';
comment on column public.opportunity_versions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.opportunity_versions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.opportunity_versions."opportunity_id" is 'The deal''s id; no foreign key.';
comment on column public.opportunity_versions."stage_id" is 'The stage''s id; no foreign key.';
comment on column public.opportunity_versions."outcome" is 'Kind of that stage.';
comment on column public.opportunity_versions."amount_minor" is 'Expected value; NULL = not known.';
comment on column public.opportunity_versions."currency" is 'Currency of the amount.';
comment on column public.opportunity_versions."probability_ppm" is 'The stage''s probability that held.';
comment on column public.opportunity_versions."probability_override_ppm" is 'The person''s estimate that held; NULL = none.';
comment on column public.opportunity_versions."forecast_category" is 'Where its stage counted in the forecast.';
comment on column public.opportunity_versions."kind" is 'What was sold.';
comment on column public.opportunity_versions."source" is 'Where the lead came from.';
comment on column public.opportunity_versions."opened_on" is 'First day of the deal.';
comment on column public.opportunity_versions."expected_close_on" is 'Expected day of decision.';
comment on column public.opportunity_versions."closed_on" is 'Day of decision; NULL while open.';
comment on column public.opportunity_versions."rate_to_base_e12" is 'Exchange rate frozen at close; NULL while open.';
comment on column public.opportunity_versions."owner_id" is 'The owner''s membership id; no foreign key.';
comment on column public.opportunity_versions."event_id" is 'The event''s id; no foreign key.';
comment on column public.opportunity_versions."valid_from" is 'Since when it was so.';
comment on column public.opportunity_versions."valid_to" is 'Until when it was so (exclusive); NULL = still.';
comment on column public.opportunity_versions."recorded_at" is 'When the row was written.';
comment on column public.opportunity_versions."retracted_at" is 'When an undo took it back; NULL = stands. Never deleted.';
comment on column public.opportunity_versions."ended_at" is 'When it ceased to be what we hold true of today; NULL = the current one; generated.';
comment on column public.opportunity_versions."changed_by_id" is 'Membership id of who made the change; NULL for jobs. No foreign key.';

CREATE TABLE sales_pipelines (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  description TEXT,
  position INTEGER DEFAULT 0 NOT NULL,
  is_default BOOLEAN DEFAULT false NOT NULL,
  opportunity_kind TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_sales_pipelines PRIMARY KEY (account_id, id),
  CONSTRAINT ck_sales_pipelines_default_in_use CHECK (not is_default or archived_at is null),
  CONSTRAINT fk_sales_pipelines_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_sales_pipelines_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_sales_pipelines_position CHECK (position >= 0),
  CONSTRAINT ck_sales_pipelines_opportunity_kind CHECK (opportunity_kind in ('sponsorship', 'ticket_block', 'production', 'venue_hire', 'partnership', 'merchandise', 'other')),
  CONSTRAINT fk_sales_pipelines_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sales_pipelines_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.sales_pipelines enable row level security;
alter table public.sales_pipelines force row level security;
CREATE INDEX ix_sales_pipelines_created_by ON sales_pipelines (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sales_pipelines_updated_by ON sales_pipelines (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_sales_pipelines_default ON sales_pipelines (account_id) WHERE is_default;
CREATE UNIQUE INDEX uq_sales_pipelines_name ON sales_pipelines (account_id, name) WHERE archived_at is null;
comment on table public.sales_pipelines is 'A way of selling: an ordered list of stages.';
comment on column public.sales_pipelines."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sales_pipelines."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sales_pipelines."name" is 'Unique among pipelines in use.';
comment on column public.sales_pipelines."description" is 'What belongs in it.';
comment on column public.sales_pipelines."position" is 'Order in lists, from 0.';
comment on column public.sales_pipelines."is_default" is 'Where new and imported deals go when nothing says otherwise; one per house.';
comment on column public.sales_pipelines."opportunity_kind" is 'Kind that its new deals get at first; NULL = asked.';
comment on column public.sales_pipelines."created_at" is 'When the row was made.';
comment on column public.sales_pipelines."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sales_pipelines."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sales_pipelines."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sales_pipelines."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.sales_pipelines."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE sales_stages (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  pipeline_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  position INTEGER NOT NULL,
  kind TEXT DEFAULT 'open' NOT NULL,
  forecast_category TEXT DEFAULT 'pipeline' NOT NULL,
  default_probability_ppm INTEGER DEFAULT 0 NOT NULL,
  rotting_days INTEGER DEFAULT 0 NOT NULL,
  required_fields TEXT[] DEFAULT '{}'::text[] NOT NULL,
  wip_limit INTEGER,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_sales_stages PRIMARY KEY (account_id, id),
  CONSTRAINT uq_sales_stages_kind_key UNIQUE (account_id, id, kind),
  CONSTRAINT uq_sales_stages_position UNIQUE (account_id, pipeline_id, position) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_sales_stages_probability_of_closed CHECK ((kind = 'won' and default_probability_ppm = 1000000) or (kind = 'lost' and default_probability_ppm = 0) or kind = 'open'),
  CONSTRAINT ck_sales_stages_category_fits_kind CHECK ((kind = 'won' and forecast_category = 'closed') or (kind = 'lost' and forecast_category = 'omitted') or (kind = 'open' and forecast_category <> 'closed')),
  CONSTRAINT ck_sales_stages_only_open_rots CHECK (kind = 'open' or rotting_days = 0),
  CONSTRAINT fk_sales_stages_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_sales_stages_pipeline_id FOREIGN KEY(account_id, pipeline_id) REFERENCES sales_pipelines (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_sales_stages_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_sales_stages_position CHECK (position >= 0),
  CONSTRAINT ck_sales_stages_kind CHECK (kind in ('open', 'won', 'lost')),
  CONSTRAINT ck_sales_stages_forecast_category CHECK (forecast_category in ('omitted', 'pipeline', 'best_case', 'commit', 'closed')),
  CONSTRAINT ck_sales_stages_default_probability_ppm CHECK (default_probability_ppm between 0 and 1000000),
  CONSTRAINT ck_sales_stages_rotting_days CHECK (rotting_days >= 0),
  CONSTRAINT ck_sales_stages_wip_limit CHECK (wip_limit > 0),
  CONSTRAINT fk_sales_stages_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_sales_stages_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.sales_stages enable row level security;
alter table public.sales_stages force row level security;
CREATE INDEX ix_sales_stages_created_by ON sales_stages (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_sales_stages_updated_by ON sales_stages (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_sales_stages_name ON sales_stages (account_id, pipeline_id, name) WHERE archived_at is null;
comment on table public.sales_stages is 'A step of a pipeline. Renaming keeps history; the kind of a stage that holds deals cannot change.';
comment on column public.sales_stages."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.sales_stages."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.sales_stages."pipeline_id" is '→ sales_pipelines';
comment on column public.sales_stages."name" is 'Unique among the pipeline''s stages in use; free to change.';
comment on column public.sales_stages."description" is 'When a deal belongs here.';
comment on column public.sales_stages."position" is 'Order on the board, from 0; unique in the pipeline, checked at commit.';
comment on column public.sales_stages."kind" is 'open, won or lost: what reports key on.';
comment on column public.sales_stages."forecast_category" is 'Where its deals count in the forecast: won → closed, lost → omitted.';
comment on column public.sales_stages."default_probability_ppm" is 'Probability that its deals follow, in parts per million; won 1000000, lost 0.';
comment on column public.sales_stages."rotting_days" is 'Days without a touch after which an open deal rots; 0 = never. Shrinks as the event comes near.';
comment on column public.sales_stages."required_fields" is 'Columns or custom field keys of the deal that must be filled before it may enter.';
comment on column public.sales_stages."wip_limit" is 'Deals above which the board warns; NULL = no limit.';
comment on column public.sales_stages."created_at" is 'When the row was made.';
comment on column public.sales_stages."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.sales_stages."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.sales_stages."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.sales_stages."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.sales_stages."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE opportunities (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  kind TEXT DEFAULT 'sponsorship' NOT NULL,
  organization_id BIGINT,
  contact_id BIGINT,
  event_id BIGINT,
  stage_id BIGINT NOT NULL,
  outcome TEXT DEFAULT 'open' NOT NULL,
  stage_entered_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  owner_id BIGINT,
  amount_minor BIGINT,
  currency CHAR(3) NOT NULL,
  probability_ppm INTEGER DEFAULT 0 NOT NULL,
  probability_override_ppm INTEGER,
  effective_probability_ppm INTEGER GENERATED ALWAYS AS (case when outcome = 'open' then coalesce(probability_override_ppm, probability_ppm) else probability_ppm end) STORED NOT NULL,
  forecast_category TEXT DEFAULT 'pipeline' NOT NULL,
  opened_on DATE NOT NULL,
  expected_close_on DATE,
  closed_on DATE,
  lost_reason_id BIGINT,
  lost_note TEXT,
  rate_to_base_e12 BIGINT,
  source TEXT,
  campaign_id BIGINT,
  product TEXT,
  sponsor_package_id BIGINT,
  renews_id BIGINT,
  description TEXT,
  next_step TEXT,
  next_step_on DATE,
  last_edited_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_opportunities PRIMARY KEY (account_id, id),
  CONSTRAINT fk_opportunities_stage_outcome FOREIGN KEY(account_id, stage_id, outcome) REFERENCES sales_stages (account_id, id, kind) ON DELETE RESTRICT,
  CONSTRAINT ck_opportunities_amount_not_negative CHECK (amount_minor >= 0),
  CONSTRAINT ck_opportunities_closed_on_both_outcomes CHECK ((outcome = 'open') = (closed_on is null)),
  CONSTRAINT ck_opportunities_closed_after_opened CHECK (opened_on <= closed_on),
  CONSTRAINT ck_opportunities_only_lost_has_reason CHECK (outcome = 'lost' or num_nonnulls(lost_reason_id, lost_note) = 0),
  CONSTRAINT ck_opportunities_rate_frozen_only_at_close CHECK (outcome <> 'open' or rate_to_base_e12 is null),
  CONSTRAINT ck_opportunities_won_is_certain CHECK (outcome <> 'won' or probability_ppm = 1000000),
  CONSTRAINT ck_opportunities_lost_is_impossible CHECK (outcome <> 'lost' or probability_ppm = 0),
  CONSTRAINT fk_opportunities_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_opportunities_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_opportunities_kind CHECK (kind in ('sponsorship', 'ticket_block', 'production', 'venue_hire', 'partnership', 'merchandise', 'other')),
  CONSTRAINT fk_opportunities_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_opportunities_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_opportunities_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_opportunities_outcome CHECK (outcome in ('open', 'won', 'lost')),
  CONSTRAINT fk_opportunities_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_opportunities_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_opportunities_probability_ppm CHECK (probability_ppm between 0 and 1000000),
  CONSTRAINT ck_opportunities_probability_override_ppm CHECK (probability_override_ppm between 0 and 1000000),
  CONSTRAINT ck_opportunities_forecast_category CHECK (forecast_category in ('omitted', 'pipeline', 'best_case', 'commit', 'closed')),
  CONSTRAINT fk_opportunities_lost_reason_id FOREIGN KEY(account_id, lost_reason_id) REFERENCES lost_reasons (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_opportunities_rate_to_base_e12 CHECK (rate_to_base_e12 > 0),
  CONSTRAINT ck_opportunities_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_opportunities_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_opportunities_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.opportunities enable row level security;
alter table public.opportunities force row level security;
CREATE INDEX ix_opportunities_board ON opportunities (account_id, stage_id, expected_close_on, id) WHERE outcome = 'open' and archived_at is null;
CREATE INDEX ix_opportunities_campaign_id ON opportunities (account_id, campaign_id) WHERE campaign_id is not null;
CREATE INDEX ix_opportunities_closed ON opportunities (account_id, closed_on, outcome) WHERE outcome <> 'open';
CREATE INDEX ix_opportunities_contact_id ON opportunities (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_opportunities_created_by ON opportunities (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_opportunities_custom ON opportunities USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_opportunities_decided ON opportunities (account_id, coalesce(closed_on, expected_close_on, date '9999-12-31'), id) WHERE archived_at is null;
CREATE INDEX ix_opportunities_event_kind ON opportunities (account_id, event_id, kind, outcome);
CREATE INDEX ix_opportunities_lost_reason_id ON opportunities (account_id, lost_reason_id) WHERE lost_reason_id is not null;
CREATE INDEX ix_opportunities_name_sort ON opportunities (account_id, name_sort, id);
CREATE INDEX ix_opportunities_open_of_owner ON opportunities (account_id, owner_id, expected_close_on) WHERE outcome = 'open' and archived_at is null;
CREATE INDEX ix_opportunities_organization_id ON opportunities (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_opportunities_owner_id ON opportunities (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_opportunities_renews_id ON opportunities (account_id, renews_id) WHERE renews_id is not null;
CREATE INDEX ix_opportunities_search_text_trgm ON opportunities USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_opportunities_sponsor_package_id ON opportunities (account_id, sponsor_package_id) WHERE sponsor_package_id is not null;
CREATE INDEX ix_opportunities_stage_id ON opportunities (account_id, stage_id, outcome);
CREATE INDEX ix_opportunities_tags ON opportunities USING gin (account_id, tags);
CREATE INDEX ix_opportunities_updated_at ON opportunities (account_id, updated_at, id);
CREATE INDEX ix_opportunities_updated_by ON opportunities (account_id, updated_by) WHERE updated_by is not null;
comment on table public.opportunities is 'A deal: what may be sold to whom, how likely, by when.';
comment on column public.opportunities."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.opportunities."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.opportunities."name" is 'What people call the deal.';
comment on column public.opportunities."name_sort" is 'Sort key of the name. Kept by trigger.';
comment on column public.opportunities."kind" is 'What is sold; a won sponsorship becomes an event sponsor, a won ticket block an order.';
comment on column public.opportunities."organization_id" is '→ organizations: who would buy.';
comment on column public.opportunities."contact_id" is '→ contacts: the main person; others in opportunity_contacts.';
comment on column public.opportunities."event_id" is '→ events: for which event; NULL = none in particular.';
comment on column public.opportunities."stage_id" is '→ sales_stages: where it stands; the pipeline is the stage''s.';
comment on column public.opportunities."outcome" is 'Kind of its stage: open, won or lost. Kept by trigger, proved by foreign key.';
comment on column public.opportunities."stage_entered_at" is 'When it last entered its stage. Kept by trigger; imports may set the past.';
comment on column public.opportunities."owner_id" is '→ account_users: who works it.';
comment on column public.opportunities."amount_minor" is 'Expected value; NULL = not known, counted apart as “no value”.';
comment on column public.opportunities."currency" is 'Currency of the amount.';
comment on column public.opportunities."probability_ppm" is 'The stage''s default, in parts per million. Kept by trigger, never typed.';
comment on column public.opportunities."probability_override_ppm" is 'A person''s own estimate; wins over the stage''s while the deal is open. NULL = none.';
comment on column public.opportunities."effective_probability_ppm" is 'What forecasts use: the override while open, else the stage''s; generated.';
comment on column public.opportunities."forecast_category" is 'Where it counts in the forecast: its stage''s. Kept by trigger.';
comment on column public.opportunities."opened_on" is 'First day of the deal, in the house''s zone.';
comment on column public.opportunities."expected_close_on" is 'Day by which it should be decided.';
comment on column public.opportunities."closed_on" is 'Day it was won or lost; empty while open, emptied on reopening.';
comment on column public.opportunities."lost_reason_id" is '→ lost_reasons: why it was lost.';
comment on column public.opportunities."lost_note" is 'More on why, such as the competitor chosen.';
comment on column public.opportunities."rate_to_base_e12" is 'Exchange rate to the house''s base currency frozen at close, times 10^12; NULL while open.';
comment on column public.opportunities."source" is 'Where the lead came from, as the house or the import words it.';
comment on column public.opportunities."campaign_id" is '→ campaigns: which one brought it.';
comment on column public.opportunities."product" is 'What is offered, where no package is named.';
comment on column public.opportunities."sponsor_package_id" is '→ sponsor_packages: the package offered; the contract starts from it.';
comment on column public.opportunities."renews_id" is '→ event_sponsors: the contract this deal would renew.';
comment on column public.opportunities."description" is 'Whatever else matters.';
comment on column public.opportunities."next_step" is 'What the owner does next.';
comment on column public.opportunities."next_step_on" is 'By when.';
comment on column public.opportunities."last_edited_at" is 'Last edit by a person; imports and bulk changes leave it. Rotting counts from it.';
comment on column public.opportunities."search_text" is 'Name, product and next step, normalised. Kept by trigger.';
comment on column public.opportunities."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.opportunities."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.opportunities."created_at" is 'When the row was made.';
comment on column public.opportunities."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.opportunities."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.opportunities."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.opportunities."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.opportunities."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE meeting_bookings (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  meeting_type_id BIGINT NOT NULL,
  host_id BIGINT NOT NULL,
  host_contact_id BIGINT NOT NULL,
  contact_id BIGINT,
  organization_id BIGINT,
  opportunity_id BIGINT,
  event_id BIGINT,
  venue_space_id BIGINT,
  status TEXT DEFAULT 'confirmed' NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  busy_starts_at TIMESTAMP WITH TIME ZONE NOT NULL,
  busy_ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  timezone TEXT NOT NULL,
  subject TEXT NOT NULL,
  place TEXT,
  guest_name TEXT,
  guest_email TEXT,
  answers JSONB DEFAULT '{}'::jsonb NOT NULL,
  note TEXT,
  rescheduled_from_id BIGINT,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  cancel_reason TEXT,
  ics_uid TEXT NOT NULL,
  ics_sequence INTEGER DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_meeting_bookings PRIMARY KEY (account_id, id),
  CONSTRAINT uq_meeting_bookings_ics_uid UNIQUE (account_id, ics_uid),
  CONSTRAINT ck_meeting_bookings_starts_before_end CHECK (starts_at < ends_at),
  CONSTRAINT ck_meeting_bookings_busy_covers_meeting CHECK (busy_starts_at <= starts_at and busy_ends_at >= ends_at),
  CONSTRAINT ck_meeting_bookings_cancelled_has_time CHECK ((status = 'cancelled') = (cancelled_at is not null)),
  CONSTRAINT ck_meeting_bookings_guest_can_be_reached CHECK (num_nonnulls(contact_id, guest_email) >= 1),
  CONSTRAINT fk_meeting_bookings_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_meeting_bookings_meeting_type_id FOREIGN KEY(account_id, meeting_type_id) REFERENCES meeting_types (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_host_id FOREIGN KEY(account_id, host_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_host_contact_id FOREIGN KEY(account_id, host_contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_venue_space_id FOREIGN KEY(account_id, venue_space_id) REFERENCES venue_spaces (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_meeting_bookings_status CHECK (status in ('requested', 'confirmed', 'declined', 'cancelled', 'held', 'no_show')),
  CONSTRAINT ck_meeting_bookings_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_meeting_bookings_subject CHECK (length(subject) between 1 and 200),
  CONSTRAINT ck_meeting_bookings_guest_name CHECK (length(guest_name) between 1 and 200),
  CONSTRAINT ck_meeting_bookings_guest_email CHECK (guest_email ~ '^[^@ ]+@[^@ ]+$' and length(guest_email) <= 320),
  CONSTRAINT ck_meeting_bookings_answers CHECK (jsonb_typeof(answers) = 'object'),
  CONSTRAINT fk_meeting_bookings_rescheduled_from_id FOREIGN KEY(account_id, rescheduled_from_id) REFERENCES meeting_bookings (account_id, id) ON DELETE SET NULL (rescheduled_from_id),
  CONSTRAINT ck_meeting_bookings_ics_sequence CHECK (ics_sequence >= 0),
  CONSTRAINT fk_meeting_bookings_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_meeting_bookings_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.meeting_bookings enable row level security;
alter table public.meeting_bookings force row level security;
CREATE INDEX ix_meeting_bookings_calendar ON meeting_bookings (account_id, starts_at, id);
CREATE INDEX ix_meeting_bookings_contact_id ON meeting_bookings (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_meeting_bookings_created_by ON meeting_bookings (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_meeting_bookings_event_id ON meeting_bookings (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_meeting_bookings_host_calendar ON meeting_bookings (account_id, host_id, starts_at);
CREATE INDEX ix_meeting_bookings_host_contact_id ON meeting_bookings (account_id, host_contact_id);
CREATE INDEX ix_meeting_bookings_meeting_type_id ON meeting_bookings (account_id, meeting_type_id);
CREATE INDEX ix_meeting_bookings_opportunity_id ON meeting_bookings (account_id, opportunity_id) WHERE opportunity_id is not null;
CREATE INDEX ix_meeting_bookings_organization_id ON meeting_bookings (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_meeting_bookings_rescheduled_from_id ON meeting_bookings (account_id, rescheduled_from_id) WHERE rescheduled_from_id is not null;
CREATE INDEX ix_meeting_bookings_updated_by ON meeting_bookings (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_meeting_bookings_venue_space_id ON meeting_bookings (account_id, venue_space_id) WHERE venue_space_id is not null;
comment on table public.meeting_bookings is 'A booked meeting; takes its host for the time with buffers (the clash rule).';
comment on column public.meeting_bookings."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.meeting_bookings."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.meeting_bookings."meeting_type_id" is '→ meeting_types';
comment on column public.meeting_bookings."host_id" is '→ account_users: the member who hosts.';
comment on column public.meeting_bookings."host_contact_id" is '→ contacts: the host''s own contact, copied by the command: the person whom the clash rule books.';
comment on column public.meeting_bookings."contact_id" is '→ contacts: the guest.';
comment on column public.meeting_bookings."organization_id" is '→ organizations: the guest''s company.';
comment on column public.meeting_bookings."opportunity_id" is '→ opportunities: the deal it is about.';
comment on column public.meeting_bookings."event_id" is '→ events: the event it belongs to.';
comment on column public.meeting_bookings."venue_space_id" is '→ venue_spaces: the room; informative, rooms are booked by sessions.';
comment on column public.meeting_bookings."status" is 'requested → confirmed / declined; confirmed → held / no_show / cancelled.';
comment on column public.meeting_bookings."starts_at" is 'Begin.';
comment on column public.meeting_bookings."ends_at" is 'End (exclusive).';
comment on column public.meeting_bookings."busy_starts_at" is 'Begin less the buffer before: from then the host is taken.';
comment on column public.meeting_bookings."busy_ends_at" is 'End plus the buffer after: until then the host is taken.';
comment on column public.meeting_bookings."timezone" is 'The guest''s zone, for mails.';
comment on column public.meeting_bookings."subject" is 'Title in the calendar.';
comment on column public.meeting_bookings."place" is 'Address, number or link; copied from the type, may be changed.';
comment on column public.meeting_bookings."guest_name" is 'As given when booking.';
comment on column public.meeting_bookings."guest_email" is 'As given when booking; the calendar file goes there.';
comment on column public.meeting_bookings."answers" is 'Answers to the type''s questions, by key.';
comment on column public.meeting_bookings."note" is 'For the house only.';
comment on column public.meeting_bookings."rescheduled_from_id" is '→ meeting_bookings: the cancelled booking it replaces.';
comment on column public.meeting_bookings."cancelled_at" is 'When it was cancelled.';
comment on column public.meeting_bookings."cancel_reason" is 'Why.';
comment on column public.meeting_bookings."ics_uid" is 'UID of the calendar file; stays the same over changes.';
comment on column public.meeting_bookings."ics_sequence" is 'SEQUENCE of the calendar file; raised with every change sent.';
comment on column public.meeting_bookings."created_at" is 'When the row was made.';
comment on column public.meeting_bookings."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.meeting_bookings."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.meeting_bookings."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.meeting_bookings."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE activities (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT DEFAULT 'task' NOT NULL,
  subject TEXT NOT NULL,
  body TEXT,
  contact_id BIGINT,
  organization_id BIGINT,
  opportunity_id BIGINT,
  event_id BIGINT,
  sponsor_id BIGINT,
  meeting_booking_id BIGINT,
  owner_id BIGINT,
  direction TEXT,
  priority TEXT DEFAULT 'normal' NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE,
  all_day BOOLEAN DEFAULT false NOT NULL,
  duration_minutes INTEGER,
  location TEXT,
  done_at TIMESTAMP WITH TIME ZONE,
  done_by_id BIGINT,
  outcome TEXT,
  outcome_note TEXT,
  timeline_at TIMESTAMP WITH TIME ZONE GENERATED ALWAYS AS (coalesce(done_at, due_at, created_at)) STORED NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_activities PRIMARY KEY (account_id, id),
  CONSTRAINT ck_activities_linked_to_something CHECK (num_nonnulls(contact_id, organization_id, opportunity_id, event_id, sponsor_id) >= 1),
  CONSTRAINT ck_activities_subject_length CHECK (length(subject) between 1 and 300),
  CONSTRAINT ck_activities_outcome_only_when_done CHECK (outcome is null or done_at is not null),
  CONSTRAINT ck_activities_doer_only_when_done CHECK (done_by_id is null or done_at is not null),
  CONSTRAINT fk_activities_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_activities_kind CHECK (kind in ('call', 'email', 'meeting', 'task', 'visit')),
  CONSTRAINT fk_activities_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_activities_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_activities_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_activities_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_activities_meeting_booking_id FOREIGN KEY(account_id, meeting_booking_id) REFERENCES meeting_bookings (account_id, id) ON DELETE SET NULL (meeting_booking_id),
  CONSTRAINT fk_activities_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_activities_direction CHECK (direction in ('incoming', 'outgoing')),
  CONSTRAINT ck_activities_priority CHECK (priority in ('low', 'normal', 'high')),
  CONSTRAINT ck_activities_duration_minutes CHECK (duration_minutes >= 0),
  CONSTRAINT fk_activities_done_by_id FOREIGN KEY(account_id, done_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_activities_outcome CHECK (outcome in ('done', 'connected', 'left_message', 'no_answer', 'interested', 'not_interested', 'postponed', 'no_show', 'cancelled')),
  CONSTRAINT fk_activities_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_activities_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.activities enable row level security;
alter table public.activities force row level security;
CREATE INDEX ix_activities_contact_timeline ON activities (account_id, contact_id, timeline_at, id);
CREATE INDEX ix_activities_created_by ON activities (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_activities_done_by_id ON activities (account_id, done_by_id) WHERE done_by_id is not null;
CREATE INDEX ix_activities_event_timeline ON activities (account_id, event_id, timeline_at, id);
CREATE INDEX ix_activities_meeting_booking_id ON activities (account_id, meeting_booking_id) WHERE meeting_booking_id is not null;
CREATE INDEX ix_activities_open_of_deal ON activities (account_id, opportunity_id, due_at) WHERE done_at is null and archived_at is null;
CREATE INDEX ix_activities_open_of_owner ON activities (account_id, owner_id, due_at) WHERE done_at is null and archived_at is null;
CREATE INDEX ix_activities_opportunity_timeline ON activities (account_id, opportunity_id, timeline_at, id);
CREATE INDEX ix_activities_organization_timeline ON activities (account_id, organization_id, timeline_at, id);
CREATE INDEX ix_activities_owner_id ON activities (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_activities_search_text_trgm ON activities USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_activities_sponsor_timeline ON activities (account_id, sponsor_id, timeline_at, id);
CREATE INDEX ix_activities_updated_by ON activities (account_id, updated_by) WHERE updated_by is not null;
comment on table public.activities is 'A call, e-mail, meeting, task or visit, planned or done, about at least one record.';
comment on column public.activities."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.activities."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.activities."kind" is 'call, email, meeting, task or visit.';
comment on column public.activities."subject" is 'One line, 1 to 300 characters.';
comment on column public.activities."body" is 'What was said or is to be done.';
comment on column public.activities."contact_id" is '→ contacts';
comment on column public.activities."organization_id" is '→ organizations';
comment on column public.activities."opportunity_id" is '→ opportunities';
comment on column public.activities."event_id" is '→ events';
comment on column public.activities."sponsor_id" is '→ sponsors';
comment on column public.activities."meeting_booking_id" is '→ meeting_bookings: the booked meeting it stands for.';
comment on column public.activities."owner_id" is '→ account_users: who does it.';
comment on column public.activities."direction" is 'Calls and e-mails: who reached out.';
comment on column public.activities."priority" is 'How urgent.';
comment on column public.activities."due_at" is 'When it is due or begins; NULL = no date.';
comment on column public.activities."all_day" is 'Whether only the day of due_at counts, in the house''s zone.';
comment on column public.activities."duration_minutes" is 'How long it takes or took.';
comment on column public.activities."location" is 'Where, or the link of the call.';
comment on column public.activities."done_at" is 'When it was done; NULL = open.';
comment on column public.activities."done_by_id" is '→ account_users: who did it.';
comment on column public.activities."outcome" is 'How it ended.';
comment on column public.activities."outcome_note" is 'More on how it ended.';
comment on column public.activities."timeline_at" is 'Place on timelines: done, else due, else made; generated.';
comment on column public.activities."search_text" is 'Subject and body, normalised. Kept by trigger.';
comment on column public.activities."created_at" is 'When the row was made.';
comment on column public.activities."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.activities."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.activities."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.activities."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.activities."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE notes (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  body TEXT NOT NULL,
  pinned BOOLEAN DEFAULT false NOT NULL,
  contact_id BIGINT,
  organization_id BIGINT,
  opportunity_id BIGINT,
  event_id BIGINT,
  sponsor_id BIGINT,
  search_text TEXT DEFAULT '' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_notes PRIMARY KEY (account_id, id),
  CONSTRAINT ck_notes_linked_to_something CHECK (num_nonnulls(contact_id, organization_id, opportunity_id, event_id, sponsor_id) >= 1),
  CONSTRAINT ck_notes_body_length CHECK (length(body) between 1 and 50000),
  CONSTRAINT fk_notes_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_notes_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notes_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notes_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notes_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notes_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notes_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.notes enable row level security;
alter table public.notes force row level security;
CREATE INDEX ix_notes_contact_timeline ON notes (account_id, contact_id, created_at, id);
CREATE INDEX ix_notes_created_by ON notes (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_notes_event_timeline ON notes (account_id, event_id, created_at, id);
CREATE INDEX ix_notes_opportunity_timeline ON notes (account_id, opportunity_id, created_at, id);
CREATE INDEX ix_notes_organization_timeline ON notes (account_id, organization_id, created_at, id);
CREATE INDEX ix_notes_search_text_trgm ON notes USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_notes_sponsor_timeline ON notes (account_id, sponsor_id, created_at, id);
CREATE INDEX ix_notes_updated_by ON notes (account_id, updated_by) WHERE updated_by is not null;
comment on table public.notes is 'Free text about at least one record.';
comment on column public.notes."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.notes."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.notes."body" is 'The text, Markdown, 1 to 50,000 characters.';
comment on column public.notes."pinned" is 'Whether it stays on top of timelines.';
comment on column public.notes."contact_id" is '→ contacts';
comment on column public.notes."organization_id" is '→ organizations';
comment on column public.notes."opportunity_id" is '→ opportunities';
comment on column public.notes."event_id" is '→ events';
comment on column public.notes."sponsor_id" is '→ sponsors';
comment on column public.notes."search_text" is 'The text, normalised. Kept by trigger.';
comment on column public.notes."created_at" is 'When the row was made.';
comment on column public.notes."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.notes."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.notes."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.notes."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.notes."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE opportunity_contacts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  opportunity_id BIGINT NOT NULL,
  contact_id BIGINT NOT NULL,
  role TEXT DEFAULT 'other' NOT NULL,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_opportunity_contacts PRIMARY KEY (account_id, id),
  CONSTRAINT uq_opportunity_contacts_pair UNIQUE (account_id, opportunity_id, contact_id),
  CONSTRAINT fk_opportunity_contacts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_opportunity_contacts_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_opportunity_contacts_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_opportunity_contacts_role CHECK (role in ('decision_maker', 'champion', 'influencer', 'finance', 'legal', 'creative', 'user', 'other')),
  CONSTRAINT fk_opportunity_contacts_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_opportunity_contacts_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.opportunity_contacts enable row level security;
alter table public.opportunity_contacts force row level security;
CREATE INDEX ix_opportunity_contacts_contact_id ON opportunity_contacts (account_id, contact_id);
CREATE INDEX ix_opportunity_contacts_created_by ON opportunity_contacts (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_opportunity_contacts_updated_by ON opportunity_contacts (account_id, updated_by) WHERE updated_by is not null;
comment on table public.opportunity_contacts is 'A person''s part in a deal.';
comment on column public.opportunity_contacts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.opportunity_contacts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.opportunity_contacts."opportunity_id" is '→ opportunities';
comment on column public.opportunity_contacts."contact_id" is '→ contacts';
comment on column public.opportunity_contacts."role" is 'What part the person plays.';
comment on column public.opportunity_contacts."note" is 'How the person stands to the deal.';
comment on column public.opportunity_contacts."created_at" is 'When the row was made.';
comment on column public.opportunity_contacts."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.opportunity_contacts."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.opportunity_contacts."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE opportunity_files (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  opportunity_id BIGINT NOT NULL,
  media_asset_id BIGINT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_opportunity_files PRIMARY KEY (account_id, id),
  CONSTRAINT uq_opportunity_files_pair UNIQUE (account_id, opportunity_id, media_asset_id),
  CONSTRAINT fk_opportunity_files_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_opportunity_files_opportunity_id FOREIGN KEY(account_id, opportunity_id) REFERENCES opportunities (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_opportunity_files_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_opportunity_files_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.opportunity_files enable row level security;
alter table public.opportunity_files force row level security;
CREATE INDEX ix_opportunity_files_created_by ON opportunity_files (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_opportunity_files_media_asset_id ON opportunity_files (account_id, media_asset_id);
CREATE INDEX ix_opportunity_files_updated_by ON opportunity_files (account_id, updated_by) WHERE updated_by is not null;
comment on table public.opportunity_files is 'A file that belongs to a deal; who may read the deal may fetch it.';
comment on column public.opportunity_files."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.opportunity_files."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.opportunity_files."opportunity_id" is '→ opportunities';
comment on column public.opportunity_files."media_asset_id" is '→ media_assets: the file.';
comment on column public.opportunity_files."created_at" is 'When the row was made.';
comment on column public.opportunity_files."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.opportunity_files."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.opportunity_files."updated_by" is '→ account_users: who changed it last; kept by trigger.';
"""

DOWNGRADE = r"""
drop table public.opportunity_files;
drop table public.opportunity_contacts;
drop table public.notes;
drop table public.activities;
drop table public.meeting_bookings;
drop table public.opportunities;
drop table public.sales_stages;
drop table public.sales_pipelines;
drop table public.opportunity_versions;
drop table public.metric_target_versions;
drop table public.meeting_types;
drop table public.lost_reasons;
drop table public.exchange_rates;
drop table public.exchange_rate_versions;
drop table public.event_asset_date_versions;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("opportunity_files")
    ops.sync_drop("opportunity_contacts")
    ops.sync_drop("notes")
    ops.sync_drop("activities")
    ops.sync_drop("meeting_bookings")
    ops.sync_drop("opportunities")
    ops.sync_drop("sales_stages")
    ops.sync_drop("sales_pipelines")
    ops.sync_drop("opportunity_versions")
    ops.sync_drop("metric_target_versions")
    ops.sync_drop("meeting_types")
    ops.sync_drop("lost_reasons")
    ops.sync_drop("exchange_rates")
    ops.sync_drop("exchange_rate_versions")
    ops.sync_drop("event_asset_date_versions")
    ops.run(DOWNGRADE)
