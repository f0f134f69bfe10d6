-- Money across currencies, as METRICS wants it: one rounding, by the minor units of both.

-- function: app.currency_exponent(text)
-- security: invoker
-- grants: app, migrator, definer
-- about: Decimal places of a currency's minor unit, as `kernel.money.exponent` knows them from CLDR.
create or replace function app.currency_exponent(p_currency text) returns integer
language sql immutable parallel safe
as $$
  select case
    when p_currency in (
      'ADP', 'AFN', 'ALL', 'BIF', 'BYR', 'CLP', 'COP', 'DJF', 'ESP', 'GNF', 'HUF', 'IDR', 'IQD', 'IRR', 'ISK', 'ITL',
      'JPY', 'KMF', 'KPW', 'KRW', 'LAK', 'LBP', 'LUF', 'MGA', 'MGF', 'MMK', 'MRO', 'PYG', 'RWF', 'SLL', 'SOS', 'STD',
      'SYP', 'TMM', 'TRL', 'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF', 'YER', 'ZMK', 'ZWD') then 0
    when p_currency in ('BHD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND') then 3
    when p_currency in ('CLF', 'UYW') then 4
    else 2
  end
$$;

-- function: app.in_base_minor(bigint, text, text, bigint, integer)
-- security: invoker
-- grants: app, migrator, definer
-- about: Minor units of the base currency that an amount is worth at a rate (times 10^12) and a probability (ppm),
--        rounded once, half up; NULL without amount or rate.
create or replace function app.in_base_minor(
  p_amount bigint, p_currency text, p_base text, p_rate_e12 bigint, p_ppm integer default 1000000) returns bigint
language sql immutable parallel safe
as $$
  select case
    when p_currency = p_base and p_rate_e12 = 1000000000000 and p_ppm = 1000000 then p_amount
    -- The same in integers, which a board of many thousand deals feels; no amount below it can overflow.
    when p_currency = p_base and p_rate_e12 = 1000000000000 and p_amount between 0 and 9000000000000
      then (p_amount * p_ppm + 500000) / 1000000
    else round(
      p_amount::numeric * p_rate_e12 * p_ppm
      * power(10::numeric, app.currency_exponent(p_base) - app.currency_exponent(p_currency)) / 1000000000000000000
    )::bigint
  end
$$;
