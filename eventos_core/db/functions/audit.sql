-- function: app.audit_payload_hash(bytea, jsonb, jsonb, text)
-- security: invoker
-- grants: definer, migrator
-- about: Salted SHA-256 of what an erasure removes: both images and the reason.
create or replace function app.audit_payload_hash(salt bytea, before jsonb, after jsonb, reason text) returns bytea
-- Not immutable: convert_to is stable, and only a promise that the body keeps lets it be inlined.
language sql stable parallel safe
as $$
  select sha256(salt || convert_to(
    coalesce(before::text, '') || chr(31) || coalesce(after::text, '') || chr(31) || coalesce(reason, ''), 'UTF8'))
$$;

-- function: app.write_audit(bigint, text, text, text, jsonb, jsonb, text)
-- security: definer
-- writes: audit_log (insert)
-- grants: definer
-- about: One audit entry; who acts is taken from the transaction's settings.
create or replace function app.write_audit(
  p_account bigint, p_action text, p_table text, p_row text, p_before jsonb, p_after jsonb, p_reason text
) returns void
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_salt bytea := uuid_send(gen_random_uuid());
  v_reason text := coalesce(p_reason, nullif(current_setting('app.reason', true), ''));
begin
  insert into public.audit_log (
    account_id, actor_kind, actor_id, member_id, action, table_name, row_id, before, after, reason, request_id,
    salt, payload_hash
  ) values (
    p_account,
    coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system'),
    nullif(current_setting('app.actor_id', true), ''),
    nullif(current_setting('app.member_id', true), '')::bigint,
    p_action, p_table, p_row, p_before, p_after, v_reason,
    nullif(current_setting('app.request_id', true), ''),
    v_salt, app.audit_payload_hash(v_salt, p_before, p_after, v_reason)
  );
end $$;

-- function: app.changed_secrets(jsonb, jsonb, text[])
-- security: invoker
-- grants: definer
-- about: That a secret changed, never what it is: an object with the names of those that differ, empty when none does.
create or replace function app.changed_secrets(was jsonb, now jsonb, secrets text[]) returns jsonb
language sql immutable parallel safe
as $$
  select case when count(*) > 0 then jsonb_build_object('changed_secrets', jsonb_agg(s order by s)) else '{}' end
  from unnest(secrets) as s
  where was -> s is distinct from now -> s
$$;

-- function: app.tg_audit()
-- security: definer
-- writes: audit_log (insert)
-- grants: owner
-- about: Writes before and after of every row of a statement into the audit log; arguments: secret columns, silent
--     columns. Expects the rows inserted, deleted or updated as changed_rows, and what updated ones were as old_rows.
create or replace function app.tg_audit() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_secret text[] := coalesce(string_to_array(nullif(tg_argv[0], ''), ','), '{}');
  v_bare boolean := v_secret = '{}';  -- each “- secret” copies the whole image
  v_quiet text[] := array['updated_at', 'updated_by', 'version']
                    || coalesce(string_to_array(nullif(tg_argv[1], ''), ','), '{}');
  v_house text := case tg_table_name when 'accounts' then 'id' else 'account_id' end;
  v_kind text := coalesce(nullif(current_setting('app.actor_kind', true), ''), 'system');
  v_actor text := nullif(current_setting('app.actor_id', true), '');
  v_member bigint := nullif(current_setting('app.member_id', true), '')::bigint;
  v_reason text := nullif(current_setting('app.reason', true), '');
  v_request text := nullif(current_setting('app.request_id', true), '');
  v_era smallint := app.era();
