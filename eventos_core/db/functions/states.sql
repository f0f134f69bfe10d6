-- function: app.tg_event_status()
-- security: invoker
-- grants: app, migrator, definer, owner
-- about: An event's status moves forward only, cancelled from every open one; notes when status and stage changed.
create or replace function app.tg_event_status() returns trigger
language plpgsql
as $$
begin
  if new.status <> old.status then
    if not (old.status, new.status) in (
      ('draft', 'planned'), ('planned', 'on_sale'), ('planned', 'live'), ('on_sale', 'live'), ('live', 'completed'),
      ('draft', 'cancelled'), ('planned', 'cancelled'), ('on_sale', 'cancelled'), ('live', 'cancelled')
    ) then
      raise exception 'an event cannot become % after %', new.status, old.status
        using errcode = '23514', schema = 'public', table = 'events', column = 'status',
              constraint = 'ck_events_status_moves_forward';
    end if;
    if new.status_changed_at = old.status_changed_at then
      new.status_changed_at := now();
    end if;
  end if;
  if new.stage_id is distinct from old.stage_id and new.stage_changed_at is not distinct from old.stage_changed_at then
    new.stage_changed_at := now();
  end if;
  return new;
end $$;

-- function: app.tg_last_owner()
-- security: definer
-- reads: account_users
-- grants: owner
-- about: A house keeps one active owner at least; whoever takes the right from one queues behind others who do.
create or replace function app.tg_last_owner() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('owners:' || new.account_id, 0));
  if not exists (
    select from public.account_users m
    where m.account_id = new.account_id and m.role = 'owner' and m.status = 'active'
  ) then
    raise exception 'a house needs an active owner'
      using errcode = '23514', schema = 'public', table = 'account_users', column = 'role',
            constraint = 'ck_account_users_last_owner';
  end if;
  return null;
end $$;
