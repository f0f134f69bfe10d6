"""Tables of analytics. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_10_analytics"
down_revision = "20261121_09_finance"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE account_daily_metrics (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  on_day DATE NOT NULL,
  metric TEXT NOT NULL,
  member_id BIGINT,
  unit TEXT NOT NULL,
  currency CHAR(3),
  value BIGINT,
  denominator BIGINT,
  row_count INTEGER DEFAULT 0 NOT NULL,
  is_final BOOLEAN DEFAULT false NOT NULL,
  computed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_account_daily_metrics PRIMARY KEY (account_id, id),
  CONSTRAINT uq_account_daily_metrics_figure UNIQUE NULLS NOT DISTINCT (account_id, metric, on_day, member_id, currency),
  CONSTRAINT ck_account_daily_metrics_money_has_a_currency CHECK ((unit = 'minor') = (currency is not null)),
  CONSTRAINT ck_account_daily_metrics_denominator_not_negative CHECK (denominator is null or denominator >= 0),
  CONSTRAINT fk_account_daily_metrics_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_account_daily_metrics_metric CHECK (metric ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT fk_account_daily_metrics_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_account_daily_metrics_unit CHECK (unit in ('count', 'minor', 'ppm', 'days', 'minutes', 'score')),
  CONSTRAINT ck_account_daily_metrics_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_account_daily_metrics_row_count CHECK (row_count >= 0)
);
alter table public.account_daily_metrics enable row level security;
alter table public.account_daily_metrics force row level security;
CREATE INDEX ix_account_daily_metrics_day ON account_daily_metrics (account_id, on_day, metric);
CREATE INDEX ix_account_daily_metrics_member_id ON account_daily_metrics (account_id, member_id) WHERE member_id is not null;
comment on table public.account_daily_metrics is 'One figure of the house, or of one member''s work, for one day; written by the daily job and on reconcile.';
comment on column public.account_daily_metrics."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.account_daily_metrics."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.account_daily_metrics."on_day" is 'Day in the house''s zone; the figure is as of its end, or over it.';
comment on column public.account_daily_metrics."metric" is 'Key of the metric registry.';
comment on column public.account_daily_metrics."member_id" is '→ account_users: the owner whose work it counts; NULL = the whole house.';
comment on column public.account_daily_metrics."unit" is 'What it counts; a score is kept in hundredths.';
comment on column public.account_daily_metrics."currency" is 'ISO 4217, where it is money.';
comment on column public.account_daily_metrics."value" is 'The figure, or the numerator of a ratio or mean; NULL = undefined that day.';
comment on column public.account_daily_metrics."denominator" is 'Denominator of a ratio or mean, so that days can be added up; NULL for plain figures.';
comment on column public.account_daily_metrics."row_count" is 'How many rows it was counted from.';
comment on column public.account_daily_metrics."is_final" is 'Whether the day was over when it was computed; an unfinished day is drawn as such.';
comment on column public.account_daily_metrics."computed_at" is 'When it was computed.';

CREATE TABLE alert_rules (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  metric TEXT NOT NULL,
  scope TEXT DEFAULT 'account' NOT NULL,
  event_id BIGINT,
  comparison TEXT DEFAULT 'value' NOT NULL,
  direction TEXT DEFAULT 'below' NOT NULL,
  unit TEXT NOT NULL,
  currency CHAR(3),
  threshold BIGINT NOT NULL,
  window_days INTEGER DEFAULT 1 NOT NULL,
  severity TEXT DEFAULT 'warning' NOT NULL,
  roles TEXT[] DEFAULT '{}'::text[] NOT NULL,
  member_ids JSONB DEFAULT '[]'::jsonb NOT NULL,
  channels TEXT[] DEFAULT '{in_app}'::text[] NOT NULL,
  cooldown_minutes INTEGER DEFAULT 1440 NOT NULL,
  enabled BOOLEAN DEFAULT true NOT NULL,
  last_checked_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_alert_rules PRIMARY KEY (account_id, id),
  CONSTRAINT uq_alert_rules_account_id_name UNIQUE (account_id, name),
  CONSTRAINT ck_alert_rules_account_rule_has_no_event CHECK (scope <> 'account' or event_id is null),
  CONSTRAINT ck_alert_rules_money_has_a_currency CHECK ((unit = 'minor') = (currency is not null)),
  CONSTRAINT fk_alert_rules_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_alert_rules_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_alert_rules_metric CHECK (metric ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_alert_rules_scope CHECK (scope in ('account', 'event', 'owner')),
  CONSTRAINT fk_alert_rules_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_alert_rules_comparison CHECK (comparison in ('value', 'target', 'previous_period', 'comparable_event')),
  CONSTRAINT ck_alert_rules_direction CHECK (direction in ('below', 'above')),
  CONSTRAINT ck_alert_rules_unit CHECK (unit in ('count', 'minor', 'ppm', 'days', 'minutes', 'score')),
  CONSTRAINT ck_alert_rules_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_alert_rules_window_days CHECK (window_days > 0),
  CONSTRAINT ck_alert_rules_severity CHECK (severity in ('notice', 'warning', 'critical')),
  CONSTRAINT ck_alert_rules_member_ids CHECK (jsonb_typeof(member_ids) = 'array'),
  CONSTRAINT ck_alert_rules_cooldown_minutes CHECK (cooldown_minutes >= 0),
  CONSTRAINT fk_alert_rules_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_alert_rules_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.alert_rules enable row level security;
alter table public.alert_rules force row level security;
CREATE INDEX ix_alert_rules_created_by ON alert_rules (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_alert_rules_enabled ON alert_rules (account_id, metric) WHERE enabled;
CREATE INDEX ix_alert_rules_event_id ON alert_rules (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_alert_rules_updated_by ON alert_rules (account_id, updated_by) WHERE updated_by is not null;
comment on table public.alert_rules is 'When a figure is worth telling somebody.';
comment on column public.alert_rules."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.alert_rules."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.alert_rules."name" is 'As shown in the alert.';
comment on column public.alert_rules."metric" is 'Key of the metric registry.';
comment on column public.alert_rules."scope" is 'Watched for the house, per event, or per owner.';
comment on column public.alert_rules."event_id" is '→ events: only this event; NULL with scope event = every event not over.';
comment on column public.alert_rules."comparison" is 'What the figure is held against.';
comment on column public.alert_rules."direction" is 'On which side it raises.';
comment on column public.alert_rules."unit" is 'Unit of the threshold: the metric''s for a plain value, ppm for a comparison.';
comment on column public.alert_rules."currency" is 'ISO 4217, where the threshold is money.';
comment on column public.alert_rules."threshold" is 'Limit: a value, or a share of the target, period or event compared with (900000 = 90 %).';
comment on column public.alert_rules."window_days" is 'Days the figure is taken over, where it is over a period.';
comment on column public.alert_rules."severity" is 'How urgent what it raises is.';
comment on column public.alert_rules."roles" is 'Roles that are told; owner of the record is told in any case.';
comment on column public.alert_rules."member_ids" is 'account_users.id of further people that are told.';
comment on column public.alert_rules."channels" is 'Message channels to tell them by.';
comment on column public.alert_rules."cooldown_minutes" is 'How long it stays quiet after an alert was resolved.';
comment on column public.alert_rules."enabled" is 'Whether it is watched.';
comment on column public.alert_rules."last_checked_at" is 'When it was last held against the figures.';
comment on column public.alert_rules."created_at" is 'When the row was made.';
comment on column public.alert_rules."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.alert_rules."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.alert_rules."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.alert_rules."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE alerts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  rule_id BIGINT NOT NULL,
  event_id BIGINT,
  member_id BIGINT,
  metric TEXT NOT NULL,
  severity TEXT DEFAULT 'warning' NOT NULL,
  title TEXT NOT NULL,
  unit TEXT NOT NULL,
  currency CHAR(3),
  value BIGINT,
  threshold BIGINT NOT NULL,
  detail JSONB DEFAULT '{}'::jsonb NOT NULL,
  status TEXT DEFAULT 'open' NOT NULL,
  raised_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  acknowledged_at TIMESTAMP WITH TIME ZONE,
  acknowledged_by BIGINT,
  snoozed_until TIMESTAMP WITH TIME ZONE,
  resolved_at TIMESTAMP WITH TIME ZONE,
  resolved_by BIGINT,
  resolution TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_alerts PRIMARY KEY (account_id, id),
  CONSTRAINT ck_alerts_resolved_has_a_time CHECK ((status = 'resolved') = (resolved_at is not null)),
  CONSTRAINT ck_alerts_acknowledged_has_a_time CHECK (status <> 'acknowledged' or acknowledged_at is not null),
  CONSTRAINT ck_alerts_snoozed_has_an_end CHECK (status <> 'snoozed' or snoozed_until is not null),
  CONSTRAINT fk_alerts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_alerts_rule_id FOREIGN KEY(account_id, rule_id) REFERENCES alert_rules (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_alerts_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_alerts_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_alerts_metric CHECK (metric ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_alerts_severity CHECK (severity in ('notice', 'warning', 'critical')),
  CONSTRAINT ck_alerts_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_alerts_unit CHECK (unit in ('count', 'minor', 'ppm', 'days', 'minutes', 'score')),
  CONSTRAINT ck_alerts_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_alerts_detail CHECK (jsonb_typeof(detail) = 'object'),
  CONSTRAINT ck_alerts_status CHECK (status in ('open', 'acknowledged', 'snoozed', 'resolved')),
  CONSTRAINT fk_alerts_acknowledged_by FOREIGN KEY(account_id, acknowledged_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_alerts_resolved_by FOREIGN KEY(account_id, resolved_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.alerts enable row level security;
alter table public.alerts force row level security;
CREATE INDEX ix_alerts_acknowledged_by ON alerts (account_id, acknowledged_by) WHERE acknowledged_by is not null;
CREATE INDEX ix_alerts_event_id ON alerts (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_alerts_member_id ON alerts (account_id, member_id) WHERE member_id is not null;
CREATE INDEX ix_alerts_open ON alerts (account_id, severity, raised_at desc) WHERE status <> 'resolved';
CREATE INDEX ix_alerts_recent ON alerts (account_id, raised_at desc, id desc);
CREATE INDEX ix_alerts_resolved_by ON alerts (account_id, resolved_by) WHERE resolved_by is not null;
CREATE INDEX ix_alerts_rule_id ON alerts (account_id, rule_id);
CREATE UNIQUE INDEX uq_alerts_open ON alerts (account_id, rule_id, event_id, member_id) NULLS NOT DISTINCT WHERE status <> 'resolved';
comment on table public.alerts is 'What a rule raised; one open alert per rule and subject.';
comment on column public.alerts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.alerts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.alerts."rule_id" is '→ alert_rules: the rule that raised it.';
comment on column public.alerts."event_id" is '→ events: about which event.';
comment on column public.alerts."member_id" is '→ account_users: about whose work.';
comment on column public.alerts."metric" is 'Key of the metric registry, as in the rule at that time.';
comment on column public.alerts."severity" is 'How urgent, as in the rule at that time.';
comment on column public.alerts."title" is 'One line that says what is wrong.';
comment on column public.alerts."unit" is 'Unit of value and threshold.';
comment on column public.alerts."currency" is 'ISO 4217, where they are money.';
comment on column public.alerts."value" is 'The figure when it was raised; NULL = undefined.';
comment on column public.alerts."threshold" is 'The limit it broke.';
comment on column public.alerts."detail" is 'What it was compared with, as-of time, link with filters to the rows behind it.';
comment on column public.alerts."status" is 'Where it stands; resolved by a person or once the figure recovers.';
comment on column public.alerts."raised_at" is 'When the limit was broken.';
comment on column public.alerts."last_seen_at" is 'When the check last found it still broken.';
comment on column public.alerts."acknowledged_at" is 'When somebody took it on.';
comment on column public.alerts."acknowledged_by" is '→ account_users: who took it on.';
comment on column public.alerts."snoozed_until" is 'Out of sight until then.';
comment on column public.alerts."resolved_at" is 'When it was over; NULL while it lasts.';
comment on column public.alerts."resolved_by" is '→ account_users: who closed it; NULL where the figure recovered.';
comment on column public.alerts."resolution" is 'What was done about it.';
comment on column public.alerts."created_at" is 'When the row was made.';
comment on column public.alerts."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE analytics (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  occurred_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  name TEXT NOT NULL,
  event_id BIGINT,
  contact_id BIGINT,
  campaign_id BIGINT,
  member_id BIGINT,
  visitor TEXT,
  subject TEXT,
  subject_id BIGINT,
  channel TEXT,
  value BIGINT,
  currency CHAR(3),
  dimensions JSONB DEFAULT '{}'::jsonb NOT NULL,
  dedupe_key TEXT,
  CONSTRAINT pk_analytics PRIMARY KEY (account_id, id, occurred_at),
  CONSTRAINT uq_analytics_dedupe_key UNIQUE (account_id, dedupe_key, occurred_at),
  CONSTRAINT ck_analytics_name_is_dotted CHECK (name ~ '^[a-z][a-z0-9_]*([.][a-z][a-z0-9_]*)*$'),
  CONSTRAINT ck_analytics_subject_with_id CHECK ((subject is null) = (subject_id is null)),
  CONSTRAINT ck_analytics_currency_has_a_value CHECK (currency is null or value is not null),
  CONSTRAINT fk_analytics_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_analytics_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE SET NULL (event_id),
  CONSTRAINT fk_analytics_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE SET NULL (contact_id),
  CONSTRAINT fk_analytics_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE SET NULL (campaign_id),
  CONSTRAINT fk_analytics_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_analytics_visitor CHECK (length(visitor) <= 64),
  CONSTRAINT ck_analytics_subject CHECK (subject ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_analytics_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_analytics_dimensions CHECK (jsonb_typeof(dimensions) = 'object'),
  CONSTRAINT ck_analytics_dedupe_key CHECK (length(dedupe_key) between 1 and 200)
)
 PARTITION BY RANGE (occurred_at);
alter table public.analytics enable row level security;
alter table public.analytics force row level security;
CREATE INDEX ix_analytics_campaign_id ON analytics (account_id, campaign_id, occurred_at);
CREATE INDEX ix_analytics_contact_id ON analytics (account_id, contact_id, name, occurred_at);
CREATE INDEX ix_analytics_event_id ON analytics (account_id, event_id, name, occurred_at);
CREATE INDEX ix_analytics_member_id ON analytics (account_id, member_id, occurred_at);
CREATE INDEX ix_analytics_name ON analytics (account_id, name, occurred_at);
CREATE INDEX ix_analytics_visitor ON analytics (account_id, visitor, occurred_at) WHERE visitor is not null;
comment on table public.analytics is 'Something that happened and is counted later: campaign touch, page view, report opened; append-only, by month.';
comment on column public.analytics."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.analytics."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.analytics."occurred_at" is 'When it happened; the partition key, so that it is part of the primary key.';
comment on column public.analytics."recorded_at" is 'When it was written; imports and offline devices report later.';
comment on column public.analytics."name" is 'What happened, dotted: campaign.touched, report.opened, registration.answered.';
comment on column public.analytics."event_id" is '→ events: in which event.';
comment on column public.analytics."contact_id" is '→ contacts: whose doing; touches are attributed through it.';
comment on column public.analytics."campaign_id" is '→ campaigns: which campaign is named.';
comment on column public.analytics."member_id" is '→ account_users: which member did it.';
comment on column public.analytics."visitor" is 'Random id of a browser on public pages, until the person is known; no address, no fingerprint.';
comment on column public.analytics."subject" is 'Table of the record it is about.';
comment on column public.analytics."subject_id" is 'Id of that record; no foreign key, since facts outlive rows.';
comment on column public.analytics."channel" is 'Channel it came through: email, instagram, door …';
comment on column public.analytics."value" is 'How much: a number, or minor units where a currency stands beside; NULL = one.';
comment on column public.analytics."currency" is 'ISO 4217, where the value is money.';
comment on column public.analytics."dimensions" is 'Further keys to break down by; never personal data.';
comment on column public.analytics."dedupe_key" is 'Keeps a repeated report of the same fact to one row; NULL = may repeat.';

CREATE TABLE event_daily_metrics (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  on_day DATE NOT NULL,
  days_before INTEGER NOT NULL,
  metric TEXT NOT NULL,
  unit TEXT NOT NULL,
  currency CHAR(3),
  value BIGINT,
  denominator BIGINT,
  cumulative BIGINT,
  row_count INTEGER DEFAULT 0 NOT NULL,
  is_final BOOLEAN DEFAULT false NOT NULL,
  computed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_event_daily_metrics PRIMARY KEY (account_id, id),
  CONSTRAINT uq_event_daily_metrics_figure UNIQUE NULLS NOT DISTINCT (account_id, event_id, metric, on_day, currency),
  CONSTRAINT ck_event_daily_metrics_money_has_a_currency CHECK ((unit = 'minor') = (currency is not null)),
  CONSTRAINT ck_event_daily_metrics_denominator_not_negative CHECK (denominator is null or denominator >= 0),
  CONSTRAINT fk_event_daily_metrics_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_daily_metrics_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_event_daily_metrics_metric CHECK (metric ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_event_daily_metrics_unit CHECK (unit in ('count', 'minor', 'ppm', 'days', 'minutes', 'score')),
  CONSTRAINT ck_event_daily_metrics_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_daily_metrics_row_count CHECK (row_count >= 0)
);
alter table public.event_daily_metrics enable row level security;
alter table public.event_daily_metrics force row level security;
CREATE INDEX ix_event_daily_metrics_day ON event_daily_metrics (account_id, on_day, metric);
CREATE INDEX ix_event_daily_metrics_pacing ON event_daily_metrics (account_id, metric, event_id, days_before desc);
comment on table public.event_daily_metrics is 'One figure of one event for one day, with the days left to its start: what pacing compares.';
comment on column public.event_daily_metrics."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_daily_metrics."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_daily_metrics."event_id" is '→ events: the event.';
comment on column public.event_daily_metrics."on_day" is 'Day in the event''s zone; the figure is as of its end, or over it.';
comment on column public.event_daily_metrics."days_before" is 'Whole local days from that day to the start, negative after it; rewritten when the event moves.';
comment on column public.event_daily_metrics."metric" is 'Key of the metric registry.';
comment on column public.event_daily_metrics."unit" is 'What it counts; a score is kept in hundredths.';
comment on column public.event_daily_metrics."currency" is 'ISO 4217, where it is money.';
comment on column public.event_daily_metrics."value" is 'What that day added, or the numerator of its ratio or mean; NULL = undefined that day.';
comment on column public.event_daily_metrics."denominator" is 'Denominator of a ratio or mean; NULL for plain figures.';
comment on column public.event_daily_metrics."cumulative" is 'The figure from the beginning to the end of that day; NULL where adding up has no sense.';
comment on column public.event_daily_metrics."row_count" is 'How many rows it was counted from.';
comment on column public.event_daily_metrics."is_final" is 'Whether the day was over when it was computed.';
comment on column public.event_daily_metrics."computed_at" is 'When it was computed.';

CREATE TABLE metric_targets (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  metric TEXT NOT NULL,
  scope TEXT DEFAULT 'account' NOT NULL,
  event_id BIGINT,
  member_id BIGINT,
  period TEXT DEFAULT 'month' NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  unit TEXT NOT NULL,
  currency CHAR(3),
  value BIGINT NOT NULL,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_metric_targets PRIMARY KEY (account_id, id),
  CONSTRAINT ck_metric_targets_scope_matches CHECK ((scope = 'account' and event_id is null and member_id is null) or (scope = 'event' and event_id is not null and member_id is null) or (scope = 'owner' and member_id is not null)),
  CONSTRAINT ck_metric_targets_period_in_order CHECK (starts_on < ends_on),
  CONSTRAINT ck_metric_targets_money_has_a_currency CHECK ((unit = 'minor') = (currency is not null)),
  CONSTRAINT ex_metric_targets_one_per_period EXCLUDE USING gist (account_id WITH =, metric WITH =, scope WITH =, period WITH =, coalesce(event_id, 0) WITH =, coalesce(member_id, 0) WITH =, daterange(starts_on, ends_on) WITH &&),
  CONSTRAINT fk_metric_targets_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_metric_targets_metric CHECK (metric ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_metric_targets_scope CHECK (scope in ('account', 'event', 'owner')),
  CONSTRAINT fk_metric_targets_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_metric_targets_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_metric_targets_period CHECK (period in ('month', 'quarter', 'year', 'season', 'event', 'custom')),
  CONSTRAINT ck_metric_targets_unit CHECK (unit in ('count', 'minor', 'ppm', 'days', 'minutes', 'score')),
  CONSTRAINT ck_metric_targets_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_metric_targets_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_metric_targets_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.metric_targets enable row level security;
alter table public.metric_targets force row level security;
CREATE INDEX ix_metric_targets_created_by ON metric_targets (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_metric_targets_event_id ON metric_targets (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_metric_targets_member_id ON metric_targets (account_id, member_id) WHERE member_id is not null;
CREATE INDEX ix_metric_targets_period ON metric_targets (account_id, metric, starts_on, ends_on);
CREATE INDEX ix_metric_targets_updated_by ON metric_targets (account_id, updated_by) WHERE updated_by is not null;
comment on table public.metric_targets is 'What a figure shall reach in a period: for the house, an event or a person (quota).';
comment on column public.metric_targets."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.metric_targets."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.metric_targets."metric" is 'Key of the metric registry; the registry says whether more is better.';
comment on column public.metric_targets."scope" is 'For whom it is set.';
comment on column public.metric_targets."event_id" is '→ events: the event, where it is set for one; a person''s quota may be for one event.';
comment on column public.metric_targets."member_id" is '→ account_users: the person, where it is a quota.';
comment on column public.metric_targets."period" is 'Which kind of span; spans of one kind do not overlap.';
comment on column public.metric_targets."starts_on" is 'First day, in the house''s or event''s zone.';
comment on column public.metric_targets."ends_on" is 'First day after the span.';
comment on column public.metric_targets."unit" is 'What the value counts.';
comment on column public.metric_targets."currency" is 'ISO 4217, where it is money.';
comment on column public.metric_targets."value" is 'To be reached: a count, minor units, parts per million, days, minutes or hundredths of a score.';
comment on column public.metric_targets."note" is 'Where the target comes from.';
comment on column public.metric_targets."created_at" is 'When the row was made.';
comment on column public.metric_targets."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.metric_targets."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.metric_targets."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.metric_targets."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE real_time_event_metrics (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  minute TIMESTAMP WITH TIME ZONE NOT NULL,
  gate_id BIGINT,
  currency CHAR(3),
  shard SMALLINT DEFAULT 0 NOT NULL,
  registrations INTEGER DEFAULT 0 NOT NULL,
  confirmed INTEGER DEFAULT 0 NOT NULL,
  orders INTEGER DEFAULT 0 NOT NULL,
  tickets INTEGER DEFAULT 0 NOT NULL,
  gross_minor BIGINT DEFAULT 0 NOT NULL,
  revenue_minor BIGINT DEFAULT 0 NOT NULL,
  refunded_minor BIGINT DEFAULT 0 NOT NULL,
  check_ins INTEGER DEFAULT 0 NOT NULL,
  check_outs INTEGER DEFAULT 0 NOT NULL,
  refused_scans INTEGER DEFAULT 0 NOT NULL,
  first_check_ins INTEGER DEFAULT 0 NOT NULL,
  occupancy INTEGER DEFAULT 0 NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_real_time_event_metrics PRIMARY KEY (account_id, id),
  CONSTRAINT uq_real_time_event_metrics_minute UNIQUE NULLS NOT DISTINCT (account_id, event_id, minute, gate_id, currency, shard),
  CONSTRAINT ck_real_time_event_metrics_minute_is_whole CHECK (minute = date_trunc('minute', minute, 'UTC')),
  CONSTRAINT ck_real_time_event_metrics_money_has_a_currency CHECK (currency is not null or (gross_minor = 0 and revenue_minor = 0 and refunded_minor = 0)),
  CONSTRAINT ck_real_time_event_metrics_scans_have_a_gate CHECK (gate_id is not null or (check_ins = 0 and check_outs = 0 and refused_scans = 0)),
  CONSTRAINT fk_real_time_event_metrics_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_real_time_event_metrics_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_real_time_event_metrics_gate_id FOREIGN KEY(account_id, event_id, gate_id) REFERENCES gates (account_id, event_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_real_time_event_metrics_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_real_time_event_metrics_shard CHECK (shard between 0 and 63)
);
alter table public.real_time_event_metrics enable row level security;
alter table public.real_time_event_metrics force row level security;
CREATE INDEX ix_real_time_event_metrics_fold ON real_time_event_metrics (minute, account_id) WHERE shard <> 0;
CREATE INDEX ix_real_time_event_metrics_gate_id ON real_time_event_metrics (account_id, event_id, gate_id) WHERE gate_id is not null;
comment on table public.real_time_event_metrics is 'What changed in one event in one minute; sums over minutes give the live figures, `reconcile` proves them.';
comment on column public.real_time_event_metrics."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.real_time_event_metrics."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.real_time_event_metrics."event_id" is '→ events: the event.';
comment on column public.real_time_event_metrics."minute" is 'Start of the minute.';
comment on column public.real_time_event_metrics."gate_id" is '→ gates: where scans happened; NULL for sales and registrations.';
comment on column public.real_time_event_metrics."currency" is 'ISO 4217 of the money columns; NULL in rows without money.';
comment on column public.real_time_event_metrics."shard" is 'Which of the parallel rows of this minute.';
comment on column public.real_time_event_metrics."registrations" is 'Registrations made less those cancelled in this minute.';
comment on column public.real_time_event_metrics."confirmed" is 'Persons that became confirmed less those that ceased to be.';
comment on column public.real_time_event_metrics."orders" is 'Orders paid less those fully refunded or cancelled after payment.';
comment on column public.real_time_event_metrics."tickets" is 'Tickets sold or given less those made void.';
comment on column public.real_time_event_metrics."gross_minor" is 'List price of sales, in minor units.';
comment on column public.real_time_event_metrics."revenue_minor" is 'Net revenue (gross less discount, tax, fees, refunds), in minor units.';
comment on column public.real_time_event_metrics."refunded_minor" is 'Money given back, in minor units.';
comment on column public.real_time_event_metrics."check_ins" is 'Accepted scans inward.';
comment on column public.real_time_event_metrics."check_outs" is 'Accepted scans outward.';
comment on column public.real_time_event_metrics."refused_scans" is 'Scans refused, whatever the reason.';
comment on column public.real_time_event_metrics."first_check_ins" is 'Persons seen at a door of the event for the first time: the numerator of the check-in rate.';
comment on column public.real_time_event_metrics."occupancy" is 'Change of distinct persons inside in this minute; the sum up to a moment is the occupancy.';
comment on column public.real_time_event_metrics."updated_at" is 'When the row last changed.';

CREATE TABLE saved_views (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  member_id BIGINT NOT NULL,
  page TEXT NOT NULL,
  name TEXT NOT NULL,
  filters JSONB DEFAULT '{}'::jsonb NOT NULL,
  columns JSONB DEFAULT '[]'::jsonb NOT NULL,
  shared BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_saved_views PRIMARY KEY (account_id, id),
  CONSTRAINT uq_saved_views_account_id_member_id_page_name UNIQUE (account_id, member_id, page, name),
  CONSTRAINT fk_saved_views_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_saved_views_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_saved_views_page CHECK (page ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_saved_views_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_saved_views_filters CHECK (jsonb_typeof(filters) = 'object'),
  CONSTRAINT ck_saved_views_columns CHECK (jsonb_typeof(columns) = 'array')
);
alter table public.saved_views enable row level security;
alter table public.saved_views force row level security;
CREATE INDEX ix_saved_views_shared ON saved_views (account_id, page, name) WHERE shared;
comment on table public.saved_views is 'Filters and columns of a list under a name; private, or shared with the house for reading.';
comment on column public.saved_views."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.saved_views."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.saved_views."member_id" is '→ account_users: whose view; only they change it.';
comment on column public.saved_views."page" is 'Key of the list it is for, as exports name it.';
comment on column public.saved_views."name" is 'Chosen by the member; unique per list.';
comment on column public.saved_views."filters" is 'Values of the filter row by field, sort and layout among them; what stands at its default is left out.';
comment on column public.saved_views."columns" is 'Columns in order; empty = the list''s own.';
comment on column public.saved_views."shared" is 'Whether everybody in the house may use it.';
comment on column public.saved_views."created_at" is 'When the row was made.';
comment on column public.saved_views."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.saved_views."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE saved_view_defaults (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  member_id BIGINT NOT NULL,
  page TEXT NOT NULL,
  view_id BIGINT NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_saved_view_defaults PRIMARY KEY (account_id, id),
  CONSTRAINT uq_saved_view_defaults_account_id_member_id_page UNIQUE (account_id, member_id, page),
  CONSTRAINT fk_saved_view_defaults_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_saved_view_defaults_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_saved_view_defaults_page CHECK (page ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT fk_saved_view_defaults_view_id FOREIGN KEY(account_id, view_id) REFERENCES saved_views (account_id, id) ON DELETE CASCADE
);
alter table public.saved_view_defaults enable row level security;
alter table public.saved_view_defaults force row level security;
CREATE INDEX ix_saved_view_defaults_view_id ON saved_view_defaults (account_id, view_id);
comment on table public.saved_view_defaults is 'Which view a list opens with for one member; their own, or one that somebody shares.';
comment on column public.saved_view_defaults."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.saved_view_defaults."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.saved_view_defaults."member_id" is '→ account_users: for whom.';
comment on column public.saved_view_defaults."page" is 'Key of the list.';
comment on column public.saved_view_defaults."view_id" is '→ saved_views: the view; while its owner keeps it private the list opens without one.';
comment on column public.saved_view_defaults."created_at" is 'When the row was made.';
comment on column public.saved_view_defaults."updated_at" is 'When the row last changed; kept by trigger.';
"""

DOWNGRADE = r"""
drop table public.saved_view_defaults;
drop table public.saved_views;
drop table public.real_time_event_metrics;
drop table public.metric_targets;
drop table public.event_daily_metrics;
drop table public.analytics;
drop table public.alerts;
drop table public.alert_rules;
drop table public.account_daily_metrics;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("saved_view_defaults")
    ops.sync_drop("saved_views")
    ops.sync_drop("real_time_event_metrics")
    ops.sync_drop("metric_targets")
    ops.sync_drop("event_daily_metrics")
    ops.sync_drop("analytics")
    ops.sync_drop("alerts")
    ops.sync_drop("alert_rules")
    ops.sync_drop("account_daily_metrics")
    ops.run(DOWNGRADE)
