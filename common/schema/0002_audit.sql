-- What a service finds wrong with its own rows, and how far it has looked.

CREATE TABLE audit_finding (
    rule text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    key text NOT NULL,
    expected text NOT NULL,
    found text NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    PRIMARY KEY (rule, subject, since)
);
COMMENT ON TABLE audit_finding IS 'What must not be and is, or was; written by the auditor of the service alone';
COMMENT ON COLUMN audit_finding.rule IS 'By name, as the service lists them';
COMMENT ON COLUMN audit_finding.subject IS 'What is wrong: an order, a payment, an item at a place';
COMMENT ON COLUMN audit_finding.since IS 'When it was found';
COMMENT ON COLUMN audit_finding.key IS 'Where the rule has to look for it again';
COMMENT ON COLUMN audit_finding.expected IS 'What ought to be there';
COMMENT ON COLUMN audit_finding.found IS 'What is there';
COMMENT ON COLUMN audit_finding.seen_at IS 'When it was seen last';
COMMENT ON COLUMN audit_finding.ended_at IS 'When it was gone; kept for 30 days';
CREATE UNIQUE INDEX audit_finding_open ON audit_finding (rule, subject) WHERE ended_at IS NULL;
COMMENT ON INDEX audit_finding_open IS 'A thing is wrong once by one rule';

CREATE TABLE audit_walk (
    rule text COLLATE "C" PRIMARY KEY,
    walks bigint NOT NULL,
    began_at timestamptz NOT NULL,
    done_at timestamptz NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE audit_walk IS 'How often a rule has looked at all that it is about, and when it last began and ended';

CREATE TABLE audit_run (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    actor text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    CONSTRAINT audit_run_says_who CHECK (length(actor) BETWEEN 1 AND 100)
);
COMMENT ON TABLE audit_run IS 'Somebody wants all rules looked at now, without pauses';
COMMENT ON COLUMN audit_run.done_at IS 'All rules have looked at everything since it was asked; null while it goes on';
CREATE INDEX audit_run_open ON audit_run (id) WHERE done_at IS NULL;
COMMENT ON INDEX audit_run_open IS 'Whether anybody waits';

-- The public id of 16 bytes: base32 in lower case.
CREATE FUNCTION audit_order_id(id bytea) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    SELECT 'ord_' || string_agg(substr('abcdefghijklmnopqrstuvwxyz234567',
        1 + (substring(bits FROM 5 * n + 1 FOR 5))::bit(5)::integer, 1), '' ORDER BY n)
    FROM (SELECT ('x' || encode(id, 'hex'))::varbit || B'00' AS bits) AS padded, generate_series(0, 25) AS n
$$;

-- How far each lane has written one topic and read another; generation and number as one.
CREATE FUNCTION audit_marks_of(written_topic text, read_topic text)
RETURNS TABLE (lane bigint, written bigint, applied bigint) LANGUAGE sql STABLE AS $$
    SELECT mark.lane::bigint, max(mark.written), max(mark.applied)
    FROM (SELECT s.lane, (s.generation::bigint << 48) + s.number AS written, 0::bigint AS applied
          FROM stream s WHERE s.topic = written_topic
          UNION ALL
          SELECT p.lane, 0, (p.generation::bigint << 48) + p.number FROM read_position p WHERE p.topic = read_topic) AS mark
    GROUP BY mark.lane ORDER BY mark.lane
$$;

-- What is shown of it.
CREATE FUNCTION audit_document() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT json_build_object(
        'findings_open', (SELECT count(*) FROM audit_finding WHERE ended_at IS NULL),
        'findings', (SELECT coalesce(json_agg(json_build_object('rule', f.rule, 'subject', f.subject, 'expected', f.expected,
                'found', f.found, 'since', to_char(f.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                ORDER BY f.since, f.rule, f.subject), '[]'::json)
            FROM (SELECT * FROM audit_finding WHERE ended_at IS NULL ORDER BY since, rule, subject LIMIT 200) f),
        'rules', (SELECT coalesce(json_agg(json_build_object('rule', w.rule, 'walks', w.walks,
                'began_at', to_char(w.began_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                'done_at', to_char(w.done_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY w.rule),
                '[]'::json)
            FROM audit_walk w))::text
$$;
