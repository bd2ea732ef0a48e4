-- What `kervan health` asks each service's schema.

-- name: health_service
-- $1 service -> lanes without an owner, live instances, gaps, parked messages, requests of operators that wait
SELECT $1::text,
       (SELECT count(*) FROM lane WHERE lease_until < clock_timestamp())::text,
       (SELECT count(*) FROM instance WHERE seen_at > clock_timestamp() - interval '3 seconds')::text,
       (SELECT count(*) FROM read_position WHERE (seen_generation, seen_number) > (generation, number))::text,
       (SELECT count(*) FROM parked)::text,
       (SELECT count(*) FROM operator_request WHERE done_at IS NULL)::text
