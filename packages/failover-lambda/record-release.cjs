// Records the controller of a release for the tests and drills of upgrades and rollbacks: its source at a commit, in one
// file without the SDK. Run it as soon as a release is deployed: node record-release.cjs COMMIT
const { execFileSync } = require('node:child_process')
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')
const { buildSync } = require('esbuild')

const git = (...args) => execFileSync('git', args, { cwd: __dirname, maxBuffer: 2 ** 26 })
const commit = git('rev-parse', '--verify', `${process.argv[2] ?? 'HEAD'}^{commit}`)
  .toString()
  .trim()
const folder = mkdtempSync(join(tmpdir(), 'tideway-release-'))
try {
  execFileSync('tar', ['-x', '-C', folder], { input: git('archive', commit, 'src') })
  const { outputFiles } = buildSync({
    stdin: {
      contents: `export { createDeps, drain, reconcile, reconcileBatch } from './src/handler'
        export { drainBatch } from './src/drain'
        export { readSettings } from './src/settings'`,
      resolveDir: folder,
    },
    absWorkingDir: folder,
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
  writeFileSync(join(__dirname, 'releases/previous.cjs'), outputFiles[0].contents)
} finally {
  rmSync(folder, { recursive: true })
}
