-- Saved views: each kept by its own member, also by who may change nothing else in the house; those of who has left are
-- taken over.

-- function: app.keep_view(text, bytea, text, bigint, integer, text, jsonb, integer, integer)
-- security: definer
-- writes: saved_views (insert, update)
-- grants: app
-- about: Keep a new view of the person of the session for a list (no id), or change an own one as seen at p_version;
--     p_change holds name, filters, columns, shared, or some of them. Sent again it is the same view. Verdicts: kept;
--     gone; changed (by another of their windows); taken (the name); full (p_most of them); shared_full (p_most_shared
--     of the house's). Takes the session itself, since it is open to who may change nothing else; they share nothing.
create or replace function app.keep_view(
    p_kind text, p_session bytea, p_house text, p_id bigint, p_version integer, p_page text, p_change jsonb,
    p_most integer, p_most_shared integer
) returns table (verdict text, kept bigint, now_at integer)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record; v saved_views%rowtype;
begin
    select * into strict r from app.resolve_actor(p_kind, p_session, p_house);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, '');
    if (p_change ->> 'shared')::boolean and not exists (select from unnest(r.permissions) p where p not like '%.read') then
        raise exception 'who may only look shares nothing' using errcode = '42501';
    end if;
    -- Two at once would each find the name free and room for one.
    perform pg_advisory_xact_lock(hashtextextended('views:' || r.account_id || ':' || p_page, 0));
    select * into v from saved_views s
     where s.account_id = r.account_id and s.member_id = r.member_id and s.page = p_page
       and case when p_id is null then s.name = p_change ->> 'name' else s.id = p_id end
       for update;
    if not found and p_id is not null then
        return query select 'gone', null::bigint, null::integer; return;
    elsif found and to_jsonb(v) || p_change = to_jsonb(v) then
        return query select 'kept', v.id, v.version; return;
    elsif p_id is not null and v.version <> p_version then
        return query select 'changed', v.id, v.version; return;
    elsif exists (select from saved_views s
                   where s.account_id = r.account_id and s.member_id = r.member_id and s.page = p_page
                     and lower(s.name) = lower(p_change ->> 'name') and s.id is distinct from p_id) then
        return query select 'taken', null::bigint, null::integer; return;
    elsif p_id is null and (select count(*) from saved_views s where s.account_id = r.account_id
                               and s.member_id = r.member_id and s.page = p_page) >= p_most then
        return query select 'full', null::bigint, null::integer; return;
    elsif (p_change ->> 'shared')::boolean and (p_id is null or not v.shared)
          and (select count(*) from saved_views s
                where s.account_id = r.account_id and s.page = p_page and s.shared) >= p_most_shared then
        return query select 'shared_full', null::bigint, null::integer; return;
    end if;
    if p_id is null then
        return query insert into saved_views (account_id, member_id, page, name, filters, columns, shared)
            values (r.account_id, r.member_id, p_page, p_change ->> 'name', p_change -> 'filters',
                    p_change -> 'columns', (p_change ->> 'shared')::boolean)
            returning 'kept', id, version;
    else
        return query update saved_views s
            set name = coalesce(p_change ->> 'name', s.name), filters = coalesce(p_change -> 'filters', s.filters),
                columns = coalesce(p_change -> 'columns', s.columns),
                shared = coalesce((p_change ->> 'shared')::boolean, s.shared)
            where s.account_id = r.account_id and s.id = p_id
            returning 'kept', s.id, s.version;
    end if;
end
$$;

-- function: app.drop_view(text, bytea, text, bigint, integer)
-- security: definer
-- writes: saved_views (delete)
-- grants: app
-- about: Remove an own view of the person of the session, as seen at p_version. Verdicts: dropped, gone, changed.
create or replace function app.drop_view(p_kind text, p_session bytea, p_house text, p_id bigint, p_version integer)
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record; v_version integer;
begin
    select * into strict r from app.resolve_actor(p_kind, p_session, p_house);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, '');
    select s.version into v_version from saved_views s
     where s.account_id = r.account_id and s.member_id = r.member_id and s.id = p_id for update;
    if not found then return 'gone'; end if;
    if v_version <> p_version then return 'changed'; end if;
    delete from saved_views s where s.account_id = r.account_id and s.id = p_id;
    return 'dropped';
end
$$;

-- function: app.open_with_view(text, bytea, text, text, bigint)
-- security: definer
-- reads: saved_views
-- writes: saved_view_defaults (insert, update, delete)
-- grants: app
-- about: What a list opens with for the person of the session: a view that they may use, or the whole list (no id).
create or replace function app.open_with_view(p_kind text, p_session bytea, p_house text, p_page text, p_id bigint)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare r record;
begin
    select * into strict r from app.resolve_actor(p_kind, p_session, p_house);
    perform app.set_context(r.account_id, r.member_id, r.user_id, r.actor_kind, r.actor_id, r.permissions, '');
    if p_id is null then
        delete from saved_view_defaults d
         where d.account_id = r.account_id and d.member_id = r.member_id and d.page = p_page;
    else
        insert into saved_view_defaults (account_id, member_id, page, view_id)
        select r.account_id, r.member_id, p_page, s.id from saved_views s
         where s.account_id = r.account_id and s.id = p_id and s.page = p_page
           and (s.member_id = r.member_id or s.shared)
        on conflict (account_id, member_id, page) do update set view_id = excluded.view_id;
    end if;
end
$$;

-- function: app.take_over_view(bigint)
-- security: definer
-- reads: account_users
-- writes: saved_views (update)
-- grants: app
-- about: Make a shared view of a disabled member of the house in context that of the member in context, who manages the
--     team. Verdicts: kept, gone, taken (the name), stays (its owner is no disabled member).
create or replace function app.take_over_view(p_id bigint) returns table (verdict text, now_at integer)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
    v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
    v_member bigint := nullif(current_setting('app.member_id', true), '')::bigint;
    v saved_views%rowtype;
begin
    if v_member is null or not app.can('team.manage') then
        raise exception 'taking over a view needs team.manage' using errcode = '42501';
    end if;
    select * into v from saved_views s where s.account_id = v_account and s.id = p_id and s.shared for update;
    if not found then
        return query select 'gone', null::integer; return;
    elsif not exists (select from account_users au where au.account_id = v_account and au.id = v.member_id
                         and au.status = 'disabled') then
        return query select 'stays', v.version; return;
    elsif exists (select from saved_views s where s.account_id = v_account and s.member_id = v_member
                     and s.page = v.page and lower(s.name) = lower(v.name)) then
        return query select 'taken', v.version; return;
    end if;
    return query update saved_views s set member_id = v_member where s.account_id = v_account and s.id = p_id
        returning 'kept', s.version;
end
$$;
