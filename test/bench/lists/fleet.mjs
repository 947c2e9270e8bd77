// A fleet as it stands in the database: nodes of which three quarters have a server, servers that are past, and a port
// for each server.
import { makeRows } from '../scheduler/nodes.mjs';

/** Fills an empty database; the projects have as many servers each. */
export async function fillFleet(sql, { nodes, past, projects }) {
  await sql.query(
    `INSERT INTO nodes (uuid, name, service_host, cpus, memory_mb, local_gb, cpu_arch, capabilities, availability_zone,
                        traits, rack, power_feed, switch, instance_uuid, power_driver, pm_address)
     SELECT uuid, name, service_host, cpus, memory_mb, local_gb, cpu_arch, capabilities, availability_zone,
            ARRAY(SELECT jsonb_array_elements_text(traits)), rack, power_feed, switch, instance_uuid, 'fake', 'http://127.0.0.1:1/' || name
       FROM jsonb_to_recordset($1) AS r (uuid uuid, name text, service_host text, cpus int, memory_mb int, local_gb int,
            cpu_arch text, capabilities jsonb, availability_zone text, traits jsonb, rack text, power_feed text, switch text,
            instance_uuid uuid)`,
    [JSON.stringify(makeRows(nodes))],
  );
  await sql.query(
    `INSERT INTO interfaces (node_id, address)
     SELECT id, '52:' || regexp_replace(lpad(to_hex(id), 10, '0'), '(..)(..)(..)(..)(..)', '\\1:\\2:\\3:\\4:\\5') FROM nodes`,
  );
  await sql.query(
    `INSERT INTO node_power (node_id, power_state, power_state_at) SELECT id, 1, now() FROM nodes`,
  );
  await sql.query(
    `INSERT INTO instances (uuid, user_id, project_id, display_name, hostname, reservation_id, image_ref, image, flavor, memory_mb,
                            vcpus, root_gb, vm_state, host, node, user_data, created_at, deleted_at)
     SELECT uuid, 'u', 'p' || n % $2, 'server-' || n, 'server', 'r-1', 'i', '{"name": "image"}',
            '{"flavorid": "f1", "name": "f1", "extra_specs": {}}', 4096, 2, 40,
            CASE WHEN node IS NULL THEN 'deleted' ELSE 'active' END, CASE WHEN node IS NULL THEN NULL ELSE 'compute1' END, node,
            repeat('user data ', 400), now() - n * interval '1 second', CASE WHEN node IS NULL THEN now() END
       FROM (SELECT row_number() OVER (ORDER BY random()) AS n, * FROM (
              SELECT instance_uuid AS uuid, uuid AS node FROM nodes WHERE instance_uuid IS NOT NULL
              UNION ALL SELECT gen_random_uuid(), NULL FROM generate_series(1, $1)) each) numbered`,
    [past, projects],
  );
  await sql.query(
    `INSERT INTO networks (id, name, project_id) VALUES (gen_random_uuid(), 'flat', 'p0')`,
  );
  await sql.query(
    `INSERT INTO ports (id, network_id, project_id, mac_address, device_id, owned_by_server, status)
     SELECT gen_random_uuid(), n.id, i.project_id,
            'fa:16:' || regexp_replace(lpad(to_hex(i.id), 8, '0'), '(..)(..)(..)(..)', '\\1:\\2:\\3:\\4'), i.uuid::text, true, 'ACTIVE'
       FROM instances i, networks n WHERE i.deleted_at IS NULL`,
  );
  await sql.query(
    `INSERT INTO services (host, "binary", version) SELECT 'compute' || n, 'nova-compute', '1.0' FROM generate_series(1, 16) n`,
  );
  await sql.query('ANALYZE');
}
