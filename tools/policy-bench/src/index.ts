export * from './policy-bench'
