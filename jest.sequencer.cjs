// A fresh clone knows no durations, and Jest would start the largest files first. The longest go first, so that no worker
// ends with one of them alone.
const { basename } = require('node:path')
const { default: Sequencer } = require('@jest/test-sequencer')

/** By duration. The first of them mostly wait for processes that they start. */
const longest = [
  'commands',
  'delivery',
  'faults',
  'affected',
  'synthesis',
  'histories',
  'reconcile',
  'hostile-values',
  'rules',
  'comparison',
  'environment-choice',
  'bounds',
  'invariants',
  'process',
  'preflight',
  'app-spec',
  'any-plan',
  'properties',
]

module.exports = class extends Sequencer {
  /** @param {Parameters<Sequencer['sort']>[0]} tests */
  sort(tests) {
    const rank = (/** @type {{ path: string }} */ { path }) => {
      const index = longest.indexOf(basename(path, '.test.ts'))
      return index === -1 ? longest.length : index
    }
    return [...super.sort(tests)].sort((one, other) => rank(one) - rank(other))
  }
}
