// The tests of all projects in one run, which starts Jest, cdktf and the provider once instead of once for each project.
const { existsSync, readdirSync } = require('node:fs')
const { basename, join } = require('node:path')
const { maxWorkers, testTimeout, ...project } = require('./jest.config.cjs')
const { workspaces } = require('./package.json')

const folders = workspaces.flatMap((pattern) => {
  const parent = join(__dirname, pattern.replace(/\/\*$/, ''))
  return readdirSync(parent).map((name) => join(parent, name))
})

module.exports = {
  // Some tests mostly wait for processes that they start, so two cores have work for three.
  maxWorkers: maxWorkers + 1,
  testSequencer: `${__dirname}/jest.sequencer.cjs`,
  testTimeout,
  projects: folders
    .filter((folder) => existsSync(join(folder, 'test')))
    .map((folder) => ({ ...project, rootDir: folder, displayName: basename(folder) })),
}
