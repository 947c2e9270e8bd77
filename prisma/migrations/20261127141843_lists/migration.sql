-- CreateIndex
CREATE INDEX "instances_live" ON "instances"("id") WHERE (deleted_at IS NULL);

-- CreateIndex
CREATE INDEX "instances_live_of_project" ON "instances"("project_id", "id") WHERE (deleted_at IS NULL);

-- CreateIndex
CREATE INDEX "ports_created_at_id_idx" ON "ports"("created_at", "id");

-- CreateIndex
CREATE INDEX "ports_project_id_created_at_id_idx" ON "ports"("project_id", "created_at", "id");
