// The rows beside an instance's own that its notifications contain, for libs/service, which sends all notifications.
export {
  relationsOf,
  type InstanceRelations,
  type NotifiedColumns,
  type NotifiedPort,
} from './relations.js';
