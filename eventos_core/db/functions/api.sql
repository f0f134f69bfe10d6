-- Requests by API keys: counted, limited and noted before the house is entered.

-- function: app.count_request(bytea, text)
-- security: definer
-- writes: rate_limits (insert, update), api_keys (update)
-- grants: app
-- about: Count a request of a key in force; returns the seconds to wait when it is over its limit, else 0. Notes the last
--     use at most once a minute.
create or replace function app.count_request(p_hash bytea, p_ip text)
returns integer
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
declare k record; v_count integer; v_window timestamptz := date_trunc('minute', clock_timestamp());
begin
    select a.account_id, a.id, a.requests_per_minute, a.allowed_networks, a.last_used_at into k from api_keys a
     where a.key_hash = p_hash and a.revoked_at is null and (a.expires_at is null or a.expires_at > now());
    if not found then raise exception 'key ended' using errcode = 'EO001'; end if;
    if cardinality(k.allowed_networks) > 0 and not exists (
           select from unnest(k.allowed_networks) n where nullif(p_ip, '')::inet <<= n::inet) then
        raise exception 'key not valid from here' using errcode = 'EO001';
    end if;
    insert into rate_limits as r (bucket, window_start, count) values ('api_key:' || k.id, v_window, 1)
    on conflict (bucket, window_start) do update set count = r.count + 1
    returning r.count into v_count;
    if k.last_used_at is null or k.last_used_at < now() - interval '1 minute' then
        update api_keys a set last_used_at = now(), last_used_ip = left(p_ip, 45)
         where a.account_id = k.account_id and a.id = k.id;
    end if;
    if v_count > k.requests_per_minute then
        return greatest(1, ceil(extract(epoch from v_window + interval '1 minute' - clock_timestamp()))::integer);
    end if;
    return 0;
end
$$;
