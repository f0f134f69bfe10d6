-- function: app.rebook(text, bigint[], bigint[], bigint[], bigint[], text[], bigint[], text[], bigint[], tstzrange[])
-- security: definer
-- writes: bookings
-- grants: definer
-- about: Makes the bookings of the touched rows of a table equal to the wanted ones. Takes an advisory lock per
--        resource that changes hands, in one order, before anything is written: exclusion constraints alone deadlock.
create or replace function app.rebook(
  p_source text, p_touched_accounts bigint[], p_touched bigint[], p_accounts bigint[], p_sources bigint[],
  p_kinds text[], p_resources bigint[], p_layers text[], p_events bigint[], p_times tstzrange[]
) returns void
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_gone bigint[];
  v_accounts bigint[];
  v_sources bigint[];
  v_kinds text[];
  v_resources bigint[];
  v_layers text[];
  v_events bigint[];
  v_times tstzrange[];
begin
  with standing as (
    select b.id, b.account_id, b.source_id, b.resource_kind, b.resource_id, b.layer, b.event_id, b.during
    from unnest(p_touched_accounts, p_touched) as t (account_id, id)
    join public.bookings b on b.account_id = t.account_id and b.source_table = p_source and b.source_id = t.id
  ), wanted as (
    select distinct w.* from unnest(p_accounts, p_sources, p_kinds, p_resources, p_layers, p_events, p_times)
      as w (account_id, source_id, resource_kind, resource_id, layer, event_id, during)
  ), gone as (
    select s.* from standing s where not exists (
      select from wanted w
      where (w.account_id, w.source_id, w.resource_kind, w.resource_id, w.layer, w.during)
          = (s.account_id, s.source_id, s.resource_kind, s.resource_id, s.layer, s.during)
        and w.event_id is not distinct from s.event_id)
  ), new as (
    select w.* from wanted w where not exists (
      select from standing s
      where (w.account_id, w.source_id, w.resource_kind, w.resource_id, w.layer, w.during)
          = (s.account_id, s.source_id, s.resource_kind, s.resource_id, s.layer, s.during)
        and w.event_id is not distinct from s.event_id)
  ), locked as (
    select pg_advisory_xact_lock(k.key) from (
      select distinct hashtextextended(concat_ws(':', 'booking', c.account_id, c.resource_kind, c.resource_id), 0) as key
      from (select account_id, resource_kind, resource_id from gone
            union select account_id, resource_kind, resource_id from new) c
      order by key
    ) k
  )
  select (select array_agg(g.id) from gone g), n.*
  into v_gone, v_accounts, v_sources, v_kinds, v_resources, v_layers, v_events, v_times
  from (select count(*) from locked) l,
    (select array_agg(account_id), array_agg(source_id), array_agg(resource_kind), array_agg(resource_id),
       array_agg(layer), array_agg(event_id), array_agg(during) from new) n;

  if v_gone is not null then
    delete from public.bookings b
    using unnest(p_touched_accounts) as t (account_id)
    where b.account_id = t.account_id and b.id = any (v_gone);
  end if;
  if v_accounts is not null then
    insert into public.bookings
      (account_id, source_table, source_id, resource_kind, resource_id, layer, event_id, during)
    select w.account_id, p_source, w.source_id, w.resource_kind, w.resource_id, w.layer, w.event_id, w.during
    from unnest(v_accounts, v_sources, v_kinds, v_resources, v_layers, v_events, v_times)
      as w (account_id, source_id, resource_kind, resource_id, layer, event_id, during);
  end if;
end $$;

-- function: app.tg_books_session_hosts()
-- security: definer
-- reads: sessions, session_hosts, bookings
-- grants: owner
-- about: A person who hosts a session is taken for its time.
create or replace function app.tg_books_session_hosts() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  if tg_op = 'DELETE' then
    perform app.rebook('session_hosts', array_agg(o.account_id), array_agg(o.id), null, null, null, null, null, null, null)
    from old_rows o;
  else
    perform app.rebook_hosts(array_agg(n.account_id), array_agg(n.id)) from new_rows n;
  end if;
  return null;
end $$;

-- function: app.tg_books_session_times()
-- security: definer
-- reads: session_hosts
-- grants: owner
-- about: Hosts follow their session when it moves or is cancelled.
create or replace function app.tg_books_session_times() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  perform app.rebook_hosts(array_agg(h.account_id), array_agg(h.id))
  from new_rows n
  join public.session_hosts h on h.account_id = n.account_id and h.session_id = n.id;
  return null;
end $$;

-- function: app.rebook_hosts(bigint[], bigint[])
-- security: definer
-- reads: sessions, session_hosts, bookings
-- grants: definer
-- about: The bookings of the named hosts, from their sessions.
create or replace function app.rebook_hosts(p_accounts bigint[], p_hosts bigint[]) returns void
language sql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
  select app.rebook('session_hosts', p_accounts, p_hosts, array_agg(h.account_id), array_agg(h.id),
    array_agg('person'::text), array_agg(h.contact_id), array_agg('use'::text), array_agg(h.event_id),
    array_agg(tstzrange(s.starts_at, s.ends_at)))
  from unnest(p_accounts, p_hosts) as t (account_id, id)
  join public.session_hosts h on h.account_id = t.account_id and h.id = t.id
  join public.sessions s on s.account_id = h.account_id and s.id = h.session_id
  where h.contact_id is not null and h.status <> 'declined'
    and s.cancelled_at is null and s.starts_at < s.ends_at
$$;

-- function: app.lock_resources(text, bigint[])
-- security: invoker
-- grants: app, migrator
-- about: Queues for resources of the house in context before a command of several statements books them.
create or replace function app.lock_resources(p_kind text, p_ids bigint[]) returns void
language plpgsql
as $$
declare
  v_key bigint;
begin
  for v_key in
    select distinct hashtextextended(
      concat_ws(':', 'booking', nullif(current_setting('app.account_id', true), ''), p_kind, i), 0)
    from unnest(p_ids) as i order by 1
  loop
    perform pg_advisory_xact_lock(v_key);
  end loop;
end $$;
