-- AlterTable
ALTER TABLE "nodes" ADD COLUMN     "bmc_endpoints" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "bmc_key" TEXT;

-- Names the BMC of an enrolled node as libs/contracts does (bmcKey), as far as SQL can; NULL where it cannot. What is
-- left out, or spelt in another way, the power service corrects before it uses the BMC.
CREATE FUNCTION "bmc_key_of"(driver text, address text, options jsonb, OUT bmc_key text, OUT is_address boolean)
LANGUAGE plpgsql AS $$
DECLARE
    quad CONSTANT text := '^((25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(?!$)|$)){4}$';
    host text := lower(address);
    port text := coalesce(options->>'port', '623');
    path text := '';
    parts text[];
BEGIN
    IF driver = 'fake' THEN
        parts := regexp_match(host, '^(https?)://(\[[^]/]*\]|[^:/]*)(?::(\d+))?(?:/.*)?$');
        IF parts IS NULL THEN
            RETURN;
        END IF;
        host := btrim(parts[2], '[]');
        port := coalesce(parts[3], CASE parts[1] WHEN 'http' THEN '80' ELSE '443' END);
        path := coalesce(rtrim((regexp_match(address, '^[^/]*//[^/]*(/.*)$'))[1], '/'), '');
    ELSIF driver <> 'ipmi' THEN
        RETURN;
    END IF;
    is_address := true;
    IF host LIKE '%:%' THEN
        BEGIN
            host := host(host::inet);
        EXCEPTION WHEN invalid_text_representation THEN
            RETURN;
        END;
        host := CASE WHEN host ~ '^::ffff:\d+\.' THEN substr(host, 8) ELSE '[' || host || ']' END;
    ELSIF host !~ quad THEN
        host := regexp_replace(host, '\.$', '');
        IF host !~ '^[a-z0-9.-]*[a-z-][a-z0-9-]*$' OR host ~ '(^|\.)0x[0-9a-f]*$' THEN
            RETURN;
        END IF;
        is_address := false;
    END IF;
    bmc_key := host || ':' || port || path;
END $$;

WITH named AS (
    SELECT n."id", n."instance_uuid", k.bmc_key, k.is_address
      FROM "nodes" n, "bmc_key_of"(n."power_driver", n."pm_address", n."pm_options") k
     WHERE n."deleted_at" IS NULL AND k.bmc_key IS NOT NULL
), ranked AS (
    -- Of nodes with one BMC the first keeps it: one with a server before one without, then the older one.
    SELECT *, first_value("id") OVER same AS holder
      FROM named WINDOW same AS (PARTITION BY bmc_key ORDER BY "instance_uuid" IS NULL, "id")
)
UPDATE "nodes" n
   SET "bmc_key" = CASE WHEN r.holder = n."id" THEN r.bmc_key END,
       "bmc_endpoints" = CASE WHEN r.holder = n."id" AND r.is_address THEN ARRAY[r.bmc_key] ELSE '{}' END,
       "maintenance" = n."maintenance" OR r.holder <> n."id",
       "maintenance_reason" = CASE WHEN r.holder = n."id" OR n."maintenance" THEN n."maintenance_reason"
           ELSE 'Its BMC ' || r.bmc_key || ' is that of node ' || coalesce(h."name", h."uuid"::text) || ' too.' END
  FROM ranked r JOIN "nodes" h ON h."id" = r.holder
 WHERE n."id" = r."id";

DROP FUNCTION "bmc_key_of";

-- CreateIndex
CREATE INDEX "nodes_by_bmc_endpoint" ON "nodes" USING GIN ("bmc_endpoints");

-- CreateIndex
CREATE UNIQUE INDEX "nodes_one_per_bmc" ON "nodes"("bmc_key") WHERE (deleted_at IS NULL);

-- Guards that Prisma has no words for.

-- A host name stands for several addresses, so that no unique index can say it. The lock lets one at a time look.
CREATE FUNCTION "nodes_bmc_is_one"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shared text;
BEGIN
    IF NEW."deleted_at" IS NULL AND cardinality(NEW."bmc_endpoints") > 0 THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('nodes.bmc_endpoints', 0));
        SELECT o."bmc_key" INTO shared FROM "nodes" o
         WHERE o."bmc_endpoints" && NEW."bmc_endpoints" AND o."id" <> NEW."id" AND o."deleted_at" IS NULL LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'the BMC of node % is that of another node: %', NEW."id", shared
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'nodes_one_per_bmc_endpoint', TABLE = 'nodes';
        END IF;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER "nodes_bmc_is_one" AFTER INSERT OR UPDATE OF "bmc_endpoints", "deleted_at" ON "nodes"
    FOR EACH ROW EXECUTE FUNCTION "nodes_bmc_is_one"();

-- Names that differ in case alone are one name to people. Of those that are there the older node keeps it.
UPDATE "nodes" n SET "name" = left(n."name", 210) || '-' || n."uuid"
 WHERE EXISTS (SELECT 1 FROM "nodes" o WHERE lower(o."name") = lower(n."name") AND o."id" < n."id");

CREATE UNIQUE INDEX "nodes_one_per_name" ON "nodes" (lower("name"));
