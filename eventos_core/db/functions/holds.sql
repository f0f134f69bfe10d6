-- What was held only until a moment that has passed.

-- function: app.release_space_options()
-- security: definer
-- writes: event_venues (update)
-- grants: app, migrator
-- about: Releases options on spaces whose time is up, in every house; others can have the spaces from then on. Returns
--     how many.
create or replace function app.release_space_options() returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare n integer;
begin
  update event_venues v set status = 'released'
    from (select e.account_id, e.id from event_venues e
           where e.status = 'option' and e.option_expires_at < now()
           order by e.account_id, e.id for update skip locked) as due
   where v.account_id = due.account_id and v.id = due.id;
  get diagnostics n = row_count;
  return n;
end $$;
