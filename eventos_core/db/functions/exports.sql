-- Exports on their way out.

-- function: app.end_export(bigint, uuid, integer, text, integer, bigint, bytea, text)
-- security: definer
-- writes: exports (update)
-- grants: app
-- about: How a download of an export ended: done with rows, bytes and checksum, failed or cancelled with the reason.
--     Takes house, random id and number of the download instead of a context: whoever fetched it may have lost the
--     right to it meanwhile. Only the latest download counts, and only once.
create or replace function app.end_export(
  p_account bigint, p_public_id uuid, p_download integer, p_status text, p_rows integer, p_bytes bigint, p_sha256 bytea,
  p_error text
) returns boolean
language plpgsql volatile security definer
set search_path = pg_catalog, public, extensions, pg_temp
as $$
begin
  if p_status not in ('done', 'failed', 'cancelled') then
    raise exception 'a download does not end as %', p_status using errcode = '22023';
  end if;
  update exports e
     set status = p_status, finished_at = now(),
         rows = case p_status when 'done' then p_rows else e.rows end,
         size_bytes = case p_status when 'done' then p_bytes else e.size_bytes end,
         sha256 = case p_status when 'done' then p_sha256 else e.sha256 end,
         error = case p_status when 'done' then null else left(coalesce(p_error, 'It ended early.'), 500) end
   where e.account_id = p_account and e.public_id = p_public_id and e.downloads = p_download and e.status = 'running';
  return found;
end $$;
