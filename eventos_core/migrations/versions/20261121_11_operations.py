"""Tables of operations. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_11_operations"
down_revision = "20261121_10_analytics"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE audit_log (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  occurred_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  member_id BIGINT,
  action TEXT NOT NULL,
  table_name TEXT DEFAULT '' NOT NULL,
  row_id TEXT DEFAULT '' NOT NULL,
  before JSONB,
  after JSONB,
  reason TEXT,
  request_id TEXT,
  xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
  era SMALLINT DEFAULT app.era() NOT NULL,
  salt BYTEA,
  payload_hash BYTEA NOT NULL,
  erased_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_audit_log PRIMARY KEY (account_id, id, occurred_at),
  CONSTRAINT ck_audit_log_action_is_a_word CHECK (action ~ '^[a-z][a-z_]*$'),
  CONSTRAINT ck_audit_log_erased_loses_payload_and_salt CHECK ((salt is null) = (erased_at is not null) and (erased_at is null or (before is null and after is null))),
  CONSTRAINT fk_audit_log_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_audit_log_actor_kind CHECK (actor_kind in ('member', 'api_key', 'job', 'public_token', 'operator', 'setup', 'system')),
  CONSTRAINT ck_audit_log_before CHECK (jsonb_typeof(before) = 'object'),
  CONSTRAINT ck_audit_log_after CHECK (jsonb_typeof(after) = 'object'),
  CONSTRAINT ck_audit_log_payload_hash CHECK (octet_length(payload_hash) = 32)
)
 PARTITION BY RANGE (occurred_at);
alter table public.audit_log enable row level security;
alter table public.audit_log force row level security;
CREATE INDEX ix_audit_log_action ON audit_log (account_id, action, occurred_at desc);
CREATE INDEX ix_audit_log_era_xid ON audit_log (account_id, era, xid);
CREATE INDEX ix_audit_log_member_id ON audit_log (account_id, member_id, occurred_at desc);
CREATE INDEX ix_audit_log_recent ON audit_log (account_id, occurred_at desc, id desc);
CREATE INDEX ix_audit_log_row ON audit_log (account_id, table_name, row_id, occurred_at desc);
comment on table public.audit_log is 'One audited change or act; append-only, by month, written by triggers and definer functions.';
comment on column public.audit_log."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.audit_log."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.audit_log."occurred_at" is 'When; the partition key, so that it is part of the primary key.';
comment on column public.audit_log."actor_kind" is 'What kind of actor; system = maintenance without one.';
comment on column public.audit_log."actor_id" is 'Which one: id of the membership, key, job, token or operator session, as text.';
comment on column public.audit_log."member_id" is 'account_users.id where a member stands behind it; no foreign key, since entries outlive rows.';
comment on column public.audit_log."action" is 'insert, update, delete, or an act such as sign_in, role_change, export, download, denied.';
comment on column public.audit_log."table_name" is 'Table of the row; empty for acts that concern none.';
comment on column public.audit_log."row_id" is 'Id of the row, or what the act concerned, as text.';
comment on column public.audit_log."before" is 'The row as it was, without secret columns; NULL for inserts and once erased.';
comment on column public.audit_log."after" is 'The row as it became, or details of the act; NULL for deletes and once erased.';
comment on column public.audit_log."reason" is 'What the person gave as reason, or which command ran.';
comment on column public.audit_log."request_id" is 'Ties together all entries of one click, call or job.';
comment on column public.audit_log."xid" is 'Writing transaction; sealed once below the snapshot''s xmin, when all its entries are visible.';
comment on column public.audit_log."era" is 'Life of the database cluster: raised by a restore, after which transaction ids start anew.';
comment on column public.audit_log."salt" is 'Random bytes hashed with the payload, so that a hash does not give away short payloads; NULL once erased.';
comment on column public.audit_log."payload_hash" is 'SHA-256 over salt and payload; stays after erasure, so that the chain still verifies.';
comment on column public.audit_log."erased_at" is 'When payload and salt were removed on a privacy request; NULL while whole.';

CREATE TABLE audit_seals (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  seq BIGINT NOT NULL,
  era SMALLINT DEFAULT app.era() NOT NULL,
  from_xid xid8 NOT NULL,
  to_xid xid8 NOT NULL,
  entries INTEGER NOT NULL,
  prev_hash BYTEA,
  hash BYTEA NOT NULL,
  sealed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  released_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_audit_seals PRIMARY KEY (account_id, id),
  CONSTRAINT uq_audit_seals_account_id_seq UNIQUE (account_id, seq),
  CONSTRAINT ck_audit_seals_seq_from_one CHECK (seq >= 1),
  CONSTRAINT ck_audit_seals_only_the_first_has_none_before CHECK ((seq = 1) = (prev_hash is null)),
  CONSTRAINT ck_audit_seals_range_in_order CHECK (from_xid <= to_xid),
  CONSTRAINT fk_audit_seals_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_audit_seals_entries CHECK (entries >= 0),
  CONSTRAINT ck_audit_seals_prev_hash CHECK (octet_length(prev_hash) = 32),
  CONSTRAINT ck_audit_seals_hash CHECK (octet_length(hash) = 32)
);
alter table public.audit_seals enable row level security;
alter table public.audit_seals force row level security;
CREATE INDEX ix_audit_seals_era ON audit_seals (account_id, era, to_xid);
comment on table public.audit_seals is 'One link of a house''s chain over its committed audit entries; written by the sealing job.';
comment on column public.audit_seals."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.audit_seals."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.audit_seals."seq" is 'Position in the house''s chain, from 1 without gaps.';
comment on column public.audit_seals."era" is 'Era of the entries sealed here; a seal never spans two.';
comment on column public.audit_seals."from_xid" is 'First transaction covered, inclusive.';
comment on column public.audit_seals."to_xid" is 'Last transaction covered, inclusive.';
comment on column public.audit_seals."entries" is 'How many entries were sealed; fewer found later means that some were removed.';
comment on column public.audit_seals."prev_hash" is 'Hash of the seal before; NULL in the first.';
comment on column public.audit_seals."hash" is 'SHA-256 over prev_hash, seq, era, range and the entries in order of id (columns and payload hash).';
comment on column public.audit_seals."sealed_at" is 'When it was made.';
comment on column public.audit_seals."released_at" is 'When its entries were given up with the months they lie in, so that their absence is no break; NULL = never.';

CREATE TABLE calendar_tokens (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  member_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  scope TEXT DEFAULT 'mine' NOT NULL,
  event_id BIGINT,
  token_hash BYTEA NOT NULL,
  last_fetched_at TIMESTAMP WITH TIME ZONE,
  content_sha256 BYTEA,
  content_changed_at TIMESTAMP WITH TIME ZONE,
  revoked_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_calendar_tokens PRIMARY KEY (account_id, id),
  CONSTRAINT uq_calendar_tokens_token_hash UNIQUE (token_hash),
  CONSTRAINT ck_calendar_tokens_event_feed_names_an_event CHECK ((scope = 'event') = (event_id is not null)),
  CONSTRAINT fk_calendar_tokens_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_calendar_tokens_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_calendar_tokens_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_calendar_tokens_scope CHECK (scope in ('mine', 'event', 'house')),
  CONSTRAINT fk_calendar_tokens_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_calendar_tokens_token_hash CHECK (octet_length(token_hash) = 32),
  CONSTRAINT ck_calendar_tokens_content_sha256 CHECK (octet_length(content_sha256) = 32)
);
alter table public.calendar_tokens enable row level security;
alter table public.calendar_tokens force row level security;
CREATE INDEX ix_calendar_tokens_event_id ON calendar_tokens (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_calendar_tokens_member_id ON calendar_tokens (account_id, member_id);
comment on table public.calendar_tokens is 'A calendar feed that a member subscribed to from their own calendar program.';
comment on column public.calendar_tokens."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.calendar_tokens."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.calendar_tokens."member_id" is '→ account_users: whose feed; it shows what they may see.';
comment on column public.calendar_tokens."name" is 'Where it is used, in the member''s words.';
comment on column public.calendar_tokens."scope" is 'Own sessions, shifts and events; one event with its programme; own ones and all events of the house.';
comment on column public.calendar_tokens."event_id" is '→ events: which event, for a feed of one.';
comment on column public.calendar_tokens."token_hash" is 'SHA-256 of the token in the feed''s address; unique in the installation.';
comment on column public.calendar_tokens."last_fetched_at" is 'When a calendar program last fetched it.';
comment on column public.calendar_tokens."content_sha256" is 'Checksum of what it held then.';
comment on column public.calendar_tokens."content_changed_at" is 'When that was first seen to differ from before.';
comment on column public.calendar_tokens."revoked_at" is 'When the member ended it; NULL while served.';
comment on column public.calendar_tokens."created_at" is 'When the row was made.';
comment on column public.calendar_tokens."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE exports (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  public_id UUID DEFAULT gen_random_uuid() NOT NULL,
  member_id BIGINT,
  api_key_id BIGINT,
  query TEXT NOT NULL,
  permission TEXT NOT NULL,
  title TEXT NOT NULL,
  filters JSONB DEFAULT '{}'::jsonb NOT NULL,
  columns JSONB DEFAULT '[]'::jsonb NOT NULL,
  format TEXT DEFAULT 'csv' NOT NULL,
  status TEXT DEFAULT 'queued' NOT NULL,
  job_id BIGINT,
  rows INTEGER DEFAULT 0 NOT NULL,
  size_bytes BIGINT,
  sha256 BYTEA,
  storage_key TEXT,
  started_at TIMESTAMP WITH TIME ZONE,
  finished_at TIMESTAMP WITH TIME ZONE,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  downloads INTEGER DEFAULT 0 NOT NULL,
  error TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_exports PRIMARY KEY (account_id, id),
  CONSTRAINT uq_exports_account_id_public_id UNIQUE (account_id, public_id),
  CONSTRAINT ck_exports_done_has_size_and_checksum CHECK (status <> 'done' or (size_bytes is not null and sha256 is not null)),
  CONSTRAINT ck_exports_failed_has_an_error CHECK (status not in ('failed', 'cancelled') or error is not null),
  CONSTRAINT ck_exports_begun_has_a_start CHECK (status = 'queued' or started_at is not null),
  CONSTRAINT ck_exports_ended_has_an_end CHECK ((status in ('queued', 'running')) = (finished_at is null)),
  CONSTRAINT ck_exports_one_owner_at_most CHECK (member_id is null or api_key_id is null),
  CONSTRAINT fk_exports_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_exports_member_id FOREIGN KEY(account_id, member_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_exports_api_key_id FOREIGN KEY(account_id, api_key_id) REFERENCES api_keys (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_exports_query CHECK (query ~ '^[a-z][a-z0-9_.]*$'),
  CONSTRAINT ck_exports_filters CHECK (jsonb_typeof(filters) = 'object'),
  CONSTRAINT ck_exports_columns CHECK (jsonb_typeof(columns) = 'array'),
  CONSTRAINT ck_exports_format CHECK (format in ('csv', 'xlsx', 'json', 'ics', 'pdf', 'zip')),
  CONSTRAINT ck_exports_status CHECK (status in ('queued', 'running', 'done', 'failed', 'cancelled')),
  CONSTRAINT ck_exports_rows CHECK (rows >= 0),
  CONSTRAINT ck_exports_sha256 CHECK (octet_length(sha256) = 32),
  CONSTRAINT ck_exports_downloads CHECK (downloads >= 0)
);
alter table public.exports enable row level security;
alter table public.exports force row level security;
CREATE INDEX ix_exports_expires_at ON exports (account_id, expires_at) WHERE storage_key is not null;
CREATE INDEX ix_exports_recent ON exports (account_id, member_id, created_at desc);
CREATE INDEX ix_exports_recent_of_key ON exports (account_id, api_key_id, created_at desc);
comment on table public.exports is 'One file taken out of the house: who, what, with which filters; fetched through the export route.';
comment on column public.exports."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.exports."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.exports."public_id" is 'Random id in the download link.';
comment on column public.exports."member_id" is '→ account_users: who asked, and alone may fetch it; NULL for jobs and keys.';
comment on column public.exports."api_key_id" is '→ api_keys: the key that asked, and alone may fetch it; NULL for people and jobs.';
comment on column public.exports."query" is 'Key of the query or report that is exported.';
comment on column public.exports."permission" is 'Permission that reading it takes; asked again at the download.';
comment on column public.exports."title" is 'What it is, as shown in the list and used for the file name.';
comment on column public.exports."filters" is 'Filters and sort as the page had them.';
comment on column public.exports."columns" is 'Columns in order; empty = all.';
comment on column public.exports."format" is 'What it is written as.';
comment on column public.exports."status" is 'Where its latest download stands: not begun, running, complete, failed, or broken off by whoever took it.';
comment on column public.exports."job_id" is 'Job that writes it (procrastinate); NULL where it is streamed.';
comment on column public.exports."rows" is 'Rows of the list when a download was last asked for; rows of the file once one was complete.';
comment on column public.exports."size_bytes" is 'Bytes of the latest download that was complete.';
comment on column public.exports."sha256" is 'Checksum of the latest download that was complete.';
comment on column public.exports."storage_key" is 'Where the file lies; NULL where it was streamed, before it is done and after it expired.';
comment on column public.exports."started_at" is 'When the latest download began.';
comment on column public.exports."finished_at" is 'When the latest download was complete, failed or was broken off.';
comment on column public.exports."expires_at" is 'When the file is removed.';
comment on column public.exports."downloads" is 'How many downloads began.';
comment on column public.exports."error" is 'Why the latest download failed or ended early, in words for the person.';
comment on column public.exports."created_at" is 'When the row was made.';
comment on column public.exports."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE data_subject_requests (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  status TEXT DEFAULT 'received' NOT NULL,
  contact_id BIGINT,
  subject_name TEXT,
  subject_email TEXT,
  subject_phone TEXT,
  subject_email_norm TEXT DEFAULT '' NOT NULL,
  message TEXT,
  received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  due_on DATE NOT NULL,
  verified_at TIMESTAMP WITH TIME ZONE,
  verified_how TEXT,
  handled_by BIGINT,
  completed_at TIMESTAMP WITH TIME ZONE,
  refusal_reason TEXT,
  subject_refs JSONB DEFAULT '[]'::jsonb NOT NULL,
  evidence JSONB DEFAULT '{}'::jsonb NOT NULL,
  export_id BIGINT,
  working TEXT,
  work_error TEXT,
  job_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_data_subject_requests PRIMARY KEY (account_id, id),
  CONSTRAINT ck_data_subject_requests_due_after_receipt CHECK (due_on >= (received_at at time zone 'UTC')::date - 1),
  CONSTRAINT ck_data_subject_requests_done_has_a_time CHECK (status <> 'done' or completed_at is not null),
  CONSTRAINT ck_data_subject_requests_refused_has_a_reason CHECK (status <> 'refused' or refusal_reason is not null),
  CONSTRAINT ck_data_subject_requests_done_has_evidence CHECK (status <> 'done' or evidence <> '{}'::jsonb),
  CONSTRAINT ck_data_subject_requests_work_is_a_jobs_on_an_open_one CHECK (working is null or (job_id is not null and status in ('received', 'verifying', 'in_progress'))),
  CONSTRAINT fk_data_subject_requests_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_data_subject_requests_kind CHECK (kind in ('export', 'erase', 'rectify', 'restrict', 'object')),
  CONSTRAINT ck_data_subject_requests_status CHECK (status in ('received', 'verifying', 'in_progress', 'done', 'refused', 'withdrawn')),
  CONSTRAINT fk_data_subject_requests_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE SET NULL (contact_id),
  CONSTRAINT ck_data_subject_requests_subject_email CHECK (subject_email ~ '^[^@ ]+@[^@ ]+$' and length(subject_email) <= 320),
  CONSTRAINT ck_data_subject_requests_subject_phone CHECK (length(subject_phone) between 1 and 50),
  CONSTRAINT fk_data_subject_requests_handled_by FOREIGN KEY(account_id, handled_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_data_subject_requests_subject_refs CHECK (jsonb_typeof(subject_refs) = 'array'),
  CONSTRAINT ck_data_subject_requests_evidence CHECK (jsonb_typeof(evidence) = 'object'),
  CONSTRAINT fk_data_subject_requests_export_id FOREIGN KEY(account_id, export_id) REFERENCES exports (account_id, id) ON DELETE SET NULL (export_id),
  CONSTRAINT ck_data_subject_requests_working CHECK (working in ('search', 'erase')),
  CONSTRAINT fk_data_subject_requests_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_data_subject_requests_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.data_subject_requests enable row level security;
alter table public.data_subject_requests force row level security;
CREATE INDEX ix_data_subject_requests_contact_id ON data_subject_requests (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_data_subject_requests_created_by ON data_subject_requests (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_data_subject_requests_email ON data_subject_requests (account_id, subject_email_norm);
CREATE INDEX ix_data_subject_requests_export_id ON data_subject_requests (account_id, export_id) WHERE export_id is not null;
CREATE INDEX ix_data_subject_requests_handled_by ON data_subject_requests (account_id, handled_by) WHERE handled_by is not null;
CREATE INDEX ix_data_subject_requests_open ON data_subject_requests (account_id, due_on) WHERE status in ('received', 'verifying', 'in_progress');
CREATE INDEX ix_data_subject_requests_reapply ON data_subject_requests (account_id, completed_at) WHERE kind = 'erase' and status = 'done';
CREATE INDEX ix_data_subject_requests_updated_by ON data_subject_requests (account_id, updated_by) WHERE updated_by is not null;
comment on table public.data_subject_requests is 'A person''s request under data protection law, and the proof of what was done.';
comment on column public.data_subject_requests."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.data_subject_requests."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.data_subject_requests."kind" is 'What is asked for.';
comment on column public.data_subject_requests."status" is 'Where it stands.';
comment on column public.data_subject_requests."contact_id" is '→ contacts: the person, once found.';
comment on column public.data_subject_requests."subject_name" is 'Name as given; emptied when an erasure is done.';
comment on column public.data_subject_requests."subject_email" is 'Where to answer; emptied when an erasure is done.';
comment on column public.data_subject_requests."subject_phone" is 'Number as given, to find the person by; emptied when an erasure is done.';
comment on column public.data_subject_requests."subject_email_norm" is 'Normalised form, kept by trigger.';
comment on column public.data_subject_requests."message" is 'What the person wrote; emptied when an erasure is done.';
comment on column public.data_subject_requests."received_at" is 'When the request arrived; the law''s month runs from here.';
comment on column public.data_subject_requests."due_on" is 'Last day for the answer, in the house''s zone.';
comment on column public.data_subject_requests."verified_at" is 'When it was clear that the person is who they say; NULL until then.';
comment on column public.data_subject_requests."verified_how" is 'By what: link to the known address, document seen, in person.';
comment on column public.data_subject_requests."handled_by" is '→ account_users: who answers it.';
comment on column public.data_subject_requests."completed_at" is 'When it was done, refused or withdrawn; NULL while open.';
comment on column public.data_subject_requests."refusal_reason" is 'Why it was refused, as told to the person.';
comment on column public.data_subject_requests."subject_refs" is 'Rows exported or erased, objects with entity and id; for texts to decide also column and erase (true, false).';
comment on column public.data_subject_requests."evidence" is 'What was done: counts per entity, hashes of files handed out, exceptions with their legal ground.';
comment on column public.data_subject_requests."export_id" is '→ exports: the package handed out.';
comment on column public.data_subject_requests."working" is 'What the job was asked to do and has not ended yet; meanwhile nobody changes the request.';
comment on column public.data_subject_requests."work_error" is 'Why the last search or erasure did not come to its end, in words; NULL once one did.';
comment on column public.data_subject_requests."job_id" is 'Job that does the work, or did it last (procrastinate).';
comment on column public.data_subject_requests."created_at" is 'When the row was made.';
comment on column public.data_subject_requests."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.data_subject_requests."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.data_subject_requests."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.data_subject_requests."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE idempotency_keys (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  key TEXT NOT NULL,
  request_hash BYTEA NOT NULL,
  command TEXT NOT NULL,
  response JSONB,
  status_code INTEGER,
  redacted_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE DEFAULT now() + interval '30 days' NOT NULL,
  CONSTRAINT pk_idempotency_keys PRIMARY KEY (account_id, id),
  CONSTRAINT uq_idempotency_keys_account_id_key UNIQUE (account_id, key),
  CONSTRAINT ck_idempotency_keys_expires_after_creation CHECK (created_at < expires_at),
  CONSTRAINT fk_idempotency_keys_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_idempotency_keys_key CHECK (length(key) between 1 and 200),
  CONSTRAINT ck_idempotency_keys_request_hash CHECK (octet_length(request_hash) = 32),
  CONSTRAINT ck_idempotency_keys_status_code CHECK (status_code between 100 and 599)
);
alter table public.idempotency_keys enable row level security;
alter table public.idempotency_keys force row level security;
CREATE INDEX ix_idempotency_keys_expires_at ON idempotency_keys (account_id, expires_at);
comment on table public.idempotency_keys is 'An action already done under a key chosen by the caller: asked again, it answers the same.';
comment on column public.idempotency_keys."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.idempotency_keys."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.idempotency_keys."key" is 'Chosen by the caller; for a job its id, so that its effect happens once.';
comment on column public.idempotency_keys."request_hash" is 'HMAC of command and input under the installation''s key: nothing in it can be guessed. For a job SHA-256 of `key`.  The same key with another request is refused.';
comment on column public.idempotency_keys."command" is 'Which command ran.';
comment on column public.idempotency_keys."response" is 'What it answered; NULL where it answers nothing or was redacted by an erasure.';
comment on column public.idempotency_keys."status_code" is 'HTTP status given by the API; NULL for pages and jobs.';
comment on column public.idempotency_keys."redacted_at" is 'When an erasure removed the answer; NULL while whole.';
comment on column public.idempotency_keys."created_at" is 'When the action was done.';
comment on column public.idempotency_keys."expires_at" is 'From when the key may be forgotten.';

CREATE TABLE import_mappings (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  source_format TEXT,
  header_hash BYTEA,
  columns JSONB DEFAULT '[]'::jsonb NOT NULL,
  mapping JSONB DEFAULT '{}'::jsonb NOT NULL,
  value_map JSONB DEFAULT '{}'::jsonb NOT NULL,
  options JSONB DEFAULT '{}'::jsonb NOT NULL,
  last_used_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_import_mappings PRIMARY KEY (account_id, id),
  CONSTRAINT uq_import_mappings_account_id_kind_name UNIQUE (account_id, kind, name),
  CONSTRAINT fk_import_mappings_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_import_mappings_kind CHECK (kind in ('contacts', 'organizations', 'venues', 'deals', 'attendees', 'orders', 'sessions')),
  CONSTRAINT ck_import_mappings_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_import_mappings_header_hash CHECK (octet_length(header_hash) = 32),
  CONSTRAINT ck_import_mappings_columns CHECK (jsonb_typeof(columns) = 'array'),
  CONSTRAINT ck_import_mappings_mapping CHECK (jsonb_typeof(mapping) = 'object'),
  CONSTRAINT ck_import_mappings_value_map CHECK (jsonb_typeof(value_map) = 'object'),
  CONSTRAINT ck_import_mappings_options CHECK (jsonb_typeof(options) = 'object'),
  CONSTRAINT fk_import_mappings_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_import_mappings_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.import_mappings enable row level security;
alter table public.import_mappings force row level security;
CREATE INDEX ix_import_mappings_created_by ON import_mappings (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_import_mappings_header_hash ON import_mappings (account_id, header_hash);
CREATE INDEX ix_import_mappings_updated_by ON import_mappings (account_id, updated_by) WHERE updated_by is not null;
comment on table public.import_mappings is 'A mapping saved by name, offered again for files with the same headers.';
comment on column public.import_mappings."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.import_mappings."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.import_mappings."kind" is 'What such files bring in.';
comment on column public.import_mappings."name" is 'Chosen by the person.';
comment on column public.import_mappings."source_format" is 'Recognised format it started from, such as pipedrive_deals; NULL for other files.';
comment on column public.import_mappings."header_hash" is 'SHA-256 of the normalised headers in order; recognises the next file.';
comment on column public.import_mappings."columns" is 'Headers as they stood in the file, by position.';
comment on column public.import_mappings."mapping" is 'Column position → field; a missing position goes to the free attributes.';
comment on column public.import_mappings."value_map" is 'Field → value in the file → value here (stages, owners, kinds).';
comment on column public.import_mappings."options" is 'Date order, decimal mark, zone, currency, what may be created.';
comment on column public.import_mappings."last_used_at" is 'When a file was last read with it.';
comment on column public.import_mappings."created_at" is 'When the row was made.';
comment on column public.import_mappings."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.import_mappings."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.import_mappings."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.import_mappings."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE import_batches (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  status TEXT DEFAULT 'uploaded' NOT NULL,
  source_format TEXT,
  source TEXT DEFAULT 'file' NOT NULL,
  file_name TEXT NOT NULL,
  file_type TEXT DEFAULT 'csv' NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  encoding TEXT,
  delimiter TEXT,
  sheet TEXT,
  header_row INTEGER DEFAULT 1 NOT NULL,
  columns JSONB DEFAULT '[]'::jsonb NOT NULL,
  mapping_id BIGINT,
  mapping JSONB DEFAULT '{}'::jsonb NOT NULL,
  value_map JSONB DEFAULT '{}'::jsonb NOT NULL,
  options JSONB DEFAULT '{}'::jsonb NOT NULL,
  event_id BIGINT,
  parent_id BIGINT,
  rows_total INTEGER DEFAULT 0 NOT NULL,
  progress_rows INTEGER DEFAULT 0 NOT NULL,
  created_count INTEGER DEFAULT 0 NOT NULL,
  updated_count INTEGER DEFAULT 0 NOT NULL,
  skipped_count INTEGER DEFAULT 0 NOT NULL,
  rejected_count INTEGER DEFAULT 0 NOT NULL,
  conflict_count INTEGER DEFAULT 0 NOT NULL,
  started_at TIMESTAMP WITH TIME ZONE,
  finished_at TIMESTAMP WITH TIME ZONE,
  error TEXT,
  job_id BIGINT,
  before_expires_at TIMESTAMP WITH TIME ZONE,
  undone_at TIMESTAMP WITH TIME ZONE,
  undone_by BIGINT,
  undo_counts JSONB DEFAULT '{}'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_import_batches PRIMARY KEY (account_id, id),
  CONSTRAINT ck_import_batches_size_within_limit CHECK (size_bytes between 0 and 26214400),
  CONSTRAINT ck_import_batches_rows_within_limit CHECK (rows_total <= 200000),
  CONSTRAINT ck_import_batches_progress_within_rows CHECK (progress_rows <= rows_total),
  CONSTRAINT ck_import_batches_counts_within_rows CHECK (created_count + updated_count + skipped_count + rejected_count + conflict_count <= rows_total),
  CONSTRAINT ck_import_batches_failed_has_an_error CHECK (status <> 'failed' or error is not null),
  CONSTRAINT ck_import_batches_running_has_a_start CHECK (status <> 'running' or started_at is not null),
  CONSTRAINT ck_import_batches_done_has_an_end CHECK (status not in ('done', 'undone') or finished_at is not null),
  CONSTRAINT ck_import_batches_undone_has_a_time CHECK ((status = 'undone') = (undone_at is not null)),
  CONSTRAINT ck_import_batches_not_its_own_parent CHECK (parent_id <> id),
  CONSTRAINT fk_import_batches_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_import_batches_kind CHECK (kind in ('contacts', 'organizations', 'venues', 'deals', 'attendees', 'orders', 'sessions')),
  CONSTRAINT ck_import_batches_status CHECK (status in ('uploaded', 'mapped', 'previewed', 'running', 'done', 'failed', 'undoing', 'undone', 'cancelled')),
  CONSTRAINT ck_import_batches_source CHECK (source ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_import_batches_file_name CHECK (length(file_name) between 1 and 255),
  CONSTRAINT ck_import_batches_file_type CHECK (file_type in ('csv', 'xlsx', 'xls', 'ods', 'json')),
  CONSTRAINT ck_import_batches_sha256 CHECK (octet_length(sha256) = 32),
  CONSTRAINT ck_import_batches_delimiter CHECK (length(delimiter) = 1),
  CONSTRAINT ck_import_batches_header_row CHECK (header_row > 0),
  CONSTRAINT ck_import_batches_columns CHECK (jsonb_typeof(columns) = 'array'),
  CONSTRAINT fk_import_batches_mapping_id FOREIGN KEY(account_id, mapping_id) REFERENCES import_mappings (account_id, id) ON DELETE SET NULL (mapping_id),
  CONSTRAINT ck_import_batches_mapping CHECK (jsonb_typeof(mapping) = 'object'),
  CONSTRAINT ck_import_batches_value_map CHECK (jsonb_typeof(value_map) = 'object'),
  CONSTRAINT ck_import_batches_options CHECK (jsonb_typeof(options) = 'object'),
  CONSTRAINT fk_import_batches_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_import_batches_parent_id FOREIGN KEY(account_id, parent_id) REFERENCES import_batches (account_id, id) ON DELETE SET NULL (parent_id),
  CONSTRAINT ck_import_batches_rows_total CHECK (rows_total >= 0),
  CONSTRAINT ck_import_batches_progress_rows CHECK (progress_rows >= 0),
  CONSTRAINT ck_import_batches_created_count CHECK (created_count >= 0),
  CONSTRAINT ck_import_batches_updated_count CHECK (updated_count >= 0),
  CONSTRAINT ck_import_batches_skipped_count CHECK (skipped_count >= 0),
  CONSTRAINT ck_import_batches_rejected_count CHECK (rejected_count >= 0),
  CONSTRAINT ck_import_batches_conflict_count CHECK (conflict_count >= 0),
  CONSTRAINT fk_import_batches_undone_by FOREIGN KEY(account_id, undone_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_import_batches_undo_counts CHECK (jsonb_typeof(undo_counts) = 'object'),
  CONSTRAINT fk_import_batches_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_import_batches_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.import_batches enable row level security;
alter table public.import_batches force row level security;
CREATE INDEX ix_import_batches_created_by ON import_batches (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_import_batches_event_id ON import_batches (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_import_batches_mapping_id ON import_batches (account_id, mapping_id) WHERE mapping_id is not null;
CREATE INDEX ix_import_batches_open ON import_batches (account_id, status) WHERE status in ('uploaded', 'mapped', 'previewed', 'running', 'undoing');
CREATE INDEX ix_import_batches_parent_id ON import_batches (account_id, parent_id) WHERE parent_id is not null;
CREATE INDEX ix_import_batches_recent ON import_batches (account_id, created_at desc, id desc);
CREATE INDEX ix_import_batches_sha256 ON import_batches (account_id, sha256);
CREATE INDEX ix_import_batches_undone_by ON import_batches (account_id, undone_by) WHERE undone_by is not null;
CREATE INDEX ix_import_batches_updated_by ON import_batches (account_id, updated_by) WHERE updated_by is not null;
comment on table public.import_batches is 'One imported file from upload to undo.';
comment on column public.import_batches."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.import_batches."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.import_batches."kind" is 'What the file brings in.';
comment on column public.import_batches."status" is 'Where it stands.';
comment on column public.import_batches."source_format" is 'Format recognised by its headers, such as hubspot_deals; NULL where mapped by hand.';
comment on column public.import_batches."source" is 'System the ids in the file belong to; external_refs are kept under it.';
comment on column public.import_batches."file_name" is 'As uploaded.';
comment on column public.import_batches."file_type" is 'How it is written, found in the bytes.';
comment on column public.import_batches."size_bytes" is 'Bytes, at most 25 MB.';
comment on column public.import_batches."sha256" is 'Checksum of the file; the same file again is pointed out.';
comment on column public.import_batches."encoding" is 'Character encoding found; NULL for spreadsheets.';
comment on column public.import_batches."delimiter" is 'Separator found; NULL for spreadsheets and JSON.';
comment on column public.import_batches."sheet" is 'Sheet that was read; NULL for files without sheets.';
comment on column public.import_batches."header_row" is 'Line of the headers, from 1.';
comment on column public.import_batches."columns" is 'Headers as they stand in the file, by position; names may repeat.';
comment on column public.import_batches."mapping_id" is '→ import_mappings: the saved mapping it started from.';
comment on column public.import_batches."mapping" is 'Column position → field, as used.';
comment on column public.import_batches."value_map" is 'Field → value in the file → value here, as used.';
comment on column public.import_batches."options" is 'Date order, decimal mark, zone, currency, what may be created, as used.';
comment on column public.import_batches."event_id" is '→ events: into which event; NULL for kinds that belong to none.';
comment on column public.import_batches."parent_id" is '→ import_batches: the run whose rejected or conflicting lines this one repeats.';
comment on column public.import_batches."rows_total" is 'Lines in the file, headers and blank ones aside.';
comment on column public.import_batches."progress_rows" is 'Lines worked off so far, in the phase that runs now.';
comment on column public.import_batches."created_count" is 'Lines that made a new record.';
comment on column public.import_batches."updated_count" is 'Lines that changed a record.';
comment on column public.import_batches."skipped_count" is 'Lines without anything new, or left out on purpose.';
comment on column public.import_batches."rejected_count" is 'Lines with an error.';
comment on column public.import_batches."conflict_count" is 'Lines that disagree with an edit made here since the last import.';
comment on column public.import_batches."started_at" is 'When writing began.';
comment on column public.import_batches."finished_at" is 'When writing ended, well or not.';
comment on column public.import_batches."error" is 'Why the whole file failed, in words for the person.';
comment on column public.import_batches."job_id" is 'Job that works on it now (procrastinate).';
comment on column public.import_batches."before_expires_at" is 'Until when it can be undone; a job then empties the before-images.';
comment on column public.import_batches."undone_at" is 'When it was undone; NULL while it stands.';
comment on column public.import_batches."undone_by" is '→ account_users: who undid it.';
comment on column public.import_batches."undo_counts" is 'Lines by what the undo did with them.';
comment on column public.import_batches."created_at" is 'When the row was made.';
comment on column public.import_batches."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.import_batches."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.import_batches."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.import_batches."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE import_files (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  batch_id BIGINT NOT NULL,
  content BYTEA NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE DEFAULT now() + interval '30 days' NOT NULL,
  CONSTRAINT pk_import_files PRIMARY KEY (account_id, id),
  CONSTRAINT uq_import_files_account_id_batch_id UNIQUE (account_id, batch_id),
  CONSTRAINT ck_import_files_size_within_limit CHECK (octet_length(content) <= 26214400),
  CONSTRAINT fk_import_files_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_import_files_batch_id FOREIGN KEY(account_id, batch_id) REFERENCES import_batches (account_id, id) ON DELETE CASCADE
);
alter table public.import_files enable row level security;
alter table public.import_files force row level security;
CREATE INDEX ix_import_files_expires_at ON import_files (account_id, expires_at);
comment on table public.import_files is 'The bytes of an uploaded import file, kept until the import can no longer be undone.';
comment on column public.import_files."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.import_files."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.import_files."batch_id" is '→ import_batches: the import it belongs to.';
comment on column public.import_files."content" is 'The file as uploaded.';
comment on column public.import_files."created_at" is 'When it was uploaded.';
comment on column public.import_files."expires_at" is 'From when a job removes it.';

CREATE TABLE import_rows (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  batch_id BIGINT NOT NULL,
  row_no INTEGER NOT NULL,
  raw JSONB DEFAULT '[]'::jsonb NOT NULL,
  parsed JSONB DEFAULT '{}'::jsonb NOT NULL,
  verdict TEXT DEFAULT 'pending' NOT NULL,
  errors JSONB DEFAULT '[]'::jsonb NOT NULL,
  conflicts JSONB DEFAULT '[]'::jsonb NOT NULL,
  entity TEXT,
  entity_id BIGINT,
  entity_version BIGINT,
  before JSONB,
  effects JSONB DEFAULT '[]'::jsonb NOT NULL,
  before_expires_at TIMESTAMP WITH TIME ZONE,
  undo TEXT,
  undo_reason TEXT,
  CONSTRAINT pk_import_rows PRIMARY KEY (account_id, id),
  CONSTRAINT uq_import_rows_account_id_batch_id_row_no UNIQUE (account_id, batch_id, row_no),
  CONSTRAINT ck_import_rows_entity_with_id CHECK ((entity is null) = (entity_id is null)),
  CONSTRAINT ck_import_rows_reject_has_errors CHECK (verdict <> 'reject' or errors <> '[]'::jsonb),
  CONSTRAINT ck_import_rows_before_expires CHECK (before is null or before_expires_at is not null),
  CONSTRAINT fk_import_rows_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_import_rows_batch_id FOREIGN KEY(account_id, batch_id) REFERENCES import_batches (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_import_rows_row_no CHECK (row_no > 0),
  CONSTRAINT ck_import_rows_raw CHECK (jsonb_typeof(raw) = 'array'),
  CONSTRAINT ck_import_rows_parsed CHECK (jsonb_typeof(parsed) = 'object'),
  CONSTRAINT ck_import_rows_verdict CHECK (verdict in ('pending', 'create', 'update', 'skip', 'reject', 'conflict', 'erased')),
  CONSTRAINT ck_import_rows_errors CHECK (jsonb_typeof(errors) = 'array'),
  CONSTRAINT ck_import_rows_conflicts CHECK (jsonb_typeof(conflicts) = 'array'),
  CONSTRAINT ck_import_rows_entity CHECK (entity ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_import_rows_before CHECK (jsonb_typeof(before) = 'object'),
  CONSTRAINT ck_import_rows_effects CHECK (jsonb_typeof(effects) = 'array'),
  CONSTRAINT ck_import_rows_undo CHECK (undo in ('removed', 'restored', 'nothing', 'edited_since', 'in_use', 'expired', 'erased'))
);
alter table public.import_rows enable row level security;
alter table public.import_rows force row level security;
CREATE INDEX ix_import_rows_entity ON import_rows (account_id, entity, entity_id) WHERE entity_id is not null;
CREATE INDEX ix_import_rows_expiring ON import_rows (account_id, before_expires_at) WHERE before is not null;
CREATE INDEX ix_import_rows_verdict ON import_rows (account_id, batch_id, verdict, row_no);
comment on table public.import_rows is 'One line of an imported file: as read, as understood, what was done, and what was there before.';
comment on column public.import_rows."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.import_rows."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.import_rows."batch_id" is '→ import_batches: the import it belongs to.';
comment on column public.import_rows."row_no" is 'Line in the file as a spreadsheet counts it, headers included.';
comment on column public.import_rows."raw" is 'Cells as read, by column position.';
comment on column public.import_rows."parsed" is 'Field → value as understood.';
comment on column public.import_rows."verdict" is 'What is, or was, done with it; the preview writes it before the run.';
comment on column public.import_rows."errors" is 'Objects with column, value and reason; also warnings, with level.';
comment on column public.import_rows."conflicts" is 'Objects with field, here, file and last_imported, where both sides changed.';
comment on column public.import_rows."entity" is 'Table of the main record.';
comment on column public.import_rows."entity_id" is 'Id of the main record; no foreign key, since the line outlives it.';
comment on column public.import_rows."entity_version" is 'Version of the main record right after the import: a higher one means that it was edited since.';
comment on column public.import_rows."before" is 'The main record''s changed columns as they were; NULL where it was created, expired or erased.';
comment on column public.import_rows."effects" is 'Further rows it made or changed, in order: objects with entity, id, action, version and before.';
comment on column public.import_rows."before_expires_at" is 'From when a job empties raw, parsed, conflicts, before and the values in errors and effects.';
comment on column public.import_rows."undo" is 'What the undo did with it; NULL while the import stands.';
comment on column public.import_rows."undo_reason" is 'Why it could not be undone, in words for the person.';

CREATE TABLE integrations (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  provider TEXT NOT NULL,
  name TEXT NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  is_default BOOLEAN DEFAULT false NOT NULL,
  settings JSONB DEFAULT '{}'::jsonb NOT NULL,
  credentials BYTEA,
  credential_hints JSONB DEFAULT '{}'::jsonb NOT NULL,
  credentials_expire_at TIMESTAMP WITH TIME ZONE,
  external_account TEXT,
  granted_scopes TEXT[] DEFAULT '{}'::text[] NOT NULL,
  connected_at TIMESTAMP WITH TIME ZONE,
  sync_every_minutes INTEGER,
  sync_cursor TEXT,
  next_sync_at TIMESTAMP WITH TIME ZONE,
  last_sync_at TIMESTAMP WITH TIME ZONE,
  last_error TEXT,
  last_error_at TIMESTAMP WITH TIME ZONE,
  failures INTEGER DEFAULT 0 NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_integrations PRIMARY KEY (account_id, id),
  CONSTRAINT uq_integrations_account_id_provider_name UNIQUE (account_id, provider, name),
  CONSTRAINT ck_integrations_connected_has_a_time CHECK (status <> 'connected' or connected_at is not null),
  CONSTRAINT ck_integrations_error_is_said CHECK (status <> 'error' or last_error is not null),
  CONSTRAINT fk_integrations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_integrations_kind CHECK (kind in ('email', 'sms', 'payment', 'social', 'calendar', 'ticketing', 'crm', 'storage', 'chat', 'accounting', 'other')),
  CONSTRAINT ck_integrations_provider CHECK (provider ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_integrations_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_integrations_status CHECK (status in ('draft', 'connected', 'error', 'disabled')),
  CONSTRAINT ck_integrations_settings CHECK (jsonb_typeof(settings) = 'object'),
  CONSTRAINT ck_integrations_credential_hints CHECK (jsonb_typeof(credential_hints) = 'object'),
  CONSTRAINT ck_integrations_sync_every_minutes CHECK (sync_every_minutes > 0),
  CONSTRAINT ck_integrations_failures CHECK (failures >= 0),
  CONSTRAINT fk_integrations_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_integrations_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.integrations enable row level security;
alter table public.integrations force row level security;
CREATE INDEX ix_integrations_created_by ON integrations (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_integrations_due ON integrations (account_id, next_sync_at) WHERE status = 'connected' and next_sync_at is not null;
CREATE INDEX ix_integrations_updated_by ON integrations (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_integrations_default ON integrations (account_id, kind) WHERE is_default;
comment on table public.integrations is 'A connected service with its settings and encrypted credentials.';
comment on column public.integrations."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.integrations."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.integrations."kind" is 'What it does for the house.';
comment on column public.integrations."provider" is 'Key of the adapter: smtp, stripe, eventbrite, instagram …';
comment on column public.integrations."name" is 'To tell two of one provider apart.';
comment on column public.integrations."status" is 'Whether it works.';
comment on column public.integrations."is_default" is 'Whether it is taken where none is named; one per kind.';
comment on column public.integrations."settings" is 'Settings that are no secret: host, sender, folders, field mapping.';
comment on column public.integrations."credentials" is 'Encrypted JSON of tokens and passwords; every read is audited.';
comment on column public.integrations."credential_hints" is 'Which credentials are set, by field: the last four signs of a long one, empty for a short one.';
comment on column public.integrations."credentials_expire_at" is 'When the tokens end and the person must connect again; NULL = never.';
comment on column public.integrations."external_account" is 'Account at the provider, as it names it.';
comment on column public.integrations."granted_scopes" is 'What the provider lets us do.';
comment on column public.integrations."connected_at" is 'Since when it has worked without a break; NULL before the first try that did.';
comment on column public.integrations."sync_every_minutes" is 'How often to fetch; NULL = only when asked.';
comment on column public.integrations."sync_cursor" is 'Where the last fetch ended, in the provider''s terms.';
comment on column public.integrations."next_sync_at" is 'When the next fetch is due.';
comment on column public.integrations."last_sync_at" is 'When data were last exchanged successfully.';
comment on column public.integrations."last_error" is 'What went wrong last; NULL once it works again.';
comment on column public.integrations."last_error_at" is 'When that was.';
comment on column public.integrations."failures" is 'Failures in a row; lengthens the wait before the next try.';
comment on column public.integrations."created_at" is 'When the row was made.';
comment on column public.integrations."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.integrations."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.integrations."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.integrations."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE external_refs (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  entity TEXT NOT NULL,
  source TEXT NOT NULL,
  external_id TEXT NOT NULL,
  entity_id BIGINT NOT NULL,
  last_imported JSONB DEFAULT '{}'::jsonb NOT NULL,
  url TEXT,
  batch_id BIGINT,
  integration_id BIGINT,
  seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_external_refs PRIMARY KEY (account_id, id),
  CONSTRAINT uq_external_refs_external UNIQUE (account_id, entity, source, external_id),
  CONSTRAINT fk_external_refs_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_external_refs_entity CHECK (entity ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_external_refs_source CHECK (source ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_external_refs_external_id CHECK (length(external_id) between 1 and 400),
  CONSTRAINT ck_external_refs_last_imported CHECK (jsonb_typeof(last_imported) = 'object'),
  CONSTRAINT ck_external_refs_url CHECK (url ~ '^https?://[^ ]+$' and length(url) <= 2000),
  CONSTRAINT fk_external_refs_batch_id FOREIGN KEY(account_id, batch_id) REFERENCES import_batches (account_id, id) ON DELETE SET NULL (batch_id),
  CONSTRAINT fk_external_refs_integration_id FOREIGN KEY(account_id, integration_id) REFERENCES integrations (account_id, id) ON DELETE SET NULL (integration_id)
);
alter table public.external_refs enable row level security;
alter table public.external_refs force row level security;
CREATE INDEX ix_external_refs_batch_id ON external_refs (account_id, batch_id) WHERE batch_id is not null;
CREATE INDEX ix_external_refs_entity ON external_refs (account_id, entity, entity_id);
CREATE INDEX ix_external_refs_integration_id ON external_refs (account_id, integration_id) WHERE integration_id is not null;
comment on table public.external_refs is 'Which record here is which record in another system: how imports and integrations find it again.';
comment on column public.external_refs."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.external_refs."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.external_refs."entity" is 'Table of the record here.';
comment on column public.external_refs."source" is 'The other system, such as hubspot, pretix or the name of a house''s own file.';
comment on column public.external_refs."external_id" is 'Its id there, as text.';
comment on column public.external_refs."entity_id" is 'Id of the record here; no foreign key, since the table differs.';
comment on column public.external_refs."last_imported" is 'Field → value as last imported: a field is written only where the file differs from it.';
comment on column public.external_refs."url" is 'Its page in the other system.';
comment on column public.external_refs."batch_id" is '→ import_batches: the import that saw it last.';
comment on column public.external_refs."integration_id" is '→ integrations: the connection that keeps it; NULL for files.';
comment on column public.external_refs."seen_at" is 'When the other system last named it.';
comment on column public.external_refs."created_at" is 'When the row was made.';
comment on column public.external_refs."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE media_assets (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  public_id UUID DEFAULT gen_random_uuid() NOT NULL,
  event_id BIGINT,
  uploaded_by BIGINT,
  title TEXT,
  alt_text TEXT,
  search_text TEXT DEFAULT '' NOT NULL,
  purpose TEXT DEFAULT 'picture' NOT NULL,
  visibility TEXT DEFAULT 'house' NOT NULL,
  file_name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  media_kind TEXT GENERATED ALWAYS AS (split_part(content_type, '/', 1)) STORED NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  storage TEXT DEFAULT 'local' NOT NULL,
  storage_key TEXT NOT NULL,
  version_no INTEGER DEFAULT 1 NOT NULL,
  scan TEXT DEFAULT 'pending' NOT NULL,
  width INTEGER,
  height INTEGER,
  duration_ms INTEGER,
  page_count INTEGER,
  usage_rights TEXT DEFAULT 'unclear' NOT NULL,
  rights_note TEXT,
  rights_from DATE,
  rights_until DATE,
  credit TEXT,
  licensor_id BIGINT,
  people_consent BOOLEAN,
  bytes_deleted_at TIMESTAMP WITH TIME ZONE,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_media_assets PRIMARY KEY (account_id, id),
  CONSTRAINT uq_media_assets_account_id_public_id UNIQUE (account_id, public_id),
  CONSTRAINT uq_media_assets_account_id_storage_key UNIQUE (account_id, storage_key),
  CONSTRAINT ck_media_assets_content_type_has_two_parts CHECK (content_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'),
  CONSTRAINT ck_media_assets_size_within_limit CHECK (size_bytes between 0 and 52428800),
  CONSTRAINT ck_media_assets_width_and_height_together CHECK ((width is null) = (height is null)),
  CONSTRAINT ck_media_assets_rights_in_order CHECK (rights_from <= rights_until),
  CONSTRAINT fk_media_assets_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_media_assets_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_assets_uploaded_by FOREIGN KEY(account_id, uploaded_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_media_assets_title CHECK (length(title) <= 200),
  CONSTRAINT ck_media_assets_purpose CHECK (purpose in ('picture', 'logo', 'cover', 'portfolio', 'press', 'proof', 'floor_plan', 'document', 'attachment', 'other')),
  CONSTRAINT ck_media_assets_visibility CHECK (visibility in ('restricted', 'house', 'public')),
  CONSTRAINT ck_media_assets_file_name CHECK (length(file_name) between 1 and 255),
  CONSTRAINT ck_media_assets_sha256 CHECK (octet_length(sha256) = 32),
  CONSTRAINT ck_media_assets_storage CHECK (storage in ('local', 'object')),
  CONSTRAINT ck_media_assets_version_no CHECK (version_no > 0),
  CONSTRAINT ck_media_assets_scan CHECK (scan in ('pending', 'clean', 'refused')),
  CONSTRAINT ck_media_assets_width CHECK (width > 0),
  CONSTRAINT ck_media_assets_height CHECK (height > 0),
  CONSTRAINT ck_media_assets_duration_ms CHECK (duration_ms >= 0),
  CONSTRAINT ck_media_assets_page_count CHECK (page_count > 0),
  CONSTRAINT ck_media_assets_usage_rights CHECK (usage_rights in ('unclear', 'internal', 'press', 'editorial', 'promotion', 'unlimited')),
  CONSTRAINT fk_media_assets_licensor_id FOREIGN KEY(account_id, licensor_id) REFERENCES contacts (account_id, id) ON DELETE SET NULL (licensor_id),
  CONSTRAINT ck_media_assets_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_media_assets_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_assets_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.media_assets enable row level security;
alter table public.media_assets force row level security;
CREATE INDEX ix_media_assets_archived ON media_assets (account_id, archived_at desc) WHERE archived_at is not null;
CREATE INDEX ix_media_assets_created_by ON media_assets (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_media_assets_custom ON media_assets USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_media_assets_event_recent ON media_assets (account_id, event_id, created_at desc, id desc);
CREATE INDEX ix_media_assets_licensor_id ON media_assets (account_id, licensor_id) WHERE licensor_id is not null;
CREATE INDEX ix_media_assets_recent ON media_assets (account_id, created_at desc, id desc);
CREATE INDEX ix_media_assets_rights_until ON media_assets (account_id, rights_until) WHERE rights_until is not null and archived_at is null;
CREATE INDEX ix_media_assets_search_text_trgm ON media_assets USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_media_assets_sha256 ON media_assets (account_id, sha256);
CREATE INDEX ix_media_assets_tags ON media_assets USING gin (account_id, tags);
CREATE INDEX ix_media_assets_updated_by ON media_assets (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_media_assets_uploaded_by ON media_assets (account_id, uploaded_by) WHERE uploaded_by is not null;
comment on table public.media_assets is 'A file of the house: picture, document, proof; the columns describe its current version.';
comment on column public.media_assets."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.media_assets."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.media_assets."public_id" is 'Random id in file links; who may fetch it is decided per request.';
comment on column public.media_assets."event_id" is '→ events: the event it belongs to; NULL = the house.';
comment on column public.media_assets."uploaded_by" is '→ account_users: who brought it; NULL for imports, public pages and rendered documents.';
comment on column public.media_assets."title" is 'What it shows, for lists; NULL = the file name.';
comment on column public.media_assets."alt_text" is 'Description for people who do not see the picture.';
comment on column public.media_assets."search_text" is 'Normalised title, name and credit for fragment search, kept by trigger.';
comment on column public.media_assets."purpose" is 'What it is for.';
comment on column public.media_assets."visibility" is 'Who may fetch it: holders of the permission of its record, the house, anybody with the link.';
comment on column public.media_assets."file_name" is 'As uploaded; offered again when it is downloaded.';
comment on column public.media_assets."content_type" is 'Media type found in the bytes, not the one the browser claimed.';
comment on column public.media_assets."media_kind" is 'image, video, audio, application or text.';
comment on column public.media_assets."size_bytes" is 'Bytes, at most 50 MB.';
comment on column public.media_assets."sha256" is 'Checksum of the bytes; finds doubles and proves evidence.';
comment on column public.media_assets."storage" is 'Where the bytes lie.';
comment on column public.media_assets."storage_key" is 'Path or object key of the current version below the store''s root; begins with the account''s id.';
comment on column public.media_assets."version_no" is 'Which version is the current one.';
comment on column public.media_assets."scan" is 'What the check of type and content found; refused files are never served.';
comment on column public.media_assets."width" is 'Pixels.';
comment on column public.media_assets."height" is 'Pixels.';
comment on column public.media_assets."duration_ms" is 'Length of sound or film in milliseconds.';
comment on column public.media_assets."page_count" is 'Pages of a document.';
comment on column public.media_assets."usage_rights" is 'For what it may be used.';
comment on column public.media_assets."rights_note" is 'Limits in words: territory, media, exclusivity.';
comment on column public.media_assets."rights_from" is 'First day on which it may be used; NULL = at once.';
comment on column public.media_assets."rights_until" is 'Last day on which it may be used; NULL = for good.';
comment on column public.media_assets."credit" is 'Line to print beside it.';
comment on column public.media_assets."licensor_id" is '→ contacts: photographer or whoever granted the rights.';
comment on column public.media_assets."people_consent" is 'Whether the people shown agreed; NULL = not asked or nobody shown.';
comment on column public.media_assets."bytes_deleted_at" is 'When the bytes were removed by retention or erasure; the row stays as evidence.';
comment on column public.media_assets."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.media_assets."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.media_assets."created_at" is 'When the row was made.';
comment on column public.media_assets."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.media_assets."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.media_assets."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.media_assets."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.media_assets."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE media_asset_versions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  asset_id BIGINT NOT NULL,
  version_no INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  content_type TEXT NOT NULL,
  size_bytes BIGINT NOT NULL,
  sha256 BYTEA NOT NULL,
  storage TEXT DEFAULT 'local' NOT NULL,
  storage_key TEXT NOT NULL,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_media_asset_versions PRIMARY KEY (account_id, id),
  CONSTRAINT uq_media_asset_versions_account_id_asset_id_version_no UNIQUE (account_id, asset_id, version_no),
  CONSTRAINT ck_media_asset_versions_size_within_limit CHECK (size_bytes between 0 and 52428800),
  CONSTRAINT fk_media_asset_versions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_media_asset_versions_asset_id FOREIGN KEY(account_id, asset_id) REFERENCES media_assets (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_media_asset_versions_version_no CHECK (version_no > 0),
  CONSTRAINT ck_media_asset_versions_file_name CHECK (length(file_name) between 1 and 255),
  CONSTRAINT ck_media_asset_versions_sha256 CHECK (octet_length(sha256) = 32),
  CONSTRAINT ck_media_asset_versions_storage CHECK (storage in ('local', 'object')),
  CONSTRAINT fk_media_asset_versions_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_asset_versions_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.media_asset_versions enable row level security;
alter table public.media_asset_versions force row level security;
CREATE INDEX ix_media_asset_versions_created_by ON media_asset_versions (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_media_asset_versions_storage_key ON media_asset_versions (account_id, storage_key);
CREATE INDEX ix_media_asset_versions_updated_by ON media_asset_versions (account_id, updated_by) WHERE updated_by is not null;
comment on table public.media_asset_versions is 'One version of a file, the current one included; append-only.';
comment on column public.media_asset_versions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.media_asset_versions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.media_asset_versions."asset_id" is '→ media_assets: the file.';
comment on column public.media_asset_versions."version_no" is 'Counts from 1 per file.';
comment on column public.media_asset_versions."file_name" is 'As uploaded.';
comment on column public.media_asset_versions."content_type" is 'Media type found in the bytes.';
comment on column public.media_asset_versions."size_bytes" is 'Bytes.';
comment on column public.media_asset_versions."sha256" is 'Checksum of the bytes.';
comment on column public.media_asset_versions."storage" is 'Where the bytes lie.';
comment on column public.media_asset_versions."storage_key" is 'Path or object key below the store''s root.';
comment on column public.media_asset_versions."note" is 'What changed.';
comment on column public.media_asset_versions."created_at" is 'When it was stored.';
comment on column public.media_asset_versions."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.media_asset_versions."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE notification_preferences (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  mode TEXT DEFAULT 'at_once' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_notification_preferences PRIMARY KEY (account_id, id),
  CONSTRAINT uq_notification_preferences_account_id_user_id_kind_channel UNIQUE (account_id, user_id, kind, channel),
  CONSTRAINT fk_notification_preferences_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_notification_preferences_kind CHECK (kind = '*' or kind ~ '^[a-z][a-z0-9_.]*$'),
  CONSTRAINT ck_notification_preferences_channel CHECK (channel in ('email', 'sms', 'in_app', 'social', 'webhook')),
  CONSTRAINT ck_notification_preferences_mode CHECK (mode in ('at_once', 'daily', 'off')),
  CONSTRAINT fk_notification_preferences_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
alter table public.notification_preferences enable row level security;
alter table public.notification_preferences force row level security;
CREATE INDEX ix_notification_preferences_user_id ON notification_preferences (user_id);
comment on table public.notification_preferences is 'How a person wants one kind of message on one channel; without a row the kind''s default holds.';
comment on column public.notification_preferences."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.notification_preferences."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.notification_preferences."user_id" is '→ users: whose wish.';
comment on column public.notification_preferences."kind" is 'Kind of message; * = all kinds without a row of their own.';
comment on column public.notification_preferences."channel" is 'Which way it is about.';
comment on column public.notification_preferences."mode" is 'At once, gathered once a day, or not at all.';
comment on column public.notification_preferences."created_at" is 'When the row was made.';
comment on column public.notification_preferences."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE notification_templates (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  key TEXT NOT NULL,
  channel TEXT DEFAULT 'email' NOT NULL,
  locale TEXT NOT NULL,
  revision INTEGER DEFAULT 1 NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  category TEXT DEFAULT 'transactional' NOT NULL,
  name TEXT NOT NULL,
  description TEXT,
  subject TEXT,
  preheader TEXT,
  body TEXT NOT NULL,
  placeholders TEXT[] DEFAULT '{}'::text[] NOT NULL,
  attachments TEXT[] DEFAULT '{}'::text[] NOT NULL,
  is_system BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_notification_templates PRIMARY KEY (account_id, id),
  CONSTRAINT uq_notification_templates_revision UNIQUE (account_id, key, channel, locale, revision),
  CONSTRAINT ck_notification_templates_email_has_a_subject CHECK (channel <> 'email' or subject is not null),
  CONSTRAINT ck_notification_templates_sms_fits CHECK (channel <> 'sms' or length(body) <= 1600),
  CONSTRAINT fk_notification_templates_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_notification_templates_key CHECK (key ~ '^[a-z][a-z0-9_.]*$'),
  CONSTRAINT ck_notification_templates_channel CHECK (channel in ('email', 'sms', 'in_app', 'social', 'webhook')),
  CONSTRAINT ck_notification_templates_locale CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_notification_templates_revision CHECK (revision > 0),
  CONSTRAINT ck_notification_templates_status CHECK (status in ('draft', 'current', 'retired')),
  CONSTRAINT ck_notification_templates_category CHECK (category in ('transactional', 'operational', 'marketing')),
  CONSTRAINT ck_notification_templates_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_notification_templates_subject CHECK (length(subject) between 1 and 300),
  CONSTRAINT ck_notification_templates_preheader CHECK (length(preheader) <= 300),
  CONSTRAINT ck_notification_templates_body CHECK (length(body) between 1 and 100000),
  CONSTRAINT fk_notification_templates_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notification_templates_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.notification_templates enable row level security;
alter table public.notification_templates force row level security;
CREATE INDEX ix_notification_templates_created_by ON notification_templates (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_notification_templates_updated_by ON notification_templates (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_notification_templates_current ON notification_templates (account_id, key, channel, locale) WHERE status = 'current';
comment on table public.notification_templates is 'One revision of a message''s wording, by key, channel and language; a sent message names the one it used.';
comment on column public.notification_templates."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.notification_templates."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.notification_templates."key" is 'What the message is for, such as order.confirmed; code asks for templates by it.';
comment on column public.notification_templates."channel" is 'By which way it goes.';
comment on column public.notification_templates."locale" is 'BCP 47 language of the wording; the house''s is the fallback.';
comment on column public.notification_templates."revision" is 'Version of the wording: a change of a used one makes the next revision.';
comment on column public.notification_templates."status" is 'One revision per key, channel and language is current.';
comment on column public.notification_templates."category" is 'Marketing needs consent and carries a link to unsubscribe.';
comment on column public.notification_templates."name" is 'As shown in the list of templates.';
comment on column public.notification_templates."description" is 'When it is sent and to whom.';
comment on column public.notification_templates."subject" is 'Subject line or title, with placeholders; NULL where the channel has none.';
comment on column public.notification_templates."preheader" is 'Line that mail programs show beside the subject.';
comment on column public.notification_templates."body" is 'Wording in Markdown with placeholders in double braces.';
comment on column public.notification_templates."placeholders" is 'Placeholders found in subject and body; all were known when it was saved.';
comment on column public.notification_templates."attachments" is 'What goes along: keys of documents to render (ticket, invoice), and stored files as asset: and their id.';
comment on column public.notification_templates."is_system" is 'Came with the installation; may be reworded, not removed.';
comment on column public.notification_templates."created_at" is 'When the row was made.';
comment on column public.notification_templates."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.notification_templates."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.notification_templates."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.notification_templates."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE notification_queue (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  template_id BIGINT,
  channel TEXT DEFAULT 'email' NOT NULL,
  category TEXT DEFAULT 'transactional' NOT NULL,
  user_id BIGINT,
  contact_id BIGINT,
  attendee_id BIGINT,
  address TEXT,
  event_id BIGINT,
  event_marketing_campaign_id BIGINT,
  platform_id BIGINT,
  integration_id BIGINT,
  about TEXT,
  about_id BIGINT,
  locale TEXT,
  subject TEXT,
  body TEXT,
  payload JSONB DEFAULT '{}'::jsonb NOT NULL,
  secret_values BYTEA,
  attachments JSONB DEFAULT '[]'::jsonb NOT NULL,
  priority SMALLINT DEFAULT 5 NOT NULL,
  send_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  send_anchor TEXT,
  send_offset_minutes INTEGER,
  status TEXT DEFAULT 'queued' NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  max_attempts INTEGER DEFAULT 8 NOT NULL,
  next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  claimed_until TIMESTAMP WITH TIME ZONE,
  last_error TEXT,
  provider TEXT,
  provider_message_id TEXT,
  idempotency_key TEXT NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE,
  cancelled_at TIMESTAMP WITH TIME ZONE,
  redacted_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_notification_queue PRIMARY KEY (account_id, id),
  CONSTRAINT uq_notification_queue_account_id_idempotency_key UNIQUE (account_id, idempotency_key),
  CONSTRAINT ck_notification_queue_exactly_one_recipient CHECK (num_nonnulls(user_id, contact_id, attendee_id, address) = 1 or (channel = 'social' and num_nonnulls(user_id, contact_id, attendee_id, address) = 0)),
  CONSTRAINT ck_notification_queue_social_has_a_platform CHECK ((channel = 'social') = (platform_id is not null)),
  CONSTRAINT ck_notification_queue_in_app_goes_to_a_user CHECK (channel <> 'in_app' or user_id is not null),
  CONSTRAINT ck_notification_queue_attendee_has_an_event CHECK (attendee_id is null or event_id is not null),
  CONSTRAINT ck_notification_queue_relative_time_is_whole CHECK ((send_anchor is null) = (send_offset_minutes is null)),
  CONSTRAINT ck_notification_queue_relative_to_an_event CHECK (send_anchor is null or event_id is not null),
  CONSTRAINT ck_notification_queue_template_or_body CHECK (template_id is not null or body is not null),
  CONSTRAINT ck_notification_queue_attempts_within_limit CHECK (attempts <= max_attempts),
  CONSTRAINT ck_notification_queue_sent_has_a_time CHECK ((status = 'sent') = (sent_at is not null)),
  CONSTRAINT ck_notification_queue_sending_is_claimed CHECK (status <> 'sending' or claimed_until is not null),
  CONSTRAINT ck_notification_queue_failed_has_an_error CHECK (status <> 'failed' or last_error is not null),
  CONSTRAINT fk_notification_queue_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_notification_queue_template_id FOREIGN KEY(account_id, template_id) REFERENCES notification_templates (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_notification_queue_channel CHECK (channel in ('email', 'sms', 'in_app', 'social', 'webhook')),
  CONSTRAINT ck_notification_queue_category CHECK (category in ('transactional', 'operational', 'marketing')),
  CONSTRAINT fk_notification_queue_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notification_queue_attendee_id FOREIGN KEY(account_id, event_id, attendee_id) REFERENCES attendees (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_notification_queue_address CHECK (length(address) between 1 and 2000),
  CONSTRAINT fk_notification_queue_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notification_queue_event_marketing_campaign_id FOREIGN KEY(account_id, event_marketing_campaign_id) REFERENCES event_marketing_campaigns (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notification_queue_platform_id FOREIGN KEY(account_id, platform_id) REFERENCES social_media_platforms (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notification_queue_integration_id FOREIGN KEY(account_id, integration_id) REFERENCES integrations (account_id, id) ON DELETE SET NULL (integration_id),
  CONSTRAINT ck_notification_queue_about CHECK (about ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_notification_queue_locale CHECK (locale ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_notification_queue_subject CHECK (length(subject) <= 300),
  CONSTRAINT ck_notification_queue_payload CHECK (jsonb_typeof(payload) = 'object'),
  CONSTRAINT ck_notification_queue_attachments CHECK (jsonb_typeof(attachments) = 'array'),
  CONSTRAINT ck_notification_queue_priority CHECK (priority between 1 and 9),
  CONSTRAINT ck_notification_queue_send_anchor CHECK (send_anchor in ('event_start', 'event_end', 'assets_due')),
  CONSTRAINT ck_notification_queue_status CHECK (status in ('queued', 'sending', 'sent', 'failed', 'suppressed', 'cancelled')),
  CONSTRAINT ck_notification_queue_attempts CHECK (attempts >= 0),
  CONSTRAINT ck_notification_queue_max_attempts CHECK (max_attempts > 0),
  CONSTRAINT ck_notification_queue_idempotency_key CHECK (length(idempotency_key) between 1 and 200),
  CONSTRAINT fk_notification_queue_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notification_queue_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_notification_queue_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
alter table public.notification_queue enable row level security;
alter table public.notification_queue force row level security;
CREATE INDEX ix_notification_queue_about ON notification_queue (account_id, about, about_id) WHERE about is not null;
CREATE INDEX ix_notification_queue_attendee_id ON notification_queue (account_id, event_id, attendee_id) WHERE attendee_id is not null;
CREATE INDEX ix_notification_queue_claimed ON notification_queue (account_id, claimed_until) WHERE status = 'sending';
CREATE INDEX ix_notification_queue_contact_id ON notification_queue (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_notification_queue_created_by ON notification_queue (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_notification_queue_due ON notification_queue (account_id, next_attempt_at, priority) WHERE status = 'queued';
CREATE INDEX ix_notification_queue_event_marketing_campaign_id ON notification_queue (account_id, event_marketing_campaign_id) WHERE event_marketing_campaign_id is not null;
CREATE INDEX ix_notification_queue_event_recent ON notification_queue (account_id, event_id, created_at desc, id desc);
CREATE INDEX ix_notification_queue_failed ON notification_queue (account_id, updated_at) WHERE status = 'failed';
CREATE INDEX ix_notification_queue_integration_id ON notification_queue (account_id, integration_id) WHERE integration_id is not null;
CREATE INDEX ix_notification_queue_platform_id ON notification_queue (account_id, platform_id) WHERE platform_id is not null;
CREATE INDEX ix_notification_queue_provider_message_id ON notification_queue (account_id, provider, provider_message_id) WHERE provider_message_id is not null;
CREATE INDEX ix_notification_queue_recent ON notification_queue (account_id, created_at desc, id desc);
CREATE INDEX ix_notification_queue_template_id ON notification_queue (account_id, template_id) WHERE template_id is not null;
CREATE INDEX ix_notification_queue_updated_by ON notification_queue (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_notification_queue_user_id ON notification_queue (user_id, account_id);
comment on table public.notification_queue is 'A message on its way: written in the transaction of what it tells of, sent by the worker.';
comment on column public.notification_queue."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.notification_queue."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.notification_queue."template_id" is '→ notification_templates: the exact revision; NULL for a text written for the occasion.';
comment on column public.notification_queue."channel" is 'By which way it goes.';
comment on column public.notification_queue."category" is 'Marketing is stopped by missing consent and by suppressions of marketing.';
comment on column public.notification_queue."user_id" is '→ users: recipient of the house; exactly one recipient is named, none for a social post.';
comment on column public.notification_queue."contact_id" is '→ contacts: recipient.';
comment on column public.notification_queue."attendee_id" is '→ attendees: recipient, of the event named.';
comment on column public.notification_queue."address" is 'Recipient without a record: e-mail address, phone number or web address.';
comment on column public.notification_queue."event_id" is '→ events: what it is about; its zone is used for times in the text.';
comment on column public.notification_queue."event_marketing_campaign_id" is '→ event_marketing_campaigns: the campaign it belongs to.';
comment on column public.notification_queue."platform_id" is '→ social_media_platforms: where a social post appears.';
comment on column public.notification_queue."integration_id" is '→ integrations: the service to send it with; NULL = the channel''s default.';
comment on column public.notification_queue."about" is 'Table of the record it tells of, such as orders.';
comment on column public.notification_queue."about_id" is 'Id of that record.';
comment on column public.notification_queue."locale" is 'BCP 47 language it is written in; NULL = the recipient''s.';
comment on column public.notification_queue."subject" is 'Subject as sent, or as written for the occasion.';
comment on column public.notification_queue."body" is 'Text as written for the occasion; NULL = the template''s.';
comment on column public.notification_queue."payload" is 'Values of the placeholders; redacted by an erasure.';
comment on column public.notification_queue."secret_values" is 'Encrypted JSON of placeholders that open something, such as an invitation''s link; emptied once it is sent.';
comment on column public.notification_queue."attachments" is 'What goes along: objects with asset_id (a stored file), or document, format and given (its ids).';
comment on column public.notification_queue."priority" is '1 first (door, tickets), 9 last (bulk).';
comment on column public.notification_queue."send_at" is 'When to send; recomputed when the event moves, where the time is relative.';
comment on column public.notification_queue."send_anchor" is 'What the time is relative to; NULL = absolute.';
comment on column public.notification_queue."send_offset_minutes" is 'Minutes after the anchor, negative before it.';
comment on column public.notification_queue."status" is 'Where it stands.';
comment on column public.notification_queue."attempts" is 'Tries so far.';
comment on column public.notification_queue."max_attempts" is 'Tries before it counts as failed.';
comment on column public.notification_queue."next_attempt_at" is 'When the worker takes it next: send_at at first, later after a growing wait.';
comment on column public.notification_queue."claimed_until" is 'A worker has it until then; afterwards another may take it. Only what is being handed over is `sending`.';
comment on column public.notification_queue."last_error" is 'What went wrong last, or why it was suppressed.';
comment on column public.notification_queue."provider" is 'Adapter that sent it.';
comment on column public.notification_queue."provider_message_id" is 'Its id at the provider (the Message-ID of an e-mail, fixed from the first try); bounces come back under it.';
comment on column public.notification_queue."idempotency_key" is 'Says the same thing once, such as order.confirmed:4711; unique per house.';
comment on column public.notification_queue."sent_at" is 'When the provider took it.';
comment on column public.notification_queue."cancelled_at" is 'When it was withdrawn before it went.';
comment on column public.notification_queue."redacted_at" is 'When an erasure removed payload, text and address; NULL while whole.';
comment on column public.notification_queue."created_at" is 'When the row was made.';
comment on column public.notification_queue."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.notification_queue."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.notification_queue."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE message_deliveries (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  message_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  recorded_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  attempt INTEGER DEFAULT 0 NOT NULL,
  address_norm TEXT,
  provider TEXT NOT NULL,
  provider_event_id TEXT,
  bounce TEXT,
  url TEXT,
  detail TEXT,
  raw JSONB,
  CONSTRAINT pk_message_deliveries PRIMARY KEY (account_id, id),
  CONSTRAINT uq_message_deliveries_provider_event UNIQUE (account_id, provider, provider_event_id),
  CONSTRAINT ck_message_deliveries_bounce_has_a_kind CHECK ((kind = 'bounced') = (bounce is not null)),
  CONSTRAINT ck_message_deliveries_click_has_an_address CHECK (kind <> 'clicked' or url is not null),
  CONSTRAINT fk_message_deliveries_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_message_deliveries_message_id FOREIGN KEY(account_id, message_id) REFERENCES notification_queue (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_message_deliveries_kind CHECK (kind in ('accepted', 'delivered', 'deferred', 'opened', 'clicked', 'bounced', 'complained', 'unsubscribed', 'failed', 'uncertain')),
  CONSTRAINT ck_message_deliveries_attempt CHECK (attempt >= 0),
  CONSTRAINT ck_message_deliveries_bounce CHECK (bounce in ('soft', 'hard')),
  CONSTRAINT ck_message_deliveries_detail CHECK (length(detail) <= 2000)
);
alter table public.message_deliveries enable row level security;
alter table public.message_deliveries force row level security;
CREATE INDEX ix_message_deliveries_address_norm ON message_deliveries (account_id, address_norm);
CREATE INDEX ix_message_deliveries_kind ON message_deliveries (account_id, kind, occurred_at desc);
CREATE INDEX ix_message_deliveries_message ON message_deliveries (account_id, message_id, occurred_at);
comment on table public.message_deliveries is 'What became of a message: accepted, delivered, opened, bounced, unsubscribed; one row per report.';
comment on column public.message_deliveries."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.message_deliveries."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.message_deliveries."message_id" is '→ notification_queue: the message.';
comment on column public.message_deliveries."kind" is 'What happened.';
comment on column public.message_deliveries."occurred_at" is 'When, as the provider says.';
comment on column public.message_deliveries."recorded_at" is 'When we learned of it.';
comment on column public.message_deliveries."attempt" is 'Which try it belongs to.';
comment on column public.message_deliveries."address_norm" is 'Address it went to, normalised; emptied by an erasure.';
comment on column public.message_deliveries."provider" is 'Adapter that reported it.';
comment on column public.message_deliveries."provider_event_id" is 'Id of the report; one reported twice is kept once.';
comment on column public.message_deliveries."bounce" is 'Whether a bounce is for good.';
comment on column public.message_deliveries."url" is 'Link that was followed.';
comment on column public.message_deliveries."detail" is 'What the provider said.';
comment on column public.message_deliveries."raw" is 'The report as received, without the address.';

CREATE TABLE message_suppressions (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  channel TEXT DEFAULT 'email' NOT NULL,
  address_hash BYTEA NOT NULL,
  address_norm TEXT,
  contact_id BIGINT,
  scope TEXT DEFAULT 'marketing' NOT NULL,
  reason TEXT NOT NULL,
  message_id BIGINT,
  note TEXT,
  lifted_at TIMESTAMP WITH TIME ZONE,
  lifted_by BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_message_suppressions PRIMARY KEY (account_id, id),
  CONSTRAINT ck_message_suppressions_lifted_by_has_a_time CHECK (lifted_by is null or lifted_at is not null),
  CONSTRAINT fk_message_suppressions_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_message_suppressions_channel CHECK (channel in ('email', 'sms', 'in_app', 'social', 'webhook')),
  CONSTRAINT ck_message_suppressions_address_hash CHECK (octet_length(address_hash) = 32),
  CONSTRAINT fk_message_suppressions_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE SET NULL (contact_id),
  CONSTRAINT ck_message_suppressions_scope CHECK (scope in ('marketing', 'all')),
  CONSTRAINT ck_message_suppressions_reason CHECK (reason in ('unsubscribed', 'hard_bounce', 'complaint', 'manual', 'erased')),
  CONSTRAINT fk_message_suppressions_message_id FOREIGN KEY(account_id, message_id) REFERENCES notification_queue (account_id, id) ON DELETE SET NULL (message_id),
  CONSTRAINT fk_message_suppressions_lifted_by FOREIGN KEY(account_id, lifted_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_message_suppressions_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_message_suppressions_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.message_suppressions enable row level security;
alter table public.message_suppressions force row level security;
CREATE INDEX ix_message_suppressions_contact_id ON message_suppressions (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_message_suppressions_created_by ON message_suppressions (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_message_suppressions_lifted_by ON message_suppressions (account_id, lifted_by) WHERE lifted_by is not null;
CREATE INDEX ix_message_suppressions_message_id ON message_suppressions (account_id, message_id) WHERE message_id is not null;
CREATE INDEX ix_message_suppressions_updated_by ON message_suppressions (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_message_suppressions_active ON message_suppressions (account_id, channel, address_hash, scope) WHERE lifted_at is null;
comment on table public.message_suppressions is 'An address that gets nothing more on a channel: unsubscribed, bounced for good, complained.';
comment on column public.message_suppressions."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.message_suppressions."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.message_suppressions."channel" is 'On which way.';
comment on column public.message_suppressions."address_hash" is 'SHA-256 of the normalised address; works on after the address itself was erased.';
comment on column public.message_suppressions."address_norm" is 'Normalised address, to show; emptied by an erasure.';
comment on column public.message_suppressions."contact_id" is '→ contacts: whose address, where known.';
comment on column public.message_suppressions."scope" is 'Marketing only (unsubscribed), or everything (bounced, complained).';
comment on column public.message_suppressions."reason" is 'Why.';
comment on column public.message_suppressions."message_id" is '→ notification_queue: the message that led to it.';
comment on column public.message_suppressions."note" is 'What the person said.';
comment on column public.message_suppressions."lifted_at" is 'When messages were allowed again; NULL while in force.';
comment on column public.message_suppressions."lifted_by" is '→ account_users: who lifted it.';
comment on column public.message_suppressions."created_at" is 'When the row was made.';
comment on column public.message_suppressions."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.message_suppressions."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.message_suppressions."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE notifications (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  level TEXT DEFAULT 'info' NOT NULL,
  title TEXT NOT NULL,
  body TEXT,
  link TEXT,
  event_id BIGINT,
  about TEXT,
  about_id BIGINT,
  dedupe_key TEXT,
  read_at TIMESTAMP WITH TIME ZONE,
  dismissed_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_notifications PRIMARY KEY (account_id, id),
  CONSTRAINT uq_notifications_account_id_user_id_dedupe_key UNIQUE (account_id, user_id, dedupe_key),
  CONSTRAINT ck_notifications_about_with_id CHECK ((about is null) = (about_id is null)),
  CONSTRAINT fk_notifications_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_notifications_kind CHECK (kind ~ '^[a-z][a-z0-9_.]*$'),
  CONSTRAINT ck_notifications_level CHECK (level in ('info', 'success', 'warning', 'urgent')),
  CONSTRAINT ck_notifications_title CHECK (length(title) between 1 and 200),
  CONSTRAINT ck_notifications_body CHECK (length(body) <= 4000),
  CONSTRAINT ck_notifications_link CHECK (link like '/%%' and link not like '//%%'),
  CONSTRAINT fk_notifications_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE SET NULL (event_id),
  CONSTRAINT ck_notifications_about CHECK (about ~ '^[a-z][a-z0-9_]*$'),
  CONSTRAINT ck_notifications_dedupe_key CHECK (length(dedupe_key) between 1 and 200),
  CONSTRAINT fk_notifications_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
alter table public.notifications enable row level security;
alter table public.notifications force row level security;
CREATE INDEX ix_notifications_event_id ON notifications (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_notifications_recent ON notifications (account_id, user_id, created_at desc, id desc);
CREATE INDEX ix_notifications_unread ON notifications (account_id, user_id) WHERE read_at is null and dismissed_at is null;
CREATE INDEX ix_notifications_user_id ON notifications (user_id);
comment on table public.notifications is 'An in-app message to one person; visible to that person only.';
comment on column public.notifications."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.notifications."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.notifications."user_id" is '→ users: whose message.';
comment on column public.notifications."kind" is 'What it tells of, such as task.assigned; preferences go by it.';
comment on column public.notifications."level" is 'How urgent it is.';
comment on column public.notifications."title" is 'One line.';
comment on column public.notifications."body" is 'More, in Markdown.';
comment on column public.notifications."link" is 'Page of the app to open, with its parameters.';
comment on column public.notifications."event_id" is '→ events: what it is about.';
comment on column public.notifications."about" is 'Table of the record it is about.';
comment on column public.notifications."about_id" is 'Id of that record.';
comment on column public.notifications."dedupe_key" is 'Says the same thing to the same person once; NULL = may repeat.';
comment on column public.notifications."read_at" is 'When it was read; NULL while new.';
comment on column public.notifications."dismissed_at" is 'When it was put away.';
comment on column public.notifications."created_at" is 'When the row was made.';
comment on column public.notifications."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE public_links (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  event_id BIGINT,
  label TEXT NOT NULL,
  token_hash BYTEA NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  revoked_at TIMESTAMP WITH TIME ZONE,
  views INTEGER DEFAULT 0 NOT NULL,
  last_opened_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_public_links PRIMARY KEY (account_id, id),
  CONSTRAINT uq_public_links_account_id_token_hash UNIQUE (account_id, token_hash),
  CONSTRAINT ck_public_links_programme_names_an_event CHECK (kind <> 'programme' or event_id is not null),
  CONSTRAINT ck_public_links_expires_after_creation CHECK (created_at < expires_at),
  CONSTRAINT fk_public_links_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_public_links_kind CHECK (kind in ('programme', 'unsubscribe', 'calendar')),
  CONSTRAINT fk_public_links_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_public_links_label CHECK (length(label) between 1 and 200),
  CONSTRAINT ck_public_links_token_hash CHECK (octet_length(token_hash) = 32),
  CONSTRAINT ck_public_links_views CHECK (views >= 0),
  CONSTRAINT fk_public_links_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_public_links_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.public_links enable row level security;
alter table public.public_links force row level security;
CREATE INDEX ix_public_links_created_by ON public_links (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_public_links_recent ON public_links (account_id, event_id, created_at desc, id desc);
CREATE INDEX ix_public_links_updated_by ON public_links (account_id, updated_by) WHERE updated_by is not null;
comment on table public.public_links is 'A link that opens one thing to whoever has it, until it ends or is withdrawn.';
comment on column public.public_links."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.public_links."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.public_links."kind" is 'What it opens.';
comment on column public.public_links."event_id" is '→ events: what it is about.';
comment on column public.public_links."label" is 'For whom it is, in the words of who made it.';
comment on column public.public_links."token_hash" is 'SHA-256 of the token in the link.';
comment on column public.public_links."expires_at" is 'From when it no longer opens anything.';
comment on column public.public_links."revoked_at" is 'When it was withdrawn; NULL while it may open.';
comment on column public.public_links."views" is 'How often its page was opened, by whomever.';
comment on column public.public_links."last_opened_at" is 'When it was opened last.';
comment on column public.public_links."created_at" is 'When the row was made.';
comment on column public.public_links."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.public_links."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.public_links."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.public_links."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE scheduled_jobs (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  schedule TEXT NOT NULL,
  timezone TEXT NOT NULL,
  arguments JSONB DEFAULT '{}'::jsonb NOT NULL,
  event_id BIGINT,
  enabled BOOLEAN DEFAULT true NOT NULL,
  next_run_at TIMESTAMP WITH TIME ZONE,
  last_run_at TIMESTAMP WITH TIME ZONE,
  last_status TEXT,
  last_result JSONB,
  last_error TEXT,
  last_job_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_scheduled_jobs PRIMARY KEY (account_id, id),
  CONSTRAINT uq_scheduled_jobs_account_id_kind_name UNIQUE (account_id, kind, name),
  CONSTRAINT ck_scheduled_jobs_schedule_has_five_fields CHECK (schedule ~ '^[^ ]+( [^ ]+){4}$'),
  CONSTRAINT ck_scheduled_jobs_enabled_has_a_next_run CHECK (not enabled or next_run_at is not null),
  CONSTRAINT fk_scheduled_jobs_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_scheduled_jobs_kind CHECK (kind ~ '^[a-z][a-z0-9_.]*$'),
  CONSTRAINT ck_scheduled_jobs_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_scheduled_jobs_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_scheduled_jobs_arguments CHECK (jsonb_typeof(arguments) = 'object'),
  CONSTRAINT fk_scheduled_jobs_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_scheduled_jobs_last_status CHECK (last_status in ('queued', 'running', 'done', 'failed', 'cancelled')),
  CONSTRAINT fk_scheduled_jobs_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_scheduled_jobs_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.scheduled_jobs enable row level security;
alter table public.scheduled_jobs force row level security;
CREATE INDEX ix_scheduled_jobs_created_by ON scheduled_jobs (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_scheduled_jobs_due ON scheduled_jobs (next_run_at, account_id) WHERE enabled;
CREATE INDEX ix_scheduled_jobs_event_id ON scheduled_jobs (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_scheduled_jobs_updated_by ON scheduled_jobs (account_id, updated_by) WHERE updated_by is not null;
comment on table public.scheduled_jobs is 'What runs regularly for a house; the job engine looks for due rows every minute.';
comment on column public.scheduled_jobs."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.scheduled_jobs."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.scheduled_jobs."kind" is 'Key of the job in the registry.';
comment on column public.scheduled_jobs."name" is 'What it does, as shown on the Jobs page.';
comment on column public.scheduled_jobs."schedule" is 'Five cron fields: minute, hour, day, month, weekday.';
comment on column public.scheduled_jobs."timezone" is 'IANA zone the cron fields are read in.';
comment on column public.scheduled_jobs."arguments" is 'Arguments of the job: ids and plain values only.';
comment on column public.scheduled_jobs."event_id" is '→ events: the event it serves; NULL = the house.';
comment on column public.scheduled_jobs."enabled" is 'Whether it runs.';
comment on column public.scheduled_jobs."next_run_at" is 'When it runs next; computed from the schedule.';
comment on column public.scheduled_jobs."last_run_at" is 'When it last began.';
comment on column public.scheduled_jobs."last_status" is 'How that ended.';
comment on column public.scheduled_jobs."last_result" is 'What it reported: counts and short texts.';
comment on column public.scheduled_jobs."last_error" is 'Why it failed; NULL after a success.';
comment on column public.scheduled_jobs."last_job_id" is 'Job of the last run (procrastinate).';
comment on column public.scheduled_jobs."created_at" is 'When the row was made.';
comment on column public.scheduled_jobs."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.scheduled_jobs."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.scheduled_jobs."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.scheduled_jobs."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE webhook_endpoints (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  secret BYTEA NOT NULL,
  previous_secret BYTEA,
  previous_secret_until TIMESTAMP WITH TIME ZONE,
  facts TEXT[] DEFAULT '{}'::text[] NOT NULL,
  event_id BIGINT,
  status TEXT DEFAULT 'active' NOT NULL,
  failures INTEGER DEFAULT 0 NOT NULL,
  last_success_at TIMESTAMP WITH TIME ZONE,
  last_failure_at TIMESTAMP WITH TIME ZONE,
  last_error TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_webhook_endpoints PRIMARY KEY (account_id, id),
  CONSTRAINT uq_webhook_endpoints_account_id_url UNIQUE (account_id, url),
  CONSTRAINT ck_webhook_endpoints_facts_not_empty CHECK (cardinality(facts) > 0),
  CONSTRAINT ck_webhook_endpoints_previous_secret_ends CHECK ((previous_secret is null) = (previous_secret_until is null)),
  CONSTRAINT fk_webhook_endpoints_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_webhook_endpoints_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_webhook_endpoints_url CHECK (url ~ '^https?://[^ ]+$' and length(url) <= 2000),
  CONSTRAINT fk_webhook_endpoints_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_webhook_endpoints_status CHECK (status in ('active', 'paused', 'failing')),
  CONSTRAINT ck_webhook_endpoints_failures CHECK (failures >= 0),
  CONSTRAINT fk_webhook_endpoints_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_webhook_endpoints_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.webhook_endpoints enable row level security;
alter table public.webhook_endpoints force row level security;
CREATE INDEX ix_webhook_endpoints_active ON webhook_endpoints (account_id) WHERE status = 'active';
CREATE INDEX ix_webhook_endpoints_created_by ON webhook_endpoints (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_webhook_endpoints_event_id ON webhook_endpoints (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_webhook_endpoints_updated_by ON webhook_endpoints (account_id, updated_by) WHERE updated_by is not null;
comment on table public.webhook_endpoints is 'An address of the house''s own systems that is told about facts, signed with a secret.';
comment on column public.webhook_endpoints."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.webhook_endpoints."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.webhook_endpoints."name" is 'What is behind it.';
comment on column public.webhook_endpoints."url" is 'Where to post; private networks are refused when it is called.';
comment on column public.webhook_endpoints."secret" is 'Encrypted key of the HMAC-SHA256 signature.';
comment on column public.webhook_endpoints."previous_secret" is 'Encrypted key before the last rotation; signatures carry both until it ends.';
comment on column public.webhook_endpoints."previous_secret_until" is 'Until when the previous key still signs.';
comment on column public.webhook_endpoints."facts" is 'Names of the facts it is told about; * = all.';
comment on column public.webhook_endpoints."event_id" is '→ events: only facts of this event; NULL = of all.';
comment on column public.webhook_endpoints."status" is 'Failing = switched off after too many failures, until a person switches it on.';
comment on column public.webhook_endpoints."failures" is 'Failures in a row.';
comment on column public.webhook_endpoints."last_success_at" is 'When it last answered with 2xx.';
comment on column public.webhook_endpoints."last_failure_at" is 'When it last did not.';
comment on column public.webhook_endpoints."last_error" is 'What it answered then.';
comment on column public.webhook_endpoints."created_at" is 'When the row was made.';
comment on column public.webhook_endpoints."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.webhook_endpoints."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.webhook_endpoints."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.webhook_endpoints."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE webhook_deliveries (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  public_id UUID DEFAULT gen_random_uuid() NOT NULL,
  endpoint_id BIGINT NOT NULL,
  fact TEXT NOT NULL,
  payload JSONB NOT NULL,
  status TEXT DEFAULT 'pending' NOT NULL,
  attempts INTEGER DEFAULT 0 NOT NULL,
  next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now(),
  response_status SMALLINT,
  response_excerpt TEXT,
  duration_ms INTEGER,
  delivered_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_webhook_deliveries PRIMARY KEY (account_id, id),
  CONSTRAINT uq_webhook_deliveries_account_id_public_id UNIQUE (account_id, public_id),
  CONSTRAINT ck_webhook_deliveries_open_has_a_next_attempt CHECK ((status in ('pending', 'retrying')) = (next_attempt_at is not null)),
  CONSTRAINT ck_webhook_deliveries_delivered_has_a_time CHECK ((status = 'delivered') = (delivered_at is not null)),
  CONSTRAINT fk_webhook_deliveries_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_webhook_deliveries_endpoint_id FOREIGN KEY(account_id, endpoint_id) REFERENCES webhook_endpoints (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_webhook_deliveries_fact CHECK (length(fact) between 1 and 100),
  CONSTRAINT ck_webhook_deliveries_payload CHECK (jsonb_typeof(payload) = 'object'),
  CONSTRAINT ck_webhook_deliveries_status CHECK (status in ('pending', 'delivered', 'retrying', 'given_up')),
  CONSTRAINT ck_webhook_deliveries_attempts CHECK (attempts >= 0),
  CONSTRAINT ck_webhook_deliveries_response_status CHECK (response_status between 100 and 599),
  CONSTRAINT ck_webhook_deliveries_response_excerpt CHECK (length(response_excerpt) <= 2000),
  CONSTRAINT ck_webhook_deliveries_duration_ms CHECK (duration_ms >= 0)
);
alter table public.webhook_deliveries enable row level security;
alter table public.webhook_deliveries force row level security;
CREATE INDEX ix_webhook_deliveries_due ON webhook_deliveries (account_id, next_attempt_at) WHERE status in ('pending', 'retrying');
CREATE INDEX ix_webhook_deliveries_recent ON webhook_deliveries (account_id, endpoint_id, created_at desc, id desc);
comment on table public.webhook_deliveries is 'One fact on its way to one endpoint, with every try.';
comment on column public.webhook_deliveries."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.webhook_deliveries."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.webhook_deliveries."public_id" is 'Sent as the delivery id, so that the receiver recognises a repeat.';
comment on column public.webhook_deliveries."endpoint_id" is '→ webhook_endpoints: to whom.';
comment on column public.webhook_deliveries."fact" is 'Name of the fact.';
comment on column public.webhook_deliveries."payload" is 'Body as sent; ids and plain values.';
comment on column public.webhook_deliveries."status" is 'Where it stands.';
comment on column public.webhook_deliveries."attempts" is 'Tries so far.';
comment on column public.webhook_deliveries."next_attempt_at" is 'When the next try is due; NULL when there is none.';
comment on column public.webhook_deliveries."response_status" is 'HTTP status of the last answer; NULL where none came.';
comment on column public.webhook_deliveries."response_excerpt" is 'Beginning of the last answer, or the network error.';
comment on column public.webhook_deliveries."duration_ms" is 'How long the last try took, in milliseconds.';
comment on column public.webhook_deliveries."delivered_at" is 'When it was answered with 2xx.';
comment on column public.webhook_deliveries."created_at" is 'When the row was made.';
comment on column public.webhook_deliveries."updated_at" is 'When the row last changed; kept by trigger.';
"""