begin
  -- OFFSET 0 keeps each image and each salt computed once per row.
  if tg_op = 'UPDATE' then
    insert into public.audit_log (
      account_id, actor_kind, actor_id, member_id, action, table_name, row_id, before, after, reason, request_id,
      era, salt, payload_hash)
    select (e.row ->> v_house)::bigint, v_kind, v_actor, v_member, 'update', tg_table_name, e.row ->> 'id',
      e.before, e.after, v_reason, v_request, v_era, e.salt,
      app.audit_payload_hash(e.salt, e.before, e.after, v_reason)
    from (
      select coalesce(i.now, i.was) as row,
        case when v_bare then i.was else i.was - v_secret end as before,
        case when v_bare then i.now else i.now - v_secret || app.changed_secrets(i.was, i.now, v_secret) end as after,
        uuid_send(gen_random_uuid()) as salt
      from (
        -- A full join misses no row, and is never a nested loop, however small the planner believes the tables.
        select to_jsonb(o) as was, to_jsonb(n) as now
        from old_rows o full join changed_rows n on n.id = o.id
        offset 0
      ) i
      where i.was - v_quiet is distinct from i.now - v_quiet
      offset 0
    ) e;
  else
    insert into public.audit_log (
      account_id, actor_kind, actor_id, member_id, action, table_name, row_id, before, after, reason, request_id,
      era, salt, payload_hash)
    select (e.row ->> v_house)::bigint, v_kind, v_actor, v_member, lower(tg_op), tg_table_name, e.row ->> 'id',
      e.before, e.after, v_reason, v_request, v_era, e.salt,
      app.audit_payload_hash(e.salt, e.before, e.after, v_reason)
    from (
      select i.row,
        case when tg_op = 'INSERT' then null when v_bare then i.row else i.row - v_secret end as before,
        case when tg_op = 'DELETE' then null when v_bare then i.row else i.row - v_secret end as after,
        uuid_send(gen_random_uuid()) as salt
      from (select to_jsonb(r) as row from changed_rows r offset 0) i
      offset 0
    ) e;
  end if;
  return null;
end $$;

-- function: app.audit_event(text, text, text, jsonb, text)
-- security: definer
-- grants: app, definer
-- about: Audits an act that changes no row (export, download, denied command) in the house in context.
create or replace function app.audit_event(
  p_action text, p_table text, p_row_id text, p_details jsonb, p_reason text
) returns void
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
begin
  if v_account is null then
    raise exception 'an audited act needs a house' using errcode = 'EO001';
  end if;
  if p_action in ('insert', 'update', 'delete') then
    raise exception 'changes of rows are audited by trigger' using errcode = '42501';
  end if;
  perform app.write_audit(
    v_account, p_action, coalesce(p_table, ''), coalesce(p_row_id, ''), null, p_details, p_reason);
end $$;

-- function: app.audit_digest(bytea, bigint, integer, xid8, xid8, bigint)
-- security: definer
-- reads: audit_log
-- grants: definer
-- about: Hash and number of a house’s entries in a range of transactions, chained to the seal before.
create or replace function app.audit_digest(
  p_prev bytea, p_account bigint, p_era integer, p_from xid8, p_to xid8, p_seq bigint,
  out digest bytea, out entries integer, out first_xid xid8, out last_xid xid8
)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
  select
    sha256(coalesce(p_prev, '') || convert_to(
      p_seq || '|' || p_era || '|' || min(e.xid)::text || '|' || max(e.xid)::text || chr(10) || string_agg(
        concat_ws('|', e.id, extract(epoch from e.occurred_at)::text, e.actor_kind, coalesce(e.actor_id, ''),
          coalesce(e.member_id::text, ''), e.action, e.table_name, e.row_id, coalesce(e.request_id, ''), e.xid::text,
          encode(e.payload_hash, 'hex')),
        chr(10) order by e.xid, e.id), 'UTF8')),
    count(*)::integer,
    min(e.xid),
    max(e.xid)
  from public.audit_log e
  where e.account_id = p_account and e.era = p_era and e.xid >= p_from and e.xid <= p_to
$$;

-- function: app.seal_range(integer, xid8, xid8)
-- security: definer
-- reads: accounts, audit_log
-- writes: audit_seals (insert)
-- grants: definer
-- about: Seals, house by house, the entries of an era from one transaction to another; returns how many seals.
create or replace function app.seal_range(p_era integer, p_from xid8, p_to xid8) returns integer
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint;
  v_seq bigint;
  v_prev bytea;
  v_made record;
  v_seals integer := 0;
