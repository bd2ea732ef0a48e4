-- A share whose label was asked back still has it.
CREATE OR REPLACE FUNCTION shipment_state_word(step smallint, shipped_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN step IN (8, 23) THEN 'labeled' WHEN step IN (10, 19) THEN 'delivered'
                WHEN shipped_at IS NOT NULL OR step IN (9, 18) THEN 'shipped' ELSE 'created' END
$$;
