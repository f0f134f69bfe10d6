"""Tables of marketing. Frozen from the models; not edited by hand."""

from eventos_core.migrations import ops

revision = "20261121_08_marketing"
down_revision = "20261121_07_sponsors"
branch_labels = None
depends_on = None

UPGRADE = r"""
CREATE TABLE campaigns (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  name TEXT NOT NULL,
  name_sort TEXT DEFAULT '' NOT NULL,
  objective TEXT DEFAULT 'registrations' NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  owner_id BIGINT,
  description TEXT,
  channel_mix JSONB DEFAULT '{}'::jsonb NOT NULL,
  budget_minor BIGINT DEFAULT 0 NOT NULL,
  spend_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  target_registrations INTEGER,
  target_revenue_minor BIGINT,
  starts_at TIMESTAMP WITH TIME ZONE,
  ends_at TIMESTAMP WITH TIME ZONE,
  audience_view_id BIGINT,
  audience JSONB DEFAULT '{}'::jsonb NOT NULL,
  audience_size INTEGER,
  utm_source TEXT,
  utm_medium TEXT,
  utm_campaign TEXT NOT NULL,
  utm_term TEXT,
  utm_content TEXT,
  landing_url TEXT,
  search_text TEXT DEFAULT '' NOT NULL,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_campaigns PRIMARY KEY (account_id, id),
  CONSTRAINT uq_campaigns_utm_campaign UNIQUE (account_id, utm_campaign),
  CONSTRAINT ck_campaigns_window CHECK (starts_at < ends_at),
  CONSTRAINT ck_campaigns_budget_not_negative CHECK (budget_minor >= 0),
  CONSTRAINT ck_campaigns_spend_not_negative CHECK (spend_minor >= 0),
  CONSTRAINT ck_campaigns_target_revenue_not_negative CHECK (target_revenue_minor >= 0),
  CONSTRAINT fk_campaigns_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_campaigns_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_campaigns_objective CHECK (objective in ('awareness', 'registrations', 'ticket_sales', 'sponsorship', 'press', 'engagement', 'loyalty')),
  CONSTRAINT ck_campaigns_status CHECK (status in ('draft', 'planned', 'active', 'paused', 'completed', 'cancelled')),
  CONSTRAINT fk_campaigns_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_campaigns_channel_mix CHECK (jsonb_typeof(channel_mix) = 'object'),
  CONSTRAINT ck_campaigns_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_campaigns_target_registrations CHECK (target_registrations >= 0),
  CONSTRAINT ck_campaigns_audience CHECK (jsonb_typeof(audience) = 'object'),
  CONSTRAINT ck_campaigns_audience_size CHECK (audience_size >= 0),
  CONSTRAINT ck_campaigns_utm_campaign CHECK (utm_campaign ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and length(utm_campaign) <= 63),
  CONSTRAINT ck_campaigns_landing_url CHECK (landing_url ~ '^https?://[^ ]+$' and length(landing_url) <= 2000),
  CONSTRAINT ck_campaigns_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_campaigns_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_campaigns_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.campaigns enable row level security;
alter table public.campaigns force row level security;
CREATE INDEX ix_campaigns_audience_view_id ON campaigns (account_id, audience_view_id) WHERE audience_view_id is not null;
CREATE INDEX ix_campaigns_created_by ON campaigns (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_campaigns_custom ON campaigns USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_campaigns_list ON campaigns (account_id, status, starts_at, id);
CREATE INDEX ix_campaigns_name_sort ON campaigns (account_id, name_sort, id);
CREATE INDEX ix_campaigns_owner_id ON campaigns (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_campaigns_search_text_trgm ON campaigns USING gin (account_id, search_text extensions.gin_trgm_ops);
CREATE INDEX ix_campaigns_tags ON campaigns USING gin (account_id, tags);
CREATE INDEX ix_campaigns_updated_by ON campaigns (account_id, updated_by) WHERE updated_by is not null;
comment on table public.campaigns is 'A push to be noticed or to sell, over some channels and any number of events.';
comment on column public.campaigns."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.campaigns."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.campaigns."name" is 'What people call it.';
comment on column public.campaigns."name_sort" is 'Sort key of the name. Kept by trigger.';
comment on column public.campaigns."objective" is 'What it is for.';
comment on column public.campaigns."status" is 'draft → planned → active ⇄ paused → completed; cancelled before.';
comment on column public.campaigns."owner_id" is '→ account_users: who runs it.';
comment on column public.campaigns."description" is 'Message, tone, what matters.';
comment on column public.campaigns."channel_mix" is 'Planned share of the budget by channel in parts per million: {"email": 200000, …}; sums to 1000000.';
comment on column public.campaigns."budget_minor" is 'What it may cost in all.';
comment on column public.campaigns."spend_minor" is 'Spent on no event in particular; spend in all = this + its event_marketing_campaigns + influencer fees.';
comment on column public.campaigns."currency" is 'Currency of budget, spend and target.';
comment on column public.campaigns."target_registrations" is 'Registrations it should bring; NULL = none set.';
comment on column public.campaigns."target_revenue_minor" is 'Net ticket revenue it should bring; NULL = none set.';
comment on column public.campaigns."starts_at" is 'Begin.';
comment on column public.campaigns."ends_at" is 'End (exclusive).';
comment on column public.campaigns."audience_view_id" is '→ saved_views: the saved filter that picks the audience.';
comment on column public.campaigns."audience" is 'Filter frozen when the campaign was started, so that a changed view does not change who was meant.';
comment on column public.campaigns."audience_size" is 'Contacts the filter found when last counted.';
comment on column public.campaigns."utm_source" is 'Link parameter utm_source; NULL = the channel''s name.';
comment on column public.campaigns."utm_medium" is 'Link parameter utm_medium; NULL = the channel''s kind.';
comment on column public.campaigns."utm_campaign" is 'Link parameter utm_campaign, unique in the house: by it a touch names the campaign.';
comment on column public.campaigns."utm_term" is 'Link parameter utm_term.';
comment on column public.campaigns."utm_content" is 'Link parameter utm_content.';
comment on column public.campaigns."landing_url" is 'Where its links lead.';
comment on column public.campaigns."search_text" is 'The name, normalised. Kept by trigger.';
comment on column public.campaigns."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.campaigns."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.campaigns."created_at" is 'When the row was made.';
comment on column public.campaigns."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.campaigns."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.campaigns."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.campaigns."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.campaigns."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE influencers (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  contact_id BIGINT NOT NULL,
  agency_id BIGINT,
  owner_id BIGINT,
  status TEXT DEFAULT 'prospect' NOT NULL,
  tier TEXT DEFAULT 'micro' NOT NULL,
  handles JSONB DEFAULT '{}'::jsonb NOT NULL,
  followers BIGINT,
  engagement_ppm INTEGER,
  audience JSONB DEFAULT '{}'::jsonb NOT NULL,
  measured_on DATE,
  post_rate_minor BIGINT,
  story_rate_minor BIGINT,
  attendance_rate_minor BIGINT,
  currency CHAR(3),
  exclusivities TEXT,
  note TEXT,
  custom JSONB DEFAULT '{}'::jsonb NOT NULL,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_influencers PRIMARY KEY (account_id, id),
  CONSTRAINT uq_influencers_contact_id UNIQUE (account_id, contact_id),
  CONSTRAINT ck_influencers_post_rate_not_negative CHECK (post_rate_minor >= 0),
  CONSTRAINT ck_influencers_story_rate_not_negative CHECK (story_rate_minor >= 0),
  CONSTRAINT ck_influencers_attendance_rate_not_negative CHECK (attendance_rate_minor >= 0),
  CONSTRAINT ck_influencers_rates_have_currency CHECK (currency is not null or num_nonnulls(post_rate_minor, story_rate_minor, attendance_rate_minor) = 0),
  CONSTRAINT ck_influencers_followers_not_negative CHECK (followers >= 0),
  CONSTRAINT fk_influencers_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_influencers_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_influencers_agency_id FOREIGN KEY(account_id, agency_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_influencers_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_influencers_status CHECK (status in ('prospect', 'active', 'paused', 'blocked')),
  CONSTRAINT ck_influencers_tier CHECK (tier in ('nano', 'micro', 'mid', 'macro', 'mega', 'celebrity')),
  CONSTRAINT ck_influencers_handles CHECK (jsonb_typeof(handles) = 'object'),
  CONSTRAINT ck_influencers_engagement_ppm CHECK (engagement_ppm between 0 and 1000000),
  CONSTRAINT ck_influencers_audience CHECK (jsonb_typeof(audience) = 'object'),
  CONSTRAINT ck_influencers_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_influencers_custom CHECK (jsonb_typeof(custom) = 'object'),
  CONSTRAINT fk_influencers_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_influencers_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.influencers enable row level security;
alter table public.influencers force row level security;
CREATE INDEX ix_influencers_agency_id ON influencers (account_id, agency_id) WHERE agency_id is not null;
CREATE INDEX ix_influencers_created_by ON influencers (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_influencers_custom ON influencers USING gin (account_id, custom jsonb_path_ops);
CREATE INDEX ix_influencers_list ON influencers (account_id, status, tier, id);
CREATE INDEX ix_influencers_owner_id ON influencers (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_influencers_tags ON influencers USING gin (account_id, tags);
CREATE INDEX ix_influencers_updated_by ON influencers (account_id, updated_by) WHERE updated_by is not null;
comment on table public.influencers is 'A contact with a following.';
comment on column public.influencers."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.influencers."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.influencers."contact_id" is '→ contacts: the person; one row each.';
comment on column public.influencers."agency_id" is '→ organizations: who represents the person.';
comment on column public.influencers."owner_id" is '→ account_users: who looks after the person.';
comment on column public.influencers."status" is 'Whether the house works with the person.';
comment on column public.influencers."tier" is 'Size of the following: nano below 10,000, micro 100,000, mid 500,000, macro 1,000,000, mega beyond.';
comment on column public.influencers."handles" is 'Handle by network: {"instagram": "name", …}.';
comment on column public.influencers."followers" is 'Followers over all networks.';
comment on column public.influencers."engagement_ppm" is 'Reactions per follower and post, in parts per million.';
comment on column public.influencers."audience" is 'Who follows: followers by network, shares by country, age and gender in parts per million.';
comment on column public.influencers."measured_on" is 'Day of these figures.';
comment on column public.influencers."post_rate_minor" is 'Usual fee for a post.';
comment on column public.influencers."story_rate_minor" is 'Usual fee for a story.';
comment on column public.influencers."attendance_rate_minor" is 'Usual fee for coming to an event.';
comment on column public.influencers."currency" is 'Currency of the rates.';
comment on column public.influencers."exclusivities" is 'Brands the person may not work against.';
comment on column public.influencers."note" is 'Whatever else matters, such as brand safety.';
comment on column public.influencers."custom" is 'Free attributes by field key; imports put unmapped columns here.';
comment on column public.influencers."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.influencers."created_at" is 'When the row was made.';
comment on column public.influencers."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.influencers."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.influencers."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.influencers."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.influencers."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE campaign_influencers (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  campaign_id BIGINT NOT NULL,
  influencer_id BIGINT NOT NULL,
  event_id BIGINT,
  promo_code_id BIGINT,
  document_id BIGINT,
  owner_id BIGINT,
  status TEXT DEFAULT 'invited' NOT NULL,
  fee_minor BIGINT DEFAULT 0 NOT NULL,
  in_kind_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  brief TEXT,
  deliverables JSONB DEFAULT '[]'::jsonb NOT NULL,
  posts_due INTEGER DEFAULT 0 NOT NULL,
  due_on DATE,
  usage_rights_until DATE,
  agreed_at TIMESTAMP WITH TIME ZONE,
  delivered_at TIMESTAMP WITH TIME ZONE,
  paid_at TIMESTAMP WITH TIME ZONE,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_campaign_influencers PRIMARY KEY (account_id, id),
  CONSTRAINT ck_campaign_influencers_fee_not_negative CHECK (fee_minor >= 0),
  CONSTRAINT ck_campaign_influencers_in_kind_not_negative CHECK (in_kind_minor >= 0),
  CONSTRAINT ck_campaign_influencers_agreed_has_time CHECK (status not in ('agreed', 'delivered', 'paid') or agreed_at is not null),
  CONSTRAINT fk_campaign_influencers_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_campaign_influencers_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_campaign_influencers_influencer_id FOREIGN KEY(account_id, influencer_id) REFERENCES influencers (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_campaign_influencers_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_campaign_influencers_promo_code_id FOREIGN KEY(account_id, promo_code_id) REFERENCES promo_codes (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_campaign_influencers_document_id FOREIGN KEY(account_id, document_id) REFERENCES event_documents (account_id, id) ON DELETE SET NULL (document_id),
  CONSTRAINT fk_campaign_influencers_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_campaign_influencers_status CHECK (status in ('invited', 'negotiating', 'agreed', 'delivered', 'paid', 'declined', 'cancelled')),
  CONSTRAINT ck_campaign_influencers_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_campaign_influencers_deliverables CHECK (jsonb_typeof(deliverables) = 'array'),
  CONSTRAINT ck_campaign_influencers_posts_due CHECK (posts_due >= 0),
  CONSTRAINT fk_campaign_influencers_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_campaign_influencers_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.campaign_influencers enable row level security;
alter table public.campaign_influencers force row level security;
CREATE INDEX ix_campaign_influencers_created_by ON campaign_influencers (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_campaign_influencers_document_id ON campaign_influencers (account_id, document_id) WHERE document_id is not null;
CREATE INDEX ix_campaign_influencers_event_id ON campaign_influencers (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_campaign_influencers_influencer_id ON campaign_influencers (account_id, influencer_id);
CREATE INDEX ix_campaign_influencers_owner_id ON campaign_influencers (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_campaign_influencers_promo_code_id ON campaign_influencers (account_id, promo_code_id) WHERE promo_code_id is not null;
CREATE INDEX ix_campaign_influencers_updated_by ON campaign_influencers (account_id, updated_by) WHERE updated_by is not null;
CREATE UNIQUE INDEX uq_campaign_influencers_part ON campaign_influencers (account_id, campaign_id, influencer_id, event_id) NULLS NOT DISTINCT;
comment on table public.campaign_influencers is 'An influencer''s part in a campaign; the posts are in social_posts.';
comment on column public.campaign_influencers."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.campaign_influencers."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.campaign_influencers."campaign_id" is '→ campaigns';
comment on column public.campaign_influencers."influencer_id" is '→ influencers';
comment on column public.campaign_influencers."event_id" is '→ events: for which event; NULL = the campaign as a whole.';
comment on column public.campaign_influencers."promo_code_id" is '→ promo_codes: the person''s own code, for counting what it brought.';
comment on column public.campaign_influencers."document_id" is '→ event_documents: the agreement.';
comment on column public.campaign_influencers."owner_id" is '→ account_users: who runs it.';
comment on column public.campaign_influencers."status" is 'invited → negotiating → agreed → delivered → paid; declined or cancelled.';
comment on column public.campaign_influencers."fee_minor" is 'Fee agreed.';
comment on column public.campaign_influencers."in_kind_minor" is 'Value of gifts, travel and clothes.';
comment on column public.campaign_influencers."currency" is 'Currency of fee and gifts.';
comment on column public.campaign_influencers."brief" is 'What to say and show, what not.';
comment on column public.campaign_influencers."deliverables" is '[{type, network, quantity, due_on, done}]: what was agreed.';
comment on column public.campaign_influencers."posts_due" is 'Posts and stories agreed in all.';
comment on column public.campaign_influencers."due_on" is 'Day by which all is posted.';
comment on column public.campaign_influencers."usage_rights_until" is 'Last day the house may use the content; NULL = no rights agreed.';
comment on column public.campaign_influencers."agreed_at" is 'When it was agreed.';
comment on column public.campaign_influencers."delivered_at" is 'When all was posted.';
comment on column public.campaign_influencers."paid_at" is 'When the fee was paid.';
comment on column public.campaign_influencers."note" is 'Whatever else matters.';
comment on column public.campaign_influencers."created_at" is 'When the row was made.';
comment on column public.campaign_influencers."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.campaign_influencers."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.campaign_influencers."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.campaign_influencers."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE media_partners (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  organization_id BIGINT NOT NULL,
  contact_id BIGINT,
  owner_id BIGINT,
  document_id BIGINT,
  kind TEXT NOT NULL,
  status TEXT DEFAULT 'prospect' NOT NULL,
  deal_kind TEXT DEFAULT 'barter' NOT NULL,
  deal TEXT,
  given_minor BIGINT DEFAULT 0 NOT NULL,
  received_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  embargo_until TIMESTAMP WITH TIME ZONE,
  deliverables JSONB DEFAULT '[]'::jsonb NOT NULL,
  coverage JSONB DEFAULT '[]'::jsonb NOT NULL,
  coverage_reach BIGINT DEFAULT 0 NOT NULL,
  passes INTEGER DEFAULT 0 NOT NULL,
  passes_used INTEGER DEFAULT 0 NOT NULL,
  note TEXT,
  tags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_media_partners PRIMARY KEY (account_id, id),
  CONSTRAINT uq_media_partners_kind UNIQUE (account_id, event_id, organization_id, kind),
  CONSTRAINT ck_media_partners_given_not_negative CHECK (given_minor >= 0),
  CONSTRAINT ck_media_partners_received_not_negative CHECK (received_minor >= 0),
  CONSTRAINT ck_media_partners_coverage_reach_not_negative CHECK (coverage_reach >= 0),
  CONSTRAINT ck_media_partners_passes_used_within CHECK (passes_used <= passes),
  CONSTRAINT fk_media_partners_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_media_partners_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_partners_organization_id FOREIGN KEY(account_id, organization_id) REFERENCES organizations (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_partners_contact_id FOREIGN KEY(account_id, contact_id) REFERENCES contacts (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_partners_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_partners_document_id FOREIGN KEY(account_id, event_id, document_id) REFERENCES event_documents (account_id, event_id, id) ON DELETE SET NULL (document_id),
  CONSTRAINT ck_media_partners_kind CHECK (kind in ('magazine', 'newspaper', 'online', 'television', 'radio', 'streaming', 'photo_agency', 'trade_press', 'blog', 'other')),
  CONSTRAINT ck_media_partners_status CHECK (status in ('prospect', 'agreed', 'active', 'completed', 'cancelled')),
  CONSTRAINT ck_media_partners_deal_kind CHECK (deal_kind in ('barter', 'paid', 'earned', 'exclusive', 'licence')),
  CONSTRAINT ck_media_partners_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_media_partners_deliverables CHECK (jsonb_typeof(deliverables) = 'array'),
  CONSTRAINT ck_media_partners_coverage CHECK (jsonb_typeof(coverage) = 'array'),
  CONSTRAINT ck_media_partners_passes CHECK (passes >= 0),
  CONSTRAINT ck_media_partners_passes_used CHECK (passes_used >= 0),
  CONSTRAINT fk_media_partners_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_media_partners_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_media_partners_event_key UNIQUE (account_id, event_id, id)
);
alter table public.media_partners enable row level security;
alter table public.media_partners force row level security;
CREATE INDEX ix_media_partners_contact_id ON media_partners (account_id, contact_id) WHERE contact_id is not null;
CREATE INDEX ix_media_partners_created_by ON media_partners (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_media_partners_document_id ON media_partners (account_id, event_id, document_id) WHERE document_id is not null;
CREATE INDEX ix_media_partners_organization_id ON media_partners (account_id, organization_id);
CREATE INDEX ix_media_partners_owner_id ON media_partners (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_media_partners_tags ON media_partners USING gin (account_id, tags);
CREATE INDEX ix_media_partners_updated_by ON media_partners (account_id, updated_by) WHERE updated_by is not null;
comment on table public.media_partners is 'A medium that partners with an event: what each gives, and what came of it.';
comment on column public.media_partners."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.media_partners."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.media_partners."event_id" is '→ events';
comment on column public.media_partners."organization_id" is '→ organizations';
comment on column public.media_partners."contact_id" is '→ contacts: whom to ask there.';
comment on column public.media_partners."owner_id" is '→ account_users: who looks after it.';
comment on column public.media_partners."document_id" is '→ event_documents: the agreement.';
comment on column public.media_partners."kind" is 'What medium.';
comment on column public.media_partners."status" is 'prospect → agreed → active → completed; cancelled.';
comment on column public.media_partners."deal_kind" is 'What it rests on.';
comment on column public.media_partners."deal" is 'Terms in words: exclusives, embargo, rights.';
comment on column public.media_partners."given_minor" is 'Money or value the house gives.';
comment on column public.media_partners."received_minor" is 'Money or value the house gets.';
comment on column public.media_partners."currency" is 'Currency of both.';
comment on column public.media_partners."embargo_until" is 'Nothing is published before; NULL = no embargo.';
comment on column public.media_partners."deliverables" is '[{title, by "us" or "them", quantity, due_on, done}]: what was agreed.';
comment on column public.media_partners."coverage" is '[{title, url, published_on, reach}]: what appeared.';
comment on column public.media_partners."coverage_reach" is 'Persons reached by all coverage.';
comment on column public.media_partners."passes" is 'Accreditations granted.';
comment on column public.media_partners."passes_used" is 'Accreditations named.';
comment on column public.media_partners."note" is 'Whatever else matters.';
comment on column public.media_partners."tags" is 'Free labels, lower-case, no duplicates.';
comment on column public.media_partners."created_at" is 'When the row was made.';
comment on column public.media_partners."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.media_partners."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.media_partners."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.media_partners."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.media_partners."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE social_media_platforms (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  network TEXT NOT NULL,
  handle TEXT NOT NULL,
  name TEXT NOT NULL,
  url TEXT,
  integration_id BIGINT,
  status TEXT DEFAULT 'disconnected' NOT NULL,
  followers BIGINT,
  last_synced_at TIMESTAMP WITH TIME ZONE,
  last_error TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_social_media_platforms PRIMARY KEY (account_id, id),
  CONSTRAINT uq_social_media_platforms_handle UNIQUE (account_id, network, handle),
  CONSTRAINT ck_social_media_platforms_followers_not_negative CHECK (followers >= 0),
  CONSTRAINT ck_social_media_platforms_handle_length CHECK (length(handle) between 1 and 100),
  CONSTRAINT fk_social_media_platforms_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT ck_social_media_platforms_network CHECK (network in ('instagram', 'tiktok', 'youtube', 'facebook', 'x', 'threads', 'linkedin', 'pinterest', 'snapchat', 'wechat', 'weibo', 'twitch', 'mastodon', 'other')),
  CONSTRAINT ck_social_media_platforms_name CHECK (length(name) between 1 and 200),
  CONSTRAINT ck_social_media_platforms_url CHECK (url ~ '^https?://[^ ]+$' and length(url) <= 2000),
  CONSTRAINT ck_social_media_platforms_status CHECK (status in ('connected', 'disconnected', 'expired', 'error')),
  CONSTRAINT fk_social_media_platforms_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_social_media_platforms_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.social_media_platforms enable row level security;
alter table public.social_media_platforms force row level security;
CREATE INDEX ix_social_media_platforms_created_by ON social_media_platforms (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_social_media_platforms_integration_id ON social_media_platforms (account_id, integration_id) WHERE integration_id is not null;
CREATE INDEX ix_social_media_platforms_updated_by ON social_media_platforms (account_id, updated_by) WHERE updated_by is not null;
comment on table public.social_media_platforms is 'An account of the house on a social network; its credentials are the integration''s.';
comment on column public.social_media_platforms."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.social_media_platforms."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.social_media_platforms."network" is 'Which network.';
comment on column public.social_media_platforms."handle" is 'Name there without “@”; unique per network.';
comment on column public.social_media_platforms."name" is 'As people call it in lists.';
comment on column public.social_media_platforms."url" is 'Public page.';
comment on column public.social_media_platforms."integration_id" is '→ integrations: credentials; NULL = figures and posts are typed by hand.';
comment on column public.social_media_platforms."status" is 'Whether it can be used for posting.';
comment on column public.social_media_platforms."followers" is 'Followers at the last sync.';
comment on column public.social_media_platforms."last_synced_at" is 'When figures were last fetched.';
comment on column public.social_media_platforms."last_error" is 'What went wrong last; NULL after a success.';
comment on column public.social_media_platforms."created_at" is 'When the row was made.';
comment on column public.social_media_platforms."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.social_media_platforms."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.social_media_platforms."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.social_media_platforms."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.social_media_platforms."archived_at" is 'When it was archived; NULL while in use.';

CREATE TABLE event_marketing_campaigns (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  event_id BIGINT NOT NULL,
  campaign_id BIGINT NOT NULL,
  platform_id BIGINT,
  channel TEXT NOT NULL,
  status TEXT DEFAULT 'planned' NOT NULL,
  owner_id BIGINT,
  starts_at TIMESTAMP WITH TIME ZONE,
  ends_at TIMESTAMP WITH TIME ZONE,
  target_registrations INTEGER,
  target_revenue_minor BIGINT,
  budget_minor BIGINT DEFAULT 0 NOT NULL,
  spend_minor BIGINT DEFAULT 0 NOT NULL,
  currency CHAR(3) NOT NULL,
  impressions BIGINT DEFAULT 0 NOT NULL,
  clicks BIGINT DEFAULT 0 NOT NULL,
  registrations INTEGER DEFAULT 0 NOT NULL,
  revenue_minor BIGINT DEFAULT 0 NOT NULL,
  first_touch_registrations INTEGER DEFAULT 0 NOT NULL,
  first_touch_revenue_minor BIGINT DEFAULT 0 NOT NULL,
  attributed_at TIMESTAMP WITH TIME ZONE,
  note TEXT,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  CONSTRAINT pk_event_marketing_campaigns PRIMARY KEY (account_id, id),
  CONSTRAINT uq_event_marketing_campaigns_channel UNIQUE (account_id, event_id, campaign_id, channel),
  CONSTRAINT ck_event_marketing_campaigns_window CHECK (starts_at < ends_at),
  CONSTRAINT ck_event_marketing_campaigns_budget_not_negative CHECK (budget_minor >= 0),
  CONSTRAINT ck_event_marketing_campaigns_spend_not_negative CHECK (spend_minor >= 0),
  CONSTRAINT ck_event_marketing_campaigns_target_revenue_not_negative CHECK (target_revenue_minor >= 0),
  CONSTRAINT ck_event_marketing_campaigns_reach_not_negative CHECK (impressions >= 0 and clicks >= 0),
  CONSTRAINT fk_event_marketing_campaigns_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_event_marketing_campaigns_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_marketing_campaigns_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_marketing_campaigns_platform_id FOREIGN KEY(account_id, platform_id) REFERENCES social_media_platforms (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_marketing_campaigns_channel CHECK (channel in ('email', 'sms', 'social', 'paid_social', 'search', 'display', 'influencer', 'press', 'partner', 'print', 'out_of_home', 'direct', 'referral', 'other')),
  CONSTRAINT ck_event_marketing_campaigns_status CHECK (status in ('draft', 'planned', 'active', 'paused', 'completed', 'cancelled')),
  CONSTRAINT fk_event_marketing_campaigns_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_event_marketing_campaigns_target_registrations CHECK (target_registrations >= 0),
  CONSTRAINT ck_event_marketing_campaigns_currency CHECK (currency ~ '^[A-Z]{3}$'),
  CONSTRAINT ck_event_marketing_campaigns_registrations CHECK (registrations >= 0),
  CONSTRAINT ck_event_marketing_campaigns_first_touch_registrations CHECK (first_touch_registrations >= 0),
  CONSTRAINT fk_event_marketing_campaigns_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_event_marketing_campaigns_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT uq_event_marketing_campaigns_event_key UNIQUE (account_id, event_id, id)
);
alter table public.event_marketing_campaigns enable row level security;
alter table public.event_marketing_campaigns force row level security;
CREATE INDEX ix_event_marketing_campaigns_campaign_id ON event_marketing_campaigns (account_id, campaign_id);
CREATE INDEX ix_event_marketing_campaigns_created_by ON event_marketing_campaigns (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_event_marketing_campaigns_owner_id ON event_marketing_campaigns (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_event_marketing_campaigns_platform_id ON event_marketing_campaigns (account_id, platform_id) WHERE platform_id is not null;
CREATE INDEX ix_event_marketing_campaigns_updated_by ON event_marketing_campaigns (account_id, updated_by) WHERE updated_by is not null;
comment on table public.event_marketing_campaigns is 'What a campaign aims at and reached for one event on one channel.';
comment on column public.event_marketing_campaigns."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.event_marketing_campaigns."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.event_marketing_campaigns."event_id" is '→ events';
comment on column public.event_marketing_campaigns."campaign_id" is '→ campaigns';
comment on column public.event_marketing_campaigns."platform_id" is '→ social_media_platforms: for social channels, by which of our accounts.';
comment on column public.event_marketing_campaigns."channel" is 'By what way people are reached.';
comment on column public.event_marketing_campaigns."status" is 'Where this part of the campaign stands.';
comment on column public.event_marketing_campaigns."owner_id" is '→ account_users: who runs this part.';
comment on column public.event_marketing_campaigns."starts_at" is 'Begin; NULL = the campaign''s.';
comment on column public.event_marketing_campaigns."ends_at" is 'End (exclusive); NULL = the campaign''s.';
comment on column public.event_marketing_campaigns."target_registrations" is 'Registrations it should bring; NULL = none set.';
comment on column public.event_marketing_campaigns."target_revenue_minor" is 'Net ticket revenue it should bring; NULL = none set.';
comment on column public.event_marketing_campaigns."budget_minor" is 'What it may cost.';
comment on column public.event_marketing_campaigns."spend_minor" is 'What it has cost so far.';
comment on column public.event_marketing_campaigns."currency" is 'Currency of all amounts.';
comment on column public.event_marketing_campaigns."impressions" is 'Views, from the channel or typed.';
comment on column public.event_marketing_campaigns."clicks" is 'Clicks, from the channel or typed.';
comment on column public.event_marketing_campaigns."registrations" is 'Registrations whose last touch names it. Recomputed by job.';
comment on column public.event_marketing_campaigns."revenue_minor" is 'Net revenue whose last touch names it; below 0 after refunds. Recomputed by job.';
comment on column public.event_marketing_campaigns."first_touch_registrations" is 'Registrations whose first touch names it. Recomputed by job.';
comment on column public.event_marketing_campaigns."first_touch_revenue_minor" is 'Net revenue whose first touch names it. Recomputed by job.';
comment on column public.event_marketing_campaigns."attributed_at" is 'As of when the attributed figures hold; NULL = never computed.';
comment on column public.event_marketing_campaigns."note" is 'Whatever else matters.';
comment on column public.event_marketing_campaigns."created_at" is 'When the row was made.';
comment on column public.event_marketing_campaigns."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.event_marketing_campaigns."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.event_marketing_campaigns."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.event_marketing_campaigns."version" is 'Raised by every update; an edit names the version it saw.';

CREATE TABLE social_posts (
  account_id BIGINT DEFAULT nullif(current_setting('app.account_id', true), '')::bigint NOT NULL,
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  campaign_id BIGINT,
  event_id BIGINT,
  platform_id BIGINT,
  influencer_id BIGINT,
  campaign_influencer_id BIGINT,
  asset_id BIGINT,
  sponsor_deliverable_id BIGINT,
  owner_id BIGINT,
  network TEXT NOT NULL,
  status TEXT DEFAULT 'draft' NOT NULL,
  content TEXT DEFAULT '' NOT NULL,
  hashtags TEXT[] DEFAULT '{}'::text[] NOT NULL,
  url TEXT,
  external_id TEXT,
  scheduled_at TIMESTAMP WITH TIME ZONE,
  published_at TIMESTAMP WITH TIME ZONE,
  last_error TEXT,
  impressions BIGINT,
  reach BIGINT,
  likes BIGINT,
  comments BIGINT,
  shares BIGINT,
  saves BIGINT,
  clicks BIGINT,
  video_views BIGINT,
  metrics JSONB DEFAULT '{}'::jsonb NOT NULL,
  measured_at TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  updated_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
  created_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  updated_by BIGINT DEFAULT nullif(current_setting('app.member_id', true), '')::bigint,
  version INTEGER DEFAULT 1 NOT NULL,
  archived_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_social_posts PRIMARY KEY (account_id, id),
  CONSTRAINT uq_social_posts_external_id UNIQUE (account_id, network, external_id),
  CONSTRAINT ck_social_posts_published_has_time CHECK (status not in ('published', 'removed') or published_at is not null),
  CONSTRAINT ck_social_posts_scheduled_has_time CHECK (status <> 'scheduled' or scheduled_at is not null),
  CONSTRAINT ck_social_posts_by_us_or_influencer CHECK (num_nonnulls(platform_id, influencer_id) >= 1),
  CONSTRAINT ck_social_posts_part_names_influencer CHECK (campaign_influencer_id is null or influencer_id is not null),
  CONSTRAINT ck_social_posts_figures_not_negative CHECK (least(impressions, reach, likes, comments, shares, saves, clicks, video_views) >= 0),
  CONSTRAINT fk_social_posts_account_id FOREIGN KEY(account_id) REFERENCES accounts (id),
  CONSTRAINT fk_social_posts_campaign_id FOREIGN KEY(account_id, campaign_id) REFERENCES campaigns (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_social_posts_event_id FOREIGN KEY(account_id, event_id) REFERENCES events (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_social_posts_platform_id FOREIGN KEY(account_id, platform_id) REFERENCES social_media_platforms (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_social_posts_influencer_id FOREIGN KEY(account_id, influencer_id) REFERENCES influencers (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_social_posts_campaign_influencer_id FOREIGN KEY(account_id, campaign_influencer_id) REFERENCES campaign_influencers (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_social_posts_sponsor_deliverable_id FOREIGN KEY(account_id, sponsor_deliverable_id) REFERENCES sponsor_deliverables (account_id, id) ON DELETE SET NULL (sponsor_deliverable_id),
  CONSTRAINT fk_social_posts_owner_id FOREIGN KEY(account_id, owner_id) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT ck_social_posts_network CHECK (network in ('instagram', 'tiktok', 'youtube', 'facebook', 'x', 'threads', 'linkedin', 'pinterest', 'snapchat', 'wechat', 'weibo', 'twitch', 'mastodon', 'other')),
  CONSTRAINT ck_social_posts_status CHECK (status in ('draft', 'approved', 'scheduled', 'published', 'failed', 'removed')),
  CONSTRAINT ck_social_posts_url CHECK (url ~ '^https?://[^ ]+$' and length(url) <= 2000),
  CONSTRAINT ck_social_posts_metrics CHECK (jsonb_typeof(metrics) = 'object'),
  CONSTRAINT fk_social_posts_created_by FOREIGN KEY(account_id, created_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT,
  CONSTRAINT fk_social_posts_updated_by FOREIGN KEY(account_id, updated_by) REFERENCES account_users (account_id, id) ON DELETE RESTRICT
);
alter table public.social_posts enable row level security;
alter table public.social_posts force row level security;
CREATE INDEX ix_social_posts_asset_id ON social_posts (account_id, asset_id) WHERE asset_id is not null;
CREATE INDEX ix_social_posts_calendar ON social_posts (account_id, published_at, id);
CREATE INDEX ix_social_posts_campaign_id ON social_posts (account_id, campaign_id) WHERE campaign_id is not null;
CREATE INDEX ix_social_posts_campaign_influencer_id ON social_posts (account_id, campaign_influencer_id) WHERE campaign_influencer_id is not null;
CREATE INDEX ix_social_posts_created_by ON social_posts (account_id, created_by) WHERE created_by is not null;
CREATE INDEX ix_social_posts_event_id ON social_posts (account_id, event_id) WHERE event_id is not null;
CREATE INDEX ix_social_posts_influencer_id ON social_posts (account_id, influencer_id) WHERE influencer_id is not null;
CREATE INDEX ix_social_posts_owner_id ON social_posts (account_id, owner_id) WHERE owner_id is not null;
CREATE INDEX ix_social_posts_platform_id ON social_posts (account_id, platform_id) WHERE platform_id is not null;
CREATE INDEX ix_social_posts_sponsor_deliverable_id ON social_posts (account_id, sponsor_deliverable_id) WHERE sponsor_deliverable_id is not null;
CREATE INDEX ix_social_posts_to_publish ON social_posts (account_id, scheduled_at) WHERE status = 'scheduled';
CREATE INDEX ix_social_posts_updated_by ON social_posts (account_id, updated_by) WHERE updated_by is not null;
comment on table public.social_posts is 'A post on a social network: by the house, or by an influencer for it.';
comment on column public.social_posts."account_id" is 'The house; part of every key, foreign key and policy.';
comment on column public.social_posts."id" is 'Identity; unique within the installation, meaningful within the house.';
comment on column public.social_posts."campaign_id" is '→ campaigns: the campaign it belongs to, where one is meant.';
comment on column public.social_posts."event_id" is '→ events: the event it is about.';
comment on column public.social_posts."platform_id" is '→ social_media_platforms: our account that posts; NULL for an influencer''s own.';
comment on column public.social_posts."influencer_id" is '→ influencers: who posts; NULL for our own.';
comment on column public.social_posts."campaign_influencer_id" is '→ campaign_influencers: the agreement it fulfils.';
comment on column public.social_posts."asset_id" is '→ media_assets: picture or clip.';
comment on column public.social_posts."sponsor_deliverable_id" is '→ sponsor_deliverables: the promise it fulfils.';
comment on column public.social_posts."owner_id" is '→ account_users: who writes it.';
comment on column public.social_posts."network" is 'Where it appears.';
comment on column public.social_posts."status" is 'draft → approved → scheduled → published / failed; removed.';
comment on column public.social_posts."content" is 'The text.';
comment on column public.social_posts."hashtags" is 'Without “#”.';
comment on column public.social_posts."url" is 'Link to the post.';
comment on column public.social_posts."external_id" is 'The network''s id of the post; unique per network.';
comment on column public.social_posts."scheduled_at" is 'When it is to appear.';
comment on column public.social_posts."published_at" is 'When it appeared.';
comment on column public.social_posts."last_error" is 'Why posting failed last.';
comment on column public.social_posts."impressions" is 'Views; NULL = not measured.';
comment on column public.social_posts."reach" is 'Distinct persons; NULL = not measured.';
comment on column public.social_posts."likes" is 'Likes; NULL = not measured.';
comment on column public.social_posts."comments" is 'Comments; NULL = not measured.';
comment on column public.social_posts."shares" is 'Shares and reposts; NULL = not measured.';
comment on column public.social_posts."saves" is 'Saves; NULL = not measured.';
comment on column public.social_posts."clicks" is 'Clicks on its link; NULL = not measured.';
comment on column public.social_posts."video_views" is 'Plays; NULL = not measured or no video.';
comment on column public.social_posts."metrics" is 'Further figures as the network names them.';
comment on column public.social_posts."measured_at" is 'As of when the figures hold.';
comment on column public.social_posts."created_at" is 'When the row was made.';
comment on column public.social_posts."updated_at" is 'When the row last changed; kept by trigger.';
comment on column public.social_posts."created_by" is '→ account_users: who made it; empty for imports by job, public pages and the command line.';
comment on column public.social_posts."updated_by" is '→ account_users: who changed it last; kept by trigger.';
comment on column public.social_posts."version" is 'Raised by every update; an edit names the version it saw.';
comment on column public.social_posts."archived_at" is 'When it was archived; NULL while in use.';
"""

DOWNGRADE = r"""
drop table public.social_posts;
drop table public.event_marketing_campaigns;
drop table public.social_media_platforms;
drop table public.media_partners;
drop table public.campaign_influencers;
drop table public.influencers;
drop table public.campaigns;
"""


def upgrade() -> None:
    ops.run(UPGRADE)


def downgrade() -> None:
    ops.sync_drop("social_posts")
    ops.sync_drop("event_marketing_campaigns")
    ops.sync_drop("social_media_platforms")
    ops.sync_drop("media_partners")
    ops.sync_drop("campaign_influencers")
    ops.sync_drop("influencers")
    ops.sync_drop("campaigns")
    ops.run(DOWNGRADE)
