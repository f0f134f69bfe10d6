-- Installation-wide upkeep, called by periodic jobs and by the command line.

-- function: app.retake_lost_jobs()
-- security: definer
-- reads: procrastinate.procrastinate_workers
-- writes: procrastinate.procrastinate_jobs (update), procrastinate.procrastinate_events (insert)
-- grants: app
-- about: Queue again the jobs of houses whose worker has shown no sign of life for two minutes; a job that took ten
--     workers with it is given up, and lost upkeep waits for its next time. Returns how many it queued.
create or replace function app.retake_lost_jobs()
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
declare v_count bigint := 0; v_job record;
begin
    for v_job in
        -- A worker without a heartbeat is gone; the engine clears its row later, and then worker_id is empty.
        select j.id, j.attempts, j.queue_name, j.queueing_lock from procrastinate.procrastinate_jobs j
         where j.status = 'doing'
           and (j.worker_id is null or exists (
                   select from procrastinate.procrastinate_workers w
                    where w.id = j.worker_id and w.last_heartbeat < now() - interval '2 minutes'))
         order by j.id for update of j skip locked
    loop
        if v_job.queue_name = 'upkeep' or v_job.attempts >= 9 then
            update procrastinate.procrastinate_jobs j
               set status = 'failed', attempts = j.attempts + 1,
                   args = j.args || jsonb_build_object('error', 'The worker that ran this ended unexpectedly.')
             where j.id = v_job.id;
        elsif not exists (select from procrastinate.procrastinate_jobs o
                           where o.queueing_lock = v_job.queueing_lock and o.status = 'todo') then
            -- One by one: of two lost ones with the same queueing lock the second waits for its turn.
            update procrastinate.procrastinate_jobs j
               set status = 'todo', worker_id = null, attempts = j.attempts + 1 where j.id = v_job.id;
            v_count := v_count + 1;
        end if;
    end loop;
    return v_count;
end
$$;

-- function: app.without_images(jsonb, text[])
-- security: invoker
-- grants: definer
-- about: A list of objects without the keys that hold what a record looked like.
create or replace function app.without_images(p_list jsonb, p_keys text[])
returns jsonb
language sql immutable parallel safe
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select coalesce(jsonb_agg(case jsonb_typeof(e.value) when 'object' then e.value - p_keys else e.value end
                              order by e.position), '[]')
      from jsonb_array_elements(p_list) with ordinality as e (value, position)
$$;

-- function: app.clean_imports(integer)
-- security: definer
-- reads: import_batches, import_rows, import_files
-- writes: import_batches (update), import_rows (update), import_files (delete)
-- grants: definer
-- about: Empty what the rows of at most that many imports that can no longer be undone hold of people, and delete files
--     whose time is up; an import that runs keeps its file, for a day at most.
create or replace function app.clean_imports(p_limit integer)
returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_batch record; v_rows bigint := 0; v_batches bigint := 0; v_files bigint; n bigint;
begin
    for v_batch in
        select b.account_id, b.id from import_batches b
         where b.before_expires_at < now() and b.status in ('done', 'undone')
         order by b.before_expires_at limit p_limit for update skip locked
    loop
        update import_rows r
           set before = null, raw = '[]', parsed = '{}', conflicts = '[]', before_expires_at = null,
               effects = app.without_images(r.effects, array['before', 'after']),
               -- What a conflict says quotes the value here; of a refusal column and reason stay.
               errors = case r.verdict when 'conflict' then '[]' else app.without_images(r.errors, array['value']) end
         where r.account_id = v_batch.account_id and r.batch_id = v_batch.id;
        get diagnostics n = row_count;
        -- An empty date says that it is done: the next night does not look at these rows again.
        update import_batches b set before_expires_at = null
         where b.account_id = v_batch.account_id and b.id = v_batch.id;
        v_rows := v_rows + n;
        v_batches := v_batches + 1;
    end loop;
    delete from import_files f using import_batches b
     where f.expires_at < now() and b.account_id = f.account_id and b.id = f.batch_id
       and (b.status not in ('running', 'undoing') or b.started_at < now() - interval '1 day')
       and coalesce(b.before_expires_at, '-infinity') < now();
    get diagnostics v_files = row_count;
    return jsonb_build_object('imports', v_batches, 'import_rows', v_rows, 'import_files', v_files);
end
$$;

