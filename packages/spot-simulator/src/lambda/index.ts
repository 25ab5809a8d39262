export * from './access-keys'
export * from './function-host'
export * from './serve-endpoint'
