-- A series is what its numbers begin with, whichever channel counts: two channels with one prefix gave the same numbers.

INSERT INTO number_series (code, year, last)
SELECT DISTINCT ON (stem) stem, s.year,
       CASE WHEN stem LIKE '%-' THEN s.last ELSE max(s.last) OVER (PARTITION BY stem) END -- what has no year never began anew
FROM (SELECT c.code, c.number_prefix || CASE WHEN c.number_yearly THEN '-' ELSE '' END AS stem
      FROM channel c WHERE c.number_prefix IS NOT NULL) named
JOIN number_series s ON s.code = named.code
ORDER BY stem, s.year DESC, s.last DESC
ON CONFLICT (code) DO UPDATE SET year = excluded.year, last = excluded.last;

COMMENT ON TABLE number_series IS 'The numbers that were given to orders, all lanes and all channels together';
COMMENT ON COLUMN number_series.code IS 'The prefix, with a dash behind it where the number names the year';
