-- How houses, logins and memberships come to be: set-up of a new installation, operator tickets, invitations.

-- function: app.is_new_installation()
-- security: definer
-- reads: users
-- grants: app
create or replace function app.is_new_installation()
returns boolean
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select not exists (select from users) $$;

-- function: app.open_set_up(bytea)
-- security: definer
-- reads: users
-- writes: one_time_tokens (insert)
-- grants: app
create or replace function app.open_set_up(p_hash bytea)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    if exists (select from users) then return false; end if;
    insert into one_time_tokens (token_hash, purpose, expires_at) values (p_hash, 'setup', now() + interval '7 days');
    return true;
end
$$;

-- function: app.set_up_open(bytea)
-- security: definer
-- reads: users, one_time_tokens
-- grants: app
create or replace function app.set_up_open(p_hash bytea)
returns boolean
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select not exists (select from users) and exists (
        select from one_time_tokens t where t.token_hash = p_hash and t.purpose = 'setup' and t.used_at is null
           and t.revoked_at is null and t.expires_at > now())
$$;

-- function: app.open_operator_ticket(bytea)
-- security: definer
-- writes: one_time_tokens (insert)
-- grants: migrator
create or replace function app.open_operator_ticket(p_hash bytea)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    insert into one_time_tokens (token_hash, purpose, expires_at) values (p_hash, 'operator', now() + interval '1 minute')
$$;

-- function: app.redeem_operator_ticket(bytea, bytea, text)
-- security: definer
-- reads: users
-- writes: login_sessions (insert)
-- grants: app
create or replace function app.redeem_operator_ticket(p_ticket_hash bytea, p_session_hash bytea, p_as_email_norm text)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint; v_id bigint;
begin
    perform from app.use_token(p_ticket_hash, 'operator');
    if not found then raise exception 'ticket used or expired' using errcode = 'EO001'; end if;
    if p_as_email_norm is not null then
        select u.id into v_user from users u where u.email_norm = p_as_email_norm and u.status = 'active';
        if v_user is null then raise exception 'no such person' using errcode = 'EO001'; end if;
    end if;
    insert into login_sessions (token_hash, kind, user_id, ip, user_agent, expires_at)
    values (p_session_hash, 'operator', v_user, null, 'command line', now() + interval '12 hours')
    returning id into v_id;
    return v_id;
end
$$;

-- function: app.operator_houses(bytea)
-- security: definer
-- reads: login_sessions, accounts, account_users
-- grants: app
create or replace function app.operator_houses(p_hash bytea)
returns table (id bigint, slug text, name text, status text, base_currency text, timezone text, members bigint, created_at timestamptz)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select a.id, a.slug, a.name, a.status, a.base_currency::text, a.timezone,
           (select count(*) from account_users au where au.account_id = a.id and au.status = 'active'), a.created_at
      from accounts a
     where exists (select from login_sessions s where s.token_hash = p_hash and s.kind = 'operator' and s.user_id is null
                      and s.revoked_at is null and s.expires_at > now())
     order by a.slug
$$;

-- function: app.make_login(text, text, text)
-- security: definer
-- reads: users
-- writes: users (insert), user_credentials (insert)
-- grants: definer
create or replace function app.make_login(p_email text, p_name text, p_password_hash text)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    -- An existing login keeps its password and its name.
    select u.id into v_user from users u where u.email_norm = app.email_norm(p_email);
    if v_user is not null then return v_user; end if;
    if p_password_hash is null then raise exception 'a new login needs a password' using errcode = 'EO001'; end if;
    insert into users (email, name) values (p_email, p_name) returning id into v_user;
    insert into user_credentials (user_id, password_hash, password_changed_at) values (v_user, p_password_hash, now());
    return v_user;
end
$$;

