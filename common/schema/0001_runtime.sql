-- The runtime's own tables, the same in every service's schema: lanes, positions, streams, outbox,
-- timers, effects, inputs from other lanes, and what was parked.  The service role may write rows, never tables.

-- Business time.  Tests may shift it for new sessions: ALTER ROLE ... SET kervan.clock_shift = '1 hour'.
CREATE FUNCTION business_now() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp() + coalesce(nullif(current_setting('kervan.clock_shift', true), ''), '0')::interval
$$;

CREATE TABLE lane (
    lane smallint PRIMARY KEY,
    holder bytea NOT NULL DEFAULT '',
    instance text NOT NULL DEFAULT '',
    version bigint NOT NULL DEFAULT 0,
    lease_until timestamptz NOT NULL DEFAULT '-infinity',
    now_floor timestamptz NOT NULL DEFAULT '1970-01-01Z',
    backend_pid integer NOT NULL DEFAULT 0
) WITH (fillfactor = 40);
COMMENT ON TABLE lane IS 'Leases: who may act for a lane, and until when by clock_timestamp()';
COMMENT ON COLUMN lane.holder IS 'Random, new at every taking: a zombie that comes back does not know it';
COMMENT ON COLUMN lane.instance IS 'Name of the process that holds the lane; the same name may take it back at once';
COMMENT ON COLUMN lane.version IS 'Raised by every transaction of the lane: the fence, and the answer to a lost answer';
COMMENT ON COLUMN lane.lease_until IS 'Free for others after this instant';
COMMENT ON COLUMN lane.now_floor IS 'Business time of the last batch: the next one is later, so what a reader saw of a lane up to it stays complete';
COMMENT ON COLUMN lane.backend_pid IS 'Server process of the holder, which a taker may end';

CREATE TABLE instance (
    instance text PRIMARY KEY,
    process bytea NOT NULL,
    seen_at timestamptz NOT NULL
) WITH (fillfactor = 40);
COMMENT ON TABLE instance IS 'Processes that live, for the fair share of lanes';
COMMENT ON COLUMN instance.process IS 'Random, new at every start: tells two processes of one name apart';
COMMENT ON COLUMN instance.seen_at IS 'Last heartbeat';

CREATE TABLE runtime_state (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    lane_count smallint NOT NULL DEFAULT 0,
    code_version_min integer NOT NULL DEFAULT 0,
    system_identifier bigint NOT NULL DEFAULT 0,
    timeline integer NOT NULL DEFAULT 0,
    generation integer NOT NULL DEFAULT 0
);
COMMENT ON TABLE runtime_state IS 'One row: what the whole service knows of its cluster';
COMMENT ON COLUMN runtime_state.lane_count IS 'Fixed when the cluster is created; a process with another number refuses to start';
COMMENT ON COLUMN runtime_state.code_version_min IS 'Older programs give their lanes back';
COMMENT ON COLUMN runtime_state.system_identifier IS 'Of the database cluster that the streams were numbered in';
COMMENT ON COLUMN runtime_state.timeline IS 'WAL timeline of that cluster; another one means that commits may be gone';
COMMENT ON COLUMN runtime_state.generation IS 'Raised when either differs: streams count anew from 1';
INSERT INTO runtime_state DEFAULT VALUES;

CREATE TABLE read_position (
    lane smallint NOT NULL,
    topic text NOT NULL,
    next_offset bigint NOT NULL,
    appended_at timestamptz,
    generation integer NOT NULL DEFAULT 0,
    number bigint NOT NULL DEFAULT 0,
    seen_generation integer NOT NULL DEFAULT 0,
    seen_number bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (lane, topic)
) WITH (fillfactor = 40);
COMMENT ON TABLE read_position IS 'How far a lane has handled a topic';
COMMENT ON COLUMN read_position.next_offset IS 'The first record not handled';
COMMENT ON COLUMN read_position.appended_at IS 'Broker time of the record before it: another one there means that the log was cut and filled anew';
COMMENT ON COLUMN read_position.generation IS 'Generation of the last numbered record applied';
COMMENT ON COLUMN read_position.number IS 'Number of the last numbered record applied; what is not above it was seen';
COMMENT ON COLUMN read_position.seen_number IS 'Furthest number met; above the last one applied means that some are missing and are asked for';

CREATE TABLE stream (
    lane smallint NOT NULL,
    topic text NOT NULL,
    generation integer NOT NULL,
    number bigint NOT NULL,
    cursor_generation integer NOT NULL,
    cursor_number bigint NOT NULL,
    previous_generation integer NOT NULL,
    previous_number bigint NOT NULL,
    PRIMARY KEY (lane, topic)
) WITH (fillfactor = 40);
COMMENT ON TABLE stream IS 'What a lane publishes to a topic: the last number given, and how far the broker has it';
COMMENT ON COLUMN stream.number IS 'Last number given in this generation, without gaps';
COMMENT ON COLUMN stream.previous_number IS 'Last number of the generation before: number 1 of this one says what it follows';
COMMENT ON COLUMN stream.cursor_number IS 'End of the unbroken acknowledged prefix';

