export * from './decide'
export * from './observation'
