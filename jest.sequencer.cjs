// A fresh clone knows no durations, and Jest would start the largest files first. The longest go first, so that no worker
// ends with one of them alone.
const { default: Sequencer } = require('@jest/test-sequencer')

const longest =
  /\/(?:affected|any-plan|commands|delivery|ecs-simulation|environment-choice|faults|histories|hostile-values|reconcile|synthesis)\.test\.ts$/

module.exports = class extends Sequencer {
  /** @param {Parameters<Sequencer['sort']>[0]} tests */
  sort(tests) {
    const sorted = [...super.sort(tests)]
    const isLong = (/** @type {{ path: string }} */ { path }) => longest.test(path)
    return [...sorted.filter(isLong), ...sorted.filter((test) => !isLong(test))]
  }
}
