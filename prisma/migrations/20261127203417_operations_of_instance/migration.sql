-- CreateIndex
CREATE INDEX "operations_instance_uuid_idx" ON "operations"("instance_uuid");
