-- What an erasure must reach beyond the app's own policies: other people's personal rows, append-only tables, the audit.
-- Each asks for privacy.manage, works in the house in context only, and on the tables named in its header only.

-- function: app.hidden_texts(text)
-- security: definer
-- reads: notifications, saved_views, calendar_tokens
-- grants: app
-- about: Personal rows of any member of the house in which a pattern is found, whole; for an erasure.
create or replace function app.hidden_texts(p_pattern text) returns table (entity text, id bigint, content jsonb)
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
begin
    if not app.can('privacy.manage') then
        raise exception 'searching for a person needs privacy.manage' using errcode = '42501';
    end if;
    return query
    select 'notifications', n.id, to_jsonb(n) from notifications n
     where n.account_id = v_account and concat_ws(chr(10), n.title, n.body, n.link, n.dedupe_key) ~ p_pattern
    union all
    select 'saved_views', s.id, to_jsonb(s) from saved_views s
     where s.account_id = v_account
       and concat_ws(chr(10), s.name, s.filters::text, s.columns::text) ~ p_pattern
    union all
    select 'calendar_tokens', c.id, to_jsonb(c) from calendar_tokens c
     where c.account_id = v_account and c.name ~ p_pattern;
end
$$;

-- function: app.erase_columns(text, bigint, jsonb)
-- security: definer
-- writes: notifications (update), saved_views (update), calendar_tokens (update), analytics (update),
--     check_ins (update), media_asset_versions (update), event_roi (update), ledger_entries (update),
--     account_users (update), api_keys (update), integrations (update), webhook_endpoints (update),
--     retention_policies (update), opportunity_versions (update)
-- grants: app
-- about: Sets columns of one row that the app may not write by itself; for an erasure. Keys, states and secrets are refused.
create or replace function app.erase_columns(p_table text, p_id bigint, p_columns jsonb) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_set text; v_from text;
begin
    if not app.can('privacy.manage') then
        raise exception 'erasing needs privacy.manage' using errcode = '42501';
    end if;
    if p_table not in (
        'notifications', 'saved_views', 'calendar_tokens', 'analytics', 'check_ins', 'media_asset_versions',
        'event_roi', 'ledger_entries', 'account_users', 'api_keys', 'integrations', 'webhook_endpoints',
        'retention_policies', 'opportunity_versions') then
        raise exception '% is written by the app itself', p_table using errcode = '42501';
    end if;
    if exists (select from jsonb_object_keys(p_columns) k
                where k not in ('title', 'body', 'link', 'dedupe_key', 'name', 'filters', 'columns', 'visitor',
                                'subject', 'channel', 'dimensions', 'note', 'nonce', 'file_name', 'notes', 'memo',
                                'display_name', 'department', 'job_title', 'invited_email', 'settings', 'url',
                                'external_account', 'last_error', 'revenue_by_source', 'cost_by_category',
                                'intangibles', 'inputs', 'category', 'source')) then
        raise exception 'these columns are not erased' using errcode = '42501';
    end if;
    select string_agg(format('%I', k), ', ' order by k), string_agg(format('r.%I', k), ', ' order by k)
      into v_set, v_from from jsonb_object_keys(p_columns) k;
    execute format(
        'update public.%I t set (%s) = (select %s from jsonb_populate_record(t, $1) r)'
        ' where t.account_id = $2 and t.id = $3', p_table, v_set, v_from)
    using p_columns, nullif(current_setting('app.account_id', true), '')::bigint, p_id;
end
$$;

-- function: app.erase_audit_texts(text, text, text, text, jsonb, jsonb)
-- security: definer
-- writes: audit_log (update)
-- grants: app
-- about: Removes content and salt of entries of the house in context in which a person is named, apart from rows kept
--     as they are (p_kept: objects with entity and id) and, for names alone, from rows that stay (p_spared). p_rough
--     finds a little more than the other two patterns and is looked for first, since it is fast. What p_others finds
--     is another person's address and counts for nothing.
create or replace function app.erase_audit_texts(
    p_rough text, p_addresses text, p_names text, p_others text, p_kept jsonb, p_spared jsonb
) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_count integer;
begin
    if not app.can('privacy.manage') then
        raise exception 'erasing needs privacy.manage' using errcode = '42501';
    end if;
    update audit_log a
       set before = null, after = null, reason = null, salt = null, erased_at = now()
     where a.account_id = nullif(current_setting('app.account_id', true), '')::bigint
       and a.erased_at is null
       and concat_ws(chr(10), a.before::text, a.after::text, a.reason) ~ p_rough
       and exists (
            select from concat_ws(chr(10), a.before::text, a.after::text, a.reason) whole,
                 lateral (select case when p_others = '' then whole
                                      else regexp_replace(whole, p_others, repeat(chr(10), 5), 'g') end) own (said)
             where (p_addresses <> '' and own.said ~ p_addresses)
                or (p_names <> '' and own.said ~ p_names
                    and not exists (select from jsonb_array_elements(p_spared) s
                                     where s ->> 'entity' = a.table_name and s ->> 'id' = a.row_id)))
       and not exists (select from jsonb_array_elements(p_kept) s
                        where s ->> 'entity' = a.table_name and s ->> 'id' = a.row_id);
    get diagnostics v_count = row_count;
    return v_count;
end
$$;

-- function: app.forget_addresses(text[], text)
-- security: definer
-- reads: users
-- writes: login_attempts (delete), login_mails (delete), procrastinate.procrastinate_jobs (update)
-- grants: app
-- about: Removes what lies outside the house's tables of a person: tries to sign in, and links asked for, under an
--     address that is nobody's login, and reasons of failed jobs of the house in context. Returns how many rows.
create or replace function app.forget_addresses(p_addresses text[], p_pattern text) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
declare v_count integer; v_all integer; v_mails integer;
begin
    if not app.can('privacy.manage') then
        raise exception 'erasing needs privacy.manage' using errcode = '42501';
    end if;
    delete from login_attempts l
     where l.email_norm = any (p_addresses)
       and not exists (select from users u where u.email_norm = l.email_norm);
    get diagnostics v_all = row_count;
    delete from login_mails m
     where m.email_norm = any (p_addresses)
       and not exists (select from users u where u.email_norm = m.email_norm);
    get diagnostics v_mails = row_count;
    update procrastinate.procrastinate_jobs j set args = j.args - 'error'
     where (j.args ->> 'account_id')::bigint = nullif(current_setting('app.account_id', true), '')::bigint
       and p_pattern <> '' and j.args ->> 'error' ~ p_pattern;
    get diagnostics v_count = row_count;
    return v_all + v_mails + v_count;
end
$$;
