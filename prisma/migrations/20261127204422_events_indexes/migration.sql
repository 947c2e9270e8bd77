-- DropIndex
DROP INDEX "events_subject_epoch_type_idx";

-- DropIndex
DROP INDEX "events_time_idx";

-- CreateIndex
CREATE INDEX "events_time_idx" ON "events" USING BRIN ("time");
