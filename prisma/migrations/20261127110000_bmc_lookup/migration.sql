-- Guards that Prisma has no words for.

-- As before, but its cost does not grow with the fleet. The planner took a walk over all nodes for cheaper than the index: because of a
-- LIMIT 1, because of the index of those that are not deleted, or while it did not know yet how many there are.
CREATE OR REPLACE FUNCTION "nodes_bmc_is_one"() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    shared text;
BEGIN
    IF NEW."deleted_at" IS NULL AND cardinality(NEW."bmc_endpoints") > 0 THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('nodes.bmc_endpoints', 0));
        SELECT (array_agg(coalesce(o."bmc_key", '')) FILTER (WHERE o."id" <> NEW."id" AND o."deleted_at" IS NULL))[1] INTO shared
          FROM "nodes" o WHERE o."bmc_endpoints" && NEW."bmc_endpoints";
        IF shared IS NOT NULL THEN
            RAISE EXCEPTION 'the BMC of node % is that of another node: %', NEW."id", shared
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'nodes_one_per_bmc_endpoint', TABLE = 'nodes';
        END IF;
    END IF;
    RETURN NULL;
END $$;

-- A search walks the list of what is not sorted in yet: with that list a set of nodes cost its square.
ALTER INDEX "nodes_by_bmc_endpoint" SET (fastupdate = off);
