import type { Deployed } from '../src/delivery/deployed'

/** Tests add what they need. */
export const nothingDeployed: Deployed = {
  services: [],
  clusterTags: new Map(),
  groups: [],
  targetGroups: [],
  rules: [],
  queues: [],
  functions: [],
  mappings: [],
  schedules: [],
  stateMachines: [],
  taskRoles: new Map(),
  rolePolicies: new Map(),
  boundaries: new Map(),
  keyPolicies: new Map(),
}
