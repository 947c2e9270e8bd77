-- CreateTable
CREATE TABLE "nodes" (
    "id" SERIAL NOT NULL,
    "uuid" UUID NOT NULL,
    "name" TEXT,
    "service_host" TEXT,
    "cpus" INTEGER NOT NULL,
    "memory_mb" INTEGER NOT NULL,
    "local_gb" INTEGER NOT NULL,
    "cpu_arch" TEXT NOT NULL DEFAULT 'x86_64',
    "resource_class" TEXT,
    "capabilities" JSONB NOT NULL DEFAULT '{}',
    "availability_zone" TEXT,
    "traits" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "rack" TEXT,
    "power_feed" TEXT,
    "switch" TEXT,
    "terminal_port" INTEGER,
    "power_driver" TEXT NOT NULL DEFAULT 'ipmi',
    "pm_address" TEXT,
    "pm_user" TEXT,
    "pm_secret" TEXT,
    "pm_options" JSONB NOT NULL DEFAULT '{}',
    "power_state" INTEGER NOT NULL DEFAULT 0,
    "power_state_at" TIMESTAMPTZ,
    "power_fault" JSONB,
    "maintenance" BOOLEAN NOT NULL DEFAULT false,
    "maintenance_reason" TEXT,
    "quarantined" BOOLEAN NOT NULL DEFAULT false,
    "quarantine_reason" TEXT,
    "failures" INTEGER NOT NULL DEFAULT 0,
    "failed_at" TIMESTAMPTZ,
    "last_used_at" TIMESTAMPTZ,
    "instance_uuid" UUID,
    "instance_name" TEXT,
    "epoch" INTEGER NOT NULL DEFAULT 0,
    "task_state" TEXT,
    "operation_id" UUID,
    "boot_mode" TEXT NOT NULL DEFAULT 'none',
    "boot_try" INTEGER NOT NULL DEFAULT 0,
    "boot_token_hash" TEXT,
    "fault" JSONB,
    "version" INTEGER NOT NULL DEFAULT 1,
    "change_xid" xid8 NOT NULL DEFAULT pg_current_xact_id(),
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "deleted_at" TIMESTAMPTZ,

    CONSTRAINT "nodes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "interfaces" (
    "id" SERIAL NOT NULL,
    "node_id" INTEGER NOT NULL,
    "address" TEXT NOT NULL,
    "datapath_id" TEXT,
    "port_no" INTEGER,
    "vif_uuid" UUID,
    "pxe" BOOLEAN NOT NULL DEFAULT true,

    CONSTRAINT "interfaces_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "instances" (
    "id" SERIAL NOT NULL,
    "uuid" UUID NOT NULL,
    "user_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "display_name" TEXT NOT NULL,
    "display_description" TEXT,
    "hostname" TEXT NOT NULL,
    "reservation_id" TEXT NOT NULL,
    "launch_index" INTEGER NOT NULL DEFAULT 0,
    "image_ref" TEXT NOT NULL,
    "kernel_id" TEXT,
    "ramdisk_id" TEXT,
    "image" JSONB NOT NULL,
    "flavor" JSONB NOT NULL,
    "memory_mb" INTEGER NOT NULL,
    "vcpus" INTEGER NOT NULL,
    "root_gb" INTEGER NOT NULL,
    "ephemeral_gb" INTEGER NOT NULL DEFAULT 0,
    "key_name" TEXT,
    "key_data" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "requested_networks" JSONB NOT NULL DEFAULT '"auto"',
    "scheduler_hints" JSONB NOT NULL DEFAULT '{}',
    "availability_zone" TEXT,
    "forced_host" TEXT,
    "forced_node" TEXT,
    "server_group_id" UUID,
    "config_drive" BOOLEAN NOT NULL DEFAULT true,
    "user_data" TEXT,
    "injected_files" TEXT,
    "admin_pass" TEXT,
    "vm_state" TEXT NOT NULL,
    "task_state" TEXT,
    "power_state" INTEGER NOT NULL DEFAULT 0,
    "progress" INTEGER NOT NULL DEFAULT 0,
    "host" TEXT,
    "node" UUID,
    "fault" JSONB,
    "access_ip_v4" TEXT,
    "access_ip_v6" TEXT,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "scheduled_at" TIMESTAMPTZ,
    "launched_at" TIMESTAMPTZ,
    "first_sign_at" TIMESTAMPTZ,
    "terminated_at" TIMESTAMPTZ,
    "deleted_at" TIMESTAMPTZ,

    CONSTRAINT "instances_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operations" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "plan" INTEGER NOT NULL DEFAULT 1,
    "instance_uuid" UUID,
    "node_id" INTEGER,
    "epoch" INTEGER,
    "step" TEXT NOT NULL,
    "undoing" BOOLEAN NOT NULL DEFAULT false,
    "state" TEXT NOT NULL,
    "awaiting" TEXT,
    "step_attempt" INTEGER NOT NULL DEFAULT 1,
    "attempt" INTEGER NOT NULL DEFAULT 1,
    "nodes_tried" JSONB NOT NULL DEFAULT '[]',
    "filter_properties" JSONB NOT NULL DEFAULT '{}',
    "cancel_requested" BOOLEAN NOT NULL DEFAULT false,
    "owner" TEXT,
    "claim" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ,
    "wakes" INTEGER NOT NULL DEFAULT 0,
    "deadline_at" TIMESTAMPTZ,
    "last_milestone" TEXT,
    "request_id" TEXT NOT NULL,
    "project_id" TEXT,
    "user_id" TEXT,
    "fault" JSONB,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ,

    CONSTRAINT "operations_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "operation_steps" (
    "id" BIGSERIAL NOT NULL,
    "operation_id" UUID NOT NULL,
    "step" TEXT NOT NULL,
    "attempt" INTEGER NOT NULL,
    "undo" BOOLEAN NOT NULL DEFAULT false,
    "node" UUID,
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ,
    "result" TEXT,
    "detail" JSONB,

    CONSTRAINT "operation_steps_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "power_commands" (
    "id" BIGSERIAL NOT NULL,
    "key" TEXT NOT NULL,
    "node_id" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "address" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "boot_device" TEXT,
    "phase" TEXT,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "owner" TEXT,
    "claim" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ,
    "deadline_at" TIMESTAMPTZ NOT NULL,
    "fault" JSONB,
    "request_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "finished_at" TIMESTAMPTZ,

    CONSTRAINT "power_commands_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "deployments" (
    "id" BIGSERIAL NOT NULL,
    "node_id" INTEGER NOT NULL,
    "epoch" INTEGER NOT NULL,
    "instance_uuid" UUID,
    "method" TEXT NOT NULL DEFAULT 'iscsi',
    "boot_try" INTEGER NOT NULL,
    "nonce_hash" TEXT NOT NULL,
    "disk" TEXT,
    "disk_bytes" BIGINT NOT NULL DEFAULT 0,
    "inventory" JSONB NOT NULL DEFAULT '{}',
    "state" TEXT NOT NULL DEFAULT 'hello',
    "attempt" INTEGER NOT NULL DEFAULT 0,
    "target_attempt" INTEGER NOT NULL DEFAULT 0,
    "portal" TEXT,
    "iqn" TEXT,
    "lun" INTEGER NOT NULL DEFAULT 1,
    "zeroed" BOOLEAN NOT NULL DEFAULT false,
    "helper" TEXT,
    "lease_until" TIMESTAMPTZ,
    "bytes_done" BIGINT NOT NULL DEFAULT 0,
    "total" BIGINT NOT NULL DEFAULT 0,
    "verify_extents" TEXT,
    "verify_sha256" TEXT,
    "agent_seen_at" TIMESTAMPTZ,
    "deadline_at" TIMESTAMPTZ,
    "fault" JSONB,
    "request_id" TEXT,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "deployments_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "leases" (
    "name" TEXT NOT NULL,
    "owner" TEXT,
    "claim" INTEGER NOT NULL DEFAULT 0,
    "lease_until" TIMESTAMPTZ,

    CONSTRAINT "leases_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "streams" (
    "aggregate" TEXT NOT NULL,
    "n" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "streams_pkey" PRIMARY KEY ("aggregate")
);