DOWNGRADE = r"""
drop table public.webhook_deliveries;
drop table public.webhook_endpoints;
drop table public.scheduled_jobs;
drop table public.public_links;
drop table public.notifications;
drop table public.message_suppressions;
drop table public.message_deliveries;
drop table public.notification_queue;
drop table public.notification_templates;
drop table public.notification_preferences;
drop table public.media_asset_versions;
drop table public.media_assets;
drop table public.external_refs;
drop table public.integrations;
drop table public.import_rows;
drop table public.import_files;
drop table public.import_batches;
drop table public.import_mappings;
drop table public.idempotency_keys;
drop table public.data_subject_requests;
drop table public.exports;
drop table public.calendar_tokens;
drop table public.audit_seals;
drop table public.audit_log;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("webhook_deliveries")
    ops.sync_drop("webhook_endpoints")
    ops.sync_drop("scheduled_jobs")
    ops.sync_drop("public_links")
    ops.sync_drop("notifications")
    ops.sync_drop("message_suppressions")
    ops.sync_drop("message_deliveries")
    ops.sync_drop("notification_queue")
    ops.sync_drop("notification_templates")
    ops.sync_drop("notification_preferences")
    ops.sync_drop("media_asset_versions")
    ops.sync_drop("media_assets")
    ops.sync_drop("external_refs")
    ops.sync_drop("integrations")
    ops.sync_drop("import_rows")
    ops.sync_drop("import_files")
    ops.sync_drop("import_batches")
    ops.sync_drop("import_mappings")
    ops.sync_drop("idempotency_keys")
    ops.sync_drop("data_subject_requests")
    ops.sync_drop("exports")
    ops.sync_drop("calendar_tokens")
    ops.sync_drop("audit_seals")
    ops.sync_drop("audit_log")
    ops.run(DOWNGRADE)
