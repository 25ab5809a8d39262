// Records the controller of a release, without the SDK, for the test of upgrades and rollbacks. Run it in the commit
// that was released, as soon as it is deployed.
const { execFileSync } = require('node:child_process')
const { writeFileSync } = require('node:fs')
const { join } = require('node:path')
const { buildSync } = require('esbuild')

const root = __dirname
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
const { outputFiles } = buildSync({
  stdin: {
    contents: `export { createDeps, reconcileBatch } from './src/handler'
      export { drainBatch } from './src/drain'
      export { readSettings } from './src/settings'`,
    resolveDir: root,
  },
  bundle: true,
  minify: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['@aws-sdk/*'],
  legalComments: 'none',
  banner: { js: `// The controller at commit ${commit}, by record-release.cjs.` },
  write: false,
})
writeFileSync(join(root, 'test/previous-release.cjs'), outputFiles[0].contents)