-- CreateTable
CREATE TABLE "outbox" (
    "seq" BIGSERIAL NOT NULL,
    "aggregate" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "routing_key" TEXT NOT NULL,
    "body" TEXT NOT NULL,
    "headers" JSONB NOT NULL DEFAULT '{}',
    "event_id" UUID,
    "expires_at" TIMESTAMPTZ,
    "retry_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("seq")
);

-- CreateTable
CREATE TABLE "inbox" (
    "consumer" TEXT NOT NULL,
    "message_id" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "inbox_pkey" PRIMARY KEY ("consumer","message_id")
);

-- CreateTable
CREATE TABLE "events" (
    "id" UUID NOT NULL,
    "type" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "n" BIGINT NOT NULL,
    "epoch" INTEGER,
    "data" JSONB NOT NULL,
    "request_id" TEXT,
    "time" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "pos" BIGINT,

    CONSTRAINT "events_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "services" (
    "id" SERIAL NOT NULL,
    "host" TEXT NOT NULL,
    "binary" TEXT NOT NULL,
    "topic" TEXT,
    "zone" TEXT NOT NULL DEFAULT 'internal',
    "last_seen" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "started_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "stopped_at" TIMESTAMPTZ,
    "report_count" INTEGER NOT NULL DEFAULT 0,
    "disabled" BOOLEAN NOT NULL DEFAULT false,
    "disabled_reason" TEXT,
    "version" TEXT NOT NULL,
    "details" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "services_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flavors" (
    "id" SERIAL NOT NULL,
    "flavorid" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "memory_mb" INTEGER NOT NULL,
    "vcpus" INTEGER NOT NULL,
    "root_gb" INTEGER NOT NULL,
    "ephemeral_gb" INTEGER NOT NULL DEFAULT 0,
    "swap" INTEGER NOT NULL DEFAULT 0,
    "rxtx_factor" DOUBLE PRECISION NOT NULL DEFAULT 1,
    "is_public" BOOLEAN NOT NULL DEFAULT true,
    "disabled" BOOLEAN NOT NULL DEFAULT false,
    "description" TEXT,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "flavors_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "flavor_extra_specs" (
    "flavor_id" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "value" TEXT NOT NULL,

    CONSTRAINT "flavor_extra_specs_pkey" PRIMARY KEY ("flavor_id","key")
);

-- CreateTable
CREATE TABLE "images" (
    "id" UUID NOT NULL,
    "name" TEXT,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "owner" TEXT NOT NULL,
    "visibility" TEXT NOT NULL DEFAULT 'shared',
    "protected" BOOLEAN NOT NULL DEFAULT false,
    "disk_format" TEXT,
    "container_format" TEXT,
    "size" BIGINT,
    "virtual_size" BIGINT,
    "checksum" TEXT,
    "sha256" TEXT,
    "min_disk" INTEGER NOT NULL DEFAULT 0,
    "min_ram" INTEGER NOT NULL DEFAULT 0,
    "tags" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "properties" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "images_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "aggregates" (
    "id" SERIAL NOT NULL,
    "uuid" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "aggregates_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "aggregate_hosts" (
    "aggregate_id" INTEGER NOT NULL,
    "host" TEXT NOT NULL,

    CONSTRAINT "aggregate_hosts_pkey" PRIMARY KEY ("aggregate_id","host")
);

-- CreateTable
CREATE TABLE "server_groups" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "user_id" TEXT NOT NULL,
    "policy" TEXT NOT NULL,
    "scope" TEXT NOT NULL DEFAULT 'rack',
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "server_groups_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "key_pairs" (
    "id" SERIAL NOT NULL,
    "user_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" TEXT NOT NULL DEFAULT 'ssh',
    "public_key" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "key_pairs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "networks" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "shared" BOOLEAN NOT NULL DEFAULT true,
    "admin_state_up" BOOLEAN NOT NULL DEFAULT true,
    "mtu" INTEGER NOT NULL DEFAULT 1500,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "networks_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "subnets" (
    "id" UUID NOT NULL,
    "network_id" UUID NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "project_id" TEXT NOT NULL,
    "cidr" TEXT NOT NULL,
    "gateway_ip" TEXT,
    "enable_dhcp" BOOLEAN NOT NULL DEFAULT true,
    "dns_nameservers" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "allocation_pools" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "subnets_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ports" (
    "id" UUID NOT NULL,
    "network_id" UUID NOT NULL,
    "subnet_id" UUID,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL DEFAULT '',
    "mac_address" TEXT NOT NULL,
    "ip_address" TEXT,
    "device_id" TEXT NOT NULL DEFAULT '',
    "device_owner" TEXT NOT NULL DEFAULT '',
    "status" TEXT NOT NULL DEFAULT 'DOWN',
    "admin_state_up" BOOLEAN NOT NULL DEFAULT true,
    "owned_by_server" BOOLEAN NOT NULL DEFAULT false,
    "reserved_for" INTEGER,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    "updated_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "ports_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "users" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "users_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "projects" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "enabled" BOOLEAN NOT NULL DEFAULT true,
    "created_at" TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),

    CONSTRAINT "projects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "role_assignments" (
    "user_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "role" TEXT NOT NULL,

    CONSTRAINT "role_assignments_pkey" PRIMARY KEY ("user_id","project_id","role")
);

