-- Messages and webhooks: jobs that belong to the house rather than to a member, links for people outside, notices to
-- another member, and reports of mail providers.

-- function: app.queue_outgoing(bigint, text)
-- security: definer
-- writes: procrastinate.procrastinate_jobs (insert), procrastinate.procrastinate_events (insert)
-- grants: definer
-- about: Queue one run of an outgoing job for a house, unless one waits already.
create or replace function app.queue_outgoing(p_account bigint, p_task text)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
    -- Without a member: whoever wrote the message may have left the house when it is sent.
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
    values ('house', p_task, 0, p_account || ':' || p_task, p_account || ':' || p_task,
            jsonb_build_object('account_id', p_account, 'member_id', null))
    on conflict (queueing_lock) where status = 'todo' do nothing
$$;

-- function: app.defer_outgoing(text)
-- security: definer
-- grants: app
-- about: Let what the house in context has to send go out once this transaction has committed.
create or replace function app.defer_outgoing(p_task text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_account bigint := nullif(current_setting('app.account_id', true), '')::bigint;
begin
    if v_account is null then raise exception 'a job needs a house' using errcode = 'EO001'; end if;
    if p_task not in ('send_messages', 'deliver_webhooks') then
        raise exception 'no outgoing job' using errcode = '22023';
    end if;
    perform app.queue_outgoing(v_account, p_task);
end
$$;

-- function: app.defer_due_outgoing()
-- security: definer
-- reads: accounts, notification_queue, webhook_deliveries, webhook_endpoints
-- grants: app
-- about: Queue the outgoing jobs of every house in which something is due, or was in the hands of a worker that died.
--     Looks at one index entry per house, however long the queues are.
create or replace function app.defer_due_outgoing()
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    perform app.queue_outgoing(a.id, 'send_messages') from accounts a
     where a.status = 'active'
       and (exists (select from notification_queue q where q.account_id = a.id and q.status = 'queued'
                       and q.next_attempt_at <= now())
            or exists (select from notification_queue q where q.account_id = a.id and q.status = 'sending'
                          and q.claimed_until < now()));
    perform app.queue_outgoing(a.id, 'deliver_webhooks') from accounts a
     where a.status = 'active'
       and exists (select from webhook_deliveries w
                     join webhook_endpoints e on e.account_id = w.account_id and e.id = w.endpoint_id
                    where w.account_id = a.id and w.status in ('pending', 'retrying') and w.next_attempt_at <= now()
                      and (e.status = 'active' or w.fact = 'Ping'));
end
$$;

-- function: app.defer_returned_mail()
-- security: definer
-- reads: accounts, integrations
-- grants: app
-- about: Queue the reading of returned mail in every house whose own mail server names a mailbox for it.
create or replace function app.defer_returned_mail()
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    perform app.queue_outgoing(a.id, 'read_returned_mail') from accounts a
     where a.status = 'active'
       and exists (select from integrations i where i.account_id = a.id and i.kind = 'email'
                      and i.status in ('connected', 'error') and i.settings ->> 'returned_host' <> '');
end
$$;

-- function: app.report_delivery(bigint, bigint, text, text, timestamptz, text, text, text, text)
-- security: definer
-- reads: notification_queue
-- writes: message_deliveries (insert), procrastinate.procrastinate_jobs (insert),
--     procrastinate.procrastinate_events (insert)
-- grants: app
-- about: Keep what a mail provider reports of a message, once, and let its house draw the consequences. The message
--     is found by its whole Message-ID, which cannot be guessed; false where there is none, or it was told before.
create or replace function app.report_delivery(
    p_account bigint, p_message bigint, p_message_id text, p_kind text, p_at timestamptz, p_provider text,
    p_event_id text, p_bounce text, p_detail text
) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
declare v_id bigint;
begin
    insert into message_deliveries (account_id, message_id, kind, occurred_at, attempt, provider, provider_event_id,
                                    bounce, detail)
    select q.account_id, q.id, p_kind, p_at, q.attempts, p_provider, p_event_id, p_bounce, left(p_detail, 2000)
      from notification_queue q
     where q.account_id = p_account and q.id = p_message and q.provider_message_id = p_message_id
    on conflict (account_id, provider, provider_event_id) do nothing
    returning id into v_id;
    if v_id is null then return false; end if;
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, args)
    values ('house', 'take_in_report', 0,
            jsonb_build_object('account_id', p_account, 'member_id', null, 'delivery_id', v_id));
    return true;
end
$$;
