// What the compute stack uses besides. It is no part of the public API, and not in the packed package.
export { cpuArchitecture, fargateProviders } from './capacity'
export * from './instances'
export { createSpotService, passRoles, standbyName, strategyChecks } from './service'
