-- How an actor enters a house: credential, account and permissions resolved in one call, kept in
-- transaction-local settings, forgotten with the transaction.

-- function: app.set_context(bigint, bigint, bigint, text, text, text[], text)
-- security: invoker
-- grants: definer
create or replace function app.set_context(
    p_account bigint, p_member bigint, p_user bigint, p_kind text, p_actor text, p_permissions text[], p_request text
) returns void
language sql volatile
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select pg_catalog.set_config('app.account_id', coalesce(p_account::text, ''), true),
           pg_catalog.set_config('app.member_id', coalesce(p_member::text, ''), true),
           pg_catalog.set_config('app.user_id', coalesce(p_user::text, ''), true),
           pg_catalog.set_config('app.actor_kind', p_kind, true),
           pg_catalog.set_config('app.actor_id', coalesce(p_actor, ''), true),
           pg_catalog.set_config('app.permissions', ',' || array_to_string(p_permissions, ',') || ',', true),
           pg_catalog.set_config('app.request_id', coalesce(p_request, ''), true)
$$;

-- function: app.resolve_actor(text, bytea, text)
-- security: definer
-- reads: login_sessions, users, account_users, accounts, api_keys, one_time_tokens, procrastinate.procrastinate_jobs
-- grants: definer
create or replace function app.resolve_actor(p_kind text, p_secret bytea, p_detail text)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
    v_account bigint; v_member bigint; v_user bigint; v_actor text; v_scopes text[]; v_job jsonb; v_factor timestamptz; v_holder bigint;
    a accounts%rowtype; m account_users%rowtype;
begin
    if p_kind in ('member', 'operator') then
        select s.user_id, s.id::text, s.second_factor_at into v_user, v_actor, v_factor
          from login_sessions s left join users u on u.id = s.user_id
         where s.token_hash = p_secret and s.kind = p_kind and s.revoked_at is null and s.expires_at > now()
           and (s.user_id is null or u.status = 'active');
        if not found then raise exception 'session ended' using errcode = 'EO001'; end if;
        select * into a from accounts where slug = p_detail;
        if not found then raise exception 'no such house' using errcode = 'EO002'; end if;
        v_account := a.id;
        if p_kind = 'member' or v_user is not null then
            select * into m from account_users au
             where au.account_id = a.id and au.user_id = v_user and au.status = 'active';
            if not found then raise exception 'not a member' using errcode = 'EO002'; end if;
            v_actor := m.id::text;
        end if;
    elsif p_kind = 'api_key' then
        select k.account_id, k.id::text, k.scopes into v_account, v_actor, v_scopes from api_keys k
         where k.key_hash = p_secret and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
        if not found then raise exception 'key ended' using errcode = 'EO001'; end if;
    elsif p_kind = 'public_token' then
        select t.account_id, t.id::text, t.member_id,
               array(select jsonb_array_elements_text(coalesce(t.payload -> 'permissions', '[]')))
          into v_account, v_actor, v_holder, v_scopes from one_time_tokens t
         where t.token_hash = p_secret and t.purpose = p_detail and t.account_id is not null
           and t.revoked_at is null and t.used_at is null and t.expires_at > now();
        if not found then raise exception 'link ended' using errcode = 'EO001'; end if;
        if v_holder is not null and p_detail = 'public_link' then
            -- On a member's behalf: it reads what they may read now, and ends with the membership or the login.
            select au.* into m from account_users au join users u on u.id = au.user_id and u.status = 'active'
             where au.account_id = v_account and au.id = v_holder and au.status = 'active';
            if not found then raise exception 'link ended' using errcode = 'EO001'; end if;
            v_scopes := array(select p from unnest(app.effective_permissions(m.role, m.permissions)) p
                               where p like '%.read');
        end if;
    elsif p_kind = 'job' then
        select j.args into v_job from procrastinate.procrastinate_jobs j
         where j.id = convert_from(p_secret, 'UTF8')::bigint and j.status = 'doing';
        if not found then raise exception 'job not running' using errcode = 'EO001'; end if;
        v_account := (v_job ->> 'account_id')::bigint;
        v_actor := convert_from(p_secret, 'UTF8');
        if v_job ->> 'member_id' is not null then
            select * into m from account_users au
             where au.account_id = v_account and au.id = (v_job ->> 'member_id')::bigint and au.status = 'active';
            if not found then raise exception 'who deferred it has left' using errcode = 'EO002'; end if;
        elsif v_job ->> 'api_key_id' is not null then
            -- What a key set going does no more than the key may, and ends with it.
            select k.scopes into v_scopes from api_keys k
             where k.account_id = v_account and k.id = (v_job ->> 'api_key_id')::bigint
               and k.revoked_at is null and (k.expires_at is null or k.expires_at > now());
            if not found then raise exception 'the key that deferred it has ended' using errcode = 'EO002'; end if;
        end if;
    else
        raise exception 'unknown actor kind' using errcode = 'EO001';
    end if;

    if a.id is null then select * into a from accounts where id = v_account; end if;
    if a.id is null then raise exception 'no such house' using errcode = 'EO002'; end if;
    if a.status <> 'active' and p_kind <> 'operator' then raise exception 'house suspended' using errcode = 'EO003'; end if;
    if p_kind = 'member' and v_factor is null and a.settings -> 'second_factor' = 'true' then
        raise exception 'second factor demanded' using errcode = 'EO004';
    end if;

    return query select
        a.id, a.slug, a.name, a.timezone, a.base_currency::text, a.locale,
        m.id, coalesce(m.user_id, v_user),
        coalesce(m.display_name, case p_kind when 'operator' then 'Operator' when 'job' then 'Background job'
                                             when 'api_key' then 'API key' else 'Guest' end),
        p_kind, v_actor, m.role,
        case when v_scopes is not null then v_scopes
             when m.id is not null then app.effective_permissions(m.role, m.permissions)
             else app.role_permissions('owner') end,
        coalesce(m.id::text || '.' || m.version::text, p_kind) || '.' || a.version::text;
