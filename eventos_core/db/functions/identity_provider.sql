-- Single sign-on: whom the proof of an identity provider stands for. The app checks the proof; that it counts once, and
-- for the same person each time, is decided here.

-- function: app.sign_in_by_identity(text, text, text, bytea)
-- security: definer
-- reads: users
-- writes: user_credentials (insert, update), one_time_tokens (insert)
-- grants: app
-- about: The person linked with that identity, else the one of its verified address, whom this links with it. The
--     refusal says why there is none: unknown_user, disabled, other_identity, or used for a proof that counted before.
create or replace function app.sign_in_by_identity(p_issuer text, p_subject text, p_email_norm text, p_proof bytea)
returns table (user_id bigint, email text, refusal text)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare u users%rowtype; v_linked boolean;
begin
    select x.* into u from user_credentials c join users x on x.id = c.user_id
     where c.oidc_issuer = p_issuer and c.oidc_subject = p_subject;
    v_linked := found;
    if not v_linked then
        select x.* into u from users x where x.email_norm = p_email_norm;
        if not found then return query select null::bigint, null::text, 'unknown_user'; return; end if;
        -- A provider that gives an address to somebody new says so by another subject.
        if exists (select from user_credentials c where c.user_id = u.id and c.oidc_subject is not null) then
            return query select null::bigint, u.email, 'other_identity'; return;
        end if;
    end if;
    if u.status <> 'active' then return query select null::bigint, u.email, 'disabled'; return; end if;
    -- The proof lies in a cookie that outlives our session: without this it would sign in again and again.
    insert into one_time_tokens (token_hash, purpose, user_id, used_at, uses, expires_at)
    values (p_proof, 'identity', u.id, now(), 1, now() + interval '1 day') on conflict (token_hash) do nothing;
    if not found then return query select null::bigint, u.email, 'used'; return; end if;
    if not v_linked then
        insert into user_credentials as c (user_id, oidc_issuer, oidc_subject) values (u.id, p_issuer, p_subject)
        on conflict on constraint pk_user_credentials do update
           set oidc_issuer = excluded.oidc_issuer, oidc_subject = excluded.oidc_subject
         where c.oidc_subject is null;
        if not found then return query select null::bigint, u.email, 'other_identity'; return; end if;
        perform app.audit_of_person(u.id, 'identity_linked', jsonb_build_object('issuer', p_issuer));
    end if;
    return query select u.id, u.email, null::text;
end
$$;

-- function: app.own_identity(bytea)
-- security: definer
-- reads: login_sessions, user_credentials
-- grants: app
-- about: With which identity provider the person's own login is linked; NULL for none.
create or replace function app.own_identity(p_hash bytea)
returns text
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select c.oidc_issuer from login_sessions me join user_credentials c on c.user_id = me.user_id
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
$$;

-- function: app.unlink_identity(bytea)
-- security: definer
-- reads: login_sessions
-- writes: user_credentials (update)
-- grants: app
-- about: Parts the person's own login from its identity; false where it had none.
create or replace function app.unlink_identity(p_hash bytea)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_user bigint;
begin
    update user_credentials c set oidc_issuer = null, oidc_subject = null from login_sessions me
     where me.token_hash = p_hash and me.kind = 'member' and me.revoked_at is null and me.expires_at > now()
       and c.user_id = me.user_id and c.oidc_subject is not null
    returning c.user_id into v_user;
    if v_user is null then return false; end if;
    perform app.audit_of_person(v_user, 'identity_unlinked', '{}');
    return true;
end
$$;
