/** Shared by all projects: each runs Jest with its own folder as rootDir. */
module.exports = {
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {
    '\\.(ts|cjs)$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' } },
    ],
  },
  // The provider's files are large and need no transform.
  transformIgnorePatterns: ['/node_modules/'],
  testEnvironment: `${__dirname}/jest.environment.cjs`,
  runtime: `${__dirname}/jest.runtime.cjs`,
  setupFiles: [`${__dirname}/jest.properties.cjs`],
  // Only for tests that hang. Some run Terraform, and wait for a deployment beside them: only one `terraform init` runs at a time.
  testTimeout: 300_000 * Math.max(1, Number(process.env.TIDEWAY_CASES ?? 1)),
  maxWorkers: 2,
}