-- CreateIndex
CREATE UNIQUE INDEX "nodes_uuid_key" ON "nodes"("uuid");

-- CreateIndex
CREATE UNIQUE INDEX "nodes_name_key" ON "nodes"("name");

-- CreateIndex
CREATE UNIQUE INDEX "nodes_instance_uuid_key" ON "nodes"("instance_uuid");

-- CreateIndex
CREATE INDEX "nodes_change_xid_idx" ON "nodes"("change_xid");

-- CreateIndex
CREATE UNIQUE INDEX "interfaces_address_key" ON "interfaces"("address");

-- CreateIndex
CREATE UNIQUE INDEX "interfaces_vif_uuid_key" ON "interfaces"("vif_uuid");

-- CreateIndex
CREATE INDEX "interfaces_node_id_idx" ON "interfaces"("node_id");

-- CreateIndex
CREATE UNIQUE INDEX "instances_uuid_key" ON "instances"("uuid");

-- CreateIndex
CREATE INDEX "instances_project_id_deleted_at_idx" ON "instances"("project_id", "deleted_at");

-- CreateIndex
CREATE INDEX "instances_server_group_id_idx" ON "instances"("server_group_id");

-- CreateIndex
CREATE INDEX "operations_by_deadline" ON "operations"("deadline_at") WHERE (state = 'queued' OR state = 'running' OR state = 'waiting');