CREATE TABLE outbox (
    day integer NOT NULL,
    lane smallint NOT NULL,
    topic text NOT NULL,
    generation integer NOT NULL,
    number bigint NOT NULL,
    type text NOT NULL,
    key text NOT NULL,
    clock bigint NOT NULL,
    cause text,
    trace text,
    written_at timestamptz NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (lane, topic, generation, number, day)
) PARTITION BY RANGE (day);
COMMENT ON TABLE outbox IS 'Every numbered message, append-only; a day is dropped when it is old and acknowledged';
COMMENT ON COLUMN outbox.day IS 'Days since 1970-01-01 UTC of written_at';
COMMENT ON COLUMN outbox.number IS 'Gapless in (lane, topic, generation)';
COMMENT ON COLUMN outbox.cause IS 'Identity of the message that led to this one';
COMMENT ON COLUMN outbox.trace IS 'W3C traceparent carried through';

-- Makes the partitions of today and of the days up to `ahead` later; runs as the owner, so that services need no DDL right.
CREATE FUNCTION outbox_make_days(ahead integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    today integer := extract(epoch FROM business_now())::bigint / 86400;
    wanted integer;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '.outbox'));
    FOR wanted IN SELECT generate_series(today - 1, today + ahead) LOOP
        IF to_regclass(format('outbox_%s', wanted)) IS NULL THEN
            EXECUTE format('CREATE TABLE outbox_%s PARTITION OF outbox FOR VALUES FROM (%s) TO (%s)',
                           wanted, wanted, wanted + 1);
        END IF;
    END LOOP;
END
$$;

-- Drops days older than `keep` days of which every row is acknowledged.
CREATE FUNCTION outbox_drop_days(keep integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    today integer := extract(epoch FROM business_now())::bigint / 86400;
    partition record;
    waiting boolean;
    dropped integer := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext(current_schema() || '.outbox'));
    FOR partition IN
        SELECT inhrelid::regclass::text AS name, substring(inhrelid::regclass::text FROM 'outbox_([0-9]+)$')::integer AS day
        FROM pg_inherits WHERE inhparent = 'outbox'::regclass
    LOOP
        CONTINUE WHEN partition.day >= today - keep;
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %s o JOIN stream s USING (lane, topic)
                        WHERE (o.generation, o.number) > (s.cursor_generation, s.cursor_number))', partition.name)
            INTO waiting;
        CONTINUE WHEN waiting;
        EXECUTE format('DROP TABLE %s', partition.name);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END
$$;

CREATE TABLE timer (
    lane smallint NOT NULL,
    due_at timestamptz NOT NULL,
    subject_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    step bigint NOT NULL,
    subject_number bigint NOT NULL,
    trace text,
    PRIMARY KEY (lane, due_at, subject_id, kind, step)
);
COMMENT ON TABLE timer IS 'Deadlines; never canceled: one that finds its step passed does nothing';
COMMENT ON COLUMN timer.trace IS 'W3C traceparent of what set the timer';
COMMENT ON COLUMN timer.step IS 'What the subject was waiting at when the timer was set';

CREATE TABLE effect (
    lane smallint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    subject_id text NOT NULL,
    subject_number bigint NOT NULL,
    not_before timestamptz,
    decided_at timestamptz NOT NULL,
    clock bigint NOT NULL,
    trace text,
    payload bytea NOT NULL,
    request bytea NOT NULL,
    PRIMARY KEY (lane, id)
);
COMMENT ON TABLE effect IS 'Calls to the outside that are decided and not ended';
COMMENT ON COLUMN effect.id IS 'Order of decision within the lane';
COMMENT ON COLUMN effect.key IS 'Idempotency key, the same for every try';
COMMENT ON COLUMN effect.trace IS 'W3C traceparent of the decision: each call is a child of it';
COMMENT ON COLUMN effect.payload IS 'What it was decided with, encoded';
COMMENT ON COLUMN effect.request IS 'The very bytes that are sent, at every try';

CREATE TABLE input (
    lane smallint NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    headers text NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (lane, id)
);
COMMENT ON TABLE input IS 'What one lane learned for another; applied and deleted by its owner in one transaction';
COMMENT ON COLUMN input.headers IS 'As of a record: type, identity, clock, who asked; a line each';

