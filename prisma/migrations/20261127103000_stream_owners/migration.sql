-- CreateTable
CREATE TABLE "publishers" (
    "owner" TEXT NOT NULL,
    "lease_until" TIMESTAMPTZ NOT NULL,

    CONSTRAINT "publishers_pkey" PRIMARY KEY ("owner")
);

-- AlterTable
ALTER TABLE "streams" ADD COLUMN     "owner" TEXT,
ADD COLUMN     "sent" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "written" BIGINT NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "outbox" ADD COLUMN     "ordinal" BIGINT;

-- AlterTable
ALTER TABLE "events" ADD COLUMN     "seq" BIGSERIAL NOT NULL;

-- What waits in the outbox is numbered, and belongs to nobody who lives.
UPDATE outbox SET ordinal = numbered.ordinal
  FROM (SELECT seq, row_number() OVER (PARTITION BY aggregate ORDER BY seq) AS ordinal FROM outbox) AS numbered
 WHERE outbox.seq = numbered.seq;
INSERT INTO streams (aggregate, written, owner)
SELECT aggregate, count(*), 'nobody' FROM outbox GROUP BY aggregate
ON CONFLICT (aggregate) DO UPDATE SET written = excluded.written, owner = excluded.owner;
ALTER TABLE "outbox" ALTER COLUMN "ordinal" SET NOT NULL;

-- Events that wait to be published get their positions now, so that the order of `seq` needs to hold for later ones only.
INSERT INTO streams (aggregate, n) SELECT '*', coalesce(max(pos), 0) FROM events
ON CONFLICT (aggregate) DO UPDATE SET n = greatest(streams.n, excluded.n);
WITH placed AS (
  SELECT e.id, row_number() OVER (ORDER BY o.seq NULLS FIRST, e."time", e.n) AS place
    FROM events e LEFT JOIN outbox o ON o.event_id = e.id WHERE e.pos IS NULL
)
UPDATE events SET pos = counter.n + placed.place
  FROM placed, streams counter WHERE events.id = placed.id AND counter.aggregate = '*';
UPDATE streams SET n = greatest(n, (SELECT coalesce(max(pos), 0) FROM events)) WHERE aggregate = '*';

-- CreateIndex
CREATE INDEX "events_without_position" ON "events"("seq") WHERE (pos IS NULL);

-- Guards that Prisma has no words for.

-- Processes of the release before write no ordinal. What they write belongs to nobody, so it is found like what the dead left.
CREATE FUNCTION outbox_ordinal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO streams (aggregate, written, owner) VALUES (NEW.aggregate, 1, 'nobody')
  ON CONFLICT (aggregate) DO UPDATE SET written = streams.written + 1, owner = coalesce(streams.owner, 'nobody')
  RETURNING written INTO NEW.ordinal;
  RETURN NEW;
END $$;
CREATE TRIGGER outbox_without_ordinal BEFORE INSERT ON outbox
  FOR EACH ROW WHEN (NEW.ordinal IS NULL) EXECUTE FUNCTION outbox_ordinal();

-- They also set positions when they publish: whoever has read a position must find it again.
CREATE FUNCTION events_keep_position() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.pos := OLD.pos;
  RETURN NEW;
END $$;
CREATE TRIGGER events_position_stays BEFORE UPDATE ON events
  FOR EACH ROW WHEN (OLD.pos IS NOT NULL AND NEW.pos IS DISTINCT FROM OLD.pos) EXECUTE FUNCTION events_keep_position();
