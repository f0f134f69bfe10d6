-- What runs regularly for houses: found and queued across the installation, in the order it became due.

-- function: app.houses_without_schedule(text)
-- security: definer
-- reads: accounts, scheduled_jobs
-- grants: app
-- about: Active houses that have no schedule of that kind yet, with their time zones; at most 500.
create or replace function app.houses_without_schedule(p_kind text)
returns table (account_id bigint, timezone text)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select a.id, a.timezone from accounts a
     where a.status = 'active'
       and not exists (select from scheduled_jobs s where s.account_id = a.id and s.kind = p_kind)
     order by a.id limit 500
$$;

-- function: app.add_schedule(bigint, text, text, text, timestamptz)
-- security: definer
-- reads: accounts
-- writes: scheduled_jobs (insert)
-- grants: app
-- about: Give a house its schedule of a kind, in the house's zone; does nothing where it has one.
create or replace function app.add_schedule(p_account bigint, p_kind text, p_name text, p_schedule text, p_next timestamptz)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    insert into scheduled_jobs (account_id, kind, name, schedule, timezone, next_run_at)
    select a.id, p_kind, p_name, p_schedule, a.timezone, p_next from accounts a
     where a.id = p_account and a.status = 'active'
       and not exists (select from scheduled_jobs s where s.account_id = a.id and s.kind = p_kind)
    on conflict (account_id, kind, name) do nothing;
end
$$;

-- function: app.due_schedules(integer)
-- security: definer
-- reads: accounts, scheduled_jobs
-- grants: app
-- about: Schedules of active houses whose time has come, the longest overdue first.
create or replace function app.due_schedules(p_limit integer)
returns table (account_id bigint, id bigint, kind text, schedule text, timezone text, due_at timestamptz)
language sql stable security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select s.account_id, s.id, s.kind, s.schedule, s.timezone, s.next_run_at
      from scheduled_jobs s join accounts a on a.id = s.account_id and a.status = 'active'
     where s.enabled and s.next_run_at <= now()
     order by s.next_run_at, s.account_id, s.id limit least(p_limit, 1000)
$$;

-- function: app.queue_schedule(bigint, bigint, timestamptz, timestamptz)
-- security: definer
-- writes: scheduled_jobs (update), procrastinate.procrastinate_jobs (insert), procrastinate.procrastinate_events (insert)
-- grants: app
-- about: Queue a schedule's job and set its next time; returns the job, or NULL when another dispatcher was faster or
--     the last one still waits.
create or replace function app.queue_schedule(p_account bigint, p_id bigint, p_due timestamptz, p_next timestamptz)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
declare v_kind text; v_arguments jsonb; v_job bigint;
begin
    update scheduled_jobs s set next_run_at = p_next
     where s.account_id = p_account and s.id = p_id and s.enabled and s.next_run_at = p_due
    returning s.kind, s.arguments into v_kind, v_arguments;
    if not found then return null; end if;
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, queueing_lock, args)
    values ('house', v_kind, format('%s:schedule:%s', p_account, p_id),
            v_arguments || jsonb_build_object('account_id', p_account, 'member_id', null, 'schedule_id', p_id))
    on conflict (queueing_lock) where status = 'todo' do nothing
    returning id into v_job;
    if v_job is not null then
        update scheduled_jobs s set last_job_id = v_job, last_status = 'queued', last_run_at = now()
         where s.account_id = p_account and s.id = p_id;
    end if;
    return v_job;
end
$$;

-- function: app.retry_job(bigint)
-- security: definer
-- writes: procrastinate.procrastinate_jobs (update), procrastinate.procrastinate_events (insert)
-- grants: app
-- about: Queue a failed job of the house in context again; false when it is not one.
create or replace function app.retry_job(p_id bigint)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
begin
    update procrastinate.procrastinate_jobs j
       set status = 'todo', scheduled_at = null, worker_id = null, attempts = 0, args = j.args - 'error'
     where j.id = p_id and j.status in ('failed', 'aborted')
       and (j.args ->> 'account_id')::bigint = nullif(current_setting('app.account_id', true), '')::bigint
       and not exists (select from procrastinate.procrastinate_jobs o
                        where o.queueing_lock = j.queueing_lock and o.status = 'todo');
    return found;
end
$$;