CREATE TABLE parked (
    lane smallint NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    subject_id text NOT NULL,
    source text NOT NULL,
    topic text NOT NULL,
    record_offset bigint NOT NULL,
    key text NOT NULL,
    headers text NOT NULL,
    body bytea NOT NULL,
    reason text NOT NULL,
    state text NOT NULL,
    parked_at timestamptz NOT NULL,
    PRIMARY KEY (lane, id)
);
COMMENT ON TABLE parked IS 'What could not be handled, and all that came later for the same subject, in order';
COMMENT ON COLUMN parked.source IS 'message, timer or effect';
COMMENT ON COLUMN parked.state IS 'failed: the cause; behind: waits in order behind it, and goes on by itself when nothing is before it; newer: a type that later code may know';
COMMENT ON COLUMN parked.reason IS 'For the person who gets the task';

CREATE TABLE operator_request (
    lane smallint NOT NULL,
    id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL CONSTRAINT operator_request_kind_known CHECK (kind IN ('redrive', 'discard', 'skip_gap')),
    parked_id bigint NOT NULL DEFAULT 0,
    subject_id text NOT NULL DEFAULT '',
    topic text NOT NULL DEFAULT '',
    generation integer NOT NULL DEFAULT 0,
    number bigint NOT NULL DEFAULT 0,
    actor text NOT NULL,
    reason text NOT NULL,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at timestamptz,
    outcome text NOT NULL DEFAULT '',
    detail text NOT NULL DEFAULT '',
    PRIMARY KEY (lane, id),
    CONSTRAINT operator_request_says_why CHECK (
        length(actor) BETWEEN 1 AND 100 AND length(reason) <= 500 AND (kind = 'redrive' OR reason <> ''))
);
COMMENT ON TABLE operator_request IS 'What people asked of a lane, kept for ever: its owner does it and says so in one transaction, whoever owns it by then';
COMMENT ON COLUMN operator_request.kind IS 'redrive: try what is parked for the subject again, in order; discard: the parked message is given up; skip_gap: the numbers up to this one are given up';
COMMENT ON COLUMN operator_request.parked_id IS 'Of the parked message; of a redrive without a subject, too';
COMMENT ON COLUMN operator_request.topic IS 'Of a gap';
COMMENT ON COLUMN operator_request.generation IS 'Of the number';
COMMENT ON COLUMN operator_request.number IS 'The last number of the stream that is given up';
COMMENT ON COLUMN operator_request.actor IS 'Who asked';
COMMENT ON COLUMN operator_request.reason IS 'Why, in their words';
COMMENT ON COLUMN operator_request.done_at IS 'When it was done or refused; it waits while null';
COMMENT ON COLUMN operator_request.outcome IS 'done or refused';
COMMENT ON COLUMN operator_request.detail IS 'What was done, or why not';
CREATE INDEX operator_request_open ON operator_request (lane, id) WHERE done_at IS NULL;

-- Fences a batch: every lane must still be held as the caller remembers it.  Renews the leases, raises the versions,
-- tells the business time.  Raises P0K01 when one lane is lost, which rolls the batch back.
CREATE FUNCTION lane_fence(lanes smallint[], holders bytea[], versions bigint[], lease_ms bigint)
RETURNS timestamptz
LANGUAGE plpgsql AS $$
DECLARE
    fenced bigint;
    batch_now timestamptz;
BEGIN
    PERFORM 1 FROM lane WHERE lane.lane = ANY (lanes) ORDER BY lane.lane FOR NO KEY UPDATE;
    -- Whole milliseconds, as programs count time; each batch of a lane has an instant of its own.
    SELECT greatest(date_trunc('milliseconds', business_now()), max(now_floor) + interval '1 millisecond')
    INTO batch_now FROM lane WHERE lane.lane = ANY (lanes);
    UPDATE lane
    SET version = lane.version + 1,
        lease_until = clock_timestamp() + lease_ms * interval '1 millisecond',
        now_floor = batch_now
    FROM unnest(lanes, holders, versions) AS held (lane, holder, version)
    WHERE lane.lane = held.lane AND lane.holder = held.holder AND lane.version = held.version;
    GET DIAGNOSTICS fenced = ROW_COUNT;
    IF fenced <> cardinality(lanes) THEN
        RAISE EXCEPTION 'lane lost: % of % held', fenced, cardinality(lanes) USING ERRCODE = 'P0K01';
    END IF;
    RETURN batch_now;
END
$$;