-- CreateIndex
CREATE INDEX "operations_by_lease" ON "operations"("lease_until") WHERE (state = 'running' OR state = 'waiting');

-- CreateIndex
CREATE UNIQUE INDEX "operations_one_live_per_instance" ON "operations"("instance_uuid") WHERE (state = 'running' OR state = 'waiting');

-- CreateIndex
CREATE UNIQUE INDEX "operations_one_live_per_node" ON "operations"("node_id") WHERE (state = 'running' OR state = 'waiting');

-- CreateIndex
CREATE UNIQUE INDEX "operations_one_queued_per_instance" ON "operations"("instance_uuid") WHERE (state = 'queued');

-- CreateIndex
CREATE INDEX "operation_steps_operation_id_id_idx" ON "operation_steps"("operation_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "power_commands_key_key" ON "power_commands"("key");

-- CreateIndex
CREATE INDEX "power_commands_by_deadline" ON "power_commands"("deadline_at") WHERE (state = 'queued' OR state = 'running');

-- CreateIndex
CREATE INDEX "power_commands_by_lease" ON "power_commands"("lease_until") WHERE (state = 'running');

-- CreateIndex
CREATE INDEX "power_commands_node_id_epoch_idx" ON "power_commands"("node_id", "epoch");

-- CreateIndex
CREATE UNIQUE INDEX "power_commands_one_running_per_bmc" ON "power_commands"("address") WHERE (state = 'running' AND address <> '');

-- CreateIndex
CREATE UNIQUE INDEX "power_commands_one_running_per_node" ON "power_commands"("node_id") WHERE (state = 'running');

-- CreateIndex
CREATE INDEX "deployments_by_deadline" ON "deployments"("deadline_at") WHERE (state = 'queued' OR state = 'targeting' OR state = 'writing' OR state = 'verifying' OR state = 'restarting');

-- CreateIndex
CREATE UNIQUE INDEX "deployments_node_id_epoch_key" ON "deployments"("node_id", "epoch");

-- CreateIndex
CREATE INDEX "outbox_aggregate_seq_idx" ON "outbox"("aggregate", "seq");

-- CreateIndex
CREATE UNIQUE INDEX "events_pos_key" ON "events"("pos");

-- CreateIndex
CREATE INDEX "events_subject_epoch_type_idx" ON "events"("subject", "epoch", "type");

-- CreateIndex
CREATE INDEX "events_time_idx" ON "events"("time");

-- CreateIndex
CREATE UNIQUE INDEX "events_subject_n_key" ON "events"("subject", "n");

-- CreateIndex
CREATE UNIQUE INDEX "services_host_binary_key" ON "services"("host", "binary");

-- CreateIndex
CREATE UNIQUE INDEX "flavors_flavorid_key" ON "flavors"("flavorid");

-- CreateIndex
CREATE UNIQUE INDEX "flavors_name_key" ON "flavors"("name");

-- CreateIndex
CREATE UNIQUE INDEX "aggregates_uuid_key" ON "aggregates"("uuid");

-- CreateIndex
CREATE UNIQUE INDEX "aggregates_name_key" ON "aggregates"("name");

-- CreateIndex
CREATE INDEX "aggregate_hosts_host_idx" ON "aggregate_hosts"("host");

-- CreateIndex
CREATE INDEX "server_groups_project_id_idx" ON "server_groups"("project_id");

-- CreateIndex
CREATE UNIQUE INDEX "key_pairs_user_id_name_key" ON "key_pairs"("user_id", "name");

-- CreateIndex
CREATE INDEX "ports_device_id_idx" ON "ports"("device_id");

-- CreateIndex
CREATE UNIQUE INDEX "ports_network_id_mac_address_key" ON "ports"("network_id", "mac_address");

-- CreateIndex
CREATE UNIQUE INDEX "ports_subnet_id_ip_address_key" ON "ports"("subnet_id", "ip_address");

-- CreateIndex
CREATE UNIQUE INDEX "users_name_key" ON "users"("name");

-- CreateIndex
CREATE UNIQUE INDEX "projects_name_key" ON "projects"("name");

-- AddForeignKey
ALTER TABLE "interfaces" ADD CONSTRAINT "interfaces_node_id_fkey" FOREIGN KEY ("node_id") REFERENCES "nodes"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "instances" ADD CONSTRAINT "instances_server_group_id_fkey" FOREIGN KEY ("server_group_id") REFERENCES "server_groups"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "operations" ADD CONSTRAINT "operations_instance_uuid_fkey" FOREIGN KEY ("instance_uuid") REFERENCES "instances"("uuid") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "operation_steps" ADD CONSTRAINT "operation_steps_operation_id_fkey" FOREIGN KEY ("operation_id") REFERENCES "operations"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "flavor_extra_specs" ADD CONSTRAINT "flavor_extra_specs_flavor_id_fkey" FOREIGN KEY ("flavor_id") REFERENCES "flavors"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "aggregate_hosts" ADD CONSTRAINT "aggregate_hosts_aggregate_id_fkey" FOREIGN KEY ("aggregate_id") REFERENCES "aggregates"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "subnets" ADD CONSTRAINT "subnets_network_id_fkey" FOREIGN KEY ("network_id") REFERENCES "networks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ports" ADD CONSTRAINT "ports_network_id_fkey" FOREIGN KEY ("network_id") REFERENCES "networks"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ports" ADD CONSTRAINT "ports_subnet_id_fkey" FOREIGN KEY ("subnet_id") REFERENCES "subnets"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_assignments" ADD CONSTRAINT "role_assignments_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "role_assignments" ADD CONSTRAINT "role_assignments_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- Guards that Prisma has no words for. Written by hand from here on; prisma/README.md lists them.

ALTER TABLE "nodes"
    ADD CONSTRAINT "nodes_task_state_known" CHECK ("task_state" IN
        ('building', 'deploying', 'deploy complete', 'active', 'deploy failed', 'deleting', 'error', 'cleaning', 'deleted')),
    -- What is not at rest belongs to an operation, and so has a deadline.
    ADD CONSTRAINT "nodes_unstable_has_operation" CHECK
        ("task_state" IS NULL OR "task_state" IN ('active', 'error', 'deleted') OR "operation_id" IS NOT NULL),
    ADD CONSTRAINT "nodes_boot_mode_known" CHECK ("boot_mode" IN ('deploy', 'local', 'rescue', 'none'));

ALTER TABLE "interfaces"
    ADD CONSTRAINT "interfaces_address_canonical" CHECK ("address" ~ '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$');

ALTER TABLE "ports"
    ADD CONSTRAINT "ports_mac_address_canonical" CHECK ("mac_address" ~ '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$');

ALTER TABLE "instances"
    ADD CONSTRAINT "instances_vm_state_known" CHECK ("vm_state" IN ('building', 'active', 'stopped', 'error', 'deleted'));

ALTER TABLE "operations"
    ADD CONSTRAINT "operations_state_known" CHECK
        ("state" IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
    ADD CONSTRAINT "operations_live_has_deadline" CHECK
        ("state" IN ('succeeded', 'failed', 'cancelled') OR "deadline_at" IS NOT NULL);

ALTER TABLE "power_commands"
    ADD CONSTRAINT "power_commands_state_known" CHECK ("state" IN ('queued', 'running', 'succeeded', 'failed'));

ALTER TABLE "deployments"
    ADD CONSTRAINT "deployments_state_known" CHECK ("state" IN
        ('hello', 'queued', 'targeting', 'writing', 'verifying', 'verified', 'restarting', 'left', 'failed')),
    ADD CONSTRAINT "deployments_live_has_deadline" CHECK
        ("state" NOT IN ('queued', 'targeting', 'writing', 'verifying', 'restarting') OR "deadline_at" IS NOT NULL);

-- Cursors read change_xid and tell repeats by version, so both move with every change, whoever makes it.
CREATE FUNCTION "nodes_changed"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW."epoch" < OLD."epoch" THEN
        RAISE EXCEPTION 'epoch of node % must not shrink from % to %', OLD."id", OLD."epoch", NEW."epoch"
            USING ERRCODE = 'check_violation', CONSTRAINT = 'nodes_epoch_grows', TABLE = 'nodes';
    END IF;
    NEW."version" := OLD."version" + 1;
    NEW."change_xid" := pg_current_xact_id();
    NEW."updated_at" := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER "nodes_changed" BEFORE UPDATE ON "nodes" FOR EACH ROW EXECUTE FUNCTION "nodes_changed"();

CREATE FUNCTION "touch_updated_at"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW."updated_at" := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER "instances_touched" BEFORE UPDATE ON "instances" FOR EACH ROW EXECUTE FUNCTION "touch_updated_at"();
CREATE TRIGGER "operations_touched" BEFORE UPDATE ON "operations" FOR EACH ROW EXECUTE FUNCTION "touch_updated_at"();
CREATE TRIGGER "deployments_touched" BEFORE UPDATE ON "deployments" FOR EACH ROW EXECUTE FUNCTION "touch_updated_at"();
CREATE TRIGGER "images_touched" BEFORE UPDATE ON "images" FOR EACH ROW EXECUTE FUNCTION "touch_updated_at"();
CREATE TRIGGER "aggregates_touched" BEFORE UPDATE ON "aggregates" FOR EACH ROW EXECUTE FUNCTION "touch_updated_at"();
CREATE TRIGGER "ports_touched" BEFORE UPDATE ON "ports" FOR EACH ROW EXECUTE FUNCTION "touch_updated_at"();

ALTER TABLE "server_groups"
    ADD CONSTRAINT "server_groups_policy_known" CHECK
        ("policy" IN ('affinity', 'anti-affinity', 'soft-affinity', 'soft-anti-affinity')),
    ADD CONSTRAINT "server_groups_scope_known" CHECK ("scope" IN ('rack', 'power_feed', 'switch', 'host', 'node'));

-- Whether a node can boot at all is judged from its interfaces, so their coming and going is a change of the node.
CREATE FUNCTION "interfaces_touch_node"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE "nodes" SET "updated_at" = clock_timestamp() WHERE "id" = coalesce(NEW."node_id", OLD."node_id");
    RETURN NULL;
END $$;

CREATE TRIGGER "interfaces_touch_node" AFTER INSERT OR DELETE ON "interfaces"
    FOR EACH ROW EXECUTE FUNCTION "interfaces_touch_node"();
