-- function: app.fence_partition(regclass)
-- security: invoker
-- grants: owner, migrator
-- about: Row security forced on a partition, nothing for the app, every row for migrator and backup.
create or replace function app.fence_partition(p regclass) returns void
language plpgsql
as $$
declare
  v_has text[] := array(select polname::text from pg_catalog.pg_policy where polrelid = p);
begin
  if not (select relrowsecurity and relforcerowsecurity from pg_catalog.pg_class where oid = p) then
    execute format('alter table %s enable row level security', p);
    execute format('alter table %s force row level security', p);
  end if;
  if not 'migrator_all' = any (v_has) then
    execute format('create policy migrator_all on %s to eventos_migrator using (true) with check (true)', p);
  end if;
  if not 'backup_select' = any (v_has) then
    execute format('create policy backup_select on %s for select to eventos_backup using (true)', p);
  end if;
  if not has_table_privilege('eventos_backup', p, 'select') then
    execute format('grant select on %s to eventos_backup', p);
  end if;
end $$;

-- function: app.ensure_partitions()
-- security: definer
-- owner: owner
-- grants: app, migrator
-- about: Monthly partitions of every partitioned table from the month before this one to the third after it (UTC),
--        and a default partition, whose rows move into their month first. Returns how many it made.
create or replace function app.ensure_partitions() returns integer
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_parent record;
  v_default text;
  v_part text;
  v_from timestamptz;
  v_to timestamptz;
  v_made integer := 0;
  v_month integer;
  v_columns text;
  v_stray boolean;
begin
  perform pg_advisory_xact_lock(7405002);
  for v_parent in
    select c.oid, c.oid::regclass as name, c.relname, a.attname as key
    from pg_partitioned_table p
    join pg_class c on c.oid = p.partrelid
    join pg_attribute a on a.attrelid = c.oid and a.attnum = p.partattrs[0]
    where p.partstrat = 'r' and p.partnatts = 1 and c.relnamespace = 'public'::regnamespace
    order by c.relname
  loop
    v_default := v_parent.relname || '_default';
    if to_regclass(format('public.%I', v_default)) is null then
      execute format('create table public.%I partition of %s default', v_default, v_parent.name);
      v_made := v_made + 1;
    end if;
    perform app.fence_partition(to_regclass(format('public.%I', v_default)));
    -- The one partition whose rows the owner moves; force would hide them from it.
    if not exists (select from pg_policy
                   where polrelid = to_regclass(format('public.%I', v_default)) and polname = 'owner_moves') then
      execute format('create policy owner_moves on public.%I to eventos_owner using (true)', v_default);
    end if;
    select string_agg(quote_ident(attname), ', ' order by attnum) into v_columns
    from pg_attribute
    where attrelid = v_parent.oid and attnum > 0 and not attisdropped and attgenerated = '';
    for v_month in -1 .. 3 loop
      v_from := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => v_month)) at time zone 'UTC';
      v_to := (date_trunc('month', now() at time zone 'UTC') + make_interval(months => v_month + 1)) at time zone 'UTC';
      v_part := v_parent.relname || to_char(v_from at time zone 'UTC', '"_y"YYYY"m"MM');
      if to_regclass(format('public.%I', v_part)) is null then
        execute format('select exists (select from public.%I where %I >= $1 and %I < $2)',
                       v_default, v_parent.key, v_parent.key)
          into v_stray using v_from, v_to;
        execute format('create table public.%I (like %s including defaults including generated including constraints)',
                       v_part, v_parent.name);
        if v_stray then
          execute format('insert into public.%I (%s) select %s from public.%I where %I >= $1 and %I < $2',
                         v_part, v_columns, v_columns, v_default, v_parent.key, v_parent.key)
            using v_from, v_to;
          execute format('delete from public.%I where %I >= $1 and %I < $2', v_default, v_parent.key, v_parent.key)
            using v_from, v_to;
        end if;
        -- ATTACH takes a weaker lock on the parent than CREATE … PARTITION OF: writers go on.
        execute format('alter table %s attach partition public.%I for values from (%L) to (%L)',
                       v_parent.name, v_part, v_from, v_to);
        v_made := v_made + 1;
      end if;
      perform app.fence_partition(to_regclass(format('public.%I', v_part)));
    end loop;
  end loop;
  return v_made;
end $$;
