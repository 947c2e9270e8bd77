// What deploy-helper alone reads and writes: deployments.
export {
  readDeploymentSpecRows,
  type DeploymentInstance,
  type DeploymentPort,
  type DeploymentSpecRows,
} from './deployment-spec-rows.js';
export {
  changeDeployment,
  type DeploymentChange,
  type DeploymentPatch,
} from './deployment-changes.js';
export {
  enterDeployment,
  readHello,
  type HelloChange,
  type HelloPatch,
  type HelloView,
} from './deployment-hello.js';
export {
  endLeftBehind,
  lookForDeployments,
  moveDeploymentDeadlines,
  releaseDeployment,
  renewDeployments,
  requeueDeploymentsOf,
  type DeploymentClaim,
  type HeldProgress,
  type LookOptions,
  type RenewedDeployment,
} from './deployment-work.js';
export {
  deploymentsBefore,
  readDeployment,
  type DeploymentKey,
  type DeploymentNode,
  type DeploymentOfNode,
  type WipingDeployment,
} from './deployments.js';
