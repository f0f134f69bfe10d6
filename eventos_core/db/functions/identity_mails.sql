-- What a person is told of their login: mails that belong to no house, notices in each of their houses, and the
-- browsers that they are known to use.

-- function: app.queue_login_mails()
-- security: definer
-- writes: procrastinate.procrastinate_jobs (insert), procrastinate.procrastinate_events (insert)
-- grants: definer
-- about: Let mails about logins go out once this transaction has committed; one run takes all that are due.
create or replace function app.queue_login_mails()
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, procrastinate, pg_temp
as $$
    insert into procrastinate.procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args)
    values ('upkeep', 'send_login_mails', 0, null, 'send_login_mails',
            jsonb_build_object('timestamp', extract(epoch from now())::bigint))
    on conflict (queueing_lock) where status = 'todo' do nothing
$$;

-- function: app.tell_of_login(bigint, text, jsonb, text, text)
-- security: definer
-- reads: account_users, accounts
-- writes: login_mails (insert), notifications (insert)
-- grants: definer
-- about: Tells a person what happened to their login: one mail, and a notice in each house that they are in.
create or replace function app.tell_of_login(p_user bigint, p_kind text, p_details jsonb, p_title text, p_body text)
returns void
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_id bigint;
begin
    insert into login_mails (kind, user_id, details, expires_at)
    values (p_kind, p_user, p_details, now() + interval '3 days') returning id into v_id;
    -- No wish turns these off: whoever took a login over would turn them off first. Settled in one house, the notice
    -- is settled in all of them by its key.
    insert into notifications (account_id, user_id, kind, level, title, body, link, dedupe_key)
    select au.account_id, p_user, 'login.' || p_kind, 'warning', left(p_title, 200), p_body,
           '/account_profile?house=' || a.slug, 'login_mail:' || v_id
      from account_users au join accounts a on a.id = au.account_id
     where au.user_id = p_user and au.status = 'active' and a.status = 'active';
    perform app.queue_login_mails();
end
$$;

-- function: app.tell_of_password(bigint)
-- security: definer
-- grants: definer
-- about: Tells a person that their password has changed.
create or replace function app.tell_of_password(p_user bigint)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    select app.tell_of_login(p_user, 'password_changed', '{}', 'Your password was changed',
        'Your other sign-ins have ended. If it was not you, ask for a new password at the sign-in page at once.')
$$;

-- function: app.seen_device(bigint, bytea, text, text)
-- security: definer
-- writes: login_devices (insert, update)
-- grants: definer
-- about: Remembers the browser of a sign-in and returns its id; tells the person where it was not seen before, unless
--     it is their first one. NULL for a sign-in without a browser.
create or replace function app.seen_device(p_user bigint, p_device bytea, p_browser text, p_ip text)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare v_id bigint; v_first boolean;
begin
    if p_device is null then return null; end if;
    update login_devices d set last_seen_at = now(), name = left(p_browser, 200)
     where d.user_id = p_user and d.device_hash = p_device returning d.id into v_id;
    if found then return v_id; end if;
    v_first := not exists (select from login_devices d where d.user_id = p_user);
    -- Of two tabs that sign in at once the second finds the row made.
    insert into login_devices as d (user_id, device_hash, name) values (p_user, p_device, left(p_browser, 200))
    on conflict (user_id, device_hash) do nothing returning d.id into v_id;
    if v_id is null then
        return (select d.id from login_devices d where d.user_id = p_user and d.device_hash = p_device);
    end if;
    if not v_first then
        perform app.tell_of_login(p_user, 'new_device', jsonb_build_object('browser', p_browser, 'ip', p_ip),
            'Sign-in from a new device: ' || p_browser,
            coalesce('From ' || p_ip || '. ', '')
            || 'If it was not you, end that sign-in under Your account and change your password.');
    end if;
    return v_id;
end
$$;

-- function: app.claim_login_mail()
-- security: definer
-- reads: users
-- writes: login_mails (update, delete)
-- grants: app
-- about: The next mail about a login that is due, with whom it goes to, taken for ten minutes; none when all are sent.
--     What was asked for an address that nobody here has is deleted.
create or replace function app.claim_login_mail()
returns table (
    id bigint, kind text, email text, name text, timezone text, details jsonb, attempts integer, created_at timestamptz
)
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare m login_mails%rowtype; u users%rowtype;
begin
    loop
        select l.* into m from login_mails l
         where l.sent_at is null and l.next_attempt_at <= now() and l.expires_at > now()
         order by l.next_attempt_at, l.id limit 1 for update skip locked;
        if not found then return; end if;
        if m.user_id is not null then
            select x.* into u from users x where x.id = m.user_id;
        else
            select x.* into u from users x where x.email_norm = m.email_norm and x.status = 'active';
        end if;
        exit when found;
        delete from login_mails l where l.id = m.id;
    end loop;
    update login_mails l set attempts = l.attempts + 1, next_attempt_at = now() + interval '10 minutes' where l.id = m.id;
    return query select m.id, m.kind, u.email, u.name, u.timezone, m.details, (m.attempts + 1)::integer, m.created_at;
end
$$;

-- function: app.issue_mailed_link(bigint, bytea)
-- security: definer
-- reads: login_mails, users
-- writes: one_time_tokens (insert)
-- grants: app
-- about: The link (1 hour) that goes into a mail which a worker has in hand; made only then, so that it lies nowhere
--     before. Earlier ones stay: a try in doubt may have arrived. False when the mail is none, or was sent.
create or replace function app.issue_mailed_link(p_mail bigint, p_hash bytea)
returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
    insert into one_time_tokens (token_hash, purpose, user_id, expires_at)
    select p_hash, 'reset', u.id, now() + interval '1 hour'
      from login_mails m join users u on u.email_norm = m.email_norm and u.status = 'active'
     where m.id = p_mail and m.kind = 'password_link' and m.sent_at is null and m.attempts > 0;
    return found;
end
$$;

-- function: app.login_mail_done(bigint, text, interval)
-- security: definer
-- writes: login_mails (update)
-- grants: app
-- about: What came of handing a mail over: sent without an error; tried again after the wait, or never without one.
create or replace function app.login_mail_done(p_mail bigint, p_error text, p_wait interval)
returns void
language sql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
    update login_mails m
       set sent_at = case when p_error is null then now() end, last_error = left(p_error, 500),
           next_attempt_at = coalesce(now() + p_wait, m.next_attempt_at),
           expires_at = case when p_error is not null and p_wait is null then now() else m.expires_at end
     where m.id = p_mail and m.sent_at is null
$$;
