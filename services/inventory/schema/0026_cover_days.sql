-- What the rule `balance` made of a place is told in days of cover.

CREATE FUNCTION sourcing_measured(rule text, cost bigint) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT CASE rule WHEN 'balance' THEN 1000000 - cost ELSE cost END
$$;
COMMENT ON FUNCTION sourcing_measured IS 'As people count it: of balance the days, of which more is better; else the cost';

CREATE OR REPLACE FUNCTION sourcing_place(of_choice sourcing_choice, field text[]) RETURNS json LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT json_build_object('location', field[1],
        'distance_km', nullif(field[4], '-1')::integer,
        'taken', sourcing_taken(of_choice, field[9]),
        'why_not', CASE WHEN field[9] = '-' THEN json_build_object(
            'reason', CASE left(field[10], 1) WHEN 'x' THEN 'excluded' WHEN 'f' THEN 'not_allowed' WHEN 'l' THEN 'lacks'
                ELSE 'rule' END,
            'rule', named.rule,
            'value', CASE WHEN field[10] LIKE 'r%' THEN sourcing_measured(named.rule, field[11]::bigint) END,
            'best', CASE WHEN field[10] LIKE 'r%' THEN sourcing_measured(named.rule, field[12]::bigint) END,
            'instead_of', field[13]) END)
    FROM (SELECT CASE WHEN field[10] LIKE 'r%' THEN
        split_part(of_choice.rules, ' ', 1 + substr(field[10], 2)::integer) END AS rule) AS named
$$;
