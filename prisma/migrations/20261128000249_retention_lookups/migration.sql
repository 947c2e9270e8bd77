-- CreateIndex
CREATE INDEX "nodes_by_operation" ON "nodes"("operation_id") WHERE (operation_id IS NOT NULL);

-- CreateIndex
CREATE INDEX "ports_by_reservation" ON "ports"("reserved_for") WHERE (reserved_for IS NOT NULL);
