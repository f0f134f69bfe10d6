-- Before a house is entered: credentials, attempts, tokens and sessions. The app has no grant on any of these
-- tables; it sees and changes only what these functions let it.

-- function: app.sign_in_row(text)
-- security: definer
-- reads: users, user_credentials
-- grants: app
create or replace function app.sign_in_row(p_email_norm text)
returns table (user_id bigint, email text, name text, password_hash text, status text)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select u.id, u.email, u.name, c.password_hash, u.status
      from users u left join user_credentials c on c.user_id = u.id
     where u.email_norm = p_email_norm
$$;

-- function: app.lockout(text, text)
-- security: definer
-- reads: login_attempts
-- grants: app
create or replace function app.lockout(p_email_norm text, p_ip text)
returns timestamptz
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    -- Five failures for one address, or thirty from one network address, within fifteen minutes; a good sign-in
    -- in between forgives the address. What an identity provider says of an address guesses no password: it must not
    -- close the door for the address's person.
    select greatest(
        (select max(at) + interval '15 minutes' from login_attempts
          where email_norm = p_email_norm and not ok and at > now() - interval '15 minutes'
            and reason not in ('unverified_email', 'other_identity')
            and at > coalesce((select max(at) from login_attempts g where g.email_norm = p_email_norm and g.ok), '-infinity')
         having count(*) >= 5),
        (select max(at) + interval '15 minutes' from login_attempts
          where ip = p_ip and not ok and at > now() - interval '15 minutes'
         having count(*) >= 30))
$$;

-- function: app.record_attempt(text, text, boolean, text)
-- security: definer
-- writes: login_attempts (insert)
-- grants: app
create or replace function app.record_attempt(p_email_norm text, p_ip text, p_ok boolean, p_reason text)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    insert into login_attempts (email_norm, ip, ok, reason)
    values (left(p_email_norm, 320), p_ip, p_ok, case when p_ok then null else p_reason end)
$$;

-- function: app.issue_session_ticket(bigint, bytea, text)
-- security: definer
-- reads: users
-- writes: one_time_tokens (insert)
-- grants: app
-- about: The ticket of a sign-in that takes no second factor; whoever has one gets none here.
create or replace function app.issue_session_ticket(p_user bigint, p_hash bytea, p_method text)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    insert into one_time_tokens (token_hash, purpose, user_id, payload, expires_at)
    select p_hash, 'session_ticket', u.id, jsonb_build_object('method', p_method), now() + interval '30 seconds'
      from users u where u.id = p_user and u.status = 'active' and not app.has_factor(u.id)
$$;

-- function: app.use_token(bytea, text)
-- security: definer
-- writes: one_time_tokens (update)
-- grants: app
create or replace function app.use_token(p_hash bytea, p_purpose text)
returns table (user_id bigint, account_id bigint, payload jsonb)
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    update one_time_tokens t set used_at = now(), uses = t.uses + 1
     where t.token_hash = p_hash and t.purpose = p_purpose and t.used_at is null and t.revoked_at is null
       and t.expires_at > now()
    returning t.user_id, t.account_id, t.payload
$$;

-- function: app.redeem_ticket(bytea, bytea, text, text, bytea, text)
-- security: definer
-- reads: users
-- writes: login_sessions (insert)
-- grants: app
-- about: Changes a ticket into a session, and tells the person where it begins in a browser not seen before.
create or replace function app.redeem_ticket(
    p_ticket_hash bytea, p_session_hash bytea, p_ip text, p_agent text, p_device bytea, p_browser text
)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint; v_id bigint; v_factor boolean; v_method text;
begin
    select t.user_id, coalesce((t.payload -> 'second_factor')::boolean, false), coalesce(t.payload ->> 'method', 'password')
      into v_user, v_factor, v_method from app.use_token(p_ticket_hash, 'session_ticket') t;
    if v_user is null or not exists (select from users u where u.id = v_user and u.status = 'active') then
        raise exception 'ticket used or expired' using errcode = 'EO001';
    end if;
    insert into login_sessions (token_hash, kind, user_id, method, device_id, ip, user_agent, expires_at, second_factor_at)
    values (p_session_hash, 'member', v_user, v_method, app.seen_device(v_user, p_device, p_browser, p_ip),
            left(p_ip, 45), left(p_agent, 500), now() + interval '14 days', case when v_factor then now() end)
    returning id into v_id;
    return v_id;
