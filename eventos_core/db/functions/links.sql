-- Public links: made for the house in context, counted and let in from outside, withdrawn; calendar feeds of
-- members. The secret is a row of one_time_tokens; what a house sees of it stands in public_links or calendar_tokens.

-- function: app.issue_link(bytea, text, bigint, timestamptz)
-- security: definer
-- reads: notification_queue, events
-- writes: one_time_tokens (insert)
-- grants: app
-- about: A public link of that kind to a record of the house in context. What it permits follows from the kind alone.
create or replace function app.issue_link(
    p_hash bytea, p_kind text, p_subject bigint, p_expires timestamptz
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint; v_permission text;
begin
    if p_kind = 'unsubscribe'
       and exists (select from notification_queue q where q.account_id = v_account and q.id = p_subject) then
        v_permission := 'contacts.write';
    elsif p_kind = 'programme' and exists (select from events e where e.account_id = v_account and e.id = p_subject) then
        v_permission := 'events.read';
    else
        raise exception 'no such link' using errcode = 'EO002';
    end if;
    insert into one_time_tokens (token_hash, purpose, account_id, payload, expires_at, max_uses)
    values (p_hash, 'public_link', v_account,
            jsonb_build_object('permissions', jsonb_build_array(v_permission), p_kind, p_subject), p_expires, null);
end
$$;

-- function: app.revoke_link(bytea)
-- security: definer
-- writes: one_time_tokens (update)
-- grants: app
-- about: Withdraw a public link of the house in context; the calendar feeds of its members are theirs.
create or replace function app.revoke_link(p_hash bytea)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    update one_time_tokens t set revoked_at = coalesce(t.revoked_at, now())
     where t.token_hash = p_hash and t.purpose = 'public_link' and t.member_id is null
       and t.account_id = nullif(current_setting('app.account_id', true), '')::bigint
$$;

-- function: app.open_link(bytea, text, text, integer, integer, boolean)
-- security: definer
-- reads: accounts, one_time_tokens
-- writes: rate_limits (insert, update), public_links (update)
-- grants: app
-- about: The door of every page outside the sign-in: counts the request by network address and kind, and by link,
--     known or not, so that an answer tells nothing; returns the seconds to wait when it is over a limit, 0 when the link of that kind
--     opens, -1 when it does not: unknown, ended, or switched off by its house, which cannot switch off unsubscribing.
create or replace function app.open_link(
    p_hash bytea, p_kind text, p_ip text, p_per_ip integer, p_per_link integer, p_counts boolean
) returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_window timestamptz := date_trunc('minute', clock_timestamp()); v_ip integer; v_link integer; v_account bigint;
begin
    insert into rate_limits as r (bucket, window_start, count)
    values ('link:' || p_kind || ':ip:' || left(coalesce(nullif(p_ip, ''), '?'), 45), v_window, 1)
    on conflict (bucket, window_start) do update set count = r.count + 1
    returning r.count into v_ip;
    if v_ip <= p_per_ip then
        insert into rate_limits as r (bucket, window_start, count) values ('link:' || encode(p_hash, 'hex'), v_window, 1)
        on conflict (bucket, window_start) do update set count = r.count + 1
        returning r.count into v_link;
    end if;
    if v_ip > p_per_ip or v_link > p_per_link then
        return greatest(1, ceil(extract(epoch from v_window + interval '1 minute' - clock_timestamp()))::integer);
    end if;
    select t.account_id into v_account from one_time_tokens t join accounts a on a.id = t.account_id
     where t.token_hash = p_hash and t.purpose = 'public_link' and t.payload ? p_kind
       and t.revoked_at is null and t.used_at is null and t.expires_at > now() and a.status = 'active'
       and (p_kind = 'unsubscribe' or a.settings -> 'public_links' is distinct from 'false'::jsonb);
    if not found then return -1; end if;
    if p_counts then
        update public_links l set views = l.views + 1, last_opened_at = now()
         where l.account_id = v_account and l.token_hash = p_hash;
    end if;
    return 0;
end
$$;

-- function: app.link_subject(text)
-- security: definer
-- reads: one_time_tokens
-- grants: app
-- about: The id under that key of the public link in context; NULL for any other actor or kind of link.
create or replace function app.link_subject(p_key text)
returns bigint
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select (t.payload ->> p_key)::bigint from one_time_tokens t
     where current_setting('app.actor_kind', true) = 'public_token'
       and t.id = nullif(current_setting('app.actor_id', true), '')::bigint
       and t.account_id = nullif(current_setting('app.account_id', true), '')::bigint
$$;

-- function: app.add_feed(bytea, text, bytea, text, text, bigint, integer)
-- security: definer
-- reads: calendar_tokens
-- writes: calendar_tokens (insert), one_time_tokens (insert)
-- grants: app
-- about: A calendar feed of the person of the session in one of their houses; NULL where they have p_most already. Takes
--     the session itself, since it is open to who may change nothing else.
create or replace function app.add_feed(
    p_session bytea, p_house text, p_hash bytea, p_name text, p_scope text, p_event bigint, p_most integer
) returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record; v_id bigint;
begin
    select * into strict r from app.resolve_actor('member', p_session, p_house);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, '');
    select c.id into v_id from calendar_tokens c where c.token_hash = p_hash and c.member_id = r.member_id;
    if found then return v_id; end if;
    if (select count(*) from calendar_tokens c
         where c.account_id = r.account_id and c.member_id = r.member_id and c.revoked_at is null) >= p_most then
        return null;
    end if;
    insert into calendar_tokens (account_id, member_id, name, scope, event_id, token_hash)
    values (r.account_id, r.member_id, p_name, p_scope, p_event, p_hash) returning id into v_id;
    perform app.issue_feed_secret(r.account_id, r.member_id, v_id, p_hash);
    return v_id;
