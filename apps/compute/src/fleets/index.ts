export * from './processing-fleet'
export * from './web-fleet'