end
$$;

-- function: app.session(bytea, text)
-- security: definer
-- reads: users, account_users, accounts
-- writes: login_sessions (update), account_users (update)
-- grants: app
create or replace function app.session(p_hash bytea, p_house text)
returns table (session_id bigint, user_id bigint, email text, name text, locale text, timezone text, houses jsonb)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare s login_sessions%rowtype; r record;
begin
    select * into s from login_sessions l
     where l.token_hash = p_hash and l.kind = 'member' and l.revoked_at is null and l.expires_at > now();
    if not found then return; end if;
    -- Seen at most once a minute, so that a busy page does not write.
    if s.last_seen_at < now() - interval '1 minute' then
        update login_sessions l set last_seen_at = now(), expires_at = greatest(l.expires_at, now() + interval '14 days')
         where l.id = s.id;
    end if;
    if p_house is not null then
        select a.id as account_id, au.id as member_id, au.last_seen_at, au.user_id into r
          from accounts a join account_users au on au.account_id = a.id and au.user_id = s.user_id and au.status = 'active'
         where a.slug = p_house and a.status = 'active';
        if found then
            if not (r.account_id = any (s.entered_account_ids)) then
                update login_sessions l set entered_account_ids = l.entered_account_ids || r.account_id where l.id = s.id;
                perform app.set_context(r.account_id, r.member_id, r.user_id, 'member', r.member_id::text, '{}', null);
                perform app.audit_event('sign_in', 'login_sessions', s.id::text,
                                        jsonb_build_object('ip', s.ip, 'agent', s.user_agent, 'by', s.method), null);
            end if;
            if r.last_seen_at is null or r.last_seen_at < now() - interval '5 minutes' then
                update account_users au set last_seen_at = now() where au.account_id = r.account_id and au.id = r.member_id;
            end if;
        end if;
    end if;
    return query
        select s.id, u.id, u.email, u.name, u.locale, u.timezone,
               coalesce((select jsonb_agg(jsonb_build_object('slug', a.slug, 'name', a.name, 'role', au.role,
                                                             'member_id', au.id) order by a.name)
                           from account_users au join accounts a on a.id = au.account_id
                          where au.user_id = u.id and au.status = 'active' and a.status = 'active'), '[]')
          from users u where u.id = s.user_id and u.status = 'active';
end
$$;

-- function: app.end_session(bytea)
-- security: definer
-- writes: login_sessions (update)
-- grants: app
create or replace function app.end_session(p_hash bytea)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ 
    update login_sessions set revoked_at = now(), revoked_reason = 'signed_out'
     where token_hash = p_hash and revoked_at is null
 $$;

-- function: app.own_sessions(bytea)
-- security: definer
-- reads: login_sessions
-- grants: app
create or replace function app.own_sessions(p_hash bytea)
returns table (
    id bigint, created_at timestamptz, last_seen_at timestamptz, ip text, user_agent text, method text, current boolean
)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select o.id, o.created_at, o.last_seen_at, o.ip, o.user_agent, o.method, o.token_hash = p_hash
      from login_sessions me join login_sessions o on o.user_id = me.user_id
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
       and o.kind = 'member' and o.revoked_at is null and o.expires_at > now()
     order by o.token_hash = p_hash desc, o.last_seen_at desc
$$;

