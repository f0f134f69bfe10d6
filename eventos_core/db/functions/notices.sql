-- In-app notices: written for another member, read and settled by that person alone.

-- function: app.notify(bigint, text, text, text, text, text, bigint, text, bigint, text, boolean)
-- security: definer
-- reads: account_users
-- writes: notifications (insert)
-- grants: app
-- about: Tell an active member of the house in context something in the app. Returns the notice and how many of its
--     kind the person got within the hour, this one included; nothing where it was said already (same dedupe key) or
--     the person is no member. A hidden notice is kept for the daily summary only.
create or replace function app.notify(
    p_user bigint, p_kind text, p_level text, p_title text, p_body text, p_link text, p_event bigint, p_about text,
    p_about_id bigint, p_dedupe text, p_hidden boolean
) returns table (id bigint, recent bigint)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint; v_id bigint;
begin
    if not exists (select from account_users au
                    where au.account_id = v_account and au.user_id = p_user and au.status = 'active') then
        return;
    end if;
    insert into notifications (account_id, user_id, kind, level, title, body, link, event_id, about, about_id,
                               dedupe_key, dismissed_at)
    values (v_account, p_user, p_kind, p_level, left(p_title, 200), left(p_body, 4000), p_link, p_event, p_about,
            p_about_id, p_dedupe, case when p_hidden then now() end)
    on conflict (account_id, user_id, dedupe_key) do nothing
    returning notifications.id into v_id;
    if v_id is null then return; end if;
    return query select v_id, count(*) from notifications n
     where n.account_id = v_account and n.user_id = p_user and n.kind = p_kind
       and n.created_at > now() - interval '1 hour';
end
$$;

-- function: app.notices_of_the_day(timestamptz)
-- security: definer
-- reads: notifications, account_users
-- grants: app
-- about: What the active members of the house in context were told since then and have not read, by person and kind
--     with the latest title; for the daily summary, a job.
create or replace function app.notices_of_the_day(p_since timestamptz)
returns table (user_id bigint, kind text, number bigint, title text)
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    if current_setting('app.actor_kind', true) is distinct from 'job' then
        raise exception 'only the daily summary reads what others were told' using errcode = '42501';
    end if;
    return query select n.user_id, n.kind, count(*), (array_agg(n.title order by n.created_at desc, n.id desc))[1]
      from notifications n
      join account_users au on au.account_id = n.account_id and au.user_id = n.user_id and au.status = 'active'
     where n.account_id = nullif(current_setting('app.account_id', true), '')::bigint
       and n.created_at > p_since and n.read_at is null
     group by n.user_id, n.kind order by n.user_id, count(*) desc, n.kind;
end
$$;

-- function: app.settle_notices(bytea, text, bigint[], boolean)
-- security: definer
-- writes: notifications (update)
-- grants: app
-- about: Mark own notices in a house as read, or put them away; all unread ones where no ids are given. What was said
--     of the login in each of the person's houses is settled in all of them. Works for who may change nothing else, so
--     it takes the session itself. Returns how many changed.
create or replace function app.settle_notices(p_session bytea, p_house text, p_ids bigint[], p_dismiss boolean)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record; n bigint;
begin
    select * into strict r from app.resolve_actor('member', p_session, p_house);
    update notifications x
       set read_at = coalesce(x.read_at, now()),
           dismissed_at = case when p_dismiss then coalesce(x.dismissed_at, now()) else x.dismissed_at end,
           updated_at = now()
     where x.user_id = r.user_id
       and (x.account_id = r.account_id and (p_ids is null or x.id = any(p_ids))
            or x.dedupe_key in (select y.dedupe_key from notifications y
                                 where y.account_id = r.account_id and y.user_id = r.user_id
                                   and (p_ids is null or y.id = any(p_ids)) and y.dedupe_key ^@ 'login_mail:'))
       and (x.read_at is null or (p_dismiss and x.dismissed_at is null));
    get diagnostics n = row_count;
    return n;
end
$$;

-- function: app.set_notice_preference(bytea, text, text, text, text)
-- security: definer
-- writes: notification_preferences (insert, update)
-- grants: app
-- about: How a person wants one kind of notice on one channel in one of their houses; takes the session itself, since
--     it is open to who may change nothing else.
create or replace function app.set_notice_preference(
    p_session bytea, p_house text, p_kind text, p_channel text, p_mode text
) returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record;
begin
    select * into strict r from app.resolve_actor('member', p_session, p_house);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, '');
    insert into notification_preferences (account_id, user_id, kind, channel, mode)
    values (r.account_id, r.user_id, p_kind, p_channel, p_mode)
    on conflict (account_id, user_id, kind, channel) do update set mode = excluded.mode;
end
$$;
