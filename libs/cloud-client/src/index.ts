export { CloudError } from './cloud-error.js';
export { openSession, type Account, type Request, type Session } from './session.js';
