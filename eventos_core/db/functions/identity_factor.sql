-- The second factor: what the app sees of it, and every step that must happen once. Codes are checked outside, since
-- only the app has the key of the secret; that a code's time step was not used before is decided here.

-- function: app.own_factor(bytea)
-- security: definer
-- reads: login_sessions, user_credentials, account_users, accounts
-- grants: app
-- about: The person's own second factor: since when, how many recovery codes are left, which houses demand one.
create or replace function app.own_factor(p_hash bytea)
returns table (user_id bigint, since timestamptz, recovery_codes integer, demanded_by text[])
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select me.user_id, c.totp_confirmed_at, coalesce(cardinality(c.recovery_code_hashes), 0),
           array(select a.name from account_users au join accounts a on a.id = au.account_id and a.status = 'active'
                  where au.user_id = me.user_id and au.status = 'active' and a.settings -> 'second_factor' = 'true'
                  order by a.name)
      from login_sessions me left join user_credentials c on c.user_id = me.user_id
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
$$;

-- function: app.has_factor(bigint)
-- security: definer
-- reads: user_credentials
-- grants: app, definer
-- about: Whether signing in as this person takes a second factor.
create or replace function app.has_factor(p_user bigint)
returns boolean
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$ select exists (select from user_credentials c where c.user_id = p_user and c.totp_confirmed_at is not null) $$;

-- function: app.try_factor(bigint)
-- security: definer
-- reads: user_credentials
-- grants: app
-- about: Counts one try of a code and hands out the sealed secret to check it with; EO005 after five within
--     fifteen minutes or thirty within a day, a good one in between forgives.
create or replace function app.try_factor(p_user bigint)
returns bytea
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    -- Counted before the code is looked at: a thousand guesses at once are a thousand tries.
    if not (app.take('factor:user:' || p_user, interval '15 minutes', 5)
            and app.take('factor-day:user:' || p_user, interval '1 day', 30)) then
        raise exception 'too many codes' using errcode = 'EO005';
    end if;
    return (select c.totp_secret from user_credentials c where c.user_id = p_user and c.totp_confirmed_at is not null);
end
$$;

-- function: app.use_factor(bigint, bigint, bytea)
-- security: definer
-- writes: user_credentials (update), rate_limits (delete)
-- grants: definer
-- about: Spends a time step or a recovery code; false when it was spent before.
create or replace function app.use_factor(p_user bigint, p_step bigint, p_recovery bytea)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    -- Of two at once the second waits for the row and then no longer meets the condition.
    update user_credentials c
       set totp_last_step = coalesce(p_step, c.totp_last_step),
           recovery_code_hashes = array_remove(c.recovery_code_hashes, p_recovery)
     where c.user_id = p_user and c.totp_confirmed_at is not null
       and ((p_step is not null and p_recovery is null and coalesce(c.totp_last_step, 0) < p_step)
            or (p_step is null and p_recovery = any (c.recovery_code_hashes)));
    if not found then return false; end if;
    delete from rate_limits r where r.bucket in ('factor:user:' || p_user, 'factor-day:user:' || p_user);
    if p_recovery is not null then
        perform app.audit_of_person(p_user, 'recovery_code_used', '{}');
    end if;
    return true;
end
$$;

-- function: app.issue_ticket_by_factor(bigint, bytea, bigint, bytea, text)
-- security: definer
-- reads: users
-- writes: one_time_tokens (insert)
-- grants: app
-- about: The ticket of a sign-in whose first and second factor were right; false when the code was spent before.
create or replace function app.issue_ticket_by_factor(
    p_user bigint, p_hash bytea, p_step bigint, p_recovery bytea, p_method text
)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    if not app.use_factor(p_user, p_step, p_recovery) then return false; end if;
    insert into one_time_tokens (token_hash, purpose, user_id, payload, expires_at)
    select p_hash, 'session_ticket', u.id, jsonb_build_object('second_factor', true, 'method', p_method),
           now() + interval '30 seconds'
      from users u where u.id = p_user and u.status = 'active';
    return found;
end
$$;