-- Deletes rows that must be there; raises P0K01 when one was gone, which rolls the batch back.
CREATE FUNCTION effect_close(lanes smallint[], ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    closed bigint;
BEGIN
    DELETE FROM effect USING unnest(lanes, ids) AS gone (lane, id)
    WHERE effect.lane = gone.lane AND effect.id = gone.id;
    GET DIAGNOSTICS closed = ROW_COUNT;
    IF closed <> cardinality(ids) THEN
        RAISE EXCEPTION 'effect closed before' USING ERRCODE = 'P0K01';
    END IF;
END
$$;

CREATE FUNCTION input_close(lanes smallint[], ids bigint[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    closed bigint;
BEGIN
    DELETE FROM input USING unnest(lanes, ids) AS gone (lane, id)
    WHERE input.lane = gone.lane AND input.id = gone.id;
    GET DIAGNOSTICS closed = ROW_COUNT;
    IF closed <> cardinality(ids) THEN
        RAISE EXCEPTION 'input applied before' USING ERRCODE = 'P0K01';
    END IF;
END
$$;

-- Says that this process lives, and takes lanes up to its fair share: those under its own name that it does not hold (it was
-- restarted, or dropped them), then free and expired ones.  Rows still locked by a dying session are left to the next call.
-- Answers every lane taken with its version, or one row without a lane; and whether some operator's request waits.
CREATE FUNCTION lane_heartbeat(my_instance text, my_process bytea, new_holder bytea, held_lanes smallint[], lanes_all integer,
                               lease_ms bigint, my_code_version integer, starting boolean)
RETURNS TABLE (taken_lane smallint, taken_version bigint, lanes_fair integer, instances_live integer,
               displaced boolean, code_too_old boolean, requests_open boolean)
LANGUAGE plpgsql AS $$
DECLARE
    lease interval := lease_ms * interval '1 millisecond';
    live integer;
    fair integer;
    other boolean;
    old boolean;
    asked boolean;
BEGIN
    -- One heartbeat at a time: two takers never count the same lane as free.
    PERFORM 1 FROM runtime_state FOR UPDATE;
    SELECT my_code_version < code_version_min INTO old FROM runtime_state;
    SELECT EXISTS (SELECT 1 FROM instance i
                   WHERE i.instance = my_instance AND i.process <> my_process AND NOT starting) INTO other;
    IF other THEN
        RETURN QUERY SELECT NULL::smallint, NULL::bigint, 0, 0, true, old, false;
        RETURN;
    END IF;
    INSERT INTO instance AS i (instance, process, seen_at) VALUES (my_instance, my_process, clock_timestamp())
    ON CONFLICT (instance) DO UPDATE SET process = excluded.process, seen_at = excluded.seen_at;
    DELETE FROM instance i WHERE i.seen_at < clock_timestamp() - 20 * lease;
    SELECT count(*) INTO live FROM instance i WHERE i.seen_at > clock_timestamp() - lease;
    fair := (lanes_all + live - 1) / live;
    -- Only what is missing: an insert that conflicts would wait for the batch that has the lane's row.
    INSERT INTO lane (lane)
    SELECT missing FROM generate_series(0, lanes_all - 1) missing
    WHERE NOT EXISTS (SELECT 1 FROM lane l WHERE l.lane = missing);
    SELECT EXISTS (SELECT FROM operator_request r WHERE r.done_at IS NULL) INTO asked;
    RETURN QUERY
        WITH wanted AS (
            SELECT l.lane FROM lane l
            WHERE NOT old AND l.lane <> ALL (held_lanes)
              AND (l.instance = my_instance OR l.lease_until < clock_timestamp())
            ORDER BY (l.instance = my_instance) DESC, l.lane
            LIMIT greatest(fair - cardinality(held_lanes), 0)
            FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE lane l
            SET holder = new_holder, instance = my_instance, version = l.version + 1,
                lease_until = clock_timestamp() + lease, backend_pid = pg_backend_pid()
            FROM wanted w WHERE l.lane = w.lane
            RETURNING l.lane, l.version
        )
        SELECT t.lane, t.version, fair, live, false, old, asked
        FROM (SELECT 1) AS always LEFT JOIN taken t ON true
        ORDER BY t.lane;
END
$$;

-- Ends leases that are still held as remembered.
CREATE FUNCTION lane_release(lanes smallint[], holders bytea[]) RETURNS void
LANGUAGE sql AS $$
    UPDATE lane SET lease_until = '-infinity', holder = '', instance = ''
    FROM unnest(lanes, holders) AS held (lane, holder)
    WHERE lane.lane = held.lane AND lane.holder = held.holder
$$;

-- The generation that streams count in; raised when this database is not the one of before, and to `at_least`: two
-- restores of one backup look alike from in here, but the log remembers.
CREATE FUNCTION stream_generation(at_least integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    identifier bigint;
    line integer;
    answer integer;
BEGIN
    SELECT s.system_identifier INTO identifier FROM pg_control_system() s;
    SELECT c.timeline_id INTO line FROM pg_control_checkpoint() c;
    UPDATE runtime_state
    SET system_identifier = identifier, timeline = line, generation = runtime_state.generation + 1
    WHERE (runtime_state.system_identifier, runtime_state.timeline) IS DISTINCT FROM (identifier, line);
    UPDATE runtime_state SET generation = at_least WHERE runtime_state.generation < at_least;
    SELECT generation INTO answer FROM runtime_state;
    RETURN answer;
END
$$;