begin
  for v_account in
    select a.id from public.accounts a
    where exists (
      select from public.audit_log e
      where e.account_id = a.id and e.era = p_era and e.xid >= p_from and e.xid <= p_to)
    order by a.id
  loop
    v_seq := null;
    v_prev := null;
    select s.seq, s.hash into v_seq, v_prev from public.audit_seals s
    where s.account_id = v_account order by s.seq desc limit 1;
    v_seq := coalesce(v_seq, 0) + 1;
    select * into v_made from app.audit_digest(v_prev, v_account, p_era, p_from, p_to, v_seq);
    insert into public.audit_seals (account_id, seq, era, from_xid, to_xid, entries, prev_hash, hash)
    values (v_account, v_seq, p_era, v_made.first_xid, v_made.last_xid, v_made.entries, v_prev, v_made.digest);
    v_seals := v_seals + 1;
  end loop;
  return v_seals;
end $$;

-- function: app.seal_audit()
-- security: definer
-- writes: app.installation (update)
-- grants: app, migrator
-- about: Seals every entry whose transaction has ended and which no running transaction precedes; returns how many seals.
create or replace function app.seal_audit() returns integer
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_era integer;
  v_from xid8;
  v_below xid8;
  v_seals integer;
begin
  select i.era, i.sealed_to into v_era, v_from from app.installation i for update;
  -- Everything below xmin has committed or aborted, so no entry can still appear in the range.
  v_below := pg_snapshot_xmin(pg_current_snapshot());
  if v_below <= v_from then
    return 0;
  end if;
  v_seals := app.seal_range(v_era, v_from, (v_below::text::numeric - 1)::text::xid8);
  update app.installation set sealed_to = v_below;
  return v_seals;
end $$;

-- function: app.close_era()
-- security: definer
-- writes: app.installation (update)
-- grants: migrator
-- about: After a restore: seals all entries of the ended era, whose transaction ids mean nothing here, and begins the next.
create or replace function app.close_era() returns integer
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_era integer;
  v_from xid8;
  v_seals integer;
begin
  select i.era, i.sealed_to into v_era, v_from from app.installation i for update;
  v_seals := app.seal_range(v_era, v_from, '18446744073709551615');
  update app.installation set era = v_era + 1, sealed_to = '0';
  return v_seals;
end $$;

-- function: app.broken_seal(bigint)
-- security: definer
-- reads: audit_log, audit_seals, app.installation
-- grants: definer
-- about: The first seal of a house that does not hold, and why; no row when all hold.
create or replace function app.broken_seal(p_account bigint) returns table (broken_seq bigint, problem text)
language plpgsql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_seal record;
  v_made record;
  v_seq bigint := 0;
  v_prev bytea;
  v_released boolean;
  v_sealed bigint := 0;
  v_found bigint;
begin
  for v_seal in select * from public.audit_seals s where s.account_id = p_account order by s.seq loop
    v_seq := v_seq + 1;
    problem := null;
    if v_seal.seq <> v_seq or v_seal.prev_hash is distinct from v_prev then
      problem := 'a seal before it was removed or altered';
    else
      select * into v_made
      from app.audit_digest(v_prev, p_account, v_seal.era, v_seal.from_xid, v_seal.to_xid, v_seal.seq);
      v_released := v_seal.released_at is not null;
      if v_made.entries > v_seal.entries or (v_made.entries < v_seal.entries and not v_released) then
        problem := format('%s entries were sealed, %s are there', v_seal.entries, v_made.entries);
      elsif v_made.digest is distinct from v_seal.hash and not v_released then
        problem := 'an entry was altered';
      elsif exists (
        select from public.audit_log e
        where e.account_id = p_account and e.era = v_seal.era and e.xid >= v_seal.from_xid and e.xid <= v_seal.to_xid
          and e.erased_at is null
          and e.payload_hash <> app.audit_payload_hash(e.salt, e.before, e.after, e.reason)
      ) then
        problem := 'the content of an entry was altered';
      end if;
    end if;
    if problem is not null then
      broken_seq := v_seal.seq;
      return next;
      return;
    end if;
    v_prev := v_seal.hash;
    v_sealed := v_sealed + v_made.entries;
  end loop;
  select count(*) into v_found
  from public.audit_log e, app.installation i
  where e.account_id = p_account and (e.era < i.era or (e.era = i.era and e.xid < i.sealed_to));
  if v_found <> v_sealed then
    broken_seq := v_seq + 1;
    problem := format('%s entries belong under seals, %s are', v_found, v_sealed);
    return next;
  end if;