-- function: app.own_attempts(bytea)
-- security: definer
-- reads: login_sessions, login_attempts, users
-- grants: app
create or replace function app.own_attempts(p_hash bytea)
returns table (at timestamptz, ip text, reason text)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select l.at, l.ip, l.reason
      from login_sessions me join users u on u.id = me.user_id join login_attempts l on l.email_norm = u.email_norm
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
       and not l.ok and l.at > now() - interval '90 days'
     order by l.at desc limit 50
$$;

-- function: app.team_attempts()
-- security: definer
-- reads: account_users, login_attempts, users
-- grants: app
create or replace function app.team_attempts()
returns table (email text, failures bigint, last_at timestamptz)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select u.email, count(*), max(l.at)
      from account_users au join users u on u.id = au.user_id join login_attempts l on l.email_norm = u.email_norm
     where au.account_id = nullif(current_setting('app.account_id', true), '')::bigint
       and (select app.can('team.manage')) and not l.ok and l.at > now() - interval '30 days'
     group by u.email order by max(l.at) desc limit 100
$$;

-- function: app.revoke_session(bytea, bigint)
-- security: definer
-- writes: login_sessions (update), login_devices (delete)
-- grants: app
-- about: Ends one of the person's own sign-ins and forgets its browser: whoever was thrown out is noticed again.
create or replace function app.revoke_session(p_hash bytea, p_id bigint)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    with done as (
        update login_sessions o set revoked_at = now(), revoked_reason = 'signed_out'
          from login_sessions me
         where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
           and o.id = p_id and o.user_id = me.user_id and o.revoked_at is null
        returning case when o.device_id is distinct from me.device_id then o.device_id end as device_id),
    forgotten as (delete from login_devices d using done where d.id = done.device_id)
    select exists (select from done)
$$;

-- function: app.end_other_sessions(bytea)
-- security: definer
-- writes: login_sessions (update), login_devices (delete)
-- grants: app
-- about: Ends every sign-in of the person but this one and forgets their browsers; how many.
create or replace function app.end_other_sessions(p_hash bytea)
returns bigint
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    with done as (
        update login_sessions o set revoked_at = now(), revoked_reason = 'signed_out_everywhere'
          from login_sessions me
         where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
           and o.user_id = me.user_id and o.id <> me.id and o.kind = 'member' and o.revoked_at is null
           and o.expires_at > now()
        returning case when o.device_id is distinct from me.device_id then o.device_id end as device_id),
    forgotten as (delete from login_devices d using done where d.id = done.device_id)
    select count(*) from done
$$;

-- function: app.own_password_hash(bytea)
-- security: definer
-- reads: login_sessions, user_credentials
-- grants: app
-- about: What a person's own password is checked against; EO005 after ten such checks within fifteen minutes.
create or replace function app.own_password_hash(p_hash bytea)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    select me.user_id into v_user from login_sessions me
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now();
    if v_user is null then return null; end if;
    if not app.take('password:user:' || v_user, interval '15 minutes', 10) then
        raise exception 'too many passwords' using errcode = 'EO005';
    end if;
    return (select c.password_hash from user_credentials c where c.user_id = v_user);
end
$$;

-- function: app.change_password(bytea, text, text)
-- security: definer
-- reads: users
-- writes: login_sessions (update), user_credentials (update)
-- grants: app
-- about: Sets the person's own password, ends their other sign-ins and tells them.
create or replace function app.change_password(p_hash bytea, p_old_hash text, p_new_hash text)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    -- The old hash that the caller verified must still be the stored one: two changes at once cannot both win.
    update user_credentials c set password_hash = p_new_hash, password_changed_at = now()
      from login_sessions me
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
       and c.user_id = me.user_id and c.password_hash = p_old_hash
    returning c.user_id into v_user;
    if v_user is null then return false; end if;
    update login_sessions o set revoked_at = now(), revoked_reason = 'password_changed'
     where o.user_id = v_user and o.token_hash <> p_hash and o.revoked_at is null;
    perform app.audit_of_person(v_user, 'password_changed', '{}');
    perform app.tell_of_password(v_user);
    return true;
end
$$;
