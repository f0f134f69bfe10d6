-- function: app.tg_metric_target_versions()
-- security: definer
-- writes: metric_target_versions (insert, update)
-- grants: owner
-- about: Keeps what a target or quota was, and until when, so that a past day's forecast is held against what was set
--     then. Removing a target ends its version.
create or replace function app.tg_metric_target_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_at timestamptz := clock_timestamp();
begin
  if tg_op = 'UPDATE' and
     (old.metric, old.scope, old.event_id, old.member_id, old.period, old.starts_on, old.ends_on, old.unit,
      old.currency, old.value)
     is not distinct from
     (new.metric, new.scope, new.event_id, new.member_id, new.period, new.starts_on, new.ends_on, new.unit,
      new.currency, new.value) then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    -- A clock that was set back must not refuse the change.
    update public.metric_target_versions v set ended_at = greatest(v_at, v.recorded_at)
    where v.account_id = old.account_id and v.metric_target_id = old.id and v.ended_at is null
    returning v.ended_at into v_at;
    v_at := coalesce(v_at, clock_timestamp());
  end if;
  if tg_op <> 'DELETE' then
    insert into public.metric_target_versions (
      account_id, metric_target_id, metric, scope, event_id, member_id, period, starts_on, ends_on, unit, currency,
      value, recorded_at, changed_by_id)
    values (
      new.account_id, new.id, new.metric, new.scope, new.event_id, new.member_id, new.period, new.starts_on,
      new.ends_on, new.unit, new.currency, new.value, v_at,
      nullif(current_setting('app.member_id', true), '')::bigint);
  end if;
  return null;
end $$;

-- function: app.tg_event_asset_date_versions()
-- security: definer
-- writes: event_asset_date_versions (insert, update)
-- grants: owner
-- about: Keeps what an event's last day for sponsor material was, on its own clock, and until when, so that a past
--     day's forecast counts as too late what came too late then.
create or replace function app.tg_event_asset_date_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_at timestamptz := clock_timestamp();
  v_was date;
  v_is date;
begin
  if tg_op <> 'INSERT' then
    v_was := (old.assets_due_at at time zone old.timezone)::date;
  end if;
  if tg_op <> 'DELETE' then
    v_is := (new.assets_due_at at time zone new.timezone)::date;
  end if;
  if v_was is not distinct from v_is then
    return null;
  end if;
  if v_was is not null then
    -- A clock that was set back must not refuse the change.
    update public.event_asset_date_versions v set ended_at = greatest(v_at, v.recorded_at)
    where v.account_id = old.account_id and v.event_id = old.id and v.ended_at is null
    returning v.ended_at into v_at;
    v_at := coalesce(v_at, clock_timestamp());
  end if;
  if v_is is not null then
    insert into public.event_asset_date_versions (account_id, event_id, assets_due_on, recorded_at, changed_by_id)
    values (new.account_id, new.id, v_is, v_at, nullif(current_setting('app.member_id', true), '')::bigint);
  end if;
  return null;
end $$;

-- function: app.tg_exchange_rate_versions()
-- security: definer
-- writes: exchange_rate_versions (insert, update)
-- grants: owner
-- about: Keeps what an exchange rate was, and until when, so that a past day's figures are converted at what was known
--     then. Removing a rate ends its version.
create or replace function app.tg_exchange_rate_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_at timestamptz := clock_timestamp();
begin
  if tg_op = 'UPDATE' and
     (old.from_currency, old.to_currency, old.valid_on, old.rate_e12)
     = (new.from_currency, new.to_currency, new.valid_on, new.rate_e12) then
    return null;
  end if;
  if tg_op <> 'INSERT' then
    -- A clock that was set back must not refuse the change.
    update public.exchange_rate_versions v set ended_at = greatest(v_at, v.recorded_at)
    where v.account_id = old.account_id and v.exchange_rate_id = old.id and v.ended_at is null
    returning v.ended_at into v_at;
    v_at := coalesce(v_at, clock_timestamp());
  end if;
  if tg_op <> 'DELETE' then
    insert into public.exchange_rate_versions (
      account_id, exchange_rate_id, from_currency, to_currency, valid_on, rate_e12, recorded_at, changed_by_id)
    values (
      new.account_id, new.id, new.from_currency, new.to_currency, new.valid_on, new.rate_e12, v_at,
      nullif(current_setting('app.member_id', true), '')::bigint);
  end if;
  return null;
end $$;
