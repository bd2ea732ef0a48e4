-- Levels of bundles follow those of their components.

CREATE TABLE bundle_use (
    component text COLLATE "C" NOT NULL,
    bundle text COLLATE "C" NOT NULL,
    PRIMARY KEY (component, bundle)
);
COMMENT ON TABLE bundle_use IS 'Which bundles an item is in; written by the lane of the bundle, read by that of the component';
INSERT INTO bundle_use (component, bundle)
SELECT component, sku FROM item CROSS JOIN LATERAL bundle_components(components) WHERE components IS NOT NULL;
DROP INDEX item_by_component;

CREATE FUNCTION bundle_stock(components text) RETURNS TABLE (location text, available bigint)
    LANGUAGE sql STABLE
BEGIN ATOMIC
    SELECT stock.location, min(CASE WHEN location.active THEN stock_available(stock) ELSE 0 END / made_of.quantity)
    FROM bundle_components($1) AS made_of JOIN stock ON stock.sku = made_of.component
    JOIN location ON location.network = 1 AND location.code = stock.location
    GROUP BY stock.location HAVING count(*) = cardinality(bundle_skus($1));
END;
COMMENT ON FUNCTION bundle_stock(text) IS 'Whole bundles that places have, which have all components';

CREATE FUNCTION bundle_version(item) RETURNS bigint
    LANGUAGE sql STABLE
RETURN $1.version * 68719476736 + (SELECT coalesce(sum(stock.version), 0)::bigint
                                   FROM bundle_components($1.components) AS made_of JOIN stock ON stock.sku = made_of.component);
COMMENT ON FUNCTION bundle_version(item) IS 'Of the level of a bundle: grows with the item first, then with the stock of its components';
