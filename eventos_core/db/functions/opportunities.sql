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
--     The trash ends a deal's version, restoring begins one. While an import is taken back (app.undoing), what it
--     recorded is retracted instead of being ended today. Per statement: three statements of its own for each row cost a
--     bulk change more than all else. Expects the rows updated as new_rows, and what they were as old_rows.
create or replace function app.tg_opportunity_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  -- EXECUTE: planned for as many rows as the statement has, and for the table as large as it is by now. A plan kept
  -- from one edit might compare each of many rows with every other.
  execute $sql$
    with changed as materialized (
      select n.*, case
          when n.stage_id <> o.stage_id and o.archived_at is null then least(n.stage_entered_at, now()) else now()
        end as changed_at,
        o.archived_at is not null as was_archived
      from old_rows o
      join new_rows n on n.account_id = o.account_id and n.id = o.id
      where (o.archived_at is null or n.archived_at is null)
        and (o.stage_id, o.outcome, o.amount_minor, o.currency, o.probability_ppm, o.probability_override_ppm,
             o.forecast_category, o.kind, o.source, o.opened_on, o.expected_close_on, o.closed_on, o.rate_to_base_e12,
             o.owner_id, o.event_id, o.archived_at is null)
            is distinct from
            (n.stage_id, n.outcome, n.amount_minor, n.currency, n.probability_ppm, n.probability_override_ppm,
             n.forecast_category, n.kind, n.source, n.opened_on, n.expected_close_on, n.closed_on, n.rate_to_base_e12,
             n.owner_id, n.event_id, n.archived_at is null)
    ), ended as (
      update public.opportunity_versions v
      -- Dated back, or the second change in one transaction: what was recorded stays as it was known then.
      set valid_to = case when c.changed_at = now() and v.valid_from < now() and not $1 then now() end,
          retracted_at = case when c.changed_at < now() or v.valid_from >= now() or $1 then clock_timestamp() end
      from changed c
      where v.account_id = c.account_id and v.opportunity_id = c.id and v.valid_to is null and v.retracted_at is null
      returning v as was, case when $1 then v.valid_from else greatest(c.changed_at, v.valid_from) end as at, c.*
    )
    insert into public.opportunity_versions (
      account_id, opportunity_id, stage_id, outcome, amount_minor, currency, probability_ppm, probability_override_ppm,
      forecast_category, kind, source, opened_on, expected_close_on, closed_on, rate_to_base_e12, owner_id, event_id,
      valid_from, valid_to, changed_by_id)
    select e.account_id, (e.was).opportunity_id, (e.was).stage_id, (e.was).outcome, (e.was).amount_minor,
      (e.was).currency, (e.was).probability_ppm, (e.was).probability_override_ppm, (e.was).forecast_category,
      (e.was).kind, (e.was).source, (e.was).opened_on, (e.was).expected_close_on, (e.was).closed_on,
      (e.was).rate_to_base_e12, (e.was).owner_id, (e.was).event_id, (e.was).valid_from, e.at, (e.was).changed_by_id
    from ended e
    where (e.was).retracted_at is not null and (e.was).valid_from < e.at
    union all
    select e.account_id, e.id, e.stage_id, e.outcome, e.amount_minor, e.currency, e.probability_ppm,
      e.probability_override_ppm, e.forecast_category, e.kind, e.source, e.opened_on, e.expected_close_on, e.closed_on,
      e.rate_to_base_e12, e.owner_id, e.event_id, e.at, null, $2
    from ended e
    where e.archived_at is null
    union all
    select c.account_id, c.id, c.stage_id, c.outcome, c.amount_minor, c.currency, c.probability_ppm,
      c.probability_override_ppm, c.forecast_category, c.kind, c.source, c.opened_on, c.expected_close_on, c.closed_on,
      c.rate_to_base_e12, c.owner_id, c.event_id, c.changed_at, null, $2
    from changed c
    where c.was_archived and c.archived_at is null
  $sql$
  using coalesce(current_setting('app.undoing', true) = 'true', false),
    nullif(current_setting('app.member_id', true), '')::bigint;
  return null;
end $$;

-- function: app.tg_opportunity_last_versions()
-- security: definer
-- writes: opportunity_versions (update)
-- grants: owner
-- about: Deleting deals takes all of their versions back. Expects the rows deleted as gone.
create or replace function app.tg_opportunity_last_versions() returns trigger
language plpgsql security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  execute $sql$
    update public.opportunity_versions v set retracted_at = clock_timestamp()
    from gone g
    where v.account_id = g.account_id and v.opportunity_id = g.id and v.retracted_at is null
  $sql$;
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
