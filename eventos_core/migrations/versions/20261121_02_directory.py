"""Tables of directory. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_02_directory"
down_revision = "20261121_01_tenancy"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE duplicate_dismissals (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  entity TEXT NOT NULL,
  lower_id BIGINT NOT NULL,
  higher_id BIGINT NOT NULL,
  reason TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_duplicate_dismissals PRIMARY KEY (account_id, id),
  CONSTRAINT uq_duplicate_dismissals_pair UNIQUE (account_id, entity, lower_id, higher_id),
  CONSTRAINT ck_duplicate_dismissals_pair_in_order CHECK (lower_id < higher_id),
  CONSTRAINT fk_duplicate_dismissals_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_duplicate_dismissals_entity CHECK (entity in ('contact', 'organization')),
  CONSTRAINT fk_duplicate_dismissals_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_duplicate_dismissals_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.duplicate_dismissals enable row level security;
alter table public.duplicate_dismissals force row level security;
CREATE INDEX ix_duplicate_dismissals_created_by ON duplicate_dismissals (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_duplicate_dismissals_higher ON duplicate_dismissals (account_id, entity, higher_id);
CREATE INDEX ix_duplicate_dismissals_updated_by ON duplicate_dismissals (account_id, updated_by) WHERE updated_by is not null;
comment on table public.duplicate_dismissals is 'Two rows that look alike and were found to be different: not proposed for merging again.';
comment on column public.duplicate_dismissals."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.duplicate_dismissals."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.duplicate_dismissals."entity" is 'Which table both ids are of.';
comment on column public.duplicate_dismissals."lower_id" is 'The smaller id of the pair.';
comment on column public.duplicate_dismissals."higher_id" is 'The larger id of the pair.';
comment on column public.duplicate_dismissals."reason" is 'Why they are two.';
comment on column public.duplicate_dismissals."created_at" is 'When the row was made.';
comment on column public.duplicate_dismissals."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.duplicate_dismissals."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.duplicate_dismissals."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE merges (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  entity TEXT NOT NULL,
  winner_id BIGINT NOT NULL,
  loser_id BIGINT NOT NULL,
  winner_before JSONB,
  loser_before JSONB,
  moved JSONB DEFAULT '[]'::jsonb NOT NULL,
  choices JSONB DEFAULT '{}'::jsonb NOT NULL,
  score_ppm INTEGER,
  reason TEXT,
  before_expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  undone_at TIMESTAMP WITH TIME ZONE,
  undone_by BIGINT,
  undo_report JSONB DEFAULT '[]'::jsonb NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_merges PRIMARY KEY (account_id, id),
  CONSTRAINT ck_merges_two_different_rows CHECK (winner_id <> loser_id),
  CONSTRAINT ck_merges_undone_by_has_a_time CHECK (undone_by is null or undone_at is not null),
  CONSTRAINT fk_merges_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_merges_entity CHECK (entity in ('contact', 'organization')),
  CONSTRAINT ck_merges_winner_before CHECK (jsonb_typeof(winner_before) = 'object'),
  CONSTRAINT ck_merges_loser_before CHECK (jsonb_typeof(loser_before) = 'object'),
  CONSTRAINT ck_merges_moved CHECK (jsonb_typeof(moved) = 'array'),
  CONSTRAINT ck_merges_choices CHECK (jsonb_typeof(choices) = 'object'),
  CONSTRAINT ck_merges_score_ppm CHECK (score_ppm between 0 and 1000000),
  CONSTRAINT fk_merges_undone_by FOREIGN KEY(account_id, undone_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_merges_undo_report CHECK (jsonb_typeof(undo_report) = 'array'),
  CONSTRAINT fk_merges_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_merges_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.merges enable row level security;
alter table public.merges force row level security;
CREATE INDEX ix_merges_created_by ON merges (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_merges_expiring ON merges (account_id, before_expires_at) WHERE winner_before is not null;
CREATE INDEX ix_merges_recent ON merges (account_id, created_at desc, id desc);
CREATE INDEX ix_merges_undone_by ON merges (account_id, undone_by) WHERE undone_by is not null;
CREATE INDEX ix_merges_updated_by ON merges (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_merges_winner ON merges (account_id, entity, winner_id);
CREATE UNIQUE INDEX uq_merges_loser ON merges (account_id, entity, loser_id) WHERE undone_at is null;
comment on table public.merges is 'One merge of two people or companies, with what is needed to take it back.';
comment on column public.merges."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.merges."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.merges."entity" is 'Which table both ids are of; ids carry no foreign key, since the record outlives an erased row.';
comment on column public.merges."winner_id" is 'The row that stays.';
comment on column public.merges."loser_id" is 'The row merged into it; archived, with merged_into_id set.';
comment on column public.merges."winner_before" is 'The winner''s row as it was; NULL once expired or erased.';
comment on column public.merges."loser_before" is 'The loser''s row as it was; NULL once expired or erased.';
comment on column public.merges."moved" is 'References that were moved: objects with table, id, column, from; and before, where a double was dropped.';
comment on column public.merges."choices" is 'Which side each differing field was taken from: field → winner or loser.';
comment on column public.merges."score_ppm" is 'How alike the two were, in parts per million; NULL where picked by hand.';
comment on column public.merges."reason" is 'What they matched on, or what the person said.';
comment on column public.merges."before_expires_at" is 'Until when it can be taken back; a job then empties the before-images.';
comment on column public.merges."undone_at" is 'When it was taken back; NULL while it stands.';
comment on column public.merges."undone_by" is '→ account_users: who took it back.';
comment on column public.merges."undo_report" is 'What the undo could not restore: objects with table, id and reason (edited since, erased).';
comment on column public.merges."created_at" is 'When the row was made.';
comment on column public.merges."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.merges."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.merges."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE organizations (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  legal_name TEXT,
  kind TEXT DEFAULT 'other' NOT NULL,
  is_own BOOLEAN DEFAULT false NOT NULL,
  parent_id BIGINT,
  owner_id BIGINT,
  domain TEXT,
  domain_norm TEXT DEFAULT '' NOT NULL,
  website TEXT,
  email TEXT,
  phone TEXT,
  phone_digits TEXT DEFAULT '' NOT NULL,
  industry TEXT,
  size TEXT,
  annual_revenue_minor BIGINT,
  revenue_currency CHAR(3),
  description TEXT,
  source TEXT,
  language TEXT,
  timezone TEXT,
  socials JSONB DEFAULT '{}'::jsonb NOT NULL,
  do_not_contact BOOLEAN DEFAULT false NOT NULL,
  billing_name TEXT,
  billing_email TEXT,
  billing_street TEXT,
  billing_street2 TEXT,
  billing_city TEXT,
  billing_region TEXT,
  billing_postal_code TEXT,
  billing_country CHAR(2),
  billing_reference TEXT,
  currency CHAR(3),
  payment_terms_days INTEGER,
  tax_id TEXT,
  tax_id_checked_at TIMESTAMP WITH TIME ZONE,
  registration_no TEXT,
  bank_holder BYTEA,
  bank_iban BYTEA,
  bank_bic BYTEA,
  bank_hint TEXT,
  bank_changed_at TIMESTAMP WITH TIME ZONE,
  logo_id BIGINT,
  merged_into_id BIGINT,
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
  CONSTRAINT pk_organizations PRIMARY KEY (account_id, id),
  CONSTRAINT uq_organizations_own_key UNIQUE (account_id, id, is_own),
  CONSTRAINT ck_organizations_not_its_own_parent CHECK (parent_id <> id),
  CONSTRAINT ck_organizations_not_merged_into_itself CHECK (merged_into_id <> id),
  CONSTRAINT ck_organizations_own_stays CHECK (not is_own or (archived_at is null and merged_into_id is null)),
  CONSTRAINT ck_organizations_revenue_has_currency CHECK ((annual_revenue_minor is null) = (revenue_currency is null)),
  CONSTRAINT ck_organizations_merged_is_archived CHECK (merged_into_id is null or archived_at is not null),
  CONSTRAINT fk_organizations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_organizations_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_organizations_kind CHECK (kind in ('brand', 'sponsor', 'agency', 'press', 'retailer', 'vendor', 'venue_operator', 'institution', 'organizer', 'other')),
  CONSTRAINT fk_organizations_parent_id FOREIGN KEY(account_id, parent_id) REFERENCES organizations (account_id, id) ON DELETE SET NULL (parent_id),
  CONSTRAINT fk_organizations_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_organizations_domain CHECK (length(domain) <= 253),
  CONSTRAINT ck_organizations_website CHECK (website ~ '^https?://[^ ]+$' and length(website) <= 2000),
  CONSTRAINT ck_organizations_email CHECK (email ~ '^[^@ ]+@[^@ ]+$' and length(email) <= 320),
  CONSTRAINT ck_organizations_phone CHECK (length(phone) <= 50),
  CONSTRAINT ck_organizations_size CHECK (size in ('1', '2_10', '11_50', '51_250', '251_1000', '1001_plus')),
  CONSTRAINT ck_organizations_revenue_currency CHECK (revenue_currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_organizations_language CHECK (language ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_organizations_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_organizations_socials CHECK (jsonb_typeof(socials) = 'object'),
  CONSTRAINT ck_organizations_billing_email CHECK (billing_email ~ '^[^@ ]+@[^@ ]+$' and length(billing_email) <= 320),
  CONSTRAINT ck_organizations_billing_country CHECK (billing_country ~ '^[A-Z]{2}$'),
  CONSTRAINT ck_organizations_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_organizations_payment_terms_days CHECK (payment_terms_days >= 0),
  CONSTRAINT ck_organizations_bank_hint CHECK (length(bank_hint) <= 4),
  CONSTRAINT fk_organizations_merged_into_id FOREIGN KEY(account_id, merged_into_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_organizations_country CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT ck_organizations_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_organizations_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_organizations_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.organizations enable row level security;
alter table public.organizations force row level security;
CREATE INDEX ix_organizations_archived ON organizations (account_id, archived_at desc) WHERE archived_at is not null;
CREATE INDEX ix_organizations_created_by ON organizations (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_organizations_custom ON organizations USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_organizations_domain_norm ON organizations (account_id, domain_norm text_pattern_ops) WHERE domain_norm <> '';
CREATE INDEX ix_organizations_live ON organizations (account_id, kind, name_sort, id) WHERE archived_at is null and merged_into_id is null;
CREATE INDEX ix_organizations_logo_id ON organizations (account_id, logo_id) WHERE logo_id is not null;
CREATE INDEX ix_organizations_merged_into_id ON organizations (account_id, merged_into_id) WHERE merged_into_id is not null;
CREATE INDEX ix_organizations_name ON organizations (account_id, name_sort, id);
CREATE INDEX ix_organizations_owner_id ON organizations (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_organizations_parent_id ON organizations (account_id, parent_id) WHERE parent_id is not null;
CREATE INDEX ix_organizations_recent ON organizations (account_id, created_at desc, id desc);
CREATE INDEX ix_organizations_search_text_trgm ON organizations USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_organizations_tags ON organizations USING gin (account_id, tags);
CREATE INDEX ix_organizations_updated_by ON organizations (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_organizations_own ON organizations (account_id) WHERE is_own;
comment on table public.organizations is 'A company the house deals with; exactly one per account is the house itself (`is_own`).';
comment on column public.organizations."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.organizations."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.organizations."name" is 'The name in use.';
comment on column public.organizations."name_sort" is 'Sort key of the name, kept by trigger.';
comment on column public.organizations."search_text" is 'Normalised names, domain and town for fragment search, kept by trigger.';
comment on column public.organizations."legal_name" is 'As registered, for contracts and invoices; NULL = the same as the name.';
comment on column public.organizations."kind" is 'What the company mainly is to the house; further parts it plays are rows of other tables.';
comment on column public.organizations."is_own" is 'Whether this is the house itself; one per account, never archived or merged away.';
comment on column public.organizations."parent_id" is '→ organizations: the group or holding it belongs to.';
comment on column public.organizations."owner_id" is '→ account_users: who keeps the relationship.';
comment on column public.organizations."domain" is 'Internet domain as written; the strongest sign that two rows are one company.';
comment on column public.organizations."domain_norm" is 'Domain in lower case without scheme, www and path, kept by trigger; empty where there is none.';
comment on column public.organizations."website" is 'Home page.';
comment on column public.organizations."email" is 'General address of the company; people''s own are in contact_emails.';
comment on column public.organizations."phone" is 'Switchboard, as written.';
comment on column public.organizations."phone_digits" is 'Digits of the phone number, kept by trigger.';
comment on column public.organizations."industry" is 'Free text; sponsor categories are kept by sponsors.';
comment on column public.organizations."size" is 'Headcount band.';
comment on column public.organizations."annual_revenue_minor" is 'Yearly turnover as far as known, in minor units of revenue_currency.';
comment on column public.organizations."revenue_currency" is 'ISO 4217.';
comment on column public.organizations."description" is 'What they do, in a paragraph.';
comment on column public.organizations."source" is 'Where the row came from: fair, referral, name of an import.';
comment on column public.organizations."language" is 'BCP 47: in which language to write to them.';
comment on column public.organizations."timezone" is 'IANA zone of their office.';
comment on column public.organizations."socials" is 'Handle by network, such as {"instagram": "…"}.';
comment on column public.organizations."do_not_contact" is 'No marketing and no calls to anybody there.';
comment on column public.organizations."billing_name" is 'Addressee of invoices where not the legal name.';
comment on column public.organizations."billing_email" is 'Where invoices go.';
comment on column public.organizations."billing_street" is 'Street of the invoice address; NULL = the postal address counts as a whole.';
comment on column public.organizations."billing_street2" is 'Second line of the invoice address.';
comment on column public.organizations."billing_city" is 'Town of the invoice address.';
comment on column public.organizations."billing_region" is 'State or province of the invoice address.';
comment on column public.organizations."billing_postal_code" is 'Postal code of the invoice address.';
comment on column public.organizations."billing_country" is 'ISO 3166-1 alpha-2; decides on tax.';
comment on column public.organizations."billing_reference" is 'Purchase order or cost centre they want printed on invoices.';
comment on column public.organizations."currency" is 'ISO 4217 they are invoiced in; NULL = the house''s.';
comment on column public.organizations."payment_terms_days" is 'Days from issue to due date; NULL = the house''s default.';
comment on column public.organizations."tax_id" is 'VAT or sales-tax number, as written.';
comment on column public.organizations."tax_id_checked_at" is 'When the number was last verified; NULL while unverified.';
comment on column public.organizations."registration_no" is 'Number in the trade register.';
comment on column public.organizations."bank_holder" is 'Encrypted name of the account holder; needs the bank permission.';
comment on column public.organizations."bank_iban" is 'Encrypted IBAN or account number with routing code; needs the bank permission.';
comment on column public.organizations."bank_bic" is 'Encrypted BIC; needs the bank permission.';
comment on column public.organizations."bank_hint" is 'Last four characters of the IBAN, to tell accounts apart without decrypting.';
comment on column public.organizations."bank_changed_at" is 'When the bank data last changed; a fresh change is confirmed before money goes out.';
comment on column public.organizations."logo_id" is '→ media_assets: their mark.';
comment on column public.organizations."merged_into_id" is '→ organizations: the row that took this one over; NULL unless merged.';
comment on column public.organizations."street" is 'Street and house number.';
comment on column public.organizations."street2" is 'Building, floor, care of.';
comment on column public.organizations."city" is 'Town, in the country''s own spelling.';
comment on column public.organizations."region" is 'State, province or canton, where the country writes one.';
comment on column public.organizations."postal_code" is 'As printed on an envelope of that country.';
comment on column public.organizations."country" is 'ISO 3166-1 alpha-2.';
comment on column public.organizations."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.organizations."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.organizations."created_at" is 'When the row was made.';
comment on column public.organizations."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.organizations."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.organizations."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.organizations."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.organizations."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE contacts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  full_name TEXT NOT NULL,
  salutation TEXT,
  first_name TEXT,
  last_name TEXT,
  nickname TEXT,
  name_sort TEXT DEFAULT '' NOT NULL,
  search_text TEXT DEFAULT '' NOT NULL,
  pronouns TEXT,
  organization_id BIGINT,
  job_title TEXT,
  department TEXT,
  reports_to_id BIGINT,
  owner_id BIGINT,
  lifecycle TEXT DEFAULT 'lead' NOT NULL,
  source TEXT,
  source_detail TEXT,
  guest_rank SMALLINT,
  language TEXT,
  timezone TEXT,
  birthday DATE,
  socials JSONB DEFAULT '{}'::jsonb NOT NULL,
  website TEXT,
  photo_id BIGINT,
  summary TEXT,
  marketing_consent TEXT DEFAULT 'unknown' NOT NULL,
  consent_basis TEXT,
  consent_at TIMESTAMP WITH TIME ZONE,
  consent_source TEXT,
  do_not_contact BOOLEAN DEFAULT false NOT NULL,
  do_not_contact_reason TEXT,
  merged_into_id BIGINT,
  erased_at TIMESTAMP WITH TIME ZONE,
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
  CONSTRAINT pk_contacts PRIMARY KEY (account_id, id),
  CONSTRAINT ck_contacts_not_merged_into_itself CHECK (merged_into_id <> id),
  CONSTRAINT ck_contacts_merged_is_archived CHECK (merged_into_id is null or archived_at is not null),
  CONSTRAINT ck_contacts_consent_has_basis_and_time CHECK (marketing_consent <> 'granted' or (consent_basis is not null and consent_at is not null)),
  CONSTRAINT ck_contacts_reason_only_where_not_contacted CHECK (do_not_contact or do_not_contact_reason is null),
  CONSTRAINT ck_contacts_not_their_own_manager CHECK (reports_to_id <> id),
  CONSTRAINT fk_contacts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_contacts_full_name CHECK (length(full_name) between 1 and 200),
  CONSTRAINT ck_contacts_first_name CHECK (length(first_name) between 1 and 200),
  CONSTRAINT ck_contacts_last_name CHECK (length(last_name) between 1 and 200),
  CONSTRAINT fk_contacts_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_contacts_reports_to_id FOREIGN KEY(account_id, reports_to_id) REFERENCES contacts (account_id, id) ON DELETE SET NULL (reports_to_id),
  CONSTRAINT fk_contacts_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_contacts_lifecycle CHECK (lifecycle in ('lead', 'prospect', 'customer', 'partner', 'guest', 'team', 'former')),
  CONSTRAINT ck_contacts_guest_rank CHECK (guest_rank between 1 and 9),
  CONSTRAINT ck_contacts_language CHECK (language ~ '^[a-z]{2,3}([-_][A-Za-z0-9]{2,8})*$'),
  CONSTRAINT ck_contacts_timezone CHECK (timezone <> ''),
  CONSTRAINT ck_contacts_socials CHECK (jsonb_typeof(socials) = 'object'),
  CONSTRAINT ck_contacts_website CHECK (website ~ '^https?://[^ ]+$' and length(website) <= 2000),
  CONSTRAINT ck_contacts_marketing_consent CHECK (marketing_consent in ('unknown', 'granted', 'withdrawn', 'refused')),
  CONSTRAINT ck_contacts_consent_basis CHECK (consent_basis in ('opt_in', 'double_opt_in', 'soft_opt_in', 'legitimate_interest', 'imported', 'in_person')),
  CONSTRAINT ck_contacts_do_not_contact_reason CHECK (length(do_not_contact_reason) between 1 and 300),
  CONSTRAINT fk_contacts_merged_into_id FOREIGN KEY(account_id, merged_into_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_contacts_country CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT ck_contacts_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_contacts_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_contacts_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.contacts enable row level security;
alter table public.contacts force row level security;
CREATE INDEX ix_contacts_archived ON contacts (account_id, archived_at desc) WHERE archived_at is not null;
CREATE INDEX ix_contacts_created_by ON contacts (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_contacts_custom ON contacts USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_contacts_live ON contacts (account_id, lifecycle, name_sort, id) WHERE archived_at is null and merged_into_id is null;
CREATE INDEX ix_contacts_merged_into_id ON contacts (account_id, merged_into_id) WHERE merged_into_id is not null;
CREATE INDEX ix_contacts_name ON contacts (account_id, name_sort, id);
CREATE INDEX ix_contacts_organization_name ON contacts (account_id, organization_id, name_sort, id);
CREATE INDEX ix_contacts_owner_name ON contacts (account_id, owner_id, name_sort, id);
CREATE INDEX ix_contacts_photo_id ON contacts (account_id, photo_id) WHERE photo_id is not null;
CREATE INDEX ix_contacts_recent ON contacts (account_id, created_at desc, id desc);
CREATE INDEX ix_contacts_reports_to_id ON contacts (account_id, reports_to_id) WHERE reports_to_id is not null;
CREATE INDEX ix_contacts_search_text_trgm ON contacts USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_contacts_tags ON contacts USING gin (account_id, tags);
CREATE INDEX ix_contacts_updated_by ON contacts (account_id, updated_by) WHERE updated_by is not null;
comment on table public.contacts is 'A person: the one identity of guests, partners, models and members of the house alike.';
comment on column public.contacts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.contacts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.contacts."full_name" is 'The person''s name in the order they use; composed from the parts where only those are known.';
comment on column public.contacts."salutation" is 'Title or form of address before the name.';
comment on column public.contacts."first_name" is 'Given names; NULL where unknown or where there is one name only.';
comment on column public.contacts."last_name" is 'Family name; lists sort by it.';
comment on column public.contacts."nickname" is 'What they are called, stage name.';
comment on column public.contacts."name_sort" is 'Sort key: family name first, kept by trigger.';
comment on column public.contacts."search_text" is 'Normalised names and title for fragment search, kept by trigger; addresses are searched in their tables.';
comment on column public.contacts."pronouns" is 'As the person gave them.';
comment on column public.contacts."organization_id" is '→ organizations: where they work now.';
comment on column public.contacts."job_title" is 'What they do there.';
comment on column public.contacts."department" is 'In which part of the company.';
comment on column public.contacts."reports_to_id" is '→ contacts: manager, agent or whoever decides for them.';
comment on column public.contacts."owner_id" is '→ account_users: who keeps the relationship.';
comment on column public.contacts."lifecycle" is 'How near they are to the house.';
comment on column public.contacts."source" is 'Where the row came from: form, fair, referral, name of an import.';
comment on column public.contacts."source_detail" is 'Which form, fair or referrer.';
comment on column public.contacts."guest_rank" is 'Protocol rank for seating, 1 highest; NULL = none.';
comment on column public.contacts."language" is 'BCP 47: in which language to write to them; NULL = the house''s.';
comment on column public.contacts."timezone" is 'IANA zone they live in.';
comment on column public.contacts."birthday" is 'Date of birth, where needed (minors, models).';
comment on column public.contacts."socials" is 'Handle by network, such as {"instagram": "…"}.';
comment on column public.contacts."website" is 'Own page or portfolio.';
comment on column public.contacts."photo_id" is '→ media_assets: portrait, for the door and the seat plan.';
comment on column public.contacts."summary" is 'What to know before meeting them, in a few lines; the history is in notes.';
comment on column public.contacts."marketing_consent" is 'Marketing is sent on an explicit yes only.';
comment on column public.contacts."consent_basis" is 'What the permission rests on.';
comment on column public.contacts."consent_at" is 'When it was given, refused or withdrawn.';
comment on column public.contacts."consent_source" is 'Proof: form, page or conversation it came from.';
comment on column public.contacts."do_not_contact" is 'No marketing and no calls, whatever the consent says; tickets and invoices still go out.';
comment on column public.contacts."do_not_contact_reason" is 'What it was set by, where no person set it: an unsubscribe link, a spam report, mail that came back.';
comment on column public.contacts."merged_into_id" is '→ contacts: the row that took this one over; NULL unless merged.';
comment on column public.contacts."erased_at" is 'When the person was made unrecognisable on request or by retention; NULL while known.';
comment on column public.contacts."street" is 'Street and house number.';
comment on column public.contacts."street2" is 'Building, floor, care of.';
comment on column public.contacts."city" is 'Town, in the country''s own spelling.';
comment on column public.contacts."region" is 'State, province or canton, where the country writes one.';
comment on column public.contacts."postal_code" is 'As printed on an envelope of that country.';
comment on column public.contacts."country" is 'ISO 3166-1 alpha-2.';
comment on column public.contacts."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.contacts."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.contacts."created_at" is 'When the row was made.';
comment on column public.contacts."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.contacts."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.contacts."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.contacts."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.contacts."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE contact_emails (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  contact_id BIGINT NOT NULL,
  email TEXT NOT NULL,
  email_norm TEXT DEFAULT '' NOT NULL,
  kind TEXT DEFAULT 'work' NOT NULL,
  is_primary BOOLEAN DEFAULT false NOT NULL,
  confirmed_at TIMESTAMP WITH TIME ZONE,
  bounced_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_contact_emails PRIMARY KEY (account_id, id),
  CONSTRAINT uq_contact_emails_account_id_contact_id_email_norm UNIQUE (account_id, contact_id, email_norm),
  CONSTRAINT fk_contact_emails_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_contact_emails_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_contact_emails_email CHECK (email ~ '^[^@ ]+@[^@ ]+$' and length(email) <= 320),
  CONSTRAINT ck_contact_emails_kind CHECK (kind in ('work', 'personal', 'assistant', 'billing', 'other'))
);
alter table public.contact_emails enable row level security;
alter table public.contact_emails force row level security;
CREATE INDEX ix_contact_emails_email_norm ON contact_emails (account_id, email_norm text_pattern_ops);
CREATE INDEX ix_contact_emails_email_norm_trgm ON contact_emails USING gin (account_id, email_norm extensions.gin_trgm_ops);
CREATE UNIQUE INDEX uq_contact_emails_primary ON contact_emails (account_id, contact_id) WHERE is_primary;
comment on table public.contact_emails is 'An e-mail address of a person; two people may share one (couples, press offices, imports).';
comment on column public.contact_emails."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.contact_emails."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.contact_emails."contact_id" is '→ contacts: whose address.';
comment on column public.contact_emails."email" is 'As written.';
comment on column public.contact_emails."email_norm" is 'Normalised form, kept by trigger; imports and sign-ups match on it.';
comment on column public.contact_emails."kind" is 'Where it reaches the person.';
comment on column public.contact_emails."is_primary" is 'The one messages go to; at most one per person.';
comment on column public.contact_emails."confirmed_at" is 'When the person proved it by a link; NULL while unproved.';
comment on column public.contact_emails."bounced_at" is 'When mail to it last came back for good; NULL while it works.';
comment on column public.contact_emails."created_at" is 'When the row was made.';
comment on column public.contact_emails."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE contact_phones (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  contact_id BIGINT NOT NULL,
  number TEXT NOT NULL,
  e164 TEXT,
  digits TEXT DEFAULT '' NOT NULL,
  extension TEXT,
  kind TEXT DEFAULT 'mobile' NOT NULL,
  is_primary BOOLEAN DEFAULT false NOT NULL,
  accepts_sms BOOLEAN DEFAULT true NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_contact_phones PRIMARY KEY (account_id, id),
  CONSTRAINT uq_contact_phones_account_id_contact_id_digits UNIQUE (account_id, contact_id, digits),
  CONSTRAINT fk_contact_phones_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_contact_phones_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_contact_phones_number CHECK (length(number) between 1 and 50),
  CONSTRAINT ck_contact_phones_e164 CHECK (e164 ~ '^[+][1-9][0-9]{4,14}$'),
  CONSTRAINT ck_contact_phones_kind CHECK (kind in ('mobile', 'work', 'home', 'assistant', 'other'))
);
alter table public.contact_phones enable row level security;
alter table public.contact_phones force row level security;
CREATE INDEX ix_contact_phones_digits ON contact_phones (account_id, digits text_pattern_ops);
CREATE INDEX ix_contact_phones_digits_trgm ON contact_phones USING gin (account_id, digits extensions.gin_trgm_ops);
CREATE UNIQUE INDEX uq_contact_phones_primary ON contact_phones (account_id, contact_id) WHERE is_primary;
comment on table public.contact_phones is 'A phone number of a person.';
comment on column public.contact_phones."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.contact_phones."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.contact_phones."contact_id" is '→ contacts: whose number.';
comment on column public.contact_phones."number" is 'As written.';
comment on column public.contact_phones."e164" is 'International form; NULL where the number could not be read.';
comment on column public.contact_phones."digits" is 'Digits only, of the international form where known; kept by trigger.';
comment on column public.contact_phones."extension" is 'Extension to dial after the number.';
comment on column public.contact_phones."kind" is 'Where it reaches the person.';
comment on column public.contact_phones."is_primary" is 'The one to call; at most one per person.';
comment on column public.contact_phones."accepts_sms" is 'Whether text messages may go to it.';
comment on column public.contact_phones."created_at" is 'When the row was made.';
comment on column public.contact_phones."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE my_organization_metadata (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  organization_id BIGINT NOT NULL,
  own BOOLEAN GENERATED ALWAYS AS (true) STORED NOT NULL,
  legal_name TEXT NOT NULL,
  trading_name TEXT,
  legal_form TEXT,
  registration_no TEXT,
  registration_office TEXT,
  tax_id TEXT,
  vat_id TEXT,
  vat_registered BOOLEAN DEFAULT true NOT NULL,
  default_tax_ppm INTEGER DEFAULT 0 NOT NULL,
  represented_by TEXT,
  phone TEXT,
  support_email TEXT,
  website TEXT,
  sender_name TEXT,
  sender_email TEXT,
  reply_to_email TEXT,
  email_signature TEXT,
  privacy_contact TEXT,
  imprint_url TEXT,
  terms_url TEXT,
  privacy_url TEXT,
  default_terms TEXT,
  payment_terms_days INTEGER DEFAULT 30 NOT NULL,
  invoice_footer TEXT,
  brand_kit JSONB DEFAULT '{}'::jsonb NOT NULL,
  primary_colour TEXT,
  accent_colour TEXT,
  logo_id BIGINT,
  logo_dark_id BIGINT,
  socials JSONB DEFAULT '{}'::jsonb NOT NULL,
  season_calendar JSONB DEFAULT '[]'::jsonb NOT NULL,
  street TEXT,
  street2 TEXT,
  city TEXT,
  region TEXT,
  postal_code TEXT,
  country CHAR(2),
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_my_organization_metadata PRIMARY KEY (account_id, id),
  CONSTRAINT uq_my_organization_metadata_account_id UNIQUE (account_id),
  CONSTRAINT fk_my_organization_metadata_own FOREIGN KEY(account_id, organization_id, own) REFERENCES organizations (account_id, id, is_own),
  CONSTRAINT fk_my_organization_metadata_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_my_organization_metadata_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_my_organization_metadata_legal_name CHECK (length(legal_name) between 1 and 200),
  CONSTRAINT ck_my_organization_metadata_default_tax_ppm CHECK (default_tax_ppm between 0 and 1000000),
  CONSTRAINT ck_my_organization_metadata_support_email CHECK (support_email ~ '^[^@ ]+@[^@ ]+$' and length(support_email) <= 320),
  CONSTRAINT ck_my_organization_metadata_website CHECK (website ~ '^https?://[^ ]+$' and length(website) <= 2000),
  CONSTRAINT ck_my_organization_metadata_sender_email CHECK (sender_email ~ '^[^@ ]+@[^@ ]+$' and length(sender_email) <= 320),
  CONSTRAINT ck_my_organization_metadata_reply_to_email CHECK (reply_to_email ~ '^[^@ ]+@[^@ ]+$' and length(reply_to_email) <= 320),
  CONSTRAINT ck_my_organization_metadata_imprint_url CHECK (imprint_url ~ '^https?://[^ ]+$' and length(imprint_url) <= 2000),
  CONSTRAINT ck_my_organization_metadata_terms_url CHECK (terms_url ~ '^https?://[^ ]+$' and length(terms_url) <= 2000),
  CONSTRAINT ck_my_organization_metadata_privacy_url CHECK (privacy_url ~ '^https?://[^ ]+$' and length(privacy_url) <= 2000),
  CONSTRAINT ck_my_organization_metadata_payment_terms_days CHECK (payment_terms_days >= 0),
  CONSTRAINT ck_my_organization_metadata_brand_kit CHECK (jsonb_typeof(brand_kit) = 'object'),
  CONSTRAINT ck_my_organization_metadata_primary_colour CHECK (primary_colour ~ '^#[0-9a-f]{6}$'),
  CONSTRAINT ck_my_organization_metadata_accent_colour CHECK (accent_colour ~ '^#[0-9a-f]{6}$'),
  CONSTRAINT ck_my_organization_metadata_socials CHECK (jsonb_typeof(socials) = 'object'),
  CONSTRAINT ck_my_organization_metadata_season_calendar CHECK (jsonb_typeof(season_calendar) = 'array'),
  CONSTRAINT ck_my_organization_metadata_country CHECK (country ~ '^[A-Z]{2}$'),
  CONSTRAINT fk_my_organization_metadata_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_my_organization_metadata_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.my_organization_metadata enable row level security;
alter table public.my_organization_metadata force row level security;
CREATE INDEX ix_my_organization_metadata_created_by ON my_organization_metadata (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_my_organization_metadata_logo_dark_id ON my_organization_metadata (account_id, logo_dark_id) WHERE logo_dark_id is not null;
CREATE INDEX ix_my_organization_metadata_logo_id ON my_organization_metadata (account_id, logo_id) WHERE logo_id is not null;
CREATE INDEX ix_my_organization_metadata_own ON my_organization_metadata (account_id, organization_id, own);
CREATE INDEX ix_my_organization_metadata_updated_by ON my_organization_metadata (account_id, updated_by) WHERE updated_by is not null;
comment on table public.my_organization_metadata is 'What the house says of itself on tickets, invoices, contracts and mails; one row per account.';
comment on column public.my_organization_metadata."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.my_organization_metadata."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.my_organization_metadata."organization_id" is '→ organizations: the own one.';
comment on column public.my_organization_metadata."own" is 'Always true; ties organization_id to the row with is_own.';
comment on column public.my_organization_metadata."legal_name" is 'As registered; stands on invoices and contracts.';
comment on column public.my_organization_metadata."trading_name" is 'Name guests know; NULL = the legal one.';
comment on column public.my_organization_metadata."legal_form" is 'SARL, GmbH, Ltd, association …';
comment on column public.my_organization_metadata."registration_no" is 'Number in the trade register.';
comment on column public.my_organization_metadata."registration_office" is 'Court or register that keeps it.';
comment on column public.my_organization_metadata."tax_id" is 'Domestic tax number.';
comment on column public.my_organization_metadata."vat_id" is 'VAT number; printed on invoices.';
comment on column public.my_organization_metadata."vat_registered" is 'Whether the house charges VAT at all.';
comment on column public.my_organization_metadata."default_tax_ppm" is 'Tax rate offered first, in parts per million: 200000 = 20 %.';
comment on column public.my_organization_metadata."represented_by" is 'Who signs for the house, as printed.';
comment on column public.my_organization_metadata."phone" is 'For guests and partners.';
comment on column public.my_organization_metadata."support_email" is 'Where guests write to.';
comment on column public.my_organization_metadata."website" is 'Home page.';
comment on column public.my_organization_metadata."sender_name" is 'Name in the From line of mails.';
comment on column public.my_organization_metadata."sender_email" is 'Address in the From line of mails.';
comment on column public.my_organization_metadata."reply_to_email" is 'Where answers go; NULL = to the sender.';
comment on column public.my_organization_metadata."email_signature" is 'Plain text under every mail.';
comment on column public.my_organization_metadata."privacy_contact" is 'Data protection officer or whoever answers privacy requests.';
comment on column public.my_organization_metadata."imprint_url" is 'Legal notice.';
comment on column public.my_organization_metadata."terms_url" is 'Terms of sale for guests.';
comment on column public.my_organization_metadata."privacy_url" is 'Privacy notice.';
comment on column public.my_organization_metadata."default_terms" is 'Terms printed under offers and contracts, plain text.';
comment on column public.my_organization_metadata."payment_terms_days" is 'Days from issue to due date where the buyer has none.';
comment on column public.my_organization_metadata."invoice_footer" is 'Lines at the foot of invoices: bank, register, managing director.';
comment on column public.my_organization_metadata."brand_kit" is 'Fonts, further colours and tone by key, for documents and public pages.';
comment on column public.my_organization_metadata."primary_colour" is 'Main colour of tickets, mails and documents.';
comment on column public.my_organization_metadata."accent_colour" is 'Second colour.';
comment on column public.my_organization_metadata."logo_id" is '→ media_assets: mark on light ground.';
comment on column public.my_organization_metadata."logo_dark_id" is '→ media_assets: mark on dark ground; NULL = the light one.';
comment on column public.my_organization_metadata."socials" is 'Handle by network.';
comment on column public.my_organization_metadata."season_calendar" is 'Seasons as objects with code, name, starts_on and ends_on; events and reports pick from them.';
comment on column public.my_organization_metadata."street" is 'Street and house number.';
comment on column public.my_organization_metadata."street2" is 'Building, floor, care of.';
comment on column public.my_organization_metadata."city" is 'Town, in the country''s own spelling.';
comment on column public.my_organization_metadata."region" is 'State, province or canton, where the country writes one.';
comment on column public.my_organization_metadata."postal_code" is 'As printed on an envelope of that country.';
comment on column public.my_organization_metadata."country" is 'ISO 3166-1 alpha-2.';
comment on column public.my_organization_metadata."created_at" is 'When the row was made.';
comment on column public.my_organization_metadata."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.my_organization_metadata."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.my_organization_metadata."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.my_organization_metadata."version" is 'Raised by every update; an edit names the version it saw.';
"""

DOWNGRADE = r"""
drop table public.my_organization_metadata;
drop table public.contact_phones;
drop table public.contact_emails;
drop table public.contacts;
drop table public.organizations;
drop table public.merges;
drop table public.duplicate_dismissals;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("my_organization_metadata")
    ops.sync_drop("contact_phones")
    ops.sync_drop("contact_emails")
    ops.sync_drop("contacts")
    ops.sync_drop("organizations")
    ops.sync_drop("merges")
    ops.sync_drop("duplicate_dismissals")
    ops.run(DOWNGRADE)