-- function: app.clean_jobs()
-- security: definer
-- writes: procrastinate.procrastinate_jobs, procrastinate.procrastinate_events,
--     procrastinate.procrastinate_periodic_defers
-- grants: definer
-- about: Delete jobs that ended well two weeks ago, or badly three months ago; upkeep after a day.
create or replace function app.clean_jobs()
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
declare n bigint;
begin
    -- The latest of each task stays: it tells the engine what was deferred already.
    delete from procrastinate.procrastinate_periodic_defers d
     where d.id < (select max(x.id) from procrastinate.procrastinate_periodic_defers x
                    where x.task_name = d.task_name and x.periodic_id = d.periodic_id);
    delete from procrastinate.procrastinate_jobs j
     where j.status in ('succeeded', 'cancelled', 'failed', 'aborted')
       and not exists (select from procrastinate.procrastinate_periodic_defers d where d.job_id = j.id)
       and not exists (
           select from procrastinate.procrastinate_events e
            where e.job_id = j.id
              and e.at > now() - case when j.queue_name = 'upkeep' then interval '1 day'
                                      when j.status in ('succeeded', 'cancelled') then interval '14 days'
                                      else interval '90 days' end);
    get diagnostics n = row_count;
    return n;
end
$$;

-- function: app.cleanup()
-- security: definer
-- writes: one_time_tokens, login_sessions, login_devices, login_mails, login_attempts, rate_limits, idempotency_keys,
--     merges (update), exports (update)
-- grants: app, migrator
-- about: Delete what has expired; returns how many rows of what. Of imports a few at a time: call it again until
--     it reports none.
create or replace function app.cleanup()
returns jsonb
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare n bigint; done jsonb := '{}';
begin
    delete from one_time_tokens
     where expires_at < now() - interval '7 days' or least(used_at, revoked_at) < now() - interval '30 days';
    get diagnostics n = row_count; done := done || jsonb_build_object('tokens', n);
    delete from login_sessions where expires_at < now() - interval '90 days' or revoked_at < now() - interval '90 days';
    get diagnostics n = row_count; done := done || jsonb_build_object('sessions', n);
    delete from login_devices d where d.last_seen_at < now() - interval '400 days'
       -- The last one stays: to whoever has none, a sign-in is their first, and nobody is told of it.
       and exists (select from login_devices o where o.user_id = d.user_id and (o.last_seen_at, o.id) > (d.last_seen_at, d.id));
    get diagnostics n = row_count; done := done || jsonb_build_object('devices', n);
    delete from login_mails where expires_at < now() - interval '7 days';
    get diagnostics n = row_count; done := done || jsonb_build_object('login_mails', n);
    delete from login_attempts where at < now() - interval '90 days';
    get diagnostics n = row_count; done := done || jsonb_build_object('attempts', n);
    delete from rate_limits where window_start < now() - interval '1 day';
    get diagnostics n = row_count; done := done || jsonb_build_object('rate_limits', n);
    delete from idempotency_keys where expires_at < now();
    get diagnostics n = row_count; done := done || jsonb_build_object('idempotency_keys', n);
    update merges m
       set winner_before = null, loser_before = null, moved = app.without_images(m.moved, array['before', 'from', 'to'])
     where m.winner_before is not null and m.before_expires_at < now();
    get diagnostics n = row_count; done := done || jsonb_build_object('merges', n);
    -- The process that wrote it ended without a word.
    update exports set status = 'cancelled', finished_at = now(), error = 'The download ended unexpectedly.'
     where status = 'running' and started_at < now() - interval '1 hour';
    get diagnostics n = row_count; done := done || jsonb_build_object('exports', n);
    return done || app.clean_imports(20) || jsonb_build_object('jobs', app.clean_jobs());
end
$$;

-- function: app.own_jobs(integer, text[], bigint)
-- security: definer
-- reads: procrastinate.procrastinate_jobs, procrastinate.procrastinate_events
-- grants: app
-- about: Background jobs of the house in context, newest first, with the reason of the last failure while it counts:
--     those in one of these states, and older than job p_before.
create or replace function app.own_jobs(
    p_limit integer, p_states text[] default null, p_before bigint default null
)
returns table (
    id bigint, task text, status text, attempts integer, queued_at timestamptz, scheduled_at timestamptz,
    ended_at timestamptz, error text
)
language sql stable security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
    select j.id, j.task_name::text, j.status::text, j.attempts,
           (select min(e.at) from procrastinate.procrastinate_events e where e.job_id = j.id and e.type = 'deferred'),
           j.scheduled_at,
           (select max(e.at) from procrastinate.procrastinate_events e
             where e.job_id = j.id and e.type in ('succeeded', 'failed', 'cancelled', 'aborted')),
           case when j.status in ('todo', 'failed', 'aborted') then j.args ->> 'error' end
      from procrastinate.procrastinate_jobs j
     where (j.args ->> 'account_id')::bigint = nullif(current_setting('app.account_id', true), '')::bigint
       and (p_states is null or j.status::text = any (p_states))
       and (p_before is null or j.id < p_before)
     order by j.id desc limit least(p_limit, 200001)
$$;