end $$;

-- function: app.release_audit(date)
-- security: definer
-- reads: audit_log, app.installation
-- writes: audit_seals (update)
-- grants: migrator
-- about: Gives up the entries of all months before the one of that day (UTC), so that their partitions can be dropped:
--     their seals stay as links of the chain. Tells each house in its trail; returns how many seals it released.
create or replace function app.release_audit(p_before date) returns integer
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_until timestamptz := date_trunc('month', p_before::timestamp) at time zone 'UTC';
  v_house record;
  v_seals integer := 0;
begin
  if v_until > date_trunc('month', now() at time zone 'UTC') at time zone 'UTC' then
    raise exception 'only months that are over can be released' using errcode = '22023';
  end if;
  if exists (
    select from public.audit_log e, app.installation i
    where e.occurred_at < v_until and e.era = i.era and e.xid >= i.sealed_to
  ) then
    raise exception 'entries of these months are not sealed yet' using errcode = '55000';
  end if;
  for v_house in
    with released as (
      update public.audit_seals s set released_at = now()
      where s.released_at is null and exists (
        select from public.audit_log e
        where e.account_id = s.account_id and e.era = s.era and e.xid >= s.from_xid and e.xid <= s.to_xid
          and e.occurred_at < v_until)
      returning s.account_id
    )
    select r.account_id, count(*) as seals from released r group by r.account_id order by r.account_id
  loop
    perform app.write_audit(
      v_house.account_id, 'audit_release', 'audit_seals', '', null,
      jsonb_build_object('before', (v_until at time zone 'UTC')::date, 'seals', v_house.seals), null);
    v_seals := v_seals + v_house.seals;
  end loop;
  return v_seals;
end $$;

-- function: app.verify_audit()
-- security: definer
-- reads: accounts
-- grants: migrator
-- about: The first broken seal of every house that has one; no rows when every chain holds.
create or replace function app.verify_audit() returns table (account_id bigint, broken_seq bigint, problem text)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
  select a.id, b.broken_seq, b.problem
  from public.accounts a cross join lateral app.broken_seal(a.id) b
  order by a.id
$$;

-- function: app.verify_own_audit()
-- security: definer
-- grants: app
-- about: The first broken seal of the house in context; no row when its chain holds.
create or replace function app.verify_own_audit() returns table (broken_seq bigint, problem text)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
  select b.broken_seq, b.problem
  from app.broken_seal(nullif(current_setting('app.account_id', true), '')::bigint) b
$$;

-- function: app.erase_audit(text, text[])
-- security: definer
-- writes: audit_log (update)
-- grants: app
-- about: Removes content and salt of all entries on the named rows of the house in context; hashes stay, so seals hold.
create or replace function app.erase_audit(p_table text, p_row_ids text[]) returns integer
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_count integer;
begin
  if not app.can('privacy.manage') then
    raise exception 'erasing needs privacy.manage' using errcode = '42501';
  end if;
  update public.audit_log
  set before = null, after = null, reason = null, salt = null, erased_at = now()
  where account_id = nullif(current_setting('app.account_id', true), '')::bigint
    and table_name = p_table and row_id = any (p_row_ids) and erased_at is null;
  get diagnostics v_count = row_count;
  return v_count;
end $$;
