import { serviceNames } from '@metalcast/domain';
import { escapeIdentifier as name } from 'pg';
import type { TableCatalog } from './catalog.js';
import type { TableRights } from './grants.js';
import { columnsOf, privilegeOf, updatable, verbs, type Rights } from './rights.js';
import { groupRole, groupRoles } from './service-roles.js';

export interface GrantedSchema {
  readonly schema: string;
  readonly tables: ReadonlyMap<string, TableCatalog>;
}

/**
 * The statements after which every service has the rights of `table` in the schema, and no others. A table of the
 * schema that it does not name is nobody's but the owner's.
 */
export function grantStatements(
  table: Readonly<Record<string, TableRights>>,
  { schema, tables }: GrantedSchema,
): string[] {
  const all = groupRoles.map(name).join(', ');
  const of = name(schema);
  return [
    `REVOKE ALL ON ALL TABLES IN SCHEMA ${of} FROM ${all}`,
    `REVOKE ALL ON ALL SEQUENCES IN SCHEMA ${of} FROM ${all}`,
    `GRANT USAGE ON SCHEMA ${of} TO ${all}`,
    ...Object.entries(table).flatMap(([tableName, rights]) => {
      const catalog = tables.get(tableName);
      return catalog === undefined ? [] : ofTable(`${of}.${name(tableName)}`, rights, catalog, of);
    }),
  ];
}

function ofTable(
  table: string,
  rights: TableRights,
  { columns, sequences }: TableCatalog,
  schema: string,
): string[] {
  return serviceNames.flatMap((service) => {
    const granted = rights[service];
    if (granted === undefined) {
      return [];
    }
    const role = name(groupRole(service));
    const numbering = granted.insert === undefined ? [] : sequences;
    return [
      ...privileges(granted, columns).map((each) => `GRANT ${each} ON ${table} TO ${role}`),
      ...numbering.map((each) => `GRANT USAGE ON SEQUENCE ${schema}.${name(each)} TO ${role}`),
    ];
  });
}

/** A column that the table does not have yet, or no more, is left out. */
function privileges(rights: Rights, all: readonly string[]): string[] {
  return verbs.flatMap((verb) => {
    const right = verb === 'update' ? updatable(rights) : rights[verb];
    if (right === undefined) {
      return [];
    }
    if (right === true || right === 'all') {
      return [privilegeOf[verb]];
    }
    const columns = columnsOf(right, all);
    return columns.length === 0 ? [] : [`${privilegeOf[verb]} (${columns.map(name).join(', ')})`];
  });
}