-- function: app.enter_founding(text, bytea, jsonb, boolean, text)
-- security: definer
-- reads: users, login_sessions
-- writes: accounts (insert), account_users (insert)
-- grants: app
create or replace function app.enter_founding(
    p_kind text, p_secret bytea, p_details jsonb, p_read_only boolean, p_request text
)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint; v_member bigint; a accounts%rowtype;
begin
    if p_kind = 'setup' then
        -- One set-up at a time; it works only while no user exists.
        perform pg_advisory_xact_lock(hashtextextended('eventos.setup', 0));
        if exists (select from users) then raise exception 'already set up' using errcode = 'EO001'; end if;
        perform from app.use_token(p_secret, 'setup');
        if not found then raise exception 'code used or expired' using errcode = 'EO001'; end if;
    elsif not exists (select from login_sessions s where s.token_hash = p_secret and s.kind = 'operator'
                         and s.revoked_at is null and s.expires_at > now()) then
        raise exception 'operator session ended' using errcode = 'EO001';
    end if;
    insert into accounts (slug, name, base_currency, timezone, locale)
    values (p_details ->> 'slug', p_details ->> 'name', p_details ->> 'currency', p_details ->> 'timezone', p_details ->> 'locale')
    returning * into a;
    v_user := app.make_login(p_details ->> 'owner_email', p_details ->> 'owner_name', p_details ->> 'password_hash');
    perform app.set_context(a.id, null, v_user, p_kind, coalesce(v_user::text, ''), app.role_permissions('owner'), p_request);
    insert into account_users (account_id, user_id, display_name, role, status, joined_at)
    values (a.id, v_user, (select u.name from users u where u.id = v_user), 'owner', 'active', now()) returning id into v_member;
    perform app.set_context(a.id, v_member, v_user, p_kind, v_member::text, app.role_permissions('owner'), p_request);
    return query select a.id, a.slug, a.name, a.timezone, a.base_currency::text, a.locale, v_member, v_user,
        (select u.name from users u where u.id = v_user), p_kind, v_member::text, 'owner'::text,
        app.role_permissions('owner'), 'founding'::text;
end
$$;

-- function: app.issue_invitation(bigint, bytea)
-- security: definer
-- reads: account_users
-- writes: one_time_tokens (insert, update)
-- grants: app
create or replace function app.issue_invitation(p_member bigint, p_hash bytea)
returns timestamptz
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint; v_until timestamptz;
begin
    if not app.can('team.manage') then raise exception 'not allowed' using errcode = '42501'; end if;
    if not exists (select from account_users au where au.account_id = v_account and au.id = p_member
                      and au.status in ('invited', 'placeholder')) then
        raise exception 'nobody to invite' using errcode = 'EO002';
    end if;
    -- A new link replaces the older ones.
    update one_time_tokens t set revoked_at = now()
     where t.account_id = v_account and t.member_id = p_member and t.purpose = 'invitation'
       and t.used_at is null and t.revoked_at is null;
    insert into one_time_tokens (token_hash, purpose, account_id, member_id, expires_at)
    values (p_hash, 'invitation', v_account, p_member, now() + interval '7 days') returning expires_at into v_until;
    return v_until;
end
$$;

-- function: app.revoke_invitations(bigint)
-- security: definer
-- writes: one_time_tokens (update)
-- grants: app
create or replace function app.revoke_invitations(p_member bigint)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    update one_time_tokens t set revoked_at = now()
     where t.account_id = nullif(current_setting('app.account_id', true), '')::bigint and t.member_id = p_member
       and t.purpose = 'invitation' and t.used_at is null and t.revoked_at is null and (select app.can('team.manage'))
$$;

-- function: app.invitation(bytea)
-- security: definer
-- reads: one_time_tokens, account_users, accounts, users
-- grants: app
create or replace function app.invitation(p_hash bytea)
returns table (account_slug text, account_name text, invited_email text, display_name text, role text, has_login boolean)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select a.slug, a.name, au.invited_email, au.display_name, au.role,
           exists (select from users u where u.email_norm = app.email_norm(au.invited_email))
      from one_time_tokens t
      join account_users au on au.account_id = t.account_id and au.id = t.member_id
      join accounts a on a.id = t.account_id and a.status = 'active'
     where t.token_hash = p_hash and t.purpose = 'invitation' and t.used_at is null and t.revoked_at is null
       and t.expires_at > now() and au.status in ('invited', 'placeholder')
$$;