end
$$;

-- function: app.enter_context(text, bytea, text, boolean, text)
-- security: definer
-- grants: definer
create or replace function app.enter_context(p_kind text, p_secret bytea, p_detail text, p_read_only boolean, p_request text)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record;
begin
    select * into strict r from app.resolve_actor(p_kind, p_secret, p_detail);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, p_request);
    -- An actor without any write permission gets nothing but a read-only transaction.
    if p_read_only or not exists (select from unnest(r.permissions) p where p not like '%.read') then
        perform set_config('transaction_read_only', 'on', true);
    end if;
    return query select r.account_id, r.account_slug, r.account_name, r.account_timezone, r.account_currency,
        r.account_locale, r.member_id, r.user_id, r.display_name, r.actor_kind, r.actor_id, r.role, r.permissions,
        r.permission_version;
end
$$;

-- function: app.enter_member(bytea, text, boolean, text)
-- security: definer
-- grants: app
create or replace function app.enter_member(p_token_hash bytea, p_house text, p_read_only boolean, p_request text)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select * from app.enter_context('member', p_token_hash, p_house, p_read_only, p_request) $$;

-- function: app.enter_operator(bytea, text, boolean, text)
-- security: definer
-- grants: app
create or replace function app.enter_operator(p_token_hash bytea, p_house text, p_read_only boolean, p_request text)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select * from app.enter_context('operator', p_token_hash, p_house, p_read_only, p_request) $$;

-- function: app.enter_key(bytea, boolean, text)
-- security: definer
-- grants: app
create or replace function app.enter_key(p_hash bytea, p_read_only boolean, p_request text)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select * from app.enter_context('api_key', p_hash, '', p_read_only, p_request) $$;

-- function: app.enter_token(bytea, text, boolean, text)
-- security: definer
-- grants: app
create or replace function app.enter_token(p_hash bytea, p_purpose text, p_read_only boolean, p_request text)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select * from app.enter_context('public_token', p_hash, p_purpose, p_read_only, p_request) $$;

-- function: app.enter_job(bigint, boolean, text)
-- security: definer
-- grants: app
create or replace function app.enter_job(p_job bigint, p_read_only boolean, p_request text)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select * from app.enter_context('job', convert_to(p_job::text, 'UTF8'), '', p_read_only, p_request) $$;

-- function: app.audit_denied(text, bytea, text, text, text, text)
-- security: definer
-- reads: one_time_tokens
-- grants: app
-- about: Audits a denied command in the house of the credential, in a transaction of its own after the rollback.
create or replace function app.audit_denied(
    p_kind text, p_secret bytea, p_detail text, p_request text, p_action text, p_permission text
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record;
begin
    if p_kind = 'invitation' then
        -- Whoever was about to join is a member yet to be; the link is open again, as taking it up was rolled back.
        select t.account_id, t.member_id, null::bigint as user_id, 'member'::text as actor_kind,
               t.member_id::text as actor_id, '{}'::text[] as permissions
          into strict r from one_time_tokens t where t.token_hash = p_secret and t.purpose = 'invitation';
    else
        select * into strict r from app.resolve_actor(p_kind, p_secret, p_detail);
    end if;
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, p_request);
    perform app.audit_event('denied', '', p_action, jsonb_build_object('permission', p_permission), null);
end
$$;

-- function: app.audit_download(text, bytea, text, text, text, text, jsonb)
-- security: definer
-- grants: app
-- about: Audits that the actor fetched a file, in a transaction of its own: who may only read gets a read-only one.
create or replace function app.audit_download(
    p_kind text, p_secret bytea, p_detail text, p_request text, p_table text, p_row text, p_details jsonb
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record;
begin
    select * into strict r from app.resolve_actor(p_kind, p_secret, p_detail);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, p_request);
    perform app.audit_event('download', p_table, p_row, p_details, null);
end
$$;

-- function: app.defer_job(text, jsonb, text, text, text, timestamptz, integer)
-- security: definer
-- reads: procrastinate.procrastinate_jobs
-- writes: procrastinate.procrastinate_jobs (insert), procrastinate.procrastinate_events (insert)
-- grants: app
create or replace function app.defer_job(
    p_task text, p_args jsonb, p_queue text, p_lock text, p_queueing_lock text, p_at timestamptz, p_priority integer
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
declare
    v_id bigint; v_account text := nullif(current_setting('app.account_id', true), '');
    v_actor text := nullif(current_setting('app.actor_id', true), ''); v_key bigint;
begin
    case current_setting('app.actor_kind', true)
        when 'api_key' then v_key := v_actor::bigint;
        when 'job' then
            select (j.args ->> 'api_key_id')::bigint into v_key
              from procrastinate.procrastinate_jobs j where j.id = v_actor::bigint;
        else v_key := null;
    end case;
    if v_account is null then raise exception 'a job needs a house' using errcode = 'EO001'; end if;
    -- The house and the member or key come from the context, whatever the caller wrote; a job hands its key on.
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
    values (p_queue, p_task, p_priority, p_lock, p_queueing_lock,
            p_args || jsonb_build_object(
                'account_id', v_account::bigint,
                'member_id', nullif(current_setting('app.member_id', true), '')::bigint,
                'api_key_id', v_key),
            p_at)
    on conflict (queueing_lock) where status = 'todo' do nothing
    returning id into v_id;
    return v_id;
end
$$;
