"""Tables of tenancy. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_01_tenancy"
down_revision = "20261121_00_base"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE accounts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  slug TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT DEFAULT 'active' NOT NULL,
  plan TEXT DEFAULT 'trial' NOT NULL,
  base_currency CHAR(3) NOT NULL,
  timezone TEXT NOT NULL,
  locale TEXT DEFAULT 'en' NOT NULL,
  country CHAR(2),
  fiscal_year_start_month SMALLINT DEFAULT 1 NOT NULL,
  week_start SMALLINT DEFAULT 1 NOT NULL,
  settings JSONB DEFAULT '{}'::jsonb NOT NULL,
  contact_email TEXT,
  trial_ends_at TIMESTAMP WITH TIME ZONE,
  suspended_at TIMESTAMP WITH TIME ZONE,
  suspended_reason TEXT,
  closed_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_accounts PRIMARY KEY (id),
  CONSTRAINT uq_accounts_slug UNIQUE (slug),
  CONSTRAINT ck_accounts_suspended_has_a_time CHECK ((status = 'suspended') = (suspended_at is not null)),
  CONSTRAINT ck_accounts_closed_has_a_time CHECK ((status = 'closed') = (closed_at is not null)),
  CONSTRAINT ck_accounts_suspended_has_a_reason CHECK (status <> 'suspended' or suspended_reason is not null),
  CONSTRAINT ck_accounts_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(slug) <= 63),
  CONSTRAINT ck_accounts_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_accounts_status CHECK (status in ('active', 'suspended', 'closed')),
  CONSTRAINT ck_accounts_plan CHECK (plan in ('trial', 'starter', 'team', 'house', 'internal')),
  CONSTRAINT ck_accounts_base_currency CHECK (base_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_accounts_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_accounts_locale CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_accounts_country CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT ck_accounts_fiscal_year_start_month CHECK (fiscal_year_start_month between 1 and 12),
  CONSTRAINT ck_accounts_week_start CHECK (week_start between 1 and 7),
  CONSTRAINT ck_accounts_settings CHECK (jsonb_typeof(settings) = 'object'),
  CONSTRAINT ck_accounts_contact_email CHECK (contact_email ~ '^[^@ ]+@[^@ ]+$' and length(contact_email) <= 320)
);
alter table public.accounts enable row level security;
alter table public.accounts force row level security;
CREATE INDEX ix_accounts_status ON accounts (status) WHERE status <> 'active';
comment on table public.accounts is 'A house: the tenant and the key of isolation everywhere.';
comment on column public.accounts."id" is 'Identity; the account_id of every other table.';
comment on column public.accounts."slug" is 'The house in links; unique in the installation.';
comment on column public.accounts."name" is 'As shown in the sidebar and to guests.';
comment on column public.accounts."status" is 'Only an active house may be entered; operators may enter any.';
comment on column public.accounts."plan" is 'What the house has subscribed to.';
comment on column public.accounts."base_currency" is 'ISO 4217; figures over several currencies are converted to it.';
comment on column public.accounts."timezone" is 'IANA zone in which the house''s days, months and due dates run.';
comment on column public.accounts."locale" is 'BCP 47: language and formats of what the house sends.';
comment on column public.accounts."country" is 'ISO 3166-1 alpha-2; default for addresses, phone numbers and taxes.';
comment on column public.accounts."fiscal_year_start_month" is '1 = January; where the fiscal year of reports begins.';
comment on column public.accounts."week_start" is 'ISO weekday on which weeks begin, 1 = Monday.';
comment on column public.accounts."settings" is 'House-wide switches and defaults by key; validated by the settings commands.';
comment on column public.accounts."contact_email" is 'Where the installation''s operator reaches the house.';
comment on column public.accounts."trial_ends_at" is 'When a trial turns read-only; NULL for other plans.';
comment on column public.accounts."suspended_at" is 'Since when nobody may enter; NULL unless suspended.';
comment on column public.accounts."suspended_reason" is 'Said to members who try to enter.';
comment on column public.accounts."closed_at" is 'When the house was given up; its data await the retention policy.';
comment on column public.accounts."created_at" is 'When the row was made.';
comment on column public.accounts."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.accounts."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE login_attempts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  email_norm TEXT NOT NULL,
  ip TEXT,
  user_agent TEXT,
  ok BOOLEAN NOT NULL,
  reason TEXT,
  at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_login_attempts PRIMARY KEY (id),
  CONSTRAINT ck_login_attempts_refused_for_a_reason CHECK (ok = (reason is null)),
  CONSTRAINT ck_login_attempts_ip CHECK (length(ip) <= 45),
  CONSTRAINT ck_login_attempts_user_agent CHECK (length(user_agent) <= 500),
  CONSTRAINT ck_login_attempts_reason CHECK (reason in ('unknown_user', 'wrong_password', 'wrong_code', 'disabled', 'locked', 'rate_limited', 'no_membership', 'no_password', 'unverified_email', 'other_identity'))
);
alter table public.login_attempts enable row level security;
alter table public.login_attempts force row level security;
CREATE INDEX ix_login_attempts_at ON login_attempts (at);
CREATE INDEX ix_login_attempts_email_norm ON login_attempts (email_norm, at desc);
CREATE INDEX ix_login_attempts_ip ON login_attempts (ip, at desc);
comment on table public.login_attempts is 'One try to sign in, good or bad; shown to the person and to admins of their houses.';
comment on column public.login_attempts."id" is 'Identity.';
comment on column public.login_attempts."email_norm" is 'Normalised address that was tried, known or not.';
comment on column public.login_attempts."ip" is 'Address the try came from, as text.';
comment on column public.login_attempts."user_agent" is 'Browser, as it names itself.';
comment on column public.login_attempts."ok" is 'Whether a session came of it.';
comment on column public.login_attempts."reason" is 'Why it was refused; never told to whoever tried.';
comment on column public.login_attempts."at" is 'When; deleted after 90 days.';

CREATE TABLE rate_limits (
  bucket TEXT NOT NULL,
  window_start TIMESTAMP WITH TIME ZONE NOT NULL,
  count INTEGER DEFAULT 0 NOT NULL,
  CONSTRAINT pk_rate_limits PRIMARY KEY (bucket, window_start),
  CONSTRAINT ck_rate_limits_bucket CHECK (length(bucket) between 1 and 200),
  CONSTRAINT ck_rate_limits_count CHECK (count >= 0)
);
alter table public.rate_limits enable row level security;
alter table public.rate_limits force row level security;
CREATE INDEX ix_rate_limits_window_start ON rate_limits (window_start);
comment on table public.rate_limits is 'How often something was tried within one window of time.';
comment on column public.rate_limits."bucket" is 'What is limited and for whom, such as sign_in:ip:203.0.113.7.';
comment on column public.rate_limits."window_start" is 'Start of the window; its length belongs to the kind of bucket.';
comment on column public.rate_limits."count" is 'Tries in this window.';

CREATE TABLE users (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  email TEXT NOT NULL,
  email_norm TEXT DEFAULT '' NOT NULL,
  email_confirmed_at TIMESTAMP WITH TIME ZONE,
  name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  status TEXT DEFAULT 'active' NOT NULL,
  disabled_at TIMESTAMP WITH TIME ZONE,
  locale TEXT DEFAULT 'en' NOT NULL,
  timezone TEXT,
  preferences JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_users PRIMARY KEY (id),
  CONSTRAINT uq_users_email_norm UNIQUE (email_norm),
  CONSTRAINT ck_users_disabled_has_a_time CHECK ((status = 'disabled') = (disabled_at is not null)),
  CONSTRAINT ck_users_email CHECK (email ~ '^[^@ ]+@[^@ ]+$' and length(email) <= 320),
  CONSTRAINT ck_users_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_users_status CHECK (status in ('active', 'disabled')),
  CONSTRAINT ck_users_locale CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_users_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_users_preferences CHECK (jsonb_typeof(preferences) = 'object')
);
alter table public.users enable row level security;
alter table public.users force row level security;
comment on table public.users is 'A person''s login profile, shared by all houses they work for; credentials are kept apart.';
comment on column public.users."id" is 'Identity; never shown outside.';
comment on column public.users."email" is 'The address to sign in with, as written.';
comment on column public.users."email_norm" is 'Normalised form, kept by trigger; unique in the installation.';
comment on column public.users."email_confirmed_at" is 'When the person proved the address by a link; NULL until then.';
comment on column public.users."name" is 'Full name; a membership may show another.';
comment on column public.users."name_sort" is 'Sort key of the name, kept by trigger.';
comment on column public.users."status" is 'A disabled person signs in nowhere; a membership is disabled per house instead.';
comment on column public.users."disabled_at" is 'Since when sign-in is refused; NULL while active.';
comment on column public.users."locale" is 'BCP 47: language and formats of the person''s own pages and mails.';
comment on column public.users."timezone" is 'IANA zone for times that belong to no event; NULL = the house''s.';
comment on column public.users."preferences" is 'Personal choices that hold in every house: theme, density, start page.';
comment on column public.users."created_at" is 'When the row was made.';
comment on column public.users."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.users."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE account_users (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT,
  display_name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  role TEXT DEFAULT 'member' NOT NULL,
  preset TEXT,
  permissions JSONB DEFAULT '{"grant": [], "deny": []}'::jsonb NOT NULL,
  status TEXT DEFAULT 'placeholder' NOT NULL,
  department TEXT,
  job_title TEXT,
  contact_id BIGINT,
  invited_by BIGINT,
  invited_email TEXT,
  invited_email_norm TEXT DEFAULT '' NOT NULL,
  invited_at TIMESTAMP WITH TIME ZONE,
  joined_at TIMESTAMP WITH TIME ZONE,
  disabled_at TIMESTAMP WITH TIME ZONE,
  disabled_by BIGINT,
  last_seen_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_account_users PRIMARY KEY (account_id, id),
  CONSTRAINT uq_account_users_account_id_user_id UNIQUE (account_id, user_id),
  CONSTRAINT ck_account_users_active_has_a_user CHECK (status <> 'active' or user_id is not null),
  CONSTRAINT ck_account_users_placeholder_has_no_user CHECK (status <> 'placeholder' or user_id is null),
  CONSTRAINT ck_account_users_invited_has_an_address CHECK (status <> 'invited' or invited_email is not null),
  CONSTRAINT ck_account_users_disabled_has_a_time CHECK ((status = 'disabled') = (disabled_at is not null)),
  CONSTRAINT ck_account_users_permissions_grant_and_deny CHECK (jsonb_typeof(permissions -> 'grant') is not distinct from 'array' and jsonb_typeof(permissions -> 'deny') is not distinct from 'array' and permissions - 'grant' - 'deny' = '{}'::jsonb and not jsonb_path_exists(permissions, '$.*[*] ? (@.type() <> "string")')),
  CONSTRAINT fk_account_users_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_account_users_display_name CHECK (length(display_name) between 1 and 200),
  CONSTRAINT ck_account_users_role CHECK (role in ('owner', 'admin', 'manager', 'member', 'viewer')),
  CONSTRAINT ck_account_users_preset CHECK (preset ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_account_users_status CHECK (status in ('invited', 'active', 'disabled', 'placeholder')),
  CONSTRAINT fk_account_users_invited_by FOREIGN KEY(account_id, invited_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_account_users_invited_email CHECK (invited_email ~ '^[^@ ]+@[^@ ]+$' and length(invited_email) <= 320),
  CONSTRAINT fk_account_users_disabled_by FOREIGN KEY(account_id, disabled_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_account_users_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_account_users_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_account_users_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
alter table public.account_users enable row level security;
alter table public.account_users force row level security;
CREATE INDEX ix_account_users_contact_id ON account_users (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_account_users_created_by ON account_users (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_account_users_disabled_by ON account_users (account_id, disabled_by) WHERE disabled_by is not null;
CREATE INDEX ix_account_users_invited_by ON account_users (account_id, invited_by) WHERE invited_by is not null;
CREATE INDEX ix_account_users_name ON account_users (account_id, name_sort, id);
CREATE INDEX ix_account_users_owners ON account_users (account_id, id) WHERE role = 'owner' and status = 'active';
CREATE INDEX ix_account_users_updated_by ON account_users (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_account_users_user_id ON account_users (user_id, account_id);
CREATE UNIQUE INDEX uq_account_users_invited_email_norm ON account_users (account_id, invited_email_norm) WHERE status = 'invited';
comment on table public.account_users is 'A membership: a person in a house. Without a user it is a placeholder, claimed later by invitation.';
comment on column public.account_users."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.account_users."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.account_users."user_id" is '→ users: the login; NULL for a placeholder and for an invitation to somebody without a login.';
comment on column public.account_users."display_name" is 'As colleagues see them; from the import for a placeholder.';
comment on column public.account_users."name_sort" is 'Sort key of the display name, kept by trigger.';
comment on column public.account_users."role" is 'Rank and base of the permissions; the last active owner cannot be removed.';
comment on column public.account_users."preset" is 'Key of the preset that role and grants were taken from; NULL where set by hand.';
comment on column public.account_users."permissions" is 'Beyond the role: `grant` and `deny`, lists of permission names.';
comment on column public.account_users."status" is 'Only an active membership opens the house.';
comment on column public.account_users."department" is 'Free text, as on the call sheet.';
comment on column public.account_users."job_title" is 'What they do in the house.';
comment on column public.account_users."contact_id" is '→ contacts: the member as a person (clash rule, meetings); made when they join.';
comment on column public.account_users."invited_by" is '→ account_users: who sent the last invitation.';
comment on column public.account_users."invited_email" is 'Address the invitation went to; stays after it was accepted.';
comment on column public.account_users."invited_email_norm" is 'Normalised form, kept by trigger; one open invitation per address and house.';
comment on column public.account_users."invited_at" is 'When the last invitation was sent.';
comment on column public.account_users."joined_at" is 'When the membership first became active.';
comment on column public.account_users."disabled_at" is 'Since when they may not enter; NULL unless disabled.';
comment on column public.account_users."disabled_by" is '→ account_users: who disabled them.';
comment on column public.account_users."last_seen_at" is 'Last use of the house; written at most once an hour, by definer functions only.';
comment on column public.account_users."created_at" is 'When the row was made.';
comment on column public.account_users."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.account_users."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.account_users."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.account_users."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE api_keys (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  prefix TEXT NOT NULL,
  key_hash BYTEA NOT NULL,
  scopes TEXT[] NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE,
  requests_per_minute INTEGER DEFAULT 300 NOT NULL,
  allowed_networks TEXT[] DEFAULT '{}'::text[] NOT NULL,
  last_used_at TIMESTAMP WITH TIME ZONE,
  last_used_ip TEXT,
  revoked_at TIMESTAMP WITH TIME ZONE,
  revoked_by BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_api_keys PRIMARY KEY (account_id, id),
  CONSTRAINT uq_api_keys_key_hash UNIQUE (key_hash),
  CONSTRAINT uq_api_keys_account_id_prefix UNIQUE (account_id, prefix),
  CONSTRAINT ck_api_keys_scopes_not_empty CHECK (cardinality(scopes) > 0),
  CONSTRAINT ck_api_keys_expires_after_creation CHECK (expires_at is null or expires_at > created_at),
  CONSTRAINT ck_api_keys_revoked_by_has_a_time CHECK (revoked_by is null or revoked_at is not null),
  CONSTRAINT fk_api_keys_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_api_keys_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_api_keys_prefix CHECK (length(prefix) between 6 and 20),
  CONSTRAINT ck_api_keys_key_hash CHECK (octet_length(key_hash) = 32),
  CONSTRAINT ck_api_keys_requests_per_minute CHECK (requests_per_minute > 0),
  CONSTRAINT ck_api_keys_last_used_ip CHECK (length(last_used_ip) <= 45),
  CONSTRAINT fk_api_keys_revoked_by FOREIGN KEY(account_id, revoked_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_api_keys_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_api_keys_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.api_keys enable row level security;
alter table public.api_keys force row level security;
CREATE INDEX ix_api_keys_created_by ON api_keys (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_api_keys_revoked_by ON api_keys (account_id, revoked_by) WHERE revoked_by is not null;
CREATE INDEX ix_api_keys_updated_by ON api_keys (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_api_keys_live_name ON api_keys (account_id, name) WHERE revoked_at is null;
comment on table public.api_keys is 'A key for programs: shown once, stored as prefix and hash.';
comment on column public.api_keys."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.api_keys."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.api_keys."name" is 'What the key is for; unique among the keys in force.';
comment on column public.api_keys."prefix" is 'First characters of the key, to tell it by.';
comment on column public.api_keys."key_hash" is 'SHA-256 of the whole key; unique in the installation, since it is looked up before any house is known.';
comment on column public.api_keys."scopes" is 'Permission names the key carries.';
comment on column public.api_keys."expires_at" is 'From when it opens nothing; NULL = until revoked.';
comment on column public.api_keys."requests_per_minute" is 'Limit, counted in rate_limits.';
comment on column public.api_keys."allowed_networks" is 'CIDR ranges it may be used from; empty = from anywhere.';
comment on column public.api_keys."last_used_at" is 'Last use, written at most once a minute by a definer function.';
comment on column public.api_keys."last_used_ip" is 'Address of the last use, as text.';
comment on column public.api_keys."revoked_at" is 'When it was withdrawn; NULL while in force.';
comment on column public.api_keys."revoked_by" is '→ account_users: who withdrew it.';
comment on column public.api_keys."created_at" is 'When the row was made.';
comment on column public.api_keys."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.api_keys."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.api_keys."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.api_keys."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE login_devices (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  device_hash BYTEA NOT NULL,
  name TEXT NOT NULL,
  first_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_login_devices PRIMARY KEY (id),
  CONSTRAINT uq_login_devices_user_id_device_hash UNIQUE (user_id, device_hash),
  CONSTRAINT ck_login_devices_device_hash CHECK (octet_length(device_hash) = 32),
  CONSTRAINT ck_login_devices_name CHECK (length(name) between 1 and 200),
  CONSTRAINT fk_login_devices_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
alter table public.login_devices enable row level security;
alter table public.login_devices force row level security;
CREATE INDEX ix_login_devices_last_seen_at ON login_devices (last_seen_at);
comment on table public.login_devices is 'A browser that a person has signed in with; a sign-in with any other one is told to the person.';
comment on column public.login_devices."id" is 'Identity.';
comment on column public.login_devices."user_id" is '→ users: whose; a browser that two people use is one row each.';
comment on column public.login_devices."device_hash" is 'SHA-256 of the browser''s device cookie, which outlives signing out.';
comment on column public.login_devices."name" is 'Browser and system, as the browser names itself: Firefox on Windows.';
comment on column public.login_devices."first_seen_at" is 'First sign-in with it.';
comment on column public.login_devices."last_seen_at" is 'Latest sign-in with it; forgotten 400 days after, unless it is the person''s last one.';

CREATE TABLE login_mails (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  user_id BIGINT,
  email_norm TEXT,
  details JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE,
  last_error TEXT,
  CONSTRAINT pk_login_mails PRIMARY KEY (id),
  CONSTRAINT ck_login_mails_one_recipient CHECK ((user_id is null) <> (email_norm is null)),
  CONSTRAINT ck_login_mails_link_goes_to_an_address CHECK ((kind = 'password_link') = (email_norm is not null)),
  CONSTRAINT ck_login_mails_kind CHECK (kind in ('password_link', 'password_changed', 'new_device')),
  CONSTRAINT ck_login_mails_email_norm CHECK (length(email_norm) <= 320),
  CONSTRAINT ck_login_mails_details CHECK (jsonb_typeof(details) = 'object'),
  CONSTRAINT ck_login_mails_attempts CHECK (attempts >= 0),
  CONSTRAINT ck_login_mails_last_error CHECK (length(last_error) <= 500),
  CONSTRAINT fk_login_mails_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
alter table public.login_mails enable row level security;
alter table public.login_mails force row level security;
CREATE INDEX ix_login_mails_due ON login_mails (next_attempt_at, id) WHERE sent_at is null;
CREATE INDEX ix_login_mails_expires_at ON login_mails (expires_at);
CREATE INDEX ix_login_mails_user_id ON login_mails (user_id);
comment on table public.login_mails is 'A mail about a person''s login, on its way.';
comment on column public.login_mails."id" is 'Identity; part of the Message-ID, which is the same at every try.';
comment on column public.login_mails."kind" is 'What it tells; the wording is the program''s own.';
comment on column public.login_mails."user_id" is '→ users: who is told something; NULL where somebody asks for a link.';
comment on column public.login_mails."email_norm" is 'The address that a link was asked for, known or not; whose it is, is looked up when it is sent.';
comment on column public.login_mails."details" is 'What the wording says of the occasion: device, network address; never anything that opens something.';
comment on column public.login_mails."created_at" is 'When it was asked for, or happened.';
comment on column public.login_mails."expires_at" is 'From when it is no longer worth sending; deleted a week later.';
comment on column public.login_mails."attempts" is 'Tries so far.';
comment on column public.login_mails."next_attempt_at" is 'When it is tried next; ahead while a worker has it in hand.';
comment on column public.login_mails."sent_at" is 'When the mail server took it.';
comment on column public.login_mails."last_error" is 'What went wrong last.';

CREATE TABLE login_sessions (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  token_hash BYTEA NOT NULL,
  kind TEXT DEFAULT 'member' NOT NULL,
  user_id BIGINT,
  method TEXT DEFAULT 'password' NOT NULL,
  device_id BIGINT,
  second_factor_at TIMESTAMP WITH TIME ZONE,
  operator_name TEXT,
  ip TEXT,
  user_agent TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  revoked_reason TEXT,
  entered_account_ids BIGINT[] DEFAULT '{}'::bigint[] NOT NULL,
  CONSTRAINT pk_login_sessions PRIMARY KEY (id),
  CONSTRAINT uq_login_sessions_token_hash UNIQUE (token_hash),
  CONSTRAINT ck_login_sessions_member_has_a_user CHECK (kind = 'operator' or user_id is not null),
  CONSTRAINT ck_login_sessions_expires_after_creation CHECK (created_at < expires_at),
  CONSTRAINT ck_login_sessions_revoked_for_a_reason CHECK ((revoked_at is null) = (revoked_reason is null)),
  CONSTRAINT ck_login_sessions_token_hash CHECK (octet_length(token_hash) = 32),
  CONSTRAINT ck_login_sessions_kind CHECK (kind in ('member', 'operator')),
  CONSTRAINT ck_login_sessions_method CHECK (method in ('password', 'single_sign_on')),
  CONSTRAINT ck_login_sessions_ip CHECK (length(ip) <= 45),
  CONSTRAINT ck_login_sessions_user_agent CHECK (length(user_agent) <= 500),
  CONSTRAINT ck_login_sessions_revoked_reason CHECK (revoked_reason in ('signed_out', 'signed_out_everywhere', 'password_changed', 'user_disabled', 'admin')),
  CONSTRAINT fk_login_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_login_sessions_device_id FOREIGN KEY(device_id) REFERENCES login_devices (id) ON DELETE SET NULL
);
alter table public.login_sessions enable row level security;
alter table public.login_sessions force row level security;
CREATE INDEX ix_login_sessions_device_id ON login_sessions (device_id);
CREATE INDEX ix_login_sessions_expires_at ON login_sessions (expires_at);
CREATE INDEX ix_login_sessions_user_id ON login_sessions (user_id, last_seen_at desc);
comment on table public.login_sessions is 'One signed-in browser, or one run of the command line.';
comment on column public.login_sessions."id" is 'Identity.';
comment on column public.login_sessions."token_hash" is 'SHA-256 of the cookie''s token; the token itself is stored nowhere.';
comment on column public.login_sessions."kind" is 'A person in a browser, or an operator at the command line.';
comment on column public.login_sessions."user_id" is '→ users: whose session; for an operator NULL, or the person acted as.';
comment on column public.login_sessions."method" is 'How the person proved who they are; an operator by the migrator''s login.';
comment on column public.login_sessions."device_id" is '→ login_devices: the browser it was opened in; NULL where that has been forgotten, or is none.';
comment on column public.login_sessions."second_factor_at" is 'When the second factor was passed; NULL where none is set up.';
comment on column public.login_sessions."operator_name" is 'Operating-system user at the command line; goes to the audit.';
comment on column public.login_sessions."ip" is 'Address the session was opened from, as text.';
comment on column public.login_sessions."user_agent" is 'Browser, as it names itself; shown in the list of own sessions.';
comment on column public.login_sessions."created_at" is 'When it was opened.';
comment on column public.login_sessions."last_seen_at" is 'Last use, written at most once a minute.';
comment on column public.login_sessions."expires_at" is 'From when it no longer opens anything.';
comment on column public.login_sessions."revoked_at" is 'When it was ended before its time; NULL while usable.';
comment on column public.login_sessions."revoked_reason" is 'Why it was ended.';
comment on column public.login_sessions."entered_account_ids" is 'Houses this session has entered: the sign-in is audited in each once, at first entry.';

CREATE TABLE one_time_tokens (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  token_hash BYTEA NOT NULL,
  purpose TEXT NOT NULL,
  account_id BIGINT,
  user_id BIGINT,
  member_id BIGINT,
  payload JSONB DEFAULT '{}'::jsonb NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  used_at TIMESTAMP WITH TIME ZONE,
  revoked_at TIMESTAMP WITH TIME ZONE,
  max_uses INTEGER DEFAULT 1,
  uses INTEGER DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_one_time_tokens PRIMARY KEY (id),
  CONSTRAINT uq_one_time_tokens_token_hash UNIQUE (token_hash),
  CONSTRAINT fk_one_time_tokens_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_one_time_tokens_expires_after_creation CHECK (created_at < expires_at),
  CONSTRAINT ck_one_time_tokens_uses_within_limit CHECK (max_uses is null or uses <= max_uses),
  CONSTRAINT ck_one_time_tokens_member_has_a_house CHECK (member_id is null or account_id is not null),
  CONSTRAINT ck_one_time_tokens_invitation_names_a_membership CHECK (purpose <> 'invitation' or (account_id is not null and member_id is not null)),
  CONSTRAINT ck_one_time_tokens_personal_ticket_names_a_user CHECK (purpose not in ('reset', 'session_ticket', 'email_confirm') or user_id is not null),
  CONSTRAINT ck_one_time_tokens_public_link_names_a_house CHECK (purpose <> 'public_link' or account_id is not null),
  CONSTRAINT ck_one_time_tokens_token_hash CHECK (octet_length(token_hash) = 32),
  CONSTRAINT ck_one_time_tokens_purpose CHECK (purpose in ('invitation', 'reset', 'session_ticket', 'setup', 'operator', 'public_link', 'email_confirm', 'identity')),
  CONSTRAINT ck_one_time_tokens_payload CHECK (jsonb_typeof(payload) = 'object'),
  CONSTRAINT ck_one_time_tokens_max_uses CHECK (max_uses > 0),
  CONSTRAINT ck_one_time_tokens_uses CHECK (uses >= 0),
  CONSTRAINT fk_one_time_tokens_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_one_time_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
alter table public.one_time_tokens enable row level security;
alter table public.one_time_tokens force row level security;
CREATE INDEX ix_one_time_tokens_account_id_member_id ON one_time_tokens (account_id, member_id);
CREATE INDEX ix_one_time_tokens_expires_at ON one_time_tokens (expires_at);
CREATE INDEX ix_one_time_tokens_user_id ON one_time_tokens (user_id, purpose);
comment on table public.one_time_tokens is 'A link or ticket that opens one thing for a limited time: invitation, reset, public link.';
comment on column public.one_time_tokens."id" is 'Identity; the actor id of a public-token transaction.';
comment on column public.one_time_tokens."token_hash" is 'SHA-256 of the token in the link.';
comment on column public.one_time_tokens."purpose" is 'The only thing it opens.';
comment on column public.one_time_tokens."account_id" is '→ accounts: the house it belongs to; NULL for tokens of a person or of set-up.';
comment on column public.one_time_tokens."user_id" is '→ users: for whom; NULL where the person has no login yet.';
comment on column public.one_time_tokens."member_id" is '→ account_users: the membership an invitation is for, or on whose behalf a link acts.';
comment on column public.one_time_tokens."payload" is 'What the link is about: `permissions` (list) of a public link, ids of its subject; no personal data.';
comment on column public.one_time_tokens."expires_at" is 'From when it no longer opens anything.';
comment on column public.one_time_tokens."used_at" is 'When its last permitted use was made; NULL while usable.';
comment on column public.one_time_tokens."revoked_at" is 'When it was withdrawn; NULL while usable.';
comment on column public.one_time_tokens."max_uses" is 'How often it may be used; NULL = as often as one likes until it expires.';
comment on column public.one_time_tokens."uses" is 'How often it was used.';
comment on column public.one_time_tokens."created_at" is 'When it was made.';

CREATE TABLE retention_policies (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  entity TEXT NOT NULL,
  legal_basis TEXT NOT NULL,
  months INTEGER NOT NULL,
  anchor TEXT DEFAULT 'last_activity' NOT NULL,
  action TEXT DEFAULT 'anonymise' NOT NULL,
  enabled BOOLEAN DEFAULT true NOT NULL,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_retention_policies PRIMARY KEY (account_id, id),
  CONSTRAINT uq_retention_policies_account_id_entity_legal_basis UNIQUE (account_id, entity, legal_basis),
  CONSTRAINT fk_retention_policies_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_retention_policies_entity CHECK (entity ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_retention_policies_legal_basis CHECK (legal_basis in ('consent', 'contract', 'legal_obligation', 'vital_interest', 'public_task', 'legitimate_interest')),
  CONSTRAINT ck_retention_policies_months CHECK (months > 0),
  CONSTRAINT ck_retention_policies_anchor CHECK (anchor in ('created', 'last_activity', 'event_end', 'closed')),
  CONSTRAINT ck_retention_policies_action CHECK (action in ('erase', 'anonymise', 'archive')),
  CONSTRAINT fk_retention_policies_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_retention_policies_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.retention_policies enable row level security;
alter table public.retention_policies force row level security;
CREATE INDEX ix_retention_policies_created_by ON retention_policies (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_retention_policies_enabled ON retention_policies (account_id) WHERE enabled;
CREATE INDEX ix_retention_policies_updated_by ON retention_policies (account_id, updated_by) WHERE updated_by is not null;
comment on table public.retention_policies is 'How long data of one kind are kept on one legal basis, and what happens then; worked off by a job.';
comment on column public.retention_policies."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.retention_policies."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.retention_policies."entity" is 'Table or kind of data, as in the erasure registry.';
comment on column public.retention_policies."legal_basis" is 'Ground on which the data are kept (Article 6 GDPR).';
comment on column public.retention_policies."months" is 'Months kept after the anchor.';
comment on column public.retention_policies."anchor" is 'From when the months are counted.';
comment on column public.retention_policies."action" is 'What the job does when the time is up.';
comment on column public.retention_policies."enabled" is 'Whether the job works it off.';
comment on column public.retention_policies."note" is 'Why this long: the law or the reasoning.';
comment on column public.retention_policies."created_at" is 'When the row was made.';
comment on column public.retention_policies."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.retention_policies."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.retention_policies."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.retention_policies."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE user_credentials (
  user_id BIGINT NOT NULL,
  password_hash TEXT,
  password_changed_at TIMESTAMP WITH TIME ZONE,
  must_change_password BOOLEAN DEFAULT false NOT NULL,
  totp_secret BYTEA,
  totp_confirmed_at TIMESTAMP WITH TIME ZONE,
  totp_last_step BIGINT,
  recovery_code_hashes BYTEA[] DEFAULT '{}'::bytea[] NOT NULL,
  failed_attempts INTEGER DEFAULT 0 NOT NULL,
  locked_until TIMESTAMP WITH TIME ZONE,
  oidc_issuer TEXT,
  oidc_subject TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_user_credentials PRIMARY KEY (user_id),
  CONSTRAINT uq_user_credentials_oidc_issuer_oidc_subject UNIQUE (oidc_issuer, oidc_subject),
  CONSTRAINT ck_user_credentials_oidc_is_whole CHECK ((oidc_issuer is null) = (oidc_subject is null)),
  CONSTRAINT ck_user_credentials_factor_has_a_secret CHECK (totp_confirmed_at is null or totp_secret is not null),
  CONSTRAINT ck_user_credentials_password_hash CHECK (password_hash like '$2%%'),
  CONSTRAINT ck_user_credentials_failed_attempts CHECK (failed_attempts >= 0),
  CONSTRAINT fk_user_credentials_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
alter table public.user_credentials enable row level security;
alter table public.user_credentials force row level security;
comment on table public.user_credentials is 'How a person proves who they are: password hash, second factor, single sign-on.';
comment on column public.user_credentials."user_id" is '→ users: one row per person.';
comment on column public.user_credentials."password_hash" is 'bcrypt; NULL where the person signs in through single sign-on only.';
comment on column public.user_credentials."password_changed_at" is 'When the password was last set.';
comment on column public.user_credentials."must_change_password" is 'Whether the next sign-in leads to a new password.';
comment on column public.user_credentials."totp_secret" is 'Encrypted TOTP secret; associated data account 0.';
comment on column public.user_credentials."totp_confirmed_at" is 'When the person first entered a right code; the factor is demanded from then on.';
comment on column public.user_credentials."totp_last_step" is 'Number of the last 30-second step used, so that a code works once.';
comment on column public.user_credentials."recovery_code_hashes" is 'SHA-256 of the unused recovery codes; a used one is removed.';
comment on column public.user_credentials."failed_attempts" is 'Failures in a row since the last success.';
comment on column public.user_credentials."locked_until" is 'No sign-in before this time; NULL while open.';
comment on column public.user_credentials."oidc_issuer" is 'Issuer of the single sign-on identity; NULL without one.';
comment on column public.user_credentials."oidc_subject" is 'Subject at that issuer; unique per issuer.';
comment on column public.user_credentials."created_at" is 'When the row was made.';
comment on column public.user_credentials."updated_at" is 'When the row last changed; kept by trigger.';
"""

DOWNGRADE = r"""
drop table public.user_credentials;
drop table public.retention_policies;
drop table public.one_time_tokens;
drop table public.login_sessions;
drop table public.login_mails;
drop table public.login_devices;
drop table public.api_keys;
drop table public.account_users;
drop table public.users;
drop table public.rate_limits;
drop table public.login_attempts;
drop table public.accounts;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("user_credentials")
    ops.sync_drop("retention_policies")
    ops.sync_drop("one_time_tokens")
    ops.sync_drop("login_sessions")
    ops.sync_drop("login_mails")
    ops.sync_drop("login_devices")
    ops.sync_drop("api_keys")
    ops.sync_drop("account_users")
    ops.sync_drop("users")
    ops.sync_drop("rate_limits")
    ops.sync_drop("login_attempts")
    ops.sync_drop("accounts")
    ops.run(DOWNGRADE)