end
$$;

-- function: app.issue_feed_secret(bigint, bigint, bigint, bytea)
-- security: definer
-- writes: one_time_tokens (insert)
-- grants: definer
-- about: The secret of a feed: on the member's behalf, without an end of its own.
create or replace function app.issue_feed_secret(p_account bigint, p_member bigint, p_feed bigint, p_hash bytea)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    insert into one_time_tokens (token_hash, purpose, account_id, member_id, payload, expires_at, max_uses)
    values (p_hash, 'public_link', p_account, p_member,
            jsonb_build_object('permissions', '[]'::jsonb, 'calendar', p_feed), now() + interval '100 years', null)
$$;

-- function: app.renew_feed(bytea, text, bigint, bytea)
-- security: definer
-- writes: calendar_tokens (update), one_time_tokens (update)
-- grants: app
-- about: Another secret for an own feed, the old one ended; without a new one (NULL) the feed itself ends. False where
--     the person has no such feed any more.
create or replace function app.renew_feed(p_session bytea, p_house text, p_id bigint, p_hash bytea)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record; v_old bytea;
begin
    select * into strict r from app.resolve_actor('member', p_session, p_house);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, '');
    select c.token_hash into v_old from calendar_tokens c
     where c.account_id = r.account_id and c.member_id = r.member_id and c.id = p_id and c.revoked_at is null for update;
    if not found then return false; end if;
    if v_old = p_hash then return true; end if;
    update one_time_tokens t set revoked_at = now() where t.token_hash = v_old and t.revoked_at is null;
    update calendar_tokens c
       set token_hash = coalesce(p_hash, c.token_hash), revoked_at = case when p_hash is null then now() end,
           last_fetched_at = case when p_hash is null then c.last_fetched_at end
     where c.account_id = r.account_id and c.id = p_id;
    if p_hash is not null then
        perform app.issue_feed_secret(r.account_id, r.member_id, p_id, p_hash);
    end if;
    return true;
end
$$;

-- function: app.note_feed(bytea, bytea)
-- security: definer
-- writes: calendar_tokens (update)
-- grants: app
-- about: A calendar program fetched the feed and would get content with that digest; returns since when it is the same.
create or replace function app.note_feed(p_hash bytea, p_content bytea)
returns timestamptz
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    update calendar_tokens c
       set last_fetched_at = now(),
           content_changed_at = case when c.content_sha256 = p_content then c.content_changed_at else now() end,
           content_sha256 = p_content
     where c.token_hash = p_hash and c.revoked_at is null
    returning c.content_changed_at
$$;
