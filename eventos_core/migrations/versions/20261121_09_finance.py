"""Tables of finance. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_09_finance"
down_revision = "20261121_08_marketing"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE bank_statements (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  asset_id BIGINT,
  format TEXT NOT NULL,
  checksum BYTEA NOT NULL,
  bank_account TEXT NOT NULL,
  reference TEXT,
  from_on DATE NOT NULL,
  to_on DATE NOT NULL,
  opening_minor BIGINT,
  closing_minor BIGINT,
  currency CHAR(3) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_bank_statements PRIMARY KEY (account_id, id),
  CONSTRAINT uq_bank_statements_checksum UNIQUE (account_id, checksum),
  CONSTRAINT ck_bank_statements_from_before_to CHECK (from_on <= to_on),
  CONSTRAINT fk_bank_statements_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_bank_statements_format CHECK (format in ('camt053', 'mt940', 'csv')),
  CONSTRAINT ck_bank_statements_checksum CHECK (octet_length(checksum) = 32),
  CONSTRAINT ck_bank_statements_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_bank_statements_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_bank_statements_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.bank_statements enable row level security;
alter table public.bank_statements force row level security;
CREATE INDEX ix_bank_statements_asset_id ON bank_statements (account_id, asset_id) WHERE asset_id is not null;
CREATE INDEX ix_bank_statements_created_by ON bank_statements (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_bank_statements_list ON bank_statements (account_id, to_on, id);
CREATE INDEX ix_bank_statements_updated_by ON bank_statements (account_id, updated_by) WHERE updated_by is not null;
comment on table public.bank_statements is 'An imported bank statement.';
comment on column public.bank_statements."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.bank_statements."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.bank_statements."asset_id" is '→ media_assets: the file.';
comment on column public.bank_statements."format" is 'In what form it came.';
comment on column public.bank_statements."checksum" is 'SHA-256 of the file; the same file is imported once.';
comment on column public.bank_statements."bank_account" is 'Which account of the house, as its last four characters.';
comment on column public.bank_statements."reference" is 'The bank''s number of the statement.';
comment on column public.bank_statements."from_on" is 'First day.';
comment on column public.bank_statements."to_on" is 'Last day.';
comment on column public.bank_statements."opening_minor" is 'Balance before; NULL = the file does not say.';
comment on column public.bank_statements."closing_minor" is 'Balance after; NULL = the file does not say.';
comment on column public.bank_statements."currency" is 'Currency of the account.';
comment on column public.bank_statements."created_at" is 'When the row was made.';
comment on column public.bank_statements."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.bank_statements."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.bank_statements."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.bank_statements."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE invoice_series (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  kind TEXT DEFAULT 'invoice' NOT NULL,
  prefix TEXT NOT NULL,
  digits BIGINT DEFAULT 5 NOT NULL,
  next_number INTEGER DEFAULT 1 NOT NULL,
  is_default BOOLEAN DEFAULT false NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_invoice_series PRIMARY KEY (account_id, id),
  CONSTRAINT uq_invoice_series_prefix UNIQUE (account_id, prefix),
  CONSTRAINT uq_invoice_series_kind_key UNIQUE (account_id, id, kind),
  CONSTRAINT ck_invoice_series_prefix_form CHECK (prefix ~ '^[A-Z0-9/-]{0,20}$'),
  CONSTRAINT ck_invoice_series_digits CHECK (digits between 1 and 12),
  CONSTRAINT ck_invoice_series_default_in_use CHECK (not is_default or archived_at is null),
  CONSTRAINT fk_invoice_series_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_invoice_series_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_invoice_series_kind CHECK (kind in ('invoice', 'credit_note')),
  CONSTRAINT ck_invoice_series_next_number CHECK (next_number > 0),
  CONSTRAINT fk_invoice_series_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoice_series_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.invoice_series enable row level security;
alter table public.invoice_series force row level security;
CREATE INDEX ix_invoice_series_created_by ON invoice_series (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_invoice_series_updated_by ON invoice_series (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_invoice_series_default ON invoice_series (account_id, kind) WHERE is_default;
comment on table public.invoice_series is 'A run of document numbers without gaps; the row is locked while a number is taken.';
comment on column public.invoice_series."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.invoice_series."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.invoice_series."name" is 'As people choose it.';
comment on column public.invoice_series."kind" is 'Which documents it numbers.';
comment on column public.invoice_series."prefix" is 'Put before the number (“2027-”); unique in the house, so that no two documents read the same.';
comment on column public.invoice_series."digits" is 'The number is filled with zeros to so many digits.';
comment on column public.invoice_series."next_number" is 'Number of the next document. Changed under the row lock only, never lowered.';
comment on column public.invoice_series."is_default" is 'Used where nothing else is said; one per kind.';
comment on column public.invoice_series."created_at" is 'When the row was made.';
comment on column public.invoice_series."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.invoice_series."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.invoice_series."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.invoice_series."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.invoice_series."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE invoices (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  series_id BIGINT NOT NULL,
  number BIGINT,
  number_text TEXT,
  kind TEXT DEFAULT 'invoice' NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  corrects_id BIGINT,
  organization_id BIGINT,
  contact_id BIGINT,
  event_id BIGINT,
  event_sponsor_id BIGINT,
  order_id BIGINT,
  buyer_name TEXT DEFAULT '' NOT NULL,
  buyer_email TEXT,
  buyer_address JSONB DEFAULT '{}'::jsonb NOT NULL,
  buyer_tax_id TEXT,
  seller JSONB DEFAULT '{}'::jsonb NOT NULL,
  purchase_order TEXT,
  issue_on DATE,
  due_on DATE,
  supplied_from_on DATE,
  supplied_to_on DATE,
  net_minor BIGINT DEFAULT 0 NOT NULL,
  tax_minor BIGINT DEFAULT 0 NOT NULL,
  total_minor BIGINT GENERATED ALWAYS AS (net_minor + tax_minor) STORED NOT NULL,
  tax_lines JSONB DEFAULT '[]'::jsonb NOT NULL,
  reverse_charge BOOLEAN DEFAULT false NOT NULL,
  paid_minor BIGINT DEFAULT 0 NOT NULL,
  credited_minor BIGINT DEFAULT 0 NOT NULL,
  open_minor BIGINT GENERATED ALWAYS AS (net_minor + tax_minor - paid_minor - credited_minor) STORED NOT NULL,
  currency CHAR(3) NOT NULL,
  rate_to_base_e12 BIGINT,
  payment_terms TEXT,
  intro TEXT,
  footer TEXT,
  document_asset_id BIGINT,
  issued_at TIMESTAMP WITH TIME ZONE,
  issued_by_id BIGINT,
  sent_at TIMESTAMP WITH TIME ZONE,
  reminders INTEGER DEFAULT 0 NOT NULL,
  last_reminded_at TIMESTAMP WITH TIME ZONE,
  paid_at TIMESTAMP WITH TIME ZONE,
  voided_at TIMESTAMP WITH TIME ZONE,
  void_reason TEXT,
  internal_note TEXT,
  search_text TEXT DEFAULT '' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_invoices PRIMARY KEY (account_id, id),
  CONSTRAINT uq_invoices_number UNIQUE (account_id, series_id, number),
  CONSTRAINT uq_invoices_number_text UNIQUE (account_id, number_text),
  CONSTRAINT fk_invoices_series_kind FOREIGN KEY(account_id, series_id, kind) REFERENCES invoice_series (account_id, id, kind),
  CONSTRAINT ck_invoices_number_positive CHECK (number > 0),
  CONSTRAINT ck_invoices_issued_has_number CHECK ((status = 'draft') = (number is null)),
  CONSTRAINT ck_invoices_number_is_written CHECK ((number is null) = (number_text is null)),
  CONSTRAINT ck_invoices_issued_has_day CHECK (status = 'draft' or num_nonnulls(issue_on, issued_at) = 2),
  CONSTRAINT ck_invoices_issued_has_due_day CHECK (status = 'draft' or kind = 'credit_note' or due_on is not null),
  CONSTRAINT ck_invoices_due_after_issue CHECK (issue_on <= due_on),
  CONSTRAINT ck_invoices_credit_note_corrects CHECK (kind = 'invoice' or corrects_id is not null),
  CONSTRAINT ck_invoices_only_credit_note_corrects CHECK (kind = 'credit_note' or corrects_id is null),
  CONSTRAINT ck_invoices_issued_has_buyer CHECK (status = 'draft' or num_nonnulls(organization_id, contact_id) >= 1),
  CONSTRAINT ck_invoices_issued_names_buyer CHECK (status = 'draft' or length(buyer_name) > 0),
  CONSTRAINT ck_invoices_sponsor_or_order CHECK (num_nonnulls(event_sponsor_id, order_id) <= 1),
  CONSTRAINT ck_invoices_sponsor_and_order_have_event CHECK (event_id is not null or num_nonnulls(event_sponsor_id, order_id) = 0),
  CONSTRAINT ck_invoices_amounts_not_negative CHECK (net_minor >= 0 and tax_minor >= 0),
  CONSTRAINT ck_invoices_settled_not_negative CHECK (paid_minor >= 0 and credited_minor >= 0),
  CONSTRAINT ck_invoices_settled_within_total CHECK (paid_minor + credited_minor <= net_minor + tax_minor),
  CONSTRAINT ck_invoices_void_has_time CHECK ((status = 'void') = (voided_at is not null)),
  CONSTRAINT ck_invoices_paid_has_time CHECK (status <> 'paid' or paid_at is not null),
  CONSTRAINT fk_invoices_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_invoices_series_id FOREIGN KEY(account_id, series_id) REFERENCES invoice_series (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_invoices_kind CHECK (kind in ('invoice', 'credit_note')),
  CONSTRAINT ck_invoices_status CHECK (status in ('draft', 'issued', 'paid', 'overdue', 'void')),
  CONSTRAINT fk_invoices_corrects_id FOREIGN KEY(account_id, corrects_id) REFERENCES invoices (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoices_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoices_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoices_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoices_event_sponsor_id FOREIGN KEY(account_id, event_id, event_sponsor_id) REFERENCES event_sponsors (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoices_order_id FOREIGN KEY(account_id, event_id, order_id) REFERENCES orders (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_invoices_buyer_email CHECK (buyer_email ~ '^[^@ ]+@[^@ ]+$' and length(buyer_email) <= 320),
  CONSTRAINT ck_invoices_buyer_address CHECK (jsonb_typeof(buyer_address) = 'object'),
  CONSTRAINT ck_invoices_seller CHECK (jsonb_typeof(seller) = 'object'),
  CONSTRAINT ck_invoices_tax_lines CHECK (jsonb_typeof(tax_lines) = 'array'),
  CONSTRAINT ck_invoices_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_invoices_rate_to_base_e12 CHECK (rate_to_base_e12 > 0),
  CONSTRAINT fk_invoices_issued_by_id FOREIGN KEY(account_id, issued_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_invoices_reminders CHECK (reminders >= 0),
  CONSTRAINT fk_invoices_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoices_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.invoices enable row level security;
alter table public.invoices force row level security;
CREATE INDEX ix_invoices_contact_id ON invoices (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_invoices_corrects_id ON invoices (account_id, corrects_id) WHERE corrects_id is not null;
CREATE INDEX ix_invoices_created_by ON invoices (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_invoices_document_asset_id ON invoices (account_id, document_asset_id) WHERE document_asset_id is not null;
CREATE INDEX ix_invoices_event_id ON invoices (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_invoices_event_sponsor_id ON invoices (account_id, event_id, event_sponsor_id) WHERE event_sponsor_id is not null;
CREATE INDEX ix_invoices_issued_by_id ON invoices (account_id, issued_by_id) WHERE issued_by_id is not null;
CREATE INDEX ix_invoices_list ON invoices (account_id, status, issue_on, id);
CREATE INDEX ix_invoices_open ON invoices (account_id, due_on) WHERE status in ('issued', 'overdue');
CREATE INDEX ix_invoices_order_id ON invoices (account_id, event_id, order_id) WHERE order_id is not null;
CREATE INDEX ix_invoices_organization_id ON invoices (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_invoices_search_text_trgm ON invoices USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_invoices_series_id ON invoices (account_id, series_id, kind);
CREATE INDEX ix_invoices_updated_by ON invoices (account_id, updated_by) WHERE updated_by is not null;
comment on table public.invoices is 'A demand for money, or a credit note that takes one back; once issued it never changes but in status.';
comment on column public.invoices."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.invoices."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.invoices."series_id" is '→ invoice_series';
comment on column public.invoices."number" is 'Taken from the series when issued; NULL while draft.';
comment on column public.invoices."number_text" is 'Prefix and number as printed, frozen when issued; unique in the house.';
comment on column public.invoices."kind" is 'The series'' kind.';
comment on column public.invoices."status" is 'draft → issued → paid / overdue / void; overdue → paid / void. A job marks overdue.';
comment on column public.invoices."corrects_id" is '→ invoices: the invoice a credit note takes back.';
comment on column public.invoices."organization_id" is '→ organizations: the buying company.';
comment on column public.invoices."contact_id" is '→ contacts: the buying person, or whom at the company to ask.';
comment on column public.invoices."event_id" is '→ events: whose revenue it is; NULL = none in particular.';
comment on column public.invoices."event_sponsor_id" is '→ event_sponsors: the contract it bills.';
comment on column public.invoices."order_id" is '→ orders: the order it bills.';
comment on column public.invoices."buyer_name" is 'Buyer as printed, frozen when issued.';
comment on column public.invoices."buyer_email" is 'Where it is sent.';
comment on column public.invoices."buyer_address" is 'Address as printed, frozen when issued.';
comment on column public.invoices."buyer_tax_id" is 'Buyer''s tax number as printed.';
comment on column public.invoices."seller" is 'The house as printed (legal name, address, tax ids, bank), frozen when issued.';
comment on column public.invoices."purchase_order" is 'Buyer''s order number as printed.';
comment on column public.invoices."issue_on" is 'Day of issue, in the house''s zone; the business date of its ledger entries.';
comment on column public.invoices."due_on" is 'Day by which it is to be paid.';
comment on column public.invoices."supplied_from_on" is 'First day of the service billed.';
comment on column public.invoices."supplied_to_on" is 'Last day of the service billed.';
comment on column public.invoices."net_minor" is 'Sum of the lines without tax.';
comment on column public.invoices."tax_minor" is 'Sum of the tax lines.';
comment on column public.invoices."total_minor" is 'What is to be paid; generated.';
comment on column public.invoices."tax_lines" is '[{rate_ppm, net_minor, tax_minor, note}] per rate, frozen when issued; sums to net and tax.';
comment on column public.invoices."reverse_charge" is 'Whether the buyer owes the tax; printed as a note, no tax added.';
comment on column public.invoices."paid_minor" is 'Confirmed payments allocated to it. Changed under the row lock only.';
comment on column public.invoices."credited_minor" is 'Taken back by issued credit notes. Changed under the row lock only.';
comment on column public.invoices."open_minor" is 'Still to be paid; generated.';
comment on column public.invoices."currency" is 'Currency of all amounts.';
comment on column public.invoices."rate_to_base_e12" is 'Exchange rate to the base currency frozen when issued, times 10^12.';
comment on column public.invoices."payment_terms" is 'As printed.';
comment on column public.invoices."intro" is 'Text before the lines.';
comment on column public.invoices."footer" is 'Text after the lines.';
comment on column public.invoices."document_asset_id" is '→ media_assets: the document as sent.';
comment on column public.invoices."issued_at" is 'When it was issued.';
comment on column public.invoices."issued_by_id" is '→ account_users: who issued it; NULL for a job.';
comment on column public.invoices."sent_at" is 'When it was last sent.';
comment on column public.invoices."reminders" is 'Reminders sent.';
comment on column public.invoices."last_reminded_at" is 'When the last reminder was sent.';
comment on column public.invoices."paid_at" is 'When nothing was open any more.';
comment on column public.invoices."voided_at" is 'When it was voided; the number stays taken.';
comment on column public.invoices."void_reason" is 'Why.';
comment on column public.invoices."internal_note" is 'For the house only.';
comment on column public.invoices."search_text" is 'Number, buyer and purchase order, normalised. Kept by trigger.';
comment on column public.invoices."created_at" is 'When the row was made.';
comment on column public.invoices."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.invoices."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.invoices."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.invoices."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE invoice_lines (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  invoice_id BIGINT NOT NULL,
  order_item_id BIGINT,
  instalment_id BIGINT,
  position INTEGER DEFAULT 0 NOT NULL,
  description TEXT NOT NULL,
  quantity INTEGER DEFAULT 1 NOT NULL,
  unit TEXT,
  unit_price_minor BIGINT NOT NULL,
  discount_minor BIGINT DEFAULT 0 NOT NULL,
  net_minor BIGINT GENERATED ALWAYS AS (quantity * unit_price_minor - discount_minor) STORED NOT NULL,
  tax_rate_ppm INTEGER DEFAULT 0 NOT NULL,
  tax_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  CONSTRAINT pk_invoice_lines PRIMARY KEY (account_id, id),
  CONSTRAINT uq_invoice_lines_position UNIQUE (account_id, invoice_id, position) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT ck_invoice_lines_discount_not_negative CHECK (discount_minor >= 0),
  CONSTRAINT ck_invoice_lines_description_length CHECK (length(description) between 1 and 2000),
  CONSTRAINT fk_invoice_lines_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_invoice_lines_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_invoice_lines_order_item_id FOREIGN KEY(account_id, order_item_id) REFERENCES order_items (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_invoice_lines_instalment_id FOREIGN KEY(account_id, instalment_id) REFERENCES event_sponsor_instalments (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_invoice_lines_position CHECK (position >= 0),
  CONSTRAINT ck_invoice_lines_quantity CHECK (quantity > 0),
  CONSTRAINT ck_invoice_lines_tax_rate_ppm CHECK (tax_rate_ppm between 0 and 1000000),
  CONSTRAINT ck_invoice_lines_currency CHECK (currency ~ '^[A-Z]{3}$')
);
alter table public.invoice_lines enable row level security;
alter table public.invoice_lines force row level security;
CREATE INDEX ix_invoice_lines_instalment_id ON invoice_lines (account_id, instalment_id) WHERE instalment_id is not null;
CREATE INDEX ix_invoice_lines_order_item_id ON invoice_lines (account_id, order_item_id) WHERE order_item_id is not null;
comment on table public.invoice_lines is 'One line of an invoice; frozen with it.';
comment on column public.invoice_lines."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.invoice_lines."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.invoice_lines."invoice_id" is '→ invoices';
comment on column public.invoice_lines."order_item_id" is '→ order_items: the order line it bills.';
comment on column public.invoice_lines."instalment_id" is '→ event_sponsor_instalments: the part of a sponsor''s fee it bills.';
comment on column public.invoice_lines."position" is 'Order, from 0.';
comment on column public.invoice_lines."description" is 'As printed.';
comment on column public.invoice_lines."quantity" is 'Whole units.';
comment on column public.invoice_lines."unit" is 'Word for one unit, as printed.';
comment on column public.invoice_lines."unit_price_minor" is 'Price of one without tax; negative on a line that takes off.';
comment on column public.invoice_lines."discount_minor" is 'Taken off the whole line, without tax.';
comment on column public.invoice_lines."net_minor" is 'Line without tax; generated.';
comment on column public.invoice_lines."tax_rate_ppm" is 'Tax rate in parts per million of net.';
comment on column public.invoice_lines."tax_minor" is 'The line''s share of its rate''s tax, so that lines sum to the invoice to the cent.';
comment on column public.invoice_lines."currency" is 'The invoice''s.';
comment on column public.invoice_lines."created_at" is 'When the row was made.';
comment on column public.invoice_lines."updated_at" is 'When the row last changed; kept by trigger.';

CREATE TABLE ledger_entries (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  amount_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  rate_to_base_e12 BIGINT,
  event_id BIGINT,
  business_on DATE NOT NULL,
  occurred_at TIMESTAMP WITH TIME ZONE NOT NULL,
  posted_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  source_table TEXT NOT NULL,
  source_id BIGINT NOT NULL,
  part INTEGER DEFAULT 0 NOT NULL,
  category TEXT,
  reverses_id BIGINT,
  memo TEXT,
  actor_kind TEXT DEFAULT coalesce(nullif(current_setting('app.actor_kind', true), ''), 'setup') NOT NULL,
  actor_id TEXT DEFAULT nullif(current_setting('app.actor_id', true), ''),
  CONSTRAINT pk_ledger_entries PRIMARY KEY (account_id, id),
  CONSTRAINT uq_ledger_entries_source UNIQUE (account_id, source_table, source_id, kind, part),
  CONSTRAINT uq_ledger_entries_reverses_id UNIQUE (account_id, reverses_id),
  CONSTRAINT ck_ledger_entries_amount_moves CHECK (amount_minor <> 0),
  CONSTRAINT ck_ledger_entries_source_table_form CHECK (source_table ~ '^[a-z_]+$'),
  CONSTRAINT ck_ledger_entries_category_of_cost_or_income CHECK (category is null or kind in ('cost', 'other_income')),
  CONSTRAINT fk_ledger_entries_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_ledger_entries_kind CHECK (kind in ('sale', 'discount', 'tax', 'fee', 'refund', 'sponsor_income', 'other_income', 'cost')),
  CONSTRAINT ck_ledger_entries_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_ledger_entries_rate_to_base_e12 CHECK (rate_to_base_e12 > 0),
  CONSTRAINT fk_ledger_entries_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_ledger_entries_part CHECK (part >= 0),
  CONSTRAINT fk_ledger_entries_reverses_id FOREIGN KEY(account_id, reverses_id) REFERENCES ledger_entries (account_id, id) ON DELETE RESTRICT
);
alter table public.ledger_entries enable row level security;
alter table public.ledger_entries force row level security;
CREATE INDEX ix_ledger_entries_day ON ledger_entries (account_id, business_on, kind);
CREATE INDEX ix_ledger_entries_event ON ledger_entries (account_id, event_id, business_on, kind);
CREATE INDEX ix_ledger_entries_posted_at ON ledger_entries (account_id, posted_at);
comment on table public.ledger_entries is 'One money fact; every money figure as of any date is a sum of these.';
comment on column public.ledger_entries."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.ledger_entries."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.ledger_entries."kind" is 'sale (list price), discount, tax, fee, refund, sponsor_income, other_income, cost.';
comment on column public.ledger_entries."amount_minor" is 'Positive in the sense of the kind; negative = a correction.';
comment on column public.ledger_entries."currency" is 'Currency of the amount.';
comment on column public.ledger_entries."rate_to_base_e12" is 'Exchange rate to the base currency frozen when posted, times 10^12; NULL = no rate was known.';
comment on column public.ledger_entries."event_id" is '→ events: whose money it is; NULL = the house''s.';
comment on column public.ledger_entries."business_on" is 'Day it counts for, in the house''s zone.';
comment on column public.ledger_entries."occurred_at" is 'When the fact happened.';
comment on column public.ledger_entries."posted_at" is 'When the entry was written; a figure as it was known then reads entries posted by then.';
comment on column public.ledger_entries."source_table" is 'Table of the row it comes from (orders, payments, refund_queue, invoices, event_budget_lines …).';
comment on column public.ledger_entries."source_id" is 'Id of that row; no foreign key, the ledger outlives it.';
comment on column public.ledger_entries."part" is 'Counts entries of one kind from one source: order lines, corrections.';
comment on column public.ledger_entries."category" is 'Budget category of a cost, or kind of other income.';
comment on column public.ledger_entries."reverses_id" is '→ ledger_entries: the entry this one takes back.';
comment on column public.ledger_entries."memo" is 'Why, where the source does not say.';
comment on column public.ledger_entries."actor_kind" is 'Kind of actor whose action posted it.';
comment on column public.ledger_entries."actor_id" is 'Who, within that kind.';

CREATE TABLE payments (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  order_id BIGINT,
  invoice_id BIGINT,
  event_id BIGINT,
  contact_id BIGINT,
  organization_id BIGINT,
  integration_id BIGINT,
  gateway TEXT NOT NULL,
  provider TEXT DEFAULT '' NOT NULL,
  provider_reference TEXT,
  status TEXT DEFAULT 'created' NOT NULL,
  amount_minor BIGINT NOT NULL,
  fee_minor BIGINT DEFAULT 0 NOT NULL,
  refunded_minor BIGINT DEFAULT 0 NOT NULL,
  refunding_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  rate_to_base_e12 BIGINT,
  received_at TIMESTAMP WITH TIME ZONE,
  business_on DATE,
  failed_at TIMESTAMP WITH TIME ZONE,
  failure_reason TEXT,
  payer_name TEXT,
  details JSONB DEFAULT '{}'::jsonb NOT NULL,
  idempotency_key TEXT,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_payments PRIMARY KEY (account_id, id),
  CONSTRAINT uq_payments_idempotency_key UNIQUE (account_id, idempotency_key),
  CONSTRAINT ck_payments_order_or_invoice CHECK (num_nonnulls(order_id, invoice_id) <= 1),
  CONSTRAINT ck_payments_order_has_event CHECK (order_id is null or event_id is not null),
  CONSTRAINT ck_payments_amount_not_negative CHECK (amount_minor >= 0),
  CONSTRAINT ck_payments_free_is_nothing CHECK ((gateway = 'free') = (amount_minor = 0)),
  CONSTRAINT ck_payments_fee_within_amount CHECK (fee_minor between 0 and amount_minor),
  CONSTRAINT ck_payments_refunds_within_amount CHECK (refunded_minor >= 0 and refunding_minor >= 0 and refunded_minor + refunding_minor <= amount_minor),
  CONSTRAINT ck_payments_confirmed_has_time CHECK (status not in ('confirmed', 'refunded') or num_nonnulls(received_at, business_on) = 2),
  CONSTRAINT ck_payments_only_received_money_goes_back CHECK (status in ('confirmed', 'refunded') or refunded_minor + refunding_minor = 0),
  CONSTRAINT ck_payments_refunded_is_all CHECK (status <> 'refunded' or refunded_minor = amount_minor),
  CONSTRAINT ck_payments_failed_has_time CHECK ((status = 'failed') = (failed_at is not null)),
  CONSTRAINT fk_payments_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_payments_order_id FOREIGN KEY(account_id, event_id, order_id) REFERENCES orders (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_payments_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_payments_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_payments_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_payments_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_payments_gateway CHECK (gateway in ('card', 'bank_transfer', 'cash', 'terminal', 'free')),
  CONSTRAINT ck_payments_status CHECK (status in ('created', 'pending', 'confirmed', 'failed', 'refunded')),
  CONSTRAINT ck_payments_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_payments_rate_to_base_e12 CHECK (rate_to_base_e12 > 0),
  CONSTRAINT ck_payments_payer_name CHECK (length(payer_name) between 1 and 200),
  CONSTRAINT ck_payments_details CHECK (jsonb_typeof(details) = 'object'),
  CONSTRAINT fk_payments_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_payments_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.payments enable row level security;
alter table public.payments force row level security;
CREATE INDEX ix_payments_contact_id ON payments (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_payments_created_by ON payments (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_payments_event ON payments (account_id, event_id, status, business_on);
CREATE INDEX ix_payments_integration_id ON payments (account_id, integration_id) WHERE integration_id is not null;
CREATE INDEX ix_payments_invoice_id ON payments (account_id, invoice_id) WHERE invoice_id is not null;
CREATE INDEX ix_payments_list ON payments (account_id, status, received_at, id);
CREATE INDEX ix_payments_order_id ON payments (account_id, event_id, order_id) WHERE order_id is not null;
CREATE INDEX ix_payments_organization_id ON payments (account_id, organization_id) WHERE organization_id is not null;
CREATE INDEX ix_payments_updated_by ON payments (account_id, updated_by) WHERE updated_by is not null;
CREATE INDEX ix_payments_waiting ON payments (account_id, created_at) WHERE status in ('created', 'pending');
CREATE UNIQUE INDEX uq_payments_provider_reference ON payments (account_id, gateway, provider, provider_reference) WHERE provider_reference is not null;
comment on table public.payments is 'Money received for one order or invoice; its amount is never edited after it is confirmed.';
comment on column public.payments."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.payments."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.payments."order_id" is '→ orders: the order it pays.';
comment on column public.payments."invoice_id" is '→ invoices: the invoice it pays; several are settled by allocations.';
comment on column public.payments."event_id" is '→ events: whose money it is; NULL = none in particular.';
comment on column public.payments."contact_id" is '→ contacts: who paid.';
comment on column public.payments."organization_id" is '→ organizations: which company paid.';
comment on column public.payments."integration_id" is '→ integrations: the provider connection it came through.';
comment on column public.payments."gateway" is 'By what way it came.';
comment on column public.payments."provider" is 'Name of the provider within the gateway; empty = none.';
comment on column public.payments."provider_reference" is 'The provider''s id of the payment; unique per gateway and provider.';
comment on column public.payments."status" is 'created → pending → confirmed / failed; confirmed → refunded once all of it went back.';
comment on column public.payments."amount_minor" is 'What the payer pays; 0 for the gateway free only.';
comment on column public.payments."fee_minor" is 'What the provider keeps of it.';
comment on column public.payments."refunded_minor" is 'Gone back: refunds done. Changed under the row lock only.';
comment on column public.payments."refunding_minor" is 'On its way back: refunds requested, approved or sent. Changed under the row lock only.';
comment on column public.payments."currency" is 'Currency of all amounts.';
comment on column public.payments."rate_to_base_e12" is 'Exchange rate to the base currency frozen when confirmed, times 10^12.';
comment on column public.payments."received_at" is 'When the money was confirmed as received; NULL while it is not.';
comment on column public.payments."business_on" is 'That day in the house''s zone: the business date of its ledger entries.';
comment on column public.payments."failed_at" is 'When it failed for good.';
comment on column public.payments."failure_reason" is 'What the provider said.';
comment on column public.payments."payer_name" is 'As the provider or bank gave it.';
comment on column public.payments."details" is 'What may be shown of the means: brand, last four digits, terminal.';
comment on column public.payments."idempotency_key" is 'Sent to the provider so that a repeat charges once.';
comment on column public.payments."note" is 'For the house only.';
comment on column public.payments."created_at" is 'When the row was made.';
comment on column public.payments."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.payments."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.payments."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.payments."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE gateway_events (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  provider TEXT NOT NULL,
  provider_event_id TEXT NOT NULL,
  event_type TEXT NOT NULL,
  payment_id BIGINT,
  payload BYTEA NOT NULL,
  received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  processed_at TIMESTAMP WITH TIME ZONE,
  attempts INTEGER DEFAULT 0 NOT NULL,
  last_error TEXT,
  CONSTRAINT pk_gateway_events PRIMARY KEY (account_id, id),
  CONSTRAINT uq_gateway_events_provider_event_id UNIQUE (account_id, provider, provider_event_id),
  CONSTRAINT ck_gateway_events_provider_event_id_length CHECK (length(provider_event_id) between 1 and 300),
  CONSTRAINT fk_gateway_events_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_gateway_events_provider CHECK (length(provider) between 1 and 200),
  CONSTRAINT fk_gateway_events_payment_id FOREIGN KEY(account_id, payment_id) REFERENCES payments (account_id, id) ON DELETE SET NULL (payment_id),
  CONSTRAINT ck_gateway_events_attempts CHECK (attempts >= 0)
);
alter table public.gateway_events enable row level security;
alter table public.gateway_events force row level security;
CREATE INDEX ix_gateway_events_payment_id ON gateway_events (account_id, payment_id) WHERE payment_id is not null;
CREATE INDEX ix_gateway_events_unprocessed ON gateway_events (account_id, received_at) WHERE processed_at is null;
comment on table public.gateway_events is 'What a payment provider told us, stored once and raw, before it is worked.';
comment on column public.gateway_events."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.gateway_events."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.gateway_events."provider" is 'Which provider.';
comment on column public.gateway_events."provider_event_id" is 'The provider''s id of the event; a repeat adds no row.';
comment on column public.gateway_events."event_type" is 'The provider''s word for what happened.';
comment on column public.gateway_events."payment_id" is '→ payments: the payment it is about, once found.';
comment on column public.gateway_events."payload" is 'Encrypted: the message as received.';
comment on column public.gateway_events."received_at" is 'When it arrived.';
comment on column public.gateway_events."processed_at" is 'When it took effect or was found to need none; NULL = waits.';
comment on column public.gateway_events."attempts" is 'Tries to work it.';
comment on column public.gateway_events."last_error" is 'Why the last try failed.';

CREATE TABLE payment_allocations (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  payment_id BIGINT NOT NULL,
  invoice_id BIGINT,
  order_id BIGINT,
  amount_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  CONSTRAINT pk_payment_allocations PRIMARY KEY (account_id, id),
  CONSTRAINT uq_payment_allocations_invoice UNIQUE (account_id, payment_id, invoice_id),
  CONSTRAINT uq_payment_allocations_order UNIQUE (account_id, payment_id, order_id),
  CONSTRAINT ck_payment_allocations_invoice_or_order CHECK (num_nonnulls(invoice_id, order_id) = 1),
  CONSTRAINT ck_payment_allocations_amount_positive CHECK (amount_minor > 0),
  CONSTRAINT fk_payment_allocations_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_payment_allocations_payment_id FOREIGN KEY(account_id, payment_id) REFERENCES payments (account_id, id) ON DELETE CASCADE,
  CONSTRAINT fk_payment_allocations_invoice_id FOREIGN KEY(account_id, invoice_id) REFERENCES invoices (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_payment_allocations_order_id FOREIGN KEY(account_id, order_id) REFERENCES orders (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_payment_allocations_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT fk_payment_allocations_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_payment_allocations_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.payment_allocations enable row level security;
alter table public.payment_allocations force row level security;
CREATE INDEX ix_payment_allocations_created_by ON payment_allocations (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_payment_allocations_invoice_id ON payment_allocations (account_id, invoice_id) WHERE invoice_id is not null;
CREATE INDEX ix_payment_allocations_order_id ON payment_allocations (account_id, order_id) WHERE order_id is not null;
CREATE INDEX ix_payment_allocations_updated_by ON payment_allocations (account_id, updated_by) WHERE updated_by is not null;
comment on table public.payment_allocations is 'How much of a payment settles which invoice or order.';
comment on column public.payment_allocations."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.payment_allocations."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.payment_allocations."payment_id" is '→ payments';
comment on column public.payment_allocations."invoice_id" is '→ invoices: what it settles.';
comment on column public.payment_allocations."order_id" is '→ orders: what it settles.';
comment on column public.payment_allocations."amount_minor" is 'How much; all of a payment''s allocations together never exceed it (checked under its row lock).';
comment on column public.payment_allocations."currency" is 'The payment''s.';
comment on column public.payment_allocations."created_at" is 'When the row was made.';
comment on column public.payment_allocations."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.payment_allocations."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.payment_allocations."updated_by" is '→ account_users: who changed it last; kept by trigger.';

CREATE TABLE refund_queue (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  payment_id BIGINT NOT NULL,
  order_id BIGINT,
  event_id BIGINT,
  credit_note_id BIGINT,
  amount_minor BIGINT NOT NULL,
  fee_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  reason TEXT DEFAULT 'buyer_request' NOT NULL,
  reason_text TEXT,
  voids_tickets BOOLEAN DEFAULT true NOT NULL,
  status TEXT DEFAULT 'requested' NOT NULL,
  requested_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  requested_by_id BIGINT,
  approved_at TIMESTAMP WITH TIME ZONE,
  approved_by_id BIGINT,
  rejected_at TIMESTAMP WITH TIME ZONE,
  sent_at TIMESTAMP WITH TIME ZONE,
  done_at TIMESTAMP WITH TIME ZONE,
  business_on DATE,
  failed_at TIMESTAMP WITH TIME ZONE,
  attempts INTEGER DEFAULT 0 NOT NULL,
  next_attempt_at TIMESTAMP WITH TIME ZONE,
  last_error TEXT,
  provider_reference TEXT,
  idempotency_key TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_refund_queue PRIMARY KEY (account_id, id),
  CONSTRAINT uq_refund_queue_idempotency_key UNIQUE (account_id, idempotency_key),
  CONSTRAINT uq_refund_queue_provider_reference UNIQUE (account_id, payment_id, provider_reference),
  CONSTRAINT ck_refund_queue_amount_positive CHECK (amount_minor > 0),
  CONSTRAINT ck_refund_queue_fee_not_negative CHECK (fee_minor >= 0),
  CONSTRAINT ck_refund_queue_order_has_event CHECK (order_id is null or event_id is not null),
  CONSTRAINT ck_refund_queue_approved_has_time CHECK (status not in ('approved', 'sent', 'done') or approved_at is not null),
  CONSTRAINT ck_refund_queue_sent_has_time CHECK (status not in ('sent', 'done') or sent_at is not null),
  CONSTRAINT ck_refund_queue_done_has_time CHECK ((status = 'done') = (done_at is not null) and (status <> 'done' or business_on is not null)),
  CONSTRAINT ck_refund_queue_failed_has_time CHECK ((status = 'failed') = (failed_at is not null)),
  CONSTRAINT ck_refund_queue_failed_says_why CHECK (status <> 'failed' or last_error is not null),
  CONSTRAINT ck_refund_queue_rejected_has_time CHECK ((status = 'rejected') = (rejected_at is not null)),
  CONSTRAINT ck_refund_queue_other_reason_in_words CHECK (reason <> 'other' or reason_text is not null),
  CONSTRAINT fk_refund_queue_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_refund_queue_payment_id FOREIGN KEY(account_id, payment_id) REFERENCES payments (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_refund_queue_order_id FOREIGN KEY(account_id, event_id, order_id) REFERENCES orders (account_id, event_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_refund_queue_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_refund_queue_credit_note_id FOREIGN KEY(account_id, credit_note_id) REFERENCES invoices (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_refund_queue_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_refund_queue_reason CHECK (reason in ('buyer_request', 'event_cancelled', 'event_changed', 'duplicate', 'overpaid', 'goodwill', 'fraud', 'other')),
  CONSTRAINT ck_refund_queue_status CHECK (status in ('requested', 'approved', 'sent', 'done', 'failed', 'rejected')),
  CONSTRAINT fk_refund_queue_requested_by_id FOREIGN KEY(account_id, requested_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_refund_queue_approved_by_id FOREIGN KEY(account_id, approved_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_refund_queue_attempts CHECK (attempts >= 0),
  CONSTRAINT fk_refund_queue_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_refund_queue_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.refund_queue enable row level security;
alter table public.refund_queue force row level security;
CREATE INDEX ix_refund_queue_approved_by_id ON refund_queue (account_id, approved_by_id) WHERE approved_by_id is not null;
CREATE INDEX ix_refund_queue_created_by ON refund_queue (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_refund_queue_credit_note_id ON refund_queue (account_id, credit_note_id) WHERE credit_note_id is not null;
CREATE INDEX ix_refund_queue_event_id ON refund_queue (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_refund_queue_list ON refund_queue (account_id, status, requested_at, id);
CREATE INDEX ix_refund_queue_order_id ON refund_queue (account_id, event_id, order_id) WHERE order_id is not null;
CREATE INDEX ix_refund_queue_requested_by_id ON refund_queue (account_id, requested_by_id) WHERE requested_by_id is not null;
CREATE INDEX ix_refund_queue_to_send ON refund_queue (account_id, next_attempt_at) WHERE status = 'approved';
CREATE INDEX ix_refund_queue_updated_by ON refund_queue (account_id, updated_by) WHERE updated_by is not null;
comment on table public.refund_queue is 'Money that is to go back to a payer; never more than was paid less what went back.';
comment on column public.refund_queue."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.refund_queue."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.refund_queue."payment_id" is '→ payments';
comment on column public.refund_queue."order_id" is '→ orders: the order it takes back from.';
comment on column public.refund_queue."event_id" is '→ events: the payment''s.';
comment on column public.refund_queue."credit_note_id" is '→ invoices: the credit note written for it.';
comment on column public.refund_queue."amount_minor" is 'How much goes back.';
comment on column public.refund_queue."fee_minor" is 'What the provider charges for it.';
comment on column public.refund_queue."currency" is 'The payment''s.';
comment on column public.refund_queue."reason" is 'Why.';
comment on column public.refund_queue."reason_text" is 'Why, in words.';
comment on column public.refund_queue."voids_tickets" is 'Whether the tickets it pays back are voided when it is done.';
comment on column public.refund_queue."status" is 'requested → approved → sent → done / failed; requested → rejected; failed → approved for another try.';
comment on column public.refund_queue."requested_at" is 'When it was asked for.';
comment on column public.refund_queue."requested_by_id" is '→ account_users: who asked; NULL for a public page or a job.';
comment on column public.refund_queue."approved_at" is 'When it was approved.';
comment on column public.refund_queue."approved_by_id" is '→ account_users: who approved it.';
comment on column public.refund_queue."rejected_at" is 'When it was turned down.';
comment on column public.refund_queue."sent_at" is 'When the provider or bank took it.';
comment on column public.refund_queue."done_at" is 'When it was confirmed.';
comment on column public.refund_queue."business_on" is 'That day in the house''s zone: the business date of its ledger entries.';
comment on column public.refund_queue."failed_at" is 'When it failed for good; emptied when tried again.';
comment on column public.refund_queue."attempts" is 'Tries to send it.';
comment on column public.refund_queue."next_attempt_at" is 'When the job tries next; NULL = at once.';
comment on column public.refund_queue."last_error" is 'What the provider said last.';
comment on column public.refund_queue."provider_reference" is 'The provider''s id of the refund; unique per payment.';
comment on column public.refund_queue."idempotency_key" is 'Sent to the provider so that a repeat pays once.';
comment on column public.refund_queue."created_at" is 'When the row was made.';
comment on column public.refund_queue."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.refund_queue."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.refund_queue."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.refund_queue."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE bank_statement_lines (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  statement_id BIGINT NOT NULL,
  position INTEGER NOT NULL,
  fingerprint BYTEA NOT NULL,
  booked_on DATE NOT NULL,
  value_on DATE,
  amount_minor BIGINT NOT NULL,
  currency CHAR(3) NOT NULL,
  counterparty_name TEXT,
  counterparty_account BYTEA,
  purpose TEXT DEFAULT '' NOT NULL,
  bank_reference TEXT,
  status TEXT DEFAULT 'unmatched' NOT NULL,
  suggested_invoice_id BIGINT,
  suggested_order_id BIGINT,
  confidence_ppm INTEGER,
  payment_id BIGINT,
  refund_id BIGINT,
  matched_at TIMESTAMP WITH TIME ZONE,
  matched_by_id BIGINT,
  ignore_reason TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_bank_statement_lines PRIMARY KEY (account_id, id),
  CONSTRAINT uq_bank_statement_lines_fingerprint UNIQUE (account_id, fingerprint),
  CONSTRAINT uq_bank_statement_lines_position UNIQUE (account_id, statement_id, position),
  CONSTRAINT ck_bank_statement_lines_amount_moves CHECK (amount_minor <> 0),
  CONSTRAINT ck_bank_statement_lines_matched_names_what CHECK (status <> 'matched' or (num_nonnulls(payment_id, refund_id) = 1 and matched_at is not null)),
  CONSTRAINT ck_bank_statement_lines_ignored_has_reason CHECK (status <> 'ignored' or ignore_reason is not null),
  CONSTRAINT fk_bank_statement_lines_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_bank_statement_lines_statement_id FOREIGN KEY(account_id, statement_id) REFERENCES bank_statements (account_id, id) ON DELETE CASCADE,
  CONSTRAINT ck_bank_statement_lines_position CHECK (position >= 0),
  CONSTRAINT ck_bank_statement_lines_fingerprint CHECK (octet_length(fingerprint) = 32),
  CONSTRAINT ck_bank_statement_lines_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_bank_statement_lines_status CHECK (status in ('unmatched', 'suggested', 'matched', 'ignored')),
  CONSTRAINT fk_bank_statement_lines_suggested_invoice_id FOREIGN KEY(account_id, suggested_invoice_id) REFERENCES invoices (account_id, id) ON DELETE SET NULL (suggested_invoice_id),
  CONSTRAINT fk_bank_statement_lines_suggested_order_id FOREIGN KEY(account_id, suggested_order_id) REFERENCES orders (account_id, id) ON DELETE SET NULL (suggested_order_id),
  CONSTRAINT ck_bank_statement_lines_confidence_ppm CHECK (confidence_ppm between 0 and 1000000),
  CONSTRAINT fk_bank_statement_lines_payment_id FOREIGN KEY(account_id, payment_id) REFERENCES payments (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_bank_statement_lines_refund_id FOREIGN KEY(account_id, refund_id) REFERENCES refund_queue (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_bank_statement_lines_matched_by_id FOREIGN KEY(account_id, matched_by_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_bank_statement_lines_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_bank_statement_lines_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.bank_statement_lines enable row level security;
alter table public.bank_statement_lines force row level security;
CREATE INDEX ix_bank_statement_lines_created_by ON bank_statement_lines (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_bank_statement_lines_matched_by_id ON bank_statement_lines (account_id, matched_by_id) WHERE matched_by_id is not null;
CREATE INDEX ix_bank_statement_lines_open ON bank_statement_lines (account_id, booked_on) WHERE status in ('unmatched', 'suggested');
CREATE INDEX ix_bank_statement_lines_payment_id ON bank_statement_lines (account_id, payment_id) WHERE payment_id is not null;
CREATE INDEX ix_bank_statement_lines_refund_id ON bank_statement_lines (account_id, refund_id) WHERE refund_id is not null;
CREATE INDEX ix_bank_statement_lines_suggested_invoice_id ON bank_statement_lines (account_id, suggested_invoice_id) WHERE suggested_invoice_id is not null;
CREATE INDEX ix_bank_statement_lines_suggested_order_id ON bank_statement_lines (account_id, suggested_order_id) WHERE suggested_order_id is not null;
CREATE INDEX ix_bank_statement_lines_updated_by ON bank_statement_lines (account_id, updated_by) WHERE updated_by is not null;
comment on table public.bank_statement_lines is 'A movement on the bank account and what it was found to be.';
comment on column public.bank_statement_lines."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.bank_statement_lines."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.bank_statement_lines."statement_id" is '→ bank_statements';
comment on column public.bank_statement_lines."position" is 'Place in the statement, from 0.';
comment on column public.bank_statement_lines."fingerprint" is 'SHA-256 of account, day, amount, reference and repeat count: overlapping statements add a movement once.';
comment on column public.bank_statement_lines."booked_on" is 'Day of booking.';
comment on column public.bank_statement_lines."value_on" is 'Day of value.';
comment on column public.bank_statement_lines."amount_minor" is 'Positive = came in, negative = went out.';
comment on column public.bank_statement_lines."currency" is 'Currency of the movement.';
comment on column public.bank_statement_lines."counterparty_name" is 'Who paid or was paid, as the bank wrote it.';
comment on column public.bank_statement_lines."counterparty_account" is 'Encrypted: the other side''s account number.';
comment on column public.bank_statement_lines."purpose" is 'Text of the transfer; order and invoice numbers are looked for here.';
comment on column public.bank_statement_lines."bank_reference" is 'The bank''s own id of the movement.';
comment on column public.bank_statement_lines."status" is 'unmatched → suggested → matched; ignored.';
comment on column public.bank_statement_lines."suggested_invoice_id" is '→ invoices: what it probably pays.';
comment on column public.bank_statement_lines."suggested_order_id" is '→ orders: what it probably pays.';
comment on column public.bank_statement_lines."confidence_ppm" is 'How sure the suggestion is, in parts per million.';
comment on column public.bank_statement_lines."payment_id" is '→ payments: the payment it proved to be.';
comment on column public.bank_statement_lines."refund_id" is '→ refund_queue: the refund it proved to be.';
comment on column public.bank_statement_lines."matched_at" is 'When that was settled.';
comment on column public.bank_statement_lines."matched_by_id" is '→ account_users: who settled it; NULL for the automatic match.';
comment on column public.bank_statement_lines."ignore_reason" is 'Why it needs no match.';
comment on column public.bank_statement_lines."created_at" is 'When the row was made.';
comment on column public.bank_statement_lines."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.bank_statement_lines."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.bank_statement_lines."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.bank_statement_lines."version" is 'Raised by every update; an edit names the version it saw.';
"""

DOWNGRADE = r"""
drop table public.bank_statement_lines;
drop table public.refund_queue;
drop table public.payment_allocations;
drop table public.gateway_events;
drop table public.payments;
drop table public.ledger_entries;
drop table public.invoice_lines;
drop table public.invoices;
drop table public.invoice_series;
drop table public.bank_statements;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("bank_statement_lines")
    ops.sync_drop("refund_queue")
    ops.sync_drop("payment_allocations")
    ops.sync_drop("gateway_events")
    ops.sync_drop("payments")
    ops.sync_drop("ledger_entries")
    ops.sync_drop("invoice_lines")
    ops.sync_drop("invoices")
    ops.sync_drop("invoice_series")
    ops.sync_drop("bank_statements")
    ops.run(DOWNGRADE)
