export * from './decide'
export * from './observation'
export * from './pair'
export * from './read-event'
