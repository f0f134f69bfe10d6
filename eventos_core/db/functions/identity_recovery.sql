-- Getting back into a login: one-time password links, and what every way of proving oneself shares.

-- function: app.take(text, interval, integer)
-- security: definer
-- writes: rate_limits (insert, update)
-- grants: definer
-- about: Counts one try in the present window of a bucket; false once there were more than the limit.
create or replace function app.take(p_bucket text, p_window interval, p_limit integer)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    insert into rate_limits as r (bucket, window_start, count)
    values (left(p_bucket, 200), date_bin(p_window, now(), timestamptz '2000-01-01 00:00:00+00'), 1)
    on conflict (bucket, window_start) do update set count = r.count + 1
    returning r.count <= p_limit
$$;

-- function: app.audit_of_person(bigint, text, jsonb)
-- security: definer
-- reads: account_users, accounts
-- grants: definer
-- about: Audits an act of a person outside any house in each of their houses, as theirs; ends without context.
create or replace function app.audit_of_person(p_user bigint, p_action text, p_details jsonb)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record;
begin
    for r in select au.account_id, au.id from account_users au join accounts a on a.id = au.account_id
              where au.user_id = p_user and au.status = 'active' and a.status = 'active' order by au.account_id
    loop
        perform app.set_context(r.account_id, r.id, p_user, 'member', r.id::text, '{}', null);
        perform app.audit_event(p_action, 'account_users', r.id::text, p_details, null);
    end loop;
    perform app.set_context(null, null, null, '', null, '{}', null);
end
$$;

-- function: app.sole_login(bigint, bigint)
-- security: definer
-- reads: account_users, users
-- grants: definer
-- about: The login of an active member whom no other house knows; NULL for a login that another house shares.
create or replace function app.sole_login(p_account bigint, p_member bigint)
returns bigint
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select au.user_id from account_users au join users u on u.id = au.user_id and u.status = 'active'
     where au.account_id = p_account and au.id = p_member and au.status = 'active'
       and not exists (select from account_users o where o.user_id = au.user_id and o.account_id <> p_account)
$$;

-- function: app.managed_login(bigint)
-- security: definer
-- reads: account_users, users
-- grants: definer
-- about: The login that the actor in context may help to get back into, of a member of the house in context. An
--     operator helps anybody, since they hold the database anyway.
create or replace function app.managed_login(p_member bigint)
returns bigint
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
begin
    if v_account is null or not app.can('team.manage') then
        raise exception 'not allowed' using errcode = '42501';
    end if;
    if current_setting('app.actor_kind', true) = 'operator' then
        return (select au.user_id from account_users au join users u on u.id = au.user_id and u.status = 'active'
                 where au.account_id = v_account and au.id = p_member and au.status = 'active');
    end if;
    return app.sole_login(v_account, p_member);
end
$$;

-- function: app.issue_password_link(bigint, bytea)
-- security: definer
-- writes: one_time_tokens (insert, update)
-- grants: app
-- about: A link (24 hours) with which a member sets a new password; NULL where the login is not this house's alone.
create or replace function app.issue_password_link(p_member bigint, p_hash bytea)
returns timestamptz
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint := app.managed_login(p_member); v_until timestamptz; v_account bigint; v_member bigint;
begin
    if v_user is null then return null; end if;
    -- An admin's link is bound to the house: it ends when another house comes to share the login.
    if current_setting('app.actor_kind', true) <> 'operator' then
        v_account := current_setting('app.account_id', true)::bigint;
        v_member := p_member;
    end if;
    update one_time_tokens t set revoked_at = now()
     where t.user_id = v_user and t.purpose = 'reset' and t.used_at is null and t.revoked_at is null;
    insert into one_time_tokens (token_hash, purpose, account_id, member_id, user_id, expires_at)
    values (p_hash, 'reset', v_account, v_member, v_user, now() + interval '24 hours') returning expires_at into v_until;
    return v_until;
end
$$;

-- function: app.may_request_password_link(text)
-- security: definer
-- grants: app
-- about: Counts one request from a network address; false after ten within an hour, whatever they asked for.
create or replace function app.may_request_password_link(p_ip text)
returns boolean
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select app.take('reset:ip:' || coalesce(p_ip, 'unknown'), interval '1 hour', 10) $$;

-- function: app.request_password_link(text)
-- security: definer
-- writes: login_mails (insert)
-- grants: app
-- about: Notes that somebody asks for a link for that address. Known or not, the work and the answer are the same:
--     whose address it is, is looked up when the mail is sent. Nothing after three within an hour.
create or replace function app.request_password_link(p_email_norm text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    -- Hashed: an address of any length, and none of those who do not belong here, in the buckets.
    if app.take('reset:' || encode(sha256(convert_to(p_email_norm, 'UTF8')), 'hex'), interval '1 hour', 3) then
        insert into login_mails (kind, email_norm, expires_at)
        values ('password_link', p_email_norm, now() + interval '1 hour');
        perform app.queue_login_mails();
    end if;
end
$$;

-- function: app.password_link(bytea)
-- security: definer
-- reads: one_time_tokens, users
-- grants: app
-- about: Whose password the link sets; nothing once it was used, replaced or has ended.
create or replace function app.password_link(p_hash bytea)
returns table (email text, name text)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select u.email, u.name from one_time_tokens t join users u on u.id = t.user_id and u.status = 'active'
     where t.token_hash = p_hash and t.purpose = 'reset' and t.used_at is null and t.revoked_at is null
       and t.expires_at > now() and (t.account_id is null or app.sole_login(t.account_id, t.member_id) = u.id)
$$;

-- function: app.set_password_by_link(bytea, text)
-- security: definer
-- writes: one_time_tokens (update), user_credentials (insert, update), login_sessions (update),
--     login_attempts (insert), login_mails (delete)
-- grants: app
-- about: Sets the password of the link's person, once, and tells them; ends all their sign-ins, links and the lock on
--     their address.
create or replace function app.set_password_by_link(p_hash bytea, p_password_hash text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint; v_account bigint; v_email text;
begin
    select l.email into v_email from app.password_link(p_hash) l;
    if not found then raise exception 'link used or expired' using errcode = 'EO001'; end if;
    -- Of two at once the second finds the link used here.
    select t.user_id, t.account_id into v_user, v_account from app.use_token(p_hash, 'reset') t;
    if v_user is null then raise exception 'link used or expired' using errcode = 'EO001'; end if;
    insert into user_credentials as c (user_id, password_hash, password_changed_at)
    values (v_user, p_password_hash, now())
    on conflict (user_id) do update
       set password_hash = excluded.password_hash, password_changed_at = now(), must_change_password = false;
    update login_sessions s set revoked_at = now(), revoked_reason = 'password_changed'
     where s.user_id = v_user and s.kind = 'member' and s.revoked_at is null;
    update one_time_tokens t set revoked_at = now()
     where t.user_id = v_user and t.purpose in ('reset', 'session_ticket') and t.used_at is null and t.revoked_at is null;
    -- A link that is still to be mailed would outlive the others.
    delete from login_mails m where m.email_norm = app.email_norm(v_email) and m.sent_at is null;
    -- Whoever forgot a password has tried it too often before: a good attempt opens the door again.
    insert into login_attempts (email_norm, ok) values (app.email_norm(v_email), true);
    perform app.audit_of_person(v_user, 'password_set',
        jsonb_build_object('by', case when v_account is null then 'mail or operator' else 'link of an admin' end));
    perform app.tell_of_password(v_user);
end
$$;
