export * from './endpoint'
export * from './random'
export * from './simulation'
