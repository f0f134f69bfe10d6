-- What the planner knows of the tables.

-- function: app.analyze_changed()
-- security: definer
-- owner: owner
-- grants: app
-- about: Gathers the planner's statistics of tables that changed much since they were gathered, at once rather than when
--     autovacuum comes by. Takes no arguments: the caller chooses neither table nor moment, since a table is due by its
--     own count of changes, once a minute at most, and only one caller at a time does it. Returns how many it did.
create or replace function app.analyze_changed() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_table regclass;
  v_done integer := 0;
begin
  if not pg_try_advisory_xact_lock(7405003) then
    return 0;
  end if;
  for v_table in
    select c.oid from pg_class c
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
       and pg_stat_get_mod_since_analyze(c.oid) > 1000 + 0.1 * greatest(c.reltuples, 0)
       and greatest(pg_stat_get_last_analyze_time(c.oid), pg_stat_get_last_autoanalyze_time(c.oid), '-infinity')
           < now() - interval '1 minute'
     order by c.relname
  loop
    -- A table that somebody alters or vacuums is left to them.
    execute format('analyze (skip_locked) %s', v_table);
    v_done := v_done + 1;
  end loop;
  return v_done;
end $$;