-- function: app.enter_invitation(bytea, text, text, bytea, boolean, text)
-- security: definer
-- reads: one_time_tokens, users, login_sessions, accounts
-- writes: account_users (update)
-- grants: app
create or replace function app.enter_invitation(
    p_hash bytea, p_name text, p_password_hash text, p_session bytea, p_read_only boolean, p_request text
)
returns table (
    account_id bigint, account_slug text, account_name text, account_timezone text, account_currency text,
    account_locale text, member_id bigint, user_id bigint, display_name text, actor_kind text, actor_id text,
    role text, permissions text[], permission_version text
)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare t record; m account_users%rowtype; a accounts%rowtype; v_user bigint; v_mine bigint;
begin
    select i.* into t from one_time_tokens i where i.token_hash = p_hash;
    perform from app.use_token(p_hash, 'invitation');
    if not found then raise exception 'invitation used or expired' using errcode = 'EO001'; end if;
    select * into m from account_users au where au.account_id = t.account_id and au.id = t.member_id
       and au.status in ('invited', 'placeholder') for update;
    if not found then raise exception 'invitation withdrawn' using errcode = 'EO001'; end if;
    select * into a from accounts x where x.id = m.account_id and x.status = 'active';
    if not found then raise exception 'house suspended' using errcode = 'EO003'; end if;
    select u.id into v_user from users u where u.email_norm = app.email_norm(m.invited_email);
    if v_user is null then
        v_user := app.make_login(m.invited_email, p_name, p_password_hash);
    else
        -- The address has a login already: only that person, signed in, may take the invitation up.
        select s.user_id into v_mine from login_sessions s
         where s.token_hash = p_session and s.kind = 'member' and s.revoked_at is null and s.expires_at > now();
        if v_mine is distinct from v_user then raise exception 'sign in first' using errcode = 'EO001'; end if;
    end if;
    perform app.set_context(a.id, m.id, v_user, 'member', m.id::text, app.effective_permissions(m.role, m.permissions), p_request);
    update account_users au set user_id = v_user, status = 'active',
           joined_at = coalesce(au.joined_at, now()), disabled_at = null,
           display_name = coalesce(nullif(btrim(p_name), ''), au.display_name)
     where au.account_id = m.account_id and au.id = m.id returning * into m;
    return query select a.id, a.slug, a.name, a.timezone, a.base_currency::text, a.locale, m.id, v_user, m.display_name,
        'member'::text, m.id::text, m.role, app.effective_permissions(m.role, m.permissions), 'invitation'::text;
end
$$;

-- function: app.add_existing_login(bigint, text)
-- security: definer
-- reads: users
-- writes: account_users (update)
-- grants: app
create or replace function app.add_existing_login(p_member bigint, p_email_norm text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    -- Only the operator may attach a login without the person's own consent (they hold the database anyway).
    if current_setting('app.actor_kind', true) is distinct from 'operator' or not app.can('team.manage') then
        raise exception 'not allowed' using errcode = '42501';
    end if;
    select u.id into v_user from users u where u.email_norm = p_email_norm and u.status = 'active';
    if v_user is null then return false; end if;
    update account_users au set user_id = v_user, status = 'active', joined_at = coalesce(au.joined_at, now())
     where au.account_id = nullif(current_setting('app.account_id', true), '')::bigint and au.id = p_member
       and au.status in ('invited', 'placeholder');
    return found;
end
$$;

-- function: app.remove_placeholders(bigint[])
-- security: definer
-- writes: account_users (delete)
-- grants: app
-- about: Removes memberships that an import made as placeholders, once it is taken back: those of the house that never
--     had a login or an invitation and that nothing holds on to. Takes team.manage, as making them does; without it
--     they stay.
create or replace function app.remove_placeholders(p_ids bigint[]) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
  v_id bigint;
  v_count integer := 0;
begin
  if not app.can('team.manage') then
    return 0;
  end if;
  foreach v_id in array p_ids loop
    begin
      delete from public.account_users m
      where m.account_id = v_account and m.id = v_id and m.status = 'placeholder' and m.user_id is null
        and m.invited_email is null;
      if found then
        v_count := v_count + 1;
      end if;
    exception when foreign_key_violation then
      null;  -- something that the app does not see still points to it
    end;
  end loop;
  return v_count;
end
$$;
