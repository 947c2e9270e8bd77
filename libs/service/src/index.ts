export type { Running, ServiceContext } from './context.js';
export { Health } from './health.js';
export { nestLogger, nestQuietly } from './nest-logger.js';
export { notifyInstance } from './notifications/notify-instance.js';
export { notificationOptions, notify, type NotificationConfig } from './notifications/notify.js';
export { serviceOptions, type ServiceOptions } from './options.js';
export { requestFault } from './request-fault.js';
export { startRpcApp, type RpcApp } from './rpc-app.js';
export { serve, type ServiceDefinition } from './serve.js';
