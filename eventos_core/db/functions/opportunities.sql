-- function: app.tg_opportunity_stage()
-- security: invoker
-- grants: app, migrator, definer, owner
-- about: Outcome, probability and forecast category of a deal follow its stage; closing sets day and exchange rate,
--        reopening empties them.
create or replace function app.tg_opportunity_stage() returns trigger
language plpgsql
as $$
declare
  v_stage record;
  v_house record;
begin
  select s.kind, s.default_probability_ppm, s.forecast_category into v_stage
  from public.sales_stages s where s.account_id = new.account_id and s.id = new.stage_id;
  if not found then
    return new;  -- the foreign key refuses it
  end if;
  new.outcome := v_stage.kind;
  new.probability_ppm := v_stage.default_probability_ppm;
  new.forecast_category := v_stage.forecast_category;
  if tg_op = 'UPDATE' then
    if new.stage_id <> old.stage_id and new.stage_entered_at = old.stage_entered_at then
      new.stage_entered_at := now();
    end if;
  end if;
  if new.outcome <> 'lost' then
    new.lost_reason_id := null;
    new.lost_note := null;
  end if;
  if new.outcome = 'open' then
    new.closed_on := null;
    new.rate_to_base_e12 := null;
    return new;
  end if;
  select a.base_currency, a.timezone into v_house from public.accounts a where a.id = new.account_id;
  if new.closed_on is null then
    new.closed_on := greatest((now() at time zone v_house.timezone)::date, new.opened_on);
  end if;
  if new.rate_to_base_e12 is null then
    new.rate_to_base_e12 := case
      when new.currency = v_house.base_currency then 1000000000000
      else (
        select r.rate_e12 from public.exchange_rates r
        where r.account_id = new.account_id and r.from_currency = new.currency
          and r.to_currency = v_house.base_currency and r.valid_on <= new.closed_on
        order by r.valid_on desc limit 1
      )
    end;
  end if;
  return new;
end $$;

-- function: app.tg_stage_probability()
-- security: invoker
-- grants: app, migrator, definer, owner
-- about: Deals follow a stage whose default probability or forecast category changes.
create or replace function app.tg_stage_probability() returns trigger
language plpgsql
as $$
begin
  update public.opportunities
  set probability_ppm = new.default_probability_ppm, forecast_category = new.forecast_category
  where account_id = new.account_id and stage_id = new.id;
  return null;
end $$;

-- function: app.tg_opportunity_versions()
-- security: definer
-- writes: opportunity_versions (insert, update)
-- grants: owner
-- about: Keeps one version per change of what a figure reads; a change dated back retracts, nothing is overwritten.
--     The trash ends a deal's version, restoring begins one; deleting the deal takes all of its versions back. While an
--     import is taken back (app.undoing), what it recorded is retracted instead of being ended today.
create or replace function app.tg_opportunity_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_at timestamptz := now();
  v_undoing boolean := current_setting('app.undoing', true) = 'true';
  v_current public.opportunity_versions%rowtype;
begin
  if tg_op = 'DELETE' then
    update public.opportunity_versions set retracted_at = clock_timestamp()
    where account_id = old.account_id and opportunity_id = old.id and retracted_at is null;
    return null;
  end if;

  if old.archived_at is not null and new.archived_at is not null
     or (old.stage_id, old.outcome, old.amount_minor, old.currency, old.probability_ppm,
         old.probability_override_ppm, old.forecast_category, old.kind, old.source, old.opened_on,
         old.expected_close_on, old.closed_on, old.rate_to_base_e12, old.owner_id, old.event_id,
         old.archived_at is null)
        is not distinct from
        (new.stage_id, new.outcome, new.amount_minor, new.currency, new.probability_ppm,
         new.probability_override_ppm, new.forecast_category, new.kind, new.source, new.opened_on,
         new.expected_close_on, new.closed_on, new.rate_to_base_e12, new.owner_id, new.event_id,
         new.archived_at is null) then
    return null;
  end if;
  if new.stage_id <> old.stage_id and old.archived_at is null then
    v_at := least(new.stage_entered_at, v_at);
  end if;

  select * into v_current from public.opportunity_versions v
  where v.account_id = old.account_id and v.opportunity_id = old.id and v.valid_to is null and v.retracted_at is null
  for update;
  if found then
    v_at := case when v_undoing then v_current.valid_from else greatest(v_at, v_current.valid_from) end;
    if v_at = now() and v_current.valid_from < v_at then
      update public.opportunity_versions set valid_to = v_at
      where account_id = v_current.account_id and id = v_current.id;
    else
      -- Dated back, or the second change in one transaction: what was recorded stays as it was known then.
      update public.opportunity_versions set retracted_at = clock_timestamp()
      where account_id = v_current.account_id and id = v_current.id;
      if v_current.valid_from < v_at then
        insert into public.opportunity_versions (
          account_id, opportunity_id, stage_id, outcome, amount_minor, currency, probability_ppm,
          probability_override_ppm, forecast_category, kind, source, opened_on, expected_close_on, closed_on,
          rate_to_base_e12, owner_id, event_id, valid_from, valid_to, changed_by_id)
        values (
          v_current.account_id, v_current.opportunity_id, v_current.stage_id, v_current.outcome,
          v_current.amount_minor, v_current.currency, v_current.probability_ppm, v_current.probability_override_ppm,
          v_current.forecast_category, v_current.kind, v_current.source, v_current.opened_on,
          v_current.expected_close_on, v_current.closed_on, v_current.rate_to_base_e12, v_current.owner_id,
          v_current.event_id, v_current.valid_from, v_at, v_current.changed_by_id);
      end if;
    end if;
  end if;

  if new.archived_at is not null then
    return null;
  end if;
  insert into public.opportunity_versions (
    account_id, opportunity_id, stage_id, outcome, amount_minor, currency, probability_ppm, probability_override_ppm,
    forecast_category, kind, source, opened_on, expected_close_on, closed_on, rate_to_base_e12, owner_id, event_id,
    valid_from, changed_by_id)
  values (
    new.account_id, new.id, new.stage_id, new.outcome, new.amount_minor, new.currency, new.probability_ppm,
    new.probability_override_ppm, new.forecast_category, new.kind, new.source, new.opened_on, new.expected_close_on,
    new.closed_on, new.rate_to_base_e12, new.owner_id, new.event_id, v_at,
    nullif(current_setting('app.member_id', true), '')::bigint);
  return null;