-- function: app.confirm_factor(bytea, bytea, bigint, bytea[])
-- security: definer
-- writes: user_credentials (update), login_sessions (update)
-- grants: app
-- about: Switches the person's second factor on; this sign-in has passed it, all others end. False when it is on.
create or replace function app.confirm_factor(p_hash bytea, p_secret bytea, p_step bigint, p_recovery bytea[])
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    update user_credentials c
       set totp_secret = p_secret, totp_confirmed_at = now(), totp_last_step = p_step, recovery_code_hashes = p_recovery
      from login_sessions me
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
       and c.user_id = me.user_id and c.totp_confirmed_at is null
    returning c.user_id into v_user;
    if v_user is null then return false; end if;
    update login_sessions s set second_factor_at = now() where s.token_hash = p_hash;
    update login_sessions s set revoked_at = now(), revoked_reason = 'signed_out_everywhere'
     where s.user_id = v_user and s.token_hash <> p_hash and s.kind = 'member' and s.revoked_at is null;
    perform app.audit_of_person(v_user, 'second_factor_on', '{}');
    return true;
end
$$;

-- function: app.replace_recovery_codes(bytea, bytea[])
-- security: definer
-- reads: login_sessions
-- writes: user_credentials (update)
-- grants: app
-- about: New recovery codes for the person's own second factor; the old ones end. False without a factor.
create or replace function app.replace_recovery_codes(p_hash bytea, p_recovery bytea[])
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    update user_credentials c set recovery_code_hashes = p_recovery
      from login_sessions me
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
       and c.user_id = me.user_id and c.totp_confirmed_at is not null
    returning c.user_id into v_user;
    if v_user is null then return false; end if;
    perform app.audit_of_person(v_user, 'recovery_codes_replaced', '{}');
    return true;
end
$$;

-- function: app.clear_factor(bigint)
-- security: definer
-- writes: user_credentials (update), login_sessions (update), rate_limits (delete)
-- grants: definer
-- about: Forgets a second factor; no sign-in counts as having passed one any more. False where there was none.
create or replace function app.clear_factor(p_user bigint)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    update user_credentials c
       set totp_secret = null, totp_confirmed_at = null, totp_last_step = null, recovery_code_hashes = '{}'
     where c.user_id = p_user and c.totp_confirmed_at is not null;
    if not found then return false; end if;
    delete from rate_limits r where r.bucket in ('factor:user:' || p_user, 'factor-day:user:' || p_user);
    update login_sessions s set second_factor_at = null where s.user_id = p_user and s.second_factor_at is not null;
    return true;
end
$$;

-- function: app.remove_factor(bytea)
-- security: definer
-- reads: login_sessions
-- grants: app
-- about: Switches the person's own second factor off; false where it was off.
create or replace function app.remove_factor(p_hash bytea)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    select me.user_id into v_user from login_sessions me
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now();
    if v_user is null or not app.clear_factor(v_user) then return false; end if;
    perform app.audit_of_person(v_user, 'second_factor_off', '{}');
    return true;
end
$$;

-- function: app.reset_factor(bigint)
-- security: definer
-- writes: login_sessions (update)
-- grants: app
-- about: Forgets the second factor of a member and ends their sign-ins; NULL where the login is not this house's
--     alone, false where there was no factor.
create or replace function app.reset_factor(p_member bigint)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint := app.managed_login(p_member);
begin
    if v_user is null then return null; end if;
    if not app.clear_factor(v_user) then return false; end if;
    update login_sessions s set revoked_at = now(), revoked_reason = 'admin'
     where s.user_id = v_user and s.kind = 'member' and s.revoked_at is null;
    return true;
end
$$;

-- function: app.member_factors()
-- security: definer
-- reads: account_users, user_credentials
-- grants: app
-- about: Which members of the house in context have a second factor, and whose login is this house's alone; for
--     who manages the team.
create or replace function app.member_factors()
returns table (member_id bigint, has_factor boolean, ours_alone boolean)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select au.id, c.totp_confirmed_at is not null, app.sole_login(au.account_id, au.id) is not null
      from account_users au left join user_credentials c on c.user_id = au.user_id
     where au.account_id = nullif(current_setting('app.account_id', true), '')::bigint
       and (select app.can('team.manage')) and au.status = 'active'
$$;
