export * from './policy-bench'
export * from './robustness'