end $$;

-- function: app.tg_opportunity_first_versions()
-- security: definer
-- writes: opportunity_versions (insert)
-- grants: owner
-- about: The first version of every deal that a statement makes. Per statement: imports make thousands at once.
create or replace function app.tg_opportunity_first_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  insert into public.opportunity_versions (
    account_id, opportunity_id, stage_id, outcome, amount_minor, currency, probability_ppm, probability_override_ppm,
    forecast_category, kind, source, opened_on, expected_close_on, closed_on, rate_to_base_e12, owner_id, event_id,
    valid_from, changed_by_id)
  select n.account_id, n.id, n.stage_id, n.outcome, n.amount_minor, n.currency, n.probability_ppm,
    n.probability_override_ppm, n.forecast_category, n.kind, n.source, n.opened_on, n.expected_close_on, n.closed_on,
    n.rate_to_base_e12, n.owner_id, n.event_id, least(n.stage_entered_at, now()),
    nullif(current_setting('app.member_id', true), '')::bigint
  from made n
  where n.archived_at is null;
  return null;
end $$;

-- function: app.seed_opportunity_history(bigint[])
-- security: definer
-- reads: accounts, opportunities, sales_stages
-- writes: opportunity_versions (insert)
-- grants: app
-- about: Gives deals just made from a file their past: from the day they were opened until they entered the stage they
--     are in, they stood at the beginning of its pipeline. Only closed ones, and those whose file says since when they
--     are in their stage, have such a past; no step between is made up. Deals that were there before are left alone.
create or replace function app.seed_opportunity_history(p_ids bigint[]) returns integer
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare
  v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
  v_zone text;
  v_count integer;
begin
  select a.timezone into v_zone from public.accounts a where a.id = v_account;
  with entries as materialized (
    select distinct on (s.pipeline_id) s.pipeline_id, s.id, s.default_probability_ppm, s.forecast_category
    from public.sales_stages s
    where s.account_id = v_account and s.kind = 'open' and s.archived_at is null
    order by s.pipeline_id, s.position
  ), young as materialized (
    -- Deal by deal: what the planner knows of the tables is from before the import, and it would read them whole.
    select v.*, o.opened_at
    from unnest(p_ids) w(id)
    cross join lateral (
      select d.opened_on::timestamp at time zone v_zone as opened_at
      from public.opportunities d where d.account_id = v_account and d.id = w.id offset 0
    ) o
    cross join lateral (
      select e.*, count(*) over () as versions
      from public.opportunity_versions e where e.account_id = v_account and e.opportunity_id = w.id
    ) v
    where v.versions = 1 and v.valid_to is null and v.retracted_at is null and v.recorded_at >= now()
  )
  insert into public.opportunity_versions (
    account_id, opportunity_id, stage_id, outcome, amount_minor, currency, probability_ppm, forecast_category, kind,
    source, opened_on, expected_close_on, owner_id, event_id, valid_from, valid_to, changed_by_id)
  select y.account_id, y.opportunity_id, e.id, 'open', y.amount_minor, y.currency, e.default_probability_ppm,
    e.forecast_category, y.kind, y.source, y.opened_on, y.expected_close_on, y.owner_id, y.event_id, y.opened_at,
    y.valid_from, y.changed_by_id
  from young y
  join public.sales_stages s on s.account_id = y.account_id and s.id = y.stage_id
  join entries e on e.pipeline_id = s.pipeline_id
  where e.id <> y.stage_id and y.opened_at < y.valid_from;
  get diagnostics v_count = row_count;
  return v_count;
end $$;
