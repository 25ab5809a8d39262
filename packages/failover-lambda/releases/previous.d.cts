// The previous release has the types of this one, because both run in the same deployment.
export { drainBatch } from '../src/drain'
export { createDeps, drain, reconcile, reconcileBatch } from '../src/handler'
export { readSettings } from '../src/settings'
